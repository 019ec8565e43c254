/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads source texts and spec files, which may stand on each other. */
#include "corpora/spec.h"

#include "base/places.h"
#include "base/scope.h"
#include "corpora/parts.h"
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
	unsigned *layers; /* how many there are by now */
};

static int read_source(const char *text, struct context where, struct spec *spec, struct err *err);

/* ---- parameters ---- */

static int read_nothing(struct yaml_at at, void *into, struct err *err)
{
	(void)at, (void)into, (void)err;
	return 0;
}

static const struct yaml_field file_fields[] = {
	{"version", yaml_version1, 0, true},
	YAML_FIELD(struct spec, "title", title, yaml_line),
};

/* Of a spec and of a layer. The first two were read before anything else, because they say which parameters there are. */
static const struct yaml_field base_fields[] = {
	{"source", read_nothing, 0, false},
	{"layers", read_nothing, 0, false},
	YAML_FIELD(struct spec, "variants", variants, variants_yaml),
};
static const struct yaml_field files_field = {"files", read_nothing, 0, false}; /* elsewhere a parameter may have this name */

static int read_seed(struct yaml_at at, void *into, struct err *err)
{
	struct spec *spec = into;
	spec->seeded = true;
	return yaml_number(at, &spec->seed, err);
}

static void forget_damage(struct spec *spec)
{
	damage_fini(&spec->damage);
	spec->damage.none = true;
	for (size_t i = 0; i < spec->layers.count; i++)
		forget_damage(&spec->layers.at[i]);
}

/* A list comes on top of what the layers have; "none" leaves them whole. */
static int read_damage(struct yaml_at at, void *into, struct err *err)
{
	struct spec *spec = into;
	int rc = damage_yaml(at, &spec->damage, err);
	if (!rc && at.node->type == YAML_SCALAR)
		forget_damage(spec);
	return rc;
}

static const struct yaml_field common_fields[] = {
	{"seed", read_seed, 0, false},
	{"damage", read_damage, 0, false},
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
	static const char *const names[] = {
		[SPEC_TREE] = "tree", [SPEC_PACK] = "pack", [SPEC_FILES] = "spec of files", [SPEC_LAYERS] = "spec of layers"};
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

/* ---- layers ---- */

static int check_parameters(const struct spec *spec, struct err *err)
{
	const struct generator *generator = spec->synth.generator;
	return generator && generator->check ? generator->check(&spec->synth, err) : 0;
}

static int read_at(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	char **slot = into;
	if (!text)
		return -EINVAL;
	if (!parts_path_is_good(text) || strlen(text) >= PATH_MAX / 2)
		return yaml_error(at, err, "a layer lies 'at' a directory below the root: names with '/' between them, no '..'");
	if (strcmp(text, ".") == 0)
		return 0;
	free(*slot);
	*slot = strdup(text);
	return *slot ? 0 : err_set(err, ENOMEM, "out of memory");
}

static const struct yaml_field layer_fields[] = {YAML_FIELD(struct spec, "at", at, read_at)};

static int read_mapping(struct yaml_at map, const struct yaml_field *own, size_t own_count, struct context here, struct spec *spec,
			struct err *err);

static int read_layer(struct yaml_at item, struct context here, struct spec *layer, struct err *err)
{
	*layer = (struct spec){.seed = SEED_USUAL};
	if (item.node->type != YAML_MAP)
		return yaml_error(item, err, "a layer is a mapping: {source: TEXT, at: DIR}");
	int rc = read_mapping(item, layer_fields, COUNT_OF(layer_fields), here, layer, err);
	return rc ? rc : check_parameters(layer, err);
}

static int read_layers(struct yaml_at list, struct context where, struct spec *spec, struct err *err)
{
	const struct context here = {.file = where.file, .depth = where.depth + 1, .layers = where.layers};
	if (list.node->type != YAML_LIST || !list.node->count)
		return yaml_error(list, err, "'layers' takes a list of {source: TEXT, at: DIR}, the lowest first");
	if (here.depth > CHAIN_MAX)
		return yaml_error(list, err, "more than %d specs and layers stand on each other", CHAIN_MAX);
	int rc = 0;
	for (size_t i = 0; !rc && i < list.node->count; i++) {
		struct yaml_at item = {list.doc, list.node->items[i]};
		if (++*here.layers > SPEC_LAYERS_MAX)
			return yaml_error(item, err, "more than %d layers", SPEC_LAYERS_MAX);
		struct spec *layer = vec_add(&spec->layers);
		rc = layer ? read_layer(item, here, layer, err) : err_set(err, ENOMEM, "out of memory");
	}
	return rc;
}

/* A seed goes to those who have none of their own. */
static void hand_down_seed(struct spec *spec)
{
	for (size_t i = 0; i < spec->layers.count; i++) {
		struct spec *layer = &spec->layers.at[i];
		if (!layer->seeded)
			layer->seed = spec->seed;
		hand_down_seed(layer);
	}
}

/* What a mapping is made of: a source, layers or files. */
static int read_base(struct yaml_at map, struct context here, struct spec *spec, struct err *err)
{
	const struct yaml_at source = yaml_get(map, "source"), layers = yaml_get(map, "layers"), files = yaml_get(map, "files");
	if (layers.node && (source.node || files.node))
		return yaml_error(layers, err, "beside 'layers' stands no '%s': make it a layer", source.node ? "source" : "files");
	if (source.node) {
		const char *text = yaml_scalar(source, err);
		return text ? read_source(text, here, spec, err) : -EINVAL;
	}
	spec->from = layers.node ? SPEC_LAYERS : SPEC_FILES;
	if (layers.node)
		return read_layers(layers, here, spec, err);
	if (files.node)
		return files_yaml(files, &spec->files, err);
	return yaml_error(map, err,
			  "the spec has no 'source' (stack, tone, landmarks, another profile, tree:DIR or pack:FILE), "
			  "nor 'layers' or 'files'");
}

/* A mapping whose keys are these, those of its base and the parameters. */
static int read_mapping(struct yaml_at map, const struct yaml_field *own, size_t own_count, struct context here, struct spec *spec,
			struct err *err)
{
	struct keys keys = {0};
	int rc = read_base(map, here, spec, err);
	if (rc)
		return rc;
	free(take_ptr(&spec->title)); /* the source's own */
	keys_add(&keys, own, own_count, 0);
	keys_add(&keys, base_fields, COUNT_OF(base_fields), 0);
	if (spec->from == SPEC_FILES)
		keys_add(&keys, &files_field, 1, 0);
	keys_add_parameters(&keys, spec);
	return yaml_fields(map, kind_of(spec), keys.at, keys.count, spec, err);
}

static int read_root(struct yaml_at root, struct context here, struct spec *spec, struct err *err)
{
	if (root.node->type != YAML_MAP)
		return yaml_error(root, err, "a spec must be a mapping (key: value)");
	return read_mapping(root, file_fields, COUNT_OF(file_fields), here, spec, err);
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
	const struct context here = {.file = file, .depth = where.depth + 1, .layers = where.layers};
	return rc ? rc : read_root(yaml_root(doc), here, spec, err);
}

/* A spec that stands in the source text itself. */
static int read_inline(const char *text, struct context where, struct spec *spec, struct err *err)
{
	SCOPED(yaml_scope) struct yaml *doc = NULL;
	if (where.depth == CHAIN_MAX)
		return err_set(err, ELOOP, "spec: more than %d specs stand on each other", CHAIN_MAX);
	int rc = yaml_parse("spec", text, strlen(text), &doc, err);
	const struct context here = {.file = where.file, .depth = where.depth + 1, .layers = where.layers};
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
	if (strncmp(text, SPEC_INLINE, strlen(SPEC_INLINE)) == 0)
		return read_inline(text + strlen(SPEC_INLINE), where, spec, err);
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
	unsigned layers = 0;
	*out = (struct spec){.seed = SEED_USUAL};
	int rc = read_source(source, (struct context){.layers = &layers}, out, err);
	rc = rc ? rc : check_parameters(out, err);
	hand_down_seed(out);
	if (rc)
		spec_fini(out);
	return rc;
}

void spec_fini(struct spec *spec)
{
	for (size_t i = 0; i < spec->layers.count; i++)
		spec_fini(&spec->layers.at[i]);
	vec_free(&spec->layers);
	damage_fini(&spec->damage);
	variants_fini(&spec->variants);
	files_free(spec->files);
	free(spec->title);
	free(spec->path);
	free(spec->at);
	*spec = (struct spec){0};
}

bool spec_is_damaged(const struct spec *spec)
{
	bool damaged = spec->damage.rules.count || (spec->variants.of && !spec->damage.none);
	for (size_t i = 0; !damaged && i < spec->layers.count; i++)
		damaged = spec_is_damaged(&spec->layers.at[i]);
	return damaged;
}
