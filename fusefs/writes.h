/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Writes, syncs and closes as the rules leave them: bytes that are changed, lost or torn on the way, syncs that fail, sectors that
 * a write heals. */
#pragma once

#include "fusefs/request.h"

#include <sys/types.h>

/* Write r->data, at most `length` bytes of it. Returns how many are acknowledged, or a negative errno. */
ssize_t writes_put(struct request *r, struct handle *handle, size_t length);

/* The file was synced with this result (0 or a positive errno). What the program is told. */
int writes_synced(struct request *r, struct handle *handle, int error);

/* A descriptor of the file is closed. */
void writes_closed(struct request *r, const struct handle *handle);

/* A sync that a rule lets fail: leave the file as filesystems do. */
void writes_fail_sync(struct request *r);
