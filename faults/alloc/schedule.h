/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The harness's side of the allocation shim: writes the rules of a plan into a page, reads back what happened. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "faults/alloc/page.h"
#include "faults/plan.h"

/* Make a page file at `path` (which must not exist) from rules; none means: only count. Mode 0600. */
int schedule_make(const char *path, uint64_t seed, const struct alloc_rule *rules, size_t count,
		  struct err *err) MUST_USE;

/* All processes of the same names. */
struct schedule_program {
	char comm[16];	  /* what rules for one program go by */
	char program[ALLOC_PROGRAM_SIZE]; /* file name, cut */
	uint64_t processes, allocations;
};

/* What a run left in its page. */
struct schedule_outcome {
	uint64_t processes;   /* images that counted */
	uint64_t uncounted;   /* images beyond the room of the page: unharmed */
	uint64_t allocations; /* of all of them */
	uint64_t fired;
	uint64_t diverged; /* rules whose ordinal came with another stack: these did not strike */
	uint64_t own_malloc;	     /* images whose malloc is not the shim's */
	char own_malloc_program[ALLOC_PROGRAM_SIZE]; /* ... the first one's file name */
	uint32_t programs_count;
	struct schedule_program programs[5]; /* those with most allocations; there may be more */
	uint32_t events_count;
	struct alloc_page_event events[32]; /* the first ones, names terminated */
	uint32_t divergences_count;
	struct alloc_page_event divergences[4]; /* likewise; of what was found instead */
	uint32_t modules_count;
	char modules[64][496]; /* paths; the frames of all these events number them from 1 */
};

/* Read a page file. Trusts nothing in it but its size. */
int schedule_read(const char *path, struct schedule_outcome *out, struct err *err) MUST_USE;

/* Take one event as the only one. */
void schedule_take_event(const struct alloc_modules *modules, const struct alloc_page_event *event, struct schedule_outcome *out);

/* The path of a frame's module, or NULL where it is not known. */
const char *schedule_module(const struct schedule_outcome *outcome, uint64_t frame);

/* Append "libpng16.so.16+0x1234", and " <- " before it where there is something already. */
void schedule_frame_text(const char *module, uint64_t frame, struct buf *out);

/* Append all frames of an event, the innermost first: "libpng16.so.16+0x1234 <- sox+0x88". */
void schedule_event_stack(const struct schedule_outcome *outcome, const struct alloc_page_event *event, struct buf *out);

/* "malloc"; "before main". "?" where there is none. */
const char *schedule_function_name(uint32_t function);
const char *schedule_phase_name(uint32_t phase);

/* ---- the map: all stacks of a run ---- */

/* Make a map file at `path` (which must not exist), of stacks of at most `depth` frames (1 to ALLOC_DEPTH_MAX; ALLOC_DEPTH is a good
 * number). Name it in ORDEAL_ALLOC_MAP beside the page, and set that to nothing ("ORDEAL_ALLOC_MAP=") in runs without a map that its
 * ordinals are to hold for: a program may allocate for each variable of its environment. Mode 0600; 115 MB, sparse: a run takes 8 bytes an allocation, 64 a stack,
 * 8 a frame. -EINVAL, or as open(2) and ftruncate(2) have it. */
int schedule_map_make(const char *path, unsigned depth, struct err *err) MUST_USE;

/* One stack of one process. */
struct alloc_map_stack {
	uint64_t hash;	/* as rules name it; its last byte is the map's depth */
	uint64_t count; /* allocations that had it */
	uint64_t first, last; /* ordinals, from 1 */
	uint64_t size;	      /* bytes, of the first */
	uint32_t function;    /* of the first: enum alloc_function, or more */
	enum alloc_phase phase;	/* of the first */
	bool cut; /* code without unwind tables: callers are not known, and these allocations need not have one stack */
	uint32_t frames_count;
	const uint64_t *frames; /* innermost first; see alloc_frame_offset() */
};

#define ALLOC_MAP_NO_STACK UINT32_MAX

struct alloc_map_point {
	uint64_t size; /* bytes; cut at 1 TiB */
	uint32_t stack; /* index among those of the image; ALLOC_MAP_NO_STACK: not known */
	bool recorded; /* else nothing is known but that it was there */
};

/* One process image that allocated. */
struct alloc_map_image {
	char program[ALLOC_PROGRAM_SIZE]; /* file name; "": unknown */
	uint32_t number; /* among the images of that program, from 1; 0: too many programs */
	int32_t pid;
	uint64_t allocations;
	uint64_t unrecorded; /* of them: those that the sequence had no room for */
	uint64_t unplaced;   /* ... whose stacks had none */
	uint64_t main_from, exit_from; /* ordinals that the phases begin with; 0: never came there */
	bool threaded; /* more than one thread allocated: whose allocation has which ordinal changes from run to run */
	uint32_t stacks_count;
	const struct alloc_map_stack *stacks; /* by their first */
	uint64_t points_count;
	struct alloc_map_point *points; /* the allocation of ordinal n at n - 1 */
};

struct alloc_map {
	uint32_t depth;
	uint32_t unmapped; /* processes that found no room */
	uint32_t images_count;
	struct alloc_map_image *images; /* as they began */
	struct alloc_map_stack *stacks; /* of all of them */
	uint32_t frames_count;
	uint64_t *frames; /* likewise */
	char (*modules)[496]; /* paths, by number from 1 */
};

/* Read a map file. Trusts nothing in it but its size. On failure *out is empty; else the caller frees. -EIO, -ENOMEM. */
int schedule_map_read(const char *path, struct alloc_map *out, struct err *err) MUST_USE;
/* The same from a descriptor, open for reading and writing. */
int schedule_map_take(int fd, struct alloc_map *out, struct err *err) MUST_USE;
void alloc_map_free(struct alloc_map *map);

enum alloc_phase alloc_map_phase(const struct alloc_map_image *image, uint64_t ordinal);
/* The path of a frame's module, or NULL where it is not known. */
const char *alloc_map_module(const struct alloc_map *map, uint64_t frame);
/* Append "libpng16.so.16+0x1234 <- sox+0x88". */
void alloc_map_stack_text(const struct alloc_map *map, const struct alloc_map_stack *stack, struct buf *out);
