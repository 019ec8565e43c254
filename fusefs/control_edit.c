/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Changes rules, and makes outages of rules that last for a time. */
#include "fusefs/control_edit.h"

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/nearest.h"
#include "base/scope.h"
#include "base/units.h"
#include "faults/kinds.h"
#include "fusefs/control_words.h"
#include "fusefs/invalidate.h"
#include "fusefs/request.h"
#include "fusefs/server.h"
#include "fusefs/standing.h"

#include <errno.h>
#include <string.h>

static int no_memory(struct control_call *call)
{
	return err_set(call->err, ENOMEM, "out of memory");
}

/* Put the text in force; the answer waits for it, and says how many rules there are now. */
static int adopt(struct control_call *call, struct plan_text *text, const char *name)
{
	int rc = rulebook_adopt(call->server, text, name, &call->change, call->err);
	if (!rc)
		jsonw_key(call->j, "rules"), jsonw_uint(call->j, call->server->plan ? call->server->plan->rules.count : 0);
	if (!rc && !call->change) /* else it is known when the answer is sent */
		jsonw_key(call->j, "still_cached"), jsonw_uint(call->j, 0);
	return rc;
}

/* ---- plan, set, remove ---- */

int control_plan(struct control_call *call)
{
	struct rulebook *book = &call->server->rulebook;
	const char *text = control_text(call, "text"), *name = control_text(call, "name"), *seed = control_text(call, "seed");
	struct plan_text read;
	uint64_t number = 0;
	if (seed && units_number(seed, &number) < 0)
		return err_set(call->err, EINVAL, "'seed' takes a whole number, not '%s'", seed);
	int rc = plan_text_parse(name ? name : "plan", text, strlen(text), &read, call->err);
	if (rc)
		return rc;
	bool seeded_before = book->seeded;
	uint64_t seed_before = book->seed;
	if (seed)
		book->seeded = true, book->seed = number;
	/* All its rules are new, also those that say the same. */
	for (size_t i = 0; i < read.rules.count; i++)
		read.rules.at[i].serial += book->text.serials;
	read.serials += book->text.serials;
	rc = adopt(call, &read, name ? name : "plan");
	if (!rc)
		server_begin(call->server);
	else
		book->seeded = seeded_before, book->seed = seed_before;
	return rc;
}

struct place_entry {
	const char *name;
	enum plan_place place;
};

static const struct place_entry places[] = {{"first", PLAN_FIRST}, {"last", PLAN_LAST}};

static int read_place(struct control_call *call, enum plan_place *place, const char **beside)
{
	const char *word = control_text(call, "position"), *before = control_text(call, "before"), *after = control_text(call, "after");
	*place = before ? PLAN_BEFORE : after ? PLAN_AFTER : PLAN_AS_IT_IS;
	*beside = before ? before : after;
	if (!!word + !!before + !!after > 1)
		return err_set(call->err, EINVAL, "'position', 'before' and 'after' all say where: give one");
	const struct place_entry *entry = word ? named_in(places, COUNT_OF(places), sizeof places[0], word) : NULL;
	if (word && !entry)
		return err_set(call->err, EINVAL, "'position' takes first or last, not '%s'", word);
	if (entry)
		*place = entry->place;
	return 0;
}

int control_set(struct control_call *call)
{
	SCOPED_FREE char *rule = NULL, *change = NULL;
	const char *name = control_text(call, "name"), *beside;
	struct plan_text text;
	enum plan_place place;
	int rc = read_place(call, &place, &beside);
	if (!rc)
		rc = control_yaml(call, "rule", &rule);
	if (!rc)
		rc = control_yaml(call, "change", &change);
	if (rc)
		return rc;
	if (!!rule == (name && change) || !!name != !!change)
		return err_set(call->err, EINVAL, "'set' takes a 'rule', or a 'name' and the 'change'");
	if (plan_text_copy(&call->server->rulebook.text, &text) < 0)
		return no_memory(call);
	rc = rule ? plan_text_put(&text, rule, strlen(rule), place, beside, NULL, call->err)
		  : plan_text_change(&text, name, change, strlen(change), place, beside, call->err);
	if (!rc)
		return adopt(call, &text, NULL);
	plan_text_free(&text);
	return rc;
}

static int remove_named(struct control_call *call, struct plan_text *text)
{
	const char *name;
	char hint[NEAREST_HINT_SIZE];
	for (size_t i = 0; (name = control_item(call, "names", i)); i++) {
		if (strcmp(name, "*") == 0)
			while (text->rules.count)
				plan_text_remove(text, text->rules.at[text->rules.count - 1].name);
		else if (!plan_text_remove(text, name))
			return err_set(call->err, ENOENT, "no rule is named '%s'%s", name,
				       nearest_hint(hint, !text->rules.count ? NULL
								  : nearest_in(&text->rules.at[0].name, text->rules.count,
									       sizeof text->rules.at[0], name)));
	}
	return 0;
}

int control_remove(struct control_call *call)
{
	struct plan_text text;
	if (plan_text_copy(&call->server->rulebook.text, &text) < 0)
		return no_memory(call);
	int rc = remove_named(call, &text);
	if (!rc)
		return adopt(call, &text, NULL);
	plan_text_free(&text);
	return rc;
}

/* ---- outages ---- */

static void put_member(struct jsonw *j, const char *key, const char *text)
{
	if (text)
		jsonw_key(j, key), jsonw_text(j, text);
}

/* "outage-1", "outage-2" ..., whatever became of the ones before; never the name of a rule that is there. */
static void name_outage(struct server *server, char name[32])
{
	do
		snprintf(name, 32, "outage-%llu", (unsigned long long)++server->outages_made);
	while (server->plan && plan_rule_named(server->plan, name));
}

static void write_outage(const struct control_call *call, const char *name, struct buf *rule)
{
	char number[24];
	const char *error = control_errno(call, "error", number), *hang = control_text(call, "hang");
	struct jsonw j = jsonw_to(rule);
	jsonw_object(&j);
	put_member(&j, "name", name);
	put_member(&j, "volume", control_text(call, "volume"));
	put_member(&j, "path", control_text(call, "path"));
	put_member(&j, "on", "all");
	put_member(&j, "hang", hang);
	put_member(&j, "fail", hang ? NULL : error ? error : "EIO");
	/* It says what is so anyway: a rule with a condition does not make those behind it impossible (plan_check.h). */
	jsonw_key(&j, "when"), jsonw_object(&j);
	put_member(&j, "probability", "100%");
	jsonw_close(&j);
	jsonw_close(&j);
}

int control_outage(struct control_call *call)
{
	SCOPED(buf_free) struct buf rule = {0};
	struct plan_text text;
	char name[32];
	if (!call->server->armed)
		return err_set(call->err, EINVAL, "the plan is lifted: arm it first");
	if (json_object_get(call->args, "error") && control_text(call, "hang"))
		return err_set(call->err, EINVAL, "an outage fails or hangs: give 'error' or 'hang'");
	struct outage_by_hand *outage = vec_add(&call->server->outages);
	if (!outage || plan_text_copy(&call->server->rulebook.text, &text) < 0) {
		call->server->outages.count -= outage != NULL;
		return no_memory(call);
	}
	const uint64_t made = call->server->outages_made;
	name_outage(call->server, name);
	write_outage(call, name, &rule);
	int rc = rule.failed ? no_memory(call)
			     : plan_text_put(&text, buf_string(&rule), rule.length, PLAN_FIRST, NULL, NULL, call->err);
	if (rc)
		plan_text_free(&text);
	else
		rc = adopt(call, &text, NULL);
	if (rc) {
		call->server->outages_made = made;
		call->server->outages.count--;
		return rc;
	}
	memcpy(outage->name, name, sizeof name);
	outage->until_ns = clock_now_ns() + invalidate_names_ns(call->server) + control_duration(call, "duration");
	put_member(call->j, "name", name);
	return 0;
}

int64_t control_outages_until(const struct server *server)
{
	int64_t first = INT64_MAX;
	for (size_t i = 0; i < server->outages.count; i++)
		if (server->outages.at[i].until_ns < first)
			first = server->outages.at[i].until_ns;
	return first;
}

static bool is_held_by(const struct request *request, const void *rule)
{
	for (size_t i = 0; i < request->verdict.rules_count; i++)
		if (strcmp(request->verdict.rules[i]->name, rule) == 0)
			return true;
	return false;
}

/* Take away the rules of the outages whose time is up. Where memory is out they stay until the next try. */
static int end_outages(struct server *server, int64_t now_ns, struct invalidation **change)
{
	struct plan_text text;
	struct err err;
	*change = NULL;
	if (plan_text_copy(&server->rulebook.text, &text) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < server->outages.count; i++)
		if (server->outages.at[i].until_ns <= now_ns)
			plan_text_remove(&text, server->outages.at[i].name);
	int rc = rulebook_adopt(server, &text, NULL, change, &err);
	for (size_t i = server->outages.count; !rc && i-- > 0;) {
		struct outage_by_hand ended = server->outages.at[i];
		if (ended.until_ns > now_ns)
			continue;
		server->outages.at[i] = server->outages.at[--server->outages.count];
		server_release_those(server, is_held_by, ended.name, 0); /* what hangs because of it goes on */
		journal_outage_end(&server->journal, server, ended.name);
	}
	return rc;
}

void control_end_outages(struct server *server)
{
	int64_t now = clock_now_ns();
	struct invalidation *change;
	if (control_outages_until(server) > now)
		return;
	if (end_outages(server, now, &change) == 0)
		invalidate_leave(&server->invalidator, change);
	else
		for (size_t i = 0; i < server->outages.count; i++)
			server->outages.at[i].until_ns += NS_PER_S;
}

int control_heal(struct control_call *call)
{
	struct server *server = call->server;
	size_t ended = server->outages.count + standing_of_rules(server);
	if (server->outages.count && end_outages(server, INT64_MAX, &call->change) < 0)
		return no_memory(call);
	live_heal(&server->live, "*", server_clock_ns(server));
	jsonw_key(call->j, "outages"), jsonw_uint(call->j, ended);
	jsonw_key(call->j, "released"), jsonw_uint(call->j, server_release(server, true));
	return 0;
}
