/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The axis alloc. */
#include "base/scope.h"
#include "harness/sweep/sweep.h"

#include <errno.h>
#include <inttypes.h>

static int add_alloc(struct sweep *sweep, uint64_t number, bool persistent)
{
	SCOPED(buf_free) struct buf name = {0};
	SCOPED(buf_free) struct buf rule = {0};
	buf_printf(&name, "allocation#%" PRIu64 "%s", number, persistent ? ".." : "");
	buf_printf(&rule, "nth=%" PRIu64 "%s", number, persistent ? ".." : "");
	return name.failed || rule.failed ? -ENOMEM : sweep_add(sweep, SWEEP_ALLOC, SIZE_MAX, strdup(name.at), NULL, NULL, strdup(rule.at));
}

int sweep_add_allocs(struct sweep *sweep, struct err *err)
{
	int rc = 0;
	for (uint64_t n = 1; !rc && n <= sweep->count.allocations.allocations; n++) {
		rc = add_alloc(sweep, n, false);
		if (!rc && sweep->options.persistent)
			rc = add_alloc(sweep, n, true);
	}
	return rc ? err_set(err, -rc, "out of memory") : 0;
}
