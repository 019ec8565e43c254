/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Finds a path in the uppermost of several corpora that has it. */
#include "corpora/layers_parts.h"

#include "base/draw.h"
#include "corpora/layers.h"
#include "corpora/parts.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* ---- where a path lies in a layer ---- */

enum lie layers_lie(const struct layer *layer, const char *path, const char **rest)
{
	size_t at = strlen(layer->at), length = strlen(path);
	if (strcmp(layer->at, ".") == 0) {
		*rest = path;
		return INSIDE;
	}
	if (strncmp(path, layer->at, at) == 0 && (!path[at] || path[at] == '/')) {
		*rest = path[at] ? path + at + 1 : ".";
		return INSIDE;
	}
	bool root = strcmp(path, ".") == 0;
	if (!root && (length >= at || strncmp(layer->at, path, length) != 0 || layer->at[length] != '/'))
		return ASIDE;
	*rest = root ? layer->at : layer->at + length + 1;
	return ABOVE;
}

int layers_reach(const struct layer *layer, const char *path, struct corpus_stat *st)
{
	char above[PATH_MAX];
	/* Layers in layers have looked themselves whether it is reached through a link: to ask them again of each directory above, and they
	 * theirs, would take for ever. */
	if (layer->corpus->source == &layers_source) {
		int rc = corpus_stat(layer->corpus, path, st);
		if (rc != -ENOENT)
			return rc;
	}
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		if (slash - path >= PATH_MAX)
			return -ENAMETOOLONG;
		memcpy(above, path, (size_t)(slash - path));
		above[slash - path] = '\0';
		int rc = corpus_stat(layer->corpus, above, st);
		if (rc || !S_ISDIR(st->mode))
			return rc ? rc : -ENOTDIR;
	}
	return corpus_stat(layer->corpus, path, st);
}

/* ---- inode numbers ---- */

/* Numbers of a layer, spread so that no two layers meet; a few that are too large for that are hashed into the upper half. What stands
 * behind the last layer is the directories that no layer has, but that lie above the root of one. */
uint64_t layers_number(const struct layers *layers, size_t index, uint64_t ino)
{
	const uint64_t strands = layers->layers.count + 1, key[2] = {index, ino};
	if (ino < (UINT64_C(1) << 63) / strands - 1)
		return ino * strands + index;
	return draw_hash(key, sizeof key) | UINT64_C(1) << 63;
}

/* A directory above the root of a layer has the place of its last letter. */
static uint64_t number_above(const struct layers *layers, size_t index, const char *path)
{
	return layers_number(layers, layers->layers.count, 1 + index * PATH_MAX + strlen(path));
}

/* ---- finding ---- */

static void make_directory(const struct layers *layers, size_t index, const char *path, struct spot *out)
{
	*out = (struct spot){.st = {.mode = S_IFDIR | 0755, .mtime = SOURCE_MTIME, .ino = number_above(layers, index, path)}};
}

int layers_find(const struct layers *layers, const char *path, struct spot *out)
{
	bool made = false;
	for (size_t i = layers->layers.count; i-- > 0;) {
		const struct layer *layer = &layers->layers.at[i];
		struct corpus_stat st;
		const char *rest;
		enum lie lie = layers_lie(layer, path, &rest);
		if (lie == ABOVE && !made) {
			make_directory(layers, i, path, out);
			made = true;
		}
		if (lie != INSIDE)
			continue;
		int rc = layers_reach(layer, rest, &st);
		if (rc == -ENOENT)
			continue;
		if (rc == -ENOTDIR || (!rc && made && !S_ISDIR(st.mode)))
			break;
		if (rc)
			return rc;
		*out = (struct spot){layer, rest, st};
		out->st.ino = layers_number(layers, i, st.ino);
		return 0;
	}
	return made ? 0 : -ENOENT;
}
