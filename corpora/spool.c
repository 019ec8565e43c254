/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Keeps bytes in memory while they are few, in an unnamed file when they are many. */
#include "corpora/spool.h"

#include "base/scope.h"
#include "corpora/pread_all.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/sendfile.h>

/* A file without a name. Where the filesystem cannot make one at once (O_TMPFILE: open(2)), one that loses its name. */
static int unnamed_file(void)
{
	const char *given = getenv("TMPDIR");
	const char *dir = given && given[0] ? given : "/tmp";
	char name[PATH_MAX];
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd < 0 ? -errno : fd;
	if (snprintf(name, sizeof name, "%s/ordeal-spool-XXXXXX", dir) >= (int)sizeof name)
		return -ENAMETOOLONG;
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	unlink(name);
	return fd;
}

int spool_open(struct spool *spool)
{
	*spool = (struct spool){.fd = memfd_create("ordeal-spool", MFD_CLOEXEC)};
	return spool->fd < 0 ? -errno : 0;
}

void spool_close(struct spool *spool)
{
	if (spool->fd >= 0)
		close(spool->fd);
	spool->fd = -1;
}

/* Send what is there to another descriptor. */
static int copy_to(const struct spool *spool, int fd)
{
	for (off_t done = 0; (uint64_t)done < spool->length;) {
		ssize_t put = sendfile(fd, spool->fd, &done, (size_t)(spool->length - (uint64_t)done));
		if (put <= 0)
			return put < 0 ? -errno : -EIO;
	}
	return 0;
}

static int move_to_disk(struct spool *spool)
{
	SCOPED_FD int fd = unnamed_file();
	int rc = fd < 0 ? fd : copy_to(spool, fd);
	if (rc)
		return rc;
	close(spool->fd);
	spool->fd = take_fd(&fd);
	spool->on_disk = true;
	return 0;
}

int spool_add(struct spool *spool, const void *bytes, size_t length)
{
	if (!spool->on_disk && spool->length + length > SPOOL_MEMORY_MAX) {
		int rc = move_to_disk(spool);
		if (rc)
			return rc;
	}
	for (size_t done = 0; done < length;) {
		ssize_t put = pwrite(spool->fd, (const char *)bytes + done, length - done, (off_t)spool->length);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		done += (size_t)put;
		spool->length += (size_t)put;
	}
	return 0;
}

ssize_t spool_read(const struct spool *spool, void *bytes, size_t length, uint64_t offset)
{
	return pread_all(spool->fd, bytes, length, offset);
}
