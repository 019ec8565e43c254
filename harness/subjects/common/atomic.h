/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Writes an output so that its name stands for the whole of it or for what it stood for before. */
#pragma once

#include "common/attr.h"
#include "common/failure.h"

#include <stddef.h>

/* Write dir/name through dir/name.tmp: create, write, fsync, close, rename, each checked. A name.tmp that an earlier run left
 * is removed first. A failure ends the run: the temporary file is removed under limit_shield(), or reported if it stays. */
int atomic_write(const char *dir, const char *name, const void *content, size_t length, struct failure *why) MUST_USE;

/* Remove the name.tmp of an earlier run, if there is one. */
int atomic_forget(const char *dir, const char *name, struct failure *why) MUST_USE;
