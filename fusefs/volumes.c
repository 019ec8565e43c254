/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Opens volumes, gives them their places, and lets them go. */
#include "fusefs/volumes.h"

#include "base/mountpath.h"
#include "base/scope.h"
#include "fusefs/backing.h"
#include "fusefs/invalidate.h"
#include "fusefs/over.h"
#include "fusefs/request.h"
#include "fusefs/server.h"
#include "fusefs/wire.h"

#include <errno.h>
#include <string.h>

#define MARK_SHIFT 56

struct volume *volumes_find(const struct server *server, const char *name)
{
	for (size_t i = 0; i < server->volumes.count; i++)
		if (strcmp(server->volumes.at[i]->name, name) == 0)
			return server->volumes.at[i];
	return NULL;
}

/* ---- opening ---- */

int volumes_open(struct server *server, const char *text, struct err *err)
{
	struct volume *volume;
	int rc = volume_open(text, server->plan, server->durable, &volume, err);
	if (rc)
		return rc;
	volume->shared = server->shared && geteuid() == 0 && !volume->corpus;
	volume->caching = server->caching;
	struct volume **slot = volumes_find(server, volume->name) ? NULL : vec_add(&server->volumes);
	if (slot) {
		*slot = volume;
		return 0;
	}
	rc = volumes_find(server, volume->name) ? err_set(err, EINVAL, "two volumes are named '%s'", volume->name)
						 : err_set(err, ENOMEM, "out of memory");
	volume_close(volume);
	return rc;
}

static struct node *add_root(struct server *server, struct volume *volume)
{
	struct node *root = nodes_add(&server->nodes, volume, NULL, NULL, 0);
	if (root)
		root->uses = 1; /* as long as the volume is there */
	if (volume)
		volume->root = root;
	return root;
}

static bool is_marked(const struct server *server, uint64_t mark)
{
	for (size_t i = 0; i < server->volumes.count; i++)
		if (server->volumes.at[i]->ino_mark == mark)
			return true;
	for (size_t i = 0; i < server->dropped.count; i++)
		if (server->dropped.at[i]->ino_mark == mark)
			return true;
	return false;
}

/* A directory of the mount, with inode numbers of its own. */
static int place(struct server *server, struct volume *volume, struct err *err)
{
	uint64_t mark = 1;
	while (mark <= UINT8_MAX && is_marked(server, mark << MARK_SHIFT))
		mark++;
	if (mark > UINT8_MAX)
		return err_set(err, ENOSPC, "more than %d volumes are there, or dropped and still in use", UINT8_MAX);
	if (!add_root(server, volume))
		return err_set(err, ENOMEM, "out of memory");
	volume->ino_mark = mark << MARK_SHIFT;
	return 0;
}

int volumes_root(struct server *server, const char *name, struct err *err)
{
	server->root_volume = name ? volumes_find(server, name) : NULL;
	if (name && !server->root_volume)
		return err_set(err, EINVAL, "--root: no volume is named '%s'", name);
	if (!add_root(server, server->root_volume))
		return err_set(err, ENOMEM, "out of memory");
	int rc = 0;
	for (size_t i = 0; !rc && !server->root_volume && i < server->volumes.count; i++)
		rc = place(server, server->volumes.at[i], err);
	return rc;
}

/* ---- adding ---- */

static bool is_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);
	return strncmp(path, directory, length) == 0 && (!path[length] || path[length] == '/');
}

/* A server that looks into its own mount waits for itself, for ever. Looked at without asking the mount. */
static int check_path(const struct server *server, const char *path, bool shows_all_below, struct err *err)
{
	struct mountinfo_list list;
	struct mountpath where;
	int rc = mountinfo_read(WIRE_FSTYPE, &list);
	if (!rc)
		rc = mountpath_find(&list, path, &where);
	const char *mountpoint = server->device.mountpoint ? server->device.mountpoint : "/";
	if (rc)
		err_set(err, -rc, "%s: %s", path, strerror(-rc));
	else if (where.mount && strcmp(where.mount->path, mountpoint) == 0)
		rc = err_set(err, EINVAL, "%s lies in the mount itself", path);
	else if (!where.mount && shows_all_below && is_below(mountpoint, where.whole))
		rc = err_set(err, EINVAL, "the mount lies in %s: it would show itself", path);
	mountinfo_free(&list);
	return rc;
}

static bool begins(const char *source, const char *prefix)
{
	return strncmp(source, prefix, strlen(prefix)) == 0;
}

static int from_the_root(const char *source, const char *path, struct err *err)
{
	return path[0] == '/' ? 0 : err_set(err, EINVAL, "%s: the path must begin at the root", source);
}

static int check_over(const struct server *server, const char *source, struct err *err)
{
	struct over_places places;
	int rc = over_parse(source + strlen(WIRE_OVER), &places, err);
	rc = rc ? rc : from_the_root(source, places.base, err);
	rc = rc ? rc : check_path(server, places.base, true, err);
	if (rc || !places.keep[0])
		return rc;
	rc = from_the_root(source, places.keep, err);
	return rc ? rc : check_path(server, places.keep, true, err);
}

static int check_place(const struct server *server, const char *source, struct err *err)
{
	const char *colon = strchr(source, ':'), *path = colon ? colon + 1 : source;
	if (begins(source, WIRE_OVER))
		return check_over(server, source, err);
	if (begins(source, "tree:") || begins(source, "pack:") || begins(source, WIRE_SCRATCH)) {
		int rc = from_the_root(source, path, err);
		if (rc)
			return rc;
	}
	return path[0] == '/' ? check_path(server, path, !begins(source, "pack:"), err) : 0;
}

static int check_name(const struct server *server, const char *name, struct err *err)
{
	size_t good = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");
	if (!good || name[good])
		return err_set(err, EINVAL, "'%s' is no name of a volume (small letters, digits, _ and -)", name);
	return volumes_find(server, name) ? err_set(err, EEXIST, "a volume is named '%s' already", name) : 0;
}

int volumes_add(struct server *server, const char *name, const char *source, struct err *err)
{
	SCOPED_FREE char *text = NULL;
	if (server->root_volume)
		return err_set(err, EINVAL, "this mount shows one volume as itself, and has no directory for others (one that was mounted with --scratch has)");
	if (server->volumes.count >= VOLUMES_MAX)
		return err_set(err, ENOSPC, "more than %d volumes", VOLUMES_MAX);
	int rc = check_name(server, name, err);
	if (!rc)
		rc = check_place(server, source, err);
	if (!rc && asprintf(&text, "%s=%s", name, source) < 0)
		rc = err_set(err, ENOMEM, "out of memory");
	if (!rc)
		rc = volumes_open(server, text, err);
	if (rc)
		return rc;
	struct volume *volume = server->volumes.at[server->volumes.count - 1];
	rc = place(server, volume, err);
	if (rc) {
		server->volumes.count--;
		volume_close(volume);
		return rc;
	}
	volume->names_are_brief = !server->invalidator.has_epoch;
	return 0;
}

/* ---- dropping ---- */

static bool is_of_volume(const struct request *request, const void *volume)
{
	const struct node *about = request->about;
	return request->node->volume == volume || (about && about->volume == volume);
}

static void take_out(struct server *server, const struct volume *volume)
{
	size_t at = 0;
	while (server->volumes.at[at] != volume)
		at++;
	server->volumes.count--;
	memmove(&server->volumes.at[at], &server->volumes.at[at + 1], (server->volumes.count - at) * sizeof(struct volume *));
}

int volumes_drop(struct server *server, struct volume *volume, struct invalidation **job)
{
	struct volume **slot = vec_add(&server->dropped);
	if (!slot)
		return -ENOMEM;
	*slot = volume;
	take_out(server, volume);
	volume->dropped = true;
	volume_take_plan(volume, NULL);
	server_release_those(server, is_of_volume, volume, ESTALE);
	*job = invalidate_volume(server, volume);
	struct node *root = volume->root;
	volume->root = NULL;
	root->uses--;
	backing_release(server, root);
	volumes_tidy(server);
	return 0;
}

void volumes_tidy(struct server *server)
{
	for (size_t i = server->dropped.count; i-- > 0;) {
		struct volume *volume = server->dropped.at[i];
		if (volume->nodes)
			continue;
		server->dropped.at[i] = server->dropped.at[--server->dropped.count];
		volume_close(volume);
	}
}

void volumes_fini(struct server *server)
{
	for (size_t i = 0; i < server->volumes.count; i++)
		volume_close(server->volumes.at[i]);
	for (size_t i = 0; i < server->dropped.count; i++)
		volume_close(server->dropped.at[i]);
	vec_free(&server->volumes);
	vec_free(&server->dropped);
}
