/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads reports of LeakSanitizer. */
#include "harness/leaks.h"

#include "base/scope.h"
#include "harness/symbols.h"

#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *leaks_library(void)
{
	/* As libraries lie by the Filesystem Hierarchy Standard, and below directories for architectures. */
	static const char *const places[] = {"/usr/lib/*/liblsan.so.*", "/usr/lib64/liblsan.so.*", "/usr/lib/liblsan.so.*", "/lib/*/liblsan.so.*",
					     "/usr/lib/gcc/*/*/liblsan.so"};
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		glob_t found;
		char *path = glob(places[i], 0, NULL, &found) == 0 ? strdup(found.gl_pathv[0]) : NULL;
		globfree(&found);
		if (path)
			return path;
	}
	return NULL;
}

/* By frame pointers it would lose its way in most programs; names are for later. */
void leaks_options(const char *directory, struct buf *out)
{
	buf_printf(out, "exitcode=0:symbolize=0:fast_unwind_on_malloc=0:print_suppressions=0:log_path=%s/report", directory);
}

/* ---- reading ---- */

/* "    #1 0x55abdc903146  (/tmp/a b+0x1146)": what stands in the parentheses, or NULL. */
static const char *frame_at(char *line)
{
	char *open = strstr(line, " (/"), *close = open ? strrchr(open, ')') : NULL;
	if (strncmp(line, "    #", 5) != 0 || !close)
		return NULL;
	*close = '\0';
	return open + 2;
}

static bool is_allocator(const char *frame)
{
	return strstr(frame, "/liblsan.so") || strstr(frame, "/libordeal-alloc.so");
}

/* Blanks separate frames: in a name they are question marks. */
static void add_frame(struct buf *stack, const char *frame)
{
	if (!stack->length && is_allocator(frame))
		return;
	buf_text(stack, stack->length ? " " : "");
	for (; *frame; frame++)
		buf_char(stack, *frame == ' ' ? '?' : *frame);
}

static int end_leak(struct leaks *out, struct leak *leak, struct buf *stack)
{
	int rc = 0;
	if (leak->blocks && stack->length) {
		struct leak *slot = vec_add(&out->leaks);
		if (slot)
			*slot = (struct leak){leak->bytes, leak->blocks, strdup(buf_string(stack))};
		rc = slot && slot->stack ? 0 : -ENOMEM;
	}
	*leak = (struct leak){0};
	buf_clear(stack);
	return rc;
}

int leaks_read(const char *reports, struct leaks *out)
{
	SCOPED_FREE char *copy = strdup(reports);
	SCOPED(buf_free) struct buf stack = {0};
	struct leak leak = {0};
	char *rest = copy;
	int rc = copy ? 0 : -ENOMEM;
	*out = (struct leaks){0};
	for (char *line; !rc && rest && (line = strsep(&rest, "\n"));) {
		const char *frame = leak.blocks ? frame_at(line) : NULL;
		if (frame) {
			add_frame(&stack, frame);
			continue;
		}
		rc = end_leak(out, &leak, &stack);
		if (sscanf(line, "Direct leak of %" SCNu64 " byte(s) in %" SCNu64 " object(s)", &leak.bytes, &leak.blocks) != 2)
			leak = (struct leak){0};
	}
	rc = rc ? rc : end_leak(out, &leak, &stack);
	if (rc)
		leaks_free(out);
	return rc;
}

void leaks_free(struct leaks *leaks)
{
	for (size_t i = 0; i < leaks->leaks.count; i++)
		free(leaks->leaks.at[i].stack);
	vec_free(&leaks->leaks);
}

const struct leak *leaks_find(const struct leaks *leaks, const char *stack)
{
	for (size_t i = 0; i < leaks->leaks.count; i++)
		if (strcmp(leaks->leaks.at[i].stack, stack) == 0)
			return &leaks->leaks.at[i];
	return NULL;
}

/* ---- telling ---- */

/* The report has the call itself, and not where it returns to. */
static void read_stack(const char *text, struct code_stack *out)
{
	SCOPED_FREE char *copy = strdup(text);
	char *rest = copy;
	for (char *frame; rest && !out->cut && (frame = strsep(&rest, " "));) {
		char *plus = strrchr(frame, '+');
		struct code_place place = {.offset = plus ? strtoull(plus + 1, NULL, 16) : 0};
		snprintf(place.module, sizeof place.module, "%.*s", (int)(plus ? plus - frame : 0), frame);
		code_stack_add(out, &place);
	}
}

void leaks_tell(const struct leak *leak, struct buf *out)
{
	SCOPED_FREE struct code_stack *stack = calloc(1, sizeof *stack);
	struct symbols *symbols = stack ? symbols_open() : NULL;
	buf_printf(out, "%" PRIu64 " bytes in %" PRIu64 " block%s, allocated by ", leak->bytes, leak->blocks, leak->blocks == 1 ? "" : "s");
	if (symbols) {
		read_stack(leak->stack, stack);
		symbols_stack(symbols, stack, true, out);
		symbols_close(symbols);
	} else {
		buf_text(out, leak->stack);
	}
}
