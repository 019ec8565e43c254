/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* network: one link to a file server, that all files of the rule are behind.
 *
 * Words are those of netem (latency, jitter, distribution, loss, rate), of nfs(5) (timeo, retrans, hard, soft, softerr) and of
 * Toxiproxy (slow_close; reset_after is its limit_data, down its timeout). A request is lost with a probability and asked again
 * after a timeout (retry.h), takes its time over the link (spread.h), and has its bytes wait for those before (lines.h). */
#include "faults/errnames.h"
#include "faults/kinds.h"
#include "faults/live.h"

#include "base/clock.h"
#include "base/real.h"

#include <errno.h>
#include <inttypes.h>

/* Lanes of the draws for one request: those of spread_draw(), and from there on a lane for each try. */
#define LANE_SPREAD 16
#define LANE_TRIES 64

/* ---- reading ---- */

static const struct yaml_field down_fields[] = {OUTAGE_FIELDS(effect.network.down)};

/* `down: true`: for as long as the rule is in force. */
static int down_read(struct yaml_at at, void *into, struct err *err)
{
	struct rule *rule = into;
	bool down = true;
	int rc = at.node->type == YAML_MAP ? yaml_fields(at, "'down'", down_fields, COUNT_OF(down_fields), rule, err)
					   : yaml_bool(at, &down, err);
	rule->effect.network.down.none = !down;
	return rc;
}

static const struct yaml_field network_fields[] = {
	SPREAD_FIELDS(effect.network.spread),
	YAML_FIELD(struct rule, "loss", effect.network.loss, yaml_probability),
	YAML_FIELD(struct rule, "rate", effect.network.rate, yaml_rate),
	YAML_FIELD(struct rule, "burst", effect.network.burst, yaml_size),
	RETRY_FIELDS(effect.network.down.retry),
	YAML_FIELD(struct rule, "slow_close", effect.network.slow_close_ns, yaml_duration),
	YAML_FIELD(struct rule, "reset_after", effect.network.reset_after, yaml_size),
	YAML_FIELD(struct rule, "reconnect", effect.network.down.stale, outage_reconnect_yaml),
	{"down", down_read, 0, false},
};

static int network_check(struct yaml_at at, const struct rule *rule, struct err *err)
{
	struct yaml_at rate = yaml_get(at, "rate");
	if (rate.node && !rule->effect.network.rate)
		return yaml_error(rate, err, "a rate of nothing: use 'down'");
	if (yaml_get(at, "burst").node && !rate.node)
		return yaml_error(at, err, "'burst' goes with 'rate'");
	if (rule->effect.network.loss >= 1 && rule->effect.network.down.retry.mount == MOUNT_HARD)
		return yaml_error(at, err, "a hard mount that loses everything waits for ever: use 'down'");
	return outage_check(at, &rule->effect.network.down, err);
}

static int network_read(struct yaml_at at, struct rule *rule, struct err *err)
{
	outage_default(&rule->effect.network.down);
	rule->effect.network.down.none = true;
	if (at.node->type == YAML_MAP && !at.node->count)
		return yaml_error(at, err, "a network without any trouble: leave the rule out");
	int rc = yaml_fields(at, "'network'", network_fields, COUNT_OF(network_fields), rule, err);
	return rc ? rc : network_check(at, rule, err);
}

/* ---- deciding ---- */

/* The connection breaks after so many bytes, exactly there: what comes before is delivered. The client connects anew for what
 * comes next. */
static bool is_reset(const struct asking *asked, struct verdict *out)
{
	const struct site *site = asked->site;
	uint64_t limit = asked->rule->effect.network.reset_after, bytes = site_bytes(site, out->length);
	if (!limit || !asked->live || !bytes)
		return false;
	struct live_rule *link = &asked->live->rules[asked->rule->index];
	uint64_t room = limit > link->bytes ? limit - link->bytes : 0;
	if (!room || (bytes > room && site->buffered)) {
		link->bytes = 0;
		link->reset_ns = site->now_ns;
		out->error = ECONNRESET;
		return true;
	}
	if (bytes > room) {
		out->length = room;
		out->cut = asked->rule;
		out->cut_at = site->offset + room;
	}
	link->bytes += bytes > room ? room : bytes;
	return false;
}

static bool is_stale(const struct asking *asked)
{
	const struct site *site = asked->site;
	return asked->rule->effect.network.down.stale && site->handle && asked->live &&
	       site->opened_ns < asked->live->rules[asked->rule->index].reset_ns;
}

static int64_t over_the_link_ns(const struct asking *asked, const struct verdict *out)
{
	const struct rule *rule = asked->rule;
	const struct draw_key key = {.seed = asked->plan->seed, .who = rule->id, .path = draw_text(asked->site->path),
				     .where = asked->tally->seen, .lane = LANE_SPREAD};
	int64_t ns = spread_draw(&rule->effect.network.spread, &key);
	uint64_t rate = rule->effect.network.rate, bytes = site_bytes(asked->site, out->length);
	if (rate && bytes)
		ns += line_pass(asked, LINE_PER_RULE, LINE_IN, line_cost_ns(bytes, rate), line_cost_ns(rule->effect.network.burst, rate));
	return ns;
}

/* Tries that are lost, and whether the client gives up. */
static bool gives_up(const struct asking *asked, struct verdict *out)
{
	const struct rule *rule = asked->rule;
	const struct draw_key key = {.seed = asked->plan->seed, .who = rule->id, .path = draw_text(asked->site->path),
				     .where = asked->tally->seen, .lane = LANE_TRIES};
	const struct retry *retry = &rule->effect.network.down.retry;
	bool failed;
	out->delay_ns += retry_draw(retry, rule->effect.network.loss, key, &failed);
	out->error = failed ? retry_error(retry) : 0;
	return failed;
}

static bool goes_over(const struct asking *asked, struct verdict *out)
{
	/* A client asks nothing of its server when a file is closed: what was written is there already. */
	if (asked->site->op == OP_flush) {
		out->delay_ns += asked->rule->effect.network.slow_close_ns;
		return asked->rule->effect.network.slow_close_ns > 0;
	}
	int64_t before = out->delay_ns;
	if (is_reset(asked, out) || gives_up(asked, out))
		return true;
	out->delay_ns += over_the_link_ns(asked, out);
	return out->delay_ns > before;
}

static bool network_apply(const struct asking *asked, struct verdict *out)
{
	const struct outage *down = &asked->rule->effect.network.down;
	bool struck = !down->none && outage_decide(asked, down, out);
	if (verdict_is_final(out))
		return struck;
	if (is_stale(asked)) {
		out->error = ESTALE;
		return true;
	}
	return goes_over(asked, out) || struck;
}

/* ---- words ---- */

static void explain_losses(const struct rule *rule, struct buf *out)
{
	if (rule->effect.network.loss <= 0)
		return;
	buf_printf(out, ", each try lost with probability %s (", REAL(rule->effect.network.loss));
	retry_explain(&rule->effect.network.down.retry, out);
	buf_text(out, ")");
}

static void network_explain(const struct rule *rule, struct buf *out)
{
	buf_text(out, "over a link: ");
	spread_explain(&rule->effect.network.spread, out);
	explain_losses(rule, out);
	if (rule->effect.network.rate)
		buf_printf(out, ", %" PRIu64 " bytes a second for all (bound to the schedule)", rule->effect.network.rate);
	if (rule->effect.network.slow_close_ns)
		buf_printf(out, ", close %s ms late", REAL((double)rule->effect.network.slow_close_ns / NS_PER_MS));
	if (rule->effect.network.reset_after)
		buf_printf(out, ", ECONNRESET after each %" PRIu64 " bytes (bound to the schedule)", rule->effect.network.reset_after);
	if (rule->effect.network.down.none)
		return;
	buf_text(out, "; ");
	outage_explain(&rule->effect.network.down, out);
}

static const struct outage *network_outage(const struct rule *rule)
{
	return rule->effect.network.down.none ? NULL : &rule->effect.network.down;
}

#define ASKED_OF_A_SERVER (OPSET_REQUESTS & ~(OP_BIT(release) | OP_BIT(releasedir)))

const struct kind kind_network = {
	.name = "network",
	.summary = "a link to a file server: latency, loss, timeouts, rate, resets, outages",
	.allowed = ASKED_OF_A_SERVER,
	.usual = ASKED_OF_A_SERVER & ~OP_BIT(lseek),
	.late = true,
	.read = network_read,
	.apply = network_apply,
	.explain = network_explain,
	.outage = network_outage,
};
