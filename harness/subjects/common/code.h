/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What went wrong, as a stable number.
 *
 * The numbers are those of CTHarvester's error catalogue; the ones that these cores cannot produce are left out. */
#pragma once

enum code {
	CODE_NONE = 0,
	CODE_DIR_MISSING = 101,
	CODE_UNREADABLE = 102, /* the input directory */
	CODE_UNWRITABLE = 103, /* the output directory */
	CODE_NOTHING_TO_DO = 104,
	CODE_BAD_FORMAT = 105, /* sound, perhaps, but nothing here reads it */
	CODE_CORRUPTED = 106,
	CODE_PERMISSION = 201,
	CODE_DISK_FULL = 202,
	CODE_READ = 203,
	CODE_WRITE = 204,
	CODE_MEMORY = 301,
	CODE_TOO_LARGE = 302,
	CODE_ACCELERATOR = 402,
	CODE_CANCELLED = 501,
	CODE_DEPENDENCY = 602,
};

/* The word that stands beside the number in a report. Any thread. */
const char *code_word(enum code code);
