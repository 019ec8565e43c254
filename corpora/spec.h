/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What a source text means: generator, directory or archive, its parameters, its damage. For this folder only.
 *
 * A spec file is a mapping. Its own keys:
 *
 *     version: 1
 *     title: one line that says what it is for
 *     source: stack            any source: a generator, another profile with or without parameters, tree:DIR, pack:FILE
 *     seed: 7                  of content and damage; 1 if nobody says
 *     damage: [...]            see damage.h; added to that of the source
 *     variants: {...}          see variants.h: one file of the source, damaged in every way of a kind
 *
 * and beside them the parameters of the generator at the end of the chain (synth_stack.c, synth_tone.c). The short form,
 * NAME:key=value,key=value, has the same keys without version, title and source. Paths in a spec file are relative to it.
 *
 * In the place of `source` stands one of
 *
 *     files: [...]             written out one by one, see files.h
 *     layers: [...]            lying over each other, see layers.h: each a mapping as this one, without version and title
 *
 * A layer has the seed of the spec, unless it or its source names one. `damage: none` forgets that of the layers, too. */
#pragma once

#include "corpora/damage.h"
#include "corpora/files.h"
#include "corpora/synth.h"
#include "corpora/variants.h"

/* Behind this head a source text is a spec file's content: spec:{version: 1, source: ct-tiny, damage: [...]}. */
#define SPEC_INLINE "spec:"

enum spec_from { SPEC_SYNTH, SPEC_TREE, SPEC_PACK, SPEC_FILES, SPEC_LAYERS };

/* Layers of one source, those of its layers counted: what lies in any of them is looked for in each. */
#define SPEC_LAYERS_MAX 100

struct spec {
	char *title; /* of the outermost spec file; NULL where there is none */
	uint64_t seed;
	bool seeded;		 /* somebody has named the seed */
	struct synth_spec synth; /* synth.generator is NULL for what is not generated */
	enum spec_from from;
	char *path; /* of tree or pack */
	struct files *files;
	VEC(struct spec) layers; /* the lowest first */
	char *at;		 /* of a layer: the directory that it lies in; NULL: the root */
	struct damage damage;
	struct variants_spec variants;
};

/* Read a source text. Returns 0, or a negative errno with a reason; spec_fini() in the former case only. */
int spec_read(const char *source, struct spec *out, struct err *err) MUST_USE;
void spec_fini(struct spec *spec);

/* Whether there is damage in it, or in any of its layers. */
bool spec_is_damaged(const struct spec *spec);
