/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Serves the files that a spec has written out. */
#include "corpora/files.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

void files_free(struct files *files)
{
	if (!files)
		return;
	for (size_t i = 0; i < files->contents.count; i++)
		free(files->contents.at[i].bytes);
	vec_free(&files->contents);
	vec_free(&files->given);
	pack_index_fini(&files->index);
	free(files);
}

static void close_files(void *self)
{
	files_free(self);
}

static void explain(const void *self, struct buf *out)
{
	const struct files *files = self;
	if (files->counts[0] || !files->counts[1])
		buf_printf(out, "%u file%s", files->counts[0], files->counts[0] == 1 ? "" : "s");
	if (files->counts[1])
		buf_printf(out, "%s%u link%s", files->counts[0] ? " and " : "", files->counts[1], files->counts[1] == 1 ? "" : "s");
	buf_text(out, " written out");
}

static const struct pack_node *node_at(const struct files *files, const char *path)
{
	uint32_t number = pack_index_find(&files->index, path);
	return number == PACK_NONE ? NULL : &files->index.nodes.at[number];
}

static const char *target_of(const struct files *files, const struct pack_node *node)
{
	return pack_index_text_at(&files->index, node->target);
}

static uint64_t size_of(const struct files *files, const struct pack_node *node)
{
	if (S_ISLNK(node->mode))
		return strlen(target_of(files, node));
	if (!S_ISREG(node->mode))
		return 0;
	const struct files_content *content = &files->contents.at[node->body];
	return content->length * content->repeat;
}

/* Nodes are numbered as the spec has them: the same at every opening. */
static uint64_t ino_of(uint32_t number)
{
	return UINT64_C(1) + number;
}

static int stat_path(const void *self, const char *path, struct corpus_stat *out)
{
	const struct files *files = self;
	const struct pack_node *node = node_at(files, path);
	if (!node)
		return -ENOENT;
	*out = (struct corpus_stat){
		.mode = node->mode,
		.size = size_of(files, node),
		.mtime = node->mtime,
		.ino = ino_of((uint32_t)(node - files->index.nodes.at)),
	};
	return 0;
}

static int each(const void *self, const char *path, source_visit *visit, void *into)
{
	const struct files *files = self;
	const struct pack_node *dir = node_at(files, path);
	if (!dir)
		return -ENOENT;
	if (!S_ISDIR(dir->mode))
		return -ENOTDIR;
	int rc = 0;
	for (uint32_t i = dir->child; !rc && i != PACK_NONE; i = files->index.nodes.at[i].sibling) {
		const struct pack_node *node = &files->index.nodes.at[i];
		rc = visit(into, pack_index_text_at(&files->index, node->name), node->mode & S_IFMT, ino_of(i));
	}
	return rc;
}

static int read_link(const void *self, const char *path, char *target, size_t size)
{
	const struct files *files = self;
	const struct pack_node *node = node_at(files, path);
	if (!node || !S_ISLNK(node->mode))
		return node ? -EINVAL : -ENOENT;
	if (strlen(target_of(files, node)) >= size)
		return -ENAMETOOLONG;
	strcpy(target, target_of(files, node));
	return 0;
}

/* An open file is its content, which the corpus keeps. */
static int open_file(const void *self, const char *path, void **out)
{
	const struct files *files = self;
	const struct pack_node *node = node_at(files, path);
	int rc = node ? source_openable(node->mode) : -ENOENT;
	if (!rc)
		*out = &files->contents.at[node->body];
	return rc;
}

static void close_file(void *file)
{
	(void)file;
}

static ssize_t read_file(void *self, void *bytes, size_t length, uint64_t offset)
{
	const struct files_content *content = self;
	uint64_t size = content->length * content->repeat;
	if (offset >= size)
		return 0;
	if (length > size - offset)
		length = (size_t)(size - offset);
	for (size_t done = 0; done < length;) {
		size_t from = (size_t)((offset + done) % content->length), part = content->length - from;
		if (part > length - done)
			part = length - done;
		memcpy((char *)bytes + done, content->bytes + from, part);
		done += part;
	}
	return (ssize_t)length;
}

const struct source files_source = {
	.close = close_files,
	.explain = explain,
	.stat = stat_path,
	.each = each,
	.readlink = read_link,
	.file_open = open_file,
	.file_close = close_file,
	.file_read = read_file,
};
