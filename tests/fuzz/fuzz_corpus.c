/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Spec files of strangers: refused with a reason, or a corpus in which names, sizes, bytes and damage agree. What would read the disk of
 * whoever runs this, or make more than a moment's work, is left out. */
#include "base/buf.h"
#include "base/jsonw.h"
#include "base/yaml.h"
#include "corpora/corpus.h"
#include "fuzz.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[PATH_MAX], spec[PATH_MAX + 16];

static void leave(void)
{
	unlink(spec);
	rmdir(dir);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	const char *tmp = getenv("TMPDIR");
	snprintf(dir, sizeof dir, "%s/ordeal-fuzz-XXXXXX", tmp && tmp[0] ? tmp : "/tmp");
	PROMISE(mkdtemp(dir) != NULL);
	snprintf(spec, sizeof spec, "%s/spec.yaml", dir);
	atexit(leave);
	return 0;
}

/* ---- what is left out ---- */

static bool is_modest_text(const char *text)
{
	static const char *const left_out[] = {"..", "tree:", "pack:", "large", "100k"};
	for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
		if (text[0] == '/' || strstr(text, left_out[i]))
			return false;
	for (size_t digits = 0; *text; text++)
		if ((digits = isxdigit((unsigned char)*text) ? digits + 1 : 0) > 4 && isdigit((unsigned char)*text))
			return false;
	return true;
}

/* Contents may be anything; everything else is a source, a number or a pattern. */
static bool is_content(const char *key)
{
	static const char *const contents[] = {"text", "hex", "base64", "link", "path_hex"};
	for (size_t i = 0; i < sizeof contents / sizeof *contents; i++)
		if (strcmp(key, contents[i]) == 0)
			return true;
	return false;
}

static bool is_modest(const struct yaml_node *node)
{
	if (node->type == YAML_SCALAR)
		return is_modest_text(node->text);
	for (size_t i = 0; i < node->count; i++) {
		const struct yaml_node *item = node->items[i];
		bool content = node->type == YAML_MAP && i % 2 && node->items[i - 1]->text && is_content(node->items[i - 1]->text);
		if (!content && !is_modest(item))
			return false;
	}
	return true;
}

static bool may_be_tried(const uint8_t *bytes, size_t size)
{
	struct yaml *doc = NULL;
	struct err err = {0};
	bool modest = yaml_parse("spec", (const char *)bytes, size, &doc, &err) < 0 || is_modest(yaml_root(doc).node);
	yaml_free(doc);
	return modest;
}

/* ---- what is looked at ---- */

#define FILES_LOOKED_AT 200

struct look {
	const struct corpus *corpus;
	unsigned files;
};

static void look_at_file(const struct corpus *corpus, const char *path, const struct corpus_stat *st)
{
	struct corpus_file *file;
	char bytes[100];
	PROMISE(corpus_file_open(corpus, path, &file) == 0);
	ssize_t got = corpus_file_read(file, bytes, sizeof bytes, 0);
	PROMISE(got == (ssize_t)(st->size < sizeof bytes ? st->size : sizeof bytes));
	PROMISE(corpus_file_read(file, bytes, sizeof bytes, st->size) == 0);
	uint64_t last = st->size - (st->size > 0);
	PROMISE(corpus_file_read(file, bytes, sizeof bytes, last) == (ssize_t)(st->size - last));
	PROMISE(corpus_file_is_damaged(file) == (corpus_truth(corpus, path) != NULL));
	corpus_file_close(file);
}

static void look_below(struct look *look, const char *path);

static void look_at(struct look *look, const char *path, const struct corpus_name *name)
{
	struct corpus_stat st;
	char target[PATH_MAX];
	PROMISE(corpus_stat(look->corpus, path, &st) == 0);
	PROMISE((st.mode & S_IFMT) == name->type);
	PROMISE(!name->ino || name->ino == st.ino);
	if (S_ISREG(st.mode))
		look_at_file(look->corpus, path, &st);
	if (S_ISLNK(st.mode)) {
		PROMISE(corpus_readlink(look->corpus, path, target, sizeof target) == 0);
		PROMISE(strlen(target) == st.size);
	}
	if (S_ISDIR(st.mode))
		look_below(look, path);
}

static void look_below(struct look *look, const char *path)
{
	struct corpus_names names;
	PROMISE(corpus_list(look->corpus, path, &names) == 0);
	for (size_t i = 0; i < names.names.count; i++) {
		char below[PATH_MAX];
		bool top = strcmp(path, ".") == 0;
		PROMISE(!i || strcmp(names.names.at[i - 1].name, names.names.at[i].name) < 0);
		int length = snprintf(below, sizeof below, "%s%s%s", top ? "" : path, top ? "" : "/", names.names.at[i].name);
		if (++look->files > FILES_LOOKED_AT || length >= PATH_MAX)
			break;
		look_at(look, below, &names.names.at[i]);
	}
	corpus_names_free(&names);
}

static void look_at_damage(const struct corpus *corpus)
{
	struct corpus_damaged damaged;
	struct corpus_stat st;
	PROMISE(corpus_damaged(corpus, &damaged) == 0);
	for (size_t i = 0; i < damaged.files.count && i < FILES_LOOKED_AT; i++) {
		const struct corpus_damaged_file *file = &damaged.files.at[i];
		const char *truth = corpus_truth(corpus, file->path);
		PROMISE(truth && strcmp(truth, file->damage) == 0);
		PROMISE((corpus_stat(corpus, file->path, &st) == 0) == (strcmp(truth, "remove") != 0));
	}
	corpus_damaged_free(&damaged);
}

/* Without its damage it is there, too, and none is left. */
static void look_at_pristine(const struct corpus *corpus)
{
	struct corpus *pristine;
	struct corpus_damaged damaged;
	struct err err = {0};
	PROMISE(corpus_open(corpus_pristine(corpus), &pristine, &err) == 0);
	PROMISE(corpus_damaged(pristine, &damaged) == 0 && damaged.files.count == 0);
	corpus_close(pristine);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct buf text = {.at = (char *)(uintptr_t)bytes, .length = size};
	struct corpus *corpus = NULL;
	struct err err = {0};
	if (!may_be_tried(bytes, size))
		return 0;
	FILE *file = fopen(spec, "w");
	PROMISE(file && buf_write_fd(&text, fileno(file)) == 0);
	fclose(file);
	int rc = corpus_open(spec, &corpus, &err);
	PROMISE(rc ? rc < 0 && !corpus && err.text[0] : corpus != NULL);
	if (rc)
		return 0;
	struct look look = {.corpus = corpus};
	PROMISE(corpus_title(corpus)[0]);
	look_below(&look, ".");
	look_at_damage(corpus);
	look_at_pristine(corpus);
	corpus_close(corpus);
	return 0;
}
