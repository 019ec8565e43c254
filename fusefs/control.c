/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Answers the control channel. */
#include "fusefs/control.h"

#include "base/jsonw.h"
#include "base/nearest.h"
#include "base/scope.h"
#include "fusefs/server.h"
#include "fusefs/wire.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/socket.h>

/* ---- the words ---- */

static void do_arm(struct server *server, struct jsonw *j)
{
	(void)j;
	server_arm(server);
}

static void do_disarm(struct server *server, struct jsonw *j)
{
	(void)j;
	server_disarm(server);
}

static void do_quit(struct server *server, struct jsonw *j)
{
	(void)j;
	server->stopping = true;
}

static void put_operations(const struct server *server, struct jsonw *j)
{
	jsonw_key(j, "operations"), jsonw_object(j);
	for (int op = 0; op < OP_COUNT; op++)
		if (server->counts.operations[op])
			jsonw_key(j, ops_name((enum op)op)), jsonw_uint(j, server->counts.operations[op]);
	jsonw_close(j);
}

static void put_rules(const struct server *server, struct jsonw *j)
{
	jsonw_key(j, "rules"), jsonw_array(j);
	for (size_t i = 0; server->plan && i < server->plan->rules.count; i++) {
		jsonw_object(j);
		jsonw_key(j, "name"), jsonw_text(j, server->plan->rules.at[i]->name);
		jsonw_key(j, "hits"), jsonw_uint(j, server->live.rules[i].hits);
		jsonw_close(j);
	}
	jsonw_close(j);
}

static void do_status(struct server *server, struct jsonw *j)
{
	journal_flush(&server->journal);
	jsonw_key(j, "armed"), jsonw_bool(j, server->armed);
	jsonw_key(j, "handles"), jsonw_uint(j, server->nodes.handles_open);
	jsonw_key(j, "handles_peak"), jsonw_uint(j, server->nodes.handles_peak);
	jsonw_key(j, "nodes"), jsonw_uint(j, server->nodes.count);
	jsonw_key(j, "parked"), jsonw_uint(j, server->park.count);
	jsonw_key(j, "bytes_read"), jsonw_uint(j, server->counts.bytes_read);
	jsonw_key(j, "bytes_written"), jsonw_uint(j, server->counts.bytes_written);
	jsonw_key(j, "journal_lost"), jsonw_uint(j, server->journal.lost);
	put_operations(server, j);
	put_rules(server, j);
}

struct word {
	const char *name;
	void (*act)(struct server *server, struct jsonw *j);
};

static const struct word words[] = {
	{"arm", do_arm}, {"disarm", do_disarm}, {"status", do_status}, {"quit", do_quit}};

/* ---- lines ---- */

static void refuse(struct jsonw *j, const char *why)
{
	jsonw_key(j, "ok"), jsonw_bool(j, false);
	jsonw_key(j, "error"), jsonw_text(j, why);
}

static void answer(struct server *server, const char *line, struct jsonw *j)
{
	json_error_t error;
	json_t *root = json_loads(line, JSON_REJECT_DUPLICATES, &error);
	const char *name = json_string_value(json_object_get(root, "do"));
	const struct word *word = name ? named_in(words, COUNT_OF(words), sizeof words[0], name) : NULL;
	if (!root)
		refuse(j, error.text);
	else if (!name)
		refuse(j, "a line must be an object with a text 'do'");
	else if (!word)
		refuse(j, "unknown word (arm, disarm, status, quit)");
	else {
		jsonw_key(j, "ok"), jsonw_bool(j, true);
		word->act(server, j);
	}
	json_decref(root);
}

static void take_line(struct server *server, const char *line)
{
	SCOPED(buf_free) struct buf reply = {0};
	struct jsonw j = jsonw_to(&reply);
	jsonw_object(&j);
	answer(server, line, &j);
	jsonw_close(&j);
	buf_char(&reply, '\n');
	/* A reader that does not read is dropped: the filesystem waits for nobody. */
	if (send(server->control.fd, buf_string(&reply), reply.length, MSG_NOSIGNAL | MSG_DONTWAIT) !=
	    (ssize_t)reply.length)
		control_fini(&server->control);
}

static void take_lines(struct server *server)
{
	struct buf *input = &server->control.input;
	char *start = input->at;
	for (char *newline; server->control.fd >= 0 && (newline = strchr(start, '\n')); start = newline + 1) {
		*newline = '\0';
		take_line(server, start);
	}
	if (server->control.fd < 0)
		return;
	size_t rest = input->length - (size_t)(start - input->at);
	memmove(input->at, start, rest + 1);
	input->length = rest;
}

void control_serve(struct server *server)
{
	struct control *control = &server->control;
	char bytes[4096];
	ssize_t got = recv(control->fd, bytes, sizeof bytes, MSG_DONTWAIT);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	bool fits = got > 0 && control->input.length + (size_t)got <= WIRE_LINE_MAX && !memchr(bytes, '\0', (size_t)got);
	if (fits)
		buf_add(&control->input, bytes, (size_t)got);
	if (!fits || control->input.failed) {
		control_fini(control);
		server->stopping |= server->dies_with_parent;
	} else {
		take_lines(server);
	}
}

void control_fini(struct control *control)
{
	if (control->fd >= 0)
		close(take_fd(&control->fd));
	buf_free(&control->input);
}
