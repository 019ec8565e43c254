/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Optional parts that are loaded at run time.
 *
 * A module is a sealed shared object (seal.h) that exports one constant struct, under a name that both sides know; its first
 * member is a uint32_t, the version of that struct. Modules are looked for in one directory only, never on a search path.
 * One thread. */
#pragma once

#include "common/attr.h"
#include "common/failure.h"

#include <limits.h>
#include <stdint.h>

struct module {
	void *handle; /* NULL: not loaded */
	int fd;       /* of the copy in memory; 0: none */
};

/* The directory that is used when none is named: `modules` beside the executable. */
int module_default_directory(char path[PATH_MAX], struct failure *why) MUST_USE;

/* Load dir/file and find `symbol` of version `abi` in it; *struct_ points to it then, until module_close().
 * Failures get `code`, but for want of memory and for cancellation, which keep their own. */
int module_open(struct module *module, const char *dir, const char *file, const char *symbol, uint32_t abi,
		enum code code, const void **struct_, struct failure *why) MUST_USE;

void module_close(struct module *module); /* also of one all zeroes, or of one that failed to open */
