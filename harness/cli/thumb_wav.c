/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Waveforms of WAV files (RIFF, RIFX, RF64): the lowest and the highest sample of each column, as SVG. */
#include "base/scope.h"
#include "harness/cli/thumb.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define CHUNKS_MAX 1000
#define COLUMN_BYTES (64u << 10) /* of a column that stands for more, its beginning is looked at */
#define CHANNELS_MAX 1024
#define LIE_MAX 16 /* a file that says that it has more than so many times what it has is drawn as it is */

struct wave {
	bool big_endian, formatted, has_data;
	unsigned tag, channels, rate, bits, align;
	unsigned bytes, frame; /* of a sample, and of one of each channel */
	uint64_t data, said, there; /* where the samples are; bytes of them as the file says, and as there are */
	uint64_t long_size; /* of RF64 */
};

struct column {
	double low, high;
	bool drawn, odd; /* odd: there is a NaN or an infinity */
};

static bool knows(const struct thumb_file *file)
{
	const unsigned char *head = file->head;
	const bool riff = file->head_length >= 12 && memcmp(head + 8, "WAVE", 4) == 0 &&
			  (memcmp(head, "RIFF", 4) == 0 || memcmp(head, "RIFX", 4) == 0 || memcmp(head, "RF64", 4) == 0);
	return riff || thumb_has_suffix(file, ".wav");
}

static uint64_t number(const struct wave *wave, const unsigned char *at, unsigned bytes)
{
	uint64_t n = 0;
	for (unsigned i = 0; i < bytes; i++)
		n = n << 8 | at[wave->big_endian ? i : bytes - 1 - i];
	return n;
}

/* ---- chunks ---- */

enum { TAG_PCM = 1, TAG_FLOAT = 3, TAG_EXTENSIBLE = 0xfffe };

static void read_format(struct wave *wave, const unsigned char *at, size_t length, struct thumb *thumb)
{
	if (length < 16) {
		thumb_say(thumb, "the fmt chunk is too short");
		return;
	}
	wave->tag = (unsigned)number(wave, at, 2);
	wave->channels = (unsigned)number(wave, at + 2, 2);
	wave->rate = (unsigned)number(wave, at + 4, 4);
	wave->align = (unsigned)number(wave, at + 12, 2);
	wave->bits = (unsigned)number(wave, at + 14, 2);
	if (wave->tag == TAG_EXTENSIBLE && length >= 26)
		wave->tag = (unsigned)number(wave, at + 24, 2);
	wave->bytes = (wave->bits + 7) / 8;
	wave->frame = wave->channels * wave->bytes;
	wave->formatted = true;
}

static void read_data(struct wave *wave, const struct thumb_file *file, uint64_t at, uint64_t length)
{
	wave->has_data = true;
	wave->data = at;
	wave->said = length == UINT32_MAX && wave->long_size ? wave->long_size : length;
	wave->there = at > file->size ? 0 : file->size - at < wave->said ? file->size - at : wave->said;
}

/* Every chunk, as far as there are any. 0 or a negative errno. */
static int read_chunks(struct wave *wave, const struct thumb_file *file, struct thumb *thumb)
{
	unsigned char at[8 + 40];
	uint64_t offset = 12;
	for (int i = 0; i < CHUNKS_MAX && offset < file->size; i++) {
		ssize_t got = thumb_read(file, at, sizeof at, offset);
		if (got < 8)
			return got < 0 ? (int)got : 0;
		const uint64_t length = number(wave, at + 4, 4);
		const size_t have = (size_t)got - 8 < length ? (size_t)got - 8 : (size_t)length;
		if (memcmp(at, "fmt ", 4) == 0 && !wave->formatted)
			read_format(wave, at + 8, have, thumb);
		else if (memcmp(at, "ds64", 4) == 0 && have >= 16)
			wave->long_size = number(wave, at + 16, 8);
		else if (memcmp(at, "data", 4) == 0 && !wave->has_data)
			read_data(wave, file, offset + 8, length);
		if (wave->has_data && wave->formatted)
			return 0;
		offset += 8 + length + (length & 1);
	}
	return 0;
}

/* ---- samples ---- */

static double real(const struct wave *wave, uint64_t n)
{
	union {
		uint64_t n;
		double d;
	} eight = {n};
	union {
		uint32_t n;
		float f;
	} four = {(uint32_t)n};
	return wave->bytes == 8 ? eight.d : (double)four.f;
}

/* From -1 to 1, if it is as it should be. */
static double sample(const struct wave *wave, const unsigned char *at)
{
	const uint64_t n = number(wave, at, wave->bytes);
	const unsigned unused = 64 - 8 * wave->bytes;
	if (wave->tag == TAG_FLOAT)
		return real(wave, n);
	if (wave->bytes == 1)
		return ((double)n - 128) / 128;
	return (double)(int64_t)(n << unused) / 9223372036854775808.0;
}

static bool can_read(const struct wave *wave)
{
	return (wave->tag == TAG_PCM && wave->bytes >= 1 && wave->bytes <= 4) ||
	       (wave->tag == TAG_FLOAT && (wave->bytes == 4 || wave->bytes == 8));
}

static void measure(const struct wave *wave, const unsigned char *bytes, size_t length, struct column *column)
{
	for (; length >= wave->bytes; bytes += wave->bytes, length -= wave->bytes) {
		const double value = sample(wave, bytes);
		if (!isfinite(value)) {
			column->odd = true;
			continue;
		}
		column->low = column->drawn && column->low < value ? column->low : value;
		column->high = column->drawn && column->high > value ? column->high : value;
		column->drawn = true;
	}
}

/* 0, -ENOMEM or what the file says. `said` bytes of whole frames are shared among the columns. */
static int measure_all(const struct wave *wave, const struct thumb_file *file, uint64_t said, struct column columns[THUMB_WIDTH])
{
	SCOPED_FREE unsigned char *block = malloc(COLUMN_BYTES);
	const uint64_t frames = said / wave->frame, there = wave->there / wave->frame;
	if (!block)
		return -ENOMEM;
	for (uint64_t i = 0; i < THUMB_WIDTH; i++) {
		uint64_t from = frames / THUMB_WIDTH * i + frames % THUMB_WIDTH * i / THUMB_WIDTH;
		uint64_t to = frames / THUMB_WIDTH * (i + 1) + frames % THUMB_WIDTH * (i + 1) / THUMB_WIDTH;
		to = to > from ? to : from + 1;
		to = to < there ? to : there;
		if (from >= to)
			continue;
		const uint64_t bytes = (to - from) * wave->frame;
		ssize_t got = thumb_read(file, block, bytes < COLUMN_BYTES ? (size_t)bytes : COLUMN_BYTES, wave->data + from * wave->frame);
		if (got < 0)
			return (int)got;
		measure(wave, block, (size_t)got, &columns[i]);
	}
	return 0;
}

/* ---- the picture ---- */

/* Tenths of a pixel from the top; -1 to 1 takes all but a pixel. */
static int height_of(double value)
{
	const double clipped = value > 1 ? 1 : value < -1 ? -1 : value;
	return (int)((THUMB_HEIGHT / 2 - clipped * (THUMB_HEIGHT / 2 - 1)) * 10);
}

static void add_column(struct buf *svg, int x, const struct column *column)
{
	const int top = height_of(column->high), bottom = height_of(column->low);
	if (column->odd)
		buf_printf(svg, "<path stroke=\"#d00\" d=\"M%d.5 0v%d\"/>", x, THUMB_HEIGHT);
	if (column->drawn) /* silence is a line, too */
		buf_printf(svg, "<path d=\"M%d.5 %d.%dv%d.%d\"/>", x, top / 10, top % 10, (bottom - top + 10) / 10, (bottom - top + 10) % 10);
}

static void put_waveform(struct thumb *thumb, const struct column columns[THUMB_WIDTH])
{
	struct buf svg = {0};
	int there = THUMB_WIDTH;
	while (there > 0 && !columns[there - 1].drawn && !columns[there - 1].odd)
		there--;
	buf_printf(&svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" stroke=\"#246\" fill=\"none\">", THUMB_WIDTH,
		   THUMB_HEIGHT);
	buf_printf(&svg, "<path stroke=\"none\" fill=\"#eee\" d=\"M0 0h%dv%dH0z\"/>", there, THUMB_HEIGHT);
	for (int x = 0; x < there; x++)
		add_column(&svg, x, &columns[x]);
	buf_text(&svg, "</svg>");
	thumb->picture.failed |= svg.failed;
	thumb_add_data(&thumb->picture, "image/svg+xml", buf_string(&svg), svg.length, THUMB_WIDTH, THUMB_HEIGHT);
	buf_free(&svg);
}

static void tell(const struct wave *wave, const struct column columns[THUMB_WIDTH], struct thumb *thumb)
{
	double peak = 0;
	bool odd = false;
	for (int x = 0; x < THUMB_WIDTH; x++) {
		peak = columns[x].drawn && columns[x].high > peak ? columns[x].high : peak;
		peak = columns[x].drawn && -columns[x].low > peak ? -columns[x].low : peak;
		odd |= columns[x].odd;
	}
	buf_printf(&thumb->facts, "%u bit%s, %u channel%s, %u Hz", wave->bits, wave->tag == TAG_FLOAT ? " float" : "", wave->channels,
		   wave->channels == 1 ? "" : "s", wave->rate);
	if (wave->rate)
		buf_printf(&thumb->facts, ", %.1f s", (double)(wave->there / wave->frame) / wave->rate);
	buf_printf(&thumb->facts, ", peak %.2f%s", peak, odd ? ", NaN or infinite" : "");
}

/* What keeps it from being drawn, or NULL. */
static const char *hindrance(const struct wave *wave)
{
	return !wave->formatted				      ? "no fmt chunk"
	       : !wave->has_data			      ? "no data chunk"
	       : !can_read(wave)			      ? "no form of samples that is drawn here"
	       : !wave->channels			      ? "no channels"
	       : wave->channels > CHANNELS_MAX		      ? "too many channels to be drawn"
	       : wave->there < wave->frame		      ? "no samples"
							      : NULL;
}

static int draw(const struct thumb_file *file, struct thumb *thumb)
{
	struct wave wave = {.big_endian = memcmp(file->head, "RIFX", 4) == 0};
	struct column columns[THUMB_WIDTH] = {0};
	if (file->head_length < 12 || memcmp(file->head + 8, "WAVE", 4) != 0) {
		thumb_say(thumb, "no RIFF/WAVE head");
		return 0;
	}
	int rc = read_chunks(&wave, file, thumb);
	const char *why = rc ? strerror(-rc) : hindrance(&wave);
	if (why) {
		thumb_say(thumb, "%s", why);
		return 0;
	}
	if (wave.there < wave.said)
		thumb_say(thumb, "%llu bytes of samples instead of %llu", (unsigned long long)wave.there, (unsigned long long)wave.said);
	if (wave.frame != wave.align)
		thumb_say(thumb, "block align %u instead of %u", wave.align, wave.frame);
	thumb->torn = wave.there < wave.said;
	rc = measure_all(&wave, file, wave.said / LIE_MAX > wave.there ? wave.there : wave.said, columns);
	if (rc == -ENOMEM)
		return rc;
	if (rc)
		thumb_say(thumb, "%s", strerror(-rc));
	put_waveform(thumb, columns);
	tell(&wave, columns, thumb);
	return 0;
}

const struct thumb_kind thumb_wav = {knows, draw};
