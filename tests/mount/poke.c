/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* One system call from the command line: prints what it returned, or the name of its errno.
 *
 *     $ poke read FILE 0 4096              $ poke open FILE rw , write @ 0 100 , unlink FILE , close @
 *     EIO                                  ok 100 ok ok
 *
 * Several calls are parted by a word ",", and share their descriptors: "@" is the file opened last, "@2" the second. Results
 * stand on one line. Exit status: 0 whatever the calls returned, 2 for a call that is none, 3 where poke itself could not go on.
 * It includes nothing of ours. */
#include "poke.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- results ---- */

static bool said;

void poke_say(const char *format, ...)
{
	va_list args;
	if (said)
		putchar(' ');
	said = true;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
}

const char *poke_errname(int number)
{
	static char text[16];
	const char *name = number > 0 ? strerrorname_np(number) : NULL;
	if (name)
		return name;
	snprintf(text, sizeof text, "errno-%d", number);
	return text;
}

void poke_line(void)
{
	putchar('\n');
	said = false;
}

void poke_ok(long rc)
{
	poke_say("%s", rc < 0 ? poke_errname(errno) : "ok");
}

void poke_number(long rc)
{
	if (rc < 0)
		poke_say("%s", poke_errname(errno));
	else
		poke_say("%ld", rc);
}

void poke_say_name(const char *name)
{
	poke_say("%s", "");
	for (const unsigned char *at = (const unsigned char *)name; *at; at++)
		printf(*at > ' ' && *at < 0x7f && *at != '\\' ? "%c" : "\\x%02x", *at);
}

/* ---- arguments ---- */

void poke_usage(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fputs("poke: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(2);
}

int64_t poke_number_of(const char *text)
{
	char *end;
	errno = 0;
	int64_t number = strtoll(text, &end, 0);
	const char *units = "KMG";
	const char *unit = *end ? strchr(units, *end) : NULL;
	if (end == text || errno || (*end && (!unit || end[1])))
		poke_usage("'%s' is no number", text);
	return unit ? number << (10 * (unit - units + 1)) : number;
}

static int flag_of(char letter)
{
	static const struct {
		char letter;
		int flag;
	} letters[] = {
		{'a', O_APPEND}, {'c', O_CREAT}, {'x', O_EXCL}, {'t', O_TRUNC}, {'d', O_DIRECT},
		{'D', O_DIRECTORY}, {'n', O_NOFOLLOW}, {'p', O_PATH}, {'s', O_SYNC},
	};
	for (size_t i = 0; i < COUNT_OF(letters); i++)
		if (letters[i].letter == letter)
			return letters[i].flag;
	poke_usage("'%c' is no flag of open", letter);
}

int poke_flags_of(const char *text)
{
	size_t length = strcspn(text, ",");
	int flags = length == 2 && strncmp(text, "rw", 2) == 0 ? O_RDWR
		    : length == 1 && text[0] == 'r'		 ? O_RDONLY
		    : length == 1 && text[0] == 'w'		 ? O_WRONLY
								 : -1;
	if (flags < 0)
		poke_usage("'%s': flags begin with r, w or rw", text);
	for (const char *at = text[length] ? text + length + 1 : ""; *at; at++)
		flags |= flag_of(*at);
	return flags | O_CLOEXEC;
}

/* ---- descriptors ---- */

#define KEPT_MAX 20000
static int kept[KEPT_MAX], kept_count;

void poke_keep(int fd)
{
	if (kept_count == KEPT_MAX)
		poke_usage("more than %d descriptors", KEPT_MAX);
	kept[kept_count++] = fd;
}

static int *slot_of(const char *file)
{
	int64_t number = file[1] ? poke_number_of(file + 1) : kept_count;
	if (number < 1 || number > kept_count)
		poke_usage("'%s': only %d descriptors were opened", file, kept_count);
	return &kept[number - 1];
}

int poke_fd(const char *file, int flags)
{
	return file[0] == '@' ? *slot_of(file) : open(file, flags | O_CLOEXEC, 0644);
}

void poke_done(const char *file, int fd)
{
	int error = errno;
	if (file[0] != '@' && fd >= 0)
		close(fd);
	errno = error;
}

int poke_drop(const char *file)
{
	int *slot = slot_of(file), fd = *slot;
	*slot = -1;
	return close(fd);
}

void poke_drop_all(void)
{
	while (kept_count)
		if (kept[--kept_count] >= 0)
			close(kept[kept_count]);
}

/* ---- the rest ---- */

unsigned char poke_byte(uint64_t offset)
{
	uint64_t x = (offset + 1) * UINT64_C(0x9e3779b97f4a7c15);
	return (unsigned char)((x ^ x >> 29) >> 24);
}

int64_t poke_now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static const struct poke_call *const tables[] = {
	poke_file_calls, poke_name_calls, poke_dir_calls, poke_copy_calls, poke_many_calls, poke_lock_calls,
	poke_case_calls, poke_attr_calls};

static const struct poke_call *find(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(tables); i++)
		for (const struct poke_call *call = tables[i]; call->name; call++)
			if (strcmp(call->name, name) == 0)
				return call;
	poke_usage("unknown call '%s' (poke help)", name);
}

void poke_run(char **words)
{
	if (!words[0])
		poke_usage("a call is missing");
	const struct poke_call *call = find(words[0]);
	int count = 0;
	while (words[count + 1])
		count++;
	if (call->args >= 0 && count != call->args)
		poke_usage("%s wants: %s", call->name, call->usage);
	call->run(words + 1);
}

static void help(void)
{
	puts("usage: poke CALL ARGUMENTS [, CALL ARGUMENTS]...");
	for (size_t i = 0; i < COUNT_OF(tables); i++)
		for (const struct poke_call *call = tables[i]; call->name; call++)
			printf("  %s %s\n", call->name, call->usage);
}

int main(int argc, char **argv)
{
	if (argc < 2 || strcmp(argv[1], "help") == 0) {
		help();
		return argc < 2 ? 2 : 0;
	}
	for (int start = 1; start <= argc;) {
		int end = start;
		while (end < argc && strcmp(argv[end], ",") != 0)
			end++;
		argv[end] = NULL;
		poke_run(argv + start);
		start = end + 1;
	}
	putchar('\n');
	return fflush(stdout) == 0 ? 0 : 3;
}
