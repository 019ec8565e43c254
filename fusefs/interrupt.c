/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Ends parked requests whose caller got a signal. */
#include "fusefs/interrupt.h"

#include "base/clock.h"
#include "fusefs/proc_status.h"
#include "fusefs/request.h"

#include <signal.h>
#include <string.h>

#define LOOK_EVERY_NS (10 * NS_PER_MS)

/* Called by libfuse, perhaps while it holds the request's lock: do no more than note it and make it due. */
static void on_interrupt(fuse_req_t req, void *data)
{
	(void)req;
	struct request *request = data;
	request->interrupted = true;
	park_move(&request->server->park, request, 0);
}

/* Which signals end the wait. */
static enum hang heeds(const struct request *request)
{
	const struct verdict *v = &request->verdict;
	return v->hang ? v->hang : v->heeds ? v->heeds : HANG_KILLABLE;
}

void interrupt_watch(struct request *request)
{
	if (heeds(request) != HANG_UNINTERRUPTIBLE)
		fuse_req_interrupt_func(request->req, on_interrupt, request);
}

/* Is SIGKILL in a mask as /proc/PID/status writes it? */
static bool has_sigkill(const char *status, const char *field)
{
	const char *line = strstr(status, field);
	return line && strtoull(line + strlen(field), NULL, 16) >> (SIGKILL - 1) & 1;
}

/* Is the thread gone or about to die? A fatal signal of any kind is turned into SIGKILL for each thread of the process
 * (complete_signal() in kernel/signal.c). A thread that cannot be looked at counts as dying. */
static bool is_dying(pid_t tid)
{
	char status[PROC_STATUS_SIZE];
	if (!proc_status_read(tid, status))
		return true;
	return strstr(status, "State:\tZ") || strstr(status, "State:\tX") || has_sigkill(status, "SigPnd:\t") ||
	       has_sigkill(status, "ShdPnd:\t");
}

enum interrupt interrupt_state(const struct request *request)
{
	if (!request->interrupted)
		return INTERRUPT_NONE;
	if (request->served_at_ns <= clock_now_ns())
		return INTERRUPT_NONE;
	if (heeds(request) == HANG_INTERRUPTIBLE)
		return INTERRUPT_ENDS_CALL;
	return is_dying(fuse_req_ctx(request->req)->pid) ? INTERRUPT_ENDS_CALL : INTERRUPT_WAIT_ON;
}

int64_t interrupt_next_look_ns(const struct request *request)
{
	int64_t look = clock_now_ns() + LOOK_EVERY_NS;
	return look < request->served_at_ns ? look : request->served_at_ns;
}
