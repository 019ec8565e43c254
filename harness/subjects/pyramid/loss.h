/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Which outputs suffer from slices that are missing or were left out, and the lines that say so. */
#pragma once

#include "pyramid/pyramid.h"

/* Slices that an output stands for and does not contain. */
struct loss {
	uint64_t count;
	uint64_t first; /* position; meaningless when there is none */
};

/* Of one output; every slice it stands for must have been loaded or skipped by now. Pure. */
struct loss loss_of(const struct stack *stack, unsigned level, uint64_t index);

/* Warn of the numbers that the sequence lacks. True: there are some. */
bool loss_report_gaps(const struct stack *stack);

/* `name` was made in spite of a loss. */
void loss_report_degraded(const struct stack *stack, const char *name, const struct loss *loss);

/* The outputs [from, to) of a level cannot be made. */
void loss_report_missing(const struct pyramid *pyramid, unsigned level, uint64_t from, uint64_t to);
