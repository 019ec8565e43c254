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
#define ALLOC_PAGE_MAGIC UINT64_C(0x33636f6c6c61646f) /* "odalloc3", little-endian */
#define ALLOC_PAGE_RULES 16
#define ALLOC_PAGE_PROCESSES 16384 /* a long configure script; what is not used costs no memory */
#define ALLOC_PAGE_EVENTS 1024

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

/* Which allocations of a process fail. Ordinals count, from 1, those that have the size and the program asked for. */
struct alloc_page_rule {
	uint64_t nth_first, nth_last, nth_step;
	uint64_t size_first, size_end; /* half-open, bytes */
	uint64_t times;
	uint64_t chance; /* of 2^64; UINT64_MAX: always */
	uint64_t key;	 /* what the draws are made with */
	char comm[16];	 /* pattern with * and ? for /proc/self/comm; "": any */
};

/* One process image: a fork and an exec each begin a new one. */
struct alloc_page_process {
	_Atomic int32_t pid; /* 0: free */
	char comm[16];
	char program[32]; /* file name, cut; "": unknown */
	_Atomic uint32_t own_malloc; /* 1: the program's malloc is not ours, so it counts nothing and cannot fail */
	_Atomic uint64_t allocations;
	_Atomic uint64_t fired;
	_Atomic uint64_t seen_by[ALLOC_PAGE_RULES];
	_Atomic uint64_t fired_by[ALLOC_PAGE_RULES];
};

/* One allocation that was made to fail. */
struct alloc_page_event {
	_Atomic uint32_t complete; /* written last: 1 */
	int32_t pid;
	uint32_t rule;
	uint32_t function; /* enum alloc_function */
	uint64_t ordinal;  /* among all allocations of the process */
	uint64_t size;
	uint64_t offset; /* of the call, in the module; absolute where the module is unknown */
	char module[48]; /* file name, cut at the front if need be */
	char program[32]; /* of the process */
};

struct alloc_page {
	uint64_t magic;
	uint32_t rules_count;
	_Atomic uint32_t processes_count; /* may exceed the room: then some went uncounted and unharmed */
	_Atomic uint32_t events_count;	  /* may exceed the room: the rest is counted in fired */
	uint32_t pad;
	struct alloc_page_rule rules[ALLOC_PAGE_RULES];
	struct alloc_page_process processes[ALLOC_PAGE_PROCESSES];
	struct alloc_page_event events[ALLOC_PAGE_EVENTS];
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

/* 64 uniform bits for one allocation: the finaliser of SplitMix64 (Steele, Lea, Flood 2014). */
static inline uint64_t alloc_page_draw(uint64_t key, uint64_t ordinal)
{
	uint64_t z = key + ordinal * UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}
