/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Makes whole files, and finds those that were made before. */
#include "corpora/made.h"

#include "base/scope.h"
#include "base/vec.h"
#include "corpora/crew.h"
#include "corpora/made_store.h"
#include "corpora/numbers.h"
#include "corpora/pread_all.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

struct made {
	struct made_store *store; /* NULL: nothing is kept */
	char *recipe;
	made_maker *make;
	void *of;
	uint64_t files;
	struct crew *crew; /* makes those that come next */
	pthread_mutex_t lock; /* for what follows */
	pthread_cond_t done;
	VEC(uint64_t) busy; /* files that somebody makes */
	_Atomic uint64_t sizes[]; /* plus 1; 0: not known (untouched memory costs nothing) */
};

static int take(struct made *made, uint64_t index, bool *anew);

static void make_ahead(void *self, uint64_t index)
{
	struct made *made = self;
	bool anew;
	int fd = made->sizes[index] ? -1 : take(made, index, &anew);
	if (fd >= 0)
		close(fd);
}

int made_open(const char *recipe, uint64_t files, made_maker *make, void *of, struct made **out)
{
	struct made *made = calloc(1, sizeof *made + files * sizeof made->sizes[0]);
	if (!made)
		return -ENOMEM;
	*made = (struct made){.store = made_store_open(), .recipe = strdup(recipe), .make = make, .of = of, .files = files};
	pthread_mutex_init(&made->lock, NULL);
	pthread_cond_init(&made->done, NULL);
	made->crew = made->store ? crew_new(make_ahead, made) : NULL;
	if (!made->recipe) {
		made_close(made);
		return -ENOMEM;
	}
	*out = made;
	return 0;
}

void made_close(struct made *made)
{
	if (!made)
		return;
	crew_end(made->crew);
	made_store_close(made->store);
	pthread_mutex_destroy(&made->lock);
	pthread_cond_destroy(&made->done);
	vec_free(&made->busy);
	free(made->recipe);
	free(made);
}

/* ---- one file: a head, then its bytes ---- */

/* Magic 16, key 16, digest 16, size 8, zeroes. */
static const char magic[16] = "ordeal made 1\n";

struct key {
	unsigned char bytes[16];
};

static struct key canonical(XXH128_hash_t hash)
{
	struct key key;
	XXH128_canonicalFromHash((XXH128_canonical_t *)(void *)key.bytes, hash);
	return key;
}

static struct key key_of(const struct made *made, uint64_t index)
{
	return canonical(XXH3_128bits_withSeed(made->recipe, strlen(made->recipe), index));
}

static int digest_of(int fd, uint64_t size, struct key *out)
{
	SCOPED_FREE unsigned char *block = malloc(1u << 18);
	XXH3_state_t *state = XXH3_createState();
	int rc = block && state ? 0 : -ENOMEM;
	if (!rc)
		XXH3_128bits_reset(state);
	for (uint64_t done = 0; !rc && done < size;) {
		uint64_t left = size - done;
		ssize_t got = pread_all(fd, block, left < 1u << 18 ? (size_t)left : 1u << 18, MADE_HEAD + done);
		if (got > 0)
			XXH3_128bits_update(state, block, (size_t)got), done += (uint64_t)got;
		else
			rc = got < 0 ? (int)got : -EIO;
	}
	if (!rc)
		*out = canonical(XXH3_128bits_digest(state));
	XXH3_freeState(state);
	return rc;
}

static int head_of(const struct key *key, int fd, uint64_t size, unsigned char head[MADE_HEAD])
{
	struct key digest;
	int rc = digest_of(fd, size, &digest);
	memset(head, 0, MADE_HEAD);
	memcpy(head, magic, sizeof magic);
	memcpy(head + 16, key->bytes, sizeof key->bytes);
	memcpy(head + 32, digest.bytes, sizeof digest.bytes);
	number_put_le(head + 48, size, 8);
	return rc;
}

/* Is what stands there what was made? */
static bool is_sound(int fd, const struct key *key, uint64_t *size)
{
	unsigned char head[MADE_HEAD], wanted[MADE_HEAD];
	struct stat st;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < MADE_HEAD)
		return false;
	*size = (uint64_t)st.st_size - MADE_HEAD;
	/* All is read only where the rest is right: it may be anything, of any size. */
	if (pread_all(fd, head, sizeof head, 0) != sizeof head || memcmp(head, magic, sizeof magic) != 0 ||
	    memcmp(head + 16, key->bytes, sizeof key->bytes) != 0 || number_le(head + 48, 8) != *size)
		return false;
	return head_of(key, fd, *size, wanted) == 0 && memcmp(head, wanted, sizeof head) == 0;
}

static int fill(struct made *made, uint64_t index, const struct key *key, int fd, uint64_t *size)
{
	unsigned char head[MADE_HEAD];
	struct stat st;
	int rc = lseek(fd, MADE_HEAD, SEEK_SET) < 0 ? -errno : made->make(made->of, index, fd);
	if (!rc && fstat(fd, &st) < 0)
		rc = -errno;
	if (rc)
		return rc;
	*size = (uint64_t)st.st_size - MADE_HEAD;
	rc = head_of(key, fd, *size, head);
	if (!rc && pwrite(fd, head, sizeof head, 0) != sizeof head)
		rc = errno ? -errno : -EIO;
	return rc;
}

/* Where there is no room to keep it, it is in memory. */
static int make_in_memory(struct made *made, uint64_t index, const struct key *key, uint64_t *size)
{
	SCOPED_FD int fd = memfd_create("ordeal made", MFD_CLOEXEC);
	int rc = fd < 0 ? -errno : fill(made, index, key, fd, size);
	return rc ? rc : take_fd(&fd);
}

static int make_anew(struct made *made, uint64_t index, const struct key *key, const char *name, uint64_t *size)
{
	SCOPED_FD int fd = made_store_begin(made->store);
	int rc = fd < 0 ? fd : fill(made, index, key, fd, size);
	if (rc == -ENOMEM)
		return rc;
	if (rc)
		return make_in_memory(made, index, key, size);
	made_store_keep(made->store, fd, name, *size);
	return take_fd(&fd);
}

static int find_or_make(struct made *made, uint64_t index, uint64_t *size, bool *anew)
{
	const struct key key = key_of(made, index);
	char name[2 * sizeof key.bytes + 1];
	for (size_t i = 0; i < sizeof key.bytes; i++)
		sprintf(name + 2 * i, "%02x", key.bytes[i]);
	SCOPED_FD int fd = made_store_find(made->store, name);
	if (fd >= 0 && is_sound(fd, &key, size))
		return take_fd(&fd);
	if (fd >= 0)
		made_store_drop(made->store, name);
	*anew = true;
	return make_anew(made, index, &key, name, size);
}

/* ---- by several threads ---- */

static bool is_busy(const struct made *made, uint64_t index)
{
	for (size_t i = 0; i < made->busy.count; i++)
		if (made->busy.at[i] == index)
			return true;
	return false;
}

/* What somebody makes is waited for, and found then. */
static int enter(struct made *made, uint64_t index)
{
	pthread_mutex_lock(&made->lock);
	while (is_busy(made, index))
		pthread_cond_wait(&made->done, &made->lock);
	uint64_t *slot = vec_add(&made->busy);
	if (slot)
		*slot = index;
	pthread_mutex_unlock(&made->lock);
	return slot ? 0 : -ENOMEM;
}

static void leave(struct made *made, uint64_t index)
{
	pthread_mutex_lock(&made->lock);
	for (size_t i = 0; i < made->busy.count; i++)
		if (made->busy.at[i] == index)
			made->busy.at[i] = made->busy.at[--made->busy.count];
	pthread_cond_broadcast(&made->done);
	pthread_mutex_unlock(&made->lock);
}

static int take(struct made *made, uint64_t index, bool *anew)
{
	uint64_t size = 0;
	int rc = enter(made, index);
	if (rc)
		return rc;
	int fd = find_or_make(made, index, &size, anew);
	if (fd >= 0)
		made->sizes[index] = size + 1;
	leave(made, index);
	return fd;
}

/* Who had to wait for one will want the next. */
int made_file(struct made *made, uint64_t index)
{
	bool anew = false;
	int fd = take(made, index, &anew);
	if (anew && made->crew) {
		uint64_t end = index + 1 + 2 * crew_size(made->crew);
		crew_order(made->crew, index + 1, end < made->files ? end : made->files);
	}
	return fd;
}

int made_size(struct made *made, uint64_t index, uint64_t *bytes)
{
	if (!made->sizes[index]) {
		SCOPED_FD int fd = made_file(made, index);
		if (fd < 0)
			return fd;
	}
	*bytes = made->sizes[index] - 1;
	return 0;
}
