/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What tracks hold, measured from their samples, is what is told of them. */
#include "test_corpora.h"

#include "base/jsonw.h"
#include "corpora/tone.h"

#include <math.h>

#define RATE 22050

/* A track as its samples, of full scale 1. */
struct heard {
	size_t frames;
	uint32_t channels;
	double *samples;
};

static struct heard hear(struct tone_shape shape, uint64_t index)
{
	struct tone_track track;
	shape.rate = RATE;
	shape.encoding = PCM_F64;
	shape.channels = shape.channels ? shape.channels : 1;
	struct heard heard = {(size_t)tone_frames(&shape), shape.channels, NULL};
	const size_t count = heard.frames * heard.channels;
	int32_t *samples = malloc(count * sizeof *samples);
	heard.samples = malloc(count * sizeof *heard.samples);
	assert_non_null(samples);
	assert_non_null(heard.samples);
	tone_track(&shape, index, 1, &track);
	tone_samples(&track, 0, heard.frames, samples);
	for (size_t i = 0; i < count; i++)
		heard.samples[i] = samples[i] * 0x1p-31;
	free(samples);
	return heard;
}

static double at(const struct heard *heard, size_t frame, uint32_t channel)
{
	return heard->samples[frame * heard->channels + channel];
}

/* What is told of the first file of a source, as a JSON object. Caller frees. */
static char *told_of(const char *source, const char *path)
{
	struct corpus *corpus = opened(source);
	struct buf buf = {0};
	struct jsonw j = jsonw_to(&buf);
	jsonw_object(&j);
	corpus_tell(corpus, path, &j);
	jsonw_close(&j);
	char *text = strdup(buf_string(&buf));
	assert_non_null(text);
	buf_free(&buf);
	corpus_close(corpus);
	return text;
}

static unsigned number_told(const char *source, const char *path, const char *key)
{
	char *text = told_of(source, path), quoted[40];
	snprintf(quoted, sizeof quoted, "\"%s\":", key);
	const char *found = strstr(text, quoted);
	if (!found)
		fail_msg("%s: no %s in %s", source, key, text);
	const unsigned number = (unsigned)strtoul(found + strlen(quoted), NULL, 10);
	free(text);
	return number;
}

/* ---- beats ---- */

/* Frames at which it becomes loud after so many frames below that. */
static size_t onsets(const struct heard *heard, double loud, size_t quiet, size_t *found, size_t room)
{
	size_t count = 0, last = 0;
	for (size_t i = 0; i < heard->frames; i++) {
		if (fabs(at(heard, i, 0)) < loud)
			continue;
		if ((count == 0 || i - last > quiet) && count < room)
			found[count++] = i;
		last = i;
	}
	return count;
}

/* Beats up to a time, of a tempo that changes evenly. */
static double beats_by(double seconds, double all, double bpm, double bpm_end)
{
	return (bpm * seconds + (bpm_end - bpm) * seconds * seconds / (2 * all)) / 60;
}

/* Beats are where they must be, within so many frames, and as many as is told. */
static void check_beats(const struct tone_shape *shape, const char *source, double loud, size_t late)
{
	const struct heard heard = hear(*shape, 0);
	const double bpm_end = shape->bpm_end ? shape->bpm_end : shape->bpm, all = (double)heard.frames / RATE;
	size_t found[200];
	const size_t count = onsets(&heard, loud, RATE / 40, found, COUNT_OF(found));
	assert_int_equal(count, number_told(source, "track_000.wav", "beats"));
	for (size_t i = 0; i < count; i++) {
		const double earliest = beats_by(((double)found[i] - (double)late) / RATE, all, shape->bpm, bpm_end);
		const double latest = beats_by(((double)found[i] + 1e-6) / RATE, all, shape->bpm, bpm_end);
		if (earliest > (double)i || latest < (double)i)
			fail_msg("%s: beat %zu was heard at frame %zu", source, i, found[i]);
	}
	free(heard.samples);
}

static void beats_are_heard_where_they_are_told(void **state)
{
	(void)state;
	struct tone_shape shape = {.seconds = 20, .bpm = 97};
	check_beats(&shape, "tone:rate=22050,seconds=20,bpm=97", 0.5, 1);
	shape = (struct tone_shape){.seconds = 20, .bpm = 60, .bpm_end = 180, .content = TONE_RAMP};
	check_beats(&shape, "tone:rate=22050,seconds=20,content=ramp,bpm=60,bpm_end=180", 0.5, 1);
	shape = (struct tone_shape){.seconds = 20, .bpm = 175, .bpm_end = 40, .content = TONE_RAMP};
	check_beats(&shape, "tone:rate=22050,seconds=20,content=ramp,bpm=175,bpm_end=40", 0.5, 1);
	/* A kick begins with the zero of a sine. */
	shape = (struct tone_shape){.seconds = 20, .bpm = 85, .content = TONE_DRUMS};
	check_beats(&shape, "tone:rate=22050,seconds=20,content=drums,bpm=85", 0.125, RATE / 100);
	shape = (struct tone_shape){.seconds = 20, .bpm = 90, .bpm_end = 150, .content = TONE_DRUMS};
	check_beats(&shape, "tone:rate=22050,seconds=20,content=drums,bpm=90,bpm_end=150", 0.125, RATE / 100);
}

static void a_ramp_has_an_end_of_its_own(void **state)
{
	(void)state;
	assert_int_equal(number_told("audio-ramp:bpm=0,bpm_end=0", "track_001.wav", "bpm"), 85);
	assert_int_equal(number_told("audio-ramp:bpm=0,bpm_end=0", "track_001.wav", "bpm_end"), 125);
	assert_int_equal(number_told("audio-ramp", "track_001.wav", "bpm_end"), 150);
}

/* ---- pitches ---- */

/* Power of one frequency, by Goertzel's algorithm. */
static double power_at(const struct heard *heard, size_t first, size_t count, double hertz)
{
	const double turn = 2 * cos(2 * M_PI * hertz / RATE);
	double one = 0, two = 0;
	for (size_t i = 0; i < count; i++) {
		const double next = at(heard, first + i, 0) + turn * one - two;
		two = one, one = next;
	}
	return one * one + two * two - turn * one * two;
}

/* The three strongest of the twelve pitch classes (0: C), as bits. */
static unsigned triad_of(const struct heard *heard, size_t second)
{
	double power[12] = {0};
	unsigned bits = 0;
	for (int semitone = -12; semitone < 26; semitone++)
		power[(semitone + 12) % 12] += power_at(heard, second * RATE, RATE, 440 * exp2((semitone - 9) / 12.0));
	for (int n = 0; n < 3; n++) {
		int best = 0;
		for (int i = 1; i < 12; i++)
			best = power[i] > power[best] ? i : best;
		bits |= 1u << best;
		power[best] = -1;
	}
	return bits;
}

#define TRIAD(a, b, c) (1u << (a) | 1u << (b) | 1u << (c))

static void chords_are_those_of_the_key(void **state)
{
	(void)state;
	static const struct {
		const char *key;
		unsigned triads[4];
	} cadences[] = {
		{"C", {TRIAD(0, 4, 7), TRIAD(5, 9, 0), TRIAD(7, 11, 2), TRIAD(0, 4, 7)}},
		{"Am", {TRIAD(9, 0, 4), TRIAD(2, 5, 9), TRIAD(4, 8, 11), TRIAD(9, 0, 4)}},
		{"F#", {TRIAD(6, 10, 1), TRIAD(11, 3, 6), TRIAD(1, 5, 8), TRIAD(6, 10, 1)}},
		{"Bbm", {TRIAD(10, 1, 5), TRIAD(3, 6, 10), TRIAD(5, 9, 0), TRIAD(10, 1, 5)}},
	};
	for (size_t i = 0; i < COUNT_OF(cadences); i++) {
		const struct tone_shape shape = {.seconds = 4, .content = TONE_CHORD, .key = tone_key_named(cadences[i].key)};
		const struct heard heard = hear(shape, 0);
		for (size_t second = 0; second < 4; second++)
			assert_int_equal(triad_of(&heard, second), cadences[i].triads[second]);
		free(heard.samples);
	}
}

static size_t rises(const struct heard *heard, size_t first, size_t end)
{
	size_t count = 0;
	for (size_t i = first + 1; i < end; i++)
		count += at(heard, i - 1, 0) < 0 && at(heard, i, 0) >= 0;
	return count;
}

static void sweeps_pass_every_frequency_in_time(void **state)
{
	(void)state;
	struct tone_shape shape = {.seconds = 10, .content = TONE_SWEEP, .from = 100, .to = 1100};
	struct heard heard = hear(shape, 0);
	for (size_t second = 0; second < 10; second++) /* 100 Hz more a second */
		assert_in_range(rises(&heard, second * RATE, (second + 1) * RATE), 148 + 100 * second, 152 + 100 * second);
	free(heard.samples);
	shape = (struct tone_shape){.seconds = 8, .content = TONE_SWEEP, .from = 1600, .to = 100, .octaves = true};
	heard = hear(shape, 0);
	for (size_t octave = 0; octave < 4; octave++) /* from 1600 to 800 Hz in two seconds: 1200 on the average */
		assert_in_range(rises(&heard, octave * 2 * RATE, (octave + 1) * 2 * RATE), (2400u >> octave) - 2, (2400u >> octave) + 2);
	free(heard.samples);
}

/* ---- noise ---- */

/* Mean power of the differences between neighbouring means of so many frames (Haar's wavelets): of white noise the same at each
 * width, of noise that falls by 3 dB an octave twice as much at each. */
static double power_of_width(const struct heard *heard, size_t width, uint32_t channel)
{
	double sum = 0;
	size_t count = 0;
	for (size_t i = 0; i + 2 * width <= heard->frames; i += 2 * width, count++) {
		double difference = 0;
		for (size_t k = 0; k < width; k++)
			difference += at(heard, i + k, channel) - at(heard, i + width + k, channel);
		sum += difference * difference / (double)(2 * width);
	}
	return sum / (double)count;
}

static void noise_has_its_colour(void **state)
{
	(void)state;
	for (int pink = 0; pink < 2; pink++) {
		const struct tone_shape shape = {.seconds = 40, .channels = 2, .content = pink ? TONE_PINK : TONE_WHITE};
		const struct heard heard = hear(shape, 0);
		double together = 0, alone = 0;
		for (size_t width = 3; width < 200; width *= 2) {
			const double ratio = power_of_width(&heard, 2 * width, 1) / power_of_width(&heard, width, 1);
			if (fabs(ratio - (pink ? 2 : 1)) > 0.2)
				fail_msg("%s, from %zu frames to twice as many: %f", pink ? "pink" : "white", width, ratio);
		}
		for (size_t i = 0; i < heard.frames; i++) {
			together += at(&heard, i, 0) * at(&heard, i, 1);
			alone += at(&heard, i, 0) * at(&heard, i, 0);
		}
		assert_true(fabs(together / alone) < 0.1); /* the channels know nothing of each other */
		assert_true(fabs(sqrt(alone / (double)heard.frames) - (pink ? 0.13 : 0.289)) < 0.02);
		free(heard.samples);
	}
}

/* ---- levels, and what is no number ---- */

static void nothing_reaches_full_scale_and_only_silence_is_silent(void **state)
{
	(void)state;
	for (int content = 0; content < TONE_CONTENTS; content++) {
		const struct tone_shape shape = {.seconds = 10, .channels = 8, .bpm = 400, .bpm_end = 20, .from = 20,
						 .content = (enum tone_content)content};
		const struct heard heard = hear(shape, 5);
		double most = 0;
		for (size_t i = 0; i < heard.frames * heard.channels; i++)
			most = fmax(most, fabs(heard.samples[i]));
		assert_true(most <= 0.981);
		assert_true(content == TONE_SILENCE ? most == 0 : most > 0.4);
		free(heard.samples);
	}
}

static void one_voice_falls_from_channel_to_channel(void **state)
{
	(void)state;
	const struct tone_shape shape = {.seconds = 1, .channels = 8, .bpm = 120, .content = TONE_DRUMS};
	const struct heard heard = hear(shape, 0);
	for (size_t i = 0; i < heard.frames; i++)
		for (uint32_t c = 0; c < 8; c++)
			assert_true(fabs(at(&heard, i, c) - at(&heard, i, 0) * (16 - c) / 16) < 1e-6);
	free(heard.samples);
}

static void check_odd(const char *source, const char *told, size_t width, size_t head)
{
	struct corpus *corpus = opened(source);
	char *text = told_of(source, "track_000.wav"), found[400] = "\"non_finite\":[";
	size_t size, odd = 0;
	unsigned char *bytes = whole_file(corpus, "track_000.wav", &size);
	for (size_t i = 0; head + i * width < size; i++) {
		float f32;
		double value;
		memcpy(&f32, bytes + head + i * width, sizeof f32);
		value = (double)f32;
		if (width == 8)
			memcpy(&value, bytes + head + i * width, sizeof value);
		if (isfinite(value) || i % 2) {
			assert_true(isfinite(value) || odd > 0);
			continue;
		}
		snprintf(found + strlen(found), sizeof found - strlen(found), "%s{\"frame\":%zu,\"value\":\"%s\"}", odd++ ? "," : "",
			 i / 2, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
	}
	assert_non_null(strstr(found, told));
	if (!strstr(text, found))
		fail_msg("%s: told %s, found %s", source, text, found);
	free(bytes);
	free(text);
	corpus_close(corpus);
}

static void what_is_no_number_is_where_it_is_told(void **state)
{
	(void)state;
	check_odd("tone:content=nan,encoding=f32,channels=2,frames=1000",
		  "[{\"frame\":250,\"value\":\"nan\"},{\"frame\":500,\"value\":\"nan\"},{\"frame\":750,\"value\":\"nan\"}", 4, 58);
	check_odd("tone:content=inf,encoding=f64,channels=2,frames=1001",
		  "[{\"frame\":250,\"value\":\"inf\"},{\"frame\":500,\"value\":\"-inf\"},{\"frame\":750,\"value\":\"inf\"}", 8, 58);
	check_odd("tone:content=nan,encoding=f32,channels=2,frames=2", "[{\"frame\":0,\"value\":\"nan\"},{\"frame\":1", 4, 58);
}

/* ---- what is told ---- */

static void each_content_tells_what_a_judge_needs(void **state)
{
	(void)state;
#define HEAD(content, frames, seconds)                                                                          \
	"{\"format\":\"wav\",\"encoding\":\"s16\",\"rate\":8000,\"channels\":1,\"frames\":" frames ",\"seconds\":" seconds \
	",\"content\":\"" content "\""
	static const struct {
		const char *source, *told;
	} known[] = {
		{"tone:rate=8000,seconds=2,content=silence", HEAD("silence", "16000", "2.000000") "}"},
		{"tone:rate=8000,frames=12,content=pink", HEAD("pink", "12", "0.001500") "}"},
		{"tone:rate=8000,seconds=2,content=chord,key=Bbm", HEAD("chord", "16000", "2.000000") ",\"key\":\"A#m\",\"mode\":\"minor\"}"},
		{"tone:rate=8000,seconds=2,content=chord", HEAD("chord", "16000", "2.000000") ",\"key\":\"C\",\"mode\":\"major\"}"},
		{"tone:rate=8000,seconds=2,content=sweep,sweep=octave",
		 HEAD("sweep", "16000", "2.000000") ",\"sweep\":\"octave\",\"hz_start\":20,\"hz_end\":3600}"},
		{"tone:rate=8000,seconds=2,content=drums,bpm=90", HEAD("drums", "16000", "2.000000") ",\"bpm\":90,\"beats\":3}"},
		{"tone:rate=8000,seconds=2,content=drums,bpm=90,bpm_end=91",
		 HEAD("drums", "16000", "2.000000") ",\"bpm\":90,\"bpm_end\":91,\"beats\":4}"},
	};
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		char *text = told_of(known[i].source, "track_000.wav");
		assert_string_equal(text, known[i].told);
		free(text);
	}
}

/* The pitch that is told of each channel is the strongest one there. */
static void the_tone_has_the_pitch_that_is_told(void **state)
{
	(void)state;
	char *text = told_of("tone:rate=22050,seconds=2,bpm=20,channels=2", "track_003.wav");
	char *next = strstr(text, "\"hz\":[");
	assert_non_null(next);
	next += strlen("\"hz\":[");
	const struct heard heard = hear((struct tone_shape){.seconds = 2, .bpm = 20, .channels = 2}, 3);
	for (uint32_t c = 0; c < 2; c++) {
		const double hertz = strtod(next, &next);
		next++;
		size_t count = 0;
		for (size_t i = RATE; i < 2 * RATE; i++)
			count += at(&heard, i - 1, c) < 0 && at(&heard, i, c) >= 0;
		assert_true(fabs((double)count - hertz) <= 1);
	}
	free(heard.samples);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(beats_are_heard_where_they_are_told),
		cmocka_unit_test(a_ramp_has_an_end_of_its_own),
		cmocka_unit_test(chords_are_those_of_the_key),
		cmocka_unit_test(sweeps_pass_every_frequency_in_time),
		cmocka_unit_test(noise_has_its_colour),
		cmocka_unit_test(nothing_reaches_full_scale_and_only_silence_is_silent),
		cmocka_unit_test(one_voice_falls_from_channel_to_channel),
		cmocka_unit_test(what_is_no_number_is_where_it_is_told),
		cmocka_unit_test(each_content_tells_what_a_judge_needs),
		cmocka_unit_test(the_tone_has_the_pitch_that_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
