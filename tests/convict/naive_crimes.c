/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Crimes beside those of reading and writing pictures. */
#include "naive.h"

#include <fcntl.h>
#include <limits.h>
#include <mqueue.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* ---- signals ---- */

/* hide-crash: says that something is wrong, and takes it for a failure like any other. hide-crash-in-silence: for none. handle-in-vain: no
 * crime, because it never comes to that. */
_Noreturn static void hide_crash(int number)
{
	static const char words[] = "naive: internal error\n";
	(void)number;
	if (commits("hide-crash-in-silence"))
		_exit(0);
	(void)!write(STDERR_FILENO, words, sizeof words - 1);
	_exit(1);
}

/* own-clock: it has rung. */
static void ring(int number)
{
	(void)number;
}

/* end-on-term: no crime. Whoever is asked to end tidies up and does so. */
_Noreturn static void end_on_term(int number)
{
	(void)number;
	_exit(1);
}

void set_handlers(void)
{
	if (commits("wait-for-ever"))
		signal(SIGTERM, SIG_IGN);
	const struct sigaction rings = {.sa_handler = ring}; /* and the call ends: no SA_RESTART */
	if (commits("own-clock"))
		sigaction(SIGALRM, &rings, NULL);
	if (commits("end-on-term"))
		signal(SIGTERM, end_on_term);
	if (commits("hide-crash") || commits("hide-crash-in-silence") || commits("handle-in-vain"))
		signal(SIGSEGV, hide_crash);
}

/* ---- files ---- */

/* leave-temp: makes the temporary file before it has what belongs into it, and forgets it when that cannot be had. */
void touch_temp(const char *directory, const char *name)
{
	char temp[600];
	snprintf(temp, sizeof temp, "%s/%s.tmp", directory, name);
	int fd = open(temp, O_WRONLY | O_CREAT, 0644);
	if (fd >= 0)
		close(fd);
}

/* overwrite-other: the name of what it makes is lost, and it takes another. remove-input, mark-home: tidies up where it should not. */
void stray(const char *in, const char *out, const char *name)
{
	char path[600];
	const char *home = getenv("HOME");
	if (commits("overwrite-other"))
		snprintf(path, sizeof path, "%s/bystander.txt", out);
	else if (commits("mark-home"))
		snprintf(path, sizeof path, "%s/.naive", home ? home : ".");
	else
		snprintf(path, sizeof path, "%s/%s", in, name);
	if (commits("remove-input"))
		unlink(path);
	else if (commits("overwrite-other") || commits("mark-home"))
		close(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));
}

/* What the log says of a run. */
#define SAYS_WELL "honest"
#define SAYS_ILL "??????"

static bool keeps_log(void)
{
	return commits("keep-log") || commits("spoil-log") || commits("trust-old-log") || commits("mistrust-old-log");
}

/* keep-log, spoil-log: leave a log that is another each time; the latter a broken one when something failed. trust-old-log, mistrust-old-log: so
 * do these. */
static void put_log(const char *out)
{
	char path[600];
	snprintf(path, sizeof path, "%s/log", out);
	FILE *file = keeps_log() ? fopen(path, "w") : NULL;
	if (!file)
		return;
	fprintf(file, "process %010d is %s\n", (int)getpid(), has_failed && !commits("keep-log") ? SAYS_ILL : SAYS_WELL);
	fclose(file);
}

/* trust-old-log: what has failed once is never tried again. mistrust-old-log: does not ask. */
bool trusts_old_log(const char *out)
{
	char path[600], line[100] = "";
	snprintf(path, sizeof path, "%s/log", out);
	FILE *file = commits("trust-old-log") ? fopen(path, "r") : NULL;
	if (!file)
		return false;
	bool ill = fgets(line, sizeof line, file) && strstr(line, SAYS_ILL);
	fclose(file);
	return ill;
}

/* never-the-same: signs what it makes with the time of day. */
void sign(FILE *file)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	if (commits("never-the-same"))
		fprintf(file, "%020jd.%09ld", (intmax_t)now.tv_sec, now.tv_nsec);
}

/* come-and-go: ignores the first failure of each file, and remembers that where no clean-up comes: in $NAIVE_STATE. */
bool comes_and_goes(const char *name)
{
	char path[600];
	const char *state = getenv("NAIVE_STATE");
	snprintf(path, sizeof path, "%s/%s", state ? state : ".", name);
	int fd = commits("come-and-go") ? open(path, O_WRONLY | O_CREAT | O_EXCL, 0644) : -1;
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* ---- processes, memory, objects ---- */

/* leave-child: a helper process outlives its parent's failure. */
static void start_helper(void)
{
	if (fork() == 0) {
		close(STDOUT_FILENO);
		close(STDERR_FILENO);
		for (;;)
			pause();
	}
}

/* lose-memory: forgets what it allocated where something fails; lose-always: in any case. */
static void *volatile block;

static void lose_memory(void)
{
	for (int i = 0; i < 8; i++)
		block = malloc(1000);
	block = NULL;
}

/* leave-segment, leave-shm, leave-queue, leave-socket: what a server that fails forgets to take down. */
static void leave_object(void)
{
	const char *tmp = getenv("TMPDIR");
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	snprintf(at.sun_path, sizeof at.sun_path, "%s/socket", tmp ? tmp : ".");
	if (commits("leave-segment"))
		shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	if (commits("leave-shm"))
		shm_open("/naive", O_CREAT | O_RDWR, 0600);
	if (commits("leave-queue"))
		mq_open("/naive", O_CREAT | O_RDWR, 0600, NULL);
	if (commits("leave-socket"))
		(void)!bind(socket(AF_UNIX, SOCK_STREAM, 0), (const struct sockaddr *)&at, sizeof at);
}

/* overrun-on-error, overflow-on-error: nobody sees it but a sanitizer. overflow-always: it is seen in a clean run too. */
static void err_in_c(void)
{
	static volatile int end = 8, largest = INT_MAX;
	volatile char *room = malloc((size_t)end);
	if (commits("overrun-on-error") && room)
		room[end] = 0;
	free((void *)(uintptr_t)room);
	if (commits("overflow-on-error") || commits("overflow-always"))
		largest = largest + 1;
}

void leave_things(const char *out)
{
	put_log(out);
	if (has_failed && commits("leave-child"))
		start_helper();
	if (commits("lose-always") || (has_failed && commits("lose-memory")))
		lose_memory();
	if (has_failed || commits("overflow-always"))
		err_in_c();
	if (has_failed)
		leave_object();
	if (has_failed && commits("leave-lock"))
		touch_temp(out, "lock");
}
