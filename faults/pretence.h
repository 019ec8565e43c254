/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What programs are told about files and disks that is not so. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What stat(2) and listings say of a file. */
enum pretend {
	PRETEND_TYPE, /* S_IFREG ... */
	PRETEND_MODE, /* permission bits */
	PRETEND_UID,
	PRETEND_GID,
	PRETEND_SIZE, /* bytes; UINT64_MAX: by portion */
	PRETEND_NLINK,
	PRETEND_MTIME, /* seconds since 1970 */
	PRETEND_COUNT
};

struct pretence {
	unsigned told; /* bit (1 << enum pretend): this is told, all else is as it is */
	uint64_t value[PRETEND_COUNT];
	double portion; /* of the real size */
};

/* What statfs(2) says; UINT64_MAX: the truth. */
struct capacity {
	uint64_t total, free; /* bytes */
	uint64_t files, files_free;
	bool fills; /* what is free shrinks by what the volume has come to hold */
};
