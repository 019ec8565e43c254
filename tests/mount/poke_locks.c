/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* poke: locks, and files without a name. */
#include "poke.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* "wr,w": rd, wr or un, and behind a comma w(ait), o(pen file description). */
static struct flock lock_of(char **a, bool *waits, bool *ofd)
{
	static const struct {
		const char *name;
		short type;
	} types[] = {{"rd", F_RDLCK}, {"wr", F_WRLCK}, {"un", F_UNLCK}};
	struct flock lock = {.l_whence = SEEK_SET, .l_start = poke_number_of(a[2]), .l_len = poke_number_of(a[3])};
	*waits = strchr(a[1], 'w') && strchr(a[1], ',') && strchr(strchr(a[1], ','), 'w');
	*ofd = strchr(a[1], 'o');
	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (strncmp(types[i].name, a[1], 2) == 0) {
			lock.l_type = types[i].type;
			return lock;
		}
	poke_usage("'%s': locks are rd, wr or un", a[1]);
}

static void do_setlk(char **a)
{
	bool waits, ofd;
	struct flock lock = lock_of(a, &waits, &ofd);
	int fd = poke_fd(a[0], O_RDWR);
	poke_ok(fd < 0 ? -1 : fcntl(fd, ofd ? (waits ? F_OFD_SETLKW : F_OFD_SETLK) : waits ? F_SETLKW : F_SETLK, &lock));
	poke_done(a[0], fd);
}

/* "free", or what is in the way: its kind, first byte, length, and whether its holder has a number. */
static void do_getlk(char **a)
{
	bool waits, ofd;
	struct flock lock = lock_of(a, &waits, &ofd);
	int fd = poke_fd(a[0], O_RDWR);
	if (fd < 0 || fcntl(fd, ofd ? F_OFD_GETLK : F_GETLK, &lock) < 0)
		poke_ok(-1);
	else if (lock.l_type == F_UNLCK)
		poke_say("free");
	else
		poke_say("%s:%lld:%lld:%s", lock.l_type == F_WRLCK ? "wr" : "rd", (long long)lock.l_start, (long long)lock.l_len,
			 lock.l_pid > 0 ? "held" : "nobody");
	poke_done(a[0], fd);
}

/* "ex,n": sh, ex or un, and behind a comma n(ot waiting). */
static void do_flock(char **a)
{
	int how = strncmp(a[1], "sh", 2) == 0 ? LOCK_SH : strncmp(a[1], "ex", 2) == 0 ? LOCK_EX : LOCK_UN;
	int fd = poke_fd(a[0], O_RDONLY);
	poke_ok(fd < 0 ? -1 : flock(fd, how | (strchr(a[1], ',') ? LOCK_NB : 0)));
	poke_done(a[0], fd);
}

static void do_tmpfile(char **a)
{
	int fd = open(a[0], poke_flags_of(a[1]) | O_TMPFILE, 0644);
	poke_ok(fd);
	if (fd >= 0)
		poke_keep(fd);
}

/* Give an open file a name. */
static void do_linkfd(char **a)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", poke_fd(a[0], O_RDONLY));
	poke_ok(linkat(AT_FDCWD, path, AT_FDCWD, a[1], AT_SYMLINK_FOLLOW));
}

const struct poke_call poke_lock_calls[] = {
	{"setlk", 4, "FILE rd|wr|un[,w][,o] FIRST LENGTH", do_setlk},
	{"getlk", 4, "FILE rd|wr[,o] FIRST LENGTH", do_getlk},
	{"flock", 2, "FILE sh|ex|un[,n]", do_flock},
	{"tmpfile", 2, "DIR FLAGS", do_tmpfile},
	{"linkfd", 2, "@ FILE", do_linkfd},
	{0},
};
