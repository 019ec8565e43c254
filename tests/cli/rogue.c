/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A program under test with the manners that a shell script cannot have. Includes nothing of ours.
 *
 *     rogue copy MS IN OUT      copies each file, MS milliseconds apart; honest about errors, exit status 1 after any
 *     rogue deaf MS IN OUT      the same, ignores every signal that can be ignored, and asks again after EINTR
 *     rogue forks MS IN OUT     the same, by four children
 *     rogue mute MS IN OUT      the same, after closing all descriptors there are
 *     rogue daemon MS IN OUT    copies, then leaves a daemon (a session of its own, no descriptor) for MS milliseconds
 *     rogue children N IN OUT   copies, then leaves N children that wait for ever
 *     rogue relay MS IN OUT     copies, then leaves a process that forks and exits again and again, for MS milliseconds
 *     rogue exec MS IN OUT      becomes rogue copy */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHILDREN 4

static const char *manner, *in, *out;
static int number;

static bool is(const char *name)
{
	return strcmp(manner, name) == 0;
}

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void rest(int ms)
{
	for (int64_t until = now_ms() + ms; now_ms() < until;)
		poll(NULL, 0, (int)(until - now_ms()));
}

/* ---- copying ---- */

static int copy_bytes(int from, int to)
{
	char bytes[1500];
	for (;;) {
		ssize_t got = read(from, bytes, sizeof bytes);
		if (got < 0 && errno == EINTR && is("deaf"))
			continue;
		if (got <= 0)
			return got < 0 ? -errno : 0;
		if (write(to, bytes, (size_t)got) != got)
			return -errno;
	}
}

static int copy_file(const char *name)
{
	char path[600], target[600], temp[620];
	snprintf(path, sizeof path, "%s/%s", in, name);
	snprintf(target, sizeof target, "%s/%s", out, name);
	snprintf(temp, sizeof temp, "%s.%d.tmp", target, (int)getpid());
	int from = open(path, O_RDONLY | O_CLOEXEC);
	if (from < 0)
		return -errno;
	int to = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int rc = to < 0 ? -errno : copy_bytes(from, to);
	close(from);
	if (to >= 0 && close(to) < 0 && !rc)
		rc = -errno;
	if (!rc && rename(temp, target) < 0)
		rc = -errno;
	if (rc)
		unlink(temp);
	return rc;
}

static int is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Every `step`th file from the `first` on. Returns an exit status. */
static int copy_all(int first, int step, int ms)
{
	struct dirent **entries;
	int count = scandir(in, &entries, is_file, alphasort), status = 0;
	if (count < 0) {
		fprintf(stderr, "rogue: %s: %s\n", in, strerror(errno));
		return 1;
	}
	for (int i = 0; i < count; i++) {
		int rc = i % step == first ? copy_file(entries[i]->d_name) : 0;
		if (rc) {
			fprintf(stderr, "rogue: %s: %s\n", entries[i]->d_name, strerror(-rc));
			status = 1;
		}
		free(entries[i]);
		rest(ms);
	}
	free(entries);
	return status;
}

/* ---- manners ---- */

static int by_children(void)
{
	int all = 0;
	for (int i = 0; i < CHILDREN; i++)
		if (fork() == 0)
			_exit(copy_all(i, CHILDREN, number));
	for (int status; wait(&status) > 0;)
		all |= WIFEXITED(status) ? WEXITSTATUS(status) : 1;
	return all;
}

static void let_go(void)
{
	setsid();
	for (int fd = 0; fd < 256; fd++)
		close(fd);
}

static void leave_daemon(void)
{
	if (fork() != 0)
		return;
	let_go();
	if (fork() != 0)
		_exit(0);
	rest(number);
	_exit(0);
}

static void leave_children(void)
{
	for (int i = 0; i < number; i++)
		if (fork() == 0) {
			let_go();
			for (;;)
				pause();
		}
}

/* Whoever is looked at has gone already. */
static void leave_relay(void)
{
	int64_t until = now_ms() + number;
	if (fork() != 0)
		return;
	let_go();
	while (now_ms() < until)
		if (fork() != 0)
			_exit(0);
	_exit(0);
}

static void go_deaf(void)
{
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
	manner = argv[1];
	number = atoi(argv[2]);
	in = argv[3];
	out = argv[4];
	if (is("exec")) {
		char *other[] = {argv[0], (char[]){"copy"}, argv[2], argv[3], argv[4], NULL};
		execv(argv[0], other);
		return 2;
	}
	if (is("deaf"))
		go_deaf();
	if (is("mute"))
		let_go();
	if (is("forks"))
		return by_children();
	bool copies = is("copy") || is("deaf") || is("mute");
	int status = copy_all(0, 1, copies ? number : 0);
	if (is("daemon"))
		leave_daemon();
	if (is("children"))
		leave_children();
	if (is("relay"))
		leave_relay();
	return status;
}
