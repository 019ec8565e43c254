/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Puts plans in the place of others. */
#include "fusefs/rulebook.h"

#include "base/buf.h"
#include "base/nearest.h"
#include "base/scope.h"
#include "base/yaml.h"
#include "fusefs/invalidate.h"
#include "fusefs/power.h"
#include "fusefs/server.h"

#include <errno.h>
#include <string.h>

/* ---- editions ---- */

struct edition *rulebook_hold(struct server *server)
{
	struct edition *edition = server->rulebook.edition;
	if (edition)
		edition->holds++;
	return edition;
}

static void edition_free(struct edition *edition)
{
	plan_free(edition->plan);
	free(edition);
}

void rulebook_let_go(struct edition *edition)
{
	if (edition && !--edition->holds && edition->old)
		edition_free(edition);
}

static void retire(struct edition *edition)
{
	if (!edition)
		return;
	edition->old = true;
	if (!edition->holds)
		edition_free(edition);
}

const struct rule *rulebook_now(const struct server *server, const struct edition *edition, const struct rule *rule)
{
	if (!edition || edition == server->rulebook.edition)
		return rule;
	return server->plan ? plan_rule_of_serial(server->plan, rule->serial) : NULL;
}

/* ---- reading ---- */

/* A rule for a volume that is not there would wait for ever. */
static int check_volume(const struct server *server, const struct rule *rule, struct err *err)
{
	const char *near = NULL;
	char hint[NEAREST_HINT_SIZE];
	for (size_t i = 0; rule->volume && i < server->volumes.count; i++) {
		const char *name = server->volumes.at[i]->name;
		if (strcmp(name, rule->volume) == 0)
			return 0;
		near = near ? near : nearest_in(&name, 1, sizeof name, rule->volume);
	}
	return rule->volume ? err_set(err, ENOENT, "rule '%s': no volume is named '%s'%s", rule->name, rule->volume,
				      nearest_hint(hint, near))
			    : 0;
}

/* To look for a file in our own mount is to wait for ourselves. */
static int check_trigger(const struct server *server, const struct rule *rule, struct err *err)
{
	if (!rule->when.trigger_file || !device_has(&server->device, rule->when.trigger_file))
		return 0;
	return err_set(err, EINVAL, "rule '%s': trigger_file %s lies in the mount, where nobody could make it", rule->name,
		       rule->when.trigger_file);
}

static int check_new_rules(const struct server *server, const struct plan *plan, uint64_t newer_than, struct err *err)
{
	int rc = 0;
	for (size_t i = 0; !rc && plan && i < plan->rules.count; i++) {
		if (plan->rules.at[i]->serial <= newer_than)
			continue;
		rc = check_volume(server, plan->rules.at[i], err);
		if (!rc)
			rc = check_trigger(server, plan->rules.at[i], err);
	}
	return rc;
}

/* A new edition of the text; NULL where that has no rules. */
static int read_edition(struct server *server, const struct plan_text *text, const char *name, struct edition **out,
			struct err *err)
{
	struct plan *plan;
	*out = NULL;
	int rc = plan_text_read(text, name, &plan, err);
	if (rc || !plan)
		return rc;
	if (server->rulebook.seeded)
		plan->seed = server->rulebook.seed;
	*out = calloc(1, sizeof **out);
	if (!*out) {
		plan_free(plan);
		return err_set(err, ENOMEM, "out of memory");
	}
	(*out)->plan = plan;
	return 0;
}

/* ---- in force ---- */

/* Everything that can fail has been done when this changes the first thing. */
static int put_in_force(struct server *server, struct edition *edition, struct err *err)
{
	struct live live = {0};
	if (edition && live_init(&live, edition->plan) < 0) {
		live_fini(&live);
		return err_set(err, ENOMEM, "out of memory");
	}
	for (size_t i = 0; i < server->volumes.count; i++)
		if (power_prepare(server->volumes.at[i], edition ? edition->plan : NULL, NULL) < 0) {
			live_fini(&live);
			return err_set(err, ENOMEM, "out of memory");
		}
	int rc = ledger_take(&server->ledger, edition ? edition->plan : NULL, err);
	if (rc) {
		live_fini(&live);
		return rc;
	}
	live.world = outside_world(&server->outside);
	live_take_over(&live, &server->live);
	live_fini(&server->live);
	server->live = live;
	server->rulebook.edition = edition;
	server->plan = edition ? edition->plan : NULL;
	for (size_t i = 0; i < server->volumes.count; i++)
		volume_take_plan(server->volumes.at[i], server->plan);
	return 0;
}

int rulebook_load(struct server *server, const char *path, const char *mountpoint, struct err *err)
{
	struct rulebook *book = &server->rulebook;
	SCOPED(buf_free) struct buf text = {0};
	if (!path)
		return plan_text_empty(&book->text) < 0 ? err_set(err, ENOMEM, "out of memory") : 0;
	int rc = buf_read_file(&text, path, YAML_TEXT_MAX);
	if (rc)
		return err_set(err, -rc, "%s: %s", path, strerror(-rc));
	rc = plan_text_parse(path, buf_string(&text), text.length, &book->text, err);
	book->name = rc ? NULL : strdup(path);
	struct edition *edition = NULL;
	if (!rc)
		rc = read_edition(server, &book->text, path, &edition, err);
	if (!rc && edition)
		rc = outside_prepare(&server->outside, edition->plan, mountpoint, err);
	if (!rc)
		rc = put_in_force(server, edition, err);
	if (rc)
		retire(edition);
	return rc;
}

void rulebook_fini(struct rulebook *book)
{
	plan_text_free(&book->text);
	retire(book->edition);
	free(take_ptr(&book->name));
	book->edition = NULL;
}

int rulebook_adopt(struct server *server, struct plan_text *text, const char *name, struct invalidation **job,
		   struct err *err)
{
	struct rulebook *book = &server->rulebook;
	struct edition *edition = NULL, *former = book->edition;
	static const char none[] = "rules";
	const char *label = name ? name : book->name ? book->name : none;
	SCOPED_FREE char *kept = name || book->name ? strdup(label) : NULL; /* rules that came one by one are no plan with a name */
	*job = NULL;
	int rc = kept || label == none ? read_edition(server, text, label, &edition, err) : err_set(err, ENOMEM, "out of memory");
	if (!rc)
		rc = check_new_rules(server, edition ? edition->plan : NULL, book->text.serials, err);
	if (!rc && edition)
		rc = outside_prepare(&server->outside, edition->plan, NULL, err);
	if (!rc)
		rc = put_in_force(server, edition, err);
	if (rc) {
		retire(edition);
		plan_text_free(text);
		return rc;
	}
	plan_text_free(&book->text);
	book->text = *text;
	*text = (struct plan_text){0};
	free(book->name);
	book->name = take_ptr(&kept);
	*job = invalidate_change(server, former ? former->plan : NULL, server->plan);
	retire(former);
	return 0;
}
