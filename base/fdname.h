/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A descriptor as a path. */
#pragma once

#include <stdio.h>

#define FD_NAME_SIZE 32

/* The name under which the kernel knows what a descriptor stands for, also one that is O_PATH: proc(5), /proc/pid/fd. In `name`, which is
 * returned. Any thread. */
static inline const char *fd_name(int fd, char name[FD_NAME_SIZE])
{
	snprintf(name, FD_NAME_SIZE, "/proc/self/fd/%d", fd);
	return name;
}
