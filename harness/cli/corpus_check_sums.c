/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* ordeal corpus check --sums: does a source give the bytes that a manifest tells of? Nothing is written for it. */
#include "base/scope.h"
#include "harness/cli/cli.h"
#include "harness/cli/corpus_cmds.h"
#include "harness/cli/corpus_team.h"
#include "harness/cli/corpus_findings.h"
#include "harness/cli/corpus_measure.h"
#include "harness/cli/corpus_sums.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

struct checking {
	const struct corpus *corpus;
	const char *source, *name;
	struct sums sums;
	struct findings findings;
	struct team_state state;
	struct corpus_measure measure;
};

static int meet(void *context, const char *path, mode_t type, bool *done, struct buf *said, struct err *err)
{
	struct checking *c = context;
	(void)err;
	if (!S_ISREG(type))
		return 0;
	*done = !sums_find(&c->sums, path);
	if (*done)
		findings_add(said, path, "not in %s", c->name);
	return 0;
}

static int work(void *context, unsigned worker, const char *path, struct buf *said, struct err *err)
{
	(void)worker, (void)err;
	struct checking *c = context;
	char hex[SHA256_DIGEST_STRING_LENGTH];
	struct sums_line *line = sums_find(&c->sums, path); /* each path is one worker's */
	line->seen = true;
	int rc = sums_digest(c->corpus, path, &c->state, hex);
	if (rc == -EINTR)
		return rc;
	if (rc)
		findings_add(said, path, "cannot be read: %s", strerror(-rc));
	else if (strcmp(hex, line->hex) != 0)
		findings_add(said, path, "another digest");
	return 0;
}

static void deliver(void *context, const char *said)
{
	findings_tell(&((struct checking *)context)->findings, said);
}

static int interrupted(void *context)
{
	struct checking *c = context;
	return cli_complain(EXIT_INTERRUPTED, "%s: interrupted after %llu of %llu files", c->name,
			    (unsigned long long)atomic_load(&c->state.files), (unsigned long long)c->measure.files);
}

static int tell(struct checking *c)
{
	SCOPED(buf_free) struct buf said = {0};
	for (size_t i = 0; i < c->sums.lines.count; i++) {
		if (c->sums.lines.at[i].seen)
			continue;
		buf_clear(&said);
		findings_add(&said, c->sums.lines.at[i].path, "missing");
		findings_tell(&c->findings, buf_string(&said));
	}
	if (c->findings.count)
		return findings_end(&c->findings, c->source, c->name);
	cli_tell("%s: %zu file%s, as in %s\n", c->source, c->sums.lines.count, c->sums.lines.count == 1 ? "" : "s", c->name);
	return EXIT_AS_EXPECTED;
}

static int check(struct checking *c, const struct corpus_options *options)
{
	struct err err = {0};
	if (sums_read(&c->sums, c->name, &err) < 0)
		return cli_fail(EXIT_USAGE, &err);
	int rc = corpus_measure(c->corpus, &c->measure, &err);
	const struct team_job job = {.meet = meet, .work = work, .deliver = deliver, .interrupted = interrupted, .context = c,
				     .state = &c->state, .files = c->measure.files, .bytes = c->measure.bytes};
	if (!rc)
		rc = team_run(c->corpus, &job, options->jobs ? options->jobs : team_usual(), &err);
	return !rc ? tell(c) : rc == -EINTR ? interrupted(c) : cli_fail(EXIT_ENVIRONMENT, &err);
}

int corpus_check_sums(const struct corpus_options *options, const char *source)
{
	struct corpus *corpus;
	struct err err = {0};
	if (corpus_open(source, &corpus, &err) < 0)
		return cli_fail(EXIT_USAGE, &err);
	struct checking c = {.corpus = corpus, .source = source, .name = options->sums, .findings.most = options->max ? options->max : FINDINGS_USUAL};
	int status = check(&c, options);
	sums_free(&c.sums);
	corpus_close(corpus);
	return status;
}
