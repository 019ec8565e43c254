/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Knows a program, and the corpus that it is given, by their files. */
#include "harness/sweep/program.h"

#include "base/buf.h"
#include "base/draw.h"
#include "base/scope.h"
#include "corpora/corpus.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Programs are smaller, and what is larger is no program. */
#define FILE_MAX (256u << 20)

static uint64_t file_digest(const char *path)
{
	SCOPED(buf_free) struct buf bytes = {0};
	struct stat st;
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || buf_read_fd(&bytes, fd, FILE_MAX) < 0)
		return 0;
	return draw_hash(bytes.at, bytes.length);
}

/* As execvp(3) finds it. */
static uint64_t on_path(const char *name)
{
	const char *path = getenv("PATH");
	SCOPED_FREE char *copy = path ? strdup(path) : NULL;
	char *rest = copy;
	for (char *directory; copy && (directory = strsep(&rest, ":"));) {
		char whole[PATH_MAX];
		snprintf(whole, sizeof whole, "%s/%s", *directory ? directory : ".", name);
		uint64_t digest = file_digest(whole);
		if (digest)
			return digest;
	}
	return 0;
}

static uint64_t word_digest(const struct sweep *sweep, const char *word, bool first)
{
	char whole[PATH_MAX];
	if (first && !strchr(word, '/'))
		return on_path(word);
	snprintf(whole, sizeof whole, "%s/%s", sweep->base.cwd ? sweep->base.cwd : ".", word);
	return file_digest(word[0] == '/' ? word : whole);
}

uint64_t program_digest(const struct sweep *sweep)
{
	const struct trial *trial = sweep->session->trials.count ? sweep->session->trials.at[0] : NULL;
	const struct subject_words *command = trial ? subject_command(trial->subject, trial->spec.mode) : NULL;
	uint64_t digest = 0;
	for (size_t i = 0; command && i < command->words.count; i++)
		digest = digest * 31 + word_digest(sweep, command->words.at[i], i == 0);
	return digest;
}

/* ---- the corpus ---- */

/* Of what is larger size and time stand for the rest: nobody should wait for that. What is made goes by its spec. */
#define PLACE_MAX (UINT64_C(1) << 30)
#define MADE_MAX (UINT64_C(16) << 20)

static uint64_t add_bytes(uint64_t digest, const void *bytes, size_t length)
{
	const uint64_t both[2] = {digest, draw_hash(bytes, length)};
	return draw_hash(both, sizeof both);
}

static uint64_t add_content(const struct corpus *corpus, const char *path, uint64_t digest)
{
	char bytes[65536];
	struct corpus_file *file;
	uint64_t at = 0;
	if (corpus_file_open(corpus, path, &file) < 0)
		return digest;
	for (ssize_t got; (got = corpus_file_read(file, bytes, sizeof bytes, at)) > 0; at += (uint64_t)got)
		digest = add_bytes(digest, bytes, (size_t)got);
	corpus_file_close(file);
	return digest;
}

static uint64_t add_file(const struct corpus *corpus, const char *path, uint64_t *room, uint64_t digest)
{
	struct corpus_stat st;
	if (corpus_stat(corpus, path, &st) < 0)
		return digest;
	bool whole = st.size <= *room;
	const int64_t about[] = {(int64_t)st.size, st.mode, whole ? 0 : st.mtime, whole ? 0 : st.mtime_nsec};
	digest = add_bytes(add_bytes(digest, path, strlen(path)), about, sizeof about);
	if (!whole || !S_ISREG(st.mode))
		return digest;
	*room -= st.size;
	return add_content(corpus, path, digest);
}

uint64_t program_corpus_digest(const struct sweep *sweep)
{
	const struct trial *trial = sweep->session->trials.count ? sweep->session->trials.at[0] : NULL;
	const struct baseline_entry *clean = trial && sweep->session->baselines.count ? sweep->session->baselines.at[trial->baseline] : NULL;
	struct corpus *corpus;
	struct err err = {0};
	if (!clean || !clean->spec.corpus || corpus_open(clean->spec.corpus, &corpus, &err) < 0)
		return 0;
	uint64_t digest = 0, room = corpus_place(corpus, 0) ? PLACE_MAX : MADE_MAX;
	for (char *const *path = clean->inputs.at; path && *path; path++)
		digest = add_file(corpus, *path, &room, digest);
	corpus_close(corpus);
	return digest;
}
