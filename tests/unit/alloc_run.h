/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Runs a program below the allocation shim, and brings home what it printed and what is in the page. */
#pragma once

#include "unit.h"

#include "base/buf.h"
#include "faults/alloc/schedule.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* What the last run was and left. */
static struct {
	int status; /* as wait(2) has it */
	struct buf out, err;
	const char *page_path;
	struct alloc_page page;
	struct schedule_outcome outcome;
} ran;

static const char *called = "alloc_probe"; /* as what the probe is executed */
static const char *probe_file = "alloc_probe"; /* beside this program, or from "/" on anywhere */
static const char *map_path; /* NULL: none */
static const char *behind_shim; /* a further library beside this program; NULL: none */
static uid_t run_as; /* 0: as we are */

/* A file beside this program, or further up. */
static inline const char *beside_us(const char *name, char path[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 100);
	assert_true(length > 0);
	path[length] = '\0';
	strcpy(strrchr(path, '/') + 1, name);
	return path;
}

static inline int empty_file(const char *name)
{
	int fd = open(unit_path(name), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	return fd;
}

static inline void read_back(int fd, struct buf *text)
{
	buf_clear(text);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(buf_read_fd(text, fd, 1 << 20), 0);
	close(fd);
}

/* Whatever hangs is ended by the clock: the probe itself here, its children with its group. */
static inline _Noreturn void become_probe(char *words, const char *page, int out, int err)
{
	static char probe[PATH_MAX], shim[PATH_MAX], behind[PATH_MAX];
	static char preload[2 * PATH_MAX + 20], variable[2 * PATH_MAX], map[2 * PATH_MAX];
	char *argv[20] = {(char *)(uintptr_t)called}, *env[] = {preload, page ? variable : NULL, page ? map : NULL, NULL};
	for (size_t i = 1; i < COUNT_OF(argv) && (argv[i] = strsep(&words, " ")); i++)
		;
	snprintf(preload, sizeof preload, "LD_PRELOAD=%s%s%s", beside_us("../../libordeal-alloc.so", shim), behind_shim ? ":" : "",
		 behind_shim ? beside_us(behind_shim, behind) : "");
	snprintf(map, sizeof map, ALLOC_MAP_ENV "=%s", map_path ? map_path : "");
	snprintf(variable, sizeof variable, ALLOC_PAGE_ENV "=%s", page ? page : "");
	setpgid(0, 0);
	alarm(60);
	if (dup2(out, STDOUT_FILENO) >= 0 && dup2(err, STDERR_FILENO) >= 0 && (!run_as || setuid(run_as) == 0))
		execve(probe_file[0] == '/' ? probe_file : beside_us(probe_file, probe), argv, env);
	_exit(127);
}

/* Let the probe run with a page, or without one (NULL). */
static inline void run_with_page(const char *page, const char *words)
{
	char copy[300];
	int out = empty_file("out"), err = empty_file("err");
	snprintf(copy, sizeof copy, "%s", words);
	pid_t pid = fork();
	if (!pid)
		become_probe(copy, page, out, err);
	assert_int_equal(waitpid(pid, &ran.status, 0), pid);
	kill(-pid, SIGKILL);
	read_back(out, &ran.out);
	read_back(err, &ran.err);
}

static inline void read_page(const char *path)
{
	struct err err = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, &ran.page, sizeof ran.page), sizeof ran.page);
	close(fd);
	if (schedule_read(path, &ran.outcome, &err) < 0)
		fail_msg("%s", err.text);
}

/* A page of rules in short form, separated by ';'. Borrowed as unit_path(). */
static inline const char *make_page(const char *rules, uint64_t seed)
{
	static unsigned number;
	struct alloc_rule parsed[ALLOC_RULES_MAX];
	char copy[500], name[20], *rest = copy;
	size_t count = 0;
	struct err err = {0};
	snprintf(copy, sizeof copy, "%s", rules);
	for (char *rule; *rules && (rule = strsep(&rest, ";")); count++)
		if (plan_allocation_parse(rule, &parsed[count], &err) < 0)
			fail_msg("%s: %s", rule, err.text);
	snprintf(name, sizeof name, "page-%u", ++number);
	const char *path = unit_path(name);
	if (schedule_make(path, seed, parsed, count, &err) < 0)
		fail_msg("%s", err.text);
	while (count)
		plan_allocation_clear(&parsed[--count]);
	return path;
}

static inline void change_page(const char *path, size_t at, uint32_t value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, &value, sizeof value, (off_t)at), sizeof value);
	close(fd);
}

static inline void run_seeded(const char *rules, uint64_t seed, const char *words)
{
	ran.page_path = make_page(rules, seed);
	run_with_page(ran.page_path, words);
	read_page(ran.page_path);
}

/* Run it, and compare what it printed. */
static inline void run_probe(const char *rules, const char *words, const char *wanted)
{
	char row[300];
	snprintf(row, sizeof row, "%s with '%s'", words, rules);
	run_seeded(rules, 7, words);
	unit_same_text(row, buf_string(&ran.err), "");
	unit_same_text(row, buf_string(&ran.out), wanted);
}

static inline uint64_t fired(void)
{
	return ran.outcome.fired;
}

/* The probe as a file of another name. */
static inline const char *copy_of_probe(const char *name)
{
	struct buf bytes = {0};
	char probe[PATH_MAX];
	int from = open(beside_us("alloc_probe", probe), O_RDONLY | O_CLOEXEC);
	assert_int_equal(buf_read_fd(&bytes, from, 1 << 24), 0);
	close(from);
	const char *path = unit_path(name);
	int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
	assert_int_equal(write(to, bytes.at, bytes.length), bytes.length);
	close(to);
	buf_free(&bytes);
	return path;
}
