/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Traces of strangers (fusefs/wire_trace.h): refused with a reason, or read to the end in every way that there is to look at them. Each
 * input is read twice: as it is, and with the sums and numbers of its records and names put right, so that what they say is looked at
 * although hardly any damage keeps a sum.
 *
 * No record is lost in the counting, and what is told can be read by whoever reads such: lines without control characters, JSON. */
#include "base/scope.h"
#include "fuzz.h"
#include "harness/trace_views.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FILES_TOLD 3

/* ---- putting right ---- */

/* The entry of a name says which one it is, and that it is whole. */
static void mend_name(uint8_t *bytes, const struct wire_trace_header *h, uint32_t id)
{
	struct wire_trace_name name;
	uint64_t place = (uint64_t)id * 8 % h->names_size, left = h->names_size - place;
	uint8_t *at = bytes + h->names_offset + place;
	if (left < sizeof name)
		return;
	left = left - sizeof name < WIRE_TRACE_TEXT_MAX ? left - sizeof name : WIRE_TRACE_TEXT_MAX;
	memcpy(&name, at, sizeof name);
	name.id = id;
	name.volume_length = (uint16_t)(name.volume_length % (left + 1));
	name.path_length = (uint16_t)(name.path_length % (left - name.volume_length + 1));
	name.check = wire_trace_name_check(&name, (const char *)at + sizeof name);
	memcpy(at, &name, sizeof name);
}

static void mend_record(uint8_t *bytes, const struct wire_trace_header *h, uint64_t number)
{
	struct wire_trace_record record;
	uint8_t *at = bytes + h->records_offset + number % h->capacity * sizeof record;
	memcpy(&record, at, sizeof record);
	record.sequence = (uint32_t)number;
	record.op = (uint8_t)(record.op % h->ops_count);
	record.result = record.result < 0 ? record.result % 512 : record.result;
	record.check = wire_trace_check(&record);
	memcpy(at, &record, sizeof record);
	mend_name(bytes, h, record.path);
	mend_name(bytes, h, record.rule);
	if (record.flags & WIRE_TRACE_TWO_NAMES)
		mend_name(bytes, h, (uint32_t)record.offset);
}

/* Returns false where the file is none to its very layout. */
static bool mend(uint8_t *bytes, size_t size)
{
	struct wire_trace_header h;
	if (size < sizeof h)
		return false;
	memcpy(&h, bytes, sizeof h);
	if (h.names_offset > size || !h.names_size || h.names_size > size - h.names_offset || h.records_offset > size || !h.capacity ||
	    h.capacity > (size - h.records_offset) / sizeof(struct wire_trace_record) || !h.ops_count)
		return false;
	for (uint64_t number = h.written > h.capacity ? h.written - h.capacity : 0; number < h.written; number++)
		mend_record(bytes, &h, number);
	return true;
}

/* ---- what is told ---- */

/* Numbers go up to 2^64 - 1, more than Jansson has integers for. */
static bool is_json(const char *text, size_t length)
{
	json_t *value = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, NULL);
	bool is = json_is_object(value);
	json_decref(value);
	return is;
}

static void check_lines(const char *text, uint64_t operations, bool json)
{
	uint64_t lines = 0;
	for (const char *newline; (newline = strchr(text, '\n')); text = newline + 1, lines++) {
		for (const char *at = text; at < newline; at++)
			PROMISE((unsigned char)*at >= ' ' && *at != 0x7f);
		PROMISE(!json || is_json(text, (size_t)(newline - text)));
	}
	PROMISE(!*text && lines == operations);
}

static void check_told(const struct trace_view *view, const char *text, size_t length, uint64_t operations)
{
	PROMISE(strlen(text) == length);
	if (view == &trace_view_chrome)
		PROMISE(is_json(text, length));
	else if (view != &trace_view_stat)
		check_lines(text, operations, view == &trace_view_json);
}

/* ---- looking ---- */

static uint64_t read_all(struct trace_file *file, const struct trace_view *view, void *state)
{
	struct trace_entry entry;
	struct err err = {0};
	uint64_t operations = 0, last = 0;
	int rc;
	while ((rc = trace_file_next(file, &entry, &err)) == 1) {
		PROMISE(!operations || entry.number > last);
		PROMISE(entry.op[0] && entry.volume && entry.path && !entry.volume2 == !entry.path2);
		PROMISE(trace_error(&entry) >= 0 && trace_error(&entry) < 512);
		PROMISE(view->add(state, &entry) == 0);
		last = entry.number;
		operations++;
	}
	PROMISE(rc == 0 || err.text[0]);
	return operations;
}

/* Views write to stdout: for as long as they do, that is a string. */
static void look(const char *path, const struct trace_view *view, uint64_t written)
{
	struct trace_file *file = NULL;
	struct err err = {0};
	FILE *usual = stdout;
	SCOPED_FREE char *text = NULL;
	size_t length;
	int rc = trace_file_open(path, &file, &err);
	PROMISE(rc ? rc < 0 && !file && err.text[0] : file != NULL);
	if (rc || !(stdout = open_memstream(&text, &length)))
		return;
	void *state = view->begin(FILES_TOLD);
	PROMISE(state);
	uint64_t operations = read_all(file, view, state);
	struct trace_tally tally = trace_file_tally(file);
	view->end(state, &tally);
	fclose(stdout);
	stdout = usual;
	trace_file_close(file);
	PROMISE(tally.read == operations && tally.read + tally.names + tally.overwritten + tally.torn == written);
	check_told(view, text, length, operations);
}

static void look_all_ways(const uint8_t *bytes, size_t size)
{
	static const struct trace_view *const views[] = {&trace_view_text, &trace_view_json, &trace_view_stat, &trace_view_chrome};
	struct wire_trace_header header = {0};
	char path[40];
	SCOPED_FD int fd = memfd_create("trace", MFD_CLOEXEC);
	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	memcpy(&header, bytes, size < sizeof header ? size : sizeof header);
	for (size_t i = 0; i < COUNT_OF(views); i++)
		look(path, views[i], header.written);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	SCOPED_FREE uint8_t *copy = malloc(size + 1);
	if (!copy)
		return 0;
	memcpy(copy, bytes, size);
	look_all_ways(copy, size);
	if (mend(copy, size))
		look_all_ways(copy, size);
	return 0;
}
