/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Puts the end of a captive run into words. */
#include "harness/cli/captive_told.h"

#include "base/buf.h"
#include "base/quoted.h"
#include "base/scope.h"
#include "harness/cli/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Rules told by name; a plan may have very many. */
#define NAMES_MAX 12

/* ---- which rules struck ---- */

typedef bool chooser(const struct daemon_struck *rule);

static bool has_struck(const struct daemon_struck *rule)
{
	return rule->hits > 0;
}

static bool has_not_struck(const struct daemon_struck *rule)
{
	return !has_struck(rule);
}

static bool was_to_strike(const struct daemon_struck *rule)
{
	return rule->must_fire && !has_struck(rule);
}

/* " (3)"; " (cut 1 short)": only what would have come next is for the rule, and nobody asked for it. */
static void put_counts(const struct daemon_struck *rule, struct buf *text)
{
	if (rule->hits)
		buf_printf(text, " (%" PRIu64 ")", rule->hits);
	else if (rule->cuts)
		buf_printf(text, " (cut %" PRIu64 " short)", rule->cuts);
}

/* Names of the rules that were chosen, with how often they struck. Returns how many there are. */
static size_t list_rules(const struct strikes *strikes, chooser *chosen, struct buf *text)
{
	size_t count = 0;
	for (size_t i = 0; i < strikes->rules.count; i++) {
		const struct daemon_struck *rule = &strikes->rules.at[i];
		if (!chosen(rule) || count++ >= NAMES_MAX)
			continue;
		buf_text(text, count > 1 ? ", " : "");
		buf_name(text, rule->name);
		put_counts(rule, text);
	}
	if (count > NAMES_MAX)
		buf_printf(text, " and %zu more", count - NAMES_MAX);
	return count;
}

static void tell_rules(const struct strikes *strikes)
{
	SCOPED(buf_free) struct buf struck = {0}, spared = {0};
	size_t some = list_rules(strikes, has_struck, &struck);
	size_t others = list_rules(strikes, has_not_struck, &spared);
	if (struck.failed || spared.failed)
		cli_complain(0, "which rules struck cannot be told: out of memory");
	else if (some || others)
		cli_complain(0, "%s%s%s%s", some ? "struck: " : "no rule struck: ", buf_string(some ? &struck : &spared),
			     some && others ? "; never struck: " : "", some ? buf_string(&spared) : "");
}

/* ---- the status ---- */

static int status_of(const struct captive_outcome *outcome)
{
	return outcome->signal ? EXIT_BY_SIGNAL + outcome->signal : outcome->exit_code;
}

/* "the command ended with status 1", "... by signal 11" */
static const char *end_of(const struct captive_outcome *outcome, char text[64])
{
	snprintf(text, 64, "the command ended %s %d", outcome->signal ? "by signal" : "with status",
		 outcome->signal ? outcome->signal : outcome->exit_code);
	return text;
}

/* It never came to the command's end. */
static int tell_failure(const struct captive_outcome *outcome)
{
	if (outcome->interrupted)
		return EXIT_BY_SIGNAL + outcome->interrupted;
	if (outcome->trouble[0])
		return cli_complain(outcome->failed ? outcome->failed : EXIT_INTERNAL, "%s", outcome->trouble);
	return cli_complain(EXIT_INTERNAL, "the process that kept the command and its mount was killed");
}

static int tell_unexercised(const struct captive_outcome *outcome, const struct strikes *strikes)
{
	SCOPED(buf_free) struct buf names = {0};
	char end[64];
	size_t count = list_rules(strikes, was_to_strike, &names);
	if (!count)
		return status_of(outcome);
	return cli_complain(EXIT_UNEXERCISED, "must_fire: %s never struck: nothing was shown (%s)",
			    names.failed ? "a rule (no memory for its name)" : buf_string(&names), end_of(outcome, end));
}

static int tell_strikes(const struct captive_outcome *outcome, bool quiet)
{
	SCOPED(strikes_free) struct strikes strikes;
	int rc = captive_strikes(outcome, &strikes);
	if (rc)
		return cli_complain(EXIT_INTERNAL, "what rules have struck is lost: %s", strerror(-rc));
	if (!quiet)
		tell_rules(&strikes);
	return tell_unexercised(outcome, &strikes);
}

int captive_told(const struct captive_outcome *outcome, const struct captive_request *request, bool quiet)
{
	char end[64];
	if (!outcome->ended)
		return tell_failure(outcome);
	if (outcome->exec_error)
		return cli_complain(outcome->exec_error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTED, "%s: %s",
				    request->command[0], strerror(outcome->exec_error));
	if (outcome->leftovers && !quiet)
		cli_complain(0, "the command left processes behind, which were killed: %s", outcome->leftover_names);
	if (outcome->interrupted) /* whoever interrupts does not ask for a verdict */
		return status_of(outcome);
	if (outcome->server_lost)
		return cli_complain(EXIT_SERVER_LOST, "the filesystem ended before its time%s%s (%s)", outcome->trouble[0] ? ": " : "",
				    outcome->trouble, end_of(outcome, end));
	if (outcome->strikes_lost)
		return cli_complain(EXIT_INTERNAL, "what rules have struck is lost: %s (%s)", outcome->trouble, end_of(outcome, end));
	return tell_strikes(outcome, quiet);
}
