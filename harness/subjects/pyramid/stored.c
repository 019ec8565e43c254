/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Images in files: whole in memory, the codec never sees a descriptor. */
#include "pyramid/stored.h"

#include "common/source.h"

enum { FILE_MOST = 1 << 30 };

int stored_load(const struct codec *codec, const char *dir, const char *name, struct image *image, struct failure *why)
{
	struct bytes file = {0};
	int rc = source_slurp(&file, dir, name, FILE_MOST, why);
	if (rc == 0) {
		rc = codec->decode(&file, image, why);
		if (rc)
			failure_in(why, name);
	}
	bytes_free(&file);
	return rc;
}

int stored_save(const struct codec *codec, struct made *made, const char *name, const struct image *image,
		struct failure *why)
{
	struct bytes file = {0};
	int rc = codec->encode(image, &file, why);
	if (rc)
		failure_in(why, name);
	else
		rc = made_file(made, name, file.at, file.length, why);
	bytes_free(&file);
	return rc;
}
