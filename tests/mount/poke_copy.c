/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* poke: reads a file to its end in one of the ways there are, and says where that ended and how. */
#include "poke.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_MAX (8u << 20)
#define PAGE_BYTES 4096

struct copy {
	int from, to;
	size_t block;
	uint64_t done;
	char *bytes; /* BLOCK_MAX of them */
};

/* One step: how many bytes, 0 at the end, -1 with errno. */
typedef ssize_t step(struct copy *c);

static void put(struct copy *c, const char *bytes, size_t length)
{
	if (pwrite(c->to, bytes, length, (off_t)c->done) != (ssize_t)length) {
		perror("poke: the copy cannot be written");
		exit(3);
	}
}

static ssize_t by_read(struct copy *c)
{
	ssize_t got = read(c->from, c->bytes, c->block);
	if (got > 0)
		put(c, c->bytes, (size_t)got);
	return got;
}

static ssize_t by_pread(struct copy *c)
{
	ssize_t got = pread(c->from, c->bytes, c->block, (off_t)c->done);
	if (got > 0)
		put(c, c->bytes, (size_t)got);
	return got;
}

static ssize_t by_sendfile(struct copy *c)
{
	return lseek(c->to, (off_t)c->done, SEEK_SET) < 0 ? -1 : sendfile(c->to, c->from, NULL, c->block);
}

static ssize_t by_copy_file_range(struct copy *c)
{
	off_t from = (off_t)c->done, to = from;
	return copy_file_range(c->from, &from, c->to, &to, c->block, 0);
}

static ssize_t by_splice(struct copy *c)
{
	int pipes[2];
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -1;
	ssize_t got = splice(c->from, NULL, pipes[1], NULL, c->block < 65536 ? c->block : 65536, 0);
	int error = errno;
	if (got > 0 && read(pipes[0], c->bytes, (size_t)got) == got)
		put(c, c->bytes, (size_t)got);
	close(pipes[0]);
	close(pipes[1]);
	errno = error;
	return got;
}

static const struct {
	const char *name;
	step *step;
} methods[] = {
	{"read", by_read},     {"pread", by_pread},   {"direct", by_pread},
	{"sendfile", by_sendfile}, {"copy_file_range", by_copy_file_range}, {"splice", by_splice},
};

static void copy_by(struct copy *c, step *one)
{
	ssize_t got;
	while ((got = one(c)) > 0)
		c->done += (uint64_t)got;
	poke_say("%llu %s", (unsigned long long)c->done, got < 0 ? poke_errname(errno) : "end");
}

/* ---- mmap ---- */

static sigjmp_buf bus;

static void on_bus(int number)
{
	(void)number;
	siglongjmp(bus, 1);
}

/* One page, or false after a SIGBUS. In a function of its own, because of what a jump does to local variables. */
static bool fetch(char *to, const char *from, size_t length)
{
	if (sigsetjmp(bus, 1))
		return false;
	memcpy(to, from, length);
	return true;
}

static size_t page_at(const struct copy *c, off_t size)
{
	uint64_t left = (uint64_t)size - c->done;
	return left < PAGE_BYTES ? (size_t)left : PAGE_BYTES;
}

static void copy_mapped(struct copy *c, int how)
{
	struct stat st;
	const struct sigaction action = {.sa_handler = on_bus};
	if (fstat(c->from, &st) < 0 || st.st_size == 0) {
		poke_say("0 %s", "end");
		return;
	}
	char *map = mmap(NULL, (size_t)st.st_size, PROT_READ, how, c->from, 0);
	if (map == MAP_FAILED) {
		poke_say("0 %s", poke_errname(errno));
		return;
	}
	sigaction(SIGBUS, &action, NULL);
	for (size_t part; (part = page_at(c, st.st_size)) && fetch(c->bytes, map + c->done, part); c->done += part)
		put(c, c->bytes, part);
	signal(SIGBUS, SIG_DFL);
	munmap(map, (size_t)st.st_size);
	poke_say("%llu %s", (unsigned long long)c->done, c->done < (uint64_t)st.st_size ? "SIGBUS" : "end");
}

/* ---- the call ---- */

static void copy_file(const char *method, struct copy *c)
{
	if (strcmp(method, "mmap") == 0 || strcmp(method, "mmap-shared") == 0) {
		copy_mapped(c, method[4] ? MAP_SHARED : MAP_PRIVATE);
		return;
	}
	for (size_t i = 0; i < COUNT_OF(methods); i++)
		if (strcmp(methods[i].name, method) == 0) {
			copy_by(c, methods[i].step);
			return;
		}
	poke_usage("copy: '%s' is no way to copy", method);
}

/* OUT gets the bytes that came: "-" for none. */
static void do_copy(char **a)
{
	struct copy copy = {.block = (size_t)poke_number_of(a[1])};
	copy.from = open(a[2], O_RDONLY | O_CLOEXEC | (strcmp(a[0], "direct") == 0 ? O_DIRECT : 0));
	copy.to = open(strcmp(a[3], "-") == 0 ? "/dev/null" : a[3], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (copy.block < 1 || copy.block > BLOCK_MAX || posix_memalign((void **)&copy.bytes, PAGE_BYTES, BLOCK_MAX) != 0)
		poke_usage("copy: the block is too large");
	if (copy.to < 0)
		poke_usage("copy: %s: %s", a[3], strerror(errno));
	if (copy.from < 0)
		poke_ok(-1);
	else
		copy_file(a[0], &copy);
	free(copy.bytes);
	close(copy.from);
	close(copy.to);
}

/* One call of copy_file_range at the same place of two files. */
static void do_copyrange(char **a)
{
	int from = poke_fd(a[0], O_RDONLY), to = poke_fd(a[1], O_WRONLY);
	off_t here = poke_number_of(a[2]), there = here;
	poke_number(copy_file_range(from, &here, to, &there, (size_t)poke_number_of(a[3]), 0));
	poke_done(a[0], from);
	poke_done(a[1], to);
}

/* One byte of a mapping, at an offset: its value, or SIGBUS. */
static void do_touch(char **a)
{
	int64_t offset = poke_number_of(a[2]);
	int fd = poke_fd(a[0], O_RDONLY);
	const struct sigaction action = {.sa_handler = on_bus};
	const volatile unsigned char *map =
		fd < 0 ? MAP_FAILED
		       : mmap(NULL, (size_t)offset + 1, PROT_READ, strcmp(a[1], "shared") == 0 ? MAP_SHARED : MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED) {
		poke_ok(-1);
		return;
	}
	sigaction(SIGBUS, &action, NULL);
	if (sigsetjmp(bus, 1))
		poke_say("SIGBUS");
	else
		poke_say("%u", map[offset]);
	signal(SIGBUS, SIG_DFL);
	poke_done(a[0], fd);
}

/* A mapping that stays, for those who come later. */
static const volatile char *mapped;
static int64_t mapped_bytes;

static void do_map(char **a)
{
	struct stat st;
	int fd = poke_fd(a[0], O_RDONLY);
	void *map = fd < 0 || fstat(fd, &st) < 0 ? MAP_FAILED : mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	poke_ok(map == MAP_FAILED ? -1 : 0);
	if (map != MAP_FAILED) {
		mapped = map;
		mapped_bytes = st.st_size;
	}
	poke_done(a[0], fd);
}

static void do_peek(char **a)
{
	int64_t offset = poke_number_of(a[0]);
	if (mapped && offset < mapped_bytes)
		poke_say("%u", (unsigned char)mapped[offset]);
	else
		poke_say("nothing");
}

const struct poke_call poke_copy_calls[] = {
	{"copy", 4, "read|pread|direct|sendfile|copy_file_range|splice|mmap|mmap-shared BLOCK FILE OUT|-", do_copy},
	{"copyrange", 4, "FILE OUT OFFSET LENGTH", do_copyrange},
	{"touch", 3, "FILE private|shared OFFSET", do_touch},
	{"map", 1, "FILE (shared; stays for peek)", do_map},
	{"peek", 1, "OFFSET (a byte of what was mapped last)", do_peek},
	{0},
};
