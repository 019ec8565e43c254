/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Damage to the structure of a media file: one named part of it made wrong, all else kept right, checksums included. For this folder
 * only, but for what a person may read of them.
 *
 * One table for each medium (lesions_png.c ...). To add one: an entry there, a line in ordeal-corpus(5), a reader that refuses it in
 * tests/cli/test_damage.sh. */
#pragma once

#include "base/attr.h"
#include "corpora/anatomy.h"
#include "corpora/patch.h"

/* What may be expected of a program that meets the file. */
enum truth_class {
	TRUTH_WHOLE,  /* nothing is wrong with it */
	TRUTH_UNSEEN, /* cannot be noticed: a wrong result is nobody's fault */
	TRUTH_WARN,   /* may be refused, warned of, or taken as it is */
	TRUTH_REFUSE, /* must be refused: a result without a word is wrong */
};

/* "whole", "unseen", "warn", "refuse". Static. */
const char *truth_class_name(enum truth_class class);

/* What a lesion works with. */
struct surgery {
	const struct reader *in;
	const struct anatomy *anatomy;
	struct patch *patch;
	uint64_t other_size; /* of the other file, for damage that takes one */
};

struct lesion {
	const char *name; /* "png-crc-idat" */
	enum medium medium;
	enum truth_class class;
	const char *about; /* one line for people */

	/* Add the edits. 0; -ENOENT where the file has nothing that it could strike; or as reader_exactly(). */
	int (*cut)(const struct lesion *self, struct surgery *surgery);
	const char *part;   /* for those that say which */
	uint64_t from, to;  /* for those that take numbers */
};

/* One after the other from 0; NULL behind the last. Static. */
const struct lesion *lesion_at(size_t index);

/* The one with this name, or NULL; the name that may be meant by it, or NULL. Static. */
const struct lesion *lesion_named(const char *name);
const char *lesion_nearest(const char *name);

/* What one medium's table is called. */
struct lesion_table {
	const struct lesion *at;
	size_t count;
};
extern const struct lesion_table lesions_png, lesions_riff, lesions_flac, lesions_tiff, lesions_bmp;

/* Words for tables: each adds edits and returns as lesion.cut. */

/* One bit of the byte at `at` is wrong. */
int lesion_flip(struct surgery *surgery, uint64_t at, unsigned char bits) MUST_USE;
/* The part is not there. */
int lesion_drop(const struct lesion *self, struct surgery *surgery) MUST_USE;
/* A number of so many bytes. */
int lesion_number(struct surgery *surgery, uint64_t at, uint64_t number, int bytes, bool big_endian) MUST_USE;
