/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Makes and reads the map of the allocation shim. The file may say anything: every number is held against its room before it is
 * used, and is looked at once, because somebody may still be writing. */
#include "faults/alloc/map.h"

#include "base/scope.h"
#include "base/vec.h"
#include "faults/alloc/schedule.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct alloc_map_file *map_file(int fd)
{
	void *at = mmap(NULL, sizeof(struct alloc_map_file), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return at == MAP_FAILED ? NULL : at;
}

int schedule_map_make(const char *path, unsigned depth, struct err *err)
{
	if (depth < 1 || depth > ALLOC_DEPTH_MAX)
		return err_set(err, EINVAL, "stacks of %u frames cannot be recorded: 1 to %d", depth, ALLOC_DEPTH_MAX);
	SCOPED_FD int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct alloc_map_file *file = NULL;
	if (fd < 0 || ftruncate(fd, sizeof *file) < 0 || !(file = map_file(fd)))
		return err_set(err, errno, "%s: the map of the allocation shim cannot be made: %s", path, strerror(errno));
	file->magic = ALLOC_MAP_MAGIC;
	file->depth = depth;
	munmap(file, sizeof *file);
	return 0;
}

/* ---- reading ---- */

/* While it is read: which image each process of the file is, and which stack each entry. From 1; 0: none. */
struct reading {
	const struct alloc_map_file *file;
	struct alloc_map *out;
	uint32_t image_of[ALLOC_MAP_PROCESSES];
	uint32_t stack_of[ALLOC_MAP_STACKS]; /* in all of them */
};

static uint32_t at_most(uint32_t count, uint32_t room)
{
	return count < room ? count : room;
}

static int read_modules(struct reading *r)
{
	r->out->modules = calloc(ALLOC_MODULES, sizeof *r->out->modules);
	if (!r->out->modules)
		return -ENOMEM;
	for (uint32_t i = 0; i < ALLOC_MODULES; i++)
		if (r->file->modules.at[i].complete)
			memcpy(r->out->modules[i], r->file->modules.at[i].path, sizeof r->out->modules[i] - 1);
	return 0;
}

static int read_frames(struct reading *r)
{
	uint32_t count = at_most(r->file->frames_count, ALLOC_MAP_FRAMES);
	r->out->frames_count = count;
	r->out->frames = calloc(count + 1, sizeof *r->out->frames);
	if (!r->out->frames)
		return -ENOMEM;
	memcpy(r->out->frames, r->file->frames, count * sizeof *r->out->frames);
	return 0;
}

static int read_images(struct reading *r)
{
	uint32_t count = at_most(r->file->processes_count, ALLOC_MAP_PROCESSES);
	r->out->images = calloc(count + 1, sizeof *r->out->images);
	if (!r->out->images)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		const struct alloc_map_process *from = &r->file->processes[i];
		struct alloc_map_image *image = &r->out->images[r->out->images_count];
		uint64_t allocations = from->allocations;
		if (!from->pid || !allocations)
			continue;
		*image = (struct alloc_map_image){
			.number = from->number,
			.pid = from->pid,
			.allocations = allocations,
			.unplaced = from->unplaced,
			.main_from = from->main_from,
			.exit_from = from->exit_from,
			.threaded = from->threaded,
		};
		memcpy(image->program, from->program, sizeof image->program - 1);
		r->image_of[i] = ++r->out->images_count;
	}
	return 0;
}

/* The image of a process as entries and chunks name it, or NULL. */
static struct alloc_map_image *image_of(const struct reading *r, uint32_t process)
{
	uint32_t image = process >= 1 && process <= ALLOC_MAP_PROCESSES ? r->image_of[process - 1] : 0;
	return image ? &r->out->images[image - 1] : NULL;
}

/* ---- stacks ---- */

/* Not a point of its own: only for sorting. */
struct found_stack {
	uint32_t image, place;
	struct alloc_map_stack stack;
};

static int by_image_and_first(const void *a, const void *b)
{
	const struct found_stack *left = a, *right = b;
	if (left->image != right->image)
		return left->image < right->image ? -1 : 1;
	if (left->stack.first != right->stack.first)
		return left->stack.first < right->stack.first ? -1 : 1;
	return left->place < right->place ? -1 : 1;
}

static bool read_stack(const struct reading *r, uint32_t place, struct found_stack *out)
{
	const struct alloc_map_entry *from = &r->file->stacks[place];
	struct alloc_map_image *image = image_of(r, from->process);
	uint32_t at = from->frames_at, count = from->frames_count;
	uint64_t met = from->count;
	if (!image || !met || count > ALLOC_DEPTH_MAX || count > r->out->frames_count || at > r->out->frames_count - count)
		return false;
	*out = (struct found_stack){
		.image = (uint32_t)(image - r->out->images),
		.place = place,
		.stack = {.hash = from->hash, .count = met, .first = from->first, .last = from->last, .size = from->size,
			  .function = from->function, .cut = from->cut, .frames = r->out->frames + at, .frames_count = count},
	};
	out->stack.phase = alloc_map_phase(image, out->stack.first);
	return true;
}

static int read_stacks(struct reading *r)
{
	uint32_t room = at_most(r->file->stacks_count, ALLOC_MAP_STACKS);
	size_t count = 0;
	SCOPED_FREE struct found_stack *found = calloc((size_t)room + 1, sizeof *found);
	r->out->stacks = calloc((size_t)room + 1, sizeof *r->out->stacks);
	if (!found || !r->out->stacks)
		return -ENOMEM;
	for (uint32_t i = 0; i < room; i++)
		count += read_stack(r, i, &found[count]);
	qsort(found, count, sizeof *found, by_image_and_first);
	for (size_t i = 0; i < count; i++) {
		struct alloc_map_image *image = &r->out->images[found[i].image];
		r->out->stacks[i] = found[i].stack;
		r->stack_of[found[i].place] = (uint32_t)i + 1;
		if (!image->stacks)
			image->stacks = &r->out->stacks[i];
		image->stacks_count++;
	}
	return 0;
}

/* ---- the sequence ---- */

/* A process's chunks are numbered without a gap; what an odd file has beyond that is left out. */
static int make_points(struct reading *r, uint32_t chunks)
{
	for (uint32_t i = 0; i < chunks; i++) {
		struct alloc_map_image *image = image_of(r, r->file->chunks[i].process);
		if (image)
			image->points_count += ALLOC_MAP_POINTS;
	}
	for (uint32_t i = 0; i < r->out->images_count; i++) {
		struct alloc_map_image *image = &r->out->images[i];
		if (image->points_count > image->allocations)
			image->points_count = image->allocations;
		if (image->points_count && !(image->points = calloc(image->points_count, sizeof *image->points)))
			return -ENOMEM;
		for (uint64_t at = 0; at < image->points_count; at++)
			image->points[at].stack = ALLOC_MAP_NO_STACK;
		image->unrecorded = image->allocations;
	}
	return 0;
}

static void read_point(const struct reading *r, struct alloc_map_image *image, uint64_t at, uint64_t from)
{
	struct alloc_map_point *point = &image->points[at];
	uint32_t place = alloc_point_place(from), stack = 0;
	if (!(from & ALLOC_POINT_SEEN) || point->recorded)
		return;
	if (place >= 1 && place <= ALLOC_MAP_STACKS)
		stack = r->stack_of[place - 1];
	size_t first = image->stacks ? (size_t)(image->stacks - r->out->stacks) : 0;
	if (stack && stack - 1 >= first && stack - 1 < first + image->stacks_count)
		point->stack = (uint32_t)(stack - 1 - first);
	point->size = from & ALLOC_POINT_SIZE_MAX;
	point->recorded = true;
	image->unrecorded--;
}

static int read_points(struct reading *r)
{
	uint32_t chunks = at_most(r->file->chunks_count, ALLOC_MAP_CHUNKS);
	int rc = make_points(r, chunks);
	for (uint32_t i = 0; i < chunks && !rc; i++) {
		const struct alloc_map_chunk *chunk = &r->file->chunks[i];
		struct alloc_map_image *image = image_of(r, chunk->process);
		uint64_t at = (uint64_t)chunk->number * ALLOC_MAP_POINTS;
		for (uint32_t n = 0; image && n < ALLOC_MAP_POINTS && at + n < image->points_count; n++)
			read_point(r, image, at + n, chunk->points[n]);
	}
	return rc;
}

int schedule_map_read(const char *path, struct alloc_map *out, struct err *err)
{
	*out = (struct alloc_map){0};
	SCOPED_FD int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_set(err, EIO, "%s: the map of the allocation shim cannot be read", path);
	int rc = schedule_map_take(fd, out, err);
	return rc ? err_context(err, "%s", path) : 0;
}

int schedule_map_take(int fd, struct alloc_map *out, struct err *err)
{
	*out = (struct alloc_map){0};
	struct alloc_map_file *file = NULL;
	if (lseek(fd, 0, SEEK_END) != (off_t)sizeof *file || !(file = map_file(fd)))
		return err_set(err, EIO, "the map of the allocation shim cannot be read");
	SCOPED_FREE struct reading *r = calloc(1, sizeof *r);
	int rc = r ? 0 : -ENOMEM;
	if (r) {
		*r = (struct reading){.file = file, .out = out};
		out->depth = file->depth;
		out->unmapped = file->unmapped_processes;
	}
	int (*const steps[])(struct reading *) = {read_modules, read_frames, read_images, read_stacks, read_points};
	for (size_t i = 0; i < COUNT_OF(steps) && !rc; i++)
		rc = steps[i](r);
	munmap(file, sizeof *file);
	if (!rc)
		return 0;
	alloc_map_free(out);
	return err_set(err, -rc, "out of memory");
}

void alloc_map_free(struct alloc_map *map)
{
	for (uint32_t i = 0; i < map->images_count; i++)
		free(map->images[i].points);
	free(map->images);
	free(map->stacks);
	free(map->frames);
	free(map->modules);
	*map = (struct alloc_map){0};
}

/* ---- asking ---- */

enum alloc_phase alloc_map_phase(const struct alloc_map_image *image, uint64_t ordinal)
{
	if (image->exit_from && ordinal >= image->exit_from)
		return ALLOC_AT_EXIT;
	return image->main_from && ordinal >= image->main_from ? ALLOC_IN_MAIN : ALLOC_BEFORE_MAIN;
}

const char *alloc_map_module(const struct alloc_map *map, uint64_t frame)
{
	uint32_t number = alloc_frame_module(frame);
	return number >= 1 && number <= ALLOC_MODULES && map->modules[number - 1][0] ? map->modules[number - 1] : NULL;
}

void alloc_map_stack_text(const struct alloc_map *map, const struct alloc_map_stack *stack, struct buf *out)
{
	SCOPED(buf_free) struct buf text = {0};
	for (uint32_t i = 0; i < stack->frames_count; i++)
		schedule_frame_text(alloc_map_module(map, stack->frames[i]), stack->frames[i], &text);
	buf_text(out, buf_string(&text));
}
