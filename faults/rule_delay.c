/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* delay: the answer comes later. Only later: it is the same answer.
 *
 * A latency with jitter (spread.h), so much for each byte, so much at the first access by each handle, so much for each
 * further handle that is open. The request is parked; no thread of the server waits with it. */
#include "faults/kinds.h"

#include "base/clock.h"
#include "base/real.h"
#include "base/units.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* A time for each byte (10ns), or what comes to the same: bytes a second (100MB/s). */
static int per_byte_read(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	uint64_t rate;
	int64_t ns;
	if (!text)
		return -EINVAL;
	if (units_rate(text, &rate) == 0 && rate)
		*(double *)into = (double)NS_PER_S / (double)rate;
	else if (units_duration(text, &ns) == 0)
		*(double *)into = (double)ns;
	else
		return yaml_error(at, err, "'per_byte' takes a time or a rate, such as 10ns or 100MB/s, not '%s'", text);
	return 0;
}

static int opens_read(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	if (strcmp(text, "file") != 0 && strcmp(text, "mount") != 0)
		return yaml_error(at, err, "'opens' counts those of the file or of the mount, not of '%s'", text);
	*(bool *)into = strcmp(text, "file") == 0;
	return 0;
}

static const struct yaml_field delay_fields[] = {
	SPREAD_FIELDS(effect.delay.spread),
	YAML_FIELD(struct rule, "per_byte", effect.delay.per_byte_ns, per_byte_read),
	YAML_FIELD(struct rule, "first_access", effect.delay.first_ns, yaml_duration),
	YAML_FIELD(struct rule, "per_open", effect.delay.per_open_ns, yaml_duration),
	YAML_FIELD(struct rule, "opens", effect.delay.per_file, opens_read),
};

static bool is_nothing(const struct rule *rule)
{
	const struct spread *spread = &rule->effect.delay.spread;
	return !spread->latency_ns && !spread->jitter_ns && rule->effect.delay.per_byte_ns <= 0 && !rule->effect.delay.first_ns &&
	       !rule->effect.delay.per_open_ns;
}

static int delay_read(struct yaml_at at, struct rule *rule, struct err *err)
{
	int rc = at.node->type == YAML_MAP
			 ? yaml_fields(at, "'delay'", delay_fields, COUNT_OF(delay_fields), rule, err)
			 : yaml_duration(at, &rule->effect.delay.spread.latency_ns, err);
	if (!rc && rule->effect.delay.spread.jitter_ns && !yaml_get(at, "latency").node)
		return yaml_error(at, err, "'jitter' goes with 'latency'");
	if (!rc && is_nothing(rule))
		return yaml_error(at, err, "a delay of nothing: leave the rule out");
	return rc;
}

/* Beside what is drawn. */
static double fixed_part(const struct rule *rule, const struct site *site, const struct verdict *so_far)
{
	uint32_t opens = rule->effect.delay.per_file ? site->opens : site->opens_all;
	double ns = (double)site_bytes(site, so_far->length) * rule->effect.delay.per_byte_ns;
	if (site->first_access)
		ns += (double)rule->effect.delay.first_ns;
	if (opens > 1)
		ns += (double)(opens - 1) * (double)rule->effect.delay.per_open_ns;
	return ns;
}

static bool delay_apply(const struct asking *asked, struct verdict *out)
{
	const struct rule *rule = asked->rule;
	const struct draw_key key = {.seed = asked->plan->seed, .who = rule->id, .path = draw_text(asked->site->path),
				     .where = asked->tally->seen, .lane = 16};
	double ns = (double)spread_draw(&rule->effect.delay.spread, &key) + fixed_part(rule, asked->site, out);
	if (ns < 1)
		return false;
	out->delay_ns += (int64_t)fmin(ns, (double)SPREAD_NS_MAX);
	return true;
}

static void explain_part(struct buf *out, int64_t ns, const char *when)
{
	if (ns)
		buf_printf(out, ", %s ms more %s", REAL((double)ns / NS_PER_MS), when);
}

static void delay_explain(const struct rule *rule, struct buf *out)
{
	const char *per_file = rule->effect.delay.per_file ? "for each further handle open on the file"
							   : "for each further handle open in the mount (bound to the schedule)";
	buf_text(out, "answered ");
	spread_explain(&rule->effect.delay.spread, out);
	if (rule->effect.delay.per_byte_ns > 0)
		buf_printf(out, ", %s ns more for each byte", REAL(rule->effect.delay.per_byte_ns));
	explain_part(out, rule->effect.delay.first_ns, "at the first access by each handle");
	explain_part(out, rule->effect.delay.per_open_ns, per_file);
}

const struct kind kind_delay = {
	.name = "delay",
	.summary = "the answer comes late: latency, jitter, distribution, by byte, by open handle",
	.allowed = OPSET_REQUESTS,
	.late = true,
	.read = delay_read,
	.apply = delay_apply,
	.explain = delay_explain,
};
