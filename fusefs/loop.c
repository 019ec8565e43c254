/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Waits and serves. */
#include "fusefs/loop.h"

#include "base/scope.h"
#include "fusefs/framing.h"
#include "fusefs/fuse.h"
#include "fusefs/readahead.h"
#include "fusefs/request.h"
#include "fusefs/volumes.h"
#include "fusefs/wire.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

/* Requests served in a row before timers, signals and control are looked at again. */
#define BURST 64

enum source { FROM_KERNEL, FROM_TIMER, FROM_CONTROL, FROM_SIGNALS, FROM_HTTP };

static int watch(int epoll_fd, int fd, enum source source)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = source};
	return fd < 0 ? 0 : epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static int watch_all(struct server *server, int epoll_fd, int signal_fd, struct err *err)
{
	if (watch(epoll_fd, fuse_session_fd(server->session), FROM_KERNEL) < 0 ||
	    watch(epoll_fd, server->park.timer_fd, FROM_TIMER) < 0 ||
	    watch(epoll_fd, server->control.epoll_fd, FROM_CONTROL) < 0 || watch(epoll_fd, signal_fd, FROM_SIGNALS) < 0 ||
	    watch(epoll_fd, server->http.fd, FROM_HTTP) < 0)
		return err_set(err, errno, "event loop: %s", strerror(errno));
	return 0;
}

/* Serve what the kernel has asked. Returns false when the mount is gone, or cannot be served: then with a word in `err`. */
static bool serve_kernel(struct server *server, struct fuse_buf *buf, struct err *err)
{
	for (int i = 0; i < BURST && !fuse_session_exited(server->session); i++) {
		int length = fuse_session_receive_buf(server->session, buf);
		if (length == -EINTR || length == -EAGAIN)
			return true;
		if (length < 0)
			err_set(err, -length, "the kernel's requests cannot be read: %s", strerror(-length));
		if (length <= 0)
			return false;
		framing_serve(server, buf);
		/* Its first request is INIT. libfuse answers it by itself, with ENOMEM where it has no memory for it; the kernel asks
		 * nothing more after that (process_init_reply() in fs/fuse/inode.c). */
		if (!server->initialised) {
			err_set(err, ENOMEM, "the kernel's first request could not be answered: out of memory");
			return false;
		}
		near_served(server->near, server->device.caller, server->device.moves);
	}
	return !fuse_session_exited(server->session);
}

static void serve_timer(struct server *server)
{
	struct request *request;
	park_rung(&server->park);
	for (int i = 0; i < BURST && (request = park_take_due(&server->park)); i++)
		request_resume(request);
}

static void tell_ready(struct server *server, int *ready_fd)
{
	if (*ready_fd < 0 || !server->initialised)
		return;
	if (!(server->device.without >> FEATURE_READAHEAD & 1))
		readahead_raise(server->device.mountpoint);
	char text[16] = {WIRE_READY_BYTE};
	if (server->http.daemon)
		snprintf(text + 1, sizeof text - 1, "%u\n", server->http.port);
	(void)!write(*ready_fd, text, strlen(text));
	close(take_fd(ready_fd));
}

/* One round: wait, then serve what is there. Returns false at the end. */
static bool round_once(struct server *server, int epoll_fd, struct fuse_buf *buf, struct err *err)
{
	struct epoll_event events[8];
	park_wind(&server->park);
	int count = epoll_wait(epoll_fd, events, COUNT_OF(events), -1);
	for (int i = 0; i < count; i++)
		switch ((enum source)events[i].data.u32) {
		case FROM_KERNEL:
			if (!serve_kernel(server, buf, err))
				return false;
			break;
		case FROM_TIMER:
			serve_timer(server);
			break;
		case FROM_CONTROL:
			control_serve(server);
			break;
		case FROM_SIGNALS:
			server->stopping = true;
			break;
		case FROM_HTTP:
			http_serve(&server->http);
			break;
		}
	return !server->stopping && (count >= 0 || errno == EINTR);
}

int loop_run(struct server *server, int ready_fd, struct err *err)
{
	sigset_t wanted;
	sigemptyset(&wanted);
	sigaddset(&wanted, SIGTERM);
	sigaddset(&wanted, SIGINT);
	sigaddset(&wanted, SIGHUP);
	SCOPED_FD int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	SCOPED_FD int signal_fd = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
	SCOPED_FD int ready = ready_fd;
	if (epoll_fd < 0 || signal_fd < 0)
		return err_set(err, errno, "event loop: %s", strerror(errno));
	int rc = watch_all(server, epoll_fd, signal_fd, err);
	if (!rc && !(server->device.without >> FEATURE_NEAR & 1))
		server->near = near_start(fuse_session_fd(server->session));
	struct fuse_buf buf = {0};
	struct err broken = {0};
	while (!rc && round_once(server, epoll_fd, &buf, &broken)) {
		tell_ready(server, &ready);
		waits_settle(server);
		journal_flush(&server->journal);
		volumes_tidy(server);
	}
	near_stop(take_ptr(&server->near));
	free(buf.mem);
	if (!rc && !broken.code && !server->initialised && !server->stopping)
		err_set(&broken, ENODEV, "%s: the mount was taken away before it could answer", server->device.mountpoint);
	return broken.code ? err_set(err, broken.code, "%s", broken.text) : rc;
}
