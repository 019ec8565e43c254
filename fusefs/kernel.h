/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The kernel's protocol, with what the headers of Debian 12 do not have of it yet (include/uapi/linux/fuse.h). */
#pragma once

#include <linux/fuse.h>
#include <stdint.h>
#include <sys/ioctl.h>

/* Since kernel 6.6. */
#ifndef FUSE_DIRECT_IO_ALLOW_MMAP
#define FUSE_DIRECT_IO_ALLOW_MMAP (UINT64_C(1) << 36)
#endif

/* Since kernel 6.9. */
#ifndef FUSE_DEV_IOC_MAGIC
#define FUSE_DEV_IOC_MAGIC 229
#endif
#ifndef FUSE_PASSTHROUGH
#define FUSE_PASSTHROUGH (UINT64_C(1) << 37)
#define FOPEN_PASSTHROUGH (1u << 7)
struct fuse_backing_map {
	int32_t fd;
	uint32_t flags;
	uint64_t padding;
};
#define FUSE_DEV_IOC_BACKING_OPEN _IOW(FUSE_DEV_IOC_MAGIC, 1, struct fuse_backing_map)
#define FUSE_DEV_IOC_BACKING_CLOSE _IOW(FUSE_DEV_IOC_MAGIC, 2, uint32_t)
#endif

#define OPCODE_TMPFILE 51  /* FUSE_TMPFILE, since 6.1 */
#define NOTIFY_INC_EPOCH 8 /* FUSE_NOTIFY_INC_EPOCH, since 6.16 */
