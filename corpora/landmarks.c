/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Makes a shape space, and objects of it. */
#include "corpora/landmarks.h"

#include "base/draw.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(FLT_EVAL_METHOD == 0, "doubles must be rounded at every step (on i386: -msse2 -mfpmath=sse)");

struct landmark_space {
	struct landmark_shape shape;
	uint64_t seed;
	double base;	  /* centroid size of an object of average size */
	double *mean;	  /* the first of `rows` */
	double *modes;	  /* so many rows, and one more where there are groups */
	uint32_t columns; /* coordinates of an object */
	double rows[];
};

/* Lanes of the draws. */
enum { LANE_MEAN, LANE_SIZE, LANE_SHIFT, LANE_TURN = LANE_SHIFT + 3, LANE_SCORES = LANE_TURN + 4, LANE_MODES = 100 };

static double draw_around(uint64_t seed, const char *who, uint64_t where, uint64_t lane)
{
	const struct draw_key key = {.seed = seed, .who = draw_text(who), .where = where, .lane = lane};
	return 2 * draw_unit(&key) - 1;
}

/* ---- the space ---- */

/* Directions in which a shape does not change: shifts, scale, turns. */
static uint32_t idle_directions(uint32_t dimensions)
{
	return dimensions == 2 ? 2 + 1 + 1 : 3 + 1 + 3;
}

static uint32_t directions_of(const struct landmark_shape *shape)
{
	return shape->modes + (shape->groups > 1);
}

uint32_t landmark_modes_max(const struct landmark_shape *shape)
{
	uint32_t left = shape->landmarks * shape->dimensions - idle_directions(shape->dimensions) - (shape->groups > 1);
	return left < LANDMARKS_MODES_MAX ? left : LANDMARKS_MODES_MAX;
}

static double product(const double *a, const double *b, uint32_t count)
{
	double sum = 0;
	for (uint32_t i = 0; i < count; i++)
		sum += a[i] * b[i];
	return sum;
}

/* Take out of a row what lies along those before it, and make its length 1. False where nothing is left. */
static bool straighten(double *row, const double *before, uint32_t rows, uint32_t count)
{
	for (int round = 0; round < 2; round++) { /* the second takes what rounding has left */
		double length = product(row, row, count);
		for (uint32_t r = 0; r < rows; r++) {
			double along = product(row, before + (size_t)r * count, count);
			for (uint32_t i = 0; i < count; i++)
				row[i] -= along * before[(size_t)r * count + i];
		}
		double left = product(row, row, count);
		if (left <= length * 1e-9)
			return false;
		for (uint32_t i = 0; i < count; i++)
			row[i] /= sqrt(left);
	}
	return true;
}

/* A row of random numbers, straight to those before it. There is room for one: chance alone spoils no more than a few. */
static void draw_row(struct landmark_space *space, double *row, uint64_t lane, const double *before, uint32_t rows)
{
	uint64_t try = 0;
	do
		for (uint32_t i = 0; i < space->columns; i++)
			row[i] = draw_around(space->seed, "landmarks: row", i + try * space->columns, lane);
	while (!straighten(row, before, rows, space->columns) && ++try < 1000);
}

/* What happens to the shape when it is turned a little in the plane of two axes. */
static void turn_row(const struct landmark_space *space, uint32_t one, uint32_t other, double *row)
{
	const uint32_t dimensions = space->shape.dimensions;
	memset(row, 0, space->columns * sizeof *row);
	for (uint32_t i = 0; i < space->columns; i += dimensions) {
		row[i + one] = -space->mean[i + other];
		row[i + other] = space->mean[i + one];
	}
}

/* The rows: shifts, the mean, turns, modes. */
static void fill_rows(struct landmark_space *space)
{
	const uint32_t dimensions = space->shape.dimensions, columns = space->columns;
	double *row = space->rows;
	uint32_t rows = 0;
	for (uint32_t d = 0; d < dimensions; d++, rows++, row += columns)
		for (uint32_t i = 0; i < columns; i++)
			row[i] = i % dimensions == d ? 1 / sqrt((double)space->shape.landmarks) : 0;
	space->mean = row;
	draw_row(space, row, LANE_MEAN, space->rows, rows++);
	for (uint32_t one = 0; one < dimensions; one++)
		for (uint32_t other = one + 1; other < dimensions; other++) {
			row += columns;
			turn_row(space, one, other, row);
			straighten(row, space->rows, rows++, columns);
		}
	space->modes = row + columns;
	for (uint32_t m = 0; m < directions_of(&space->shape); m++) {
		row += columns;
		draw_row(space, row, LANE_MODES + m, space->rows, rows++);
	}
}

double landmark_eigenvalue(const struct landmark_shape *shape, uint32_t mode)
{
	return shape->variance / (double)(UINT32_C(1) << mode);
}

/* Scores are sums of three numbers in [-1, 1): of variance 1, and never beyond 3. */
#define SCORE_MAX 3

/* How far a landmark can get from the middle, in centroid sizes. */
static double reach_of(const struct landmark_space *space, uint32_t landmark)
{
	const struct landmark_shape *shape = &space->shape;
	double square = 0;
	for (uint32_t d = 0; d < shape->dimensions; d++) {
		uint32_t column = landmark * shape->dimensions + d;
		double far = fabs(space->mean[column]);
		for (uint32_t m = 0; m < shape->modes; m++)
			far += SCORE_MAX * sqrt(landmark_eigenvalue(shape, m)) * fabs(space->modes[(size_t)m * space->columns + column]);
		if (shape->groups > 1)
			far += shape->apart * fabs(space->modes[(size_t)shape->modes * space->columns + column]);
		square += far * far;
	}
	return sqrt(square);
}

/* All coordinates stay within 5000 +- 500 +- 3000. */
#define MIDDLE 5000.0
#define STRAY 500.0
#define RADIUS_MAX 3000.0
#define SIZE_MAX_FACTOR 1.25
#define SIZE_MIN_FACTOR 0.8

static double base_of(const struct landmark_space *space)
{
	double farthest = 0;
	for (uint32_t l = 0; l < space->shape.landmarks; l++) {
		double reach = reach_of(space, l);
		farthest = reach > farthest ? reach : farthest;
	}
	return RADIUS_MAX / (farthest * SIZE_MAX_FACTOR);
}

int landmark_space_make(const struct landmark_shape *shape, uint64_t seed, struct landmark_space **out)
{
	const uint32_t rows = idle_directions(shape->dimensions) + directions_of(shape);
	const uint32_t columns = shape->landmarks * shape->dimensions;
	struct landmark_space *space = calloc(1, sizeof *space + (size_t)rows * columns * sizeof *space->rows);
	if (!space)
		return -ENOMEM;
	space->shape = *shape;
	space->seed = seed;
	space->columns = columns;
	fill_rows(space);
	space->base = base_of(space);
	*out = space;
	return 0;
}

void landmark_space_free(struct landmark_space *space)
{
	free(space);
}

const double *landmark_mean(const struct landmark_space *space)
{
	return space->mean;
}

/* ---- objects ---- */

/* A turn by up to a quarter each way, without a sine: t is the tangent of half the angle. */
static void turn_flat(double t, double scale, double turn[3][3])
{
	double square = 1 + t * t;
	turn[0][0] = turn[1][1] = scale * (1 - t * t) / square;
	turn[1][0] = scale * 2 * t / square;
	turn[0][1] = -turn[1][0];
}

/* The turn of a quaternion that is made to be of length 1. */
static void turn_space(const double q[4], double scale, double turn[3][3])
{
	double square = q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3], twice = 2 / square;
	for (int i = 0; i < 3; i++) {
		int j = (i + 1) % 3, k = (i + 2) % 3;
		const double qi = q[1 + i], qj = q[1 + j], qk = q[1 + k];
		turn[i][i] = scale * (1 - twice * (qj * qj + qk * qk));
		turn[i][j] = scale * twice * (qi * qj - q[0] * qk);
		turn[i][k] = scale * twice * (qi * qk + q[0] * qj);
	}
}

/* Where the group of an object lies, from -1 to 1. */
static double side_of(const struct landmark_shape *shape, uint64_t object)
{
	return 2 * (double)(object % shape->groups) / (double)(shape->groups - 1) - 1;
}

static double draw_object(const struct landmark_space *space, uint64_t object, uint64_t lane)
{
	return draw_around(space->seed, "landmarks: object", object, lane);
}

void landmark_object(const struct landmark_space *space, uint64_t object, struct landmark_object *out)
{
	const struct landmark_shape *shape = &space->shape;
	double q[4];
	*out = (struct landmark_object){0};
	for (uint32_t m = 0; m < shape->modes; m++) {
		double score = 0;
		for (uint64_t part = 0; part < 3; part++)
			score += draw_object(space, object, LANE_SCORES + 3 * m + part);
		out->scores[m] = score * sqrt(landmark_eigenvalue(shape, m));
	}
	if (shape->groups > 1)
		out->scores[shape->modes] = shape->apart * side_of(shape, object);
	double half = (SIZE_MAX_FACTOR - SIZE_MIN_FACTOR) / 2;
	double scale = space->base * (SIZE_MIN_FACTOR + half + half * draw_object(space, object, LANE_SIZE));
	for (uint64_t i = 0; i < 4; i++)
		q[i] = (i == 0) + draw_object(space, object, LANE_TURN + i) / (i == 0 ? 2 : 1);
	if (shape->dimensions == 2)
		turn_flat(q[1], scale, out->turn);
	else
		turn_space(q, scale, out->turn);
	for (uint64_t d = 0; d < 3; d++)
		out->shift[d] = MIDDLE + STRAY * draw_object(space, object, LANE_SHIFT + d);
}

void landmark_place(const struct landmark_space *space, const struct landmark_object *object, uint32_t landmark, uint32_t out[3])
{
	const uint32_t dimensions = space->shape.dimensions, directions = directions_of(&space->shape);
	double shaped[3] = {0};
	for (uint32_t d = 0; d < dimensions; d++) {
		size_t column = (size_t)landmark * dimensions + d;
		shaped[d] = space->mean[column];
		for (uint32_t m = 0; m < directions; m++)
			shaped[d] += object->scores[m] * space->modes[(size_t)m * space->columns + column];
	}
	for (uint32_t d = 0; d < dimensions; d++) {
		double place = object->shift[d];
		for (uint32_t e = 0; e < dimensions; e++)
			place += object->turn[d][e] * shaped[e];
		out[d] = (uint32_t)(place * 1000 + 0.5);
	}
}

/* ---- what is missing ---- */

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

/* A step that has no divisor in common with the whole meets every place once, so that the number of gaps is exact. */
void landmark_gaps(const struct landmark_shape *shape, uint64_t seed, uint64_t file, struct landmark_gaps *out)
{
	const struct draw_key key = {.seed = seed, .who = draw_text("landmarks: gaps"), .where = file}, next = {
		.seed = seed, .who = draw_text("landmarks: gaps"), .where = file, .lane = 1};
	uint64_t all = (uint64_t)shape->objects * shape->landmarks;
	*out = (struct landmark_gaps){
		.count = (uint64_t)(shape->missing * (double)all + 0.5),
		.all = all,
		.from = draw_u64(&key) % all,
		.step = all * 3 / 8 + draw_u64(&next) % (all / 4 + 1),
	};
	while (common_divisor(out->step, all) != 1)
		out->step++;
}

bool landmark_is_missing(const struct landmark_gaps *gaps, uint64_t n)
{
	return gaps->count && (uint64_t)(((unsigned __int128)n * gaps->step + gaps->from) % gaps->all) < gaps->count;
}
