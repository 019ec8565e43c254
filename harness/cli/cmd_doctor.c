/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* ordeal doctor: what this machine can do, and one remedy for each thing that it cannot. */
#include "base/clock.h"
#include "base/places.h"
#include "base/scope.h"
#include "fusefs/wire.h"
#include "harness/box.h"
#include "harness/cli/cli.h"
#include "harness/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct cli_syntax syntax = {
	.usage = "ordeal doctor",
	.about = "Tries what ordeal needs of this machine and says, for what is missing, how to\n"
		 "get it. Exit status 0 when cases can be run, 3 when not.",
};

enum finding { FINE, REMARK, MISSING };

static void say(enum finding finding, const char *what, const char *format, ...) PRINTF(3, 4);

static void say(enum finding finding, const char *what, const char *format, ...)
{
	static const char *const marks[] = {[FINE] = "ok", [REMARK] = "--", [MISSING] = "NO"};
	va_list args;
	va_start(args, format);
	printf("%-3s %-18s ", marks[finding], what);
	vprintf(format, args);
	putchar('\n');
	va_end(args);
}

/* ---- single facts ---- */

static void check_kernel(void)
{
	struct utsname name;
	if (uname(&name) == 0)
		say(FINE, "kernel", "%s %s", name.sysname, name.release);
}

static bool check_device(void)
{
	struct stat st;
	if (stat("/dev/fuse", &st) < 0) {
		say(MISSING, "/dev/fuse", "%s (modprobe fuse; in a container: --device /dev/fuse)", strerror(errno));
		return false;
	}
	SCOPED_FD int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		say(MISSING, "/dev/fuse", "mode %04o: cannot be opened: %s (as root: chmod 666 /dev/fuse)", st.st_mode & 07777,
		    strerror(errno));
		return false;
	}
	say(FINE, "/dev/fuse", "mode %04o, can be opened", st.st_mode & 07777);
	return true;
}

/* The first fusermount3 on PATH is the one that is run, setuid or not. */
static void check_helper(void)
{
	const char *path = getenv("PATH");
	SCOPED_FREE char *copy = strdup(path ? path : "/usr/bin:/bin");
	char *rest = copy;
	for (char *dir; copy && (dir = strsep(&rest, ":"));) {
		char file[PATH_MAX];
		struct stat st;
		snprintf(file, sizeof file, "%s/fusermount3", dir);
		if (stat(file, &st) < 0)
			continue;
		bool works = geteuid() == 0 || (st.st_mode & S_ISUID && st.st_uid == 0);
		if (geteuid() != 0 && access("/etc/mtab", F_OK) < 0)
			say(REMARK, "/etc/mtab", "missing: fusermount3 mounts, but unmounts nothing (ln -s /proc/self/mounts /etc/mtab)");
		say(works ? FINE : REMARK, "fusermount3", "%s%s", file,
		    works ? "" : " is not setuid root: ordeal mount will not work without root (another one earlier on PATH?)");
		return;
	}
	say(REMARK, "fusermount3", "not installed: ordeal mount then needs root (apt install fuse3)");
}

static void check_allow_other(void)
{
	SCOPED_FILE FILE *file = fopen("/etc/fuse.conf", "re");
	char line[256];
	bool allowed = geteuid() == 0;
	while (file && fgets(line, sizeof line, file))
		allowed |= strncmp(line, "user_allow_other", 16) == 0;
	say(allowed ? FINE : REMARK, "--allow-other", "%s",
	    allowed ? "possible" : "refused to users (put user_allow_other into /etc/fuse.conf)");
}

/* The number in a file of /proc/sys, or -1. */
static long sysctl_value(const char *path)
{
	SCOPED_FILE FILE *file = fopen(path, "re");
	long value = -1;
	return file && fscanf(file, "%ld", &value) == 1 ? value : -1;
}

static const char *namespace_remedy(void)
{
	if (sysctl_value("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1)
		return "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0";
	if (sysctl_value("/proc/sys/kernel/unprivileged_userns_clone") == 0)
		return "sudo sysctl -w kernel.unprivileged_userns_clone=1";
	if (sysctl_value("/proc/sys/user/max_user_namespaces") == 0)
		return "sudo sysctl -w user.max_user_namespaces=10000";
	return "in Docker: --security-opt seccomp=unconfined --device /dev/fuse";
}

static enum world_kind check_world(void)
{
	struct err why;
	enum world_kind kind = world_best(&why);
	if (kind == WORLD_PRIVATE)
		say(FINE, "private worlds", "namespaces work: nothing is ever left behind, not even after SIGKILL");
	else
		say(REMARK, "private worlds", "%s; cases run in a directory instead (%s)", why.text, namespace_remedy());
	return kind;
}

static bool check_program(const char *name)
{
	SCOPED_FREE char *path = NULL;
	struct err err = {0};
	if (places_program(name, &path, &err) < 0) {
		say(MISSING, name, "%s", err.text);
		return false;
	}
	say(FINE, name, "%s", path);
	return true;
}

static void check_mounts(void)
{
	struct our_mounts mounts;
	struct err err = {0};
	if (mounts_list(&mounts, &err) < 0) {
		say(REMARK, "mounts", "%s", err.text);
		return;
	}
	for (size_t i = 0; i < mounts.mounts.count; i++) {
		const struct our_mount *mount = &mounts.mounts.at[i];
		if (mount->dead)
			say(REMARK, "mount", "%s is dead (ordeal umount %s)", mount->path, mount->path);
		else
			say(FINE, "mount", "%s: %s, process %d", mount->path, mount->source, (int)mount->server);
	}
	mounts_free(&mounts);
}

/* Run the server on a volume without serving it; what it says on stderr goes into a pipe. The process, or -errno. */
static pid_t try_volume(const char *source, int *said)
{
	static char program_name[] = WIRE_PROGRAM, volume[] = "--volume", try[] = "--try", place[] = "/";
	SCOPED_FREE char *path = NULL;
	char text[PATH_MAX];
	int ends[2];
	pid_t pid;
	if (places_program(WIRE_PROGRAM, &path, NULL) < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return -ENOENT;
	snprintf(text, sizeof text, "out=%s", source);
	char *argv[] = {program_name, try, volume, text, place, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
	int rc = posix_spawn(&pid, path, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	*said = rc ? -1 : ends[0];
	if (rc)
		close(ends[0]);
	return rc ? -rc : pid;
}

/* Nothing but over: needs it, so that it is never missing. */
static void check_over(void)
{
	char line[600] = "the server did not say within 5 s";
	SCOPED_FD int said = -1;
	char base[] = "/tmp/ordeal-doctor-XXXXXX", source[64];
	if (!mkdtemp(base))
		return;
	snprintf(source, sizeof source, WIRE_OVER "%s", base);
	pid_t pid = try_volume(source, &said);
	if (pid < 0) { /* told of as the program that is not there */
		rmdir(base);
		return;
	}
	struct pollfd end = {.fd = said, .events = POLLIN};
	ssize_t length = poll(&end, 1, 5000) > 0 ? read(said, line, sizeof line - 1) : -1;
	if (length != 0) /* else it has ended, and said nothing */
		kill(pid, SIGKILL);
	if (length >= 0)
		line[length] = '\0';
	line[strcspn(line, "\n")] = '\0';
	int status;
	waitpid(pid, &status, 0);
	rmdir(base);
	bool works = WIFEXITED(status) && WEXITSTATUS(status) == WIRE_EXIT_OK;
	say(works ? FINE : REMARK, "copy-on-write", "%s", works ? "over:BASE works" : line);
}

/* ---- the proof: a box with a real mount and a real reader ---- */

static void hand_over(const void *request, size_t index, struct box_request *out)
{
	(void)index;
	*out = *(const struct box_request *)request;
}

static int run_reader(struct box *box, enum world_kind kind, struct err *err)
{
	static char cat[] = "cat", file[] = "{in}/slice_0000.png";
	char *words[] = {cat, file, NULL};
	struct subject *subject;
	struct case_spec spec;
	case_init(&spec);
	int rc = subject_of_command(words, NULL, &subject, err);
	if (rc)
		return rc;
	rc = case_set(&spec, "corpus", "ct-tiny", err);
	const struct box_request request = {.spec = &spec, .corpus = spec.corpus, .subject = subject, .deadline_ns = 10 * NS_PER_S};
	const struct box_host host = {.world = kind, .request = hand_over, .context = &request};
	rc = rc ? rc : box_start(&host, 0, box, err);
	if (!rc)
		box_finish(box);
	subject_free(subject);
	case_fini(&spec);
	return rc;
}

static bool check_mounting(enum world_kind kind)
{
	struct box box;
	struct err err = {0};
	int64_t started = clock_now_ns();
	if (run_reader(&box, kind, &err) < 0) {
		say(MISSING, "a real mount", "%s", err.text);
		return false;
	}
	const struct box_findings found = *box.findings;
	bool works = found.complete && found.runs[RUN_MAIN].exit_code == 0 && found.server.bytes_read > 0;
	box_close(&box);
	if (works)
		say(FINE, "a real mount", "mounted, read %llu bytes, unmounted in %.0f ms",
		    (unsigned long long)found.server.bytes_read, (double)(clock_now_ns() - started) / NS_PER_MS);
	else
		say(MISSING, "a real mount", "%s", found.trouble[0] ? found.trouble : "the reader failed");
	return works;
}

int cmd_doctor(int argc, char **argv)
{
	int operand;
	int status = cli_parse(argc, argv, &syntax, NULL, &operand);
	if (status != CLI_GO_ON)
		return status;
	check_kernel();
	bool fine = check_device();
	check_helper();
	check_allow_other();
	enum world_kind kind = check_world();
	fine = check_program("ordealfs") && fine;
	fine = check_program("libordeal-alloc.so") && fine;
	check_over();
	check_mounts();
	fine = check_mounting(kind) && fine;
	puts(fine ? "\nCases can be run here." : "\nCases cannot be run here: see the lines marked NO.");
	return fine ? EXIT_AS_EXPECTED : EXIT_ENVIRONMENT;
}
