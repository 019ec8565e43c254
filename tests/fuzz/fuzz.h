/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What every fuzz target offers: libFuzzer's own interface (LLVM's libFuzzer manual), which fuzz_main.c speaks too. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Put these bytes to the code under test. Must not depend on what came before. Aborts where a promise is broken. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Once, before the first. Optional for libFuzzer, not for us. */
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* A promise of the code under test, whatever NDEBUG says. */
#define PROMISE(condition) ((condition) ? (void)0 : fuzz_broken(#condition, __FILE__, __LINE__))
_Noreturn void fuzz_broken(const char *promise, const char *file, int line);
