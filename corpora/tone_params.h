/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The parameters of the generator `tone`, read and checked. For synth_tone.c. */
#pragma once

#include "corpora/synth.h"

#define TONE_FIELDS 18
extern const struct yaml_field tone_fields[TONE_FIELDS];

/* Refuse what the format or the encoding cannot hold. 0 or -EINVAL. */
int tone_check(const struct synth_spec *spec, struct err *err) MUST_USE;

/* The WAV, RF64 or Wave64 file, and the FLAC file, that the shape asks for. */
struct wav_shape;
struct flac_shape;
struct wav_shape tone_as_wav(const struct tone_shape *shape);
struct flac_shape tone_as_flac(const struct tone_shape *shape);
