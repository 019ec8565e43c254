/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What every PNG file of a picture holds, however its data are compressed. For this folder only. */
#pragma once

#include "corpora/png_layout.h"

/* Signature, IHDR and, of a palette, PLTE. PNG_HEAD_MAX bytes of room; returns how many they are. */
#define PNG_HEAD_MAX (8 + PNG_CHUNK_FRAME + PNG_IHDR_SIZE + PNG_CHUNK_FRAME + 3 * PICTURE_PALETTE_SIZE)
size_t png_head(const struct picture *picture, const struct picture_pixels *pixels, unsigned char *at);

/* A chunk with its frame: length + PNG_CHUNK_FRAME bytes. Returns its end. */
unsigned char *png_chunk(unsigned char *at, const char *type, const void *data, uint32_t length);

/* Told the rows of all passes in order: a filter byte of 0, then the pixels; `first` of its pass. Anything but 0 ends it and is the
 * result. 0, -ENOMEM, or the visitor's. */
typedef int png_row_visit(void *into, const unsigned char *row, uint32_t length, bool first);
int png_each_row(const struct picture *picture, const struct picture_pixels *pixels, png_row_visit *visit, void *into) MUST_USE;

/* Member of struct picture_format. */
int png_pack(const struct picture *picture, const struct picture_pixels *pixels, int fd) MUST_USE;
