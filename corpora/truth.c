/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Tells which files of a corpus are damaged, and how: what an oracle may know and a subject may not. */
#include "base/scope.h"
#include "corpora/parts.h"

#include <limits.h>
#include <string.h>

/* ---- a walk over all names of the undamaged source ---- */

/* Told each name that is not the root. Anything but 0 ends the walk and is its result. */
typedef int walk_visit(void *into, const char *path, mode_t type);

struct walk {
	walk_visit *visit;
	void *into;
	VEC(char *) pending; /* directories that are still to be read */
	const char *dir;     /* the one that is being read */
	uint64_t names;
	int stopped; /* what the visitor, or we ourselves, ended it with */
};

static int walk_push(struct walk *walk, const char *dir)
{
	char *copy = strdup(dir);
	char **slot = copy ? vec_add(&walk->pending) : NULL;
	if (!slot) {
		free(copy);
		return -ENOMEM;
	}
	*slot = copy;
	return 0;
}

static int walk_name(void *self, const char *name, mode_t type, uint64_t ino)
{
	(void)ino;
	struct walk *walk = self;
	char path[PATH_MAX];
	if (++walk->names > CORPUS_WALK_MAX)
		return walk->stopped = -E2BIG;
	if (!parts_join(path, walk->dir, name))
		return 0; /* nobody can reach it by its path */
	walk->stopped = walk->visit(walk->into, path, type);
	if (!walk->stopped && S_ISDIR(type))
		walk->stopped = walk_push(walk, path);
	return walk->stopped;
}

/* A directory that is gone meanwhile, that we may not read, or that has nothing to read (of a dead process in /proc) is no error of
 * the corpus. What we lack ourselves is. */
static bool is_out_of_reach(int rc)
{
	return rc && rc != -ENOMEM && rc != -EMFILE && rc != -ENFILE;
}

/* *unlisted counts the directories whose names could not be read. */
static int walk_all(const struct corpus *corpus, walk_visit *visit, void *into, uint64_t *unlisted)
{
	*unlisted = 0;
	struct walk walk = {.visit = visit, .into = into};
	int rc = walk_push(&walk, ".");
	while (!rc && walk.pending.count) {
		SCOPED_FREE char *dir = walk.pending.at[--walk.pending.count];
		walk.dir = dir;
		rc = corpus->source->each(corpus->self, dir, walk_name, &walk);
		if (!walk.stopped && is_out_of_reach(rc) && strcmp(dir, ".") != 0) {
			++*unlisted;
			rc = 0;
		}
	}
	for (size_t i = 0; i < walk.pending.count; i++)
		free(walk.pending.at[i]);
	vec_free(&walk.pending);
	return rc;
}

/* The damage of a name that the walk met, NULL where it has none; with `name`, what it is called. Asks for the size of those files only
 * that a damage names. */
static const struct damage_rule *damage_of(const struct corpus *corpus, const char *path, mode_t type, const char **name)
{
	struct corpus_stat whole;
	SCOPED(damage_wound_end) struct wound wound = {0};
	if (!damage_rule_for(&corpus->damage, path, type) || parts_look_up(corpus, path, &whole, &wound) < 0)
		return NULL; /* or it went away */
	if (name)
		*name = damage_name(&wound);
	return wound.rule;
}

/* ---- what lies inside the source ---- */

/* Whether damage of our own lies over a path of the source. */
static bool is_ours(const struct corpus *corpus, const char *path)
{
	struct corpus_stat whole;
	SCOPED(damage_wound_end) struct wound wound = {0};
	return corpus->damage.rules.count && parts_look_up(corpus, path, &whole, &wound) == 0 && wound.rule;
}

/* The damaged files of the source that we have not damaged again, in any order. */
static int inner_damage(const struct corpus *corpus, struct corpus_damaged *out)
{
	*out = (struct corpus_damaged){0};
	int rc = corpus->damaged && corpus->source->damaged ? corpus->source->damaged(corpus->self, out) : 0;
	size_t kept = 0;
	for (size_t i = 0; !rc && i < out->files.count; i++) {
		struct corpus_damaged_file file = out->files.at[i];
		if (is_ours(corpus, file.path))
			free(file.path);
		else
			out->files.at[kept++] = file;
	}
	if (rc)
		corpus_damaged_free(out);
	out->files.count = rc ? 0 : kept;
	return rc;
}

/* ---- counting ---- */

struct counting {
	struct corpus *corpus;
	struct truth_census census;
};

static int count_name(void *self, const char *path, mode_t type)
{
	struct counting *c = self;
	const struct damage_rule *meant = damage_rule_for(&c->corpus->damage, path, type), *rule = damage_of(c->corpus, path, type, NULL);
	if (meant)
		c->corpus->damage.rules.at[meant - c->corpus->damage.rules.at].matched++;
	c->census.files += S_ISREG(type);
	if (!rule)
		return 0;
	c->census.damaged += S_ISREG(type);
	c->corpus->damage.rules.at[rule - c->corpus->damage.rules.at].struck++;
	return 0;
}

/* What was removed inside the source was not met by the walk. */
static int count_inner(const struct corpus *corpus, struct truth_census *census)
{
	struct corpus_damaged inner;
	int rc = inner_damage(corpus, &inner);
	if (rc)
		return rc;
	census->damaged += inner.files.count;
	for (size_t i = 0; i < inner.files.count; i++)
		census->files += strcmp(inner.files.at[i].damage, "remove") == 0;
	corpus_damaged_free(&inner);
	return 0;
}

int truth_census(struct corpus *corpus, struct truth_census *out)
{
	struct counting counting = {.corpus = corpus};
	int rc = walk_all(corpus, count_name, &counting, &counting.census.unlisted);
	rc = rc ? rc : count_inner(corpus, &counting.census);
	*out = counting.census;
	return rc;
}

/* ---- telling ---- */

const char *corpus_truth(const struct corpus *corpus, const char *path)
{
	struct corpus_stat whole;
	SCOPED(damage_wound_end) struct wound wound = {0};
	const char *ours = parts_look_up(corpus, path, &whole, &wound) < 0 ? NULL : damage_name(&wound);
	return ours || !corpus->source->truth || !parts_path_is_good(path) ? ours : corpus->source->truth(corpus->self, path);
}

/* Of the damage that we have laid over it. */
static int own_class(const struct corpus *corpus, const char *path, enum truth_class *class)
{
	struct corpus_stat whole;
	struct parts_file file = {0};
	SCOPED(damage_wound_end) struct wound wound = {0};
	int rc = parts_look_up(corpus, path, &whole, &wound);
	if (rc || !wound.rule || !S_ISREG(whole.mode))
		return rc;
	rc = parts_file_open(corpus, path, whole.size, &file);
	if (!rc)
		rc = damage_class(&wound, &file.reader, class);
	parts_file_close(&file);
	return rc;
}

/* Where damage of ours lies over other, the graver counts: ours alone is judged by what the other has left of the file's form. */
int parts_class(const struct corpus *corpus, const char *path, enum truth_class *class)
{
	enum truth_class inner = TRUTH_WHOLE;
	*class = TRUTH_WHOLE;
	int rc = own_class(corpus, path, class);
	if (!rc && corpus->source->class_of)
		rc = corpus->source->class_of(corpus->self, path, &inner);
	if (inner > *class)
		*class = inner;
	return rc;
}

int corpus_class(const struct corpus *corpus, const char *path, const char **class)
{
	enum truth_class found;
	int rc = parts_class(corpus, path, &found);
	*class = truth_class_name(found);
	return rc;
}

struct collecting {
	const struct corpus *corpus;
	struct corpus_damaged *to;
};

static int collect_name(void *self, const char *path, mode_t type)
{
	struct collecting *c = self;
	const char *name;
	if (S_ISDIR(type) || !damage_of(c->corpus, path, type, &name))
		return 0;
	struct corpus_damaged_file *file = vec_add(&c->to->files);
	if (!file || !(file->path = strdup(path)))
		return -ENOMEM;
	file->damage = name;
	return 0;
}

static int by_path(const void *a, const void *b)
{
	const struct corpus_damaged_file *left = a, *right = b;
	return strcmp(left->path, right->path);
}

int corpus_damaged(const struct corpus *corpus, struct corpus_damaged *out)
{
	uint64_t unlisted;
	int rc = inner_damage(corpus, out);
	struct collecting collecting = {corpus, out};
	if (!rc && corpus->damage.rules.count)
		rc = walk_all(corpus, collect_name, &collecting, &unlisted);
	if (rc)
		corpus_damaged_free(out);
	else if (out->files.count)
		qsort(out->files.at, out->files.count, sizeof *out->files.at, by_path);
	return rc;
}

void corpus_damaged_free(struct corpus_damaged *damaged)
{
	for (size_t i = 0; i < damaged->files.count; i++)
		free(damaged->files.at[i].path);
	vec_free(&damaged->files);
}
