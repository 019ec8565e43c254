/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads source texts and spec files, which may stand on each other. */
#include "corpora/spec.h"

#include "base/places.h"
#include "base/scope.h"
#include "corpora/words.h"

#include <string.h>
#include <sys/stat.h>

#define SEED_USUAL 1

/* Specs that stand on each other, at most: more is a circle. */
#define CHAIN_MAX 8

/* Where a source text is written. */
struct context {
	const char *file; /* the spec file it stands in; NULL: given by the user */
	int depth;
};

static int read_source(const char *text, struct context where, struct spec *spec, struct err *err);

/* ---- parameters ---- */

static int read_nothing(struct yaml_at at, void *into, struct err *err)
{
	(void)into;
	return yaml_scalar(at, err) ? 0 : -EINVAL;
}

static const struct yaml_field file_fields[] = {
	{"version", yaml_version1, 0, true},
	YAML_FIELD(struct spec, "title", title, yaml_line),
	YAML_FIELD(struct spec, "variants", variants, variants_yaml),
	{"source", read_nothing, 0, true}, /* was read before anything else: it says which parameters there are */
};

static const struct yaml_field common_fields[] = {
	YAML_FIELD(struct spec, "seed", seed, yaml_number),
	YAML_FIELD(struct spec, "damage", damage, damage_yaml),
};

/* All keys that one mapping may have. */
struct keys {
	struct yaml_field at[32];
	size_t count;
};

static void keys_add(struct keys *keys, const struct yaml_field *fields, size_t count, size_t offset)
{
	for (size_t i = 0; i < count && keys->count < COUNT_OF(keys->at); i++) {
		keys->at[keys->count] = fields[i];
		keys->at[keys->count++].offset += offset;
	}
}

static void keys_add_parameters(struct keys *keys, const struct spec *spec)
{
	const struct generator *generator = spec->synth.generator;
	keys_add(keys, common_fields, COUNT_OF(common_fields), 0);
	if (generator)
		keys_add(keys, generator->fields, generator->fields_count, offsetof(struct spec, synth));
}

/* What the mapping is called in messages. */
static const char *kind_of(const struct spec *spec)
{
	static const char *const names[] = {[SPEC_TREE] = "tree", [SPEC_PACK] = "pack"};
	return spec->synth.generator ? spec->synth.generator->name : names[spec->from];
}

static int read_words(const char *words, struct spec *spec, struct err *err)
{
	SCOPED(yaml_scope) struct yaml *doc = NULL;
	struct keys keys = {0};
	keys_add_parameters(&keys, spec);
	int rc = words_parse("parameters", words, &doc, err);
	return rc ? rc : yaml_fields(yaml_root(doc), kind_of(spec), keys.at, keys.count, spec, err);
}

/* ---- spec files ---- */

/* A path as written in a spec file, relative to that file. Caller frees. NULL when memory is out. */
static char *path_beside(const char *file, const char *path)
{
	const char *slash = file ? strrchr(file, '/') : NULL;
	char *joined;
	if (path[0] == '/' || !slash)
		return strdup(path);
	return asprintf(&joined, "%.*s/%s", (int)(slash - file), file, path) < 0 ? NULL : joined;
}

/* The file of a profile: ours by name, the user's by path. */
static int profile_file(const char *name, struct context where, char **file, struct err *err)
{
	SCOPED_FREE char *there = path_beside(places_is_path(name, strlen(name)) ? where.file : NULL, name);
	struct stat st;
	if (!there)
		return err_set(err, ENOMEM, "out of memory");
	if (stat(there, &st) == 0 && S_ISDIR(st.st_mode) && places_is_path(name, strlen(name)))
		return err_set(err, EISDIR, "%s: cannot be read: Is a directory (for what it holds: tree:%s)", there, there);
	int rc = places_find(PLACE_SPECS, there, file, err);
	if (rc && !places_is_path(name, strlen(name)) && stat(name, &st) == 0)
		return err_set(err, ENOENT, "unknown corpus profile '%s' (for what stands here: %s:%s)", name,
			       S_ISDIR(st.st_mode) ? "tree" : "pack", name);
	return rc;
}

static int read_root(struct yaml_at root, struct context here, struct spec *spec, struct err *err)
{
	if (root.node->type != YAML_MAP)
		return yaml_error(root, err, "a spec must be a mapping (key: value)");
	struct yaml_at source = yaml_get(root, "source");
	const char *text = source.node ? yaml_scalar(source, err) : NULL;
	if (!source.node)
		return yaml_error(root, err, "the spec has no 'source' (stack, tone, another profile, tree:DIR or pack:FILE)");
	int rc = text ? read_source(text, here, spec, err) : -EINVAL;
	if (rc)
		return rc;
	free(take_ptr(&spec->title)); /* the source's own */
	struct keys keys = {0};
	keys_add(&keys, file_fields, COUNT_OF(file_fields), 0);
	keys_add_parameters(&keys, spec);
	return yaml_fields(root, kind_of(spec), keys.at, keys.count, spec, err);
}

static int read_profile(const char *name, struct context where, struct spec *spec, struct err *err)
{
	SCOPED_FREE char *file = NULL;
	SCOPED(yaml_scope) struct yaml *doc = NULL;
	if (where.depth == CHAIN_MAX)
		return err_set(err, ELOOP, "%s: more than %d specs stand on each other (a circle?)", where.file, CHAIN_MAX);
	int rc = profile_file(name, where, &file, err);
	if (!rc)
		rc = yaml_load(file, &doc, err);
	const struct context here = {.file = file, .depth = where.depth + 1};
	return rc ? rc : read_root(yaml_root(doc), here, spec, err);
}

/* ---- source texts ---- */

static const struct {
	const char *head;
	enum spec_from from;
} places[] = {{"tree:", SPEC_TREE}, {"pack:", SPEC_PACK}};

/* A generator or a profile, by its name. */
static int read_name(const char *name, struct context where, struct spec *spec, struct err *err)
{
	const struct generator *generator = synth_generator(name);
	if (!name[0])
		return err_set(err, EINVAL, "no corpus is named (a profile, tree:DIR or pack:FILE)");
	if (!generator)
		return read_profile(name, where, spec, err);
	spec->from = SPEC_SYNTH;
	spec->synth = generator->usual;
	return 0;
}

/* The name and, behind the first colon of its last component, parameters. */
static int read_named(const char *text, struct context where, struct spec *spec, struct err *err)
{
	const char *slash = strrchr(text, '/');
	const char *colon = strchr(slash ? slash : text, ':');
	SCOPED_FREE char *name = colon ? strndup(text, (size_t)(colon - text)) : strdup(text);
	if (!name)
		return err_set(err, ENOMEM, "out of memory");
	int rc = read_name(name, where, spec, err);
	if (!rc && colon)
		rc = read_words(colon + 1, spec, err);
	return rc;
}

static int read_source(const char *text, struct context where, struct spec *spec, struct err *err)
{
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		size_t length = strlen(places[i].head);
		if (strncmp(text, places[i].head, length) != 0)
			continue;
		if (!text[length])
			return err_set(err, EINVAL, "'%s' needs a path behind the colon", text);
		spec->from = places[i].from;
		spec->path = path_beside(where.file, text + length);
		return spec->path ? 0 : err_set(err, ENOMEM, "out of memory");
	}
	return read_named(text, where, spec, err);
}

int spec_read(const char *source, struct spec *out, struct err *err)
{
	*out = (struct spec){.seed = SEED_USUAL};
	int rc = read_source(source, (struct context){0}, out, err);
	const struct generator *generator = out->synth.generator;
	if (!rc && generator && generator->check)
		rc = generator->check(&out->synth, err);
	if (rc)
		spec_fini(out);
	return rc;
}

void spec_fini(struct spec *spec)
{
	damage_fini(&spec->damage);
	variants_fini(&spec->variants);
	free(spec->title);
	free(spec->path);
	*spec = (struct spec){0};
}
