/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Makes a request to a mount of the words of a command line. */
#pragma once

#include "base/attr.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>

#define CTL_ARGUMENTS_MAX 8

enum ctl_shape {
	AS_TEXT,
	AS_REST, /* this and all that follow, as a list */
	AS_PLAN, /* what a plan's file holds, by its name or that of a plan of ours; "-" is stdin */
	AS_RULE, /* as it stands, or, behind '@', what a file holds; or the name of a rule, and then KEY=VALUE that it is to have */
	AS_SOURCE, /* with its path made whole */
	AS_OPTION, /* written KEY=VALUE */
};

struct ctl_word {
	const char *name;
	const char *usage; /* what follows the word */
	const char *about;
	void (*show)(const json_t *answer);
	struct {
		const char *key; /* of the request */
		enum ctl_shape shape;
		bool required;
	} takes[CTL_ARGUMENTS_MAX];
};

/* Fill the request by the words behind `word`. -errno with a reason. */
int ctl_request(const struct ctl_word *word, char **argv, json_t *request, struct err *err) MUST_USE;
