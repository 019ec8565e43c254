/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Plays cases. */
#include "harness/stage_parts.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/scope.h"
#include "fusefs/wire.h"
#include "harness/audit.h"
#include "harness/copy.h"
#include "harness/exits.h"
#include "harness/inspect.h"
#include "harness/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>

/* After the subject's end, the kernel needs a moment to hand in its closes. */
#define CLOSE_DEADLINE_NS NS_PER_S

/* ---- running the subject ---- */

static void abort_server(void *stage)
{
	daemon_abort(&((struct stage *)stage)->daemon);
}

static int run_subject(struct stage *s, enum box_run run, enum box_stream out)
{
	struct subject_words env = {0};
	SCOPED_FREE char *tmp = NULL;
	char **argv;
	if (asprintf(&tmp, "%s/tmp", s->world->base) < 0)
		return err_set(&s->err, ENOMEM, "out of memory");
	const struct subject_places places = {
		.world = s->world->base, .tmp = tmp, .files = s->q->files};
	int rc = subject_argv(s->q->subject, s->q->spec->mode, &places, &argv, &s->err);
	if (rc)
		return rc;
	stage_environment(s, run == RUN_MAIN, &env);
	const struct process_request request = {
		.argv = argv,
		.env = env.words.at,
		.cwd = s->q->spec->cwd ? s->q->spec->cwd : tmp,
		.stdout_fd = s->box->streams[out],
		.stderr_fd = s->box->streams[out + 1],
		.deadline_ns = s->q->deadline_ns,
		.cancel_fd = s->cancel_fd,
		.abort = abort_server,
		.abort_context = s,
		.autopsy = s->q->autopsy && run == RUN_MAIN,
		.attendant = run == RUN_MAIN ? forks_attendant(s->forks) : NULL,
	};
	rc = process_run(&request, &s->found->runs[run], &s->err);
	subject_argv_free(argv);
	subject_words_free(&env);
	if (!rc && s->found->runs[run].exec_error) {
		s->found->status = EXIT_USAGE;
		rc = err_set(&s->err, s->found->runs[run].exec_error, "%s: cannot be executed%s%s: %s",
			     s->q->subject->command.words.at[0], s->q->spec->cwd ? " in " : "",
			     s->q->spec->cwd ? s->q->spec->cwd : "", strerror(s->found->runs[run].exec_error));
	}
	if (!rc && s->found->runs[run].cancelled)
		rc = err_set(&s->err, EINTR, "cancelled");
	return rc;
}

/* ---- looking ---- */

/* What the server has counted since the case began. */
static int ask_server(struct stage *s)
{
	struct daemon_status *now = &s->found->server;
	const struct daemon_status *began = &s->began;
	int rc = s->daemon.pid ? daemon_status(&s->daemon, now, &s->err) : -ESRCH;
	if (rc)
		return rc;
	now->bytes_read -= began->bytes_read;
	now->bytes_written -= began->bytes_written;
	now->journal_lost -= began->journal_lost;
	now->opens -= began->opens;
	now->reads -= began->reads;
	now->readdirs -= began->readdirs;
	now->lookups -= began->lookups;
	now->writes -= began->writes;
	now->refused -= began->refused;
	return 0;
}

/* Until the server has seen every close. Handles that stay open after all processes are gone are ours to explain. */
static void settle_server(struct stage *s)
{
	static const struct timespec moment = {.tv_nsec = 100000};
	int64_t until = clock_now_ns() + CLOSE_DEADLINE_NS;
	do {
		if (ask_server(s) < 0) {
			s->found->server_lost = !s->found->runs[RUN_MAIN].aborted;
			return;
		}
		if (!s->found->server.handles)
			return;
		nanosleep(&moment, NULL);
	} while (clock_now_ns() < until);
}

static int take_manifest(struct stage *s, const char *below, enum box_stream stream)
{
	char path[300];
	snprintf(path, sizeof path, "%s/%s", s->world->base, below);
	return manifest_write(path, s->box->streams[stream], &s->err);
}

/* A copy of what goes with the world. */
static int take_file(struct stage *s, const char *below, enum box_stream stream)
{
	char path[300];
	stage_place(s, below, path);
	int rc = copy_sparse_into(path, s->box->streams[stream]);
	return rc ? err_set(&s->err, -rc, "%s: %s", path, strerror(-rc)) : 0;
}

static int look(struct stage *s)
{
	pid_t spared = s->daemon.pid;
	s->found->leftovers =
		process_leftovers(spared, s->found->leftover_names, sizeof s->found->leftover_names);
	settle_server(s);
	if (s->page_env)
		s->found->allocations_known =
			schedule_read(strchr(s->page_env, '=') + 1, &s->found->allocations, NULL) == 0;
	int rc = s->q->counted ? take_file(s, "trace", STREAM_TRACE) : 0;
	if (!rc && s->q->mapped)
		rc = take_file(s, "alloc.map", STREAM_MAP);
	rc = rc ? rc : take_manifest(s, "back/out", STREAM_OUTPUTS);
	rc = rc ? rc : take_manifest(s, "tmp", STREAM_TMP);
	rc = rc ? rc : audit_look(s);
	return rc ? rc : inspect_outputs(s, false);
}

/* ---- before and again ---- */

static int prepare_outputs(struct stage *s)
{
	if (s->q->spec->before == BEFORE_NOTHING)
		return 0;
	if (s->q->spec->before == BEFORE_OTHERS)
		return audit_put_bystanders(s);
	int rc = run_subject(s, RUN_BEFORE, STREAM_AGAIN_STDOUT);
	if (!rc && s->found->runs[RUN_BEFORE].exit_code != 0)
		rc = err_set(&s->err, EIO, "the run before, without faults, failed");
	return rc;
}

static void wait_until(const struct stage *s, int64_t when_ns)
{
	struct pollfd cancel = {.fd = s->cancel_fd, .events = POLLIN};
	poll(&cancel, 1, clock_until_ms(when_ns));
}

static bool is_empty_place(const struct stage *s, const char *below)
{
	char path[300];
	stage_place(s, below, path);
	return world_is_empty(path);
}

/* Is everything as before the run, or as it is after one without faults? */
static bool left_nothing_new(const struct stage *s)
{
	SCOPED(buf_free) struct buf outputs = {0};
	int fd = s->box->streams[STREAM_OUTPUTS];
	if (!s->q->golden || s->q->spec->before != BEFORE_NOTHING || !is_empty_place(s, "tmp") || !is_empty_place(s, "home"))
		return false;
	bool read = lseek(fd, 0, SEEK_SET) == 0 && buf_read_fd(&outputs, fd, 64u << 20) == 0;
	return read && (!outputs.length || strcmp(buf_string(&outputs), s->q->golden) == 0);
}

static int run_again(struct stage *s, int64_t started_ns)
{
	if (!s->q->again || !s->daemon.pid || left_nothing_new(s))
		return 0;
	int rc = daemon_disarm(&s->daemon, &s->err);
	if (rc)
		return rc;
	wait_until(s, started_ns + s->q->again_after_ns);
	rc = run_subject(s, RUN_AGAIN, STREAM_AGAIN_STDOUT);
	struct daemon_status still; /* what a run without its filesystem does is not the subject's doing */
	if (!rc && !s->found->runs[RUN_AGAIN].aborted)
		rc = daemon_status(&s->daemon, &still, &s->err);
	rc = rc ? rc : take_manifest(s, "back/out", STREAM_AGAIN_OUTPUTS);
	return rc ? rc : inspect_outputs(s, true);
}

static int keep_outputs(struct stage *s)
{
	char path[300];
	if (!s->q->keep[0])
		return 0;
	snprintf(path, sizeof path, "%s/back/out", s->world->base);
	return copy_tree(path, s->q->keep, &s->err);
}

/* ---- one case ---- */

/* What stands in the trace by now, of a run before, is none of the run that is counted. */
static int begin_count(struct stage *s)
{
	char path[300];
	struct wire_trace_header header;
	if (!s->q->counted)
		return 0;
	stage_place(s, "trace", path);
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, &header, sizeof header, 0) != sizeof header)
		return err_set(&s->err, EIO, "%s: cannot be read", path);
	s->found->counted_from = header.written;
	return 0;
}

static int play(struct stage *s)
{
	int rc = stage_page(s);
	if (!rc && s->q->forks)
		rc = forks_begin(s, &s->forks);
	rc = rc ? rc : prepare_outputs(s);
	rc = rc ? rc : audit_begin(s);
	rc = rc ? rc : stage_plan(s);
	rc = rc ? rc : daemon_status(&s->daemon, &s->began, &s->err);
	rc = rc ? rc : begin_count(s);
	if (!rc && (s->q->rules || s->q->plan_path))
		rc = daemon_arm(&s->daemon, &s->err);
	int64_t started = clock_now_ns();
	rc = rc ? rc : run_subject(s, RUN_MAIN, STREAM_STDOUT);
	if (!rc && s->forks)
		rc = forks_end(s->forks, &s->err);
	rc = rc ? rc : look(s);
	rc = rc ? rc : keep_outputs(s);
	return rc ? rc : run_again(s, started);
}

static void begin_case(struct stage *s, const struct box_request *q)
{
	s->q = q;
	s->err = (struct err){0};
	s->found->status = EXIT_INTERNAL;
}

static void end_case(struct stage *s, int rc)
{
	if (rc)
		snprintf(s->found->trouble, sizeof s->found->trouble, "%.999s", s->err.text);
	s->found->complete = !rc;
}

void stage_play(struct stage *s, const struct box_request *q)
{
	begin_case(s, q);
	int rc = stage_volumes(s);
	end_case(s, rc ? rc : play(s));
}

/* ---- first and last ---- */

static int block_signals(void)
{
	sigset_t set, cancel;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_SETMASK, &set, NULL);
	sigemptyset(&cancel);
	sigaddset(&cancel, SIGTERM);
	return signalfd(-1, &cancel, SFD_CLOEXEC | SFD_NONBLOCK);
}

void stage_init(struct stage *s, struct box *box)
{
	*s = (struct stage){.box = box, .found = box->findings, .world = &box->world, .daemon.control_fd = -1};
	s->cancel_fd = block_signals();
}

void stage_open(struct stage *s, const struct box_request *q)
{
	begin_case(s, q);
	int rc = world_enter(s->world, &s->err);
	if (rc)
		s->found->status = EXIT_ENVIRONMENT;
	rc = rc ? rc : stage_server(s);
	if (!rc)
		audit_open(s);
	end_case(s, rc ? rc : play(s));
}

/* Is it there again as it was, empty? */
static bool renew(struct stage *s, const char *below)
{
	char path[300];
	stage_place(s, below, path);
	world_remove_tree(path);
	return stage_directory(s, below) == 0;
}

static bool drop_volumes(struct stage *s)
{
	char path[300];
	if (s->q->rules && (daemon_disarm(&s->daemon, &s->err) < 0 || daemon_remove_rules(&s->daemon, &s->err) < 0))
		return false;
	if (daemon_drop(&s->daemon, "in", &s->err) < 0 || daemon_drop(&s->daemon, "out", &s->err) < 0)
		return false;
	stage_place(s, "back/out", path);
	world_remove_tree(path);
	return access(path, F_OK) < 0;
}

bool stage_clear(struct stage *s)
{
	char names[256], page[300];
	forks_free(take_ptr(&s->forks));
	if (s->q->forks) /* many have been here */
		return false;
	if (!s->found->complete || !s->daemon.pid || s->found->objects || process_leftovers(s->daemon.pid, names, sizeof names) || s->found->server.handles)
		return false;
	stage_place(s, "alloc.page", page);
	unlink(page);
	free(take_ptr(&s->page_env));
	return drop_volumes(s) && renew(s, "tmp") && renew(s, "home");
}

void stage_close(struct stage *s)
{
	char names[256];
	process_leftovers(s->daemon.pid, names, sizeof names);
	daemon_stop(&s->daemon);
	world_clean(s->world);
}
