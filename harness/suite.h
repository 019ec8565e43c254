/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A suite: cases with expectations, for any subject. Read from suites/NAME.yaml:
 *
 *   version: 1
 *   name: recovery
 *   title: the 18 error-recovery tests, made real
 *   corpora: {stack: ct-tiny, audio: audio-tiny}   # by the kind of input that a subject takes
 *   cases:
 *     - name: test_permission_error_opening_directory
 *       title: the directory may not be opened
 *       scenario: 1
 *       needs: [listing]          # only for subjects that do this
 *       plan: eacces-opendir      # this and all below: fields of a case (harness/case.h)
 *       allow: refused
 *       code: 201
 *       audio: {code: 102}        # other values for one kind of input
 *
 * Relative paths of plans and corpora begin at the suite's folder. Immutable once read: any thread. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/vec.h"
#include "harness/case.h"
#include "harness/subject.h"

#include <stdint.h>

struct suite_pair {
	char *key, *value;
};

struct suite_pairs {
	VEC(struct suite_pair) pairs;
};

struct suite_variant {
	char *input;
	struct suite_pairs fields;
};

struct suite_case {
	char *name, *title;
	uint32_t scenario; /* row of the catalogue; 0: none */
	struct subject_words needs;
	struct suite_pairs common;
	VEC(struct suite_variant) variants;
};

struct suite {
	char *name, *title;
	char *here; /* folder of the file: relative paths of plans and corpora begin there */
	struct suite_pairs corpora; /* input -> source */
	VEC(struct suite_case) cases;
};

int suite_load(const char *name_or_path, struct suite **out, struct err *err) MUST_USE;
void suite_free(struct suite *suite);

/* Is there a corpus, for any of the cases, for this kind of input? If not, *near is a kind that may have been meant, or NULL. */
bool suite_takes(const struct suite *suite, const char *input, const char **near);

/* Why a case is not for this subject, in `why`; false where it is for it. */
bool suite_skips(const struct suite *suite, const struct suite_case *one, const struct subject *subject, char *why,
		 size_t size);

/* Make the case of a subject, which is named in it as given. */
int suite_instantiate(const struct suite *suite, const struct suite_case *one, const struct subject *subject,
		      const char *subject_name, struct case_spec *spec, struct err *err) MUST_USE;
