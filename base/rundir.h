/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The private directory where the control sockets of a user's mounts are. In this order:
 *
 *   $XDG_RUNTIME_DIR/ordeal    where that directory is the user's own (XDG Base Directory Specification)
 *   /run/user/UID/ordeal       the same, for processes that have not been told
 *   /run/ordeal                root
 *   /tmp/ordeal-UID
 *
 * Only a directory that belongs to the user and that nobody else may enter (mode 0700) is used, so that no other user can put
 * his own socket there, or reach one of ours. Any thread. */
#pragma once

#include "base/attr.h"

#include <sys/types.h>

/* Our own, made where it is not there yet. Returns a descriptor that the caller closes, or a negative errno. */
int rundir_make(void) MUST_USE;

/* The place number `which` (from 0) of a user's. Returns a descriptor that the caller closes, -ENOENT, -EPERM ... where there is no
 * such directory or it is not to be trusted, or -ERANGE behind the last place. */
int rundir_open(unsigned which, uid_t user) MUST_USE;

/* The name of a mount's socket, from its device number (st_dev). Caller's buffer. */
#define RUNDIR_NAME_SIZE 40
void rundir_socket_name(unsigned major, unsigned minor, char name[RUNDIR_NAME_SIZE]);
