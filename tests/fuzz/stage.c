/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The whole server without a mount: its own main.c sets it up, all but the mount. */
#include "stage.h"

int ordealfs_main(int argc, char **argv);
#define main ordealfs_main
#include "fusefs/main.c"
#undef main

#include <ftw.h>
#include <sys/syscall.h>

static char place[] = "/dev/shm/ordeal-fuzz-XXXXXX";
static char scratch[64], tree[64], plan[64];

static const char rules[] =
	"version: 1\n"
	"seed: 5\n"
	"rules:\n"
	"- {path: '**/d*', on: [read, write, lookup], delay: 1ns}\n"
	"- {path: '**/h*', on: [read, write, open, lookup, flush, rename, readdir], hang: uninterruptible}\n"
	"- {path: '**/i*', on: [read, create, getattr], hang: true}\n"
	"- {path: '**/f*', on: all, fail: EIO, when: {probability: 50%}}\n"
	"- {path: '**/m*', missing: true, when: {probability: 50%}}\n"
	"- {path: '**/s*', short: 50%}\n"
	"- {path: '**/s*', on: write, short: 3}\n"
	"- {path: '**/c*', corrupt: {mode: flip, every: 16}}\n"
	"- {path: '**/t*', truncate: 10}\n"
	"- {path: '**/b*', on: read, offset: 5..100, fail: EIO}\n"
	"- {path: '**/e', on: readdir, entries: 2.., fail: EIO}\n"
	"- {volume: out, space: {bytes: 100000, files: 20}}\n";

/* ---- the place ---- */

static void put_file(const char *directory, const char *name, const char *text, size_t size)
{
	char path[200];
	snprintf(path, sizeof path, "%s/%s", directory, name);
	SCOPED_FILE FILE *file = fopen(path, "we");
	if (!file || fwrite(text, 1, size, file) != size)
		abort();
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	if (ftw->level)
		(type == FTW_DP ? rmdir : unlink)(path);
	return 0;
}

/* Requests may have shut directories, one within the other: what a shut one holds is reached in the next pass. */
static bool shut;

static int open_up(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)ftw;
	if (type == FTW_D || type == FTW_DNR)
		chmod(path, 0700);
	shut |= type == FTW_DNR;
	return 0;
}

static void remove_below(const char *directory)
{
	int passes = 0;
	do {
		shut = false;
		nftw(directory, open_up, 16, FTW_PHYS);
	} while (shut && ++passes < 64);
	nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void empty_scratch(void)
{
	remove_below(scratch);
}

static void remove_place(void)
{
	remove_below(place);
	rmdir(place);
}

/* However we end: libFuzzer does so without a word (_Exit), and a broken promise by a signal. */
static void remove_when_ended(void)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		abort();
	pid_t pid = fork();
	if (pid != 0) {
		close(ends[0]);
		return;
	}
	char byte;
	close(ends[1]);
	setsid();
	while (read(ends[0], &byte, 1) < 0 && errno == EINTR)
		;
	remove_place();
	_exit(0);
}

static void make_place(void)
{
	char bytes[5000];
	memset(bytes, 'x', sizeof bytes);
	if (!mkdtemp(place))
		abort();
	snprintf(scratch, sizeof scratch, "%s/scratch", place);
	snprintf(tree, sizeof tree, "%s/tree", place);
	snprintf(plan, sizeof plan, "%s/plan", place);
	char e[80];
	snprintf(e, sizeof e, "%s/e", tree);
	if (mkdir(scratch, 0700) < 0 || mkdir(tree, 0700) < 0 || mkdir(e, 0700) < 0)
		abort();
	for (const char *name = "abcdfhimst"; *name; name++) {
		put_file(tree, (const char[]){*name, '\0'}, bytes, sizeof bytes);
		put_file(e, (const char[]){*name, '\0'}, bytes, 10);
	}
	put_file(place, "plan", rules, strlen(rules));
	remove_when_ended();
}

/* Nothing that a request may ask for, such as the node of a disk, is to be had by nobody. */
static void become_nobody(void)
{
	if (geteuid() == 0 && (syscall(SYS_setgroups, 0, NULL) < 0 || setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0))
		abort();
}

static void be_silent(enum fuse_log_level level, const char *format, va_list args)
{
	(void)level, (void)format, (void)args;
}

void stage_make(void)
{
	const struct rlimit limit = {.rlim_cur = 1 << 20, .rlim_max = 1 << 20};
	become_nobody();
	umask(0);
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	make_place();
	fuse_set_log_func(be_silent);
}

/* ---- the server ---- */

void stage_start(struct server *server, int answers_fd)
{
	struct err err = {0};
	char in[80], out[80];
	snprintf(in, sizeof in, "in=tree:%s", tree);
	snprintf(out, sizeof out, "out=scratch:%s", scratch);
	const struct options options = {
		.volumes = {in, out}, .volumes_count = 2, .plan = plan, .trace_size = WIRE_TRACE_SIZE_USUAL, .control_fd = -1, .journal_fd = -1, .ready_fd = -1};
	*server = server_none;
	if (prepare(server, &options, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
	server->path_fds_max = 3; /* so that descriptors come and go */
	server->device.fd = answers_fd;
	if (open_session(server, &err) < 0)
		abort();
	server_arm(server);
}

void stage_end(struct server *server)
{
	server_release(server, false);
	close_all(server);
	empty_scratch();
}
