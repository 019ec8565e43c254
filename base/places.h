/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Finds our own programs and data files, from the place of the running program: installed (../share/ordeal) or in the
 * build tree (beside it). ORDEAL_DATA names another root. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/vec.h"

/* The kinds of data there are. */
enum place { PLACE_PLANS, PLACE_SPECS, PLACE_SUITES, PLACE_SUBJECTS };

/* Path of the data file that a user names: a text with a '/' or ending in .yaml is a path of the user's, anything else the
 * name of one of ours. Caller frees. -ENOENT with the nearest name in err where it is unknown. */
int places_find(enum place place, const char *name, char **path, struct err *err) MUST_USE;

/* Names (without .yaml) of all that we bring of a kind, sorted. Free with places_names_free(). */
struct places_names {
	VEC(char *) names;
};
int places_list(enum place place, struct places_names *out, struct err *err) MUST_USE;
void places_names_free(struct places_names *names);

/* Path of one of our programs or libraries ("ordealfs"). Caller frees. -ENOENT where it is not to be found. */
int places_program(const char *name, char **path, struct err *err) MUST_USE;

/* The directory that holds the programs (build root, or bin). Caller frees. */
int places_home(char **path, struct err *err) MUST_USE;
