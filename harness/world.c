/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Makes worlds out of namespaces, or out of a directory where there are none. */
#include "harness/world.h"

#include "base/buf.h"
#include "base/scope.h"
#include "fusefs/wire.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <linux/capability.h>
#include <mntent.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>

/* Processes and threads in a private world, ours among them. */
#define PROCESSES_MAX "2048"

/* ---- where ---- */

/* Directories that are there on any system and hold nothing: in a private namespace a tmpfs over one of them hides nothing
 * and needs no directory of our own. The Filesystem Hierarchy Standard keeps them for the administrator. */
static const char *const empty_places[] = {"/mnt", "/media", "/srv", "/opt", "/var/opt", "/usr/local/src"};

bool world_is_empty(const char *path)
{
	SCOPED_DIR DIR *dir = opendir(path);
	if (!dir)
		return false;
	for (struct dirent *entry; (entry = readdir(dir));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			return false;
	return true;
}

static const char *empty_place(void)
{
	for (size_t i = 0; i < COUNT_OF(empty_places); i++)
		if (world_is_empty(empty_places[i]))
			return empty_places[i];
	return NULL;
}

/* A name that nobody can guess. The child makes the directory: one made here would stay if we were killed before we had one. */
static int choose_directory(struct world *world, struct err *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	unsigned char chance[6];
	const char *given = getenv("TMPDIR"), *tmp = given && given[0] ? given : "/tmp";
	char whole[PATH_MAX]; /* as the table of mounts will have it */
	if (!realpath(tmp, whole))
		return err_set(err, errno, "TMPDIR: %s: %s", tmp, strerror(errno));
	int length = snprintf(world->base, sizeof world->base, "%s/ordeal-XXXXXX", whole);
	if (length >= (int)sizeof world->base)
		return err_set(err, ENAMETOOLONG, "TMPDIR: %s: too long for the paths of a world", tmp);
	if (getrandom(chance, sizeof chance, 0) != sizeof chance)
		return err_set(err, errno, "no random name: %s", strerror(errno));
	for (size_t i = 0; i < sizeof chance; i++)
		world->base[(size_t)length - sizeof chance + i] = letters[chance[i] % (sizeof letters - 1)];
	return 0;
}

int world_plan(struct world *world, enum world_kind kind, struct err *err)
{
	*world = (struct world){.kind = kind, .uid = geteuid(), .gid = getegid(), .parent = getpid()};
	if (kind == WORLD_SHARED)
		return choose_directory(world, err);
	const char *place = empty_place();
	if (!place)
		return err_set(err, ENOENT, "none of /mnt, /media, /srv, /opt is an empty directory to mount over");
	world->in_user_namespace = world->uid != 0;
	snprintf(world->base, sizeof world->base, "%s", place);
	return 0;
}

void world_plan_bare(struct world *world)
{
	*world = (struct world){.kind = WORLD_PRIVATE, .uid = geteuid(), .gid = getegid(), .parent = getpid()};
	world->in_user_namespace = world->uid != 0;
}

/* ---- namespaces ---- */

pid_t world_fork(const struct world *world)
{
	long flags = SIGCHLD;
	if (world->kind == WORLD_PRIVATE)
		flags |= CLONE_NEWNS | CLONE_NEWPID | (world->in_user_namespace ? CLONE_NEWUSER : 0);
	/* In a bare world all is as it was: its command may share memory with whoever started it. */
	if (world->kind == WORLD_PRIVATE && world->base[0])
		flags |= CLONE_NEWIPC;
	/* The bare system call behaves as fork(2) does where no stack is given. */
	pid_t pid = (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, 0);
	return pid < 0 ? -errno : pid;
}

static int write_text(const char *path, const char *text)
{
	SCOPED_FD int fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) ? -errno : 0;
}

/* Be who we are outside: one user mapped to itself (user_namespaces(7)). */
static int map_user(const struct world *world, struct err *err)
{
	char uids[48], gids[48];
	snprintf(uids, sizeof uids, "%u %u 1", world->uid, world->uid);
	snprintf(gids, sizeof gids, "%u %u 1", world->gid, world->gid);
	int rc = write_text("/proc/self/setgroups", "deny");
	rc = rc && rc != -ENOENT ? rc : write_text("/proc/self/uid_map", uids);
	rc = rc ? rc : write_text("/proc/self/gid_map", gids);
	return rc ? err_set(err, -rc, "user namespace: the user cannot be mapped: %s", strerror(-rc)) : 0;
}

int world_separate(const struct world *world, struct err *err)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	int rc = world->in_user_namespace ? map_user(world, err) : 0;
	if (rc)
		return rc;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_set(err, errno, "mount namespace: %s", strerror(errno));
	/* Containers refuse a new /proc while theirs is partly hidden (mount_too_revealing() in fs/namespace.c). */
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return err_set(err, errno, "/proc: none can be mounted for a pid namespace: %s", strerror(errno));
	return 0;
}

/* A program that forks without end shall not take the machine with it. Since Linux 6.14 a pid namespace has a limit of its own (pid_max in
 * kernel/pid_namespace.c); that of older kernels is one for all, and not ours to change. */
static void limit_processes(void)
{
	struct utsname kernel;
	unsigned major, minor;
	bool known = uname(&kernel) == 0 && sscanf(kernel.release, "%u.%u", &major, &minor) == 2;
	if (known && (major > 6 || (major == 6 && minor >= 14)))
		(void)!write_text("/proc/sys/kernel/pid_max", PROCESSES_MAX);
}

static int enter_private(const struct world *world, struct err *err)
{
	int rc = world_separate(world, err);
	if (rc)
		return rc;
	limit_processes();
	if (mount("ordeal", world->base, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") < 0)
		return err_set(err, errno, "%s: no tmpfs can be mounted: %s", world->base, strerror(errno));
	return 0;
}

static int make_layout(const struct world *world, struct err *err)
{
	static const char *const directories[] = {"m", "back", "tmp", "home"};
	for (size_t i = 0; i < COUNT_OF(directories); i++) {
		char path[300];
		snprintf(path, sizeof path, "%s/%s", world->base, directories[i]);
		if (mkdir(path, 0755) < 0)
			return err_set(err, errno, "%s: %s", path, strerror(errno));
	}
	return 0;
}

int world_enter(struct world *world, struct err *err)
{
	if (world->kind == WORLD_PRIVATE) {
		int rc = enter_private(world, err);
		return rc ? rc : make_layout(world, err);
	}
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (getppid() != world->parent) /* it was gone before we could ask to be told */
		return err_set(err, ESRCH, "the harness has ended");
	if (mkdir(world->base, 0700) < 0)
		return err_set(err, errno, "%s: cannot be made: %s", world->base, strerror(errno));
	return make_layout(world, err);
}

/* Capabilities are lost at exec by whoever is not root, unless they are ambient (capabilities(7)). */
void world_grant_mount(const struct world *world)
{
	if (!world->in_user_namespace)
		return;
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];
	if (syscall(SYS_capget, &header, data) < 0)
		return;
	data[0].inheritable |= 1u << CAP_SYS_ADMIN;
	if (syscall(SYS_capset, &header, data) == 0)
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN, 0, 0);
}

/* ---- trying it ---- */

static void try_in_child(struct world *world, int fd)
{
	struct err err = {0};
	int rc = world_enter(world, &err);
	if (!rc) {
		SCOPED_FD int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
		if (device < 0)
			err_set(&err, errno, "/dev/fuse: cannot be opened: %s", strerror(errno));
	}
	(void)!write(fd, &err, sizeof err);
	_exit(0);
}

enum world_kind world_best(struct err *why)
{
	struct world world;
	*why = (struct err){0};
	if (world_plan(&world, WORLD_PRIVATE, why) < 0)
		return WORLD_SHARED;
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0) {
		err_set(why, errno, "no pipe: %s", strerror(errno));
		return WORLD_SHARED;
	}
	SCOPED_FD int from = ends[0], to = ends[1];
	pid_t pid = world_fork(&world);
	if (pid == 0)
		try_in_child(&world, to);
	if (pid < 0) {
		err_set(why, -pid, "namespaces are refused: %s", strerror(-pid));
		return WORLD_SHARED;
	}
	close(take_fd(&to));
	if (read(from, why, sizeof *why) != sizeof *why)
		err_set(why, EIO, "the trial of namespaces gave no answer");
	waitpid(pid, NULL, 0);
	return why->code ? WORLD_SHARED : WORLD_PRIVATE;
}

/* ---- cleaning up a shared world ---- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)ftw;
	if (type == FTW_DNR)
		chmod(path, 0700); /* readable on the next pass */
	else if (type == FTW_DP)
		rmdir(path);
	else
		unlink(path);
	return 0;
}

/* Directories that a subject has closed take a pass each level to open; deeper than this they stay. */
#define REMOVE_PASSES 16

void world_remove_tree(const char *path)
{
	for (int pass = 0; pass < REMOVE_PASSES && access(path, F_OK) == 0; pass++)
		nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* Detach our mounts below the base. Lazily: whoever still hangs on one is not waited for. */
static void unmount_below(const char *base)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent entry;
	char strings[8192];
	size_t length = strlen(base);
	while (mounts && getmntent_r(mounts, &entry, strings, sizeof strings)) {
		if (strncmp(entry.mnt_dir, base, length) != 0 || entry.mnt_dir[length] != '/')
			continue;
		if (umount2(entry.mnt_dir, MNT_DETACH) == 0)
			continue;
		pid_t pid = fork();
		if (pid == 0) {
			execlp("fusermount3", "fusermount3", "-u", "-z", "-q", "--", entry.mnt_dir, NULL);
			_exit(127);
		}
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
	if (mounts)
		endmntent(mounts);
}

/* Kill whoever knows the world by its TMPDIR: a box that was killed has left them. Returns how many there were. */
static unsigned kill_inhabitants(const char *base)
{
	SCOPED_DIR DIR *dir = opendir("/proc");
	char mark[300];
	size_t length = (size_t)snprintf(mark, sizeof mark, "TMPDIR=%s/tmp", base) + 1;
	unsigned count = 0;
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		SCOPED(buf_free) struct buf env = {0};
		char path[300];
		snprintf(path, sizeof path, "/proc/%s/environ", entry->d_name);
		if (!isdigit((unsigned char)entry->d_name[0]) || buf_read_file(&env, path, 1u << 20) < 0)
			continue;
		if (memmem(env.at, env.length, mark, length))
			count += kill(atoi(entry->d_name), SIGKILL) == 0;
	}
	return count;
}

void world_clean(const struct world *world)
{
	if (world->kind == WORLD_PRIVATE)
		return;
	for (int passes = 0; kill_inhabitants(world->base) && passes < 100; passes++)
		poll(NULL, 0, 1); /* they may fork as fast as they are killed */
	unmount_below(world->base);
	world_remove_tree(world->base);
}
