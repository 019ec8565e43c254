/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What /proc says of processes and threads. Any thread; what has ended meanwhile is simply not there. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct proc_stat {
	char comm[64], state; /* state: R, S, D, T, t, Z ... as proc(5) has them */
	pid_t parent, group, session;
	unsigned long user_ticks, system_ticks;
};

bool proc_read_stat(pid_t pid, struct proc_stat *out) MUST_USE;
bool proc_read_thread_stat(pid_t pid, pid_t tid, struct proc_stat *out) MUST_USE;

/* Processor time of a stat, in seconds. */
double proc_seconds(const struct proc_stat *stat);

/* Read a small file of a thread (tid == pid: its first) as text, without what begins at the first newline. "" where it cannot be. */
void proc_read_text(pid_t pid, pid_t tid, const char *name, char *text, size_t size);

/* The function of the kernel that a thread waits in, or "". */
void proc_wait_place(pid_t pid, pid_t tid, char *text, size_t size);

/* The path of the program that a process runs, or "". */
void proc_program(pid_t pid, char *path, size_t size);

typedef void proc_visit(pid_t pid, const struct proc_stat *stat, void *context);

void proc_each(proc_visit *visitor, void *context);

/* Ids of the threads of a process, its first among them. Returns how many, at most `max`. */
size_t proc_threads(pid_t pid, pid_t *tids, size_t max);
