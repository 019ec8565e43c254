/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Finds our own programs and data files. They stand below one home: the build tree, when the running program stands in it; else the
 * prefix that it is installed below, wherever that has been moved to. ORDEAL_DATA names another home. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>

/* The kinds of data there are. */
enum place { PLACE_PLANS, PLACE_SPECS, PLACE_SUITES, PLACE_SUBJECTS };

/* Is this, the first `length` bytes of a text, a path of the user's? It has a '/' or ends in .yaml or .yml; else it names one of ours. */
bool places_is_path(const char *name, size_t length);

/* Path of the data file that a user names, by its path or by the name of one of ours. Caller frees. -ENOENT with the nearest name
 * in err where it is unknown. */
int places_find(enum place place, const char *name, char **path, struct err *err) MUST_USE;

/* Names (without .yaml) of all that we bring of a kind, sorted. Free with places_names_free(). */
struct places_names {
	VEC(char *) names;
};
int places_list(enum place place, struct places_names *out, struct err *err) MUST_USE;
void places_names_free(struct places_names *names);

/* Path of one of our programs or libraries ("ordealfs"). Caller frees. -ENOENT where it is not to be found. */
int places_program(const char *name, char **path, struct err *err) MUST_USE;

/* The directory that holds the reference cores, one folder each; there or not. Caller frees. */
int places_cores(char **path, struct err *err) MUST_USE;

/* The build tree or the prefix. Caller frees. */
int places_home(char **path, struct err *err) MUST_USE;
