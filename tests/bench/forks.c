/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* forks SHIM PAGE EVERY COMMAND...: what everybody does who makes each allocation fail: one process after the other, with a limit of time, in
 * no world at all. PAGE is the file that the shim is given; of the allocations of the first process every n-th is made to fail. Prints how
 * many allocations there are, and the seconds that all of them would take; what hung (beyond a second) counts as the others do. */
#include "faults/alloc/schedule.h"

#include "base/clock.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_MS 1000

/* True: it ended in time. */
static bool run(char **command, const char *shim, const char *page)
{
	pid_t pid = fork();
	if (pid == 0) {
		int null_fd = open("/dev/null", O_RDWR);
		for (int fd = 0; fd < 3; fd++)
			dup2(null_fd, fd);
		setenv(ALLOC_PAGE_ENV, page, 1);
		setenv(ALLOC_MAP_ENV, "", 1);
		setenv("LD_PRELOAD", shim, 1);
		execvp(command[0], command);
		_exit(127);
	}
	int pidfd = pidfd_open(pid, 0);
	struct pollfd end = {.fd = pidfd, .events = POLLIN};
	bool ended = poll(&end, 1, LIMIT_MS) == 1;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(pidfd);
	return ended;
}

/* The ordinal that fails; 0: none. Returns how many allocations the first process made. */
static uint64_t point(char **argv, uint64_t ordinal, bool *ended)
{
	struct alloc_rule rule = {.nth = {1, UINT64_MAX, 1}, .ordinal = {ordinal, ordinal, 1}, .size = {0, UINT64_MAX}, .times = 1, .probability = 1,
				  .name = (char[]){"point"}};
	struct schedule_outcome *outcome = calloc(1, sizeof *outcome);
	struct err err = {0};
	unlink(argv[2]);
	if (schedule_make(argv[2], 0, &rule, ordinal != 0, &err) < 0) {
		fprintf(stderr, "forks: %s\n", err.text);
		exit(1);
	}
	*ended = run(argv + 4, argv[1], argv[2]);
	uint64_t count = outcome && schedule_read(argv[2], outcome, &err) == 0 ? outcome->programs[0].allocations : 0;
	free(outcome);
	return count;
}

int main(int argc, char **argv)
{
	bool ended;
	if (argc < 5)
		return 2;
	uint64_t count = point(argv, 0, &ended), every = strtoull(argv[3], NULL, 10), done = 0;
	int64_t took = 0;
	for (uint64_t n = 1; n <= count; n += every ? every : 1) {
		int64_t began = clock_now_ns();
		point(argv, n, &ended);
		if (ended)
			took += clock_now_ns() - began;
		done += ended;
	}
	printf("%llu %.3f\n", (unsigned long long)count, done ? (double)took / NS_PER_S * (double)count / (double)done : 0);
	return 0;
}
