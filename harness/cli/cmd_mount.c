/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* ordeal mount: a fault filesystem without a harness. */
#include "base/hangup.h"
#include "base/places.h"
#include "base/scope.h"
#include "base/units.h"
#include "corpora/corpus.h"
#include "faults/plan.h"
#include "fusefs/wire.h"
#include "harness/cli/captive_told.h"
#include "harness/cli/cli.h"
#include "harness/cli/sources.h"
#include "harness/daemon.h"
#include "harness/reach.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct mount_options {
	const char *plan, *scratch, *journal, *control, *trace, *trace_size, *metrics_port, *how, *durable, *caching, *without;
	uint64_t seed;
	bool seeded, allow_other, foreground, private, quiet;
	char **command; /* what stands behind --; NULL: nothing */
};

#define TAKE_TEXT(field)                                                                 \
	static int take_##field(void *into, const char *value, struct err *err)          \
	{                                                                                \
		(void)err;                                                               \
		((struct mount_options *)into)->field = value;                           \
		return 0;                                                                \
	}

TAKE_TEXT(plan)
TAKE_TEXT(scratch)
TAKE_TEXT(journal)
TAKE_TEXT(control)
TAKE_TEXT(trace)
TAKE_TEXT(trace_size)
TAKE_TEXT(metrics_port)
TAKE_TEXT(how)
TAKE_TEXT(durable)
TAKE_TEXT(without)

static int set_caching(struct mount_options *o, const char *caching, struct err *err)
{
	if (o->caching)
		return err_set(err, EINVAL, "--%s was said before: one of --cached, --uncached, --live is enough", o->caching);
	o->caching = caching;
	return 0;
}

#define TAKE_CACHING(way)                                                                \
	static int take_##way(void *into, const char *value, struct err *err)            \
	{                                                                                \
		(void)value;                                                             \
		return set_caching(into, #way, err);                                     \
	}

TAKE_CACHING(cached)
TAKE_CACHING(uncached)
TAKE_CACHING(live)

static int take_seed(void *into, const char *value, struct err *err)
{
	struct mount_options *o = into;
	o->seeded = true;
	return units_number(value, &o->seed) ? err_set(err, EINVAL, "'%s' is no whole number", value) : 0;
}

#define TAKE_FLAG(field)                                                                 \
	static int take_##field(void *into, const char *value, struct err *err)          \
	{                                                                                \
		(void)value, (void)err;                                                  \
		((struct mount_options *)into)->field = true;                            \
		return 0;                                                                \
	}

TAKE_FLAG(allow_other)
TAKE_FLAG(foreground)
TAKE_FLAG(private)
TAKE_FLAG(quiet)

static const struct cli_option options[] = {
	{'p', "plan", "PLAN", "name of a plan of ours, or a file", take_plan},
	{0, "seed", "N", "instead of the plan's own", take_seed},
	{0, "scratch", "DIR", "also a writable volume: DIR, or over:BASE", take_scratch},
	{'j', "journal", "FILE", "append what was injected, as JSON lines", take_journal},
	{0, "control", "PATH", "socket for ordeal ctl, where you want it", take_control},
	{'t', "trace", "FILE", "keep all operations there (ordeal trace)", take_trace},
	{0, "trace-size", "SIZE", "of that ring: 256KiB to 4GiB (16MiB)", take_trace_size},
	{0, "metrics-port", "N", "serve metrics at 127.0.0.1:N; 0: where it is free", take_metrics_port},
	{0, "durable", "MODEL", "be ready for power cuts: strict, ordered", take_durable},
	{0, "cached", NULL, "the kernel may cache all, even if faults hide", take_cached},
	{0, "uncached", NULL, "it caches nothing: each call is a request", take_uncached},
	{0, "live", NULL, "no passthrough: open files heed later rules", take_live},
	{0, "without", "LIST", "leave out fast paths: all, or some (ordeal(1))", take_without},
	{0, "allow-other", NULL, "let other users in", take_allow_other},
	{0, "mount", "HOW", "auto, direct (mount(2)), fusermount", take_how},
	{'f', "foreground", NULL, "stay, and unmount at Ctrl-C", take_foreground},
	{0, "private", NULL, "with a COMMAND: nobody else sees the mount", take_private},
	{'q', "quiet", NULL, "with a COMMAND: no word on which rules struck", take_quiet},
};

static const struct cli_syntax syntax = {
	.usage = "ordeal mount [OPTIONS] SOURCE MOUNTPOINT [-- COMMAND [ARGUMENTS]]",
	.about = "Mounts SOURCE with the faults of a plan. SOURCE is a corpus profile (ct-small,\n"
		 "ct-small:slices=20,seed=7), tree:DIR (read-only), pack:FILE (an archive),\n"
		 "scratch:DIR (writable, over DIR), or over:BASE[,keep=DIR] (writable, while BASE\n"
		 "stays as it is). With --scratch the mount has two directories: in (SOURCE) and\n"
		 "out (the scratch).\n"
		 "With a COMMAND the mount is there as long as that runs, and ordeal ends with its\n"
		 "status; {mnt} in its words is the mount point. 123: a rule with must_fire never\n"
		 "struck; 125: the filesystem ended first; 126, 127: COMMAND cannot be executed.",
	.options = options,
	.options_count = COUNT_OF(options),
	.operands_min = 2,
	.operands_max = -1,
};

/* Would each rule find something to strike on the volumes that will be served? */
static int check_rules(const struct plan *plan, const char *source, bool scratch_too, struct err *err)
{
	SCOPED(buf_free) struct buf doubts = {0};
	struct corpus *corpus = NULL;
	if (!source_is_scratch(source) && corpus_open(source, &corpus, err) < 0)
		return -err->code;
	const struct reach_volume volumes[] = {{corpus ? "in" : "out", corpus}, {"out", NULL}};
	int rc = reach_check(plan, volumes, scratch_too ? 2 : 1, REACH_SWITCHED, &doubts, err);
	corpus_close(corpus);
	cli_warn_lines(buf_string(&doubts));
	return rc;
}

/* Say what can be said before anything is mounted: a plan that could never strike is an error. */
static int check_plan(const char *path, const char *source, bool scratch_too, struct plan **plan, struct err *err)
{
	int rc = plan_load(path, plan, err);
	if (rc)
		return rc;
	if (!(*plan)->rules.count)
		return err_set(err, EINVAL, "%s: has no rules for a filesystem (allocation rules work in try, run and replay)", path);
	cli_doubts(*plan);
	return check_rules(*plan, source, scratch_too, err);
}

/* ---- staying ---- */

/* Until Ctrl-C, or until the server ends by itself because somebody unmounted. */
static int stay(struct daemon *daemon)
{
	sigset_t set;
	hangup_signals(&set);
	sigaddset(&set, SIGCHLD);
	int caught = sigwaitinfo(&set, NULL);
	if (caught != SIGCHLD)
		return daemon_stop(daemon) ? EXIT_AS_EXPECTED : EXIT_INTERNAL;
	int status = 0;
	waitpid(daemon->pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == WIRE_EXIT_OK ? EXIT_AS_EXPECTED : EXIT_INTERNAL;
}

static void block_signals(void)
{
	sigset_t set;
	hangup_signals(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* ---- mounting ---- */

struct prepared {
	char *program, *plan_path, *in, *out;
	struct plan *plan; /* as it is in plan_path */
	char mountpoint[PATH_MAX];
};

static int prepare(const struct mount_options *o, const char *source, const char *mountpoint, struct prepared *p,
		   struct err *err)
{
	int rc = places_program(WIRE_PROGRAM, &p->program, err);
	if (!rc && o->plan)
		rc = places_find(PLACE_PLANS, o->plan, &p->plan_path, err);
	if (!rc && o->scratch && source_is_scratch(source))
		rc = err_set(err, EINVAL, "mount: %s is a scratch already: --scratch is for corpora", source);
	if (!rc && !(p->in = source_volume(source_is_scratch(source) ? "out" : "in", source, err)))
		rc = -EINVAL;
	if (!rc && o->scratch && !(p->out = source_scratch_volume("out", o->scratch, err)))
		rc = -EINVAL;
	/* A dead mount cannot be resolved; the server says so better than we could. */
	if (!rc && !realpath(mountpoint, p->mountpoint))
		snprintf(p->mountpoint, sizeof p->mountpoint, "%s", mountpoint);
	if (!rc && p->plan_path)
		rc = check_plan(p->plan_path, strchr(p->in, '=') + 1, p->out != NULL, &p->plan, err);
	rc = rc ? rc : source_check_place(strchr(p->in, '=') + 1, p->mountpoint, err);
	return rc || !p->out ? rc : source_check_place(strchr(p->out, '=') + 1, p->mountpoint, err);
}

static struct daemon_request request_of(const struct mount_options *o, const struct prepared *p)
{
	return (struct daemon_request){
		.program = p->program,
		.volumes = {p->in, p->out},
		.volumes_count = p->out ? 2 : 1,
		.root = p->out ? NULL : source_is_scratch(strchr(p->in, '=') + 1) ? "out" : "in",
		.plan = p->plan_path,
		.seed = o->seed,
		.seeded = o->seeded,
		.mountpoint = p->mountpoint,
		.how = o->how ? o->how : "auto",
		.caching = o->caching,
		.without = o->without,
		.journal = o->journal,
		.journal_fd = -1,
		.control = o->control ? o->control : "auto",
		.metrics_port = o->metrics_port,
		.trace = o->trace,
		.trace_size = o->trace_size,
		.durable = o->durable,
		.allow_other = o->allow_other,
		.tied = o->foreground,
	};
}

static int start(const struct mount_options *o, const struct prepared *p)
{
	struct daemon daemon;
	struct err err = {0};
	int status;
	struct daemon_request request = request_of(o, p);
	if (o->foreground)
		block_signals();
	if (daemon_start(&request, &daemon, &status, &err) < 0)
		return cli_fail(status, &err); /* its statuses are ours: wire.h, exits.h */
	printf("%s: mounted at %s (ordealfs, process %d)", strchr(p->in, '=') + 1, p->mountpoint, (int)daemon.pid);
	if (daemon.metrics_port)
		printf(", metrics at http://127.0.0.1:%u/metrics", daemon.metrics_port);
	putchar('\n');
	fflush(stdout);
	return o->foreground ? stay(&daemon) : EXIT_AS_EXPECTED;
}

static int start_captive(const struct mount_options *o, const struct prepared *p)
{
	struct err err = {0};
	struct captive_request request = {
		.mount = request_of(o, p), .command = o->command, .private = o->private};
	struct captive_outcome *outcome = captive_run(&request, &err);
	if (!outcome)
		return cli_fail(EXIT_ENVIRONMENT, &err);
	int status = captive_told(outcome, &request, o->quiet);
	captive_free(outcome);
	return status;
}

/* ---- the words ---- */

static bool is_source(const char *text)
{
	static const char *const prefixes[] = {"tree:", "pack:", WIRE_SCRATCH, WIRE_OVER};
	for (size_t i = 0; i < COUNT_OF(prefixes); i++)
		if (strncmp(text, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

/* The operands end where getopt found "--", or at a further one: `mount -- -odd-name DIR -- COMMAND`. */
static int find_command(struct mount_options *o, int argc, char **argv, int operand, bool dashes)
{
	int rest = operand + 2;
	bool further = rest < argc && strcmp(argv[rest], "--") == 0;
	const char *second = rest >= argc || dashes ? "" : argv[is_source(argv[rest]) ? rest : operand + 1];
	if (is_source(second))
		return cli_complain(EXIT_USAGE, "mount: '%s' would be a second source, and a mount has one (a writable volume beside it: --scratch "
				    "DIR; further ones then, while it is mounted: ordeal ctl MOUNTPOINT add NAME SOURCE)", second);
	if (rest < argc && !dashes)
		return cli_complain(EXIT_USAGE, "mount: too many words (a command goes behind '--': %s)", syntax.usage);
	o->command = rest < argc ? argv + rest + further : NULL;
	if (o->command && o->foreground)
		return cli_complain(EXIT_USAGE, "mount: --foreground is for a mount without a command");
	if (o->trace_size && !o->trace)
		return cli_complain(EXIT_USAGE, "mount: --trace-size is the size of a trace, and none is kept (--trace FILE)");
	if (!o->command && (o->private || o->quiet))
		return cli_complain(EXIT_USAGE, "mount: --%s goes with a command", o->private ? "private" : "quiet");
	return CLI_GO_ON;
}

static bool has_dashes(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0)
			return true;
	return false;
}

int cmd_mount(int argc, char **argv)
{
	struct mount_options o = {0};
	struct prepared p = {0};
	struct err err = {0};
	int operand;
	bool dashes = has_dashes(argc, argv); /* getopt moves them */
	if (strcmp(argv[argc - 1], "--") == 0)
		return cli_complain(EXIT_USAGE, "mount: a command is missing behind '--'");
	int status = cli_parse(argc, argv, &syntax, &o, &operand);
	if (status == CLI_GO_ON)
		status = find_command(&o, argc, argv, operand, dashes);
	if (status != CLI_GO_ON)
		return status;
	if (prepare(&o, argv[operand], argv[operand + 1], &p, &err) < 0)
		status = cli_fail(EXIT_USAGE, &err);
	else
		status = o.command ? start_captive(&o, &p) : start(&o, &p);
	free(p.program);
	free(p.plan_path);
	plan_free(p.plan);
	free(p.in);
	free(p.out);
	return status;
}
