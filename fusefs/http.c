/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* GET /metrics by libmicrohttpd in its external mode: it has an epoll descriptor of its own, which we watch together with a timer for
 * its timeouts; MHD_run() does what is due and comes back. */
#include "fusefs/http.h"

#include "base/clock.h"
#include "base/scope.h"
#include "fusefs/observe.h"
#include "fusefs/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#define CONNECTIONS_MAX 16
#define PATIENCE_S 5 /* with a client that says nothing, or takes nothing */
#define CONNECTION_BYTES 16384

/* Prometheus' text format, as its server asks for it. */
#define CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* ---- answers ---- */

static enum MHD_Result reply(struct MHD_Connection *connection, unsigned status, struct buf *body)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(body->length, take_ptr(&body->at), MHD_RESPMEM_MUST_FREE);
	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, status == MHD_HTTP_OK ? CONTENT_TYPE : "text/plain");
	enum MHD_Result result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

/* Called once when the head of a request is there (the first time *seen is NULL), and again when all of it is. */
static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
			      const char *upload, size_t *upload_size, void **seen)
{
	(void)version, (void)upload;
	static char mark;
	struct buf body = {0};
	if (!*seen) {
		*seen = &mark;
		return MHD_YES;
	}
	*upload_size = 0; /* whatever it is, it is not looked at */
	if (strcmp(url, "/metrics") != 0) {
		buf_text(&body, "only /metrics is here\n");
		return reply(connection, MHD_HTTP_NOT_FOUND, &body);
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
		buf_text(&body, "only GET is understood\n");
		return reply(connection, MHD_HTTP_METHOD_NOT_ALLOWED, &body);
	}
	observe_prometheus(context, &body);
	return reply(connection, body.failed ? MHD_HTTP_INTERNAL_SERVER_ERROR : MHD_HTTP_OK, &body);
}

/* ---- the socket ---- */

/* A socket that listens on the loopback interface; fills in which port it is. -errno. */
static int listen_on(uint16_t *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(*port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	const int yes = 1;
	SCOPED_FD int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0 || bind(fd, (void *)&address, size) < 0 ||
	    listen(fd, CONNECTIONS_MAX) < 0 || getsockname(fd, (void *)&address, &size) < 0)
		return -errno;
	*port = ntohs(address.sin_port);
	return take_fd(&fd);
}

/* ---- the loop's side ---- */

static void wind(struct http *http)
{
	MHD_UNSIGNED_LONG_LONG ms = 0;
	struct itimerspec when = {0}; /* all zero: off */
	if (MHD_get_timeout(http->daemon, &ms) == MHD_YES) {
		int64_t ns = ms ? (int64_t)ms * NS_PER_MS : 1;
		when.it_value = (struct timespec){.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
	}
	timerfd_settime(http->timer_fd, 0, &when, NULL);
}

static unsigned connections(const struct http *http)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
	return info ? info->num_connections : 0;
}

void http_serve(struct http *http)
{
	uint64_t expirations;
	unsigned before;
	(void)!read(http->timer_fd, &expirations, sizeof expirations);
	/* At its limit it does not listen, and a run that has let connections go begins to again only at the next one. */
	do {
		before = connections(http);
		MHD_run(http->daemon);
	} while (connections(http) < before);
	wind(http);
}

static int watch(struct http *http)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	struct epoll_event event = {.events = EPOLLIN};
	http->fd = epoll_create1(EPOLL_CLOEXEC);
	http->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (!info || http->fd < 0 || http->timer_fd < 0 || epoll_ctl(http->fd, EPOLL_CTL_ADD, info->epoll_fd, &event) < 0 ||
	    epoll_ctl(http->fd, EPOLL_CTL_ADD, http->timer_fd, &event) < 0)
		return -EIO;
	return 0;
}

int http_open(struct server *server, uint16_t port, struct err *err)
{
	struct http *http = &server->http;
	SCOPED_FD int fd = listen_on(&port);
	if (fd < 0)
		return err_set(err, -fd, "--metrics-port: 127.0.0.1:%u cannot be listened on: %s", port, strerror(-fd));
	errno = 0;
	http->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, answer, server, MHD_OPTION_LISTEN_SOCKET, fd,
					MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, PATIENCE_S,
					MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_END);
	if (!http->daemon)
		return err_set(err, errno == ENOMEM ? ENOMEM : EIO, "--metrics-port: libmicrohttpd does not start%s",
			       errno == ENOMEM ? ": out of memory" : "");
	take_fd(&fd); /* closed by MHD_stop_daemon() */
	http->port = port;
	return watch(http) < 0 ? err_set(err, EIO, "--metrics-port: no descriptors for the event loop") : 0;
}

void http_close(struct http *http)
{
	if (http->daemon)
		MHD_stop_daemon(take_ptr(&http->daemon));
	if (http->fd >= 0)
		close(take_fd(&http->fd));
	if (http->timer_fd >= 0)
		close(take_fd(&http->timer_fd));
}
