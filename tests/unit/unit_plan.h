/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Plans for tests: rules in flow form, and requests put to them one after another. */
#pragma once

#include "unit.h"

#include "base/buf.h"
#include "faults/kinds.h"
#include "faults/plan.h"

/* A plan of these rules, each "{...}" in flow form, separated by newlines. Caller frees. */
static inline int unit_plan_try(const char *rules, struct plan **plan, struct err *err)
{
	struct buf text = {0};
	buf_text(&text, "version: 1\nseed: 7\nrules:\n");
	for (const char *at = rules; *at;) {
		size_t length = strcspn(at, "\n");
		buf_printf(&text, "- %.*s\n", (int)length, at);
		at += length + (at[length] == '\n');
	}
	int rc = plan_parse("p", buf_string(&text), text.length, plan, err);
	buf_free(&text);
	return rc;
}

static inline struct plan *unit_plan(const char *rules)
{
	struct plan *plan;
	struct err err = {0};
	if (unit_plan_try(rules, &plan, &err) < 0)
		fail_msg("%s: %s", rules, err.text);
	return plan;
}

/* The rules for one file of a plan. Caller frees. */
static inline struct bound *unit_bound(const struct plan *plan, const char *volume, const char *path)
{
	struct bound *bound;
	assert_int_equal(plan_bind(plan, volume, path, &bound), 0);
	return bound;
}

/* A program's own read of a file of a megabyte. */
static inline struct site unit_read(uint64_t offset, uint64_t length)
{
	return (struct site){.op = OP_read, .volume = "in", .path = "a.png", .offset = offset, .length = length, .size = 1 << 20};
}

static inline struct site unit_site(enum op op)
{
	return (struct site){.op = op, .volume = "in", .path = "a.png", .size = 1 << 20};
}

/* A verdict in words: "delay=5ns hang error=EIO split hidden length=5 size=7 altering=1 by r1,r2", "-" for none. */
static inline const char *unit_verdict(const struct verdict *v, char *text)
{
	char *to = text;
	*to = '\0';
	if (v->delay_ns)
		to += sprintf(to, " delay=%lldns", (long long)v->delay_ns);
	if (v->hang)
		to += sprintf(to, " hang=%s", v->hang == HANG_INTERRUPTIBLE ? "interruptible" : v->hang == HANG_KILLABLE ? "killable" : "uninterruptible");
	if (v->error)
		to += sprintf(to, " error=%s", strerrorname_np(v->error) ? strerrorname_np(v->error) : "?");
	if (v->split)
		to += sprintf(to, " split");
	if (v->hidden)
		to += sprintf(to, " hidden");
	if (v->length != UINT64_MAX)
		to += sprintf(to, " length=%llu", (unsigned long long)v->length);
	if (v->size != UINT64_MAX)
		to += sprintf(to, " size=%llu", (unsigned long long)v->size);
	if (v->altering_count)
		to += sprintf(to, " altering=%u", v->altering_count);
	for (int i = 0; i < v->rules_count; i++)
		to += sprintf(to, "%s%s", i ? "," : " by ", v->rules[i]->name);
	return *text ? text + 1 : "-";
}

/* Put a request to the rules of a file, and compare. */
static inline void unit_ask(const struct plan *plan, struct bound *bound, struct site site, const char *wanted)
{
	struct verdict verdict;
	char text[1000], row[100];
	plan_decide(plan, NULL, bound, &site, &verdict);
	snprintf(row, sizeof row, "%s at %llu, %llu bytes", ops_name(site.op), (unsigned long long)site.offset,
		 (unsigned long long)site.length);
	unit_same_text(row, unit_verdict(&verdict, text), wanted);
}
