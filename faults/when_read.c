/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads triggers, and refuses those that could never let a rule strike. */
#include "base/nearest.h"
#include "base/scope.h"
#include "faults/kinds.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- the keys ---- */

struct draw_entry {
	const char *name;
	enum draw draw;
};

static const struct draw_entry draws[] = {{"offset", DRAW_BY_OFFSET}, {"ordinal", DRAW_BY_ORDINAL}};

static int read_draw(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	const struct draw_entry *entry = named_in(draws, COUNT_OF(draws), sizeof draws[0], text);
	if (!entry)
		return yaml_error(at, err, "'draw' takes offset or ordinal, not '%s'", text);
	*(enum draw *)into = entry->draw;
	return 0;
}

static const struct yaml_field not_fields[] = {
	{"comm", who_comm_yaml, 0, false},
	{"pid", who_pid_yaml, 0, false},
	{"uid", who_uid_yaml, 0, false},
	{"gid", who_gid_yaml, 0, false},
};

static int read_not(struct yaml_at at, void *into, struct err *err)
{
	int rc = yaml_fields(at, "'not'", not_fields, COUNT_OF(not_fields), into, err);
	return rc || *(struct who **)into ? rc : yaml_error(at, err, "'not' names nobody (comm, pid, uid, gid)");
}

static const struct yaml_field after_rule_fields[] = {
	YAML_REQUIRED(struct when, "name", after_rule.name, yaml_line),
	YAML_FIELD(struct when, "hits", after_rule.hits, yaml_number),
	YAML_FIELD(struct when, "for", after_rule.for_ns, yaml_duration),
};

static int read_after_rule(struct yaml_at at, void *into, struct err *err)
{
	struct when *when = into;
	if (at.node->type != YAML_MAP)
		return yaml_line(at, &when->after_rule.name, err);
	int rc = yaml_fields(at, "'after_rule'", after_rule_fields, COUNT_OF(after_rule_fields), when, err);
	if (!rc && (!when->after_rule.hits || !when->after_rule.for_ns))
		return yaml_error(at, err, when->after_rule.hits ? "this rule can never strike (for: 0)"
								  : "'hits' is counted from 1");
	return rc;
}

#define HERE "{here}/"

/* The folder of the file that the document was read from. Caller frees. */
static int folder_of(struct yaml_at at, char **folder, struct err *err)
{
	char whole[PATH_MAX];
	if (!realpath(at.doc->name, whole))
		return yaml_error(at, err, "'{here}' stands for the folder of the plan's file, and this plan comes from none");
	char *slash = strrchr(whole, '/');
	*slash = '\0';
	*folder = strdup(whole);
	return *folder ? 0 : err_set(err, ENOMEM, "out of memory");
}

static int read_trigger_file(struct yaml_at at, void *into, struct err *err)
{
	SCOPED_FREE char *folder = NULL;
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	bool here = strncmp(text, HERE, strlen(HERE)) == 0;
	size_t length = strlen(text);
	if (!here && text[0] != '/')
		return yaml_error(at, err, "'%s' is no whole path (nor one that begins with {here}/, the folder of the plan)", text);
	if (text[length - 1] == '/' || (length > 2 && strcmp(text + length - 2, "/.") == 0) || length >= PATH_MAX)
		return yaml_error(at, err, "'%s' is no path of a file", text);
	if (!here)
		return yaml_text(at, into, err);
	int rc = folder_of(at, &folder, err);
	if (!rc && asprintf((char **)into, "%s/%s", folder, text + strlen(HERE)) < 0)
		rc = err_set(err, ENOMEM, "out of memory");
	return rc;
}

/* `for` is a length until all is read; finish_window() turns it into an end. */
struct when_text {
	struct when when;
	int64_t for_ns;
};

static const struct yaml_field when_fields[] = {
	YAML_FIELD(struct when_text, "nth", when.nth, yaml_ordinals),
	YAML_FIELD(struct when_text, "sequence", when.sequence, sequence_yaml),
	YAML_FIELD(struct when_text, "times", when.times, yaml_number),
	YAML_FIELD(struct when_text, "total", when.total, yaml_number),
	YAML_FIELD(struct when_text, "per", when.per_ns, yaml_duration),
	YAML_FIELD(struct when_text, "every", when.every_ns, yaml_duration),
	YAML_FIELD(struct when_text, "probability", when.probability, yaml_probability),
	YAML_FIELD(struct when_text, "draw", when.draw, read_draw),
	YAML_FIELD(struct when_text, "bytes", when.bytes, yaml_byte_range),
	YAML_FIELD(struct when_text, "total_bytes", when.total_bytes, yaml_byte_range),
	YAML_FIELD(struct when_text, "after", when.after_ns, yaml_duration),
	YAML_FIELD(struct when_text, "for", for_ns, yaml_duration),
	YAML_FIELD(struct when_text, "until", when.until_ns, yaml_duration),
	YAML_FIELD(struct when_text, "comm", when.by, who_comm_yaml),
	YAML_FIELD(struct when_text, "pid", when.by, who_pid_yaml),
	YAML_FIELD(struct when_text, "uid", when.by, who_uid_yaml),
	YAML_FIELD(struct when_text, "gid", when.by, who_gid_yaml),
	YAML_FIELD(struct when_text, "not", when.not_by, read_not),
	YAML_FIELD(struct when_text, "concurrent", when.concurrent, yaml_ordinals),
	YAML_FIELD(struct when_text, "total_concurrent", when.total_concurrent, yaml_ordinals),
	YAML_FIELD(struct when_text, "after_rule", when, read_after_rule),
	YAML_FIELD(struct when_text, "trigger_file", when.trigger_file, read_trigger_file),
};

/* ---- what makes sense together ---- */

static int finish_window(struct yaml_at at, struct when_text *text, struct err *err)
{
	if (yaml_get(at, "for").node && yaml_get(at, "until").node)
		return yaml_error(at, err, "'for' and 'until' both end the window: give one");
	if (text->for_ns != INT64_MAX && __builtin_add_overflow(text->when.after_ns, text->for_ns, &text->when.until_ns))
		return yaml_error(at, err, "the window ends too far in the future");
	return 0;
}

static int check_each(struct yaml_at at, const struct when *w, struct err *err)
{
	const char *never = w->times == 0		     ? "times: 0"
			    : w->total == 0		     ? "total: 0"
			    : w->probability <= 0	     ? "probability: 0"
			    : w->after_ns >= w->until_ns     ? "its time window is empty"
			    : who_excludes(w->not_by, w->by) ? "'not' leaves nobody of those whom it is for"
							     : NULL;
	return never ? yaml_error(at, err, "this rule can never strike (%s)", never) : 0;
}

static int check_together(struct yaml_at at, const struct when *w, struct err *err)
{
	struct yaml_at per = yaml_get(at, "per"), every = yaml_get(at, "every");
	if (w->sequence && yaml_get(at, "nth").node)
		return yaml_error(at, err, "'nth' and 'sequence' both say which of the requests: give one");
	if (per.node && w->total == UINT64_MAX)
		return yaml_error(per, err, "'per' says for how long 'total' holds: give that too");
	if ((per.node && !w->per_ns) || (every.node && !w->every_ns))
		return yaml_error(per.node && !w->per_ns ? per : every, err, "a length of time is wanted here, not 0");
	return 0;
}

int when_yaml(struct yaml_at at, void *into, struct err *err)
{
	struct when *when = into;
	struct when_text text = {.when = *when, .for_ns = INT64_MAX};
	int rc = yaml_fields(at, "'when'", when_fields, COUNT_OF(when_fields), &text, err);
	rc = rc ? rc : finish_window(at, &text, err);
	*when = text.when;
	rc = rc ? rc : check_each(at, when, err);
	return rc ? rc : check_together(at, when, err);
}

void when_clear(struct when *when)
{
	sequence_free(when->sequence);
	who_free(when->by);
	who_free(when->not_by);
	free(when->after_rule.name);
	free(when->trigger_file);
	*when = when_always;
}

/* ---- what makes sense for the rule ---- */

/* Operations whose requests have a place in the file. */
#define OPSET_PLACED (OP_BIT(read) | OP_BIT(write) | OP_BIT(fallocate))
/* Operations whose requests move bytes. */
#define OPSET_MOVES (OP_BIT(read) | OP_BIT(write))
/* Operations on a name, which may be that of no file. */
#define OPSET_NAMED                                                                                               \
	(OP_BIT(lookup) | OP_BIT(listed) | OP_BIT(create) | OP_BIT(mknod) | OP_BIT(mkdir) | OP_BIT(symlink) |    \
	 OP_BIT(link) | OP_BIT(rename) | OP_BIT(unlink) | OP_BIT(rmdir))
/* Operations for which the kernel names no caller (fuse_file_put() in fs/fuse/file.c). */
#define OPSET_NOBODYS (OP_BIT(release) | OP_BIT(releasedir))

static struct yaml_at trigger(struct yaml_at rule_at, const char *key)
{
	struct yaml_at when = yaml_get(rule_at, "when");
	return when.node ? yaml_get(when, key) : when;
}

/* The first of these that the rule has; else none. */
static struct yaml_at first_of(struct yaml_at rule_at, const char *const *keys, const char **key)
{
	struct yaml_at found = {rule_at.doc, NULL};
	for (; *keys && !found.node; keys++)
		found = trigger(rule_at, *key = *keys);
	return found;
}

static int check_steady(struct yaml_at at, const struct rule *rule, struct err *err)
{
	static const char *const counts[] = {"nth", "sequence", "times", "total", "every", "bytes", "total_bytes", NULL};
	const char *key;
	struct yaml_at found = first_of(at, counts, &key);
	if (rule->when.draw != DRAW_BY_ORDINAL && !found.node)
		return 0;
	return yaml_error(at, err, "'%s' belongs to the file and not to a single request: no '%s'", rule->kind->name,
			  found.node ? key : "draw");
}

static int check_bytes(struct yaml_at at, const struct rule *rule, struct err *err)
{
	static const char *const keys[] = {"bytes", "total_bytes", NULL};
	const char *key;
	struct yaml_at found = first_of(at, keys, &key);
	if (!found.node)
		return 0;
	if (rule->on & ~OPSET_MOVES)
		return yaml_error(found, err, "'%s' goes with operations that move bytes alone: read, write", key);
	bool ends = rule->when.bytes.end != UINT64_MAX || rule->when.total_bytes.end != UINT64_MAX;
	if (rule->kind->ends && ends)
		return yaml_error(found, err, "'%s' would never come to its end, because what it strikes moves no byte (write N.., "
					      "and 'times' to let go)", key);
	return 0;
}

static int check_who(struct yaml_at at, const struct rule *rule, struct err *err)
{
	static const char *const keys[] = {"comm", "pid", "uid", "gid", "not", NULL};
	const char *key;
	struct yaml_at found = first_of(at, keys, &key);
	if (found.node && !(rule->on & ~OPSET_NOBODYS))
		return yaml_error(found, err, "this rule can never strike (the kernel does not say who releases)");
	return 0;
}

int when_check(struct yaml_at at, const struct rule *rule, struct err *err)
{
	const struct when *w = &rule->when;
	struct yaml_at concurrent = trigger(at, "concurrent");
	if (w->draw == DRAW_BY_OFFSET && rule->on & ~OPSET_PLACED)
		return yaml_error(at, err, "'draw: offset' goes with operations on bytes alone: read, write, fallocate");
	if (concurrent.node && rule->on & OPSET_NAMED)
		return yaml_error(concurrent, err, "'concurrent' goes with operations on files, not with those on names "
						   "(see total_concurrent)");
	int rc = rule->kind->steady ? check_steady(at, rule, err) : 0;
	rc = rc ? rc : check_bytes(at, rule, err);
	return rc ? rc : check_who(at, rule, err);
}
