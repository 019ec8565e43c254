/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A directory of the user's as a source, read-only. For this folder only.
 *
 * Every path is resolved below a descriptor of the root, by openat2(2) with RESOLVE_BENEATH and RESOLVE_NO_MAGICLINKS: no
 * link leads out (-EXDEV). A link at the end of a path is shown, not followed. What changes under us gives what the kernel
 * gives: -ENOENT, -ESTALE, a short read. FIFOs, sockets and devices are shown but not opened (-ENXIO), so that nothing can
 * block. Needs /proc. */
#pragma once

#include "corpora/source.h"

/* Caller closes through tree_source. */
int tree_open(const char *path, void **out, struct err *err) MUST_USE;
extern const struct source tree_source;
