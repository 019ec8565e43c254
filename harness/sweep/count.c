/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Runs a box with a trace. */
#include "harness/sweep/count.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/scope.h"
#include "harness/coverage.h"
#include "harness/exits.h"
#include "harness/interrupts.h"
#include "harness/words.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* As for clean runs: it sets the measure for the rest. */
#define COUNT_DEADLINE_NS (120 * NS_PER_S)

struct counted {
	const struct session *session;
	const struct trial *trial;
	bool clean, preload;
};

static const char *env_of(const struct counted *c)
{
	const struct coverage *coverage = c->session->coverage;
	return coverage ? coverage_env(coverage, c->clean ? COVERAGE_CLEAN : COVERAGE_FAULTS) : NULL;
}

static void request(const void *context, size_t index, struct box_request *out)
{
	const struct counted *c = context;
	(void)index;
	*out = (struct box_request){
		.spec = &c->trial->spec,
		.corpus = c->trial->corpus,
		.subject = c->trial->subject,
		.rules = c->trial->rules,
		.preload = c->preload,
		.mapped = c->preload,
		.allocations = c->trial->allocations.at,
		.allocations_count = c->trial->allocations.count,
		.counted = true,
		.files = c->session->baselines.at[c->trial->baseline]->inputs.at,
		.env = env_of(c),
		.deadline_ns = c->trial->spec.deadline_ns ? c->trial->spec.deadline_ns : COUNT_DEADLINE_NS,
	};
}

/* The last line that it said, for whoever wonders why. */
static void tell_words(const struct box *box, char *line, size_t size)
{
	SCOPED(buf_free) struct buf words = {0};
	line[0] = '\0';
	if (lseek(box->streams[STREAM_STDERR], 0, SEEK_SET) == 0 && buf_read_fd(&words, box->streams[STREAM_STDERR], 65536) == 0)
		words_telling_line(buf_string(&words), line, size);
}

static int check_clean(const struct box *box, struct err *err)
{
	const struct process_outcome *run = &box->findings->runs[RUN_MAIN];
	char said[300];
	tell_words(box, said, sizeof said);
	if (run->timed_out)
		return err_set(err, ECANCELED, "without any fault it does not end: %s", run->stuck);
	if (run->signal || run->exit_code != 0)
		return err_set(err, ECANCELED, "without any fault it fails already (%s %d)%s%s", run->signal ? "signal" : "exit status",
			       run->signal ? run->signal : run->exit_code, said[0] ? ": " : "", said);
	return 0;
}

static int take(const struct box *box, bool clean, bool mapped, struct count *out, struct err *err)
{
	const struct box_findings *found = box->findings;
	if (!found->complete)
		return err_set(err, found->status == EXIT_USAGE ? EINVAL : EIO, "%s", found->trouble);
	int rc = clean ? check_clean(box, err) : 0;
	out->run = found->runs[RUN_MAIN];
	out->allocations = found->allocations;
	rc = rc ? rc : points_read(box->streams[STREAM_TRACE], found->counted_from, &out->points, err);
	rc = rc ? rc : manifest_read(box->streams[STREAM_BEFORE], &out->before, err);
	return rc || !mapped ? rc : schedule_map_take(box->streams[STREAM_MAP], &out->map, err);
}

/* Its end, or Ctrl-C. */
static int await(struct box *box, const struct interrupts *interrupts, struct err *err)
{
	struct pollfd fds[2] = {{.fd = box->line, .events = POLLIN}, {.fd = interrupts->fd, .events = POLLIN}};
	while (poll(fds, 2, clock_until_ms(box->until_ns)) < 0 && errno == EINTR)
		;
	bool interrupted = fds[1].revents;
	if (interrupted)
		box_cancel(box);
	box_finish(box);
	return interrupted ? err_set(err, EINTR, "interrupted while it was counted") : 0;
}

int count_run(const struct session *session, const struct trial *trial, bool clean, bool preload, struct count *out, struct err *err)
{
	const struct counted counted = {session, trial, clean, preload};
	const struct box_host host = {.world = session->world, .request = request, .context = &counted};
	struct interrupts interrupts;
	struct box box;
	*out = (struct count){0};
	int rc = interrupts_begin(&interrupts, err);
	if (rc)
		return rc;
	rc = box_start(&host, 0, &box, err);
	if (!rc) {
		rc = await(&box, &interrupts, err);
		rc = rc ? rc : take(&box, clean, preload, out, err);
		box_close(&box);
	}
	interrupts_end(&interrupts);
	return rc;
}

void count_free(struct count *count)
{
	points_free(&count->points);
	manifest_free(&count->before);
	alloc_map_free(&count->map);
}
