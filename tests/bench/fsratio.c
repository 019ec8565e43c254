/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Times the same file work on several directories that hold the same files, and prints each as a ratio to the first.
 *
 *   fsratio [-r ROUNDS] [-t TASK,...] NAME=DIR NAME=DIR ...
 *
 * Each DIR holds big.dat and files/NNNNN; where it can be written to, wr.dat is made there and removed. In every round every target does every task once, targets in a new order each
 * round (seeded), so that the noise of the machine falls on all alike; the figure is the median over the rounds. Cold means
 * that the kernel's caches of this filesystem were dropped before: pages by posix_fadvise(2), names and attributes by
 * /proc/sys/vm/drop_caches, which needs root (otherwise the line says so). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TARGETS_MAX 16
#define ROUNDS_MAX 64
#define RANDOM_READS 20000 /* by each thread */
#define READERS 4
#define BLOCK (1u << 20)

struct target {
	const char *name, *directory;
	char big[512], files[512];
	bool cannot_write;
};

static const char *chosen; /* keys of tasks, or NULL */
static struct target targets[TARGETS_MAX];
static int targets_count, rounds = 5, files_count;
static bool can_drop;

_Noreturn static void fail(const char *what)
{
	fprintf(stderr, "fsratio: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int open_or_fail(const char *path)
{
	int fd = open(path, O_RDONLY);
	if (fd < 0)
		fail(path);
	return fd;
}

/* ---- caches ---- */

static bool drop(char what)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);
	bool done = fd >= 0 && write(fd, &what, 1) == 1;
	if (fd >= 0)
		close(fd);
	return done;
}

static void drop_pages(const struct target *t)
{
	int fd = open_or_fail(t->big);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
}

static void drop_names(const struct target *t)
{
	(void)t;
	if (can_drop)
		drop('2');
}

static void drop_all(const struct target *t)
{
	(void)t;
	if (can_drop)
		drop('3');
}

static void keep(const struct target *t)
{
	(void)t;
}

/* ---- tasks ---- */

static void read_in_blocks(const struct target *t, size_t size)
{
	static char block[BLOCK];
	int fd = open_or_fail(t->big);
	ssize_t got;
	while ((got = read(fd, block, size)) > 0)
		;
	if (got < 0)
		fail(t->big);
	close(fd);
}

static void read_large(const struct target *t)
{
	read_in_blocks(t, BLOCK);
}

static void read_small(const struct target *t)
{
	read_in_blocks(t, 4096);
}

static void read_mapped(const struct target *t)
{
	struct stat st;
	int fd = open_or_fail(t->big);
	if (fstat(fd, &st) < 0)
		fail(t->big);
	volatile const char *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		fail(t->big);
	for (off_t at = 0; at < st.st_size; at += 4096)
		(void)map[at];
	munmap((void *)(uintptr_t)map, (size_t)st.st_size);
	close(fd);
}

#define WRITE_BLOCKS 64

static void write_large(const struct target *t)
{
	if (t->cannot_write)
		return;
	static char block[BLOCK];
	char path[600];
	snprintf(path, sizeof path, "%s/wr.dat", t->directory);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		fail(path);
	for (int i = 0; i < WRITE_BLOCKS; i++)
		if (write(fd, block, sizeof block) != (ssize_t)sizeof block)
			fail(path);
	close(fd);
}

static void unlink_written(const struct target *t)
{
	char path[600];
	snprintf(path, sizeof path, "%s/wr.dat", t->directory);
	unlink(path);
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

struct reader {
	const struct target *target;
	uint32_t state; /* of its random numbers: each reads elsewhere */
};

static void *read_at_random(void *of)
{
	struct reader *reader = of;
	char block[4096];
	struct stat st;
	int fd = open_or_fail(reader->target->big);
	if (fstat(fd, &st) < 0)
		fail(reader->target->big);
	uint32_t pages = (uint32_t)(st.st_size / 4096);
	for (int i = 0; i < RANDOM_READS; i++)
		if (pread(fd, block, sizeof block, (off_t)(next_random(&reader->state) % pages) * 4096) != sizeof block)
			fail(reader->target->big);
	close(fd);
	return NULL;
}

static void read_random(const struct target *t)
{
	read_at_random(&(struct reader){t, 1});
}

static void read_random_by_many(const struct target *t)
{
	pthread_t threads[READERS];
	struct reader readers[READERS];
	for (uint32_t i = 0; i < READERS; i++) {
		readers[i] = (struct reader){t, i + 1};
		if (pthread_create(&threads[i], NULL, read_at_random, &readers[i]) != 0)
			fail("thread");
	}
	for (int i = 0; i < READERS; i++)
		pthread_join(threads[i], NULL);
}

static void stat_all(const struct target *t)
{
	char path[600];
	struct stat st;
	for (int i = 0; i < files_count; i++) {
		snprintf(path, sizeof path, "%s/%05d", t->files, i);
		if (stat(path, &st) < 0)
			fail(path);
	}
}

static void stat_missing(const struct target *t)
{
	char path[600];
	struct stat st;
	for (int i = 0; i < files_count; i++) {
		snprintf(path, sizeof path, "%s/none-%05d", t->files, i);
		if (stat(path, &st) == 0)
			fail(path);
	}
}

static void list_names(const struct target *t, bool attributes)
{
	DIR *dir = opendir(t->files);
	struct stat st;
	int count = 0;
	if (!dir)
		fail(t->files);
	for (struct dirent *entry; (entry = readdir(dir)); count++)
		if (attributes && fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			fail(entry->d_name);
	closedir(dir);
	if (count < files_count)
		fail(t->files);
}

static void list(const struct target *t)
{
	list_names(t, false);
}

static void list_long(const struct target *t)
{
	list_names(t, true);
}

static void read_all(const struct target *t)
{
	char path[600], block[4096];
	for (int i = 0; i < files_count; i++) {
		snprintf(path, sizeof path, "%s/%05d", t->files, i);
		int fd = open_or_fail(path);
		if (read(fd, block, sizeof block) < 0)
			fail(path);
		close(fd);
	}
}

struct task {
	const char *name;
	const char *key; /* for -t */
	void (*before)(const struct target *t);
	void (*work)(const struct target *t);
	bool follows;	 /* done right behind the one before, on the same target: what has the kernel kept? */
	bool needs_drop;
	const char *unit;
	double scale; /* seconds to the unit; 0: MiB/s of the big file; -1: by the number of files */
	const char *goal; /* the ratio to come below, where no rule can touch the files */
};

static const struct task tasks[] = {
	{"sequential read, 1 MiB blocks, cold", "seq1m", drop_pages, read_large, false, false, "MiB/s", 0, "1.06"},
	{"sequential read, 1 MiB blocks, again", "seq1m", keep, read_large, true, false, "MiB/s", 0, "1.06"},
	{"sequential read, 4 KiB blocks, cold", "seq4k", drop_pages, read_small, false, false, "MiB/s", 0, "1.06"},
	{"sequential read, 4 KiB blocks, again", "seq4k", keep, read_small, true, false, "MiB/s", 0, "1.06"},
	{"mapped, touched page by page, cold", "mmap", drop_pages, read_mapped, false, false, "MiB/s", 0, "1.06"},
	{"random reads of 4 KiB, cold", "rand4k", drop_pages, read_random, false, false, "us each", 1e6 / RANDOM_READS, "1.2"},
	{"random reads of 4 KiB, 4 threads, cold", "rand4k", drop_pages, read_random_by_many, false, false, "us each",
	 1e6 / (READERS * RANDOM_READS), "-"},
	{"stat of each file, cold", "stat", drop_names, stat_all, false, true, "us each", -1, "12"},
	{"stat of each file, again", "stat", keep, stat_all, true, false, "us each", -1, "1.1"},
	{"stat of missing names, cold", "missing", drop_names, stat_missing, false, true, "us each", -1, "-"},
	{"stat of missing names, again", "missing", keep, stat_missing, true, false, "us each", -1, "1.1"},
	{"open+read+close of each file, cold", "open", drop_all, read_all, false, true, "us each", -1, "15"},
	{"open+read+close of each file, again", "open", keep, read_all, true, false, "us each", -1, "6"},
	{"list the names, cold", "ls", drop_all, list, false, true, "us each", -1, "0.5"},
	{"list names and attributes, cold", "lsl", drop_all, list_long, false, true, "us each", -1, "2.5"},
	{"write, 1 MiB blocks", "write", unlink_written, write_large, false, false, "us each", 1e6 / WRITE_BLOCKS, "1.5"},
	{"write over it, 1 MiB blocks", "write", keep, write_large, true, false, "us each", 1e6 / WRITE_BLOCKS, "1.5"},
};

#define TASKS ((int)(sizeof tasks / sizeof tasks[0]))

static double samples[TASKS][TARGETS_MAX][ROUNDS_MAX];

/* ---- rounds ---- */

static void shuffle(int *order, int count, uint32_t *state)
{
	for (int i = 0; i < count; i++)
		order[i] = i;
	for (int i = count - 1; i > 0; i--) {
		int j = (int)(next_random(state) % (uint32_t)(i + 1)), kept = order[i];
		order[i] = order[j];
		order[j] = kept;
	}
}

static void measure(int task, int target, int round)
{
	tasks[task].before(&targets[target]);
	double started = now();
	tasks[task].work(&targets[target]);
	samples[task][target][round] = now() - started;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof *values, ascending);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static bool is_chosen(const struct task *task)
{
	const char *at = chosen ? strstr(chosen, task->key) : NULL;
	size_t length = strlen(task->key);
	for (; at && ((at > chosen && at[-1] != ',') || (at[length] && at[length] != ',')); at = strstr(at + 1, task->key))
		;
	return !chosen || at;
}

static double in_unit(const struct task *task, double seconds, double megabytes)
{
	if (task->scale == 0)
		return megabytes / seconds;
	return seconds * (task->scale < 0 ? 1e6 / files_count : task->scale);
}

static void print(double megabytes)
{
	printf("%-38s %15s %5s", "time as a ratio to", targets[0].name, "goal");
	for (int t = 1; t < targets_count; t++)
		printf(" %12s", targets[t].name);
	putchar('\n');
	for (int i = 0; i < TASKS; i++) {
		if (!is_chosen(&tasks[i]))
			continue;
		double first = median(samples[i][0], rounds);
		printf("%-38s %6.4g %-8s %5s", tasks[i].name, in_unit(&tasks[i], first, megabytes), tasks[i].unit, tasks[i].goal);
		for (int t = 1; t < targets_count; t++)
			if (targets[t].cannot_write && !strcmp(tasks[i].key, "write"))
				printf(" %12s", "-");
			else
				printf(" %11.2fx", median(samples[i][t], rounds) / first);
		printf("%s\n", tasks[i].needs_drop && !can_drop ? "  (no right to drop caches: warm)" : "");
	}
}

static void add_target(char *text)
{
	char *equals = strchr(text, '=');
	if (!equals || targets_count == TARGETS_MAX)
		fail(text);
	*equals = '\0';
	struct target *t = &targets[targets_count++];
	*t = (struct target){.name = text, .directory = equals + 1};
	snprintf(t->big, sizeof t->big, "%s/big.dat", t->directory);
	snprintf(t->files, sizeof t->files, "%s/files", t->directory);
	t->cannot_write = access(t->directory, W_OK) < 0 && errno == EROFS;
}

static void count_files(const struct target *t)
{
	DIR *dir = opendir(t->files);
	if (!dir)
		fail(t->files);
	for (struct dirent *entry; (entry = readdir(dir));)
		files_count += entry->d_name[0] != '.';
	closedir(dir);
}

int main(int argc, char **argv)
{
	uint32_t state = 7;
	struct stat st;
	for (int option; (option = getopt(argc, argv, "r:t:")) != -1;)
		if (option == 't')
			chosen = optarg;
		else
			rounds = option == 'r' ? atoi(optarg) : 0;
	for (int i = optind; i < argc; i++)
		add_target(argv[i]);
	if (rounds < 1 || rounds > ROUNDS_MAX || targets_count < 2) {
		fputs("usage: fsratio [-r ROUNDS] [-t TASK,...] NAME=DIR NAME=DIR...\n", stderr);
		return 2;
	}
	if (stat(targets[0].big, &st) < 0)
		fail(targets[0].big);
	count_files(&targets[0]);
	can_drop = drop('1');
	for (int round = 0; round < rounds; round++)
		for (int task = 0; task < TASKS; task++) {
			int order[TARGETS_MAX];
			shuffle(order, targets_count, &state);
			if (!is_chosen(&tasks[task]))
				continue;
			for (int i = 0; i < targets_count && !tasks[task].follows; i++) {
				measure(task, order[i], round);
				if (task + 1 < TASKS && tasks[task + 1].follows)
					measure(task + 1, order[i], round);
			}
		}
	for (int t = 0; t < targets_count; t++)
		unlink_written(&targets[t]);
	print((double)st.st_size / (1 << 20));
	return 0;
}
