/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Turns what a user calls a source into what the server is given, and looks where it lies. */
#include "harness/cli/sources.h"

#include "base/scope.h"
#include "corpora/corpus.h"
#include "fusefs/wire.h"
#include "harness/cli/cli.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *const prefixes[] = {"tree:", "pack:", WIRE_SCRATCH};

static bool is_over(const char *source)
{
	return strncmp(source, WIRE_OVER, strlen(WIRE_OVER)) == 0;
}

/* The two directories of over:BASE,keep=DIR; DIR is NULL where there is none. Caller frees *base. */
static int over_parts(const char *source, char **base, const char **keep, struct err *err)
{
	const char *mark = strstr(source, WIRE_OVER_KEEP), *start = source + strlen(WIRE_OVER);
	*base = NULL;
	*keep = mark ? mark + strlen(WIRE_OVER_KEEP) : NULL;
	if (*keep && strstr(*keep, WIRE_OVER_KEEP))
		return err_set(err, EINVAL, "%s: '" WIRE_OVER_KEEP "' stands there twice (no path may contain it)", source);
	*base = mark ? strndup(start, (size_t)(mark - start)) : strdup(start);
	return *base ? 0 : err_set(err, ENOMEM, "out of memory");
}

static char *no_memory(struct err *err)
{
	err_set(err, ENOMEM, "out of memory");
	return NULL;
}

static int whole_path(const char *path, char whole[PATH_MAX], struct err *err)
{
	return realpath(path, whole) ? 0 : err_set(err, errno, "%s: %s", path, strerror(errno));
}

static char *whole_over(const char *source, struct err *err)
{
	SCOPED_FREE char *base;
	const char *keep;
	char *text = NULL, whole_base[PATH_MAX], whole_keep[PATH_MAX] = "";
	if (over_parts(source, &base, &keep, err) < 0 || whole_path(base, whole_base, err) < 0 ||
	    (keep && whole_path(keep, whole_keep, err) < 0))
		return NULL;
	return asprintf(&text, WIRE_OVER "%s%s%s", whole_base, keep ? WIRE_OVER_KEEP : "", whole_keep) < 0 ? no_memory(err) : text;
}

char *source_of_scratch(const char *scratch, struct err *err)
{
	SCOPED_FREE char *base = NULL;
	const char *keep;
	char *text = NULL;
	if (is_over(scratch) ? over_parts(scratch, &base, &keep, err) < 0
			     : !(base = strdup(scratch + strlen(WIRE_SCRATCH))) && !no_memory(err))
		return NULL;
	if (!base[0])
		err_set(err, EINVAL, "'%s' needs a path behind the colon", scratch);
	else if (asprintf(&text, "tree:%s", base) < 0)
		err_set(err, ENOMEM, "out of memory");
	return text;
}

/* tree:PATH and the like: PREFIX is what stands before the path. */
static char *whole_place(const char *prefix, const char *path, struct err *err)
{
	char *text = NULL, whole[PATH_MAX];
	if (!path[0])
		err_set(err, EINVAL, "'%s' needs a path behind the colon", prefix);
	else if (!realpath(path, whole))
		err_set(err, errno, "%s: %s%s", path, strerror(errno),
			errno == ENOENT && strcmp(prefix, WIRE_SCRATCH) == 0 ? " (make it first: mkdir)" : "");
	else if (asprintf(&text, "%s%s", prefix, whole) < 0)
		err_set(err, ENOMEM, "out of memory");
	return text;
}

/* NAME:key=value or PATH.yaml:key=value */
static char *whole_spec(const char *source, struct err *err)
{
	const char *slash = strrchr(source, '/'), *colon = strchr(slash ? slash : source, ':');
	SCOPED_FREE char *path = colon ? strndup(source, (size_t)(colon - source)) : strdup(source);
	char *text = NULL, whole[PATH_MAX];
	if (!path || (cli_whole_name(path, whole, err) == 0 && asprintf(&text, "%s%s", whole, colon ? colon : "") < 0))
		err_set(err, ENOMEM, "out of memory");
	return text;
}

char *source_whole(const char *source, struct err *err)
{
	if (is_over(source))
		return whole_over(source, err);
	for (size_t i = 0; i < COUNT_OF(prefixes); i++)
		if (strncmp(source, prefixes[i], strlen(prefixes[i])) == 0)
			return whole_place(prefixes[i], source + strlen(prefixes[i]), err);
	return whole_spec(source, err);
}

char *source_volume(const char *name, const char *source, struct err *err)
{
	SCOPED_FREE char *whole = source_whole(source, err);
	char *text = NULL;
	if (!whole)
		return NULL;
	return asprintf(&text, "%s=%s", name, whole) < 0 ? no_memory(err) : text;
}

char *source_scratch_volume(const char *name, const char *place, struct err *err)
{
	SCOPED_FREE char *source = NULL;
	struct stat st;
	if (source_is_scratch(place) && !is_over(place) && stat(place, &st) < 0) {
		err_set(err, EINVAL, "--scratch takes the directory itself, or over:BASE: --scratch %s", place + strlen(WIRE_SCRATCH));
		return NULL;
	}
	if (asprintf(&source, "%s%s", is_over(place) ? "" : WIRE_SCRATCH, place) < 0)
		return no_memory(err);
	return source_volume(name, source, err);
}

/* Does a directory hold this path? Told by what the directories are, because one may be mounted in several places. */
bool source_holds(const char *directory, const char *path)
{
	struct stat wanted, st;
	char above[PATH_MAX];
	if (stat(directory, &wanted) < 0)
		return false;
	snprintf(above, sizeof above, "%s", path);
	for (char *slash; (slash = strrchr(above, '/'));) {
		*slash = '\0';
		if (stat(*above ? above : "/", &st) == 0 && st.st_dev == wanted.st_dev && st.st_ino == wanted.st_ino)
			return true;
	}
	return false;
}

bool source_is_scratch(const char *source)
{
	return is_over(source) || strncmp(source, WIRE_SCRATCH, strlen(WIRE_SCRATCH)) == 0;
}

/* A server that looks into its own mount waits for itself, for ever. */
static int check_directory(const char *path, const char *mountpoint, struct err *err)
{
	char whole[PATH_MAX];
	if (!realpath(path, whole))
		return err_set(err, errno, "%s: %s", path, strerror(errno));
	if (strcmp(whole, mountpoint) == 0)
		return err_set(err, EINVAL, "mount: %s is the mount point itself, which would hide it", whole);
	if (source_holds(whole, mountpoint))
		return err_set(err, EINVAL, "mount: %s lies in %s: the mount would show itself", mountpoint, whole);
	if (source_holds(mountpoint, whole))
		return err_set(err, EINVAL, "mount: %s lies in the mount point %s, which would hide it", whole, mountpoint);
	return 0;
}

static int check_over(const char *source, const char *mountpoint, struct err *err)
{
	SCOPED_FREE char *base;
	const char *keep;
	int rc = over_parts(source, &base, &keep, err);
	rc = rc ? rc : check_directory(base, mountpoint, err);
	return rc || !keep ? rc : check_directory(keep, mountpoint, err);
}

/* A profile may come from a directory, too; nothing else has to be opened to know. */
int source_check_place(const char *source, const char *mountpoint, struct err *err)
{
	struct corpus *corpus = NULL;
	if (is_over(source))
		return check_over(source, mountpoint, err);
	for (size_t i = 0; i < COUNT_OF(prefixes); i++) {
		size_t length = strlen(prefixes[i]);
		if (strncmp(source, prefixes[i], length) == 0) /* without a path: the server says what is wrong */
			return source[length] ? check_directory(source + length, mountpoint, err) : 0;
	}
	int rc = corpus_open(source, &corpus, err);
	for (size_t i = 0; !rc && corpus_place(corpus, i); i++)
		rc = check_directory(corpus_place(corpus, i), mountpoint, err);
	corpus_close(corpus);
	return rc;
}
