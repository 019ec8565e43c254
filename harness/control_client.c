/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The clients' end of the control channel. */
#include "harness/control_client.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/mountinfo.h"
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

/* As many as the kernel follows (MAXSYMLINKS in include/linux/namei.h). */
#define LINKS_MAX 40

/* ---- which mount ---- */

/* A path on its way: what is left of it, and how far we have come. Directories are gone through one by one, so that we stop at
 * the mount and ask it for nothing. */
struct walk {
	const struct mountinfo_list *list;
	const struct mountinfo *found;
	char at[PATH_MAX]; /* "" is the root */
	char rest[PATH_MAX];
	int links;
};

static void step_up(struct walk *walk)
{
	char *slash = strrchr(walk->at, '/');
	if (slash)
		*slash = '\0';
}

/* Puts texts together in a buffer of PATH_MAX. */
static int join(char *to, const char *first, const char *second)
{
	size_t a = strlen(first), b = strlen(second);
	if (a + b + 2 > PATH_MAX)
		return -ENAMETOOLONG;
	char whole[PATH_MAX];
	memcpy(whole, first, a);
	whole[a] = '/';
	memcpy(whole + a + 1, second, b + 1);
	memcpy(to, whole, a + b + 2);
	return 0;
}

/* The place is a link: go on with what it points to. */
static int follow(struct walk *walk, const char *target)
{
	if (++walk->links > LINKS_MAX)
		return -ELOOP;
	if (target[0] == '/')
		walk->at[0] = '\0';
	else
		step_up(walk);
	return join(walk->rest, target, walk->rest);
}

static int step(struct walk *walk, const char *name)
{
	char target[PATH_MAX];
	if (strcmp(name, "..") == 0)
		step_up(walk);
	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return 0;
	int rc = join(walk->at, walk->at, name);
	if (rc)
		return rc;
	walk->found = mountinfo_at(walk->list, walk->at, strlen(walk->at));
	ssize_t got = walk->found ? 0 : readlink(walk->at, target, sizeof target - 1);
	if (got <= 0)
		return 0;
	target[got] = '\0';
	return follow(walk, target);
}

/* Take the next name of the rest. */
static void next_name(struct walk *walk, char name[PATH_MAX])
{
	size_t length = strcspn(walk->rest, "/"), skipped = length + (walk->rest[length] == '/');
	memcpy(name, walk->rest, length);
	name[length] = '\0';
	memmove(walk->rest, walk->rest + skipped, strlen(walk->rest + skipped) + 1);
}

/* Further mounts of ours may stand below the one that was found: the one of the longest mount point that the path goes through by
 * its words. */
static void go_deeper(struct walk *walk)
{
	char whole[PATH_MAX];
	if (join(whole, walk->found->path, walk->rest) < 0)
		return;
	for (size_t i = 0; i < walk->list->mounts.count; i++) {
		const struct mountinfo *mount = &walk->list->mounts.at[i];
		size_t length = strlen(mount->path);
		bool through = strncmp(whole, mount->path, length) == 0 && (!whole[length] || whole[length] == '/');
		if (through && length > strlen(walk->found->path))
			walk->found = mount;
	}
}

static int find_mount(struct walk *walk)
{
	int rc = 0;
	while (!rc && !walk->found && *walk->rest) {
		char name[PATH_MAX];
		next_name(walk, name);
		rc = step(walk, name);
	}
	if (walk->found)
		go_deeper(walk);
	return rc;
}

static int begin_walk(struct walk *walk, const struct mountinfo_list *list, const char *path)
{
	char here[PATH_MAX] = "";
	*walk = (struct walk){.list = list};
	if (path[0] != '/' && !getcwd(here, sizeof here))
		return -errno;
	return join(walk->rest, here, path);
}

/* The mount of a path. Its own memory: free(out->path). */
static int locate(const char *path, struct mountinfo *out, struct err *err)
{
	struct mountinfo_list list;
	struct walk walk;
	int rc = mountinfo_read(WIRE_FSTYPE, &list);
	if (!rc)
		rc = begin_walk(&walk, &list, path);
	if (!rc)
		rc = find_mount(&walk);
	bool found = !rc && walk.found;
	if (found) {
		*out = *walk.found;
		out->path = strdup(walk.found->path);
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
			return -EMSGSIZE;
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
	SCOPED_FREE char *text = json_dumps(request, JSON_COMPACT);
	int64_t until = clock_now_ns() + deadline_ns;
	*answer = NULL;
	if (!text)
		return err_set(err, ENOMEM, "out of memory");
	buf_text(&line, text);
	buf_char(&line, '\n');
	int rc = line.failed ? -ENOMEM : send_all(link->fd, line.at, line.length, until);
	buf_clear(&line);
	if (!rc)
		rc = read_line(link->fd, &line, until);
	if (rc)
		return err_set(err, -rc, "%s: does not answer '%s': %s", link->name, word_of(request),
			       rc == -EPIPE ? "its server has ended" : rc == -ETIMEDOUT ? "the time is up" : strerror(-rc));
	json_error_t why;
	*answer = json_loads(buf_string(&line), 0, &why);
	if (json_is_true(json_object_get(*answer, "ok")))
		return 0;
	const char *said = json_string_value(json_object_get(*answer, "error"));
	return err_set(err, EPROTO, "%s: %s", word_of(request), said ? said : why.text);
}
