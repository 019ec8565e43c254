/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Keeps the server on the processor of a lone caller.
 *
 * A caller sleeps while we answer it, and the scheduler puts whoever it wakes on an idle processor if there is one: caller and server
 * sit on two processors, and each request costs two wake-ups across (on virtual machines 20 us each and more, because an idle one is
 * halted). On one processor they are plain switches of context. So while small requests come from one thread alone, the server
 * binds itself to that thread's processor, and takes the policy SCHED_IDLE: a processor that runs nothing else counts as idle, and
 * the caller is left where it is (select_idle_sibling() and sched_idle_cpu() in kernel/sched/fair.c).
 *
 * Another thread's work on that processor would then go before ours. A watching thread looks every few milliseconds: where a request
 * has waited without being served it puts the server back at once and keeps it there for 20 ms at first, longer each time up to 2 s,
 * unless all went well for long in between; after some time without any requests likewise, so that nothing runs while nothing is
 * asked. Large transfers go better side by side, and end it too.
 *
 * Needs the right to come back from SCHED_IDLE (CAP_SYS_NICE, or RLIMIT_NICE of 20); without it, or where the caller cannot be seen in
 * /proc, nothing is done. The dispatcher's thread calls all of this. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct near;

/* Begin to look. NULL where it cannot work here. The device is only polled. */
struct near *near_start(int device_fd);

/* Put all back. NULL is fine. */
void near_stop(struct near *near);

/* A request was served, of this thread (0: of nobody's), that moved so many bytes. NULL is fine. */
void near_served(struct near *near, pid_t caller, size_t bytes);
