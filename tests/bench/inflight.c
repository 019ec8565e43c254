/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* How exact delays and rates are, and how many requests wait at once.
 *
 *     inflight late FILE NOMINAL-MS CLIENTS EACH        how much later than that an answer comes: median, 99th percentile
 *     inflight rate FILE BYTES-A-SECOND BLOCK CLIENTS SECONDS [FILE2]  bytes a second that are read, as a ratio
 *     inflight iops FILE OPERATIONS-A-SECOND CLIENTS SECONDS
 *     inflight many FILE CLIENTS OTHER                  so many reads at once: when the last one ends; and meanwhile lookups beside OTHER
 *     inflight hung FILE CLIENTS OTHER                  so many programs that hang in a read: the same; then each is killed: when it is gone
 *
 * Ordinary system calls from threads of one process. It includes nothing of ours. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX 20000
#define STATS 2000

static const char *file;
static int64_t *samples; /* ns; so many for each client */
static int each, block = 4096;
static double deadline, last; /* s; when the last read that counts was done */
static int64_t moved;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t ready;

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what)
{
	fprintf(stderr, "inflight: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static int64_t quantile(int64_t *values, size_t count, double part)
{
	qsort(values, count, sizeof *values, ascending);
	return values[(size_t)(part * (double)(count - 1))];
}

static void run(long clients, void *(*work)(void *))
{
	pthread_t *threads = calloc((size_t)clients, sizeof *threads);
	pthread_attr_t small;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 * 1024);
	for (long i = 0; i < clients; i++)
		if (!threads || (errno = pthread_create(&threads[i], &small, work, (void *)i)) != 0)
			fail("threads");
	for (long i = 0; i < clients; i++)
		pthread_join(threads[i], NULL);
	free(threads);
}

static int open_file(void)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail(file);
	return fd;
}

/* ---- late ---- */

static void *read_and_time(void *number)
{
	char bytes[4096];
	int fd = open_file();
	int64_t *mine = samples + (size_t)each * (size_t)number;
	for (int i = 0; i < each; i++) {
		double start = now();
		if (pread(fd, bytes, sizeof bytes, 0) < 0)
			fail(file);
		mine[i] = (int64_t)((now() - start) * 1e9);
	}
	close(fd);
	return NULL;
}

static void late(char **a)
{
	double nominal = atof(a[0]) * 1e6;
	long clients = atol(a[1]);
	each = atoi(a[2]);
	size_t count = (size_t)clients * (size_t)each;
	samples = calloc(count, sizeof *samples);
	run(clients, read_and_time);
	double middle = ((double)quantile(samples, count, 0.5) - nominal) / 1e3;
	double high = ((double)quantile(samples, count, 0.99) - nominal) / 1e3;
	printf("%8s ms  %6ld clients   late by %8.1f us (median) %8.1f us (p99) = %.2f %%\n", a[0], clients, middle, high,
	       100 * middle * 1e3 / nominal);
}

/* ---- rate, iops ---- */

static void *read_until(void *number)
{
	(void)number;
	char *bytes = malloc((size_t)block);
	int fd = open_file();
	struct stat st;
	if (!bytes || fstat(fd, &st) < 0)
		fail(file);
	for (off_t at = 0; now() < deadline; at = at + 2 * block > st.st_size ? 0 : at + block) {
		ssize_t got = pread(fd, bytes, (size_t)block, at);
		if (got < 0)
			fail(file);
		pthread_mutex_lock(&lock);
		moved += each ? 1 : got;
		last = now();
		pthread_mutex_unlock(&lock);
	}
	close(fd);
	free(bytes);
	return NULL;
}

static void rate(char **a, bool operations)
{
	double wanted = atof(a[0]), seconds = atof(a[operations ? 2 : 3]);
	long clients = atol(a[operations ? 1 : 2]);
	if (!operations)
		block = atoi(a[1]);
	each = operations;
	double start = now();
	deadline = start + seconds;
	run(clients, read_until);
	double got = (double)moved / (last - start);
	printf("%12.0f %s a second, blocks of %6d, %4ld clients: %12.0f = %.4f\n", wanted, operations ? "operations" : "bytes", block, clients, got,
	       got / wanted);
}

/* ---- many ---- */

static void *read_with_all(void *number)
{
	char bytes[512];
	(void)number;
	int fd = *(int *)samples;
	pthread_barrier_wait(&ready);
	if (pread(fd, bytes, sizeof bytes, 0) < 0)
		fail(file);
	return NULL;
}

/* stat(2) of names that nobody has asked for yet, so that each comes to the server. */
static double stat_us(const char *path)
{
	static int64_t times[STATS];
	static int names;
	struct stat st;
	char name[4096];
	for (int i = 0; i < STATS; i++) {
		snprintf(name, sizeof name, "%s-%d-%d", path, getpid(), names++);
		double start = now();
		if (stat(name, &st) == 0 || errno != ENOENT)
			fail(name);
		times[i] = (int64_t)((now() - start) * 1e9);
	}
	return (double)quantile(times, STATS, 0.5) / 1e3;
}

static double started;
static const char *other;
static double beside;

static void *look_meanwhile(void *unused)
{
	(void)unused;
	pthread_barrier_wait(&ready);
	started = now();
	struct timespec pause = {.tv_nsec = 20000000};
	nanosleep(&pause, NULL); /* until all of them wait */
	if (other)
		beside = stat_us(other);
	return NULL;
}

static void many(char **a, int count)
{
	long clients = atol(a[0]);
	int fd = open_file();
	pthread_t looking;
	samples = (int64_t *)&fd;
	other = count > 1 ? a[1] : NULL;
	double alone = other ? stat_us(other) : 0;
	pthread_barrier_init(&ready, NULL, (unsigned)clients + 1);
	if ((errno = pthread_create(&looking, NULL, look_meanwhile, NULL)) != 0)
		fail("threads");
	run(clients, read_with_all);
	double took = now() - started;
	pthread_join(looking, NULL);
	printf("%6ld reads at once: the last one ends after %.0f ms", clients, took * 1e3);
	if (other)
		printf("; stat of another name %.2f us beside them, %.2f us alone = %.2f", beside, alone, beside / alone);
	putchar('\n');
}

/* ---- hung ---- */

static pid_t start_reader(int told)
{
	char byte = 0;
	pid_t pid = fork();
	if (pid)
		return pid;
	int fd = open_file();
	(void)!write(told, &byte, 1);
	_exit(read(fd, &byte, 1) < 0);
}

static int64_t kill_ns(pid_t pid)
{
	double start = now();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return (int64_t)((now() - start) * 1e9);
}

static void hung(char **a)
{
	int told[2];
	char byte;
	size_t clients = (size_t)atol(a[0]);
	pid_t *pids = calloc(clients, sizeof *pids);
	samples = calloc(clients, sizeof *samples);
	double alone = stat_us(a[1]);
	if (!pids || !samples || pipe(told) < 0)
		fail("readers");
	for (size_t i = 0; i < clients; i++)
		pids[i] = start_reader(told[1]);
	for (size_t i = 0; i < clients; i++)
		if (read(told[0], &byte, 1) != 1)
			fail("readers");
	nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL); /* until all of them hang */
	beside = stat_us(a[1]);
	for (size_t i = 0; i < clients; i++)
		samples[i] = kill_ns(pids[i]);
	double middle = (double)quantile(samples, clients, 0.5) / 1e6;
	printf("%6zu readers hang: stat of another name %.2f us beside them, %.2f us alone = %.2f; killed, they are gone in %.2f ms (median), "
	       "%.2f (last)\n", clients, beside, alone, beside / alone, middle, (double)samples[clients - 1] / 1e6);
	free(pids);
}

int main(int argc, char **argv)
{
	if (argc >= 6 && strcmp(argv[1], "late") == 0)
		file = argv[2], late(argv + 3);
	else if (argc >= 7 && strcmp(argv[1], "rate") == 0)
		file = argv[2], rate(argv + 3, false);
	else if (argc >= 6 && strcmp(argv[1], "iops") == 0)
		file = argv[2], rate(argv + 3, true);
	else if (argc >= 4 && strcmp(argv[1], "many") == 0)
		file = argv[2], many(argv + 3, argc - 3);
	else if (argc >= 5 && strcmp(argv[1], "hung") == 0)
		file = argv[2], hung(argv + 3);
	else {
		fputs("usage: inflight late FILE MS CLIENTS EACH | rate FILE BYTES BLOCK CLIENTS SECONDS | iops FILE OPERATIONS CLIENTS SECONDS | "
		      "many FILE CLIENTS [OTHER] | hung FILE CLIENTS OTHER\n", stderr);
		return 2;
	}
	return 0;
}
