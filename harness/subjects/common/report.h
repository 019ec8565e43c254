/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The lines on stderr: one a event, each one write(2) from fixed room.
 *
 *     pyramid: error 203 (read): slice_0003.png: read at 65536: Input/output error
 *
 * Nothing allocates, nothing fails that could be told anyone. One thread. */
#pragma once

#include "common/attr.h"
#include "common/failure.h"

/* The name at the head of every line. Borrowed for good. */
void report_as(const char *core);

void report_error(const struct failure *failure);

/* `consequence` says what is done about it: "using the portable kernel". May be NULL. */
void report_warning(const struct failure *failure, const char *consequence);

/* An input that was left out. */
void report_skipped(const struct failure *failure);

/* Anything else that a person should know. */
void report_note(const char *format, ...) PRINTF(1, 2);
