/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Finds programs and data beside the running program or below the installation's prefix. */
#include "base/places.h"

#include "base/nearest.h"
#include "base/scope.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Folders of each kind: in the build tree (as in the source), and below share/ordeal. */
static const struct {
	const char *what, *built, *installed;
} folders[] = {
	[PLACE_PLANS] = {"plan", "faults/plans", "../share/ordeal/plans"},
	[PLACE_SPECS] = {"corpus profile", "corpora/specs", "../share/ordeal/specs"},
	[PLACE_SUITES] = {"suite", "harness/suites", "../share/ordeal/suites"},
	[PLACE_SUBJECTS] = {"subject", "harness/subjects", "../share/ordeal/subjects"},
};

int places_home(char **path, struct err *err)
{
	const char *given = getenv("ORDEAL_DATA");
	char exe[PATH_MAX];
	*path = NULL;
	if (given && given[0]) {
		*path = strdup(given);
	} else {
		ssize_t length = readlink("/proc/self/exe", exe, sizeof exe - 1);
		if (length <= 0)
			return err_set(err, errno, "/proc/self/exe: cannot be read: %s (is /proc mounted?)", strerror(errno));
		exe[length] = '\0';
		*strrchr(exe, '/') = '\0';
		*path = strdup(exe);
	}
	return *path ? 0 : err_set(err, ENOMEM, "out of memory");
}

/* The folder of a kind that is really there, or the built one for the message. */
static int folder_of(enum place place, char **folder, struct err *err)
{
	SCOPED_FREE char *home = NULL;
	int rc = places_home(&home, err);
	if (rc)
		return rc;
	if (asprintf(folder, "%s/%s", home, folders[place].built) < 0)
		return err_set(err, ENOMEM, "out of memory");
	if (access(*folder, F_OK) == 0)
		return 0;
	free(take_ptr(folder));
	return asprintf(folder, "%s/%s", home, folders[place].installed) < 0 ? err_set(err, ENOMEM, "out of memory") : 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int places_list(enum place place, struct places_names *out, struct err *err)
{
	*out = (struct places_names){0};
	SCOPED_FREE char *folder = NULL;
	int rc = folder_of(place, &folder, err);
	if (rc)
		return rc;
	SCOPED_DIR DIR *dir = opendir(folder);
	if (!dir)
		return err_set(err, errno, "%s: cannot be read: %s (is ordeal installed whole?)", folder, strerror(errno));
	for (struct dirent *entry; (entry = readdir(dir));) {
		size_t length = strlen(entry->d_name);
		if (length < 6 || strcmp(entry->d_name + length - 5, ".yaml") != 0)
			continue;
		char **slot = vec_add(&out->names);
		if (!slot || !(*slot = strndup(entry->d_name, length - 5))) {
			places_names_free(out);
			return err_set(err, ENOMEM, "out of memory");
		}
	}
	if (out->names.count)
		qsort(out->names.at, out->names.count, sizeof *out->names.at, by_name);
	return 0;
}

void places_names_free(struct places_names *names)
{
	for (size_t i = 0; i < names->names.count; i++)
		free(names->names.at[i]);
	vec_free(&names->names);
}

static int unknown(enum place place, const char *name, struct err *err)
{
	struct places_names known;
	char hint[NEAREST_HINT_SIZE];
	int rc = places_list(place, &known, err);
	if (rc)
		return rc;
	err_set(err, ENOENT, "unknown %s '%s'%s", folders[place].what, name,
		nearest_hint(hint, nearest_in(known.names.at, known.names.count, sizeof(char *), name)));
	places_names_free(&known);
	return -ENOENT;
}

int places_find(enum place place, const char *name, char **path, struct err *err)
{
	size_t length = strlen(name);
	*path = NULL;
	if (strchr(name, '/') || (length > 5 && strcmp(name + length - 5, ".yaml") == 0)) {
		*path = strdup(name);
		return *path ? 0 : err_set(err, ENOMEM, "out of memory");
	}
	SCOPED_FREE char *folder = NULL;
	int rc = folder_of(place, &folder, err);
	if (rc)
		return rc;
	if (asprintf(path, "%s/%s.yaml", folder, name) < 0)
		return err_set(err, ENOMEM, "out of memory");
	if (length && access(*path, F_OK) == 0)
		return 0;
	free(take_ptr(path));
	return unknown(place, name, err);
}

int places_program(const char *name, char **path, struct err *err)
{
	/* Beside us, or where distributions put helpers and libraries. */
	static const char *const beside[] = {"", "../libexec/ordeal/", "../lib/ordeal/"};
	SCOPED_FREE char *home = NULL;
	int rc = places_home(&home, err);
	for (size_t i = 0; !rc && i < COUNT_OF(beside); i++) {
		if (asprintf(path, "%s/%s%s", home, beside[i], name) < 0)
			return err_set(err, ENOMEM, "out of memory");
		if (access(*path, F_OK) == 0)
			return 0;
		free(take_ptr(path));
	}
	return rc ? rc : err_set(err, ENOENT, "%s: not found beside %s (is ordeal built or installed whole?)", name, home);
}
