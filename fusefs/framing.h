/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Requests as they come from the device: held against their own lengths before libfuse sees them.
 *
 * libfuse takes the kernel's word for it that arguments are whole, that names end, and that the bytes of a write are there (the do_*
 * functions in lib/fuse_lowlevel.c). The kernel's word is good; but whoever gets hold of the device, or passes requests on, may
 * give another. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Does the request hold all that its operation says it does? */
bool framing_is_whole(const void *request, size_t length);

struct server;
struct fuse_buf;

/* Serve one request. What is not whole is answered EIO, and goes no further. */
void framing_serve(struct server *server, const struct fuse_buf *buf);
