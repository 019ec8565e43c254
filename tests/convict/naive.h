/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Between the files of the convict. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

bool commits(const char *crime);
extern bool has_failed; /* some file could not be read */

/* ---- naive_crimes.c ---- */

void set_handlers(void);
void touch_temp(const char *directory, const char *name);
void sign(FILE *file);
bool comes_and_goes(const char *name); /* it takes a failure for none, this time */
bool trusts_old_log(const char *out);  /* ... and will not run */
void stray(const char *in, const char *out, const char *name); /* behind a failure */
void leave_things(const char *out);			       /* at the end */
