/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Axes whose cases go by bytes: range, file, space. */
#include "base/scope.h"
#include "corpora/corpus.h"
#include "harness/sweep/sweep.h"

#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <string.h>

/* ---- files of the corpus ---- */

/* What was read of one file. */
struct read_file {
	const char *path; /* first: see by_path() */
	uint64_t end; /* of the furthest read, bytes */
	VEC(uint64_t) blocks; /* numbers of those that were read of; until they are sorted, some twice */
};

struct read_files {
	VEC(struct read_file *) list; /* by their first reads */
	void *by_path; /* the same (tsearch(3)): there may be as many files as cases */
};

/* Of anything that begins with its path. */
static int by_path(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void keep(void *node)
{
	(void)node;
}

static struct read_file *read_file(struct read_files *files, const char *path)
{
	struct read_file key = {.path = path}, **known = tfind(&key, &files->by_path, by_path);
	if (known)
		return *known;
	struct read_file *file = calloc(1, sizeof *file), **slot = file ? vec_add(&files->list) : NULL;
	if (!slot) {
		free(file);
		return NULL;
	}
	*slot = file;
	file->path = path;
	return tsearch(file, &files->by_path, by_path) ? file : NULL;
}

static int note_read(struct read_files *files, const struct point *p, uint64_t block)
{
	struct read_file *file = read_file(files, p->path);
	if (!file)
		return -ENOMEM;
	if (p->result <= 0)
		return 0;
	uint64_t end = p->offset + (uint64_t)p->result, last = (end - 1) / block;
	if (end > file->end)
		file->end = end;
	for (uint64_t number = p->offset / block; number <= last; number++) {
		if (file->blocks.count && file->blocks.at[file->blocks.count - 1] == number)
			continue;
		uint64_t *slot = vec_add(&file->blocks);
		if (!slot)
			return -ENOMEM;
		*slot = number;
	}
	return 0;
}

/* The files of the corpus that the subject reads. */
static int list_read(const struct sweep *sweep, struct read_files *files)
{
	int rc = 0;
	for (size_t i = 0; !rc && i < sweep->count.points.list.count; i++) {
		const struct point *p = &sweep->count.points.list.at[i];
		if (p->op == OP_read && strcmp(p->volume, "in") == 0)
			rc = note_read(files, p, sweep->options.block);
	}
	return rc;
}

static void free_read(struct read_files *files)
{
	tdestroy(files->by_path, keep);
	for (size_t i = 0; i < files->list.count; i++) {
		vec_free(&files->list.at[i]->blocks);
		free(files->list.at[i]);
	}
	vec_free(&files->list);
}

/* One case: what is done to the file, in a word, and as a rule on reads (with what it says beside the path) or as damage at rest. */
static int add_about(struct sweep *sweep, enum sweep_axis axis, const char *path, const char *word, bool at_rest, const char *what)
{
	SCOPED(buf_free) struct buf name = {0};
	SCOPED(buf_free) struct buf text = {0};
	buf_printf(&name, "in:%s %s", path, word);
	buf_printf(&text, "{%spath: ", at_rest ? "" : "volume: in, ");
	sweep_put_path(path, &text);
	buf_printf(&text, ", %s}", what);
	char *said = name.failed || text.failed ? NULL : strdup(text.at);
	int rc = said ? sweep_add(sweep, axis, SIZE_MAX, strdup(name.at), at_rest ? NULL : said, at_rest ? said : NULL, NULL) : -ENOMEM;
	if (!rc)
		sweep->cases.at[sweep->cases.count - 1].file = path;
	return rc;
}

/* ---- range ---- */

/* What is done to a block. Bits flip at rest, so that it is known whether anybody could notice: most formats guard only some of their
 * bytes. */
static int add_block(struct sweep *sweep, const char *path, uint64_t first, uint64_t end)
{
	char word[64], what[96];
	snprintf(word, sizeof word, "%" PRIu64 "..%" PRIu64 " EIO", first, end);
	snprintf(what, sizeof what, "on: read, offset: %" PRIu64 "..%" PRIu64 ", fail: EIO", first, end);
	int rc = add_about(sweep, SWEEP_RANGE, path, word, false, what);
	snprintf(word, sizeof word, "%" PRIu64 "..%" PRIu64 " flip", first, end);
	snprintf(what, sizeof what, "flip: %" PRIu64 "..%" PRIu64, first, end);
	rc = rc ? rc : add_about(sweep, SWEEP_RANGE, path, word, true, what);
	snprintf(word, sizeof word, "%" PRIu64 " end", first); /* the file ends where the block begins */
	snprintf(what, sizeof what, "truncate: %" PRIu64, first);
	return rc ? rc : add_about(sweep, SWEEP_RANGE, path, word, false, what);
}

static int by_number(const void *a, const void *b)
{
	const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
	return (left > right) - (left < right);
}

static int add_ranges_of(struct sweep *sweep, const struct read_file *file)
{
	uint64_t block = sweep->options.block;
	int rc = 0;
	if (file->blocks.count)
		qsort(file->blocks.at, file->blocks.count, sizeof *file->blocks.at, by_number);
	for (size_t i = 0; !rc && i < file->blocks.count; i++) {
		uint64_t first = file->blocks.at[i] * block, end = file->end - first < block ? file->end : first + block;
		if (i && file->blocks.at[i - 1] == file->blocks.at[i])
			continue;
		rc = add_block(sweep, file->path, first, end);
	}
	return rc;
}

int sweep_add_ranges(struct sweep *sweep, struct err *err)
{
	SCOPED(free_read) struct read_files files = {0};
	int rc = list_read(sweep, &files);
	for (size_t i = 0; !rc && i < files.list.count; i++)
		rc = add_ranges_of(sweep, files.list.at[i]);
	return rc ? err_set(err, -rc, "out of memory") : 0;
}

/* ---- file ---- */

/* The damages that any file can suffer, as entries of a spec. (One that is gone from the listing is no damage that a program could notice;
 * one that is listed and gone is among the errors of the axis op.) Those of structure come from the table of breaks, by
 * the format that they begin with. */
static const struct {
	const char *word, *entry;
} file_ways[] = {
	{"empty", "empty: true"},	       {"truncated", "truncate: 50%"},
	{"without its head", "delete: 0..16"}, {"garbage", "garbage: true"},    {"zero head", "zero: 0..64"},
	{"zero", "zero: 0.."},		      {"flipped bits", "flip: {in: 0.., every: 512}"},
	{"text", "text: \"this is no media file\\n\""},	      {"junk behind it", "trailing: 1KiB"},
	{"shifted", "insert: {at: 50%, bytes: 16}"}, {"swapped blocks", "swap: 512"},
};

/* Breaks by the suffix of the file. */
struct breaks {
	struct sweep *sweep;
	const char *path;
	int rc;
};

static void add_break(void *into, const char *entry, const char *class, const char *about)
{
	static const char head[] = "break: ";
	struct breaks *b = into;
	(void)class, (void)about;
	if (!b->rc && strncmp(entry, head, strlen(head)) == 0 && sweep_break_fits(entry + strlen(head), b->path))
		b->rc = add_about(b->sweep, SWEEP_FILE, b->path, entry + strlen(head), true, entry);
}

/* What it would change nothing of is refused when the case is prepared: a case whose damage strikes no byte is none. */
int sweep_add_files(struct sweep *sweep, struct err *err)
{
	SCOPED(free_read) struct read_files files = {0};
	int rc = list_read(sweep, &files);
	for (size_t i = 0; !rc && i < files.list.count; i++) {
		struct breaks breaks = {sweep, files.list.at[i]->path, 0};
		for (size_t j = 0; !rc && j < COUNT_OF(file_ways); j++)
			rc = add_about(sweep, SWEEP_FILE, files.list.at[i]->path, file_ways[j].word, true, file_ways[j].entry);
		if (!rc)
			corpus_damages(add_break, &breaks);
		rc = rc ? rc : breaks.rc;
	}
	return rc ? err_set(err, -rc, "out of memory") : 0;
}

/* ---- space ---- */

/* The sizes of the files that are being written, as a disk that fills would have them. */
struct disk_file {
	const char *path; /* first: see by_path() */
	uint64_t size;
};

struct disk {
	void *files; /* struct disk_file, by path (tsearch(3)) */
	uint64_t used;
};

static struct disk_file *known_file(const struct disk *disk, const char *path)
{
	struct disk_file key = {.path = path}, **known = tfind(&key, &disk->files, by_path);
	return known ? *known : NULL;
}

static struct disk_file *disk_file(struct disk *disk, const char *path)
{
	struct disk_file *known = known_file(disk, path), *file = known ? known : calloc(1, sizeof *file);
	if (known || !file)
		return known;
	file->path = path;
	if (tsearch(file, &disk->files, by_path))
		return file;
	free(file);
	return NULL;
}

static void resize(struct disk *disk, struct disk_file *file, uint64_t size)
{
	disk->used += size - file->size;
	file->size = size;
}

static int move(struct disk *disk, struct disk_file *from, const char *path)
{
	struct disk_file *to = disk_file(disk, path);
	if (!to)
		return -ENOMEM;
	resize(disk, to, from->size);
	if (to != from)
		resize(disk, from, 0);
	return 0;
}

/* What the request has done to the disk, where it did anything. */
static int follow(struct disk *disk, const struct point *p)
{
	struct disk_file *file = p->result < 0 ? NULL : disk_file(disk, p->path);
	if (!file)
		return p->result < 0 ? 0 : -ENOMEM;
	uint64_t end = p->offset + (uint64_t)p->result;
	if (p->op == OP_write && end > file->size)
		resize(disk, file, end);
	else if (p->op == OP_truncate)
		resize(disk, file, p->length);
	else if (p->op == OP_unlink)
		resize(disk, file, 0);
	else if (p->op == OP_rename && p->path2)
		return move(disk, file, p->path2);
	return 0;
}

static int add_space(struct sweep *sweep, size_t index, const char *word, uint64_t bytes)
{
	SCOPED(buf_free) struct buf name = {0};
	SCOPED(buf_free) struct buf rule = {0};
	sweep_point_name(&sweep->count.points.list.at[index], &name);
	buf_printf(&name, " %s", word);
	buf_printf(&rule, "{volume: out, space: %" PRIu64 "}", bytes);
	return name.failed || rule.failed ? -ENOMEM : sweep_add(sweep, SWEEP_SPACE, index, strdup(name.at), strdup(rule.at), NULL, NULL);
}

static bool grows(const struct disk *disk, const struct point *p)
{
	const struct disk_file *file = known_file(disk, p->path);
	return p->result > 0 && (!file || p->offset + (uint64_t)p->result > file->size);
}

/* What stands there already does not grow by what is written over it. A rule counts from when it is set, which is later. */
static int put_standing(const struct sweep *sweep, struct disk *disk)
{
	const struct manifest *before = &sweep->count.before;
	for (size_t i = 0; i < before->entries.count; i++) {
		struct disk_file *file = disk_file(disk, before->entries.at[i].path);
		if (!file)
			return -ENOMEM;
		file->size = before->entries.at[i].size;
	}
	return 0;
}

static void free_disk(struct disk *disk)
{
	tdestroy(disk->files, free);
}

int sweep_add_spaces(struct sweep *sweep, struct err *err)
{
	SCOPED(free_disk) struct disk disk = {0};
	int rc = put_standing(sweep, &disk);
	for (size_t i = 0; !rc && i < sweep->count.points.list.count; i++) {
		const struct point *p = &sweep->count.points.list.at[i];
		if (strcmp(p->volume, "out") != 0)
			continue;
		if (p->op == OP_write && grows(&disk, p)) {
			rc = add_space(sweep, i, "disk full", disk.used);
			if (!rc && p->result > 1)
				rc = add_space(sweep, i, "disk full in the middle", disk.used + (uint64_t)p->result / 2);
		}
		rc = rc ? rc : follow(&disk, p);
	}
	return rc ? err_set(err, -rc, "out of memory") : 0;
}
