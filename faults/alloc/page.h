/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The page that the harness and the allocation shim share.
 *
 * The harness writes the rules into a file and names it in ORDEAL_ALLOC_PAGE; the shim, preloaded into the subject and its
 * children, maps it and writes counts and what it did. It is a file and not memory of the subject, so it tells the story
 * also when the subject was killed or left with _exit(). Everything here is plain data with fixed sizes: both sides may be
 * different programs, and a corrupted page can mislead but not crash the reader.
 *
 * Header-only, because the shim links nothing of ours. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define ALLOC_PAGE_ENV "ORDEAL_ALLOC_PAGE"
#define ALLOC_MAP_ENV "ORDEAL_ALLOC_MAP" /* map.h */
#define ALLOC_PAGE_MAGIC UINT64_C(0x35636f6c6c61646f) /* "odalloc5", little-endian */
#define ALLOC_PAGE_RULES 16
#define ALLOC_PAGE_PROCESSES 16384 /* a long configure script; what is not used costs no memory */
#define ALLOC_PAGE_EVENTS 1024
#define ALLOC_PAGE_DIVERGED 16
#define ALLOC_PAGE_PROGRAMS 4096 /* different file names of programs; a power of two */
#define ALLOC_PROGRAM_SIZE 64
#define ALLOC_DEPTH 64	    /* frames of a stack, where nobody says how many */
#define ALLOC_DEPTH_MAX 128 /* ... at most */
#define ALLOC_EVENT_FRAMES 32

enum alloc_function {
	ALLOC_MALLOC,
	ALLOC_CALLOC,
	ALLOC_REALLOC,
	ALLOC_REALLOCARRAY,
	ALLOC_POSIX_MEMALIGN,
	ALLOC_ALIGNED_ALLOC,
	ALLOC_MEMALIGN,
	ALLOC_FUNCTIONS
};

#define ALLOC_FUNCTION_NAMES \
	{"malloc", "calloc", "realloc", "reallocarray", "posix_memalign", "aligned_alloc", "memalign"}

/* When in the life of a process: before main() are the loader, libc's own start and all constructors; at exit is all from the
 * return of main(), or the call of exit(), on. */
enum alloc_phase { ALLOC_BEFORE_MAIN, ALLOC_IN_MAIN, ALLOC_AT_EXIT, ALLOC_PHASES };

/* ---- stacks ---- */

/* A return address: the number of its module in a table of modules, from 1 (0: none known), and the offset in it, as the module's
 * own addresses go (what addr2line takes; less 1, it lies in the call). */
#define ALLOC_FRAME_OFFSET_BITS 48

static inline uint64_t alloc_frame(uint32_t module, uint64_t offset)
{
	return (uint64_t)module << ALLOC_FRAME_OFFSET_BITS | (offset & ((UINT64_C(1) << ALLOC_FRAME_OFFSET_BITS) - 1));
}

static inline uint32_t alloc_frame_module(uint64_t frame)
{
	return (uint32_t)(frame >> ALLOC_FRAME_OFFSET_BITS);
}

static inline uint64_t alloc_frame_offset(uint64_t frame)
{
	return frame & ((UINT64_C(1) << ALLOC_FRAME_OFFSET_BITS) - 1);
}

/* The depth that a stack's hash was taken at: its last byte. */
static inline uint32_t alloc_hash_depth(uint64_t hash)
{
	return (uint32_t)(hash & 0xff);
}

struct alloc_module {
	_Atomic uint64_t key; /* hash of the whole path; 0: free */
	_Atomic uint32_t complete; /* written last: 1 */
	uint32_t pad;
	char path[496]; /* as the dynamic linker has it, the program's resolved; cut at the front if need be */
};

#define ALLOC_MODULES 512

struct alloc_modules {
	struct alloc_module at[ALLOC_MODULES];
};

/* ---- rules, processes, what was done ---- */

/* Which allocations of a process fail. What is counted for `nth`, from 1, are those that all else of the rule holds for. */
struct alloc_page_rule {
	uint64_t nth_first, nth_last, nth_step;
	uint64_t ordinal_first, ordinal_last, ordinal_step; /* among all of the process; first 0: any */
	uint64_t size_first, size_end; /* half-open, bytes */
	uint64_t times;
	uint64_t chance; /* of 2^64; UINT64_MAX: always */
	uint64_t key;	 /* what the draws are made with */
	uint64_t stack;	 /* hash; 0: any. With an ordinal: the stack that the first of them must have, or none strikes */
	uint64_t process; /* number among the processes of that program; 0: any */
	char comm[16];	 /* pattern with * and ? for /proc/self/comm; "": any */
	char program[ALLOC_PROGRAM_SIZE]; /* likewise, for the program's file name */
};

/* One process image: a fork and an exec each begin a new one. */
struct alloc_page_process {
	_Alignas(64) _Atomic uint64_t allocations; /* by itself in its line of the cache */
	_Alignas(64) _Atomic int32_t pid; /* 0: free */
	uint32_t number; /* among the images of the same program, from 1 */
	char comm[16];
	char program[ALLOC_PROGRAM_SIZE]; /* file name, cut; "": unknown */
	_Atomic uint32_t own_malloc; /* 1: the program's malloc is not ours, so it counts nothing and cannot fail */
	_Atomic uint64_t fired;
	_Atomic uint64_t diverged; /* rules whose ordinal came with another stack */
	_Atomic uint64_t seen_by[ALLOC_PAGE_RULES];
	_Atomic uint64_t fired_by[ALLOC_PAGE_RULES];
};

/* One allocation that was made to fail, or that was to and had another stack. */
struct alloc_page_event {
	_Atomic uint32_t complete; /* written last: 1 */
	int32_t pid;
	uint32_t rule;
	uint32_t function; /* enum alloc_function */
	uint32_t phase;	   /* enum alloc_phase */
	uint32_t number;   /* of the process, among those of its program */
	uint64_t ordinal;  /* among all allocations of the process */
	uint64_t size;
	uint64_t offset; /* of the call's return address, in the module; absolute where the module is unknown */
	char module[48]; /* file name, cut at the front if need be */
	char program[ALLOC_PROGRAM_SIZE]; /* of the process */
	uint64_t stack; /* hash */
	uint32_t frames_count;
	uint32_t depth; /* of the whole stack, as far as was looked */
	uint64_t frames[ALLOC_EVENT_FRAMES]; /* innermost first; the shim's own are left out */
};

/* How many images of a program there have been. */
struct alloc_page_program {
	_Atomic uint64_t key; /* hash of its file name; 0: free */
	_Atomic uint64_t images;
};

/* ---- forks at the point ---- */

/* The harness lists allocations of one process image, by their ordinals. At each of them the shim makes a copy of the process, which
 * alone sees the failure and runs on to its end, in a view of its own of everything that the program may change, while the program itself
 * waits; then that goes on, unharmed, to the next (harness/forks.h). Everything that a copy may not share is looked at before. */
#define ALLOC_FORK_POINTS 2048
#define ALLOC_FORK_PLACES 3

/* What became of a point. The shim writes why it was passed over. */
enum alloc_fork_state {
	ALLOC_FORK_WAITING, /* the program never came there */
	ALLOC_FORK_CLOSED,  /* the harness did not want any more */
	ALLOC_FORK_DONE,
	ALLOC_FORK_DOUBTFUL, /* it did not come through: the harness's word */
	ALLOC_FORK_DIVERGED, /* another stack */
	ALLOC_FORK_STRANGER, /* the process was not started by the harness itself */
	ALLOC_FORK_THREADS,
	ALLOC_FORK_CHILDREN,
	ALLOC_FORK_TIMERS,
	ALLOC_FORK_MAPPINGS,
	ALLOC_FORK_DESCRIPTORS,
	ALLOC_FORK_LOCKS,
	ALLOC_FORK_REFUSED, /* by the kernel */
	ALLOC_FORK_STATES
};

struct alloc_fork_point {
	uint64_t ordinal, stack; /* rising; hash */
	_Atomic uint32_t state;	 /* enum alloc_fork_state */
};

/* A directory that the program may change: copies see, where it is, its lower side under an upper one of their own. */
struct alloc_fork_place {
	char at[300], lower[300], upper[300], work[300];
};

struct alloc_fork {
	uint32_t count; /* of points; 0: nothing is forked */
	_Atomic uint32_t closed; /* no more of them */
	char program[ALLOC_PROGRAM_SIZE];
	uint32_t number;   /* of the image, among those of that program; 0: whichever */
	int32_t keeper;	   /* who waits for copies: the program's parent */
	uint64_t streams[2][2]; /* st_dev and st_ino of its stdout and stderr, pipes */
	char stream_paths[2][300]; /* FIFOs: those of copies */
	char bell[300];	   /* FIFO: a byte says that there is a copy */
	struct alloc_fork_place places[ALLOC_FORK_PLACES];
	uint32_t places_count;
	_Atomic uint32_t asked;	   /* a point's index, from 1 */
	_Atomic uint32_t answered; /* likewise, when its copy has ended: the program may go on. A futex */
	_Atomic int32_t asker, child; /* the program, its copy */
	_Atomic uint32_t trouble; /* why the copy could not be set apart: enum alloc_fork_state, or 0 */
	struct alloc_page_event event;
	struct alloc_page_process process; /* the copy's counts */
	struct alloc_fork_point points[ALLOC_FORK_POINTS];
};

struct alloc_page {
	uint64_t magic;
	uint32_t rules_count;
	_Atomic uint32_t processes_count; /* may exceed the room: then some went uncounted and unharmed */
	_Atomic uint32_t events_count;	  /* may exceed the room: the rest is counted in fired */
	_Atomic uint32_t diverged_count;  /* likewise */
	struct alloc_page_rule rules[ALLOC_PAGE_RULES];
	struct alloc_page_process processes[ALLOC_PAGE_PROCESSES];
	struct alloc_page_event events[ALLOC_PAGE_EVENTS];
	struct alloc_page_event diverged[ALLOC_PAGE_DIVERGED];
	struct alloc_page_program programs[ALLOC_PAGE_PROGRAMS];
	struct alloc_modules modules; /* that the frames lie in */
	struct alloc_fork fork;
};

/* Does a name match a pattern of * and ? only? */
static inline bool alloc_page_comm_matches(const char *pattern, const char *name)
{
	const char *star = 0, *resume = 0;
	while (*name) {
		if (*pattern == '*') {
			star = ++pattern;
			resume = name;
		} else if (*pattern == '?' || *pattern == *name) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star;
			name = ++resume;
		} else
			return false;
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

/* The finaliser of SplitMix64 (Steele, Lea, Flood 2014). */
static inline uint64_t alloc_page_mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* 64 uniform bits for one allocation: SplitMix64. */
static inline uint64_t alloc_page_draw(uint64_t key, uint64_t ordinal)
{
	return alloc_page_mix(key + ordinal * UINT64_C(0x9e3779b97f4a7c15));
}
