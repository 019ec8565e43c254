/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Random operations on a few files, held against a model in memory.
 *
 *     fsx_model DIR SEED COUNT      so many operations
 *     fsx_model DIR SEED SECONDSs   as many as fit
 *
 * What is done follows from the seed alone, so a difference comes again with the same seed. It ends the program with status 1,
 * after the last operations and what differs were written. DIR must be empty. Includes nothing of ours. */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define NAMES 6
#define HANDLES 8
#define INODES (NAMES + HANDLES)
#define SIZE_MAX_BYTES (384 * 1024)
#define PAGE 4096

/* ---- the model ---- */

struct inode {
	unsigned char bytes[SIZE_MAX_BYTES];
	size_t size;
	unsigned links, opens;
};

struct handle {
	int fd; /* -1: closed */
	struct inode *inode;
	bool writes, direct, appends;
};

static struct inode inodes[INODES];
static struct inode *names[NAMES]; /* NULL: no such file */
static struct handle handles[HANDLES];

/* ---- dice ---- */

static uint64_t seed, state;

static uint64_t dice(uint64_t sides)
{
	state += UINT64_C(0x9e3779b97f4a7c15);
	uint64_t x = state;
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return (x ^ x >> 31) % sides;
}

/* ---- the log, and the end ---- */

#define LOG_LINES 60
#define LOG_WIDTH 120
static char log_lines[LOG_LINES][LOG_WIDTH];
static uint64_t done;

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(log_lines[done % LOG_LINES], LOG_WIDTH, format, args);
	va_end(args);
}

__attribute__((format(printf, 1, 2))) static _Noreturn void differs(const char *format, ...)
{
	va_list args;
	for (uint64_t i = done < LOG_LINES ? 0 : done - LOG_LINES + 1; i <= done; i++)
		fprintf(stderr, "%8llu %s\n", (unsigned long long)i, log_lines[i % LOG_LINES]);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nagain: fsx_model DIR %llu %llu\n", (unsigned long long)seed, (unsigned long long)done + 1);
	exit(1);
}

static void must(bool good, const char *call)
{
	if (!good)
		differs("%s: %s", call, strerrorname_np(errno));
}

/* ---- helpers ---- */

static unsigned char *buffer; /* aligned */

static void check_bytes(const struct inode *inode, size_t offset, ssize_t got, size_t asked)
{
	size_t left = offset < inode->size ? inode->size - offset : 0, wanted = left < asked ? left : asked;
	if (got < 0 || (size_t)got != wanted)
		differs("%zd bytes at %zu, wanted %zu of a file of %zu (%s)", got, offset, wanted, inode->size, got < 0 ? strerror(errno) : "");
	for (size_t i = 0; i < wanted; i++)
		if (buffer[i] != inode->bytes[offset + i])
			differs("byte %zu is %02x, wanted %02x", offset + i, buffer[i], inode->bytes[offset + i]);
}

/* NULL where there is none. */
static struct handle *one_that(bool writes)
{
	size_t first = dice(HANDLES);
	for (size_t i = 0; i < HANDLES; i++) {
		struct handle *handle = &handles[(first + i) % HANDLES];
		if (handle->fd >= 0 && (!writes || handle->writes))
			return handle;
	}
	return NULL;
}

static struct handle *any_writable(void)
{
	return one_that(true);
}

/* There is always one: run_one(). */
static struct handle *any_open(void)
{
	struct handle *handle = one_that(false);
	if (!handle)
		differs("nothing is open");
	return handle;
}

/* Half of all ranges begin or end near a page, where the mistakes are. */
static size_t any_place(void)
{
	size_t at = dice(SIZE_MAX_BYTES);
	return dice(2) ? at : at / PAGE * PAGE + dice(3) - (at >= PAGE);
}

static void any_range(const struct handle *handle, size_t *offset, size_t *length)
{
	*offset = any_place() % SIZE_MAX_BYTES;
	*length = dice(4) ? dice(20000) + 1 : dice(200000) + 1;
	if (handle && handle->direct) {
		*offset = *offset / PAGE * PAGE;
		*length = (*length + PAGE - 1) / PAGE * PAGE;
	}
	if (*offset + *length > SIZE_MAX_BYTES)
		*length = SIZE_MAX_BYTES - *offset;
}

static void set_size(struct inode *inode, size_t size)
{
	if (size > inode->size)
		memset(inode->bytes + inode->size, 0, size - inode->size);
	inode->size = size;
}

static void put_bytes(struct inode *inode, size_t offset, const unsigned char *bytes, size_t length)
{
	if (offset + length > inode->size)
		set_size(inode, offset + length);
	memcpy(inode->bytes + offset, bytes, length);
}

static void fill(size_t length)
{
	unsigned char first = (unsigned char)dice(256), step = (unsigned char)(dice(127) * 2 + 1);
	for (size_t i = 0; i < length; i++)
		buffer[i] = (unsigned char)(first + step * i + (i >> 8));
}

static struct inode *unused(void)
{
	for (size_t i = 0; i < INODES; i++)
		if (!inodes[i].links && !inodes[i].opens) {
			inodes[i].size = 0;
			return &inodes[i];
		}
	differs("no inode is left");
}

static const char *name_of(size_t index)
{
	static char texts[2][16];
	static unsigned turn;
	char *text = texts[turn++ % 2];
	snprintf(text, 16, "f%zu", index);
	return text;
}

/* ---- bytes ---- */

static void do_read(void)
{
	size_t offset, length;
	struct handle *handle = any_open();
	any_range(handle, &offset, &length);
	note("read %td: %zu bytes at %zu", handle - handles, length, offset);
	check_bytes(handle->inode, offset, pread(handle->fd, buffer, length, (off_t)offset), length);
}

static void do_write(void)
{
	size_t offset, length;
	struct handle *handle = any_writable();
	if (!handle)
		return;
	any_range(handle, &offset, &length);
	if (handle->appends)
		offset = handle->inode->size;
	if (offset + length > SIZE_MAX_BYTES || (handle->direct && offset % PAGE))
		return;
	note("write %td: %zu bytes at %zu%s", handle - handles, length, offset, handle->appends ? " (append)" : "");
	fill(length);
	must(pwrite(handle->fd, buffer, length, handle->appends ? 0 : (off_t)offset) == (ssize_t)length, "write");
	put_bytes(handle->inode, offset, buffer, length);
}

static void do_truncate(void)
{
	struct handle *handle = any_writable();
	size_t size = any_place() % SIZE_MAX_BYTES, name = dice(NAMES);
	if (dice(2) && handle) {
		note("ftruncate %td: %zu", handle - handles, size);
		must(ftruncate(handle->fd, (off_t)size) == 0, "ftruncate");
		set_size(handle->inode, size);
	} else if (names[name]) {
		note("truncate %s: %zu", name_of(name), size);
		must(truncate(name_of(name), (off_t)size) == 0, "truncate");
		set_size(names[name], size);
	}
}

static void do_fallocate(void)
{
	static const int modes[] = {0, FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, FALLOC_FL_ZERO_RANGE,
				    FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE};
	size_t offset, length;
	struct handle *handle = any_writable();
	int mode = modes[dice(COUNT_OF(modes))];
	if (!handle)
		return;
	any_range(NULL, &offset, &length);
	note("fallocate %td: mode %d, %zu bytes at %zu", handle - handles, mode, length, offset);
	if (fallocate(handle->fd, mode, (off_t)offset, (off_t)length) < 0) {
		must(errno == EOPNOTSUPP, "fallocate");
		return;
	}
	struct inode *inode = handle->inode;
	if (!(mode & FALLOC_FL_KEEP_SIZE) && offset + length > inode->size)
		set_size(inode, offset + length);
	if (mode & ~FALLOC_FL_KEEP_SIZE)
		for (size_t i = offset; i < offset + length && i < inode->size; i++)
			inode->bytes[i] = 0;
}

static void do_map(void)
{
	size_t offset, length;
	struct handle *handle = any_writable();
	if (!handle || !handle->inode->size)
		return;
	struct inode *inode = handle->inode;
	bool writes = dice(2);
	any_range(NULL, &offset, &length);
	offset %= inode->size;
	length = offset + length > inode->size ? inode->size - offset : length;
	note("map %td: %s %zu bytes at %zu", handle - handles, writes ? "write" : "read", length, offset);
	unsigned char *map = mmap(NULL, inode->size, PROT_READ | PROT_WRITE, MAP_SHARED, handle->fd, 0);
	must(map != MAP_FAILED, "mmap");
	if (writes) {
		fill(length);
		memcpy(map + offset, buffer, length);
		put_bytes(inode, offset, buffer, length);
		must(dice(2) || msync(map, inode->size, MS_SYNC) == 0, "msync");
	} else {
		memcpy(buffer, map + offset, length);
		check_bytes(inode, offset, (ssize_t)length, length);
	}
	munmap(map, inode->size);
}

static void do_copy(void)
{
	size_t offset, length, to_offset, unused_length;
	struct handle *from = any_open(), *to = any_writable();
	if (!to || to->appends || from->inode == to->inode || from->direct || to->direct)
		return;
	any_range(NULL, &offset, &length);
	any_range(NULL, &to_offset, &unused_length);
	size_t left = offset < from->inode->size ? from->inode->size - offset : 0;
	length = length < left ? length : left;
	length = to_offset + length > SIZE_MAX_BYTES ? SIZE_MAX_BYTES - to_offset : length;
	off_t in = (off_t)offset, out = (off_t)to_offset;
	note("copy %td to %td: %zu bytes from %zu to %zu", from - handles, to - handles, length, offset, to_offset);
	for (size_t copied = 0; copied < length;) {
		ssize_t part = copy_file_range(from->fd, &in, to->fd, &out, length - copied, 0);
		must(part > 0, "copy_file_range");
		copied += (size_t)part;
	}
	if (length)
		put_bytes(to->inode, to_offset, from->inode->bytes + offset, length);
}

/* ---- attributes ---- */

static void do_look(void)
{
	struct stat st;
	struct handle *handle = any_open();
	size_t name = dice(NAMES);
	note("look at %td and %s", handle - handles, name_of(name));
	must(fstat(handle->fd, &st) == 0, "fstat");
	if ((size_t)st.st_size != handle->inode->size || st.st_nlink != handle->inode->links)
		differs("fstat: size %lld, links %lu, wanted %zu, %u", (long long)st.st_size, (unsigned long)st.st_nlink,
			handle->inode->size, handle->inode->links);
	int rc = stat(name_of(name), &st);
	if ((rc == 0) != (names[name] != NULL) || (rc < 0 && errno != ENOENT))
		differs("stat %s: %s", name_of(name), rc < 0 ? strerror(errno) : "is there");
	if (rc == 0 && ((size_t)st.st_size != names[name]->size || st.st_nlink != names[name]->links))
		differs("stat %s: size %lld, links %lu, wanted %zu, %u", name_of(name), (long long)st.st_size, (unsigned long)st.st_nlink,
			names[name]->size, names[name]->links);
}

/* Where a hole is told, there are zeroes. */
static void do_seek(void)
{
	struct handle *handle = any_open();
	size_t from = any_place() % SIZE_MAX_BYTES;
	note("seek %td: data from %zu", handle - handles, from);
	off_t data = lseek(handle->fd, (off_t)from, SEEK_DATA);
	must(data >= (off_t)from || (data < 0 && errno == ENXIO), "lseek");
	size_t end = data < 0 ? handle->inode->size : (size_t)data;
	for (size_t i = from; i < end; i++)
		if (handle->inode->bytes[i])
			differs("a hole is told from %zu to %zu, and byte %zu is %02x", from, end, i, handle->inode->bytes[i]);
}

static void do_sync(void)
{
	struct handle *handle = any_open();
	note("fsync %td", handle - handles);
	must((dice(2) ? fsync(handle->fd) : fdatasync(handle->fd)) == 0, "fsync");
}

/* ---- names ---- */

static void close_handle(struct handle *handle)
{
	if (handle->fd < 0)
		return;
	must(close(handle->fd) == 0, "close");
	handle->inode->opens--;
	handle->fd = -1;
}

static void do_open(void)
{
	struct handle *handle = &handles[dice(HANDLES)];
	size_t name = dice(NAMES);
	bool empties = dice(12) == 0;
	close_handle(handle);
	struct inode *inode = names[name] ? names[name] : unused();
	*handle = (struct handle){.fd = -1, .inode = inode, .writes = dice(4) || empties || !names[name], .direct = dice(5) == 0,
				  .appends = dice(6) == 0};
	int flags = (handle->writes ? O_RDWR : O_RDONLY) | (handle->direct ? O_DIRECT : 0) | (handle->appends ? O_APPEND : 0) |
		    (empties ? O_TRUNC : 0) | (names[name] ? 0 : O_CREAT | O_EXCL);
	note("open %s as %td: flags %o", name_of(name), handle - handles, (unsigned)flags);
	handle->fd = open(name_of(name), flags | O_CLOEXEC, 0644);
	must(handle->fd >= 0, "open");
	if (!names[name])
		(names[name] = inode)->links = 1;
	inode->opens++;
	if (empties)
		inode->size = 0;
}

static void do_tmpfile(void)
{
	struct handle *handle = &handles[dice(HANDLES)];
	close_handle(handle);
	*handle = (struct handle){.inode = unused(), .writes = true};
	note("open without a name as %td", handle - handles);
	handle->fd = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0644);
	must(handle->fd >= 0, "open O_TMPFILE");
	handle->inode->opens++;
}

/* A file that is open gets one more name; one that never had any, its first. One that has lost its last cannot get one. */
static void do_link(void)
{
	size_t from = dice(NAMES), to = dice(NAMES);
	if (!names[from])
		return;
	note("link %s to %s", name_of(from), name_of(to));
	int rc = link(name_of(from), name_of(to));
	if (names[to]) {
		must(rc < 0 && errno == EEXIST, "link over a file");
		return;
	}
	must(rc == 0, "link");
	(names[to] = names[from])->links++;
}

static void do_unlink(void)
{
	size_t name = dice(NAMES);
	note("unlink %s", name_of(name));
	int rc = unlink(name_of(name));
	must(names[name] ? rc == 0 : rc < 0 && errno == ENOENT, "unlink");
	if (names[name])
		names[name]->links--;
	names[name] = NULL;
}

static void do_rename(void)
{
	size_t from = dice(NAMES), to = dice(NAMES);
	note("rename %s to %s", name_of(from), name_of(to));
	int rc = rename(name_of(from), name_of(to));
	if (!names[from]) {
		must(rc < 0 && errno == ENOENT, "rename of nothing");
		return;
	}
	must(rc == 0, "rename");
	if (names[from] == names[to])
		return;
	if (names[to])
		names[to]->links--;
	names[to] = names[from];
	names[from] = NULL;
}

/* ---- all of it ---- */

static void check_all(void)
{
	note("read all");
	for (size_t i = 0; i < NAMES; i++) {
		int fd = names[i] ? open(name_of(i), O_RDONLY | O_CLOEXEC) : -1;
		if (!names[i])
			continue;
		must(fd >= 0, "open");
		check_bytes(names[i], 0, pread(fd, buffer, SIZE_MAX_BYTES, 0), SIZE_MAX_BYTES);
		close(fd);
	}
	for (size_t i = 0; i < HANDLES; i++)
		if (handles[i].fd >= 0)
			check_bytes(handles[i].inode, 0, pread(handles[i].fd, buffer, SIZE_MAX_BYTES, 0), SIZE_MAX_BYTES);
}

static const struct {
	void (*run)(void);
	unsigned weight;
} operations[] = {{do_read, 20}, {do_write, 20}, {do_truncate, 6}, {do_fallocate, 6}, {do_map, 8}, {do_copy, 5}, {do_look, 6}, {do_seek, 3},
		  {do_sync, 2}, {do_open, 6}, {do_tmpfile, 1}, {do_link, 3}, {do_unlink, 2}, {do_rename, 3}, {check_all, 1}};

static void run_one(void)
{
	unsigned all = 0, drawn;
	for (size_t i = 0; i < COUNT_OF(operations); i++)
		all += operations[i].weight;
	drawn = (unsigned)dice(all);
	size_t which = 0;
	while (drawn >= operations[which].weight)
		drawn -= operations[which++].weight;
	note("(nothing to do)");
	while (!one_that(false))
		do_open();
	operations[which].run();
}

static double seconds_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	char *unit = NULL;
	if (argc != 4 || chdir(argv[1]) != 0 || posix_memalign((void **)&buffer, PAGE, SIZE_MAX_BYTES) != 0) {
		fputs("usage: fsx_model DIR SEED COUNT|SECONDSs\n", stderr);
		return 2;
	}
	seed = state = strtoull(argv[2], NULL, 0);
	uint64_t most = strtoull(argv[3], &unit, 0);
	double until = *unit == 's' ? seconds_now() + (double)most : 0;
	for (size_t i = 0; i < HANDLES; i++)
		handles[i].fd = -1;
	for (; until > 0 ? seconds_now() < until : done < most; done++)
		run_one();
	check_all();
	printf("seed %llu: %llu operations\n", (unsigned long long)seed, (unsigned long long)done);
	return 0;
}
