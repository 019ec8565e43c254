/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* poke: many cases from a file, one a line, each in a directory of its own; as other users, and by several processes.
 *
 * A line is what a command line would be: calls parted by ",". Its result is written behind it, so that two runs can be compared by
 * diff(1). */
#include "poke.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORDS_MAX 256

/* ---- as somebody else ---- */

static void be(uid_t uid, gid_t gid, size_t groups_count, const gid_t *groups)
{
	if (seteuid(0) != 0 || setgroups(groups_count, groups) != 0 || setegid(gid) != 0 || seteuid(uid) != 0)
		poke_usage("as: %s", poke_errname(errno));
}

static void do_as(char **a)
{
	gid_t groups[WORDS_MAX];
	size_t count = 0;
	if (!a[0] || !a[1])
		poke_usage("as wants: UID GID [GROUPS...]");
	for (char **at = a + 2; *at; at++)
		groups[count++] = (gid_t)poke_number_of(*at);
	be((uid_t)poke_number_of(a[0]), (gid_t)poke_number_of(a[1]), count, groups);
}

static void do_umask(char **a)
{
	umask((mode_t)strtoul(a[0], NULL, 8));
}

/* ---- processes that act beside us ---- */

#define PEERS_MAX 4

static struct peer {
	pid_t pid;
	int to, from; /* lines of calls, and what they said */
} peers[PEERS_MAX + 1];

static void on_signal(int number)
{
	(void)number;
}

static size_t words_of(char *line, char **words)
{
	size_t count = 0;
	for (char *rest = line, *word; (word = strsep(&rest, " \t\n"));)
		if (*word && count + 1 < WORDS_MAX)
			words[count++] = word;
	words[count] = NULL;
	return count;
}

static void run_all(char **words)
{
	while (words[0]) {
		char **end = words;
		while (*end && strcmp(*end, ",") != 0)
			end++;
		bool more = *end;
		*end = NULL;
		poke_run(words);
		words = end + more;
	}
}

/* A peer does what it is told, line by line. */
_Noreturn static void be_peer(int from, int to)
{
	char line[4096], *words[WORDS_MAX];
	const struct sigaction action = {.sa_handler = on_signal};
	FILE *in = fdopen(from, "r");
	poke_drop_all();
	poke_line(); /* a new one begins here, and the end of the old one is not ours to write */
	__fpurge(stdout);
	dup2(to, STDOUT_FILENO);
	sigaction(SIGUSR1, &action, NULL);
	while (in && fgets(line, sizeof line, in)) {
		words_of(line, words);
		run_all(words);
		poke_line();
		fflush(stdout);
	}
	_exit(0);
}

static struct peer *peer_of(const char *number)
{
	int64_t index = poke_number_of(number);
	if (index < 1 || index > PEERS_MAX)
		poke_usage("peers are 1 to %d", PEERS_MAX);
	struct peer *peer = &peers[index];
	int to[2], from[2];
	if (peer->pid)
		return peer;
	if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0)
		exit(3);
	fflush(stdout);
	peer->pid = fork();
	if (peer->pid == 0) {
		close(to[1]);
		close(from[0]);
		be_peer(to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	peer->to = to[1];
	peer->from = from[0];
	return peer;
}

static void tell(struct peer *peer, char **words)
{
	char line[4096] = "";
	for (; *words; words++) {
		strncat(line, strcmp(*words, ";") == 0 ? "," : *words, sizeof line - strlen(line) - 3);
		strcat(line, " ");
	}
	strcat(line, "\n");
	if (write(peer->to, line, strlen(line)) < 0)
		exit(3);
}

static void say_answer(struct peer *peer)
{
	char line[4096];
	size_t length = 0;
	while (length + 1 < sizeof line && read(peer->from, line + length, 1) == 1 && line[length] != '\n')
		length++;
	line[length] = '\0';
	poke_say("%s", line);
}

/* Calls of a peer are parted by ";". */
static void do_peer(char **a)
{
	if (!a[0] || !a[1])
		poke_usage("peer wants: NUMBER CALL...");
	struct peer *peer = peer_of(a[0]);
	tell(peer, a + 1);
	say_answer(peer);
}

static void do_peer_begin(char **a)
{
	if (!a[0] || !a[1])
		poke_usage("begin wants: NUMBER CALL...");
	tell(peer_of(a[0]), a + 1);
}

/* Is it asleep in a call that waits for locks? */
static bool is_waiting(pid_t pid)
{
	char path[64], text[64];
	long number = -1;
	snprintf(path, sizeof path, "/proc/%d/syscall", (int)pid);
	FILE *file = fopen(path, "re");
	if (file && fgets(text, sizeof text, file))
		number = strtol(text, NULL, 10);
	if (file)
		fclose(file);
	return number == SYS_fcntl || number == SYS_flock;
}

/* Until it waits, ten seconds at most. */
static void do_waits(char **a)
{
	struct peer *peer = peer_of(a[0]);
	int64_t until = poke_now_ms() + 10000;
	bool waits;
	while (!(waits = is_waiting(peer->pid)) && poke_now_ms() < until)
		nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
	poke_say("%s", waits ? "waits" : "does-not-wait");
}

static void do_answer(char **a)
{
	say_answer(peer_of(a[0]));
}

static void end_peer(struct peer *peer, int number)
{
	if (!peer->pid)
		return;
	kill(peer->pid, number);
	waitpid(peer->pid, NULL, 0);
	close(peer->to);
	close(peer->from);
	*peer = (struct peer){0};
}

static void do_signal(char **a)
{
	kill(peer_of(a[0])->pid, SIGUSR1);
}

static void do_kill(char **a)
{
	end_peer(peer_of(a[0]), SIGKILL);
}

/* ---- cases ---- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)ftw;
	return type == FTW_DP || type == FTW_DNR ? rmdir(path) : unlink(path);
}

static void end_case(const char *dir, const char *name)
{
	for (size_t i = 1; i <= PEERS_MAX; i++)
		end_peer(&peers[i], SIGKILL);
	poke_drop_all();
	if (geteuid() != 0 && getuid() == 0)
		be(0, 0, 0, NULL);
	umask(022);
	if (chdir(dir) != 0 || nftw(name, remove_one, 32, FTW_DEPTH | FTW_PHYS) != 0)
		poke_say("and left %s: %s", name, poke_errname(errno));
}

static void run_case(const char *dir, unsigned number, const char *text)
{
	char name[32], line[4096], *words[WORDS_MAX];
	snprintf(line, sizeof line, "%s", text);
	snprintf(name, sizeof name, "case%u", number);
	words_of(line, words);
	umask(022);
	if (chdir(dir) != 0 || mkdir(name, 0777) != 0 || chmod(name, 0777) != 0 || chdir(name) != 0)
		poke_usage("%s/%s: %s", dir, name, poke_errname(errno));
	printf("%.*s\n\t", (int)strcspn(text, "\n"), text);
	run_all(words);
	end_case(dir, name);
	poke_line();
}

/* Lines that begin with "as " want root; empty ones and those with # are for people. */
static void do_cases(char **a)
{
	char line[4096];
	unsigned number = 0;
	FILE *file = fopen(a[0], "re");
	char *dir = realpath(a[1], NULL);
	if (!file || !dir)
		poke_usage("%s, %s: %s", a[0], a[1], poke_errname(errno));
	while (fgets(line, sizeof line, file)) {
		bool for_root = strncmp(line, "root: ", 6) == 0;
		if (line[0] == '#' || line[0] == '\n' || (for_root && geteuid() != 0))
			continue;
		run_case(dir, ++number, for_root ? line + 6 : line);
	}
	free(dir);
	fclose(file);
	poke_say("%u cases", number);
}

const struct poke_call poke_case_calls[] = {
	{"as", -1, "UID GID [GROUPS...] (for root, who is one again by: as 0 0)", do_as},
	{"umask", 1, "OCTAL", do_umask},
	{"peer", -1, "NUMBER CALL... [; CALL...] (another process, and its answer)", do_peer},
	{"begin", -1, "NUMBER CALL... (another process; its answer comes later)", do_peer_begin},
	{"waits", 1, "NUMBER (until that process waits for a lock)", do_waits},
	{"answer", 1, "NUMBER", do_answer},
	{"signal", 1, "NUMBER", do_signal},
	{"kill", 1, "NUMBER", do_kill},
	{"cases", 2, "FILE DIR", do_cases},
	{0},
};
