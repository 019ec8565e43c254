/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A program under test that commits the misdeed by whose name the file that it cannot read is called: a corpus of many such
 * files is many cases with one measure. Includes nothing of ours.
 *
 *     culprit make IN OUT    outputs of every kind, one line on stdout
 *     culprit print IN       no outputs: what it found, on stdout
 *     culprit check IN       neither
 *
 * Behind the name a misdeed may have a number: exit-3, signal-11. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHILDREN 50
#define FLOOD_BYTES 3000000
#define TOO_MUCH_BYTES 9000000 /* more than the harness keeps */

static const char *manner, *in, *out;
static const char *misdeed = "nothing"; /* the file that could not be read */
static int number;
static int readable; /* files that could */

static bool is(const char *name)
{
	size_t length = strlen(name);
	if (strncmp(misdeed, name, length) != 0)
		return false;
	const char *rest = misdeed + length;
	return !*rest || (*rest == '-' && strspn(rest + 1, "0123456789") > 0);
}

/* ---- words ---- */

static void confess(void)
{
	fprintf(stderr, "culprit: %s: Input/output error\n", misdeed);
}

static void flood(int fd, size_t bytes)
{
	char line[100];
	memset(line, '.', sizeof line);
	line[sizeof line - 1] = '\n';
	for (size_t done = 0; done < bytes; done += sizeof line)
		(void)!write(fd, line, sizeof line);
}

static bool keeps_silent(void)
{
	static const char *const silent[] = {"nothing", "silent", "differs", "omits-odd", "omits-stamp", "empties-the-stamp",
					     "turns-the-link", "fills-the-pipe", "changes-locked", "lies", "passes"};
	for (size_t i = 0; i < sizeof silent / sizeof *silent; i++)
		if (is(silent[i]))
			return true;
	return false;
}

static void speak(void)
{
	static const char binary[] = "\0\0\xff\xfe\033[2J\r\0";
	if (keeps_silent())
		return;
	if (is("mumbles"))
		fprintf(stderr, "culprit: %s", misdeed);
	else if (is("binary")) {
		fwrite(binary, 1, sizeof binary, stderr);
		confess();
	} else if (is("aloud"))
		printf("left out: %s\n", misdeed);
	else if (is("talks")) {
		flood(STDOUT_FILENO, FLOOD_BYTES);
		flood(STDERR_FILENO, FLOOD_BYTES);
		confess();
	} else if (is("drowns")) {
		flood(STDERR_FILENO, TOO_MUCH_BYTES);
		confess();
	} else if (is("names-the-output"))
		fputs("culprit: one has been left out\n", stderr);
	else if (is("names-another"))
		fprintf(stderr, "culprit: un%s: Input/output error\n", misdeed);
	else if (is("says-something"))
		fputs("culprit: something is wrong\n", stderr);
	else if (is("asserts"))
		fputs("culprit: culprit.c:1: main: Assertion `false' failed.\n", stderr);
	else if (is("sanitizes"))
		fputs("==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x1\n", stderr);
	else
		confess();
}

/* ---- outputs ---- */

static const char odd_name[] = "odd \"name\" 'of' $two\\\nlines \xff\xc3\xa9";

static const char *path_of(const char *name)
{
	static char path[1000];
	snprintf(path, sizeof path, "%s/%s", out, name);
	return path;
}

static void put(const char *name, const char *text)
{
	unlink(path_of(name));
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_EXCL, 0644);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || close(fd) < 0) {
		fprintf(stderr, "culprit: %s: %s\n", path_of(name), strerror(errno));
		exit(9);
	}
}

static void stamp(void)
{
	struct timespec now;
	char text[64];
	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(text, sizeof text, "%lld.%09ld\n", (long long)now.tv_sec, now.tv_nsec);
	put("stamp", is("empties-the-stamp") ? "" : text);
}

static void put_strange_ones(void)
{
	mkdir(path_of("below"), 0755);
	put("below/inner", "inner\n");
	put("locked", is("changes-locked") ? "other\n" : "locked\n");
	chmod(path_of("locked"), 0);
	unlink(path_of("link"));
	(void)!symlink(is("turns-the-link") ? "two" : "one", path_of("link"));
	unlink(path_of("pipe"));
	if (is("fills-the-pipe"))
		put("pipe", "");
	else
		mkfifo(path_of("pipe"), 0644);
	put("empty", "");
}

/* Is one left out? */
static bool omits_one(void)
{
	static const char *const omitting[] = {"omits", "silent", "mumbles", "binary", "aloud", "talks", "drowns", "names-the-output",
					       "names-another", "says-something"};
	for (size_t i = 0; i < sizeof omitting / sizeof *omitting; i++)
		if (is(omitting[i]))
			return true;
	return false;
}

static void put_outputs(void)
{
	if (!omits_one())
		put("one", is("differs") || is("half-writes") ? "on" : "one\n");
	put("two", "two\n");
	if (!is("omits-odd"))
		put(odd_name, "odd\n");
	if (!is("omits-stamp"))
		stamp();
	put_strange_ones();
}

/* ---- what is left ---- */

static void leave_file(const char *directory, const char *name)
{
	char path[1000];
	snprintf(path, sizeof path, "%s/%s", directory, name);
	close(open(path, O_WRONLY | O_CREAT, 0644));
}

static void leave_child(void)
{
	if (fork() != 0)
		return;
	for (;;)
		pause();
}

static void leave_daemon(void)
{
	if (fork() != 0)
		return;
	setsid();
	closefrom(0);
	if (fork() != 0)
		_exit(0);
	for (;;)
		pause();
}

static void raise_family(void)
{
	for (int i = 0; i < CHILDREN; i++)
		if (fork() == 0)
			_exit(0);
	while (wait(NULL) > 0)
		;
}

static void leave_things(void)
{
	if (is("leaves-output"))
		leave_file(out, "one.tmp");
	if (is("leaves-directory"))
		mkdir(path_of("unasked"), 0755);
	if (is("leaves-temp"))
		leave_file(getenv("TMPDIR"), "zz-left");
	if (is("leaves-here"))
		leave_file(".", "zz-here");
	if (is("leaves-child"))
		leave_child();
	if (is("leaves-daemon"))
		leave_daemon();
	for (int i = 0; is("leaves-swarm") && i < CHILDREN; i++)
		leave_child();
	if (is("raises-family"))
		raise_family();
}

/* ---- ends ---- */

static void wait_for_ever(void)
{
	for (;;)
		pause();
}

static void go_deaf(void)
{
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_IGN);
	wait_for_ever();
}

static void spin(void)
{
	for (volatile unsigned i = 0;; i++)
		;
}

static void strike_oneself(void)
{
	struct rlimit no_core = {0};
	setrlimit(RLIMIT_CORE, &no_core);
	kill(getpid(), number);
	/* Ignored, or stopped and woken up again. */
	_exit(77);
}

static void become_shell(void)
{
	char text[100];
	snprintf(text, sizeof text, "sh -c 'kill -%d $$'; exit $?", number);
	execl("/bin/sh", "sh", "-c", text, (char *)NULL);
}

static void become_other(void)
{
	execl("/bin/sh", "sh", "-c", "echo \"other: $0: cannot be read\" >&2; exit 5", misdeed, (char *)NULL);
}

static int end(void)
{
	if (is("exit"))
		return number;
	if (is("signal"))
		strike_oneself();
	if (is("shell"))
		become_shell();
	if (is("becomes-another"))
		become_other();
	if (is("waits"))
		wait_for_ever();
	if (is("deaf"))
		go_deaf();
	if (is("spins"))
		spin();
	if (is("gives-up") || is("half-writes") || is("asserts") || is("sanitizes"))
		return 1;
	return manner[0] == 'c' && !is("passes") && strcmp(misdeed, "nothing") != 0;
}

/* ---- the work ---- */

static bool can_be_read(const char *name)
{
	char path[1000], byte;
	snprintf(path, sizeof path, "%s/%s", in, name);
	int fd = open(path, O_RDONLY);
	bool good = fd >= 0 && read(fd, &byte, 1) == 1;
	if (fd >= 0)
		close(fd);
	return good;
}

static void read_all(void)
{
	static char name[256];
	DIR *dir = opendir(in);
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		if (entry->d_name[0] == '.')
			continue;
		if (can_be_read(entry->d_name)) {
			readable++;
			continue;
		}
		snprintf(name, sizeof name, "%s", entry->d_name);
		misdeed = name;
		const char *dash = strrchr(name, '-');
		number = dash ? atoi(dash + 1) : 0;
	}
	if (dir)
		closedir(dir);
}

static void make(void)
{
	if (is("mute"))
		closefrom(0);
	if (is("closes-stdout"))
		close(STDOUT_FILENO);
	if (is("goes-away"))
		(void)!chdir("/");
	leave_file(getenv("TMPDIR"), "aa-usual");
	speak();
	if (!is("gives-up"))
		put_outputs();
	leave_things();
	puts("all is done");
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	manner = argv[1];
	in = argv[2];
	out = argc > 3 ? argv[3] : "";
	fputs("culprit: this is always said\n", stderr);
	read_all();
	if (strcmp(manner, "make") == 0)
		make();
	else
		speak();
	if (strcmp(manner, "print") == 0)
		printf("%d files\n", readable + (is("guesses") ? 1 : 0));
	fflush(stdout);
	return end();
}
