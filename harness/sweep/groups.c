/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Groups failures. */
#include "harness/sweep/groups.h"

#include "base/buf.h"
#include "base/scope.h"
#include "harness/sweep/sites.h"

#include <errno.h>
#include <string.h>

/* ---- what is the same ---- */

/* Those that crash at the same place are one, whatever led there; else it is by what was struck, and what was said of it. */
static void put_key(const struct sweep *sweep, const struct sweep_case *one, struct symbols *symbols, struct buf *out)
{
	const struct trial *trial = one->trial;
	buf_printf(out, "%s|", verdict_class_name(trial->judgement.verdict));
	if (trial->crash_site) {
		buf_text(out, trial->crash_site);
		return;
	}
	buf_printf(out, "%s|", sweep_axis_name(one->axis));
	sites_name(sweep, one, symbols, out);
	buf_char(out, '|');
	sites_put_line(buf_string(&trial->judgement.reasons), out);
}

/* ---- groups ---- */

static bool is_failure(const struct sweep_case *one)
{
	const struct trial *trial = one->trial;
	return trial && one->left == LEFT_NOT && trial->state == TRIAL_JUDGED && !trial->judgement.passed;
}

static int add(const struct sweep *sweep, size_t index, struct symbols *symbols, struct groups *groups)
{
	SCOPED(buf_free) struct buf key = {0};
	const struct sweep_case *one = &sweep->cases.at[index];
	put_key(sweep, one, symbols, &key);
	struct alike *group = NULL;
	for (size_t i = 0; i < groups->list.count; i++)
		if (strcmp(groups->list.at[i].key, buf_string(&key)) == 0)
			group = &groups->list.at[i];
	if (!group) {
		group = vec_add(&groups->list);
		if (!group || !(group->key = strdup(buf_string(&key))))
			return -ENOMEM;
		group->verdict = one->trial->judgement.verdict;
	}
	group->flaky |= one->flaky;
	size_t *slot = vec_add(&group->cases);
	if (slot)
		*slot = index;
	return slot ? 0 : -ENOMEM;
}

/* What costs a user most comes first: silence, then what ends him, then what keeps him waiting. */
static int badness(const struct alike *group)
{
	static const int order[VERDICT_CLASSES] = {[VERDICT_WRONG] = 5, [VERDICT_CRASHED] = 4, [VERDICT_HUNG] = 3, [VERDICT_LEAKED] = 2,
						   [VERDICT_UNEXERCISED] = -1};
	return order[group->verdict];
}

static int by_badness(const void *a, const void *b)
{
	const struct alike *left = a, *right = b;
	int order = badness(right) - badness(left);
	if (order)
		return order;
	order = (left->cases.count < right->cases.count) - (left->cases.count > right->cases.count);
	return order ? order : strcmp(left->key, right->key);
}

int groups_make(const struct sweep *sweep, struct groups *out)
{
	struct symbols *symbols = session_symbols(sweep->session);
	int rc = 0;
	*out = (struct groups){0};
	for (size_t i = 0; !rc && i < sweep->cases.count; i++)
		if (is_failure(&sweep->cases.at[i]))
			rc = add(sweep, i, symbols, out);
	if (rc) {
		groups_free(out);
		return rc;
	}
	if (out->list.count)
		qsort(out->list.at, out->list.count, sizeof *out->list.at, by_badness);
	return 0;
}

void groups_free(struct groups *groups)
{
	for (size_t i = 0; i < groups->list.count; i++) {
		free(groups->list.at[i].key);
		vec_free(&groups->list.at[i].cases);
	}
	vec_free(&groups->list);
}
