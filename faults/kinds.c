/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The table of fault kinds. */
#include "faults/kinds.h"

#include <string.h>

#define KINDS_ENTRY(key) &kind_##key,
static const struct kind *const kinds[] = {KINDS(KINDS_ENTRY)};

const struct kind *kinds_at(size_t index)
{
	return index < COUNT_OF(kinds) ? kinds[index] : NULL;
}

const struct kind *kinds_find(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}
