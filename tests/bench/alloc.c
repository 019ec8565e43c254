/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* How long a pair of malloc() and free() takes, in this process, whatever is preloaded into it.
 *
 *   alloc page FILE                     make a page without rules for the shim
 *   alloc map FILE                      make a map of the usual depth
 *   alloc time BYTES THREADS DEPTH      prints nanoseconds a pair, in each of so many threads, below so many calls
 *
 * The time is the least of many short stretches: other work on the machine can only add to it. */
#include "base/clock.h"
#include "faults/alloc/schedule.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STRETCHES 400
#define PAIRS 5000
#define PAIRS_MAPPED 50 /* the map has room for 4 million */

static size_t bytes;
static unsigned long depth;
static int pairs = PAIRS;

static double stretch(void)
{
	int64_t before = clock_now_ns();
	for (int i = 0; i < pairs; i++) {
		void *volatile block = malloc(bytes);
		free(block);
	}
	return (double)(clock_now_ns() - before) / pairs;
}

__attribute__((noinline)) static double below(unsigned long calls)
{
	if (!calls)
		return stretch();
	volatile double took = below(calls - 1); /* volatile: no tail call */
	return took;
}

static void *work(void *least)
{
	double *to = least;
	*to = below(depth);
	for (int i = 1; i < STRETCHES; i++) {
		double took = below(depth);
		*to = took < *to ? took : *to;
	}
	return NULL;
}

static int run(unsigned long threads)
{
	pthread_t ids[16];
	double took[16], least = 0;
	if (threads < 1 || threads > 16)
		return 2;
	for (unsigned long i = 1; i < threads; i++)
		if (pthread_create(&ids[i], NULL, work, &took[i]) != 0)
			return 1;
	work(&took[0]);
	for (unsigned long i = 0; i < threads; i++) {
		if (i)
			pthread_join(ids[i], NULL);
		least += took[i] / (double)threads;
	}
	printf("%.2f\n", least);
	return 0;
}

static int made(int rc, const struct err *err)
{
	if (rc < 0)
		fprintf(stderr, "%s\n", err->text);
	return rc < 0;
}

int main(int argc, char **argv)
{
	struct err err = {0};
	if (argc == 3 && strcmp(argv[1], "page") == 0)
		return made(schedule_make(argv[2], 1, NULL, 0, &err), &err);
	if (argc == 3 && strcmp(argv[1], "map") == 0)
		return made(schedule_map_make(argv[2], ALLOC_DEPTH, &err), &err);
	if (argc != 5 || strcmp(argv[1], "time") != 0)
		return 2;
	if (getenv(ALLOC_MAP_ENV))
		pairs = PAIRS_MAPPED;
	bytes = strtoul(argv[2], NULL, 10);
	depth = strtoul(argv[4], NULL, 10);
	return run(strtoul(argv[3], NULL, 10));
}
