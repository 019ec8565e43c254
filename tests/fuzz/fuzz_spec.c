/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Specs of strangers: read or refused with one line; and what was read makes sense. Nothing is opened that they name but other specs,
 * which have no folder to be in here. */
#include "corpora/corpus.h"
#include "corpora/spec.h"
#include "fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int file;
static char path[64];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	file = memfd_create("spec", MFD_CLOEXEC);
	PROMISE(file >= 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", file);
	return 0;
}

static void check(const struct spec *spec)
{
	PROMISE(!spec->synth.generator || (spec->synth.count >= 1 && spec->synth.count <= SYNTH_FILES_MAX));
	for (size_t i = 0; i < spec->damage.rules.count; i++) {
		const struct damage_rule *rule = &spec->damage.rules.at[i];
		PROMISE(rule->path && rule->kind);
		struct wound wound = damage_wound(rule, 1, "a.png", 1000);
		PROMISE(!wound.rule || damage_needs_operation(&wound) || damage_removes(&wound) || damage_size(&wound) <= 1000 || rule->text);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct spec spec;
	struct err err = {0};
	PROMISE(ftruncate(file, 0) == 0 && pwrite(file, bytes, size, 0) == (ssize_t)size);
	if (spec_read(path, &spec, &err) == 0) {
		check(&spec);
		spec_fini(&spec);
	} else {
		PROMISE(err.code && err.text[0]);
	}
	return 0;
}
