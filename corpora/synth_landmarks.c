/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The generator "landmarks": its parameters, and what is known of its files. */
#include "base/draw.h"
#include "base/scope.h"
#include "corpora/landmark_text.h"
#include "corpora/synth.h"
#include "corpora/within.h"

#include <stdio.h>
#include <string.h>

/* ---- parameters ---- */

static WITHIN(read_objects, uint32_t, 1, LANDMARK_OBJECTS_MAX)
static WITHIN(read_landmarks, uint32_t, 3, LANDMARKS_MAX)
static WITHIN(read_dimensions, uint32_t, 2, 3)
static WITHIN(read_groups, uint32_t, 1, LANDMARK_GROUPS_MAX)
static WITHIN(read_modes, uint32_t, 0, LANDMARKS_MODES_MAX)

static int read_share(struct yaml_at at, double most, void *into, struct err *err)
{
	double share;
	int rc = yaml_probability(at, &share, err);
	if (!rc && share > most)
		return yaml_error(at, err, "%s is out of range: from 0 to %g is possible", at.node->text, most);
	if (!rc)
		*(double *)into = share;
	return rc;
}

/* Larger ones are no small deviation any more: a superimposition would show others. */
static int read_variance(struct yaml_at at, void *into, struct err *err)
{
	return read_share(at, 0.01, into, err);
}

static int read_apart(struct yaml_at at, void *into, struct err *err)
{
	return read_share(at, 0.2, into, err);
}

static int read_missing(struct yaml_at at, void *into, struct err *err)
{
	return read_share(at, 0.5, into, err);
}

static int read_format(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err), *name;
	for (uint32_t i = 0; text && (name = landmark_format(i)); i++)
		if (strcmp(text, name) == 0) {
			*(uint32_t *)into = i;
			return 0;
		}
	return text ? yaml_error(at, err, "unknown format '%s' (tps, nts, x1y1 or morphologika)", text) : -EINVAL;
}

static const struct yaml_field fields[] = {
	SYNTH_FIELDS("files"),
	YAML_FIELD(struct synth_spec, "objects", landmarks.objects, read_objects),
	YAML_FIELD(struct synth_spec, "landmarks", landmarks.landmarks, read_landmarks),
	YAML_FIELD(struct synth_spec, "dimensions", landmarks.dimensions, read_dimensions),
	YAML_FIELD(struct synth_spec, "groups", landmarks.groups, read_groups),
	YAML_FIELD(struct synth_spec, "modes", landmarks.modes, read_modes),
	YAML_FIELD(struct synth_spec, "variance", landmarks.variance, read_variance),
	YAML_FIELD(struct synth_spec, "apart", landmarks.apart, read_apart),
	YAML_FIELD(struct synth_spec, "missing", landmarks.missing, read_missing),
	YAML_FIELD(struct synth_spec, "format", landmarks.format, read_format),
};

/* Nobody has said how many modes: three, or as many as there can be. */
#define MODES_OPEN UINT32_MAX
#define MODES_USUAL 3

static struct landmark_shape settled(const struct landmark_shape *given)
{
	struct landmark_shape shape = *given;
	uint32_t most = landmark_modes_max(given);
	if (shape.modes == MODES_OPEN)
		shape.modes = most < MODES_USUAL ? most : MODES_USUAL;
	return shape;
}

static int check(const struct synth_spec *spec, struct err *err)
{
	const struct landmark_shape settled_shape = settled(&spec->landmarks), *shape = &settled_shape;
	if (spec->count * shape->objects > LANDMARK_OBJECTS_MAX)
		return err_set(err, EINVAL, "%llu files of %u objects are more than %d objects", (unsigned long long)spec->count, shape->objects,
			       LANDMARK_OBJECTS_MAX);
	if (shape->modes > landmark_modes_max(shape))
		return err_set(err, EINVAL, "%u landmarks of %u dimensions in %u group%s have at most %u modes, not %u", shape->landmarks,
			       shape->dimensions, shape->groups, shape->groups == 1 ? "" : "s", landmark_modes_max(shape), shape->modes);
	return 0;
}

static void explain(const struct synth_spec *spec, struct buf *out)
{
	const struct landmark_shape *shape = &spec->landmarks;
	buf_printf(out, "%llu %s file%s of %u object%s with %u landmarks in %uD", (unsigned long long)spec->count, landmark_format(shape->format),
		   spec->count == 1 ? "" : "s", shape->objects, shape->objects == 1 ? "" : "s", shape->landmarks, shape->dimensions);
	if (shape->groups > 1)
		buf_printf(out, ", %u groups", shape->groups);
}

static const char *suffix(const struct synth_spec *spec)
{
	return landmark_suffix(spec->landmarks.format);
}

/* ---- the maker ---- */

struct maker {
	struct landmark_shape shape;
	uint64_t seed;
	struct landmark_text *text;
};

static void close_maker(void *self)
{
	struct maker *maker = self;
	landmark_text_close(maker->text);
	free(maker);
}

static int open_maker(const struct synth_spec *spec, uint64_t seed, void **out)
{
	SCOPED_FREE struct maker *maker = malloc(sizeof *maker);
	if (!maker)
		return -ENOMEM;
	maker->shape = settled(&spec->landmarks);
	maker->seed = seed;
	int rc = landmark_text_open(&maker->shape, seed, &maker->text);
	if (!rc)
		*out = take_ptr(&maker);
	return rc;
}

static int size(void *self, uint64_t index, uint64_t *bytes)
{
	(void)index;
	const struct maker *maker = self;
	*bytes = landmark_text_size(maker->text);
	return 0;
}

/* ---- what is known ---- */

static void tell_number(struct jsonw *to, const char *key, uint64_t number)
{
	jsonw_key(to, key);
	jsonw_uint(to, number);
}

/* Shapes of more coordinates than these are told by their digest alone. */
#define MEAN_TOLD_MAX 300

static void tell_mean(const struct maker *maker, struct jsonw *to)
{
	const double *mean = landmark_mean(landmark_text_space(maker->text));
	const uint32_t count = maker->shape.landmarks * maker->shape.dimensions;
	char digest[20];
	uint64_t hash = 0;
	for (uint32_t i = 0; i < count; i++) {
		const uint64_t words[2] = {hash, (uint64_t)(int64_t)(mean[i] * 1e9)};
		hash = draw_hash(words, sizeof words);
	}
	snprintf(digest, sizeof digest, "%016llx", (unsigned long long)hash);
	jsonw_key(to, "mean_digest");
	jsonw_text(to, digest);
	if (count > MEAN_TOLD_MAX)
		return;
	jsonw_key(to, "mean");
	jsonw_array(to);
	for (uint32_t i = 0; i < count; i++)
		jsonw_real(to, mean[i], 9);
	jsonw_close(to);
}

static void tell(void *self, uint64_t index, struct jsonw *to)
{
	const struct maker *maker = self;
	const struct landmark_shape *shape = &maker->shape;
	struct landmark_gaps gaps;
	landmark_gaps(shape, maker->seed, index, &gaps);
	jsonw_key(to, "format");
	jsonw_text(to, landmark_format(shape->format));
	tell_number(to, "objects", shape->objects);
	tell_number(to, "landmarks", shape->landmarks);
	tell_number(to, "dimensions", shape->dimensions);
	tell_number(to, "groups", shape->groups);
	tell_number(to, "missing", gaps.count);
	jsonw_key(to, "eigenvalues");
	jsonw_array(to);
	for (uint32_t m = 0; m < shape->modes; m++)
		jsonw_real(to, landmark_eigenvalue(shape, m), 12);
	jsonw_close(to);
	tell_mean(maker, to);
}

/* ---- files ---- */

static int open_file(void *self, uint64_t index, void **out)
{
	const struct maker *maker = self;
	struct landmark_file *file;
	int rc = landmark_file_open(maker->text, index, &file);
	if (!rc)
		*out = file;
	return rc;
}

static ssize_t read_file(void *file, void *bytes, size_t length, uint64_t offset)
{
	return landmark_file_read(file, bytes, length, offset);
}

const struct generator synth_landmarks = {
	.name = "landmarks",
	.usual = {
		.generator = &synth_landmarks,
		.count = 1, .digits = 3, .prefix = "landmarks_",
		.landmarks = {
			.objects = 100, .landmarks = 10, .dimensions = 2, .groups = 1, .modes = MODES_OPEN, .variance = 0.001, .apart = 0.05,
		},
	},
	.fields = fields,
	.fields_count = COUNT_OF(fields),
	.check = check,
	.explain = explain,
	.suffix = suffix,
	.size = size,
	.tell = tell,
	.open = open_maker,
	.close = close_maker,
	.file_open = open_file,
	.file_close = free,
	.file_read = read_file,
};
