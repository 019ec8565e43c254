/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Sums of a trace: by operation, and of the files that took the most time. */
#include "base/clock.h"
#include "base/draw.h"
#include "base/harmless.h"
#include "base/histogram.h"
#include "base/scope.h"
#include "base/vec.h"
#include "harness/trace_views.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Files told apart; what further ones take is summed up. */
#define FILES_MAX 65536
#define SLOTS (2 * FILES_MAX)

struct file_sum {
	char *name;
	uint64_t count, errors, bytes, ns;
};

struct op_sum {
	struct histogram latency;
	uint64_t errors, bytes;
	char name[16];
};

struct stat_state {
	struct op_sum ops[WIRE_TRACE_OPS_MAX];
	VEC(struct file_sum) files;
	uint32_t slots[SLOTS]; /* index of a file, plus 1; by hash of the name */
	struct file_sum others;
	uint64_t first_ns, last_ns;
	uint64_t count; /* operations that were asked for */
	unsigned top;
};

static void *begin(unsigned top)
{
	struct stat_state *s = calloc(1, sizeof *s);
	if (s) {
		s->top = top;
		s->first_ns = UINT64_MAX;
	}
	return s;
}

/* The sums of a file; those of the others where the table is full; NULL when memory is out. */
static struct file_sum *file_of(struct stat_state *s, const char *volume, const char *path)
{
	char name[WIRE_TRACE_TEXT_MAX + 2];
	snprintf(name, sizeof name, "%s%s%s", volume, *volume ? "/" : "", path);
	size_t slot = draw_text(name) % SLOTS;
	for (; s->slots[slot]; slot = (slot + 1) % SLOTS)
		if (strcmp(s->files.at[s->slots[slot] - 1].name, name) == 0)
			return &s->files.at[s->slots[slot] - 1];
	if (s->files.count == FILES_MAX)
		return &s->others;
	char *copy = strdup(name);
	struct file_sum *added = copy ? vec_add(&s->files) : NULL;
	if (!added) {
		free(copy);
		return NULL;
	}
	s->slots[slot] = (uint32_t)s->files.count;
	added->name = copy;
	return added;
}

static int add(void *state, const struct trace_entry *entry)
{
	struct stat_state *s = state;
	const struct wire_trace_record *r = &entry->record;
	struct op_sum *op = &s->ops[r->op];
	bool moves_bytes = strcmp(entry->op, "read") == 0 || strcmp(entry->op, "write") == 0;
	uint64_t bytes = moves_bytes && r->result > 0 ? (uint64_t)r->result : 0;
	struct file_sum *file = file_of(s, entry->volume, entry->path);
	if (!file)
		return -ENOMEM;
	snprintf(op->name, sizeof op->name, "%s", entry->op);
	histogram_add(&op->latency, r->latency_ns);
	op->errors += r->result < 0;
	op->bytes += bytes;
	file->count++;
	s->count++;
	file->errors += r->result < 0;
	file->bytes += bytes;
	file->ns += r->latency_ns;
	s->first_ns = r->time_ns < s->first_ns ? r->time_ns : s->first_ns;
	s->last_ns = r->time_ns > s->last_ns ? r->time_ns : s->last_ns;
	return 0;
}

/* ---- telling ---- */

static void print_us(uint64_t ns)
{
	printf(" %11.1f", (double)ns / 1e3);
}

static void print_op(const struct op_sum *op)
{
	const struct histogram *h = &op->latency;
	printf("%-11s %10" PRIu64 " %8" PRIu64, op->name, h->count, op->errors);
	print_us(histogram_quantile(h, 0.5));
	print_us(histogram_quantile(h, 0.9));
	print_us(histogram_quantile(h, 0.99));
	print_us(h->max);
	printf(" %14" PRIu64 "\n", op->bytes);
}

static void print_file(struct file_sum *file)
{
	harmless(file->name, "");
	printf("%12.6f %10" PRIu64 " %8" PRIu64 " %14" PRIu64 "  %s\n", (double)file->ns / NS_PER_S, file->count, file->errors, file->bytes,
	       file->name);
}

static int by_time(const void *a, const void *b)
{
	const struct file_sum *x = a, *y = b;
	return x->ns != y->ns ? (x->ns < y->ns) - (x->ns > y->ns) : strcmp(x->name, y->name);
}

static void print_files(struct stat_state *s)
{
	if (!s->top || !s->files.count)
		return;
	printf("\n%12s %10s %8s %14s  %s\n", "seconds", "operations", "errors", "bytes", "file");
	qsort(s->files.at, s->files.count, sizeof *s->files.at, by_time);
	for (size_t i = 0; i < s->files.count && i < s->top; i++)
		print_file(&s->files.at[i]);
	if (s->files.count > s->top)
		printf("(%zu more files)\n", s->files.count - s->top);
	if (s->others.count)
		printf("(more than %d files: %" PRIu64 " operations on further ones are not told apart)\n", FILES_MAX, s->others.count);
}

/* What was asked for, of how many; and what nobody can see here. */
static void print_head(const struct stat_state *s, const struct trace_tally *tally)
{
	double seconds = s->first_ns <= s->last_ns ? (double)(s->last_ns - s->first_ns) / NS_PER_S : 0.0;
	printf("%" PRIu64 " operations in %.3f s", s->count, seconds);
	if (s->count != tally->read)
		printf(", chosen from %" PRIu64, tally->read);
	printf("; %" PRIu64 " older ones overwritten, %" PRIu64 " half-written\n", tally->overwritten, tally->torn);
	if (!tally->uncached)
		puts("(without what the kernel answered from its caches; a mount with --uncached sees all)");
}

static void end(void *state, const struct trace_tally *tally)
{
	struct stat_state *s = state;
	print_head(s, tally);
	printf("\n%-11s %10s %8s %11s %11s %11s %11s %14s\n", "operation", "count", "errors", "p50 us", "p90 us", "p99 us", "max us", "bytes");
	for (size_t i = 0; i < COUNT_OF(s->ops); i++)
		if (s->ops[i].latency.count)
			print_op(&s->ops[i]);
	print_files(s);
	for (size_t i = 0; i < s->files.count; i++)
		free(s->files.at[i].name);
	vec_free(&s->files);
	free(s);
}

const struct trace_view trace_view_stat = {begin, add, end};
