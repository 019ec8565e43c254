/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Plays the cases of a session in several boxes at once. */
#include "harness/session_work.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>

struct slot {
	bool busy, open;
	size_t index;
	const struct subject *subject; /* of all cases of its box */
	struct box box;
};

static void close_slot(struct slot *slot)
{
	if (slot->open)
		box_close(&slot->box);
	slot->open = slot->busy = false;
}

static int start_in(struct session *session, const struct box_host *host, struct slot *slot, size_t index, struct err *err)
{
	struct box_request q;
	host->request(host->context, index, &q);
	if (slot->open && session->reuse && slot->box.idle && slot->subject == q.subject && box_may_repeat(&q))
		return box_repeat(&slot->box, index, err);
	close_slot(slot);
	slot->subject = q.subject;
	int rc = box_start(host, index, &slot->box, err);
	slot->open = !rc;
	return rc;
}

static bool is_late(const struct session *session)
{
	return session->until_ns && clock_now_ns() >= session->until_ns;
}

static void fill_slots(struct session *session, const struct work *work, const struct box_host *host, struct slot *slots, size_t *next)
{
	for (unsigned i = 0; i < session->jobs && *next < work->count; i++) {
		while (!slots[i].busy && *next < work->count && !is_late(session)) {
			struct err err = {0};
			size_t index = (*next)++;
			int rc = work->prepare ? work->prepare(session, index, &err) : 0;
			rc = rc ? rc : start_in(session, host, &slots[i], index, &err);
			if (rc < 0)
				work->trouble(session, index, &err);
			slots[i].busy = rc == 0;
			slots[i].index = index;
		}
	}
}

/* Wait until a case is done, one is overdue, or a signal comes. Returns false for the signal. Only what is open is asked for: poll(2) takes
 * no more than RLIMIT_NOFILE. */
static bool wait_any(const struct session *session, const struct slot *slots, int signal_fd)
{
	struct pollfd fds[SESSION_JOBS_MAX + 1] = {{.fd = signal_fd, .events = POLLIN}};
	int64_t until = INT64_MAX;
	nfds_t count = 1;
	for (unsigned i = 0; i < session->jobs; i++) {
		if (!slots[i].busy)
			continue;
		fds[count++] = (struct pollfd){.fd = slots[i].box.line, .events = POLLIN};
		if (slots[i].box.until_ns < until)
			until = slots[i].box.until_ns;
	}
	return poll(fds, count, clock_until_ms(until)) < 0 ? errno == EINTR : !fds[0].revents;
}

static bool is_done(const struct box *box)
{
	struct pollfd fd = {.fd = box->line, .events = POLLIN};
	return poll(&fd, 1, 0) == 1 || clock_now_ns() >= box->until_ns;
}

static void collect(struct session *session, const struct work *work, struct slot *slots)
{
	for (unsigned i = 0; i < session->jobs; i++) {
		if (!slots[i].busy || !is_done(&slots[i].box))
			continue;
		box_finish(&slots[i].box);
		work->finish(session, slots[i].index, &slots[i].box);
		slots[i].busy = false;
		if (!session->reuse)
			close_slot(&slots[i]);
	}
}

static void cancel_all(struct session *session, struct slot *slots)
{
	session->interrupted = true;
	for (unsigned i = 0; i < session->jobs; i++)
		if (slots[i].busy)
			box_cancel(&slots[i].box);
	for (unsigned i = 0; i < session->jobs; i++)
		if (slots[i].busy)
			box_finish(&slots[i].box);
}

static bool any_busy(const struct session *session, const struct slot *slots)
{
	for (unsigned i = 0; i < session->jobs; i++)
		if (slots[i].busy)
			return true;
	return false;
}

void session_do_work(struct session *session, const struct work *work, int signal_fd)
{
	struct slot slots[SESSION_JOBS_MAX] = {0};
	const struct box_host host = {.world = session->world, .request = work->request, .context = session};
	size_t next = 0;
	if (session->interrupted)
		return;
	for (fill_slots(session, work, &host, slots, &next); any_busy(session, slots); fill_slots(session, work, &host, slots, &next)) {
		if (!wait_any(session, slots, signal_fd)) {
			cancel_all(session, slots);
			break;
		}
		collect(session, work, slots);
	}
	for (unsigned i = 0; i < session->jobs; i++)
		close_slot(&slots[i]);
}
