/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The two modules of a core: the codec, without which there is no run, and the accelerator, without which it is slower. */
#pragma once

#include "common/module.h"

#include <stdbool.h>

/* What a core looks for. Both structs begin with their version. */
struct parts_wanted {
	const char *codec_file, *codec_symbol;
	uint32_t codec_abi;
	const char *kernel_symbol;
	uint32_t kernel_abi;
	const void *portable;               /* the kernel that needs no module */
	bool (*agrees)(const void *kernel); /* does it compute what the portable one does? */
};

struct parts {
	struct module codec_module, accelerator_module;
	const void *codec, *kernel; /* borrowed until parts_close() */
};

/* dir: NULL for the default directory. A missing accelerator is reported as a warning. Close *parts in any case. */
int parts_load(struct parts *parts, const struct parts_wanted *wanted, const char *dir, struct failure *why) MUST_USE;

void parts_close(struct parts *parts);
