/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Corpora that lie over each other, as a source. For this folder only.
 *
 * Each layer is a whole corpus of its own, damage included, whose root lies at a directory of the common tree. A path is what the
 * uppermost layer has that knows it. Directories of several layers are one, with the names of all; what is no directory hides
 * all of that path, and below it, that lower layers have, and so does a directory a file. What damage has removed from a layer
 * hides nothing. Links are names: no layer is looked up through a link.
 *
 * Nothing is kept of the files: a name that is listed is asked for in the layers above it, so listing takes as many questions as
 * names times layers. Inode numbers are those of the layers, spread so that no two meet. */
#pragma once

#include "corpora/source.h"
#include "corpora/spec.h"

/* Takes from the spec what the layers keep. Caller closes through layers_source. */
int layers_open(struct spec *spec, void **out, struct err *err) MUST_USE;
extern const struct source layers_source;
