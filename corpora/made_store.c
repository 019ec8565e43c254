/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Keeps made files in a directory, and those out of it that were not used for longest. */
#include "corpora/made_store.h"

#include "base/fdname.h"
#include "base/scope.h"
#include "base/units.h"
#include "base/vec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define BOUND_USUAL (UINT64_C(1) << 30)

struct made_store {
	int dir;
	uint64_t bound;
	pthread_mutex_t lock;
	uint64_t unswept; /* bytes kept since the last sweep */
};

/* ---- the directory ---- */

/* $XDG_CACHE_HOME if that is a whole path, else ~/.cache (XDG Base Directory Specification). */
static bool find_above(char path[PATH_MAX])
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	if (cache && cache[0] == '/')
		return snprintf(path, PATH_MAX, "%s", cache) < PATH_MAX;
	return home && home[0] == '/' && snprintf(path, PATH_MAX, "%s/.cache", home) < PATH_MAX;
}

/* Ours alone: a directory of somebody else's, or that others may write to, is not taken. */
static int open_own(int above, const char *name)
{
	struct stat st;
	(void)!mkdirat(above, name, 0700);
	SCOPED_FD int fd = openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || st.st_uid != geteuid() || st.st_mode & (S_IWGRP | S_IWOTH))
		return -1;
	return take_fd(&fd);
}

static int open_directory(void)
{
	char path[PATH_MAX];
	if (!find_above(path))
		return -1;
	(void)!mkdir(path, 0700);
	SCOPED_FD int above = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	SCOPED_FD int ordeal = above < 0 ? -1 : open_own(above, "ordeal");
	return ordeal < 0 ? -1 : open_own(ordeal, "made");
}

static uint64_t bound(void)
{
	const char *text = getenv("ORDEAL_CACHE_SIZE");
	uint64_t bytes;
	return text && units_size(text, &bytes) == 0 ? bytes : BOUND_USUAL;
}

struct made_store *made_store_open(void)
{
	uint64_t bytes = bound();
	SCOPED_FD int dir = bytes ? open_directory() : -1;
	struct made_store *store = dir < 0 ? NULL : calloc(1, sizeof *store);
	if (!store)
		return NULL;
	store->dir = take_fd(&dir);
	store->bound = bytes;
	store->unswept = bytes; /* the first that is kept sweeps */
	pthread_mutex_init(&store->lock, NULL);
	return store;
}

void made_store_close(struct made_store *store)
{
	if (!store)
		return;
	close(store->dir);
	pthread_mutex_destroy(&store->lock);
	free(store);
}

/* ---- sweeping ---- */

struct kept {
	char name[40];
	uint64_t bytes;
	struct timespec used;
};

struct kepts {
	VEC(struct kept) at;
};

static int by_use(const void *a, const void *b)
{
	const struct timespec *x = &((const struct kept *)a)->used, *y = &((const struct kept *)b)->used;
	return x->tv_sec != y->tv_sec ? (x->tv_sec > y->tv_sec) - (x->tv_sec < y->tv_sec)
				      : (x->tv_nsec > y->tv_nsec) - (x->tv_nsec < y->tv_nsec);
}

static uint64_t list_kept(int dir, struct kepts *out)
{
	uint64_t bytes = 0;
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = copy < 0 ? NULL : fdopendir(copy);
	if (!listing) {
		if (copy >= 0)
			close(copy);
		return 0;
	}
	for (struct dirent *entry; (entry = readdir(listing));) {
		struct stat st;
		struct kept *kept = NULL;
		if (strlen(entry->d_name) < sizeof kept->name && fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			kept = vec_add(&out->at);
		if (!kept)
			continue;
		strcpy(kept->name, entry->d_name);
		kept->bytes = (uint64_t)st.st_size;
		kept->used = st.st_mtim;
		bytes += kept->bytes;
	}
	closedir(listing);
	return bytes;
}

/* One sweeps at a time; who comes second need not. */
static void sweep(const struct made_store *store)
{
	struct kepts kepts = {0};
	SCOPED_FD int lock = openat(store->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) < 0)
		return;
	uint64_t bytes = list_kept(store->dir, &kepts);
	if (bytes > store->bound)
		qsort(kepts.at.at, kepts.at.count, sizeof *kepts.at.at, by_use);
	for (size_t i = 0; i < kepts.at.count && bytes > store->bound; i++)
		if (unlinkat(store->dir, kepts.at.at[i].name, 0) == 0)
			bytes -= kepts.at.at[i].bytes;
	vec_free(&kepts.at);
}

/* An eighth of the bound may come before it is looked at again. */
static void count_kept(struct made_store *store, uint64_t bytes)
{
	pthread_mutex_lock(&store->lock);
	store->unswept += bytes;
	bool due = store->unswept >= store->bound / 8;
	if (due)
		store->unswept = 0;
	pthread_mutex_unlock(&store->lock);
	if (due)
		sweep(store);
}

/* ---- files ---- */

int made_store_find(struct made_store *store, const char *name)
{
	int fd = store ? openat(store->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
	if (fd < 0)
		return -ENOENT;
	(void)!utimensat(store->dir, name, NULL, AT_SYMLINK_NOFOLLOW);
	return fd;
}

void made_store_drop(struct made_store *store, const char *name)
{
	(void)!unlinkat(store->dir, name, 0);
}

int made_store_begin(struct made_store *store)
{
	int fd = store ? openat(store->dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) : -1;
	return fd < 0 ? -ENOSPC : fd;
}

void made_store_keep(struct made_store *store, int fd, const char *name, uint64_t bytes)
{
	char path[FD_NAME_SIZE];
	fd_name(fd, path);
	if (bytes < store->bound && linkat(AT_FDCWD, path, store->dir, name, AT_SYMLINK_FOLLOW) == 0)
		count_kept(store, bytes);
}
