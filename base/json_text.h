/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* JSON to and from jansson's trees, where memory may be out. jansson's reader does not look whether it got room for the text of a
 * string (lex_save() in load.c), and goes on behind the end of what it has; json_dumps() may lose a part of a key (do_dump() in dump.c
 * does not look what dump_string() of a key has returned). These two are to be used instead. One thread at a time. */
#pragma once

#include "base/attr.h"
#include "base/err.h"

#include <jansson.h>

/* Flags as of json_loads(). Returns the tree (json_decref() it), or NULL with a reason: ENOMEM, or EINVAL in jansson's words. */
json_t *json_read(const char *text, size_t flags, struct err *err) MUST_USE;

/* Flags as of json_dumps(). Returns the text (caller frees), or NULL when memory is out. */
char *json_write(const json_t *value, size_t flags) MUST_USE;
