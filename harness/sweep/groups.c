/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Groups failures. */
#include "harness/sweep/groups.h"

#include "base/buf.h"
#include "base/scope.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* ---- what is the same ---- */

/* Numbers tell one file from the next, one byte from another: not what went wrong. */
static void put_without_numbers(const char *text, size_t length, struct buf *out)
{
	for (size_t i = 0; i < length; i++) {
		if (!isdigit((unsigned char)text[i])) {
			buf_char(out, text[i]);
			continue;
		}
		while (i + 1 < length && isdigit((unsigned char)text[i + 1]))
			i++;
		buf_char(out, '#');
	}
}

static void put_line_without_numbers(const char *text, struct buf *out)
{
	put_without_numbers(text, strcspn(text, "\n"), out);
	buf_char(out, '|');
}

/* Where it was struck: of an operation the kind and the name, without the errno; else what its axis calls it. */
static void put_site(const struct sweep *sweep, const struct sweep_case *one, struct buf *out)
{
	SCOPED(buf_free) struct buf name = {0};
	if (one->point == SIZE_MAX || one->axis == SWEEP_DOUBLE || one->axis == SWEEP_PAIRS) {
		put_line_without_numbers(one->name, out);
		return;
	}
	sweep_point_name(&sweep->count.points.list.at[one->point], &name);
	put_line_without_numbers(buf_string(&name), out);
}

static void put_key(const struct sweep *sweep, const struct sweep_case *one, struct buf *out)
{
	const struct judgement *judgement = &one->trial->judgement;
	buf_printf(out, "%s|%s|", verdict_class_name(judgement->verdict), sweep_axis_name(one->axis));
	put_site(sweep, one, out);
	put_line_without_numbers(buf_string(&judgement->reasons), out);
}

/* ---- groups ---- */

static bool is_failure(const struct sweep_case *one)
{
	const struct trial *trial = one->trial;
	return trial && one->left == LEFT_NOT && trial->state == TRIAL_JUDGED && !trial->judgement.passed;
}

static int add(const struct sweep *sweep, size_t index, struct groups *groups)
{
	SCOPED(buf_free) struct buf key = {0};
	const struct sweep_case *one = &sweep->cases.at[index];
	put_key(sweep, one, &key);
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
	int rc = 0;
	*out = (struct groups){0};
	for (size_t i = 0; !rc && i < sweep->cases.count; i++)
		if (is_failure(&sweep->cases.at[i]))
			rc = add(sweep, i, out);
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
