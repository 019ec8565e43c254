/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
#include "fusefs/revalidate.h"

#include "fusefs/lookup.h"
#include "fusefs/request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Of threads that never came back with it the oldest is forgotten. */
#define REVALIDATIONS_MAX 64

void revalidate_know(struct server *server, struct node *node)
{
	node->lookups++;
	node->entered = server->revalidations.epoch + 1;
}

void revalidate_drop_all(struct server *server)
{
	server->revalidations.epoch++;
}

static void drop(struct revalidations *all, size_t index)
{
	free(all->expected.at[index].name);
	all->expected.count--;
	memmove(&all->expected.at[index], &all->expected.at[index + 1], (all->expected.count - index) * sizeof *all->expected.at);
}

static void expect(struct server *server, const struct second_question *question)
{
	struct revalidations *all = &server->revalidations;
	if (all->expected.count == REVALIDATIONS_MAX)
		drop(all, 0);
	struct second_question *slot = question->name ? vec_add(&all->expected) : NULL;
	if (slot)
		*slot = *question;
	else
		free(question->name);
}

/* Had the kernel an entry of the name? It has none any more: it drops it, or there was none. */
static bool take_entry(struct request *r)
{
	struct node *node = r->about ? r->about : r->node->volume ? lookup_known(r->server, r->node, r->name) : NULL;
	bool known = node && node->lookups && node->entered == r->server->revalidations.epoch + 1;
	if (node)
		node->entered = 0;
	return known;
}

void revalidate_failed(struct request *r, int error)
{
	if (!take_entry(r) || error == ENOMEM || error == EINTR)
		return;
	const struct second_question question = {
		.thread = fuse_req_ctx(r->req)->pid, .directory = r->node->id, .name = strdup(r->name), .error = error};
	expect(r->server, &question);
}

static size_t find(const struct revalidations *all, pid_t thread)
{
	size_t index = 0;
	while (index < all->expected.count && all->expected.at[index].thread != thread)
		index++;
	return index;
}

bool revalidate_answer(fuse_req_t req, fuse_ino_t directory, const char *name)
{
	struct server *server = fuse_req_userdata(req);
	struct revalidations *all = &server->revalidations;
	size_t index = all->expected.count ? find(all, fuse_req_ctx(req)->pid) : 0;
	if (index == all->expected.count)
		return false;
	const struct second_question *expected = &all->expected.at[index];
	if (expected->directory != directory || strcmp(expected->name, name) != 0)
		return false;
	int error = expected->error;
	drop(all, index);
	fuse_reply_err(req, error);
	return true;
}

void revalidate_over(struct server *server, pid_t thread)
{
	struct revalidations *all = &server->revalidations;
	size_t index = find(all, thread);
	if (index < all->expected.count)
		drop(all, index);
}

void revalidate_fini(struct revalidations *all)
{
	while (all->expected.count)
		drop(all, all->expected.count - 1);
	vec_free(&all->expected);
}
