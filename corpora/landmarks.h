/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Landmark sets drawn from a known shape space. For this folder only.
 *
 * An object is the mean shape (of unit centroid size), moved along modes: orthonormal directions that neither shift, turn nor scale it,
 * so that a Procrustes superimposition leaves them as they are, to first order in the deviation. The score along mode m has variance
 * variance / 2^m: these are the eigenvalues of the covariance of superimposed shapes. One more such direction tells the groups apart. Then
 * each object is scaled, turned and shifted in its own way.
 *
 * Only + - * / and sqrt(3) of IEEE doubles: the same everywhere. Any landmark of any object is made without the others. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

#define LANDMARKS_MAX 10000 /* of an object */
#define LANDMARKS_MODES_MAX 16

struct landmark_shape {
	uint32_t objects; /* of a file */
	uint32_t landmarks;
	uint32_t dimensions; /* 2 or 3 */
	uint32_t groups;     /* object i is of group i modulo groups */
	uint32_t modes;
	double variance; /* of the first mode, in squares of the centroid size; each further one has half of the one before */
	double apart;	 /* half the distance of the first group from the last, in centroid sizes; without meaning for one group */
	double missing;	 /* share of the landmarks of a file that are missing */
	uint32_t format;
};

struct landmark_space;

/* How many modes there can be in so few landmarks. */
uint32_t landmark_modes_max(const struct landmark_shape *shape);

/* 0 or -ENOMEM. Caller frees. Any thread may use it. */
int landmark_space_make(const struct landmark_shape *shape, uint64_t seed, struct landmark_space **out) MUST_USE;
void landmark_space_free(struct landmark_space *space);

/* The mean shape: landmarks x dimensions numbers, of unit centroid size. Borrowed. */
const double *landmark_mean(const struct landmark_space *space);

/* The variance of a mode. */
double landmark_eigenvalue(const struct landmark_shape *shape, uint32_t mode);

struct landmark_object {
	double scores[LANDMARKS_MODES_MAX + 1]; /* along the modes, and the direction of the groups */
	double turn[3][3];			/* and scaled */
	double shift[3];
};

void landmark_object(const struct landmark_space *space, uint64_t object, struct landmark_object *out);

/* Coordinates of one landmark, in thousandths: 1000.000 to 9999.999. */
void landmark_place(const struct landmark_space *space, const struct landmark_object *object, uint32_t landmark, uint32_t out[3]);

/* Which landmarks of a file are missing: as many as the share says, spread evenly over landmarks and objects. */
struct landmark_gaps {
	uint64_t count;	     /* how many */
	uint64_t step, from; /* the n-th is missing where (n * step + from) mod all < count */
	uint64_t all;
};
void landmark_gaps(const struct landmark_shape *shape, uint64_t seed, uint64_t file, struct landmark_gaps *out);
bool landmark_is_missing(const struct landmark_gaps *gaps, uint64_t n);
