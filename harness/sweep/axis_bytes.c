/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Axes whose cases go by bytes: range, file, space. */
#include "base/jsonw.h"
#include "base/scope.h"
#include "corpora/corpus.h"
#include "harness/sweep/sweep.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* ---- files of the corpus ---- */

/* What was read of one file. */
struct read_file {
	const char *path;
	uint64_t end; /* of the furthest read, bytes */
};

struct read_files {
	VEC(struct read_file) list;
};

static int note_read(struct read_files *files, const struct point *p)
{
	uint64_t end = p->offset + (p->result > 0 ? (uint64_t)p->result : 0);
	for (size_t i = files->list.count; i-- > 0;)
		if (strcmp(files->list.at[i].path, p->path) == 0) {
			if (end > files->list.at[i].end)
				files->list.at[i].end = end;
			return 0;
		}
	struct read_file *file = vec_add(&files->list);
	if (!file)
		return -ENOMEM;
	*file = (struct read_file){p->path, end};
	return 0;
}

/* The files of the corpus that the subject reads. */
static int list_read(const struct sweep *sweep, struct read_files *files)
{
	int rc = 0;
	for (size_t i = 0; !rc && i < sweep->count.points.list.count; i++) {
		const struct point *p = &sweep->count.points.list.at[i];
		if (p->op == OP_read && strcmp(p->volume, "in") == 0)
			rc = note_read(files, p);
	}
	return rc;
}

static void free_read(struct read_files *files)
{
	vec_free(&files->list);
}

/* A text with a path in it, as YAML has it. `pattern`: as one that matches just this. */
static void put_path(const char *path, bool pattern, struct buf *out)
{
	SCOPED(buf_free) struct buf plain = {0};
	struct jsonw j = jsonw_to(out);
	for (; *path; path++)
		buf_printf(&plain, pattern && strchr("*?[]{}\\", *path) ? "\\%c" : "%c", *path);
	jsonw_text(&j, buf_string(&plain));
}

/* ---- range ---- */

static int add_unreadable(struct sweep *sweep, const char *path, uint64_t first, uint64_t end)
{
	SCOPED(buf_free) struct buf name = {0};
	SCOPED(buf_free) struct buf rule = {0};
	buf_printf(&name, "in:%s %" PRIu64 "..%" PRIu64 " EIO", path, first, end);
	buf_text(&rule, "{volume: in, path: ");
	put_path(path, true, &rule);
	buf_printf(&rule, ", on: read, offset: %" PRIu64 "..%" PRIu64 ", fail: EIO}", first, end);
	return name.failed || rule.failed ? -ENOMEM : sweep_add(sweep, SWEEP_RANGE, SIZE_MAX, strdup(name.at), strdup(rule.at), NULL, NULL);
}

/* At rest, so that it is known whether anybody could notice: most formats guard only some of their bytes. */
static int add_flip(struct sweep *sweep, const char *path, uint64_t first, uint64_t end)
{
	SCOPED(buf_free) struct buf name = {0};
	SCOPED(buf_free) struct buf damage = {0};
	buf_printf(&name, "in:%s %" PRIu64 "..%" PRIu64 " flip", path, first, end);
	buf_text(&damage, "{path: ");
	put_path(path, true, &damage);
	buf_printf(&damage, ", flip: %" PRIu64 "..%" PRIu64 "}", first, end);
	return name.failed || damage.failed ? -ENOMEM
					    : sweep_add(sweep, SWEEP_RANGE, SIZE_MAX, strdup(name.at), NULL, strdup(damage.at), NULL);
}

/* It ends where the block begins. */
static int add_end(struct sweep *sweep, const char *path, uint64_t at)
{
	SCOPED(buf_free) struct buf name = {0};
	SCOPED(buf_free) struct buf rule = {0};
	buf_printf(&name, "in:%s %" PRIu64 " end", path, at);
	buf_text(&rule, "{volume: in, path: ");
	put_path(path, true, &rule);
	buf_printf(&rule, ", truncate: %" PRIu64 "}", at);
	return name.failed || rule.failed ? -ENOMEM : sweep_add(sweep, SWEEP_RANGE, SIZE_MAX, strdup(name.at), strdup(rule.at), NULL, NULL);
}

int sweep_add_ranges(struct sweep *sweep, struct err *err)
{
	SCOPED(free_read) struct read_files files = {0};
	int rc = list_read(sweep, &files);
	for (size_t i = 0; !rc && i < files.list.count; i++) {
		const struct read_file *file = &files.list.at[i];
		for (uint64_t at = 0; !rc && at < file->end; at += sweep->options.block) {
			uint64_t end = file->end - at < sweep->options.block ? file->end : at + sweep->options.block;
			rc = add_unreadable(sweep, file->path, at, end);
			rc = rc ? rc : add_flip(sweep, file->path, at, end);
			rc = rc ? rc : add_end(sweep, file->path, at);
		}
	}
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

static int add_file(struct sweep *sweep, const char *path, const char *word, const char *entry)
{
	SCOPED(buf_free) struct buf name = {0};
	SCOPED(buf_free) struct buf damage = {0};
	buf_printf(&name, "in:%s %s", path, word);
	buf_text(&damage, "{path: ");
	put_path(path, true, &damage);
	buf_printf(&damage, ", %s}", entry);
	return name.failed || damage.failed ? -ENOMEM
					    : sweep_add(sweep, SWEEP_FILE, SIZE_MAX, strdup(name.at), NULL, strdup(damage.at), NULL);
}

/* Breaks by the suffix of the file. */
struct breaks {
	struct sweep *sweep;
	const char *path;
	int rc;
};

/* Does the break's format ("png-adler") go with the name? */
static bool is_of_format(const char *lesion, const char *path)
{
	static const char *const formats[][4] = {{"png", ".png"}, {"riff", ".wav"}, {"wav", ".wav"}, {"flac", ".flac"}, {"tiff", ".tif", ".tiff"}, {"bmp", ".bmp"}};
	const char *dot = strrchr(path, '.');
	for (size_t i = 0; dot && i < COUNT_OF(formats); i++) {
		size_t length = strlen(formats[i][0]);
		bool format = strncmp(lesion, formats[i][0], length) == 0 && lesion[length] == '-';
		for (size_t j = 1; format && j < COUNT_OF(formats[i]) && formats[i][j]; j++)
			if (strcasecmp(dot, formats[i][j]) == 0)
				return true;
	}
	return false;
}

static void add_break(void *into, const char *entry, const char *class, const char *about)
{
	static const char head[] = "break: ";
	struct breaks *b = into;
	(void)class, (void)about;
	if (!b->rc && strncmp(entry, head, strlen(head)) == 0 && is_of_format(entry + strlen(head), b->path))
		b->rc = add_file(b->sweep, b->path, entry + strlen(head), entry);
}

/* What it would change nothing of is refused when the case is prepared: a case whose damage strikes no byte is none. */
int sweep_add_files(struct sweep *sweep, struct err *err)
{
	SCOPED(free_read) struct read_files files = {0};
	int rc = list_read(sweep, &files);
	for (size_t i = 0; !rc && i < files.list.count; i++) {
		struct breaks breaks = {sweep, files.list.at[i].path, 0};
		for (size_t j = 0; !rc && j < COUNT_OF(file_ways); j++)
			rc = add_file(sweep, files.list.at[i].path, file_ways[j].word, file_ways[j].entry);
		if (!rc)
			corpus_damages(add_break, &breaks);
		rc = rc ? rc : breaks.rc;
	}
	return rc ? err_set(err, -rc, "out of memory") : 0;
}

/* ---- space ---- */

/* The sizes of the files that are being written, as a disk that fills would have them. */
struct disk_file {
	const char *path;
	uint64_t size;
};

struct disk {
	VEC(struct disk_file) files;
	uint64_t used;
};

static struct disk_file *disk_file(struct disk *disk, const char *path)
{
	for (size_t i = disk->files.count; i-- > 0;)
		if (strcmp(disk->files.at[i].path, path) == 0)
			return &disk->files.at[i];
	struct disk_file *file = vec_add(&disk->files);
	if (file)
		*file = (struct disk_file){path, 0};
	return file;
}

static void resize(struct disk *disk, struct disk_file *file, uint64_t size)
{
	disk->used += size - file->size;
	file->size = size;
}

/* What the request has done to the disk, where it did anything. */
static int follow(struct disk *disk, const struct point *p)
{
	struct disk_file *file = p->result < 0 ? NULL : disk_file(disk, p->path);
	if (p->result < 0)
		return 0;
	if (!file)
		return -ENOMEM;
	uint64_t end = p->offset + (uint64_t)p->result;
	if (p->op == OP_write && end > file->size)
		resize(disk, file, end);
	else if (p->op == OP_truncate)
		resize(disk, file, p->length);
	else if (p->op == OP_unlink)
		resize(disk, file, 0);
	else if (p->op == OP_rename && p->path2) {
		uint64_t size = file->size;
		resize(disk, file, 0);
		file = disk_file(disk, p->path2);
		if (!file)
			return -ENOMEM;
		resize(disk, file, size);
	}
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
	for (size_t i = disk->files.count; i-- > 0;)
		if (strcmp(disk->files.at[i].path, p->path) == 0)
			return p->result > 0 && p->offset + (uint64_t)p->result > disk->files.at[i].size;
	return p->result > 0;
}

static void free_disk(struct disk *disk)
{
	vec_free(&disk->files);
}

int sweep_add_spaces(struct sweep *sweep, struct err *err)
{
	SCOPED(free_disk) struct disk disk = {0};
	int rc = 0;
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
