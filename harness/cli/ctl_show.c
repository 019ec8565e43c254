/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Puts answers of the control channel into text. */
#include "harness/cli/ctl_show.h"

#include "base/json_text.h"
#include "base/quoted.h"
#include "base/scope.h"
#include "base/shortfall.h"
#include "harness/cli/cli.h"
#include "harness/record.h"

#include <float.h>
#include <string.h>

static json_int_t count_at(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

void ctl_tell_name(const char *name)
{
	SCOPED(buf_free) struct buf quoted = {0};
	buf_name(&quoted, name);
	cli_tell("%s", buf_string(&quoted));
}

/* "1 rule", "2 rules" */
static void put_count(const json_t *object, const char *key, const char *what, const char *behind)
{
	json_int_t count = count_at(object, key);
	cli_tell("%lld %s%s%s", (long long)count, what, count == 1 ? "" : "s", behind);
}

/* The end of a rule's line: no hit, but it explains why a program got less. */
static void put_cuts(const json_t *rule)
{
	if (count_at(rule, "cuts"))
		cli_tell(" (%lld cut short)", (long long)count_at(rule, "cuts"));
	cli_tell("\n");
}

/* ---- status ---- */

static void show_plan(const json_t *answer)
{
	const char *state = !json_is_true(json_object_get(answer, "armed"))   ? "lifted"
			    : json_is_true(json_object_get(answer, "paused")) ? "paused"
									      : "in force";
	bool named = *record_text(answer, "plan");
	if (!named && !count_at(answer, "rules_count")) {
		cli_tell("no plan\n");
		return;
	}
	cli_tell("%s%s, seed %s: %s, %.1f s\n", named ? "plan " : "no plan, but rules", record_text(answer, "plan"), record_text(answer, "seed"), state,
		 json_real_value(json_object_get(answer, "t")));
}

void ctl_show_outages(const json_t *outages)
{
	for (size_t i = 0; i < json_array_size(outages); i++) {
		const json_t *outage = json_array_get(outages, i), *left = json_object_get(outage, "remaining_s");
		cli_tell("outage ");
		ctl_tell_name(record_text(outage, "rule"));
		if (json_is_number(left))
			cli_tell(": %.1f s to go\n", json_number_value(left));
		else
			cli_tell(": until somebody ends it\n");
	}
}

static void show_power(const json_t *volumes)
{
	for (size_t i = 0; i < json_array_size(volumes); i++)
		cli_tell("%s%s", i ? ", " : "power off: ", json_string_value(json_array_get(volumes, i)));
	if (json_array_size(volumes))
		cli_tell(" (until heal)\n");
}

static void show_hits_of(const json_t *rule)
{
	cli_tell("%10lld  ", (long long)count_at(rule, "hits"));
	ctl_tell_name(record_text(rule, "name"));
	put_cuts(rule);
}

static void show_hits(const json_t *answer)
{
	const json_t *rules = json_object_get(answer, "rules");
	put_count(answer, "rules_count", "rule", ", ");
	put_count(answer, "hits", "hit", count_at(answer, "cuts") ? ", " : "\n");
	if (count_at(answer, "cuts"))
		put_count(answer, "cuts", "request", " cut short before the place of a rule\n");
	for (size_t i = 0; i < json_array_size(rules); i++)
		show_hits_of(json_array_get(rules, i));
}

static void show_operations(const json_t *answer)
{
	json_t *operations = json_object_get(answer, "operations"), *count;
	const char *name, *before = "operations: ";
	json_object_foreach(operations, name, count) {
		cli_tell("%s%s %lld", before, name, (long long)json_integer_value(count));
		before = ", ";
	}
	if (json_object_size(operations))
		cli_tell("\n");
}

void ctl_show_status(const json_t *answer)
{
	cli_tell("ordeal %s, process %lld\n", record_text(answer, "version"), (long long)count_at(answer, "pid"));
	show_plan(answer);
	show_power(json_object_get(answer, "power_off"));
	ctl_show_outages(json_object_get(answer, "outages"));
	put_count(answer, "volumes", "volume", ", ");
	put_count(answer, "nodes", "known file", ", ");
	put_count(answer, "handles", "open handle", "");
	cli_tell(" (%lld at most), ", (long long)count_at(answer, "handles_peak"));
	put_count(answer, "parked", "held request", "\n");
	cli_tell("%lld bytes read, %lld written\n", (long long)count_at(answer, "bytes_read"),
		 (long long)count_at(answer, "bytes_written"));
	show_operations(answer);
	show_hits(answer);
	if (count_at(answer, "journal_lost"))
		put_count(answer, "journal_lost", "line", " of the journal could not be kept\n");
}

/* ---- rules ---- */

/* A rule whose outage was ended by hand is on, and does nothing. */
static void put_healed(const json_t *rule)
{
	const json_t *left = json_object_get(rule, "healed_for_s");
	if (json_is_number(left))
		cli_tell(" (healed, the next in %.1f s)", json_number_value(left));
	else if (left)
		cli_tell(" (healed until it is switched on again)");
}

void ctl_show_rules(const json_t *answer)
{
	const json_t *rules = json_object_get(answer, "rules");
	json_t *groups = json_object_get(answer, "groups"), *on;
	const char *name;
	for (size_t i = 0; i < json_array_size(rules); i++) {
		const json_t *rule = json_array_get(rules, i);
		cli_tell("%-3s %10lld  %s", json_is_true(json_object_get(rule, "on")) ? "on" : "off",
			 (long long)count_at(rule, "hits"), record_text(rule, "text"));
		put_healed(rule);
		put_cuts(rule);
	}
	if (!json_array_size(rules))
		cli_tell("no rules\n");
	if (json_object_get(answer, "next"))
		cli_tell("... %lld rules in all\n", (long long)count_at(answer, "count"));
	json_object_foreach(groups, name, on)
		cli_tell("%-3s group %s\n", json_is_true(on) ? "on" : "off", name);
}

void ctl_show_struck(const json_t *answer)
{
	const json_t *rules = json_object_get(answer, "rules");
	for (size_t i = 0; i < json_array_size(rules); i++)
		show_hits_of(json_array_get(rules, i));
	if (!json_array_size(rules) && !json_object_get(answer, "next"))
		cli_tell("no rules\n");
	if (json_object_get(answer, "next"))
		cli_tell("... and more\n");
}

/* ---- volumes ---- */

void ctl_show_volumes(const json_t *answer)
{
	const json_t *volumes = json_object_get(answer, "volumes");
	for (size_t i = 0; i < json_array_size(volumes); i++) {
		const json_t *volume = json_array_get(volumes, i);
		cli_tell("%-10s %s, ", record_text(volume, "name"), record_text(volume, "source"));
		put_count(volume, "nodes", "known file", "\n");
	}
	if (count_at(answer, "dropped"))
		put_count(answer, "dropped", "volume", " dropped and still in use\n");
}

/* ---- the rest ---- */

/* Whoever goes on to test must know what the change has not got to. */
static void warn_of_unreached(json_int_t files)
{
	if (!files)
		return;
	fflush(stdout);
	fprintf(stderr,
		"ordeal: %lld open file%s not reached by this change until opened anew: the kernel has the bytes by itself (a mount with "
		"--live would be)\n",
		(long long)files, files == 1 ? " is" : "s are");
}

void ctl_show_plain(const json_t *answer)
{
	const char *key;
	json_t *value;
	/* The iterator changes nothing, but takes no constant. */
	json_object_foreach((json_t *)(uintptr_t)answer, key, value) {
		SCOPED_FREE char *text = strcmp(key, "ok") == 0 ? NULL : json_write(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(DBL_DIG));
		if (text)
			cli_tell("%s: %s\n", key, text);
		else if (strcmp(key, "ok") != 0)
			shortfall_note();
	}
	warn_of_unreached(count_at(answer, "still_cached"));
}
