/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Files that the kernel reads and writes by itself (FUSE_PASSTHROUGH, Linux 6.9).
 *
 * An open may be answered with the number of a descriptor of ours that was registered with the kernel: reads, writes, splices
 * and mappings then go to that file, at its own speed, and never reach us. So it is for files that no rule of the plan can touch,
 * switched on or not, and not where we count what is written (volumes with a space rule), nor where we write as each caller (a scratch
 * that others may use): the kernel writes as the server.
 *
 * The kernel refuses (EIO) an open that does not fit those that are there (fuse_file_io_open() in fs/fuse/iomode.c): while one
 * is a passthrough all others must be, with the same number; while another uses the page cache none may be. So the first
 * open of a file decides for all until the last is closed. If the file becomes a ruled one meanwhile, later opens are
 * passthrough and direct I/O at once: the kernel then asks us for each read. Those before it stay out of our sight.
 *
 * Needs CAP_SYS_ADMIN in the first user namespace. Where that, or the kernel, does not play along, files are served by us. */
#pragma once

#include "fusefs/request.h"

/* Decide about the handle that r opens, and prepare the answer. `direct`: each read and write must reach us. Returns 0, or -EINVAL
 * where the file below cannot be opened as the caller wants (O_DIRECT), which the kernel is about to try. */
int passthrough_choose(struct request *r, struct node *node, struct handle *handle, bool *direct) MUST_USE;

/* A handle was dropped: let go of the registered descriptor with the last one. */
void passthrough_leave(struct server *server, struct node *node);
