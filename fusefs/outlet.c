/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A queue and the thread that empties it. */
#include "fusefs/outlet.h"

#include "base/clock.h"
#include "base/scope.h"

#include <errno.h>
#include <linux/magic.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

struct outlet {
	int fd;
	bool at_once; /* no thread */
	bool broken;  /* the last line that was written has no end; of the thread */
	size_t limit;
	void (*tell)(uint64_t lost, struct buf *line);
	uint64_t told; /* lost lines that were told of; of the thread */
	pthread_t thread;

	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct buf queue; /* what waits */
	size_t on_its_way; /* bytes that the thread has taken and not written yet */
	bool ends;
	uint64_t lost;	   /* atomic */
};

/* ---- writing ---- */

static uint64_t lines_in(const char *bytes, size_t length)
{
	uint64_t lines = 0;
	for (size_t i = 0; i < length; i++)
		lines += bytes[i] == '\n';
	return lines;
}

/* Write all. Returns 0 or a negative errno; *done is how much was written. */
static int write_all(int fd, const char *bytes, size_t length, size_t *done)
{
	for (*done = 0; *done < length;) {
		ssize_t put = write(fd, bytes + *done, length - *done);
		struct pollfd waiting = {.fd = fd, .events = POLLOUT};
		if (put < 0 && errno == EAGAIN)
			poll(&waiting, 1, -1);
		else if (put < 0 && errno != EINTR)
			return -errno;
		else if (put > 0)
			*done += (size_t)put;
	}
	return 0;
}

/* Take the last bytes that were written back out of a file: a line that broke off on a full disk would be in the way of whoever reads
 * JSON line by line. Not out of a pipe, nor where others have written behind it. (The offset is behind what was written last, with
 * O_APPEND too: generic_write_checks() in mm/filemap.c.) */
static bool take_back(int fd, size_t length)
{
	struct stat st;
	off_t end = lseek(fd, 0, SEEK_CUR), start = end - (off_t)length;
	return end >= (off_t)length && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == end && ftruncate(fd, start) == 0 &&
	       lseek(fd, start, SEEK_SET) == start;
}

static size_t last_piece(const char *bytes, size_t length)
{
	const char *end = length ? memrchr(bytes, '\n', length) : NULL;
	return end ? length - (size_t)(end + 1 - bytes) : length;
}

/* Write lines; returns how many could not be written. A line that broke off and stays is ended before the next one begins. */
static uint64_t write_lines(struct outlet *outlet, const struct buf *lines)
{
	size_t done = 0;
	if (outlet->broken && write_all(outlet->fd, "\n", 1, &done) < 0)
		return lines_in(lines->at, lines->length);
	outlet->broken = false;
	if (write_all(outlet->fd, lines->at, lines->length, &done) == 0)
		return 0;
	size_t piece = last_piece(lines->at, done);
	bool lacks_end_only = piece && lines->at[done] == '\n';
	outlet->broken = piece && (lacks_end_only || !take_back(outlet->fd, piece));
	return lines_in(lines->at + done, lines->length - done) - lacks_end_only;
}

/* The line goes where the lost ones would stand: behind what was taken before they came. */
static void tell_losses(struct outlet *outlet)
{
	SCOPED(buf_free) struct buf line = {0};
	uint64_t lost = outlet_lost(outlet);
	if (lost == outlet->told)
		return;
	outlet->tell(lost - outlet->told, &line);
	if (write_lines(outlet, &line) == 0)
		outlet->told = lost;
}

static void write_and_tell(struct outlet *outlet, const struct buf *lines)
{
	if (lines->length)
		outlet_lose(outlet, write_lines(outlet, lines));
	tell_losses(outlet);
}

/* ---- the thread ---- */

/* Take what waits, in exchange for an empty buffer. False at the end. */
static bool take(struct outlet *outlet, struct buf *lines)
{
	pthread_mutex_lock(&outlet->lock);
	outlet->on_its_way = 0;
	while (!outlet->queue.length && !outlet->ends)
		pthread_cond_wait(&outlet->wake, &outlet->lock);
	struct buf empty = *lines;
	*lines = outlet->queue;
	outlet->queue = empty;
	outlet->on_its_way = lines->length;
	pthread_mutex_unlock(&outlet->lock);
	return lines->length > 0;
}

static void *run(void *context)
{
	struct outlet *outlet = context;
	struct buf lines = {0};
	while (take(outlet, &lines)) {
		write_and_tell(outlet, &lines);
		buf_clear(&lines);
	}
	tell_losses(outlet);
	buf_free(&lines);
	return NULL;
}

/* ---- the other side ---- */

static bool is_memory(int fd)
{
	struct stat st;
	struct statfs sf;
	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && fstatfs(fd, &sf) == 0 && sf.f_type == TMPFS_MAGIC;
}

struct outlet *outlet_open(int fd, size_t limit, void (*tell)(uint64_t lost, struct buf *line))
{
	struct outlet *outlet = calloc(1, sizeof *outlet);
	if (!outlet)
		return NULL;
	outlet->fd = fd;
	outlet->limit = limit;
	outlet->tell = tell;
	outlet->at_once = is_memory(fd);
	pthread_mutex_init(&outlet->lock, NULL);
	pthread_cond_init(&outlet->wake, NULL);
	if (outlet->at_once || pthread_create(&outlet->thread, NULL, run, outlet) == 0)
		return outlet;
	free(outlet);
	return NULL;
}

static bool enqueue(struct outlet *outlet, const struct buf *lines)
{
	pthread_mutex_lock(&outlet->lock);
	bool fits = outlet->on_its_way + outlet->queue.length + lines->length <= outlet->limit;
	bool sleeps = fits && !outlet->queue.length;
	if (fits)
		buf_add(&outlet->queue, lines->at, lines->length);
	if (outlet->queue.failed) { /* buf_add() added nothing */
		fits = false;
		outlet->queue.failed = false;
	}
	pthread_mutex_unlock(&outlet->lock);
	if (sleeps)
		pthread_cond_signal(&outlet->wake);
	return fits;
}

void outlet_put(struct outlet *outlet, const struct buf *lines, uint64_t count)
{
	if (lines->failed)
		outlet_lose(outlet, count); /* memory had no room for all of it */
	else if (outlet->at_once)
		write_and_tell(outlet, lines);
	else if (!enqueue(outlet, lines))
		outlet_lose(outlet, count);
}

void outlet_lose(struct outlet *outlet, uint64_t count)
{
	__atomic_fetch_add(&outlet->lost, count, __ATOMIC_RELAXED);
}

uint64_t outlet_lost(struct outlet *outlet)
{
	return __atomic_load_n(&outlet->lost, __ATOMIC_RELAXED);
}

static bool join(struct outlet *outlet, int64_t patience_ns)
{
	int64_t until = clock_now_ns() + patience_ns;
	struct timespec when = {.tv_sec = until / NS_PER_S, .tv_nsec = until % NS_PER_S};
	pthread_mutex_lock(&outlet->lock);
	outlet->ends = true;
	pthread_mutex_unlock(&outlet->lock);
	pthread_cond_signal(&outlet->wake);
	return pthread_clockjoin_np(outlet->thread, NULL, CLOCK_MONOTONIC, &when) == 0;
}

bool outlet_close(struct outlet *outlet, int64_t patience_ns)
{
	if (!outlet)
		return true;
	if (outlet->at_once)
		tell_losses(outlet);
	else if (!join(outlet, patience_ns))
		return false;
	close(outlet->fd);
	buf_free(&outlet->queue);
	pthread_cond_destroy(&outlet->wake);
	pthread_mutex_destroy(&outlet->lock);
	free(outlet);
	return true;
}
