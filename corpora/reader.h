/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The undamaged bytes of one file, wherever they come from. For this folder only. */
#pragma once

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct reader {
	ssize_t (*read)(void *of, void *bytes, size_t length, uint64_t offset); /* as corpus_file_read() */
	void *of;
	uint64_t size;
};

static inline ssize_t reader_read(const struct reader *in, void *bytes, size_t length, uint64_t offset)
{
	return in->read(in->of, bytes, length, offset);
}

/* All of [offset, offset + length): 0; -ENODATA where the file ends before, or what the source says. */
static inline int reader_exactly(const struct reader *in, void *bytes, size_t length, uint64_t offset)
{
	if (offset > in->size || length > in->size - offset)
		return -ENODATA;
	ssize_t got = reader_read(in, bytes, length, offset);
	return got < 0 ? (int)got : (size_t)got == length ? 0 : -ENODATA;
}
