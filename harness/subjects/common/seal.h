/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The last bytes of a module file: a mark and a CRC-32 of all that stands before them.
 *
 * Machine code that lost or changed a bit can do anything when it is run; the dynamic loader checks nothing, and crashes on
 * damaged tables by itself. It does not look behind the end of an object, so a seal is in nobody's way. The build puts it
 * there (seal.c). */
#pragma once

#include "common/attr.h"
#include "common/bytes.h"
#include "common/failure.h"

enum {
	SEAL_MARK = 4, /* bytes of the mark */
	SEAL_SIZE = 8, /* with the CRC-32, its low byte first */
};
#define SEAL_TEXT "SEAL"

/* Refuse what is not sealed or does not fit its seal. */
int seal_check(const struct bytes *bytes, const char *file, struct failure *why) MUST_USE;
