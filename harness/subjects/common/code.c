/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The words for the numbers. */
#include "common/code.h"

const char *code_word(enum code code)
{
	switch (code) {
	case CODE_NONE: return "none";
	case CODE_DIR_MISSING: return "directory missing";
	case CODE_UNREADABLE: return "unreadable";
	case CODE_UNWRITABLE: return "unwritable";
	case CODE_NOTHING_TO_DO: return "nothing to do";
	case CODE_BAD_FORMAT: return "bad format";
	case CODE_CORRUPTED: return "corrupted";
	case CODE_PERMISSION: return "permission";
	case CODE_DISK_FULL: return "disk full";
	case CODE_READ: return "read";
	case CODE_WRITE: return "write";
	case CODE_MEMORY: return "out of memory";
	case CODE_TOO_LARGE: return "too large";
	case CODE_ACCELERATOR: return "accelerator";
	case CODE_CANCELLED: return "cancelled";
	case CODE_DEPENDENCY: return "dependency";
	}
	return "unknown";
}
