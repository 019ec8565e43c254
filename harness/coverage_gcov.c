/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Asks gcov. */
#include "harness/coverage.h"

#include "base/clock.h"
#include "base/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define GCOV_NS (60 * NS_PER_S)
#define GCOV_BYTES_MAX (1u << 30)
/* Of address space: notes that are torn make it ask for any amount. */
#define GCOV_MEMORY_MAX (UINT64_C(4) << 30)

/* ---- running ---- */

/* gcov wants notes and counts beside each other under one name; ours are apart. So both are linked, as 0.gcno and 0.gcda, 1.gcno ... */
static int link_all(const struct coverage *c, enum coverage_side side, const char *place, uint32_t *counts, struct err *err)
{
	const char *prefix = strchr(c->env[side], '=') + 1;
	*counts = 0;
	if (mkdir(place, 0700) < 0 && errno != EEXIST)
		return err_set(err, errno, "%s: %s", place, strerror(errno));
	for (size_t i = 0; i < c->notes.count; i++) {
		const char *notes = c->notes.at[i];
		char path[PATH_MAX], from[PATH_MAX];
		snprintf(from, sizeof from, "%.200s/%zu.gcno", place, i);
		if (symlink(notes, from) < 0 && errno != EEXIST)
			return err_set(err, errno, "%s: %s", from, strerror(errno));
		if (snprintf(path, sizeof path, "%s%.*s.gcda", prefix, (int)(strlen(notes) - 5), notes) >= (int)sizeof path)
			continue;
		snprintf(from, sizeof from, "%.200s/%zu.gcda", place, i);
		if (access(path, R_OK) < 0)
			continue;
		if (symlink(path, from) < 0 && errno != EEXIST)
			return err_set(err, errno, "%s: %s", from, strerror(errno));
		++*counts;
	}
	return 0;
}

static char **make_argv(const struct coverage *c)
{
	static const char *const options[] = {"--json-format", "--stdout", "--branch-probabilities"};
	char **argv = calloc(c->notes.count + COUNT_OF(options) + 2, sizeof argv[0]);
	size_t count = 0;
	bool whole = argv;
	if (whole)
		argv[count++] = strdup(c->gcov);
	for (size_t i = 0; whole && i < COUNT_OF(options); i++)
		argv[count++] = strdup(options[i]);
	for (size_t i = 0; whole && i < c->notes.count; i++)
		if (asprintf(&argv[count++], "%zu.gcno", i) < 0)
			whole = false;
	return argv;
}

static void free_argv(char **argv)
{
	for (size_t i = 0; argv && argv[i]; i++)
		free(argv[i]);
	free(argv);
}

static int spawn(char **argv, const char *place, int out_fd, int err_fd, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out_fd, 1);
	posix_spawn_file_actions_adddup2(&actions, err_fd, 2);
	posix_spawn_file_actions_addchdir_np(&actions, place);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	int rc = posix_spawnp(pid, argv[0], &actions, &attributes, argv, environ);
	/* A system may have but the one gcc, and its gcov without a number. */
	if (rc == ENOENT && strncmp(argv[0], "gcov-", 5) == 0)
		rc = posix_spawnp(pid, "gcov", &actions, &attributes, argv, environ);
	if (rc == 0)
		prlimit(*pid, RLIMIT_AS, &(const struct rlimit){.rlim_cur = GCOV_MEMORY_MAX, .rlim_max = GCOV_MEMORY_MAX}, NULL);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

/* Its status, or -1 where it had to be ended. */
static int await(pid_t pid)
{
	SCOPED_FD int pidfd = pidfd_open(pid, 0);
	struct pollfd fd = {.fd = pidfd, .events = POLLIN};
	int status, ready;
	int64_t until = clock_now_ns() + GCOV_NS;
	do
		ready = poll(&fd, 1, clock_until_ms(until));
	while (ready < 0 && errno == EINTR);
	if (ready != 1)
		kill(pid, SIGKILL);
	return waitpid(pid, &status, 0) == pid && ready == 1 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The first line that gcov complained in, but for counts that are not there. */
static void complaint(int err_fd, char *line, size_t size)
{
	struct buf text = {0};
	line[0] = '\0';
	if (lseek(err_fd, 0, SEEK_SET) == 0 && buf_read_fd(&text, err_fd, 1 << 20) == 0) {
		char *rest = NULL;
		for (char *at = text.at ? strtok_r(text.at, "\n", &rest) : NULL; at && !line[0]; at = strtok_r(NULL, "\n", &rest))
			if (!strstr(at, "cannot open data file"))
				snprintf(line, size, "%s", at);
	}
	buf_free(&text);
}

int coverage_run_gcov(const struct coverage *c, enum coverage_side side, struct buf *out, uint32_t *counts, struct err *err)
{
	char place[200], line[200];
	pid_t pid = 0;
	snprintf(place, sizeof place, "%s/gcov-%d", c->place, (int)side);
	int rc = link_all(c, side, place, counts, err);
	if (rc)
		return rc;
	SCOPED_FD int out_fd = memfd_create("gcov", MFD_CLOEXEC);
	SCOPED_FD int err_fd = memfd_create("gcov", MFD_CLOEXEC);
	char **argv = make_argv(c);
	rc = out_fd < 0 || err_fd < 0 || !argv ? ENOMEM : spawn(argv, place, out_fd, err_fd, &pid);
	free_argv(argv);
	if (rc)
		return err_set(err, rc, "%s: %s (it comes with gcc; the variable GCOV names another)", c->gcov, strerror(rc));
	int status = await(pid);
	complaint(err_fd, line, sizeof line);
	if (status != 0)
		return err_set(err, EIO, "%s: %s%s", c->gcov, status < 0 ? "did not end in time" : "failed: ", status < 0 ? "" : line);
	rc = lseek(out_fd, 0, SEEK_SET) < 0 ? -errno : buf_read_fd(out, out_fd, GCOV_BYTES_MAX);
	if (!rc && !out->length)
		return err_set(err, EINVAL, "%s: says nothing of %s: %s", c->gcov, c->notes.at[0], line);
	return rc ? err_set(err, -rc, "%s: its output cannot be read: %s", c->gcov, strerror(-rc)) : 0;
}

/* ---- reading ---- */

static struct coverage_file *file_of(struct coverage_report *report, const char *path)
{
	for (size_t i = report->files.count; i-- > 0;)
		if (strcmp(report->files.at[i].path, path) == 0)
			return &report->files.at[i];
	char *copy = strdup(path);
	struct coverage_file *file = copy ? vec_add(&report->files) : NULL;
	if (file)
		file->path = copy;
	else
		free(copy);
	return file;
}

static struct coverage_line *line_of(struct coverage_file *file, uint32_t number)
{
	size_t at = 0;
	for (size_t end = file->lines.count; at < end;) {
		size_t middle = at + (end - at) / 2;
		if (file->lines.at[middle].number < number)
			at = middle + 1;
		else
			end = middle;
	}
	if (at < file->lines.count && file->lines.at[at].number == number)
		return &file->lines.at[at];
	if (!vec_add(&file->lines))
		return NULL;
	memmove(&file->lines.at[at + 1], &file->lines.at[at], (file->lines.count - 1 - at) * sizeof file->lines.at[0]);
	file->lines.at[at] = (struct coverage_line){.number = number};
	return &file->lines.at[at];
}

/* The branches of a line in one function and the same ones in another unit, or on the other side, are one. */
static struct coverage_choice *choice_of(struct coverage_line *line, uint32_t ordinal, uint32_t count)
{
	for (size_t i = 0; i < line->choices.count; i++)
		if (line->choices.at[i].ordinal == ordinal && line->choices.at[i].count == count)
			return &line->choices.at[i];
	struct coverage_choice *choice = vec_add(&line->choices);
	if (choice)
		*choice = (struct coverage_choice){.ordinal = ordinal, .count = count};
	return choice;
}

static bool add_branches(struct coverage_line *line, uint32_t ordinal, enum coverage_side side, const json_t *branches)
{
	size_t count = json_array_size(branches) < 64 ? json_array_size(branches) : 64;
	struct coverage_choice *choice = count ? choice_of(line, ordinal, (uint32_t)count) : NULL;
	for (size_t i = 0; choice && i < count; i++) {
		const json_t *branch = json_array_get(branches, i);
		uint64_t bit = UINT64_C(1) << i;
		choice->first |= json_is_true(json_object_get(branch, "fallthrough")) ? bit : 0;
		choice->exceptional |= json_is_true(json_object_get(branch, "throw")) ? bit : 0;
		choice->taken[side] |= json_number_value(json_object_get(branch, "count")) > 0 ? bit : 0;
	}
	return !count || choice;
}

static bool add_lines(struct coverage_file *file, enum coverage_side side, const json_t *lines)
{
	size_t i;
	json_t *entry;
	uint32_t before = 0, ordinal = 0;
	json_array_foreach(lines, i, entry) {
		json_int_t number = json_integer_value(json_object_get(entry, "line_number"));
		struct coverage_line *line = number > 0 && number < INT32_MAX ? line_of(file, (uint32_t)number) : NULL;
		if (!line)
			return number <= 0;
		ordinal = line->number == before ? ordinal + 1 : 0;
		before = line->number;
		line->reached[side] |= json_number_value(json_object_get(entry, "count")) > 0;
		if (!add_branches(line, ordinal, side, json_object_get(entry, "branches")))
			return false;
	}
	return true;
}

/* The compiler's own, and the system's, are nobody's subject. */
static bool is_foreign(const char *path)
{
	return strncmp(path, "/usr/include/", 13) == 0 || strncmp(path, "/usr/lib/", 9) == 0 || strcmp(path, "<built-in>") == 0;
}

static bool add_document(struct coverage_report *report, enum coverage_side side, const json_t *document)
{
	const char *directory = json_string_value(json_object_get(document, "current_working_directory"));
	size_t i;
	json_t *entry;
	json_array_foreach(json_object_get(document, "files"), i, entry) {
		const char *name = json_string_value(json_object_get(entry, "file"));
		char path[PATH_MAX], real[PATH_MAX];
		if (!name || is_foreign(name))
			continue;
		if (snprintf(path, sizeof path, "%s%s%s", name[0] == '/' || !directory ? "" : directory, name[0] == '/' || !directory ? "" : "/", name) >=
		    (int)sizeof path)
			continue;
		struct coverage_file *file = file_of(report, realpath(path, real) ? real : path);
		if (!file || !add_lines(file, side, json_object_get(entry, "lines")))
			return false;
	}
	return true;
}

int coverage_add(struct coverage_report *report, enum coverage_side side, const struct buf *documents, struct err *err)
{
	const char *text = buf_string(documents);
	for (size_t at = 0; at + 1 < documents->length;) {
		json_error_t error;
		json_t *document = json_loadb(text + at, documents->length - at, JSON_DISABLE_EOF_CHECK, &error);
		if (!document)
			return err_set(err, EINVAL, "gcov: no JSON in what it says: %s", error.text);
		bool added = add_document(report, side, document);
		json_decref(document);
		if (!added)
			return err_set(err, ENOMEM, "out of memory");
		at += (size_t)error.position;
		at += strspn(text + at, " \n\r\t");
	}
	return 0;
}
