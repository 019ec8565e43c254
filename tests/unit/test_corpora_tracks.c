/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The files of synthetic tracks: every format, encoding and number of channels. */
#include "test_corpora_tracks.h"

#include "corpora/flac.h"
#include "corpora/pcm.h"
#include "corpora/wav.h"
#include "test_corpora_tracks_digests.h"

#include <md5.h>
#include <pthread.h>

static const char *const formats[] = {"wav", "rf64", "w64"};

/* The first file of a tone with these parameters. Caller frees. */
static unsigned char *track_of(const char *source, size_t *size)
{
	struct corpus *corpus = opened(source);
	struct corpus_names names;
	assert_int_equal(corpus_list(corpus, ".", &names), 0);
	unsigned char *bytes = whole_file(corpus, names.names.at[0].name, size);
	corpus_names_free(&names);
	corpus_close(corpus);
	return bytes;
}

static void source_of(char source[200], const char *format, const char *encoding, uint32_t channels, const char *more)
{
	snprintf(source, 200, "tone:files=1,rate=22050,format=%s,encoding=%s,channels=%u,%s", format, encoding, channels, more);
}

/* ---- heads ---- */

static void check_wav(const char *format, const struct pcm_kind *kind, uint32_t channels)
{
	char source[200];
	size_t size;
	struct heard heard = {0};
	source_of(source, format, kind->name, channels, "frames=501");
	unsigned char *bytes = track_of(source, &size);
	if (strcmp(format, "w64") == 0)
		hear_w64(bytes, size, &heard);
	else
		hear_wav(bytes, size, &heard);
	assert_int_equal(heard.tag, kind->is_float ? 3 : 1);
	assert_int_equal(heard.channels, channels);
	assert_int_equal(heard.rate, 22050);
	assert_int_equal(heard.bits, kind->bytes * 8);
	assert_int_equal(heard.frames, 501);
	const bool extensible = channels > 2 || (!kind->is_float && kind->bytes > 2);
	assert_int_equal(__builtin_popcount(heard.mask), extensible ? channels : 0);
	free(bytes);
}

static void every_head_tells_the_truth(void **state)
{
	(void)state;
	for (size_t f = 0; f < COUNT_OF(formats); f++)
		for (size_t e = 0; e < PCM_ENCODINGS; e++)
			for (uint32_t channels = 1; channels <= 8; channels++)
				check_wav(formats[f], &pcm_kinds[e], channels);
}

static void a_large_file_tells_it_too(void **state)
{
	(void)state;
	struct corpus *corpus = opened("audio-large-stream");
	struct corpus_file *file;
	unsigned char head[104], last[6], none;
	const uint64_t size = size_of(corpus, "track_000.wav"), data = UINT64_C(16200) * 48000 * 6;
	assert_true(size > UINT64_C(1) << 32);
	assert_int_equal(corpus_file_open(corpus, "track_000.wav", &file), 0);
	assert_int_equal(corpus_file_read(file, head, sizeof head, 0), sizeof head);
	assert_int_equal(le_at(head + 20, 8), size - 8);
	assert_int_equal(le_at(head + 28, 8), data);
	assert_int_equal(size, sizeof head + data);
	assert_int_equal(corpus_file_read(file, last, sizeof last, size - 6), 6);
	assert_true(le_at(last, 6) != 0);
	assert_int_equal(corpus_file_read(file, &none, 1, size), 0);
	corpus_file_close(file);
	corpus_close(corpus);
}

/* ---- samples ---- */

/* Sample i of the file as an integer of 32 bits, whatever it is written in. */
static double sample_at(const unsigned char *data, enum pcm_encoding encoding, size_t i)
{
	const uint64_t raw = le_at(data + i * pcm_kinds[encoding].bytes, (int)pcm_kinds[encoding].bytes);
	float f32;
	double f64;
	const uint32_t raw32 = (uint32_t)raw;
	memcpy(&f32, &raw32, sizeof f32);
	memcpy(&f64, &raw, sizeof f64);
	switch (encoding) {
	case PCM_U8:
		return ((double)raw - 128) / 128;
	case PCM_S16:
		return (int16_t)raw * 0x1p-15;
	case PCM_S24:
		return (int32_t)(raw32 << 8) * 0x1p-31;
	case PCM_S32:
		return (int32_t)raw32 * 0x1p-31;
	case PCM_F32:
		return (double)f32;
	case PCM_F64:
		return f64;
	}
	return 0;
}

static void hear_samples(enum pcm_encoding encoding, double *samples, size_t count)
{
	char source[200];
	size_t size;
	struct heard heard = {0};
	source_of(source, "wav", pcm_kinds[encoding].name, 3, "frames=3000");
	unsigned char *bytes = track_of(source, &size);
	hear_wav(bytes, size, &heard);
	for (size_t i = 0; i < count; i++)
		samples[i] = sample_at(heard.data, encoding, i);
	free(bytes);
}

static void all_encodings_say_the_same(void **state)
{
	(void)state;
	static double samples[PCM_ENCODINGS][9000];
	static const double steps[PCM_ENCODINGS] = {
		[PCM_U8] = 0x1p-7, [PCM_S16] = 0x1p-15, [PCM_S24] = 0x1p-23, [PCM_S32] = 0x1p-31, [PCM_F32] = 0x1p-23, [PCM_F64] = 0x1p-31};
	for (size_t e = 0; e < PCM_ENCODINGS; e++)
		hear_samples((enum pcm_encoding)e, samples[e], 9000);
	assert_memory_equal(samples[PCM_S24], samples[PCM_F32], sizeof samples[0]);
	assert_memory_equal(samples[PCM_S32], samples[PCM_F64], sizeof samples[0]);
	for (size_t e = 0; e < PCM_ENCODINGS; e++)
		for (size_t i = 0; i < 9000; i++) {
			const double off = samples[e][i] - samples[PCM_F64][i];
			if (off > 4 * steps[e] || off < -4 * steps[e])
				fail_msg("%s, sample %zu: %f, and %f", pcm_kinds[e].name, i, samples[e][i], samples[PCM_F64][i]);
		}
}

/* ---- FLAC ---- */

static void check_flac(const char *encoding, uint32_t channels, const char *length)
{
	char source[200];
	size_t size, wav_size;
	struct heard flac = {0}, wav = {0};
	source_of(source, "flac", encoding, channels, length);
	unsigned char *bytes = track_of(source, &size);
	source_of(source, "wav", encoding, channels, length);
	unsigned char *as_wav = track_of(source, &wav_size);
	hear_flac(bytes, size, &flac);
	hear_wav(as_wav, wav_size, &wav);
	assert_int_equal(flac.rate, wav.rate);
	assert_int_equal(flac.channels, wav.channels);
	assert_int_equal(flac.bits, wav.bits);
	assert_int_equal(flac.frames, wav.frames);
	const int width = (int)wav.bits / 8;
	MD5_CTX md5;
	unsigned char digest[FLAC_MD5_SIZE], sample[4];
	MD5Init(&md5);
	for (size_t i = 0; i < wav.frames * wav.channels; i++) {
		const uint32_t raw = (uint32_t)le_at(wav.data + i * (size_t)width, width);
		const int32_t value = width == 1 ? (int32_t)raw - 128 : (int32_t)(raw << (32 - wav.bits)) >> (32 - wav.bits);
		assert_int_equal(flac.samples[i], value);
		for (int b = 0; b < width; b++)
			sample[b] = (unsigned char)((uint32_t)value >> 8 * b);
		MD5Update(&md5, sample, (size_t)width);
	}
	MD5Final(digest, &md5);
	assert_memory_equal(digest, flac.md5, FLAC_MD5_SIZE);
	free(flac.samples);
	free(bytes);
	free(as_wav);
}

static void flac_holds_what_wav_holds(void **state)
{
	(void)state;
	static const char *const encodings[] = {"u8", "s16", "s24"};
	static const char *const lengths[] = {"frames=1", "frames=15", "frames=4095", "frames=4096", "frames=4097", "frames=8192"};
	for (size_t e = 0; e < COUNT_OF(encodings); e++)
		for (uint32_t channels = 1; channels <= 8; channels++)
			check_flac(encodings[e], channels, "frames=5000");
	for (size_t i = 0; i < COUNT_OF(lengths); i++)
		check_flac("s16", 2, lengths[i]);
}

/* Where the numbers of blocks become longer: each is found by the bytes of all before it. */
static void blocks_of_large_numbers_are_where_they_must_be(void **state)
{
	(void)state;
	struct corpus *corpus = opened("tone:files=1,frames=16588800000,format=flac,encoding=u8");
	struct corpus_file *file;
	struct heard heard = {0};
	unsigned char bytes[42];
	uint64_t offset = 42;
	assert_int_equal(corpus_file_open(corpus, "track_000.flac", &file), 0);
	assert_int_equal(corpus_file_read(file, bytes, sizeof bytes, 0), sizeof bytes);
	hear_flac_head(bytes, &heard);
	assert_true(heard.frames == UINT64_C(16588800000));
	assert_int_equal(be_at(heard.md5, 8) | be_at(heard.md5 + 8, 8), 0); /* of so many, it is not known */
	for (uint64_t number = 0; number <= 0x200001; number++) {
		unsigned longer = 1 + (number >= 0x80) + (number >= 0x800) + (number >= 0x10000) + (number >= 0x200000);
		uint32_t frames;
		if (((number + 1) & (number - 1)) == 0 || ((number + 2) & (number + 1)) == 0 || (number & (number - 1)) == 0) {
			assert_int_equal(corpus_file_read(file, bytes, 12, offset), 12);
			assert_int_equal(hear_block_head(bytes, number, &heard, &frames), 5 + longer);
			assert_int_equal(frames, 4096);
		}
		offset += 4 + longer + 1 + 1 + 4096 + 2;
	}
	corpus_file_close(file);
	corpus_close(corpus);
}

/* Every content, where its numbers are largest: two reads that begin at different bytes agree. */
static void the_far_end_of_the_longest_track_can_be_read(void **state)
{
	(void)state;
	static const char *const contents[] = {"clicks", "drums,bpm=400", "ramp,bpm=20,bpm_end=400", "ramp,bpm=400,bpm_end=20",
					       "chord,key=B", "sweep", "sweep,from=96000,to=1,sweep=octave", "silence", "white", "pink"};
	for (size_t i = 0; i < COUNT_OF(contents); i++) {
		char source[200];
		unsigned char one[4000], other[3900];
		struct corpus_file *file;
		snprintf(source, sizeof source, "tone:files=1,frames=16588800000,rate=192000,channels=8,format=rf64,encoding=s32,content=%s",
			 contents[i]);
		struct corpus *corpus = opened(source);
		const uint64_t size = size_of(corpus, "track_000.wav");
		assert_int_equal(corpus_file_open(corpus, "track_000.wav", &file), 0);
		assert_int_equal(corpus_file_read(file, one, sizeof one, size - sizeof one), sizeof one);
		assert_int_equal(corpus_file_read(file, other, sizeof other, size - sizeof other), sizeof other);
		assert_memory_equal(one + 100, other, sizeof other);
		corpus_file_close(file);
		corpus_close(corpus);
	}
}

static void *whole_digest(void *corpus)
{
	size_t size;
	uint64_t *digest = malloc(sizeof *digest);
	unsigned char *bytes = whole_file(corpus, "track_000.flac", &size);
	*digest = draw_hash(bytes, size);
	free(bytes);
	return digest;
}

static void threads_agree_on_the_md5(void **state)
{
	(void)state;
	struct corpus *corpus = opened("tone:files=1,seconds=2,format=flac,channels=2");
	pthread_t threads[4];
	uint64_t *digests[4];
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, whole_digest, corpus), 0);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		pthread_join(threads[i], (void **)&digests[i]);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		assert_true(*digests[i] == *digests[0]);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		free(digests[i]);
	corpus_close(corpus);
}

/* ---- any part, and for ever ---- */

static void any_part_can_be_read_alone(void **state)
{
	(void)state;
	static const char *const all[] = {"wav", "rf64", "w64", "flac"};
	for (size_t f = 0; f < COUNT_OF(all); f++)
		for (size_t e = 0; e < PCM_ENCODINGS; e++) {
			char source[200];
			if (strcmp(all[f], "flac") == 0 && (pcm_kinds[e].is_float || pcm_kinds[e].bytes > 3))
				continue;
			source_of(source, all[f], pcm_kinds[e].name, e % 2 ? 3 : 1, "frames=9001");
			struct corpus *corpus = opened(source);
			assert_parts_equal_whole(corpus, f == 2 ? "track_000.w64" : f == 3 ? "track_000.flac" : "track_000.wav", 60);
			corpus_close(corpus);
		}
}

static void content_never_changes(void **state)
{
	(void)state;
	unsigned wrong = 0;
	for (size_t i = 0; i < COUNT_OF(track_digests); i++) {
		char source[200];
		size_t size;
		snprintf(source, sizeof source, "tone:files=1,rate=22050,%s", track_digests[i].parameters);
		unsigned char *bytes = track_of(source, &size);
		const uint64_t digest = draw_hash(bytes, size);
		if (digest != track_digests[i].digest) {
			print_message("\t{\"%s\", UINT64_C(0x%016llx)},\n", track_digests[i].parameters, (unsigned long long)digest);
			wrong++;
		}
		free(bytes);
	}
	assert_int_equal(wrong, 0);
}

/* ---- what cannot be ---- */

static void what_no_file_can_hold_is_refused(void **state)
{
	(void)state;
	assert_refused("tone:seconds=86400,rate=192000,channels=2", EINVAL, "(format=rf64 has room for them)");
	assert_refused("tone:format=flac,encoding=f32", EINVAL, "FLAC holds samples of 8, 16 or 24 bits, not f32");
	assert_refused("tone:format=flac,encoding=s32", EINVAL, "give encoding=u8, s16 or s24");
	assert_refused("tone:content=nan", EINVAL, "no sample of s16 is nan: give encoding=f32 or f64");
	assert_refused("tone:content=inf,encoding=s24", EINVAL, "no sample of s24 is inf");
	assert_refused("tone:content=sweep,to=22051", EINVAL, "more than the half of the rate");
	assert_refused("tone:content=drum", EINVAL, "unknown content 'drum' (did you mean 'drums'?)");
	assert_refused("tone:encoding=float", EINVAL, "unknown encoding 'float' (s16, u8, s24, s32, f32, f64)");
	assert_refused("tone:format=flak", EINVAL, "unknown format 'flak' (did you mean 'flac'?)");
	assert_refused("tone:key=H", EINVAL, "'H' is no key");
	assert_refused("tone:sweep=log", EINVAL, "unknown sweep 'log' (linear, octave)");
	assert_refused("tone:frames=0", EINVAL, "out of range");
	assert_refused("tone:bpm_end=500", EINVAL, "out of range");
}

/* The largest data that a WAV file of stereo 16 bit has room for, and one frame more. */
static void wav_ends_at_four_gibibytes(void **state)
{
	(void)state;
	struct corpus *corpus = opened("tone:files=1,frames=1073741814,channels=2");
	assert_int_equal(size_of(corpus, "track_000.wav"), 44 + UINT64_C(1073741814) * 4);
	corpus_close(corpus);
	assert_refused("tone:files=1,frames=1073741815,channels=2", EINVAL, "more than the 4 GiB");
}

static void of_seconds_and_frames_the_last_counts(void **state)
{
	(void)state;
	struct corpus *corpus = opened("audio-small:seconds=2,format=wav");
	assert_int_equal(size_of(corpus, "track_000.wav"), 44 + 2 * 8000 * 2);
	corpus_close(corpus);
	corpus = opened("tone:seconds=2,frames=7");
	assert_int_equal(size_of(corpus, "track_000.wav"), 44 + 7 * 2);
	corpus_close(corpus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_head_tells_the_truth),
		cmocka_unit_test(a_large_file_tells_it_too),
		cmocka_unit_test(all_encodings_say_the_same),
		cmocka_unit_test(flac_holds_what_wav_holds),
		cmocka_unit_test(blocks_of_large_numbers_are_where_they_must_be),
		cmocka_unit_test(the_far_end_of_the_longest_track_can_be_read),
		cmocka_unit_test(threads_agree_on_the_md5),
		cmocka_unit_test(any_part_can_be_read_alone),
		cmocka_unit_test(content_never_changes),
		cmocka_unit_test(what_no_file_can_hold_is_refused),
		cmocka_unit_test(wav_ends_at_four_gibibytes),
		cmocka_unit_test(of_seconds_and_frames_the_last_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
