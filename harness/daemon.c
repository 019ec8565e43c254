/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The harness's end of the filesystem's process. */
#include "harness/daemon.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/json_text.h"
#include "base/jsonw.h"
#include "base/scope.h"
#include "fusefs/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* A server reads its corpus before it is ready: a large archive takes its time. */
#define READY_DEADLINE_NS (60 * NS_PER_S)
#define ANSWER_DEADLINE_NS (5 * NS_PER_S)
#define STOP_DEADLINE_NS NS_PER_S
#define GUARD_DEADLINE_NS (2 * NS_PER_S)

/* ---- the command line ---- */

#define ARGS_MAX (2 * DAEMON_VOLUMES_MAX + 32)

struct args {
	const char *at[ARGS_MAX];
	size_t count;
	char numbers[5][24];
	size_t numbers_count;
};

static void arg(struct args *a, const char *text)
{
	if (a->count + 1 < ARGS_MAX)
		a->at[a->count++] = text;
}

static void arg_pair(struct args *a, const char *option, const char *value)
{
	if (!value)
		return;
	arg(a, option);
	arg(a, value);
}

static void arg_number(struct args *a, const char *option, uint64_t number)
{
	char *text = a->numbers[a->numbers_count++];
	snprintf(text, sizeof a->numbers[0], "%" PRIu64, number);
	arg_pair(a, option, text);
}

static void fill_args(const struct daemon_request *q, int ready_fd, int control_fd, struct args *a)
{
	arg(a, q->program);
	for (size_t i = 0; i < q->volumes_count; i++)
		arg_pair(a, "--volume", q->volumes[i]);
	arg_pair(a, "--root", q->root);
	arg_pair(a, "--plan", q->plan);
	if (q->seeded)
		arg_number(a, "--seed", q->seed);
	arg_pair(a, "--journal", q->journal);
	if (q->journal_fd >= 0)
		arg_number(a, "--journal-fd", (uint64_t)q->journal_fd);
	arg_pair(a, "--control", q->control);
	arg_pair(a, "--metrics-port", q->metrics_port);
	arg_pair(a, "--trace", q->trace);
	arg_pair(a, "--trace-size", q->trace_size);
	arg_number(a, "--ready-fd", (uint64_t)ready_fd);
	if (control_fd >= 0)
		arg_number(a, "--control-fd", (uint64_t)control_fd);
	if (q->tied)
		arg(a, "--die-with-parent");
	if (q->disarmed)
		arg(a, "--disarmed");
	if (q->allow_other)
		arg(a, "--allow-other");
	arg_pair(a, "--durable", q->durable);
	arg_pair(a, "--caching", q->caching);
	arg_pair(a, "--without", q->without);
	arg_pair(a, "--mount", q->how);
	arg(a, q->mountpoint);
	a->at[a->count] = NULL;
}

/* ---- starting ---- */

static void keep_open(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFD, 0);
}

_Noreturn static void become(const struct daemon_request *q, const struct args *args, int ready_fd, int control_fd,
			     int stderr_fd)
{
	sigset_t none;
	sigemptyset(&none);
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	dup2(null_fd, STDIN_FILENO);
	dup2(null_fd, STDOUT_FILENO);
	dup2(stderr_fd, STDERR_FILENO);
	/* What our caller has open must not stay open in a process that outlives us: somebody may wait for its end (a shell's
	 * $(...), a test runner). */
	close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC);
	keep_open(ready_fd);
	keep_open(control_fd);
	keep_open(q->journal_fd);
	setsid();
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (q->before_exec)
		q->before_exec(q->context);
	/* exec takes the words as they are and changes none of them. */
	execv(q->program, (char *const *)(uintptr_t)args->at);
	dprintf(STDERR_FILENO, "%s: cannot be executed: %s\n", q->program, strerror(errno));
	_exit(WIRE_EXIT_INTERNAL);
}

/* Wait for the ready byte. 0, or -EIO when the process ended or the time was up. */
static int wait_ready(int ready_fd)
{
	char byte = 0;
	struct pollfd waiting = {.fd = ready_fd, .events = POLLIN};
	int64_t until = clock_now_ns() + READY_DEADLINE_NS;
	int count;
	do
		count = poll(&waiting, 1, clock_until_ms(until));
	while (count < 0 && errno == EINTR);
	if (count == 0)
		return -ETIMEDOUT;
	return count == 1 && read(ready_fd, &byte, 1) == 1 && byte == WIRE_READY_BYTE ? 0 : -EIO;
}

/* What stands behind the ready byte came with it. */
static unsigned read_port(int ready_fd)
{
	char text[16];
	struct pollfd waiting = {.fd = ready_fd, .events = POLLIN};
	ssize_t length = poll(&waiting, 1, 0) == 1 ? read(ready_fd, text, sizeof text - 1) : 0;
	text[length > 0 ? length : 0] = '\0';
	return (unsigned)strtoul(text, NULL, 10);
}

/* What it said on stderr, without the newline at the end. */
static void explain_failure(int stderr_fd, int rc, int wait_status, struct err *err)
{
	SCOPED(buf_free) struct buf said = {0};
	fcntl(stderr_fd, F_SETFL, O_NONBLOCK);
	int got = buf_read_fd(&said, stderr_fd, 65536);
	while (said.length && said.at[said.length - 1] == '\n')
		said.at[--said.length] = '\0';
	if (rc == -ETIMEDOUT)
		err_set(err, ETIMEDOUT, "the filesystem was not ready in %d s", (int)(READY_DEADLINE_NS / NS_PER_S));
	else if ((got == 0 || got == -EAGAIN) && said.length)
		err_set(err, EIO, "%s", buf_string(&said));
	else if (WIFSIGNALED(wait_status))
		err_set(err, EIO, "the filesystem was ended by signal %d (%s) before it was ready", WTERMSIG(wait_status),
			strsignal(WTERMSIG(wait_status)));
	else
		err_set(err, EIO, "the filesystem ended before it was ready, without a word");
}

/* A server that was killed leaves its guard to unmount (wire.h), which is our child by then where orphans come to us. */
static void await_guard(pid_t server, int64_t until_ns)
{
	while (waitpid(-server, NULL, WNOHANG) == 0 && clock_now_ns() < until_ns)
		poll(NULL, 0, 1);
}

static int fail_start(struct daemon *daemon, int stderr_fd, int rc, int *status, struct err *err)
{
	int wait_status = 0;
	if (rc == -ETIMEDOUT)
		kill(daemon->pid, SIGKILL);
	waitpid(daemon->pid, &wait_status, 0);
	await_guard(daemon->pid, clock_now_ns() + GUARD_DEADLINE_NS);
	explain_failure(stderr_fd, rc, wait_status, err);
	*status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : WIRE_EXIT_INTERNAL;
	daemon->pid = 0;
	return -EIO;
}

int daemon_start(const struct daemon_request *q, struct daemon *daemon, int *status, struct err *err)
{
	int ready[2], control[2] = {-1, -1}, said[2];
	*daemon = (struct daemon){.control_fd = -1};
	*status = WIRE_EXIT_INTERNAL;
	if (pipe2(ready, O_CLOEXEC) < 0 || pipe2(said, O_CLOEXEC) < 0 ||
	    (q->tied && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control) < 0))
		return err_set(err, errno, "no pipes for the filesystem: %s", strerror(errno));
	SCOPED_FD int ready_read = ready[0], ready_write = ready[1], said_read = said[0], said_write = said[1];
	SCOPED_FD int ours = control[0], theirs = control[1];
	struct args args = {0};
	fill_args(q, ready_write, theirs, &args);
	daemon->pid = fork();
	if (daemon->pid < 0)
		return err_set(err, errno, "no process for the filesystem: %s", strerror(errno));
	if (daemon->pid == 0)
		become(q, &args, ready_write, theirs, said_write);
	close(take_fd(&ready_write));
	close(take_fd(&said_write));
	int rc = wait_ready(ready_read);
	if (rc)
		return fail_start(daemon, said_read, rc, status, err);
	daemon->control_fd = take_fd(&ours);
	daemon->metrics_port = q->metrics_port ? read_port(ready_read) : 0;
	*status = WIRE_EXIT_OK;
	return 0;
}

/* ---- speaking ---- */

/* Read one line, within the deadline. */
static int read_line(int fd, struct buf *line)
{
	int64_t until = clock_now_ns() + ANSWER_DEADLINE_NS;
	for (;;) {
		struct pollfd waiting = {.fd = fd, .events = POLLIN};
		char bytes[4096];
		int count = poll(&waiting, 1, clock_until_ms(until));
		if (count < 0 && errno == EINTR)
			continue;
		ssize_t got = count == 1 ? recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) : -1;
		if (got <= 0)
			return count == 0 ? -ETIMEDOUT : -EPIPE;
		buf_add(line, bytes, (size_t)got);
		if (line->failed || line->length > WIRE_ANSWER_MAX)
			return -ENOMEM;
		if (bytes[got - 1] == '\n')
			return 0;
	}
}

static void json_decref_scope(json_t **root)
{
	json_decref(*root);
}

/* A long line goes in pieces, within the deadline. */
static int send_line(int fd, const char *line, size_t length)
{
	int64_t until = clock_now_ns() + ANSWER_DEADLINE_NS;
	while (length) {
		struct pollfd waiting = {.fd = fd, .events = POLLOUT};
		ssize_t sent = send(fd, line, length, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && errno == EAGAIN && poll(&waiting, 1, clock_until_ms(until)) == 0)
			return -ETIMEDOUT;
		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return -EPIPE;
		line += sent > 0 ? sent : 0;
		length -= sent > 0 ? (size_t)sent : 0;
	}
	return 0;
}

/* `more`: what goes with the word, behind a comma. */
static int ask_for(struct daemon *daemon, const char *word, const char *more, json_t **answer, struct err *err)
{
	SCOPED(buf_free) struct buf line = {0};
	SCOPED(buf_free) struct buf reply = {0};
	*answer = NULL;
	buf_printf(&line, "{\"do\": \"%s\"%s}\n", word, more);
	int rc = line.failed ? -ENOMEM : send_line(daemon->control_fd, line.at, line.length);
	if (!rc)
		rc = read_line(daemon->control_fd, &reply);
	if (rc)
		return err_set(err, -rc, "the filesystem does not answer '%s': %s", word,
			       rc == -EPIPE ? "it has ended" : strerror(-rc));
	struct err why = {0};
	if (!(*answer = json_read(buf_string(&reply), 0, &why)))
		return err_set(err, why.code, "the filesystem's answer to '%s' cannot be read: %s", word, why.text);
	if (json_is_true(json_object_get(*answer, "ok")))
		return 0;
	const char *said = json_string_value(json_object_get(*answer, "error"));
	int code = json_is_true(json_object_get(*answer, "out_of_memory")) ? ENOMEM : EPROTO;
	return err_set(err, code, "the filesystem refused '%s': %s", word, said ? said : "it does not say why");
}

static int ask(struct daemon *daemon, const char *word, json_t **answer, struct err *err)
{
	return ask_for(daemon, word, "", answer, err);
}

static int order(struct daemon *daemon, const char *word, struct err *err)
{
	SCOPED(json_decref_scope) json_t *answer = NULL;
	return ask(daemon, word, &answer, err);
}

int daemon_arm(struct daemon *daemon, struct err *err)
{
	return order(daemon, "arm", err);
}

int daemon_disarm(struct daemon *daemon, struct err *err)
{
	return order(daemon, "disarm", err);
}

/* ---- what is served ---- */

/* A key and a text, as JSON has them. */
static void put_text(struct buf *more, const char *key, const char *text)
{
	struct jsonw j = jsonw_to(more);
	buf_printf(more, ", \"%s\": ", key);
	jsonw_text(&j, text);
}

static int order_with(struct daemon *daemon, const char *word, const struct buf *more, struct err *err)
{
	SCOPED(json_decref_scope) json_t *answer = NULL;
	return more->failed ? err_set(err, ENOMEM, "out of memory") : ask_for(daemon, word, more->at, &answer, err);
}

int daemon_plan(struct daemon *daemon, const char *text, uint64_t seed, struct err *err)
{
	SCOPED(buf_free) struct buf more = {0};
	char number[24];
	snprintf(number, sizeof number, "%" PRIu64, seed);
	put_text(&more, "text", text);
	put_text(&more, "seed", number);
	return order_with(daemon, "plan", &more, err);
}

int daemon_add(struct daemon *daemon, const char *name, const char *source, struct err *err)
{
	SCOPED(buf_free) struct buf more = {0};
	put_text(&more, "name", name);
	put_text(&more, "source", source);
	return order_with(daemon, "add", &more, err);
}

int daemon_drop(struct daemon *daemon, const char *name, struct err *err)
{
	SCOPED(buf_free) struct buf more = {0};
	put_text(&more, "name", name);
	return order_with(daemon, "drop", &more, err);
}

int daemon_remove_rules(struct daemon *daemon, struct err *err)
{
	SCOPED(buf_free) struct buf more = {0};
	put_text(&more, "names", "*");
	return order_with(daemon, "remove", &more, err);
}

/* ---- what it has done ---- */

static uint64_t number_at(const json_t *object, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(object, key));
	return value > 0 ? (uint64_t)value : 0;
}

int daemon_status(struct daemon *daemon, struct daemon_status *status, struct err *err)
{
	SCOPED(json_decref_scope) json_t *answer = NULL;
	int rc = ask(daemon, "status", &answer, err);
	if (rc)
		return rc;
	const json_t *ops = json_object_get(answer, "operations"), *rules = json_object_get(answer, "rules");
	*status = (struct daemon_status){
		.handles = number_at(answer, "handles"),
		.handles_peak = number_at(answer, "handles_peak"),
		.parked = number_at(answer, "parked"),
		.bytes_read = number_at(answer, "bytes_read"),
		.bytes_written = number_at(answer, "bytes_written"),
		.journal_lost = number_at(answer, "journal_lost"),
		.refused = number_at(answer, "refused"),
		.opens = number_at(ops, "open"),
		.reads = number_at(ops, "read"),
		.readdirs = number_at(ops, "readdir"),
		.lookups = number_at(ops, "lookup"),
		.writes = number_at(ops, "write"),
	};
	const char *last = json_string_value(json_object_get(answer, "refused_last"));
	snprintf(status->refused_last, sizeof status->refused_last, "%s", last ? last : "");
	for (size_t i = 0; i < json_array_size(rules); i++)
		status->rule_hits += number_at(json_array_get(rules, i), "hits");
	return 0;
}

/* One page of the list. Returns the number that the next one begins with, 0: there is none, or a negative errno. */
static int64_t visit_rules(struct daemon *daemon, int64_t from, daemon_visit_rule *visit, void *context, struct err *err)
{
	SCOPED(json_decref_scope) json_t *answer = NULL;
	char more[80];
	snprintf(more, sizeof more, ", \"from\": %lld, \"limit\": %d", (long long)from, WIRE_RULES_MAX);
	int rc = ask_for(daemon, "struck", more, &answer, err);
	if (rc)
		return rc;
	const json_t *rules = json_object_get(answer, "rules");
	for (size_t i = 0; i < json_array_size(rules); i++) {
		const json_t *rule = json_array_get(rules, i);
		const char *name = json_string_value(json_object_get(rule, "name"));
		const struct daemon_struck struck = {name ? name : "", number_at(rule, "hits"), number_at(rule, "cuts"),
						     json_is_true(json_object_get(rule, "must_fire"))};
		visit(&struck, context);
	}
	return json_integer_value(json_object_get(answer, "next"));
}

int daemon_struck(struct daemon *daemon, daemon_visit_rule *visit, void *context, struct err *err)
{
	int64_t next = 0;
	do
		next = visit_rules(daemon, next, visit, context, err);
	while (next > 0);
	return (int)next;
}

/* ---- ending ---- */

/* Wait for its end. Returns whether it came in time, and well. */
static bool wait_end(struct daemon *daemon, int64_t until_ns)
{
	SCOPED_FD int pidfd = pidfd_open(daemon->pid, 0);
	struct pollfd waiting = {.fd = pidfd, .events = POLLIN};
	int status = 0;
	if (pidfd >= 0 && poll(&waiting, 1, clock_until_ms(until_ns)) != 1)
		return false;
	pid_t reaped = waitpid(daemon->pid, &status, 0);
	await_guard(daemon->pid, clock_now_ns() + GUARD_DEADLINE_NS);
	daemon->pid = 0;
	return reaped > 0 && WIFEXITED(status) && WEXITSTATUS(status) == WIRE_EXIT_OK;
}

bool daemon_stop(struct daemon *daemon)
{
	if (!daemon->pid)
		return false;
	if (daemon->control_fd >= 0)
		close(take_fd(&daemon->control_fd));
	kill(daemon->pid, SIGTERM);
	if (wait_end(daemon, clock_now_ns() + STOP_DEADLINE_NS))
		return true;
	daemon_abort(daemon);
	return false;
}

void daemon_abort(struct daemon *daemon)
{
	if (daemon->control_fd >= 0)
		close(take_fd(&daemon->control_fd));
	if (!daemon->pid)
		return;
	kill(daemon->pid, SIGKILL);
	wait_end(daemon, clock_now_ns() + STOP_DEADLINE_NS);
	daemon->pid = 0;
}
