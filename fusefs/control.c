/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Takes lines from clients and brings them the answers. */
#include "fusefs/control.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "base/scope.h"
#include "fusefs/control_edit.h"
#include "fusefs/control_words.h"
#include "fusefs/server.h"
#include "fusefs/wire.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

/* While so many bytes wait for a client to read them, no further line of its is taken. */
#define BACKLOG_MAX 65536
/* What is read of a client at a time, so that none keeps the others waiting. */
#define PORTION 65536
#define EVENTS_MAX 16
/* What clients get at a time, before the filesystem has its turn again; after that they wait for as long as it took. A line that is
 * begun is finished. */
#define TURN_NS (1 * NS_PER_MS)

struct control_client {
	struct control_client *next;
	int fd; /* -1: gone, and freed at the next occasion */
	bool tied;
	bool ended; /* it sends no more */
	uint32_t watched;
	int64_t heard_at_ns;
	struct buf input, output;
	size_t sent; /* of output */
	struct buf held; /* an answer that is sent when what it tells of is in force */
	struct invalidation *change; /* ... and what that waits for */
};

/* What the event set knows by number, and not as a client. */
enum { FROM_SOCKET, FROM_TIMER, FROM_INVALIDATOR, FROM_CLIENTS };

/* ---- clients ---- */

/* Whoever gets no room here is told so before it is let go. What it has sent is read first: closing a socket that holds something
 * still would take back what we have sent (unix_release_sock() in net/unix/af_unix.c). */
static void tell_no_memory(int fd)
{
	static const char answer[] = "{\"ok\":false,\"error\":\"out of memory\",\"out_of_memory\":true}\n";
	char bytes[4096];
	for (int i = 0; i < PORTION / (int)sizeof bytes && recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0; i++)
		;
	(void)!send(fd, answer, strlen(answer), MSG_NOSIGNAL | MSG_DONTWAIT);
}

int control_add(struct control *control, int fd, bool tied)
{
	struct control_client *client = calloc(1, sizeof *client);
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
	if (!client || epoll_ctl(control->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
		tell_no_memory(fd);
		free(client);
		close(fd);
		return -ENOMEM;
	}
	client->fd = fd;
	client->tied = tied;
	client->watched = event.events;
	client->heard_at_ns = clock_now_ns();
	client->next = control->clients;
	control->clients = client;
	control->clients_count++;
	return 0;
}

static void drop(struct server *server, struct control_client *client)
{
	struct control *control = &server->control;
	invalidate_leave(&server->invalidator, take_ptr(&client->change));
	/* Closing it would not do that where a child of ours holds the descriptor still: epoll(7), Q6. */
	epoll_ctl(control->epoll_fd, EPOLL_CTL_DEL, client->fd, NULL);
	close(take_fd(&client->fd));
	control->clients_count--;
}

/* Free those that are gone. Not while events that name them are looked at. */
static void sweep(struct control *control)
{
	for (struct control_client **link = &control->clients, *client; (client = *link);) {
		if (client->fd >= 0) {
			link = &client->next;
			continue;
		}
		*link = client->next;
		buf_free(&client->input);
		buf_free(&client->output);
		buf_free(&client->held);
		free(client);
	}
}

static void drop_most_silent(struct server *server)
{
	struct control_client *silent = NULL;
	for (struct control_client *client = server->control.clients; client; client = client->next)
		if (client->fd >= 0 && !client->tied && (!silent || client->heard_at_ns < silent->heard_at_ns))
			silent = client;
	if (silent)
		drop(server, silent);
}

static void accept_clients(struct server *server)
{
	struct control *control = &server->control;
	for (int i = 0, fd; i < EVENTS_MAX && (fd = listen_accept(&control->socket)) >= 0; i++) {
		if (control->clients_count >= CONTROL_CLIENTS_MAX)
			drop_most_silent(server);
		if (control_add(control, fd, false) < 0)
			return;
	}
}

/* ---- output ---- */

static size_t backlog(const struct control_client *client)
{
	return client->output.length - client->sent;
}

/* Send what it takes now. Returns false where it is gone. */
static bool flush(struct control_client *client)
{
	while (backlog(client)) {
		ssize_t sent = send(client->fd, client->output.at + client->sent, backlog(client), MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0)
			return errno == EAGAIN || errno == EINTR;
		client->sent += (size_t)sent;
	}
	/* One long answer is no reason to keep the room for ever. */
	if (client->output.room > BACKLOG_MAX)
		buf_free(&client->output);
	else
		buf_clear(&client->output);
	client->sent = 0;
	return true;
}

/* ---- input ---- */

static char *end_of_line(const struct control_client *client)
{
	const struct buf *input = &client->input;
	return input->length ? memchr(input->at, '\n', input->length) : NULL;
}

/* Where there was no memory for an answer, that is the answer. What stood before it is whole. */
static void say_no_memory(struct control_client *client, size_t before)
{
	struct buf *output = &client->output;
	if (!output->failed)
		return;
	output->failed = false;
	output->length = before;
	buf_text(output, "{\"ok\":false,\"error\":\"out of memory for the answer (it may have been done)\",\"out_of_memory\":true}\n");
}

/* Answer the next line, if a whole one is there. */
static bool take_line(struct server *server, struct control_client *client)
{
	struct buf *input = &client->input;
	char *newline = end_of_line(client);
	if (!newline)
		return false;
	*newline = '\0';
	size_t before = client->output.length;
	client->change = control_answer(server, input->at, &client->output, &client->held);
	say_no_memory(client, before);
	size_t taken = (size_t)(newline + 1 - input->at);
	input->length -= taken;
	memmove(input->at, newline + 1, input->length + 1);
	if (!input->length && input->room > PORTION)
		buf_free(input);
	return true;
}

/* Returns false where the client is to be dropped. */
static bool hear(struct control_client *client)
{
	char bytes[PORTION];
	ssize_t got = recv(client->fd, bytes, sizeof bytes, MSG_DONTWAIT);
	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	client->ended = got == 0;
	client->heard_at_ns = clock_now_ns();
	if (memchr(bytes, '\0', (size_t)got))
		return false;
	buf_add(&client->input, bytes, (size_t)got);
	return !client->input.failed;
}

static bool is_line_too_long(const struct control_client *client)
{
	return client->input.length > WIRE_REQUEST_MAX && !end_of_line(client);
}

/* Answer and send as long as it reads and has the turn. Returns false where it is to be dropped. */
static bool work(struct server *server, struct control_client *client, int64_t until_ns)
{
	bool more = true;
	while (more) {
		if (client->output.failed || !flush(client))
			return false;
		more = backlog(client) < BACKLOG_MAX && !client->change && take_line(server, client) && clock_now_ns() < until_ns;
	}
	if (client->output.failed || !flush(client))
		return false;
	return !(client->ended && !backlog(client) && !end_of_line(client) && !client->change) && !is_line_too_long(client);
}

/* Listen to it unless there is a line already, which must first have its turn or room. The turn comes as soon as it can be sent
 * anything. */
static void watch(struct control *control, struct control_client *client)
{
	bool waits = client->change || end_of_line(client);
	bool may_go_on = backlog(client) || (waits && !client->change);
	uint32_t wanted = (may_go_on ? EPOLLOUT : 0u) | (client->ended || waits ? 0u : EPOLLIN);
	struct epoll_event event = {.events = wanted, .data.ptr = client};
	if (wanted != client->watched && epoll_ctl(control->epoll_fd, EPOLL_CTL_MOD, client->fd, &event) == 0)
		client->watched = wanted;
}

/* What was to be done with the client was done, well or not. */
static void settle(struct server *server, struct control_client *client, bool good)
{
	if (good) {
		watch(&server->control, client);
		return;
	}
	bool tied = client->tied;
	if ((client->input.failed || client->output.failed) && !client->sent)
		tell_no_memory(client->fd);
	drop(server, client);
	server->stopping |= tied && server->dies_with_parent;
}

static void serve_client(struct server *server, struct control_client *client, uint32_t events, int64_t until_ns)
{
	bool broken = events & (EPOLLERR | EPOLLHUP) && !(events & EPOLLIN);
	settle(server, client, !broken && (!(events & EPOLLIN) || hear(client)) && work(server, client, until_ns));
}

/* ---- waiting for changes ---- */

/* The change is in force: bring its answer, and hear what comes behind it. */
static void answer_change(struct server *server, struct control_client *client)
{
	size_t before = client->output.length;
	control_finish(&client->held, invalidate_missed(client->change), &client->output);
	say_no_memory(client, before);
	invalidate_leave(&server->invalidator, take_ptr(&client->change));
	settle(server, client, work(server, client, clock_now_ns() + TURN_NS));
}

static void answer_changes(struct server *server)
{
	for (struct control_client *client = server->control.clients; client; client = client->next)
		if (client->fd >= 0 && client->change && invalidate_is_over(client->change))
			answer_change(server, client);
}

/* Set the timer to the first thing that becomes due. */
static void wind(struct server *server)
{
	int64_t first = control_outages_until(server);
	for (struct control_client *client = server->control.clients; client; client = client->next)
		if (client->fd >= 0 && client->change && invalidate_until_ns(client->change) < first)
			first = invalidate_until_ns(client->change);
	struct itimerspec when = {0}; /* all zero: off */
	if (first != INT64_MAX)
		when.it_value = (struct timespec){.tv_sec = first / NS_PER_S, .tv_nsec = first % NS_PER_S + 1};
	timerfd_settime(server->control.timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

/* ---- serving ---- */

static void serve_event(struct server *server, const struct epoll_event *event, int64_t until_ns)
{
	uint64_t expirations;
	struct control_client *client = event->data.ptr;
	switch (event->data.u64) {
	case FROM_SOCKET:
		accept_clients(server);
		break;
	case FROM_TIMER:
		(void)!read(server->control.timer_fd, &expirations, sizeof expirations);
		control_end_outages(server);
		break;
	case FROM_INVALIDATOR:
		invalidate_tidy(&server->invalidator);
		break;
	default:
		if (client->fd >= 0)
			serve_client(server, client, event->events, until_ns);
	}
}

void control_serve(struct server *server)
{
	struct control *control = &server->control;
	struct epoll_event events[EVENTS_MAX];
	int64_t begun = clock_now_ns(), now = begun;
	if (begun < control->idle_until_ns)
		return;
	int count = epoll_wait(control->epoll_fd, events, EVENTS_MAX, 0);
	/* Those left out come first next time: epoll goes round. */
	for (int i = 0; i < count && now < begun + TURN_NS; i++, now = clock_now_ns())
		serve_event(server, &events[i], begun + TURN_NS);
	answer_changes(server);
	wind(server);
	sweep(control);
	control->idle_until_ns = now - begun < TURN_NS ? 0 : now + (now - begun);
}

/* ---- the life of it ---- */

static int watch_fd(struct control *control, int fd, uint64_t from)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = from};
	return epoll_ctl(control->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

int control_init(struct control *control, int invalidator_fd)
{
	*control = (struct control){.socket = {.fd = -1, .dir_fd = -1}};
	control->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	control->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (control->epoll_fd < 0 || control->timer_fd < 0)
		return -errno;
	int rc = watch_fd(control, control->timer_fd, FROM_TIMER);
	return rc ? rc : watch_fd(control, invalidator_fd, FROM_INVALIDATOR);
}

int control_listen(struct control *control, const char *path, const char *mountpoint, struct err *err)
{
	int rc = listen_open(path, mountpoint, &control->socket, err);
	if (!rc && watch_fd(control, control->socket.fd, FROM_SOCKET) < 0)
		rc = err_set(err, errno, "the control socket cannot be watched: %s", strerror(errno));
	if (rc)
		listen_close(&control->socket);
	return rc;
}

void control_fini(struct server *server)
{
	struct control *control = &server->control;
	for (struct control_client *client = control->clients; client; client = client->next)
		if (client->fd >= 0) {
			if (client->change)
				control_finish(&client->held, invalidate_missed(client->change), &client->output);
			flush(client);
			drop(server, client);
		}
	sweep(control);
	listen_close(&control->socket);
	if (control->timer_fd >= 0)
		close(take_fd(&control->timer_fd));
	if (control->epoll_fd >= 0)
		close(take_fd(&control->epoll_fd));
}
