/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Writes the lines on stderr. */
#include "common/report.h"

#include "common/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *core_name = "subject";

void report_as(const char *core)
{
	core_name = core;
}

/* File names may hold any byte: a line must stay a line, and text; and a terminal must not be given orders. */
static void tame(char *line)
{
	while (*line) {
		int length = text_character(line);
		if (length == 0 || (unsigned char)*line < ' ' || *line == 0x7f)
			*line = '?';
		line += length ? length : 1;
	}
}

void report_note(const char *format, ...)
{
	char line[1100];
	int head = snprintf(line, sizeof line, "%s: ", core_name);
	va_list args;
	va_start(args, format);
	vsnprintf(line + head, sizeof line - (size_t)head - 1, format, args);
	va_end(args);
	tame(line);
	size_t length = strlen(line);
	line[length] = '\n';
	while (write(STDERR_FILENO, line, length + 1) < 0 && errno == EINTR)
		;
}

/* kind: what stands before the number. tail: what follows the reason. */
static void tell(const char *kind, const struct failure *failure, const char *tail_mark, const char *tail)
{
	report_note("%s %d (%s): %s: %s%s%s", kind, failure->code, code_word(failure->code), failure->file, failure->why,
		    tail_mark, tail);
}

void report_error(const struct failure *failure)
{
	tell("error", failure, "", "");
}

void report_warning(const struct failure *failure, const char *consequence)
{
	tell("warning", failure, consequence ? "; " : "", consequence ? consequence : "");
}

void report_skipped(const struct failure *failure)
{
	report_note("skipped %s: error %d (%s): %s", failure->file, failure->code, code_word(failure->code), failure->why);
}
