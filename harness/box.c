/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Carries out one case in a world of its own. */
#include "harness/box.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/places.h"
#include "base/scope.h"
#include "fusefs/wire.h"
#include "harness/copy.h"
#include "harness/exits.h"
#include "harness/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* Beyond the deadlines of its runs a box has this long for everything else. */
#define MARGIN_NS (30 * NS_PER_S)
/* After the subject's end, the kernel needs a moment to hand in its closes. */
#define CLOSE_DEADLINE_NS NS_PER_S

/* What the child works with. */
struct stage {
	const struct box_request *q;
	struct box *box;
	struct box_findings *found;
	struct world *world;
	struct daemon daemon;
	char *shim, *page_env, *tmp;
	struct subject_words volumes; /* NAME=SOURCE */
	int cancel_fd;
	struct err err;
};

/* ---- setting the stage ---- */

static int add_volume(struct stage *s, char *text)
{
	char **slot = text ? vec_add(&s->volumes.words) : NULL;
	if (!slot) {
		free(text);
		return err_set(&s->err, ENOMEM, "out of memory");
	}
	*slot = text;
	return 0;
}

static int list_volumes(struct stage *s)
{
	char *in = NULL, *out = NULL;
	if (asprintf(&in, "in=%s", s->q->spec->corpus) < 0)
		in = NULL;
	if (asprintf(&out, "out=%s%s/back/out", WIRE_SCRATCH, s->world->base) < 0)
		out = NULL;
	int rc = add_volume(s, in);
	rc = add_volume(s, out) ? -ENOMEM : rc;
	for (size_t i = 0; !rc && i < s->q->subject->volumes.count; i++) {
		const struct subject_volume *volume = &s->q->subject->volumes.at[i];
		char *text = NULL;
		rc = add_volume(s, asprintf(&text, "%s=%s", volume->name, volume->source) < 0 ? NULL : text);
	}
	return rc;
}

static void grant_mount(const void *world)
{
	world_grant_mount(world);
}

static int start_server(struct stage *s)
{
	SCOPED_FREE char *program = NULL;
	SCOPED_FREE char *mountpoint = NULL;
	int status, rc = places_program(WIRE_PROGRAM, &program, &s->err);
	if (rc)
		return rc;
	if (asprintf(&mountpoint, "%s/m", s->world->base) < 0)
		return err_set(&s->err, ENOMEM, "out of memory");
	struct daemon_request request = {
		.program = program,
		.plan = s->q->plan_path,
		.seed = s->q->spec->seed,
		.seeded = s->q->plan_path != NULL,
		.mountpoint = mountpoint,
		.how = s->world->kind == WORLD_PRIVATE ? "direct" : "auto",
		.caching = "live", /* what is read and written is counted: none of it may pass the server by */
		.journal_fd = s->box->streams[STREAM_JOURNAL],
		.disarmed = true,
		.tied = true,
		.before_exec = grant_mount,
		.context = s->world,
	};
	for (size_t i = 0; i < s->volumes.words.count && i < DAEMON_VOLUMES_MAX; i++)
		request.volumes[request.volumes_count++] = s->volumes.words.at[i];
	rc = daemon_start(&request, &s->daemon, &status, &s->err);
	if (rc)
		s->found->status = status == WIRE_EXIT_ENVIRONMENT ? EXIT_ENVIRONMENT
				   : status == WIRE_EXIT_USAGE	   ? EXIT_USAGE
								   : EXIT_INTERNAL;
	return rc;
}

static int make_page(struct stage *s)
{
	SCOPED_FREE char *path = NULL;
	if (!s->q->preload)
		return 0;
	if (asprintf(&path, "%s/alloc.page", s->world->base) < 0 ||
	    asprintf(&s->page_env, ALLOC_PAGE_ENV "=%s", path) < 0)
		return err_set(&s->err, ENOMEM, "out of memory");
	int rc = places_program("libordeal-alloc.so", &s->shim, &s->err);
	return rc ? rc : schedule_make(path, s->q->spec->seed, s->q->allocations, s->q->allocations_count, &s->err);
}

static int set_stage(struct stage *s)
{
	char path[300];
	int rc = world_enter(s->world, &s->err);
	if (rc) {
		s->found->status = EXIT_ENVIRONMENT;
		return rc;
	}
	snprintf(path, sizeof path, "%s/back/out", s->world->base);
	if (mkdir(path, 0755) < 0)
		return err_set(&s->err, errno, "%s: %s", path, strerror(errno));
	rc = list_volumes(s);
	rc = rc ? rc : make_page(s);
	return rc ? rc : start_server(s);
}

/* ---- running the subject ---- */

static void add_env(struct subject_words *env, const char *name, const char *value, const char *below)
{
	char *text = NULL;
	char **slot = value && asprintf(&text, "%s=%s%s", name, value, below) >= 0 ? vec_add(&env->words) : NULL;
	if (slot)
		*slot = text;
	else
		free(text);
}

/* Both parts, or the one that is there. */
static void add_joined(struct subject_words *env, const char *name, const char *first, const char *second)
{
	SCOPED_FREE char *both = NULL;
	if ((*first || *second) && asprintf(&both, "%s%s%s", first, *first && *second ? ":" : "", second) >= 0)
		add_env(env, name, both, "");
}

/* What the user has set for his command. */
static const char *users_own(const struct stage *s, const char *name)
{
	const char *value = s->q->spec->command ? getenv(name) : NULL;
	return value ? value : "";
}

/* What the user preloads stays, behind the shim, which must be the first to be asked. A sanitizer's runtime insists on being
 * first; it works behind the shim too. */
static void add_preloads(const struct stage *s, bool shimmed, struct subject_words *env)
{
	add_joined(env, "LD_PRELOAD", shimmed ? s->shim : "", users_own(s, "LD_PRELOAD"));
	add_joined(env, "ASAN_OPTIONS", users_own(s, "ASAN_OPTIONS"), shimmed ? "verify_asan_link_order=0" : "");
	if (shimmed)
		add_env(env, ALLOC_PAGE_ENV, strchr(s->page_env, '=') + 1, "");
}

/* A subject of ours runs in a fixed environment, so that the same case is the same everywhere; a user's command gets the
 * user's, but for the places of the world. */
static void make_env(const struct stage *s, bool faulty, struct subject_words *env)
{
	static const char *const replaced[] = {"TMPDIR=", "HOME=", "LC_ALL=", "LD_PRELOAD=", "ASAN_OPTIONS=", ALLOC_PAGE_ENV "="};
	bool own_command = s->q->spec->command != NULL;
	for (char **variable = environ; own_command && *variable; variable++) {
		bool ours = false;
		for (size_t i = 0; i < COUNT_OF(replaced); i++)
			ours |= strncmp(*variable, replaced[i], strlen(replaced[i])) == 0;
		char **slot = ours ? NULL : vec_add(&env->words);
		if (slot)
			*slot = strdup(*variable);
	}
	if (!own_command)
		add_env(env, "PATH", getenv("PATH"), "");
	add_env(env, "TMPDIR", s->world->base, "/tmp");
	add_env(env, "HOME", s->world->base, "/home");
	add_env(env, "LC_ALL", "C", "");
	add_preloads(s, faulty && s->shim, env);
	vec_add(&env->words);
}

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
	make_env(s, run == RUN_MAIN, &env);
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

/* Until the server has seen every close. Handles that stay open after all processes are gone are ours to explain. */
static void settle_server(struct stage *s)
{
	int64_t until = clock_now_ns() + CLOSE_DEADLINE_NS;
	do {
		if (!s->daemon.pid || daemon_status(&s->daemon, &s->found->server, &s->err) < 0) {
			s->found->server_lost = !s->found->runs[RUN_MAIN].aborted;
			return;
		}
		if (!s->found->server.handles)
			return;
		poll(NULL, 0, 1);
	} while (clock_now_ns() < until);
}

static int take_manifest(struct stage *s, const char *below, enum box_stream stream)
{
	char path[300];
	snprintf(path, sizeof path, "%s/%s", s->world->base, below);
	return manifest_write(path, s->box->streams[stream], &s->err);
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
	int rc = take_manifest(s, "back/out", STREAM_OUTPUTS);
	return rc ? rc : take_manifest(s, "tmp", STREAM_TMP);
}

/* ---- before and again ---- */

static int prepare_outputs(struct stage *s)
{
	if (s->q->spec->before == BEFORE_NOTHING)
		return 0;
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

static int run_again(struct stage *s, int64_t started_ns)
{
	if (!s->q->again || !s->daemon.pid)
		return 0;
	int rc = daemon_disarm(&s->daemon, &s->err);
	if (rc)
		return rc;
	wait_until(s, started_ns + s->q->again_after_ns);
	rc = run_subject(s, RUN_AGAIN, STREAM_AGAIN_STDOUT);
	struct daemon_status still; /* what a run without its filesystem does is not the subject's doing */
	if (!rc && !s->found->runs[RUN_AGAIN].aborted)
		rc = daemon_status(&s->daemon, &still, &s->err);
	return rc ? rc : take_manifest(s, "back/out", STREAM_AGAIN_OUTPUTS);
}

static int keep_outputs(struct stage *s)
{
	char path[300];
	if (!s->q->keep)
		return 0;
	snprintf(path, sizeof path, "%s/back/out", s->world->base);
	return copy_tree(path, s->q->keep, &s->err);
}

/* ---- the child ---- */

static int play(struct stage *s)
{
	int rc = set_stage(s);
	rc = rc ? rc : prepare_outputs(s);
	if (!rc && s->q->plan_path)
		rc = daemon_arm(&s->daemon, &s->err);
	int64_t started = clock_now_ns();
	rc = rc ? rc : run_subject(s, RUN_MAIN, STREAM_STDOUT);
	rc = rc ? rc : look(s);
	rc = rc ? rc : keep_outputs(s);
	return rc ? rc : run_again(s, started);
}

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

_Noreturn static void child(const struct box_request *q, struct box *box)
{
	struct stage stage = {.q = q, .box = box, .found = box->findings, .world = &box->world, .daemon.control_fd = -1};
	char names[256];
	setpgid(0, 0); /* a Ctrl-C on the terminal is the harness's business */
	stage.cancel_fd = block_signals();
	stage.found->status = EXIT_INTERNAL;
	int rc = play(&stage);
	if (rc)
		snprintf(stage.found->trouble, sizeof stage.found->trouble, "%.999s", stage.err.text);
	stage.found->complete = !rc;
	process_leftovers(stage.daemon.pid, names, sizeof names);
	daemon_stop(&stage.daemon);
	world_clean(stage.world);
	_exit(0);
}

/* ---- the parent ---- */

static int make_streams(struct box *box, struct err *err)
{
	for (size_t i = 0; i < STREAMS; i++)
		box->streams[i] = -1;
	for (size_t i = 0; i < STREAMS; i++) {
		box->streams[i] = memfd_create("ordeal", MFD_CLOEXEC);
		if (box->streams[i] < 0)
			return err_set(err, errno, "no memory file: %s", strerror(errno));
	}
	box->findings = mmap(NULL, sizeof *box->findings, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (box->findings == MAP_FAILED) {
		box->findings = NULL;
		return err_set(err, ENOMEM, "out of memory");
	}
	return 0;
}

int box_start(const struct box_request *q, struct box *box, struct err *err)
{
	*box = (struct box){.pidfd = -1};
	int rc = make_streams(box, err);
	if (!rc)
		rc = world_plan(&box->world, q->world, err);
	if (rc) {
		box_close(box);
		return rc;
	}
	box->pid = world_fork(&box->world);
	if (box->pid == 0)
		child(q, box);
	if (box->pid < 0) {
		rc = err_set(err, -box->pid, "no process for the case: %s", strerror(-box->pid));
		world_clean(&box->world);
		box->pid = 0;
		box_close(box);
		return rc;
	}
	box->pidfd = pidfd_open(box->pid, 0);
	box->until_ns = clock_now_ns() + RUNS * (q->deadline_ns + 4 * NS_PER_S) + q->again_after_ns + MARGIN_NS;
	return 0;
}

void box_cancel(struct box *box)
{
	if (box->pid > 0)
		kill(box->pid, box->world.kind == WORLD_PRIVATE ? SIGKILL : SIGTERM);
}

void box_finish(struct box *box)
{
	if (box->pid <= 0)
		return;
	struct pollfd waiting = {.fd = box->pidfd, .events = POLLIN};
	bool ended = poll(&waiting, 1, clock_until_ms(box->until_ns)) == 1;
	if (!ended)
		kill(box->pid, SIGKILL);
	waitpid(box->pid, NULL, 0);
	box->pid = 0;
	close(take_fd(&box->pidfd));
	world_clean(&box->world);
	if (!box->findings->complete && !box->findings->trouble[0])
		snprintf(box->findings->trouble, sizeof box->findings->trouble, "%s",
			 ended ? "the box was killed" : "the box did not end in time");
}

void box_close(struct box *box)
{
	if (box->pid > 0) {
		kill(box->pid, SIGKILL);
		box_finish(box);
	}
	for (size_t i = 0; i < STREAMS; i++)
		if (box->streams[i] >= 0)
			close(take_fd(&box->streams[i]));
	if (box->findings)
		munmap(box->findings, sizeof *box->findings);
	box->findings = NULL;
}
