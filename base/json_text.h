/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* JSON to and from jansson's trees, where memory may be out. jansson calls a text wrong that it had no memory for, and json_dumps() may
 * lose a part of a key (do_dump() in dump.c does not look what dump_string() of a key has returned). Whoever includes it links jansson;
 * base itself does not. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

/* Flags as of json_loads(). Returns the tree (json_decref() it), or NULL with a reason: ENOMEM, or EINVAL in jansson's words. What
 * jansson refuses it is given once more. */
static inline json_t *json_read(const char *text, size_t flags, struct err *err)
{
	json_error_t why;
	json_t *root = json_loads(text, flags, &why);
	if (!root)
		root = json_loads(text, flags, &why);
	if (root)
		return root;
	void *probe = malloc(sizeof why);
	if (!probe || json_error_code(&why) == json_error_out_of_memory)
		err_set(err, ENOMEM, "out of memory");
	else
		err_set(err, EINVAL, "%s", why.text);
	free(probe);
	return NULL;
}

static inline int json_write_part(const char *bytes, size_t length, void *text)
{
	buf_add(text, bytes, length);
	return 0; /* the buffer remembers what it lacks */
}

/* Flags as of json_dumps(). Returns the text (caller frees), or NULL when memory is out. */
static inline char *json_write(const json_t *value, size_t flags)
{
	struct buf text = {0};
	if (json_dump_callback(value, json_write_part, &text, flags) == 0 && !text.failed && text.at)
		return text.at;
	buf_free(&text);
	return NULL;
}
