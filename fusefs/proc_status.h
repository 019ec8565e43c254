/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What the kernel says of a process or thread (/proc/PID/status, proc(5)). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PROC_STATUS_SIZE 4096

/* The text, or the beginning of it, NUL-terminated. False when it is gone, or cannot be looked at. */
bool proc_status_read(int32_t tid, char text[PROC_STATUS_SIZE]);
