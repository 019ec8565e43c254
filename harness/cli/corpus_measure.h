/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* How much a corpus is, and which one it is. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "corpora/corpus.h"

#include <sha2.h>

struct corpus_measure {
	uint64_t files, bytes, damaged; /* regular files, and what they hold */
	/* SHA-256 over every name with its type, mode, size, time and damage, and over a few bytes of some files: that of another source, or
	 * of a directory that has changed since, is another one. No proof of the content: that would take reading all. */
	char identity[SHA256_DIGEST_STRING_LENGTH];
};

/* Walk over all names. 0 or a negative errno with a line in err. */
int corpus_measure(const struct corpus *corpus, struct corpus_measure *out, struct err *err) MUST_USE;
