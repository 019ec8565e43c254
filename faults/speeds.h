/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What `rate` and `iops` have in common: a speed for reads, for writes, or one for both together. One thread. */
#pragma once

#include "base/yaml.h"
#include "faults/verdict.h"

struct asking;
struct buf;
struct rule;

/* Readers of one speed for both, into effect.rate: bytes a second, operations a second. */
yaml_reader speeds_both_rate, speeds_both_number;

/* Read the value of the kind: a mapping by its table, or one speed for both. */
int speeds_read(struct yaml_at at, const char *what, const struct yaml_field *table, size_t count, yaml_reader *both,
		struct rule *rule, struct err *err) MUST_USE;

/* Send so many units down the line that they are for. Returns whether the request has to wait. */
bool speeds_pass(const struct asking *asked, uint64_t units, struct verdict *out);

void speeds_explain(const struct rule *rule, const char *units, struct buf *out);
