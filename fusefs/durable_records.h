/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The records behind durable.h, for its own files: durable.c has them, durable_changes.c makes them,
 * durable_syncs.c drops them, durable_loss.c and durable_cut.c (durable_cut.h) carry them out. */
#pragma once

#include "base/vec.h"
#include "fusefs/durable.h"

/* Marks of a block that will be lost: at which events, and by whose doing. */
#define MARK_EVENTS 7u

static inline uint32_t mark_of(uint32_t at, uint32_t who)
{
	return at | who << 3;
}

/* A file, directory or link of which something is not durable. It holds a descriptor, so its number is not given to another. */
struct durable_file {
	dev_t dev;
	ino_t ino;
	int fd; /* O_PATH */
	struct durable_file *next;
	uint64_t serial;      /* the how-manieth it was: stands for the file in draws */
	uint32_t names;	      /* records of names that are in it or lead to it */
	struct blocks undo;   /* what is durable where it differs */
	struct blocks shadow; /* what will be there when acknowledged bytes are lost */
	struct blocks before; /* what each block held before it was last written */
	bool resized;	      /* its durable size is `size` */
	bool size_clean;      /* ... and a sync would not change that (xfs) */
	uint64_t size;
	uint64_t shrunk_to; /* the smallest size it has had since; UINT64_MAX: never made smaller */
	bool remoded;	    /* its durable owner and mode are these */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	bool commits; /* ordered: its bytes are written before the next commit */
	uint64_t errors; /* durable.errors at its last failed sync; 0: none */
};

/* A name that is not durable as it is. */
struct durable_name {
	struct durable_file *directory;
	struct durable_file *held; /* what it durably leads to; NULL: nothing */
	char *name;
	uint64_t serial;
	uint64_t group; /* those of one rename have the same; 0: alone */
	struct durable_name *next;
	bool undone, placed; /* during a cut */
};

#define DURABLE_BUCKETS 4096u

/* What has just been lost: a row for each file and culprit. Zeroed at first; vec_free(&losses.all). */
struct durable_loss {
	const struct durable_file *file;
	uint32_t who;
	uint64_t changed; /* bytes */
};

struct durable_losses {
	VEC(struct durable_loss) all;
};

/* Lose what of the file is to be lost at one of these events. `undone`: a cut is about to take back all that is not durable, so what
 * is not durable is not lost by anybody's doing. */
void durable_lose_file(struct durable *d, struct durable_file *file, uint32_t at, bool undone, struct durable_losses *losses);

/* Tell it (NULL: nobody) and forget it. Of files that have no name any more nothing is told where `named`. */
void durable_tell_losses(struct durable_losses *losses, const struct durable_listener *to, bool named);

/* The record of a file, or NULL where it has none. */
struct durable_file *durable_find(struct durable *d, int fd);

/* The same, made if need be. `st` gets the file's attributes. NULL: there is no room, and everything was written back. */
struct durable_file *durable_take(struct durable *d, int fd, struct stat *st);

/* Drop the record of a file that says nothing. */
void durable_release(struct durable *d, struct durable_file *file);

/* The record of a name, made if need be. NULL: there is no room, and everything was written back. */
struct durable_name *durable_take_name(struct durable *d, int directory, const char *name);

/* Take a record of a name out of its chain, and free it. */
void durable_drop_name(struct durable *d, struct durable_name **link);

/* Open the file of a record in earnest. A descriptor or a negative errno. */
int durable_open(const struct durable_file *file, int flags);

/* There was no room: all so far counts as durable. */
void durable_write_back(struct durable *d);

/* How many blocks so many bytes fill or begin. */
static inline uint64_t durable_blocks_end(uint64_t bytes)
{
	return bytes / COPY_BYTES + (bytes % COPY_BYTES != 0);
}

/* Bytes of one block of the file, zeroes behind its end. 0 or a negative errno. */
int durable_read_block(int fd, uint64_t index, unsigned char bytes[COPY_BYTES]);
