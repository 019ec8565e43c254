/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* ordeal corpus make. */
#include "base/buf.h"
#include "base/scope.h"
#include "harness/cli/cli.h"
#include "harness/cli/corpus_cmds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct making {
	const char *directory;
	unsigned files;
	uint64_t bytes;
	bool terminal;
};

static int copy_bytes(struct corpus_file *file, int fd, uint64_t *bytes)
{
	SCOPED_FREE char *block = malloc(1u << 20);
	ssize_t got = block ? 0 : -ENOMEM;
	for (uint64_t offset = 0; block && (got = corpus_file_read(file, block, 1u << 20, offset)) > 0; offset += (uint64_t)got) {
		const struct buf view = {.at = block, .length = (size_t)got};
		int rc = buf_write_fd(&view, fd);
		if (rc)
			return rc;
		*bytes += (uint64_t)got;
	}
	return got < 0 ? (int)got : 0;
}

/* Written aside and renamed: what is there under its name is whole. */
static int make_file(const struct corpus *corpus, const char *path, const char *target, uint64_t *bytes)
{
	SCOPED_FREE char *aside = NULL;
	struct corpus_file *file;
	if (asprintf(&aside, "%s.part", target) < 0)
		return -ENOMEM;
	int rc = corpus_file_open(corpus, path, &file);
	if (rc)
		return rc;
	SCOPED_FD int fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	rc = fd < 0 ? -errno : copy_bytes(file, fd, bytes);
	if (!rc && (close(take_fd(&fd)) < 0 || rename(aside, target) < 0))
		rc = -errno;
	if (rc)
		unlink(aside);
	corpus_file_close(file);
	return rc;
}

static int make_link(const struct corpus *corpus, const char *path, const char *target)
{
	char to[4096];
	int rc = corpus_readlink(corpus, path, to, sizeof to);
	return rc ? rc : symlink(to, target) < 0 ? -errno : 0;
}

static int make_one(const struct corpus *corpus, const char *path, mode_t type, void *context, struct err *err)
{
	struct making *m = context;
	SCOPED_FREE char *target = NULL;
	if (asprintf(&target, "%s/%s", m->directory, path) < 0)
		return err_set(err, ENOMEM, "out of memory");
	int rc = S_ISDIR(type)	 ? (mkdir(target, 0755) < 0 ? -errno : 0)
		 : S_ISLNK(type) ? make_link(corpus, path, target)
		 : S_ISREG(type) ? make_file(corpus, path, target, &m->bytes)
				 : 0;
	if (rc)
		return err_set(err, -rc, "%s: cannot be written: %s", target, strerror(-rc));
	m->files += S_ISREG(type);
	if (m->terminal && S_ISREG(type))
		fprintf(stderr, "\r\033[K%u files, %.1f MB", m->files, (double)m->bytes / 1e6);
	return 0;
}

/* An existing directory with something in it is not written into; an empty one stays as it is. */
static int make_directory(const char *path, struct err *err)
{
	if (mkdir(path, 0755) == 0)
		return 0;
	if (errno != EEXIST)
		return err_set(err, errno, "%s: cannot be made: %s", path, strerror(errno));
	int rc = cli_check_empty(path);
	return rc ? err_set(err, -rc, "%s: %s%s", path, strerror(-rc), rc == -ENOTEMPTY ? " (choose a new or empty directory)" : "")
		  : 0;
}

int corpus_make(const char *source, const char *directory)
{
	struct corpus *corpus;
	struct err err = {0};
	struct making m = {.directory = directory, .terminal = isatty(STDERR_FILENO)};
	if (corpus_open(source, &corpus, &err) < 0)
		return cli_fail(EXIT_USAGE, &err);
	int rc = make_directory(directory, &err);
	int status = rc ? EXIT_USAGE : EXIT_ENVIRONMENT;
	if (!rc)
		rc = corpus_walk(corpus, ".", make_one, &m, &err);
	corpus_close(corpus);
	if (m.terminal)
		fputs("\r\033[K", stderr);
	if (rc)
		return cli_fail(status, &err);
	cli_tell("%s: %u file%s, %.1f MB\n", directory, m.files, m.files == 1 ? "" : "s", (double)m.bytes / 1e6);
	return EXIT_AS_EXPECTED;
}
