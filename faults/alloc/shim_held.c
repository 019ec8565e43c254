/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What a process holds that a copy of it would share: descriptors, whose files have one offset for both, and shared memory.
 *
 * A copy gets files of its own: by their paths where it has a view of its own (below the places), else the same files opened anew.
 * What cannot be had twice (pipes, sockets, deleted files, what is written elsewhere) is told before there is a copy. Memory is static:
 * one thread, and no allocation. */
#include "faults/alloc/shim.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define HELD_MAX 64
#define PATH_SIZE 512
#define COPIED_MAX (16 << 20) /* bytes */

/* How a copy comes by its own. */
enum way { SHARED /* it has no state */, STREAM /* stdout, stderr */, IN_PLACE /* by its path */, ANEW /* the same file */,
	   COPIED /* it has no name: another with the same bytes */ };

struct held {
	int fd, flags, cloexec;
	enum way way;
	unsigned memory; /* of COPIED: flags for memfd_create(2) */
	size_t stream, twin; /* twin: the earlier one that it shares its offset with; itself: none */
	off_t offset;
	dev_t dev;
	ino_t ino;
	bool regular;
	char path[PATH_SIZE];
};

static struct held held[HELD_MAX];
static size_t held_count;
static char cwd[PATH_SIZE];

static bool read_link(const char *name, char path[PATH_SIZE])
{
	ssize_t length = readlink(name, path, PATH_SIZE);
	if (length < 0 || length >= PATH_SIZE)
		return false;
	path[length] = '\0';
	return true;
}

static bool is_in_place(const char *path)
{
	for (uint32_t i = 0; i < page->fork.places_count && i < ALLOC_FORK_PLACES; i++) {
		const char *place = page->fork.places[i].at;
		size_t length = strnlen(place, sizeof page->fork.places[i].at);
		if (strncmp(path, place, length) == 0 && (path[length] == '/' || !path[length]))
			return true;
	}
	return false;
}

static bool is_stream(const struct stat *st, size_t *stream)
{
	for (*stream = 0; *stream < 2; ++*stream)
		if (st->st_dev == page->fork.streams[*stream][0] && st->st_ino == page->fork.streams[*stream][1])
			return true;
	return false;
}

/* Is the file still under its name, and only there? */
static bool is_at_its_path(const struct held *h, const struct stat *st)
{
	struct stat there;
	return stat(h->path, &there) == 0 && there.st_dev == st->st_dev && there.st_ino == st->st_ino &&
	       (S_ISDIR(st->st_mode) || st->st_nlink == 1);
}

/* Files in memory may be sealed for good. */
static bool can_be_copied(struct held *h, const struct stat *st)
{
	int seals = fcntl(h->fd, F_GET_SEALS);
	h->way = COPIED;
	h->memory = MFD_CLOEXEC | (seals == 0 ? MFD_ALLOW_SEALING : 0);
	return st->st_size <= COPIED_MAX && (seals <= 0 || seals == F_SEAL_SEAL) && (h->flags & O_ACCMODE) == O_RDWR;
}

static bool choose_file(struct held *h, const struct stat *st)
{
	char name[64];
	bool writes = (h->flags & O_ACCMODE) != O_RDONLY;
	snprintf(name, sizeof name, "/proc/self/fd/%d", h->fd);
	h->offset = lseek(h->fd, 0, SEEK_CUR);
	if (h->offset < 0 || !read_link(name, h->path))
		return false;
	if (S_ISREG(st->st_mode) && !st->st_nlink)
		return can_be_copied(h, st);
	if (!is_in_place(h->path)) {
		h->way = ANEW;
		return !writes;
	}
	h->way = IN_PLACE;
	/* Where a listing stands is a matter of its filesystem. */
	return is_at_its_path(h, st) && !(S_ISDIR(st->st_mode) && h->offset);
}

static bool choose_way(struct held *h)
{
	struct stat st;
	if (fstat(h->fd, &st) < 0)
		return false;
	h->dev = st.st_dev;
	h->ino = st.st_ino;
	h->flags = fcntl(h->fd, F_GETFL);
	h->cloexec = fcntl(h->fd, F_GETFD) & FD_CLOEXEC ? O_CLOEXEC : 0;
	h->regular = S_ISREG(st.st_mode);
	h->way = SHARED;
	if (S_ISCHR(st.st_mode))
		return major(st.st_rdev) == 1; /* null, zero, full, random, urandom */
	if (S_ISFIFO(st.st_mode)) {
		h->way = STREAM;
		return is_stream(&st, &h->stream);
	}
	return (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)) && !(h->flags & O_PATH) && choose_file(h, &st);
}

/* Does it share its offset with an earlier one? False: nobody can tell. */
static bool find_twin(size_t index)
{
	struct held *h = &held[index];
	for (h->twin = 0; h->twin < index; h->twin++) {
		const struct held *other = &held[h->twin];
		if (h->way == SHARED || other->dev != h->dev || other->ino != h->ino)
			continue;
		long order = syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE, other->fd, h->fd);
		if (order <= 0)
			return order == 0;
	}
	return true;
}

struct entry { /* getdents(2) */
	uint64_t ino;
	int64_t offset;
	uint16_t length;
	uint8_t type;
	char name[];
};

static bool add(int fd)
{
	if (held_count == HELD_MAX)
		return false;
	held[held_count].fd = fd;
	bool good = choose_way(&held[held_count]) && find_twin(held_count);
	held_count++;
	return good;
}

static bool look_at_descriptors(void)
{
	static _Alignas(8) char entries[4096];
	int directory = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = directory >= 0;
	held_count = 0;
	for (long got; good && (got = syscall(SYS_getdents64, directory, entries, sizeof entries));) {
		good = got > 0;
		for (long at = 0; good && at < got;) {
			const struct entry *entry = (const void *)(entries + at);
			int fd = entry->name[0] == '.' ? -1 : atoi(entry->name);
			at += entry->length;
			good = fd < 0 || fd == directory || add(fd);
		}
	}
	if (directory >= 0)
		close(directory);
	return good;
}

/* ---- memory ---- */

/* One line of maps: "from-to rw-s offset dev inode path". What is shared and may be written, and is not ours; or is a file that a copy has
 * another of. */
static bool is_sound(char *line)
{
	char *rights = strchr(line, ' ');
	unsigned long from = strtoul(line, NULL, 16);
	if (!rights || strnlen(rights, 5) < 5 || rights[4] != 's')
		return true;
	if (from == (unsigned long)(uintptr_t)page)
		return true;
	const char *path = strchr(line, '/');
	return rights[2] != 'w' && !(path && is_in_place(path));
}

static bool look_at_mappings(void)
{
	static char text[16384];
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	bool good = fd >= 0;
	for (ssize_t got; good && (got = read(fd, text + used, sizeof text - 1 - used)) != 0;) {
		good = got > 0;
		used += good ? (size_t)got : 0;
		text[used] = '\0';
		char *line = text;
		for (char *end; good && (end = strchr(line, '\n')); line = end + 1) {
			*end = '\0';
			good = is_sound(line);
		}
		used -= (size_t)(line - text);
		memmove(text, line, used);
		good &= used < sizeof text - 1;
	}
	if (fd >= 0)
		close(fd);
	return good;
}

enum alloc_fork_state held_look(void)
{
	if (!look_at_mappings())
		return ALLOC_FORK_MAPPINGS;
	if (!read_link("/proc/self/cwd", cwd) || !look_at_descriptors())
		return ALLOC_FORK_DESCRIPTORS;
	return ALLOC_FORK_WAITING;
}

/* ---- in the copy ---- */

/* Locks are the program's, and not its copy's: who could not have one now depends on one. Asked of the same file, opened anew. */
static bool is_locked(int fd, const struct held *h)
{
	struct flock write_lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	if (h->way != ANEW || !h->regular)
		return false;
	if (fcntl(fd, F_GETLK, &write_lock) == 0 && write_lock.l_type != F_UNLCK)
		return true;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK;
	flock(fd, LOCK_UN);
	return false;
}

/* The bytes from the beginning; the old file's offset stays. */
static int copy_memory(const struct held *h)
{
	static char bytes[16384];
	int fd = memfd_create("copy", h->memory);
	off_t at = 0;
	for (ssize_t got; fd >= 0 && (got = pread(h->fd, bytes, sizeof bytes, at)) != 0; at += got)
		if (got < 0 || write(fd, bytes, (size_t)got) != got) {
			close(fd);
			return -1;
		}
	if (fd >= 0 && h->flags & O_APPEND)
		fcntl(fd, F_SETFL, O_APPEND);
	return fd;
}

static int open_again(const struct held *h)
{
	char name[64];
	int flags = (h->flags & ~(O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY)) | O_CLOEXEC;
	snprintf(name, sizeof name, "/proc/self/fd/%d", h->fd);
	if (h->way == STREAM)
		return open(page->fork.stream_paths[h->stream], flags);
	int fd = h->way == COPIED ? copy_memory(h) : open(h->way == IN_PLACE ? h->path : name, flags);
	if (fd >= 0 && lseek(fd, h->offset, SEEK_SET) != h->offset) {
		close(fd);
		return -1;
	}
	return fd;
}

static enum alloc_fork_state renew(size_t index)
{
	const struct held *h = &held[index];
	if (h->way == SHARED)
		return ALLOC_FORK_WAITING;
	int fd = h->twin < index ? dup(held[h->twin].fd) : open_again(h);
	if (fd < 0)
		return ALLOC_FORK_DESCRIPTORS;
	if (h->twin == index && is_locked(fd, h))
		return ALLOC_FORK_LOCKS;
	int rc = dup3(fd, h->fd, h->cloexec);
	close(fd);
	return rc < 0 ? ALLOC_FORK_DESCRIPTORS : ALLOC_FORK_WAITING;
}

enum alloc_fork_state held_renew(void)
{
	for (size_t i = 0; i < held_count; i++) {
		enum alloc_fork_state why = renew(i);
		if (why)
			return why;
	}
	return is_in_place(cwd) && chdir(cwd) < 0 ? ALLOC_FORK_REFUSED : ALLOC_FORK_WAITING;
}
