/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The head of a WAV file with 16 bit PCM samples. For this folder only. */
#pragma once

#include <stdint.h>

#define WAV_HEAD_SIZE 44
/* Bytes of samples that the 32 bit sizes of RIFF have room for. */
#define WAV_DATA_MAX (UINT32_MAX - WAV_HEAD_SIZE + 8)

/* `data` are the bytes of samples behind the head. */
void wav_head(uint32_t rate, uint32_t channels, uint32_t data, unsigned char head[WAV_HEAD_SIZE]);
