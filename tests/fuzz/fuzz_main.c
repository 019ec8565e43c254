/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Runs a fuzz target without libFuzzer, with any compiler: each file of a corpus as it is, then damaged in RUNS ways.
 *
 *     fuzz_TARGET RUNS FILE|DIRECTORY...
 *
 * The same runs on every machine: damage is drawn from the number of the run. What breaks is left in the file "broken-input" of
 * the current directory. */
#include "base/draw.h"
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INPUT_MAX (1u << 16)
#define SEEDS_MAX 4096
/* No single input may take so long, on any machine. */
#define LIMIT_S 60

struct seed {
	uint8_t *bytes;
	size_t size;
};

static struct seed seeds[SEEDS_MAX];
static size_t seeds_count;
static const uint8_t *current;
static size_t current_size;

/* ---- corpus ---- */

static void die(const char *what)
{
	perror(what);
	exit(99);
}

static void add_file(const char *path)
{
	FILE *file = fopen(path, "rbe");
	struct seed seed = {.bytes = malloc(INPUT_MAX)};
	if (!file || !seed.bytes)
		die(path);
	seed.size = fread(seed.bytes, 1, INPUT_MAX, file);
	fclose(file);
	if (seeds_count < SEEDS_MAX)
		seeds[seeds_count++] = seed;
	else
		free(seed.bytes);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_path(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, by_name);
	if (count < 0) {
		add_file(path);
		return;
	}
	for (int i = 0; i < count; i++) {
		char file[4096];
		snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			add_file(file);
		free(entries[i]);
	}
	free(entries);
}

/* ---- damage ---- */

/* A number below `end`, for this run. */
static size_t drawn(uint64_t run, uint64_t which, size_t end)
{
	const struct draw_key key = {.seed = 1, .who = which, .where = run};
	return end ? (size_t)(draw_unit(&key) * (double)end) % end : 0;
}

static size_t spliced(uint8_t *bytes, size_t size, uint64_t run, uint64_t step)
{
	const struct seed *other = &seeds[drawn(run, step, seeds_count)];
	size_t from = drawn(run, step + 1, other->size), count = drawn(run, step + 2, other->size - from + 1);
	size_t to = drawn(run, step + 3, size + 1);
	if (count > INPUT_MAX - to)
		count = INPUT_MAX - to;
	memcpy(bytes + to, other->bytes + from, count);
	return to + count > size ? to + count : size;
}

/* One change. Returns the new size. */
static size_t damaged(uint8_t *bytes, size_t size, uint64_t run, uint64_t step)
{
	size_t at = drawn(run, step + 10, size), length = drawn(run, step + 11, 9);
	switch (drawn(run, step + 12, 6)) {
	case 0:
		if (size)
			bytes[at] ^= (uint8_t)(1u << drawn(run, step + 13, 8));
		return size;
	case 1:
		if (size)
			bytes[at] = (uint8_t)drawn(run, step + 13, 256);
		return size;
	case 2: /* a piece goes */
		if (length > size - at)
			length = size - at;
		memmove(bytes + at, bytes + at + length, size - at - length);
		return size - length;
	case 3: /* a piece comes twice */
		if (length > size - at || size + length > INPUT_MAX)
			return size;
		memmove(bytes + at + length, bytes + at, size - at);
		return size + length;
	case 4:
		return at;
	default:
		return spliced(bytes, size, run, step);
	}
}

/* ---- running ---- */

/* Keep the input that broke it. */
static void keep(int number)
{
	int fd = open("broken-input", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd >= 0)
		(void)!write(fd, current, current_size);
	signal(number, SIG_DFL);
	raise(number);
}

static void put(const uint8_t *bytes, size_t size)
{
	/* As large as it is, so that whoever reads on is seen. */
	uint8_t *exact = malloc(size ? size : 1);
	if (!exact)
		die("memory");
	memcpy(exact, bytes, size);
	current = exact;
	current_size = size;
	alarm(LIMIT_S);
	LLVMFuzzerTestOneInput(exact, size);
	alarm(0);
	free(exact);
}

static void put_damaged(uint64_t run)
{
	static uint8_t bytes[INPUT_MAX];
	const struct seed *seed = &seeds[drawn(run, 0, seeds_count)];
	size_t size = seed->size;
	memcpy(bytes, seed->bytes, size);
	for (uint64_t i = 0, changes = 1 + drawn(run, 1, 6); i < changes; i++)
		size = damaged(bytes, size, run, 100 * (i + 1));
	put(bytes, size);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: %s RUNS FILE|DIRECTORY...\n", argv[0]);
		return 99;
	}
	for (int i = 2; i < argc; i++)
		add_path(argv[i]);
	if (!seeds_count) {
		fputs("the corpus is empty\n", stderr);
		return 99;
	}
	signal(SIGABRT, keep);
	signal(SIGALRM, keep);
	LLVMFuzzerInitialize(&argc, &argv);
	for (size_t i = 0; i < seeds_count; i++)
		put(seeds[i].bytes, seeds[i].size);
	uint64_t runs = strtoull(argv[1], NULL, 10);
	for (uint64_t run = 0; run < runs; run++)
		put_damaged(run);
	printf("%zu inputs of the corpus, %llu damaged ones\n", seeds_count, (unsigned long long)runs);
	for (size_t i = 0; i < seeds_count; i++)
		free(seeds[i].bytes);
	return 0;
}
