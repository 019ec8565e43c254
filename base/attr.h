/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Compiler attributes under short names. */
#pragma once

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF(text, first) __attribute__((format(printf, text, first)))
#define ALWAYS_INLINE __attribute__((always_inline)) inline
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
