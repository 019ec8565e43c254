/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The face of a corpus: hands paths to its source, and lays damage over what comes back. */
#include "corpora/corpus.h"

#include "base/scope.h"
#include "corpora/layers.h"
#include "corpora/operated.h"
#include "corpora/pack.h"
#include "corpora/parts.h"
#include "corpora/spec.h"
#include "corpora/synth.h"
#include "corpora/tree.h"

#include <limits.h>
#include <string.h>

/* ---- opening ---- */

static int open_synth(struct spec *spec, void **self, struct err *err)
{
	return synth_open(&spec->synth, spec->seed, self, err);
}

static int open_tree(struct spec *spec, void **self, struct err *err)
{
	return tree_open(spec->path, self, err);
}

static int open_pack(struct spec *spec, void **self, struct err *err)
{
	return pack_open(spec->path, &pack_limits_usual, self, err);
}

static int open_files(struct spec *spec, void **self, struct err *err)
{
	(void)err;
	*self = take_ptr(&spec->files);
	return 0;
}

static int open_layers(struct spec *spec, void **self, struct err *err)
{
	return layers_open(spec, self, err);
}

static const struct {
	const struct source *source;
	int (*open)(struct spec *spec, void **self, struct err *err);
} sources[] = {
	[SPEC_SYNTH] = {&synth_source, open_synth},
	[SPEC_TREE] = {&tree_source, open_tree},
	[SPEC_PACK] = {&pack_source, open_pack},
	[SPEC_FILES] = {&files_source, open_files},
	[SPEC_LAYERS] = {&layers_source, open_layers},
};

/* A damage that strikes nothing is a mistake in the spec, or parameters that do not go with it. */
static int check_damage(const struct corpus *corpus, struct err *err)
{
	for (size_t i = 0; i < corpus->damage.rules.count; i++) {
		const struct damage_rule *rule = &corpus->damage.rules.at[i];
		const char *pattern = glob_text(rule->path);
		if (rule->struck)
			continue;
		if (rule->matched)
			return err_set(err, EINVAL,
				       "the damage of '%s' " CORPUS_CHANGES_NOTHING ": %llu match, but are too short for it or have nothing "
				       "that it could strike (damage=none leaves all whole)",
				       pattern, (unsigned long long)rule->matched);
		return err_set(err, EINVAL,
			       "the damage of '%s' " CORPUS_CHANGES_NOTHING ": none matches, or later entries have them all%s (damage=none "
			       "leaves all whole)",
			       pattern, strchr(pattern, '/') ? "" : "; in any folder: **/NAME");
	}
	return 0;
}

/* The end of the title: seed and damage. */
static int explain_damage(struct corpus *corpus, struct buf *title, struct err *err)
{
	struct truth_census census;
	if (corpus->source == &synth_source || corpus->source == &layers_source || corpus->damaged)
		buf_printf(title, ", seed %llu", (unsigned long long)corpus->seed);
	if (!corpus->damaged)
		return 0;
	int rc = truth_census(corpus, &census);
	if (rc == -E2BIG) {
		buf_printf(title, "; more than %d names: damage not counted", CORPUS_WALK_MAX);
		return 0;
	}
	if (rc)
		return err_set(err, -rc, "the names cannot be read: %s", strerror(-rc));
	buf_printf(title, "; %llu of %llu files damaged", (unsigned long long)census.damaged, (unsigned long long)census.files);
	if (census.unlisted)
		buf_printf(title, "; %llu directories cannot be listed", (unsigned long long)census.unlisted);
	return check_damage(corpus, err);
}

static int explain(struct corpus *corpus, struct err *err)
{
	SCOPED(buf_free) struct buf title = {0};
	corpus->source->explain(corpus->self, &title);
	int rc = explain_damage(corpus, &title, err);
	if (!rc && !(corpus->title = title.failed ? NULL : strdup(buf_string(&title))))
		rc = err_set(err, ENOMEM, "out of memory");
	return rc;
}

/* A spec that stands in the text itself takes no parameters: another one goes around it. */
static char *inline_without_damage(const char *source)
{
	SCOPED(buf_free) struct buf text = {0};
	struct jsonw j = jsonw_to(&text);
	buf_text(&text, SPEC_INLINE);
	jsonw_object(&j);
	jsonw_key(&j, "version"), jsonw_uint(&j, 1);
	jsonw_key(&j, "source"), jsonw_text(&j, source);
	jsonw_key(&j, "damage"), jsonw_text(&j, "none");
	jsonw_close(&j);
	return text.failed ? NULL : strdup(buf_string(&text));
}

/* The same source without its damage. Only a profile has any, so parameters can be added. Caller frees. */
static char *without_damage(const char *source, bool damaged)
{
	const char *slash = strrchr(source, '/');
	bool parameters = strchr(slash ? slash : source, ':') != NULL;
	char *text;
	if (!damaged)
		return strdup(source);
	if (strncmp(source, SPEC_INLINE, strlen(SPEC_INLINE)) == 0)
		return inline_without_damage(source);
	return asprintf(&text, "%s%cdamage=none", source, parameters ? ',' : ':') < 0 ? NULL : text;
}

static int open_source(struct spec *spec, struct corpus *corpus, struct err *err)
{
	const struct source *source = sources[spec->from].source;
	void *self;
	int rc = sources[spec->from].open(spec, &self, err);
	if (!rc && spec->variants.of) {
		rc = variants_open(source, self, &spec->variants, &spec->damage, &self, err);
		source = &variants_source;
	}
	if (!rc) {
		corpus->source = source;
		corpus->self = self;
	}
	return rc;
}

static int assemble(const char *source, struct spec *spec, struct corpus *corpus, struct err *err)
{
	corpus->damaged = spec_is_damaged(spec);
	corpus->pristine = without_damage(source, corpus->damaged);
	if (!corpus->pristine)
		return err_set(err, ENOMEM, "out of memory");
	int rc = open_source(spec, corpus, err);
	if (rc)
		return rc;
	corpus->seed = spec->seed;
	corpus->about = take_ptr(&spec->title);
	corpus->place = take_ptr(&spec->path);
	corpus->damage = spec->damage;
	spec->damage = (struct damage){0};
	corpus->operated = operated_new();
	if (!corpus->operated)
		return err_set(err, ENOMEM, "out of memory");
	rc = explain(corpus, err);
	if (rc)
		err_context(err, "%s", source);
	return rc;
}

int parts_open(const char *source, struct spec *spec, struct corpus **out, struct err *err)
{
	struct corpus *corpus = calloc(1, sizeof *corpus);
	*out = NULL;
	if (!corpus)
		return err_set(err, ENOMEM, "out of memory");
	int rc = assemble(source, spec, corpus, err);
	if (rc) {
		corpus_close(corpus);
		return rc;
	}
	*out = corpus;
	return 0;
}

int corpus_open(const char *source, struct corpus **out, struct err *err)
{
	SCOPED(spec_fini) struct spec spec = {0};
	*out = NULL;
	int rc = spec_read(source, &spec, err);
	return rc ? rc : parts_open(source, &spec, out, err);
}

void corpus_close(struct corpus *corpus)
{
	if (!corpus)
		return;
	if (corpus->source)
		corpus->source->close(corpus->self);
	operated_free(corpus->operated);
	damage_fini(&corpus->damage);
	free(corpus->title);
	free(corpus->about);
	free(corpus->place);
	free(corpus->pristine);
	free(corpus);
}

const char *corpus_title(const struct corpus *corpus)
{
	return corpus->title;
}

const char *corpus_about(const struct corpus *corpus)
{
	return corpus->about;
}

const char *corpus_pristine(const struct corpus *corpus)
{
	return corpus->pristine;
}

const char *corpus_place(const struct corpus *corpus, size_t index)
{
	if (corpus->place)
		return index ? NULL : corpus->place;
	return corpus->source->place ? corpus->source->place(corpus->self, index) : NULL;
}

/* ---- paths ---- */

/* As parts_look_up(), but what was removed is not there. */
static int find(const struct corpus *corpus, const char *path, struct corpus_stat *whole, struct wound *wound)
{
	int rc = parts_look_up(corpus, path, whole, wound);
	return !rc && damage_removes(wound) ? -ENOENT : rc;
}

/* Whether a path may be handed to the source: 0, or why not. Without damage the source itself is the one to ask. */
static int check_path(const struct corpus *corpus, const char *path)
{
	struct corpus_stat whole;
	SCOPED(damage_wound_end) struct wound wound = {0};
	if (corpus->damage.rules.count)
		return find(corpus, path, &whole, &wound);
	return parts_path_is_good(path) ? 0 : -EINVAL;
}

/* ---- what is where ---- */

int corpus_stat(const struct corpus *corpus, const char *path, struct corpus_stat *out)
{
	SCOPED(damage_wound_end) struct wound wound = {0};
	int rc = find(corpus, path, out, &wound);
	if (!rc)
		out->size = damage_size(&wound);
	if (!rc && !out->ctime) {
		out->ctime = out->mtime;
		out->ctime_nsec = out->mtime_nsec;
	}
	return rc;
}

int corpus_readlink(const struct corpus *corpus, const char *path, char *target, size_t size)
{
	int rc = check_path(corpus, path);
	if (rc)
		return rc;
	return corpus->source->readlink ? corpus->source->readlink(corpus->self, path, target, size) : -EINVAL;
}

ssize_t corpus_getxattr(const struct corpus *corpus, const char *path, const char *name, void *value, size_t size)
{
	int rc = check_path(corpus, path);
	if (rc)
		return rc;
	return corpus->source->getxattr ? corpus->source->getxattr(corpus->self, path, name, value, size) : -EOPNOTSUPP;
}

ssize_t corpus_listxattr(const struct corpus *corpus, const char *path, char *list, size_t size)
{
	int rc = check_path(corpus, path);
	if (rc)
		return rc;
	return corpus->source->listxattr ? corpus->source->listxattr(corpus->self, path, list, size) : -EOPNOTSUPP;
}

void corpus_tell(const struct corpus *corpus, const char *path, struct jsonw *to)
{
	if (corpus->source->tell && parts_path_is_good(path))
		corpus->source->tell(corpus->self, path, to);
}

/* ---- listing ---- */

struct showing {
	const struct corpus *corpus;
	const char *dir;
	source_visit *visit;
	void *into;
};

static bool is_removed(const struct showing *s, const char *name, mode_t type)
{
	char path[PATH_MAX];
	if (!s->corpus->damage.rules.count || !parts_join(path, s->dir, name))
		return false;
	struct wound wound = {.rule = damage_rule_for(&s->corpus->damage, path, type)};
	return damage_removes(&wound);
}

static int show_name(void *self, const char *name, mode_t type, uint64_t ino)
{
	const struct showing *s = self;
	return is_removed(s, name, type) ? 0 : s->visit(s->into, name, type, ino);
}

int parts_each(const struct corpus *corpus, const char *path, source_visit *visit, void *into)
{
	struct showing showing = {corpus, path, visit, into};
	int rc = check_path(corpus, path);
	return rc ? rc : corpus->source->each(corpus->self, path, show_name, &showing);
}

static int add_name(void *self, const char *name, mode_t type, uint64_t ino)
{
	return corpus_names_add(self, name, type, ino);
}

static int by_name(const void *a, const void *b)
{
	const struct corpus_name *left = a, *right = b;
	return strcmp(left->name, right->name);
}

int corpus_list(const struct corpus *corpus, const char *path, struct corpus_names *out)
{
	*out = (struct corpus_names){0};
	int rc = parts_each(corpus, path, add_name, out);
	if (rc)
		corpus_names_free(out);
	else if (out->names.count)
		qsort(out->names.at, out->names.count, sizeof *out->names.at, by_name);
	return rc;
}

#define NAMES_BLOCK_BYTES 16384

struct corpus_names_block {
	struct corpus_names_block *next;
	char bytes[NAMES_BLOCK_BYTES];
};

/* A place for so many bytes, NAME_MAX + 1 at most. NULL when memory is out. */
static char *names_room(struct corpus_names *names, size_t size)
{
	if (names->block_left < size) {
		struct corpus_names_block *block = malloc(sizeof *block);
		if (!block)
			return NULL;
		block->next = names->blocks;
		names->blocks = block;
		names->block_left = sizeof block->bytes;
	}
	char *at = names->blocks->bytes + sizeof names->blocks->bytes - names->block_left;
	names->block_left -= size;
	names->bytes += size;
	return at;
}

int corpus_names_add(struct corpus_names *names, const char *name, mode_t type, uint64_t ino)
{
	size_t size = strlen(name) + 1;
	char *copy = size <= NAMES_BLOCK_BYTES ? names_room(names, size) : NULL;
	struct corpus_name *added = copy ? vec_add(&names->names) : NULL;
	if (!added)
		return -ENOMEM;
	*added = (struct corpus_name){.name = memcpy(copy, name, size), .type = type, .ino = ino};
	return 0;
}

void corpus_names_free(struct corpus_names *names)
{
	for (struct corpus_names_block *block = names->blocks, *next; block; block = next) {
		next = block->next;
		free(block);
	}
	vec_free(&names->names);
	*names = (struct corpus_names){0};
}

/* ---- files ---- */

struct corpus_file {
	struct parts_file whole, other; /* the other one only where damage takes bytes of it */
	struct wound wound;
};

static int open_whole(const struct corpus *corpus, const char *path, struct corpus_file *file)
{
	const struct patch *patch = file->wound.patch;
	int rc = parts_file_open(corpus, path, file->wound.size, &file->whole);
	return rc || !patch || !patch->other ? rc : parts_file_open(corpus, patch->other, UINT64_MAX, &file->other);
}

int corpus_file_open(const struct corpus *corpus, const char *path, struct corpus_file **out)
{
	struct corpus_stat whole;
	struct corpus_file *file = calloc(1, sizeof *file);
	if (!file)
		return -ENOMEM;
	int rc = corpus->damage.rules.count ? find(corpus, path, &whole, &file->wound) : check_path(corpus, path);
	if (!rc)
		rc = open_whole(corpus, path, file);
	if (rc)
		corpus_file_close(file);
	else
		*out = file;
	return rc;
}

void corpus_file_close(struct corpus_file *file)
{
	if (!file)
		return;
	parts_file_close(&file->whole);
	parts_file_close(&file->other);
	damage_wound_end(&file->wound);
	free(file);
}

int corpus_file_fd(const struct corpus_file *file)
{
	const struct source *source = file->whole.source;
	return source->file_fd ? source->file_fd(file->whole.file) : -1;
}

bool corpus_file_is_damaged(const struct corpus_file *file)
{
	const struct source *source = file->whole.source;
	return file->wound.rule || (source->file_is_damaged && source->file_is_damaged(file->whole.file));
}

static ssize_t read_damaged(struct corpus_file *file, void *bytes, size_t length, uint64_t offset)
{
	uint64_t size = damage_size(&file->wound);
	if (offset >= size)
		return 0;
	if (length > size - offset)
		length = (size_t)(size - offset);
	ssize_t got = damage_replaces(&file->wound) ? (ssize_t)length : reader_read(&file->whole.reader, bytes, length, offset);
	if (got > 0)
		damage_alter(&file->wound, bytes, offset, (size_t)got);
	return got;
}

ssize_t corpus_file_read(struct corpus_file *file, void *bytes, size_t length, uint64_t offset)
{
	const struct patch *patch = file->wound.patch;
	if (patch)
		return patch_read(patch, &file->whole.reader, &file->other.reader, bytes, length, offset);
	return file->wound.rule ? read_damaged(file, bytes, length, offset) : reader_read(&file->whole.reader, bytes, length, offset);
}
