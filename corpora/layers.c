/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Several corpora as one source: merges their directories, and hands on what else is asked. */
#include "corpora/layers.h"

#include "base/scope.h"
#include "corpora/layers_parts.h"
#include "corpora/parts.h"

static void close_layers(void *self)
{
	struct layers *layers = self;
	for (size_t i = 0; i < layers->layers.count; i++) {
		corpus_close(layers->layers.at[i].corpus);
		free(layers->layers.at[i].at);
	}
	vec_free(&layers->layers);
	free(layers);
}

static int add_layer(struct layers *layers, struct spec *spec, struct err *err)
{
	char name[32];
	struct layer *layer = vec_add(&layers->layers);
	if (!layer || !(layer->at = strdup(spec->at ? spec->at : ".")))
		return err_set(err, ENOMEM, "out of memory");
	snprintf(name, sizeof name, "layer %zu", layers->layers.count);
	return parts_open(name, spec, &layer->corpus, err);
}

int layers_open(struct spec *spec, void **out, struct err *err)
{
	struct layers *layers = calloc(1, sizeof *layers);
	int rc = layers ? 0 : err_set(err, ENOMEM, "out of memory");
	for (size_t i = 0; !rc && i < spec->layers.count; i++)
		rc = add_layer(layers, &spec->layers.at[i], err);
	if (rc && layers)
		close_layers(layers);
	else
		*out = layers;
	return rc;
}

/* ---- the title ---- */

#define EXPLAINED_MAX 3

static void explain(const void *self, struct buf *out)
{
	const struct layers *layers = self;
	size_t count = layers->layers.count;
	for (size_t i = 0; i < count && i < EXPLAINED_MAX; i++) {
		const struct layer *layer = &layers->layers.at[i];
		buf_text(out, i ? " + " : "");
		layer->corpus->source->explain(layer->corpus->self, out);
		if (strcmp(layer->at, ".") != 0)
			buf_printf(out, " in %s", layer->at);
	}
	if (count > EXPLAINED_MAX)
		buf_printf(out, " + %zu more layer%s", count - EXPLAINED_MAX, count - EXPLAINED_MAX == 1 ? "" : "s");
}

static int stat_path(const void *self, const char *path, struct corpus_stat *out)
{
	struct spot spot;
	int rc = layers_find(self, path, &spot);
	if (!rc)
		*out = spot.st;
	return rc;
}

/* ---- listing ---- */

struct merge {
	const struct layers *layers;
	size_t index; /* of the layer that is being listed */
	const char *path;
	source_visit *visit;
	void *into;
};

/* Has a layer above the one that is listed this path? An error there is no "no". */
static bool is_listed(const struct merge *m, const char *path)
{
	for (size_t i = m->layers->layers.count; i-- > m->index + 1;) {
		const struct layer *layer = &m->layers->layers.at[i];
		struct corpus_stat st;
		const char *rest;
		enum lie lie = layers_lie(layer, path, &rest);
		if (lie == ABOVE || (lie == INSIDE && layers_reach(layer, rest, &st) != -ENOENT))
			return true;
	}
	return false;
}

static int merge_name(void *self, const char *name, mode_t type, uint64_t ino)
{
	const struct merge *m = self;
	char path[PATH_MAX];
	if (!parts_join(path, m->path, name) || is_listed(m, path))
		return 0;
	return m->visit(m->into, name, type, ino ? layers_number(m->layers, m->index, ino) : 0);
}

/* The next directory on the way to the root of the layer. */
static int merge_above(const struct merge *m, const char *rest)
{
	char name[NAME_MAX + 1], path[PATH_MAX];
	struct spot spot;
	if (snprintf(name, sizeof name, "%.*s", (int)strcspn(rest, "/"), rest) > NAME_MAX || !parts_join(path, m->path, name))
		return -ENAMETOOLONG;
	if (is_listed(m, path))
		return 0;
	int rc = layers_find(m->layers, path, &spot);
	return rc ? rc : m->visit(m->into, name, S_IFDIR, spot.st.ino);
}

/* List one layer. 1: it has the directory; 0: it has not; -ENOTDIR: it hides those below. */
static int merge_layer(struct merge *m)
{
	const struct layer *layer = &m->layers->layers.at[m->index];
	struct corpus_stat st;
	const char *rest;
	enum lie lie = layers_lie(layer, m->path, &rest);
	if (lie == ASIDE)
		return 0;
	int rc = lie == ABOVE ? merge_above(m, rest) : layers_reach(layer, rest, &st);
	if (!rc && lie == INSIDE)
		rc = S_ISDIR(st.mode) ? parts_each(layer->corpus, rest, merge_name, m) : -ENOTDIR;
	return rc == -ENOENT ? 0 : rc ? rc : 1;
}

static int each(const void *self, const char *path, source_visit *visit, void *into)
{
	const struct layers *layers = self;
	struct spot spot;
	int rc = layers_find(layers, path, &spot);
	if (rc || !S_ISDIR(spot.st.mode))
		return rc ? rc : -ENOTDIR;
	for (size_t i = layers->layers.count; i-- > 0;) {
		struct merge merge = {layers, i, path, visit, into};
		rc = merge_layer(&merge);
		if (rc < 0)
			return rc == -ENOTDIR ? 0 : rc;
	}
	return 0;
}

/* ---- what the layer says ---- */

static int read_link(const void *self, const char *path, char *target, size_t size)
{
	struct spot spot;
	int rc = layers_find(self, path, &spot);
	if (rc)
		return rc;
	return spot.layer ? corpus_readlink(spot.layer->corpus, spot.path, target, size) : -EINVAL;
}

static ssize_t getxattr_of(const void *self, const char *path, const char *name, void *value, size_t size)
{
	struct spot spot;
	int rc = layers_find(self, path, &spot);
	if (rc)
		return rc;
	return spot.layer ? corpus_getxattr(spot.layer->corpus, spot.path, name, value, size) : -EOPNOTSUPP;
}

static ssize_t listxattr_of(const void *self, const char *path, char *list, size_t size)
{
	struct spot spot;
	int rc = layers_find(self, path, &spot);
	if (rc)
		return rc;
	return spot.layer ? corpus_listxattr(spot.layer->corpus, spot.path, list, size) : -EOPNOTSUPP;
}

static void tell(const void *self, const char *path, struct jsonw *to)
{
	struct spot spot;
	if (layers_find(self, path, &spot) == 0 && spot.layer)
		corpus_tell(spot.layer->corpus, spot.path, to);
}

static const char *place(const void *self, size_t index)
{
	const struct layers *layers = self;
	for (size_t i = 0; i < layers->layers.count; i++)
		for (size_t j = 0;; j++, index--) {
			const char *found = corpus_place(layers->layers.at[i].corpus, j);
			if (!found)
				break;
			if (!index)
				return found;
		}
	return NULL;
}

/* ---- files: those of the corpus that has them ---- */

static int open_file(const void *self, const char *path, void **out)
{
	struct spot spot;
	struct corpus_file *file;
	int rc = layers_find(self, path, &spot);
	if (!rc)
		rc = spot.layer ? corpus_file_open(spot.layer->corpus, spot.path, &file) : -EISDIR;
	if (!rc)
		*out = file;
	return rc;
}

static void close_file(void *file)
{
	corpus_file_close(file);
}

static int fd_of(const void *file)
{
	return corpus_file_fd(file);
}

static bool is_damaged(const void *file)
{
	return corpus_file_is_damaged(file);
}

static ssize_t read_file(void *file, void *bytes, size_t length, uint64_t offset)
{
	return corpus_file_read(file, bytes, length, offset);
}

const struct source layers_source = {
	.close = close_layers,
	.explain = explain,
	.stat = stat_path,
	.each = each,
	.readlink = read_link,
	.getxattr = getxattr_of,
	.listxattr = listxattr_of,
	.tell = tell,
	.truth = layers_truth,
	.class_of = layers_class,
	.damaged = layers_damaged,
	.file_is_damaged = is_damaged,
	.place = place,
	.file_open = open_file,
	.file_close = close_file,
	.file_fd = fd_of,
	.file_read = read_file,
};
