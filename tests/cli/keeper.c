/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Runs a command, strikes at it or at what it started, and tells what is left when all is over.
 *
 *     keeper [OPTIONS] -- COMMAND ARGUMENTS...
 *       -o FILE               write the findings there
 *       -t SECONDS            the command must have ended by then (60)
 *       -g SECONDS            ... and so long after it all that it started (8)
 *       -d DIR                a directory that must be empty in the end; may be given several times
 *       -k WHO:SIGNAL:FROM:MS strike WHO (harness, box, or a program's name) MS milliseconds after FROM (the same) was seen first
 *       -p                    on a terminal of its own; what appears on it is copied to stdout
 *       -i TEXT               with -p: type Ctrl-C when this has appeared
 *
 * Findings, a line each: "exit N" or "signal N"; "orphan signal N" for each that it left and that a signal ended; "struck WHO" or
 * "missed WHO"; "late"; "left process NAME STATE", "left mount PATH", "left file PATH"; "ms N". Exit status: 0 nothing was left, 1 something was, 124 late, 99 keeper itself could not go on.
 *
 * All that the command leaves becomes keeper's (PR_SET_CHILD_SUBREAPER, prctl(2)): nothing can hide by forking. Where it may, it
 * gives the command a mount namespace, so that a mount it sees is the command's own. It kills what is left. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DIRECTORIES_MAX 8
#define FAMILY_MAX 4096
#define CTRL_C "\003"

struct strike {
	char who[32], from[32];
	int signal;
	int64_t after_ms;
	int64_t seen_ms; /* when `from` was, 0: not yet */
	bool wanted, done;
};

static struct {
	const char *output, *directories[DIRECTORIES_MAX];
	size_t directories_count;
	int64_t deadline_ms, grace_ms;
	struct strike strike;
	bool terminal;
	const char *interrupt_at; /* NULL: type nothing */
	char **command;
} want = {.deadline_ms = 60000, .grace_ms = 8000};

static FILE *findings;
static bool left, killing;

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- the family ---- */

struct member {
	pid_t pid, parent;
	char name[32], state;
};

static struct member family[FAMILY_MAX];
static size_t family_count;

static bool read_member(pid_t pid, struct member *m)
{
	char path[64], text[512];
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC), parent;
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (fd >= 0)
		close(fd);
	text[length > 0 ? length : 0] = '\0';
	char *open_paren = strchr(text, '('), *close_paren = strrchr(text, ')');
	if (!open_paren || !close_paren || sscanf(close_paren + 1, " %c %d", &m->state, &parent) != 2)
		return false;
	snprintf(m->name, sizeof m->name, "%.*s", (int)(close_paren - open_paren - 1), open_paren + 1);
	m->pid = pid;
	m->parent = parent;
	return true;
}

static const struct member *member_of(pid_t pid)
{
	for (size_t i = 0; i < family_count; i++)
		if (family[i].pid == pid)
			return &family[i];
	return NULL;
}

static bool is_descendant(const struct member *m)
{
	for (int hops = 0; m && hops < 200; hops++, m = member_of(m->parent))
		if (m->parent == getpid())
			return true;
	return false;
}

/* Everything that runs and descends from us. */
static void look_at_family(void)
{
	DIR *proc = opendir("/proc");
	family_count = 0;
	for (struct dirent *entry; proc && family_count < FAMILY_MAX && (entry = readdir(proc));)
		if (isdigit((unsigned char)entry->d_name[0]) && read_member(atoi(entry->d_name), &family[family_count]))
			family_count++;
	if (proc)
		closedir(proc);
	size_t kept = 0;
	static struct member ours[FAMILY_MAX];
	for (size_t i = 0; i < family_count; i++)
		if (family[i].state != 'Z' && family[i].state != 'X' && is_descendant(&family[i]))
			ours[kept++] = family[i];
	memcpy(family, ours, kept * sizeof *ours);
	family_count = kept;
}

/* ---- striking ---- */

static const struct member *find(const char *who, pid_t command)
{
	for (size_t i = 0; i < family_count; i++) {
		const struct member *m = &family[i];
		if (strcmp(who, "harness") == 0 ? m->pid == command
		    : strcmp(who, "box") == 0	? m->parent == command && strncmp(m->name, "ordeal", 32) == 0
						: strncmp(m->name, who, 15) == 0 && m->pid != command)
			return m;
	}
	return NULL;
}

/* By descriptor: the number may be somebody else's by now. */
static bool send(const struct member *m, int number)
{
	struct member again = {0};
	int fd = pidfd_open(m->pid, 0);
	bool same = fd >= 0 && read_member(m->pid, &again) && again.parent == m->parent && strcmp(again.name, m->name) == 0;
	bool sent = same && pidfd_send_signal(fd, number, NULL, 0) == 0;
	if (fd >= 0)
		close(fd);
	return sent;
}

static void try_strike(pid_t command)
{
	struct strike *s = &want.strike;
	if (!s->wanted || s->done)
		return;
	look_at_family();
	if (!s->seen_ms && find(s->from, command))
		s->seen_ms = now_ms();
	const struct member *target = s->seen_ms && now_ms() >= s->seen_ms + s->after_ms ? find(s->who, command) : NULL;
	s->done = target && send(target, s->signal);
}

/* ---- the terminal ---- */

static char appeared[1 << 16];
static size_t appeared_length;

static void watch_terminal(int fd)
{
	char bytes[4096];
	ssize_t got = read(fd, bytes, sizeof bytes);
	if (got <= 0)
		return;
	(void)!write(STDOUT_FILENO, bytes, (size_t)got);
	for (ssize_t i = 0; i < got && appeared_length + 1 < sizeof appeared; i++)
		appeared[appeared_length++] = bytes[i] ? bytes[i] : ' ';
	if (!want.interrupt_at || !strstr(appeared, want.interrupt_at))
		return;
	want.interrupt_at = NULL;
	(void)!write(fd, CTRL_C, 1);
}

/* ---- the run ---- */

static pid_t start(int *terminal)
{
	*terminal = -1;
	pid_t pid = want.terminal ? forkpty(terminal, NULL, NULL, NULL) : fork();
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Who sits at a terminal hears Ctrl-C, although a shell that starts us in the background has it ignored. */
	signal(SIGINT, SIG_DFL);
	execvp(want.command[0], want.command);
	fprintf(stderr, "keeper: %s: %s\n", want.command[0], strerror(errno));
	_exit(99);
}

static void tell_end(pid_t pid, pid_t command, int status)
{
	bool exited = WIFEXITED(status);
	if (pid == command)
		fprintf(findings, "%s %d\n", exited ? "exit" : "signal", exited ? WEXITSTATUS(status) : WTERMSIG(status));
	else if (!exited && !killing)
		fprintf(findings, "orphan signal %d\n", WTERMSIG(status));
}

/* Reap all that has ended. Returns whether the command has. */
static bool reap(pid_t command)
{
	bool ended = false;
	int status;
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0; ended |= pid == command)
		tell_end(pid, command, status);
	return ended;
}

/* Whoever descends from us has an ancestor among our children: without children there is nobody. /proc shows who they are, but a
 * look at it takes its time, and says nothing where it fails. */
static bool is_childless(void)
{
	return waitid(P_ALL, 0, &(siginfo_t){0}, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD;
}

static bool watch(pid_t command, int terminal)
{
	for (int64_t until = now_ms() + want.deadline_ms; now_ms() < until;) {
		struct pollfd fd = {.fd = terminal, .events = POLLIN};
		/* A terminal whose last user has gone only ever says so. */
		if (poll(&fd, 1, 1) == 1 && fd.revents & POLLIN)
			watch_terminal(terminal);
		else if (fd.revents)
			poll(NULL, 0, 1);
		if (reap(command))
			return true;
		try_strike(command);
	}
	return false;
}

/* ---- what is left ---- */

static void kill_family(void)
{
	killing = true;
	for (int64_t until = now_ms() + 10000; now_ms() < until; poll(NULL, 0, 2)) {
		reap(0);
		if (is_childless())
			return;
		look_at_family();
		for (size_t i = 0; i < family_count; i++)
			kill(family[i].pid, SIGKILL);
	}
}

static void tell_processes(void)
{
	for (int64_t until = now_ms() + want.grace_ms;; poll(NULL, 0, 2)) {
		reap(0);
		if (is_childless())
			return;
		if (now_ms() >= until)
			break;
	}
	look_at_family();
	left = true;
	if (!family_count)
		fputs("left process that /proc does not show\n", findings);
	for (size_t i = 0; i < family_count; i++) {
		fprintf(findings, "left process %s %c\n", family[i].name, family[i].state);
	}
	kill_family();
}

static bool is_below(const char *path)
{
	for (size_t i = 0; i < want.directories_count; i++) {
		size_t length = strlen(want.directories[i]);
		if (strncmp(path, want.directories[i], length) == 0 && path[length] == '/')
			return true;
	}
	return false;
}

/* Detach what is mounted, and where it is a finding, say so. */
static void clear_mounts(bool own_namespace, bool finding)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent entry;
	char strings[8192];
	while (mounts && getmntent_r(mounts, &entry, strings, sizeof strings)) {
		bool ours = strcmp(entry.mnt_type, "fuse.ordeal") == 0;
		if (!is_below(entry.mnt_dir) && !(own_namespace && ours))
			continue;
		if (finding)
			fprintf(findings, "left mount %s\n", entry.mnt_dir);
		left |= finding;
		umount2(entry.mnt_dir, MNT_DETACH);
	}
	if (mounts)
		endmntent(mounts);
}

static void tell_files(const char *directory)
{
	DIR *dir = opendir(directory);
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		fprintf(findings, "left file %s/%s\n", directory, entry->d_name);
		left = true;
	}
	if (dir)
		closedir(dir);
}

/* ---- the command line ---- */

static bool read_strike(const char *text)
{
	static const struct {
		const char *name;
		int number;
	} signals[] = {{"INT", SIGINT}, {"TERM", SIGTERM}, {"HUP", SIGHUP}, {"KILL", SIGKILL}, {"STOP", SIGSTOP}};
	struct strike *s = &want.strike;
	char name[8];
	long long after;
	if (sscanf(text, "%31[^:]:%7[A-Z]:%31[^:]:%lld", s->who, name, s->from, &after) != 4)
		return false;
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		if (strcmp(signals[i].name, name) == 0)
			s->signal = signals[i].number;
	s->after_ms = after;
	s->wanted = true;
	return s->signal != 0;
}

static bool parse(int argc, char **argv)
{
	for (int option; (option = getopt(argc, argv, "+o:t:g:d:k:pi:")) != -1;) {
		if (option == 'o')
			want.output = optarg;
		else if (option == 't')
			want.deadline_ms = atoll(optarg) * 1000;
		else if (option == 'g')
			want.grace_ms = atoll(optarg) * 1000;
		else if (option == 'd' && want.directories_count < DIRECTORIES_MAX)
			want.directories[want.directories_count++] = optarg;
		else if (option == 'k' && read_strike(optarg))
			continue;
		else if (option == 'p')
			want.terminal = true;
		else if (option == 'i')
			want.interrupt_at = optarg;
		else
			return false;
	}
	want.command = argv + optind;
	return optind < argc;
}

static int tell(bool late, int64_t started_ms, bool own_namespace)
{
	if (late) {
		fputs("late\n", findings);
		kill_family();
	}
	fprintf(findings, "ms %lld\n", (long long)(now_ms() - started_ms));
	if (want.strike.wanted)
		fprintf(findings, "%s %s\n", want.strike.done ? "struck" : "missed", want.strike.who);
	tell_processes();
	clear_mounts(own_namespace, true);
	for (size_t i = 0; i < want.directories_count; i++)
		tell_files(want.directories[i]);
	fclose(findings);
	return late ? 124 : left;
}

int main(int argc, char **argv)
{
	if (!parse(argc, argv)) {
		fputs("usage: keeper [-o FILE] [-t S] [-g S] [-d DIR] [-k WHO:SIGNAL:FROM:MS] [-p [-i TEXT]] -- COMMAND...\n", stderr);
		return 99;
	}
	findings = want.output ? fopen(want.output, "we") : stderr;
	if (!findings) {
		fprintf(stderr, "keeper: %s: %s\n", want.output, strerror(errno));
		return 99;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	bool own_namespace = unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
	if (own_namespace)
		clear_mounts(true, false); /* other people's, of which the namespace has a copy */
	int terminal;
	int64_t started_ms = now_ms();
	pid_t command = start(&terminal);
	if (command < 0) {
		fprintf(stderr, "keeper: %s\n", strerror(errno));
		return 99;
	}
	return tell(!watch(command, terminal), started_ms, own_namespace);
}
