/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* device: one disk, with one head, that serves one request after another in the order in which they come.
 *
 * Each file lies in one piece at a place that is drawn from its path, so places are the same on every machine. A request that goes on
 * where the one before ended costs its access and transfer; any other first a seek (track + (full - track) * sqrt(distance /
 * capacity), the short-seek law of Ruemmler and Wilkes, An Introduction to Disk Drive Modeling, 1994) and then as much of a
 * turn as is left until its bytes come by: the disk turns with the clock. A write-back cache takes writes at once as long as
 * they fit; it is emptied at the speed of the disk, and fsync waits for that. Who comes first is a matter of the schedule, and
 * so is all of this. */
#include "faults/kinds.h"
#include "faults/live.h"

#include "base/clock.h"
#include "base/draw.h"
#include "base/real.h"

#include <inttypes.h>
#include <math.h>

#define CAPACITY_USUAL UINT64_C(1000000000000)

/* ---- reading ---- */

static const struct yaml_field access_fields[] = {
	YAML_FIELD(struct rule, "read", effect.device.access_ns[0], yaml_duration),
	YAML_FIELD(struct rule, "write", effect.device.access_ns[1], yaml_duration),
};

static int access_read(struct yaml_at at, void *into, struct err *err)
{
	struct rule *rule = into;
	if (at.node->type == YAML_MAP)
		return yaml_fields(at, "'access'", access_fields, COUNT_OF(access_fields), rule, err);
	int rc = yaml_duration(at, &rule->effect.device.access_ns[0], err);
	rule->effect.device.access_ns[1] = rule->effect.device.access_ns[0];
	return rc;
}

static const struct yaml_field rate_fields[] = {
	YAML_REQUIRED(struct rule, "read", effect.device.rate.read, yaml_rate),
	YAML_REQUIRED(struct rule, "write", effect.device.rate.write, yaml_rate),
};

static int rate_read(struct yaml_at at, void *into, struct err *err)
{
	struct rule *rule = into;
	int rc = at.node->type == YAML_MAP ? yaml_fields(at, "'rate'", rate_fields, COUNT_OF(rate_fields), rule, err)
					   : yaml_rate(at, &rule->effect.device.rate.read, err);
	if (at.node->type != YAML_MAP)
		rule->effect.device.rate.write = rule->effect.device.rate.read;
	if (!rc && (!rule->effect.device.rate.read || !rule->effect.device.rate.write))
		return yaml_error(at, err, "a rate of nothing");
	return rc;
}

static const struct yaml_field seek_fields[] = {
	YAML_REQUIRED(struct rule, "track", effect.device.track_ns, yaml_duration),
	YAML_REQUIRED(struct rule, "full", effect.device.full_ns, yaml_duration),
};

static int seek_read(struct yaml_at at, void *into, struct err *err)
{
	struct rule *rule = into;
	int rc = yaml_fields(at, "'seek'", seek_fields, COUNT_OF(seek_fields), rule, err);
	if (!rc && rule->effect.device.track_ns > rule->effect.device.full_ns)
		return yaml_error(at, err, "a seek to the next track takes no longer than one over the full disk");
	return rc;
}

/* Turns a minute. */
static int rpm_read(struct yaml_at at, void *into, struct err *err)
{
	uint64_t rpm;
	int rc = yaml_number(at, &rpm, err);
	if (!rc && (rpm < 1 || rpm > 100000))
		return yaml_error(at, err, "'rpm' is from 1 to 100000");
	if (!rc)
		((struct rule *)into)->effect.device.turn_ns = 60 * NS_PER_S / (int64_t)rpm;
	return rc;
}

static const struct yaml_field device_fields[] = {
	{"rate", rate_read, 0, true},
	{"access", access_read, 0, false},
	{"seek", seek_read, 0, false},
	{"rpm", rpm_read, 0, false},
	YAML_FIELD(struct rule, "capacity", effect.device.capacity, yaml_size),
	YAML_FIELD(struct rule, "cache", effect.device.cache, yaml_size),
};

static int device_read(struct yaml_at at, struct rule *rule, struct err *err)
{
	rule->effect.device.capacity = CAPACITY_USUAL;
	int rc = yaml_fields(at, "'device'", device_fields, COUNT_OF(device_fields), rule, err);
	if (!rc && !rule->effect.device.capacity)
		return yaml_error(at, err, "a disk of no capacity");
	return rc;
}

/* ---- one request ---- */

static int64_t part_of(int64_t whole, double part)
{
	return (int64_t)((double)whole * part);
}

static uint64_t address_of(const struct asking *asked)
{
	const struct draw_key key = {.seed = asked->plan->seed, .path = draw_text(asked->site->path)};
	return (draw_u64(&key) + asked->site->offset) % asked->rule->effect.device.capacity;
}

static int64_t seek_ns(const struct rule *rule, uint64_t from, uint64_t to)
{
	double distance = from < to ? (double)(to - from) : (double)(from - to);
	double part = sqrt(distance / (double)rule->effect.device.capacity);
	return rule->effect.device.track_ns + part_of(rule->effect.device.full_ns - rule->effect.device.track_ns, part);
}

/* Until the bytes come by. A turn holds as many as are read in its time. */
static int64_t turn_left_ns(const struct rule *rule, uint64_t address, int64_t when_ns)
{
	int64_t turn = rule->effect.device.turn_ns;
	if (!turn)
		return 0;
	double track = (double)rule->effect.device.rate.read * (double)turn / (double)NS_PER_S;
	int64_t angle = part_of(turn, fmod((double)address, track) / track);
	return ((angle - when_ns % turn) % turn + turn) % turn;
}

/* When the head is done with a request that it begins at start_ns; moves the head. */
static int64_t done_ns(const struct asking *asked, struct live_rule *disk, bool writes, uint64_t bytes, int64_t start_ns)
{
	const struct rule *rule = asked->rule;
	uint64_t address = address_of(asked);
	int64_t at = start_ns + rule->effect.device.access_ns[writes];
	if (address != disk->head && (rule->effect.device.full_ns || rule->effect.device.turn_ns)) {
		at += seek_ns(rule, disk->head, address);
		at += turn_left_ns(rule, address, at);
	}
	disk->head = (address + bytes) % rule->effect.device.capacity;
	return at + line_cost_ns(bytes, writes ? rule->effect.device.rate.write : rule->effect.device.rate.read);
}

/* ---- the cache ---- */

/* What is in the cache goes to the disk evenly, until free_at. Brings it up to now. */
static void drain(struct live_rule *disk, int64_t free_at_ns, int64_t now_ns)
{
	int64_t span = free_at_ns - disk->dirty.at_ns, left = free_at_ns - now_ns;
	disk->dirty.bytes *= left <= 0 || span <= 0 ? 0 : (double)left / (double)span;
	disk->dirty.at_ns = now_ns;
}

/* How long a write waits that makes the cache hold more than fits: until so much of it is on the disk. */
static int64_t overflow_ns(const struct live_rule *disk, uint64_t cache, int64_t free_at_ns, int64_t now_ns)
{
	if (disk->dirty.bytes <= (double)cache)
		return 0;
	return part_of(free_at_ns - now_ns, 1 - (double)cache / disk->dirty.bytes);
}

static int64_t wait_ns(const struct asking *asked, struct live_rule *disk, uint64_t bytes)
{
	int64_t now = asked->site->now_ns, *free_at = &disk->free_at_ns[LINE_IN];
	uint64_t cache = asked->rule->effect.device.cache;
	bool writes = OPSET_CHANGES >> asked->site->op & 1;
	if (asked->site->op == OP_fsync || asked->site->op == OP_fsyncdir)
		return *free_at - now;
	drain(disk, *free_at, now);
	int64_t done = done_ns(asked, disk, writes, bytes, *free_at > now ? *free_at : now);
	*free_at = done < 2 * SPREAD_NS_MAX ? done : 2 * SPREAD_NS_MAX;
	if (!writes || !cache)
		return *free_at - now;
	disk->dirty.bytes += (double)bytes;
	return overflow_ns(disk, cache, *free_at, now);
}

static bool device_apply(const struct asking *asked, struct verdict *out)
{
	struct live_rule alone = {0};
	struct live_rule *disk = asked->live ? &asked->live->rules[asked->rule->index] : &alone;
	bool moves = asked->site->op == OP_read || asked->site->op == OP_write;
	uint64_t bytes = site_bytes(asked->site, out->length);
	int64_t wait = moves && !bytes ? 0 : wait_ns(asked, disk, bytes);
	if (wait < LINE_GRAIN_NS)
		return false;
	out->delay_ns += wait < SPREAD_NS_MAX ? wait : SPREAD_NS_MAX;
	return true;
}

/* ---- words ---- */

static void device_explain(const struct rule *rule, struct buf *out)
{
	const struct speeds *rate = &rule->effect.device.rate;
	buf_printf(out, "from one disk, one after another: %" PRIu64, rate->read);
	if (rate->write != rate->read)
		buf_printf(out, " (writing %" PRIu64 ")", rate->write);
	buf_text(out, " bytes a second");
	if (rule->effect.device.access_ns[0] || rule->effect.device.access_ns[1])
		buf_printf(out, ", access %s ms (writing %s ms)", REAL((double)rule->effect.device.access_ns[0] / NS_PER_MS),
			   REAL((double)rule->effect.device.access_ns[1] / NS_PER_MS));
	if (rule->effect.device.full_ns)
		buf_printf(out, ", seeks of %s to %s ms", REAL((double)rule->effect.device.track_ns / NS_PER_MS),
			   REAL((double)rule->effect.device.full_ns / NS_PER_MS));
	if (rule->effect.device.turn_ns)
		buf_printf(out, ", %s ms a turn", REAL((double)rule->effect.device.turn_ns / NS_PER_MS));
	if (rule->effect.device.cache)
		buf_printf(out, ", a cache of %" PRIu64 " bytes for writes", rule->effect.device.cache);
	buf_text(out, "; who waits is bound to the schedule");
}

const struct kind kind_device = {
	.name = "device",
	.summary = "one disk: seeks, turns, throughput, one request after another, a cache for writes",
	.allowed = OPSET_REQUESTS & ~(OP_BIT(release) | OP_BIT(releasedir)),
	.usual = OP_BIT(read) | OP_BIT(write) | OP_BIT(fsync),
	.late = true,
	.read = device_read,
	.apply = device_apply,
	.explain = device_explain,
};
