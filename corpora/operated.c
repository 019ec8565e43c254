/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Remembers what was found of files that damage edits. */
#include "corpora/operated.h"

#include "base/draw.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 1024

struct operated {
	pthread_mutex_t lock;
	struct slot {
		char *path; /* NULL: nothing here */
		uint64_t size, ino;
		int64_t mtime;
		uint32_t mtime_nsec;
		struct patch *patch; /* NULL: nothing that could be struck */
	} slots[SLOTS];
};

struct operated *operated_new(void)
{
	struct operated *operated = calloc(1, sizeof *operated);
	if (operated)
		pthread_mutex_init(&operated->lock, NULL);
	return operated;
}

static void forget(struct slot *slot)
{
	free(slot->path);
	patch_leave(slot->patch);
	*slot = (struct slot){0};
}

void operated_free(struct operated *operated)
{
	if (!operated)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		forget(&operated->slots[i]);
	pthread_mutex_destroy(&operated->lock);
	free(operated);
}

static struct slot *slot_of(struct operated *operated, const char *path)
{
	return &operated->slots[draw_text(path) % SLOTS];
}

static bool holds(const struct slot *slot, const char *path, const struct corpus_stat *whole)
{
	return slot->path && strcmp(slot->path, path) == 0 && slot->size == whole->size && slot->ino == whole->ino &&
	       slot->mtime == whole->mtime && slot->mtime_nsec == whole->mtime_nsec;
}

bool operated_get(struct operated *operated, const char *path, const struct corpus_stat *whole, struct wound *wound)
{
	pthread_mutex_lock(&operated->lock);
	const struct slot *slot = slot_of(operated, path);
	bool known = holds(slot, path, whole);
	if (known && slot->patch)
		wound->patch = patch_share(slot->patch);
	else if (known)
		wound->rule = NULL;
	pthread_mutex_unlock(&operated->lock);
	return known;
}

void operated_put(struct operated *operated, const char *path, const struct corpus_stat *whole, const struct wound *wound)
{
	char *copy = strdup(path);
	if (!copy)
		return;
	pthread_mutex_lock(&operated->lock);
	struct slot *slot = slot_of(operated, path);
	forget(slot);
	*slot = (struct slot){copy, whole->size, whole->ino, whole->mtime, whole->mtime_nsec, patch_share(wound->patch)};
	pthread_mutex_unlock(&operated->lock);
}
