/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Compiles path patterns: unfolds braces once, then matches each alternative with bounded backtracking. */
#include "base/glob.h"

#include "base/scope.h"
#include "base/vec.h"

#include <errno.h>
#include <string.h>

struct glob {
	char *text;
	VEC(char *) alternatives;
};

/* ---- unfolding {a,b} ---- */

static int add_alternative(struct glob *glob, const char *text, struct err *err)
{
	if (glob->alternatives.count >= GLOB_ALTERNATIVES_MAX)
		return err_set(err, E2BIG, "braces unfold to more than %d alternatives", GLOB_ALTERNATIVES_MAX);
	char **slot = vec_add(&glob->alternatives);
	if (!slot || !(*slot = strdup(text)))
		return err_set(err, ENOMEM, "out of memory");
	return 0;
}

/* The position of the brace that closes the one at text[0], or NULL. */
static const char *closing_brace(const char *text)
{
	int depth = 0;
	for (; *text; text++) {
		if (*text == '\\' && text[1])
			text++;
		else if (*text == '{')
			depth++;
		else if (*text == '}' && --depth == 0)
			return text;
	}
	return NULL;
}

/* The end of the alternative that starts at `text`: the next comma at this depth, or `close`. */
static const char *alternative_end(const char *text, const char *close)
{
	int depth = 0;
	for (; text < close; text++) {
		if (*text == '\\' && text + 1 < close)
			text++;
		else if (*text == '{')
			depth++;
		else if (*text == '}')
			depth--;
		else if (*text == ',' && depth == 0)
			break;
	}
	return text;
}

static const char *first_brace(const char *text)
{
	for (; *text; text++) {
		if (*text == '\\' && text[1])
			text++;
		else if (*text == '{')
			return text;
	}
	return NULL;
}

static int unfold(struct glob *glob, const char *text, struct err *err)
{
	const char *open = first_brace(text);
	if (!open)
		return add_alternative(glob, text, err);
	const char *close = closing_brace(open);
	if (!close)
		return err_set(err, EINVAL, "'{' without '}'");
	for (const char *from = open + 1;;) {
		const char *to = alternative_end(from, close);
		size_t length = (size_t)(open - text) + (size_t)(to - from) + strlen(close + 1);
		if (length > GLOB_LENGTH_MAX)
			return err_set(err, E2BIG, "pattern longer than %d bytes", GLOB_LENGTH_MAX);
		SCOPED_FREE char *joined = malloc(length + 1);
		if (!joined)
			return err_set(err, ENOMEM, "out of memory");
		sprintf(joined, "%.*s%.*s%s", (int)(open - text), text, (int)(to - from), from, close + 1);
		int rc = unfold(glob, joined, err);
		if (rc || to == close)
			return rc;
		from = to + 1;
	}
}

/* ---- checking ---- */

/* The character behind the set that starts at text[0] == '[', or `text` itself where it has no end. */
static const char *set_end(const char *text)
{
	const char *at = text + 1;
	if (*at == '!' || *at == '^')
		at++;
	if (*at == ']')
		at++;
	while (*at && *at != ']')
		at += (*at == '\\' && at[1]) ? 2 : 1;
	return *at ? at + 1 : text;
}

static int check(const char *text, struct err *err)
{
	if (text[0] == '/')
		return err_set(err, EINVAL, "starts with '/' (paths are relative to the volume: leave it out)");
	for (const char *at = text; *at;) {
		if (at[0] == '\\' && !at[1])
			return err_set(err, EINVAL, "ends with a backslash");
		if (at[0] == '[' && set_end(at) == at)
			return err_set(err, EINVAL, "'[' without ']'");
		if (at[0] == '/' && (at[1] == '/' || !at[1]))
			return err_set(err, EINVAL, "has an empty component ('//' or a '/' at the end)");
		size_t dots = at == text || at[-1] == '/' ? strspn(at, ".") : 0;
		if ((dots == 1 || dots == 2) && (at[dots] == '/' || !at[dots]) && strcmp(text, ".") != 0)
			return err_set(err, EINVAL, "has a component '.' or '..', which no path has");
		if (at[0] == '*' && at[1] == '*') {
			bool starts = at == text || at[-1] == '/';
			bool ends = at[2] == '\0' || at[2] == '/';
			if (!starts || !ends)
				return err_set(err, EINVAL, "'**' must be a whole component, as in '**/*.png'");
			at++;
		}
		at = *at == '[' ? set_end(at) : at + (*at == '\\' ? 2 : 1);
	}
	return 0;
}

int glob_compile(const char *pattern, struct glob **out, struct err *err)
{
	*out = NULL;
	if (!pattern[0])
		return err_set(err, EINVAL, "the pattern is empty");
	if (strlen(pattern) > GLOB_LENGTH_MAX)
		return err_set(err, E2BIG, "pattern longer than %d bytes", GLOB_LENGTH_MAX);
	struct glob *glob = calloc(1, sizeof *glob);
	if (!glob || !(glob->text = strdup(pattern))) {
		glob_free(glob);
		return err_set(err, ENOMEM, "out of memory");
	}
	int rc = unfold(glob, pattern, err);
	for (size_t i = 0; !rc && i < glob->alternatives.count; i++)
		rc = check(glob->alternatives.at[i], err);
	if (rc) {
		glob_free(glob);
		return rc;
	}
	*out = glob;
	return 0;
}

void glob_free(struct glob *glob)
{
	if (!glob)
		return;
	for (size_t i = 0; i < glob->alternatives.count; i++)
		free(glob->alternatives.at[i]);
	vec_free(&glob->alternatives);
	free(glob->text);
	free(glob);
}

/* ---- matching ---- */

static bool in_set(const char *set, unsigned char c)
{
	const char *end = set_end(set) - 1;
	const char *at = set + 1;
	bool negated = *at == '!' || *at == '^';
	at += negated;
	bool found = false;
	for (bool first = true; first || at < end; first = false) {
		if (*at == '\\' && at + 1 < end)
			at++;
		unsigned char low = (unsigned char)*at++, high = low;
		if (at + 1 < end && *at == '-') {
			at += at[1] == '\\' && at + 2 < end ? 2 : 1;
			high = (unsigned char)*at++;
		}
		found |= c >= low && c <= high;
	}
	return found != negated;
}

/* Does the one-character pattern at *p match c? Moves *p behind it. Never called on '*' or the end. */
static bool match_one(const char **p, char c)
{
	const char *at = *p;
	if (*at == '[') {
		*p = set_end(at);
		return c != '/' && in_set(at, (unsigned char)c);
	}
	if (*at == '?') {
		*p = at + 1;
		return c != '/';
	}
	if (*at == '\\')
		at++;
	*p = at + 1;
	return *at == c;
}

/* Where to go on after a mismatch: the pattern behind the last star, and how much of the path the star has eaten. */
struct retry {
	const char *pattern;
	const char *path;
};

static bool match_alternative(const char *p, const char *s)
{
	struct retry star = {0}, deep = {0};
	for (;;) {
		if (p[0] == '*' && p[1] == '*') {
			if (!p[2])
				return true;
			p += 3; /* behind the slash: zero directories first */
			deep = (struct retry){p, s};
			star.pattern = NULL;
			continue;
		}
		if (p[0] == '*') {
			star = (struct retry){++p, s};
			continue;
		}
		const char *next = p;
		if (*p && *s && match_one(&next, *s)) {
			p = next;
			s++;
			continue;
		}
		if (!*p && !*s)
			return true;
		if (star.pattern && *star.path && *star.path != '/') {
			p = star.pattern;
			s = ++star.path;
			continue;
		}
		/* Give the last ** one directory more. */
		const char *slash = deep.pattern ? strchr(deep.path, '/') : NULL;
		if (!slash)
			return false;
		deep.path = slash + 1;
		star.pattern = NULL;
		p = deep.pattern;
		s = deep.path;
	}
}

/* The root is no name that '*' could stand for. */
static bool match_root(const char *pattern)
{
	return strcmp(pattern, ".") == 0 || strcmp(pattern, "**") == 0;
}

bool glob_match(const struct glob *glob, const char *path)
{
	bool root = strcmp(path, ".") == 0;
	for (size_t i = 0; i < glob->alternatives.count; i++) {
		const char *pattern = glob->alternatives.at[i];
		if (root ? match_root(pattern) : match_alternative(pattern, path))
			return true;
	}
	return false;
}

const char *glob_alternative(const struct glob *glob, size_t index)
{
	return index < glob->alternatives.count ? glob->alternatives.at[index] : NULL;
}

const char *glob_text(const struct glob *glob)
{
	return glob->text;
}
