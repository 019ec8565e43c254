/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Keeps files in a memory file. */
#include "harness/kept.h"

#include "base/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct head {
	uint64_t size, name_length;
};

static int put(int fd, const void *bytes, size_t length)
{
	for (const char *at = bytes; length;) {
		ssize_t put = write(fd, at, length);
		if (put <= 0)
			return put < 0 ? -errno : -EIO;
		at += put;
		length -= (size_t)put;
	}
	return 0;
}

static int put_content(int to, int from, uint64_t size)
{
	char bytes[65536];
	while (size) {
		ssize_t got = read(from, bytes, size < sizeof bytes ? (size_t)size : sizeof bytes);
		if (got <= 0)
			return got < 0 ? -errno : -EIO;
		int rc = put(to, bytes, (size_t)got);
		if (rc)
			return rc;
		size -= (uint64_t)got;
	}
	return 0;
}

int kept_add(int fd, const char *name, const char *file)
{
	SCOPED_FD int from = open(file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	off_t used = lseek(fd, 0, SEEK_END);
	if (from < 0 || used < 0 || fstat(from, &st) < 0)
		return from < 0 && errno == EACCES ? 1 : -errno;
	const struct head head = {(uint64_t)st.st_size, strlen(name)};
	if (!S_ISREG(st.st_mode) || (uint64_t)used + sizeof head + head.name_length + head.size > KEPT_BYTES_MAX)
		return 1;
	int rc = put(fd, &head, sizeof head);
	rc = rc ? rc : put(fd, name, head.name_length);
	rc = rc ? rc : put_content(fd, from, head.size);
	if (rc && ftruncate(fd, used) < 0)
		return -errno;
	return rc;
}

int kept_open(int fd, struct kept *out)
{
	struct stat st;
	*out = (struct kept){0};
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!st.st_size)
		return 0;
	void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	*out = (struct kept){map, (size_t)st.st_size};
	return 0;
}

void kept_close(struct kept *kept)
{
	if (kept->map)
		munmap((void *)(uintptr_t)kept->map, kept->length);
	*kept = (struct kept){0};
}

struct compare_bytes kept_find(const struct kept *kept, const char *name)
{
	size_t length = strlen(name);
	for (size_t at = 0; kept->length - at >= sizeof(struct head);) {
		struct head head;
		memcpy(&head, kept->map + at, sizeof head);
		const unsigned char *found = kept->map + at + sizeof head;
		if (head.name_length == length && memcmp(found, name, length) == 0)
			return (struct compare_bytes){found + length, head.size};
		at += sizeof head + head.name_length + head.size;
	}
	return (struct compare_bytes){0};
}
