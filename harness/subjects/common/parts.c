/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Loads the two modules of a core. */
#include "common/parts.h"

#include "common/report.h"

static const char accelerator_file[] = "accel.so";

static int load_codec(struct parts *parts, const struct parts_wanted *wanted, const char *dir, struct failure *why)
{
	return module_open(&parts->codec_module, dir, wanted->codec_file, wanted->codec_symbol, wanted->codec_abi,
			   CODE_DEPENDENCY, &parts->codec, why);
}

static int load_kernel(struct parts *parts, const struct parts_wanted *wanted, const char *dir, struct failure *why)
{
	int rc = module_open(&parts->accelerator_module, dir, accelerator_file, wanted->kernel_symbol, wanted->kernel_abi,
			     CODE_ACCELERATOR, &parts->kernel, why);
	if (rc == 0 && !wanted->agrees(parts->kernel))
		return failure_set(why, CODE_ACCELERATOR, accelerator_file, "its results differ");
	return rc;
}

/* Only cancellation is more than a warning. */
static int load_kernel_or_do_without(struct parts *parts, const struct parts_wanted *wanted, const char *dir,
				     struct failure *why)
{
	if (load_kernel(parts, wanted, dir, why) == 0)
		return 0;
	parts->kernel = wanted->portable;
	if (why->code == CODE_CANCELLED)
		return -1;
	report_warning(why, "using the portable kernel");
	return 0;
}

int parts_load(struct parts *parts, const struct parts_wanted *wanted, const char *dir, struct failure *why)
{
	*parts = (struct parts){0};
	char beside[PATH_MAX];
	if (!dir && module_default_directory(beside, why))
		return -1;
	if (load_codec(parts, wanted, dir ? dir : beside, why))
		return -1;
	return load_kernel_or_do_without(parts, wanted, dir ? dir : beside, why);
}

void parts_close(struct parts *parts)
{
	module_close(&parts->codec_module);
	module_close(&parts->accelerator_module);
}
