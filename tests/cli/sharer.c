/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A program that is hard to copy while it runs: sharer WHAT IN OUT [...]. It allocates all the time, and gives up, with a word and nothing left
 * behind, when it gets nothing; meanwhile it holds what a copy would share with it. Each WHAT is a word of the table at the end. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static char in[4096], out[4096], half[4200];
static int spoils;

static void check(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "sharer: %s: %s\n", what, strerror(errno));
	unlink(half);
	unlink(out);
	if (spoils)
		close(open("spoilt", O_WRONLY | O_CREAT, 0644));
	exit(1);
}

static void allocate(void)
{
	for (size_t i = 0; i < 12; i++) {
		void *volatile some = malloc(100 + i);
		check(some != NULL, "no memory");
		free(some);
	}
}

static void put(int fd, const char *text)
{
	check(write(fd, text, strlen(text)) == (ssize_t)strlen(text), "cannot be written");
}

static int make(const char *path, int more)
{
	int fd = open(path, O_RDWR | O_CREAT | more, 0644);
	check(fd >= 0, path);
	return fd;
}

static void result(void)
{
	int fd = make(out, O_TRUNC);
	allocate();
	put(fd, "the result\n");
	check(close(fd) == 0, out);
}

/* ---- files ---- */

static void plain(void)
{
	allocate();
	result();
}

static void rewinds(void)
{
	int fd = make(half, O_TRUNC);
	put(fd, "????????, and the rest\n");
	allocate();
	check(lseek(fd, 0, SEEK_SET) == 0, half);
	put(fd, "the head");
	allocate();
	check(close(fd) == 0 && rename(half, out) == 0, out);
	allocate();
}

static void appends(void)
{
	int fd = make(out, O_APPEND);
	for (int i = 0; i < 3; i++) {
		put(fd, "a line\n");
		allocate();
	}
}

static void unflushed(void)
{
	FILE *file = fopen(out, "w");
	check(file != NULL, out);
	for (int i = 0; i < 3; i++) {
		printf("line %d\n", i);
		fprintf(file, "line %d of the result\n", i);
		allocate();
	}
	check(fclose(file) == 0, out);
}

static void reads(void)
{
	char text[4];
	int fd = open(in, O_RDONLY), same = dup(fd), result_fd = make(out, O_TRUNC);
	for (int i = 0; i < 4; i++) {
		ssize_t got = read(i % 2 ? same : fd, text, sizeof text);
		check(got >= 0 && write(result_fd, text, (size_t)got) == got, in);
		allocate();
	}
}

static void says_twice(void)
{
	int same = dup(STDOUT_FILENO);
	for (int i = 0; i < 2; i++) {
		put(STDOUT_FILENO, "one\n");
		allocate();
		put(same, "two\n");
		allocate();
	}
}

static void in_its_folder(void)
{
	char *slash = strrchr(out, '/');
	*slash = '\0';
	check(chdir(out) == 0, out);
	*slash = '/';
	allocate();
	int fd = make("part", O_TRUNC);
	snprintf(half, sizeof half, "part");
	allocate();
	put(fd, "the result\n");
	check(close(fd) == 0 && rename("part", out) == 0, out);
	allocate();
}

static void by_its_number(void)
{
	char path[300];
	snprintf(path, sizeof path, "%s/sharer.%d", getenv("TMPDIR"), (int)getpid());
	snprintf(half, sizeof half, "%s", path);
	int fd = make(path, O_EXCL);
	allocate();
	snprintf(half, sizeof half, "%s/sharer.%d", getenv("TMPDIR"), (int)getpid());
	check(close(fd) == 0 && unlink(half) == 0, half);
	result();
}

static void deleted(void)
{
	FILE *file = tmpfile();
	check(file != NULL, "tmpfile");
	result();
	fclose(file);
	allocate();
}

/* ---- locks ---- */

static void locks(void)
{
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
	int fd = open(in, O_RDONLY);
	check(fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0, in);
	result();
	check(fcntl(fd, F_SETLK, &lock) == 0, in);
	close(fd);
	allocate();
}

static void flocks(void)
{
	int fd = open(in, O_RDONLY);
	check(fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0, in);
	result();
	close(fd);
	allocate();
}

static void locks_its_own(void)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = make(out, O_TRUNC);
	check(fcntl(fd, F_SETLK, &lock) == 0, out);
	allocate();
	put(fd, "the result\n");
	lock.l_type = F_UNLCK;
	check(fcntl(fd, F_SETLK, &lock) == 0, out);
	allocate();
}

/* ---- processes, memory, time ---- */

static void *sleeps(void *ends)
{
	char byte;
	(void)!read(*(int *)ends, &byte, 1);
	return NULL;
}

static void threads(void)
{
	int ends[2];
	pthread_t thread = 0;
	check(pipe(ends) == 0 && pthread_create(&thread, NULL, sleeps, ends) == 0, "a thread");
	allocate();
	close(ends[1]);
	pthread_join(thread, NULL);
	close(ends[0]);
	result();
}

static void children(void)
{
	int ends[2];
	check(pipe(ends) == 0, "a pipe");
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[1]);
		sleeps(ends);
		_exit(0);
	}
	close(ends[0]);
	allocate();
	close(ends[1]);
	check(waitpid(pid, NULL, 0) == pid, "a child");
	result();
	/* Nobody else may be there to be waited for. */
	check(waitpid(-1, NULL, __WALL) == -1 && errno == ECHILD, "an unknown child");
	allocate();
}

static void shares(void)
{
	int *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(memory != MAP_FAILED, "memory");
	for (int i = 0; i < 2; i++) {
		check(memory[0]++ == i, "somebody else has counted");
		allocate();
	}
	munmap(memory, 4096);
	result();
}

static void on_time(void)
{
	struct itimerval timer = {.it_value.tv_sec = 100}, never = {0};
	setitimer(ITIMER_REAL, &timer, NULL);
	allocate();
	setitimer(ITIMER_REAL, &never, NULL);
	result();
}

/* What stands where nobody looks for it: a copy that gives up leaves it to the program. */
static void elsewhere(void)
{
	unlink("spoilt");
	spoils = 1;
	allocate();
	allocate();
	if (access("spoilt", F_OK) < 0)
		result();
	else
		put(make(out, O_TRUNC), "another result\n");
}

static const struct {
	const char *word;
	void (*act)(void);
} acts[] = {
	{"plain", plain},	  {"rewinds", rewinds},	      {"appends", appends},   {"unflushed", unflushed}, {"reads", reads},
	{"says-twice", says_twice}, {"folder", in_its_folder}, {"number", by_its_number}, {"deleted", deleted},	{"locks", locks},
	{"flocks", flocks},	  {"locks-own", locks_its_own}, {"threads", threads}, {"children", children},	{"shares", shares},
	{"on-time", on_time},	  {"elsewhere", elsewhere},
};

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	snprintf(in, sizeof in, "%s", argv[2]);
	snprintf(out, sizeof out, "%s", argv[3]);
	snprintf(half, sizeof half, "%s.half", out);
	for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++)
		if (strcmp(acts[i].word, argv[1]) == 0) {
			acts[i].act();
			return 0;
		}
	return 2;
}
