/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* cut: the power fails at an operation.
 *
 * What was not synced is gone, as the model says; the operation and all that follow fail with EIO until the volume is back. What
 * survives is the server's matter (fusefs/durable.h); here is when, and by which model. */
#include "base/nearest.h"
#include "faults/kinds.h"
#include "faults/loss.h"

#include <errno.h>

struct word {
	const char *name;
	int value;
};

static const struct word moments[] = {{"before", CUT_BEFORE}, {"after", CUT_AFTER}, {"half", CUT_HALF}};
static const struct word models[] = {{"strict", CUT_STRICT}, {"ordered", CUT_ORDERED}};
static const struct word keeps[] = {{"none", CUT_KEEP_NONE}, {"all", CUT_KEEP_ALL}, {"random", CUT_KEEP_RANDOM}};

static int word_read(struct yaml_at at, const struct word *words, size_t count, int *value, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	const struct word *word = named_in(words, count, sizeof *words, text);
	char hint[NEAREST_HINT_SIZE];
	if (!word)
		return yaml_error(at, err, "'%s' is none of %s, %s%s%s%s", text, words[0].name, words[1].name, count > 2 ? ", " : "",
				  count > 2 ? words[2].name : "", nearest_hint(hint, nearest_in(words, count, sizeof *words, text)));
	*value = word->value;
	return 0;
}

#define WORD_READER(name, words)                                                                      \
	static int name(struct yaml_at at, void *into, struct err *err)                               \
	{                                                                                             \
		return word_read(at, words, COUNT_OF(words), into, err);                              \
	}
WORD_READER(moment_read, moments)
WORD_READER(model_read, models)
WORD_READER(keep_read, keeps)

static const struct yaml_field cut_fields[] = {
	YAML_FIELD(struct rule, "at", effect.cut.at, moment_read),
	YAML_FIELD(struct rule, "model", effect.cut.model, model_read),
	YAML_FIELD(struct rule, "keep", effect.cut.keep, keep_read),
	YAML_FIELD(struct rule, "sector", effect.cut.sector, loss_sector_yaml),
	YAML_FIELD(struct rule, "kill", effect.cut.kill, yaml_bool),
};

static int cut_read(struct yaml_at at, struct rule *rule, struct err *err)
{
	rule->effect.cut.sector = 512;
	return at.node->type == YAML_MAP ? yaml_fields(at, "'cut'", cut_fields, COUNT_OF(cut_fields), rule, err)
					 : moment_read(at, &rule->effect.cut.at, err);
}

static bool cut_apply(const struct asking *asked, struct verdict *out)
{
	out->power = asked->rule;
	out->error = EIO;
	out->losing_ordinal = asked->tally ? asked->tally->seen : 0;
	return true;
}

static void cut_explain(const struct rule *rule, struct buf *out)
{
	const struct cut_effect *cut = &rule->effect.cut;
	buf_printf(out, "the power fails %s; ", cut->at == CUT_HALF ? "half-way" : moments[cut->at].name);
	buf_printf(out, "what was not synced (%s) is %s", models[cut->model].name,
		   cut->keep == CUT_KEEP_NONE ? "gone" : cut->keep == CUT_KEEP_ALL ? "kept" : "gone or kept by chance");
	if (cut->kill)
		buf_text(out, "; the caller is killed");
}

const struct kind kind_cut = {
	.name = "cut",
	.summary = "the power fails: what was not synced is gone",
	.effect = "power-cut",
	/* A cut at the end of a handle would be one after the program has gone on. */
	.allowed = OPSET_REQUESTS & ~(OP_BIT(release) | OP_BIT(releasedir)),
	.read = cut_read,
	.apply = cut_apply,
	.explain = cut_explain,
};
