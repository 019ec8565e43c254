/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Coverage in words, with the lines themselves. */
#include "harness/coverage.h"

#include "base/scope.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

/* Columns of a source line that are shown. */
#define SHOWN 72
/* No source is longer. */
#define SOURCE_MAX (16u << 20)

struct source {
	struct buf text;
	VEC(const char *) lines;
};

static void read_source(const char *path, struct source *out)
{
	struct stat st;
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || buf_read_file(&out->text, path, SOURCE_MAX) < 0 || !out->text.at)
		return;
	char *rest = out->text.at;
	for (char *line; (line = strsep(&rest, "\n"));) {
		const char **slot = vec_add(&out->lines);
		if (!slot)
			return;
		*slot = line;
	}
}

/* A line as it can stand in a report: without what is before it, without what does not print. */
static void add_source(const struct source *source, uint32_t number, struct buf *out)
{
	if (number > source->lines.count)
		return;
	const char *line = source->lines.at[number - 1];
	line += strspn(line, " \t\r");
	size_t length = strlen(line);
	buf_text(out, "  ");
	for (size_t i = 0; i < length && i < SHOWN; i++)
		buf_char(out, iscntrl((unsigned char)line[i]) ? ' ' : line[i]);
	buf_text(out, length > SHOWN ? "..." : "");
}

typedef bool chooses(const struct coverage_line *line);

static bool is_by_faults_alone(const struct coverage_line *line)
{
	return line->reached[COVERAGE_FAULTS] && !line->reached[COVERAGE_CLEAN];
}

static bool is_unreached(const struct coverage_line *line)
{
	return !line->reached[COVERAGE_FAULTS] && !line->reached[COVERAGE_CLEAN];
}

static bool has_error_branch(const struct coverage_line *line)
{
	return line->error_never > 0;
}

/* Ranges: lines of a kind with no code of another kind between them. */
static void tell_lines(const struct coverage_file *file, const struct source *source, const char *title, chooses *chosen, bool ranges,
		       struct buf *out)
{
	bool any = false;
	for (size_t i = 0; i < file->lines.count; i++) {
		size_t last = i;
		if (!chosen(&file->lines.at[i]))
			continue;
		while (ranges && last + 1 < file->lines.count && chosen(&file->lines.at[last + 1]))
			last++;
		buf_printf(out, "%s", any ? "" : title);
		any = true;
		uint32_t from = file->lines.at[i].number, to = file->lines.at[last].number;
		char text[24];
		snprintf(text, sizeof text, from == to ? "%u" : "%u-%u", from, to);
		buf_printf(out, "    %-11s", text);
		add_source(source, from, out);
		buf_char(out, '\n');
		i = last;
	}
}

static void tell_file(const struct coverage_file *file, struct buf *out)
{
	struct source source = {0};
	buf_printf(out, "%s: %u of %u lines reached, %u by faults alone; %u of %u error branches never taken\n", file->path, file->reached,
		   file->reached + file->unreached, file->by_faults_alone, file->error_never, file->error);
	read_source(file->path, &source);
	tell_lines(file, &source, "  reached by faults alone:\n", is_by_faults_alone, true, out);
	tell_lines(file, &source, "  reached by nothing:\n", is_unreached, true, out);
	tell_lines(file, &source, "  error branches never taken:\n", has_error_branch, false, out);
	vec_free(&source.lines);
	buf_free(&source.text);
}

void coverage_tell(const struct coverage_report *report, struct buf *out)
{
	if (!report->counts[COVERAGE_CLEAN])
		buf_text(out, "no run without faults has left counts (is the subject the program that was built there?)\n");
	if (!report->counts[COVERAGE_FAULTS])
		buf_text(out, "no run with faults has left counts\n");
	for (size_t i = 0; i < report->files.count; i++)
		tell_file(&report->files.at[i], out);
}
