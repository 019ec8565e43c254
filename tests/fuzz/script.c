/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Bytes become choices: an operation, its numbers, its names, and now and then a lie about its length. */
#include "script.h"

#include <fcntl.h>
#include <linux/fuse.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define REQUEST_MAX 9000

struct script script_of(const uint8_t *bytes, size_t size)
{
	return (struct script){.at = bytes, .end = bytes + size, .unique = 2, .nodes = {1, 2, 3}, .nodes_count = 3};
}

/* ---- choices ---- */

static uint8_t byte(struct script *s)
{
	return s->at < s->end ? *s->at++ : 0;
}

static uint64_t raw(struct script *s)
{
	uint64_t value = 0;
	for (int i = 0; i < 8; i++)
		value = value << 8 | byte(s);
	return value;
}

static uint64_t number(struct script *s)
{
	static const uint64_t edges[] = {
		0, 1, 2, 512, 4095, 4096, 4097, 65536, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, INT32_MAX, UINT32_MAX,
		(uint64_t)UINT32_MAX + 1, INT64_MAX - 4096, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX - 4096, UINT64_MAX};
	uint8_t choice = byte(s);
	if (choice < 160)
		return choice;
	return choice < 250 ? edges[choice % COUNT_OF(edges)] : raw(s);
}

static uint64_t known(struct script *s, const uint64_t *numbers, unsigned count)
{
	uint8_t choice = byte(s);
	if (choice < 230 && count)
		return numbers[choice % count];
	return number(s);
}

/* ---- writing ---- */

struct draft {
	unsigned char bytes[REQUEST_MAX];
	size_t size;
};

static void put(struct draft *d, const void *bytes, size_t size)
{
	if (size > sizeof d->bytes - d->size)
		size = sizeof d->bytes - d->size;
	memcpy(d->bytes + d->size, bytes, size);
	d->size += size;
}

static void put_name(struct script *s, struct draft *d)
{
	static const char *const names[] = {"a", "b", "c", "d", "e", "f", "h", "i", "m", "s", "t", "in", "out", "new", "d2",
					    "link", "user.x", "system.posix_acl_access", ".", "..", "", "a/b", "/", "../x", "\xff\x01"};
	static const char long_one[4200] = {0};
	uint8_t choice = byte(s);
	char longest[sizeof long_one];
	if (choice < 240) {
		const char *name = names[choice % COUNT_OF(names)];
		put(d, name, strlen(name) + 1);
		return;
	}
	size_t length = choice == 240 ? 255 : choice == 241 ? 256 : choice == 242 ? 4199 : byte(s);
	memset(longest, 'n', sizeof longest);
	for (size_t i = 0; choice > 242 && i < length; i++)
		longest[i] = (char)byte(s);
	longest[length] = '\0';
	put(d, longest, length + (choice != 255)); /* 255: it does not end */
}

static void put_bytes(struct draft *d, uint64_t size)
{
	static const char bytes[4096] = "some bytes";
	put(d, bytes, size < sizeof bytes ? size : sizeof bytes);
}

/* ---- operations ---- */

static void draft_number_pairs(struct script *s, struct draft *d, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		uint32_t value = (uint32_t)number(s);
		put(d, &value, sizeof value);
	}
}

static void draft_mknod(struct script *s, struct draft *d)
{
	static const uint32_t modes[] = {0100644, 0010644, 0140644, 0020644, 0060644, 0040755, 0120777, 0644};
	struct fuse_mknod_in in = {.mode = modes[byte(s) % COUNT_OF(modes)], .rdev = (uint32_t)number(s)};
	put(d, &in, sizeof in);
	put_name(s, d);
}

static void draft_init(struct script *s, struct draft *d)
{
	struct fuse_init_in in = {.major = 7, .minor = 38, .max_readahead = 1 << 17, .flags = 0x73fffffb, .flags2 = 0xff};
	uint8_t choice = byte(s);
	if (choice & 1)
		in.flags = (uint32_t)number(s);
	if (choice > 250)
		in.minor = byte(s), in.major = byte(s);
	put(d, &in, sizeof in);
}

static void draft_read(struct script *s, struct draft *d, struct script_request *request)
{
	struct fuse_read_in in = {.fh = known(s, s->handles, s->handles_count), .offset = number(s), .size = (uint32_t)number(s)};
	in.read_flags = byte(s) & 1 ? FUSE_READ_LOCKOWNER : 0;
	in.lock_owner = byte(s);
	request->limit = in.size ? in.size : SIZE_MAX;
	put(d, &in, sizeof in);
}

static void draft_write(struct script *s, struct draft *d)
{
	struct fuse_write_in in = {.fh = known(s, s->handles, s->handles_count), .offset = number(s), .size = (uint32_t)number(s)};
	in.write_flags = byte(s);
	put(d, &in, sizeof in);
	put_bytes(d, in.size);
}

static void draft_handle(struct script *s, struct draft *d, size_t size)
{
	unsigned char bytes[sizeof(struct fuse_lk_in)] = {0};
	uint64_t fh = known(s, s->handles, s->handles_count);
	for (size_t i = 0; i < 8; i++)
		bytes[8 + i] = byte(s);
	memcpy(bytes, &fh, sizeof fh);
	put(d, bytes, size);
}

static void draft_setattr(struct script *s, struct draft *d)
{
	struct fuse_setattr_in in = {.valid = (uint32_t)number(s), .fh = known(s, s->handles, s->handles_count), .size = number(s)};
	in.mode = (uint32_t)number(s);
	in.uid = (uint32_t)number(s);
	in.gid = (uint32_t)number(s);
	in.atime = number(s);
	in.atimensec = (uint32_t)number(s);
	put(d, &in, sizeof in);
}

static void draft_create(struct script *s, struct draft *d)
{
	struct fuse_create_in in = {.flags = O_RDWR | O_CREAT, .mode = 0100644};
	if (byte(s) & 1)
		in.flags = (uint32_t)number(s), in.mode = (uint32_t)number(s);
	put(d, &in, sizeof in);
	put_name(s, d);
}

static void draft_open(struct script *s, struct draft *d)
{
	static const uint32_t flags[] = {O_RDONLY, O_WRONLY, O_RDWR, O_RDWR | O_TRUNC, O_RDONLY | O_DIRECTORY, O_TMPFILE | O_RDWR};
	struct fuse_open_in in = {0};
	uint8_t choice = byte(s);
	in.flags = choice < 200 ? flags[choice % COUNT_OF(flags)] : (uint32_t)number(s);
	put(d, &in, sizeof in);
}

static void draft_rename(struct script *s, struct draft *d, bool flagged)
{
	struct fuse_rename2_in in = {.newdir = known(s, s->nodes, s->nodes_count)};
	in.flags = flagged ? byte(s) & 7 : 0;
	put(d, &in, flagged ? sizeof in : sizeof(struct fuse_rename_in));
	put_name(s, d);
	put_name(s, d);
}

static void draft_link(struct script *s, struct draft *d)
{
	struct fuse_link_in in = {.oldnodeid = known(s, s->nodes, s->nodes_count)};
	put(d, &in, sizeof in);
	put_name(s, d);
}

static void draft_setxattr(struct script *s, struct draft *d)
{
	uint32_t size = (uint32_t)number(s), flags = byte(s) & 3;
	put(d, &size, sizeof size);
	put(d, &flags, sizeof flags);
	put_name(s, d);
	put_bytes(d, size);
}

static void draft_getxattr(struct script *s, struct draft *d, struct script_request *request)
{
	struct fuse_getxattr_in in = {.size = (uint32_t)number(s)};
	request->limit = in.size ? in.size : sizeof(struct fuse_getxattr_out);
	put(d, &in, sizeof in);
}

static void draft_fallocate(struct script *s, struct draft *d)
{
	struct fuse_fallocate_in in = {.fh = known(s, s->handles, s->handles_count), .offset = number(s), .length = number(s)};
	in.mode = byte(s);
	put(d, &in, sizeof in);
}

static void draft_lseek(struct script *s, struct draft *d)
{
	struct fuse_lseek_in in = {.fh = known(s, s->handles, s->handles_count), .offset = number(s), .whence = byte(s) % 8};
	put(d, &in, sizeof in);
}

static void draft_copy(struct script *s, struct draft *d)
{
	struct fuse_copy_file_range_in in = {.fh_in = known(s, s->handles, s->handles_count), .off_in = number(s)};
	in.nodeid_out = known(s, s->nodes, s->nodes_count);
	in.fh_out = known(s, s->handles, s->handles_count);
	in.len = number(s);
	put(d, &in, sizeof in);
}

static void draft_forget(struct script *s, struct draft *d, bool several)
{
	struct fuse_batch_forget_in in = {.count = (uint32_t)number(s) % 300};
	struct fuse_forget_one one = {.nodeid = known(s, s->nodes, s->nodes_count), .nlookup = number(s)};
	if (!several) {
		put(d, &one.nlookup, sizeof one.nlookup);
		return;
	}
	put(d, &in, sizeof in);
	for (uint32_t i = 0; i < in.count && i < 20; i++) {
		put(d, &one, sizeof one);
		one.nodeid = known(s, s->nodes, s->nodes_count);
	}
}

static void draft_interrupt(struct script *s, struct draft *d)
{
	uint64_t unique = s->unique - 2 * (byte(s) % 16);
	put(d, &unique, sizeof unique);
}

static void draft_arguments(struct script *s, struct draft *d, struct script_request *request)
{
	switch (request->opcode) {
	case FUSE_INIT: draft_init(s, d); break;
	case FUSE_READ: case FUSE_READDIR: case FUSE_READDIRPLUS: draft_read(s, d, request); break;
	case FUSE_WRITE: draft_write(s, d); break;
	case FUSE_LOOKUP: case FUSE_UNLINK: case FUSE_RMDIR: case FUSE_REMOVEXATTR: put_name(s, d); break;
	case FUSE_SYMLINK: put_name(s, d), put_name(s, d); break;
	case FUSE_MKNOD: draft_mknod(s, d); break;
	case FUSE_MKDIR: draft_number_pairs(s, d, 2), put_name(s, d); break;
	case FUSE_GETATTR: draft_handle(s, d, sizeof(struct fuse_getattr_in)); break;
	case FUSE_RELEASE: case FUSE_RELEASEDIR: draft_handle(s, d, sizeof(struct fuse_release_in)); break;
	case FUSE_FLUSH: draft_handle(s, d, sizeof(struct fuse_flush_in)); break;
	case FUSE_FSYNC: case FUSE_FSYNCDIR: draft_handle(s, d, sizeof(struct fuse_fsync_in)); break;
	case FUSE_GETLK: case FUSE_SETLK: case FUSE_SETLKW: draft_handle(s, d, sizeof(struct fuse_lk_in)); break;
	case FUSE_SETATTR: draft_setattr(s, d); break;
	case FUSE_CREATE: draft_create(s, d); break;
	case FUSE_OPEN: case FUSE_OPENDIR: draft_open(s, d); break;
	case FUSE_RENAME: draft_rename(s, d, false); break;
	case FUSE_RENAME2: draft_rename(s, d, true); break;
	case FUSE_LINK: draft_link(s, d); break;
	case FUSE_SETXATTR: draft_setxattr(s, d); break;
	case FUSE_GETXATTR: draft_getxattr(s, d, request), put_name(s, d); break;
	case FUSE_LISTXATTR: draft_getxattr(s, d, request); break;
	case FUSE_FALLOCATE: draft_fallocate(s, d); break;
	case FUSE_LSEEK: draft_lseek(s, d); break;
	case FUSE_COPY_FILE_RANGE: draft_copy(s, d); break;
	case FUSE_FORGET: draft_forget(s, d, false); break;
	case FUSE_BATCH_FORGET: draft_forget(s, d, true); break;
	case FUSE_INTERRUPT: draft_interrupt(s, d); break;
	case FUSE_ACCESS: case FUSE_POLL: case FUSE_IOCTL: case FUSE_BMAP: draft_number_pairs(s, d, byte(s) % 12); break;
	default: put_bytes(d, byte(s)); break;
	}
}

/* Often those that open the way to others. */
static const uint8_t operations[] = {
	FUSE_LOOKUP, FUSE_LOOKUP, FUSE_LOOKUP, FUSE_OPEN, FUSE_OPEN, FUSE_READ, FUSE_READ, FUSE_CREATE, FUSE_CREATE, FUSE_WRITE,
	FUSE_WRITE, FUSE_OPENDIR, FUSE_READDIR, FUSE_READDIRPLUS, FUSE_RELEASE, FUSE_RELEASEDIR, FUSE_FORGET, FUSE_BATCH_FORGET,
	FUSE_GETATTR, FUSE_SETATTR, FUSE_READLINK, FUSE_SYMLINK, FUSE_MKNOD, FUSE_MKDIR, FUSE_UNLINK, FUSE_RMDIR, FUSE_RENAME,
	FUSE_RENAME2, FUSE_LINK, FUSE_STATFS, FUSE_FSYNC, FUSE_SETXATTR, FUSE_GETXATTR, FUSE_LISTXATTR, FUSE_REMOVEXATTR, FUSE_FLUSH,
	FUSE_FSYNCDIR, FUSE_GETLK, FUSE_SETLK, FUSE_SETLKW, FUSE_ACCESS, FUSE_INTERRUPT, FUSE_BMAP, FUSE_IOCTL, FUSE_POLL,
	FUSE_FALLOCATE, FUSE_LSEEK, FUSE_COPY_FILE_RANGE, FUSE_NOTIFY_REPLY, FUSE_INIT, FUSE_DESTROY,
};

static uint32_t choose_operation(struct script *s, struct script_request *request)
{
	uint8_t choice = byte(s);
	if (s->step == 0 && choice < 250)
		return FUSE_INIT; /* without it nothing else is served */
	if (choice < 200)
		return operations[choice % COUNT_OF(operations)];
	if (choice < 245)
		request->act = choice < 230 ? SCRIPT_RESUME : choice < 238 ? SCRIPT_ARM : SCRIPT_DISARM;
	return choice < 250 ? byte(s) : (uint32_t)raw(s);
}

static void lie(struct script *s, struct draft *d, struct fuse_in_header *in)
{
	uint8_t choice = byte(s);
	in->len = (uint32_t)d->size;
	if (choice < 225)
		return;
	uint8_t length = byte(s);
	if (choice < 235 && d->size > length)
		d->size -= length;
	else if (choice < 245)
		put_bytes(d, length);
	if (choice & 1)
		in->len = (uint32_t)d->size;
	if (choice > 252)
		in->len = (uint32_t)number(s);
}

bool script_next(struct script *s, struct script_request *request)
{
	struct draft d = {0};
	*request = (struct script_request){.act = SCRIPT_REQUEST};
	if (s->at >= s->end || s->step >= SCRIPT_STEPS_MAX)
		return false;
	struct fuse_in_header in = {.opcode = request->opcode = choose_operation(s, request)};
	s->step++;
	uint8_t choice = byte(s);
	request->repeated = choice > 250;
	request->unique = in.unique = request->repeated ? number(s) : (s->unique += 2);
	in.nodeid = known(s, s->nodes, s->nodes_count);
	in.pid = choice & 1 ? 1 : (uint32_t)choice;
	put(&d, &in, sizeof in);
	draft_arguments(s, &d, request);
	lie(s, &d, &in);
	memcpy(d.bytes, &in, d.size < sizeof in ? d.size : sizeof in);
	request->size = d.size;
	request->bytes = malloc(d.size ? d.size : 1);
	if (!request->bytes)
		abort();
	memcpy(request->bytes, d.bytes, d.size);
	return true;
}

void script_done(struct script_request *request)
{
	free(request->bytes);
	request->bytes = NULL;
}

/* ---- answers ---- */

static void remember(uint64_t *numbers, unsigned *count, uint64_t number)
{
	if (*count < SCRIPT_KNOWN_MAX)
		numbers[(*count)++] = number;
	else
		memmove(numbers + 1, numbers, (SCRIPT_KNOWN_MAX - 1) * sizeof *numbers), numbers[0] = number;
}

void script_learn(struct script *s, const struct script_request *asked, int error, const void *bytes, size_t size)
{
	bool names = asked->opcode == FUSE_LOOKUP || asked->opcode == FUSE_CREATE || asked->opcode == FUSE_MKNOD ||
		     asked->opcode == FUSE_MKDIR || asked->opcode == FUSE_SYMLINK || asked->opcode == FUSE_LINK;
	bool opens = asked->opcode == FUSE_OPEN || asked->opcode == FUSE_OPENDIR || asked->opcode == FUSE_CREATE;
	struct fuse_entry_out entry;
	struct fuse_open_out open;
	if (error || asked->act != SCRIPT_REQUEST)
		return;
	if (names && size >= sizeof entry) {
		memcpy(&entry, bytes, sizeof entry);
		remember(s->nodes, &s->nodes_count, entry.nodeid);
		bytes = (const char *)bytes + sizeof entry;
		size -= sizeof entry;
	}
	if (opens && size >= sizeof open) {
		memcpy(&open, bytes, sizeof open);
		remember(s->handles, &s->handles_count, open.fh);
	}
}
