/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Sends reports where they belong, and what all forms share. */
#include "harness/report.h"

#include "base/nearest.h"
#include "base/scope.h"
#include "base/shortfall.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct form {
	const char *name;
	void (*write)(const struct session *session, const char *title, bool colour, struct buf *out);
};

static const struct form forms[] = {
	{"text", report_text}, {"tap", report_tap}, {"junit", report_junit}, {"json", report_json}};

static const struct form *form_of(const char *target, const char **file)
{
	char name[16];
	size_t length = strcspn(target, ":");
	snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1), target);
	*file = target[length] ? target + length + 1 : "-";
	return named_in(forms, COUNT_OF(forms), sizeof forms[0], name);
}

int report_check(const char *target, struct err *err)
{
	const char *file;
	const struct form *form = form_of(target, &file);
	char hint[NEAREST_HINT_SIZE];
	if (!form)
		return err_set(err, EINVAL, "unknown report '%s': text, tap, junit or json, then :FILE%s", target,
			       nearest_hint(hint, nearest_in(forms, COUNT_OF(forms), sizeof forms[0], target)));
	return *file ? 0 : err_set(err, EINVAL, "report '%s' names no file", target);
}

/* Whole or not at all: a reader never meets half a report. But what is there and is no regular file (a pipe, a terminal,
 * /dev/null) stays what it is, and is written to. */
static int write_file(const char *file, const struct buf *text, struct err *err)
{
	SCOPED_FREE char *aside = NULL;
	struct stat st;
	bool special = stat(file, &st) == 0 && !S_ISREG(st.st_mode);
	if (asprintf(&aside, "%s%s", file, special ? "" : ".tmp") < 0)
		return err_set(err, ENOMEM, "out of memory");
	SCOPED_FD int fd = open(aside, O_WRONLY | O_CLOEXEC | (special ? 0 : O_CREAT | O_TRUNC), 0644);
	int rc = fd < 0 ? -errno : buf_write_fd(text, fd);
	if (!rc && (close(take_fd(&fd)) < 0 || (!special && rename(aside, file) < 0)))
		rc = -errno;
	if (!rc)
		return 0;
	if (!special)
		unlink(aside);
	return err_set(err, -rc, "%s: the report cannot be written: %s", file, strerror(-rc));
}

int report_write(const char *target, const struct session *session, const char *title, bool colour, struct err *err)
{
	const char *file;
	const struct form *form = form_of(target, &file);
	SCOPED(buf_free) struct buf text = {0};
	bool to_stdout = strcmp(file, "-") == 0;
	uint64_t before = shortfalls();
	if (form->write == report_text && session->tell)
		session->tell(session, colour && to_stdout, &text);
	else
		form->write(session, title, colour && to_stdout, &text);
	if (shortfalls() != before)
		return err_set(err, ENOMEM, "no report: out of memory");
	if (!to_stdout)
		return write_file(file, &text, err);
	int rc = buf_write_fd(&text, STDOUT_FILENO);
	return rc ? err_set(err, -rc, "stdout cannot be written: %s", strerror(-rc)) : 0;
}

void report_replay(const struct trial *trial, struct buf *out)
{
	SCOPED(buf_free) struct buf line = {0};
	case_print(&trial->spec, &line);
	buf_text(out, "ordeal replay ");
	case_shell_quote(buf_string(&line), out);
}

const char *report_case_name(const struct trial *trial)
{
	const char *name = trial->spec.name ? trial->spec.name : "case";
	const char *slash = strchr(name, '/');
	return slash ? slash + 1 : name;
}
