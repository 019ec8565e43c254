/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Keeps made files in memory. */
#include "fusefs/retain.h"

#include "base/draw.h"
#include "base/scope.h"

#include <fcntl.h>
#include <sys/mman.h>

static void let_go(struct retain *retain, struct retained *slot)
{
	if (slot->fd >= 0) {
		close(slot->fd);
		retain->bytes -= slot->size;
	}
	*slot = (struct retained){.fd = -1};
}

void retain_fini(struct retain *retain)
{
	for (size_t i = 0; retain->slots && i < RETAIN_SLOTS; i++)
		if (retain->slots[i].ino)
			let_go(retain, &retain->slots[i]);
	free(take_ptr(&retain->slots));
}

static void make_room(struct retain *retain, uint64_t size)
{
	while (retain->bytes + size > RETAIN_BYTES_MAX) {
		struct retained *oldest = NULL;
		for (size_t i = 0; i < RETAIN_SLOTS; i++) {
			struct retained *slot = &retain->slots[i];
			if (slot->ino && slot->fd >= 0 && (!oldest || slot->used_at < oldest->used_at))
				oldest = slot;
		}
		if (!oldest)
			return;
		let_go(retain, oldest);
	}
}

/* A memory file with all that the corpus has for it. -1 where that fails. */
static int make_file(struct corpus_file *file, uint64_t size)
{
	SCOPED_FD int fd = memfd_create("ordeal-retained", MFD_CLOEXEC);
	/* All pages at once: a page that memory has no room for would be a SIGBUS later. */
	if (fd < 0 || fallocate(fd, 0, 0, (off_t)size) < 0)
		return -1;
	void *bytes = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (bytes == MAP_FAILED)
		return -1;
	bool whole = corpus_file_read(file, bytes, (size_t)size, 0) == (ssize_t)size;
	munmap(bytes, (size_t)size);
	return whole ? take_fd(&fd) : -1;
}

static struct retained *slot_of(struct retain *retain, uint64_t ino)
{
	const struct draw_key key = {.where = ino};
	if (!retain->slots && !(retain->slots = calloc(RETAIN_SLOTS, sizeof *retain->slots)))
		return NULL;
	return &retain->slots[draw_u64(&key) % RETAIN_SLOTS];
}

int retain_fd(struct retain *retain, struct corpus_file *file, uint64_t ino, uint64_t size)
{
	struct retained *slot = size && size <= RETAIN_FILE_MAX && ino ? slot_of(retain, ino) : NULL;
	if (!slot)
		return -1;
	if (slot->ino != ino) {
		if (slot->ino)
			let_go(retain, slot);
		*slot = (struct retained){.ino = ino, .size = size, .used_at = ++retain->clock, .fd = -1};
		return -1;
	}
	slot->used_at = ++retain->clock;
	if (slot->fd >= 0)
		return slot->fd;
	make_room(retain, size);
	slot->fd = make_file(file, size);
	if (slot->fd >= 0)
		retain->bytes += size;
	return slot->fd;
}
