/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads requests, finds their words, checks what goes with them, answers. */
#include "fusefs/control_words.h"

#include "base/json_text.h"
#include "base/nearest.h"
#include "base/scope.h"
#include "base/shortfall.h"
#include "base/units.h"
#include "fusefs/control_edit.h"
#include "fusefs/control_power.h"
#include "fusefs/control_rules.h"
#include "fusefs/control_state.h"
#include "fusefs/control_stats.h"
#include "fusefs/control_switch.h"
#include "fusefs/control_volumes.h"
#include "fusefs/server.h"
#include "fusefs/wire.h"

#include <errno.h>
#include <string.h>

static int list_words(struct control_call *call);

static const struct control_word words[] = {
	{"status", "what the mount has done, and what state it is in", control_status, false, {{0}}},
	{"rules", "the rules in their order: state, hits, words", control_rules, false,
	 {{"from", CONTROL_COUNT, false}, {"limit", CONTROL_COUNT, false}, {"since", CONTROL_COUNT, false}}},
	{"struck", "what rules have struck since the mount began, also of those that are gone", control_struck, false,
	 {{"from", CONTROL_COUNT, false}, {"limit", CONTROL_COUNT, false}}},
	{"stats", "what it has counted: operations, times, errors, faults", control_stats, false, {{"format", CONTROL_TEXT, false}}},
	{"words", "this list", list_words, false, {{0}}},
	{"arm", "put the plan in force, from the start", control_arm, true, {{0}}},
	{"disarm", "lift the plan, and let go of all that it holds", control_disarm, true, {{0}}},
	{"on", "switch rules or groups on", control_on, true, {{"names", CONTROL_TEXTS, true}}},
	{"off", "switch rules or groups off", control_off, true, {{"names", CONTROL_TEXTS, true}}},
	{"plan", "put another plan in the place of this one", control_plan, true,
	 {{"text", CONTROL_TEXT, true}, {"name", CONTROL_TEXT, false}, {"seed", CONTROL_TEXT, false}}},
	{"set", "change a rule, or add one", control_set, true,
	 {{"rule", CONTROL_YAML, false}, {"name", CONTROL_TEXT, false}, {"change", CONTROL_YAML, false}, {"position", CONTROL_TEXT, false},
	  {"before", CONTROL_TEXT, false}, {"after", CONTROL_TEXT, false}}},
	{"remove", "remove rules", control_remove, true, {{"names", CONTROL_TEXTS, true}}},
	{"pause", "no rule strikes until resume; their clock stands still", control_pause, true, {{0}}},
	{"resume", "go on where pause has stopped", control_resume, true, {{0}}},
	{"reset", "forget tallies and hits; the clock starts anew", control_reset, true, {{0}}},
	{"outage", "for so long, everything fails or hangs", control_outage, true,
	 {{"duration", CONTROL_DURATION, true}, {"error", CONTROL_ERRNO, false}, {"hang", CONTROL_TEXT, false},
	  {"volume", CONTROL_TEXT, false}, {"path", CONTROL_TEXT, false}}},
	{"heal", "end outages, let go of all that is held; power that was cut is back", control_heal, true, {{0}}},
	{"cut", "the power fails: what was not synced is gone, and nothing works until heal", control_cut, true,
	 {{"volume", CONTROL_TEXT, false}, {"keep", CONTROL_TEXT, false}}},
	{"stale", "all that is open or known answers ESTALE, until it is opened anew", control_stale, true, {{0}}},
	{"add", "one more volume", control_add_volume, true,
	 {{"name", CONTROL_TEXT, true}, {"source", CONTROL_TEXT, true}, {"rules", CONTROL_YAML, false}}},
	{"drop", "take a volume away", control_drop_volume, true, {{"name", CONTROL_TEXT, true}}},
	{"list", "the volumes", control_list_volumes, false, {{0}}},
	{"trace", "write operations to the trace, or not", control_trace, true, {{"state", CONTROL_TEXT, true}}},
	{"abort", "fail all that is held with ECONNABORTED, unmount and end", control_abort, true, {{0}}},
	{"quit", "unmount and end", control_quit, true, {{0}}},
};

/* ---- what goes with a word ---- */

const char *control_text(const struct control_call *call, const char *name)
{
	return json_string_value(json_object_get(call->args, name));
}

int control_yaml(const struct control_call *call, const char *name, char **text)
{
	const json_t *value = json_object_get(call->args, name);
	*text = !value ? NULL : json_is_string(value) ? strdup(json_string_value(value)) : json_write(value, JSON_COMPACT);
	return value && !*text ? err_set(call->err, ENOMEM, "out of memory") : 0;
}

const char *control_item(const struct control_call *call, const char *name, size_t i)
{
	const json_t *value = json_object_get(call->args, name);
	if (json_is_array(value))
		return json_string_value(json_array_get(value, i));
	return i ? NULL : json_string_value(value);
}

int64_t control_duration(const struct control_call *call, const char *name)
{
	int64_t ns = 0;
	const char *text = control_text(call, name);
	return text && units_duration(text, &ns) == 0 ? ns : 0;
}

const char *control_errno(const struct control_call *call, const char *name, char text[24])
{
	const json_t *value = json_object_get(call->args, name);
	if (!json_is_integer(value))
		return json_string_value(value);
	snprintf(text, 24, "%lld", (long long)json_integer_value(value));
	return text;
}

uint64_t control_count(const struct control_call *call, const char *name, uint64_t otherwise)
{
	const json_t *value = json_object_get(call->args, name);
	return value ? (uint64_t)json_integer_value(value) : otherwise;
}

static bool is_texts(const json_t *value)
{
	bool good = json_array_size(value) > 0;
	for (size_t i = 0; i < json_array_size(value); i++)
		good = good && json_is_string(json_array_get(value, i));
	return good;
}

static int check_type(const char *key, const json_t *value, enum control_type type, struct err *err)
{
	int64_t ns;
	switch (type) {
	case CONTROL_TEXT:
		return json_is_string(value) ? 0 : err_set(err, EINVAL, "'%s' takes a text", key);
	case CONTROL_ERRNO:
		return json_is_string(value) || json_is_integer(value) ? 0 : err_set(err, EINVAL, "'%s' takes an errno: a text, or its number", key);
	case CONTROL_TEXTS:
		return json_is_string(value) || is_texts(value) ? 0
			       : err_set(err, EINVAL, "'%s' takes a text or a list of texts", key);
	case CONTROL_YAML:
		return json_is_string(value) || json_is_object(value) || json_is_array(value)
			       ? 0 : err_set(err, EINVAL, "'%s' takes a text, an object or a list", key);
	case CONTROL_DURATION:
		return json_is_string(value) && units_duration(json_string_value(value), &ns) == 0 && ns > 0
			       ? 0 : err_set(err, EINVAL, "'%s' takes a duration, such as 500ms or 5s", key);
	case CONTROL_COUNT:
	default:
		return json_is_integer(value) && json_integer_value(value) >= 0
			       ? 0 : err_set(err, EINVAL, "'%s' takes a whole number from 0", key);
	}
}

static size_t count_args(const struct control_word *word)
{
	size_t count = 0;
	while (count < CONTROL_ARGS_MAX && word->args[count].name)
		count++;
	return count;
}

static int check_key(const struct control_word *word, const char *key, const json_t *value, struct err *err)
{
	size_t count = count_args(word), i = 0;
	char hint[NEAREST_HINT_SIZE];
	while (i < count && strcmp(word->args[i].name, key) != 0)
		i++;
	if (i < count)
		return check_type(key, value, word->args[i].type, err);
	return err_set(err, EINVAL, "'%s' takes no '%s'%s", word->name, key,
		       nearest_hint(hint, nearest_in(word->args, count, sizeof word->args[0], key)));
}

static int check_args(const struct control_word *word, json_t *args, struct err *err)
{
	const char *key;
	json_t *value;
	json_object_foreach(args, key, value) {
		bool common = strcmp(key, "do") == 0 || strcmp(key, "id") == 0;
		int rc = common ? 0 : check_key(word, key, value, err);
		if (rc)
			return rc;
	}
	for (size_t i = 0; i < count_args(word); i++)
		if (word->args[i].required && !json_object_get(args, word->args[i].name))
			return err_set(err, EINVAL, "'%s' needs '%s'", word->name, word->args[i].name);
	return 0;
}

/* ---- the list ---- */

static int list_words(struct control_call *call)
{
	static const char *const types[] = {
		[CONTROL_TEXT] = "text", [CONTROL_TEXTS] = "texts", [CONTROL_COUNT] = "count", [CONTROL_ERRNO] = "errno", [CONTROL_DURATION] = "duration",
		[CONTROL_YAML] = "yaml"};
	struct jsonw *j = call->j;
	jsonw_key(j, "words"), jsonw_array(j);
	for (size_t w = 0; w < COUNT_OF(words); w++) {
		jsonw_object(j);
		jsonw_key(j, "word"), jsonw_text(j, words[w].name);
		jsonw_key(j, "summary"), jsonw_text(j, words[w].summary);
		jsonw_key(j, "takes"), jsonw_array(j);
		for (size_t i = 0; i < count_args(&words[w]); i++) {
			jsonw_object(j);
			jsonw_key(j, "key"), jsonw_text(j, words[w].args[i].name);
			jsonw_key(j, "type"), jsonw_text(j, types[words[w].args[i].type]);
			jsonw_key(j, "required"), jsonw_bool(j, words[w].args[i].required);
			jsonw_close(j);
		}
		jsonw_close(j);
		jsonw_close(j);
	}
	jsonw_close(j);
	return 0;
}

/* ---- answering ---- */

static void put_id(const json_t *root, struct jsonw *j)
{
	const json_t *id = json_object_get(root, "id");
	if (json_is_string(id))
		jsonw_key(j, "id"), jsonw_text(j, json_string_value(id));
	else if (json_is_integer(id))
		jsonw_key(j, "id"), jsonw_int(j, json_integer_value(id));
}

static const struct control_word *find_word(json_t *root, struct err *err)
{
	const char *name = json_string_value(json_object_get(root, "do"));
	const json_t *id = json_object_get(root, "id");
	char hint[NEAREST_HINT_SIZE];
	const struct control_word *word = name ? named_in(words, COUNT_OF(words), sizeof words[0], name) : NULL;
	if (!name)
		err_set(err, EINVAL, "a line must be an object with a text 'do'");
	else if (!word)
		err_set(err, EINVAL, "unknown word '%s'%s (the word 'words' lists them)", name,
			nearest_hint(hint, nearest_in(words, COUNT_OF(words), sizeof words[0], name)));
	else if (id && !json_is_string(id) && !json_is_integer(id))
		err_set(err, EINVAL, "'id' takes a text or a whole number");
	else if (check_args(word, root, err) == 0)
		return word;
	return NULL;
}

static struct jsonw begin(const json_t *root, bool good, struct buf *out)
{
	struct jsonw j = jsonw_to(out);
	jsonw_object(&j);
	jsonw_key(&j, "ok"), jsonw_bool(&j, good);
	put_id(root, &j);
	return j;
}

static void finish(struct jsonw *j, struct buf *out)
{
	jsonw_close(j);
	buf_char(out, '\n');
}

static void refuse(const json_t *root, const struct err *err, struct buf *out)
{
	struct jsonw j = begin(root, false, out);
	jsonw_key(&j, "error"), jsonw_text(&j, err->text);
	if (err->code == ENOMEM)
		jsonw_key(&j, "out_of_memory"), jsonw_bool(&j, true);
	finish(&j, out);
}

/* The answer is written as it comes about, and taken back where the word fails after all. */
static int carry_out(struct server *server, const struct control_word *word, const json_t *root, struct buf *held,
		     struct invalidation **change, struct err *err)
{
	struct jsonw j = begin(root, true, held);
	struct control_call call = {.server = server, .args = root, .j = &j, .err = err};
	int rc = word->act(&call);
	if (rc) {
		buf_clear(held);
		return rc;
	}
	*change = call.change;
	if (word->changes)
		journal_control(&server->journal, server, word->name, root);
	return 0;
}

/* Members and items of a line: a tree of very many takes longer to make than the filesystem may be kept waiting (300,000 in 4 MiB
 * are a tenth of a second). */
#define ITEMS_MAX 20000

static bool has_too_many_items(const char *line)
{
	size_t count = 0;
	bool inside = false;
	for (const char *at = line; *at; at++) {
		if (inside && *at == '\\' && at[1])
			at++;
		else if (*at == '"')
			inside = !inside;
		else if (!inside)
			count += *at == ',' || *at == '[' || *at == '{';
	}
	return count > ITEMS_MAX;
}

/* What was held is an object that lacks its end. */
static void close_held(struct buf *held, struct buf *out)
{
	buf_add(out, buf_string(held), held->length);
	buf_text(out, "}\n");
	out->failed |= held->failed;
	buf_free(held);
}

void control_finish(struct buf *held, size_t still_cached, struct buf *out)
{
	buf_printf(held, ",\"still_cached\":%zu", still_cached);
	close_held(held, out);
}

struct invalidation *control_answer(struct server *server, const char *line, struct buf *out, struct buf *held)
{
	struct err err = {0};
	struct err why = {0};
	struct invalidation *change = NULL;
	uint64_t before = shortfalls();
	bool crowded = has_too_many_items(line);
	json_t *root = crowded ? NULL : json_read(line, JSON_REJECT_DUPLICATES, &why);
	const struct control_word *word = root ? find_word(root, &err) : NULL;
	if (crowded)
		err_set(&err, E2BIG, "a line has at most %d items", ITEMS_MAX);
	else if (!root)
		err_set(&err, why.code, "%s%s", why.code == ENOMEM ? "" : "this is no line of JSON: ", why.text);
	if (!word || carry_out(server, word, root, held, &change, &err) < 0)
		refuse(root, &err, out);
	else if (!change)
		close_held(held, out);
	json_decref(root);
	(change ? held : out)->failed |= shortfalls() != before;
	return change;
}
