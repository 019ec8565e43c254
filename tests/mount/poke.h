/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What the files of poke share: the table of calls, arguments, results. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* One call of the command line. `a` are its arguments, exactly `args` of them (or any number where that is -1, with a NULL
 * behind the last). */
struct poke_call {
	const char *name;
	int args;
	const char *usage;
	void (*run)(char **a);
};

extern const struct poke_call poke_file_calls[], poke_name_calls[], poke_dir_calls[], poke_copy_calls[], poke_many_calls[],
	poke_lock_calls[], poke_case_calls[], poke_attr_calls[];

/* ---- results: words on one line, in the order of the calls ---- */

void poke_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "ok", or the name of errno: by what a system call returned. */
void poke_ok(long rc);

/* The number, or the name of errno. */
void poke_number(long rc);

/* A name of a file: bytes that are no printable ASCII, blanks and backslashes as \xNN. */
void poke_say_name(const char *name);

/* End the line, and begin another. */
void poke_line(void);

/* "EIO". Borrowed until the next call. */
const char *poke_errname(int number);

/* ---- arguments; what is none ends the program with status 2 ---- */

_Noreturn void poke_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* 12, 0x10, 4K, 1M, 4G, -1 */
int64_t poke_number_of(const char *text);

/* "r", "w", "rw" and single letters behind a comma: a(ppend) c(reat) x (excl) t(runc) d(irect) D(irectory) n(ofollow) p(ath)
 * s(ync): "rw,cx". */
int poke_flags_of(const char *text);

/* The descriptor of FILE: "@" is the one opened last, "@2" the second one opened, anything else is opened with these
 * flags. -1 with errno. poke_done() closes it again where it was opened here, leaving errno alone. */
int poke_fd(const char *file, int flags);
void poke_done(const char *file, int fd);

/* Keep a descriptor as the one opened last. */
void poke_keep(int fd);
/* Close and forget "@" or "@2". */
int poke_drop(const char *file);
/* All of them. The next is @1 again. */
void poke_drop_all(void);

/* Run one call with its arguments (NULL behind the last). */
void poke_run(char **words);

/* Byte `offset` of what poke writes. Not periodic in anything that blocks and pages are made of. */
unsigned char poke_byte(uint64_t offset);

int64_t poke_now_ms(void);
