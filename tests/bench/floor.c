/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The least that a FUSE filesystem over a directory can cost on this machine: a server that knows what is in the directory, and asks
 * it for what others may have changed since: an fstatat(2) for each entry, an openat(2) for each file opened, a pread(2) for each read.
 * It does nothing else, and hands the answers out by the kernel's own protocol (include/uapi/linux/fuse.h), from one thread. What it
 * takes, every such server takes. With -m it asks for nothing: what it takes then, every FUSE server takes, whatever it serves.
 *
 *   floor [-d] [-m] SOURCE MOUNTPOINT
 *
 * SOURCE holds big.dat and files/NNNNN, as for fsratio. Names and attributes are remembered by the kernel for ever; big.dat is passed
 * through to the file below, with -d it is read by requests (direct I/O). Prints "ready"; ends when it is unmounted. */
#include "fusefs/kernel.h"
#include "fusefs/near.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define TRANSFER (1u << 20)
#define FIRST_FILE 4 /* the node of files/00000 */
enum { ROOT = FUSE_ROOT_ID, BIG, FILES };

static int device, backing_id, files_directory;
static bool direct, from_memory;
static char *big, (*contents)[4096];
static uint64_t files_count;
static struct stat root_stat, big_stat, files_stat, *file_stats;
static char *listing, *listing_plus;
static char request[TRANSFER + 4096], answer[TRANSFER];

_Noreturn static void fail(const char *what)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- what is served ---- */

static void *map(const char *path, struct stat *st, int *out_fd)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, st) < 0)
		fail(path);
	void *bytes = mmap(NULL, (size_t)st->st_size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (bytes == MAP_FAILED)
		fail(path);
	*out_fd = fd;
	return bytes;
}

static int load(void)
{
	int fd;
	files_directory = open("files", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (files_directory < 0 || stat(".", &root_stat) < 0 || fstat(files_directory, &files_stat) < 0)
		fail("files");
	big = map("big.dat", &big_stat, &fd);
	for (char path[32];; files_count++) {
		struct stat st;
		snprintf(path, sizeof path, "files/%05d", (int)files_count);
		if (stat(path, &st) < 0)
			break;
		file_stats = realloc(file_stats, (files_count + 1) * sizeof *file_stats);
		contents = realloc(contents, (files_count + 1) * sizeof *contents);
		int file = open(path, O_RDONLY);
		if (!file_stats || !contents || read(file, contents[files_count], sizeof *contents) != sizeof *contents)
			fail(path);
		close(file);
		file_stats[files_count] = st;
	}
	return fd;
}

/* Returns the directory, and its name there. */
static int place_of(uint64_t node, char name[16])
{
	if (node >= FIRST_FILE)
		snprintf(name, 16, "%05d", (int)(node - FIRST_FILE));
	else
		strcpy(name, node == ROOT ? "." : node == BIG ? "big.dat" : "files");
	return node < FIRST_FILE ? AT_FDCWD : files_directory;
}

static struct stat *known_of(uint64_t node)
{
	return node == ROOT ? &root_stat : node == BIG ? &big_stat : node == FILES ? &files_stat : &file_stats[node - FIRST_FILE];
}

static struct fuse_attr attributes_of(uint64_t node)
{
	char name[16];
	struct stat *st = known_of(node);
	if (!from_memory && fstatat(place_of(node, name), name, st, AT_SYMLINK_NOFOLLOW) < 0)
		fail("fstatat");
	return (struct fuse_attr){
		.ino = node,
		.size = (uint64_t)st->st_size,
		.blocks = (uint64_t)st->st_blocks,
		.mtime = (uint64_t)st->st_mtim.tv_sec,
		.ctime = (uint64_t)st->st_ctim.tv_sec,
		.mode = st->st_mode,
		.nlink = (uint32_t)st->st_nlink,
		.blksize = 4096,
	};
}

static struct fuse_entry_out entry_of(uint64_t node)
{
	struct fuse_entry_out entry = {.nodeid = node, .entry_valid = UINT32_MAX, .attr_valid = UINT32_MAX};
	if (node)
		entry.attr = attributes_of(node);
	return entry;
}

/* The node of a name, 0 where there is none. */
static uint64_t find(uint64_t parent, const char *name)
{
	char *end;
	if (parent == ROOT)
		return !strcmp(name, "big.dat") ? BIG : !strcmp(name, "files") ? FILES : 0;
	uint64_t number = strtoul(name, &end, 10);
	return end == name + 5 && !*end && number < files_count ? FIRST_FILE + number : 0;
}

#define ENTRY_BYTES FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + 5)
#define ENTRY_PLUS_BYTES FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET_DIRENTPLUS + 5)

static void make_listings(void)
{
	listing = calloc(files_count, ENTRY_BYTES);
	listing_plus = calloc(files_count, ENTRY_PLUS_BYTES);
	if (!listing || !listing_plus)
		fail("listing");
	for (uint64_t i = 0; i < files_count; i++) {
		struct fuse_dirent *plain = (void *)(listing + i * ENTRY_BYTES);
		struct fuse_direntplus *plus = (void *)(listing_plus + i * ENTRY_PLUS_BYTES);
		*plain = (struct fuse_dirent){.ino = FIRST_FILE + i, .off = i + 1, .namelen = 5, .type = DT_REG};
		char name[16];
		memcpy(plain->name, name, (size_t)snprintf(name, sizeof name, "%05d", (int)i));
		plus->entry_out = entry_of(FIRST_FILE + i);
		memcpy(&plus->dirent, plain, FUSE_NAME_OFFSET + 5);
	}
}

/* ---- answers ---- */

static void reply(uint64_t unique, int error, const void *bytes, size_t length)
{
	struct fuse_out_header out = {.len = (uint32_t)(sizeof out + length), .error = -error, .unique = unique};
	struct iovec parts[] = {{&out, sizeof out}, {(void *)(uintptr_t)bytes, length}};
	(void)!writev(device, parts, length ? 2 : 1);
}

static void reply_init(uint64_t unique, const struct fuse_init_in *in)
{
	uint64_t flags = FUSE_ASYNC_READ | FUSE_BIG_WRITES | FUSE_MAX_PAGES | FUSE_PARALLEL_DIROPS | FUSE_DO_READDIRPLUS |
			 FUSE_READDIRPLUS_AUTO | FUSE_INIT_EXT | FUSE_PASSTHROUGH;
	uint64_t offered = in->flags | (uint64_t)in->flags2 << 32;
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = in->max_readahead,
		.flags = (uint32_t)(flags & offered),
		.flags2 = (uint32_t)((flags & offered) >> 32),
		.max_write = TRANSFER,
		.max_pages = TRANSFER / 4096,
		.time_gran = 1,
		.unused[0] = 1, /* named max_stack_depth since 6.9 */
	};
	reply(unique, 0, &out, sizeof out);
}

static void reply_open(uint64_t unique, uint64_t node)
{
	char name[16];
	struct fuse_open_out out = {.open_flags = FOPEN_KEEP_CACHE | FOPEN_NOFLUSH};
	int file = from_memory || node == ROOT || node == FILES ? 0 : openat(place_of(node, name), name, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		fail("openat");
	out.fh = (uint64_t)file;
	if (node == FILES)
		out.open_flags |= FOPEN_CACHE_DIR;
	if (node == BIG && direct)
		out.open_flags = FOPEN_DIRECT_IO | FOPEN_NOFLUSH;
	if (node == BIG && !direct && backing_id > 0) {
		out.open_flags = FOPEN_PASSTHROUGH | FOPEN_NOFLUSH;
		out.padding = (uint32_t)backing_id; /* named backing_id since 6.9 */
	}
	reply(unique, 0, &out, sizeof out);
}

static void reply_read(uint64_t unique, uint64_t node, const struct fuse_read_in *in)
{
	if (!from_memory) {
		ssize_t got = pread((int)in->fh, answer, in->size, (off_t)in->offset);
		reply(unique, got < 0 ? errno : 0, answer, got < 0 ? 0 : (size_t)got);
		return;
	}
	uint64_t size = (uint64_t)known_of(node)->st_size, at = in->offset < size ? in->offset : size;
	uint64_t length = in->size < size - at ? in->size : size - at;
	reply(unique, 0, (node == BIG ? big : contents[node - FIRST_FILE]) + at, length);
}

static void reply_listing(uint64_t unique, uint64_t node, const struct fuse_read_in *in, bool plus)
{
	size_t each = plus ? ENTRY_PLUS_BYTES : ENTRY_BYTES;
	uint64_t left = node == FILES && in->offset < files_count ? files_count - in->offset : 0;
	uint64_t count = in->size / each < left ? in->size / each : left;
	for (uint64_t i = in->offset; plus && i < in->offset + count; i++)
		((struct fuse_direntplus *)(void *)(listing_plus + i * each))->entry_out.attr = attributes_of(FIRST_FILE + i);
	reply(unique, 0, (plus ? listing_plus : listing) + in->offset * each, count * each);
}

static void close_file(const struct fuse_release_in *in)
{
	if (in->fh)
		close((int)in->fh);
}

static void serve(const struct fuse_in_header *in)
{
	const void *arguments = in + 1;
	struct fuse_entry_out entry;
	struct fuse_attr_out attr = {.attr_valid = UINT32_MAX};
	switch (in->opcode) {
	case FUSE_INIT:
		reply_init(in->unique, arguments);
		break;
	case FUSE_LOOKUP:
		entry = entry_of(find(in->nodeid, arguments));
		reply(in->unique, 0, &entry, sizeof entry);
		break;
	case FUSE_GETATTR:
		attr.attr = attributes_of(in->nodeid);
		reply(in->unique, 0, &attr, sizeof attr);
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		reply_open(in->unique, in->nodeid);
		break;
	case FUSE_READ:
		reply_read(in->unique, in->nodeid, arguments);
		break;
	case FUSE_READDIR:
	case FUSE_READDIRPLUS:
		reply_listing(in->unique, in->nodeid, arguments, in->opcode == FUSE_READDIRPLUS);
		break;
	case FUSE_RELEASE:
		close_file(arguments);
		reply(in->unique, 0, NULL, 0);
		break;
	case FUSE_RELEASEDIR:
		reply(in->unique, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	default:
		reply(in->unique, ENOSYS, NULL, 0);
	}
}

static void mount_at(const char *path)
{
	char options[128];
	device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (device < 0)
		fail("/dev/fuse");
	snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0", device);
	if (mount("floor", path, "fuse.floor", MS_NOSUID | MS_NODEV | MS_RDONLY, options) < 0)
		fail(path);
}

int main(int argc, char **argv)
{
	for (int option; (option = getopt(argc, argv, "dm")) != -1;) {
		direct |= option == 'd';
		from_memory |= option == 'm';
	}
	if (argc - optind != 2) {
		fputs("usage: floor [-d] [-m] SOURCE MOUNTPOINT\n", stderr);
		return 2;
	}
	char *mountpoint = realpath(argv[optind + 1], NULL);
	if (!mountpoint || chdir(argv[optind]) < 0)
		fail(argv[optind + 1]);
	struct fuse_backing_map backing = {.fd = load()};
	make_listings();
	mount_at(mountpoint);
	puts("ready");
	fflush(stdout);
	struct near *near = near_start(device);
	const struct fuse_in_header *in = (const void *)request;
	while (read(device, request, sizeof request) > 0) {
		if (in->opcode == FUSE_OPEN && !backing_id)
			backing_id = ioctl(device, FUSE_DEV_IOC_BACKING_OPEN, &backing);
		serve(in);
		size_t moved = in->opcode == FUSE_READ ? ((const struct fuse_read_in *)(in + 1))->size : 0;
		near_served(near, (pid_t)in->pid, moved);
	}
	near_stop(near);
	return 0;
}
