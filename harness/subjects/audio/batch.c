/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Measures all tracks of a directory. */
#include "audio/batch.h"

#include "audio/measure.h"
#include "audio/result.h"
#include "audio/tracks.h"
#include "common/atomic.h"
#include "common/report.h"
#include "common/source.h"

#include <errno.h>
#include <string.h>

enum { RESULT_MOST = sizeof((struct text *)0)->at };

static const struct parts_wanted wanted = {
	.codec_file = "codec_wav.so",
	.codec_symbol = CODEC_SYMBOL,
	.codec_abi = CODEC_ABI,
	.kernel_symbol = KERNEL_SYMBOL,
	.kernel_abi = KERNEL_ABI,
	.portable = &kernel_portable,
	.agrees = kernel_agrees,
};

/* As a C string; bytes behind a NUL would not be seen. */
static bool is_sound(const struct bytes *content, const struct source *source)
{
	const char *object = (const char *)content->at;
	return strlen(object) + 1 == content->length && result_matches(object, source->name, source->size);
}

/* Read an existing output and judge it. 0: it is sound. */
static int check_existing(const struct run *run, const struct source *source, const char *output, struct failure *why)
{
	struct bytes content = {0};
	int rc = source_slurp(&content, run->options->out, output, RESULT_MOST, why);
	if (rc == 0 && bytes_add(&content, "", 1))
		rc = failure_memory(why, output, "the result");
	if (rc == 0 && !is_sound(&content, source))
		rc = failure_set(why, CODE_CORRUPTED, output, "is no result for this track");
	bytes_free(&content);
	return rc;
}

/* With --resume: 1: keep the output. 0: make it; what is wrong with one that exists was reported. -1: the run must end. */
static int keep(const struct run *run, const struct source *source, const char *output, struct failure *why)
{
	if (!run->options->resume)
		return 0;
	if (check_existing(run, source, output, why) == 0)
		return atomic_forget(run->options->out, output, why) ? -1 : 1;
	if (why->code == CODE_CANCELLED)
		return -1;
	if (why->error != ENOENT)
		report_warning(why, "made anew");
	return 0;
}

/* OUT is made when there is something to put into it. */
static int save(struct run *run, const char *output, const struct text *object, struct failure *why)
{
	if (!run->made.root && made_begin(&run->made, run->options->out, why))
		return -1;
	if (made_file(&run->made, output, object->at, object->length, why))
		return -1;
	run->outputs++;
	return 0;
}

static int make_from(struct batch *batch, struct source *source, const char *track, struct failure *why)
{
	char output[NAME_MAX + 2];
	tracks_output(track, output);
	int kept = keep(batch->run, source, output, why);
	if (kept < 0)
		return -1;
	if (kept) {
		batch->run->outputs++;
		return 0;
	}
	struct measures measures;
	if (measure_track(&measures, source, batch->parts.codec, batch->parts.kernel, why))
		return run_skip(batch->run, track, why);
	struct text object = {0};
	result_write(&object, track, &measures);
	return save(batch->run, output, &object, why);
}

static int make_one(struct batch *batch, const char *track, struct failure *why)
{
	struct source source;
	if (tracks_check_unique(&batch->tracks, track, why) || source_open(&source, batch->run->options->in, track, why))
		return run_skip(batch->run, track, why);
	int rc = make_from(batch, &source, track, why);
	source_close(&source);
	return rc;
}

static int make_all(struct batch *batch, struct failure *why)
{
	for (size_t i = 0; i < batch->tracks.count; i++)
		if (make_one(batch, batch->tracks.at[i], why))
			return -1;
	if (batch->run->outputs == 0)
		return failure_set(why, CODE_NOTHING_TO_DO, batch->run->options->in, "none of its tracks could be used");
	return made_sync(&batch->run->made, why);
}

int batch_make(struct batch *batch, struct failure *why)
{
	const struct options *options = batch->run->options;
	if (tracks_find(&batch->tracks, options->in, why) || run_expect(batch->run, batch->tracks.count, why))
		return -1;
	if (parts_load(&batch->parts, &wanted, options->modules, why))
		return -1;
	return make_all(batch, why);
}

void batch_free(struct batch *batch)
{
	parts_close(&batch->parts);
	names_free(&batch->tracks);
}
