/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Landmark sets as text, in the formats that programs of morphometrics read: TPS, NTS, X1Y1, Morphologika. For this folder only.
 *
 * A set is what the files of a corpus have in common; any thread may use it. A file belongs to one thread at a time, and is freed with free(3).
 * Functions return 0 or -ENOMEM. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "corpora/landmarks.h"

#include <stddef.h>
#include <sys/types.h>

#define LANDMARK_OBJECTS_MAX 10000000 /* of a corpus: what seven digits of a name hold */
#define LANDMARK_GROUPS_MAX 99	      /* and two of a group's */

/* The name of a format, by its number from 0; NULL behind the last. And what its files end in. Static. */
const char *landmark_format(uint32_t format);
const char *landmark_suffix(uint32_t format);

struct landmark_text;

/* Caller closes. */
int landmark_text_open(const struct landmark_shape *shape, uint64_t seed, struct landmark_text **out) MUST_USE;
void landmark_text_close(struct landmark_text *set);
uint64_t landmark_text_size(const struct landmark_text *set); /* of each file */
const struct landmark_space *landmark_text_space(const struct landmark_text *set); /* borrowed */

struct landmark_file;
int landmark_file_open(const struct landmark_text *set, uint64_t index, struct landmark_file **out) MUST_USE;

/* As corpus_file_read(). */
ssize_t landmark_file_read(struct landmark_file *file, void *bytes, size_t length, uint64_t offset);
