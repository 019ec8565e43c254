/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The names of a tree after a power cut.
 *
 * All that stands under a name that is not durable is moved into a directory made for that; then each name gets what it durably led to:
 * from there, or by one more link, or, where the file has lost its last name, as a copy of what we hold. What is left in the directory
 * never durably was, and is removed. */
#include "fusefs/durable_cut.h"

#include "base/fdname.h"
#include "base/scope.h"
#include "base/vec.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Something in the directory for what moves. */
struct aside {
	dev_t dev;
	ino_t ino;
	uint32_t number; /* its name there */
	bool taken;	 /* it has a place again */
};

struct moving {
	struct cutting *c;
	bool layered; /* the tree is an overlay */
	int aside_fd;
	char aside_name[40];
	uint32_t numbers;
	VEC(struct aside) asides;
};

/* ---- what goes ---- */

static bool survives(const struct cutting *c, const struct durable_name *record)
{
	if (c->how->keep != DURABLE_KEEP_RANDOM)
		return c->how->keep == DURABLE_KEEP_ALL;
	if (c->d->model == DURABLE_ORDERED)
		return c->journal_kept;
	return cutting_drawn(c, record->group ? record->group : record->serial, record->group != 0, 1) & 1;
}

/* For each name that is taken back. */
static void each_undone(struct moving *m, void (*act)(struct moving *, struct durable_name *))
{
	for (uint32_t i = 0; i < DURABLE_BUCKETS; i++)
		for (struct durable_name *record = m->c->d->names[i]; record; record = record->next)
			if (record->undone)
				act(m, record);
}

static bool choose_names(struct moving *m)
{
	bool any = false;
	for (uint32_t i = 0; i < DURABLE_BUCKETS; i++)
		for (struct durable_name *record = m->c->d->names[i]; record; record = record->next) {
			record->undone = !survives(m->c, record);
			any |= record->undone;
		}
	return any;
}

/* A directory of the tree, because files are moved into it. */
static int make_aside(struct moving *m)
{
	snprintf(m->aside_name, sizeof m->aside_name, ".ordeal-cut-%d-%llu", (int)getpid(), (unsigned long long)++m->c->d->serial);
	if (mkdirat(m->c->d->root_fd, m->aside_name, 0700) < 0)
		return -errno;
	m->aside_fd = openat(m->c->d->root_fd, m->aside_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return m->aside_fd < 0 ? -errno : 0;
}

static struct aside *add_aside(struct moving *m, const struct stat *st)
{
	struct aside *aside = vec_add(&m->asides);
	if (aside)
		*aside = (struct aside){.dev = st->st_dev, .ino = st->st_ino, .number = m->numbers};
	else
		cutting_failed(m->c, ENOMEM);
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
static void clear_place(struct moving *m, struct durable_name *record)
{
	struct stat st;
	char number[16];
	if (fstatat(record->directory->fd, record->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	record->placed = is_file(record->held, &st);
	if (record->placed)
		return;
	number_text(++m->numbers, number);
	if (renameat(record->directory->fd, record->name, m->aside_fd, number) < 0)
		cutting_failed(m->c, errno);
	else
		add_aside(m, &st);
}

/* ---- what comes back ---- */

static int copy_bytes(int from, int to)
{
	char bytes[16384];
	for (ssize_t got; (got = read(from, bytes, sizeof bytes)) != 0;)
		if (got < 0 || write(to, bytes, (size_t)got) != got)
			return got < 0 ? -errno : -ENOSPC;
	return 0;
}

static int revive_regular(struct moving *m, const struct durable_file *file, const char *number)
{
	SCOPED_FD int from = durable_open(file, O_RDONLY);
	SCOPED_FD int to = openat(m->aside_fd, number, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return from < 0 ? from : to < 0 ? -errno : copy_bytes(from, to);
}

static int revive_link(struct moving *m, const struct durable_file *file, const char *number)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(file->fd, "", target, sizeof target - 1);
	if (length < 0)
		return -errno;
	target[length] = '\0';
	return symlinkat(target, m->aside_fd, number) < 0 ? -errno : 0;
}

static int revive_as(struct moving *m, const struct durable_file *file, const struct stat *st, const char *number)
{
	switch (st->st_mode & S_IFMT) {
	case S_IFREG:
		return revive_regular(m, file, number);
	case S_IFLNK:
		return revive_link(m, file, number);
	case S_IFDIR:
		return mkdirat(m->aside_fd, number, 0700) < 0 ? -errno : 0;
	default:
		return mknodat(m->aside_fd, number, st->st_mode, st->st_rdev) < 0 ? -errno : 0;
	}
}

/* The new file takes the old one's place in its record. */
static int adopt(struct moving *m, struct durable_file *file, const struct stat *old, const char *number)
{
	struct stat st;
	SCOPED_FD int fd = openat(m->aside_fd, number, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstatat(fd, "", &st, AT_EMPTY_PATH) < 0)
		return -errno;
	(void)!fchownat(m->aside_fd, number, old->st_uid, old->st_gid, AT_SYMLINK_NOFOLLOW);
	if (!S_ISLNK(old->st_mode) && fchmodat(m->aside_fd, number, old->st_mode & 07777, 0) < 0)
		return -errno;
	if (!add_aside(m, &st))
		return -ENOMEM;
	close(file->fd);
	file->fd = take_fd(&fd);
	file->dev = st.st_dev;
	file->ino = st.st_ino;
	return 0;
}

static int make_again(struct moving *m, struct durable_file *file, const struct stat *st)
{
	char number[16];
	number_text(++m->numbers, number);
	int rc = revive_as(m, file, st, number);
	return rc ? rc : adopt(m, file, st, number);
}

/* Overlayfs counts the names of what it has not copied up as its lower layer does, which does not hear of their going (ovl_getattr() in
 * fs/overlayfs/inode.c). A directory that is gone cannot be listed (iterate_dir() in fs/readdir.c); for files see link_again(). */
static bool is_gone(const struct moving *m, int file, struct stat *st)
{
	char entries[1024];
	if (fstatat(file, "", st, AT_EMPTY_PATH) < 0 || !st->st_nlink)
		return true;
	if (!m->layered || !S_ISDIR(st->st_mode))
		return false;
	SCOPED_FD int fd = openat(file, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 && getdents64(fd, entries, sizeof entries) < 0 && errno == ENOENT;
}

/* A file whose last name is gone is made again. (Until the end of the cut nobody looks it up by its number.) */
static void revive(struct moving *m, struct durable_name *record)
{
	struct durable_file *file = record->held;
	struct stat st;
	if (!file || record->placed || !is_gone(m, file->fd, &st))
		return;
	int rc = make_again(m, file, &st);
	if (rc)
		cutting_failed(m->c, -rc);
}

static struct aside *find_aside(struct moving *m, const struct durable_file *file)
{
	for (size_t i = 0; i < m->asides.count; i++)
		if (!m->asides.at[i].taken && m->asides.at[i].ino == file->ino && m->asides.at[i].dev == file->dev)
			return &m->asides.at[i];
	return NULL;
}

static int take_from_aside(const struct moving *m, struct aside *aside, const struct durable_name *record)
{
	char number[16];
	number_text(aside->number, number);
	if (renameat(m->aside_fd, number, record->directory->fd, record->name) < 0)
		return -errno;
	aside->taken = true;
	return 0;
}

/* That the last name of a file is gone may show only in that it cannot be linked to. */
static int link_again(struct moving *m, const struct durable_name *record)
{
	struct durable_file *file = record->held;
	char path[FD_NAME_SIZE];
	struct stat st;
	if (linkat(AT_FDCWD, fd_name(file->fd, path), record->directory->fd, record->name, AT_SYMLINK_FOLLOW) == 0)
		return 0;
	if (errno != ENOENT || fstatat(file->fd, "", &st, AT_EMPTY_PATH) < 0)
		return -errno;
	int rc = make_again(m, file, &st);
	return rc ? rc : take_from_aside(m, find_aside(m, file), record);
}

static void put_in_place(struct moving *m, struct durable_name *record)
{
	struct stat st;
	if (is_gone(m, record->directory->fd, &st)) /* for good, and all that was in it */
		return;
	m->c->report.names++;
	if (!record->held || record->placed)
		return;
	struct aside *aside = find_aside(m, record->held);
	int rc = aside ? take_from_aside(m, aside, record) : link_again(m, record);
	record->placed = !rc;
	if (rc)
		cutting_failed(m->c, -rc);
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

static void remove_aside(struct moving *m)
{
	char path[80];
	snprintf(path, sizeof path, "/proc/self/fd/%d/%s", m->c->d->root_fd, m->aside_name);
	nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	if (faccessat(m->c->d->root_fd, m->aside_name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		cutting_failed(m->c, ENOTEMPTY);
	close(m->aside_fd);
}

void cutting_names(struct cutting *c)
{
	struct moving m = {.c = c};
	struct statfs below;
	m.layered = fstatfs(c->d->root_fd, &below) == 0 && below.f_type == OVERLAYFS_SUPER_MAGIC;
	int rc = choose_names(&m) ? make_aside(&m) : 1;
	if (rc < 0)
		cutting_failed(c, -rc);
	if (rc)
		return;
	each_undone(&m, clear_place);
	each_undone(&m, revive);
	each_undone(&m, put_in_place);
	remove_aside(&m);
	vec_free(&m.asides);
}
