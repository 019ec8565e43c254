/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* ordealfs: the filesystem's own program. Started by ordeal; wire.h says how. */
#include "base/clock.h"
#include "base/nearest.h"
#include "base/scope.h"
#include "base/units.h"
#include "fusefs/caller.h"
#include "fusefs/loop.h"
#include "fusefs/ops.h"
#include "fusefs/volumes.h"
#include "fusefs/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define OPTION_VOLUMES_MAX 64

struct options {
	const char *volumes[OPTION_VOLUMES_MAX];
	size_t volumes_count;
	const char *root, *plan, *journal, *trace, *control, *mountpoint, *durable;
	uint64_t seed, trace_size;
	bool seeded, disarmed, die_with_parent, allow_other, metrics, try;
	bool new_journal, new_trace; /* were not there before */
	uint16_t metrics_port;
	int ready_fd, control_fd, journal_fd;
	enum device_how how;
	enum caching caching;
	uint32_t without;
};

/* ---- the command line ---- */

enum { OPT_VOLUME = 256, OPT_ROOT, OPT_PLAN, OPT_SEED, OPT_DISARMED, OPT_JOURNAL, OPT_JOURNAL_FD, OPT_TRACE, OPT_TRACE_SIZE, OPT_METRICS, OPT_READY,
       OPT_CONTROL_FD, OPT_CONTROL, OPT_DIE, OPT_MOUNT,
       OPT_ALLOW, OPT_CACHING, OPT_WITHOUT, OPT_DURABLE, OPT_TRY, OPT_VERSION };

static const struct option option_table[] = {
	{"volume", required_argument, NULL, OPT_VOLUME},
	{"root", required_argument, NULL, OPT_ROOT},
	{"plan", required_argument, NULL, OPT_PLAN},
	{"seed", required_argument, NULL, OPT_SEED},
	{"disarmed", no_argument, NULL, OPT_DISARMED},
	{"journal", required_argument, NULL, OPT_JOURNAL},
	{"journal-fd", required_argument, NULL, OPT_JOURNAL_FD},
	{"trace", required_argument, NULL, OPT_TRACE},
	{"trace-size", required_argument, NULL, OPT_TRACE_SIZE},
	{"metrics-port", required_argument, NULL, OPT_METRICS},
	{"ready-fd", required_argument, NULL, OPT_READY},
	{"control-fd", required_argument, NULL, OPT_CONTROL_FD},
	{"control", required_argument, NULL, OPT_CONTROL},
	{"die-with-parent", no_argument, NULL, OPT_DIE},
	{"mount", required_argument, NULL, OPT_MOUNT},
	{"allow-other", no_argument, NULL, OPT_ALLOW},
	{"caching", required_argument, NULL, OPT_CACHING},
	{"without", required_argument, NULL, OPT_WITHOUT},
	{"durable", required_argument, NULL, OPT_DURABLE},
	{"try", no_argument, NULL, OPT_TRY},
	{"version", no_argument, NULL, OPT_VERSION},
	{0},
};

static int parse_fd(const char *text, int *fd, struct err *err)
{
	uint64_t number;
	if (units_number(text, &number) != 0 || number > 1u << 20 || fcntl((int)number, F_SETFD, FD_CLOEXEC) < 0)
		return err_set(err, EINVAL, "'%s' is no open descriptor", text);
	*fd = (int)number;
	return 0;
}

static int parse_how(const char *text, enum device_how *how, struct err *err)
{
	static const char *const names[] = {[DEVICE_AUTO] = "auto", [DEVICE_DIRECT] = "direct", [DEVICE_FUSERMOUNT] = "fusermount"};
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strcmp(names[i], text) == 0) {
			*how = (enum device_how)i;
			return 0;
		}
	return err_set(err, EINVAL, "--mount takes auto, direct or fusermount, not '%s'", text);
}

static int parse_trace_size(const char *text, uint64_t *size, struct err *err)
{
	int rc = units_size(text, size);
	if (rc || *size < WIRE_TRACE_SIZE_MIN || *size > WIRE_TRACE_SIZE_MAX)
		return err_set(err, EINVAL, "--trace-size: '%s' is no size from 256KiB to 4GiB", text);
	return 0;
}

static int parse_port(const char *text, uint16_t *port, struct err *err)
{
	uint64_t number;
	if (units_number(text, &number) || number > UINT16_MAX)
		return err_set(err, EINVAL, "--metrics-port: '%s' is no port from 0 to 65535", text);
	*port = (uint16_t)number;
	return 0;
}

static int take_option(struct options *o, int option, const char *value, struct err *err)
{
	switch (option) {
	case OPT_VOLUME:
		if (o->volumes_count == OPTION_VOLUMES_MAX)
			return err_set(err, EINVAL, "more than %d volumes", OPTION_VOLUMES_MAX);
		o->volumes[o->volumes_count++] = value;
		return 0;
	case OPT_ROOT:
		o->root = value;
		return 0;
	case OPT_PLAN:
		o->plan = value;
		return 0;
	case OPT_SEED:
		o->seeded = true;
		return units_number(value, &o->seed) ? err_set(err, EINVAL, "--seed: '%s' is no whole number", value) : 0;
	case OPT_DISARMED:
		o->disarmed = true;
		return 0;
	case OPT_JOURNAL:
		o->journal = value;
		return 0;
	case OPT_JOURNAL_FD:
		return parse_fd(value, &o->journal_fd, err);
	case OPT_TRACE:
		o->trace = value;
		return 0;
	case OPT_TRACE_SIZE:
		return parse_trace_size(value, &o->trace_size, err);
	case OPT_METRICS:
		o->metrics = true;
		return parse_port(value, &o->metrics_port, err);
	case OPT_READY:
		return parse_fd(value, &o->ready_fd, err);
	case OPT_CONTROL_FD:
		return parse_fd(value, &o->control_fd, err);
	case OPT_CONTROL:
		o->control = value;
		return 0;
	case OPT_DIE:
		o->die_with_parent = true;
		return 0;
	case OPT_MOUNT:
		return parse_how(value, &o->how, err);
	case OPT_DURABLE:
		o->durable = value;
		return 0;
	case OPT_TRY:
		o->try = true;
		return 0;
	case OPT_ALLOW:
		o->allow_other = true;
		return 0;
	case OPT_CACHING:
		return caching_parse(value, &o->caching, err);
	case OPT_WITHOUT:
		return features_parse(value, &o->without, err);
	case OPT_VERSION:
		puts("ordealfs " ORDEAL_VERSION);
		exit(0);
	default:
		return err_set(err, EINVAL, "bad option (ordealfs is started by ordeal: see ordeal mount --help)");
	}
}

static int parse(int argc, char **argv, struct options *o, struct err *err)
{
	opterr = 0;
	for (int option; (option = getopt_long(argc, argv, "+", option_table, NULL)) != -1;) {
		int rc = take_option(o, option, optarg, err);
		if (rc)
			return rc;
	}
	if (argc - optind != 1)
		return err_set(err, EINVAL, "exactly one mount point is wanted");
	if (!o->volumes_count)
		return err_set(err, EINVAL, "no volume to serve");
	o->mountpoint = argv[optind];
	return 0;
}

/* ---- set-up ---- */

/* As many descriptors as we may have; most of them for scratch nodes. */
static uint32_t raise_descriptors(void)
{
	struct rlimit limit = {.rlim_cur = 1024, .rlim_max = 1024};
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	getrlimit(RLIMIT_NOFILE, &limit);
	uint64_t half = limit.rlim_cur / 2;
	return half > 1u << 19 ? 1u << 19 : (uint32_t)half;
}

static bool is_new(const char *path)
{
	return path && access(path, F_OK) < 0 && errno == ENOENT;
}

/* A mount that was refused leaves nothing behind. */
static void take_back_files(const struct options *o)
{
	struct stat st;
	if (o->new_journal && stat(o->journal, &st) == 0 && !st.st_size)
		unlink(o->journal);
	if (o->new_trace)
		unlink(o->trace);
}

static int open_journal(struct server *server, const struct options *o, struct err *err)
{
	const int flags = O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK;
	int fd = o->journal ? open(o->journal, O_WRONLY | flags, 0666) : o->journal_fd;
	if (fd < 0 && errno == ENXIO) /* a FIFO that nobody reads yet: fifo(7) */
		fd = open(o->journal, O_RDWR | flags, 0666);
	if (fd < 0 && o->journal)
		return err_set(err, errno, "%s: the journal cannot be written: %s", o->journal, strerror(errno));
	return fd >= 0 && journal_open(&server->journal, fd) < 0 ? err_set(err, ENOMEM, "out of memory") : 0;
}

/* What the kernel does by itself is neither counted nor traced, and heeds no rule that comes later. */
static uint32_t features_left_out(const struct options *o)
{
	const uint32_t unseen = 1u << FEATURE_PASSTHROUGH | 1u << FEATURE_STORE;
	bool all_is_seen = o->caching == CACHING_LIVE || o->caching == CACHING_UNCACHED || o->trace || o->metrics;
	return o->without | (all_is_seen ? unseen : 0);
}

static int prepare(struct server *server, const struct options *o, struct err *err)
{
	server->device.without = features_left_out(o);
	server->path_fds_max = raise_descriptors();
	server->metrics.started_unix_ns = clock_unix_ns();
	int rc = park_init(&server->park);
	if (rc)
		return err_set(err, -rc, "no timer: %s", strerror(-rc));
	rc = invalidate_init(&server->invalidator);
	if (!rc)
		rc = control_init(&server->control, server->invalidator.event_fd);
	if (!rc && o->control_fd >= 0)
		rc = control_add(&server->control, o->control_fd, true);
	if (rc)
		return err_set(err, -rc, "no control channel: %s", strerror(-rc));
	server->transfer = malloc(TRANSFER_MAX);
	if (!server->transfer)
		return err_set(err, ENOMEM, "out of memory");
	rc = open_journal(server, o, err);
	if (rc)
		return rc;
	if (o->trace)
		rc = trace_open(&server->trace, o->trace, o->trace_size, o->caching == CACHING_UNCACHED, err);
	if (!rc && o->metrics)
		rc = http_open(server, o->metrics_port, err);
	server->shared = o->allow_other;
	server->durable = o->durable;
	server->caching = o->caching;
	server->rulebook.seeded = o->seeded;
	server->rulebook.seed = o->seed;
	rc = rc ? rc : rulebook_load(server, o->plan, o->mountpoint, err);
	for (size_t i = 0; !rc && i < o->volumes_count; i++)
		rc = volumes_open(server, o->volumes[i], err);
	return rc ? rc : volumes_root(server, o->root, err);
}

/* ---- the life of the mount ---- */

static int open_session(struct server *server, struct err *err)
{
	char name[] = WIRE_PROGRAM;
	char *argv[] = {name, NULL};
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	server->session = fuse_session_new(&args, &ops_table, sizeof ops_table, server);
	fuse_opt_free_args(&args);
	return server->session ? device_attach(&server->device, server->session, err)
			       : err_set(err, ENOMEM, "libfuse gives no session");
}

/* Where no private directory is to be had, the mount goes on without a socket: it is the mount that was asked for. */
static int listen_for_clients(struct server *server, const char *where, struct err *err)
{
	if (!where)
		return 0;
	bool automatic = strcmp(where, "auto") == 0;
	int rc = control_listen(&server->control, automatic ? NULL : where, server->device.mountpoint, err);
	return automatic && rc != -ENOMEM ? 0 : rc;
}

static int serve(struct server *server, const struct options *o, struct err *err)
{
	int rc = open_session(server, err);
	if (!rc && !o->disarmed)
		server_arm(server);
	if (!rc)
		rc = loop_run(server, o->ready_fd, err);
	device_unmount(&server->device);
	if (server->session) {
		server_release(server, false);
		waits_end(server);
	}
	return rc;
}

static void close_all(struct server *server)
{
	control_fini(server);
	invalidate_fini(&server->invalidator);
	if (server->session)
		fuse_session_destroy(server->session);
	device_leave(&server->device);
	guard_end(&server->guard);
	journal_close(&server->journal); /* when nobody waits for us any more */
	trace_close(&server->trace);
	http_close(&server->http);
	park_fini(&server->park);
	revalidate_fini(&server->revalidations);
	nodes_fini(&server->nodes);
	volumes_fini(server);
	vec_free(&server->outages);
	live_fini(&server->live);
	ledger_fini(&server->ledger);
	outside_fini(&server->outside);
	rulebook_fini(&server->rulebook);
	free(server->transfer);
}

/* Block what the loop takes as messages; nothing else may end us half-way. */
static void block_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGPIPE);
	sigaddset(&set, SIGXFSZ); /* a limit on file sizes is an errno: EFBIG */
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* Is it the mount point that is wrong, and not the machine? */
static bool is_users_mistake(int rc)
{
	return rc == -ENOTEMPTY || rc == -EEXIST || rc == -ENOENT || rc == -ENOTDIR || rc == -ENOTCONN || rc == -ENAMETOOLONG || rc == -ELOOP;
}

/* Everything from the command line to the end. Returns the exit status. */
static int run(struct server *server, int argc, char **argv, struct err *err)
{
	struct options options = {.trace_size = WIRE_TRACE_SIZE_USUAL, .ready_fd = -1, .control_fd = -1, .journal_fd = -1};
	if (parse(argc, argv, &options, err) < 0)
		return WIRE_EXIT_USAGE;
	server->dies_with_parent = options.die_with_parent;
	if (options.die_with_parent)
		prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (guard_start(&server->guard, err) < 0)
		return WIRE_EXIT_ENVIRONMENT;
	options.new_journal = is_new(options.journal);
	options.new_trace = is_new(options.trace);
	int rc = prepare(server, &options, err);
	if (rc) {
		take_back_files(&options);
		return rc == -ENOMEM ? WIRE_EXIT_INTERNAL : rc == -EOPNOTSUPP ? WIRE_EXIT_ENVIRONMENT : WIRE_EXIT_USAGE;
	}
	if (options.try)
		return WIRE_EXIT_OK;
	umask(0); /* of who makes a file in the mount, that one's counts (caller.h); ours was for journal and trace */
	rc = device_mount(&server->device, &server->guard, options.mountpoint, server->volumes.at[0]->source, options.how,
			  options.allow_other, err);
	if (rc) {
		take_back_files(&options);
		return rc == -ENOMEM ? WIRE_EXIT_INTERNAL : is_users_mistake(rc) ? WIRE_EXIT_USAGE : WIRE_EXIT_ENVIRONMENT;
	}
	rc = listen_for_clients(server, options.control, err);
	if (rc) {
		device_unmount(&server->device);
		take_back_files(&options);
		return rc == -ENOMEM ? WIRE_EXIT_INTERNAL : WIRE_EXIT_USAGE;
	}
	return serve(server, &options, err) < 0 ? WIRE_EXIT_INTERNAL : WIRE_EXIT_OK;
}

/* Nothing of it is open yet. */
static const struct server server_none = {
	.device.fd = -1,
	.guard.line = -1,
	.control = {.epoll_fd = -1, .timer_fd = -1, .socket = {.fd = -1, .dir_fd = -1}},
	.invalidator = {.event_fd = -1},
	.http = {.fd = -1, .timer_fd = -1},
	.park.timer_fd = -1,
};

int main(int argc, char **argv)
{
	struct server server = server_none;
	struct err err = {0};
	caller_init();
	prctl(PR_SET_TIMERSLACK, 1);
	block_signals();
	int status = run(&server, argc, argv, &err);
	close_all(&server);
	if (status != WIRE_EXIT_OK)
		fprintf(stderr, "%s\n", err.text);
	return status;
}
