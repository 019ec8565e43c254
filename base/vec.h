/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A growing array of any type.
 *
 *     VEC(struct rule) rules = {0};
 *     struct rule *r = vec_add(&rules);      NULL when memory is out
 *     for (size_t i = 0; i < rules.count; i++) use(&rules.at[i]);
 *     vec_free(&rules);
 *
 * An empty vector is all zeroes. Elements move when it grows: keep indices, not pointers, across vec_add(). */
#pragma once

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define VEC(type)             \
	struct {              \
		type *at;     \
		size_t count; \
		size_t room;  \
	}

/* Make room for one element more. Returns the array, or NULL (nothing changed) when memory is out. */
static inline void *vec_grown(void *at, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return at;
	size_t wanted = *room ? *room * 2 : 8;
	void *grown = reallocarray(at, wanted, size);
	if (grown)
		*room = wanted;
	return grown;
}

/* A pointer to a new, zeroed element at the end, or NULL when memory is out. */
#define vec_add(vec)                                                                           \
	({                                                                                     \
		__auto_type grown_ = vec_grown((vec)->at, (vec)->count, &(vec)->room, sizeof *(vec)->at); \
		__typeof__((vec)->at) added_ = NULL;                                           \
		if (grown_) {                                                                  \
			(vec)->at = grown_;                                                    \
			added_ = &(vec)->at[(vec)->count++];                                   \
			memset(added_, 0, sizeof *added_);                                     \
		}                                                                              \
		added_;                                                                        \
	})

#define vec_free(vec)                   \
	do {                            \
		free((vec)->at);        \
		(vec)->at = NULL;       \
		(vec)->count = (vec)->room = 0; \
	} while (0)
