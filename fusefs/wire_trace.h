/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The trace file: every operation that the filesystem has answered, in a ring of fixed-size records. Part of wire.h, by which the
 * harness sees it; docs/formats.md tells it to others.
 *
 *   offset 0               struct wire_trace_header, one page
 *   header.names_offset    names: a ring of entries, header.names_size bytes
 *   header.records_offset  records: a ring of header.capacity records of 64 bytes
 *
 * Numbers are of the byte order and the layout of the machine that wrote it (header.endian tells). The server maps the file
 * (MAP_SHARED) and writes to memory, so that what it wrote stays in the file when it is killed. Nobody locks: who reads while it is
 * written finds out by `check` what was being written just then, and by `sequence` what was overwritten meanwhile.
 *
 * A record of the operation `comm` (header.ops) is none that was answered: it says by which name its thread goes from here on, until
 * another one says otherwise. `path` is that name.
 *
 * Record n (from 0) stands at index n % capacity. Those from header.written - capacity on are there; the older are overwritten.
 *
 * A name is told by a number, 0 for none: n names the entry at byte 8n of all that was ever written to the ring, which is byte
 * 8n % names_size of it. Its own `id` and `check` tell whether it still stands there. Whenever a record is written, its names have
 * half of the ring before them: they stay readable until so many others have come. */
#pragma once

#include <stdint.h>
#include <string.h>

#define WIRE_TRACE_MAGIC "ordeal\nT" /* 8 bytes, without a NUL; a transfer that changes line ends shows */
#define WIRE_TRACE_VERSION 1
#define WIRE_TRACE_ENDIAN UINT32_C(0x01020304)
#define WIRE_TRACE_PAGE 4096
#define WIRE_TRACE_OPS_MAX 64
#define WIRE_TRACE_TEXT_MAX 4096 /* of both texts of a name; what is longer is cut at its end */

/* What a file may be: the whole of it, in bytes. */
#define WIRE_TRACE_SIZE_MIN (UINT64_C(256) << 10)
#define WIRE_TRACE_SIZE_MAX (UINT64_C(4) << 30)
#define WIRE_TRACE_SIZE_USUAL (UINT64_C(16) << 20)

struct wire_trace_header {
	char magic[8];
	uint32_t version;
	uint32_t endian;
	uint32_t record_size; /* 64 */
	uint32_t ops_count;
	uint64_t names_offset, names_size; /* bytes; the size is a power of two */
	uint64_t records_offset, capacity; /* bytes; records */
	int64_t started_unix_ns;	   /* the moment that times count from, since 1970 */
	uint32_t server_pid;
	uint32_t flags; /* enum wire_trace_mount */
	char ops[WIRE_TRACE_OPS_MAX][16]; /* names of operations, by their number */

	/* What changes, each written in one piece. */
	uint64_t written __attribute__((aligned(64))); /* records, ever */
	uint64_t names_head;			       /* bytes of names, ever */
};

enum wire_trace_mount {
	WIRE_TRACE_UNCACHED = 1, /* the kernel answered nothing from its caches: all is in the trace */
};

#define WIRE_TRACE_COMM "comm"

enum wire_trace_flags {
	WIRE_TRACE_PARKED = 1,	   /* it had to wait: a delay, or a hang that ended */
	WIRE_TRACE_BUFFERED = 2,   /* for the page cache, and not as a program made it */
	WIRE_TRACE_SEVERAL = 4,	   /* further rules had a say */
	WIRE_TRACE_TWO_NAMES = 8,  /* `offset` is the number of a second name: where to (rename, link) */
	WIRE_TRACE_CUT = 16,	   /* cut short before the place of `rule`, which has not struck */
};

struct wire_trace_record {
	uint32_t sequence;   /* the low 32 bits of the record's number */
	uint32_t check;	     /* wire_trace_check() */
	uint64_t time_ns;    /* when it came, since started_unix_ns by a clock that does not jump */
	uint64_t latency_ns; /* until it was answered */
	uint64_t offset;     /* bytes; readdir: position in the listing */
	uint64_t length;     /* bytes asked for; truncate: the new size */
	uint32_t service_ns; /* of the latency, what the server itself took: without the wait of a parked one. UINT32_MAX: or more */
	int32_t result;	     /* bytes (read, write, readdir, readlink, xattrs; 0 of others), or a negative errno */
	uint32_t pid;	     /* the calling thread, as the server sees it */
	uint32_t path, rule; /* names; rule: the first that struck, or that it was cut for */
	uint8_t op;
	uint8_t flags;
	uint16_t unused;
};

/* A name: a volume and a path below it, or (with an empty volume) a rule's name. Padded with zeroes to 8 bytes. */
struct wire_trace_name {
	uint32_t id;
	uint32_t check;		       /* wire_trace_name_check() */
	uint16_t volume_length, path_length;
	uint32_t unused;
	/* the texts follow, without NULs */
};

_Static_assert(sizeof(struct wire_trace_header) <= WIRE_TRACE_PAGE, "the header fits its page");
_Static_assert(sizeof(struct wire_trace_record) == 64, "a record is a cache line");
_Static_assert(sizeof(struct wire_trace_name) == 16, "texts follow at once");

/* Bytes that a name takes in the ring. */
static inline uint64_t wire_trace_name_size(uint32_t volume_length, uint32_t path_length)
{
	return (sizeof(struct wire_trace_name) + volume_length + path_length + 7) & ~UINT64_C(7);
}

/* A sum over a record, `check` taken as 0: eight words, each mixed by itself, so that it costs next to nothing. */
static inline uint32_t wire_trace_check(const struct wire_trace_record *record)
{
	static const uint64_t odd[8] = {0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9, 0x94d049bb133111eb, 0xd6e8feb86659fd93,
					0xa0761d6478bd642f, 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3, 0x589965cc75374cc3};
	struct wire_trace_record copy = *record;
	uint64_t words[8], sum = 1;
	copy.check = 0;
	memcpy(words, &copy, sizeof words);
	for (int i = 0; i < 8; i++)
		sum += (words[i] ^ words[i] >> 32 ^ odd[7 - i]) * odd[i];
	return (uint32_t)(sum ^ sum >> 32);
}

/* FNV-1a (32 bits) over the number, both lengths and the texts. */
static inline uint32_t wire_trace_name_check(const struct wire_trace_name *name, const char *texts)
{
	const uint32_t head[3] = {name->id, name->volume_length, name->path_length};
	uint32_t sum = 2166136261u;
	for (int i = 0; i < 3; i++)
		sum = (sum ^ head[i]) * 16777619u;
	for (uint32_t i = 0; i < (uint32_t)name->volume_length + name->path_length; i++)
		sum = (sum ^ (unsigned char)texts[i]) * 16777619u;
	return sum;
}
