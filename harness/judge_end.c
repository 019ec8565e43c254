/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Weighs how the run ended: by a signal, with a report of a crash, not at all. */
#include "harness/court.h"

#include "base/clock.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

const char *court_tell_end(const struct process_outcome *run, char out[END_TEXT_SIZE])
{
	const char *name = run->signal ? sigabbrev_np(run->signal) : NULL;
	if (run->timed_out)
		snprintf(out, END_TEXT_SIZE, "no end in time");
	else if (run->signal)
		snprintf(out, END_TEXT_SIZE, "ended by %s%s", name ? "SIG" : "a signal", name ? name : "");
	else
		snprintf(out, END_TEXT_SIZE, "exit status %d", run->exit_code);
	return out;
}

/* SIGKILL and a power failure leave nobody who could tidy up. */
bool court_is_struck_dead(const struct court *c)
{
	for (size_t i = 0; i < c->evidence->touches.count; i++) {
		const struct touch *touch = &c->evidence->touches.at[i];
		if (strcmp(touch->effect, "power-cut") == 0 ||
		    (strcmp(touch->effect, "signal") == 0 && touch->error && strcmp(touch->error, "SIGKILL") == 0))
			return true;
	}
	return false;
}

/* Has a rule sent the signal that ended it? */
bool court_is_signal_of_rule(const struct court *c, int number)
{
	const char *name = sigabbrev_np(number);
	for (size_t i = 0; i < c->evidence->touches.count; i++) {
		const struct touch *touch = &c->evidence->touches.at[i];
		if (strcmp(touch->effect, "signal") == 0 && touch->error && name && strcmp(touch->error + strlen("SIG"), name) == 0)
			return true;
	}
	return number == SIGKILL && court_is_struck_dead(c);
}

/* Is it of the kind that programs crash by? */
static bool is_crash_signal(int number)
{
	return number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE || number == SIGSYS ||
	       number == SIGABRT || number == SIGTRAP;
}

/* Programs that end themselves where memory cannot be had do so by abort(3), and __builtin_trap() (GLib) is SIGTRAP. That is a refusal
 * where the case allows it and there is a word. */
static bool is_allowed_abort(struct court *c, int number)
{
	if ((number != SIGABRT && number != SIGTRAP) || c->oracles.abort != STANCE_ALLOW)
		return false;
	if (!c->new_err.length)
		reason(c, "aborted without a word on stderr");
	return c->new_err.length;
}

/* The signal that ended it, unless it is one that we have sent, or one of its processes as a shell says it; 0: none. */
static int signal_of(const struct court *c)
{
	const struct process_outcome *run = c->run;
	if (run->signal)
		return run->timed_out || court_is_signal_of_rule(c, run->signal) ? 0 : run->signal;
	return run->exit_code > 128 && is_crash_signal(run->exit_code - 128) ? run->exit_code - 128 : 0;
}

static bool has_crash_signal(struct court *c)
{
	int number = signal_of(c);
	const char *name = number ? sigabbrev_np(number) : NULL;
	if (!number || is_allowed_abort(c, number))
		return false;
	if (c->run->signal)
		reason(c, "ended by signal %d (%s%s)", number, name ? "SIG" : "real-time", name ? name : "");
	else
		reason(c, "exit status %d: a process of it was ended by SIG%s", c->run->exit_code, name);
	return true;
}

/* By the processor, or by abort(3) and its like: what is sent from elsewhere says nothing of the program. */
static bool is_own_doing(const struct autopsy *a)
{
	return a->code > 0 || (a->code == SI_TKILL && (a->signal == SIGABRT || a->signal == SIGTRAP));
}

/* Of a program whose cases are traced: a signal that did not end the run, because it has a handler for that, or because it came to a process
 * that it started. */
static bool has_hidden_crash(struct court *c)
{
	const struct autopsy *a = &c->run->autopsy;
	const char *slash = strrchr(a->program, '/'), *program = slash ? slash + 1 : a->comm;
	char end[END_TEXT_SIZE];
	if (!a->found || !is_own_doing(a) || court_is_signal_of_rule(c, a->signal) || is_allowed_abort(c, a->signal))
		return false;
	reason(c, "SIG%s came to %s, and %s; then: %s", sigabbrev_np(a->signal), program,
	       a->handled ? "a handler of its own hid that" : "the program that started it hid that", court_tell_end(c->run, end));
	return true;
}

/* "file.c:12:3: runtime error: ...": without a place it is something that a program says of itself. */
static bool has_ubsan_report(struct court *c)
{
	const char *text = buf_string(&c->new_err);
	for (const char *at = text; (at = strstr(at, ": runtime error: ")); at++)
		if (at > text && isdigit((unsigned char)at[-1])) {
			reason(c, "its stderr has a report of 'runtime error'");
			return true;
		}
	return false;
}

bool court_is_crash(struct court *c)
{
	static const char *const reports[] = {"ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "WARNING: ThreadSanitizer",
					      "Assertion `"};
	if (has_crash_signal(c))
		return true;
	for (size_t i = 0; i < COUNT_OF(reports); i++)
		if (strstr(buf_string(&c->new_err), reports[i])) {
			reason(c, "its stderr has a report of '%s'", reports[i]);
			return true;
		}
	return has_ubsan_report(c) || has_hidden_crash(c);
}

bool court_is_hung(struct court *c)
{
	if (!c->run->timed_out)
		return false;
	reason(c, "still running after %.3g s: %s%s", (double)c->run->wall_ns / NS_PER_S, c->run->stuck,
	       c->run->aborted ? "; not even SIGKILL ended it until the filesystem was taken away" : "");
	if (c->evidence->stuck.length)
		reason(c, "it was in %s", buf_string(&c->evidence->stuck));
	return true;
}
