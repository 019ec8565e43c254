/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What this run made under OUT, so that it can be made durable, or be taken away again.
 *
 * Room for the record is taken before the thing is made: nothing is ever made that cannot be removed. One thread. */
#pragma once

#include "common/failure.h"
#include "common/names.h"

struct made {
	const char *root;          /* OUT; borrowed */
	struct names directories;  /* all that outputs go to, relative to OUT; OUT itself is "" */
	struct names created;      /* those of them that were not there before */
	struct names files;        /* finished outputs */
};

/* Make OUT, unless it is there. Free *made in any case. */
int made_begin(struct made *made, const char *out, struct failure *why) MUST_USE;

/* Make a directory in OUT, unless it is there. */
int made_directory(struct made *made, const char *name, struct failure *why) MUST_USE;

/* Write an output whole (atomic_write), replacing what had its name. */
int made_file(struct made *made, const char *name, const void *content, size_t length, struct failure *why) MUST_USE;

/* Ask that all names made survive a power cut: the outputs were synced one by one, their directories are synced here. */
int made_sync(const struct made *made, struct failure *why) MUST_USE;

/* Take away all that this run made. What cannot be removed is reported; after a call that timed out no other is tried. */
void made_remove(struct made *made);

/* Take away only those created directories that stayed empty. */
void made_prune(struct made *made);

void made_free(struct made *made);
