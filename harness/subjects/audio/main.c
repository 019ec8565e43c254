/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* audio: measures the loudness and the tempo of tracks. */
#include "audio/batch.h"
#include "audio/tracks.h"

static const struct options_core core = {
	.name = "audio",
	.purpose = "Measure loudness and tempo of each WAV file in the directory IN; what is found\n"
		   "of IN/NAME.wav goes to OUT/NAME.json.\n",
	.own_help = "",
};

static enum status count(struct run *run)
{
	struct failure why;
	struct names tracks;
	int rc = tracks_find(&tracks, run->options->in, &why);
	run->inputs = tracks.count;
	names_free(&tracks);
	return run_count(run, rc ? &why : NULL);
}

static enum status make(struct run *run)
{
	struct failure why;
	struct batch batch = {.run = run};
	int rc = batch_make(&batch, &why);
	enum status status = run_finish(run, rc ? &why : NULL, NULL, NULL);
	batch_free(&batch);
	return status;
}

int main(int argc, char **argv)
{
	struct options options;
	int status = options_parse(&options, &core, argc, argv);
	if (status != OPTIONS_GO_ON)
		return status;
	struct run run;
	run_begin(&run, &core, &options);
	return (int)(options.count ? count(&run) : make(&run));
}
