/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The threads that tell the kernel, and what they are given to tell. */
#include "fusefs/invalidate.h"

#include "base/clock.h"
#include "base/scope.h"
#include "base/vec.h"
#include "fusefs/fuse.h"
#include "fusefs/invalidate_find.h"
#include "fusefs/kernel.h"
#include "fusefs/server.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/uio.h>

#define FINI_DEADLINE_MS 1000
#define STACK_BYTES (256 * 1024)

/* ---- telling ---- */

/* A message to the kernel that is no reply: unique is 0, and what would be the error is the kind. */
static int notify(int fd, int32_t kind, void *message, size_t length)
{
	struct fuse_out_header header = {.len = (uint32_t)(sizeof header + length), .error = kind};
	struct iovec parts[] = {{&header, sizeof header}, {message, length}};
	return writev(fd, parts, length ? 2 : 1) < 0 ? -errno : 0;
}

static void forget_inode(int fd, uint64_t ino, int64_t offset, int64_t length)
{
	struct fuse_notify_inval_inode_out message = {.ino = ino, .off = offset, .len = length};
	notify(fd, FUSE_NOTIFY_INVAL_INODE, &message, sizeof message); /* ENOENT: it is not known any more */
}

static void forget_entry(int fd, const struct entry *entry)
{
	struct {
		struct fuse_notify_inval_entry_out head;
		char name[NAME_MAX + 1];
	} message = {.head = {.parent = entry->parent, .namelen = (uint32_t)strnlen(entry->name, NAME_MAX)}};
	memcpy(message.name, entry->name, message.head.namelen);
	notify(fd, FUSE_NOTIFY_INVAL_ENTRY, &message, sizeof message.head + message.head.namelen + 1);
}

static void *run(void *of)
{
	struct invalidation *job = of;
	int event_fd = job->event_fd;
	const uint64_t one = 1;
	if (job->names)
		notify(job->device_fd, NOTIFY_INC_EPOCH, NULL, 0);
	for (size_t i = 0; i < job->attributes.count; i++)
		forget_inode(job->device_fd, job->attributes.at[i], -1, 0);
	for (size_t i = 0; i < job->bytes.count; i++) {
		const struct stretch *stretch = &job->bytes.at[i];
		forget_inode(job->device_fd, stretch->ino, (int64_t)stretch->offset, (int64_t)stretch->length);
		if (stretch->last)
			atomic_fetch_sub(&job->files_left, 1);
	}
	for (size_t i = 0; i < job->entries.count; i++)
		forget_entry(job->device_fd, &job->entries.at[i]);
	atomic_store(&job->through, true); /* it is not ours from here on */
	(void)!write(event_fd, &one, sizeof one);
	return NULL;
}

/* ---- jobs ---- */

static void free_entries(struct invalidation *job)
{
	for (size_t i = 0; i < job->entries.count; i++)
		free(job->entries.at[i].name);
	vec_free(&job->entries);
}

static void job_free(struct invalidation *job)
{
	vec_free(&job->attributes);
	vec_free(&job->bytes);
	free_entries(job);
	free(job);
}

int64_t invalidate_names_ns(const struct server *server)
{
	return server->invalidator.has_epoch ? 0 : (int64_t)(REMEMBER_CHANGING_S * NS_PER_S);
}

static void unlink_job(struct invalidator *invalidator, struct invalidation *job)
{
	struct invalidation **link = &invalidator->jobs;
	while (*link != job)
		link = &(*link)->next;
	*link = job->next;
	job_free(job);
}

static int start_thread(struct invalidation *job)
{
	pthread_attr_t attributes;
	pthread_t thread;
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for the dispatcher */
	int rc = pthread_create(&thread, &attributes, run, job);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return -rc;
}

/* Takes the job. Without a thread what waits for nothing is done at once, and open files are not reached. */
static struct invalidation *start(struct server *server, struct invalidation *job)
{
	struct invalidator *invalidator = &server->invalidator;
	job->device_fd = fuse_session_fd(server->session);
	job->event_fd = invalidator->event_fd;
	job->until_ns = clock_now_ns() + INVALIDATE_BOUND_NS;
	if (job->names && !invalidator->has_epoch) {
		job->names = false;
		job->not_before_ns = clock_now_ns() + invalidate_names_ns(server);
		job->until_ns += invalidate_names_ns(server);
	}
	if (job->names)
		revalidate_drop_all(server);
	job->next = invalidator->jobs;
	invalidator->jobs = job;
	bool may_wait = job->bytes.count || job->entries.count;
	if (may_wait && !guard_can_free(&server->guard, &server->device.mounted))
		invalidate_find_prompt(server, job);
	if (start_thread(job) < 0) {
		vec_free(&job->bytes);
		free_entries(job);
		run(job);
	}
	return job;
}

static struct invalidation *job_new(struct server *server)
{
	struct invalidation *job = calloc(1, sizeof *job);
	if (job)
		job->number = ++server->invalidator.number;
	return job;
}

static struct invalidation *start_if_any(struct server *server, struct invalidation *job)
{
	if (job->names || job->attributes.count || job->bytes.count || job->entries.count || job->unreachable)
		return start(server, job);
	job_free(job);
	return NULL;
}

struct invalidation *invalidate_change(struct server *server, const struct plan *before, const struct plan *now)
{
	struct invalidation *job = job_new(server);
	if (!job)
		return NULL;
	invalidate_find_change(server, before, now, job);
	return start_if_any(server, job);
}

struct invalidation *invalidate_switched(struct server *server, const bool *before)
{
	struct invalidation *job = job_new(server);
	if (!job)
		return NULL;
	invalidate_find_switched(server, before, job);
	return start_if_any(server, job);
}

struct invalidation *invalidate_all(struct server *server)
{
	struct invalidation *job = job_new(server);
	if (!job)
		return NULL;
	invalidate_find_all(server, NULL, job);
	job->names = true;
	return start_if_any(server, job);
}

/* Whoever comes by name is told ESTALE, and looks the name up anew: names need not be marked. */
struct invalidation *invalidate_volume(struct server *server, const struct volume *volume)
{
	struct invalidation *job = job_new(server);
	if (!job)
		return NULL;
	invalidate_find_all(server, volume, job);
	invalidate_find_dropped(server, job);
	return start_if_any(server, job);
}

void invalidate_closed(struct server *server, const struct node *node)
{
	struct invalidation *job = job_new(server);
	if (!job)
		return;
	invalidate_find_entry(job, node->parent->id, node->name);
	invalidate_leave(&server->invalidator, start_if_any(server, job));
}

void invalidate_bytes(struct server *server, const struct node *node, uint64_t offset, uint64_t length)
{
	struct invalidation *job = job_new(server);
	struct stretch *stretch = job ? vec_add(&job->bytes) : NULL;
	if (stretch) {
		*stretch = (struct stretch){.ino = node->id, .offset = offset, .length = length};
		start(server, job)->left = true;
	} else if (job) {
		job_free(job);
	}
}

/* ---- waiting ---- */

bool invalidate_is_over(const struct invalidation *job)
{
	int64_t now = clock_now_ns();
	return !job || now >= job->until_ns || (atomic_load(&job->through) && now >= job->not_before_ns);
}

int64_t invalidate_until_ns(const struct invalidation *job)
{
	return atomic_load(&job->through) ? job->not_before_ns : job->until_ns;
}

size_t invalidate_missed(const struct invalidation *job)
{
	return job ? job->unreachable + atomic_load(&job->files_left) : 0;
}

void invalidate_leave(struct invalidator *invalidator, struct invalidation *job)
{
	if (!job)
		return;
	job->left = true;
	if (atomic_load(&job->through))
		unlink_job(invalidator, job);
}

void invalidate_tidy(struct invalidator *invalidator)
{
	uint64_t count;
	(void)!read(invalidator->event_fd, &count, sizeof count);
	for (struct invalidation *job = invalidator->jobs, *next; job; job = next) {
		next = job->next;
		if (job->left && atomic_load(&job->through))
			unlink_job(invalidator, job);
	}
}

/* ---- the life of it ---- */

int invalidate_init(struct invalidator *invalidator)
{
	invalidator->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return invalidator->event_fd < 0 ? -errno : 0;
}

static bool is_any_running(const struct invalidator *invalidator)
{
	for (const struct invalidation *job = invalidator->jobs; job; job = job->next)
		if (!atomic_load(&job->through))
			return true;
	return false;
}

void invalidate_fini(struct invalidator *invalidator)
{
	int64_t until = clock_now_ns() + FINI_DEADLINE_MS * NS_PER_MS;
	for (struct invalidation *job = invalidator->jobs; job; job = job->next)
		job->left = true;
	while (is_any_running(invalidator) && clock_now_ns() < until) {
		struct pollfd waiting = {.fd = invalidator->event_fd, .events = POLLIN};
		poll(&waiting, 1, clock_until_ms(until));
		invalidate_tidy(invalidator);
	}
	if (invalidator->event_fd >= 0)
		invalidate_tidy(invalidator);
	/* What a thread still uses is left to it, until the process is no more. */
	if (!is_any_running(invalidator) && invalidator->event_fd >= 0)
		close(take_fd(&invalidator->event_fd));
}

void invalidate_probe(struct server *server)
{
	server->invalidator.has_epoch = !(server->device.without >> FEATURE_EPOCH & 1) &&
					notify(fuse_session_fd(server->session), NOTIFY_INC_EPOCH, NULL, 0) == 0;
	for (size_t i = 0; i < server->volumes.count; i++)
		server->volumes.at[i]->names_are_brief = !server->invalidator.has_epoch;
}
