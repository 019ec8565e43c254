/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Synthetic tracks: their head, their tempo, their sine. */
#include "test_corpora.h"

#include "corpora/tone.h"
#include "corpora/wav.h"

#include <math.h>

static uint32_t le(const unsigned char *bytes, int count)
{
	uint32_t number = 0;
	for (int i = count; i-- > 0;)
		number = number << 8 | bytes[i];
	return number;
}

static void the_head_tells_the_truth(void **state)
{
	(void)state;
	struct corpus *corpus = opened("tone:files=1,seconds=2,rate=48000,channels=2");
	size_t size;
	unsigned char *bytes = whole_file(corpus, "track_000.wav", &size);
	assert_int_equal(size, 44 + 2 * 48000 * 2 * 2);
	assert_memory_equal(bytes, "RIFF", 4);
	assert_int_equal(le(bytes + 4, 4), size - 8);
	assert_memory_equal(bytes + 8, "WAVEfmt ", 8);
	assert_int_equal(le(bytes + 16, 4), 16);
	assert_int_equal(le(bytes + 20, 2), 1);
	assert_int_equal(le(bytes + 22, 2), 2);
	assert_int_equal(le(bytes + 24, 4), 48000);
	assert_int_equal(le(bytes + 28, 4), 48000 * 4);
	assert_int_equal(le(bytes + 32, 2), 4);
	assert_int_equal(le(bytes + 34, 2), 16);
	assert_memory_equal(bytes + 36, "data", 4);
	assert_int_equal(le(bytes + 40, 4), size - 44);
	free(bytes);
	corpus_close(corpus);
}

/* tone.h: "Off by less than 2^-20 of full scale". */
static void the_sine_is_as_good_as_promised(void **state)
{
	(void)state;
	double worst = 0;
	for (uint64_t phase = 0; phase < UINT64_C(1) << 32; phase += 9973) {
		double want = sin((double)phase * 0x1p-32 * 2 * M_PI), have = tone_sine((uint32_t)phase) * 0x1p-30;
		worst = fmax(worst, fabs(want - have));
	}
	assert_true(worst < 0x1p-20);
	assert_int_equal(tone_sine(0), 0);
}

static int32_t *samples_of(const struct tone_shape *shape, uint64_t index, size_t *count)
{
	struct tone_track track;
	*count = (size_t)shape->seconds * shape->rate * shape->channels;
	int32_t *samples = malloc(*count * sizeof *samples);
	assert_non_null(samples);
	tone_track(shape, index, 1, &track);
	tone_samples(&track, 0, *count / shape->channels, samples);
	return samples;
}

/* Frames at which a click starts: the first loud one after 20 ms without any. */
static size_t onsets(const int32_t *samples, size_t count, uint32_t rate, size_t *at, size_t room)
{
	size_t found = 0, last = 0;
	for (size_t i = 0; i < count; i++) {
		if (abs(samples[i]) < 20000)
			continue;
		if ((found == 0 || i - last > rate / 50) && found < room)
			at[found++] = i;
		last = i;
	}
	return found;
}

static void clicks_stand_at_the_tempo(void **state)
{
	(void)state;
	const struct tone_shape shape = {.seconds = 10, .rate = 11025, .channels = 1};
	for (uint64_t index = 0; index < 6; index++) {
		size_t count, at[64];
		int32_t *samples = samples_of(&shape, index, &count);
		size_t found = onsets(samples, count, shape.rate, at, COUNT_OF(at));
		double beat = 60.0 * shape.rate / tone_tempo(index);
		assert_int_equal(found, (size_t)ceil((double)count / beat));
		for (size_t i = 0; i < found; i++)
			assert_int_equal(at[i], (size_t)ceil((double)i * beat - 1e-9));
		free(samples);
	}
}

static void clicks_are_loud_and_nothing_clips(void **state)
{
	(void)state;
	const struct tone_shape shape = {.seconds = 5, .rate = 44100, .channels = 2, .bpm = 120};
	size_t count;
	int32_t *samples = samples_of(&shape, 3, &count);
	int loudest = 0;
	for (size_t i = 0; i < count; i++)
		loudest = abs(samples[i]) > loudest ? abs(samples[i]) : loudest;
	assert_in_range(loudest, 29489, 29490 + 2621); /* 0.9 of full scale, and at most the tone on it */
	for (size_t i = 2 * 44100 / 4; i < 2 * 44100 / 2; i++)
		assert_in_range(samples[i] + 2621, 0, 2 * 2621);
	free(samples);
}

/* Rising passages through zero in a second are the pitch. */
static unsigned pitch_of(const int32_t *samples, uint32_t rate, uint32_t channels)
{
	unsigned passages = 0;
	for (size_t i = rate; i < (size_t)rate * 2; i++)
		passages += samples[(i - 1) * channels] < 0 && samples[i * channels] >= 0;
	return passages;
}

static void each_track_and_channel_has_a_pitch_of_its_own(void **state)
{
	(void)state;
	const struct tone_shape shape = {.seconds = 2, .rate = 22050, .channels = 2, .bpm = 20};
	unsigned last = 0;
	for (uint64_t index = 0; index < 4; index++) {
		size_t count;
		int32_t *samples = samples_of(&shape, index, &count);
		unsigned left = pitch_of(samples, shape.rate, 2), right = pitch_of(samples + 1, shape.rate, 2);
		assert_in_range(left, 219, 881);
		assert_in_range(right * 2 + 3, left * 3, left * 3 + 6);
		assert_int_not_equal(left, last);
		last = left;
		free(samples);
	}
}

static void any_frame_can_be_made_alone(void **state)
{
	(void)state;
	for (int content = 0; content < TONE_CONTENTS; content++) {
		const struct tone_shape shape = {.seconds = 2, .rate = 8000, .channels = 3, .bpm = 400, .from = 20,
						 .octaves = true, .content = (enum tone_content)content};
		struct tone_track track;
		size_t count;
		int32_t *samples = samples_of(&shape, 0, &count);
		tone_track(&shape, 0, 1, &track);
		for (size_t i = 0; i < count / 3; i++) {
			int32_t one[3];
			tone_samples(&track, i, 1, one);
			assert_memory_equal(one, samples + 3 * i, sizeof one);
		}
		free(samples);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_head_tells_the_truth),
		cmocka_unit_test(the_sine_is_as_good_as_promised),
		cmocka_unit_test(clicks_stand_at_the_tempo),
		cmocka_unit_test(clicks_are_loud_and_nothing_clips),
		cmocka_unit_test(each_track_and_channel_has_a_pitch_of_its_own),
		cmocka_unit_test(any_frame_can_be_made_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
