/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Sequences of passes and strikes, one letter a request: "wxxwX".
 *
 *   w   the request passes (works)        W   it passes, and so do all behind it
 *   x   it is struck                      X   it is struck, and so are all behind it
 *   (wxx)*   the letters in it, over and over
 *
 * W, X and the star end a sequence; one that ends without them passes all that comes behind it. Compiled ones are immutable:
 * any thread. */
#pragma once

#include "base/attr.h"
#include "base/yaml.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Letters of one. */
#define SEQUENCE_MAX 4096

struct sequence {
	char *text;	 /* as it was written */
	size_t once;	 /* letters that count once */
	size_t again;	 /* letters in parentheses; 0: none */
	bool struck_after; /* what comes behind the letters, where none come again */
};

/* Is the request with this ordinal, counted from 1, to be struck? */
bool sequence_has(const struct sequence *sequence, uint64_t ordinal);

/* Reads a scalar into a struct sequence *. Refuses one that never strikes. Caller frees. */
yaml_reader sequence_yaml;
void sequence_free(struct sequence *sequence);
