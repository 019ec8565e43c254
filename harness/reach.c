/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Holds rules against the names of a corpus. */
#include "harness/reach.h"

#include "base/buf.h"
#include "base/scope.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct search {
	const struct plan *plan;
	const struct reach_volume *volume;
	const struct corpus *corpus; /* of the volume */
	struct reach *reach;
	struct reach_gaps *gaps;
	uint64_t looked;
};

/* ---- one path ---- */

static bool names(const struct rule *rule, const struct reach_volume *volume)
{
	return volume->name && strcmp(rule->volume, volume->name) == 0;
}

static bool concerns(const struct rule *rule, const struct reach_volume *volume)
{
	return !rule->volume || names(rule, volume);
}

static bool only_changes(const struct rule *rule)
{
	return !(rule->on & ~OPSET_CHANGES);
}

static bool wants_bytes(const struct rule *rule)
{
	return rule->ranged && rule->on & OP_BIT(read);
}

/* The bytes that a file must have more of. */
static uint64_t threshold(const struct rule *rule)
{
	uint64_t first = wants_bytes(rule) ? rule->range.first : 0, limit = reach_limit(rule);
	return first > limit ? first : limit;
}

/* The size of a file counts only as long as a rule waits for a larger one. */
static void measure(struct search *s, const char *path, const struct rule *rule, struct reach *reach)
{
	struct corpus_stat st;
	if ((wants_bytes(rule) || reach_limit(rule)) && reach->largest <= threshold(rule) && corpus_stat(s->corpus, path, &st) == 0 &&
	    S_ISREG(st.mode) && st.size > reach->largest)
		reach->largest = st.size;
}

/* What only open files are asked for, and what only open directories: the kernel keeps locks of the latter to itself, and their
 * fsync is a request of its own (fs/fuse/dir.c, fuse_dir_operations). Devices, sockets and FIFOs are opened by nobody through us. */
#define OPSET_OF_FILES                                                                                                   \
	(OP_BIT(open) | OP_BIT(read) | OP_BIT(flush) | OP_BIT(release) | OP_BIT(lseek) | OP_BIT(write) | OP_BIT(fallocate) |   \
	 OP_BIT(fsync) | OP_BIT(truncate) | OP_BIT(getlk) | OP_BIT(setlk) | OP_BIT(flock) | OP_BIT(unlock))
#define OPSET_OF_DIRECTORIES (OP_BIT(opendir) | OP_BIT(readdir) | OP_BIT(releasedir) | OP_BIT(fsyncdir))

/* Of what is there in a volume. */
static opset asked_of(mode_t type)
{
	opset special = OPSET_OF_FILES | OPSET_OF_DIRECTORIES | OP_BIT(readlink);
	opset own = S_ISREG(type) ? OPSET_OF_FILES : S_ISDIR(type) ? OPSET_OF_DIRECTORIES : S_ISLNK(type) ? OP_BIT(readlink) : 0;
	return type & S_IFMT ? (OPSET_ALL & ~special) | own : OPSET_ALL;
}

static bool is_asked(const struct search *s, const struct rule *rule, mode_t type)
{
	opset possible = s->volume->grows || only_changes(rule) ? rule->on : rule->on & ~OPSET_CHANGES;
	return possible & asked_of(type);
}

static void note_other(struct reach *reach, const char *path, mode_t type)
{
	if (reach->other[0])
		return;
	snprintf(reach->other, sizeof reach->other, "%s", path);
	reach->other_type = type & S_IFMT;
}

static void hold_against(struct search *s, const char *path, mode_t type)
{
	s->looked++;
	for (size_t i = 0; i < s->plan->rules.count; i++) {
		const struct rule *rule = s->plan->rules.at[i];
		if (!concerns(rule, s->volume) || (rule->path && !glob_match(rule->path, path)))
			continue;
		if (!is_asked(s, rule, type)) {
			note_other(&s->reach[i], path, type);
			continue;
		}
		if (s->reach[i].paths != UINT64_MAX && !s->reach[i].paths++)
			snprintf(s->reach[i].first, sizeof s->reach[i].first, "%s", path);
		measure(s, path, rule, &s->reach[i]);
	}
}

/* ---- all paths ---- */

static int search_directory(struct search *s, const char *path);

static int search_name(struct search *s, const char *directory, const struct corpus_name *name)
{
	SCOPED_FREE char *path = NULL;
	bool root = strcmp(directory, ".") == 0;
	if (asprintf(&path, "%s%s%s", root ? "" : directory, root ? "" : "/", name->name) < 0)
		return -ENOMEM;
	hold_against(s, path, name->type);
	return S_ISDIR(name->type) ? search_directory(s, path) : 0;
}

/* What cannot be listed is closed to the subject as well, or gone, or of a kind that has nothing to list (a dead process in
 * /proc). The root must be there, and so must be what we need ourselves. */
static bool is_gap(int rc, const char *path)
{
	return strcmp(path, ".") != 0 && rc != -ENOMEM && rc != -EMFILE && rc != -ENFILE;
}

static void note_gap(struct reach_gaps *gaps, const char *path, int rc)
{
	if (gaps->count++)
		return;
	snprintf(gaps->first, sizeof gaps->first, "%s", path);
	gaps->error = -rc;
}

static int search_directory(struct search *s, const char *path)
{
	struct corpus_names names;
	int rc = corpus_list(s->corpus, path, &names);
	if (rc && is_gap(rc, path)) {
		note_gap(s->gaps, path, rc);
		return 0;
	}
	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < names.names.count && s->looked < REACH_PATHS_MAX; i++)
		rc = search_name(s, path, &names.names.at[i]);
	corpus_names_free(&names);
	return rc;
}

/* What was removed from a corpus can still be asked for. */
static int search_removed(struct search *s)
{
	struct corpus_damaged damaged;
	int rc = corpus_damaged(s->corpus, &damaged);
	for (size_t i = 0; !rc && i < damaged.files.count; i++)
		if (strcmp(damaged.files.at[i].damage, "remove") == 0)
			hold_against(s, damaged.files.at[i].path, S_IFREG);
	if (!rc)
		corpus_damaged_free(&damaged);
	return rc;
}

/* ---- volumes ---- */

static enum reach_lack lack_of(const struct search *s, const struct rule *rule, const struct reach *reach)
{
	bool all_seen = s->looked < REACH_PATHS_MAX;
	if (s->volume->grows)
		return REACH_NOTHING_LACKS;
	if (only_changes(rule))
		return REACH_READ_ONLY;
	if (!reach->paths && all_seen)
		return reach->other[0] ? REACH_NO_TYPE : REACH_NO_PATH;
	return wants_bytes(rule) && reach->largest <= rule->range.first && all_seen ? REACH_NO_BYTE : REACH_NOTHING_LACKS;
}

/* A rule is for a volume of no name when it gives a name that no other volume has. */
static bool is_for_others(const struct rule *rule, const struct reach_volume *volumes, size_t count)
{
	for (size_t i = 0; rule->volume && i < count; i++)
		if (names(rule, &volumes[i]))
			return false;
	return rule->volume != NULL;
}

static void improve(struct reach *reach, enum reach_lack lack)
{
	if (reach->lack < lack)
		reach->lack = lack;
}

static int search_corpus(const struct plan *plan, const struct reach_volume *volume, struct reach *out,
			 struct reach_gaps *gaps, struct err *err)
{
	struct search search = {.plan = plan, .volume = volume, .corpus = volume->corpus, .reach = out, .gaps = gaps};
	hold_against(&search, ".", S_IFDIR);
	int rc = search_directory(&search, ".");
	rc = rc ? rc : search_removed(&search);
	if (rc)
		return err_set(err, -rc, "the corpus cannot be listed: %s", strerror(-rc));
	for (size_t i = 0; i < plan->rules.count; i++) {
		if (!concerns(plan->rules.at[i], volume))
			continue;
		improve(&out[i], lack_of(&search, plan->rules.at[i], &out[i]));
		out[i].no_file_as_large = !volume->grows && out[i].paths && reach_limit(plan->rules.at[i]) &&
					  out[i].largest <= reach_limit(plan->rules.at[i]) && search.looked < REACH_PATHS_MAX;
		if (!out[i].paths && search.looked >= REACH_PATHS_MAX)
			out[i].paths = UINT64_MAX;
	}
	return 0;
}

/* Nothing is known of a scratch, nor of volumes without a name: whatever is for them has all that it needs. */
static void search_unknown(const struct plan *plan, const struct reach_volume *volume, const struct reach_volume *volumes,
			   size_t count, struct reach *out)
{
	for (size_t i = 0; i < plan->rules.count; i++) {
		const struct rule *rule = plan->rules.at[i];
		if (volume->name ? !concerns(rule, volume) : !is_for_others(rule, volumes, count))
			continue;
		out[i].lack = REACH_NOTHING_LACKS;
		out[i].no_file_as_large = false;
		out[i].paths = UINT64_MAX;
	}
}

/* The next of all that wait for `top`, and for those that do; NULL behind the last. */
static const struct rule *next_waiting(const struct plan *plan, const struct rule *top, const struct rule *at)
{
	uint32_t next = at->first_follower;
	while (next == PLAN_NO_RULE && at != top) {
		next = at->next_follower;
		at = plan->rules.at[at->when.after_rule.index];
	}
	return next == PLAN_NO_RULE ? NULL : plan->rules.at[next];
}

static void note_waiting(const struct plan *plan, struct reach *out)
{
	for (size_t i = 0; i < plan->rules.count; i++) {
		const struct rule *top = plan->rules.at[i];
		uint32_t above = top->when.after_rule.index;
		if (out[i].lack == REACH_NOTHING_LACKS || (above != PLAN_NO_RULE && out[above].lack != REACH_NOTHING_LACKS))
			continue; /* those below the latter are passed with what is above it */
		for (const struct rule *at = top; (at = next_waiting(plan, top, at));)
			if (out[at->index].lack == REACH_NOTHING_LACKS)
				out[at->index].lack = REACH_WAITS;
	}
}

static void note_off(const struct plan *plan, struct reach *out)
{
	for (size_t i = 0; i < plan->rules.count; i++) {
		uint32_t group = plan->rules.at[i]->group;
		if (out[i].lack == REACH_NOTHING_LACKS && group != PLAN_NO_GROUP && !plan->groups.at[group].on)
			out[i].lack = REACH_OFF;
	}
}

/* Corpora come first: their paths are counted, also for rules that others concern. */
static int search_volumes(const struct plan *plan, const struct reach_volume *volumes, size_t count, struct reach *out,
			  struct reach_gaps *gaps, struct err *err)
{
	int rc = 0;
	memset(out, 0, plan->rules.count * sizeof *out);
	for (size_t i = 0; !rc && i < count; i++)
		if (volumes[i].corpus)
			rc = search_corpus(plan, &volumes[i], out, gaps, err);
	for (size_t i = 0; !rc && i < count; i++)
		if (!volumes[i].corpus)
			search_unknown(plan, &volumes[i], volumes, count, out);
	return rc;
}

/* A corpus cannot be changed: of a rule that would, and names no volume, it says nothing. */
static void note_elsewhere(const struct plan *plan, struct reach *out)
{
	for (size_t i = 0; i < plan->rules.count; i++) {
		out[i].elsewhere = !plan->rules.at[i]->volume && out[i].lack == REACH_READ_ONLY;
		if (out[i].elsewhere)
			out[i].lack = REACH_NOTHING_LACKS;
	}
}

int reach_count(const struct plan *plan, const struct corpus *corpus, struct reach *out, struct reach_gaps *gaps,
		struct err *err)
{
	const struct reach_volume volumes[] = {{"in", corpus}, {NULL, NULL}};
	struct reach_gaps unasked = {0};
	int rc = search_volumes(plan, volumes, COUNT_OF(volumes), out, gaps ? gaps : &unasked, err);
	note_elsewhere(plan, out);
	note_waiting(plan, out);
	return rc;
}

int reach_weigh(const struct plan *plan, const struct reach_volume *volumes, size_t count, enum reach_switching switching,
		struct reach *out, struct reach_gaps *gaps, struct err *err)
{
	int rc = search_volumes(plan, volumes, count, out, gaps, err);
	if (switching == REACH_AS_WRITTEN)
		note_off(plan, out);
	note_waiting(plan, out);
	return rc;
}

static int refuse(const struct plan *plan, const struct rule *rule, const struct reach *reach,
		  const struct reach_volume *volumes, size_t count, struct err *err)
{
	SCOPED(buf_free) struct buf why = {0};
	reach_tell_lack(plan, rule, reach, volumes, count, &why);
	return err_set(err, EINVAL, "plan %s: rule '%s' can never strike: %s", plan->name, rule->name, buf_string(&why));
}

static void add_doubt(const struct plan *plan, const struct rule *rule, const struct reach *reach, struct buf *doubts)
{
	SCOPED(buf_free) struct buf why = {0};
	reach_tell_doubt(rule, reach, &why);
	if (doubts && why.length)
		buf_printf(doubts, "plan %s: rule '%s' will hardly strike: %s\n", plan->name, rule->name, buf_string(&why));
}

int reach_check(const struct plan *plan, const struct reach_volume *volumes, size_t count, enum reach_switching switching,
		struct buf *doubts, struct err *err)
{
	SCOPED_FREE struct reach *reach = calloc(plan->rules.count + 1, sizeof *reach);
	struct reach_gaps gaps = {0};
	if (!reach)
		return err_set(err, ENOMEM, "out of memory");
	int rc = reach_weigh(plan, volumes, count, switching, reach, &gaps, err);
	for (size_t i = 0; !rc && i < plan->rules.count; i++) {
		const struct rule *rule = plan->rules.at[i];
		add_doubt(plan, rule, &reach[i], doubts);
		if (reach[i].lack != REACH_NOTHING_LACKS)
			rc = refuse(plan, rule, &reach[i], volumes, count, err);
	}
	return rc;
}
