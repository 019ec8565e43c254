/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Loads slices. */
#pragma once

#include "pyramid/pyramid.h"

/* The first slice, which decides what size and depth the others are to have; kept in pyramid->first. */
int slice_load_first(struct pyramid *pyramid, struct failure *why) MUST_USE;

/* The slice of an index. Caller frees *image when 0 was returned. */
int slice_load(struct pyramid *pyramid, size_t index, struct image *image, struct failure *why) MUST_USE;
