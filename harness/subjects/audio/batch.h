/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* All tracks of a directory, one after the other. */
#pragma once

#include "audio/codec.h"
#include "audio/kernel.h"
#include "common/names.h"
#include "common/parts.h"
#include "common/run.h"

struct batch {
	struct run *run;
	struct names tracks;
	struct parts parts;
};

/* *batch holds the run and nothing else. Free it in any case. */
int batch_make(struct batch *batch, struct failure *why) MUST_USE;

/* The run has borrowed the names: finish it before. */
void batch_free(struct batch *batch);
