/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Holds rules against the names of a corpus. */
#include "harness/reach.h"

#include "base/scope.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct search {
	const struct plan *plan;
	const struct corpus *corpus;
	struct reach *reach;
	uint64_t looked;
};

static bool is_only_for_in(const struct rule *rule)
{
	return rule->volume && strcmp(rule->volume, "in") == 0;
}

static void hold_against(struct search *s, const char *path)
{
	s->looked++;
	for (size_t i = 0; i < s->plan->rules.count; i++) {
		const struct rule *rule = &s->plan->rules.at[i];
		if ((rule->volume && strcmp(rule->volume, "in") != 0) || (rule->path && !glob_match(rule->path, path)))
			continue;
		if (!s->reach[i].paths++)
			snprintf(s->reach[i].first, sizeof s->reach[i].first, "%s", path);
	}
}

static int search_directory(struct search *s, const char *path);

static int search_name(struct search *s, const char *directory, const struct corpus_name *name)
{
	SCOPED_FREE char *path = NULL;
	bool root = strcmp(directory, ".") == 0;
	if (asprintf(&path, "%s%s%s", root ? "" : directory, root ? "" : "/", name->name) < 0)
		return -ENOMEM;
	hold_against(s, path);
	return S_ISDIR(name->type) ? search_directory(s, path) : 0;
}

static int search_directory(struct search *s, const char *path)
{
	struct corpus_names names;
	int rc = corpus_list(s->corpus, path, &names);
	if (rc == -EACCES || rc == -ENOENT)
		return 0; /* closed to us, or gone: then to the subject as well */
	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < names.names.count && s->looked < REACH_PATHS_MAX; i++)
		rc = search_name(s, path, &names.names.at[i]);
	corpus_names_free(&names);
	return rc;
}

/* What was removed from a corpus can still be asked for. */
static int search_removed(struct search *s)
{
	struct corpus_damaged damaged;
	int rc = corpus_damaged(s->corpus, &damaged);
	for (size_t i = 0; !rc && i < damaged.files.count; i++)
		if (strcmp(damaged.files.at[i].damage, "remove") == 0)
			hold_against(s, damaged.files.at[i].path);
	if (!rc)
		corpus_damaged_free(&damaged);
	return rc;
}

int reach_count(const struct plan *plan, const struct corpus *corpus, struct reach *out, struct err *err)
{
	struct search search = {.plan = plan, .corpus = corpus, .reach = out};
	memset(out, 0, plan->rules.count * sizeof *out);
	hold_against(&search, ".");
	int rc = search_directory(&search, ".");
	rc = rc ? rc : search_removed(&search);
	if (rc)
		return err_set(err, -rc, "the corpus cannot be listed: %s", strerror(-rc));
	for (size_t i = 0; i < plan->rules.count; i++)
		if (!is_only_for_in(&plan->rules.at[i]) || (!out[i].paths && search.looked >= REACH_PATHS_MAX))
			out[i].paths = UINT64_MAX;
	return 0;
}

int reach_check(const struct plan *plan, const struct corpus *corpus, struct err *err)
{
	SCOPED_FREE struct reach *reach = calloc(plan->rules.count + 1, sizeof *reach);
	if (!reach)
		return err_set(err, ENOMEM, "out of memory");
	int rc = reach_count(plan, corpus, reach, err);
	for (size_t i = 0; !rc && i < plan->rules.count; i++)
		if (!reach[i].paths)
			rc = err_set(err, EINVAL, "plan %s: rule '%s' can never strike: no path of the corpus matches '%s'",
				     plan->name, plan->rules.at[i].name, glob_text(plan->rules.at[i].path));
	return rc;
}
