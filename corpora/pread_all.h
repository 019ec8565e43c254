/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads from a descriptor as corpus_file_read() promises: short only at the end, or before a place that fails. For this
 * folder only. */
#pragma once

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <unistd.h>

static inline ssize_t pread_all(int fd, void *bytes, size_t length, uint64_t offset)
{
	size_t done = 0;
	if (offset > INT64_MAX)
		return 0;
	if (length > INT64_MAX - offset)
		length = INT64_MAX - offset;
	while (done < length) {
		ssize_t got = pread(fd, (char *)bytes + done, length - done, (off_t)(offset + done));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && !done)
			return -errno;
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	return (ssize_t)done;
}
