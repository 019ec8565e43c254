/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What is damaged inside layers, as far as it is to be seen. */
#include "corpora/layers_parts.h"
#include "corpora/parts.h"

/* What is wrong with a path, and in which layer. What was removed counts where nothing has taken its place. */
static const char *truth_in(const struct layers *layers, const char *path, const struct layer **which)
{
	const char *removed = NULL;
	for (size_t i = layers->layers.count; i-- > 0;) {
		const struct layer *layer = &layers->layers.at[i];
		struct corpus_stat st;
		const char *rest;
		enum lie lie = layers_lie(layer, path, &rest);
		if (lie == ABOVE)
			return NULL;
		int rc = lie == INSIDE ? layers_reach(layer, rest, &st) : -ENOENT;
		if (rc == -ENOTDIR)
			break;
		const char *truth = lie == INSIDE ? corpus_truth(layer->corpus, rest) : NULL;
		if (rc != -ENOENT || (truth && !removed))
			*which = layer;
		if (rc != -ENOENT)
			return truth;
		removed = removed ? removed : truth;
	}
	return removed;
}

const char *layers_truth(const void *self, const char *path)
{
	const struct layer *which;
	return truth_in(self, path, &which);
}

int layers_class(const void *self, const char *path, enum truth_class *out)
{
	struct spot spot;
	int rc = layers_find(self, path, &spot);
	return rc || !spot.layer ? rc : parts_class(spot.layer->corpus, spot.path, out);
}

/* Add what is damaged in one layer, as far as it is to be seen. */
static int add_damaged(const struct layers *layers, const struct layer *layer, struct corpus_damaged *out)
{
	struct corpus_damaged own;
	int rc = corpus_damaged(layer->corpus, &own);
	for (size_t i = 0; !rc && i < own.files.count; i++) {
		const struct layer *which = NULL;
		char path[PATH_MAX];
		if (!parts_join(path, layer->at, own.files.at[i].path) || !truth_in(layers, path, &which) || which != layer)
			continue;
		struct corpus_damaged_file *file = vec_add(&out->files);
		if (!file || !(file->path = strdup(path)))
			rc = -ENOMEM;
		else
			file->damage = own.files.at[i].damage;
	}
	corpus_damaged_free(&own);
	return rc;
}

int layers_damaged(const void *self, struct corpus_damaged *out)
{
	const struct layers *layers = self;
	int rc = 0;
	for (size_t i = 0; !rc && i < layers->layers.count; i++)
		rc = add_damaged(layers, &layers->layers.at[i], out);
	return rc;
}
