/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Path patterns of strangers: PATTERN, a zero byte, PATH. Where a pattern means the same to fnmatch(3), both must agree. That
 * no pattern takes for ever is for whoever runs this to see: libFuzzer by -timeout, fuzz_main.c by its alarm. */
#include "base/glob.h"
#include "fuzz.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* A path as glob.h wants it: relative, no empty component, no "." or ".." in it. */
static bool is_path(const char *path)
{
	if (!path[0] || path[0] == '/')
		return false;
	for (const char *at = path, *end; *at; at = *end ? end + 1 : end) {
		end = strchrnul(at, '/');
		size_t length = (size_t)(end - at);
		if (!length || (*end && !end[1]) || (strspn(at, ".") == length && length < 3))
			return false;
	}
	return true;
}

/* Does the pattern mean the same to fnmatch(3)? Not where it has what that does not know (braces, **), or what the two
 * understand otherwise: sets with slashes, classes, ranges and backslashes in them. */
static bool is_common(const char *pattern)
{
	if (strpbrk(pattern, "{}") || strstr(pattern, "**"))
		return false;
	for (const char *at = pattern; *at; at++) {
		if (*at == '\\' && at[1])
			at++;
		else if (*at == '[') {
			const char *set = at + 1 + (at[1] == '!' || at[1] == '^');
			const char *end = *set ? strchr(set + 1, ']') : NULL;
			if (!end)
				return false;
			for (; set < end; set++)
				if (strchr("/[\\-", *set))
					return false;
			at = end;
		}
	}
	return true;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *pattern = malloc(size + 2);
	struct glob *glob = NULL;
	struct err err = {0};
	if (!pattern)
		return 0;
	memcpy(pattern, bytes, size);
	pattern[size] = pattern[size + 1] = '\0';
	const char *path = pattern + strlen(pattern) + 1;
	int rc = glob_compile(pattern, &glob, &err);
	PROMISE(rc ? rc < 0 && !glob && err.text[0] : glob != NULL);
	if (glob) {
		bool matches = glob_match(glob, path);
		PROMISE(matches == glob_match(glob, path));
		PROMISE(strcmp(glob_text(glob), pattern) == 0);
		if (is_path(path) && is_common(pattern))
			PROMISE(matches == (fnmatch(pattern, path, FNM_PATHNAME) == 0));
	}
	glob_free(glob);
	free(pattern);
	return 0;
}
