/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Crashes, hangs and behaves in the way that its argument names. Tells the lines to look for: "LINE of the crash". Sees nothing of ours. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int *volatile crasher_nowhere = (int *)16;
static volatile int depth_kept;
static char *self;

__attribute__((noinline)) void crash_here(void);
__attribute__((noinline)) void crash_caller(void);
__attribute__((noinline)) int fall_deeper(int depth);
__attribute__((noinline)) void hang_here(void);
__attribute__((noinline)) void spin_here(void);

void crash_here(void)
{
	printf("%d\n", __LINE__ + 2);
	fflush(stdout);
	*crasher_nowhere = 1;
	__asm__ volatile("");
}

void crash_caller(void)
{
	crash_here();
	__asm__ volatile("");
}

int fall_deeper(int depth)
{
	volatile char room[4096];
	room[0] = (char)depth;
	if (depth == depth_kept - 1) /* never */
		return 0;
	depth_kept = fall_deeper(depth + 1) + room[0];
	return depth_kept;
}

void hang_here(void)
{
	for (;;)
		pause();
}

void spin_here(void)
{
	for (;;)
		depth_kept++;
}

/* ---- manners ---- */

static void leave(int signal_number)
{
	(void)signal_number;
	_exit(0);
}

static void set_handler(int signal_number, void (*handler)(int), int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
	sigaction(signal_number, &action, NULL);
}

static int do_segv(void)
{
	crash_caller();
	return 0;
}

static int do_abort(void)
{
	abort();
}

static int do_trap(void)
{
	raise(SIGTRAP);
	return 0;
}

static int do_divide(void)
{
	volatile int seven = 7, zero = 0;
	return seven / zero;
}

static int do_grandchild(void)
{
	pid_t child = fork();
	if (child == 0) {
		pid_t grandchild = fork();
		if (grandchild == 0)
			crash_caller();
		waitpid(grandchild, NULL, 0);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	return 0;
}

static int do_overflow(void)
{
	static char other_stack[65536];
	const stack_t stack = {.ss_sp = other_stack, .ss_size = sizeof other_stack};
	sigaltstack(&stack, NULL);
	set_handler(SIGSEGV, leave, SA_ONSTACK);
	return fall_deeper(0);
}

static int do_handled(void)
{
	set_handler(SIGSEGV, leave, 0);
	crash_caller();
	return 1;
}

static sigjmp_buf way_out;

static void jump(int signal_number)
{
	(void)signal_number;
	siglongjmp(way_out, 1);
}

/* Survives one crash, and dies of another. */
static int do_twice(void)
{
	set_handler(SIGSEGV, jump, 0);
	if (!sigsetjmp(way_out, 1))
		fall_deeper((int)(crasher_nowhere[0] != 0));
	signal(SIGSEGV, SIG_DFL);
	crash_caller();
	return 0;
}

static int do_ignored(void)
{
	signal(SIGSEGV, SIG_IGN);
	raise(SIGSEGV);
	return 5;
}

static void *crash_in_thread(void *argument)
{
	crash_caller();
	return argument;
}

static int do_thread(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, crash_in_thread, NULL);
	pthread_join(thread, NULL);
	return 0;
}

static int do_exec(void)
{
	execl(self, self, "segv", (char *)NULL);
	return 1;
}

static volatile sig_atomic_t counted;

static void count(int signal_number)
{
	counted += signal_number == SIGUSR1 ? 1 : 10;
}

static int do_signals(void)
{
	set_handler(SIGUSR1, count, 0);
	set_handler(SIGTERM, count, 0);
	raise(SIGUSR1);
	kill(getpid(), SIGUSR1);
	raise(SIGTERM);
	return counted;
}

/* A child stops itself; its parent, as a shell would, sees that and makes it go on, and sees that before the child may end. */
static int do_stopped(void)
{
	int status = 0, seen = 0, line[2];
	char nothing;
	if (pipe(line) < 0)
		return 99;
	pid_t child = fork();
	if (child == 0) {
		close(line[1]);
		raise(SIGSTOP);
		_exit(read(line[0], &nothing, 1) == 0 ? 7 : 8);
	}
	seen += waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP;
	kill(child, SIGCONT);
	seen += 2 * (waitpid(child, &status, WCONTINUED) == child && WIFCONTINUED(status));
	close(line[1]);
	waitpid(child, &status, 0);
	return 10 * seen + WEXITSTATUS(status);
}

static int do_children(void)
{
	return WEXITSTATUS(system("exit 3")) + (waitpid(-1, NULL, 0) < 0 ? 10 : 0);
}

static int do_leftover(void)
{
	if (fork() == 0)
		hang_here();
	return 4;
}

static int do_hang(void)
{
	hang_here();
	return 0;
}

static int do_spin(void)
{
	spin_here();
	return 0;
}

static int do_hang_below(void)
{
	pid_t child = fork();
	if (child == 0)
		hang_here();
	waitpid(child, NULL, 0);
	return 0;
}

static void *hang_in_thread(void *argument)
{
	hang_here();
	return argument;
}

static int do_hang_threads(void)
{
	pthread_t threads[2];
	pthread_create(&threads[0], NULL, hang_in_thread, NULL);
	pthread_create(&threads[1], NULL, hang_in_thread, NULL);
	spin_here();
	return 0;
}

static int do_stop_for_good(void)
{
	raise(SIGSTOP);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(void);
} manners[] = {
	{"abort", do_abort},	   {"children", do_children},	{"divide", do_divide},		 {"exec", do_exec},
	{"grandchild", do_grandchild}, {"handled", do_handled}, {"hang", do_hang},		 {"hang-below", do_hang_below},
	{"hang-threads", do_hang_threads}, {"ignored", do_ignored}, {"leftover", do_leftover},	 {"overflow", do_overflow},
	{"segv", do_segv},	   {"signals", do_signals},	{"spin", do_spin},		 {"stop-for-good", do_stop_for_good},
	{"stopped", do_stopped},   {"thread", do_thread},	{"trap", do_trap},		 {"twice", do_twice},
};

int main(int argc, char **argv)
{
	self = argv[0];
	for (size_t i = 0; argc == 2 && i < sizeof manners / sizeof manners[0]; i++)
		if (strcmp(argv[1], manners[i].name) == 0)
			return manners[i].run();
	fprintf(stderr, "usage: crasher MANNER\n");
	return 2;
}
