/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What layers.c, layers_find.c and layers_truth.c have in common: the layers, and where a path lies among them. For them only. */
#pragma once

#include "base/attr.h"
#include "base/vec.h"
#include "corpora/source.h"

struct layer {
	struct corpus *corpus;
	char *at; /* where its root lies */
};

struct layers {
	VEC(struct layer) layers; /* the lowest first */
};

/* Where a path lies in a layer. */
enum lie {
	ASIDE,	/* the layer has nothing to do with it */
	INSIDE, /* at the layer's root or below it: *rest is the path in the layer */
	ABOVE,	/* a directory above the layer's root: *rest leads from there to the root */
};

enum lie layers_lie(const struct layer *layer, const char *path, const char **rest);

/* What a layer has at a path of its own: 0; -ENOENT where it has nothing; -ENOTDIR where something that is no directory is in the
 * way, so that what is below is hidden in the layers under it too; any other error is the layer's. */
int layers_reach(const struct layer *layer, const char *path, struct corpus_stat *st) MUST_USE;

/* The number among all layers of one that a layer has: no two layers meet. */
uint64_t layers_number(const struct layers *layers, size_t index, uint64_t ino);

struct spot {
	const struct layer *layer; /* NULL: a directory above the root of one */
	const char *path;	   /* in the layer; part of what was asked for */
	struct corpus_stat st;	   /* with the number of all layers */
};

/* The uppermost layer that has a path. 0, or a negative errno: -ENOENT where none has. */
int layers_find(const struct layers *layers, const char *path, struct spot *out) MUST_USE;

/* For the members of struct source: what is damaged inside. */
const char *layers_truth(const void *self, const char *path);
int layers_class(const void *self, const char *path, enum truth_class *out);
int layers_damaged(const void *self, struct corpus_damaged *out);
