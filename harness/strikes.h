/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What rules have struck in a mount's life, handed from the process that asks the server to one that tells it. Rules may come while
 * the mount lives, so nobody knows beforehand how many they are: it goes through a file in memory. One thread. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "harness/daemon.h"

struct strikes {
	VEC(struct daemon_struck) rules; /* in the order in which they came; names are of `text` */
	struct buf text;
};

/* Ask the server, and write what it says to the file. */
int strikes_send(struct daemon *daemon, int fd, struct err *err) MUST_USE;

/* Read it there, from the beginning. strikes_free() in any case. Returns 0 or a negative errno. */
int strikes_receive(int fd, struct strikes *out) MUST_USE;
void strikes_free(struct strikes *strikes);
