/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* One file of a source, damaged in every way of a kind: a directory of its variants. For this folder only.
 *
 *     variants: {of: slice_0000.png, each: truncate}          cut after each byte: slice_0000-0000000.png ...
 *     variants: {of: slice_0000.png, each: flip, in: 0..33}   with each bit of a range wrong: the number counts bits
 *     variants: {of: slice_0000.png, each: break}             broken in each way that its structure knows: slice_0000-png-adler.png ...
 *
 * `step` takes every so manyth cut or bit. Names and bytes are arithmetic: there is no table of files. The file is undamaged here; each
 * variant's damage is that of a rule over all (damage_each_*), so that it has its truth like any other. */
#pragma once

#include "base/units.h"
#include "corpora/damage.h"
#include "corpora/source.h"

#define VARIANTS_MAX 10000000

enum variants_each { VARIANTS_TRUNCATE, VARIANTS_FLIP, VARIANTS_BREAK };

struct variants_spec {
	char *of; /* path in the source; NULL: there are none */
	enum variants_each each;
	struct range in; /* truncate: bytes kept; flip: bytes whose bits are wrong, all where nobody says */
	uint64_t step;
};

/* Reads the value of `variants`. */
yaml_reader variants_yaml;
void variants_fini(struct variants_spec *spec);

/* Open them over a source, which is theirs then (closed also on failure), and add the rule of their damage, unless it says none. 0 or a negative errno. */
int variants_open(const struct source *source, void *self, const struct variants_spec *spec, struct damage *damage, void **out,
		  struct err *err) MUST_USE;
extern const struct source variants_source;
