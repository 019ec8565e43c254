/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Says what was broken, and ends so that libFuzzer keeps the input. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

/* LeakSanitizer's own name. libfyaml 0.7.12 loses 2 KiB where it refuses some texts, whatever its user does. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libfyaml\n";
}

void fuzz_broken(const char *promise, const char *file, int line)
{
	fprintf(stderr, "%s:%d: broken: %s\n", file, line, promise);
	abort();
}
