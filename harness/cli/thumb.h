/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Pictures of files for ordeal corpus thumbs: one reader a kind of file, each in a file of its own (thumb_png.c, thumb_wav.c ...).
 *
 * Files come from strangers, and many are damaged on purpose: a reader shows what can be read, says what cannot, and takes bounded
 * memory and time whatever a file says of itself. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "corpora/corpus.h"

#include <stdbool.h>
#include <stdint.h>

#define THUMB_SIDE 160	/* pixels of the longer side of a thumbnail */
#define THUMB_WIDTH 320 /* of a waveform */
#define THUMB_HEIGHT 80

struct thumb_file {
	struct corpus_file *file;
	const char *path;
	uint64_t size;
	unsigned char head[4096]; /* its first bytes */
	size_t head_length;
};

/* What a reader makes of it. */
struct thumb {
	struct buf picture; /* markup; empty: there is none */
	struct buf facts;   /* "64 x 64, 16 bit, grey"; text, not markup */
	char said[200];	    /* what is wrong with it; "": nothing was noticed */
	bool torn;	    /* a part of the picture is missing */
};

/* One kind of file. `draw` returns 0, or -ENOMEM; what is wrong with the file it says in the thumb. */
struct thumb_kind {
	bool (*knows)(const struct thumb_file *file);
	int (*draw)(const struct thumb_file *file, struct thumb *thumb);
};
extern const struct thumb_kind thumb_png, thumb_bmp, thumb_tiff, thumb_wav, thumb_text, thumb_bytes;

/* As corpus_file_read(), and all that was asked for unless the file ends. */
ssize_t thumb_read(const struct thumb_file *file, void *bytes, size_t length, uint64_t offset);

/* Does the path end in this suffix, in any case of letters? */
bool thumb_has_suffix(const struct thumb_file *file, const char *suffix);

/* Say what is wrong; the first word stands. */
void thumb_say(struct thumb *thumb, const char *format, ...) PRINTF(2, 3);

/* ---- images ---- */

/* Larger ones are named, not shown. */
#define THUMB_PIXELS_MAX (UINT64_C(32) << 20)
#define THUMB_PICTURE_SIDE_MAX (1u << 20)

/* Is a picture of these sides one that can be shown? Otherwise says why not. */
bool thumb_can_be_drawn(struct thumb *thumb, uint32_t width, uint32_t height);

/* A picture that is made smaller while its rows come: memory is that of the thumbnail. */
struct thumb_shrink {
	uint32_t width, height; /* of the picture */
	uint32_t columns, rows, step; /* of the thumbnail; pixels of the picture to one of it, in each direction */
	struct thumb_cell {
		uint64_t red, green, blue; /* sums, each pixel weighed by its alpha */
		uint64_t alpha, count;	   /* of a row that never came: 0 */
	} *cells;
};
int thumb_shrink_begin(struct thumb_shrink *shrink, uint32_t width, uint32_t height) MUST_USE; /* 0 or -ENOMEM */
void thumb_shrink_row(struct thumb_shrink *shrink, uint32_t y, const unsigned char *rgba);
void thumb_shrink_free(struct thumb_shrink *shrink);

/* Put it into the thumb, as a PNG. 0 or a negative errno. */
int thumb_put_image(struct thumb *thumb, const struct thumb_shrink *shrink) MUST_USE;

/* ---- markup ---- */

/* Append text as markup: nothing in it is a tag, ends an attribute, or steers anything; what is not UTF-8 is U+FFFD. */
void thumb_add_text(struct buf *to, const char *text, size_t length);

/* Append an <img/> whose bytes stand in it. */
void thumb_add_data(struct buf *to, const char *type, const void *bytes, size_t length, uint32_t width, uint32_t height);
