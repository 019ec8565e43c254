/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The whole server, with the kernel's place taken by whoever wrote the input: a corpus, a scratch and a plan with a rule of every
 * kind; requests go in where those of the device do, answers are read back from a file.
 *
 * The input is a script of requests (script.c). Numbers of nodes and handles come from the answers, or out of the blue; so do
 * offsets, sizes and flags; names are good, bad or endless; lengths may lie. Promised is, besides that nothing breaks: each request
 * is answered at most once, an answer is as long as it says, no longer than was asked for, and its error is one that the
 * kernel takes. */
int ordealfs_main(int argc, char **argv);
#define main ordealfs_main
#include "fusefs/main.c"
#undef main

#include "fusefs/framing.h"
#include "fusefs/park.h"
#include "fusefs/request.h"
#include "fuzz.h"
#include "script.h"

#include <ftw.h>
#include <linux/fuse.h>
#include <sys/mman.h>
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

static void empty_scratch(void)
{
	nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	chmod(scratch, 0700);
}

static void remove_place(void)
{
	nftw(place, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	rmdir(place);
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
	atexit(remove_place);
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

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	const struct rlimit limit = {.rlim_cur = 1 << 20, .rlim_max = 1 << 20};
	become_nobody();
	umask(0);
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	make_place();
	fuse_set_log_func(be_silent);
	return 0;
}

/* ---- the server ---- */

static void start(struct server *server, int answers_fd)
{
	struct err err = {0};
	char in[80], out[80];
	snprintf(in, sizeof in, "in=tree:%s", tree);
	snprintf(out, sizeof out, "out=scratch:%s", scratch);
	const struct options options = {
		.volumes = {in, out}, .volumes_count = 2, .plan = plan, .control_fd = -1, .journal_fd = -1, .ready_fd = -1};
	*server = (struct server){
		.device = {.fd = -1, .helper_fd = -1}, .control.fd = -1, .journal.fd = -1, .park.timer_fd = -1};
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

static void resume_due(struct server *server)
{
	struct request *request;
	while ((request = park_take_due(&server->park)))
		request_resume(request);
}

/* ---- answers ---- */

#define ANSWERS_MAX (2u << 20)

/* Is this long an answer what the request may get? 0: no matter. */
static void check_answer(const struct script_request *asked, const struct fuse_out_header *answer)
{
	size_t bytes = answer->len - sizeof *answer;
	PROMISE(answer->error <= 0 && answer->error > -512);
	PROMISE(!answer->error || !bytes);
	if (answer->unique == asked->unique && asked->limit)
		PROMISE(bytes <= asked->limit);
}

static void take_answers(struct script *script, const struct script_request *asked, int fd)
{
	static char bytes[ANSWERS_MAX];
	unsigned own = 0;
	ssize_t got = pread(fd, bytes, sizeof bytes, 0);
	for (ssize_t at = 0; at < got;) {
		struct fuse_out_header *answer = (void *)(bytes + at);
		PROMISE(got - at >= (ssize_t)sizeof *answer && answer->len >= sizeof *answer && answer->len <= got - at);
		check_answer(asked, answer);
		own += answer->unique == asked->unique;
		script_learn(script, asked, answer->error, answer + 1, answer->len - sizeof *answer);
		at += answer->len;
	}
	PROMISE(own <= 1 || asked->repeated);
	if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		abort();
}

/* ---- one input ---- */

static void play(struct server *server, struct script *script, int fd)
{
	struct script_request asked;
	while (script_next(script, &asked)) {
		if (asked.act == SCRIPT_ARM)
			server_arm(server);
		else if (asked.act == SCRIPT_DISARM)
			server_disarm(server);
		else if (asked.act == SCRIPT_RESUME)
			resume_due(server);
		else
			framing_serve(server, &(struct fuse_buf){.mem = asked.bytes, .size = asked.size});
		take_answers(script, &asked, fd);
		script_done(&asked);
	}
}

/* libfuse keeps an interrupt of a request that it does not know until some other request comes, one for each. */
static void settle(struct server *server)
{
	struct fuse_in_header in = {.len = sizeof in, .opcode = FUSE_STATFS, .nodeid = FUSE_ROOT_ID, .unique = 1};
	server_disarm(server);
	for (int i = 0; i < SCRIPT_STEPS_MAX; i++)
		framing_serve(server, &(struct fuse_buf){.mem = &in, .size = sizeof in});
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct server server;
	int fd = memfd_create("answers", MFD_CLOEXEC);
	SCOPED_FD int answers = dup(fd);
	struct script script = script_of(bytes, size);
	start(&server, fd);
	play(&server, &script, answers);
	settle(&server);
	release_parked(&server);
	close_all(&server);
	empty_scratch();
	return 0;
}
