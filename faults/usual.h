/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Errnos that an operation usually fails with, where it fails for no fault of the program's: what its manual page names of a
 * disk that is bad or full or read-only, of rights, and of what the system has run out of. Not what would mean a wrong argument. */
#pragma once

#include "faults/ops.h"

#include <stdint.h>

/* They end with 0. Empty for operations whose result nobody sees (release, releasedir) and for what is no request (listed). */
#define USUAL_MAX 12
const uint16_t *usual_errors(enum op op);
