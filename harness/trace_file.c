/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads traces piece by piece. Nothing is mapped: a file that is cut short while it is read must be an error, and no SIGBUS. */
#include "harness/trace_file.h"

#include "base/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

/* The kernel takes no other errnos of a FUSE server (fuse_dev_do_write() in fs/fuse/dev.c). */
#define ERRNO_MAX 511

#define CHUNK 1024 /* records read at once */
#define KNOWN 4096 /* names kept at hand */

struct known_name {
	uint32_t id;
	bool lost;
	char *volume, *path; /* one allocation, at volume */
};

/* Names of callers, by number: of two that share a place the later is known. */
#define CALLERS 16384
struct caller {
	uint32_t pid;
	char comm[16];
};

struct trace_file {
	char *name;
	int fd;
	struct wire_trace_header header;
	uint64_t next, end; /* numbers of records */
	struct wire_trace_record chunk[CHUNK];
	uint64_t chunk_first;
	size_t chunk_count;
	struct known_name known[KNOWN];
	struct caller callers[CALLERS];
	struct trace_tally tally;
	int trouble; /* what a name could not be read for, a negative errno; it is told with the record that has it */
};

/* ---- opening ---- */

static int complain(const struct trace_file *file, struct err *err, const char *what)
{
	return err_set(err, EINVAL, "%s: %s", file->name, what);
}

static bool is_op_name(const char name[16])
{
	size_t length = strnlen(name, 16);
	return length > 0 && length < 16 && strspn(name, "abcdefghijklmnopqrstuvwxyz_") == length;
}

static const char *wrong_with_kind(const struct wire_trace_header *h)
{
	if (memcmp(h->magic, WIRE_TRACE_MAGIC, sizeof h->magic) != 0)
		return "is no trace (made by ordeal mount --trace)";
	if (h->endian != WIRE_TRACE_ENDIAN)
		return "is a trace from a machine of another byte order";
	if (h->version != WIRE_TRACE_VERSION || h->record_size != sizeof(struct wire_trace_record))
		return "is a trace of another version of ordeal";
	return NULL;
}

static const char *wrong_with_layout(const struct wire_trace_header *h, uint64_t size)
{
	if (h->names_size < WIRE_TRACE_PAGE || h->names_size > WIRE_TRACE_SIZE_MAX || h->names_size & (h->names_size - 1) ||
	    h->names_offset < WIRE_TRACE_PAGE || h->names_offset > WIRE_TRACE_SIZE_MAX)
		return "is a broken trace: its names cannot be where it says";
	if (h->records_offset < h->names_offset + h->names_size || h->records_offset > 2 * WIRE_TRACE_SIZE_MAX || !h->capacity ||
	    h->capacity > WIRE_TRACE_SIZE_MAX / sizeof(struct wire_trace_record))
		return "is a broken trace: its records cannot be where it says";
	if (h->records_offset + h->capacity * sizeof(struct wire_trace_record) > size)
		return "is a trace that was cut short";
	if (!h->ops_count || h->ops_count > WIRE_TRACE_OPS_MAX)
		return "is a broken trace: it cannot have so many kinds of operations";
	for (uint32_t op = 0; op < h->ops_count; op++)
		if (!is_op_name(h->ops[op]))
			return "is a broken trace: an operation has no name";
	return NULL;
}

static int read_header(struct trace_file *file, struct err *err)
{
	struct stat st;
	if (fstat(file->fd, &st) < 0)
		return err_set(err, errno, "%s: %s", file->name, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return complain(file, err, "is no regular file, so no trace");
	ssize_t got = pread(file->fd, &file->header, sizeof file->header, 0);
	if (got < 0)
		return err_set(err, errno, "%s: cannot be read: %s", file->name, strerror(errno));
	const char *wrong = wrong_with_kind(&file->header);
	if (!wrong)
		wrong = got < (ssize_t)sizeof file->header ? "is a trace that was cut short"
							   : wrong_with_layout(&file->header, (uint64_t)st.st_size);
	return wrong ? complain(file, err, wrong) : 0;
}

int trace_file_open(const char *path, struct trace_file **out, struct err *err)
{
	struct trace_file *file = calloc(1, sizeof *file);
	if (!file || !(file->name = strdup(path))) {
		free(file);
		return err_set(err, ENOMEM, "out of memory");
	}
	file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int rc = file->fd < 0 ? err_set(err, errno, "%s: %s", path, strerror(errno)) : read_header(file, err);
	if (rc) {
		trace_file_close(file);
		return rc;
	}
	const struct wire_trace_header *h = &file->header;
	file->end = h->written;
	file->next = h->written > h->capacity ? h->written - h->capacity : 0;
	file->tally = (struct trace_tally){.overwritten = file->next, .started_unix_ns = h->started_unix_ns,
					   .uncached = h->flags & WIRE_TRACE_UNCACHED};
	*out = file;
	return 0;
}

void trace_file_close(struct trace_file *file)
{
	if (!file)
		return;
	for (size_t i = 0; i < KNOWN; i++)
		free(file->known[i].volume);
	if (file->fd >= 0)
		close(file->fd);
	free(file->name);
	free(file);
}

struct trace_tally trace_file_tally(const struct trace_file *file)
{
	return file->tally;
}

/* ---- names ---- */

/* Read the entry of a name. 0, -ENOENT where another one stands there, or another negative errno. */
static int read_name(const struct trace_file *file, uint32_t id, struct known_name *out)
{
	const struct wire_trace_header *h = &file->header;
	char bytes[sizeof(struct wire_trace_name) + WIRE_TRACE_TEXT_MAX];
	uint64_t place = (uint64_t)id * 8 % h->names_size, left = h->names_size - place;
	struct wire_trace_name name;
	ssize_t got = pread(file->fd, bytes, left < sizeof bytes ? left : sizeof bytes, (off_t)(h->names_offset + place));
	if (got < (ssize_t)sizeof name)
		return got < 0 ? -errno : -ENOENT;
	memcpy(&name, bytes, sizeof name);
	const char *texts = bytes + sizeof name;
	uint32_t length = (uint32_t)name.volume_length + name.path_length;
	if (name.id != id || length > (size_t)got - sizeof name || name.check != wire_trace_name_check(&name, texts))
		return -ENOENT;
	out->volume = calloc(1, length + 2);
	if (!out->volume)
		return -ENOMEM;
	out->path = out->volume + name.volume_length + 1;
	memcpy(out->volume, texts, name.volume_length);
	memcpy(out->path, texts + name.volume_length, name.path_length);
	return 0;
}

/* Two names of one record must not drive each other out: each of its places has a part of the table of its own. */
static const struct known_name *name_at(struct trace_file *file, uint32_t id, unsigned place)
{
	struct known_name *known = &file->known[id % (KNOWN / 4) * 4 + place];
	if (known->id == id && known->volume)
		return known;
	free(known->volume);
	*known = (struct known_name){.id = id};
	int rc = id ? read_name(file, id, known) : -ENOENT;
	if (rc && rc != -ENOENT)
		file->trouble = rc;
	return rc ? NULL : known;
}

/* ---- records ---- */

/* Records from `next` on, as far as they stand in one piece. */
static int read_chunk(struct trace_file *file, struct err *err)
{
	const struct wire_trace_header *h = &file->header;
	uint64_t index = file->next % h->capacity, count = h->capacity - index;
	count = count < file->end - file->next ? count : file->end - file->next;
	count = count < CHUNK ? count : CHUNK;
	size_t size = (size_t)count * sizeof file->chunk[0];
	off_t place = (off_t)(h->records_offset + index * sizeof file->chunk[0]);
	ssize_t got = pread(file->fd, file->chunk, size, place);
	if (got < 0)
		return err_set(err, errno, "%s: cannot be read: %s", file->name, strerror(errno));
	if ((size_t)got < size)
		return complain(file, err, "is a trace that was cut short");
	file->chunk_first = file->next;
	file->chunk_count = (size_t)count;
	return 0;
}

/* Is it the record that should stand there? Counts what it is if not. */
static bool is_whole(struct trace_file *file, const struct wire_trace_record *record, uint64_t number)
{
	bool sound = record->check == wire_trace_check(record) && record->op < file->header.ops_count && record->result >= -ERRNO_MAX;
	bool same = record->sequence == (uint32_t)number;
	file->tally.torn += !sound;
	file->tally.overwritten += sound && !same;
	file->tally.read += sound && same;
	return sound && same;
}

static const char *comm_of(const struct trace_file *file, uint32_t pid)
{
	const struct caller *caller = &file->callers[pid % CALLERS];
	return pid && caller->pid == pid ? caller->comm : NULL;
}

/* Does the record say what its thread is named? Then that is all it is for. */
static bool takes_comm(struct trace_file *file, const struct wire_trace_record *record)
{
	if (strcmp(file->header.ops[record->op], WIRE_TRACE_COMM) != 0)
		return false;
	const struct known_name *name = name_at(file, record->path, 3);
	struct caller *caller = &file->callers[record->pid % CALLERS];
	*caller = (struct caller){.pid = name ? record->pid : 0};
	snprintf(caller->comm, sizeof caller->comm, "%s", name ? name->path : "");
	file->tally.read--;
	file->tally.names++;
	return true;
}

static void fill(struct trace_file *file, struct trace_entry *entry)
{
	const struct wire_trace_record *record = &entry->record;
	const struct known_name *name = name_at(file, record->path, 0);
	entry->op = file->header.ops[record->op];
	entry->volume = name ? name->volume : "";
	entry->path = name ? name->path : "?";
	name = record->rule ? name_at(file, record->rule, 1) : NULL;
	entry->rule = name ? name->path : record->rule ? "?" : NULL;
	entry->comm = comm_of(file, record->pid);
	bool two = record->flags & WIRE_TRACE_TWO_NAMES;
	name = two ? name_at(file, (uint32_t)record->offset, 2) : NULL;
	entry->volume2 = name ? name->volume : two ? "" : NULL;
	entry->path2 = name ? name->path : two ? "?" : NULL;
}

int trace_file_next(struct trace_file *file, struct trace_entry *entry, struct err *err)
{
	while (file->next < file->end) {
		if (file->next >= file->chunk_first + file->chunk_count || !file->chunk_count) {
			int rc = read_chunk(file, err);
			if (rc)
				return rc;
		}
		uint64_t number = file->next++;
		const struct wire_trace_record *record = &file->chunk[number - file->chunk_first];
		bool to_tell = is_whole(file, record, number) && !takes_comm(file, record);
		if (to_tell) {
			*entry = (struct trace_entry){.number = number, .record = *record};
			fill(file, entry);
		}
		if (file->trouble)
			return err_set(err, -file->trouble, "%s: cannot be read: %s", file->name, strerror(-file->trouble));
		if (to_tell)
			return 1;
	}
	return 0;
}
