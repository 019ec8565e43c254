/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Archives of strangers: read within their limits, or refused with one line; and no name in them leads outside. */
#include "corpora/pack.h"
#include "fuzz.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct pack_limits limits = {.names = 2000, .bytes = 4 << 20, .ratio = 1000, .free = 1 << 20};

static int file;
static char path[64];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	file = memfd_create("archive", MFD_CLOEXEC);
	PROMISE(file >= 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", file);
	return 0;
}

static void read_some(void *pack, const char *name)
{
	char bytes[512];
	void *opened;
	if (pack_source.file_open(pack, name, &opened) < 0)
		return;
	PROMISE(pack_source.file_read(opened, bytes, sizeof bytes, 0) >= 0);
	pack_source.file_close(opened);
}

struct looking {
	void *pack;
	const char *below;
	unsigned depth, *left;
};

static int look(void *into, const char *name, mode_t type, uint64_t ino)
{
	const struct looking *from = into;
	char whole[PATH_MAX], target[PATH_MAX];
	struct corpus_stat st;
	(void)ino;
	PROMISE(name[0] && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0);
	bool top = strcmp(from->below, ".") == 0;
	if (!*from->left || snprintf(whole, sizeof whole, "%s%s%s", top ? "" : from->below, top ? "" : "/", name) >= (int)sizeof whole)
		return 0;
	--*from->left;
	PROMISE(pack_source.stat(from->pack, whole, &st) == 0 && (st.mode & S_IFMT) == type);
	struct looking deeper = {from->pack, whole, from->depth + 1, from->left};
	if (S_ISREG(type))
		read_some(from->pack, whole);
	if (S_ISLNK(type))
		PROMISE(pack_source.readlink(from->pack, whole, target, sizeof target) <= 0);
	return S_ISDIR(type) && from->depth < 20 ? pack_source.each(from->pack, whole, look, &deeper) : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct err err = {0};
	void *pack;
	PROMISE(ftruncate(file, 0) == 0 && pwrite(file, bytes, size, 0) == (ssize_t)size);
	if (pack_open(path, &limits, &pack, &err) < 0) {
		PROMISE(err.code && err.text[0] && !strchr(err.text, '\n'));
		return 0;
	}
	unsigned left = 500;
	struct looking from = {pack, ".", 0, &left};
	PROMISE(pack_source.each(pack, ".", look, &from) == 0);
	pack_source.close(pack);
	return 0;
}
