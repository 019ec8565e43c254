/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* poke: calls on open files. */
#include "poke.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void do_open(char **a)
{
	int fd = open(a[0], poke_flags_of(a[1]), 0644);
	poke_ok(fd);
	if (fd >= 0)
		poke_keep(fd);
}

static void do_close(char **a)
{
	poke_ok(poke_drop(a[0]));
}

/* Aligned, so that it serves O_DIRECT too. */
static char *buffer(size_t size)
{
	void *bytes = NULL;
	if (posix_memalign(&bytes, 4096, size ? size : 1) != 0)
		exit(3);
	return bytes;
}

static void do_read(char **a)
{
	int fd = poke_fd(a[0], O_RDONLY);
	size_t size = (size_t)poke_number_of(a[2]);
	char *bytes = buffer(size);
	poke_number(fd < 0 ? -1 : pread(fd, bytes, size, poke_number_of(a[1])));
	poke_done(a[0], fd);
	free(bytes);
}

/* Like read, and says whether the bytes are those of another file at the same place. */
static void do_same(char **a)
{
	int fd = poke_fd(a[0], O_RDONLY), other = open(a[1], O_RDONLY | O_CLOEXEC);
	size_t size = (size_t)poke_number_of(a[3]);
	int64_t offset = poke_number_of(a[2]);
	char *bytes = buffer(size), *wanted = buffer(size);
	ssize_t got = fd < 0 ? -1 : pread(fd, bytes, size, offset);
	ssize_t real = pread(other, wanted, size, offset);
	if (got < 0)
		poke_number(-1);
	else
		poke_say("%zd:%s", got, got != real ? "length" : memcmp(bytes, wanted, (size_t)got) ? "bytes" : "same");
	poke_done(a[0], fd);
	close(other);
	free(bytes);
	free(wanted);
}

/* How two files differ: bytes, bits, and whether in length. */
static void do_differ(char **a)
{
	FILE *one = fopen(a[0], "re"), *other = fopen(a[1], "re");
	long bytes = 0, bits = 0;
	if (!one || !other)
		poke_usage("differ: %s", strerror(errno));
	int left, right;
	do {
		left = getc(one);
		right = getc(other);
		bytes += left != right && left != EOF && right != EOF;
		bits += left == EOF || right == EOF ? 0 : __builtin_popcount((unsigned)(left ^ right));
	} while (left != EOF && right != EOF);
	poke_say("%ld bytes %ld bits%s", bytes, bits, left == right ? "" : " length");
	fclose(one);
	fclose(other);
}

/* How many bytes of [OFFSET, OFFSET + LENGTH) have this value? */
static void do_bytes(char **a)
{
	int fd = poke_fd(a[0], O_RDONLY);
	size_t size = (size_t)poke_number_of(a[2]);
	unsigned char *bytes = (unsigned char *)buffer(size);
	ssize_t got = fd < 0 ? -1 : pread(fd, bytes, size, poke_number_of(a[1]));
	long count = 0;
	for (ssize_t i = 0; i < got; i++)
		count += bytes[i] == poke_number_of(a[3]);
	poke_number(got < 0 ? -1 : count);
	poke_done(a[0], fd);
	free(bytes);
}

static void do_write(char **a)
{
	int fd = poke_fd(a[0], O_WRONLY);
	int64_t offset = poke_number_of(a[1]);
	size_t size = (size_t)poke_number_of(a[2]);
	char *bytes = buffer(size);
	off_t at = offset < 0 ? lseek(fd, 0, SEEK_CUR) : offset;
	for (size_t i = 0; i < size; i++)
		bytes[i] = (char)poke_byte((uint64_t)at + i);
	poke_number(fd < 0 ? -1 : offset < 0 ? write(fd, bytes, size) : pwrite(fd, bytes, size, offset));
	poke_done(a[0], fd);
	free(bytes);
}

/* Write a text at the file's own position: appends where it was opened so. */
static void do_put(char **a)
{
	int fd = poke_fd(a[0], O_WRONLY);
	poke_number(fd < 0 ? -1 : write(fd, a[1], strlen(a[1])));
	poke_done(a[0], fd);
}

/* Print what is there, as it is. For short texts. */
static void do_get(char **a)
{
	char bytes[4096];
	int fd = poke_fd(a[0], O_RDONLY);
	ssize_t got = fd < 0 ? -1 : pread(fd, bytes, sizeof bytes, 0);
	if (got < 0)
		poke_number(-1);
	else
		poke_say("[%.*s]", (int)got, bytes);
	poke_done(a[0], fd);
}

static void do_fsync(char **a)
{
	int fd = poke_fd(a[0], O_RDONLY);
	poke_ok(fd < 0 ? -1 : fsync(fd));
	poke_done(a[0], fd);
}

static void do_fdatasync(char **a)
{
	int fd = poke_fd(a[0], O_RDONLY);
	poke_ok(fd < 0 ? -1 : fdatasync(fd));
	poke_done(a[0], fd);
}

static int fallocate_mode_of(const char *text)
{
	return strcmp(text, "grow") == 0	? 0
	       : strcmp(text, "keep") == 0	? FALLOC_FL_KEEP_SIZE
	       : strcmp(text, "hole") == 0	? FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE
	       : strcmp(text, "zero") == 0	? FALLOC_FL_ZERO_RANGE
	       : strcmp(text, "zero-keep") == 0 ? FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE
	       : strcmp(text, "collapse") == 0	? FALLOC_FL_COLLAPSE_RANGE
	       : strcmp(text, "insert") == 0	? FALLOC_FL_INSERT_RANGE
						: (int)poke_number_of(text);
}

static void do_fallocate(char **a)
{
	int fd = poke_fd(a[0], O_WRONLY);
	poke_ok(fd < 0 ? -1 : fallocate(fd, fallocate_mode_of(a[1]), poke_number_of(a[2]), poke_number_of(a[3])));
	poke_done(a[0], fd);
}

static void do_ftruncate(char **a)
{
	int fd = poke_fd(a[0], O_WRONLY);
	poke_ok(fd < 0 ? -1 : ftruncate(fd, poke_number_of(a[1])));
	poke_done(a[0], fd);
}

static void do_lseek(char **a)
{
	int fd = poke_fd(a[0], O_RDONLY);
	int whence = strcmp(a[1], "data") == 0 ? SEEK_DATA : strcmp(a[1], "hole") == 0 ? SEEK_HOLE : SEEK_END;
	poke_number(fd < 0 ? -1 : lseek(fd, poke_number_of(a[2]), whence));
	poke_done(a[0], fd);
}

static void do_fsize(char **a)
{
	struct stat st;
	int fd = poke_fd(a[0], O_RDONLY);
	int rc = fd < 0 ? -1 : fstat(fd, &st);
	poke_number(rc < 0 ? -1 : st.st_size);
	poke_done(a[0], fd);
}

static void do_flinks(char **a)
{
	struct stat st;
	int fd = poke_fd(a[0], O_RDONLY);
	int rc = fd < 0 ? -1 : fstat(fd, &st);
	poke_number(rc < 0 ? -1 : (long)st.st_nlink);
	poke_done(a[0], fd);
}

static void do_fchmod(char **a)
{
	int fd = poke_fd(a[0], O_RDONLY);
	poke_ok(fd < 0 ? -1 : fchmod(fd, (mode_t)poke_number_of(a[1])));
	poke_done(a[0], fd);
}

/* Open again what is open, by /proc: also where the name is gone. */
static void do_reopen(char **a)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", poke_fd(a[0], O_RDONLY));
	int fd = open(path, poke_flags_of(a[1]));
	poke_ok(fd);
	if (fd >= 0)
		poke_keep(fd);
}

/* Write through a shared mapping. */
static void do_mwrite(char **a)
{
	int fd = poke_fd(a[0], O_RDWR);
	int64_t offset = poke_number_of(a[1]);
	size_t size = (size_t)poke_number_of(a[2]), end = (size_t)offset + size;
	char *bytes = fd < 0 ? MAP_FAILED : mmap(NULL, end, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bytes != MAP_FAILED) {
		for (size_t i = (size_t)offset; i < end; i++)
			bytes[i] = (char)poke_byte(i);
		poke_ok(msync(bytes, end, MS_SYNC));
		munmap(bytes, end);
	} else {
		poke_ok(-1);
	}
	poke_done(a[0], fd);
}

const struct poke_call poke_file_calls[] = {
	{"open", 2, "FILE FLAGS", do_open},
	{"reopen", 2, "@ FLAGS", do_reopen},
	{"close", 1, "@", do_close},
	{"read", 3, "FILE OFFSET LENGTH", do_read},
	{"same", 4, "FILE OTHER OFFSET LENGTH", do_same},
	{"differ", 2, "FILE OTHER", do_differ},
	{"bytes", 4, "FILE OFFSET LENGTH VALUE", do_bytes},
	{"get", 1, "FILE", do_get},
	{"write", 3, "FILE OFFSET LENGTH (offset -1: where the file stands)", do_write},
	{"put", 2, "FILE TEXT", do_put},
	{"mwrite", 3, "FILE OFFSET LENGTH", do_mwrite},
	{"fsync", 1, "FILE", do_fsync},
	{"fdatasync", 1, "FILE", do_fdatasync},
	{"fallocate", 4, "FILE grow|keep|hole|zero|zero-keep|collapse|insert|MODE OFFSET LENGTH", do_fallocate},
	{"ftruncate", 2, "FILE SIZE", do_ftruncate},
	{"lseek", 3, "FILE data|hole|end OFFSET", do_lseek},
	{"fsize", 1, "FILE", do_fsize},
	{"flinks", 1, "FILE", do_flinks},
	{"fchmod", 2, "FILE MODE", do_fchmod},
	{0},
};
