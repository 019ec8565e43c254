/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The trace file: made, mapped, filled. */
#include "fusefs/trace.h"

#include "base/clock.h"
#include "base/draw.h"
#include "base/scope.h"
#include "faults/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* ---- a file that is cut short under us ---- */

static char *mapped; /* one server, one trace */
static uint64_t mapped_size;

/* A store to a page that the file no longer has is a SIGBUS (mmap(2)). The trace is lost then, and the mount goes on: memory takes the
 * place of the file. mmap() is a system call and nothing else, so that a handler may call it. Any other SIGBUS comes again, and ends us. */
static void on_bus_error(int number, siginfo_t *info, void *context)
{
	(void)context;
	char *at = info->si_addr;
	bool ours = mapped && at >= mapped && at < mapped + mapped_size;
	if (!ours || mmap(mapped, mapped_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		signal(number, SIG_DFL);
}

static void watch_bus_errors(const struct trace *trace)
{
	struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO};
	mapped = trace->map;
	mapped_size = trace->size;
	sigaction(SIGBUS, &action, NULL);
}

/* ---- the file ---- */

/* Is it one that we may write over? */
static int check_replaceable(int fd, const char *path, struct err *err)
{
	char magic[sizeof WIRE_TRACE_MAGIC - 1];
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_set(err, errno, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, EINVAL, "%s: a trace must be a regular file", path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return err_set(err, EBUSY, "%s: another server writes its trace there", path);
	if (st.st_size && (pread(fd, magic, sizeof magic, 0) != sizeof magic || memcmp(magic, WIRE_TRACE_MAGIC, sizeof magic) != 0))
		return err_set(err, EEXIST, "%s: is there, and no trace: it is not written over", path);
	return 0;
}

/* A mapped file must have its room for certain: a store to a page that the disk has no room for is a SIGBUS (mmap(2)). */
static int make_room(int fd, const char *path, uint64_t size, struct err *err)
{
	int error = ftruncate(fd, 0) < 0 ? errno : posix_fallocate(fd, 0, (off_t)size);
	return error ? err_set(err, error, "%s: no room for a trace of %llu bytes: %s", path, (unsigned long long)size,
			       strerror(error))
		     : 0;
}

/* About a quarter, and a power of two, so that the ring goes on where the 32 bits of a name's number wrap. */
static uint64_t names_size_of(uint64_t size)
{
	return UINT64_C(1) << (63 - __builtin_clzll(size / 4));
}

static void lay_out(struct trace *trace)
{
	trace->names_offset = WIRE_TRACE_PAGE;
	trace->names_size = names_size_of(trace->size);
	trace->names_head = 8; /* number 0 is no name */
	trace->records_offset = trace->names_offset + trace->names_size;
	trace->capacity = (trace->size - trace->records_offset) / sizeof(struct wire_trace_record);
}

static struct wire_trace_header *header_of(const struct trace *trace)
{
	return (struct wire_trace_header *)(void *)trace->map;
}

static void fill_header(const struct trace *trace, bool uncached)
{
	struct wire_trace_header *header = header_of(trace);
	header->version = WIRE_TRACE_VERSION;
	header->endian = WIRE_TRACE_ENDIAN;
	header->record_size = sizeof(struct wire_trace_record);
	header->ops_count = OP_COUNT + 1;
	header->flags = uncached ? WIRE_TRACE_UNCACHED : 0;
	header->names_offset = trace->names_offset;
	header->names_size = trace->names_size;
	header->records_offset = trace->records_offset;
	header->capacity = trace->capacity;
	header->started_unix_ns = clock_unix_ns();
	header->server_pid = (uint32_t)getpid();
	header->names_head = trace->names_head;
	for (int op = 0; op < OP_COUNT; op++)
		snprintf(header->ops[op], sizeof header->ops[op], "%s", ops_name((enum op)op));
	snprintf(header->ops[OP_COUNT], sizeof header->ops[OP_COUNT], WIRE_TRACE_COMM);
	memcpy(header->magic, WIRE_TRACE_MAGIC, sizeof header->magic); /* last: now it is one */
}

_Static_assert(OP_COUNT < WIRE_TRACE_OPS_MAX, "each operation has a name in the header");

int trace_open(struct trace *trace, const char *path, uint64_t size, bool uncached, struct err *err)
{
	size = size / WIRE_TRACE_PAGE * WIRE_TRACE_PAGE;
	SCOPED_FD int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
	if (fd < 0)
		return err_set(err, errno, "%s: the trace cannot be written: %s", path, strerror(errno));
	int rc = check_replaceable(fd, path, err);
	rc = rc ? rc : make_room(fd, path, size, err);
	if (rc)
		return rc;
	/* What the file cannot give or take is an errno here, and a signal in the mapping, or nobody's at its end. */
	char first;
	if (pread(fd, &first, 1, 0) != 1)
		return err_set(err, errno, "%s: the trace cannot be read back: %s", path, strerror(errno));
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return err_set(err, errno, "%s: the trace cannot be mapped: %s", path, strerror(errno));
	trace->known = calloc(TRACE_SETS, sizeof *trace->known);
	if (!trace->known) {
		munmap(map, size);
		return err_set(err, ENOMEM, "out of memory");
	}
	trace->map = map;
	trace->size = size;
	trace->started_ns = clock_now_ns();
	trace->fd = take_fd(&fd);
	lay_out(trace);
	fill_header(trace, uncached);
	watch_bus_errors(trace);
	if (msync(trace->map, WIRE_TRACE_PAGE, MS_SYNC) < 0)
		return err_set(err, errno, "%s: the trace cannot be written: %s", path, strerror(errno));
	return 0;
}

void trace_close(struct trace *trace)
{
	if (!trace->map)
		return;
	mapped = NULL;
	munmap(take_ptr(&trace->map), trace->size);
	close(trace->fd);
	free(take_ptr(&trace->known));
}

/* ---- names ---- */

/* One name on its way into the ring. */
struct candidate {
	const char *volume, *path;
	uint32_t volume_length, path_length;
	uint32_t hash;
};

static char *entry_at(const struct trace *trace, uint32_t id)
{
	return trace->map + trace->names_offset + (uint64_t)id * 8 % trace->names_size;
}

/* Is the name far from being overwritten: among the younger half of the ring? Numbers wrap, as 32 bits of them do. */
static bool is_fresh(const struct trace *trace, uint32_t id)
{
	uint32_t age = (uint32_t)(trace->names_head / 8) - id;
	return (uint64_t)age * 8 < trace->names_size / 2;
}

static bool is_entry(const struct trace *trace, uint32_t id, const struct candidate *c)
{
	struct wire_trace_name name;
	const char *at = entry_at(trace, id);
	memcpy(&name, at, sizeof name);
	return name.id == id && name.volume_length == c->volume_length && name.path_length == c->path_length &&
	       memcmp(at + sizeof name, c->volume, c->volume_length) == 0 &&
	       memcmp(at + sizeof name + c->volume_length, c->path, c->path_length) == 0;
}

/* Where the next entry goes: at the head, or at the start of the ring where the rest of it is too short. Never number 0. */
static uint64_t place_for(const struct trace *trace, uint64_t size)
{
	uint64_t head = trace->names_head, ring = trace->names_size;
	if (head % ring + size > ring)
		head += ring - head % ring;
	return (uint32_t)(head / 8) ? head : head + 8;
}

static uint32_t append(struct trace *trace, const struct candidate *c)
{
	uint64_t size = wire_trace_name_size(c->volume_length, c->path_length);
	uint64_t head = place_for(trace, size);
	struct wire_trace_name name = {.id = (uint32_t)(head / 8),
				       .volume_length = (uint16_t)c->volume_length,
				       .path_length = (uint16_t)c->path_length};
	char *at = entry_at(trace, name.id);
	memset(at, 0, size);
	memcpy(at + sizeof name, c->volume, c->volume_length);
	memcpy(at + sizeof name + c->volume_length, c->path, c->path_length);
	name.check = wire_trace_name_check(&name, at + sizeof name);
	memcpy(at, &name, sizeof name);
	trace->names_head = head + size;
	__atomic_store_n(&header_of(trace)->names_head, trace->names_head, __ATOMIC_RELEASE);
	return name.id;
}

static struct candidate candidate_of(const char *volume, const char *path)
{
	size_t volume_length = strnlen(volume, 255), path_length = strnlen(path, WIRE_TRACE_TEXT_MAX - 255);
	uint64_t hash = draw_hash(path, path_length) ^ draw_hash(volume, volume_length) << 1;
	return (struct candidate){volume, path, (uint32_t)volume_length, (uint32_t)path_length, (uint32_t)(hash >> 32 ^ hash)};
}

uint32_t trace_name(struct trace *trace, const char *volume, const char *path)
{
	if (!path)
		return 0;
	struct candidate c = candidate_of(volume, path);
	struct trace_known *set = trace->known[c.hash % TRACE_SETS], *oldest = set;
	for (size_t i = 0; i < TRACE_WAYS; i++) {
		if (set[i].id && set[i].hash == c.hash && is_fresh(trace, set[i].id) && is_entry(trace, set[i].id, &c))
			return set[i].id;
		if (!set[i].id || (oldest->id && (int32_t)(set[i].id - oldest->id) < 0))
			oldest = &set[i];
	}
	*oldest = (struct trace_known){c.hash, append(trace, &c)};
	return oldest->id;
}

/* ---- records ---- */

void trace_add(struct trace *trace, struct wire_trace_record *record)
{
	struct wire_trace_record *records = (void *)(trace->map + trace->records_offset);
	record->sequence = (uint32_t)trace->written;
	record->check = wire_trace_check(record);
	records[trace->written % trace->capacity] = *record;
	__atomic_store_n(&header_of(trace)->written, ++trace->written, __ATOMIC_RELEASE);
}

/* ---- names of callers ---- */

#define COMM_AGE_NS (NS_PER_S / 1000)

bool trace_wants_comm(const struct trace *trace, uint32_t pid, int64_t now_ns)
{
	const struct trace_caller *caller = &trace->callers[pid % TRACE_CALLERS];
	return pid && (caller->pid != pid || now_ns - caller->asked_ns >= COMM_AGE_NS);
}

/* Said again before the ring has come round to where it stands. */
void trace_comm(struct trace *trace, uint32_t pid, const char *comm, int64_t now_ns)
{
	struct trace_caller *caller = &trace->callers[pid % TRACE_CALLERS];
	bool same = caller->pid == pid && comm && strcmp(caller->comm, comm) == 0;
	caller->asked_ns = now_ns;
	if (!comm || (same && trace->written - caller->record < trace->capacity / 2))
		return;
	struct wire_trace_record record = {
		.time_ns = (uint64_t)(now_ns - trace->started_ns), .pid = pid, .path = trace_name(trace, "", comm), .op = OP_COUNT};
	caller->pid = pid;
	caller->record = trace->written;
	snprintf(caller->comm, sizeof caller->comm, "%s", comm);
	trace_add(trace, &record);
}

uint64_t trace_overwritten(const struct trace *trace)
{
	return trace->written > trace->capacity ? trace->written - trace->capacity : 0;
}
