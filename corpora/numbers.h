/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Numbers in bytes. For this folder only. */
#pragma once

#include <stdint.h>

static inline uint64_t number_le(const unsigned char *at, int bytes)
{
	uint64_t number = 0;
	for (int i = bytes; i-- > 0;)
		number = number << 8 | at[i];
	return number;
}

static inline uint64_t number_be(const unsigned char *at, int bytes)
{
	uint64_t number = 0;
	for (int i = 0; i < bytes; i++)
		number = number << 8 | at[i];
	return number;
}

static inline void number_put_le(unsigned char *at, uint64_t number, int bytes)
{
	for (int i = 0; i < bytes; i++)
		at[i] = (unsigned char)(number >> 8 * i);
}

static inline void number_put_be(unsigned char *at, uint64_t number, int bytes)
{
	for (int i = bytes; i-- > 0; number >>= 8)
		at[i] = (unsigned char)number;
}
