/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Which program it is that a sweep is of, and over which corpus. */
#pragma once

#include "harness/sweep/sweep.h"

#include <stdint.h>

/* A digest of all files that the words of its command name: the program, the script that it is given, and what else there is of those.
 * 0 where none can be read. */
uint64_t program_digest(const struct sweep *sweep);

/* A digest of the corpus's files, names and content; of what lies beyond the first GiB (of a made one: 16 MiB) names, sizes and times. */
uint64_t program_corpus_digest(const struct sweep *sweep);
