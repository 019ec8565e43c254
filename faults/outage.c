/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Decides what an outage does to a request. */
#include "faults/outage.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/nearest.h"
#include "base/real.h"
#include "faults/kinds.h"
#include "faults/live.h"
#include "faults/spread.h"

#include <errno.h>

/* ---- reading ---- */

void outage_default(struct outage *outage)
{
	*outage = (struct outage){
		.window.for_ns = INT64_MAX,
		.retry = {.timeo_ns = 1100 * NS_PER_MS, .retrans = 3, .mount = MOUNT_HARD}, /* nfs(5), over UDP */
		.intr = HANG_KILLABLE,
	};
}

int outage_reconnect_yaml(struct yaml_at at, void *into, struct err *err)
{
	static const char *const words[] = {"resume", "stale"};
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	const char *const *word = named_in(words, COUNT_OF(words), sizeof words[0], text);
	if (!word)
		return yaml_error(at, err, "'reconnect' takes resume or stale, not '%s'", text);
	*(bool *)into = word == &words[1];
	return 0;
}

struct intr_entry {
	const char *name;
	enum hang intr;
};

static const struct intr_entry intrs[] = {
	{"fatal", HANG_KILLABLE}, {"true", HANG_INTERRUPTIBLE}, {"yes", HANG_INTERRUPTIBLE}, {"false", HANG_UNINTERRUPTIBLE}, {"no", HANG_UNINTERRUPTIBLE}};

int outage_intr_yaml(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	const struct intr_entry *entry = named_in(intrs, COUNT_OF(intrs), sizeof intrs[0], text);
	if (!entry)
		return yaml_error(at, err, "'intr' takes fatal, true or false, not '%s'", text);
	*(enum hang *)into = entry->intr;
	return 0;
}

int outage_check(struct yaml_at at, const struct outage *o, struct err *err)
{
	if (!o->window.for_ns)
		return yaml_error(at, err, "an outage for no time: leave the rule out");
	if (o->window.every_ns && o->window.for_ns >= o->window.every_ns)
		return yaml_error(at, err, "'every' must be longer than 'for': else the outage has no end (leave both out)");
	if (!o->retry.timeo_ns)
		return yaml_error(at, err, "'timeo' must be longer than nothing");
	return 0;
}

/* ---- deciding ---- */

/* When a handle must have been opened to be good still: after the last outage. INT64_MIN: none is over. */
static int64_t last_end_ns(const struct asking *asked, const struct outage *o)
{
	int64_t last = window_last_end(&o->window, asked->site->now_ns);
	int64_t other = asked->live ? live_last_outage_ns(asked->live, asked->rule) : INT64_MIN;
	return last > other ? last : other;
}

static bool is_stale(const struct asking *asked, const struct outage *o, int64_t since_ns)
{
	return o->stale && asked->site->handle && asked->site->opened_ns < since_ns;
}

/* No end is known: wait until somebody ends it, or a soft mount gives up. */
static void hold(const struct outage *o, int64_t left_ns, struct verdict *out)
{
	if (left_ns == INT64_MAX) {
		out->hang = o->intr;
	} else {
		out->delay_ns += left_ns < SPREAD_NS_MAX ? left_ns : SPREAD_NS_MAX;
		out->heeds = o->intr;
		out->error = out->after;
	}
}

bool outage_decide(const struct asking *asked, const struct outage *o, struct verdict *out)
{
	int64_t now = asked->site->now_ns;
	struct span span;
	if (!live_is_out(asked->live, asked->rule, o, now, &span)) {
		if (!is_stale(asked, o, last_end_ns(asked, o)))
			return false;
		out->error = ESTALE;
		return true;
	}
	int64_t left = span.end_ns == INT64_MAX ? INT64_MAX : span.end_ns - now;
	int64_t patience = retry_gives_up_ns(&o->retry);
	out->held = asked->rule;
	out->after = is_stale(asked, o, INT64_MAX) ? ESTALE : 0;
	if (o->retry.mount == MOUNT_HARD || left < patience) {
		hold(o, left, out);
	} else {
		out->delay_ns += patience;
		out->heeds = o->intr;
		out->error = retry_error(&o->retry);
	}
	return true;
}

/* ---- words ---- */

void outage_explain(const struct outage *o, struct buf *out)
{
	static const char *const signals[] = {
		[HANG_INTERRUPTIBLE] = "any signal ends the wait", [HANG_UNINTERRUPTIBLE] = "no signal ends the wait",
		[HANG_KILLABLE] = "a fatal signal ends the wait"};
	if (o->window.for_ns == INT64_MAX && !o->window.at_ns)
		buf_text(out, "no answer as long as the rule is in force");
	else
		buf_printf(out, "no answer from %s s", REAL((double)o->window.at_ns / NS_PER_S));
	if (o->window.for_ns != INT64_MAX)
		buf_printf(out, " for %s s", REAL((double)o->window.for_ns / NS_PER_S));
	if (o->window.every_ns)
		buf_printf(out, ", every %s s", REAL((double)o->window.every_ns / NS_PER_S));
	buf_text(out, " (");
	retry_explain(&o->retry, out);
	buf_printf(out, "; %s)%s", signals[o->intr], o->stale ? "; afterwards ESTALE on what was open" : "");
}
