/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What is to become of one request. The server carries it out: first wait (delay_ns), then hang, fail, or serve with what
 * remains. A zeroed one with size and length at their maximum leaves the request alone. */
#pragma once

#include "faults/pretence.h"

#include <stdbool.h>
#include <stdint.h>

struct rule;

/* Rules that one request can be struck by; further ones are not asked. */
#define VERDICT_RULES_MAX 8

/* Which signals to its caller end a request that waits: any, none, or those that he dies of. */
enum hang { HANG_NOT, HANG_INTERRUPTIBLE, HANG_UNINTERRUPTIBLE, HANG_KILLABLE };

struct verdict {
	uint8_t rules_count;
	const struct rule *rules[VERDICT_RULES_MAX]; /* that fired, in order; borrowed from the plan */
	int64_t delay_ns;
	enum hang heeds; /* while it waits for delay_ns; HANG_NOT is as killable */
	enum hang hang;
	const struct rule *held; /* an outage that makes it wait or fail: if that ends meanwhile it fails with `after`, or is served */
	int after;		 /* positive errno, 0 for none */
	int error;	 /* positive errno, 0 for none */
	const struct rule *phantom; /* that is told as the holder of a lock; NULL: none */
	bool split;	 /* fail it so that the kernel asks again in smaller pieces; no rule has struck */
	bool hidden;	 /* the name is not there: absent from a listing, ENOENT at a lookup */
	uint64_t length; /* serve no more bytes (entries) than this */
	const struct rule *cut; /* that `length` stops at the range of: it is touched, and not counted; NULL: none */
	uint64_t cut_at; /* the byte that it stops at */
	uint64_t size;	 /* show no more of the file than this */
	struct pretence pretence;		/* what stat(2) is told */
	uint32_t copies;			/* of the name, beside the one entry that there is */
	const struct capacity *capacity;	/* what statfs(2) is told; NULL: the truth */
	const struct rule *signal;		/* that sends the caller a signal; NULL: none */
	uint8_t altering_count;
	const struct rule *altering[VERDICT_RULES_MAX]; /* that change bytes on the way, in order */
	uint32_t altering_ordinals[VERDICT_RULES_MAX];  /* which of their requests on the file this is */
	const struct rule *losing;     /* does not keep all that it acknowledges of this write (loss.h) */
	uint32_t losing_ordinal;       /* which of its requests this is; of `power` too */
	const struct rule *sync_fails; /* lets this fsync fail as filesystems do */
	const struct rule *power;      /* lets the power fail at this operation */
};

#define VERDICT_NONE ((struct verdict){.length = UINT64_MAX, .size = UINT64_MAX})

static inline bool verdict_is_final(const struct verdict *v)
{
	return v->error || v->hang || v->hidden || v->split;
}
