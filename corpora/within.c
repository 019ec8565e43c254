/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads whole numbers that have bounds. */
#include "corpora/within.h"

#include <inttypes.h>

int within_read(struct yaml_at at, uint64_t least, uint64_t most, uint64_t *number, struct err *err)
{
	int rc = yaml_number(at, number, err);
	if (!rc && (*number < least || *number > most))
		return yaml_error(at, err, "%s is out of range: from %" PRIu64 " to %" PRIu64 " is possible", at.node->text, least,
				  most);
	return rc;
}
