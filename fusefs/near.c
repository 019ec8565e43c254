/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Follows a lone caller, and watches that this does no harm. */
#include "fusefs/near.h"

#include "base/clock.h"
#include "base/scope.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#define ALONE_AFTER 32		 /* requests of one caller in a row, */
#define ALONE_NS (8 * NS_PER_MS) /* and for longer than the scheduler lets one thread of several run alone */
#define LOOK_EVERY 16		 /* requests between two looks at where the caller is */
#define LARGE_BYTES 65536	 /* a transfer that takes longer than a wake-up */
#define TICK_NS (4 * NS_PER_MS)
#define STUCK_NS (NS_PER_MS / 4) /* a request that waits so long is not served as it should be */
#define QUIET_TICKS 5
#define PENALTY_MIN_NS (20 * NS_PER_MS)
#define PENALTY_MAX_NS (2 * NS_PER_S)
#define FORGIVEN_AFTER 16 /* times the penalty that all went well: what comes then is chance (a host that takes the processor away) */

struct near {
	int device_fd;
	pid_t self;
	cpu_set_t usual; /* where we may run */
	pid_t caller;
	int64_t alone_since_ns;
	uint32_t in_a_row, until_look;
	int cpu;

	pthread_t watcher;
	sem_t begun;
	_Atomic uint64_t served;
	_Atomic bool ends;
	pthread_mutex_t lock; /* for what follows */
	_Atomic bool on; /* is read without it, too */
	int64_t since_ns, well_ns, not_before_ns, penalty_ns;
};

/* ---- going and coming back ---- */

static bool set_policy(pid_t thread, int policy)
{
	return sched_setscheduler(thread, policy, &(struct sched_param){0}) == 0;
}

/* The processor that a thread ran on last: proc(5), /proc/pid/stat, field 39. The name in field 2 may hold anything. */
static int processor_of(pid_t thread)
{
	char path[32], text[1024];
	snprintf(path, sizeof path, "/proc/%d/stat", (int)thread);
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	text[length > 0 ? length : 0] = '\0';
	char *at = strrchr(text, ')');
	for (int field = 2; at && field < 39; field++)
		at = strchr(at + 1, ' ');
	return at ? atoi(at + 1) : -1;
}

static bool bind_to(const struct near *near, int cpu)
{
	cpu_set_t one;
	CPU_ZERO(&one);
	if (cpu < 0 || cpu >= CPU_SETSIZE || !CPU_ISSET(cpu, &near->usual))
		return false;
	CPU_SET(cpu, &one);
	return sched_setaffinity(near->self, sizeof one, &one) == 0;
}

/* The lock is held. */
static void come_back(struct near *near, bool punished)
{
	if (!near->on)
		return;
	set_policy(near->self, SCHED_OTHER);
	sched_setaffinity(near->self, sizeof near->usual, &near->usual);
	near->on = false;
	int64_t now = clock_now_ns();
	near->well_ns += now - near->since_ns;
	if (!punished)
		return;
	near->penalty_ns = near->well_ns >= FORGIVEN_AFTER * near->penalty_ns ? PENALTY_MIN_NS : 2 * near->penalty_ns;
	if (near->penalty_ns > PENALTY_MAX_NS)
		near->penalty_ns = PENALTY_MAX_NS;
	near->not_before_ns = now + near->penalty_ns;
	near->well_ns = 0;
}

static void leave(struct near *near)
{
	pthread_mutex_lock(&near->lock);
	come_back(near, false);
	pthread_mutex_unlock(&near->lock);
}

static void go(struct near *near)
{
	pthread_mutex_lock(&near->lock);
	int64_t now = clock_now_ns();
	bool may = !near->on && now >= near->not_before_ns && now - near->alone_since_ns >= ALONE_NS;
	near->cpu = may ? processor_of(near->caller) : -1;
	if (bind_to(near, near->cpu) && set_policy(near->self, SCHED_IDLE)) {
		near->on = true;
		near->since_ns = now;
		near->until_look = LOOK_EVERY;
		sem_post(&near->begun);
	} else if (near->cpu >= 0) {
		sched_setaffinity(near->self, sizeof near->usual, &near->usual);
	}
	pthread_mutex_unlock(&near->lock);
}

static void follow(struct near *near)
{
	int cpu = processor_of(near->caller);
	near->until_look = LOOK_EVERY;
	if (cpu == near->cpu)
		return;
	near->cpu = cpu;
	pthread_mutex_lock(&near->lock);
	if (near->on && !bind_to(near, cpu))
		come_back(near, true);
	pthread_mutex_unlock(&near->lock);
}

void near_served(struct near *near, pid_t caller, size_t bytes)
{
	if (!near)
		return;
	atomic_store_explicit(&near->served, near->served + 1, memory_order_relaxed);
	if (!caller)
		return;
	if (caller != near->caller || bytes >= LARGE_BYTES) {
		near->caller = caller;
		near->alone_since_ns = clock_now_ns();
		near->in_a_row = 0;
		if (near->on)
			leave(near);
	} else if (near->on) {
		if (--near->until_look == 0)
			follow(near);
	} else if (++near->in_a_row == ALONE_AFTER) {
		near->in_a_row = 0;
		go(near);
	}
}

/* ---- the watching thread ---- */

static void rest(int64_t ns)
{
	nanosleep(&(struct timespec){.tv_nsec = (long)ns}, NULL);
}

/* Is a request waiting that we do not get round to? */
static bool is_stuck(struct near *near)
{
	uint64_t before = atomic_load_explicit(&near->served, memory_order_relaxed);
	struct pollfd device = {.fd = near->device_fd, .events = POLLIN};
	if (poll(&device, 1, 0) != 1)
		return false;
	rest(STUCK_NS);
	return atomic_load_explicit(&near->served, memory_order_relaxed) == before;
}

/* While the server is bound. Returns when it is not any more. */
static void watch(struct near *near)
{
	uint64_t seen = 0;
	bool on = true;
	for (int quiet = 0; on && !near->ends;) {
		rest(TICK_NS);
		uint64_t served = atomic_load_explicit(&near->served, memory_order_relaxed);
		quiet = served == seen ? quiet + 1 : 0;
		seen = served;
		bool stuck = is_stuck(near);
		pthread_mutex_lock(&near->lock);
		if (stuck || quiet == QUIET_TICKS)
			come_back(near, stuck);
		on = near->on;
		pthread_mutex_unlock(&near->lock);
	}
}

static void *watcher(void *self)
{
	struct near *near = self;
	while (!near->ends) {
		sem_wait(&near->begun);
		watch(near);
	}
	return NULL;
}

/* May we come back from SCHED_IDLE? Tried by a thread that is nothing else. */
static void *try_policies(void *can)
{
	*(bool *)can = set_policy(0, SCHED_IDLE) && set_policy(0, SCHED_OTHER);
	return NULL;
}

static bool can_come_back(void)
{
	bool can = false;
	pthread_t thread;
	if (pthread_create(&thread, NULL, try_policies, &can) != 0)
		return false;
	pthread_join(thread, NULL);
	return can;
}

/* ---- life ---- */

struct near *near_start(int device_fd)
{
	struct near *near = sched_getscheduler(0) == SCHED_OTHER && can_come_back() ? calloc(1, sizeof *near) : NULL;
	if (!near)
		return NULL;
	near->device_fd = device_fd;
	near->self = gettid();
	near->penalty_ns = PENALTY_MIN_NS;
	pthread_mutex_init(&near->lock, NULL);
	sem_init(&near->begun, 0, 0);
	if (sched_getaffinity(0, sizeof near->usual, &near->usual) < 0 || CPU_COUNT(&near->usual) < 2 ||
	    pthread_create(&near->watcher, NULL, watcher, near) != 0) {
		free(near);
		return NULL;
	}
	return near;
}

void near_stop(struct near *near)
{
	if (!near)
		return;
	leave(near);
	near->ends = true;
	sem_post(&near->begun);
	pthread_join(near->watcher, NULL);
	sem_destroy(&near->begun);
	pthread_mutex_destroy(&near->lock);
	free(near);
}
