/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Prints the summary, a buffer at a time. */
#include "common/summary.h"

#include "common/stdout.h"

static const char *boolean(bool value)
{
	return value ? "true" : "false";
}

static double seconds_since(const struct timespec *begun)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - begun->tv_sec) + (double)(now.tv_nsec - begun->tv_nsec) / 1e9;
}

static int flush(struct text *text, struct failure *why)
{
	int rc = stdout_write(text, why);
	*text = (struct text){0};
	return rc;
}

/* A name has at most 255 bytes, which quoting makes six times as long: what is half full can take one more. */
static int flush_if_full(struct text *text, struct failure *why)
{
	return text->length > sizeof text->at / 2 ? flush(text, why) : 0;
}

static int add_skips(struct text *text, const struct run *run, struct failure *why)
{
	text_add(text, ",\"skipped\":[");
	for (size_t i = 0; i < run->skip_count; i++) {
		text_add(text, "%s{\"file\":", i ? "," : "");
		text_quote(text, run->skips[i].file);
		text_add(text, ",\"code\":%d}", run->skips[i].code);
		if (flush_if_full(text, why))
			return -1;
	}
	text_add(text, "]");
	return 0;
}

int summary_print(const struct run *run, enum status status, run_details *details, const void *of, struct failure *why)
{
	struct text text = {0};
	text_add(&text, "{\"core\":\"%s\",\"success\":%s,\"cancelled\":%s,\"inputs\":%zu,\"outputs\":%zu", run->core,
		 boolean(status == STATUS_DONE), boolean(status == STATUS_CANCELLED), run->inputs, run->outputs);
	if (add_skips(&text, run, why))
		return -1;
	if (details)
		details(&text, of);
	text_add(&text, ",\"elapsed_s\":%.3f}\n", seconds_since(&run->begun));
	return flush(&text, why);
}
