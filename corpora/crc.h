/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The checksums of FLAC (RFC 9639, 9.1.8 and 9.3): bit by bit, for what is short. For this folder only. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Polynomial x^8 + x^2 + x + 1, begun with 0. */
static inline uint8_t crc8(uint8_t crc, const unsigned char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (uint8_t)(crc << 1 ^ (crc & 0x80 ? 0x07 : 0));
	}
	return crc;
}

/* Polynomial x^16 + x^15 + x^2 + 1, begun with 0. Over bytes and their own CRC it is 0. */
static inline uint16_t crc16(uint16_t crc, const unsigned char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		crc ^= (uint16_t)(bytes[i] << 8);
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc << 1 ^ (crc & 0x8000 ? 0x8005 : 0));
	}
	return crc;
}
