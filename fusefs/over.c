/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Makes copy-on-write views by overlayfs, in a short-lived child with namespaces of its own.
 *
 * The child shares our memory and descriptors (clone(2): CLONE_VM, CLONE_FILES), so that the descriptor it gets is ours at once, and we
 * stand still until it has ended. It has a mount namespace of its own because overlayfs takes layers from the caller's only
 * (clone_private_mount() in fs/namespace.c; detached ones from Linux 6.15 on), so that the memory for the changes has to be mounted
 * somewhere for a moment, where nobody sees it. Without privilege a user namespace allows all that (overlayfs: Linux 5.11). */
#include "fusefs/over.h"

#include "base/fdname.h"
#include "base/scope.h"
#include "fusefs/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define STACK_SIZE (256u << 10)

/* ---- what is asked for ---- */

static int copy_place(char *to, const char *from, size_t length, struct err *err)
{
	if (!length)
		return err_set(err, EINVAL, WIRE_OVER "BASE" WIRE_OVER_KEEP "DIR: a directory is missing");
	if (length >= PATH_MAX)
		return err_set(err, ENAMETOOLONG, "%.60s...: %s", from, strerror(ENAMETOOLONG));
	memcpy(to, from, length);
	to[length] = '\0';
	return 0;
}

int over_parse(const char *text, struct over_places *out, struct err *err)
{
	const char *keep = strstr(text, WIRE_OVER_KEEP);
	size_t mark = strlen(WIRE_OVER_KEEP);
	out->keep[0] = '\0';
	if (keep && strstr(keep + mark, WIRE_OVER_KEEP))
		return err_set(err, EINVAL, WIRE_OVER "%s: '" WIRE_OVER_KEEP "' stands there twice (no path may contain it)", text);
	int rc = copy_place(out->base, text, keep ? (size_t)(keep - text) : strlen(text), err);
	return rc || !keep ? rc : copy_place(out->keep, keep + mark, strlen(keep + mark), err);
}

/* ---- in the child ---- */

struct making {
	const struct over_places *places;
	uid_t uid;
	gid_t gid;
	bool as_user;	       /* in a user namespace of its own */
	struct over_view view; /* what is made; -1: nothing yet */
	int rc;		       /* of the making */
	struct err *err;
};

static int cannot(const struct making *m, const char *what)
{
	int code = errno;
	return err_set(m->err, EOPNOTSUPP, WIRE_OVER "%s: copy-on-write cannot be had here: %s: %s (it takes overlayfs, and root or user namespaces)",
		       m->places->base, what, strerror(code));
}

static int write_map(const char *path, const char *text)
{
	SCOPED_FD int fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -errno;
}

/* Nobody but ourselves is known in there: user_namespaces(7). */
static int be_ourselves(const struct making *m)
{
	char uid[48], gid[48];
	snprintf(uid, sizeof uid, "%u %u 1", m->uid, m->uid);
	snprintf(gid, sizeof gid, "%u %u 1", m->gid, m->gid);
	if (write_map("/proc/self/setgroups", "deny") < 0 || write_map("/proc/self/uid_map", uid) < 0 ||
	    write_map("/proc/self/gid_map", gid) < 0)
		return cannot(m, "a user namespace");
	return 0;
}

/* Memory for the changes. It lies over the root of the child's namespace, where no look-up of the child begins: those begin below it. */
static int open_memory(const struct making *m)
{
	SCOPED_FD int context = fsopen("tmpfs", FSOPEN_CLOEXEC);
	if (context < 0 || fsconfig(context, FSCONFIG_SET_STRING, "mode", "0700", 0) < 0 ||
	    fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return cannot(m, "tmpfs");
	SCOPED_FD int fd = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	if (fd < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 || move_mount(fd, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return cannot(m, "a mount of tmpfs");
	return take_fd(&fd);
}

static int open_directory(const struct making *m, const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_set(m->err, errno, "%s: cannot be used for copy-on-write: %s", path, strerror(errno)) : fd;
}

/* Held as long as the volume is there: overlayfs itself refuses a second user only where it keeps an index. */
static int open_keep(const struct making *m)
{
	SCOPED_FD int fd = open_directory(m, m->places->keep);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
		return err_set(m->err, EBUSY, "%s: another volume keeps its changes there", m->places->keep);
	return fd < 0 ? fd : take_fd(&fd);
}

static int open_part(const struct making *m, int at, const char *name, bool *fresh)
{
	int fd = -1;
	*fresh = mkdirat(at, name, 0700) == 0;
	if (*fresh || errno == EEXIST)
		fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_set(m->err, errno, "%s/%s: cannot be made: %s", m->places->keep, name, strerror(errno)) : fd;
}

/* The root of the view shows the attributes of the upper directory. */
static int look_like(const struct making *m, int upper, int base)
{
	static const char *const acls[] = {"system.posix_acl_access", "system.posix_acl_default"};
	struct stat st;
	if (fstat(base, &st) < 0 || (fchown(upper, st.st_uid, st.st_gid) < 0 && !m->as_user) || fchmod(upper, st.st_mode & 07777) < 0)
		return err_set(m->err, errno, "%s: its owner and mode cannot be copied: %s", m->places->base, strerror(errno));
	for (size_t i = 0; i < COUNT_OF(acls); i++) {
		char value[4096];
		ssize_t length = fgetxattr(base, acls[i], value, sizeof value);
		if (length > 0 && fsetxattr(upper, acls[i], value, (size_t)length, 0) < 0)
			return err_set(m->err, errno, "%s: its access list cannot be copied: %s", m->places->base, strerror(errno));
	}
	const struct timespec times[] = {st.st_atim, st.st_mtim};
	return futimens(upper, times) < 0 ? err_set(m->err, errno, "%s: its times cannot be copied: %s", m->places->base, strerror(errno)) : 0;
}

/* The last complaint of the kernel's about a context; "" where there is none. fsopen(2): "e overlay: words". */
static const char *complaint(int context, char *buffer, size_t size)
{
	char line[256];
	buffer[0] = '\0';
	for (ssize_t n; (n = read(context, line, sizeof line - 1)) > 0;) {
		line[n] = '\0';
		line[strcspn(line, "\n")] = '\0';
		snprintf(buffer, size, "%s", strncmp(line, "e ", 2) == 0 ? line + 2 : line);
	}
	return buffer;
}

struct layer_option {
	const char *name, *value;
};

/* Inode numbers that stay as they are when a file is copied up, hard links that stay together, directories that can be renamed:
 * Documentation/filesystems/overlayfs.rst. Said in full, because each has a default that the system's builder may choose. */
static const struct layer_option as_root[] = {{"xino", "on"}, {"index", "on"}, {"redirect_dir", "on"}, {"metacopy", "off"}, {0}};
/* What needs trusted xattrs cannot be had. */
static const struct layer_option as_user[] = {{"userxattr", NULL}, {"xino", "on"}, {0}};

static int set_options(int context, const struct layer_option *option)
{
	for (; option->name; option++)
		if (fsconfig(context, option->value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, option->name, option->value, 0) < 0)
			return -1;
	return 0;
}

/* By descriptors, so that no character of a path means anything to overlayfs. */
static int set_layers(int context, int base, int upper, int work)
{
	char path[FD_NAME_SIZE];
	return fsconfig(context, FSCONFIG_SET_STRING, "lowerdir", fd_name(base, path), 0) < 0 ||
			       fsconfig(context, FSCONFIG_SET_STRING, "upperdir", fd_name(upper, path), 0) < 0 ||
			       fsconfig(context, FSCONFIG_SET_STRING, "workdir", fd_name(work, path), 0) < 0
		       ? -1
		       : 0;
}

static const char *reason(const struct making *m, int code, const char *said)
{
	if (code == EBUSY)
		return "another overlay uses the directory that is to keep the changes";
	if (code == ESTALE)
		return "what is kept there belongs to another base";
	if (strstr(said, "as upperdir"))
		return "changes cannot be kept on that filesystem (another overlay, a network's)";
	if (code != EINVAL || *said)
		return *said ? said : strerror(code);
	return m->as_user ? "something is mounted below the base, or its filesystem cannot be one (procfs, an overlay over an overlay)"
			  : "the base's filesystem cannot be one (procfs, an overlay over an overlay)";
}

static int refused(const struct making *m, int context)
{
	int code = errno;
	const struct over_places *places = m->places;
	char said[256];
	complaint(context, said, sizeof said);
	errno = code;
	if (code == EPERM || code == ENODEV || code == EACCES)
		return cannot(m, *said ? said : "overlayfs");
	return err_set(m->err, code, WIRE_OVER "%s%s%s: overlayfs refuses it: %s", places->base, *places->keep ? WIRE_OVER_KEEP : "",
		       places->keep, reason(m, code, said));
}

/* May we write what overlayfs notes down for itself? Removing what is not there tells, and leaves nothing (xattr_permission() in
 * fs/xattr.c). */
static bool can_note(int fd, const char *name)
{
	return fremovexattr(fd, name) == 0 || errno == ENODATA;
}

static int join(struct making *m, int base, int upper, int work)
{
	bool trusted = can_note(upper, "trusted.ordeal");
	if (!trusted && !can_note(upper, "user.ordeal"))
		return cannot(m, "user xattrs (without root they take Linux 6.6 in memory, or a filesystem that has them)");
	SCOPED_FD int context = fsopen("overlay", FSOPEN_CLOEXEC);
	if (context < 0)
		return cannot(m, "overlayfs");
	if (set_options(context, trusted ? as_root : as_user) < 0 || set_layers(context, base, upper, work) < 0 ||
	    fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return refused(m, context);
	m->view.root_fd = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	return m->view.root_fd < 0 ? refused(m, context) : 0;
}

static int make(struct making *m)
{
	bool fresh = false, unused;
	int rc = m->as_user ? be_ourselves(m) : 0;
	SCOPED_FD int base = rc ? rc : open_directory(m, m->places->base);
	SCOPED_FD int place = base < 0 ? base : *m->places->keep ? open_keep(m) : open_memory(m);
	SCOPED_FD int upper = place < 0 ? place : open_part(m, place, "upper", &fresh);
	SCOPED_FD int work = upper < 0 ? upper : open_part(m, place, "work", &unused);
	if (work < 0)
		return work;
	rc = fresh ? look_like(m, upper, base) : 0;
	rc = rc ? rc : join(m, base, upper, work);
	if (rc && fresh) /* or it would be taken for one that was made as a whole */
		unlinkat(place, "upper", AT_REMOVEDIR);
	m->view.keep_fd = !rc && *m->places->keep ? take_fd(&place) : -1;
	return rc;
}

static int child(void *making)
{
	struct making *m = making;
	m->rc = make(m);
	return 0;
}

/* ---- in the server ---- */

/* As root, whoever that is; else, or where root may not, in a user namespace. */
static int run_child(struct making *m, char *stack)
{
	const int shared = CLONE_VM | CLONE_FILES | CLONE_VFORK | CLONE_NEWNS;
	pid_t pid = clone(child, stack + STACK_SIZE, shared, m);
	if (pid < 0 && errno == EPERM) {
		m->as_user = true;
		pid = clone(child, stack + STACK_SIZE, shared | CLONE_NEWUSER, m);
	}
	if (pid < 0)
		return cannot(m, errno == ENOSPC ? "user namespaces are used up (/proc/sys/user)" : "namespaces");
	int status = 0;
	while (waitpid(pid, &status, __WALL) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? 0 : err_set(m->err, EINTR, WIRE_OVER "%s: it was not made: killed meanwhile", m->places->base);
}

static bool is_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);
	return strncmp(path, directory, length) == 0 && (!path[length] || path[length] == '/' || strcmp(directory, "/") == 0);
}

/* Overlayfs only warns, and then shows the changes as a part of the base. */
static int check_apart(const struct over_places *places, struct err *err)
{
	SCOPED_FREE char *base = realpath(places->base, NULL);
	SCOPED_FREE char *keep = places->keep[0] ? realpath(places->keep, NULL) : NULL;
	if (base && keep && (is_below(base, keep) || is_below(keep, base)))
		return err_set(err, EINVAL, WIRE_OVER "%s" WIRE_OVER_KEEP "%s: one of the two lies in the other", places->base, places->keep);
	return 0; /* what is not there is told of when it is opened */
}

int over_open(const struct over_places *places, struct over_view *out, struct err *err)
{
	struct making m = {.places = places, .uid = geteuid(), .gid = getegid(), .view = {-1, -1}, .rc = -EIO, .err = err};
	SCOPED_FREE char *stack = malloc(STACK_SIZE);
	*out = m.view;
	if (!stack)
		return err_set(err, ENOMEM, "out of memory");
	int rc = check_apart(places, err);
	rc = rc ? rc : run_child(&m, stack);
	*out = m.view;
	return rc ? rc : m.rc;
}
