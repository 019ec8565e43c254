/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What is measured of one track. */
#pragma once

#include "audio/codec.h"
#include "audio/tempo.h"
#include "common/source.h"

struct measures {
	uint64_t bytes; /* of the file */
	struct track track;
	double peak, rms; /* over all channels; full scale is 1, which float samples may exceed */
	struct tempo_estimate tempo;
};

/* Read the whole track, in memory that does not depend on its length. */
int measure_track(struct measures *measures, struct source *source, const struct codec *codec,
		     const struct kernel *kernel, struct failure *why) MUST_USE;
