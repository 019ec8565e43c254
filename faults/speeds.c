/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Keeps what is served below a speed. */
#include "faults/speeds.h"

#include "base/buf.h"
#include "base/clock.h"
#include "faults/kinds.h"

#include <inttypes.h>

static int take_both(int rc, uint64_t speed, union effect *effect)
{
	effect->rate.speed.read = effect->rate.speed.write = speed;
	effect->rate.together = true;
	return rc;
}

int speeds_both_rate(struct yaml_at at, void *into, struct err *err)
{
	uint64_t speed = 0;
	int rc = yaml_rate(at, &speed, err);
	return take_both(rc, speed, into);
}

int speeds_both_number(struct yaml_at at, void *into, struct err *err)
{
	uint64_t speed = 0;
	int rc = yaml_number(at, &speed, err);
	return take_both(rc, speed, into);
}

/* Nothing that is written down may be 0: no speed at all is an outage. */
static bool has_zero(struct yaml_at at, const struct rule *rule)
{
	if (at.node->type != YAML_MAP)
		return !rule->effect.rate.speed.read;
	bool read = yaml_get(at, "read").node, write = yaml_get(at, "write").node, both = rule->effect.rate.together;
	return ((read || both) && !rule->effect.rate.speed.read) || ((write || both) && !rule->effect.rate.speed.write);
}

int speeds_read(struct yaml_at at, const char *what, const struct yaml_field *table, size_t count, yaml_reader *both,
		struct rule *rule, struct err *err)
{
	bool map = at.node->type == YAML_MAP;
	int rc = map ? yaml_fields(at, what, table, count, rule, err) : both(at, &rule->effect, err);
	if (rc)
		return rc;
	if (has_zero(at, rule))
		return yaml_error(at, err, "a speed of nothing: use 'outage' or 'hang'");
	if (!rule->effect.rate.speed.read && !rule->effect.rate.speed.write)
		return yaml_error(at, err, "%s needs a speed", what);
	if (rule->effect.rate.together && map && (yaml_get(at, "read").node || yaml_get(at, "write").node))
		return yaml_error(at, err, "%s has one speed for both, or 'read' and 'write'", what);
	return 0;
}

bool speeds_pass(const struct asking *asked, uint64_t units, struct verdict *out)
{
	const struct rule *rule = asked->rule;
	bool writes = OPSET_WRITES >> asked->site->op & 1;
	uint64_t speed = writes ? rule->effect.rate.speed.write : rule->effect.rate.speed.read;
	if (!speed || !units)
		return false;
	int64_t credit = rule->effect.rate.burst ? line_cost_ns(rule->effect.rate.burst, speed) : LINE_CREDIT_NS;
	enum line_way way = writes && !rule->effect.rate.together ? LINE_OUT : LINE_IN;
	int64_t wait = line_pass(asked, rule->effect.rate.per, way, line_cost_ns(units, speed), credit);
	out->delay_ns += wait;
	return wait > 0;
}

static void explain_one(struct buf *out, uint64_t speed, const char *units, const char *what)
{
	if (speed)
		buf_printf(out, "%sat most %" PRIu64 " %s a second", what, speed, units);
}

void speeds_explain(const struct rule *rule, const char *units, struct buf *out)
{
	const struct speeds *speed = &rule->effect.rate.speed;
	bool together = rule->effect.rate.together;
	explain_one(out, speed->read, units, together ? "" : "reads ");
	if (!together)
		explain_one(out, speed->write, units, speed->read ? ", writes " : "writes ");
	if (rule->effect.rate.burst)
		buf_printf(out, " (%" PRIu64 " at once after a pause)", rule->effect.rate.burst);
	buf_printf(out, ", %s; who waits is bound to the schedule", line_per_text(rule->effect.rate.per));
}
