/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* poke: many calls: timed, interrupted, repeated, by many threads, at random. */
#include "poke.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

/* ---- time and signals ---- */

/* Say what the call returned, and whether it took as long as it should. */
static void do_took(char **a)
{
	if (!a[0] || !a[1])
		poke_usage("took wants: MIN_MS MAX_MS CALL...");
	int64_t least = poke_number_of(a[0]), most = poke_number_of(a[1]), start = poke_now_ms();
	poke_run(a + 2);
	int64_t took = poke_now_ms() - start;
	if (took >= least && took <= most)
		poke_say("in-time");
	else
		poke_say("after-%lldms", (long long)took);
}

static void on_alarm(int number)
{
	(void)number;
}

/* A signal with a handler, and without SA_RESTART, arrives meanwhile; and again after as long, lest it came too early. */
static void do_interrupted(char **a)
{
	if (!a[0])
		poke_usage("interrupted wants: MS CALL...");
	int64_t ms = poke_number_of(a[0]);
	const struct timeval time = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
	const struct itimerval timer = {.it_value = time, .it_interval = time};
	const struct sigaction action = {.sa_handler = on_alarm};
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	poke_run(a + 1);
	setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
}

static void do_repeat(char **a)
{
	if (!a[0])
		poke_usage("repeat wants: TIMES CALL...");
	for (int64_t left = poke_number_of(a[0]); left > 0; left--)
		poke_run(a + 1);
}

/* What it says goes to stderr, so that it does not stand among the results. */
static void do_run(char **a)
{
	char command[4096];
	snprintf(command, sizeof command, "exec >&2; %s", a[0]);
	fflush(stdout);
	int status = system(command);
	poke_say("%d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

/* Stay until killed; FILE is made first, as a sign to whoever waits for it. What was said comes out first. */
static void do_hold(char **a)
{
	putchar('\n');
	fflush(stdout);
	close(open(a[0], O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	for (;;)
		pause();
}

/* ---- threads ---- */

#define THREADS_MAX 1000

static void run_threads(int64_t count, void *(*work)(void *), void *with)
{
	pthread_t threads[THREADS_MAX];
	pthread_attr_t small;
	if (count < 1 || count > THREADS_MAX)
		poke_usage("from 1 to %d threads", THREADS_MAX);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 256 * 1024);
	for (int64_t i = 0; i < count; i++)
		if (pthread_create(&threads[i], &small, work, with) != 0)
			poke_usage("no %lld threads", (long long)count);
	for (int64_t i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	pthread_attr_destroy(&small);
}

struct crowd {
	int fd;
	int served;
};

static void *read_once(void *with)
{
	struct crowd *crowd = with;
	char bytes[512];
	if (pread(crowd->fd, bytes, sizeof bytes, 0) >= 0)
		__atomic_add_fetch(&crowd->served, 1, __ATOMIC_RELAXED);
	return NULL;
}

/* So many threads read the start of one file at once: how many were served. */
static void do_crowd(char **a)
{
	struct crowd crowd = {.fd = poke_fd(a[1], O_RDONLY)};
	if (crowd.fd < 0) {
		poke_ok(-1);
		return;
	}
	run_threads(poke_number_of(a[0]), read_once, &crowd);
	poke_say("%d", crowd.served);
	poke_done(a[1], crowd.fd);
}

struct sharing {
	char **files;
	size_t block;
	int next, failed;
};

static void read_blocks(struct sharing *s, const char *path)
{
	char *bytes = malloc(s->block);
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (!bytes || fd < 0 || fstat(fd, &st) < 0) {
		__atomic_add_fetch(&s->failed, 1, __ATOMIC_RELAXED);
		st.st_size = 0;
	}
	for (off_t at = 0; at < st.st_size; at += (off_t)s->block)
		if (pread(fd, bytes, s->block, at) < 0)
			__atomic_add_fetch(&s->failed, 1, __ATOMIC_RELAXED);
	if (fd >= 0)
		close(fd);
	free(bytes);
}

static void *read_files(void *with)
{
	struct sharing *s = with;
	for (;;) {
		int mine = __atomic_fetch_add(&s->next, 1, __ATOMIC_RELAXED);
		for (int i = 0; i <= mine; i++)
			if (!s->files[i])
				return NULL;
		read_blocks(s, s->files[mine]);
	}
}

/* So many threads share the work of reading all files in blocks, whatever errors come: how many calls failed. */
static void do_share(char **a)
{
	if (!a[0] || !a[1])
		poke_usage("share wants: THREADS BLOCK FILE...");
	struct sharing sharing = {.files = a + 2, .block = (size_t)poke_number_of(a[1])};
	run_threads(poke_number_of(a[0]), read_files, &sharing);
	poke_say("%d", sharing.failed);
}

/* ---- many files ---- */

/* Open PREFIX0, PREFIX1, ... and keep them: how many, and why no more. */
static void do_openmany(char **a)
{
	char path[4096];
	int64_t wanted = poke_number_of(a[1]), done = 0;
	int flags = poke_flags_of(a[2]);
	for (int fd; done < wanted; done++) {
		snprintf(path, sizeof path, "%s%lld", a[0], (long long)done);
		if ((fd = open(path, flags, 0644)) < 0)
			break;
		poke_keep(fd);
	}
	poke_say("%lld", (long long)done);
	if (done < wanted)
		poke_ok(-1);
}

/* Read the first bytes of all that is open: how many could be. */
static void do_readall(char **a)
{
	char at[24], bytes[16];
	int64_t count = poke_number_of(a[0]), good = 0;
	for (int64_t i = 1; i <= count; i++) {
		snprintf(at, sizeof at, "@%lld", (long long)i);
		good += pread(poke_fd(at, 0), bytes, sizeof bytes, 0) >= 0;
	}
	poke_say("%lld", (long long)good);
}

/* Files PREFIX0 ... each with its own name as content. */
static void do_makemany(char **a)
{
	char path[4096];
	int64_t wanted = poke_number_of(a[1]);
	for (int64_t i = 0; i < wanted; i++) {
		int length = snprintf(path, sizeof path, "%s%lld", a[0], (long long)i);
		int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		if (fd < 0 || write(fd, path, (size_t)length) != length || close(fd) < 0) {
			poke_say("%lld %s", (long long)i, poke_errname(errno));
			return;
		}
	}
	poke_say("%lld", (long long)wanted);
}

/* ---- listings that change meanwhile ---- */

#define STABLE 100

struct churn {
	const char *dir;
	int64_t until_ms;
	bool done;
};

/* Make and remove files that come and go, until told to stop. */
static void *come_and_go(void *with)
{
	struct churn *churn = with;
	char path[4096];
	for (unsigned i = 0; !__atomic_load_n(&churn->done, __ATOMIC_RELAXED); i++) {
		snprintf(path, sizeof path, "%s/t%u", churn->dir, i % 400);
		if (unlink(path) < 0)
			close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	}
	return NULL;
}

/* Is each of the files that stay there exactly once? */
static bool list_is_whole(const char *path)
{
	int seen[STABLE] = {0}, number;
	DIR *dir = opendir(path);
	for (struct dirent *entry; dir && (entry = readdir(dir));)
		if (sscanf(entry->d_name, "s%d", &number) == 1 && number >= 0 && number < STABLE)
			seen[number]++;
	if (dir)
		closedir(dir);
	for (int i = 0; i < STABLE; i++)
		if (seen[i] != 1)
			return false;
	return true;
}

static void do_churn(char **a)
{
	struct churn churn = {.dir = a[0], .until_ms = poke_now_ms() + poke_number_of(a[1])};
	pthread_t thread;
	int listings = 0, bad = 0;
	if (pthread_create(&thread, NULL, come_and_go, &churn) != 0)
		poke_usage("no thread");
	for (; poke_now_ms() < churn.until_ms; listings++)
		bad += !list_is_whole(a[0]);
	__atomic_store_n(&churn.done, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	poke_say("%s %d", listings > 2 ? "many" : "few", bad);
}

/* ---- everything at once ---- */

static uint64_t dice_state;

static unsigned dice(unsigned sides)
{
	dice_state += UINT64_C(0x9e3779b97f4a7c15);
	uint64_t x = dice_state;
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	return (unsigned)((x ^ x >> 27) >> 33) % sides;
}

static const char *some_name(const char *dir, char path[4096])
{
	unsigned where = dice(3);
	int used = snprintf(path, 4096, "%s", dir);
	for (unsigned i = 0; i < where; i++)
		used += snprintf(path + used, 4096 - (size_t)used, "/d%u", dice(3));
	snprintf(path + used, 4096 - (size_t)used, "/%c%u", dice(4) ? 'f' : 'd', dice(8));
	return path;
}

static void use_file(const char *path)
{
	char bytes[20000] = "";
	int fd = open(path, O_RDWR | (dice(2) ? O_CREAT : 0) | (dice(4) ? 0 : O_TRUNC) | O_CLOEXEC, 0644);
	for (unsigned left = dice(6); fd >= 0 && left; left--) {
		off_t at = (off_t)dice(100000);
		ssize_t done = 0;
		switch (dice(5)) {
		case 0:
			done = fsync(fd);
			break;
		case 1:
			done = ftruncate(fd, at);
			break;
		case 2:
			done = fallocate(fd, 0, at, 1 + (off_t)dice(5000));
			break;
		case 3:
			done = pread(fd, bytes, dice(sizeof bytes), at);
			break;
		default:
			done = pwrite(fd, bytes, dice(sizeof bytes), at);
		}
		if (done < 0 && dice(4) == 0)
			break;
	}
	if (fd >= 0)
		close(fd);
}

static void use_directory(const char *path)
{
	DIR *dir = opendir(path);
	struct stat st;
	char name[4400];
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
		if (dice(3) == 0)
			(void)!lstat(name, &st);
	}
	if (dir)
		closedir(dir);
}

static void use_names(const char *one, const char *other)
{
	char target[256];
	(void)!renameat2(AT_FDCWD, one, AT_FDCWD, other, dice(4) ? 0 : 1 + dice(2));
	if (dice(3) == 0)
		(void)!link(one, other);
	if (dice(3) == 0)
		(void)!symlink("f1", other);
	(void)!readlink(other, target, sizeof target);
}

/* For so long, do what comes. Errors are what it is about; a signal every 20 ms frees it from interruptible hangs. */
static void do_hammer(char **a)
{
	char one[4096], other[4096];
	int64_t until = poke_now_ms() + poke_number_of(a[1]), calls = 0;
	const struct timeval often = {.tv_usec = 20000};
	const struct sigaction action = {.sa_handler = on_alarm};
	dice_state = (uint64_t)poke_number_of(a[2]);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &(struct itimerval){often, often}, NULL);
	for (; poke_now_ms() < until; calls++) {
		some_name(a[0], one);
		some_name(a[0], other);
		switch (dice(8)) {
		case 0:
			(void)!unlink(one);
			break;
		case 1:
			(void)!mkdir(one, 0755);
			break;
		case 2:
			(void)!rmdir(one);
			break;
		case 3:
			use_names(one, other);
			break;
		case 4:
			use_directory(dice(2) ? one : a[0]);
			break;
		default:
			use_file(one);
		}
	}
	setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
	poke_say("%s", calls > 10 ? "busy" : "idle");
}

const struct poke_call poke_many_calls[] = {
	{"took", -1, "MIN_MS MAX_MS CALL...", do_took},
	{"interrupted", -1, "MS CALL...", do_interrupted},
	{"repeat", -1, "TIMES CALL...", do_repeat},
	{"run", 1, "COMMAND (of sh; its exit status)", do_run},
	{"hold", 1, "FILE (made when all before is done; ends when killed)", do_hold},
	{"crowd", 2, "THREADS FILE", do_crowd},
	{"share", -1, "THREADS BLOCK FILE...", do_share},
	{"openmany", 3, "PREFIX COUNT FLAGS", do_openmany},
	{"readall", 1, "COUNT", do_readall},
	{"makemany", 2, "PREFIX COUNT", do_makemany},
	{"churn", 2, "DIR MS (with files s0 to s99 in it)", do_churn},
	{"hammer", 3, "DIR MS SEED", do_hammer},
	{0},
};
