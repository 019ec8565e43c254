/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Begins and ends a run. */
#include "common/run.h"

#include "common/limit.h"
#include "common/report.h"
#include "common/retry.h"
#include "common/stdout.h"
#include "common/summary.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Nothing that is opened later may become stdout or stderr by chance. Read-only, so that writing still fails. */
static void fill_standard_descriptors(void)
{
	int fd;
	do
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

void run_begin(struct run *run, const struct options_core *core, const struct options *options)
{
	*run = (struct run){.core = core->name, .options = options};
	clock_gettime(CLOCK_MONOTONIC, &run->begun);
	fill_standard_descriptors();
	retry_setup(options->retries);
	limit_setup(options->io_timeout_s);
}

int run_expect(struct run *run, size_t inputs, struct failure *why)
{
	run->inputs = inputs;
	run->skips = calloc(inputs, sizeof *run->skips);
	return run->skips ? 0 : failure_memory(why, run->options->in, "the list of inputs");
}

int run_skip(struct run *run, const char *file, const struct failure *failure)
{
	if (!run->options->skip || failure->code == CODE_CANCELLED)
		return -1;
	report_skipped(failure);
	run->skips[run->skip_count++] = (struct run_skip){.file = file, .code = failure->code};
	return 0;
}

enum status run_count(const struct run *run, const struct failure *why)
{
	limit_shield();
	bool failed = why && why->code != CODE_NOTHING_TO_DO;
	struct text text = {0};
	text_add(&text, "%zu\n", failed ? 0 : run->inputs);
	if (failed)
		report_error(why);
	struct failure unsaid;
	if (stdout_write(&text, &unsaid)) {
		report_error(&unsaid);
		return STATUS_REFUSED;
	}
	if (!failed)
		return STATUS_DONE;
	return why->code == CODE_CANCELLED ? STATUS_CANCELLED : STATUS_REFUSED;
}

static void take_back(struct run *run)
{
	made_remove(&run->made);
	run->outputs = 0;
}

static enum status end_badly(struct run *run, const struct failure *why)
{
	report_error(why);
	bool cancelled = why->code == CODE_CANCELLED;
	if (cancelled && run->options->skip)
		made_prune(&run->made);
	else
		take_back(run);
	return cancelled ? STATUS_CANCELLED : STATUS_REFUSED;
}

static enum status end(struct run *run, const struct failure *why)
{
	limit_shield();
	if (why)
		return end_badly(run, why);
	return run->skip_count || run->has_gaps ? STATUS_INCOMPLETE : STATUS_DONE;
}

enum status run_finish(struct run *run, const struct failure *why, run_details *details, const void *of)
{
	enum status status = end(run, why);
	struct failure unsaid;
	if (summary_print(run, status, details, of, &unsaid)) {
		report_error(&unsaid);
		take_back(run);
		status = STATUS_REFUSED;
	}
	made_free(&run->made);
	free(run->skips);
	return status;
}
