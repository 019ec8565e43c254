/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A power cut while it is carried out: durable_cut.c does, durable_cut_names.c what is names of it. */
#pragma once

#include "base/draw.h"
#include "fusefs/durable_records.h"

struct cutting {
	struct durable *d;
	const struct durable_how *how;
	struct durable_report report;
	bool journal_kept; /* ordered, by chance: the last commit was made just before */
};

/* Something could not be taken back. The cut goes on. */
static inline void cutting_failed(struct cutting *c, int error)
{
	if (!c->report.failures++)
		c->report.error = error;
}

/* A number by chance, the same for the same seed. `lane`: which of the questions about this one. */
static inline uint64_t cutting_drawn(const struct cutting *c, uint64_t who, uint64_t where, uint64_t lane)
{
	const struct draw_key key = {.seed = c->how->seed, .who = who, .where = where, .lane = lane};
	return draw_u64(&key);
}

/* Give every name that is not durable what it durably led to. */
void cutting_names(struct cutting *c);
