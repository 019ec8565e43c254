/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Looks at what a run does beside its outputs. */
#include "harness/audit.h"

#include "base/scope.h"
#include "harness/exits.h"
#include "harness/leaks.h"
#include "harness/manifest.h"
#include "harness/objects.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Of one process; what is beyond is one leak more. */
#define REPORT_MAX (4u << 20)

/* ---- bystanders ---- */

static const struct {
	const char *path, *text; /* NULL: a directory */
} bystanders[] = {
	{"bystander.txt", "This file is none of yours.\n"},
	{".bystander", "Nor is this one.\n"},
	{"bystanders", NULL},
	{"bystanders/a", "a\n"},
};

static int put_file(const char *path, const char *text)
{
	SCOPED_FD int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	ssize_t length = (ssize_t)strlen(text);
	return fd < 0 || write(fd, text, (size_t)length) != length ? -errno : 0;
}

int audit_put_bystanders(struct stage *s)
{
	for (size_t i = 0; i < COUNT_OF(bystanders); i++) {
		char path[300];
		snprintf(path, sizeof path, "%s/back/out/%s", s->world->base, bystanders[i].path);
		int rc = bystanders[i].text ? put_file(path, bystanders[i].text) : mkdir(path, 0755) < 0 ? -errno : 0;
		if (rc)
			return err_set(&s->err, -rc, "%s: %s", path, strerror(-rc));
	}
	return 0;
}

/* ---- looking ---- */

static int take(struct stage *s, const char *below, enum box_stream stream)
{
	char path[300];
	snprintf(path, sizeof path, "%s/%s", s->world->base, below);
	return manifest_write(path, s->box->streams[stream], &s->err);
}

/* Nothing stands there where nothing was put. */
static int begin_leaks(struct stage *s)
{
	char path[300];
	free(take_ptr(&s->lsan)); /* the case before may have asked for it */
	if (oracles_merge(&s->q->spec->oracles, &s->q->subject->oracles).leaks != STANCE_FAIL)
		return 0;
	snprintf(path, sizeof path, "%s/leaks", s->world->base);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return err_set(&s->err, errno, "%s: %s", path, strerror(errno));
	s->lsan = leaks_library();
	if (!s->lsan)
		s->found->status = EXIT_ENVIRONMENT;
	return s->lsan ? 0 : err_set(&s->err, ENOENT, "leaks: there is no liblsan.so (install liblsan0, or gcc)");
}

int audit_begin(struct stage *s)
{
	int rc = begin_leaks(s);
	if (rc)
		return rc;
	return s->q->spec->before == BEFORE_NOTHING ? 0 : take(s, "back/out", STREAM_BEFORE);
}

/* Who works in /dev/shm itself writes there for whoever comes after. */
void audit_open(struct stage *s)
{
	const char *cwd = s->q->spec->cwd;
	if (!cwd || strncmp(cwd, "/dev/shm", 8) != 0)
		objects_begin(s->world);
}

static int take_report(struct stage *s, const char *path)
{
	SCOPED(buf_free) struct buf text = {0};
	int rc = buf_read_file(&text, path, REPORT_MAX);
	rc = rc == -EFBIG ? 0 : rc;
	rc = rc ? rc : buf_write_fd(&text, s->box->streams[STREAM_LEAKS]);
	unlink(path);
	return rc;
}

/* A report a process. */
static int take_leaks(struct stage *s)
{
	char directory[280];
	snprintf(directory, sizeof directory, "%s/leaks", s->world->base);
	SCOPED_DIR DIR *dir = s->lsan ? opendir(directory) : NULL;
	int rc = 0;
	for (struct dirent *entry; !rc && dir && (entry = readdir(dir));) {
		char path[600];
		snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
		rc = entry->d_name[0] == '.' ? 0 : take_report(s, path);
	}
	return rc ? err_set(&s->err, -rc, "%s: %s", directory, strerror(-rc)) : 0;
}

int audit_look(struct stage *s)
{
	s->found->objects = objects_left(s->world, s->found->object_names, sizeof s->found->object_names);
	int rc = take_leaks(s);
	return rc ? rc : take(s, "home", STREAM_HOME);
}
