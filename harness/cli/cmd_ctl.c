/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* ordeal ctl: looks at a mount, and changes its faults while it runs. */
#include "base/json_text.h"
#include "base/nearest.h"
#include "base/scope.h"
#include "base/shortfall.h"
#include "base/units.h"
#include "harness/cli/cli.h"
#include "harness/cli/ctl_reach.h"
#include "harness/cli/ctl_request.h"
#include "harness/cli/ctl_show.h"
#include "harness/control_client.h"

#include <errno.h>
#include <float.h>
#include <stdio.h>
#include <string.h>

static const struct ctl_word words[] = {
	{"status", "", "what the mount has done, and what state it is in", ctl_show_status, {{0}}},
	{"rules", "", "the rules: on or off, hits, words", ctl_show_rules, {{0}}},
	{"struck", "", "what rules struck since the mount began, also gone ones", ctl_show_struck, {{0}}},
	{"on", "NAME...", "switch rules or groups on ('*': every rule)", ctl_show_plain, {{"names", AS_REST, true}}},
	{"off", "NAME...", "switch them off", ctl_show_plain, {{"names", AS_REST, true}}},
	{"arm", "", "put the plan in force, from the start", ctl_show_plain, {{0}}},
	{"disarm", "", "lift it, and let go of all that it holds", ctl_show_plain, {{0}}},
	{"plan", "PLAN|FILE|-", "put another plan in the place of this one", ctl_show_plain, {{"text", AS_PLAN, true}}},
	{"set", "RULE|@FILE [WHERE]", "add a rule, or put it in the place of the one of its name", ctl_show_plain,
	 {{"rule", AS_RULE, true}, {"position", AS_OPTION, false}, {"before", AS_OPTION, false}, {"after", AS_OPTION, false}}},
	{"set", "NAME KEY=VALUE... [WHERE]", "change these keys of a rule, and leave the others", NULL, {{0}}}, /* the same word, for the list */
	{"remove", "NAME...", "remove rules ('*': every rule)", ctl_show_plain, {{"names", AS_REST, true}}},
	{"pause", "", "no rule strikes until resume", ctl_show_plain, {{0}}},
	{"resume", "", "go on", ctl_show_plain, {{0}}},
	{"reset", "", "forget tallies and hits; the clock starts anew", ctl_show_plain, {{0}}},
	{"outage", "TIME [KEY=VALUE...]", "everything fails or hangs: error, hang, volume, path", ctl_show_plain,
	 {{"duration", AS_TEXT, true}, {"error", AS_OPTION, false}, {"hang", AS_OPTION, false}, {"volume", AS_OPTION, false},
	  {"path", AS_OPTION, false}}},
	{"heal", "", "end outages, let go of what is held; cut power is back", ctl_show_plain, {{0}}},
	{"cut", "[KEY=VALUE...]", "the power fails, unsynced data is lost: volume, keep", ctl_show_plain,
	 {{"volume", AS_OPTION, false}, {"keep", AS_OPTION, false}}},
	{"stale", "", "what is open or known answers ESTALE until opened anew", ctl_show_plain, {{0}}},
	{"add", "NAME SOURCE [rules=RULES]", "one more volume; a list of rules comes with it", ctl_show_plain,
	 {{"name", AS_TEXT, true}, {"source", AS_SOURCE, true}, {"rules", AS_OPTION, false}}},
	{"drop", "NAME", "take a volume away, with the rules that name it", ctl_show_plain, {{"name", AS_TEXT, true}}},
	{"list", "", "the volumes", ctl_show_volumes, {{0}}},
	{"trace", "on|off", "write operations to the trace, or not", ctl_show_plain, {{"state", AS_TEXT, true}}},
	{"abort", "", "fail all that is held, unmount and end", ctl_show_plain, {{0}}},
	{"quit", "", "unmount and end", ctl_show_plain, {{0}}},
};

/* ---- options ---- */

struct ctl_options {
	bool json;
	const char *socket;
	int64_t deadline_ns;
};

static int take_json(void *into, const char *value, struct err *err)
{
	(void)value, (void)err;
	((struct ctl_options *)into)->json = true;
	return 0;
}

static int take_socket(void *into, const char *value, struct err *err)
{
	(void)err;
	((struct ctl_options *)into)->socket = value;
	return 0;
}

static int take_deadline(void *into, const char *value, struct err *err)
{
	int64_t *deadline = &((struct ctl_options *)into)->deadline_ns;
	if (units_duration(value, deadline) == 0 && *deadline > 0)
		return 0;
	return err_set(err, EINVAL, "'%s' is no duration (500ms, 10s)", value);
}

static const struct cli_option options[] = {
	{0, "json", NULL, "print the answer as it came", take_json},
	{0, "socket", "PATH", "the control socket, instead of a MOUNTPOINT", take_socket},
	{0, "deadline", "TIME", "give up after so long (10s)", take_deadline},
};

static const struct cli_syntax syntax = {
	.usage = "ordeal ctl [OPTIONS] MOUNTPOINT WORD [ARGUMENT...]",
	.about = "Looks at a mount, and changes its faults while it runs. MOUNTPOINT may be any\n"
		 "path in it. Without a WORD, lists the words. A change is in force when this\n"
		 "returns.",
	.options = options,
	.options_count = COUNT_OF(options),
	.operands_min = 0,
	.operands_max = -1,
};

static int list_words(void)
{
	puts("ordeal ctl MOUNTPOINT WORD [ARGUMENT...]");
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		char left[80];
		snprintf(left, sizeof left, "%s %s", words[i].name, words[i].usage);
		printf("  %-30s %s\n", left, words[i].about);
	}
	puts("RULE: '{name: late, path: \"*.png\", on: read, fail: EIO}', as in a plan, or a list of them\n"
	     "KEY=VALUE of a rule: path='*.png'  fail=ENOSPC  on='[open, read]'  when='{nth: 2}'\n"
	     "WHERE: before=NAME, after=NAME, position=first or position=last\n"
	     "Keys of outage: error=EHOSTDOWN or hang=interruptible; of cut: keep=none, all, random");
	return cli_complain(EXIT_USAGE, "ctl: a word is missing");
}

/* ---- asking ---- */

static int print_json(const json_t *answer)
{
	SCOPED_FREE char *text = json_write(answer, JSON_COMPACT | JSON_REAL_PRECISION(DBL_DIG));
	if (!text)
		return cli_complain(EXIT_INTERNAL, "ctl: it is done, but there is no memory for the answer");
	puts(text);
	return EXIT_AS_EXPECTED;
}

static int ask(const struct ctl_options *o, const char *path, const struct ctl_word *word, const json_t *request)
{
	SCOPED(control_close) struct control_link link;
	struct err err = {0};
	json_t *answer = NULL;
	int rc = o->socket ? control_open_socket(o->socket, &link, &err) : control_open(path, &link, &err);
	if (rc)
		return cli_fail_of("ctl", rc == -ENOENT && !o->socket ? EXIT_USAGE : EXIT_ENVIRONMENT, &err);
	uint64_t before = shortfalls();
	int status = EXIT_AS_EXPECTED;
	rc = control_ask(&link, request, o->deadline_ns, &answer, &err);
	if (answer && o->json)
		status = print_json(answer);
	else if (!rc)
		word->show(answer);
	json_decref(answer);
	if (!rc && !status && shortfalls() != before)
		status = cli_complain(EXIT_INTERNAL, "ctl: it is done, but there was no memory for all of the answer");
	if (!rc)
		ctl_reach_warn(&link, request, o->deadline_ns);
	return !rc ? status : cli_fail_of("ctl", rc == -EPROTO ? EXIT_USAGE : EXIT_ENVIRONMENT, &err);
}

int cmd_ctl(int argc, char **argv)
{
	struct ctl_options o = {.deadline_ns = CONTROL_DEADLINE_NS};
	struct err err = {0};
	int operand;
	int status = cli_parse(argc, argv, &syntax, &o, &operand);
	if (status != CLI_GO_ON)
		return status;
	const char *path = o.socket || operand == argc ? NULL : argv[operand++];
	if (operand >= argc)
		return list_words();
	const char *name = argv[operand];
	const struct ctl_word *word = named_in(words, COUNT_OF(words), sizeof words[0], name);
	char hint[NEAREST_HINT_SIZE];
	if (!word)
		return cli_complain(EXIT_USAGE, "ctl: unknown word '%s'%s (ordeal ctl lists them)", name,
				    nearest_hint(hint, nearest_in(words, COUNT_OF(words), sizeof words[0], name)));
	json_t *request = json_object();
	char what[80];
	snprintf(what, sizeof what, "ctl: %s", name);
	status = ctl_request(word, argv + operand + 1, request, &err) < 0 ? cli_fail_of(what, EXIT_USAGE, &err) : ask(&o, path, word, request);
	json_decref(request);
	return status;
}
