/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A site: all that a rule may know of one request. */
#pragma once

#include "faults/ops.h"

#include <stdbool.h>
#include <stdint.h>

struct site {
	enum op op;
	const char *volume; /* "in", "out"; borrowed */
	const char *path;   /* relative to the volume, "." is its root; borrowed */

	/* Bytes of the request: for read, write, fallocate, lseek, locks. For readdir they count entries instead ("." and ".." left
	 * out): `offset` is the first one wanted. 0 for every other operation. */
	uint64_t offset;
	uint64_t length;

	uint64_t size; /* bytes the file really has; 0 for what is no file */
	bool absent;   /* lookup: there is no such name, whatever rules say */
	uint64_t file; /* tells the file from others of the volume, whatever it is called; 0 where size is not known */

	uint64_t unsynced; /* fsync: blocks that it would write; 0 where nobody keeps account */
	uint64_t ordinal;  /* for kinds that draw anew each time: which of the rule's requests on the file this is */

	/* For operations that take space: bytes that the request would add to the volume, and what the volume holds now,
	 * counted from its opening. */
	uint64_t growth;
	uint64_t used_bytes;
	uint64_t used_files;

	/* A request on behalf of the page cache and not one that a program made as it stands. A read (readahead, mmap, sendfile,
	 * copy_file_range): the kernel takes a short answer for the end of the file, and asks again page by page after an error.
	 * A write (of pages changed through a shared mapping): it takes a short answer for a whole one, and the rest is lost
	 * without a word; only an error is told to msync(2) and fsync(2). */
	bool buffered;

	/* For locks: `offset` and `length` are the range (of flock, all of the file). */
	bool exclusive; /* asks for a lock that nobody else may share */
	bool waits;	/* ... until it is free */

	/* Goes on with something that was counted already (a listing that takes several requests). */
	bool continues;

	/* Who asks, as the kernel says (faults/who.h). */
	int32_t thread; /* 0: one that the server cannot see */
	uint32_t uid, gid;
	bool anonymous; /* the kernel names nobody */

	uint64_t handle;    /* the open file or directory that the request comes by; 0: none */
	int64_t opened_ns;  /* when that was opened; negative: before the plan was armed */
	bool first_access;  /* the first read or write by that handle */
	uint32_t opens;	    /* handles open on this file, with the one that an open is about to make */
	uint32_t opens_all; /* and in all of the mount */

	int64_t now_ns; /* since the plan was armed */
};

/* Bytes that a read or write moves, if no more than `most` are served; 0 for every other operation. */
static inline uint64_t site_bytes(const struct site *site, uint64_t most)
{
	uint64_t left = site->op != OP_read ? UINT64_MAX : site->offset < site->size ? site->size - site->offset : 0;
	uint64_t length = site->op == OP_read || site->op == OP_write ? site->length : 0;
	length = length < left ? length : left;
	return length < most ? length : most;
}
