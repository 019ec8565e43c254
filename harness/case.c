/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Prints cases as one line, and reads them back. */
#include "harness/case.h"

#include "base/clock.h"
#include "base/nearest.h"
#include "base/scope.h"
#include "base/units.h"
#include "harness/wordline.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

/* ---- verdict classes ---- */

static const struct {
	const char *name;
} classes[VERDICT_CLASSES] = {
	[VERDICT_COMPLETE] = {"complete"}, [VERDICT_DEGRADED] = {"degraded"}, [VERDICT_REFUSED] = {"refused"},
	[VERDICT_WRONG] = {"wrong"},	   [VERDICT_LEAKED] = {"leaked"},     [VERDICT_HUNG] = {"hung"},
	[VERDICT_CRASHED] = {"crashed"},   [VERDICT_UNEXERCISED] = {"unexercised"},
};

const char *verdict_class_name(enum verdict_class class)
{
	return class < VERDICT_CLASSES ? classes[class].name : "?";
}

enum verdict_class verdict_class_named(const char *name)
{
	const void *found = named_in(classes, VERDICT_CLASSES, sizeof classes[0], name);
	return found ? (enum verdict_class)((size_t)((const char *)found - (const char *)classes) / sizeof classes[0]) : VERDICT_CLASSES;
}

int verdict_set_parse(const char *text, verdict_set *set, struct err *err)
{
	SCOPED_FREE char *copy = strdup(text);
	char *rest = copy;
	*set = 0;
	if (!copy)
		return err_set(err, ENOMEM, "out of memory");
	for (char *word; (word = strsep(&rest, ","));) {
		enum verdict_class class = verdict_class_named(word);
		char hint[NEAREST_HINT_SIZE];
		if (class == VERDICT_CLASSES)
			return err_set(err, EINVAL, "'%s' is no verdict%s", word,
				       nearest_hint(hint, nearest_in(classes, VERDICT_CLASSES, sizeof classes[0], word)));
		if (class == VERDICT_UNEXERCISED)
			return err_set(err, EINVAL, "'unexercised' can never pass: nothing was shown");
		*set |= 1u << class;
	}
	return 0;
}

void verdict_set_print(verdict_set set, struct buf *out)
{
	bool first = true;
	for (int i = 0; i < VERDICT_CLASSES; i++)
		if (set >> i & 1) {
			buf_printf(out, "%s%s", first ? "" : ",", classes[i].name);
			first = false;
		}
}

/* ---- the fields ---- */

static const char *const before_names[] = {
	[BEFORE_NOTHING] = "nothing", [BEFORE_OTHERS] = "others", [BEFORE_RUN] = "run"};

static int read_before(const char *text, void *into, struct err *err)
{
	for (size_t i = 0; i < COUNT_OF(before_names); i++)
		if (strcmp(before_names[i], text) == 0) {
			*(enum before *)into = (enum before)i;
			return 0;
		}
	return err_set(err, EINVAL, "before: '%s' is none of nothing, others, run", text);
}

static int read_text(const char *text, void *into, struct err *err)
{
	char **slot = into;
	free(*slot);
	*slot = strdup(text);
	return *slot ? 0 : err_set(err, ENOMEM, "out of memory");
}

static int read_seed(const char *text, void *into, struct err *err)
{
	return units_number(text, into) ? err_set(err, EINVAL, "seed: '%s' is no whole number", text) : 0;
}

static int read_deadline(const char *text, void *into, struct err *err)
{
	int rc = units_duration(text, into);
	return rc || !*(int64_t *)into ? err_set(err, EINVAL, "deadline: '%s' is no duration such as 3s", text) : 0;
}

static int read_code(const char *text, void *into, struct err *err)
{
	uint64_t number;
	if (units_number(text, &number) != 0 || number > UINT32_MAX)
		return err_set(err, EINVAL, "code: '%s' is no code", text);
	*(uint32_t *)into = (uint32_t)number;
	return 0;
}

static int read_allow(const char *text, void *into, struct err *err)
{
	return verdict_set_parse(text, into, err);
}

static int read_yes(const char *text, void *into, struct err *err)
{
	bool yes = strcmp(text, "yes") == 0;
	if (!yes && strcmp(text, "no") != 0)
		return err_set(err, EINVAL, "names: '%s' is neither yes nor no", text);
	*(bool *)into = yes;
	return 0;
}

static int read_caching(const char *text, void *into, struct err *err)
{
	bool uncached = strcmp(text, "uncached") == 0;
	if (!uncached && strcmp(text, "live") != 0)
		return err_set(err, EINVAL, "caching: '%s' is neither live nor uncached", text);
	*(bool *)into = uncached;
	return 0;
}

static int read_abort(const char *text, void *into, struct err *err)
{
	return oracles_read_stance("abort", text, into, err);
}

static int read_mute(const char *text, void *into, struct err *err)
{
	return oracles_read_stance("mute", text, into, err);
}

static int read_leaks(const char *text, void *into, struct err *err)
{
	return oracles_read_stance("leaks", text, into, err);
}

static int read_limits(const char *text, void *into, struct err *err)
{
	return oracles_read_limits(text, into, err);
}

static int read_compare(const char *text, void *into, struct err *err)
{
	return oracles_read_compare(text, into, err);
}

static int read_check(const char *text, void *into, struct err *err)
{
	return oracles_read_check(text, into, err);
}

struct field {
	const char *name;
	int (*read)(const char *text, void *into, struct err *err);
	size_t offset;
};

#define FIELD(key, reader) {#key, reader, offsetof(struct case_spec, key)}
#define ORACLE(key) {#key, read_##key, offsetof(struct case_spec, oracles.key)}

static const struct field fields[] = {
	FIELD(name, read_text), FIELD(corpus, read_text), FIELD(plan, read_text), FIELD(rules, read_text),
	FIELD(damage, read_text), FIELD(alloc, read_text),
	FIELD(subject, read_text), FIELD(does, read_text), FIELD(mode, read_text), FIELD(cwd, read_text), FIELD(before, read_before),
	{"caching", read_caching, offsetof(struct case_spec, uncached)},
	FIELD(seed, read_seed),
	{"deadline", read_deadline, offsetof(struct case_spec, deadline_ns)},
	FIELD(allow, read_allow), FIELD(code, read_code), FIELD(names, read_yes),
	ORACLE(abort), ORACLE(mute), ORACLE(leaks), ORACLE(limits), ORACLE(compare), ORACLE(check),
};

/* ---- words ---- */

int case_set(struct case_spec *spec, const char *key, const char *value, struct err *err)
{
	const struct field *field = named_in(fields, COUNT_OF(fields), sizeof fields[0], key);
	char hint[NEAREST_HINT_SIZE];
	if (!field)
		return err_set(err, EINVAL, "unknown key '%s' in a case%s", key,
			       nearest_hint(hint, nearest_in(fields, COUNT_OF(fields), sizeof fields[0], key)));
	return field->read(value, (char *)spec + field->offset, err);
}

static int take_field(struct case_spec *spec, const struct buf *word, struct err *err)
{
	char *equals = word->length ? strchr(word->at, '=') : NULL;
	if (!equals)
		return err_set(err, EINVAL, "'%s' in the case is not key=value", buf_string(word));
	*equals = '\0';
	return case_set(spec, word->at, equals + 1, err);
}

/* The rest of the line is a command. */
static int take_command(struct case_spec *spec, const char *line, struct err *err)
{
	if (!line[strspn(line, " \t")])
		return err_set(err, EINVAL, "no command stands behind '--'");
	return wordline_split("the case", line, &spec->command, err);
}

int case_parse(const char *line, struct case_spec *spec, struct err *err)
{
	SCOPED(buf_free) struct buf word = {0};
	int more;
	while ((more = wordline_next("the case", &line, &word, err)) > 0) {
		if (strcmp(buf_string(&word), "--") == 0) {
			more = take_command(spec, line, err);
			break;
		}
		int rc = take_field(spec, &word, err);
		if (rc)
			return rc;
	}
	if (more < 0)
		return more;
	if (!spec->corpus)
		return err_set(err, EINVAL, "the case names no corpus");
	if (!spec->subject == !spec->command)
		return err_set(err, EINVAL, spec->subject ? "the case has both a subject and a command"
							  : "the case has neither subject=NAME nor -- COMMAND");
	return 0;
}

static void print_text(struct buf *out, const char *key, const char *text)
{
	if (!text)
		return;
	buf_printf(out, "%s%s=", out->length ? " " : "", key);
	wordline_print(out, text);
}

void case_print(const struct case_spec *spec, struct buf *out)
{
	print_text(out, "name", spec->name);
	print_text(out, "corpus", spec->corpus);
	print_text(out, "plan", spec->plan);
	print_text(out, "rules", spec->rules);
	print_text(out, "damage", spec->damage);
	print_text(out, "alloc", spec->alloc);
	print_text(out, "subject", spec->subject);
	print_text(out, "does", spec->does);
	print_text(out, "mode", spec->mode);
	if (spec->before != BEFORE_NOTHING)
		buf_printf(out, " before=%s", before_names[spec->before]);
	if (spec->uncached)
		buf_text(out, " caching=uncached");
	if (spec->seed != CASE_SEED_OF_PLAN)
		buf_printf(out, " seed=%" PRIu64, spec->seed);
	if (spec->deadline_ns)
		buf_printf(out, spec->deadline_ns % NS_PER_MS ? " deadline=%" PRId64 "ns" : " deadline=%" PRId64 "ms",
			   spec->deadline_ns % NS_PER_MS ? spec->deadline_ns : spec->deadline_ns / NS_PER_MS);
	if (spec->allow != VERDICT_GRACEFUL) {
		buf_text(out, " allow=");
		verdict_set_print(spec->allow, out);
	}
	if (spec->code)
		buf_printf(out, " code=%u", spec->code);
	if (spec->names)
		buf_text(out, " names=yes");
	oracles_print(&spec->oracles, out);
	print_text(out, "cwd", spec->cwd);
	if (!spec->command)
		return;
	buf_text(out, " --");
	for (char **word = spec->command; *word; word++) {
		buf_char(out, ' ');
		wordline_print(out, *word);
	}
}

void case_shell_quote(const char *text, struct buf *out)
{
	buf_char(out, '\'');
	for (; *text; text++)
		buf_printf(out, *text == '\'' ? "'\\''" : "%c", *text);
	buf_char(out, '\'');
}

/* ---- life ---- */

void case_init(struct case_spec *spec)
{
	*spec = (struct case_spec){.allow = VERDICT_GRACEFUL, .seed = CASE_SEED_OF_PLAN};
}

void case_fini(struct case_spec *spec)
{
	char *texts[] = {spec->name, spec->corpus, spec->plan, spec->rules, spec->damage,
			 spec->alloc, spec->subject, spec->does, spec->mode, spec->cwd};
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		free(texts[i]);
	wordline_free(spec->command);
	oracles_free(&spec->oracles);
	case_init(spec);
}

int case_copy(const struct case_spec *from, struct case_spec *to)
{
	SCOPED(buf_free) struct buf line = {0};
	case_init(to);
	case_print(from, &line);
	return line.failed ? -ENOMEM : case_parse(buf_string(&line), to, NULL);
}
