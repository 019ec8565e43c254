/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Builds a pyramid from the first look at IN to the last output. */
#pragma once

#include "common/parts.h"
#include "pyramid/pyramid.h"

/* *pyramid holds the run and nothing else, *parts is all zeroes. Free both in any case. */
int build(struct pyramid *pyramid, struct parts *parts, uint32_t stop_size, struct failure *why) MUST_USE;

/* What is borrowed by the run (names) must not be used afterwards. */
void build_free(struct pyramid *pyramid);
