/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Looks a path up in a source and in the damage laid over it. */
#include "corpora/parts.h"

#include "base/scope.h"
#include "corpora/operated.h"

#include <errno.h>

static bool is_good_name(const char *name, size_t length)
{
	return length && !(length == 1 && name[0] == '.') && !(length == 2 && name[0] == '.' && name[1] == '.');
}

bool parts_path_is_good(const char *path)
{
	if (strcmp(path, ".") == 0)
		return true;
	for (;; path++) {
		size_t length = strcspn(path, "/");
		if (!is_good_name(path, length))
			return false;
		path += length;
		if (!*path)
			return true;
	}
}

/* ---- files ---- */

static ssize_t read_source(void *of, void *bytes, size_t length, uint64_t offset)
{
	const struct parts_file *file = of;
	return file->source->file_read(file->file, bytes, length, offset);
}

int parts_file_open(const struct corpus *corpus, const char *path, uint64_t size, struct parts_file *out)
{
	*out = (struct parts_file){.source = corpus->source, .reader = {read_source, out, size}};
	return corpus->source->file_open(corpus->self, path, &out->file);
}

void parts_file_close(struct parts_file *file)
{
	if (file->file)
		file->source->file_close(file->file);
	file->file = NULL;
}

/* ---- damage that edits ---- */

/* The size of the other file; -ENOENT where it is none that could be taken. */
static int measure_other(const struct corpus *corpus, const char *path, uint64_t *size)
{
	struct corpus_stat st;
	*size = 0;
	if (!path)
		return 0;
	if (!parts_path_is_good(path) || corpus->source->stat(corpus->self, path, &st) != 0 || !S_ISREG(st.mode))
		return -ENOENT;
	*size = st.size;
	return 0;
}

static int operate_anew(const struct corpus *corpus, const char *path, struct wound *wound)
{
	struct parts_file file;
	uint64_t other_size;
	const char *other = damage_other(wound);
	if (other && strcmp(other, path) == 0)
		return -ENOENT; /* a file in its own place is whole */
	int rc = measure_other(corpus, other, &other_size);
	if (!rc)
		rc = parts_file_open(corpus, path, wound->size, &file);
	if (rc)
		return rc;
	rc = damage_operate(wound, &file.reader, other_size);
	parts_file_close(&file);
	return rc;
}

/* A file that cannot be read has its error when it is read, and is as large as it is. */
static int operate(const struct corpus *corpus, const char *path, const struct corpus_stat *whole, struct wound *wound)
{
	if (operated_get(corpus->operated, path, whole, wound))
		return 0;
	int rc = operate_anew(corpus, path, wound);
	if (rc == -ENOMEM || rc == -EMFILE || rc == -ENFILE)
		return rc;
	if (rc)
		wound->rule = NULL;
	operated_put(corpus->operated, path, whole, wound);
	return 0;
}

int parts_look_up(const struct corpus *corpus, const char *path, struct corpus_stat *whole, struct wound *wound)
{
	if (!parts_path_is_good(path))
		return -EINVAL;
	int rc = corpus->source->stat(corpus->self, path, whole);
	if (rc)
		return rc;
	const struct damage_rule *rule = damage_rule_for(&corpus->damage, path, whole->mode);
	*wound = damage_wound(rule, corpus->seed, path, whole->size);
	return damage_needs_operation(wound) ? operate(corpus, path, whole, wound) : 0;
}
