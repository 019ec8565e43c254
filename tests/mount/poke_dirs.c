/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* poke: calls on listings. */
#include "poke.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *type_of(unsigned char type)
{
	return type == DT_REG ? "file" : type == DT_DIR ? "dir" : type == DT_LNK ? "link" : type == DT_FIFO ? "fifo"
	       : type == DT_SOCK ? "socket" : type == DT_CHR ? "char" : type == DT_BLK ? "block" : "unknown";
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* The next entry; NULL at the end (errno 0) and after an error. */
static struct dirent *next(DIR *dir)
{
	errno = 0;
	return readdir(dir);
}

/* How a listing ended: "end", or the errno. */
static void say_end(void)
{
	poke_say("%s", errno ? poke_errname(errno) : "end");
}

/* Every entry on a line of its own: type and name, "." and ".." too; then how it ended. In the order they come. */
static void do_readdir(char **a)
{
	DIR *dir = opendir(a[0]);
	if (!dir) {
		poke_ok(-1);
		return;
	}
	for (struct dirent *entry; (entry = next(dir));) {
		poke_say("%s", type_of(entry->d_type));
		poke_say_name(entry->d_name);
		poke_line();
	}
	say_end();
	closedir(dir);
}

static void do_count(char **a)
{
	DIR *dir = opendir(a[0]);
	long count = 0;
	if (!dir) {
		poke_ok(-1);
		return;
	}
	for (struct dirent *entry; (entry = next(dir));)
		count += !is_dots(entry->d_name);
	poke_say("%ld", count);
	say_end();
	closedir(dir);
}

/* ---- seeking ---- */

struct place {
	long at;
	char *name;
};

static size_t all_places(DIR *dir, struct place **out)
{
	size_t count = 0;
	struct place *places = NULL;
	for (;;) {
		long at = telldir(dir);
		struct dirent *entry = next(dir);
		if (!entry)
			break;
		if ((count & (count - 1)) == 0)
			places = realloc(places, (count ? count * 2 : 1) * sizeof *places);
		if (!places || !(places[count].name = strdup(entry->d_name)))
			exit(3);
		places[count++].at = at;
	}
	*out = places;
	return count;
}

/* Go back to each place, or each STEP-th, the last one first, and look whether the same name stands there. Says how many of how
 * many were wrong. */
static void do_seekdir(char **a)
{
	struct place *places;
	DIR *dir = opendir(a[0]);
	if (!dir) {
		poke_ok(-1);
		return;
	}
	size_t count = all_places(dir, &places), step = (size_t)poke_number_of(a[1]), wrong = 0;
	for (size_t i = count; i-- > 0;) {
		if (i % step == 0) {
			seekdir(dir, places[i].at);
			struct dirent *entry = next(dir);
			wrong += !entry || strcmp(entry->d_name, places[i].name) != 0;
		}
		free(places[i].name);
	}
	free(places);
	closedir(dir);
	poke_say("%zu of %zu", wrong, count);
}

/* List through, run a call, and list again on the same descriptor: rewinddir(3) must show what changed. */
static void do_rewind(char **a)
{
	DIR *dir = opendir(a[0]);
	long first = 0, second = 0;
	if (!dir) {
		poke_ok(-1);
		return;
	}
	while (next(dir))
		first++;
	poke_run(a + 1);
	rewinddir(dir);
	while (next(dir))
		second++;
	poke_say("%ld %ld", first - 2, second - 2);
	closedir(dir);
}

/* Read on after an error, as often as asked: says how each try ended. */
static void do_readagain(char **a)
{
	DIR *dir = opendir(a[0]);
	if (!dir) {
		poke_ok(-1);
		return;
	}
	for (int64_t tries = poke_number_of(a[1]); tries > 0; tries--) {
		while (next(dir))
			;
		say_end();
	}
	closedir(dir);
}

/* In a buffer of struct linux_dirent64 (getdents(2)): the length at 16, the name at 19. */
static long entries_in(const char *bytes, long size)
{
	long count = 0;
	unsigned short length;
	for (long at = 0; at < size; at += length) {
		memcpy(&length, bytes + at + 16, sizeof length);
		count += !is_dots(bytes + at + 19);
	}
	return count;
}

/* With so little room that each entry comes alone: getdents64(2). */
static void do_dribble(char **a)
{
	DIR *dir = opendir(a[0]);
	char bytes[4096];
	long count = 0, got;
	size_t room = (size_t)poke_number_of(a[1]);
	if (!dir || room > sizeof bytes) {
		poke_ok(-1);
		return;
	}
	while ((got = syscall(SYS_getdents64, dirfd(dir), bytes, room)) > 0)
		count += entries_in(bytes, got);
	poke_say("%ld", count);
	poke_say("%s", got < 0 ? poke_errname(errno) : "end");
	closedir(dir);
}

const struct poke_call poke_dir_calls[] = {
	{"readdir", 1, "DIR", do_readdir},
	{"count", 1, "DIR", do_count},
	{"seekdir", 2, "DIR STEP", do_seekdir},
	{"rewind", -1, "DIR CALL...", do_rewind},
	{"readagain", 2, "DIR TRIES", do_readagain},
	{"dribble", 2, "DIR ROOM", do_dribble},
	{0},
};
