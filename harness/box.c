/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The process that cases are played in, and who waits for it. */
#include "harness/box.h"

#include "base/clock.h"
#include "base/scope.h"
#include "base/utf8.h"
#include "harness/stage.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* Beyond the deadlines of its runs a box has this long for everything else. */
#define MARGIN_NS (30 * NS_PER_S)
/* Times that its outputs are looked into, each at most as long as a run. */
#define INSPECTIONS 2
/* ... and for each copy of a program (forks.h) this long. */
#define COPY_MARGIN_NS NS_PER_S
/* To put everything away. */
#define END_DEADLINE_NS (10 * NS_PER_S)

/* What the child answers when a case is done: it can play one more, or it cannot. */
enum answer { ANSWER_READY = 'r', ANSWER_SPENT = 's' };

/* ---- the child ---- */

static void answer(int line, enum answer what)
{
	char byte = (char)what;
	(void)!send(line, &byte, 1, MSG_NOSIGNAL);
}

/* The next case's number; false when there is none. Who has started us may be gone, and the other end of the line live on in another
 * box: SIGTERM tells (world_enter()). */
static bool next_case(int line, int cancel_fd, uint64_t *index)
{
	struct pollfd fds[2] = {{.fd = line, .events = POLLIN}, {.fd = cancel_fd, .events = POLLIN}};
	while (poll(fds, 2, -1) < 0 && errno == EINTR)
		;
	return !fds[1].revents && recv(line, index, sizeof *index, MSG_DONTWAIT) == sizeof *index;
}

_Noreturn static void child(const struct box_host *host, struct box *box, int line)
{
	struct stage stage;
	struct box_request request;
	bool first = true;
	setpgid(0, 0); /* a Ctrl-C on the terminal is the harness's business */
	stage_init(&stage, box);
	for (uint64_t index; next_case(line, stage.cancel_fd, &index); first = false) {
		host->request(host->context, index, &request);
		if (first)
			stage_open(&stage, &request);
		else
			stage_play(&stage, &request);
		bool ready = stage_clear(&stage);
		answer(line, ready ? ANSWER_READY : ANSWER_SPENT);
		if (!ready)
			break;
	}
	stage_close(&stage);
	_exit(0);
}

/* ---- the parent ---- */

static int make_streams(struct box *box, struct err *err)
{
	for (size_t i = 0; i < STREAMS; i++)
		box->streams[i] = -1;
	for (size_t i = 0; i < STREAMS; i++) {
		box->streams[i] = memfd_create("ordeal", MFD_CLOEXEC);
		if (box->streams[i] < 0)
			return err_set(err, errno, "no memory file: %s", strerror(errno));
	}
	box->findings = mmap(NULL, sizeof *box->findings, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (box->findings == MAP_FAILED) {
		box->findings = NULL;
		return err_set(err, ENOMEM, "out of memory");
	}
	return 0;
}

/* Send the child on its way. It has ended where it cannot be told, and that will show. */
static void play(struct box *box, uint64_t index)
{
	struct box_request q;
	box->host->request(box->host->context, index, &q);
	box->until_ns = clock_now_ns() + (RUNS + INSPECTIONS) * (q.deadline_ns + 4 * NS_PER_S) + q.again_after_ns + MARGIN_NS;
	if (q.forks)
		box->until_ns += (int64_t)q.forks->list.count * (q.forks->deadline_ns + COPY_MARGIN_NS);
	box->idle = false;
	(void)!send(box->line, &index, sizeof index, MSG_NOSIGNAL);
}

static int start_child(const struct box_host *host, struct box *box, struct err *err)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_set(err, errno, "no socket for the case: %s", strerror(errno));
	SCOPED_FD int theirs = ends[1];
	box->line = ends[0];
	box->pid = world_fork(&box->world);
	if (box->pid == 0) {
		close(take_fd(&box->line));
		child(host, box, theirs);
	}
	if (box->pid > 0)
		return 0;
	int rc = box->pid;
	box->pid = 0;
	return err_set(err, -rc, "no process for the case: %s", strerror(-rc));
}

int box_start(const struct box_host *host, size_t index, struct box *box, struct err *err)
{
	*box = (struct box){.line = -1, .host = host};
	int rc = make_streams(box, err);
	rc = rc ? rc : world_plan(&box->world, host->world, err);
	rc = rc ? rc : start_child(host, box, err);
	if (rc) {
		box_close(box);
		return rc;
	}
	play(box, index);
	return 0;
}

bool box_may_repeat(const struct box_request *q)
{
	return !q->plan_path && !q->counted && !q->forks && utf8_is_text(q->corpus);
}

int box_repeat(struct box *box, size_t index, struct err *err)
{
	for (size_t i = 0; i < STREAMS; i++)
		if (ftruncate(box->streams[i], 0) < 0 || lseek(box->streams[i], 0, SEEK_SET) < 0)
			return err_set(err, errno, "the files of a case cannot be emptied: %s", strerror(errno));
	memset(box->findings, 0, sizeof *box->findings);
	play(box, index);
	return 0;
}

void box_cancel(struct box *box)
{
	if (box->pid > 0)
		kill(box->pid, box->world.kind == WORLD_PRIVATE ? SIGKILL : SIGTERM);
}

/* Its end, within the time. Returns whether it came by itself. */
static bool await_end(struct box *box, int64_t until_ns)
{
	struct pollfd waiting = {.fd = box->line, .events = POLLIN};
	char byte;
	int count;
	while ((count = poll(&waiting, 1, clock_until_ms(until_ns))) == 1 && recv(box->line, &byte, 1, MSG_DONTWAIT) > 0)
		;
	return count == 1;
}

static void reap(struct box *box, bool ended)
{
	if (!ended)
		kill(box->pid, SIGKILL);
	waitpid(box->pid, NULL, 0);
	box->pid = 0;
	box->idle = false;
	close(take_fd(&box->line));
	world_clean(&box->world);
}

void box_finish(struct box *box)
{
	if (box->pid <= 0)
		return;
	char byte = 0;
	struct pollfd waiting = {.fd = box->line, .events = POLLIN};
	bool told = poll(&waiting, 1, clock_until_ms(box->until_ns)) == 1;
	bool done = told && recv(box->line, &byte, 1, MSG_DONTWAIT) == 1;
	box->idle = done && byte == ANSWER_READY;
	if (!box->idle)
		reap(box, told && await_end(box, clock_now_ns() + END_DEADLINE_NS));
	if (!done && !box->findings->complete && !box->findings->trouble[0])
		snprintf(box->findings->trouble, sizeof box->findings->trouble, "%s",
			 told ? "the box was killed" : "the box did not end in time");
}

/* A private world ends with its first process, whatever that is at. Another one has to be put away. */
static void end_child(struct box *box)
{
	bool kill_at_once = box->world.kind == WORLD_PRIVATE || !box->idle;
	if (!kill_at_once)
		shutdown(box->line, SHUT_WR);
	reap(box, !kill_at_once && await_end(box, clock_now_ns() + END_DEADLINE_NS));
}

void box_close(struct box *box)
{
	if (box->pid > 0)
		end_child(box);
	if (box->line >= 0)
		close(take_fd(&box->line));
	for (size_t i = 0; i < STREAMS; i++)
		if (box->streams[i] >= 0)
			close(take_fd(&box->streams[i]));
	if (box->findings)
		munmap(box->findings, sizeof *box->findings);
	box->findings = NULL;
}
