/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Takes a directory for a corpus that is to be written, and knows one again that was begun. */
#include "harness/cli/make_place.h"

#include "base/buf.h"
#include "base/scope.h"
#include "harness/cli/cli.h"
#include "harness/cli/sources.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define IDENTITY_MAX 256

/* DIRECTORY/.ordeal-making/NAME */
static char *aside_path(const struct make_place *place, const char *name)
{
	char *path;
	return asprintf(&path, "%s/%s", place->aside, name) < 0 ? NULL : path;
}

/* A directory that is made in what it is made from would come to hold itself. */
static int check_apart(const struct corpus *corpus, const char *directory, struct err *err)
{
	char whole[PATH_MAX], inside[PATH_MAX + 2];
	struct stat st;
	const char *from;
	if (!realpath(directory, whole))
		return err_set(err, errno, "%s: %s", directory, strerror(errno));
	snprintf(inside, sizeof inside, "%s/.", whole); /* the same directory counts */
	for (size_t i = 0; (from = corpus_place(corpus, i)); i++)
		if (stat(from, &st) == 0 && S_ISDIR(st.st_mode) && source_holds(from, inside))
			return err_set(err, EINVAL, "%s lies in %s, which it is to be made from", directory, from);
	return 0;
}

/* ---- a directory that is new or empty ---- */

static int write_identity(const char *path, const char *identity)
{
	SCOPED(buf_free) struct buf text = {0};
	buf_text(&text, identity);
	SCOPED_FD int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int rc = fd < 0 ? -errno : buf_write_fd(&text, fd);
	return !rc && close(take_fd(&fd)) < 0 ? -errno : rc;
}

/* Write who begins here: aside, so that it is whole or not there. */
static int begin_new(struct make_place *place, const char *identity)
{
	SCOPED_FREE char *source = aside_path(place, "source"), *part = aside_path(place, "source.part");
	if (!source || !part)
		return -ENOMEM;
	if (mkdir(place->aside, 0700) < 0)
		return -errno;
	int rc = write_identity(part, identity);
	if (!rc && rename(part, source) < 0)
		rc = -errno;
	if (rc) {
		unlink(part);
		rmdir(place->aside);
	}
	return rc;
}

/* ---- one that was begun ---- */

static int lock(struct make_place *place, struct err *err)
{
	SCOPED_FREE char *source = aside_path(place, "source");
	place->lock = source ? open(source, O_RDONLY | O_CLOEXEC) : -1;
	if (place->lock >= 0 && flock(place->lock, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return err_set(err, EBUSY, "%s: another make is at work there", place->directory);
	return 0;
}

/* Remove what was being written. */
static int remove_parts(const struct make_place *place)
{
	SCOPED_DIR DIR *dir = opendir(place->aside);
	if (!dir)
		return -errno;
	for (struct dirent *entry; (entry = readdir(dir));) {
		const char *end = strrchr(entry->d_name, '.');
		if (end && strcmp(end, ".part") == 0 && unlinkat(dirfd(dir), entry->d_name, 0) < 0)
			return -errno;
	}
	return 0;
}

static int go_on(struct make_place *place, const char *identity, struct err *err)
{
	SCOPED_FREE char *source = aside_path(place, "source");
	SCOPED(buf_free) struct buf known = {0};
	if (!source)
		return err_set(err, ENOMEM, "out of memory");
	int rc = buf_read_file(&known, source, IDENTITY_MAX);
	if (rc)
		return err_set(err, -rc, "%s: cannot be read: %s (what was begun there cannot be gone on with: remove it)", source, strerror(-rc));
	if (strcmp(buf_string(&known), identity) != 0)
		return err_set(err, EINVAL, "%s: was begun from another source, or this one has changed since (choose a new directory)",
			       place->directory);
	place->resumed = true;
	rc = lock(place, err);
	if (rc)
		return rc;
	rc = remove_parts(place);
	return rc ? err_set(err, -rc, "%s: %s", place->aside, strerror(-rc)) : 0;
}

/* Of a directory that is there. */
static int begin_there(struct make_place *place, const char *identity, bool resume, struct err *err)
{
	struct stat st;
	const char *directory = place->directory;
	const bool begun = lstat(place->aside, &st) == 0 && S_ISDIR(st.st_mode);
	if (begun && resume)
		return go_on(place, identity, err);
	int rc = cli_check_empty(directory);
	if (!rc)
		rc = begin_new(place, identity);
	if (rc != -ENOTEMPTY)
		return rc ? err_set(err, -rc, "%s: %s", directory, strerror(-rc)) : 0;
	return err_set(err, -rc, "%s: %s (%s)", directory, strerror(-rc),
		       begun	? "a make was interrupted there: --resume goes on with it"
		       : resume ? "no make was interrupted there; ordeal corpus check compares"
				: "choose a new or empty directory");
}

int make_place_begin(struct make_place *place, const struct corpus *corpus, const char *directory, const char *identity, bool resume,
		     struct err *err)
{
	*place = (struct make_place){.directory = directory, .lock = -1};
	if (asprintf(&place->aside, "%s/%s", directory, MAKE_ASIDE) < 0) {
		place->aside = NULL;
		return err_set(err, ENOMEM, "out of memory");
	}
	const bool made = mkdir(directory, 0755) == 0;
	if (!made && errno != EEXIST)
		return err_set(err, errno, "%s: cannot be made: %s", directory, strerror(errno));
	int rc = check_apart(corpus, directory, err);
	if (!rc && made && (rc = begin_new(place, identity)))
		err_set(err, -rc, "%s: cannot be written: %s", place->aside, strerror(-rc));
	else if (!rc && !made)
		rc = begin_there(place, identity, resume, err);
	if (rc && made)
		rmdir(directory);
	return rc || place->resumed ? rc : lock(place, err);
}

int make_place_end(struct make_place *place, struct err *err)
{
	SCOPED_FREE char *source = aside_path(place, "source");
	if (!source)
		return err_set(err, ENOMEM, "out of memory");
	if (unlink(source) < 0 || rmdir(place->aside) < 0)
		return err_set(err, errno, "%s: cannot be removed: %s", place->aside, strerror(errno));
	return 0;
}

void make_place_leave(struct make_place *place)
{
	if (place->lock >= 0)
		close(place->lock);
	free(place->aside);
	*place = (struct make_place){.lock = -1};
}
