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

/* ---- counting ---- */

struct counting {
	struct corpus *corpus;
	struct truth_census census;
};

static int count_name(void *self, const char *path, mode_t type)
{
	struct counting *c = self;
	const struct damage_rule *rule = damage_of(c->corpus, path, type, NULL);
	c->census.files += S_ISREG(type);
	if (!rule)
		return 0;
	c->census.damaged += S_ISREG(type);
	c->corpus->damage.rules.at[rule - c->corpus->damage.rules.at].struck++;
	return 0;
}

int truth_census(struct corpus *corpus, struct truth_census *out)
{
	struct counting counting = {.corpus = corpus};
	int rc = walk_all(corpus, count_name, &counting, &counting.census.unlisted);
	*out = counting.census;
	return rc;
}

/* ---- telling ---- */

const char *corpus_truth(const struct corpus *corpus, const char *path)
{
	struct corpus_stat whole;
	SCOPED(damage_wound_end) struct wound wound = {0};
	return parts_look_up(corpus, path, &whole, &wound) < 0 ? NULL : damage_name(&wound);
}

int corpus_class(const struct corpus *corpus, const char *path, const char **class)
{
	struct corpus_stat whole;
	struct parts_file file = {0};
	enum truth_class found = TRUTH_WHOLE;
	SCOPED(damage_wound_end) struct wound wound = {0};
	int rc = parts_look_up(corpus, path, &whole, &wound);
	if (!rc && wound.rule && S_ISREG(whole.mode)) {
		rc = parts_file_open(corpus, path, whole.size, &file);
		if (!rc)
			rc = damage_class(&wound, &file.reader, &found);
		parts_file_close(&file);
	}
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
	*out = (struct corpus_damaged){0};
	if (!corpus->damage.rules.count)
		return 0;
	struct collecting collecting = {corpus, out};
	uint64_t unlisted;
	int rc = walk_all(corpus, collect_name, &collecting, &unlisted);
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
