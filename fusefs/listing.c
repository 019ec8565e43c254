/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Keeps listings, the ones used last. */
#include "fusefs/listing.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A directory that has changed so lately may change again within the grain of its time stamps: some filesystems count whole
 * seconds, others two. */
#define GRAIN_S 3

static size_t bytes_of(const struct listing *listing)
{
	return listing->names.bytes + listing->names.names.room * sizeof *listing->names.names.at;
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

void listing_drop(struct listing *listing)
{
	if (!listing || --listing->users)
		return;
	corpus_names_free(&listing->names);
	free(listing->path);
	free(listing);
}

struct listing *listing_own(struct listing *listing)
{
	if (listing->users == 1)
		return listing;
	struct listing *own = calloc(1, sizeof *own);
	if (!own)
		return NULL;
	own->users = 1;
	for (size_t i = 0; i < listing->names.names.count; i++) {
		const struct corpus_name *name = &listing->names.names.at[i];
		if (corpus_names_add(&own->names, name->name, name->type, name->ino) < 0) {
			listing_drop(own);
			return NULL;
		}
	}
	listing_drop(listing);
	return own;
}

/* Take it out of the chain, and let go of it. */
static void forget(struct listing **link)
{
	struct listing *listing = *link;
	*link = listing->next;
	listing_drop(listing);
}

void listings_fini(struct listings *listings)
{
	while (listings->newest)
		forget(&listings->newest);
}

static void put_newest(struct listings *listings, struct listing *listing)
{
	listing->next = listings->newest;
	listings->newest = listing;
}

struct listing *listings_find(struct listings *listings, const char *path, const struct stat *st)
{
	struct listing **link = &listings->newest;
	while (*link && strcmp((*link)->path, path) != 0)
		link = &(*link)->next;
	struct listing *found = *link;
	if (!found)
		return NULL;
	if (st && !(found->ino == st->st_ino && same_time(found->mtime, st->st_mtim) && same_time(found->ctime, st->st_ctim))) {
		forget(link);
		return NULL;
	}
	*link = found->next;
	put_newest(listings, found);
	found->users++;
	return found;
}

static void make_room(struct listings *listings)
{
	size_t bytes = 0, count = 0;
	for (struct listing **link = &listings->newest; *link;) {
		bytes += bytes_of(*link);
		if (++count > LISTINGS_MAX || bytes > LISTINGS_BYTES_MAX)
			forget(link);
		else
			link = &(*link)->next;
	}
}

void listings_keep(struct listings *listings, struct listing *listing, const char *path, const struct stat *st)
{
	time_t now = time(NULL);
	if (st && (st->st_ctim.tv_sec + GRAIN_S > now || st->st_mtim.tv_sec + GRAIN_S > now))
		return;
	if (bytes_of(listing) > LISTINGS_BYTES_MAX || !(listing->path = strdup(path)))
		return;
	if (st) {
		listing->mtime = st->st_mtim;
		listing->ctime = st->st_ctim;
		listing->ino = st->st_ino;
	}
	listing->users++;
	put_newest(listings, listing);
	make_room(listings);
}
