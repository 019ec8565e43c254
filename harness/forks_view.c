/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Layers. */
#include "harness/forks_view.h"

#include "base/scope.h"
#include "harness/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

static int make_layers(const struct alloc_fork_place *place)
{
	struct stat st;
	if (stat(place->lower, &st) < 0 || mkdir(place->upper, 0755) < 0 || mkdir(place->work, 0755) < 0)
		return -errno;
	return chmod(place->upper, st.st_mode & 07777) < 0 ? -errno : 0;
}

int forks_view_begin(struct forks_view *view, const struct world *world, struct alloc_fork *fork)
{
	static const struct {
		const char *at, *lower, *name;
	} places[ALLOC_FORK_PLACES] = {{"m/out", "back/out", "out"}, {"tmp", "tmp", "tmp"}, {"home", "home", "home"}};
	char path[300];
	*view = (struct forks_view){.world = world};
	snprintf(path, sizeof path, "%s/fork", world->base);
	int rc = mkdir(path, 0755) < 0 ? -errno : 0;
	snprintf(path, sizeof path, "%s/fork/view", world->base);
	rc = rc ? rc : mkdir(path, 0755) < 0 ? -errno : 0;
	for (uint32_t i = 0; !rc && i < ALLOC_FORK_PLACES; i++) {
		struct alloc_fork_place *place = &view->places[i];
		snprintf(place->at, sizeof place->at, "%s/%s", world->base, places[i].at);
		snprintf(place->lower, sizeof place->lower, "%s/%s", world->base, places[i].lower);
		snprintf(place->upper, sizeof place->upper, "%s/fork/%s", world->base, places[i].name);
		snprintf(place->work, sizeof place->work, "%s/fork/%s.work", world->base, places[i].name);
		rc = make_layers(place);
		fork->places[i] = *place;
	}
	fork->places_count = ALLOC_FORK_PLACES;
	return rc;
}

/* Both are lower layers here: nothing is written. */
static int list_both(const struct forks_view *view, const struct alloc_fork_place *place, int fd, struct err *err)
{
	char path[300], layers[700];
	snprintf(path, sizeof path, "%s/fork/view", view->world->base);
	snprintf(layers, sizeof layers, "lowerdir=%s:%s,redirect_dir=follow", place->upper, place->lower);
	if (mount("ordeal", path, "overlay", MS_RDONLY, layers) < 0)
		return err_set(err, errno, "%s: the layers of a copy cannot be mounted: %s", path, strerror(errno));
	int rc = manifest_write(path, fd, err);
	if (umount2(path, MNT_DETACH) < 0)
		return err_set(err, errno, "%s: cannot be unmounted: %s", path, strerror(errno));
	return rc;
}

int forks_view_list(const struct forks_view *view, uint32_t index, int fd, struct err *err)
{
	const struct alloc_fork_place *place = &view->places[index];
	if (world_is_empty(place->lower))
		return manifest_write(place->upper, fd, err);
	if (world_is_empty(place->upper))
		return manifest_write(place->lower, fd, err);
	return list_both(view, place, fd, err);
}

static void remove_layer(const char *path)
{
	if (rmdir(path) < 0)
		world_remove_tree(path);
}

bool forks_view_renew(const struct forks_view *view)
{
	for (uint32_t i = 0; i < ALLOC_FORK_PLACES; i++) {
		const struct alloc_fork_place *place = &view->places[i];
		remove_layer(place->upper);
		remove_layer(place->work);
		if (make_layers(place) < 0)
			return false;
	}
	return true;
}
