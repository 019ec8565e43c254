/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The stack of a thread of another process, as places in files. By libdw, from the tables for exceptions that every module carries,
 * so neither debug information nor frame pointers are needed.
 *
 * Modules are read from the files that /proc/PID/maps names. That can take its time, so do it in a process that can be given up. */
#pragma once

#include "base/attr.h"
#include "harness/code_stack.h"

#include <stdbool.h>
#include <sys/types.h>

struct unwind;

/* NULL: the process cannot be looked at. */
struct unwind *unwind_open(pid_t pid) MUST_USE;
void unwind_close(struct unwind *unwind);

/* Of a thread that is in a ptrace stop of the calling thread's. */
bool unwind_stopped(struct unwind *unwind, pid_t tid, struct code_stack *out);

/* Of a thread that waits in the kernel and is left alone: from what /proc/PID/syscall tells of it, which is where it is and where its
 * stack is, but no other register. Ends at the first frame that needs one (of code with frame pointers, its first). */
bool unwind_waiting(struct unwind *unwind, pid_t tid, struct code_stack *out);
