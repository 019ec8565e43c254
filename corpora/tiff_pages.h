/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What every TIFF file of a picture holds, compressed or not. For this folder only. */
#pragma once

#include "corpora/raster.h"

#define TIFF_FILE_HEAD 8u

uint32_t tiff_rows_per_strip(const struct picture *picture);
uint32_t tiff_strips(const struct picture *picture);

/* Members of struct raster_layout. The head of a page is its directory and what does not fit that. */
void tiff_make_front(const struct raster *raster, unsigned char *at);
void tiff_make_head(const struct raster *raster, uint32_t page, unsigned char *at);
void tiff_make_row(const struct raster *raster, uint32_t page, uint32_t index, unsigned char *at);

/* Members of struct picture_format. *file is a raster. */
int tiff_open(const struct picture *picture, const struct picture_pixels *pixels, void **file);
int tiff_pack(const struct picture *picture, const struct picture_pixels *pixels, int fd);
