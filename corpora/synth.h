/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Synthetic corpora: one directory of numbered files, all made by one generator. For this folder only.
 *
 * Names, sizes and inode numbers are arithmetic: there is no table of files, so ten million cost what ten do. */
#pragma once

#include "base/jsonw.h"
#include "base/yaml.h"
#include "corpora/landmarks.h"
#include "corpora/picture.h"
#include "corpora/source.h"
#include "corpora/stack.h"
#include "corpora/tone.h"

#define SYNTH_FILES_MAX 10000000
#define SYNTH_PREFIX_MAX 64
#define SYNTH_SUFFIX_MAX 16

struct generator;

/* What to make. Plain data: copied freely. */
struct synth_spec {
	const struct generator *generator;
	uint64_t count;	 /* of files, or of what the generator says it puts into them */
	uint64_t first;	 /* number of the first one */
	uint32_t digits; /* of a number, at least; zeroes in front */
	char prefix[SYNTH_PREFIX_MAX + 1];
	char suffix[SYNTH_SUFFIX_MAX + 1]; /* in the place of the generator's, where it is not empty */
	union {
		struct {
			struct stack_shape stack;
			const struct picture_format *format;
			struct picture picture; /* of a file; its width, height and bits are the stack's */
			bool compressed;
		};
		struct tone_shape tone;
		struct landmark_shape landmarks;
	};
};

/* A kind of file that can be made. One file each (synth_stack.c, synth_tone.c). `maker` is what one corpus needs of it: any
 * thread may use it; a file belongs to one thread at a time. */
struct generator {
	const char *name; /* as a source: "stack" */
	struct synth_spec usual;
	const struct yaml_field *fields; /* of struct synth_spec: its parameters */
	size_t fields_count;

	/* How many files hold `count` of what it makes. NULL: as many. */
	uint64_t (*files)(const struct synth_spec *spec);

	/* Refuse parameters that are good alone but not together. NULL: there are none. */
	int (*check)(const struct synth_spec *spec, struct err *err);

	/* "8 slices of 64x64, 16 bit". */
	void (*explain)(const struct synth_spec *spec, struct buf *out);

	/* What the names of the files end in: ".png". Static. */
	const char *(*suffix)(const struct synth_spec *spec);

	int (*open)(const struct synth_spec *spec, uint64_t seed, void **maker);
	void (*close)(void *maker);

	/* Of one file, `index` counting from 0: its bytes; and what is known of its content, as members of the object that
	 * stands open ("bpm": 120), for whoever has to judge what a program makes of it. tell may be NULL: there is nothing. */
	int (*size)(void *maker, uint64_t index, uint64_t *bytes);
	void (*tell)(void *maker, uint64_t index, struct jsonw *to);

	/* The same of all files together. May be NULL. */
	void (*tell_all)(void *maker, struct jsonw *to);

	int (*file_open)(void *maker, uint64_t index, void **file);
	void (*file_close)(void *file);
	ssize_t (*file_read)(void *file, void *bytes, size_t length, uint64_t offset);
};

extern const struct generator synth_stack, synth_tone, synth_landmarks;

/* The generator with this name, or NULL. */
const struct generator *synth_generator(const char *name);

/* Readers of the parameters that all generators have. */
yaml_reader synth_count, synth_first, synth_digits, synth_prefix, synth_suffix;
#define SYNTH_FIELDS(count_name)                                            \
	YAML_FIELD(struct synth_spec, count_name, count, synth_count),      \
	YAML_FIELD(struct synth_spec, "first", first, synth_first),         \
	YAML_FIELD(struct synth_spec, "digits", digits, synth_digits),      \
	YAML_FIELD(struct synth_spec, "prefix", prefix, synth_prefix),      \
	YAML_FIELD(struct synth_spec, "suffix", suffix, synth_suffix)

/* The source. Caller closes through synth_source. */
int synth_open(const struct synth_spec *spec, uint64_t seed, void **out, struct err *err) MUST_USE;
extern const struct source synth_source;
