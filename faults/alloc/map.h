/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The file that the shim records all stacks in, where ORDEAL_ALLOC_MAP names one beside the page.
 *
 * One file for all processes of a run, made by the harness, mapped shared, sparse: what is not used costs no memory. Everything
 * has a fixed room, and what finds none is counted. Nothing is ever taken back, and nobody waits for anybody: a process may be
 * killed anywhere. Header-only, as the page is. */
#pragma once

#include "faults/alloc/page.h"

#define ALLOC_MAP_MAGIC UINT64_C(0x3270616d6c61646f) /* "odalmap2", little-endian */
#define ALLOC_MAP_PROCESSES 4096
#define ALLOC_MAP_STACKS (1u << 18)  /* of all processes together, each for itself */
#define ALLOC_MAP_BUCKETS (1u << 19) /* twice as many, a power of two */
#define ALLOC_MAP_FRAMES (1u << 23)
#define ALLOC_MAP_CHUNKS (1u << 13)
#define ALLOC_MAP_POINTS 511 /* allocations in a chunk, which is a page of the kernel's */

struct alloc_map_process {
	_Atomic int32_t pid; /* written last; 0: free */
	uint32_t number;     /* among the images of the same program, from 1 */
	char program[ALLOC_PROGRAM_SIZE];
	_Atomic uint64_t allocations;
	_Atomic uint64_t unplaced; /* of them: those whose stack found no room */
	_Atomic uint64_t main_from, exit_from; /* ordinals; 0: never came there */
	_Atomic uint32_t threaded; /* 1: more than one thread allocated */
};

/* A stack of one process. */
struct alloc_map_entry {
	uint64_t hash;
	uint32_t process;  /* its place, from 1; 0: void */
	uint32_t function; /* at first: enum alloc_function */
	uint64_t size;	   /* at first */
	_Atomic uint64_t count, first, last; /* ordinals */
	uint32_t frames_at, frames_count;
	uint32_t cut; /* 1: whoever called the last of them is not known */
};

/* A run of a process's allocations: the place of each one's stack, from 1 (0: it found no room), and its size. */
#define ALLOC_POINT_SIZE_BITS 40 /* a size that does not fit is the greatest that does */
#define ALLOC_POINT_SIZE_MAX ((UINT64_C(1) << ALLOC_POINT_SIZE_BITS) - 1)
#define ALLOC_POINT_SEEN (UINT64_C(1) << 63)

static inline uint64_t alloc_point(uint32_t place, uint64_t size)
{
	return ALLOC_POINT_SEEN | (uint64_t)place << ALLOC_POINT_SIZE_BITS |
	       (size < ALLOC_POINT_SIZE_MAX ? size : ALLOC_POINT_SIZE_MAX);
}

static inline uint32_t alloc_point_place(uint64_t point)
{
	return (uint32_t)((point & ~ALLOC_POINT_SEEN) >> ALLOC_POINT_SIZE_BITS);
}

struct alloc_map_chunk {
	uint32_t process; /* its place, from 1; 0: void */
	uint32_t number;  /* of the process's chunks, from 0 */
	_Atomic uint64_t points[ALLOC_MAP_POINTS]; /* 0: not recorded */
};

struct alloc_map_file {
	uint64_t magic;
	uint32_t depth; /* 1 to ALLOC_DEPTH_MAX */
	_Atomic uint32_t processes_count, stacks_count, frames_count, chunks_count; /* may exceed the room by some */
	_Atomic uint32_t unmapped_processes; /* that found no room */
	struct alloc_modules modules;
	struct alloc_map_process processes[ALLOC_MAP_PROCESSES];
	_Atomic uint32_t buckets[ALLOC_MAP_BUCKETS]; /* places of stacks, from 1, by hash and process */
	struct alloc_map_entry stacks[ALLOC_MAP_STACKS];
	uint64_t frames[ALLOC_MAP_FRAMES];
	_Alignas(4096) struct alloc_map_chunk chunks[ALLOC_MAP_CHUNKS];
};
