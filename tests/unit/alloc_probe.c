/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Allocates as its words say, and prints one letter for each call: what the allocation shim does to a program.
 *
 *   FUNCTION:SIZExCOUNT  so many blocks of that size
 *   threads:SIZExCOUNT   8 threads at once, each with so many of malloc
 *   children:COUNT       one after the other, each with malloc:100x1
 *   storm:COUNT          the same, while 8 threads allocate 96 bytes again and again
 *   fork                 a child does the words behind, then we do
 *   exec                 this program anew, with the words behind
 *   vfork, spawn         this program anew in a child, by vfork(2) or posix_spawn(3), with malloc:96x2
 *   close                all files but 1 and 2
 *   bare                 the environment is empty from now on
 *   late:COUNT           a library is loaded whose constructor allocates 99 bytes, and unloaded, while 8 threads allocate 96 bytes
 *   signals:COUNT        allocate 96 bytes until so many signals have come, each of whose handlers allocates 16
 *   deep:SIZExDEPTH      malloc below so many calls
 *   exit, kill           leave with _exit(0), by SIGKILL
 *
 * ".": a block, errno untouched. "x": none, and all else as the function's manual page has it. "!": neither. Allocates nothing
 * by itself. */
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *letters, size_t count)
{
	if (write(STDOUT_FILENO, letters, count) != (ssize_t)count)
		_exit(9);
}

/* ---- the functions ---- */

static void *by_calloc(size_t size)
{
	return calloc(2, size / 2);
}

static void *by_realloc(size_t size)
{
	return realloc(NULL, size);
}

/* "If realloc() fails, the original block is left untouched" (malloc(3)). */
static void *by_regrow(size_t size)
{
	char *old = malloc(16);
	strcpy(old, "as it was");
	errno = EXDEV;
	char *grown = realloc(old, size);
	if (strcmp(grown ? grown : old, "as it was") != 0)
		errno = EBADMSG;
	if (!grown)
		free(old);
	return grown;
}

/* Takes nothing, so it cannot fail: the block is given back. */
static void *by_release(size_t size)
{
	void *none = realloc(malloc(16), size);
	return none ? none : malloc(16);
}

static void *by_reallocarray(size_t size)
{
	return reallocarray(NULL, 2, size / 2);
}

static void *by_overflow(size_t size)
{
	return reallocarray(NULL, SIZE_MAX / 2, size);
}

/* "posix_memalign() does not set errno", and "on error [...] memptr is not modified" (posix_memalign(3)). */
static void *by_posix_memalign(size_t size)
{
	static char mark;
	void *block = &mark;
	int rc = posix_memalign(&block, 64, size);
	if (!rc)
		return block;
	errno = rc == ENOMEM && errno == EXDEV && block == &mark ? ENOMEM : EBADMSG;
	return NULL;
}

static void *by_aligned_alloc(size_t size)
{
	return aligned_alloc(64, size);
}

static void *by_memalign(size_t size)
{
	return memalign(64, size);
}

static const struct function {
	const char *name;
	void *(*call)(size_t size);
} functions[] = {
	{"malloc", malloc},	      {"calloc", by_calloc},	 {"realloc", by_realloc},
	{"regrow", by_regrow},	      {"release", by_release},	 {"reallocarray", by_reallocarray},
	{"overflow", by_overflow},    {"memalign", by_memalign}, {"posix_memalign", by_posix_memalign},
	{"aligned_alloc", by_aligned_alloc}, {"valloc", valloc}, {"pvalloc", pvalloc},
};

static char allocate(void *(*call)(size_t), size_t size)
{
	errno = EXDEV;
	void *block = call(size);
	int error = errno;
	if (!block)
		return error == ENOMEM ? 'x' : '!';
	memset(block, 0xa5, size);
	free(block);
	return error == EXDEV ? '.' : '!';
}

/* ---- the words ---- */

/* SIZExCOUNT */
static size_t read_numbers(const char *text, size_t *count)
{
	char *rest;
	size_t size = strtoul(text, &rest, 10);
	*count = strtoul(rest + (*rest == 'x'), NULL, 10);
	return size;
}

static bool call_function(const char *word, const char *numbers)
{
	for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
		const struct function *function = &functions[i];
		if (strlen(function->name) != (size_t)(numbers - word - 1) ||
		    strncmp(function->name, word, strlen(function->name)) != 0)
			continue;
		size_t count, size = read_numbers(numbers, &count);
		for (size_t n = 0; n < count; n++) {
			char letter = allocate(function->call, size);
			say(&letter, 1);
		}
		return true;
	}
	return false;
}

static void wait_for(pid_t child)
{
	int status;
	if (waitpid(child, &status, 0) != child || status != 0)
		say("!", 1);
}

static void have_children(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		pid_t child = fork();
		if (!child) {
			char letter = allocate(malloc, 100);
			say(&letter, 1);
			_exit(0);
		}
		wait_for(child);
	}
}

static pthread_barrier_t start;

struct work {
	pthread_t thread;
	size_t size, count, failed, odd;
};

static void *work(void *context)
{
	struct work *mine = context;
	pthread_barrier_wait(&start);
	for (size_t i = 0; i < mine->count; i++) {
		char letter = allocate(malloc, mine->size);
		mine->failed += letter == 'x';
		mine->odd += letter == '!';
	}
	return NULL;
}

/* Prints one "x" for each failure. */
static void use_threads(size_t size, size_t count)
{
	enum { THREADS = 8 };
	static struct work works[THREADS];
	pthread_barrier_init(&start, NULL, THREADS);
	for (size_t i = 0; i < THREADS; i++) {
		works[i] = (struct work){.size = size, .count = count};
		if (pthread_create(&works[i].thread, NULL, work, &works[i]) != 0)
			_exit(9);
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(works[i].thread, NULL);
		for (size_t n = 0; n < works[i].failed; n++)
			say("x", 1);
		for (size_t n = 0; n < works[i].odd; n++)
			say("!", 1);
	}
}

static atomic_bool calm;

static void *rage(void *context)
{
	while (!calm)
		allocate(malloc, 96);
	return context;
}

static void in_a_storm(void (*act)(size_t), size_t count)
{
	pthread_t threads[8];
	for (size_t i = 0; i < 8; i++)
		if (pthread_create(&threads[i], NULL, rage, NULL) != 0)
			_exit(9);
	act(count);
	calm = true;
	for (size_t i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
}

/* ---- the dynamic linker, signals, stacks ---- */

/* The library lies beside us. */
static void load_late(size_t count)
{
	char path[4096];
	ssize_t length = readlink("/proc/self/exe", path, sizeof path - 20);
	path[length > 0 ? length : 0] = '\0';
	strcpy(strrchr(path, '/') + 1, "alloc_late.so");
	for (size_t i = 0; i < count; i++) {
		void *late = dlopen(path, RTLD_NOW);
		if (!late || dlclose(late) != 0)
			say("!", 1);
	}
}

static atomic_size_t handled;

static void handle(int number)
{
	(void)number;
	int kept = errno;
	if (!malloc(16))
		_exit(9);
	handled++;
	errno = kept;
}

/* Only for an allocator that may be entered in a signal handler. */
static void *knock(void *main_thread)
{
	while (!calm)
		pthread_kill(*(pthread_t *)main_thread, SIGUSR1);
	return NULL;
}

static void be_interrupted(size_t count)
{
	pthread_t self = pthread_self(), knocker;
	signal(SIGUSR1, handle);
	if (pthread_create(&knocker, NULL, knock, &self) != 0)
		_exit(9);
	while (handled < count)
		allocate(malloc, 96);
	calm = true;
	pthread_join(knocker, NULL);
}

static void be_deep(size_t size, size_t depth)
{
	if (depth)
		be_deep(size, depth - 1);
	char letter = depth ? 0 : allocate(malloc, size);
	say(&letter, !depth);
}

static void divide(void)
{
	pid_t child = fork();
	if (child)
		wait_for(child);
	say(child ? "|" : "", child ? 1 : 0);
}

static void spawn_anew(bool by_vfork)
{
	static char name[] = "alloc_probe", word[] = "malloc:96x2", file[] = "/proc/self/exe";
	char *argv[] = {name, word, NULL};
	pid_t child;
	if (by_vfork) {
		child = vfork();
		if (!child) {
			execve(file, argv, environ);
			_exit(9);
		}
	} else if (posix_spawn(&child, file, NULL, NULL, argv, environ) != 0)
		_exit(9);
	wait_for(child);
	say("|", 1);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i], *colon = strchr(word, ':');
		size_t count = 0, size = colon ? read_numbers(colon + 1, &count) : 0;
		if (strcmp(word, "exit") == 0)
			_exit(0);
		else if (strcmp(word, "kill") == 0)
			raise(SIGKILL);
		else if (strcmp(word, "close") == 0)
			close_range(3, ~0u, 0);
		else if (strcmp(word, "fork") == 0)
			divide();
		else if (strcmp(word, "exec") == 0)
			return execv("/proc/self/exe", argv + i);
		else if (strcmp(word, "vfork") == 0 || strcmp(word, "spawn") == 0)
			spawn_anew(*word == 'v');
		else if (strcmp(word, "bare") == 0)
			clearenv();
		else if (strncmp(word, "children:", 9) == 0)
			have_children(size);
		else if (strncmp(word, "storm:", 6) == 0)
			in_a_storm(have_children, size);
		else if (strncmp(word, "late:", 5) == 0)
			in_a_storm(load_late, size);
		else if (strncmp(word, "signals:", 8) == 0)
			be_interrupted(size);
		else if (strncmp(word, "deep:", 5) == 0)
			be_deep(size, count);
		else if (strncmp(word, "threads:", 8) == 0)
			use_threads(size, count);
		else if (!colon || !call_function(word, colon + 1))
			return 2;
	}
	return 0;
}
