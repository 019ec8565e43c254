/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Names of errno values, both ways. The names are glibc's own for this machine (strerrorname_np(3)). Any thread. */
#pragma once

#include "base/attr.h"
#include "base/yaml.h"

/* Read a name (EIO) or a number (53, as the sources' "errno 53", which is EBADR on Linux). In [1, 511], because the
 * kernel refuses any other reply of a FUSE server (fuse_dev_do_write() in fs/fuse/dev.c). Returns 0 or -EINVAL. */
int errnames_parse(const char *text, int *number) MUST_USE;

/* "EIO", or the number where it has no name, in a buffer of the caller's. Returns the buffer. */
#define ERRNAME_SIZE 16
const char *errnames_text(int number, char text[ERRNAME_SIZE]);

/* Reads a scalar into an int; a complaint names the nearest errno. */
yaml_reader errnames_yaml;
