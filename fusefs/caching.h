/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What the kernel may keep of a file's bytes, decided at each open.
 *
 * A rule on reads or writes must see each one as the program makes it: such a file is open for direct I/O. A file that no rule
 * can touch goes to the kernel altogether (passthrough.h), or stays in its page cache across opens. docs/caching.md. */
#pragma once

#include "fusefs/request.h"

/* Files of a corpus up to this size are put into the page cache when they are opened first, which costs less than the request to read
 * them; and once there they cost less to open than what is passed through. */
#define SMALL_FILE_BYTES 16384

/* Fill in how the kernel is to treat the file that r opens. The handle is open already. 0, or -EINVAL: passthrough_choose(). */
int caching_choose(struct request *r, struct node *node, struct handle *handle) MUST_USE;

/* A handle of the node is about to be closed: remember how its bytes are now. */
void caching_closing(struct request *r, struct node *node, const struct handle *handle);

/* A program makes a new start: what the page cache asks for from now on is not the kernel's own second try. */
void caching_begin_anew(struct node *node, uint64_t offset);
