/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Keeps the records of what is not durable. */
#include "fusefs/durable_records.h"

#include "base/draw.h"
#include "base/fdname.h"
#include "base/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* ---- records of files ---- */

static struct durable_file **bucket_of(struct durable *d, ino_t ino)
{
	return &d->files[ino % DURABLE_BUCKETS];
}

static struct durable_file *find_by(struct durable *d, const struct stat *st)
{
	struct durable_file *file = *bucket_of(d, st->st_ino);
	while (file && (file->ino != st->st_ino || file->dev != st->st_dev))
		file = file->next;
	return file;
}

struct durable_file *durable_find(struct durable *d, int fd)
{
	struct stat st;
	return fstatat(fd, "", &st, AT_EMPTY_PATH) < 0 ? NULL : find_by(d, &st);
}

/* A descriptor of the file that only names it. */
static int path_descriptor(int fd)
{
	char path[FD_NAME_SIZE];
	int flags = fcntl(fd, F_GETFL);
	if (flags >= 0 && flags & O_PATH)
		return fcntl(fd, F_DUPFD_CLOEXEC, 0);
	fd_name(fd, path);
	return open(path, O_PATH | O_CLOEXEC);
}

static struct durable_file *add_file(struct durable *d, int fd, const struct stat *st)
{
	struct durable_file *file = d->files_count < d->files_max ? calloc(1, sizeof *file) : NULL;
	if (!file || (file->fd = path_descriptor(fd)) < 0) {
		free(file);
		durable_write_back(d);
		return NULL;
	}
	file->dev = st->st_dev;
	file->ino = st->st_ino;
	file->shrunk_to = UINT64_MAX;
	file->serial = ++d->serial;
	file->next = *bucket_of(d, st->st_ino);
	*bucket_of(d, st->st_ino) = file;
	d->files_count++;
	return file;
}

static struct durable_file *take_once(struct durable *d, int fd, struct stat *st)
{
	if (fstatat(fd, "", st, AT_EMPTY_PATH) < 0)
		return NULL;
	struct durable_file *file = find_by(d, st);
	return file ? file : add_file(d, fd, st);
}

/* Behind a write-back there is room again. */
struct durable_file *durable_take(struct durable *d, int fd, struct stat *st)
{
	struct durable_file *file = take_once(d, fd, st);
	return file ? file : take_once(d, fd, st);
}

static void free_file(struct durable *d, struct durable_file *file)
{
	blocks_clear(&file->undo, &d->store);
	blocks_clear(&file->shadow, &d->store);
	blocks_clear(&file->before, &d->store);
	close(file->fd);
	free(file);
}

void durable_release(struct durable *d, struct durable_file *file)
{
	if (file->names || file->undo.count || file->shadow.count || file->before.count || file->resized || file->remoded ||
	    file->errors)
		return;
	struct durable_file **link = bucket_of(d, file->ino);
	while (*link != file)
		link = &(*link)->next;
	*link = file->next;
	d->files_count--;
	free_file(d, file);
}

int durable_open(const struct durable_file *file, int flags)
{
	char path[FD_NAME_SIZE];
	fd_name(file->fd, path);
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/* ---- records of names ---- */

static struct durable_name **name_bucket(struct durable *d, const struct durable_file *directory, const char *name)
{
	const struct draw_key key = {.who = directory->ino, .path = draw_text(name)};
	return &d->names[draw_u64(&key) % DURABLE_BUCKETS];
}

static struct durable_name *find_name(struct durable *d, const struct durable_file *directory, const char *name)
{
	struct durable_name *record = *name_bucket(d, directory, name);
	while (record && (record->directory != directory || strcmp(record->name, name) != 0))
		record = record->next;
	return record;
}

/* What the name leads to now. False where there is no room to keep hold of it. */
static bool hold_target(struct durable *d, int directory, const char *name, struct durable_file **held)
{
	struct stat st;
	SCOPED_FD int fd = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	*held = fd >= 0 ? take_once(d, fd, &st) : NULL;
	return fd >= 0 ? *held != NULL : errno == ENOENT;
}

static struct durable_name *add_name(struct durable *d, int fd, struct durable_file *directory, const char *name)
{
	struct durable_file *held = NULL;
	struct durable_name *record = d->names_count < DURABLE_NAMES_MAX ? calloc(1, sizeof *record) : NULL;
	char *copy = record ? strdup(name) : NULL;
	uint64_t before = d->written_back;
	if (!copy || !hold_target(d, fd, name, &held)) {
		free(copy);
		free(record);
		if (d->written_back == before)
			durable_write_back(d);
		return NULL;
	}
	*record = (struct durable_name){.directory = directory, .held = held, .name = copy, .serial = ++d->serial};
	struct durable_name **bucket = name_bucket(d, directory, name);
	record->next = *bucket;
	*bucket = record;
	directory->names++;
	if (held)
		held->names++;
	d->names_count++;
	return record;
}

struct durable_name *durable_take_name(struct durable *d, int fd, const char *name)
{
	struct stat st;
	struct durable_file *directory = durable_take(d, fd, &st);
	struct durable_name *record = directory ? find_name(d, directory, name) : NULL;
	return !directory || record ? record : add_name(d, fd, directory, name);
}

void durable_drop_name(struct durable *d, struct durable_name **link)
{
	struct durable_name *record = *link;
	*link = record->next;
	d->names_count--;
	record->directory->names--;
	durable_release(d, record->directory);
	if (record->held) {
		record->held->names--;
		durable_release(d, record->held);
	}
	free(record->name);
	free(record);
}

/* ---- the whole ---- */

struct durable *durable_new(int root_fd, enum durable_model model, bool keeps_previous)
{
	struct durable *d = calloc(1, sizeof *d);
	struct rlimit limit = {.rlim_cur = 1024};
	if (!d)
		return NULL;
	*d = (struct durable){.root_fd = root_fd, .model = model, .keeps_previous = keeps_previous, .store = STORE_EMPTY};
	getrlimit(RLIMIT_NOFILE, &limit);
	d->files_max = limit.rlim_cur / 4 < DURABLE_FILES_MAX ? (uint32_t)(limit.rlim_cur / 4) : DURABLE_FILES_MAX;
	d->files = calloc(DURABLE_BUCKETS, sizeof *d->files);
	d->names = calloc(DURABLE_BUCKETS, sizeof *d->names);
	if (d->files && d->names)
		return d;
	durable_free(d);
	return NULL;
}

void durable_settle(struct durable *d)
{
	for (uint32_t i = 0; i < DURABLE_BUCKETS; i++)
		for (struct durable_name *record = d->names[i], *next; record; record = next) {
			next = record->next;
			free(record->name);
			free(record);
		}
	for (uint32_t i = 0; i < DURABLE_BUCKETS; i++)
		for (struct durable_file *file = d->files[i], *next; file; file = next) {
			next = file->next;
			free_file(d, file);
		}
	memset(d->names, 0, DURABLE_BUCKETS * sizeof *d->names);
	memset(d->files, 0, DURABLE_BUCKETS * sizeof *d->files);
	d->files_count = d->names_count = 0;
}

void durable_free(struct durable *d)
{
	if (!d)
		return;
	if (d->files && d->names)
		durable_settle(d);
	free(d->files);
	free(d->names);
	store_fini(&d->store);
	free(d);
}

void durable_write_back(struct durable *d)
{
	durable_settle(d);
	d->written_back++;
}
