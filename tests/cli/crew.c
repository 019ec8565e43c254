/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Threads for sweeps: four of them allocate in a race, so that the numbers of their allocations are dealt anew in each run. Each adds up
 * the bytes of a file. Includes nothing of ours.
 *
 *     crew careful IN OUT     looks at whatever it gets
 *     crew unchecked IN OUT   ... but for one allocation of each thread's
 *     crew once IN OUT        one thread allocates more where "mark" does not exist here, and makes it */
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS 4
#define ROUNDS 20

struct job {
	pthread_t thread;
	const char *crime, *in;
	int number;
	unsigned long sum;
	bool failed;
};

/* Not inlined, so that a stack has its name. */
__attribute__((noinline)) static bool take_turns(struct job *job)
{
	for (int i = 0; i < ROUNDS; i++) {
		char *one = malloc(64), *two = one ? calloc(2, 32) : NULL;
		bool got = one && two;
		if (got)
			one[0] = two[0] = (char)job->number;
		free(one);
		free(two);
		if (!got)
			return false;
	}
	return true;
}

__attribute__((noinline)) static char *get_room(const struct job *job)
{
	char *room = malloc(4096);
	if (room || strcmp(job->crime, "unchecked") == 0)
		room[0] = 0;
	return room;
}

__attribute__((noinline)) static bool leave_mark(const struct job *job)
{
	if (job->number != 0 || strcmp(job->crime, "once") != 0 || access("mark", F_OK) == 0)
		return true;
	void *more = malloc(32);
	bool got = more;
	free(more);
	close(open("mark", O_WRONLY | O_CREAT, 0644));
	return got;
}

static bool add_up(struct job *job)
{
	char path[512];
	ssize_t got = -1;
	snprintf(path, sizeof path, "%s/slice_%04d.png", job->in, job->number % 3);
	char *room = get_room(job);
	int fd = room ? open(path, O_RDONLY) : -1;
	while (fd >= 0 && (got = read(fd, room, 4096)) > 0)
		for (ssize_t i = 0; i < got; i++)
			job->sum = job->sum * 31 + (unsigned char)room[i];
	free(room);
	return fd >= 0 && close(fd) == 0 && got == 0;
}

static void *work(void *job_)
{
	struct job *job = job_;
	job->failed = !take_turns(job) || !leave_mark(job) || !add_up(job);
	return NULL;
}

static bool write_sums(const char *out, const struct job *jobs)
{
	char path[512], text[THREADS * 30] = "";
	snprintf(path, sizeof path, "%s/sums", out);
	for (int i = 0; i < THREADS; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text), "%lu\n", jobs[i].sum);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
	ssize_t length = (ssize_t)strlen(text);
	bool written = fd >= 0 && write(fd, text, (size_t)length) == length;
	bool good = fd >= 0 && close(fd) == 0 && written;
	if (fd >= 0 && !good)
		unlink(path);
	return good;
}

int main(int argc, char **argv)
{
	static struct job jobs[THREADS];
	bool failed = false;
	if (argc != 4)
		return 2;
	for (int i = 0; i < THREADS; i++) {
		jobs[i] = (struct job){.crime = argv[1], .in = argv[2], .number = i};
		if (pthread_create(&jobs[i].thread, NULL, work, &jobs[i]) != 0) {
			fputs("crew: no thread\n", stderr);
			_exit(1);
		}
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(jobs[i].thread, NULL);
		failed |= jobs[i].failed;
	}
	if (failed || !write_sums(argv[3], jobs))
		fputs("crew: something went wrong\n", stderr), failed = true;
	return failed;
}
