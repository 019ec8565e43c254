/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Axes whose cases strike single operations: op, kill, cut, pairs. */
#include "base/draw.h"
#include "base/scope.h"
#include "faults/errnames.h"
#include "faults/usual.h"
#include "harness/sweep/sweep.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* What a program must not mind, and what shows that it waits for one file after the other. */
#define DELAY "delay: 10ms"

/* One case: what is done to the point, said in a name and in a rule. */
static int add_at(struct sweep *sweep, enum sweep_axis axis, size_t index, bool persistent, const char *word, const char *effect)
{
	const struct point *p = &sweep->count.points.list.at[index];
	SCOPED(buf_free) struct buf name = {0};
	SCOPED(buf_free) struct buf rule = {0};
	sweep_point_name(p, &name);
	buf_printf(&name, "%s %s", persistent ? ".." : "", word);
	sweep_point_rule(p, persistent, &rule);
	buf_printf(&rule, ", %s}", effect);
	if (name.failed || rule.failed)
		return -ENOMEM;
	return sweep_add(sweep, axis, index, strdup(name.at), strdup(rule.at), NULL, NULL);
}

/* ---- op ---- */

/* Is all that was written to the file by then on the disk, or was nothing? */
static bool is_synced(const struct sweep *sweep, size_t index)
{
	const struct point *closed = &sweep->count.points.list.at[index];
	for (size_t i = index; i-- > 0;) {
		const struct point *p = &sweep->count.points.list.at[i];
		if (strcmp(p->path, closed->path) != 0 || strcmp(p->volume, closed->volume) != 0)
			continue;
		if (p->op == OP_fsync && !p->result)
			return true;
		if (p->op == OP_write || p->op == OP_truncate || p->op == OP_fallocate || p->op == OP_create)
			return false;
	}
	return strcmp(closed->volume, "out") == 0;
}

/* libc takes ENOENT of a listing for its end, as POSIX wants it of a directory that was removed (readdir() in glibc,
 * sysdeps/unix/sysv/linux/readdir64.c): no program can know. */
static bool is_unseen(enum op op, int error)
{
	return op == OP_readdir && error == ENOENT;
}

/* All that it may return, but for what it returns without us. */
static int add_errors(struct sweep *sweep, size_t index, bool persistent)
{
	const struct point *p = &sweep->count.points.list.at[index];
	const uint16_t *errors = usual_errors(p->op);
	bool synced = p->op == OP_flush && is_synced(sweep, index);
	int rc = 0;
	for (size_t i = 0; !rc && i < USUAL_MAX && errors[i]; i++) {
		if (p->result == -errors[i] || is_unseen(p->op, errors[i]))
			continue;
		char name[ERRNAME_SIZE], effect[ERRNAME_SIZE + 8];
		errnames_text(errors[i], name);
		snprintf(effect, sizeof effect, "fail: %s", name);
		rc = add_at(sweep, SWEEP_OP, index, persistent, name, effect);
		if (!rc && synced)
			sweep->cases.at[sweep->cases.count - 1].left = LEFT_SYNCED;
	}
	return rc;
}

/* At least one byte moves, and it must be fewer than else. */
static bool can_be_short(const struct point *p)
{
	return (p->op == OP_read || p->op == OP_write) && p->result > 1 && !p->buffered;
}

static int add_op(struct sweep *sweep, size_t index)
{
	const struct point *p = &sweep->count.points.list.at[index];
	int rc = add_errors(sweep, index, false);
	if (!rc && sweep->options.persistent)
		rc = add_errors(sweep, index, true);
	if (!rc && can_be_short(p)) {
		char effect[32];
		snprintf(effect, sizeof effect, "short: %d", p->result / 2);
		rc = add_at(sweep, SWEEP_OP, index, false, "short", effect);
	}
	if (!rc)
		rc = add_at(sweep, SWEEP_OP, index, false, "delay", DELAY);
	if (!rc && sweep->options.hangs)
		rc = add_at(sweep, SWEEP_OP, index, false, "hang", "hang: interruptible");
	return rc;
}

/* Nobody sees what these return. */
static bool is_silent(enum op op)
{
	return op == OP_release || op == OP_releasedir;
}

int sweep_add_ops(struct sweep *sweep, struct err *err)
{
	int rc = 0;
	for (size_t i = 0; !rc && i < sweep->count.points.list.count; i++)
		if (!is_silent(sweep->count.points.list.at[i].op))
			rc = add_op(sweep, i);
	return rc ? err_set(err, -rc, "out of memory") : 0;
}

/* ---- kill ---- */

int sweep_add_kills(struct sweep *sweep, struct err *err)
{
	int rc = 0;
	for (size_t i = 0; !rc && i < sweep->count.points.list.count; i++) {
		const struct point *p = &sweep->count.points.list.at[i];
		if (is_silent(p->op) || p->buffered) /* the kernel reads on nobody's behalf there: nobody could be sent a signal */
			continue;
		rc = add_at(sweep, SWEEP_KILL, i, false, "SIGKILL", "signal: {name: SIGKILL, at: before, to: group}");
		rc = rc ? rc : add_at(sweep, SWEEP_KILL, i, false, "SIGTERM", "signal: {name: SIGTERM, at: before, to: group}");
	}
	return rc ? err_set(err, -rc, "out of memory") : 0;
}

/* ---- cut ---- */

/* The cuts that are tried at a change; `half` makes sense of writes alone. */
static const struct cut_way {
	const char *word, *effect;
	bool half;
} cut_ways[] = {
	{"cut strict", "cut: {at: before, model: strict, kill: true}", false},
	{"cut strict random", "cut: {at: before, model: strict, keep: random, kill: true}", false},
	{"cut ordered", "cut: {at: before, model: ordered, kill: true}", false},
	{"cut ordered random", "cut: {at: before, model: ordered, keep: random, kill: true}", false},
	{"cut all kept", "cut: {at: before, model: ordered, keep: all, kill: true}", false},
	{"cut half", "cut: {at: half, model: strict, keep: random, kill: true}", true},
};

static const struct cut_way after_the_last = {"cut after", "cut: {at: after, model: strict, kill: true}", false};

static bool can_be_cut(const struct point *p)
{
	return strcmp(p->volume, "out") == 0 && (OPSET_WRITES >> p->op & 1);
}

static int add_cuts_at(struct sweep *sweep, size_t index)
{
	int rc = 0;
	for (size_t i = 0; !rc && i < COUNT_OF(cut_ways); i++)
		if (!cut_ways[i].half || sweep->count.points.list.at[index].op == OP_write)
			rc = add_at(sweep, SWEEP_CUT, index, false, cut_ways[i].word, cut_ways[i].effect);
	return rc;
}

int sweep_add_cuts(struct sweep *sweep, struct err *err)
{
	size_t last = SIZE_MAX;
	int rc = 0;
	for (size_t i = 0; !rc && i < sweep->count.points.list.count; i++)
		if (can_be_cut(&sweep->count.points.list.at[i]))
			rc = add_cuts_at(sweep, last = i);
	if (!rc && last != SIZE_MAX)
		rc = add_at(sweep, SWEEP_CUT, last, false, after_the_last.word, after_the_last.effect);
	return rc ? err_set(err, -rc, "out of memory") : 0;
}

/* ---- pairs ---- */

/* One of the errnos that the operation may return; 0: there is none. */
static int draw_error(const struct sweep *sweep, const struct point *p, uint64_t number)
{
	const uint16_t *errors = usual_errors(p->op);
	const struct draw_key key = {.seed = sweep->options.seed, .who = draw_text("pairs"), .where = number, .lane = 2};
	size_t count = 0;
	while (count < USUAL_MAX && errors[count])
		count++;
	return count && !is_silent(p->op) ? errors[draw_u64(&key) % count] : 0;
}

static int add_pair(struct sweep *sweep, size_t index[2], uint64_t number)
{
	SCOPED(buf_free) struct buf name = {0};
	SCOPED(buf_free) struct buf rules = {0};
	for (int i = 0; i < 2; i++) {
		const struct point *p = &sweep->count.points.list.at[index[i]];
		int error = draw_error(sweep, p, 2 * number + (uint64_t)i);
		char text[ERRNAME_SIZE];
		if (!error)
			return 0;
		errnames_text(error, text);
		buf_text(&name, i ? " + " : "");
		sweep_point_name(p, &name);
		buf_printf(&name, " %s", text);
		buf_text(&rules, i ? ", " : "[");
		sweep_point_rule(p, false, &rules);
		buf_printf(&rules, ", fail: %s}", text);
	}
	buf_text(&rules, "]");
	if (name.failed || rules.failed)
		return -ENOMEM;
	return sweep_add(sweep, SWEEP_PAIRS, index[0] > index[1] ? index[0] : index[1], strdup(name.at), strdup(rules.at), NULL, NULL);
}

int sweep_add_pairs(struct sweep *sweep, struct err *err)
{
	uint64_t count = sweep->count.points.list.count;
	int rc = 0;
	for (uint64_t n = 0; !rc && count > 1 && n < sweep->options.pairs; n++) {
		const struct draw_key key = {.seed = sweep->options.seed, .who = draw_text("pairs"), .where = n};
		const struct draw_key other = {.seed = sweep->options.seed, .who = draw_text("pairs"), .where = n, .lane = 1};
		size_t both[2] = {draw_u64(&key) % count, draw_u64(&other) % count};
		if (both[0] != both[1])
			rc = add_pair(sweep, both, n);
	}
	return rc ? err_set(err, -rc, "out of memory") : 0;
}
