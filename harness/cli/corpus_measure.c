/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Counts a corpus, and takes its identity. */
#include "harness/cli/corpus_measure.h"

#include "base/scope.h"
#include "harness/cli/corpus_cmds.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Of a file that is looked into: so much of its middle, where seeds show. */
#define SAMPLE_BYTES 4096

struct measuring {
	struct corpus_measure *out;
	SHA2_CTX sha;
};

/* What cannot be read is told when it is read for good. */
static void add_sample(SHA2_CTX *sha, const struct corpus *corpus, const char *path, uint64_t size)
{
	unsigned char block[SAMPLE_BYTES];
	struct corpus_file *file;
	if (corpus_file_open(corpus, path, &file) != 0)
		return;
	ssize_t got = corpus_file_read(file, block, sizeof block, size / 2);
	if (got > 0)
		SHA256Update(sha, block, (size_t)got);
	corpus_file_close(file);
}

static bool is_power_of_two(uint64_t n)
{
	return (n & (n - 1)) == 0;
}

static int measure_one(const struct corpus *corpus, const char *path, mode_t type, void *context, struct err *err)
{
	struct measuring *m = context;
	struct corpus_stat st;
	int rc = corpus_stat(corpus, path, &st);
	if (rc)
		return err_set(err, -rc, "%s: %s", path, strerror(-rc));
	const char *damage = corpus_truth(corpus, path);
	const bool regular = S_ISREG(type); /* a directory's time is that of its last change, and we may be in it */
	char facts[128];
	int length = snprintf(facts, sizeof facts, "%o %llu %lld.%09u %s", (unsigned)st.mode, (unsigned long long)(regular ? st.size : 0),
			      regular ? (long long)st.mtime : 0, regular ? st.mtime_nsec : 0, damage ? damage : "-");
	SHA256Update(&m->sha, (const uint8_t *)facts, (size_t)length);
	SHA256Update(&m->sha, (const uint8_t *)path, strlen(path) + 1);
	if (!regular)
		return 0;
	m->out->files++;
	m->out->bytes += st.size;
	m->out->damaged += damage != NULL;
	if (is_power_of_two(m->out->files))
		add_sample(&m->sha, corpus, path, st.size);
	return 0;
}

int corpus_measure(const struct corpus *corpus, struct corpus_measure *out, struct err *err)
{
	struct measuring m = {.out = out};
	*out = (struct corpus_measure){0};
	SHA256Init(&m.sha);
	int rc = corpus_walk(corpus, ".", measure_one, &m, err);
	SHA256End(&m.sha, out->identity);
	return rc;
}
