/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Bytes that grow at the end.
 *
 * Appending never reports: when memory runs out the buffer remembers it (`failed`), ignores what follows, and the writer
 * asks once, at the end. A NUL always stands behind the bytes (not counted), so `at` is a C string once anything was
 * added. An empty buffer is all zeroes. One thread. */
#pragma once

#include "base/attr.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *at; /* owned; NULL while empty */
	size_t length;
	size_t room;
	bool failed; /* memory ran out: the content is incomplete */
};

void buf_add(struct buf *buf, const void *bytes, size_t length);
void buf_text(struct buf *buf, const char *text);
void buf_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF(2, 3);
void buf_vprintf(struct buf *buf, const char *format, va_list args) PRINTF(2, 0);
void buf_clear(struct buf *buf); /* forget the bytes, keep the room */
void buf_free(struct buf *buf);

/* The bytes as a C string, never NULL ("" while empty). Borrowed until the next change. */
const char *buf_string(const struct buf *buf);

/* Read all of a descriptor from where it stands, at most `limit` bytes (more is -EFBIG). Returns 0 or a negative errno. */
int buf_read_fd(struct buf *buf, int fd, size_t limit) MUST_USE;

/* Read a whole file by name. As buf_read_fd(). */
int buf_read_file(struct buf *buf, const char *path, size_t limit) MUST_USE;

/* Write all bytes to a descriptor. Returns 0, a negative errno, or -ENOMEM where the buffer is incomplete. */
int buf_write_fd(const struct buf *buf, int fd) MUST_USE;
