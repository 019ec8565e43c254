/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Takes back what is not durable.
 *
 * First the names. All that stands under a name that is not durable is moved into a directory made for that; then each name gets
 * what it durably led to: from there, or by one more link, or, where the file has lost its last name, as a copy of what we hold.
 * What is left in the directory never durably was, and is removed. Then the bytes, sizes and modes of the files that are left. */
#include "fusefs/durable_records.h"

#include "base/draw.h"
#include "base/scope.h"
#include "base/vec.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Something in the directory for what moves. */
struct aside {
	dev_t dev;
	ino_t ino;
	uint32_t number; /* its name there */
	bool taken;	 /* it has a place again */
};

struct cutting {
	struct durable *d;
	const struct durable_how *how;
	struct durable_report report;
	bool journal_kept; /* ordered, by chance: the last commit was made just before */
	int aside_fd;	   /* -1: nothing moves */
	char aside_name[40];
	uint32_t numbers;
	VEC(struct aside) asides;
};

static void note_failure(struct cutting *c, int error)
{
	if (!c->report.failures++)
		c->report.error = error;
}

static uint64_t drawn(const struct cutting *c, uint64_t who, uint64_t where, uint64_t lane)
{
	const struct draw_key key = {.seed = c->how->seed, .who = who, .where = where, .lane = lane};
	return draw_u64(&key);
}

/* ---- names: what goes ---- */

static bool survives(const struct cutting *c, const struct durable_name *record)
{
	if (c->how->keep != DURABLE_KEEP_RANDOM)
		return c->how->keep == DURABLE_KEEP_ALL;
	if (c->d->model == DURABLE_ORDERED)
		return c->journal_kept;
	return drawn(c, record->group ? record->group : record->serial, record->group != 0, 1) & 1;
}

/* For each name that is taken back. */
static void each_undone(struct cutting *c, void (*act)(struct cutting *, struct durable_name *))
{
	for (uint32_t i = 0; i < DURABLE_BUCKETS; i++)
		for (struct durable_name *record = c->d->names[i]; record; record = record->next)
			if (record->undone)
				act(c, record);
}

static bool choose_names(struct cutting *c)
{
	bool any = false;
	for (uint32_t i = 0; i < DURABLE_BUCKETS; i++)
		for (struct durable_name *record = c->d->names[i]; record; record = record->next) {
			record->undone = !survives(c, record);
			any |= record->undone;
		}
	return any;
}

/* A directory of the tree, because files are moved into it. */
static int make_aside(struct cutting *c)
{
	snprintf(c->aside_name, sizeof c->aside_name, ".ordeal-cut-%d-%llu", (int)getpid(), (unsigned long long)++c->d->serial);
	if (mkdirat(c->d->root_fd, c->aside_name, 0700) < 0)
		return -errno;
	c->aside_fd = openat(c->d->root_fd, c->aside_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return c->aside_fd < 0 ? -errno : 0;
}

static struct aside *add_aside(struct cutting *c, const struct stat *st)
{
	struct aside *aside = vec_add(&c->asides);
	if (aside)
		*aside = (struct aside){.dev = st->st_dev, .ino = st->st_ino, .number = c->numbers};
	else
		note_failure(c, ENOMEM);
	return aside;
}

static void number_text(uint32_t number, char text[16])
{
	snprintf(text, 16, "%u", number);
}

static bool is_file(const struct durable_file *file, const struct stat *st)
{
	return file && file->ino == st->st_ino && file->dev == st->st_dev;
}

/* Move what stands there out of the way, but for what belongs there. */
static void clear_place(struct cutting *c, struct durable_name *record)
{
	struct stat st;
	char number[16];
	if (fstatat(record->directory->fd, record->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	record->placed = is_file(record->held, &st);
	if (record->placed)
		return;
	number_text(++c->numbers, number);
	if (renameat(record->directory->fd, record->name, c->aside_fd, number) < 0)
		note_failure(c, errno);
	else
		add_aside(c, &st);
}

/* ---- names: what comes back ---- */

static int copy_bytes(int from, int to)
{
	char bytes[16384];
	for (ssize_t got; (got = read(from, bytes, sizeof bytes)) != 0;)
		if (got < 0 || write(to, bytes, (size_t)got) != got)
			return got < 0 ? -errno : -ENOSPC;
	return 0;
}

static int revive_regular(struct cutting *c, const struct durable_file *file, const char *number)
{
	SCOPED_FD int from = durable_open(file, O_RDONLY);
	SCOPED_FD int to = openat(c->aside_fd, number, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return from < 0 ? from : to < 0 ? -errno : copy_bytes(from, to);
}

static int revive_link(struct cutting *c, const struct durable_file *file, const char *number)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(file->fd, "", target, sizeof target - 1);
	if (length < 0)
		return -errno;
	target[length] = '\0';
	return symlinkat(target, c->aside_fd, number) < 0 ? -errno : 0;
}

static int revive_as(struct cutting *c, const struct durable_file *file, const struct stat *st, const char *number)
{
	switch (st->st_mode & S_IFMT) {
	case S_IFREG:
		return revive_regular(c, file, number);
	case S_IFLNK:
		return revive_link(c, file, number);
	case S_IFDIR:
		return mkdirat(c->aside_fd, number, 0700) < 0 ? -errno : 0;
	default:
		return mknodat(c->aside_fd, number, st->st_mode, st->st_rdev) < 0 ? -errno : 0;
	}
}

/* The new file takes the old one's place in its record. */
static int adopt(struct cutting *c, struct durable_file *file, const struct stat *old, const char *number)
{
	struct stat st;
	SCOPED_FD int fd = openat(c->aside_fd, number, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstatat(fd, "", &st, AT_EMPTY_PATH) < 0)
		return -errno;
	(void)!fchownat(c->aside_fd, number, old->st_uid, old->st_gid, AT_SYMLINK_NOFOLLOW);
	if (!S_ISLNK(old->st_mode) && fchmodat(c->aside_fd, number, old->st_mode & 07777, 0) < 0)
		return -errno;
	if (!add_aside(c, &st))
		return -ENOMEM;
	close(file->fd);
	file->fd = take_fd(&fd);
	file->dev = st.st_dev;
	file->ino = st.st_ino;
	return 0;
}

/* A file whose last name is gone is made again. (Until the end of the cut nobody looks it up by its number.) */
static void revive(struct cutting *c, struct durable_name *record)
{
	struct durable_file *file = record->held;
	struct stat st;
	char number[16];
	if (!file || record->placed || fstatat(file->fd, "", &st, AT_EMPTY_PATH) < 0 || st.st_nlink > 0)
		return;
	number_text(++c->numbers, number);
	int rc = revive_as(c, file, &st, number);
	if (!rc)
		rc = adopt(c, file, &st, number);
	if (rc)
		note_failure(c, -rc);
}

static struct aside *find_aside(struct cutting *c, const struct durable_file *file)
{
	for (size_t i = 0; i < c->asides.count; i++)
		if (!c->asides.at[i].taken && c->asides.at[i].ino == file->ino && c->asides.at[i].dev == file->dev)
			return &c->asides.at[i];
	return NULL;
}

static int link_again(const struct durable_file *file, const struct durable_name *record)
{
	char path[32];
	snprintf(path, sizeof path, "/proc/self/fd/%d", file->fd);
	return linkat(AT_FDCWD, path, record->directory->fd, record->name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

/* Is the directory gone for good, and all that was in it? */
static bool is_gone(const struct durable_file *directory)
{
	struct stat st;
	return fstatat(directory->fd, "", &st, AT_EMPTY_PATH) < 0 || !st.st_nlink;
}

static void put_in_place(struct cutting *c, struct durable_name *record)
{
	char number[16];
	if (is_gone(record->directory))
		return;
	c->report.names++;
	if (!record->held || record->placed)
		return;
	struct aside *aside = find_aside(c, record->held);
	int rc = 0;
	if (aside) {
		number_text(aside->number, number);
		rc = renameat(c->aside_fd, number, record->directory->fd, record->name) < 0 ? -errno : 0;
		aside->taken = !rc;
	} else {
		rc = link_again(record->held, record);
	}
	record->placed = !rc;
	if (rc)
		note_failure(c, -rc);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)at;
	if (type == FTW_DP || type == FTW_DNR)
		(void)!rmdir(path);
	else
		(void)!unlink(path);
	return 0;
}

static void remove_aside(struct cutting *c)
{
	char path[80];
	snprintf(path, sizeof path, "/proc/self/fd/%d/%s", c->d->root_fd, c->aside_name);
	nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	if (faccessat(c->d->root_fd, c->aside_name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		note_failure(c, ENOTEMPTY);
	close(c->aside_fd);
}

static void take_back_names(struct cutting *c)
{
	int rc = choose_names(c) ? make_aside(c) : 1;
	if (rc < 0)
		note_failure(c, -rc);
	if (rc)
		return;
	each_undone(c, clear_place);
	each_undone(c, revive);
	each_undone(c, put_in_place);
	remove_aside(c);
}

/* ---- bytes ---- */

/* The size that the file comes to have: the durable one, or, by chance, what it had, or something between. */
static uint64_t choose_size(const struct cutting *c, const struct durable_file *file, uint64_t now)
{
	uint64_t draw = drawn(c, file->serial, 0, 2);
	if (!file->resized)
		return now;
	if (c->how->keep == DURABLE_KEEP_NONE || file->size_clean)
		return file->size;
	if (c->how->keep == DURABLE_KEEP_ALL)
		return now;
	if (now < file->size)
		return draw & 1 ? now : file->size;
	uint64_t grown = now - file->size, sectors = grown / c->how->sector + 1;
	uint64_t part = (draw >> 2) % sectors * c->how->sector;
	return draw % 3 == 0 ? file->size : draw % 3 == 1 ? now : file->size + (part < grown ? part : grown);
}

/* Is this sector of a changed block as it was written last? */
static bool sector_survives(const struct cutting *c, const struct durable_file *file, uint64_t offset, uint64_t now)
{
	if (c->how->keep != DURABLE_KEEP_RANDOM || offset >= now)
		return c->how->keep == DURABLE_KEEP_ALL;
	/* Ordered: what a file has grown by is there before its size says so. */
	if (c->d->model == DURABLE_ORDERED && file->resized && offset >= file->size)
		return true;
	return drawn(c, file->serial, offset / c->how->sector, 3) & 1;
}

static int take_back_block(struct cutting *c, struct durable_file *file, int fd, const struct block *block, uint64_t now, uint64_t size)
{
	unsigned char old[COPY_BYTES], bytes[COPY_BYTES];
	uint64_t start = (block->index - 1) * COPY_BYTES;
	if (start >= size)
		return 0;
	int rc = blocks_get(&c->d->store, block, old);
	if (!rc)
		rc = durable_read_block(fd, block->index - 1, bytes);
	for (uint64_t at = 0; !rc && at < COPY_BYTES; at += c->how->sector)
		if (!sector_survives(c, file, start + at, now))
			memcpy(bytes + at, old + at, c->how->sector);
	size_t length = size - start < COPY_BYTES ? size - start : COPY_BYTES;
	if (!rc && pwrite(fd, bytes, length, (off_t)start) != (ssize_t)length)
		rc = errno ? -errno : -ENOSPC;
	c->report.blocks += !rc;
	return rc;
}

static int take_back_bytes(struct cutting *c, struct durable_file *file)
{
	struct stat st;
	SCOPED_FD int fd = durable_open(file, O_RDWR);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fd < 0 ? fd : -errno;
	uint64_t now = (uint64_t)st.st_size, size = choose_size(c, file, now);
	int rc = size != now && ftruncate(fd, (off_t)size) < 0 ? -errno : 0;
	for (struct block *block = NULL; !rc && (block = blocks_next(&file->undo, block));)
		rc = take_back_block(c, file, fd, block, now, size);
	return rc;
}

static int take_back_mode(const struct durable_file *file)
{
	char path[32];
	snprintf(path, sizeof path, "/proc/self/fd/%d", file->fd);
	if (fchownat(file->fd, "", file->uid, file->gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return chmod(path, file->mode) < 0 ? -errno : 0;
}

static void take_back_file(struct cutting *c, struct durable_file *file)
{
	struct stat st;
	if (fstatat(file->fd, "", &st, AT_EMPTY_PATH) < 0 || !st.st_nlink)
		return;
	bool changed = file->undo.count || file->resized;
	int rc = changed && S_ISREG(st.st_mode) && (c->how->keep != DURABLE_KEEP_ALL || file->size_clean)
			 ? take_back_bytes(c, file) : 0;
	bool mode_stays = c->how->keep == DURABLE_KEEP_ALL ||
			  (c->how->keep == DURABLE_KEEP_RANDOM && drawn(c, file->serial, 0, 4) & 1);
	if (!rc && file->remoded && !mode_stays)
		rc = take_back_mode(file);
	if (rc)
		note_failure(c, -rc);
}

struct durable_report durable_cut(struct durable *d, const struct durable_how *how)
{
	struct cutting c = {.d = d, .how = how, .aside_fd = -1};
	c.journal_kept = drawn(&c, 0, 0, 5) & 1;
	for (uint32_t i = 0; i < DURABLE_BUCKETS; i++)
		for (struct durable_file *file = d->files[i], *next; file; file = next) {
			next = file->next;
			durable_lose_now(d, file->fd, DURABLE_LOSE_AT_FSYNC | DURABLE_LOSE_AT_CLOSE | DURABLE_LOSE_AT_CUT);
		}
	take_back_names(&c);
	for (uint32_t i = 0; i < DURABLE_BUCKETS; i++)
		for (struct durable_file *file = d->files[i]; file; file = file->next)
			take_back_file(&c, file);
	vec_free(&c.asides);
	durable_settle(d);
	return c.report;
}
