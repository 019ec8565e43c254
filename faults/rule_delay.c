/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* delay: the answer comes later. Only later: it is the same answer.
 *
 * Words and shapes are those of netem (tc-netem(8)): latency, jitter, distribution uniform, normal or pareto. Jitter is the
 * half-width of the uniform shape, the standard deviation of the normal one, and the scale of the Pareto tail (shape 3, as
 * in netem's table). A negative outcome is no delay. The request is parked; no thread of the server waits with it. */
#include "faults/kinds.h"

#include "base/clock.h"
#include "base/draw.h"
#include "base/nearest.h"

#include <errno.h>
#include <math.h>

struct shape_entry {
	const char *name;
	enum delay_shape shape;
};

static const struct shape_entry shapes[] = {
	{"uniform", DELAY_UNIFORM}, {"normal", DELAY_NORMAL}, {"pareto", DELAY_PARETO}};

#define PARETO_SHAPE 3.0
#define DELAY_NS_MAX 1e18 /* 31 years; as much from each of VERDICT_RULES_MAX rules adds up without overflow */

static int shape_read(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	const struct shape_entry *entry = named_in(shapes, COUNT_OF(shapes), sizeof shapes[0], text);
	char hint[NEAREST_HINT_SIZE];
	if (!entry)
		return yaml_error(at, err, "unknown distribution '%s'%s", text,
				  nearest_hint(hint, nearest_in(shapes, COUNT_OF(shapes), sizeof shapes[0], text)));
	*(enum delay_shape *)into = entry->shape;
	return 0;
}

static const struct yaml_field delay_fields[] = {
	YAML_REQUIRED(struct rule, "latency", effect.delay.latency_ns, yaml_duration),
	YAML_FIELD(struct rule, "jitter", effect.delay.jitter_ns, yaml_duration),
	YAML_FIELD(struct rule, "distribution", effect.delay.shape, shape_read),
};

static int delay_read(struct yaml_at at, struct rule *rule, struct err *err)
{
	int rc = at.node->type == YAML_MAP
			 ? yaml_fields(at, "'delay'", delay_fields, COUNT_OF(delay_fields), rule, err)
			 : yaml_duration(at, &rule->effect.delay.latency_ns, err);
	if (!rc && !rule->effect.delay.latency_ns && !rule->effect.delay.jitter_ns)
		return yaml_error(at, err, "a delay of nothing: leave the rule out");
	return rc;
}

/* In units of the jitter. */
static double deviation(enum delay_shape shape, const struct draw_key *key)
{
	switch (shape) {
	case DELAY_NORMAL:
		return draw_normal(key);
	case DELAY_PARETO:
		return pow(1 - draw_unit(key), -1 / PARETO_SHAPE) - 1;
	case DELAY_UNIFORM:
	default:
		return 2 * draw_unit(key) - 1;
	}
}

static bool delay_apply(const struct asking *asked, struct verdict *out)
{
	const struct rule *rule = asked->rule;
	const struct draw_key key = {.seed = asked->plan->seed, .who = rule->id, .path = draw_text(asked->site->path),
				     .where = asked->tally->seen, .lane = 16};
	double ns = (double)rule->effect.delay.latency_ns +
		    deviation(rule->effect.delay.shape, &key) * (double)rule->effect.delay.jitter_ns;
	if (ns <= 0)
		return false;
	out->delay_ns += (int64_t)fmin(ns, DELAY_NS_MAX);
	return true;
}

static void delay_explain(const struct rule *rule, struct buf *out)
{
	static const char *const names[] = {"uniform", "normal", "pareto"};
	buf_printf(out, "answered %.6g ms late", (double)rule->effect.delay.latency_ns / NS_PER_MS);
	if (rule->effect.delay.jitter_ns)
		buf_printf(out, ", jitter %.6g ms (%s)", (double)rule->effect.delay.jitter_ns / NS_PER_MS,
			   names[rule->effect.delay.shape]);
}

const struct kind kind_delay = {
	.name = "delay",
	.summary = "the answer comes late: latency, jitter, distribution",
	.allowed = OPSET_REQUESTS,
	.read = delay_read,
	.apply = delay_apply,
	.explain = delay_explain,
};
