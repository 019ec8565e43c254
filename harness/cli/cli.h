/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The command line: one table of subcommands, one table of options each, from which both parsing and --help are made. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "faults/plan.h"
#include "harness/exits.h"
#include "harness/trial.h"

#include <stdbool.h>
#include <stddef.h>

struct cli_command {
	const char *name;
	const char *summary; /* for `ordeal --help` */
	int (*run)(int argc, char **argv); /* argv[0] is the subcommand; returns an exit status */
};

extern const struct cli_command cli_commands[];
extern const size_t cli_commands_count;

int cmd_mount(int argc, char **argv);
int cmd_umount(int argc, char **argv);
int cmd_ctl(int argc, char **argv);
int cmd_try(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_corpus(int argc, char **argv);
int cmd_plan(int argc, char **argv);
int cmd_stats(int argc, char **argv);
int cmd_sweep(int argc, char **argv);
int cmd_trace(int argc, char **argv);
int cmd_doctor(int argc, char **argv);

/* ---- options ---- */

struct cli_option {
	char letter;	   /* 0: none */
	const char *name;
	const char *value; /* what it takes, for the help; NULL: it is a flag */
	const char *help;
	/* Called for each occurrence. */
	int (*take)(void *into, const char *value, struct err *err);
};

struct cli_syntax {
	const char *usage;   /* "ordeal mount [OPTIONS] SOURCE MOUNTPOINT" */
	const char *about;   /* paragraphs below it, wrapped at 80 columns */
	const struct cli_option *options;
	size_t options_count;
	int operands_min, operands_max; /* -1: any number */
	bool takes_command; /* the first operand ends the options: what follows are somebody else's */
};

/* Parse. On CLI_GO_ON *operand is the index of the first operand in argv; otherwise the exit status is returned, and what is
 * to be said was said (--help, or a complaint). */
#define CLI_GO_ON (-1)
int cli_parse(int argc, char **argv, const struct cli_syntax *syntax, void *into, int *operand);

/* Say "ordeal: TEXT" on stderr; returns the status. Control characters in names of strangers come out as ?. */
int cli_complain(int status, const char *format, ...) PRINTF(2, 3);
/* The same on stdout, without a word before it and without a newline behind it. */
void cli_tell(const char *format, ...) PRINTF(1, 2);
/* Say what stands in `err`; returns the status, or what memory that is out and a full disk have for theirs. The other one says "WHAT: " before it. */
int cli_fail(int status, const struct err *err);
int cli_fail_of(const char *what, int status, const struct err *err);

/* Say on stderr what is doubtful in a plan. */
void cli_doubts(const struct plan *plan);
/* The same for lines that were found out later. */
void cli_warn_lines(const char *lines);

/* Is a directory there, and nothing in it? 0, -ENOTEMPTY, or another negative errno. */
int cli_check_empty(const char *path) MUST_USE;

/* Is colour wanted on this descriptor? (NO_COLOR, CLICOLOR_FORCE, TERM=dumb, isatty) */
bool cli_colour(int fd);

/* Names of plans, suites and subjects that are paths of the user's, made whole so that a replay finds them from anywhere.
 * Other names are copied as they are. -errno with a reason. */
int cli_whole_name(const char *name, char whole[4096], struct err *err) MUST_USE;
/* The same for the corpus (source_whole()) and the plan of a case, which must name a corpus. */
int cli_whole_paths(struct case_spec *spec, struct err *err) MUST_USE;

/* The operands are the command of a case that has no subject, to be run in the current directory. `who`: the word of the command line, for
 * complaints. */
int cli_complete_case(const char *who, struct case_spec *spec, int argc, char **argv, int operand, struct err *err) MUST_USE;

/* ---- what try, run and replay share ---- */

#define CLI_REPORTS_MAX 8

struct cli_trials {
	const char *reports[CLI_REPORTS_MAX];
	size_t reports_count;
	const char *keep;
	unsigned jobs; /* 0: one a processor */
	bool no_again, quiet, verbose;
	bool shared_world; /* as on a machine without namespaces */
	bool renamed_unavailable;
	int unavailable_status; /* instead of EXIT_ENVIRONMENT */
};

/* Options for it; offsets are from the start of the struct that `into` points to, which must begin with cli_trials. */
#define CLI_TRIALS_OPTIONS                                                                                             \
	{'r', "report", "FORMAT[:FILE]", "text, tap, junit or json; may be given again", cli_take_report},             \
	{'j', "jobs", "N", "cases at once (one a processor; sweep: two)", cli_take_jobs},                                          \
	{'k', "keep", "DIR", "copy the outputs of the cases there", cli_take_keep},                                    \
	{0, "no-again", NULL, "do not run again after the faults are lifted", cli_take_no_again},                      \
	{0, "world", "KIND", "private (where possible) or shared", cli_take_world},                                     \
	{0, "unavailable", "STATUS", "exit status where the machine cannot do it (3)", cli_take_unavailable},          \
	{'v', "verbose", NULL, "tell of every case", cli_take_verbose},                                                \
	{'q', "quiet", NULL, "no progress", cli_take_quiet}

/* What try and sweep share: they make a case. */
struct cli_case {
	struct cli_trials trials; /* first: see CLI_TRIALS_OPTIONS */
	struct case_spec spec;
};

/* Options that are fields of a case have its names. For structs that begin with a cli_case. */
#define CLI_CASE_FIELDS(X) X(corpus) X(does) X(mode) X(deadline) X(allow) X(before) X(abort) X(mute) X(leaks) X(limits) X(compare) X(check)
#define CLI_TAKE_FIELD_DECLARE(field) int cli_take_##field(void *into, const char *value, struct err *err);
CLI_CASE_FIELDS(CLI_TAKE_FIELD_DECLARE)
int cli_take_subject(void *into, const char *value, struct err *err);

/* Those that say how a case is judged. */
#define CLI_ORACLE_OPTIONS                                                                                             \
	{0, "abort", "STANCE", "SIGABRT with a word: fail (usual), allow", cli_take_abort},                            \
	{0, "mute", "STANCE", "a failure without a word: allow (usual), fail", cli_take_mute},                         \
	{0, "leaks", "STANCE", "memory lost at the end: allow (usual), fail", cli_take_leaks},                         \
	{0, "limits", "LIMITS", "times a clean run: time=10,memory=3,bytes=10 ...", cli_take_limits},                  \
	{0, "compare", "METHODS", "not bytes: *.png=pixels,*.wav=snr:60dB,text ...", cli_take_compare},                \
	{0, "check", "COMMAND", "each output must pass it: 'flac -t {}'", cli_take_check}

int cli_take_report(void *into, const char *value, struct err *err);
int cli_take_jobs(void *into, const char *value, struct err *err);
int cli_take_keep(void *into, const char *value, struct err *err);
int cli_take_no_again(void *into, const char *value, struct err *err);
int cli_take_world(void *into, const char *value, struct err *err);
int cli_take_unavailable(void *into, const char *value, struct err *err);
int cli_take_verbose(void *into, const char *value, struct err *err);
int cli_take_quiet(void *into, const char *value, struct err *err);

/* Have a session run as the options say. */
void cli_trials_apply(struct session *session, const struct cli_trials *options);

/* Write the reports that were asked for; the report text where none was. Returns an exit status. */
int cli_write_reports(const struct session *session, const struct cli_trials *options, const char *title);

/* Prepare, run and report the session's trials. Returns an exit status. */
int cli_trials_run(struct session *session, const struct cli_trials *options, const char *title);

/* The status for a failure of this errno that is the user's (a bad file, a missing program) or the machine's. */
int cli_status_of(const struct cli_trials *options, int status);
