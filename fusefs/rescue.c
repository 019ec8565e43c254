/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The process that breaks the connection of a server that cannot die. */
#include "fusefs/rescue.h"

#include "base/mountinfo.h"
#include "base/scope.h"
#include "fusefs/device.h"
#include "fusefs/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* A process that was killed is gone in no time, unless a thread of its cannot. */
#define DEATH_DEADLINE_MS 300

/* "abort" of the connection (Documentation/filesystems/fuse.rst, "Control filesystem"), by the minor number of the mount. */
static int abort_path(const struct device *device, char *path, size_t size)
{
	struct mountinfo_list list;
	int rc = mountinfo_read(WIRE_FSTYPE, &list);
	const struct mountinfo *mount = rc ? NULL : mountinfo_at(&list, device->mountpoint, strlen(device->mountpoint));
	if (mount)
		snprintf(path, size, "/sys/fs/fuse/connections/%u/abort", mount->minor);
	else if (!rc)
		rc = -ENOENT;
	mountinfo_free(&list);
	return rc;
}

_Noreturn static void watch(int pidfd, const char *abort_file, const char *mountpoint)
{
	sigset_t set;
	siginfo_t info;
	sigfillset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	prctl(PR_SET_NAME, WIRE_PROGRAM "-guard");
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	prctl(PR_SET_PDEATHSIG, SIGUSR1);
	struct pollfd server = {.fd = pidfd, .events = POLLIN};
	if (poll(&server, 1, 0) == 0) /* it may have died before the line above */
		sigwaitinfo(&set, &info);
	if (poll(&server, 1, DEATH_DEADLINE_MS) == 0) {
		int fd = open(abort_file, O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, "1", 1) != 1)
			umount2(mountpoint, MNT_FORCE);
	}
	_exit(0);
}

int rescue_start(struct rescue *rescue, const struct device *device)
{
	char path[PATH_MAX];
	if (rescue->pid)
		return 0;
	int rc = device->mountpoint ? abort_path(device, path, sizeof path) : -ENOENT;
	if (rc)
		return rc;
	if (geteuid() != 0 && access(path, W_OK) < 0)
		return -EPERM;
	SCOPED_FD int pidfd = pidfd_open(getpid(), 0);
	pid_t pid = pidfd < 0 ? -1 : fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		/* Above all not the device, which must not stay open. */
		if (dup2(pidfd, 3) != 3)
			_exit(1);
		close_range(4, ~0u, 0);
		close_range(0, 2, 0);
		(void)!chdir("/");
		watch(3, path, device->mountpoint);
	}
	rescue->pid = pid;
	return 0;
}

void rescue_fini(struct rescue *rescue)
{
	if (!rescue->pid)
		return;
	kill(rescue->pid, SIGKILL);
	waitpid(rescue->pid, NULL, 0);
	rescue->pid = 0;
}
