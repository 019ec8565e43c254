/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Names of features and ways of caching. */
#include "fusefs/features.h"

#include "base/nearest.h"
#include "base/scope.h"
#include "base/vec.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *name;
	enum feature feature;
} features[] = {
	{"passthrough", FEATURE_PASSTHROUGH},
	{"store", FEATURE_STORE},
	{"retain", FEATURE_RETAIN},
	{"mmap", FEATURE_MMAP},
	{"parallel-dirops", FEATURE_DIROPS},
	{"readdirplus", FEATURE_READDIRPLUS},
	{"readahead", FEATURE_READAHEAD},
	{"near", FEATURE_NEAR},
	{"epoch", FEATURE_EPOCH},
};

static const struct {
	const char *name;
	enum caching caching;
} ways[] = {
	{"auto", CACHING_AUTO},
	{"live", CACHING_LIVE},
	{"cached", CACHING_CACHED},
	{"uncached", CACHING_UNCACHED},
};

int features_parse(const char *list, uint32_t *set, struct err *err)
{
	SCOPED_FREE char *copy = strdup(list);
	char *rest = copy;
	if (!copy)
		return err_set(err, ENOMEM, "out of memory");
	for (char *name; (name = strsep(&rest, ","));) {
		char hint[NEAREST_HINT_SIZE];
		size_t i = 0;
		while (i < COUNT_OF(features) && strcmp(features[i].name, name) != 0)
			i++;
		if (strcmp(name, "all") == 0)
			*set = (1u << FEATURE_COUNT) - 1;
		else if (i < COUNT_OF(features))
			*set |= 1u << features[i].feature;
		else
			return err_set(err, EINVAL, "--without: '%s' is no feature%s", name,
				       nearest_hint(hint, nearest_in(features, COUNT_OF(features), sizeof features[0], name)));
	}
	return 0;
}

int caching_parse(const char *text, enum caching *out, struct err *err)
{
	for (size_t i = 0; i < COUNT_OF(ways); i++)
		if (strcmp(ways[i].name, text) == 0) {
			*out = ways[i].caching;
			return 0;
		}
	return err_set(err, EINVAL, "--caching takes auto, live, cached or uncached, not '%s'", text);
}
