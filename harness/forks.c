/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Attends to copies: begins, answers, ends. */
#include "harness/forks_work.h"

#include "base/clock.h"
#include "base/scope.h"
#include "faults/alloc/schedule_fork.h"
#include "harness/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Where of so many copies three of four did not simply pass, each point would only be done twice. */
#define DOUBTFUL_MIN 32

static void let_go_on(struct alloc_fork *fork, uint32_t index)
{
	fork->answered = index;
	syscall(SYS_futex, &fork->answered, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static bool is_worth_it(const struct forks *f)
{
	if (f->points->until_ns && clock_now_ns() > f->points->until_ns)
		return false;
	return f->doubtful < DOUBTFUL_MIN || 4 * f->doubtful < 3 * f->tried;
}

static void attend(void *context)
{
	struct forks *f = context;
	struct alloc_fork *fork = &f->page->fork;
	uint32_t asked = fork->asked;
	char bytes[16];
	(void)!read(f->bell, bytes, sizeof bytes);
	if (asked < 1 || asked > f->points->list.count || fork->answered == asked)
		return;
	fork->points[asked - 1].state = forks_play(f, asked - 1);
	f->tried++;
	f->doubtful += fork->points[asked - 1].state == ALLOC_FORK_DOUBTFUL;
	f->broken |= !forks_view_renew(&f->view);
	if (f->broken || !is_worth_it(f))
		fork->closed = 1;
	let_go_on(fork, asked);
}

static void begun(void *context, int stdout_fd, int stderr_fd)
{
	struct forks *f = context;
	const int fds[2] = {stdout_fd, stderr_fd};
	for (int i = 0; i < 2; i++) {
		struct stat st;
		if (fstat(fds[i], &st) < 0)
			f->page->fork.closed = 1;
		f->page->fork.streams[i][0] = st.st_dev;
		f->page->fork.streams[i][1] = st.st_ino;
	}
}

/* ---- beginning and end ---- */

/* It is kept open for writing too: no end of it is ever seen. */
static int make_fifo(struct forks *f, const char *name, char path[300], int *fd)
{
	snprintf(path, 300, "%s/fork/%s", f->s->world->base, name);
	if (mkfifo(path, 0600) < 0)
		return -errno;
	*fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return *fd < 0 ? -errno : 0;
}

static void list_points(struct forks *f)
{
	struct alloc_fork *fork = &f->page->fork;
	for (size_t i = 0; i < f->points->list.count && i < ALLOC_FORK_POINTS; i++) {
		fork->points[i].ordinal = f->points->list.at[i].ordinal;
		fork->points[i].stack = f->points->list.at[i].stack;
	}
	memcpy(fork->program, f->points->program, sizeof fork->program);
	fork->number = f->points->number;
	fork->keeper = getpid();
	fork->count = (uint32_t)f->points->list.count;
}

static int make_found(struct forks *f)
{
	f->found.findings = calloc(1, sizeof *f->found.findings);
	for (size_t i = 0; i < STREAMS; i++)
		f->found.streams[i] = memfd_create("ordeal", MFD_CLOEXEC);
	return f->found.findings && f->found.streams[STREAMS - 1] >= 0 ? 0 : -ENOMEM;
}

static int make_places(struct forks *f)
{
	struct alloc_fork *fork = &f->page->fork;
	int rc = forks_view_begin(&f->view, f->s->world, fork);
	rc = rc ? rc : make_fifo(f, "bell", fork->bell, &f->bell);
	rc = rc ? rc : make_fifo(f, "stdout", fork->stream_paths[0], &f->fifos[0]);
	rc = rc ? rc : make_fifo(f, "stderr", fork->stream_paths[1], &f->fifos[1]);
	return rc ? rc : make_found(f);
}

int forks_begin(struct stage *s, struct forks **out)
{
	struct forks *f = *out = calloc(1, sizeof *f);
	char path[300];
	if (!f)
		return err_set(&s->err, ENOMEM, "out of memory");
	*f = (struct forks){.s = s, .points = s->q->forks, .bell = -1, .fifos = {-1, -1}, .found = {.line = -1}};
	for (size_t i = 0; i < STREAMS; i++)
		f->found.streams[i] = -1;
	snprintf(path, sizeof path, "%s/alloc.page", s->world->base);
	int rc = schedule_fork_open(path, &f->page, &s->err);
	if (rc)
		return rc;
	rc = make_places(f);
	if (rc)
		return err_set(&s->err, -rc, "places for copies of the program: %s", strerror(-rc));
	list_points(f);
	f->attendant = (struct process_attendant){.fd = f->bell, .begun = begun, .attend = attend, .context = f};
	return 0;
}

const struct process_attendant *forks_attendant(const struct forks *forks)
{
	return forks ? &forks->attendant : NULL;
}

int forks_end(struct forks *f, struct err *err)
{
	const struct alloc_fork *fork = &f->page->fork;
	buf_text(&f->lines, "{\"states\": [");
	for (size_t i = 0; i < f->points->list.count; i++) {
		unsigned state = fork->points[i].state;
		if (state == ALLOC_FORK_WAITING && fork->closed)
			state = ALLOC_FORK_CLOSED;
		buf_printf(&f->lines, "%s%u", i ? ", " : "", state);
	}
	buf_text(&f->lines, "]}\n");
	if (f->broken)
		return err_set(err, EIO, "a copy of the program has left something that cannot be taken away");
	int rc = buf_write_fd(&f->lines, f->s->box->streams[STREAM_FORKS]);
	return rc ? err_set(err, -rc, "findings cannot be written: %s", strerror(-rc)) : 0;
}

void forks_free(struct forks *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < STREAMS; i++)
		if (f->found.streams[i] >= 0)
			close(f->found.streams[i]);
	const int fds[] = {f->bell, f->fifos[0], f->fifos[1]};
	for (size_t i = 0; i < COUNT_OF(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(f->found.findings);
	schedule_fork_close(f->page);
	buf_free(&f->lines);
	free(f);
}
