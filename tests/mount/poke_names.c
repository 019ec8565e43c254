/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* poke: calls on names. */
#include "poke.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

static const char *type_of(mode_t mode)
{
	return S_ISREG(mode) ? "file" : S_ISDIR(mode) ? "dir" : S_ISLNK(mode) ? "link" : S_ISFIFO(mode) ? "fifo"
	       : S_ISSOCK(mode) ? "socket" : S_ISCHR(mode) ? "char" : S_ISBLK(mode) ? "block" : "unknown";
}

static void do_stat(char **a)
{
	struct stat st;
	int rc = lstat(a[0], &st);
	poke_say("%s", rc < 0 ? poke_errname(errno) : type_of(st.st_mode));
}

static void do_size(char **a)
{
	struct stat st;
	int rc = lstat(a[0], &st);
	poke_number(rc < 0 ? -1 : st.st_size);
}

static void do_ino(char **a)
{
	struct stat st;
	int rc = lstat(a[0], &st);
	poke_number(rc < 0 ? -1 : (long)st.st_ino);
}

static void do_access(char **a)
{
	int mode = F_OK;
	for (const char *at = a[1]; *at; at++)
		mode |= *at == 'r' ? R_OK : *at == 'w' ? W_OK : *at == 'x' ? X_OK : 0;
	poke_ok(access(a[0], mode));
}

static void do_chdir(char **a)
{
	poke_ok(chdir(a[0]));
}

static void do_readlink(char **a)
{
	char target[PATH_MAX];
	ssize_t length = readlink(a[0], target, sizeof target - 1);
	target[length > 0 ? length : 0] = '\0';
	if (length < 0)
		poke_ok(-1);
	else
		poke_say_name(target);
}

static void do_create(char **a)
{
	int fd = open(a[0], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	poke_ok(fd);
	if (fd >= 0)
		close(fd);
}

static void do_mkdir(char **a)
{
	poke_ok(mkdir(a[0], 0755));
}

static void do_mknod(char **a)
{
	mode_t type = strcmp(a[1], "fifo") == 0 ? S_IFIFO : strcmp(a[1], "socket") == 0 ? S_IFSOCK
		      : strcmp(a[1], "char") == 0 ? S_IFCHR : S_IFREG;
	poke_ok(mknod(a[0], type | 0644, S_ISCHR(type) ? 0x103 /* null */ : 0));
}

static void do_symlink(char **a)
{
	poke_ok(symlink(a[0], a[1]));
}

static void do_link(char **a)
{
	poke_ok(link(a[0], a[1]));
}

static void do_unlink(char **a)
{
	poke_ok(unlink(a[0]));
}

static void do_rmdir(char **a)
{
	poke_ok(rmdir(a[0]));
}

static void do_rename(char **a)
{
	poke_ok(rename(a[0], a[1]));
}

static void do_rename2(char **a)
{
	unsigned flags = strcmp(a[2], "noreplace") == 0  ? RENAME_NOREPLACE
			 : strcmp(a[2], "exchange") == 0 ? RENAME_EXCHANGE
							 : (unsigned)poke_number_of(a[2]);
	poke_ok(renameat2(AT_FDCWD, a[0], AT_FDCWD, a[1], flags));
}

static void do_truncate(char **a)
{
	poke_ok(truncate(a[0], poke_number_of(a[1])));
}

static void do_chmod(char **a)
{
	poke_ok(chmod(a[0], (mode_t)poke_number_of(a[1])));
}

static void do_chown(char **a)
{
	poke_ok(lchown(a[0], (uid_t)poke_number_of(a[1]), (gid_t)poke_number_of(a[2])));
}

/* "now", or seconds. */
static void do_utimens(char **a)
{
	bool now = strcmp(a[1], "now") == 0;
	struct timespec time = {.tv_sec = now ? 0 : poke_number_of(a[1]), .tv_nsec = now ? UTIME_NOW : 123456789};
	const struct timespec times[2] = {time, time};
	poke_ok(utimensat(AT_FDCWD, a[0], times, AT_SYMLINK_NOFOLLOW));
}

static void do_mtime(char **a)
{
	struct stat st;
	if (lstat(a[0], &st) < 0)
		poke_ok(-1);
	else
		poke_say("%lld.%09ld", (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

/* Which number of statvfs(3)? */
static void do_statfs(char **a)
{
	struct statvfs sv;
	if (statvfs(a[0], &sv) < 0)
		poke_ok(-1);
	else if (strcmp(a[1], "free") == 0)
		poke_say("%llu", (unsigned long long)(sv.f_bavail * sv.f_frsize));
	else if (strcmp(a[1], "size") == 0)
		poke_say("%llu", (unsigned long long)(sv.f_blocks * sv.f_frsize));
	else if (strcmp(a[1], "files") == 0)
		poke_say("%llu", (unsigned long long)sv.f_favail);
	else if (strcmp(a[1], "namemax") == 0)
		poke_say("%lu", sv.f_namemax);
	else
		poke_usage("statfs: free, size, files or namemax");
}

static void do_getxattr(char **a)
{
	char value[65536];
	ssize_t length = lgetxattr(a[0], a[1], value, sizeof value);
	if (length < 0)
		poke_ok(-1);
	else
		poke_say("[%.*s]", (int)length, value);
}

/* With too little room, and with none. */
static void do_sizexattr(char **a)
{
	char value[65536];
	poke_number(lgetxattr(a[0], a[1], value, (size_t)poke_number_of(a[2])));
}

static void do_setxattr(char **a)
{
	poke_ok(lsetxattr(a[0], a[1], a[2], strlen(a[2]), 0));
}

static void do_removexattr(char **a)
{
	poke_ok(lremovexattr(a[0], a[1]));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted: filesystems list attributes in any order. */
static void do_listxattr(char **a)
{
	char list[65536], *names[256];
	size_t count = 0;
	ssize_t length = llistxattr(a[0], list, sizeof list);
	if (length < 0)
		poke_ok(-1);
	else if (length == 0)
		poke_say("none");
	for (char *at = list; length > 0 && at < list + length && count < 256; at += strlen(at) + 1)
		names[count++] = at;
	qsort(names, count, sizeof names[0], by_name);
	for (size_t i = 0; i < count; i++)
		poke_say_name(names[i]);
}

/* The kernel's own file handle, and a file by it: as an NFS server does it. The handle stays with us, for `byhandle`. */
static struct {
	struct file_handle head;
	unsigned char bytes[MAX_HANDLE_SZ];
} handle;

static void do_handle(char **a)
{
	int mount;
	handle.head.handle_bytes = MAX_HANDLE_SZ;
	poke_ok(name_to_handle_at(AT_FDCWD, a[0], &handle.head, &mount, 0));
}

static void do_byhandle(char **a)
{
	int mount = open(a[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = mount < 0 ? -1 : open_by_handle_at(mount, &handle.head, O_RDONLY | O_CLOEXEC);
	poke_ok(fd);
	if (fd >= 0)
		poke_keep(fd);
	if (mount >= 0)
		close(mount);
}

/* A chain of directories deeper than any path can be: made, or gone through and removed, by steps. */
static void do_dig(char **a)
{
	int64_t depth = poke_number_of(a[2]), done = 0;
	if (chdir(a[0]) == 0)
		while (done < depth && mkdir(a[1], 0755) == 0 && chdir(a[1]) == 0)
			done++;
	poke_say(done == depth ? "%s" : "%s at %lld", done == depth ? "ok" : poke_errname(errno), (long long)done);
}

static void do_climb(char **a)
{
	int64_t depth = poke_number_of(a[1]), done = 0;
	while (done < depth && chdir("..") == 0 && rmdir(a[0]) == 0)
		done++;
	poke_say(done == depth ? "%s" : "%s at %lld", done == depth ? "ok" : poke_errname(errno), (long long)done);
}

const struct poke_call poke_name_calls[] = {
	{"stat", 1, "FILE (its type)", do_stat},
	{"size", 1, "FILE", do_size},
	{"ino", 1, "FILE", do_ino},
	{"access", 2, "FILE [r][w][x]", do_access},
	{"chdir", 1, "DIR", do_chdir},
	{"readlink", 1, "FILE", do_readlink},
	{"create", 1, "FILE", do_create},
	{"mkdir", 1, "DIR", do_mkdir},
	{"mknod", 2, "FILE file|fifo|socket|char", do_mknod},
	{"symlink", 2, "TARGET FILE", do_symlink},
	{"link", 2, "FILE NEW", do_link},
	{"unlink", 1, "FILE", do_unlink},
	{"rmdir", 1, "DIR", do_rmdir},
	{"rename", 2, "FILE NEW", do_rename},
	{"rename2", 3, "FILE NEW noreplace|exchange|FLAGS", do_rename2},
	{"truncate", 2, "FILE SIZE", do_truncate},
	{"chmod", 2, "FILE MODE", do_chmod},
	{"chown", 3, "FILE UID GID", do_chown},
	{"utimens", 2, "FILE now|SECONDS", do_utimens},
	{"mtime", 1, "FILE", do_mtime},
	{"statfs", 2, "FILE free|size|files|namemax", do_statfs},
	{"getxattr", 2, "FILE NAME", do_getxattr},
	{"sizexattr", 3, "FILE NAME ROOM", do_sizexattr},
	{"setxattr", 3, "FILE NAME VALUE", do_setxattr},
	{"removexattr", 2, "FILE NAME", do_removexattr},
	{"listxattr", 1, "FILE", do_listxattr},
	{"handle", 1, "FILE", do_handle},
	{"byhandle", 1, "DIR (any of the same mount)", do_byhandle},
	{"dig", 3, "DIR NAME DEPTH", do_dig},
	{"climb", 2, "NAME DEPTH", do_climb},
	{0},
};
