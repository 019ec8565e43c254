/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* poke: attributes, and which of the times a call has changed. */
#include "poke.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static int attributes(const char *file, struct stat *st)
{
	return file[0] == '@' ? fstat(poke_fd(file, 0), st) : lstat(file, st);
}

/* Mode with its type, links, owner, group, size (not of directories). */
static void do_attrs(char **a)
{
	struct stat st;
	if (attributes(a[0], &st) < 0)
		poke_ok(-1);
	else
		poke_say("%o:%lu:%u:%u:%lld", st.st_mode, (unsigned long)(S_ISDIR(st.st_mode) ? 0 : st.st_nlink), st.st_uid, st.st_gid,
			 (long long)(S_ISDIR(st.st_mode) ? 0 : st.st_size));
}

/* ---- times ---- */

static struct stat marked;

/* The clock that filesystems stamp by moves in steps of some milliseconds: until the next one. */
static void pass_a_tick(void)
{
	struct timespec then, now;
	clock_gettime(CLOCK_REALTIME_COARSE, &then);
	do
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
	while (now.tv_sec == then.tv_sec && now.tv_nsec == then.tv_nsec);
}

static void do_mark(char **a)
{
	if (attributes(a[0], &marked) < 0)
		poke_ok(-1);
	pass_a_tick();
}

static bool differs(struct timespec a, struct timespec b)
{
	return a.tv_sec != b.tv_sec || a.tv_nsec != b.tv_nsec;
}

/* Which of mtime and ctime are others than when it was marked? */
static void do_changed(char **a)
{
	struct stat st;
	if (attributes(a[0], &st) < 0)
		poke_ok(-1);
	else
		poke_say("%s%s", differs(st.st_mtim, marked.st_mtim) ? "m" : "-", differs(st.st_ctim, marked.st_ctim) ? "c" : "-");
}

/* utimensat(2) with each time by itself: SECONDS, now, omit. */
static struct timespec time_of(const char *text)
{
	if (strcmp(text, "now") == 0)
		return (struct timespec){.tv_nsec = UTIME_NOW};
	if (strcmp(text, "omit") == 0)
		return (struct timespec){.tv_nsec = UTIME_OMIT};
	return (struct timespec){.tv_sec = poke_number_of(text), .tv_nsec = 5};
}

static void do_times(char **a)
{
	const struct timespec times[2] = {time_of(a[1]), time_of(a[2])};
	poke_ok(a[0][0] == '@' ? futimens(poke_fd(a[0], 0), times) : utimensat(AT_FDCWD, a[0], times, AT_SYMLINK_NOFOLLOW));
}

static void do_seconds(char **a)
{
	struct stat st;
	if (attributes(a[0], &st) < 0)
		poke_ok(-1);
	else
		poke_say("%lld.%ld/%lld.%ld", (long long)st.st_atim.tv_sec, st.st_atim.tv_nsec, (long long)st.st_mtim.tv_sec,
			 st.st_mtim.tv_nsec);
}

/* ---- the rest ---- */

static void do_eaccess(char **a)
{
	int mode = F_OK;
	for (const char *at = a[1]; *at; at++)
		mode |= *at == 'r' ? R_OK : *at == 'w' ? W_OK : *at == 'x' ? X_OK : 0;
	poke_ok(faccessat(AT_FDCWD, a[0], mode, AT_EACCESS));
}

static void do_fchown(char **a)
{
	poke_ok(fchown(poke_fd(a[0], 0), (uid_t)poke_number_of(a[1]), (gid_t)poke_number_of(a[2])));
}

static void do_makedir(char **a)
{
	poke_ok(mkdir(a[0], (mode_t)strtoul(a[1], NULL, 8)));
}

static void do_make(char **a)
{
	int fd = open(a[0], poke_flags_of(a[1]) | O_CREAT, (mode_t)strtoul(a[2], NULL, 8));
	poke_ok(fd);
	if (fd >= 0)
		poke_keep(fd);
}

/* What execve(2) says; "ran" where it did. */
static void do_exec(char **a)
{
	int status = 0;
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		execl(a[0], a[0], (char *)NULL);
		_exit(errno);
	}
	waitpid(pid, &status, 0);
	poke_say("%s", WEXITSTATUS(status) ? poke_errname(WEXITSTATUS(status)) : "ran");
}

/* A name or a target of so many letters. */
static char *letters(const char *count)
{
	size_t length = (size_t)poke_number_of(count);
	char *text = malloc(length + 1);
	if (!text)
		exit(3);
	memset(text, 'n', length);
	text[length] = '\0';
	return text;
}

static void do_longlink(char **a)
{
	char *target = letters(a[1]), *back = malloc(65536);
	int rc = symlink(target, a[0]);
	poke_ok(rc);
	ssize_t length = rc < 0 || !back ? -1 : readlink(a[0], back, 65536);
	if (rc == 0)
		poke_say("%zd:%s", length, length >= 0 && memcmp(back, target, (size_t)length) == 0 ? "same" : "other");
	free(back);
	free(target);
}

/* Bytes in hexadecimal. */
static size_t bytes_of(const char *hex, unsigned char *bytes, size_t room)
{
	size_t length = strlen(hex) / 2;
	for (size_t i = 0; i < length && i < room; i++) {
		const char digits[] = {hex[2 * i], hex[2 * i + 1], '\0'};
		bytes[i] = (unsigned char)strtoul(digits, NULL, 16);
	}
	return length < room ? length : room;
}

static void do_hexname(char **a)
{
	unsigned char name[300] = {0};
	bytes_of(a[0], name, sizeof name - 1);
	int fd = open((const char *)name, O_WRONLY | O_CREAT | O_EXCL, 0644);
	poke_ok(fd);
	if (fd >= 0)
		close(fd);
}

/* What a directory holds, sorted. */
static void do_names(char **a)
{
	struct dirent **entries = NULL;
	int count = scandir(a[0], &entries, NULL, alphasort);
	if (count < 0)
		poke_ok(-1);
	for (int i = 0; i < count; i++) {
		poke_say_name(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

static void do_hexattr(char **a)
{
	unsigned char value[300];
	size_t length = bytes_of(a[2], value, sizeof value);
	poke_ok(setxattr(a[0], a[1], value, length, 0));
}

/* An attribute of so many bytes, set and read back. */
static void do_bigattr(char **a)
{
	char *value = letters(a[2]), *back = malloc(1 << 17);
	size_t length = (size_t)poke_number_of(a[2]);
	int rc = setxattr(a[0], a[1], value, length, 0);
	poke_ok(rc);
	if (rc == 0)
		poke_say("%s", back && getxattr(a[0], a[1], back, 1 << 17) == (ssize_t)length && memcmp(back, value, length) == 0 ? "same"
																    : "other");
	free(back);
	free(value);
}

/* Is the file as read(2) gives it what a mapping of it shows? */
static void do_mapped(char **a)
{
	int fd = poke_fd(a[0], O_RDWR);
	struct stat st;
	char *bytes = fd < 0 || fstat(fd, &st) < 0 ? MAP_FAILED : mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	char *read_bytes = bytes == MAP_FAILED ? NULL : malloc((size_t)st.st_size + 1);
	if (read_bytes)
		poke_say("%s", pread(fd, read_bytes, (size_t)st.st_size, 0) == st.st_size &&
						 memcmp(read_bytes, bytes, (size_t)st.st_size) == 0 ? "same" : "other");
	else
		poke_ok(-1);
	free(read_bytes);
	if (bytes != MAP_FAILED)
		munmap(bytes, (size_t)st.st_size);
	poke_done(a[0], fd);
}

const struct poke_call poke_attr_calls[] = {
	{"attrs", 1, "FILE", do_attrs},
	{"mark", 1, "FILE (remember its times, and let the clock move on)", do_mark},
	{"changed", 1, "FILE (which of mtime, ctime are others than marked)", do_changed},
	{"times", 3, "FILE ATIME MTIME (seconds, now, omit)", do_times},
	{"seconds", 1, "FILE (atime/mtime)", do_seconds},
	{"eaccess", 2, "FILE [r][w][x] (by the effective user)", do_eaccess},
	{"fchown", 3, "@ UID GID", do_fchown},
	{"makedir", 2, "DIR OCTAL", do_makedir},
	{"make", 3, "FILE FLAGS OCTAL", do_make},
	{"exec", 1, "FILE", do_exec},
	{"longlink", 2, "FILE LENGTH", do_longlink},
	{"hexname", 1, "HEX", do_hexname},
	{"names", 1, "DIR (sorted)", do_names},
	{"hexattr", 3, "FILE NAME HEX", do_hexattr},
	{"bigattr", 3, "FILE NAME LENGTH", do_bigattr},
	{"mapped", 1, "FILE", do_mapped},
	{0},
};
