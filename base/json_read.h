/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads JSON by jansson, and tells a text that is wrong from memory that is out: jansson may call the one what is the other. Whoever
 * includes it links jansson; base itself does not. */
#pragma once

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
