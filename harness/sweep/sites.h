/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Where something was struck, in words that are the same for all that were struck at the same place. */
#pragma once

#include "base/buf.h"
#include "harness/sweep/sweep.h"
#include "harness/symbols.h"

/* A stack of the map in the form that names are found for. What does not fit is cut. */
void sites_stack(const struct alloc_map *map, const struct alloc_map_stack *from, struct code_stack *out);

/* Of an operation its kind and name, without numbers and without the errno; of an allocation the function that wanted it; of a file its
 * name and what is done to it; else what the axis calls it, without numbers. */
void sites_name(const struct sweep *sweep, const struct sweep_case *one, struct symbols *symbols, struct buf *out);

/* The same without names of files: "write of out", "load_slice", "truncated". */
void sites_kind(const struct sweep *sweep, const struct sweep_case *one, struct symbols *symbols, struct buf *out);

/* A text in which the file that was struck has no name: "north/alpha" of north/alpha.wav is *, and so is alpha, wherever it stands as a word.
 * Which of many files it was is not what went wrong. */
void sites_without_file(const char *text, const char *path, struct buf *out);

/* One line of a text, its numbers as #: numbers tell one file from the next, and one byte from another, and not what went wrong. */
void sites_put_line(const char *text, struct buf *out);
