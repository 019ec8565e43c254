/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Clients of the control channel: what they send comes in pieces, of two of them in turn, one of whom never reads. Each line is
 * answered by one, in order, and each answer is an object with "ok".
 *
 * The input: pieces, each behind a byte with its length and (uppermost bit) the client. */
#include "base/scope.h"
#include "fusefs/control.h"
#include "fusefs/wire.h"
#include "fuzz.h"
#include "stage.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROUNDS_MAX 64

struct client {
	int fd, theirs;
	bool reads;
	size_t lines; /* sent */
	struct buf said;
};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	stage_make();
	return 0;
}

static void join(struct server *server, struct client *client, bool reads)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0 || control_add(&server->control, ends[1], false) < 0)
		abort();
	*client = (struct client){.fd = ends[0], .theirs = ends[1], .reads = reads};
}

static void hear(struct client *client)
{
	char bytes[8192];
	for (ssize_t got; client->reads && (got = recv(client->fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0;)
		buf_add(&client->said, bytes, (size_t)got);
}

static void send_piece(struct client *client, const uint8_t *bytes, size_t size)
{
	ssize_t sent = send(client->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	for (ssize_t i = 0; i < sent; i++)
		client->lines += bytes[i] == '\n';
}

static void check_answers(struct client *client)
{
	size_t answers = 0;
	char *at = client->said.length ? client->said.at : NULL;
	for (char *newline; at && (newline = strchr(at, '\n')); at = newline + 1, answers++) {
		*newline = '\0';
		json_t *answer = json_loads(at, JSON_REJECT_DUPLICATES, NULL);
		PROMISE(json_is_boolean(json_object_get(answer, "ok")));
		PROMISE((size_t)(newline - at) <= WIRE_ANSWER_MAX);
		json_decref(answer);
	}
	PROMISE(answers <= client->lines);
	PROMISE(!at || !*at); /* nothing is said by halves */
}

static void talk(struct server *server, struct client clients[2], const uint8_t *at, const uint8_t *end)
{
	while (at < end) {
		size_t length = (size_t)(*at & 0x7f) * 8 + 1;
		struct client *client = &clients[*at++ >> 7];
		if (length > (size_t)(end - at))
			length = (size_t)(end - at);
		send_piece(client, at, length);
		at += length;
		control_serve(server);
		hear(client);
	}
	for (int i = 0; i < ROUNDS_MAX; i++) {
		control_serve(server);
		hear(&clients[0]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct server server;
	struct client clients[2];
	stage_start(&server, memfd_create("answers", MFD_CLOEXEC));
	join(&server, &clients[0], true);
	join(&server, &clients[1], false);
	talk(&server, clients, bytes, bytes + size);
	stage_end(&server);
	hear(&clients[0]);
	check_answers(&clients[0]);
	for (int i = 0; i < 2; i++) {
		close(clients[i].fd);
		buf_free(&clients[i].said);
	}
	return 0;
}
