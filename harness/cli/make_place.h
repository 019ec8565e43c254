/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Where ordeal corpus make writes to.
 *
 * While it works, the directory holds one of its own, .ordeal-making: the identity of the source, by which --resume knows its own, and
 * the files that are being written. So what stands under any other name is whole at any time, whatever ends us, and no name of the
 * corpus is in the way of one of ours but this. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "corpora/corpus.h"

#include <stdbool.h>

#define MAKE_ASIDE ".ordeal-making"

struct make_place {
	const char *directory;
	char *aside;
	int lock; /* a descriptor: nobody else makes here */
	bool resumed;
};

/* Make the directory, or take one that is empty; with `resume` also one that a make of the same source has begun. 0, or a negative
 * errno with a line in err. make_place_leave() in any case. */
int make_place_begin(struct make_place *place, const struct corpus *corpus, const char *directory, const char *identity, bool resume,
		     struct err *err) MUST_USE;

/* All is made: nothing of ours stays. */
int make_place_end(struct make_place *place, struct err *err) MUST_USE;

void make_place_leave(struct make_place *place);
