/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The directory of all variants of one file. */
#include "corpora/variants.h"

#include "base/draw.h"
#include "base/least.h"
#include "base/scope.h"
#include "corpora/damage_kinds.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the spec ---- */

static int read_each(struct yaml_at at, void *into, struct err *err)
{
	static const char *const words[] = {
		[VARIANTS_TRUNCATE] = "truncate", [VARIANTS_FLIP] = "flip", [VARIANTS_BREAK] = "break"};
	const char *text = yaml_scalar(at, err);
	for (size_t i = 0; text && i < COUNT_OF(words); i++)
		if (strcmp(text, words[i]) == 0) {
			*(enum variants_each *)into = (enum variants_each)i;
			return 0;
		}
	return text ? yaml_error(at, err, "'each' is truncate, flip or break") : -EINVAL;
}

static const struct yaml_field fields[] = {
	YAML_REQUIRED(struct variants_spec, "of", of, yaml_text),
	YAML_REQUIRED(struct variants_spec, "each", each, read_each),
	YAML_FIELD(struct variants_spec, "in", in, yaml_byte_range),
	YAML_FIELD(struct variants_spec, "step", step, yaml_size),
};

int variants_yaml(struct yaml_at at, void *into, struct err *err)
{
	struct variants_spec *spec = into;
	variants_fini(spec);
	spec->in = (struct range){0, UINT64_MAX};
	spec->step = 1;
	int rc = yaml_fields(at, "'variants'", fields, COUNT_OF(fields), spec, err);
	if (!rc && !spec->step)
		return yaml_error(at, err, "'step' must be 1 at least");
	return rc;
}

void variants_fini(struct variants_spec *spec)
{
	free(spec->of);
	*spec = (struct variants_spec){0};
}

/* ---- names ---- */

#define DIGITS 7
#define ROOT_INO 1

struct variants {
	const struct source *source;
	void *self; /* the source's */
	char *of;
	char stem[NAME_MAX - 40]; /* "slice_0000-" */
	const char *suffix;	 /* ".png", in `of` */
	uint64_t first, count, step;
	const struct lesion *lesions[128]; /* those that strike it; of VARIANTS_BREAK, `count` of them */
	bool broken;
};

static void name_of(const struct variants *v, uint64_t index, char name[NAME_MAX + 1])
{
	if (v->broken)
		snprintf(name, NAME_MAX + 1, "%s%s%s", v->stem, v->lesions[index]->name, v->suffix);
	else
		snprintf(name, NAME_MAX + 1, "%s%0*" PRIu64 "%s", v->stem, DIGITS, v->first + index * v->step, v->suffix);
}

static uint64_t guess_index(const struct variants *v, const char *rest)
{
	size_t length = strcspn(rest, ".");
	for (uint64_t i = 0; v->broken && i < v->count; i++)
		if (strncmp(v->lesions[i]->name, rest, length) == 0 && !v->lesions[i]->name[length])
			return i;
	uint64_t number = v->broken ? UINT64_MAX : strtoull(rest, NULL, 10);
	return number < v->first || v->broken ? UINT64_MAX : (number - v->first) / v->step;
}

/* Which variant has this name? 0 or -ENOENT. */
static int index_of(const struct variants *v, const char *name, uint64_t *index)
{
	char same[NAME_MAX + 1];
	size_t stem = strlen(v->stem);
	if (strncmp(name, v->stem, stem) != 0)
		return -ENOENT;
	*index = guess_index(v, name + stem);
	if (*index >= v->count)
		return -ENOENT;
	name_of(v, *index, same);
	return strcmp(same, name) == 0 ? 0 : -ENOENT;
}

/* ---- the source ---- */

static void close_variants(void *self)
{
	struct variants *v = self;
	v->source->close(v->self);
	free(v->of);
	free(v);
}

static void explain(const void *self, struct buf *out)
{
	const struct variants *v = self;
	buf_printf(out, "%" PRIu64 " variant%s of %s of ", v->count, v->count == 1 ? "" : "s", v->of);
	v->source->explain(v->self, out);
}

static int stat_variant(const void *self, const char *path, struct corpus_stat *out)
{
	const struct variants *v = self;
	uint64_t index;
	*out = (struct corpus_stat){.mode = S_IFDIR | 0755, .mtime = SOURCE_MTIME, .ino = ROOT_INO};
	if (strcmp(path, ".") == 0)
		return 0;
	int rc = index_of(v, path, &index);
	if (!rc)
		rc = v->source->stat(v->self, v->of, out);
	out->ino = ROOT_INO + 1 + index;
	return rc;
}

static int each(const void *self, const char *path, source_visit *visit, void *into)
{
	const struct variants *v = self;
	char name[NAME_MAX + 1];
	uint64_t index;
	if (strcmp(path, ".") != 0)
		return index_of(v, path, &index) ? -ENOENT : -ENOTDIR;
	int rc = 0;
	for (uint64_t i = 0; !rc && i < v->count; i++) {
		name_of(v, i, name);
		rc = visit(into, name, S_IFREG, ROOT_INO + 1 + i);
	}
	return rc;
}

static void tell(const void *self, const char *path, struct jsonw *to)
{
	const struct variants *v = self;
	(void)path;
	jsonw_key(to, "variant_of"), jsonw_text(to, v->of);
	if (v->source->tell)
		v->source->tell(v->self, v->of, to);
}

static const char *place(const void *self, size_t index)
{
	const struct variants *v = self;
	return v->source->place ? v->source->place(v->self, index) : NULL;
}

struct variant_file {
	const struct source *source;
	void *file;
};

static int open_file(const void *self, const char *path, void **out)
{
	const struct variants *v = self;
	uint64_t index;
	if (strcmp(path, ".") == 0)
		return -EISDIR;
	int rc = index_of(v, path, &index);
	SCOPED_FREE struct variant_file *file = rc ? NULL : malloc(sizeof *file);
	if (!file)
		return rc ? rc : -ENOMEM;
	file->source = v->source;
	rc = v->source->file_open(v->self, v->of, &file->file);
	if (!rc)
		*out = take_ptr(&file);
	return rc;
}

static void close_file(void *self)
{
	struct variant_file *file = self;
	file->source->file_close(file->file);
	free(file);
}

static ssize_t read_file(void *self, void *bytes, size_t length, uint64_t offset)
{
	struct variant_file *file = self;
	return file->source->file_read(file->file, bytes, length, offset);
}

const struct source variants_source = {
	.close = close_variants,
	.explain = explain,
	.stat = stat_variant,
	.each = each,
	.tell = tell,
	.place = place,
	.file_open = open_file,
	.file_close = close_file,
	.file_read = read_file,
};

/* ---- opening ---- */

struct opened {
	const struct variants *v;
	void *file;
};

static ssize_t read_opened(void *of, void *bytes, size_t length, uint64_t offset)
{
	const struct opened *from = of;
	return from->v->source->file_read(from->file, bytes, length, offset);
}

/* Keep the lesions that strike the file. */
static int find_lesions(struct variants *v, uint64_t size)
{
	struct opened from = {.v = v};
	const struct reader in = {read_opened, &from, size};
	const struct lesion *lesion;
	SCOPED(anatomy_fini) struct anatomy anatomy = {0};
	int rc = v->source->file_open(v->self, v->of, &from.file);
	if (rc)
		return rc;
	rc = anatomy_read(&in, &anatomy);
	for (size_t i = 0; (rc == 0 || rc == -ENOENT) && (lesion = lesion_at(i)) && v->count < COUNT_OF(v->lesions); i++) {
		const struct damage_rule rule = {.kind = &damage_kind_break, .lesion = lesion};
		if (lesion->medium != anatomy.medium)
			continue;
		struct wound wound = damage_wound(&rule, 0, v->of, size);
		rc = damage_operate(&wound, &in, 0);
		if (!rc)
			v->lesions[v->count++] = lesion;
		damage_wound_end(&wound);
	}
	v->source->file_close(from.file);
	return rc == -ENOENT ? 0 : rc;
}

static int count_variants(struct variants *v, const struct variants_spec *spec, uint64_t size)
{
	const uint64_t last = spec->each == VARIANTS_TRUNCATE ? size : min_of(spec->in.end, size);
	const uint64_t end = min_of(spec->in.end, last), unit = spec->each == VARIANTS_FLIP ? 8 : 1;
	v->broken = spec->each == VARIANTS_BREAK;
	v->step = spec->step;
	v->first = spec->in.first * unit;
	if (v->broken)
		return find_lesions(v, size);
	if (spec->in.first < end && size <= UINT64_C(1) << 60)
		v->count = (end * unit - v->first - 1) / v->step + 1;
	return 0;
}

/* What is wrong with all of them, each in its own place. */
static int add_rule(const struct variants *v, enum variants_each each, struct damage *damage, struct err *err)
{
	static const struct damage_kind *const kinds[] = {[VARIANTS_TRUNCATE] = &damage_each_truncate,
							  [VARIANTS_FLIP] = &damage_each_flip, [VARIANTS_BREAK] = &damage_each_break};
	struct damage_rule *rule = vec_add(&damage->rules);
	if (!rule)
		return err_set(err, ENOMEM, "out of memory");
	/* The last entry that matches counts: those of the spec go before. */
	memmove(&damage->rules.at[1], &damage->rules.at[0], (damage->rules.count - 1) * sizeof *rule);
	rule = &damage->rules.at[0];
	*rule = (struct damage_rule){.kind = kinds[each], .text = strdup(v->stem)};
	return rule->text ? glob_compile("*", &rule->path, err) : err_set(err, ENOMEM, "out of memory");
}

static int prepare(struct variants *v, const struct variants_spec *spec, struct err *err)
{
	struct corpus_stat st;
	const char *slash = strrchr(spec->of, '/'), *name = slash ? slash + 1 : spec->of, *dot = strrchr(name, '.');
	v->of = strdup(spec->of);
	if (!v->of)
		return err_set(err, ENOMEM, "out of memory");
	size_t stem = dot ? (size_t)(dot - name) : strlen(name);
	v->suffix = v->of + (name - spec->of) + stem;
	if (stem >= sizeof v->stem - 1 || strlen(v->suffix) > 20)
		return err_set(err, EINVAL, "the name of '%s' is too long for variants of it", spec->of);
	snprintf(v->stem, sizeof v->stem, "%.*s-", (int)stem, name);
	int rc = v->source->stat(v->self, v->of, &st);
	if (rc || !S_ISREG(st.mode))
		return err_set(err, EINVAL, "variants: the source has no file '%s'", spec->of);
	rc = count_variants(v, spec, st.size);
	if (rc)
		return err_set(err, -rc, "variants: '%s' cannot be read: %s", spec->of, strerror(-rc));
	if (!v->count || v->count > VARIANTS_MAX)
		return err_set(err, EINVAL, "variants: '%s' has %s", spec->of,
			       v->count	   ? "more than 10,000,000 (give another 'in' or 'step')"
			       : v->broken ? "no structure that could be broken (PNG, WAV, FLAC, TIFF and BMP have some)"
					   : "none (give another 'in')");
	return 0;
}

int variants_open(const struct source *source, void *self, const struct variants_spec *spec, struct damage *damage, void **out,
		  struct err *err)
{
	struct variants *v = calloc(1, sizeof *v);
	if (!v) {
		source->close(self);
		return err_set(err, ENOMEM, "out of memory");
	}
	v->source = source;
	v->self = self;
	int rc = prepare(v, spec, err);
	if (!rc && !damage->none)
		rc = add_rule(v, spec->each, damage, err);
	if (rc)
		close_variants(v);
	else
		*out = v;
	return rc;
}
