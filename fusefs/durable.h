/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What of a directory tree is durable: which changes were synced and which were not, so that a power cut can take the others back.
 *
 * The tree itself is the live state. Before a change that nobody has synced yet, what was there goes into a record: the old content of
 * the blocks (blocks.h), the old size, owner and mode of a file, the file that a name led to. A sync drops the records that it
 * makes durable. durable_cut() carries the others out backwards, and the tree is what the disk would hold.
 *
 * Two models. DURABLE_STRICT is what POSIX promises: fsync of a file keeps its bytes and size, fsync of a directory the names in
 * it, and nothing else is kept; a rename across directories is one change. DURABLE_ORDERED is ext4 with data=ordered and
 * auto_da_alloc, as it comes (fs/ext4, Documentation/admin-guide/ext4.rst): any fsync commits the journal, so all names, modes and
 * truncations before it are kept as well; not so the bytes of other files and what they grew by (delayed allocation: a file may be
 * there with no bytes), but for files that were renamed over others, or were closed after being truncated to nothing.
 *
 * Times and extended attributes are left as they are. sync(2) and syncfs(2) of a mount are not told to a FUSE server (fuse_sync_fs()
 * in fs/fuse/inode.c asks virtiofs alone).
 *
 * Bounded: when there is no room for a record, all so far counts as durable, as when a kernel short of memory writes back; that is
 * counted. Files are named by descriptors (of any kind, O_PATH too). It knows nothing of FUSE. One thread. */
#pragma once

#include "base/attr.h"
#include "fusefs/blocks.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* How many files and names may have records. */
#define DURABLE_FILES_MAX 16384u
#define DURABLE_NAMES_MAX 65536u

enum durable_model { DURABLE_STRICT, DURABLE_ORDERED };
enum durable_keep { DURABLE_KEEP_NONE, DURABLE_KEEP_ALL, DURABLE_KEEP_RANDOM };

/* When bytes that were acknowledged turn out not to be kept: bits. All of them are lost by a cut. */
enum { DURABLE_LOSE_AT_FSYNC = 1, DURABLE_LOSE_AT_CLOSE = 2, DURABLE_LOSE_AT_CUT = 4 };

/* How large a number of a culprit may be (durable_lose()). */
#define DURABLE_WHO_MAX (UINT32_MAX >> 3)

/* Is told when bytes that somebody let be lost are really gone: of the file that this descriptor (O_PATH) is for, so many bytes are
 * different now. What would have been gone without him, because a cut takes it back as well, is not told. */
struct durable_listener {
	void (*lost)(void *data, int fd, uint32_t who, uint64_t changed);
	void *data;
};

struct durable_file;
struct durable_name;

struct durable {
	int root_fd; /* borrowed */
	enum durable_model model;
	bool keeps_previous; /* what each block held before it was last written: durable_stale() */
	struct store store;
	struct durable_file **files;
	struct durable_name **names;
	uint32_t files_count, names_count, files_max;
	uint64_t serial, groups;
	uint64_t errors;	/* failed syncs so far */
	uint64_t written_back;	/* how often there was no room for a record */
};

/* NULL when memory is out. */
struct durable *durable_new(int root_fd, enum durable_model model, bool keeps_previous);
void durable_free(struct durable *d);

/* All that is there is durable. */
void durable_settle(struct durable *d);

/* ---- before a change ---- */

/* Bytes [offset, offset + length) are written, or made zeroes. */
void durable_before_write(struct durable *d, int fd, uint64_t offset, uint64_t length);
/* The file gets this size. */
void durable_before_resize(struct durable *d, int fd, uint64_t size);
/* Owner or mode change. */
void durable_before_mode(struct durable *d, int fd);
/* A name comes, goes, or leads elsewhere. */
void durable_before_name(struct durable *d, int directory, const char *name);
void durable_before_rename(struct durable *d, int directory, const char *name, int to, const char *new_name);

/* ---- what makes durable ---- */

void durable_sync_file(struct durable *d, int fd, bool data_only);
/* An O_DSYNC write of these bytes. */
void durable_sync_range(struct durable *d, int fd, uint64_t offset, uint64_t length);
void durable_sync_directory(struct durable *d, int fd);
void durable_closed(struct durable *d, int fd);

/* What a sync of the file would have to write: blocks, and one for its size. */
uint64_t durable_unsynced(struct durable *d, int fd);

/* ---- bytes that are not kept ---- */

/* The bytes about to be written here will be lost at one of these events, by the doing of `who` (1 to DURABLE_WHO_MAX; 0: nobody is told.
 * In a block that several had their hands in, the last one). What other writes put into the same block is not. */
void durable_lose(struct durable *d, int fd, uint64_t offset, uint64_t length, uint32_t at, uint32_t who);
/* Bytes were written that stay. */
void durable_kept(struct durable *d, int fd, const void *bytes, uint64_t offset, uint64_t length);
/* The event has come: the file is as if those bytes had never been written. `to` is told; NULL: nobody. */
void durable_lose_now(struct durable *d, int fd, uint32_t at, const struct durable_listener *to);

/* Put what a block held before it was last written in the place of bytes that were read. Returns how many are different now. */
uint64_t durable_stale(struct durable *d, int fd, unsigned char *bytes, uint64_t offset, uint64_t length);

/* A sync has failed: the file is left as ext4, xfs or btrfs leave it. */
enum durable_failure { DURABLE_FAIL_EXT4, DURABLE_FAIL_XFS, DURABLE_FAIL_BTRFS };
void durable_sync_failed(struct durable *d, int fd, enum durable_failure as, uint32_t lose_at);

/* Has a sync of the file failed since *seen (durable.errors at open)? Each open file is told once (errseq_t, lib/errseq.c). */
bool durable_error_since(struct durable *d, int fd, uint64_t *seen);

/* ---- the cut ---- */

struct durable_how {
	enum durable_keep keep; /* of what was not synced */
	uint32_t sector;	/* bytes that are written as a whole: 512 or 4096 */
	uint64_t seed;		/* of DURABLE_KEEP_RANDOM */
	const struct durable_listener *to; /* NULL: nobody */
};

struct durable_report {
	uint64_t names, blocks; /* taken back */
	uint64_t failures;	/* what could not be */
	int error;		/* of the first failure; positive errno */
};

/* Take back what is not durable. Afterwards all that is there is. */
struct durable_report durable_cut(struct durable *d, const struct durable_how *how);
