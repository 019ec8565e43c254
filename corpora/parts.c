/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Looks a path up in a source and in the damage laid over it. */
#include "corpora/parts.h"

#include <errno.h>

static bool is_good_name(const char *name, size_t length)
{
	return length && !(length == 1 && name[0] == '.') && !(length == 2 && name[0] == '.' && name[1] == '.');
}

bool parts_path_is_good(const char *path)
{
	if (strcmp(path, ".") == 0)
		return true;
	for (;; path++) {
		size_t length = strcspn(path, "/");
		if (!is_good_name(path, length))
			return false;
		path += length;
		if (!*path)
			return true;
	}
}

int parts_look_up(const struct corpus *corpus, const char *path, struct corpus_stat *whole, struct wound *wound)
{
	if (!parts_path_is_good(path))
		return -EINVAL;
	int rc = corpus->source->stat(corpus->self, path, whole);
	if (rc)
		return rc;
	const struct damage_rule *rule = damage_rule_for(&corpus->damage, path, whole->mode);
	*wound = damage_wound(rule, corpus->seed, path, whole->size);
	return 0;
}
