/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Writes and reads manifests. */
#include "harness/cli/corpus_sums.h"

#include "base/scope.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_BYTES (1u << 20)
#define HEX_LENGTH (SHA256_DIGEST_STRING_LENGTH - 1)

int sums_digest(const struct corpus *corpus, const char *path, struct team_state *state, char hex[SHA256_DIGEST_STRING_LENGTH])
{
	SCOPED_FREE char *block = malloc(BLOCK_BYTES);
	struct corpus_file *file;
	SHA2_CTX sha;
	int rc = block ? corpus_file_open(corpus, path, &file) : -ENOMEM;
	if (rc)
		return rc;
	SHA256Init(&sha);
	ssize_t got;
	for (uint64_t offset = 0; (got = corpus_file_read(file, block, BLOCK_BYTES, offset)) > 0; offset += (uint64_t)got) {
		SHA256Update(&sha, (const uint8_t *)block, (size_t)got);
		if (state)
			atomic_fetch_add(&state->bytes, (uint64_t)got);
		if (state && atomic_load(&state->stop))
			break;
	}
	SHA256End(&sha, hex);
	corpus_file_close(file);
	return got < 0 ? (int)got : got ? -EINTR : 0;
}

void sums_add(struct buf *to, const char hex[SHA256_DIGEST_STRING_LENGTH], const char *path)
{
	if (strpbrk(path, "\\\n"))
		buf_char(to, '\\');
	buf_printf(to, "%s  ", hex);
	for (; *path; path++) {
		if (*path == '\\')
			buf_text(to, "\\\\");
		else if (*path == '\n')
			buf_text(to, "\\n");
		else
			buf_char(to, *path);
	}
	buf_char(to, '\n');
}

/* ---- writing ---- */

static int fail(struct sums_file *file, struct err *err)
{
	return err_set(err, errno, "%s: the manifest cannot be written: %s", file->name, strerror(errno));
}

int sums_begin(struct sums_file *file, const char *name, struct err *err)
{
	file->name = name;
	if (asprintf(&file->aside, "%s.part", name) < 0) {
		file->aside = NULL;
		return err_set(err, ENOMEM, "out of memory");
	}
	file->out = fopen(file->aside, "we");
	return file->out ? 0 : fail(file, err);
}

int sums_end(struct sums_file *file, struct err *err)
{
	bool failed = ferror(file->out); /* of an earlier line: errno is of the last one that tried, which is about the same */
	if (fclose(file->out) != 0)
		failed = true;
	file->out = NULL;
	if (failed || rename(file->aside, file->name) < 0) {
		int rc = fail(file, err);
		unlink(file->aside);
		return rc;
	}
	return 0;
}

void sums_discard(struct sums_file *file)
{
	if (file->out) {
		fclose(file->out);
		unlink(file->aside);
	}
	free(file->aside);
	*file = (struct sums_file){0};
}

/* ---- reading ---- */

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct sums_line *)a)->path, ((const struct sums_line *)b)->path);
}

static void unescape(char *path)
{
	char *to = path;
	for (; *path; path++) {
		bool escape = path[0] == '\\' && (path[1] == '\\' || path[1] == 'n');
		path += escape;
		*to++ = escape && *path == 'n' ? '\n' : *path;
	}
	*to = '\0';
}

/* Of "[\]HEX", a blank, a blank or asterisk, the path. */
static int add_line(struct sums *sums, char *text, size_t number, const char *name, struct err *err)
{
	bool escaped = *text == '\\';
	text += escaped;
	size_t digits = strspn(text, "0123456789abcdefABCDEF");
	if (digits != HEX_LENGTH || text[digits] != ' ' || !strchr(" *", text[digits + 1]) || !text[digits + 1] || !text[digits + 2])
		return err_set(err, EINVAL, "%s:%zu: is no line of sha256sum", name, number);
	struct sums_line *line = vec_add(&sums->lines);
	if (!line)
		return err_set(err, ENOMEM, "out of memory");
	text[digits] = '\0';
	for (char *c = text; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	char *path = text + digits + 2;
	if (escaped)
		unescape(path);
	*line = (struct sums_line){.path = strncmp(path, "./", 2) == 0 ? path + 2 : path, .hex = text};
	return 0;
}

int sums_read(struct sums *sums, const char *name, struct err *err)
{
	int rc = buf_read_file(&sums->text, name, SUMS_BYTES_MAX);
	if (rc)
		return err_set(err, -rc, "%s: cannot be read: %s", name, strerror(-rc));
	size_t number = 0;
	char *rest = sums->text.at;
	for (char *line; !rc && (line = strsep(&rest, "\n"));) {
		number++;
		if (*line || (rest && *rest)) /* behind the last newline there is nothing */
			rc = add_line(sums, line, number, name, err);
	}
	if (!rc && sums->lines.count)
		qsort(sums->lines.at, sums->lines.count, sizeof *sums->lines.at, by_path);
	return rc;
}

struct sums_line *sums_find(const struct sums *sums, const char *path)
{
	const struct sums_line wanted = {.path = path};
	return sums->lines.count ? bsearch(&wanted, sums->lines.at, sums->lines.count, sizeof *sums->lines.at, by_path) : NULL;
}

void sums_free(struct sums *sums)
{
	vec_free(&sums->lines);
	buf_free(&sums->text);
}
