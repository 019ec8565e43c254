/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Bytes in memory that grow at the end. All zeroes is an empty one. Any thread, one at a time. */
#pragma once

#include "common/attr.h"

#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t *at; /* owned */
	size_t length;
	size_t room;
};

/* Make room for `more` bytes behind the length. 0, or -1 for want of memory (nothing is lost then). */
int bytes_reserve(struct bytes *bytes, size_t more) MUST_USE;

int bytes_add(struct bytes *bytes, const void *from, size_t length) MUST_USE; /* as bytes_reserve() */
void bytes_free(struct bytes *bytes);                                        /* leaves it empty */
