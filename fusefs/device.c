/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Mounts, negotiates with the kernel, unmounts. */
#include "fusefs/device.h"

#include "base/mountpath.h"
#include "base/scope.h"
#include "fusefs/detach.h"
#include "fusefs/features.h"
#include "fusefs/fuse.h"
#include "fusefs/guard.h"
#include "fusefs/kernel.h"
#include "fusefs/wire.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>

#define FUSE_DEVICE "/dev/fuse"
#define HELPER "fusermount3"
#define HELPER_DEADLINE_MS 10000
#define LEAVE_DEADLINE_MS 1000

/* How many filesystems may be stacked below a file that is passed through, of the two that the kernel allows in all
 * (FILESYSTEM_MAX_STACK_DEPTH): an overlay may then still be put over us. */
#define STACK_DEPTH 1

/* ---- the mount point ---- */

static int check_empty(const char *path, struct err *err)
{
	SCOPED_DIR DIR *dir = opendir(path);
	if (!dir)
		return err_set(err, errno, "%s: the mount point cannot be read: %s", path, strerror(errno));
	for (struct dirent *entry; (entry = readdir(dir));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			return err_set(err, ENOTEMPTY,
				       "%s: the mount point is not empty (it holds '%s'; choose or make an empty directory)",
				       path, entry->d_name);
	return 0;
}

/* A mount of ours may well show something else than an empty directory: what is to be said is that it is there. */
static int check_unmounted(const char *path, struct err *err)
{
	struct mountinfo_list list;
	SCOPED_FREE char *whole = realpath(path, NULL);
	bool is_one = mountinfo_read(WIRE_FSTYPE, &list) == 0 && whole && mountinfo_at(&list, whole, strlen(whole));
	mountinfo_free(&list);
	return is_one ? err_set(err, EEXIST, "%s: a filesystem of ordeal is mounted there already (ordeal umount %s ends it)", path, path) : 0;
}

static int check_mountpoint(const char *path, struct err *err)
{
	struct stat st;
	if (mounted_is_dead(path))
		return err_set(err, ENOTCONN,
			       "%s: a dead mount is here (Transport endpoint is not connected); remove it: ordeal umount %s",
			       path, path);
	if (stat(path, &st) < 0)
		return err_set(err, errno, "%s: the mount point cannot be used: %s%s", path, strerror(errno),
			       errno == ENOENT ? " (make it first: mkdir)" : "");
	if (!S_ISDIR(st.st_mode))
		return err_set(err, ENOTDIR, "%s: the mount point is not a directory", path);
	return check_unmounted(path, err) < 0 ? -err->code : check_empty(path, err);
}

/* ---- mount(2) ---- */

static int mount_direct(struct device *device, const char *label, bool allow_other, struct err *err)
{
	device->fd = open(FUSE_DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (device->fd < 0)
		return err_set(err, errno == ENOENT ? ENODEV : errno, "%s: cannot be opened: %s (ordeal doctor says more)",
			       FUSE_DEVICE, strerror(errno));
	char options[256];
	snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=%u,group_id=%u%s", device->fd, getuid(), getgid(),
		 allow_other ? ",allow_other" : "");
	if (mount(label, device->mountpoint, WIRE_FSTYPE, MS_NOSUID | MS_NODEV, options) < 0)
		return err_set(err, errno, "%s: mount(2) failed: %s (ordeal doctor says more)", device->mountpoint,
			       strerror(errno));
	return 0;
}

/* ---- fusermount3 ---- */

/* Take the device's descriptor that the helper sends over its socket. */
static int receive_fd(int socket_fd)
{
	char byte;
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	struct pollfd waiting = {.fd = socket_fd, .events = POLLIN};
	if (poll(&waiting, 1, HELPER_DEADLINE_MS) != 1 || recvmsg(socket_fd, &message, MSG_CMSG_CLOEXEC) <= 0)
		return -EPROTO;
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int fd = -1;
	if (!header || header->cmsg_type != SCM_RIGHTS)
		return -EPROTO;
	memcpy(&fd, CMSG_DATA(header), sizeof fd);
	return fd;
}

/* What the helper said on its stderr, on one line. */
static void first_line(int fd, char *line, size_t size)
{
	ssize_t length = read(fd, line, size - 1);
	line[length > 0 ? length : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
}

/* Until it has ended, or the time is up. */
static void await_helper(pid_t pid, int deadline_ms)
{
	SCOPED_FD int pidfd = pidfd_open(pid, 0);
	struct pollfd waiting = {.fd = pidfd, .events = POLLIN};
	poll(&waiting, 1, deadline_ms);
	waitpid(pid, NULL, WNOHANG);
}

/* It has the guard's line, so that the guard waits for it: it mounts also when we are killed meanwhile. */
static void run_helper(const struct device *device, const struct guard *guard, const char *options, int socket_fd, int stderr_fd)
{
	char number[16];
	snprintf(number, sizeof number, "%d", socket_fd);
	setenv("_FUSE_COMMFD", number, 1);
	fcntl(socket_fd, F_SETFD, 0);
	fcntl(guard->line, F_SETFD, 0);
	dup2(stderr_fd, STDERR_FILENO);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execlp(HELPER, HELPER, "-o", options, "--", device->mountpoint, NULL);
	dprintf(STDERR_FILENO, "%s: %s\n", HELPER, strerror(errno));
	_exit(127);
}

/* The helper's own protocol (util/fusermount.c of libfuse): it sends the descriptor, and ends. */
static int mount_by_helper(struct device *device, const struct guard *guard, const char *label, bool allow_other, struct err *err)
{
	SCOPED_FREE char *options = NULL;
	int sockets[2], pipes[2];
	if (asprintf(&options, "fsname=%s,subtype=%s,nosuid,nodev%s", label, WIRE_SUBTYPE,
		     allow_other ? ",allow_other" : "") < 0)
		return err_set(err, ENOMEM, "out of memory");
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
		return err_set(err, errno, "no socket for %s: %s", HELPER, strerror(errno));
	SCOPED_FD int ours = sockets[0], theirs = sockets[1];
	if (pipe2(pipes, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_set(err, errno, "no pipe for %s: %s", HELPER, strerror(errno));
	SCOPED_FD int said = pipes[0], says = pipes[1];
	pid_t pid = fork();
	if (pid < 0)
		return err_set(err, errno, "%s cannot be started: %s", HELPER, strerror(errno));
	if (pid == 0)
		run_helper(device, guard, options, theirs, says);
	close(take_fd(&theirs));
	device->fd = receive_fd(ours);
	if (device->fd < 0)
		kill(pid, SIGKILL);
	await_helper(pid, HELPER_DEADLINE_MS);
	if (device->fd < 0) {
		char line[200];
		first_line(said, line, sizeof line);
		return err_set(err, EPERM, "%s: %s (ordeal doctor says more)", device->mountpoint,
			       line[0] ? line : HELPER " did not answer");
	}
	fcntl(device->fd, F_SETFL, fcntl(device->fd, F_GETFL) | O_NONBLOCK);
	return 0;
}

/* ---- both ---- */

/* Labels show in mount(8) and end up in a list of options: no commas, no backslashes. */
static void clean_label(const char *label, char *clean, size_t size)
{
	snprintf(clean, size, "ordeal:%s", label);
	for (char *at = clean; *at; at++)
		if (*at == ',' || *at == '\\' || (unsigned char)*at <= ' ')
			*at = '_';
}

int device_mount(struct device *device, const struct guard *guard, const char *mountpoint, const char *label, enum device_how how,
		 bool allow_other, struct err *err)
{
	*device = (struct device){.fd = -1, .without = device->without};
	int rc = check_mountpoint(mountpoint, err);
	if (rc)
		return rc;
	device->mountpoint = realpath(mountpoint, NULL);
	if (!device->mountpoint)
		return err_set(err, errno, "%s: %s", mountpoint, strerror(errno));
	char clean[128];
	clean_label(label, clean, sizeof clean);
	bool direct = how == DEVICE_DIRECT || (how == DEVICE_AUTO && geteuid() == 0);
	guard_expect(guard, device->mountpoint);
	rc = direct ? mount_direct(device, clean, allow_other, err) : mount_by_helper(device, guard, clean, allow_other, err);
	if (!rc && (rc = mounted_read(device->mountpoint, &device->mounted)) < 0)
		err_set(err, -rc, "%s: cannot be found after it was mounted: %s", device->mountpoint, strerror(-rc));
	if (!rc)
		guard_tell(guard, device->mountpoint, &device->mounted);
	if (rc) {
		free(take_ptr(&device->mountpoint));
		if (device->fd >= 0)
			close(take_fd(&device->fd));
	}
	return rc;
}

bool device_has(const struct device *device, const char *path)
{
	struct mountinfo_list list;
	struct mountpath where = {0};
	int rc = mountinfo_read(WIRE_FSTYPE, &list);
	if (!rc)
		rc = mountpath_find(&list, path, &where);
	bool has = !rc && where.mount && device->mountpoint && strcmp(where.mount->path, device->mountpoint) == 0;
	mountinfo_free(&list);
	return has;
}

void device_unmount(struct device *device)
{
	if (device->mountpoint && detach_mount(device->mountpoint, &device->mounted) == -EPERM)
		device->left = take_ptr(&device->mountpoint);
	free(take_ptr(&device->mountpoint));
}

void device_leave(struct device *device)
{
	pid_t pid = device->left ? fork() : -1;
	if (pid == 0)
		detach_by_helper(device->left);
	if (pid > 0)
		await_helper(pid, LEAVE_DEADLINE_MS);
	free(take_ptr(&device->left));
}

/* ---- negotiation ---- */

/* libfuse 3.14 knows nothing of TMPFILE, which has the form of a CREATE (fuse_create_open() in fs/fuse/dir.c), and its answer too. */
static bool rename_tmpfile(struct fuse_in_header *in)
{
	bool tmpfile = in->opcode == OPCODE_TMPFILE;
	if (tmpfile)
		in->opcode = FUSE_CREATE;
	return tmpfile;
}

/* Who asks, and for how much. */
static void look_at(struct device *device, const struct fuse_in_header *in, ssize_t length)
{
	device->caller = (pid_t)in->pid;
	device->moves = in->len;
	if (in->opcode == FUSE_READ && length >= (ssize_t)(sizeof *in + sizeof(struct fuse_read_in)))
		device->moves = ((const struct fuse_read_in *)(const void *)(in + 1))->size;
}

static ssize_t device_read(int fd, void *bytes, size_t size, void *userdata)
{
	struct device *device = userdata;
	ssize_t length = read(fd, bytes, size);
	struct fuse_in_header *in = bytes;
	device->tmpfile = length >= (ssize_t)sizeof *in && rename_tmpfile(in);
	if (length >= (ssize_t)sizeof *in)
		look_at(device, in, length);
	if (length >= (ssize_t)(sizeof *in + sizeof(struct fuse_init_in)) && in->opcode == FUSE_INIT) {
		const struct fuse_init_in *init = (const void *)(in + 1);
		device->init_unique = in->unique;
		device->kernel_flags = init->flags;
		if (init->flags & FUSE_INIT_EXT)
			device->kernel_flags |= (uint64_t)init->flags2 << 32;
	}
	return length;
}

/* Capabilities that libfuse 3.14 never asks for, and the features that they are left out with. */
static const struct {
	uint64_t flag;
	uint32_t features;
} extras[] = {
	{FUSE_PARALLEL_DIROPS, 1u << FEATURE_DIROPS},	 /* else one delayed lookup holds up its directory */
	{FUSE_DIRECT_IO_ALLOW_MMAP, 1u << FEATURE_MMAP}, /* shared mappings of files that a rule forces past the page cache */
	{FUSE_PASSTHROUGH, 1u << FEATURE_PASSTHROUGH},
	/* suid, sgid and capabilities are taken from a changed file by the backing filesystem (caller.h), so that the kernel need not
	 * ask for security.capability before each write (file_remove_privs() in fs/inode.c). */
	{FUSE_HANDLE_KILLPRIV_V2, 0},
};

static uint64_t extras_of(const struct device *device)
{
	uint64_t wanted = 0;
	for (size_t i = 0; i < COUNT_OF(extras); i++)
		if (!(device->without & extras[i].features))
			wanted |= extras[i].flag;
	if (!(device->kernel_flags & FUSE_INIT_EXT))
		wanted &= UINT32_MAX;
	return wanted & device->kernel_flags;
}

static void extend_init(struct device *device, struct fuse_init_out *out)
{
	uint64_t extra = extras_of(device);
	out->flags |= (uint32_t)extra;
	if (extra >> 32) {
		out->flags |= FUSE_INIT_EXT;
		out->flags2 |= (uint32_t)(extra >> 32);
	}
	if (extra & FUSE_PASSTHROUGH) {
		out->unused[0] = STACK_DEPTH; /* max_stack_depth of newer headers */
		device->passes_through = true;
	}
}

/* The answers to open and create end in a struct fuse_open_out, whose last member libfuse 3.14 still knows as padding. */
static void extend_open(struct device *device, struct iovec *answer)
{
	struct fuse_open_out *out = (void *)((char *)answer->iov_base + answer->iov_len - sizeof *out);
	out->open_flags |= FOPEN_PASSTHROUGH;
	memcpy((char *)out + offsetof(struct fuse_open_out, padding), &device->answer_backing_id, sizeof device->answer_backing_id);
}

static ssize_t device_writev(int fd, struct iovec *iov, int count, void *userdata)
{
	struct device *device = userdata;
	const struct fuse_out_header *out = iov[0].iov_base;
	if (out->unique) { /* 0: a notification */
		device->answer_error = -out->error;
		device->answer_bytes = out->len - (uint32_t)sizeof *out;
	}
	if (device->init_unique && out->unique == device->init_unique && count == 2 && !out->error &&
	    iov[1].iov_len >= sizeof(struct fuse_init_out)) {
		extend_init(device, iov[1].iov_base);
		device->init_unique = 0;
	} else if (device->answer_backing_id && out->unique) {
		if (count == 2 && !out->error)
			extend_open(device, &iov[1]);
		device->answer_backing_id = 0;
	}
	return writev(fd, iov, count);
}

bool device_can_pass_through(const struct device *device)
{
	return device->passes_through;
}

int device_back(struct device *device, struct fuse_session *session, int fd)
{
	struct fuse_backing_map map = {.fd = fd};
	int id = ioctl(fuse_session_fd(session), FUSE_DEV_IOC_BACKING_OPEN, &map);
	if (id >= 0)
		return id;
	if (errno == EPERM || errno == EOPNOTSUPP || errno == ENOTTY)
		device->passes_through = false;
	return -errno;
}

void device_unback(struct fuse_session *session, int id)
{
	uint32_t number = (uint32_t)id;
	ioctl(fuse_session_fd(session), FUSE_DEV_IOC_BACKING_CLOSE, &number);
}

int device_attach(struct device *device, struct fuse_session *session, struct err *err)
{
	static const struct fuse_custom_io io = {.writev = device_writev, .read = device_read};
	int rc = fuse_session_custom_io(session, &io, device->fd);
	if (rc)
		return err_set(err, rc < 0 ? -rc : EINVAL, "libfuse does not take the device");
	device->fd = -1; /* the session closes it */
	return 0;
}
