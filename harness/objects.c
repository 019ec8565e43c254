/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Looks for objects of inter-process communication.
 *
 * A namespace of its own holds those of System V and the queues of POSIX (ipc_namespaces(7)). Shared memory and semaphores of POSIX are
 * files in /dev/shm (shm_overview(7), sem_overview(7)): over that lies an overlay whose upper layer is the world's, so that a corpus, or a
 * program, that stands there can be read. */
#include "harness/objects.h"

#include "base/buf.h"
#include "base/scope.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define SHM "/dev/shm"

static void make_below(const struct world *world, const char *below, char path[300])
{
	snprintf(path, 300, "%s/%s", world->base, below);
	mkdir(path, 0755);
}

/* Where a kernel lacks one of them, what is left there is not seen. */
void objects_begin(const struct world *world)
{
	char queues[300], top[300], upper[300], work[300], layers[700];
	if (world->kind != WORLD_PRIVATE)
		return;
	make_below(world, "queues", queues);
	make_below(world, "shm", top);
	make_below(world, "shm/upper", upper);
	make_below(world, "shm/work", work);
	snprintf(layers, sizeof layers, "lowerdir=" SHM ",upperdir=%s,workdir=%s", upper, work);
	(void)!mount("mqueue", queues, "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	if (chmod(upper, 01777) == 0)
		(void)!mount("ordeal", SHM, "overlay", MS_NOSUID | MS_NODEV, layers);
}

struct listing {
	char *text;
	size_t size;
	unsigned count;
};

static void add(struct listing *listing, const char *what, const char *name)
{
	size_t used = strlen(listing->text);
	snprintf(listing->text + used, listing->size - used, "%s%s %s", listing->count++ ? ", " : "", what, name);
}

static void list_directory(const struct world *world, const char *below, const char *what, struct listing *listing)
{
	char path[300];
	snprintf(path, sizeof path, "%s/%s", world->base, below);
	SCOPED_DIR DIR *dir = opendir(path);
	for (struct dirent *entry; dir && (entry = readdir(dir));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			add(listing, what, entry->d_name);
}

/* A head, then a line each: key, identifier, permissions ... (proc(5)). */
static void list_system_v(const char *file, const char *what, struct listing *listing)
{
	SCOPED(buf_free) struct buf text = {0};
	if (buf_read_file(&text, file, 1u << 20) < 0)
		return;
	char *rest = text.at, identifier[16];
	strsep(&rest, "\n");
	for (char *line; rest && (line = strsep(&rest, "\n"));)
		if (sscanf(line, "%*s %15s", identifier) == 1)
			add(listing, what, identifier);
}

unsigned objects_left(const struct world *world, char *text, size_t size)
{
	struct listing listing = {text, size, 0};
	text[0] = '\0';
	if (world->kind != WORLD_PRIVATE)
		return 0;
	list_system_v("/proc/sysvipc/shm", "shared memory segment", &listing);
	list_system_v("/proc/sysvipc/sem", "semaphore set", &listing);
	list_system_v("/proc/sysvipc/msg", "message queue", &listing);
	list_directory(world, "queues", "message queue", &listing);
	list_directory(world, "shm/upper", SHM " file", &listing);
	return listing.count;
}
