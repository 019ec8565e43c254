/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads whole numbers that have bounds, for the tables of base/yaml.h. For this folder only. */
#pragma once

#include "base/yaml.h"

int within_read(struct yaml_at at, uint64_t least, uint64_t most, uint64_t *number, struct err *err) MUST_USE;

/* Define a yaml_reader of a member of this type. */
#define WITHIN(reader, type, least, most)                                      \
	int reader(struct yaml_at at, void *into, struct err *err)             \
	{                                                                      \
		uint64_t number;                                               \
		int rc = within_read(at, (least), (most), &number, err);       \
		if (!rc)                                                       \
			*(type *)into = (type)number;                          \
		return rc;                                                     \
	}
