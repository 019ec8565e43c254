/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* ordeal corpus truth: what whoever judges may know of each file, and a program under test may not. */
#include "base/buf.h"
#include "base/jsonw.h"
#include "base/scope.h"
#include "base/utf8.h"
#include "harness/cli/cli.h"
#include "harness/cli/corpus_cmds.h"
#include "harness/cli/corpus_sums.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct truth {
	struct corpus *whole; /* without its damage; NULL where no digests are wanted */
	struct buf line;
};

static int put_digest(struct jsonw *j, const char *key, const struct corpus *corpus, const char *path)
{
	char hex[SHA256_DIGEST_STRING_LENGTH];
	int rc = sums_digest(corpus, path, NULL, hex);
	if (rc)
		return rc;
	jsonw_key(j, key), jsonw_text(j, hex);
	return 0;
}

/* What is no UTF-8 comes out of JSON as something else: its bytes are told beside it. */
static void put_path(struct jsonw *j, const char *path)
{
	SCOPED(buf_free) struct buf hex = {0};
	size_t length = strlen(path), whole = 0;
	for (size_t width; (width = utf8_width(path + whole, length - whole)); whole += width)
		;
	jsonw_key(j, "path"), jsonw_text(j, path);
	for (size_t i = 0; whole < length && i < length; i++)
		buf_printf(&hex, "%02x", (unsigned)(unsigned char)path[i]);
	if (hex.length)
		jsonw_key(j, "path_hex"), jsonw_text(j, buf_string(&hex));
}

/* Of a file that is there, or of one that was removed (`there` is NULL). */
static int put_file(struct truth *truth, const struct corpus *corpus, const char *path, const struct corpus_stat *there)
{
	struct jsonw j = jsonw_to(&truth->line);
	/* Of what was removed nobody has to know that there was a file. */
	const char *class = "warn", *damage = there ? corpus_truth(corpus, path) : "remove";
	int rc = there ? corpus_class(corpus, path, &class) : 0;
	buf_clear(&truth->line);
	jsonw_object(&j);
	put_path(&j, path);
	if (there)
		jsonw_key(&j, "size"), jsonw_uint(&j, there->size);
	jsonw_key(&j, "damage"), jsonw_text(&j, damage);
	jsonw_key(&j, "class"), jsonw_text(&j, class);
	jsonw_key(&j, "known"), jsonw_object(&j);
	corpus_tell(corpus, path, &j);
	jsonw_close(&j);
	if (!rc && truth->whole && there)
		rc = put_digest(&j, "sha256", corpus, path);
	if (!rc && truth->whole && damage)
		rc = put_digest(&j, "whole_sha256", truth->whole, path);
	jsonw_close(&j);
	if (!rc && truth->line.failed)
		rc = -ENOMEM;
	if (!rc)
		printf("%s\n", buf_string(&truth->line));
	return rc;
}

static int put_one(const struct corpus *corpus, const char *path, mode_t type, void *context, struct err *err)
{
	struct corpus_stat st;
	if (!S_ISREG(type))
		return 0;
	int rc = corpus_stat(corpus, path, &st);
	if (!rc)
		rc = put_file(context, corpus, path, &st);
	return rc ? err_set(err, -rc, "%s: %s", path, strerror(-rc)) : 0;
}

/* What is known of all files together, where that is anything. */
static int put_whole(struct truth *truth, const struct corpus *corpus, const char *source)
{
	struct jsonw j = jsonw_to(&truth->line);
	jsonw_object(&j);
	jsonw_key(&j, "corpus"), jsonw_text(&j, source);
	jsonw_key(&j, "known"), jsonw_object(&j);
	size_t empty = truth->line.length;
	corpus_tell(corpus, ".", &j);
	bool knows = truth->line.length > empty;
	jsonw_close(&j);
	jsonw_close(&j);
	if (truth->line.failed)
		return -ENOMEM;
	if (knows)
		printf("%s\n", buf_string(&truth->line));
	return 0;
}

static int put_removed(struct truth *truth, const struct corpus *corpus, struct err *err)
{
	struct corpus_damaged damaged;
	int rc = corpus_damaged(corpus, &damaged);
	if (rc)
		return err_set(err, -rc, "the damaged files cannot be counted: %s", strerror(-rc));
	for (size_t i = 0; !rc && i < damaged.files.count; i++)
		if (strcmp(damaged.files.at[i].damage, "remove") == 0)
			rc = put_file(truth, corpus, damaged.files.at[i].path, NULL);
	corpus_damaged_free(&damaged);
	return rc ? err_set(err, -rc, "a removed file: %s", strerror(-rc)) : 0;
}

int corpus_tell_truth(const char *source, bool digests)
{
	struct corpus *corpus;
	struct truth truth = {0};
	struct err err = {0};
	if (corpus_open(source, &corpus, &err) < 0)
		return cli_fail(EXIT_USAGE, &err);
	int rc = digests ? corpus_open(corpus_pristine(corpus), &truth.whole, &err) : 0;
	if (!rc && put_whole(&truth, corpus, source) < 0)
		rc = err_set(&err, ENOMEM, "out of memory");
	if (!rc)
		rc = corpus_walk(corpus, ".", put_one, &truth, &err);
	if (!rc)
		rc = put_removed(&truth, corpus, &err);
	buf_free(&truth.line);
	corpus_close(truth.whole);
	corpus_close(corpus);
	return rc ? cli_fail(EXIT_INTERNAL, &err) : EXIT_AS_EXPECTED;
}
