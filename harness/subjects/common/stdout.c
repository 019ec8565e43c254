/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Writes text to stdout. */
#include "common/stdout.h"

#include "common/io.h"

#include <unistd.h>

int stdout_write(const struct text *text, struct failure *why)
{
	int rc = io_write(STDOUT_FILENO, text->at, text->length);
	if (rc == 0)
		return 0;
	failure_errno(why, CODE_WRITE, "stdout", -rc, "write");
	why->code = CODE_WRITE; /* "disk full" is said of OUT alone */
	return -1;
}
