/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Bytes that grow at the end, and whole-file reading and writing with them. */
#include "base/buf.h"

#include "base/scope.h"
#include "base/shortfall.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool lack(struct buf *buf)
{
	buf->failed = true;
	shortfall_note();
	return false;
}

static bool buf_reserve(struct buf *buf, size_t more)
{
	if (buf->failed)
		return false;
	if (more < buf->room - buf->length && buf->room)
		return true;
	size_t wanted = buf->room ? buf->room : 256;
	while (wanted - buf->length <= more) {
		if (wanted > SIZE_MAX / 2)
			return lack(buf);
		wanted *= 2;
	}
	char *grown = realloc(buf->at, wanted);
	if (!grown)
		return lack(buf);
	buf->at = grown;
	buf->room = wanted;
	return true;
}

void buf_add(struct buf *buf, const void *bytes, size_t length)
{
	if (!buf_reserve(buf, length))
		return;
	if (length)
		memcpy(buf->at + buf->length, bytes, length);
	buf->length += length;
	buf->at[buf->length] = '\0';
}

void buf_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_char(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void buf_vprintf(struct buf *buf, const char *format, va_list args)
{
	va_list again;
	va_copy(again, args);
	int length = vsnprintf(NULL, 0, format, args);
	if (length < 0)
		lack(buf);
	else if (buf_reserve(buf, (size_t)length)) {
		vsnprintf(buf->at + buf->length, (size_t)length + 1, format, again);
		buf->length += (size_t)length;
	}
	va_end(again);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	buf_vprintf(buf, format, args);
	va_end(args);
}

void buf_clear(struct buf *buf)
{
	buf->length = 0;
	buf->failed = false;
	if (buf->at)
		buf->at[0] = '\0';
}

void buf_free(struct buf *buf)
{
	free(buf->at);
	*buf = (struct buf){0};
}

const char *buf_string(const struct buf *buf)
{
	return buf->at ? buf->at : "";
}

int buf_read_fd(struct buf *buf, int fd, size_t limit)
{
	size_t start = buf->length;
	for (;;) {
		if (!buf_reserve(buf, 65536))
			return -ENOMEM;
		buf->at[buf->length] = '\0';
		ssize_t got = read(fd, buf->at + buf->length, buf->room - buf->length - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		buf->length += (size_t)got;
		buf->at[buf->length] = '\0';
		if (buf->length - start > limit)
			return -EFBIG;
	}
	return 0;
}

int buf_read_file(struct buf *buf, const char *path, size_t limit)
{
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : buf_read_fd(buf, fd, limit);
}

int buf_write_fd(const struct buf *buf, int fd)
{
	if (buf->failed)
		return -ENOMEM;
	for (size_t done = 0; done < buf->length;) {
		ssize_t put = write(fd, buf->at + done, buf->length - done);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		done += (size_t)put;
	}
	return 0;
}
