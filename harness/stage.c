/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Plays cases. */
#include "harness/stage.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/places.h"
#include "base/scope.h"
#include "fusefs/wire.h"
#include "harness/audit.h"
#include "harness/copy.h"
#include "harness/exits.h"
#include "harness/inspect.h"
#include "harness/leaks.h"
#include "harness/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>

/* After the subject's end, the kernel needs a moment to hand in its closes. */
#define CLOSE_DEADLINE_NS NS_PER_S

/* ---- places ---- */

static int out_of_memory(struct stage *s)
{
	return err_set(&s->err, ENOMEM, "out of memory");
}

/* The path of something of the world's. */
static void place_of(const struct stage *s, const char *below, char path[300])
{
	snprintf(path, 300, "%s/%s", s->world->base, below);
}

static int make_directory(struct stage *s, const char *below)
{
	char path[300];
	place_of(s, below, path);
	return mkdir(path, 0755) < 0 ? err_set(&s->err, errno, "%s: %s", path, strerror(errno)) : 0;
}

/* ---- the server ---- */

static void grant_mount(const void *world)
{
	world_grant_mount(world);
}

static int list_volume(struct subject_words *volumes, const char *name, const char *source)
{
	char *text = NULL;
	char **slot = asprintf(&text, "%s=%s", name, source) < 0 ? NULL : vec_add(&volumes->words);
	if (!slot) {
		free(text);
		return -ENOMEM;
	}
	*slot = text;
	return 0;
}

/* Of the same subject are all cases here: its own volumes stay. */
static int list_volumes(struct stage *s, struct subject_words *volumes)
{
	SCOPED_FREE char *out = NULL;
	int rc = asprintf(&out, WIRE_SCRATCH "%s/back/out", s->world->base) < 0 ? -ENOMEM : 0;
	rc = rc ? rc : list_volume(volumes, "in", s->q->corpus);
	rc = rc ? rc : list_volume(volumes, "out", out);
	for (size_t i = 0; !rc && i < s->q->subject->volumes.count; i++)
		rc = list_volume(volumes, s->q->subject->volumes.at[i].name, s->q->subject->volumes.at[i].source);
	return rc ? out_of_memory(s) : 0;
}

/* The journal's file once more, with a place of its own, always at the end: the server may still write while the parent reads. */
static int open_journal(struct stage *s)
{
	char path[40];
	snprintf(path, sizeof path, "/proc/self/fd/%d", s->box->streams[STREAM_JOURNAL]);
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	return fd < 0 ? err_set(&s->err, errno, "the journal's memory cannot be opened: %s", strerror(errno)) : fd;
}

static int start_with(struct stage *s, const char *program, const char *mountpoint, const char *trace,
		      const struct subject_words *volumes)
{
	SCOPED_FD int journal_fd = open_journal(s);
	if (journal_fd < 0)
		return journal_fd;
	struct daemon_request request = {
		.program = program,
		.plan = s->q->plan_path,
		.seed = s->q->spec->seed,
		.seeded = true,
		.mountpoint = mountpoint,
		.how = s->world->kind == WORLD_PRIVATE ? "direct" : "auto",
		/* What is read and written is counted: none of it may pass the server by. */
		.caching = s->q->spec->uncached ? "uncached" : "live",
		.journal_fd = journal_fd,
		.trace = s->q->counted ? trace : NULL,
		.disarmed = true,
		.tied = true,
		.before_exec = grant_mount,
		.context = s->world,
	};
	int status;
	for (size_t i = 0; i < volumes->words.count && i < DAEMON_VOLUMES_MAX; i++)
		request.volumes[request.volumes_count++] = volumes->words.at[i];
	int rc = daemon_start(&request, &s->daemon, &status, &s->err);
	if (rc)
		s->found->status = status == WIRE_EXIT_ENVIRONMENT ? EXIT_ENVIRONMENT
				   : status == WIRE_EXIT_USAGE	   ? EXIT_USAGE
								   : EXIT_INTERNAL;
	return rc;
}

static int start_server(struct stage *s)
{
	SCOPED_FREE char *program = NULL;
	SCOPED_FREE char *mountpoint = NULL;
	SCOPED_FREE char *trace = NULL;
	struct subject_words volumes = {0};
	int rc = places_program(WIRE_PROGRAM, &program, &s->err);
	rc = rc ? rc : make_directory(s, "back/out");
	if (!rc && (asprintf(&mountpoint, "%s/m", s->world->base) < 0 || asprintf(&trace, "%s/trace", s->world->base) < 0))
		rc = out_of_memory(s);
	rc = rc ? rc : list_volumes(s, &volumes);
	rc = rc ? rc : start_with(s, program, mountpoint, trace, &volumes);
	subject_words_free(&volumes);
	return rc;
}

/* ---- what a case begins with ---- */

/* Where the server is there already. */
static int add_volumes(struct stage *s)
{
	SCOPED_FREE char *out = NULL;
	if (asprintf(&out, WIRE_SCRATCH "%s/back/out", s->world->base) < 0)
		return out_of_memory(s);
	int rc = make_directory(s, "back/out");
	rc = rc ? rc : daemon_add(&s->daemon, "in", s->q->corpus, &s->err);
	if (rc)
		s->found->status = EXIT_USAGE;
	return rc ? rc : daemon_add(&s->daemon, "out", out, &s->err);
}

static int make_map(struct stage *s)
{
	char path[300];
	place_of(s, "alloc.map", path);
	return s->q->mapped ? schedule_map_make(path, ALLOC_DEPTH, &s->err) : 0;
}

static int make_page(struct stage *s)
{
	char path[300];
	if (!s->q->preload)
		return 0;
	place_of(s, "alloc.page", path);
	if (asprintf(&s->page_env, ALLOC_PAGE_ENV "=%s", path) < 0)
		return out_of_memory(s);
	int rc = s->shim ? 0 : places_program("libordeal-alloc.so", &s->shim, &s->err);
	rc = rc ? rc : make_map(s);
	return rc ? rc : schedule_make(path, s->q->spec->seed, s->q->allocations, s->q->allocations_count, &s->err);
}

static int set_plan(struct stage *s)
{
	if (!s->q->rules)
		return 0;
	int rc = daemon_plan(&s->daemon, s->q->rules, s->q->spec->seed, &s->err);
	if (rc)
		s->found->status = EXIT_USAGE;
	return rc;
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
static void add_preloads(const struct stage *s, bool shimmed, bool watched, struct subject_words *env)
{
	SCOPED(buf_free) struct buf preloads = {0}, options = {0};
	char directory[300];
	place_of(s, "leaks", directory);
	leaks_options(directory, &options);
	if (shimmed)
		buf_text(&preloads, s->shim);
	if (watched)
		buf_printf(&preloads, "%s%s", shimmed ? ":" : "", s->lsan);
	add_joined(env, "LD_PRELOAD", buf_string(&preloads), users_own(s, "LD_PRELOAD"));
	add_joined(env, "ASAN_OPTIONS", users_own(s, "ASAN_OPTIONS"), shimmed ? "verify_asan_link_order=0" : "");
	add_joined(env, "LSAN_OPTIONS", users_own(s, "LSAN_OPTIONS"), watched ? buf_string(&options) : "");
	if (shimmed)
		add_env(env, ALLOC_PAGE_ENV, strchr(s->page_env, '=') + 1, "");
	/* There also without a map: what is in the environment some programs allocate for. */
	if (shimmed)
		add_env(env, ALLOC_MAP_ENV, s->q->mapped ? s->world->base : "", s->q->mapped ? "/alloc.map" : "");
}

static bool is_same_variable(const char *a, const char *b)
{
	size_t length = b ? strcspn(b, "=") + 1 : 0;
	return b && strncmp(a, b, length) == 0;
}

/* A subject of ours runs in a fixed environment, so that the same case is the same everywhere; a user's command gets the
 * user's, but for the places of the world. */
static void make_env(const struct stage *s, bool faulty, struct subject_words *env)
{
	static const char *const replaced[] = {"TMPDIR=", "HOME=", "LC_ALL=", "LD_PRELOAD=", "ASAN_OPTIONS=", "LSAN_OPTIONS=",
					       ALLOC_PAGE_ENV "=", ALLOC_MAP_ENV "="};
	bool own_command = s->q->spec->command != NULL;
	for (char **variable = environ; own_command && *variable; variable++) {
		bool ours = is_same_variable(*variable, s->q->env);
		for (size_t i = 0; i < COUNT_OF(replaced); i++)
			ours |= is_same_variable(*variable, replaced[i]);
		char **slot = ours ? NULL : vec_add(&env->words);
		if (slot)
			*slot = strdup(*variable);
	}
	if (!own_command)
		add_env(env, "PATH", getenv("PATH"), "");
	add_env(env, "TMPDIR", s->world->base, "/tmp");
	add_env(env, "HOME", s->world->base, "/home");
	add_env(env, "LC_ALL", "C", "");
	char **slot = s->q->env ? vec_add(&env->words) : NULL;
	if (slot)
		*slot = strdup(s->q->env);
	add_preloads(s, faulty && s->page_env, faulty && s->lsan, env);
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
	place_of(s, below, path);
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
	place_of(s, below, path);
	SCOPED_DIR DIR *dir = opendir(path);
	size_t count = 0;
	while (dir && readdir(dir))
		count++;
	return dir && count == 2; /* . and .. */
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
	place_of(s, "trace", path);
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, &header, sizeof header, 0) != sizeof header)
		return err_set(&s->err, EIO, "%s: cannot be read", path);
	s->found->counted_from = header.written;
	return 0;
}

static int play(struct stage *s)
{
	int rc = make_page(s);
	if (!rc && s->q->forks)
		rc = forks_begin(s, &s->forks);
	rc = rc ? rc : prepare_outputs(s);
	rc = rc ? rc : audit_begin(s);
	rc = rc ? rc : set_plan(s);
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
	int rc = add_volumes(s);
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
	rc = rc ? rc : start_server(s);
	if (!rc)
		audit_open(s);
	end_case(s, rc ? rc : play(s));
}

/* Is it there again as it was, empty? */
static bool renew(struct stage *s, const char *below)
{
	char path[300];
	place_of(s, below, path);
	world_remove_tree(path);
	return make_directory(s, below) == 0;
}

static bool drop_volumes(struct stage *s)
{
	char path[300];
	if (s->q->rules && (daemon_disarm(&s->daemon, &s->err) < 0 || daemon_remove_rules(&s->daemon, &s->err) < 0))
		return false;
	if (daemon_drop(&s->daemon, "in", &s->err) < 0 || daemon_drop(&s->daemon, "out", &s->err) < 0)
		return false;
	place_of(s, "back/out", path);
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
	place_of(s, "alloc.page", page);
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
