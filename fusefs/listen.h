/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The socket of a mount that any number of clients can come to (ordeal-control(5)). Only processes of the same user, and of root,
 * are let in. One thread. */
#pragma once

#include "base/attr.h"
#include "base/err.h"

#include <sys/types.h>

struct listen {
	int fd;	    /* -1: none */
	int dir_fd; /* the directory it is in */
	char *name;
	dev_t dev; /* the socket file as we have made it: another server may have put its own in the place */
	ino_t ino;
};

/* Listen at a path of the user's, or (NULL) in his private directory (base/rundir.h) under the number of the mount at this mount
 * point; sockets there whose servers have ended are removed. 0 or a negative errno. listen_close() in any case. */
int listen_open(const char *path, const char *mountpoint, struct listen *out, struct err *err) MUST_USE;
void listen_close(struct listen *listen);

/* The next client, or -1 when none waits. Turns strangers away. The caller closes it. */
int listen_accept(const struct listen *listen);
