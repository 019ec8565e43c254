/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* How far the kernel reads ahead into its page cache. It begins with 128 KiB, whatever was agreed upon (process_init_reply() in
 * fs/fuse/inode.c takes the lesser one), which makes a request of each 128 KiB; who may, sets more in /sys/class/bdi. */
#pragma once

/* Raise it for the mount here. Where that is not ours to do, it stays as it is. Asks the mount nothing. */
void readahead_raise(const char *mountpoint);
