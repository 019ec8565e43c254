/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads /proc/PID/status. */
#include "fusefs/proc_status.h"

#include "base/scope.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

bool proc_status_read(int32_t tid, char text[PROC_STATUS_SIZE])
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/status", (int)tid);
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, PROC_STATUS_SIZE - 1);
	if (length <= 0)
		return false;
	text[length] = '\0';
	return true;
}
