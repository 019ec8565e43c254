/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Finds, makes and checks the directory of control sockets. */
#include "base/rundir.h"

#include "base/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum rundir { RUNDIR_XDG, RUNDIR_USER, RUNDIR_ROOT, RUNDIR_TMP, RUNDIR_COUNT };

/* Does the directory above belong to the user (or to root)? Root may be running with somebody else's environment. */
static bool is_own(const char *path, uid_t user)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode) && (st.st_uid == user || st.st_uid == 0);
}

static int xdg_path(uid_t user, char *path, size_t size)
{
	const char *above = getenv("XDG_RUNTIME_DIR");
	if (!above || above[0] != '/')
		return -ENOENT;
	if (!is_own(above, user))
		return -EPERM;
	return snprintf(path, size, "%s/ordeal", above) < (int)size ? 0 : -ENAMETOOLONG;
}

static int path_of(unsigned which, uid_t user, char *path, size_t size)
{
	switch ((enum rundir)which) {
	case RUNDIR_XDG:
		return xdg_path(user, path, size);
	case RUNDIR_USER:
		snprintf(path, size, "/run/user/%u/ordeal", user);
		return 0;
	case RUNDIR_ROOT:
		snprintf(path, size, "/run/ordeal");
		return user == 0 ? 0 : -ENOENT;
	case RUNDIR_TMP:
		snprintf(path, size, "/tmp/ordeal-%u", user);
		return 0;
	case RUNDIR_COUNT:
	default:
		return -ERANGE;
	}
}

static int open_private(const char *path, uid_t user)
{
	SCOPED_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_uid != user || st.st_mode & 077)
		return -EPERM;
	return take_fd(&fd);
}

int rundir_open(unsigned which, uid_t user)
{
	char path[PATH_MAX];
	int rc = path_of(which, user, path, sizeof path);
	return rc ? rc : open_private(path, user);
}

int rundir_make(void)
{
	int fd = -ENOENT;
	for (unsigned which = 0; fd < 0 && which < RUNDIR_COUNT; which++) {
		char path[PATH_MAX];
		int rc = path_of(which, geteuid(), path, sizeof path);
		if (!rc && mkdir(path, 0700) < 0 && errno != EEXIST)
			rc = -errno;
		fd = rc ? rc : open_private(path, geteuid());
	}
	return fd;
}

void rundir_socket_name(unsigned major, unsigned minor, char name[RUNDIR_NAME_SIZE])
{
	snprintf(name, RUNDIR_NAME_SIZE, "%u-%u.sock", major, minor);
}
