/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* ordeal ctl: looks at a mount, and changes its faults while it runs. */
#include "base/buf.h"
#include "base/nearest.h"
#include "base/scope.h"
#include "base/units.h"
#include "harness/cli/cli.h"
#include "harness/cli/ctl_show.h"
#include "harness/control_client.h"

#include <errno.h>
#include <float.h>
#include <stdio.h>
#include <string.h>

/* What is read of a file, at the most: what a plan may have (base/yaml.h). */
#define FILE_MAX (4u << 20)
#define ARGUMENTS_MAX 8

enum shape {
	AS_TEXT,
	AS_REST, /* this and all that follow, as a list */
	AS_FILE, /* what the file of this name holds; "-" is stdin */
	AS_WORDS, /* as it stands, or, behind '@', what a file holds */
	AS_OPTION, /* written KEY=VALUE */
};

struct ctl_word {
	const char *name;
	const char *usage; /* what follows the word */
	const char *about;
	void (*show)(const json_t *answer);
	struct {
		const char *key; /* of the request */
		enum shape shape;
		bool required;
	} takes[ARGUMENTS_MAX];
};

static const struct ctl_word words[] = {
	{"status", "", "what the mount has done, and what state it is in", ctl_show_status, {{0}}},
	{"rules", "", "the rules: on or off, hits, words", ctl_show_rules, {{0}}},
	{"on", "NAME...", "switch rules or groups on ('*': every rule)", ctl_show_plain, {{"names", AS_REST, true}}},
	{"off", "NAME...", "switch them off", ctl_show_plain, {{"names", AS_REST, true}}},
	{"arm", "", "put the plan in force, from the start", ctl_show_plain, {{0}}},
	{"disarm", "", "lift it, and let go of all that it holds", ctl_show_plain, {{0}}},
	{"plan", "FILE", "put another plan in the place of this one", ctl_show_plain, {{"text", AS_FILE, true}}},
	{"set", "RULE|@FILE [KEY=VALUE...]", "change a rule, or add one: '{name: x, on: read, fail: EIO}'", ctl_show_plain,
	 {{"rule", AS_WORDS, true}, {"position", AS_OPTION, false}, {"before", AS_OPTION, false}, {"after", AS_OPTION, false}}},
	{"remove", "NAME...", "remove rules ('*': every rule)", ctl_show_plain, {{"names", AS_REST, true}}},
	{"pause", "", "no rule strikes until resume", ctl_show_plain, {{0}}},
	{"resume", "", "go on", ctl_show_plain, {{0}}},
	{"reset", "", "forget tallies and hits; the clock starts anew", ctl_show_plain, {{0}}},
	{"outage", "TIME [KEY=VALUE...]", "everything fails (error=EIO) or hangs (hang=interruptible)", ctl_show_plain,
	 {{"duration", AS_TEXT, true}, {"error", AS_OPTION, false}, {"hang", AS_OPTION, false}, {"volume", AS_OPTION, false},
	  {"path", AS_OPTION, false}}},
	{"heal", "", "end outages, let go of what is held; cut power is back", ctl_show_plain, {{0}}},
	{"cut", "[KEY=VALUE...]", "the power fails: only what was synced is left", ctl_show_plain,
	 {{"volume", AS_OPTION, false}, {"keep", AS_OPTION, false}}},
	{"stale", "", "what is open or known answers ESTALE until opened anew", ctl_show_plain, {{0}}},
	{"add", "NAME SOURCE [rules=RULES]", "one more volume; a list of rules comes with it", ctl_show_plain,
	 {{"name", AS_TEXT, true}, {"source", AS_TEXT, true}, {"rules", AS_OPTION, false}}},
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
	return cli_complain(EXIT_USAGE, "ctl: a word is missing");
}

/* ---- the request ---- */

static json_t *text_of_file(const char *path, struct err *err)
{
	SCOPED(buf_free) struct buf text = {0};
	int rc = strcmp(path, "-") == 0 ? buf_read_fd(&text, STDIN_FILENO, FILE_MAX) : buf_read_file(&text, path, FILE_MAX);
	json_t *value = rc ? NULL : json_stringn(buf_string(&text), text.length);
	if (!value)
		err_set(err, rc ? -rc : EILSEQ, "%s: %s", path, strerror(rc ? -rc : EILSEQ));
	return value;
}

static json_t *list_of(char **argv)
{
	json_t *list = json_array();
	for (; *argv; argv++)
		json_array_append_new(list, json_string(*argv));
	return list;
}

static json_t *value_of(enum shape shape, char **argv, struct err *err)
{
	bool of_file = shape == AS_FILE || (shape == AS_WORDS && argv[0][0] == '@');
	if (of_file)
		return text_of_file(shape == AS_WORDS ? argv[0] + 1 : argv[0], err);
	json_t *value = shape == AS_REST ? list_of(argv) : json_string(argv[0]);
	if (!value || (json_is_array(value) && !json_array_size(value)))
		err_set(err, EILSEQ, "'%s' is not UTF-8", argv[0]);
	return value;
}

/* Which of the word's arguments is this? Those with a key may stand anywhere. */
static size_t index_of(const struct ctl_word *word, const char *text, size_t *position)
{
	size_t length = strcspn(text, "="), i = 0;
	for (; i < ARGUMENTS_MAX && word->takes[i].key; i++)
		if (word->takes[i].shape == AS_OPTION && text[length] && strncmp(word->takes[i].key, text, length) == 0 &&
		    !word->takes[i].key[length])
			return i;
	for (i = *position; i < ARGUMENTS_MAX && word->takes[i].key && word->takes[i].shape == AS_OPTION;)
		i++;
	*position = i + 1;
	return i;
}

static int add_argument(const struct ctl_word *word, char **argv, size_t *position, json_t *request, struct err *err)
{
	size_t i = index_of(word, argv[0], position);
	if (i >= ARGUMENTS_MAX || !word->takes[i].key)
		return err_set(err, EINVAL, "too many arguments (usage: ordeal ctl MOUNTPOINT %s %s)", word->name, word->usage);
	json_t *value = word->takes[i].shape == AS_OPTION ? json_string(strchr(argv[0], '=') + 1)
							  : value_of(word->takes[i].shape, argv, err);
	if (!value || json_object_set_new(request, word->takes[i].key, value) < 0)
		return err->code ? -err->code : err_set(err, EILSEQ, "'%s' is not UTF-8", argv[0]);
	return 0;
}

static int make_request(const struct ctl_word *word, char **argv, json_t *request, struct err *err)
{
	size_t position = 0;
	int rc = json_object_set_new(request, "do", json_string(word->name));
	for (bool rest = false; !rc && !rest && *argv; argv++) {
		size_t next = position;
		rest = word->takes[index_of(word, *argv, &next) % ARGUMENTS_MAX].shape == AS_REST;
		rc = add_argument(word, argv, &position, request, err);
	}
	for (size_t i = 0; !rc && i < ARGUMENTS_MAX && word->takes[i].key; i++)
		if (word->takes[i].required && !json_object_get(request, word->takes[i].key))
			rc = err_set(err, EINVAL, "something is missing (usage: ordeal ctl MOUNTPOINT %s %s)", word->name, word->usage);
	return rc;
}

/* ---- asking ---- */

static void print_json(const json_t *answer)
{
	SCOPED_FREE char *text = json_dumps(answer, JSON_COMPACT | JSON_REAL_PRECISION(DBL_DIG));
	puts(text ? text : "{}");
}

static int ask(const struct ctl_options *o, const char *path, const struct ctl_word *word, const json_t *request)
{
	SCOPED(control_close) struct control_link link;
	struct err err = {0};
	json_t *answer = NULL;
	int rc = o->socket ? control_open_socket(o->socket, &link, &err) : control_open(path, &link, &err);
	if (rc)
		return cli_complain(rc == -ENOENT && !o->socket ? EXIT_USAGE : EXIT_ENVIRONMENT, "ctl: %s", err.text);
	rc = control_ask(&link, request, o->deadline_ns, &answer, &err);
	if (answer && o->json)
		print_json(answer);
	else if (!rc)
		word->show(answer);
	json_decref(answer);
	return !rc ? EXIT_AS_EXPECTED : cli_complain(rc == -EPROTO ? EXIT_USAGE : EXIT_ENVIRONMENT, "ctl: %s", err.text);
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
	status = make_request(word, argv + operand + 1, request, &err) < 0 ? cli_complain(EXIT_USAGE, "ctl: %s: %s", name, err.text)
									   : ask(&o, path, word, request);
	json_decref(request);
	return status;
}
