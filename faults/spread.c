/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Draws times that vary. */
#include "faults/spread.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/nearest.h"
#include "base/real.h"

#include <errno.h>
#include <math.h>

struct shape_entry {
	const char *name;
	enum spread_shape shape;
};

static const struct shape_entry shapes[] = {
	{"uniform", SPREAD_UNIFORM}, {"normal", SPREAD_NORMAL}, {"pareto", SPREAD_PARETO}};

#define PARETO_SHAPE 3.0

int spread_shape_yaml(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	const struct shape_entry *entry = named_in(shapes, COUNT_OF(shapes), sizeof shapes[0], text);
	char hint[NEAREST_HINT_SIZE];
	if (!entry)
		return yaml_error(at, err, "unknown distribution '%s'%s", text,
				  nearest_hint(hint, nearest_in(shapes, COUNT_OF(shapes), sizeof shapes[0], text)));
	*(enum spread_shape *)into = entry->shape;
	return 0;
}

/* In units of the jitter. */
static double deviation(enum spread_shape shape, const struct draw_key *key)
{
	switch (shape) {
	case SPREAD_NORMAL:
		return draw_normal(key);
	case SPREAD_PARETO:
		return pow(1 - draw_unit(key), -1 / PARETO_SHAPE) - 1;
	case SPREAD_UNIFORM:
	default:
		return 2 * draw_unit(key) - 1;
	}
}

int64_t spread_draw(const struct spread *spread, const struct draw_key *key)
{
	double ns = (double)spread->latency_ns;
	if (spread->jitter_ns)
		ns += deviation(spread->shape, key) * (double)spread->jitter_ns;
	return ns <= 0 ? 0 : (int64_t)fmin(ns, (double)SPREAD_NS_MAX);
}

void spread_explain(const struct spread *spread, struct buf *out)
{
	buf_printf(out, "%s ms late", REAL((double)spread->latency_ns / NS_PER_MS));
	if (spread->jitter_ns)
		buf_printf(out, ", jitter %s ms (%s)", REAL((double)spread->jitter_ns / NS_PER_MS), shapes[spread->shape].name);
}
