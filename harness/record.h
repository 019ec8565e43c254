/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What stands in a record that others wrote: a line of a journal, an answer of the server. Any of it may be missing. */
#pragma once

#include <jansson.h>

/* The text of a key; "" where there is none, or something that is no text. */
static inline const char *record_text(const json_t *record, const char *key)
{
	const char *text = json_string_value(json_object_get(record, key));
	return text ? text : "";
}
