/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* ordeal umount: ends mounts, live or dead. */
#include "base/scope.h"
#include "harness/cli/cli.h"
#include "harness/mounts.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* As many as the kernel follows (MAXSYMLINKS in include/linux/namei.h). */
#define LINKS_MAX 40

struct umount_options {
	bool all_stale;
};

static int take_all_stale(void *into, const char *value, struct err *err)
{
	(void)value, (void)err;
	((struct umount_options *)into)->all_stale = true;
	return 0;
}

static const struct cli_option options[] = {
	{'a', "all-stale", NULL, "every dead mount of ours, and no other", take_all_stale},
};

static const struct cli_syntax syntax = {
	.usage = "ordeal umount MOUNTPOINT | --all-stale",
	.about = "Ends a mount of ours: programs that hang on it or hold files open get errors\n"
		 "(Transport endpoint is not connected) and are free. Also removes what a killed\n"
		 "server left behind.",
	.options = options,
	.options_count = COUNT_OF(options),
	.operands_min = 0,
	.operands_max = 1,
};

/* The path as the mount table has it. The mount itself is not asked: it may be dead or hang. */
static int whole_path(const char *given, char whole[PATH_MAX])
{
	SCOPED_FREE char *copy = strdup(given);
	size_t length = copy ? strlen(copy) : 0;
	while (length > 1 && copy[length - 1] == '/')
		copy[--length] = '\0';
	char *slash = copy ? strrchr(copy, '/') : NULL;
	const char *name = slash ? slash + 1 : copy;
	if (!copy || strcmp(name, "..") == 0 || strcmp(name, ".") == 0)
		return realpath(given, whole) ? 0 : -1;
	if (slash)
		*slash = '\0';
	char above[PATH_MAX];
	if (!realpath(!slash ? "." : slash == copy ? "/" : copy, above))
		return -1;
	return snprintf(whole, PATH_MAX, "%s/%s", strcmp(above, "/") == 0 ? "" : above, name) < PATH_MAX ? 0 : -1;
}

/* The same where the path is a link to the mount point. Looking whether it is one asks nothing of the mount (readlink(2)). */
static int mount_path(const char *given, char whole[PATH_MAX])
{
	char at[PATH_MAX], target[PATH_MAX / 2];
	snprintf(at, sizeof at, "%s", given);
	for (int hops = 0; hops < LINKS_MAX; hops++) {
		if (whole_path(at, whole) < 0)
			return -1;
		ssize_t length = readlink(whole, target, sizeof target);
		if (length < 0)
			return 0;
		int above = length && target[0] == '/' ? 0 : (int)(strrchr(whole, '/') - whole) + 1;
		if (snprintf(at, sizeof at, "%.*s%.*s", above, whole, (int)length, target) >= PATH_MAX)
			return -1;
	}
	return -1;
}

static int end_one(const struct our_mounts *mounts, const char *given)
{
	char whole[PATH_MAX];
	struct err err = {0};
	if (mount_path(given, whole) < 0)
		return cli_complain(EXIT_USAGE, "umount: %s: no such directory", given);
	for (size_t i = 0; i < mounts->mounts.count; i++)
		if (strcmp(mounts->mounts.at[i].path, whole) == 0)
			return mounts_end(&mounts->mounts.at[i], &err) < 0 ? cli_fail(EXIT_ENVIRONMENT, &err) : EXIT_AS_EXPECTED;
	return cli_complain(EXIT_USAGE, "umount: %s: no mount of ordeal is there", whole);
}

static int end_stale(const struct our_mounts *mounts)
{
	struct err err = {0};
	int status = EXIT_AS_EXPECTED;
	unsigned ended = 0;
	for (size_t i = 0; i < mounts->mounts.count; i++) {
		const struct our_mount *mount = &mounts->mounts.at[i];
		if (!mount->dead)
			continue;
		if (mounts_end(mount, &err) < 0)
			status = cli_fail(EXIT_ENVIRONMENT, &err);
		else
			printf("%s: unmounted (%s)\n", mount->path, mount->source);
		ended++;
	}
	if (!ended)
		puts("no dead mount of ordeal is here");
	return status;
}

int cmd_umount(int argc, char **argv)
{
	struct umount_options o = {0};
	struct our_mounts mounts;
	struct err err = {0};
	int operand;
	int status = cli_parse(argc, argv, &syntax, &o, &operand);
	if (status != CLI_GO_ON)
		return status;
	if (o.all_stale == (operand < argc))
		return cli_complain(EXIT_USAGE, "umount: give either a MOUNTPOINT or --all-stale");
	if (mounts_list(&mounts, &err) < 0)
		return cli_fail(EXIT_INTERNAL, &err);
	status = o.all_stale ? end_stale(&mounts) : end_one(&mounts, argv[operand]);
	mounts_free(&mounts);
	return status;
}
