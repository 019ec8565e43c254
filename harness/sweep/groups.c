/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Groups failures. */
#include "harness/sweep/groups.h"

#include "base/buf.h"
#include "base/scope.h"
#include "harness/sweep/sites.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

bool groups_is_formless(const struct sweep_case *one)
{
	size_t length = strlen(one->name), end = strlen(" end");
	bool ends = one->axis == SWEEP_RANGE && length > end && strcmp(one->name + length - end, " end") == 0;
	return one->file && (one->damage || ends) && !sweep_knows_form(one->file);
}

/* ---- what is the same ---- */

/* What ended the run, or made it fail. Whoever is killed cannot tidy up, and who is asked to end can; who fails has an error path, and
 * whatever led into it, it is that which left something behind. */
static const char *stroke_of(const struct sweep_case *one)
{
	const char *signal = strrchr(one->name, ' ');
	if (one->axis == SWEEP_KILL)
		return signal ? signal + 1 : "";
	return one->axis == SWEEP_CUT ? "cut" : "error";
}

/* The errno is in many reasons, and one of three that the same operation had is the same crime. `whole`: with the name of the file that it
 * is about, and not just what is wrong with it. */
static void put_reason(const char *text, bool whole, struct buf *out)
{
	SCOPED(buf_free) struct buf line = {0};
	sites_put_line(text, &line);
	for (const char *at = buf_string(&line); *at && (whole || strncmp(at, ": ", 2) != 0); at++) {
		size_t length = 1 + strspn(at + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
		bool begins = at == line.at || at[-1] == ' ';
		if (*at == 'E' && begins && length > 2) {
			buf_text(out, "E*");
			at += length - 1;
		} else {
			buf_char(out, *at);
		}
	}
}

/* Does it matter where it was struck? Not to what was left behind, nor to whoever was killed. */
static bool goes_by_site(const struct sweep_case *one, enum verdict_class verdict)
{
	return verdict != VERDICT_LEAKED && one->axis != SWEEP_KILL && one->axis != SWEEP_CUT;
}

/* Those that crash at the same place are one, whatever led there; else it is by what was struck, and what was said of it. */
static void put_key(const struct sweep *sweep, const struct sweep_case *one, struct symbols *symbols, struct buf *out)
{
	const struct trial *trial = one->trial;
	enum verdict_class verdict = trial->judgement.verdict;
	buf_printf(out, "%s|", verdict_class_name(verdict));
	if (trial->crash_site) {
		buf_text(out, trial->crash_site);
		return;
	}
	if (verdict == VERDICT_UNEXERCISED)
		return;
	if (verdict <= VERDICT_REFUSED && !one->flaky) { /* it is what the case expects besides that is not met */
		out->length = 0;
		put_reason(buf_string(&trial->judgement.failures), true, out);
		return;
	}
	buf_printf(out, "%s|", stroke_of(one));
	if (verdict == VERDICT_WRONG && groups_is_formless(one)) {
		buf_text(out, "formless");
		return;
	}
	if (goes_by_site(one, verdict))
		sites_name(sweep, one, symbols, out);
	buf_char(out, '|');
	put_reason(buf_string(&trial->judgement.reasons), verdict != VERDICT_LEAKED, out);
}

/* ---- groups ---- */

static bool is_failure(const struct sweep_case *one)
{
	const struct trial *trial = one->trial;
	return trial && one->left == LEFT_NOT && trial->state == TRIAL_JUDGED && !trial->judgement.passed;
}

/* Failures with their keys, so that those that are the same come to stand together. */
struct keyed {
	char *key;
	size_t index;
};

struct keyed_list {
	VEC(struct keyed) list;
};

static void keyed_free(struct keyed_list *all)
{
	for (size_t i = 0; i < all->list.count; i++)
		free(all->list.at[i].key);
	vec_free(&all->list);
}

static int by_key(const void *a, const void *b)
{
	const struct keyed *left = a, *right = b;
	int order = strcmp(left->key, right->key);
	return order ? order : (left->index > right->index) - (left->index < right->index);
}

/* The path of the file that was struck, or NULL where it is none. */
static const char *struck_file(const struct sweep *sweep, const struct sweep_case *one)
{
	if (one->file)
		return one->file;
	bool single = one->point != SIZE_MAX && one->axis != SWEEP_DOUBLE && one->axis != SWEEP_PAIRS;
	return single ? sweep->count.points.list.at[one->point].path : NULL;
}

/* The key as it is for all files of the kind. */
static void put_general_key(const struct sweep *sweep, const struct sweep_case *one, struct symbols *symbols, struct buf *out)
{
	SCOPED(buf_free) struct buf key = {0};
	const char *file = struck_file(sweep, one);
	put_key(sweep, one, symbols, &key);
	if (file)
		sites_without_file(buf_string(&key), file, out);
	else
		buf_text(out, buf_string(&key));
}

static int list_failures(const struct sweep *sweep, struct keyed_list *all)
{
	struct symbols *symbols = session_symbols(sweep->session);
	for (size_t i = 0; i < sweep->cases.count; i++) {
		SCOPED(buf_free) struct buf key = {0};
		if (!is_failure(&sweep->cases.at[i]))
			continue;
		put_general_key(sweep, &sweep->cases.at[i], symbols, &key);
		struct keyed *one = key.failed ? NULL : vec_add(&all->list);
		if (!one || !(one->key = strdup(buf_string(&key))))
			return -ENOMEM;
		one->index = i;
	}
	if (all->list.count)
		qsort(all->list.at, all->list.count, sizeof *all->list.at, by_key);
	return 0;
}

static struct alike *begin_group(const struct sweep *sweep, const struct keyed *first, struct groups *groups)
{
	struct alike *group = vec_add(&groups->list);
	if (!group || !(group->key = strdup(first->key)))
		return NULL;
	group->verdict = sweep->cases.at[first->index].trial->judgement.verdict;
	return group;
}

static int add(const struct sweep *sweep, const struct keyed *one, struct groups *groups)
{
	struct alike *group = groups->list.count ? &groups->list.at[groups->list.count - 1] : NULL;
	if (!group || strcmp(group->key, one->key) != 0)
		group = begin_group(sweep, one, groups);
	size_t *slot = group ? vec_add(&group->cases) : NULL;
	if (!slot)
		return -ENOMEM;
	*slot = one->index;
	group->flaky |= sweep->cases.at[one->index].flaky;
	return 0;
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
	SCOPED(keyed_free) struct keyed_list all = {0};
	*out = (struct groups){0};
	int rc = list_failures(sweep, &all);
	for (size_t i = 0; !rc && i < all.list.count; i++)
		rc = add(sweep, &all.list.at[i], out);
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
