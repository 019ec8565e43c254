/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What can be wrong with the structure of a PNG file (PNG specification, third edition; chapters in brackets). */
#include "corpora/lesion.h"

#include "base/attr.h"
#include "corpora/numbers.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define CHUNK_DATA_MAX (UINT64_C(1) << 31) /* no chunk is longer [5.3] */

static const struct part *chunk(const struct surgery *surgery, const char *type, size_t nth)
{
	const struct part *part = anatomy_part(surgery->anatomy, type, nth);
	/* One that is cut off has no CRC to be set right. */
	return part && part->data + part->data_length + 4 == part->at + part->length ? part : NULL;
}

/* ---- chunks whose CRC is right ---- */

/* The CRC of type and data of a chunk, where `count` bytes from `place` of the data on are others. */
static int crc_with(const struct surgery *surgery, const struct part *part, uint64_t place, const unsigned char *bytes, size_t count,
		    uint32_t *crc)
{
	unsigned char block[16384];
	*crc = libdeflate_crc32(0, part->name, 4);
	for (uint64_t done = 0; done < part->data_length; done += sizeof block) {
		uint64_t left = part->data_length - done;
		size_t length = left < sizeof block ? (size_t)left : sizeof block;
		int rc = reader_exactly(surgery->in, block, length, part->data + done);
		if (rc)
			return rc;
		for (size_t i = 0; i < count; i++)
			if (place + i >= done && place + i - done < length)
				block[place + i - done] = bytes[i];
		*crc = libdeflate_crc32(*crc, block, length);
	}
	return 0;
}

static int put_be32(struct surgery *surgery, uint64_t at, uint64_t number)
{
	return lesion_number(surgery, at, number, 4, true);
}

/* Other bytes in the data of a chunk, and the CRC that goes with them. */
static int rewrite(struct surgery *surgery, const struct part *part, uint64_t place, const unsigned char *bytes, size_t count)
{
	uint32_t crc;
	if (!part || place + count > part->data_length)
		return -ENOENT;
	int rc = crc_with(surgery, part, place, bytes, count, &crc);
	if (!rc)
		rc = patch_bytes(surgery->patch, part->data + place, count, bytes, count);
	return rc ? rc : put_be32(surgery, part->data + part->data_length, crc);
}

/* A number of `self->from` bytes at self->to of the data of IHDR [11.2.2] in the place of what is there. */
static int rewrite_ihdr(struct surgery *surgery, uint64_t place, uint64_t number, int bytes)
{
	unsigned char text[8];
	number_put_be(text, number, bytes);
	return rewrite(surgery, chunk(surgery, "IHDR", 0), place, text, (size_t)bytes);
}

static int cut_side(const struct lesion *self, struct surgery *surgery)
{
	return rewrite_ihdr(surgery, self->from, self->to, 4);
}

static int cut_kind(const struct lesion *self, struct surgery *surgery)
{
	return rewrite_ihdr(surgery, self->from, self->to, 1);
}

/* Put a whole chunk there. */
static int insert_chunk(struct surgery *surgery, uint64_t at, const char *type, const unsigned char *data, size_t length)
{
	unsigned char *whole = malloc(length + 12);
	if (!whole)
		return -ENOMEM;
	number_put_be(whole, length, 4);
	memcpy(whole + 4, type, 4);
	if (length)
		memcpy(whole + 8, data, length);
	number_put_be(whole + 8 + length, libdeflate_crc32(0, whole + 4, length + 4), 4);
	int rc = patch_bytes(surgery->patch, at, 0, whole, length + 12);
	free(whole);
	return rc;
}

/* ---- signature, checksums, missing and misplaced chunks ---- */

static int cut_signature(const struct lesion *self, struct surgery *surgery)
{
	(void)self;
	return lesion_flip(surgery, 0, 0x80); /* as a transfer of 7 bits does [5.2] */
}

static int cut_crc(const struct lesion *self, struct surgery *surgery)
{
	const struct part *part = chunk(surgery, self->part, self->from);
	return part ? lesion_flip(surgery, part->data + part->data_length, 1) : -ENOENT;
}

/* All chunks of one type are gone. */
static int cut_all(const struct lesion *self, struct surgery *surgery)
{
	const struct part *part;
	int rc = -ENOENT;
	for (size_t i = 0; (part = anatomy_part(surgery->anatomy, self->part, i)); i++) {
		rc = patch_with(surgery->patch, part->at, part->length, PATCH_FILL, 0, 0);
		if (rc)
			break;
	}
	return rc;
}

/* One chunk stands behind another. */
static int cut_order(const struct lesion *self, struct surgery *surgery)
{
	const struct part *early = anatomy_part(surgery->anatomy, self->part, 0), *late = anatomy_part(surgery->anatomy, "IDAT", SIZE_MAX);
	if (!early || !late || early->at >= late->at)
		return -ENOENT;
	int rc = patch_with(surgery->patch, early->at, early->length, PATCH_FILL, 0, 0);
	return rc ? rc : patch_with(surgery->patch, late->at + late->length, 0, PATCH_SAME, early->at, early->length);
}

static int cut_twice(const struct lesion *self, struct surgery *surgery)
{
	const struct part *part = anatomy_part(surgery->anatomy, self->part, 0);
	return part ? patch_with(surgery->patch, part->at + part->length, 0, PATCH_SAME, part->at, part->length) : -ENOENT;
}

static int cut_length(const struct lesion *self, struct surgery *surgery)
{
	const struct part *part = chunk(surgery, self->part, 0);
	return part ? put_be32(surgery, part->at, self->to) : -ENOENT;
}

/* A chunk that a decoder does not know and may not leave out [5.4]; or one of text between two of image data, which have to follow one
 * another [5.6]. */
static int cut_insert(const struct lesion *self, struct surgery *surgery)
{
	const struct part *first = anatomy_part(surgery->anatomy, "IDAT", self->from);
	static const unsigned char text[] = "Comment\0between the data";
	return first ? insert_chunk(surgery, first->at, self->part, text, sizeof text - 1) : -ENOENT;
}

/* ---- the data of the image ---- */

static int cut_zlib_head(const struct lesion *self, struct surgery *surgery)
{
	(void)self;
	/* A window of 2^15 * 2^15 bytes, and a check that does not go with it: RFC 1950, 2.2. */
	static const unsigned char head[] = {0xf8, 0x00};
	return rewrite(surgery, chunk(surgery, "IDAT", 0), 0, head, sizeof head);
}

/* The last four bytes of the data [10.1]. (A file that keeps them in two chunks has a damaged half here.) */
static int cut_adler(const struct lesion *self, struct surgery *surgery)
{
	(void)self;
	unsigned char byte;
	const struct part *part = chunk(surgery, "IDAT", SIZE_MAX);
	if (!part || !part->data_length)
		return -ENOENT;
	int rc = reader_exactly(surgery->in, &byte, 1, part->data + part->data_length - 1);
	byte ^= 1;
	return rc ? rc : rewrite(surgery, part, part->data_length - 1, &byte, 1);
}

/* The last chunk of image data ends in its middle, and says so. */
static int cut_short_data(const struct lesion *self, struct surgery *surgery)
{
	(void)self;
	const struct part *part = chunk(surgery, "IDAT", SIZE_MAX);
	if (!part || part->data_length < 2)
		return -ENOENT;
	struct part half = *part;
	uint32_t crc;
	half.data_length /= 2;
	int rc = crc_with(surgery, &half, 0, NULL, 0, &crc);
	if (!rc)
		rc = put_be32(surgery, part->at, half.data_length);
	if (!rc)
		rc = patch_with(surgery->patch, part->data + half.data_length, part->data_length - half.data_length, PATCH_FILL, 0, 0);
	return rc ? rc : put_be32(surgery, part->data + part->data_length, crc);
}

/* The palette has one colour; the pixels ask for more. */
static int cut_palette(const struct lesion *self, struct surgery *surgery)
{
	(void)self;
	const struct part *part = chunk(surgery, "PLTE", 0);
	unsigned char one[3];
	if (!part || part->data_length < 6)
		return -ENOENT;
	int rc = reader_exactly(surgery->in, one, sizeof one, part->data);
	if (!rc)
		rc = insert_chunk(surgery, part->at, "PLTE", one, sizeof one);
	return rc ? rc : patch_with(surgery->patch, part->at, part->length, PATCH_FILL, 0, 0);
}

/* ---- more than anybody wants ---- */

/* `length` zero bytes as zlib keeps them; its lowest level is ten times as fast here, and no larger. Caller frees. NULL when memory is out. */
static unsigned char *deflated_zeroes(uint64_t length, size_t *size)
{
	static const unsigned char zeroes[65536];
	z_stream z = {0};
	size_t room = (size_t)(length / 1000 + 1024);
	unsigned char *out = malloc(room);
	if (!out || deflateInit(&z, 1) != Z_OK) {
		free(out);
		return NULL;
	}
	z.next_out = out;
	z.avail_out = (uInt)room;
	for (uint64_t done = 0; done < length; done += sizeof zeroes) {
		uint64_t left = length - done;
		z.next_in = (unsigned char *)(uintptr_t)zeroes;
		z.avail_in = left < sizeof zeroes ? (uInt)left : (uInt)sizeof zeroes;
		deflate(&z, left <= sizeof zeroes ? Z_FINISH : Z_NO_FLUSH);
	}
	*size = (size_t)z.total_out;
	deflateEnd(&z);
	return out;
}

#define BOMB_SIDE 16384
#define TEXT_BYTES (UINT64_C(64) << 20)

/* An image of 16384 x 16384 grey pixels, in a quarter of a megabyte. It is what it says, so it need not be refused. */
static int cut_bomb(const struct lesion *self, struct surgery *surgery)
{
	(void)self;
	unsigned char ihdr[13] = {0};
	size_t size;
	const struct part *first = chunk(surgery, "IHDR", 0), *end = anatomy_part(surgery->anatomy, "IEND", 0);
	if (!first || !end || end->at < first->at + first->length)
		return -ENOENT;
	number_put_be(ihdr, BOMB_SIDE, 4);
	number_put_be(ihdr + 4, BOMB_SIDE, 4);
	ihdr[8] = 8;
	unsigned char *data = deflated_zeroes((uint64_t)BOMB_SIDE * (BOMB_SIDE + 1), &size);
	if (!data)
		return -ENOMEM;
	int rc = patch_with(surgery->patch, first->at, end->at - first->at, PATCH_FILL, 0, 0);
	if (!rc)
		rc = insert_chunk(surgery, end->at, "IHDR", ihdr, sizeof ihdr);
	if (!rc)
		rc = insert_chunk(surgery, end->at, "IDAT", data, size);
	free(data);
	return rc;
}

/* Text of 64 MiB, compressed to 64 KiB [11.3.3.3]. */
static int cut_text(const struct lesion *self, struct surgery *surgery)
{
	(void)self;
	const struct part *ihdr = anatomy_part(surgery->anatomy, "IHDR", 0);
	size_t size;
	if (!ihdr)
		return -ENOENT;
	unsigned char *packed = deflated_zeroes(TEXT_BYTES, &size), *data = packed ? malloc(size + 9) : NULL;
	int rc = data ? 0 : -ENOMEM;
	if (data) {
		memcpy(data, "Comment\0", 9); /* keyword, NUL, method 0 */
		memcpy(data + 9, packed, size);
		rc = insert_chunk(surgery, ihdr->at + ihdr->length, "zTXt", data, size + 9);
	}
	free(packed);
	free(data);
	return rc;
}

#define CRC(type_, what, class_) {"png-crc-" what, MEDIUM_PNG, class_, "the CRC of " type_ " is wrong", cut_crc, type_, 0, 0}
#define GONE(type_, what, class_) {"png-no-" what, MEDIUM_PNG, class_, "there is no " type_, cut_all, type_, 0, 0}
#define IHDR(name_, about_, cut_, place_, value_) {"png-" name_, MEDIUM_PNG, TRUTH_REFUSE, about_, cut_, NULL, place_, value_}

static const struct lesion table[] = {
	{"png-signature", MEDIUM_PNG, TRUTH_REFUSE, "the first bit of the signature is lost", cut_signature, NULL, 0, 0},
	CRC("IHDR", "ihdr", TRUTH_REFUSE),
	CRC("PLTE", "plte", TRUTH_REFUSE),
	CRC("IDAT", "idat", TRUTH_REFUSE),
	CRC("IEND", "iend", TRUTH_WARN),
	GONE("IHDR", "ihdr", TRUTH_REFUSE),
	GONE("PLTE", "plte", TRUTH_REFUSE),
	GONE("IDAT", "idat", TRUTH_REFUSE),
	GONE("IEND", "iend", TRUTH_WARN),
	{"png-order-ihdr", MEDIUM_PNG, TRUTH_REFUSE, "IHDR stands behind the image data", cut_order, "IHDR", 0, 0},
	{"png-order-plte", MEDIUM_PNG, TRUTH_REFUSE, "PLTE stands behind the image data", cut_order, "PLTE", 0, 0},
	{"png-two-ihdr", MEDIUM_PNG, TRUTH_REFUSE, "there are two IHDR", cut_twice, "IHDR", 0, 0},
	{"png-length", MEDIUM_PNG, TRUTH_REFUSE, "the length of IDAT is 2^31 and more", cut_length, "IDAT", 0, CHUNK_DATA_MAX + 16},
	{"png-length-end", MEDIUM_PNG, TRUTH_REFUSE, "IDAT says that it is longer than the file", cut_length, "IDAT", 0, 0x7ffffff0},
	{"png-critical", MEDIUM_PNG, TRUTH_REFUSE, "a critical chunk of an unknown type", cut_insert, "ORDL", 0, 0},
	{"png-between", MEDIUM_PNG, TRUTH_WARN, "a text chunk between two IDAT", cut_insert, "tEXt", 1, 0},
	IHDR("zero-width", "0 pixels wide", cut_side, 0, 0),
	IHDR("zero-height", "0 pixels high", cut_side, 4, 0),
	IHDR("huge-width", "2^31-1 pixels wide", cut_side, 0, 0x7fffffff),
	IHDR("huge-height", "2^31-1 pixels high", cut_side, 4, 0x7fffffff),
	IHDR("bits", "3 bits a sample", cut_kind, 8, 3),
	IHDR("colour", "colour type 5", cut_kind, 9, 5),
	IHDR("compression", "compression method 1", cut_kind, 10, 1),
	IHDR("filter", "filter method 1", cut_kind, 11, 1),
	IHDR("interlace", "interlace method 2", cut_kind, 12, 2),
	{"png-zlib-head", MEDIUM_PNG, TRUTH_REFUSE, "the head of the zlib stream is wrong, its CRC right", cut_zlib_head, NULL, 0, 0},
	{"png-adler", MEDIUM_PNG, TRUTH_WARN, "the Adler-32 of the image is wrong, its CRC right", cut_adler, NULL, 0, 0},
	{"png-short-data", MEDIUM_PNG, TRUTH_REFUSE, "rows are missing, all CRCs right", cut_short_data, NULL, 0, 0},
	{"png-palette-range", MEDIUM_PNG, TRUTH_WARN, "pixels beyond the palette", cut_palette, NULL, 0, 0},
	{"png-bomb", MEDIUM_PNG, TRUTH_WARN, "268 million pixels in a quarter of a megabyte", cut_bomb, NULL, 0, 0},
	{"png-text", MEDIUM_PNG, TRUTH_WARN, "a compressed text of 64 MiB", cut_text, NULL, 0, 0},
};

const struct lesion_table lesions_png = {table, COUNT_OF(table)};
