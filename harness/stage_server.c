/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What a case is played over: the server, its volumes and rules, the page of the shim. */
#include "harness/stage_parts.h"

#include "base/places.h"
#include "base/scope.h"
#include "fusefs/wire.h"
#include "harness/exits.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* ---- places ---- */

int stage_out_of_memory(struct stage *s)
{
	return err_set(&s->err, ENOMEM, "out of memory");
}

/* The path of something of the world's. */
void stage_place(const struct stage *s, const char *below, char path[300])
{
	snprintf(path, 300, "%s/%s", s->world->base, below);
}

int stage_directory(struct stage *s, const char *below)
{
	char path[300];
	stage_place(s, below, path);
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
	return rc ? stage_out_of_memory(s) : 0;
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

int stage_server(struct stage *s)
{
	SCOPED_FREE char *program = NULL;
	SCOPED_FREE char *mountpoint = NULL;
	SCOPED_FREE char *trace = NULL;
	struct subject_words volumes = {0};
	int rc = places_program(WIRE_PROGRAM, &program, &s->err);
	rc = rc ? rc : stage_directory(s, "back/out");
	if (!rc && (asprintf(&mountpoint, "%s/m", s->world->base) < 0 || asprintf(&trace, "%s/trace", s->world->base) < 0))
		rc = stage_out_of_memory(s);
	rc = rc ? rc : list_volumes(s, &volumes);
	rc = rc ? rc : start_with(s, program, mountpoint, trace, &volumes);
	subject_words_free(&volumes);
	return rc;
}

/* ---- what a case begins with ---- */

/* Where the server is there already. */
int stage_volumes(struct stage *s)
{
	SCOPED_FREE char *out = NULL;
	if (asprintf(&out, WIRE_SCRATCH "%s/back/out", s->world->base) < 0)
		return stage_out_of_memory(s);
	int rc = stage_directory(s, "back/out");
	rc = rc ? rc : daemon_add(&s->daemon, "in", s->q->corpus, &s->err);
	if (rc)
		s->found->status = EXIT_USAGE;
	return rc ? rc : daemon_add(&s->daemon, "out", out, &s->err);
}

static int make_map(struct stage *s)
{
	char path[300];
	stage_place(s, "alloc.map", path);
	return s->q->mapped ? schedule_map_make(path, ALLOC_DEPTH, &s->err) : 0;
}

int stage_page(struct stage *s)
{
	char path[300];
	if (!s->q->preload)
		return 0;
	stage_place(s, "alloc.page", path);
	if (asprintf(&s->page_env, ALLOC_PAGE_ENV "=%s", path) < 0)
		return stage_out_of_memory(s);
	int rc = s->shim ? 0 : places_program("libordeal-alloc.so", &s->shim, &s->err);
	rc = rc ? rc : make_map(s);
	return rc ? rc : schedule_make(path, s->q->spec->seed, s->q->allocations, s->q->allocations_count, &s->err);
}

int stage_plan(struct stage *s)
{
	if (!s->q->rules)
		return 0;
	int rc = daemon_plan(&s->daemon, s->q->rules, s->q->spec->seed, &s->err);
	if (rc)
		s->found->status = EXIT_USAGE;
	return rc;
}
