/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The command line that all cores share: CORE [options] IN OUT. */
#pragma once

#include "common/attr.h"

#include <stdbool.h>
#include <stdint.h>

/* An option of one core only; its value is a number. */
struct options_number {
	const char *name; /* without the dashes */
	uint32_t *value;
	uint32_t low, high;
};

/* What makes one core's command line different from another's. */
struct options_core {
	const char *name;
	const char *purpose;                 /* for --help: whole lines of at most 80 columns */
	const char *own_help;                /* the line of its own option, or "" */
	const struct options_number *number; /* NULL: none */
};

struct options {
	const char *in, *out; /* out is NULL with --count and one argument */
	const char *modules;  /* NULL: the default directory */
	double io_timeout_s;  /* 0: none */
	unsigned retries;
	bool skip; /* --on-error=skip */
	bool resume;
	bool count;
};

enum { OPTIONS_GO_ON = -1 };

/* Returns OPTIONS_GO_ON, or the exit status: 0 after --help or --version (1 when it could not be written), 2 after one line
 * about wrong usage. Borrows argv for good, and permutes it. */
int options_parse(struct options *options, const struct options_core *core, int argc, char **argv) MUST_USE;
