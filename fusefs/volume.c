/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Opens volumes and remembers which rules concern which of their paths. */
#include "fusefs/volume.h"

#include "base/draw.h"
#include "base/scope.h"
#include "faults/kinds.h"
#include "fusefs/durable.h"
#include "fusefs/over.h"
#include "fusefs/power.h"
#include "fusefs/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int open_scratch(struct volume *volume, const char *directory, struct err *err)
{
	volume->root_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (volume->root_fd < 0)
		return err_set(err, errno, "%s: cannot be used for scratch: %s", directory, strerror(errno));
	if (access(directory, W_OK | X_OK) < 0)
		return err_set(err, errno, "%s: cannot be used for scratch: not writable (%s)", directory, strerror(errno));
	return 0;
}

static int open_over(struct volume *volume, const char *places, struct err *err)
{
	struct over_places over;
	struct over_view view;
	int rc = over_parse(places, &over, err);
	rc = rc ? rc : over_open(&over, &view, err);
	if (rc)
		return rc;
	volume->layered = true;
	volume->root_fd = view.root_fd;
	volume->keep_fd = view.keep_fd;
	return 0;
}

static int open_corpus(struct volume *volume, struct err *err)
{
	int rc = corpus_open(volume->source, &volume->corpus, err);
	if (!rc && corpus_damaged(volume->corpus, &volume->damaged) < 0)
		rc = err_set(err, ENOMEM, "%s: the list of its damaged files cannot be made", volume->source);
	if (!rc && volume->damaged.files.count && !(volume->noted = calloc(volume->damaged.files.count, sizeof(bool))))
		rc = err_set(err, ENOMEM, "out of memory");
	return rc;
}

static int open_source(struct volume *volume, struct err *err)
{
	size_t scratch = strlen(WIRE_SCRATCH), over = strlen(WIRE_OVER);
	if (strncmp(volume->source, WIRE_SCRATCH, scratch) == 0)
		return open_scratch(volume, volume->source + scratch, err);
	if (strncmp(volume->source, WIRE_OVER, over) == 0)
		return open_over(volume, volume->source + over, err);
	return open_corpus(volume, err);
}

/* All that any rule names on a volume. */
static opset ops_of_all_rules(const struct plan *plan, const char *volume)
{
	opset ops = 0;
	for (size_t i = 0; i < plan->rules.count; i++)
		if (!plan->rules.at[i]->volume || strcmp(plan->rules.at[i]->volume, volume) == 0)
			ops |= plan->rules.at[i]->on | plan->rules.at[i]->watch;
	return ops;
}

/* What the rules of a plan mean for the volume as a whole. */
static void follow_plan(struct volume *volume, const struct plan *plan)
{
	opset ops = volume->ops = plan ? ops_of_all_rules(plan, volume->name) : 0;
	volume->plan = ops ? plan : NULL;
	volume->unbound[0] = '\0';
	volume->scratch_ops = volume->root_fd >= 0 ? ops | power_watches(volume, plan) : 0;
	/* Once it is counted it stays so, because what is not counted cannot be made up for. */
	if (volume->plan && volume->root_fd >= 0)
		volume->counted |= plan_has_kind(plan, volume->name, &kind_space) || plan_has_kind(plan, volume->name, &kind_statfs);
}

int volume_open(const char *text, const struct plan *plan, const char *model, struct volume **out, struct err *err)
{
	*out = NULL;
	const char *equals = strchr(text, '=');
	if (!equals || equals == text || !equals[1] || memchr(text, '/', (size_t)(equals - text)))
		return err_set(err, EINVAL, "volume '%s': is not NAME=SOURCE", text);
	struct volume *volume = calloc(1, sizeof *volume);
	if (!volume)
		return err_set(err, ENOMEM, "out of memory");
	volume->root_fd = volume->keep_fd = -1;
	volume->generation = 1;
	volume->name = strndup(text, (size_t)(equals - text));
	volume->source = strdup(equals + 1);
	int rc = volume->name && volume->source ? 0 : err_set(err, ENOMEM, "out of memory");
	rc = rc ? rc : open_source(volume, err);
	if (rc) {
		volume_close(volume);
		return rc;
	}
	rc = power_prepare(volume, plan, model);
	if (rc) {
		volume_close(volume);
		return rc == -EINVAL ? err_set(err, EINVAL, "--durable takes strict or ordered, not '%s'", model)
				     : err_set(err, ENOMEM, "out of memory");
	}
	follow_plan(volume, plan);
	*out = volume;
	return 0;
}

static void forget_bindings(struct volume *volume)
{
	for (uint32_t i = 0; i < volume->bindings.room; i++) {
		free(volume->bindings.at[i].path);
		free(volume->bindings.at[i].bound);
		free(volume->bindings.at[i].kept);
	}
	free(volume->bindings.at);
	volume->bindings.at = NULL;
	volume->bindings.count = volume->bindings.room = 0;
	volume->unbound[0] = '\0';
}

void volume_close(struct volume *volume)
{
	if (!volume)
		return;
	forget_bindings(volume);
	listings_fini(&volume->listings);
	retain_fini(&volume->retain);
	corpus_damaged_free(&volume->damaged);
	free(volume->noted);
	corpus_close(volume->corpus);
	durable_free(volume->durable);
	if (volume->root_fd >= 0)
		close(volume->root_fd);
	if (volume->keep_fd >= 0)
		close(volume->keep_fd);
	free(volume->source);
	free(volume->name);
	free(volume);
}

void volume_rearm(struct volume *volume)
{
	forget_bindings(volume);
	volume->generation++;
	for (size_t i = 0; i < volume->damaged.files.count; i++)
		volume->noted[i] = false;
}

/* ---- bindings ---- */

/* The slot of a path: its own, or the free one where it belongs. */
static struct bound_path *slot_of(const struct volume *volume, uint64_t hash, const char *path)
{
	uint32_t mask = volume->bindings.room - 1;
	for (uint32_t i = (uint32_t)hash & mask;; i = (i + 1) & mask) {
		struct bound_path *slot = &volume->bindings.at[i];
		if (!slot->path || (slot->hash == hash && strcmp(slot->path, path) == 0))
			return slot;
	}
}

static bool bindings_grow(struct volume *volume)
{
	uint32_t old_room = volume->bindings.room;
	struct bound_path *old = volume->bindings.at;
	uint32_t wanted = old_room ? old_room * 2 : 64;
	struct bound_path *grown = calloc(wanted, sizeof *grown);
	if (!grown)
		return false;
	volume->bindings.at = grown;
	volume->bindings.room = wanted;
	for (uint32_t i = 0; i < old_room; i++)
		if (old[i].path)
			*slot_of(volume, old[i].hash, old[i].path) = old[i];
	free(old);
	return true;
}

static struct bound *remember(struct volume *volume, uint64_t hash, const char *path, struct bound *bound)
{
	bool roomy = volume->bindings.count * 2 < volume->bindings.room || bindings_grow(volume);
	char *copy = roomy ? strdup(path) : NULL;
	if (!copy) {
		free(bound);
		return NULL;
	}
	*slot_of(volume, hash, path) = (struct bound_path){.path = copy, .hash = hash, .bound = bound};
	volume->bindings.count++;
	return bound;
}

/* ---- bindings after a change of the plan ---- */

/* Put what was counted aside, by rule. Without memory it is forgotten: nothing better can be done. */
static void set_aside(struct bound_path *slot)
{
	struct bound *bound = take_ptr(&slot->bound);
	slot->old = true;
	if (!bound)
		return;
	free(slot->kept);
	slot->kept = calloc(bound->count ? bound->count : 1, sizeof *slot->kept);
	slot->kept_count = slot->kept ? bound->count : 0;
	for (uint32_t i = 0; i < slot->kept_count; i++)
		slot->kept[i] = (struct kept_tally){bound->at[i].rule->serial, bound->at[i].tally};
	free(bound);
}

void volume_take_plan(struct volume *volume, const struct plan *plan)
{
	for (uint32_t i = 0; i < volume->bindings.room; i++)
		if (volume->bindings.at[i].path)
			set_aside(&volume->bindings.at[i]);
	follow_plan(volume, plan);
	volume->generation++;
}

static void take_up(const struct bound_path *slot, struct bound_rule *to)
{
	for (uint32_t i = 0; i < slot->kept_count; i++)
		if (slot->kept[i].serial == to->rule->serial)
			to->tally = slot->kept[i].tally;
}

static struct bound *bind_anew(struct volume *volume, struct bound_path *slot)
{
	if (plan_bind(volume->plan, volume->name, slot->path, &slot->bound) < 0)
		return NULL;
	for (uint32_t i = 0; slot->bound && i < slot->bound->count; i++)
		take_up(slot, &slot->bound->at[i]);
	free(take_ptr(&slot->kept));
	slot->kept_count = 0;
	slot->old = false;
	return slot->bound;
}

struct bound *volume_bound(struct volume *volume, const char *path)
{
	if (!volume->plan || strcmp(volume->unbound, path) == 0)
		return NULL;
	uint64_t hash = draw_text(path);
	struct bound_path *slot = volume->bindings.room ? slot_of(volume, hash, path) : NULL;
	if (slot && slot->path)
		return slot->old ? bind_anew(volume, slot) : slot->bound;
	struct bound *bound;
	if (plan_bind(volume->plan, volume->name, path, &bound) < 0)
		return NULL;
	if (!bound) {
		/* A new file is asked about for its lookup, for its attributes and for its opening. */
		volume->unbound[0] = '\0';
		if (strlen(path) < sizeof volume->unbound)
			strcpy(volume->unbound, path);
		return NULL;
	}
	return remember(volume, hash, path, bound);
}

/* The path of a file by its name number i, the first one being 0. Caller frees. */
static char *path_by_name(struct node *node, size_t i)
{
	if (i)
		return node_child_path(node->others.at[i - 1].parent, node->others.at[i - 1].name);
	const char *path = node_path(node);
	return path ? strdup(path) : NULL;
}

/* Without memory a name's rules are left out: nothing better can be done. */
static struct bound *bound_by_all_names(struct node *node)
{
	for (size_t i = 0; i <= node->others.count; i++) {
		SCOPED_FREE char *path = path_by_name(node, i);
		struct bound *part = path ? volume_bound(node->volume, path) : NULL;
		if (part && joint_add(&node->joint, part) < 0)
			break;
	}
	return node->joint.bound;
}

char *volume_path_for(struct node *node, enum op op)
{
	for (size_t i = 0; i < node->others.count; i++) {
		char *path = path_by_name(node, i);
		struct bound *bound = path ? volume_bound(node->volume, path) : NULL;
		if (bound && bound->ops >> op & 1)
			return path;
		free(path);
	}
	return path_by_name(node, node->others.count);
}

struct bound *volume_node_bound(struct node *node)
{
	struct volume *volume = node->volume;
	if (!volume || !volume->plan)
		return NULL;
	if (node->bound_generation != volume->generation) {
		const char *path = node_path(node);
		joint_clear(&node->joint);
		node->bound = node->others.count ? bound_by_all_names(node) : path ? volume_bound(volume, path) : NULL;
		node->bound_generation = volume->generation;
	}
	return node->bound;
}

opset volume_watched_ops(struct node *node)
{
	struct bound *bound = volume_node_bound(node);
	return (bound ? bound->ops : 0) | (node->volume ? node->volume->scratch_ops : 0);
}

opset volume_watched_path(struct volume *volume, const char *path)
{
	struct bound *bound = volume_bound(volume, path);
	return (bound ? bound->ops : 0) | volume->scratch_ops;
}

static int compare_path(const void *path, const void *file)
{
	return strcmp(path, ((const struct corpus_damaged_file *)file)->path);
}

int volume_note_damage(struct volume *volume, const char *path)
{
	struct corpus_damaged_file *files = volume->damaged.files.at;
	struct corpus_damaged_file *found =
		files ? bsearch(path, files, volume->damaged.files.count, sizeof *files, compare_path) : NULL;
	if (!found || volume->noted[found - files])
		return -1;
	volume->noted[found - files] = true;
	return (int)(found - files);
}
