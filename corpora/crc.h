/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The checksums of FLAC (RFC 9639, 9.1.8 and 9.3): half a byte at a time. For this folder only. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Polynomial x^8 + x^2 + x + 1, begun with 0. */
static inline uint8_t crc8(uint8_t crc, const unsigned char *bytes, size_t length)
{
	static const uint8_t table[16] = {0x00, 0x07, 0x0e, 0x09, 0x1c, 0x1b, 0x12, 0x15,
					  0x38, 0x3f, 0x36, 0x31, 0x24, 0x23, 0x2a, 0x2d};
	for (size_t i = 0; i < length; i++) {
		crc ^= bytes[i];
		crc = (uint8_t)(crc << 4 ^ table[crc >> 4]);
		crc = (uint8_t)(crc << 4 ^ table[crc >> 4]);
	}
	return crc;
}

/* Polynomial x^16 + x^15 + x^2 + 1, begun with 0. Over bytes and their own CRC it is 0. */
static inline uint16_t crc16(uint16_t crc, const unsigned char *bytes, size_t length)
{
	/* What the upper and the lower half of a byte come to. */
	static const uint16_t upper[16] = {0x0000, 0x8063, 0x80c3, 0x00a0, 0x8183, 0x01e0, 0x0140, 0x8123,
					  0x8303, 0x0360, 0x03c0, 0x83a3, 0x0280, 0x82e3, 0x8243, 0x0220};
	static const uint16_t lower[16] = {0x0000, 0x8005, 0x800f, 0x000a, 0x801b, 0x001e, 0x0014, 0x8011,
					  0x8033, 0x0036, 0x003c, 0x8039, 0x0028, 0x802d, 0x8027, 0x0022};
	for (size_t i = 0; i < length; i++) {
		crc ^= (uint16_t)(bytes[i] << 8);
		crc = (uint16_t)(crc << 8 ^ upper[crc >> 12] ^ lower[crc >> 8 & 15]);
	}
	return crc;
}
