/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Lines of what differs. */
#include "harness/cli/corpus_findings.h"

#include "base/harmless.h"
#include "harness/cli/cli.h"

#include <string.h>

void findings_add(struct buf *to, const char *name, const char *words, ...)
{
	const size_t start = to->length;
	va_list args;
	va_start(args, words);
	buf_printf(to, "%s: ", name);
	buf_vprintf(to, words, args);
	va_end(args);
	if (to->length > start)
		harmless(to->at + start, "");
	buf_char(to, '\n');
}

void findings_tell(struct findings *findings, const char *lines)
{
	for (size_t length; *lines; lines += length + 1) {
		length = strcspn(lines, "\n");
		if (findings->count++ < findings->most)
			cli_tell("%.*s\n", (int)length, lines);
	}
}

int findings_end(const struct findings *findings, const char *what, const char *from)
{
	if (findings->count > findings->most)
		cli_tell("... and %llu more\n", (unsigned long long)(findings->count - findings->most));
	return cli_complain(EXIT_FAILED, "%s: %llu difference%s from %s", what, (unsigned long long)findings->count,
			    findings->count == 1 ? "" : "s", from);
}
