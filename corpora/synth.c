/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The tree of a synthetic corpus: one directory of numbered files, by arithmetic. */
#include "corpora/synth.h"

#include "base/nearest.h"
#include "base/scope.h"
#include "corpora/within.h"

#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* ---- generators and their common parameters ---- */

static const struct generator *const generators[] = {&synth_stack, &synth_tone, &synth_landmarks};

const struct generator *synth_generator(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(generators); i++)
		if (strcmp(generators[i]->name, name) == 0)
			return generators[i];
	return NULL;
}

/* Numbers stay far from the end of 64 bits, and names far from the end of a file's name. */
#define FIRST_MAX UINT64_C(1000000000000)
#define DIGITS_MAX 20

WITHIN(synth_count, uint64_t, 1, SYNTH_FILES_MAX)
WITHIN(synth_first, uint64_t, 0, FIRST_MAX)
WITHIN(synth_digits, uint32_t, 1, DIGITS_MAX)

static int read_part(struct yaml_at at, const char *what, size_t most, char *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	if (strlen(text) > most || strchr(text, '/'))
		return yaml_error(at, err, "a %s has at most %zu characters, and no '/'", what, most);
	strcpy(into, text);
	return 0;
}

int synth_prefix(struct yaml_at at, void *into, struct err *err)
{
	return read_part(at, "prefix", SYNTH_PREFIX_MAX, into, err);
}

int synth_suffix(struct yaml_at at, void *into, struct err *err)
{
	return read_part(at, "suffix", SYNTH_SUFFIX_MAX, into, err);
}

/* ---- names ---- */

struct synth {
	struct synth_spec spec;
	void *maker;
};

#define ROOT_INO 1
#define FILE_INO 2 /* of the first file */

static uint64_t files_of(const struct synth_spec *spec)
{
	return spec->generator->files ? spec->generator->files(spec) : spec->count;
}

static void name_of(const struct synth_spec *spec, uint64_t index, char name[NAME_MAX + 1])
{
	snprintf(name, NAME_MAX + 1, "%s%0*" PRIu64 "%s", spec->prefix, (int)spec->digits, spec->first + index,
		 spec->suffix[0] ? spec->suffix : spec->generator->suffix(spec));
}

/* Which file has this name? Returns 0, or -ENOENT. */
static int index_of(const struct synth_spec *spec, const char *name, uint64_t *index)
{
	char same[NAME_MAX + 1];
	size_t prefix = strlen(spec->prefix);
	if (strncmp(name, spec->prefix, prefix) != 0 || !isdigit((unsigned char)name[prefix]))
		return -ENOENT;
	uint64_t number = strtoull(name + prefix, NULL, 10);
	if (number < spec->first || number - spec->first >= files_of(spec))
		return -ENOENT;
	*index = number - spec->first;
	name_of(spec, *index, same);
	return strcmp(same, name) == 0 ? 0 : -ENOENT;
}

static bool is_root(const char *path)
{
	return strcmp(path, ".") == 0;
}

/* ---- the source ---- */

static void synth_close(void *self)
{
	struct synth *synth = self;
	synth->spec.generator->close(synth->maker);
	free(synth);
}

int synth_open(const struct synth_spec *spec, uint64_t seed, void **out, struct err *err)
{
	SCOPED_FREE struct synth *synth = malloc(sizeof *synth);
	if (!synth || spec->generator->open(spec, seed, &synth->maker) < 0)
		return err_set(err, ENOMEM, "out of memory");
	synth->spec = *spec;
	*out = take_ptr(&synth);
	return 0;
}

static void synth_explain(const void *self, struct buf *out)
{
	const struct synth *synth = self;
	synth->spec.generator->explain(&synth->spec, out);
}

static int synth_stat(const void *self, const char *path, struct corpus_stat *out)
{
	const struct synth *synth = self;
	uint64_t index;
	*out = (struct corpus_stat){.mode = S_IFDIR | 0755, .mtime = SOURCE_MTIME, .ino = ROOT_INO};
	if (is_root(path))
		return 0;
	int rc = index_of(&synth->spec, path, &index);
	if (rc)
		return rc;
	out->mode = S_IFREG | 0644;
	out->ino = FILE_INO + index;
	return synth->spec.generator->size(synth->maker, index, &out->size);
}

static int synth_each(const void *self, const char *path, source_visit *visit, void *into)
{
	const struct synth *synth = self;
	char name[NAME_MAX + 1];
	uint64_t index;
	if (!is_root(path))
		return index_of(&synth->spec, path, &index) ? -ENOENT : -ENOTDIR;
	int rc = 0;
	const uint64_t files = files_of(&synth->spec);
	for (uint64_t i = 0; !rc && i < files; i++) {
		name_of(&synth->spec, i, name);
		rc = visit(into, name, S_IFREG, FILE_INO + i);
	}
	return rc;
}

static void synth_tell(const void *self, const char *path, struct jsonw *to)
{
	const struct synth *synth = self;
	const struct generator *generator = synth->spec.generator;
	uint64_t index;
	if (is_root(path) && generator->tell_all)
		generator->tell_all(synth->maker, to);
	else if (generator->tell && index_of(&synth->spec, path, &index) == 0)
		generator->tell(synth->maker, index, to);
}

struct synth_file {
	const struct generator *generator;
	void *file;
};

static int synth_file_open(const void *self, const char *path, void **out)
{
	const struct synth *synth = self;
	uint64_t index;
	if (is_root(path))
		return -EISDIR;
	int rc = index_of(&synth->spec, path, &index);
	if (rc)
		return rc;
	SCOPED_FREE struct synth_file *file = malloc(sizeof *file);
	if (!file)
		return -ENOMEM;
	file->generator = synth->spec.generator;
	rc = file->generator->file_open(synth->maker, index, &file->file);
	if (!rc)
		*out = take_ptr(&file);
	return rc;
}

static void synth_file_close(void *self)
{
	struct synth_file *file = self;
	file->generator->file_close(file->file);
	free(file);
}

static ssize_t synth_file_read(void *self, void *bytes, size_t length, uint64_t offset)
{
	struct synth_file *file = self;
	return file->generator->file_read(file->file, bytes, length, offset);
}

const struct source synth_source = {
	.close = synth_close,
	.explain = synth_explain,
	.stat = synth_stat,
	.each = synth_each,
	.tell = synth_tell,
	.file_open = synth_file_open,
	.file_close = synth_file_close,
	.file_read = synth_file_read,
};
