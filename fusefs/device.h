/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The FUSE device and the mount: opened by ourselves, so that the event loop and the negotiation with the kernel are ours.
 *
 * libfuse stays the codec: it parses requests and formats replies. Through fuse_session_custom_io() (public since 3.14) its
 * reads and writes of the device pass through here, where the reply to INIT gains the capabilities that libfuse 3.14 does
 * not know of. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "fusefs/detach.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct fuse_session;
struct guard;

enum device_how { DEVICE_AUTO, DEVICE_DIRECT, DEVICE_FUSERMOUNT };

struct device {
	int fd;
	char *mountpoint; /* absolute; owned; NULL while not mounted */
	struct mounted mounted; /* which mount that is */
	char *left; /* what device_leave() is to unmount; owned; NULL: nothing */

	bool tmpfile; /* what was read last is a TMPFILE, handed to libfuse as a CREATE: ops_tmpfile.c */

	/* The request that was read last: its caller (0: nobody's), and the bytes that it brings or asks for. */
	pid_t caller;
	uint32_t moves;

	uint64_t init_unique; /* of the INIT request, 0 before */
	uint64_t kernel_flags;
	uint32_t without;	   /* features that are not asked for: bits (1 << enum feature) */
	bool passes_through;	   /* passthrough was agreed upon, and has not been refused since */
	int32_t answer_backing_id; /* for the answer to open or create that comes next; 0: none */

	/* The last answer to a request: a positive errno or 0, and the bytes that followed. */
	int answer_error;
	uint32_t answer_bytes;
};

/* Open the device and mount it; the guard is told of it. -EINVAL for a bad mount point, -ENODEV, -EPERM ... where the machine cannot. */
int device_mount(struct device *device, const struct guard *guard, const char *mountpoint, const char *label, enum device_how how,
		 bool allow_other, struct err *err) MUST_USE;

/* Does the path lead into the mount? Found out without asking the mount. */
bool device_has(const struct device *device, const char *path);

/* Let the session read and write through us. The session's userdata must begin with the struct device. */
int device_attach(struct device *device, struct fuse_session *session, struct err *err) MUST_USE;

/* May files be registered for the kernel to read and write by itself? */
bool device_can_pass_through(const struct device *device);

/* Register a descriptor: its number (above 0), or a negative errno. -EPERM: none will ever be. */
int device_back(struct device *device, struct fuse_session *session, int fd);

/* Let go of it. Only once no open file has it any more, by the kernel's own word (RELEASE): where an open is still to be heard of by
 * the caller, it would fail. */
void device_unback(struct fuse_session *session, int id);

/* Unmount, also while clients hold files open: they get ENOTCONN from then on. Does not block. Where that takes rights that we do
 * not have, the mount stays until device_leave(). */
void device_unmount(struct device *device);

/* Let fusermount3 unmount what is left, and wait for it (a second at most), so that nothing is mounted any more when we have ended.
 * The session must be closed, so that nobody waits for us meanwhile. */
void device_leave(struct device *device);
