/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Compares where a crash does no harm. */
#include "harness/inspect_child.h"

#include "base/clock.h"
#include "base/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

struct answer {
	bool equal;
	char said[COMPARE_SAID_MAX];
};

_Noreturn static void compare(const struct compare_rule *rule, struct compare_bytes clean, struct compare_bytes second,
			      struct compare_bytes now, int to)
{
	struct answer answer = {0};
	static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
	const struct rlimit none = {0};
	for (size_t i = 0; i < COUNT_OF(crashes); i++)
		signal(crashes[i], SIG_DFL); /* whatever this program made of them */
	setrlimit(RLIMIT_CORE, &none);
	answer.equal = compare_content(rule, clean, second, now, answer.said);
	_exit(write(to, &answer, sizeof answer) != sizeof answer);
}

int inspect_in_child(const struct compare_rule *rule, struct compare_bytes clean, struct compare_bytes second, struct compare_bytes now,
		     int64_t until_ns, char said[COMPARE_SAID_MAX])
{
	int ends[2], status = 0;
	struct answer answer;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	SCOPED_FD int from = ends[0], to = ends[1];
	pid_t pid = fork();
	if (pid == 0)
		compare(rule, clean, second, now, to);
	if (pid < 0)
		return -errno;
	close(take_fd(&to));
	struct pollfd waiting = {.fd = from, .events = POLLIN};
	bool told = poll(&waiting, 1, clock_until_ms(until_ns)) == 1;
	bool answered = told && read(from, &answer, sizeof answer) == sizeof answer;
	if (!answered)
		kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	if (answered)
		memcpy(said, answer.said, COMPARE_SAID_MAX);
	else
		snprintf(said, COMPARE_SAID_MAX, told ? "comparing it came to a bad end" : "comparing it took too long");
	return answered && answer.equal;
}
