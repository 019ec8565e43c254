/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The clients' end of the control channel. */
#include "harness/control_client.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/json_text.h"
#include "base/mountinfo.h"
#include "base/mountpath.h"
#include "base/rundir.h"
#include "base/scope.h"
#include "fusefs/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* ---- which mount ---- */

/* The mount of a path. Its own memory: free(out->path). */
static int locate(const char *path, struct mountinfo *out, struct err *err)
{
	struct mountinfo_list list;
	struct mountpath where = {0};
	int rc = mountinfo_read(WIRE_FSTYPE, &list);
	if (!rc)
		rc = mountpath_find(&list, path, &where);
	bool found = !rc && where.mount;
	if (found) {
		*out = *where.mount;
		out->path = strdup(where.mount->path);
		rc = out->path ? 0 : -ENOMEM;
	}
	mountinfo_free(&list);
	if (rc)
		return err_set(err, -rc, "%s: %s", path, strerror(-rc));
	return found ? 0 : err_set(err, ENOENT, "%s: no mount of ordeal is there", path);
}

int control_find(const char *path, char mountpoint[4096], struct err *err)
{
	struct mountinfo mount = {0};
	int rc = locate(path, &mount, err);
	if (!rc)
		snprintf(mountpoint, 4096, "%s", mount.path);
	free(mount.path);
	return rc;
}

/* ---- linking ---- */

static int connect_at(int dir_fd, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	SCOPED_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* The path of the directory may be longer than an address has room for. */
	if (snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", dir_fd, name) >= (int)sizeof address.sun_path)
		return -ENAMETOOLONG;
	return connect(fd, (struct sockaddr *)&address, sizeof address) < 0 ? -errno : take_fd(&fd);
}

static int set_link(int fd, const char *name, struct control_link *out, struct err *err)
{
	*out = (struct control_link){.fd = fd, .name = strdup(name)};
	if (out->name)
		return 0;
	control_close(out);
	return err_set(err, ENOMEM, "out of memory");
}

/* In one of the places of a user. -ENOENT: it is not there; -ERANGE: no such place. */
static int connect_in(unsigned which, uid_t user, const char *name)
{
	SCOPED_FD int dir = rundir_open(which, user);
	return dir == -ERANGE ? dir : dir < 0 ? -ENOENT : connect_at(dir, name);
}

/* In the places of the mount's owner, and, where we are root or he has another name in here, in our own. A socket that nobody
 * answers at is told only where no other does. */
static int connect_to(const struct mountinfo *mount)
{
	char name[RUNDIR_NAME_SIZE];
	const uid_t users[] = {mount->user, geteuid()};
	int best = -ENOENT, fd;
	rundir_socket_name(mount->major, mount->minor, name);
	for (size_t i = 0; i < COUNT_OF(users); i++)
		for (unsigned which = 0; (fd = connect_in(which, users[i], name)) != -ERANGE; which++) {
			if (fd >= 0)
				return fd;
			best = fd == -ENOENT ? best : fd;
		}
	return best;
}

int control_open(const char *path, struct control_link *out, struct err *err)
{
	struct mountinfo mount = {0};
	*out = (struct control_link){.fd = -1};
	int rc = locate(path, &mount, err);
	SCOPED_FREE char *mountpoint = mount.path;
	if (rc)
		return rc;
	int fd = connect_to(&mount);
	if (fd == -ENOENT)
		return err_set(err, ECONNREFUSED,
			       "%s: has no control socket that you may use (it is another user's, or was mounted without one)", mountpoint);
	if (fd < 0)
		return err_set(err, ECONNREFUSED, "%s: does not answer: %s%s", mountpoint, strerror(-fd),
			       fd == -ECONNREFUSED ? " (its server has ended; ordeal umount removes what it left)" : "");
	return set_link(fd, mountpoint, out, err);
}

int control_open_socket(const char *path, struct control_link *out, struct err *err)
{
	*out = (struct control_link){.fd = -1};
	SCOPED_FREE char *copy = strdup(path);
	char *slash = copy ? strrchr(copy, '/') : NULL;
	const char *name = slash ? strrchr(path, '/') + 1 : path;
	if (!copy)
		return err_set(err, ENOMEM, "out of memory");
	if (slash)
		slash[slash == copy] = '\0';
	SCOPED_FD int dir = open(slash ? copy : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = dir < 0 ? -errno : connect_at(dir, name);
	if (fd < 0)
		return err_set(err, -fd, "%s: %s", path, strerror(-fd));
	return set_link(fd, path, out, err);
}

void control_close(struct control_link *link)
{
	if (link->fd >= 0)
		close(take_fd(&link->fd));
	free(take_ptr(&link->name));
}

/* ---- asking ---- */

static int wait_for(int fd, short events, int64_t until_ns)
{
	struct pollfd waiting = {.fd = fd, .events = events};
	int count;
	do
		count = poll(&waiting, 1, clock_until_ms(until_ns));
	while (count < 0 && errno == EINTR);
	return count == 1 ? 0 : count ? -errno : -ETIMEDOUT;
}

static int send_all(int fd, const char *bytes, size_t length, int64_t until_ns)
{
	while (length) {
		int rc = wait_for(fd, POLLOUT, until_ns);
		ssize_t sent = rc ? -1 : send(fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (rc || (sent < 0 && errno != EAGAIN && errno != EINTR))
			return rc ? rc : -EPIPE;
		bytes += sent > 0 ? sent : 0;
		length -= sent > 0 ? (size_t)sent : 0;
	}
	return 0;
}

static int read_line(int fd, struct buf *line, int64_t until_ns)
{
	char bytes[16384];
	while (!line->length || line->at[line->length - 1] != '\n') {
		int rc = wait_for(fd, POLLIN, until_ns);
		ssize_t got = rc ? -1 : recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
		if (rc || got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
			return rc ? rc : -EPIPE;
		buf_add(line, bytes, got > 0 ? (size_t)got : 0);
		if (line->failed || line->length > WIRE_ANSWER_MAX)
			return line->failed ? -ENOMEM : -EMSGSIZE;
	}
	return 0;
}

static const char *word_of(const json_t *request)
{
	const char *word = json_string_value(json_object_get(request, "do"));
	return word ? word : "?";
}

int control_ask(struct control_link *link, const json_t *request, int64_t deadline_ns, json_t **answer, struct err *err)
{
	SCOPED(buf_free) struct buf line = {0};
	SCOPED_FREE char *text = json_write(request, JSON_COMPACT);
	int64_t until = clock_now_ns() + deadline_ns;
	*answer = NULL;
	if (!text)
		return err_set(err, ENOMEM, "out of memory");
	buf_text(&line, text);
	buf_char(&line, '\n');
	int rc = line.failed ? -ENOMEM : send_all(link->fd, line.at, line.length, until);
	buf_clear(&line);
	if (!rc || rc == -EPIPE) /* who lets us go may have said why */
		rc = read_line(link->fd, &line, until);
	if (rc)
		return err_set(err, -rc, "%s: does not answer '%s': %s", link->name, word_of(request),
			       rc == -EPIPE ? "its server has ended" : rc == -ETIMEDOUT ? "the time is up" : strerror(-rc));
	struct err why = {0};
	if (!(*answer = json_read(buf_string(&line), 0, &why)))
		return err_set(err, why.code, "%s: its answer to '%s' cannot be read: %s", link->name, word_of(request), why.text);
	if (json_is_true(json_object_get(*answer, "ok")))
		return 0;
	const char *said = json_string_value(json_object_get(*answer, "error"));
	int code = json_is_true(json_object_get(*answer, "out_of_memory")) ? ENOMEM : EPROTO;
	return err_set(err, code, "%s: %s", word_of(request), said ? said : "it does not say why");
}
