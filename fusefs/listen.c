/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Makes the socket, tidies up beside it, and looks who comes. */
#include "fusefs/listen.h"

#include "base/mountinfo.h"
#include "base/rundir.h"
#include "base/scope.h"
#include "fusefs/wire.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* Sockets of ended servers that are looked at, at the most. */
#define TIDY_MAX 1000

/* A name in a directory as an address. The path of the directory may be longer than an address has room for. */
static int address_of(int dir_fd, const char *name, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	int length = snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/%s", dir_fd, name);
	return length < (int)sizeof address->sun_path ? 0 : -ENAMETOOLONG;
}

/* ---- the place ---- */

/* A path of the user's. */
static int place_at(const char *path, struct listen *out)
{
	SCOPED_FREE char *copy = strdup(path);
	char *slash = copy ? strrchr(copy, '/') : NULL;
	out->name = strdup(slash ? strrchr(path, '/') + 1 : path);
	if (!copy || !out->name)
		return -ENOMEM;
	if (!out->name[0])
		return -EISDIR;
	if (slash)
		slash[slash == copy] = '\0';
	out->dir_fd = open(slash ? copy : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return out->dir_fd < 0 ? -errno : 0;
}

static int place_of_mount(const char *mountpoint, struct listen *out)
{
	struct mountinfo_list list;
	char name[RUNDIR_NAME_SIZE];
	int rc = mountinfo_read(WIRE_FSTYPE, &list);
	const struct mountinfo *mount = rc ? NULL : mountinfo_at(&list, mountpoint, strlen(mountpoint));
	if (mount)
		rundir_socket_name(mount->major, mount->minor, name);
	else if (!rc)
		rc = -ENOENT;
	mountinfo_free(&list);
	if (rc)
		return rc;
	out->name = strdup(name);
	out->dir_fd = rundir_make();
	return !out->name ? -ENOMEM : out->dir_fd < 0 ? out->dir_fd : 0;
}

/* ---- what others have left ---- */

/* Does nobody listen there any more? */
static bool is_dead(int dir_fd, const char *name)
{
	struct sockaddr_un address;
	SCOPED_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return fd >= 0 && address_of(dir_fd, name, &address) == 0 &&
	       connect(fd, (struct sockaddr *)&address, sizeof address) < 0 && errno == ECONNREFUSED;
}

static void tidy(int dir_fd)
{
	SCOPED_FD int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	SCOPED_DIR DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return;
	take_fd(&fd); /* the directory's now */
	struct dirent *entry;
	for (int i = 0; i < TIDY_MAX && (entry = readdir(dir)); i++) {
		size_t length = strlen(entry->d_name);
		bool socket_name = length > 5 && strcmp(entry->d_name + length - 5, ".sock") == 0;
		if (socket_name && is_dead(dir_fd, entry->d_name))
			unlinkat(dir_fd, entry->d_name, 0);
	}
}

/* What stands in our place is only ever a socket that nobody needs: a path of the user's must be dead to be replaced, and the
 * number of a mount belongs to one mount at a time. */
static int clear_place(const struct listen *l, bool own_number)
{
	struct stat st;
	if (fstatat(l->dir_fd, l->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	if (!own_number && !is_dead(l->dir_fd, l->name))
		return -EADDRINUSE;
	return unlinkat(l->dir_fd, l->name, 0) < 0 ? -errno : 0;
}

/* ---- the socket ---- */

static int bind_at(struct listen *l)
{
	struct sockaddr_un address;
	struct stat st;
	int rc = address_of(l->dir_fd, l->name, &address);
	l->fd = rc ? -1 : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (rc || l->fd < 0)
		return rc ? rc : -errno;
	mode_t before = umask(0177);
	rc = bind(l->fd, (struct sockaddr *)&address, sizeof address) < 0 ? -errno : 0;
	umask(before);
	if (rc)
		return rc;
	if (fstatat(l->dir_fd, l->name, &st, AT_SYMLINK_NOFOLLOW) < 0 || listen(l->fd, SOMAXCONN) < 0)
		return -errno;
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	return 0;
}

int listen_open(const char *path, const char *mountpoint, struct listen *out, struct err *err)
{
	*out = (struct listen){.fd = -1, .dir_fd = -1};
	int rc = path ? place_at(path, out) : place_of_mount(mountpoint, out);
	if (!rc && !path)
		tidy(out->dir_fd);
	if (!rc)
		rc = clear_place(out, !path);
	if (!rc)
		rc = bind_at(out);
	if (rc)
		err_set(err, -rc, "%s: the control socket cannot be made: %s", path ? path : mountpoint, strerror(-rc));
	return rc;
}

void listen_close(struct listen *l)
{
	struct stat st;
	if (l->fd >= 0 && l->ino && fstatat(l->dir_fd, l->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == l->dev &&
	    st.st_ino == l->ino)
		unlinkat(l->dir_fd, l->name, 0);
	if (l->fd >= 0)
		close(take_fd(&l->fd));
	if (l->dir_fd >= 0)
		close(take_fd(&l->dir_fd));
	free(take_ptr(&l->name));
}

int listen_accept(const struct listen *l)
{
	for (int fd; (fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0; close(fd)) {
		struct ucred peer = {.uid = (uid_t)-1};
		socklen_t length = sizeof peer;
		if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && (peer.uid == geteuid() || peer.uid == 0))
			return fd;
	}
	return -1;
}
