/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What the tests of corpora share: whole files, refusals, a folder that goes away. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/draw.h"
#include "corpora/corpus.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- corpora ---- */

static inline struct corpus *opened(const char *source)
{
	struct corpus *corpus;
	struct err err = {0};
	if (corpus_open(source, &corpus, &err) < 0)
		fail_msg("%s: %s", source, err.text);
	return corpus;
}

/* The corpus is refused with this errno and a line that holds the words. */
static inline void assert_refused(const char *source, int code, const char *words)
{
	struct corpus *corpus;
	struct err err = {0};
	int rc = corpus_open(source, &corpus, &err);
	if (rc == 0)
		fail_msg("%s: was not refused", source);
	if (rc != -code || err.code != code || !strstr(err.text, words))
		fail_msg("%s: wanted %d '%s', got %d '%s'", source, -code, words, rc, err.text);
	assert_null(corpus);
}

static inline uint64_t size_of(const struct corpus *corpus, const char *path)
{
	struct corpus_stat st;
	assert_int_equal(corpus_stat(corpus, path, &st), 0);
	return st.size;
}

/* All bytes of a file, which must be as many as stat says. Caller frees. */
static inline unsigned char *whole_file(const struct corpus *corpus, const char *path, size_t *size)
{
	struct corpus_file *file;
	*size = (size_t)size_of(corpus, path);
	unsigned char *bytes = malloc(*size + 1);
	assert_non_null(bytes);
	assert_int_equal(corpus_file_open(corpus, path, &file), 0);
	assert_int_equal(corpus_file_read(file, bytes, *size + 1, 0), *size);
	corpus_file_close(file);
	return bytes;
}

static inline void assert_content(const struct corpus *corpus, const char *path, const void *bytes, size_t size)
{
	size_t have;
	unsigned char *whole = whole_file(corpus, path, &have);
	assert_int_equal(have, size);
	assert_memory_equal(whole, bytes, size);
	free(whole);
}

/* Numbers that are the same at every run. */
static inline uint64_t drawn(uint64_t test, uint64_t n, uint64_t below)
{
	const struct draw_key key = {.seed = 20260101, .who = test, .where = n};
	return draw_u64(&key) % below;
}

/* Any part of a file, read by any of several handles, is that part of the whole. */
static inline void assert_parts_equal_whole(const struct corpus *corpus, const char *path, unsigned rounds)
{
	size_t size;
	unsigned char *whole = whole_file(corpus, path, &size), *part = malloc(size + 100);
	struct corpus_file *file;
	assert_non_null(part);
	assert_int_equal(corpus_file_open(corpus, path, &file), 0);
	for (unsigned i = 0; i < rounds; i++) {
		uint64_t offset = drawn(1, i, size + 50), length = drawn(2, i, i % 3 ? 300 : size + 50);
		size_t there = offset >= size ? 0 : length < size - offset ? length : size - offset;
		assert_int_equal(corpus_file_read(file, part, length, offset), there);
		assert_memory_equal(part, whole + (there ? offset : 0), there);
	}
	assert_int_equal(corpus_file_read(file, part, 10, UINT64_MAX - 5), 0);
	corpus_file_close(file);
	free(part);
	free(whole);
}

/* The directory lists these names and no others, with the type (and inode number, if any) that stat has. */
static inline void assert_names(const struct corpus *corpus, const char *path, const char *const *names, size_t count)
{
	struct corpus_names list;
	assert_int_equal(corpus_list(corpus, path, &list), 0);
	assert_int_equal(list.names.count, count);
	for (size_t i = 0; i < count; i++) {
		const struct corpus_name *name = &list.names.at[i];
		char below[PATH_MAX];
		struct corpus_stat st;
		assert_string_equal(name->name, names[i]);
		snprintf(below, sizeof below, "%s/%s", path, name->name);
		assert_int_equal(corpus_stat(corpus, strcmp(path, ".") == 0 ? name->name : below, &st), 0);
		assert_int_equal(name->type, st.mode & S_IFMT);
		assert_true(name->ino == 0 || name->ino == st.ino);
	}
	corpus_names_free(&list);
}

/* Trees need openat2(2), which valgrind 3.19 and some sandboxes do not know. */
static inline void need_trees(void)
{
	if (syscall(SYS_openat2, -1, "", NULL, 0) < 0 && errno == ENOSYS) {
		print_message("skipped: no openat2(2) here\n");
		skip();
	}
}

/* Hash of all names and bytes of a directory. */
static inline uint64_t digest_of(const char *source)
{
	struct corpus *corpus = opened(source);
	struct corpus_names list;
	uint64_t digest[3] = {0};
	assert_int_equal(corpus_list(corpus, ".", &list), 0);
	for (size_t i = 0; i < list.names.count; i++) {
		size_t size;
		unsigned char *bytes = whole_file(corpus, list.names.at[i].name, &size);
		digest[1] = draw_text(list.names.at[i].name);
		digest[2] = draw_hash(bytes, size);
		digest[0] = draw_hash(digest, sizeof digest);
		free(bytes);
	}
	corpus_names_free(&list);
	corpus_close(corpus);
	return digest[0];
}

/* ---- a folder of the test's own ---- */

static char test_dir[PATH_MAX];

static inline int test_dir_make(void **state)
{
	(void)state;
	const char *tmp = getenv("TMPDIR");
	snprintf(test_dir, sizeof test_dir, "%s/ordeal-corpora-XXXXXX", tmp && tmp[0] ? tmp : "/tmp");
	return mkdtemp(test_dir) ? 0 : -1;
}

static inline int test_dir_unlink(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static inline int test_dir_remove(void **state)
{
	(void)state;
	return nftw(test_dir, test_dir_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

/* The path of a name in the folder, in one of a few rotating buffers. */
static inline const char *in_dir(const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned next;
	char *path = paths[next++ % 4];
	if (snprintf(path, PATH_MAX, "%s/%s", test_dir, name) >= PATH_MAX)
		fail_msg("%s: too long", name);
	return path;
}

static inline void put_file(const char *name, const void *bytes, size_t length)
{
	FILE *file = fopen(in_dir(name), "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

static inline void put_text(const char *name, const char *text)
{
	put_file(name, text, strlen(text));
}

/* "HEAD:FOLDER/NAME", as a source. */
static inline const char *source_in_dir(const char *head, const char *name)
{
	static char source[PATH_MAX + 16];
	snprintf(source, sizeof source, "%s%s", head, in_dir(name));
	return source;
}
