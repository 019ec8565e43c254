/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Counts kept apart, then put side by side. */
#include "harness/coverage.h"

#include "base/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

/* ---- the notes ---- */

/* nftw() hands nothing on. */
static __thread struct coverage *finding;

static int find_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)ftw;
	size_t length = strlen(path);
	if (flag != FTW_F || !S_ISREG(st->st_mode) || length < 5 || strcmp(path + length - 5, ".gcno") != 0)
		return 0;
	if (finding->notes.count == COVERAGE_NOTES_MAX)
		return E2BIG;
	char **slot = vec_add(&finding->notes);
	if (!slot)
		return ENOMEM;
	*slot = strdup(path);
	return *slot ? 0 : ENOMEM;
}

static int find_notes(struct coverage *c, const char *dir, struct err *err)
{
	char path[PATH_MAX];
	if (!realpath(dir, path))
		return err_set(err, errno, "%s: %s", dir, strerror(errno));
	finding = c;
	int rc = nftw(path, find_one, 16, FTW_PHYS);
	finding = NULL;
	if (rc == E2BIG)
		return err_set(err, E2BIG, "%s: more than %d .gcno files", dir, COVERAGE_NOTES_MAX);
	if (rc)
		return err_set(err, rc > 0 ? rc : EIO, "%s: %s", dir, rc > 0 ? strerror(rc) : "cannot be listed");
	if (!c->notes.count)
		return err_set(err, ENOENT, "%s: no .gcno files there (build the subject by gcc --coverage, and name the directory of its objects)",
			       dir);
	return 0;
}

/* The first 8 bytes, as written by the compiler on a machine like this: magic, then its version in letters, the last one first. "*22B" is
 * 12.2: a letter for the tens. What clang writes says that it is gcc 4.8. */
static int choose_gcov(struct coverage *c, struct err *err)
{
	char head[8] = "";
	SCOPED_FD int fd = open(c->notes.at[0], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, head, sizeof head) != sizeof head || memcmp(head, "oncg", 4) != 0)
		return err_set(err, EINVAL, "%s: no notes of gcc's for this machine", c->notes.at[0]);
	if (head[7] < 'A' || head[7] > 'Z')
		return err_set(err, ENOTSUP, "%s: written by clang, or by a gcc before 5 (its counts cannot be read: build by gcc)",
			       c->notes.at[0]);
	const char *own = getenv("GCOV");
	snprintf(c->gcov, sizeof c->gcov, "gcov-%d", (head[7] - 'A') * 10 + head[6] - '0');
	if (own && *own)
		snprintf(c->gcov, sizeof c->gcov, "%s", own);
	return 0;
}

int coverage_begin(const char *dir, struct coverage *out, struct err *err)
{
	static const char *const names[] = {[COVERAGE_CLEAN] = "clean", [COVERAGE_FAULTS] = "faults"};
	const char *tmp = getenv("TMPDIR");
	*out = (struct coverage){0};
	int rc = find_notes(out, dir, err);
	rc = rc ? rc : choose_gcov(out, err);
	if (!rc && snprintf(out->place, sizeof out->place, "%s/ordeal-coverage.XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp") >=
			   (int)sizeof out->place)
		rc = err_set(err, ENAMETOOLONG, "TMPDIR: the path is too long");
	if (!rc && !mkdtemp(out->place)) {
		rc = err_set(err, errno, "%s: %s", out->place, strerror(errno));
		out->place[0] = '\0';
	}
	for (size_t i = 0; !rc && i < COVERAGE_SIDES; i++)
		snprintf(out->env[i], sizeof out->env[i], "GCOV_PREFIX=%.127s/%s", out->place, names[i]);
	if (rc)
		coverage_end(out);
	return rc;
}

const char *coverage_env(const struct coverage *coverage, enum coverage_side side)
{
	return coverage->env[side];
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	remove(path);
	return 0;
}

void coverage_end(struct coverage *c)
{
	if (c->place[0])
		nftw(c->place, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	for (size_t i = 0; i < c->notes.count; i++)
		free(c->notes.at[i]);
	vec_free(&c->notes);
	*c = (struct coverage){0};
}

/* ---- the report ---- */

/* The other side of a condition; where there is none (a switch), all others. */
static uint64_t others_of(const struct coverage_choice *choice, uint32_t bit)
{
	uint64_t own = UINT64_C(1) << bit, pair = UINT64_C(3) << (bit & ~1u);
	uint64_t all = choice->count >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << choice->count) - 1;
	bool paired = choice->count % 2 == 0;
	for (uint32_t i = 0; paired && i + 1 < choice->count; i += 2)
		paired = (choice->first >> i & 1) + (choice->first >> (i + 1) & 1) == 1;
	return (paired ? pair : all) & ~own;
}

static void weigh_choice(const struct coverage_choice *choice, struct coverage_line *line)
{
	for (uint32_t bit = 0; bit < choice->count; bit++) {
		uint64_t own = UINT64_C(1) << bit;
		if (choice->exceptional & own)
			continue;
		bool clean = choice->taken[COVERAGE_CLEAN] & own, faults = choice->taken[COVERAGE_FAULTS] & own;
		bool error = !clean && (choice->taken[COVERAGE_CLEAN] & others_of(choice, bit));
		line->never += !clean && !faults;
		line->error += error;
		line->error_never += error && !faults;
	}
}

static void weigh_file(struct coverage_file *file)
{
	for (size_t i = 0; i < file->lines.count; i++) {
		struct coverage_line *line = &file->lines.at[i];
		bool clean = line->reached[COVERAGE_CLEAN], faults = line->reached[COVERAGE_FAULTS];
		for (size_t j = 0; (clean || faults) && j < line->choices.count; j++)
			weigh_choice(&line->choices.at[j], line);
		file->reached += clean || faults;
		file->by_faults_alone += !clean && faults;
		file->unreached += !clean && !faults;
		file->never += line->never;
		file->error += line->error;
		file->error_never += line->error_never;
	}
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct coverage_file *)a)->path, ((const struct coverage_file *)b)->path);
}

int coverage_take(const struct coverage *coverage, struct coverage_report *out, struct err *err)
{
	int rc = 0;
	*out = (struct coverage_report){0};
	for (int side = 0; !rc && side < COVERAGE_SIDES; side++) {
		struct buf documents = {0};
		rc = coverage_run_gcov(coverage, (enum coverage_side)side, &documents, &out->counts[side], err);
		rc = rc ? rc : coverage_add(out, (enum coverage_side)side, &documents, err);
		buf_free(&documents);
	}
	if (rc) {
		coverage_report_free(out);
		return rc;
	}
	for (size_t i = 0; i < out->files.count; i++)
		weigh_file(&out->files.at[i]);
	if (out->files.count)
		qsort(out->files.at, out->files.count, sizeof out->files.at[0], by_path);
	return 0;
}

void coverage_report_free(struct coverage_report *report)
{
	for (size_t i = 0; i < report->files.count; i++) {
		struct coverage_file *file = &report->files.at[i];
		for (size_t j = 0; j < file->lines.count; j++)
			vec_free(&file->lines.at[j].choices);
		vec_free(&file->lines);
		free(file->path);
	}
	vec_free(&report->files);
	*report = (struct coverage_report){0};
}
