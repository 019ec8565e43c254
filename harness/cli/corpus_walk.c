/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Walks over the names of a corpus. */
#include "base/scope.h"
#include "harness/cli/corpus_cmds.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int corpus_walk(const struct corpus *corpus, const char *directory, corpus_visit *visitor, void *context, struct err *err)
{
	struct corpus_names names;
	int rc = corpus_list(corpus, directory, &names);
	if (rc)
		return err_set(err, -rc, "%s: cannot be listed: %s", directory, strerror(-rc));
	for (size_t i = 0; !rc && i < names.names.count; i++) {
		const struct corpus_name *name = &names.names.at[i];
		SCOPED_FREE char *path = NULL;
		bool root = strcmp(directory, ".") == 0;
		if (asprintf(&path, "%s%s%s", root ? "" : directory, root ? "" : "/", name->name) < 0)
			rc = err_set(err, ENOMEM, "out of memory");
		else
			rc = visitor(corpus, path, name->type, context, err);
		if (!rc && S_ISDIR(name->type))
			rc = corpus_walk(corpus, path, visitor, context, err);
	}
	corpus_names_free(&names);
	return rc;
}
