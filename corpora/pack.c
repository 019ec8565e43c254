/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Serves what was read from an archive. */
#include "corpora/pack.h"

#include "base/scope.h"

#include <string.h>

const struct pack_limits pack_limits_usual = {
	.names = 1000000,
	.bytes = UINT64_C(4) << 30,
	.ratio = 200, /* real scans and sound shrink to a third, empty ones to a hundredth */
	.free = UINT64_C(256) << 20,
};

/* ---- life ---- */

static void pack_close(void *self)
{
	struct pack *pack = self;
	pack_index_fini(&pack->index);
	spool_close(&pack->spool);
	free(pack->path);
	free(pack);
}

int pack_open(const char *path, const struct pack_limits *limits, void **out, struct err *err)
{
	struct pack *pack = calloc(1, sizeof *pack);
	if (!pack)
		return err_set(err, ENOMEM, "out of memory");
	int rc = spool_open(&pack->spool);
	if (!rc)
		rc = pack_index_init(&pack->index);
	if (!rc && !(pack->path = strdup(path)))
		rc = -ENOMEM;
	rc = rc ? err_set(err, -rc, "%s: cannot be unpacked: %s", path, strerror(-rc)) : pack_read(pack, limits, err);
	if (rc) {
		pack_close(pack);
		return rc;
	}
	*out = pack;
	return 0;
}

/* ---- the title ---- */

static const char *const leftover_words[PACK_LEFTOVERS] = {
	[PACK_OUTSIDE] = "pointing outside",
	[PACK_NAMELESS] = "without a name",
	[PACK_LONG] = "with a name too long",
	[PACK_SPECIAL] = "devices and the like",
	[PACK_ORPHAN] = "hard links to nothing",
	[PACK_CLASH] = "in the way of others",
};

static void explain_leftovers(const struct pack *pack, struct buf *out)
{
	const char *between = "; left out: ";
	for (size_t i = 0; i < PACK_LEFTOVERS; i++) {
		if (!pack->leftovers[i])
			continue;
		buf_printf(out, "%s%llu %s", between, (unsigned long long)pack->leftovers[i], leftover_words[i]);
		between = ", ";
	}
}

static void pack_explain(const void *self, struct buf *out)
{
	const struct pack *pack = self;
	uint64_t files = 0, bytes = 0;
	for (size_t i = 0; i < pack->index.nodes.count; i++) {
		const struct pack_node *node = &pack->index.nodes.at[i];
		if (!S_ISREG(node->mode))
			continue;
		files++;
		bytes += pack->index.bodies.at[node->body].size;
	}
	buf_printf(out, "the archive %s: %llu file%s, %llu bytes", pack->path, (unsigned long long)files,
		   files == 1 ? "" : "s", (unsigned long long)bytes);
	explain_leftovers(pack, out);
}

/* ---- the source ---- */

static const struct pack_node *node_at(const struct pack *pack, const char *path)
{
	uint32_t number = pack_index_find(&pack->index, path);
	return number == PACK_NONE ? NULL : &pack->index.nodes.at[number];
}

static uint64_t size_of(const struct pack *pack, const struct pack_node *node)
{
	if (S_ISREG(node->mode))
		return pack->index.bodies.at[node->body].size;
	return S_ISLNK(node->mode) ? strlen(pack_index_text_at(&pack->index, node->target)) : 0;
}

/* Nodes are numbered in the order of the archive, so they have the same number at every opening. */
static uint64_t ino_of(uint32_t number)
{
	return UINT64_C(1) + number;
}

static int pack_stat(const void *self, const char *path, struct corpus_stat *out)
{
	const struct pack *pack = self;
	const struct pack_node *node = node_at(pack, path);
	if (!node)
		return -ENOENT;
	*out = (struct corpus_stat){
		.mode = node->mode,
		.size = size_of(pack, node),
		.mtime = node->mtime,
		.ino = ino_of((uint32_t)(node - pack->index.nodes.at)),
	};
	return 0;
}

static int pack_each(const void *self, const char *path, source_visit *visit, void *into)
{
	const struct pack *pack = self;
	const struct pack_node *dir = node_at(pack, path);
	if (!dir)
		return -ENOENT;
	if (!S_ISDIR(dir->mode))
		return -ENOTDIR;
	int rc = 0;
	for (uint32_t i = dir->child; !rc && i != PACK_NONE; i = pack->index.nodes.at[i].sibling) {
		const struct pack_node *node = &pack->index.nodes.at[i];
		rc = visit(into, pack_index_text_at(&pack->index, node->name), node->mode & S_IFMT, ino_of(i));
	}
	return rc;
}

static int pack_readlink(const void *self, const char *path, char *target, size_t size)
{
	const struct pack *pack = self;
	const struct pack_node *node = node_at(pack, path);
	if (!node)
		return -ENOENT;
	if (!S_ISLNK(node->mode))
		return -EINVAL;
	const char *text = pack_index_text_at(&pack->index, node->target);
	if (strlen(text) >= size)
		return -ENAMETOOLONG;
	strcpy(target, text);
	return 0;
}

/* ---- files ---- */

struct pack_file {
	const struct spool *spool;
	struct pack_body body;
};

static int pack_file_open(const void *self, const char *path, void **out)
{
	const struct pack *pack = self;
	const struct pack_node *node = node_at(pack, path);
	int rc = node ? source_openable(node->mode) : -ENOENT;
	if (rc)
		return rc;
	struct pack_file *file = malloc(sizeof *file);
	if (!file)
		return -ENOMEM;
	*file = (struct pack_file){&pack->spool, pack->index.bodies.at[node->body]};
	*out = file;
	return 0;
}

static ssize_t pack_file_read(void *self, void *bytes, size_t length, uint64_t offset)
{
	const struct pack_file *file = self;
	if (offset >= file->body.size)
		return 0;
	if (length > file->body.size - offset)
		length = (size_t)(file->body.size - offset);
	return spool_read(file->spool, bytes, length, file->body.offset + offset);
}

const struct source pack_source = {
	.close = pack_close,
	.explain = pack_explain,
	.stat = pack_stat,
	.each = pack_each,
	.readlink = pack_readlink,
	.file_open = pack_file_open,
	.file_close = free,
	.file_read = pack_file_read,
};
