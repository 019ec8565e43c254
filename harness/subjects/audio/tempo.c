/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Estimates the tempo: the first high peak of the autocorrelation. */
#include "audio/tempo.h"

#include <math.h>
#include <string.h>

/* BPM. What is searched is a little wider than what is promised (60 to 200), because a peak is found between lags. */
static const double slowest = 59;
static const double fastest = 202;

/* A period of two beats repeats as well as one of one beat does: of peaks nearly as high as the highest, the fastest counts.
 * Clicks whose period falls between two values of the envelope lose up to a fifth of their height. */
static const double nearly = 0.75;

static const double least_confidence = 0.1; /* below: noise (white noise gives 0.02, pink noise 0.09) */

enum { PERIODS_LEAST = 3 }; /* a lag counts when the track is so many times as long */

void tempo_begin(struct tempo *tempo, const struct kernel *kernel, double rate)
{
	*tempo = (struct tempo){.kernel = kernel, .rate = rate};
}

static void correlate(struct tempo *tempo)
{
	tempo->kernel->correlate(tempo->values + KERNEL_LAGS, tempo->pending, tempo->products);
	memmove(tempo->values, tempo->values + tempo->pending, KERNEL_LAGS * sizeof *tempo->values);
	tempo->pending = 0;
}

void tempo_add(struct tempo *tempo, int32_t value)
{
	tempo->values[KERNEL_LAGS + tempo->pending++] = value;
	tempo->count++;
	tempo->sum += value;
	if (tempo->pending == KERNEL_BLOCK)
		correlate(tempo);
}

/* Autocovariance: what the mean alone would give is taken off. */
static void covariances(const struct tempo *tempo, double *at)
{
	double mean = (double)tempo->sum / (double)tempo->count;
	for (size_t lag = 0; lag < KERNEL_LAGS; lag++)
		at[lag] = (double)tempo->products[lag] / (double)(tempo->count - lag) - mean * mean;
}

struct peak {
	double lag, height;
};

/* The top of the parabola through three neighbours, of which the middle one is the highest. */
static struct peak refine(const double *covariance, size_t lag)
{
	double before = covariance[lag - 1];
	double here = covariance[lag];
	double after = covariance[lag + 1];
	double offset = 0.5 * (before - after) / (before - 2 * here + after);
	return (struct peak){(double)lag + offset, here - 0.25 * (before - after) * offset};
}

static bool is_peak(const double *covariance, size_t lag)
{
	return covariance[lag] > 0 && covariance[lag] >= covariance[lag - 1] && covariance[lag] > covariance[lag + 1];
}

/* The first peak of at least that height, or one of height 0. With highest: the highest of them. */
static struct peak find_peak(const struct tempo *tempo, const double *covariance, double height, bool highest)
{
	struct peak found = {0};
	for (size_t lag = 2; lag + 1 < KERNEL_LAGS && lag * PERIODS_LEAST <= tempo->count; lag++) {
		if (!is_peak(covariance, lag))
			continue;
		struct peak peak = refine(covariance, lag);
		double bpm = 60 * tempo->rate / peak.lag;
		if (bpm < slowest || bpm > fastest || peak.height < height || peak.height <= found.height)
			continue;
		found = peak;
		if (!highest)
			break;
	}
	return found;
}

struct tempo_estimate tempo_end(struct tempo *tempo)
{
	correlate(tempo);
	struct tempo_estimate none = {0};
	if (tempo->count <= KERNEL_LAGS)
		return none;
	double covariance[KERNEL_LAGS];
	covariances(tempo, covariance);
	struct peak highest = find_peak(tempo, covariance, 0, true);
	if (highest.height <= 0)
		return none;
	struct peak beat = find_peak(tempo, covariance, nearly * highest.height, false);
	double confidence = fmin(beat.height / covariance[0], 1);
	if (confidence < least_confidence)
		return none;
	return (struct tempo_estimate){60 * tempo->rate / beat.lag, confidence};
}
