/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* fail: any errno, by name or number; or one of several, drawn for each request.
 *
 * A failing read or write that begins before the rule's byte range is served up to the range, so the error stands exactly
 * at its first byte whatever the block size of the program (plan.c). Of several errnos the draw is made where that of
 * `probability` is: a block that cannot be read always says the same. ENOENT for a name that is not there is the truth, and
 * no fault. */
#include "faults/errnames.h"
#include "faults/kinds.h"
#include "faults/usual.h"

#include "base/draw.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Tells the draw of an errno from others at the same place (struct draw_key). */
#define LANE 24

/* ---- reading ---- */

static int read_errno(struct yaml_at at, int *number, struct err *err)
{
	int rc = errnames_yaml(at, number, err);
	if (!rc && *number == ENOSYS)
		return yaml_error(at, err, "ENOSYS cannot be injected: the kernel remembers it and never asks again "
					   "(EOPNOTSUPP says much the same)");
	return rc;
}

static int add_error(struct yaml_at at, struct rule *rule, uint32_t weight, struct err *err)
{
	int number, count = rule->effect.fail.count;
	int rc = read_errno(at, &number, err);
	if (rc)
		return rc;
	for (int i = 0; i < count; i++)
		if (rule->effect.fail.errors[i] == number)
			return yaml_error(at, err, "%s stands here twice (to make it likelier: {EIO: 3, ESTALE: 1})", at.node->text);
	if (count == FAIL_ERRORS_MAX)
		return yaml_error(at, err, "more than %d errnos", FAIL_ERRORS_MAX);
	rule->effect.fail.errors[count] = (uint16_t)number;
	rule->effect.fail.weights[count] = weight;
	rule->effect.fail.count++;
	return 0;
}

static int read_one(struct yaml_at at, void *into, struct err *err)
{
	return add_error(at, into, 1, err);
}

static int read_weight(struct yaml_at name, struct yaml_at value, struct rule *rule, struct err *err)
{
	uint32_t weight = 0;
	int rc = yaml_count32(value, &weight, err);
	if (!rc && !weight)
		return yaml_error(value, err, "an errno of weight 0 never comes: leave it out");
	return rc ? rc : add_error(name, rule, weight, err);
}

static int read_weights(struct yaml_at at, struct rule *rule, struct err *err)
{
	int rc = 0;
	for (size_t i = 0; !rc && i + 1 < at.node->count; i += 2)
		rc = read_weight((struct yaml_at){at.doc, at.node->items[i]}, (struct yaml_at){at.doc, at.node->items[i + 1]}, rule, err);
	return rc;
}

static int fail_read(struct yaml_at at, struct rule *rule, struct err *err)
{
	if (at.node->type == YAML_SCALAR && strcmp(at.node->text, "usual") == 0) {
		rule->effect.fail.usual = true;
		return 0;
	}
	int rc = at.node->type == YAML_MAP ? read_weights(at, rule, err) : yaml_each(at, read_one, rule, err);
	if (!rc && !rule->effect.fail.count)
		return yaml_error(at, err, "with which errno?");
	return rc;
}

/* ---- choosing ---- */

static uint64_t weight_of_all(const struct rule *rule)
{
	uint64_t all = 0;
	for (int i = 0; i < rule->effect.fail.count; i++)
		all += rule->effect.fail.weights[i];
	return all;
}

static double drawn(const struct asking *asked)
{
	const struct draw_key key = {
		.seed = asked->plan->seed,
		.who = asked->rule->id,
		.path = draw_text(asked->site->path),
		.where = when_draw_place(asked),
		.lane = LANE,
	};
	return draw_unit(&key);
}

static int usual_error(const struct asking *asked)
{
	const uint16_t *errors = usual_errors(asked->site->op);
	size_t count = 0;
	while (errors[count])
		count++;
	return errors[(size_t)(drawn(asked) * (double)count)];
}

static int weighted_error(const struct asking *asked)
{
	const struct rule *rule = asked->rule;
	uint64_t place = (uint64_t)(drawn(asked) * (double)weight_of_all(rule));
	int i = 0;
	while (i + 1 < rule->effect.fail.count && place >= rule->effect.fail.weights[i])
		place -= rule->effect.fail.weights[i++];
	return rule->effect.fail.errors[i];
}

static bool fail_apply(const struct asking *asked, struct verdict *out)
{
	const struct rule *rule = asked->rule;
	int error = rule->effect.fail.usual	  ? usual_error(asked)
		    : rule->effect.fail.count > 1 ? weighted_error(asked)
						  : rule->effect.fail.errors[0];
	if (error == ENOENT && asked->site->absent)
		return false;
	out->error = error;
	return true;
}

/* ---- words ---- */

static void fail_explain(const struct rule *rule, struct buf *out)
{
	char name[ERRNAME_SIZE];
	int count = rule->effect.fail.count;
	uint64_t all = weight_of_all(rule);
	if (rule->effect.fail.usual)
		buf_text(out, "fail with an errno that is usual for the operation");
	for (int i = 0; i < count; i++) {
		buf_printf(out, "%s%s", i ? " or " : "fail with ", errnames_text(rule->effect.fail.errors[i], name));
		if (all > (uint64_t)count)
			buf_printf(out, " (%" PRIu32 " of %" PRIu64 ")", rule->effect.fail.weights[i], all);
	}
	if (rule->effect.fail.usual || count > 1)
		buf_printf(out, ", drawn by %s", when_drawn_by(rule));
}

const struct kind kind_fail = {
	.name = "fail",
	.summary = "the operation fails with an errno, by name or number, or one of several",
	/* The kernel throws the result of these away (fuse_release_end() in fs/fuse/file.c). */
	.allowed = OPSET_REQUESTS & ~(OP_BIT(release) | OP_BIT(releasedir)),
	.ends = true,
	.read = fail_read,
	.apply = fail_apply,
	.explain = fail_explain,
};
