/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Names the verdict on a case from its evidence and the clean run's. Pure: same evidence, same verdict; docs/contract.md
 * says in words what is weighed here. */
#pragma once

#include "base/buf.h"
#include "harness/case.h"
#include "harness/evidence.h"
#include "harness/subject.h"

#include <stdbool.h>
#include <stdint.h>

/* What the subject does when nothing fails. */
struct baseline {
	struct evidence evidence; /* main run and, at least a second later, run again in the same place */
	bool repeats;		  /* running again over its own outputs works and gives the same */
	struct subject_words unstable; /* outputs whose content is not the same twice */
	bool stdout_stable;
	char *const *inputs; /* names of the corpus's files, sorted; NULL-terminated. Borrowed. */
};

struct judgement {
	enum verdict_class verdict;
	bool passed;
	bool mute;	     /* it failed, and said nothing that it does not always say */
	uint32_t code;	     /* error code that the subject reported, 0: none */
	struct buf injected; /* one line: what struck */
	struct buf reasons;  /* lines: the evidence for the verdict, then what else was noticed */
	struct buf failures; /* lines: expectations of the case that were not met; empty where it passed */
};

void judge(const struct case_spec *spec, const struct subject *subject, const struct baseline *clean,
	   const struct evidence *evidence, struct judgement *out);
/* Why a run with status 0 cannot be told from a right one, or NULL where it can: nothing that a clean run makes is the same twice. */
const char *judge_is_blind(const struct case_spec *spec, const struct subject *subject, const struct baseline *clean);
void judgement_free(struct judgement *judgement);
