/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Volumes that come and go, with the rules that are theirs. */
#include "fusefs/control_volumes.h"

#include "base/nearest.h"
#include "base/scope.h"
#include "fusefs/control_words.h"
#include "fusefs/invalidate.h"
#include "fusefs/server.h"
#include "fusefs/volumes.h"

#include <errno.h>
#include <string.h>

/* ---- add ---- */

static size_t count_older(const struct plan_text *text, uint64_t serial)
{
	size_t count = 0;
	for (size_t i = 0; i < text->rules.count; i++)
		count += text->rules.at[i].serial <= serial;
	return count;
}

/* Rules that come with a volume are new ones: they take no other's place. */
static int add_rules(struct control_call *call, const char *volume, const char *rules)
{
	const struct plan_text *before = &call->server->rulebook.text;
	struct plan_text text;
	if (plan_text_copy(before, &text) < 0)
		return err_set(call->err, ENOMEM, "out of memory");
	int rc = plan_text_put(&text, rules, strlen(rules), PLAN_AS_IT_IS, NULL, volume, call->err);
	if (!rc && count_older(&text, before->serials) < before->rules.count)
		rc = err_set(call->err, EEXIST, "one of the rules has the name of a rule that is there already");
	if (!rc)
		return rulebook_adopt(call->server, &text, NULL, &call->change, call->err);
	plan_text_free(&text);
	return rc;
}

int control_add_volume(struct control_call *call)
{
	struct server *server = call->server;
	const char *name = control_text(call, "name");
	SCOPED_FREE char *rules = NULL;
	int rc = control_yaml(call, "rules", &rules);
	if (!rc)
		rc = volumes_add(server, name, control_text(call, "source"), call->err);
	if (rc || !rules)
		return rc;
	rc = add_rules(call, name, rules);
	if (!rc)
		return 0;
	struct invalidation *job = NULL;
	if (volumes_drop(server, volumes_find(server, name), &job) == 0)
		invalidate_leave(&server->invalidator, job);
	return rc;
}

/* ---- drop ---- */

/* Rules that name the volume could never strike again. */
static int remove_rules(struct control_call *call, const char *volume, struct invalidation **job)
{
	const struct server *server = call->server;
	struct plan_text text;
	bool any = false;
	if (plan_text_copy(&server->rulebook.text, &text) < 0)
		return err_set(call->err, ENOMEM, "out of memory");
	for (size_t i = 0; server->plan && i < server->plan->rules.count; i++) {
		const struct rule *rule = server->plan->rules.at[i];
		if (rule->volume && strcmp(rule->volume, volume) == 0)
			any |= plan_text_remove(&text, rule->name);
	}
	if (any)
		return rulebook_adopt(call->server, &text, NULL, job, call->err);
	plan_text_free(&text);
	return 0;
}

static int no_such_volume(struct control_call *call, const char *name)
{
	const char *near = NULL;
	char hint[NEAREST_HINT_SIZE];
	for (size_t i = 0; !near && i < call->server->volumes.count; i++)
		near = nearest_in(&call->server->volumes.at[i]->name, 1, sizeof(char *), name);
	return err_set(call->err, ENOENT, "no volume is named '%s'%s", name, nearest_hint(hint, near));
}

int control_drop_volume(struct control_call *call)
{
	struct server *server = call->server;
	const char *name = control_text(call, "name");
	struct volume *volume = volumes_find(server, name);
	struct invalidation *rules_job = NULL;
	if (!volume)
		return no_such_volume(call, name);
	if (server->root_volume)
		return err_set(call->err, EINVAL, "'%s' is the mount itself (quit ends it)", name);
	int rc = remove_rules(call, name, &rules_job);
	if (!rc && volumes_drop(server, volume, &call->change) < 0)
		rc = err_set(call->err, ENOMEM, "out of memory");
	invalidate_leave(&server->invalidator, rules_job);
	return rc;
}

/* ---- list ---- */

int control_list_volumes(struct control_call *call)
{
	struct jsonw *j = call->j;
	const struct server *server = call->server;
	jsonw_key(j, "volumes"), jsonw_array(j);
	for (size_t i = 0; i < server->volumes.count; i++) {
		const struct volume *volume = server->volumes.at[i];
		jsonw_object(j);
		jsonw_key(j, "name"), jsonw_text(j, volume->name);
		jsonw_key(j, "source"), jsonw_text(j, volume->source);
		jsonw_key(j, "nodes"), jsonw_uint(j, volume->nodes);
		jsonw_close(j);
	}
	jsonw_close(j);
	jsonw_key(j, "dropped"), jsonw_uint(j, server->dropped.count);
	return 0;
}
