/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What a program died of, and what one that hangs is at: by ptrace, and not by core files, whose place and form are the machine's
 * business (core_pattern).
 *
 * The tracing is done by a process of its own. So whatever a module of a stranger does to the unwinder, and however long it takes, it
 * is given up by ending that process, and the kernel lets go whatever a tracer that ends has stopped: nothing ever stays stopped.
 * Both functions need SIGCHLD blocked in the caller, who must be allowed to trace; where the machine forbids it (Yama, seccomp)
 * `why_not` says so in a few words and nothing else changes.
 *
 * What a program that is traced cannot do is to be traced by another: debuggers, and LeakSanitizer, which looks at its own threads so and
 * ends with a message of its own. A setuid program gets no rights that the tracer lacks (ptrace(2)). */
#pragma once

#include "base/attr.h"
#include "harness/symbols.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A signal by which programs crash, as it was delivered: what handler they have for it hides nothing. The first one counts, but one that
 * had a handler gives way to the first that had none. */
struct autopsy {
	bool found;
	int signal; /* SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGSYS, SIGABRT or SIGTRAP */
	int code;   /* si_code */
	bool has_address;
	uint64_t address; /* that could not be used, or of the instruction (sigaction(2), si_addr) */
	bool handled;	  /* the program has a handler for it */
	pid_t pid, tid;	  /* as the subject's own namespace has them */
	char comm[64], program[256]; /* name of the thread; path of the program */
	unsigned more;		     /* such signals besides */
	struct code_stack stack;
	char why_not[64]; /* "": it was watched from the start to the end */
};

/* A tracer at work. All zeroes: none. */
struct autopsist {
	pid_t pid;
	int pidfd;
	struct autopsy *shared;
};

/* Trace `subject`, a child of ours that must not have begun (it waits for a pipe to close, say), and all that come from it. Returns when it
 * is traced, or cannot be: then the tracer's place stays empty and `out->why_not` says why. Bounded in time. */
void autopsy_begin(struct autopsist *autopsist, pid_t subject, struct autopsy *out);

/* Let go of all that is still there, when what it has stopped for has been looked at, and take what was found. At most a few
 * seconds; must come before the subject is waited for. */
void autopsy_end(struct autopsist *autopsist, struct autopsy *out);

/* Has it a handler for any of these signals? Also of a process that has ended, and was not waited for yet. */
bool autopsy_is_prepared(pid_t pid);

/* One line: "SIGSEGV (SEGV_MAPERR) at 0x10 in flac (pid 12): a <- b (file.c:12)"; the reason why there is none; "" for nothing. */
void autopsy_tell(const struct autopsy *autopsy, struct symbols *symbols, struct buf *out);

/* "SEGV_MAPERR", or "" for what has no name. */
const char *autopsy_code_name(int signal, int code);

/* ---- what hangs ---- */

struct autopsy_thread {
	pid_t pid, tid;
	char comm[64], state; /* as proc(5) has it */
	double cpu_s;	      /* processor time */
	char wait_place[64];  /* function of the kernel, "": it runs, or nobody may know */
	char call[64];	      /* number of the system call and its arguments, as /proc/PID/syscall has them; "running" */
	struct code_stack stack; /* empty where it could not be had */
};

/* The threads of all processes of a group, or of the session of the same number: those of `leader` first. They go on afterwards. At most 2
 * seconds. A thread that waits for a request to a filesystem is not disturbed, and its stack may be short (unwind.h). Returns how
 * many; `why_not` (64 bytes) takes the reason where there are no stacks. */
size_t autopsy_stacks(pid_t leader, struct autopsy_thread *out, size_t max, char why_not[64]);
