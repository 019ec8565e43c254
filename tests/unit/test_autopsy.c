/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What is known of programs that crash and hang (crasher.c), and that to be watched changes nothing for them. */
#include "unit.h"

#include "base/clock.h"
#include "harness/proc.h"
#include "harness/process.h"
#include "harness/unwind.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Long enough for anything that ends; what hangs is given the short one. */
#define LONG_NS (20 * NS_PER_S)
#define SHORT_NS (100 * NS_PER_MS) /* ... and twice that, and again, where it has not come to hanging by then */

static char crasher[PATH_MAX];
static char said[4096]; /* by the program */
static struct symbols *symbols;

static int run_it(const char *manner, bool autopsy, int64_t deadline_ns, struct process_outcome *outcome)
{
	char *const argv[] = {crasher, (char *)(uintptr_t)manner, NULL};
	int out = memfd_create("out", MFD_CLOEXEC);
	struct err err = {0};
	const struct process_request request = {
		.argv = argv,
		.env = environ,
		.cwd = "/",
		.stdout_fd = out,
		.stderr_fd = STDERR_FILENO,
		.deadline_ns = deadline_ns,
		.cancel_fd = -1,
		.autopsy = autopsy,
	};
	int rc = process_run(&request, outcome, &err);
	ssize_t length = pread(out, said, sizeof said - 1, 0);
	said[length > 0 ? length : 0] = '\0';
	close(out);
	return rc ? rc : outcome->exec_error;
}

static void run(const char *manner, bool autopsy, int64_t deadline_ns, struct process_outcome *outcome)
{
	assert_int_equal(run_it(manner, autopsy, deadline_ns, outcome), 0);
}

static void nothing_is_left(const char *manner, unsigned expected)
{
	char names[256];
	unsigned count = process_leftovers(0, names, sizeof names);
	if (count != expected)
		fail_msg("%s: %u processes are left: %s", manner, count, names);
	/* Killed, they are gone when they can be waited for. */
	for (int64_t until = clock_now_ns() + LONG_NS; waitpid(-1, NULL, WNOHANG) >= 0 && clock_now_ns() < until;)
		poll(NULL, 0, 1);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* The stack as text, without lines. */
static const char *functions_of(const struct code_stack *stack)
{
	static char text[4096];
	struct buf all = {0};
	size_t length = 0;
	bool inside = false;
	symbols_stack(symbols, stack, false, &all);
	for (const char *c = buf_string(&all); *c && length + 1 < sizeof text; c++) {
		inside = inside ? *c != ')' : c[0] == ' ' && c[1] == '(';
		if (!inside && *c != ')')
			text[length++] = *c;
	}
	text[length] = '\0';
	buf_free(&all);
	return text;
}

static void expect_in_stack(const char *manner, const struct code_stack *stack, const char *functions)
{
	const char *text = functions_of(stack);
	if (!strstr(text, functions))
		fail_msg("%s: the stack is \"%s\", without \"%s\"", manner, text, functions);
}

/* ---- crashes ---- */

static const struct crash {
	const char *manner;
	int exit_code, ended_by, signal;
	const char *code, *stack;
	bool handled;
	unsigned more;
} crashes[] = {
	{"segv", -1, SIGSEGV, SIGSEGV, "SEGV_MAPERR", "crash_here <- crash_caller <- do_segv <- main", false, 0},
	{"exec", -1, SIGSEGV, SIGSEGV, "SEGV_MAPERR", "crash_here <- crash_caller <- do_segv <- main", false, 0},
	{"grandchild", 0, 0, SIGSEGV, "SEGV_MAPERR", "crash_here <- crash_caller <- do_grandchild <- main", false, 0},
	{"thread", -1, SIGSEGV, SIGSEGV, "SEGV_MAPERR", "crash_here <- crash_caller <- crash_in_thread", false, 0},
	{"handled", 0, 0, SIGSEGV, "SEGV_MAPERR", "crash_here <- crash_caller <- do_handled <- main", true, 0},
	{"overflow", 0, 0, SIGSEGV, NULL, "fall_deeper <- fall_deeper <- fall_deeper", true, 0},
	{"twice", -1, SIGSEGV, SIGSEGV, "SEGV_MAPERR", "crash_here <- crash_caller <- do_twice <- main", false, 1},
	{"abort", -1, SIGABRT, SIGABRT, "SI_TKILL", "do_abort <- main", false, 0},
	{"trap", -1, SIGTRAP, SIGTRAP, "SI_TKILL", "do_trap <- main", false, 0},
#if defined(__x86_64__)
	{"divide", -1, SIGFPE, SIGFPE, "FPE_INTDIV", "do_divide <- main", false, 0},
#endif
};

static void a_crash_is_explained(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(crashes); i++) {
		const struct crash *c = &crashes[i];
		struct process_outcome plain, outcome;
		run(c->manner, false, LONG_NS, &plain);
		run(c->manner, true, LONG_NS, &outcome);
		const struct autopsy *a = &outcome.autopsy;
		unit_same_text(c->manner, a->why_not, "");
		assert_int_equal(plain.autopsy.found, false);
		if (plain.exit_code != c->exit_code || plain.signal != c->ended_by || outcome.exit_code != c->exit_code ||
		    outcome.signal != c->ended_by)
			fail_msg("%s: ended with %d, %d; watched with %d, %d", c->manner, plain.exit_code, plain.signal,
				 outcome.exit_code, outcome.signal);
		if (!a->found || a->signal != c->signal || a->handled != c->handled || a->more != c->more)
			fail_msg("%s: %s, signal %d%s, %u more", c->manner, a->found ? "found" : "not found", a->signal,
				 a->handled ? ", handled" : "", a->more);
		if (c->code)
			unit_same_text(c->manner, autopsy_code_name(a->signal, a->code), c->code);
		assert_string_equal(a->program, crasher);
		expect_in_stack(c->manner, &a->stack, c->stack);
		nothing_is_left(c->manner, 0);
	}
}

static void the_line_and_the_address_are_told(void **state)
{
	(void)state;
	struct process_outcome outcome;
	struct buf told = {0};
	char wanted[200];
	run("segv", true, LONG_NS, &outcome);
	autopsy_tell(&outcome.autopsy, symbols, &told);
	snprintf(wanted, sizeof wanted, "SIGSEGV (SEGV_MAPERR) at 0x10 in crasher (pid %d): crash_here (crasher.c:%d) <- crash_caller (crasher.c:",
		 (int)outcome.autopsy.pid, atoi(said));
	if (strncmp(buf_string(&told), wanted, strlen(wanted)) != 0)
		fail_msg("\"%s\" does not begin with \"%s\"", buf_string(&told), wanted);
	buf_free(&told);
	nothing_is_left("segv", 0);
}

static void a_stack_without_end_is_cut(void **state)
{
	(void)state;
	struct process_outcome outcome;
	run("overflow", true, LONG_NS, &outcome);
	assert_int_equal(outcome.autopsy.stack.count, CODE_FRAMES_MAX);
	assert_int_equal(outcome.autopsy.stack.cut, 1);
	nothing_is_left("overflow", 0);
}

/* ---- what does not crash ---- */

static void who_does_not_crash_is_not_changed(void **state)
{
	(void)state;
	static const struct {
		const char *manner;
		int exit_code;
		unsigned left;
	} rows[] = {{"ignored", 5, 0}, {"signals", 12, 0}, {"stopped", 37, 0}, {"children", 13, 0}, {"leftover", 4, 1}};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		for (int autopsy = 0; autopsy < 2; autopsy++) {
			struct process_outcome outcome;
			run(rows[i].manner, autopsy, LONG_NS, &outcome);
			if (outcome.exit_code != rows[i].exit_code || outcome.signal || outcome.timed_out)
				fail_msg("%s: ended with %d, %d%s", rows[i].manner, outcome.exit_code, outcome.signal,
					 autopsy ? " when watched" : "");
			assert_int_equal(outcome.autopsy.found, 0);
			unit_same_text(rows[i].manner, outcome.autopsy.why_not, "");
			nothing_is_left(rows[i].manner, rows[i].left);
		}
}

/* Of a program that has ended it is still known. */
static void who_has_a_handler_for_a_crash_is_known(void **state)
{
	(void)state;
	static const struct {
		const char *manner;
		bool prepared;
	} rows[] = {{"handled", true}, {"overflow", true}, {"segv", false}, {"abort", false}, {"children", false}};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		for (int autopsy = 0; autopsy < 2; autopsy++) {
			struct process_outcome outcome;
			run(rows[i].manner, autopsy, LONG_NS, &outcome);
			if (outcome.prepared != rows[i].prepared)
				fail_msg("%s: %s", rows[i].manner, outcome.prepared ? "has a handler" : "has no handler");
			nothing_is_left(rows[i].manner, 0);
		}
}

/* ---- hangs ---- */

static void what_hangs_shows_where(void **state)
{
	(void)state;
	static const struct {
		const char *manner, *stack;
	} rows[] = {
		{"hang", "hang_here <- do_hang <- main"},
		{"spin", "spin_here <- do_spin <- main"},
		{"hang-below", "hang_here <- do_hang_below <- main"},
		{"hang-threads", "spin_here <- do_hang_threads <- main"},
		{"stop-for-good", "do_stop_for_good <- main"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		for (int autopsy = 0; autopsy < 2; autopsy++) {
			struct process_outcome outcome;
			int64_t deadline_ns = SHORT_NS / 2;
			do {
				deadline_ns *= 2;
				run(rows[i].manner, autopsy, deadline_ns, &outcome);
			} while (deadline_ns < LONG_NS / 2 && !strstr(functions_of(&outcome.stuck_stack), rows[i].stack));
			assert_int_equal(outcome.timed_out, 1);
			assert_int_equal(outcome.aborted, 0);
			assert_non_null(strstr(outcome.stuck, "crasher (pid "));
			unit_same_text(rows[i].manner, outcome.stuck_why_not, "");
			expect_in_stack(rows[i].manner, &outcome.stuck_stack, rows[i].stack);
			nothing_is_left(rows[i].manner, 0);
		}
}

/* Start one that hangs, without process_run, and wait until it does. */
static pid_t start(const char *manner, unsigned threads, char state)
{
	pid_t pid = fork(), tids[16];
	if (pid == 0) {
		setsid();
		execl(crasher, crasher, manner, (char *)NULL);
		_exit(127);
	}
	for (int64_t until = clock_now_ns() + LONG_NS; clock_now_ns() < until; poll(NULL, 0, 1)) {
		struct proc_stat stat;
		char place[64];
		proc_wait_place(pid, pid, place, sizeof place);
		if (proc_threads(pid, tids, COUNT_OF(tids)) == threads && proc_read_stat(pid, &stat) && stat.state == state &&
		    strcmp(stat.comm, "crasher") == 0)
			break;
	}
	return pid;
}

static void end(pid_t pid)
{
	kill(-pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void all_threads_are_seen_and_go_on(void **state)
{
	(void)state;
	static struct autopsy_thread threads[8];
	char why_not[64];
	pid_t pid = start("hang-threads", 3, 'R');
	/* The threads have their stack before they are in their function. */
	size_t count = 0, hanging = 0;
	bool spinning = false;
	for (int64_t until = clock_now_ns() + LONG_NS; (hanging < 2 || !spinning) && clock_now_ns() < until;) {
		count = autopsy_stacks(pid, threads, COUNT_OF(threads), why_not);
		spinning = strstr(functions_of(&threads[0].stack), "spin_here <- do_hang_threads <- main") != NULL;
		hanging = 0;
		for (size_t i = 0; i < count; i++)
			hanging += strstr(functions_of(&threads[i].stack), "hang_here <- hang_in_thread") != NULL;
	}
	assert_int_equal(count, 3);
	assert_int_equal(hanging, 2);
	assert_int_equal(spinning, 1);
	assert_int_equal(threads[0].tid, pid);
	assert_string_equal(threads[0].comm, "crasher");
	/* Who spins still does: nobody has stopped it. */
	struct proc_stat before, after = {0};
	assert_int_equal(proc_read_stat(pid, &before), true);
	for (int64_t until = clock_now_ns() + LONG_NS; clock_now_ns() < until; poll(NULL, 0, 1))
		if (proc_read_stat(pid, &after) && after.user_ticks > before.user_ticks + 1)
			break;
	assert_int_equal(after.user_ticks > before.user_ticks + 1, 1);
	/* There is room for one. */
	assert_int_equal(autopsy_stacks(pid, threads, 1, why_not), 1);
	assert_int_equal(autopsy_stacks(pid, threads, 0, why_not), 0);
	end(pid);
	assert_int_equal(autopsy_stacks(pid, threads, COUNT_OF(threads), why_not), 0);
	nothing_is_left("hang-threads", 0);
}

static void one_that_is_stopped_stays_so(void **state)
{
	(void)state;
	static struct autopsy_thread threads[2];
	char why_not[64];
	pid_t pid = start("stop-for-good", 1, 'T');
	assert_int_equal(autopsy_stacks(pid, threads, COUNT_OF(threads), why_not), 1);
	expect_in_stack("stop-for-good", &threads[0].stack, "do_stop_for_good <- main");
	struct proc_stat stat;
	for (int64_t until = clock_now_ns() + LONG_NS; clock_now_ns() < until; poll(NULL, 0, 1))
		if (proc_read_stat(pid, &stat) && stat.state == 'T')
			break;
	assert_int_equal(stat.state, 'T');
	kill(pid, SIGCONT);
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	nothing_is_left("stop-for-good", 0);
}

/* ---- where it is forbidden ---- */

static int forbid_ptrace(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ptrace, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = {.len = COUNT_OF(code), .filter = code};
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) ? -1 : 0;
}

/* In a process of its own: who is forbidden stays so. */
static int without_ptrace(void)
{
	struct process_outcome crash, hang;
	if (forbid_ptrace() < 0)
		return 77;
	if (run_it("segv", true, LONG_NS, &crash) || run_it("spin", true, SHORT_NS, &hang))
		return 2;
	bool told = strcmp(crash.autopsy.why_not, "tracing is not permitted here") == 0 &&
		    strcmp(hang.stuck_why_not, "tracing is not permitted here") == 0;
	return told && !crash.autopsy.found && crash.signal == SIGSEGV && hang.timed_out && !hang.stuck_stack.count ? 0 : 1;
}

static void who_may_not_trace_says_so_and_goes_on(void **state)
{
	(void)state;
	int status;
	pid_t pid = fork();
	if (pid == 0)
		_exit(without_ptrace());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
	nothing_is_left("forbidden", 0);
}

/* ---- waiting, left alone ---- */

/* As for a thread that waits for a filesystem: by its place and its stack pointer, without ptrace. */
static void one_that_waits_is_seen_from_afar(void **state)
{
	(void)state;
	char own[64];
	proc_read_text(getpid(), getpid(), "syscall", own, sizeof own);
	if (!own[0])
		skip();
	pid_t pid = start("hang", 1, 'S');
	struct code_stack stack = {0};
	for (int64_t until = clock_now_ns() + LONG_NS; clock_now_ns() < until; poll(NULL, 0, 1)) {
		struct unwind *unwind = unwind_open(pid);
		bool seen = unwind && unwind_waiting(unwind, pid, &stack) && strstr(functions_of(&stack), "hang_here <- do_hang");
		unwind_close(unwind);
		if (seen)
			break;
	}
	end(pid);
	expect_in_stack("hang", &stack, "hang_here <- do_hang");
	nothing_is_left("hang", 0);
}

static bool may_trace(void)
{
	int status = 0;
	pid_t pid = fork();
	if (pid == 0)
		_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ? 1 : 0);
	return waitpid(pid, &status, 0) == pid && status == 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crash_is_explained),
		cmocka_unit_test(the_line_and_the_address_are_told),
		cmocka_unit_test(a_stack_without_end_is_cut),
		cmocka_unit_test(who_does_not_crash_is_not_changed),
		cmocka_unit_test(who_has_a_handler_for_a_crash_is_known),
		cmocka_unit_test(what_hangs_shows_where),
		cmocka_unit_test(all_threads_are_seen_and_go_on),
		cmocka_unit_test(one_that_is_stopped_stays_so),
		cmocka_unit_test(who_may_not_trace_says_so_and_goes_on),
		cmocka_unit_test(one_that_waits_is_seen_from_afar),
	};
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof self - 20);
	if (length < 0)
		return 99;
	self[length] = '\0';
	*strrchr(self, '/') = '\0';
	snprintf(crasher, sizeof crasher, "%.*s/crasher", (int)sizeof crasher - 10, self);
	if (access(crasher, X_OK) < 0) {
		perror(crasher);
		return 99;
	}
	if (!may_trace()) {
		puts("tracing is not permitted here");
		return 77;
	}
	/* As in a box: orphans come to us, their ends and our own are told by signals that wait. */
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	symbols = symbols_open();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	symbols_close(symbols);
	return failed;
}
