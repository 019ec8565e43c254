/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Finds programs and data in the build tree or below the installation's prefix. */
#include "base/places.h"

#include "base/nearest.h"
#include "base/scope.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Folders of each kind: in the build tree (as in the source), and below the prefix. */
static const struct {
	const char *what, *built, *installed;
} folders[] = {
	[PLACE_PLANS] = {"plan", "faults/plans", INSTALLED_DATA "/plans"},
	[PLACE_SPECS] = {"corpus profile", "corpora/specs", INSTALLED_DATA "/specs"},
	[PLACE_SUITES] = {"suite", "harness/suites", INSTALLED_DATA "/suites"},
	[PLACE_SUBJECTS] = {"subject", "harness/subjects", INSTALLED_DATA "/subjects"},
};

#define CORES_BUILT "harness/subjects"
#define CORES_INSTALLED INSTALLED_PROGRAMS "/subjects"

/* Cut the directory of a program down to the prefix, if the build has installed programs of ours there. */
static void cut_to_prefix(char *directory)
{
	static const char *const ends[] = {"/" INSTALLED_COMMANDS, "/" INSTALLED_PROGRAMS};
	size_t length = strlen(directory);
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		size_t end = strlen(ends[i]);
		if (length > end && strcmp(directory + length - end, ends[i]) == 0) {
			directory[length - end] = '\0';
			return;
		}
	}
}

static bool is_build_tree(const char *directory)
{
	char plans[PATH_MAX + 32];
	snprintf(plans, sizeof plans, "%s/%s", directory, folders[PLACE_PLANS].built);
	return access(plans, F_OK) == 0;
}

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
		if (!is_build_tree(exe))
			cut_to_prefix(exe);
		*path = strdup(exe);
	}
	return *path ? 0 : err_set(err, ENOMEM, "out of memory");
}

/* The one of two paths below the home that is there; the second one, for the message, where none is. */
static int either(const char *built, const char *installed, char **path, struct err *err)
{
	SCOPED_FREE char *home = NULL;
	int rc = places_home(&home, err);
	if (rc)
		return rc;
	if (asprintf(path, "%s/%s", home, built) < 0)
		return err_set(err, ENOMEM, "out of memory");
	if (access(*path, F_OK) == 0)
		return 0;
	free(take_ptr(path));
	return asprintf(path, "%s/%s", home, installed) < 0 ? err_set(err, ENOMEM, "out of memory") : 0;
}

static int folder_of(enum place place, char **folder, struct err *err)
{
	return either(folders[place].built, folders[place].installed, folder, err);
}

int places_cores(char **path, struct err *err)
{
	return either(CORES_BUILT, CORES_INSTALLED, path, err);
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

/* Is a file there, as the name is, or with the end that the names of our own files have? */
static const char *end_of_file_here(enum place place, const char *name)
{
	static const char *const ends[] = {"", ".yaml", ".yml"};
	char path[PATH_MAX];
	struct stat st;
	for (size_t i = place == PLACE_SPECS; i < COUNT_OF(ends); i++) /* what a profile's name stands for may be an archive */
		if (name[0] && snprintf(path, sizeof path, "%s%s", name, ends[i]) < (int)sizeof path && stat(path, &st) == 0 &&
		    S_ISREG(st.st_mode))
			return ends[i];
	return NULL;
}

static int unknown(enum place place, const char *name, struct err *err)
{
	struct places_names known;
	char hint[NEAREST_HINT_SIZE];
	const char *end = end_of_file_here(place, name);
	int rc = places_list(place, &known, err);
	if (rc)
		return rc;
	if (end)
		err_set(err, ENOENT, "unknown %s '%s' (for the file that stands here: ./%s%s)", folders[place].what, name, name, end);
	else
		err_set(err, ENOENT, "unknown %s '%s'%s", folders[place].what, name,
		nearest_hint(hint, nearest_in(known.names.at, known.names.count, sizeof(char *), name)));
	places_names_free(&known);
	return -ENOENT;
}

bool places_is_path(const char *name, size_t length)
{
	return memchr(name, '/', length) || (length > 5 && memcmp(name + length - 5, ".yaml", 5) == 0) ||
	       (length > 4 && memcmp(name + length - 4, ".yml", 4) == 0);
}

int places_find(enum place place, const char *name, char **path, struct err *err)
{
	size_t length = strlen(name);
	*path = NULL;
	if (places_is_path(name, length)) {
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
	char installed[PATH_MAX];
	snprintf(installed, sizeof installed, INSTALLED_PROGRAMS "/%s", name);
	int rc = either(name, installed, path, err);
	if (rc || access(*path, F_OK) == 0)
		return rc;
	err_set(err, ENOENT, "%s: not found (is ordeal built or installed whole?)", *path);
	free(take_ptr(path));
	return -ENOENT;
}
