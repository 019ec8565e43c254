/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A binary heap of requests by due time, over one timer descriptor. */
#include "fusefs/park.h"

#include "base/clock.h"
#include "base/scope.h"
#include "fusefs/request.h"

#include <sys/timerfd.h>

int park_init(struct park *park)
{
	*park = (struct park){.timer_ns = PARK_NEVER};
	park->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	return park->timer_fd < 0 ? -errno : 0;
}

void park_fini(struct park *park)
{
	if (park->timer_fd >= 0)
		close(park->timer_fd);
	free(park->heap);
	*park = (struct park){.timer_fd = -1};
}

static void put(struct park *park, size_t index, struct request *request)
{
	park->heap[index] = request;
	request->park_index = index;
}

static void sift_up(struct park *park, size_t index)
{
	struct request *moving = park->heap[index];
	for (size_t above; index; index = above) {
		above = (index - 1) / 2;
		if (park->heap[above]->due_ns <= moving->due_ns)
			break;
		put(park, index, park->heap[above]);
	}
	put(park, index, moving);
}

static void sift_down(struct park *park, size_t index)
{
	struct request *moving = park->heap[index];
	for (size_t below; (below = 2 * index + 1) < park->count; index = below) {
		if (below + 1 < park->count && park->heap[below + 1]->due_ns < park->heap[below]->due_ns)
			below++;
		if (park->heap[below]->due_ns >= moving->due_ns)
			break;
		put(park, index, park->heap[below]);
	}
	put(park, index, moving);
}

void park_wind(struct park *park)
{
	int64_t first = park->count ? park->heap[0]->due_ns : PARK_NEVER;
	if (first == park->timer_ns)
		return;
	park->timer_ns = first;
	struct itimerspec when = {0}; /* all zero: off */
	if (first != PARK_NEVER) {
		int64_t at = first > 0 ? first : 1;
		when.it_value = (struct timespec){.tv_sec = at / NS_PER_S, .tv_nsec = at % NS_PER_S};
	}
	timerfd_settime(park->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

void park_rung(struct park *park)
{
	uint64_t expirations;
	if (read(park->timer_fd, &expirations, sizeof expirations) > 0)
		park->timer_ns = -1; /* it must be set anew */
}

int park_add(struct park *park, struct request *request, int64_t due_ns)
{
	if (park->count == park->room) {
		size_t room = park->room ? park->room * 2 : 64;
		struct request **grown = reallocarray(park->heap, room, sizeof(struct request *));
		if (!grown)
			return -ENOMEM;
		park->heap = grown;
		park->room = room;
	}
	request->due_ns = due_ns;
	put(park, park->count++, request);
	sift_up(park, park->count - 1);
	return 0;
}

void park_move(struct park *park, struct request *request, int64_t due_ns)
{
	request->due_ns = due_ns;
	sift_up(park, request->park_index);
	sift_down(park, request->park_index);
}

void park_sort(struct park *park)
{
	for (size_t i = park->count / 2; i-- > 0;)
		sift_down(park, i);
}

struct request *park_take_any(struct park *park)
{
	if (!park->count)
		return NULL;
	struct request *first = park->heap[0];
	struct request *last = park->heap[--park->count];
	if (park->count) {
		put(park, 0, last);
		sift_down(park, 0);
	}
	return first;
}

struct request *park_take_due(struct park *park)
{
	bool is_due = park->count && park->heap[0]->due_ns <= clock_now_ns();
	return is_due ? park_take_any(park) : NULL;
}
