/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Knows a program by its files. */
#include "harness/sweep/program.h"

#include "base/buf.h"
#include "base/draw.h"
#include "base/scope.h"

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
