/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Verdicts on how a run ended, where it does not show: by evidence made by hand. */
#include "unit_judge.h"

#define REFUSED "exit status 1, 0 outputs same, 0 different, 2 missing; it said: a.png: bad\n"

/* As the tracer has it. */
static void met(int signal_number, int code, bool handled)
{
	scene.run->autopsy = (struct autopsy){.found = true, .signal = signal_number, .code = code, .handled = handled};
	strcpy(scene.run->autopsy.comm, "thread");
	strcpy(scene.run->autopsy.program, "/some/where/core");
}

/* Failed with a word, and delivered nothing: that would be a refusal. */
static void refused(void)
{
	unit_scene();
	unit_strike_a();
	manifest_free(&scene.now.outputs);
	buf_text(&scene.now.err, "a.png: bad\n");
	scene.run->exit_code = 1;
}

static void a_handler_does_not_hide_a_crash(void **state)
{
	(void)state;
	static const struct {
		int signal, code;
		bool handled;
		const char *reason; /* NULL: no crash */
	} rows[] = {
		{SIGSEGV, SEGV_MAPERR, true, "SIGSEGV came to core, and a handler of its own hid that; then: exit status 1\n"},
		{SIGSEGV, SEGV_MAPERR, false, "SIGSEGV came to core, and the program that started it hid that; then: exit status 1\n"},
		{SIGSEGV, SI_KERNEL, true, "SIGSEGV came to core, and a handler of its own hid that; then: exit status 1\n"},
		{SIGBUS, BUS_ADRERR, true, "SIGBUS came to core, and a handler of its own hid that; then: exit status 1\n"},
		{SIGFPE, FPE_INTDIV, true, "SIGFPE came to core, and a handler of its own hid that; then: exit status 1\n"},
		{SIGABRT, SI_TKILL, true, "SIGABRT came to core, and a handler of its own hid that; then: exit status 1\n"},
		{SIGTRAP, SI_TKILL, true, "SIGTRAP came to core, and a handler of its own hid that; then: exit status 1\n"},
		/* What somebody sends is no crash, and a program may ask itself whether its handler works. */
		{SIGSEGV, SI_USER, true, NULL},
		{SIGSEGV, SI_TKILL, true, NULL},
		{SIGABRT, SI_USER, true, NULL},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char row[60];
		snprintf(row, sizeof row, "row %zu: signal %d, code %d", i, rows[i].signal, rows[i].code);
		refused();
		met(rows[i].signal, rows[i].code, rows[i].handled);
		unit_judged(row, rows[i].reason ? VERDICT_CRASHED : VERDICT_REFUSED, rows[i].reason ? rows[i].reason : REFUSED);
	}
	/* Nor where all seems well. */
	unit_scene();
	unit_strike_a();
	met(SIGSEGV, SEGV_MAPERR, true);
	unit_judged("all is well", VERDICT_CRASHED, "SIGSEGV came to core, and a handler of its own hid that; then: exit status 0\n");
	/* Control: it was traced, and nothing came. */
	refused();
	unit_judged("nothing came", VERDICT_REFUSED, REFUSED);
}

static void a_hidden_crash_is_weighed_like_one_in_the_open(void **state)
{
	(void)state;
	/* The name of a thread, where nobody knows the program's. */
	refused();
	met(SIGSEGV, SEGV_MAPERR, true);
	scene.run->autopsy.program[0] = '\0';
	unit_judged("no program", VERDICT_CRASHED, "SIGSEGV came to thread, and a handler of its own hid that; then: exit status 1\n");
	/* A rule has sent it. */
	refused();
	met(SIGBUS, BUS_ADRERR, true);
	unit_strike("in", "a.png", "read", "signal", "SIGBUS");
	unit_judged("by a rule", VERDICT_REFUSED, REFUSED);
	/* An abort with a word may be allowed; a crash not. */
	refused();
	scene.spec.oracles.abort = STANCE_ALLOW;
	met(SIGABRT, SI_TKILL, true);
	unit_judged("abort", VERDICT_REFUSED, REFUSED);
	refused();
	scene.spec.oracles.abort = STANCE_ALLOW;
	met(SIGSEGV, SEGV_MAPERR, true);
	unit_judged("no abort", VERDICT_CRASHED, "SIGSEGV came to core, and a handler of its own hid that; then: exit status 1\n");
	/* What hangs in its handler has crashed first. */
	refused();
	met(SIGSEGV, SEGV_MAPERR, true);
	scene.run->timed_out = true;
	unit_judged("hangs", VERDICT_CRASHED, "SIGSEGV came to core, and a handler of its own hid that; then: no end in time\n");
	/* A sanitizer's handler tells more by itself. */
	refused();
	met(SIGSEGV, SEGV_MAPERR, true);
	buf_text(&scene.now.err, "==1==ERROR: AddressSanitizer: SEGV on unknown address\n");
	unit_judged("sanitizer", VERDICT_CRASHED, "its stderr has a report of 'ERROR: AddressSanitizer'\n");
	/* One that ended the run is told as that. */
	refused();
	met(SIGSEGV, SEGV_MAPERR, false);
	scene.run->signal = SIGSEGV;
	unit_judged("in the open", VERDICT_CRASHED, "ended by signal 11 (SIGSEGV)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handler_does_not_hide_a_crash),
		cmocka_unit_test(a_hidden_crash_is_weighed_like_one_in_the_open),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
