/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Which files of a directory are tracks. */
#pragma once

#include "common/failure.h"
#include "common/names.h"

#include <limits.h>

/* All *.wav in whatever case, sorted. CODE_NOTHING_TO_DO: there is none. Free *tracks in any case. */
int tracks_find(struct names *tracks, const char *dir, struct failure *why) MUST_USE;

/* The output of a track: its name with .json for its suffix. Longer than NAME_MAX for the longest names. */
void tracks_output(const char *track, char output[NAME_MAX + 2]);

/* Refuse a track whose output belongs to an earlier one: a.wav beside a.WAV. */
int tracks_check_unique(const struct names *tracks, const char *track, struct failure *why) MUST_USE;
