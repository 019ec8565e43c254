/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Asks a command of the user's about files. */
#include "harness/inspect_command.h"

#include "base/clock.h"
#include "base/scope.h"
#include "harness/exits.h"
#include "harness/words.h"
#include "harness/wordline.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static void add_env(struct subject_words *env, const char *name, const char *value, const char *below)
{
	char *both = NULL;
	char **slot = asprintf(&both, "%s%s%s", name, value, below) < 0 ? NULL : vec_add(&env->words);
	if (slot)
		*slot = both;
	else
		free(both);
}

/* The user's, but for where it may leave something. */
static void make_env(const struct stage *s, struct subject_words *env)
{
	static const char *const replaced[] = {"TMPDIR=", "HOME=", "LC_ALL="};
	for (char **variable = environ; *variable; variable++) {
		bool ours = false;
		for (size_t i = 0; i < COUNT_OF(replaced); i++)
			ours |= strncmp(*variable, replaced[i], strlen(replaced[i])) == 0;
		if (!ours)
			add_env(env, *variable, "", "");
	}
	add_env(env, "TMPDIR=", s->world->base, "/inspect/tmp");
	add_env(env, "HOME=", s->world->base, "/inspect/home");
	add_env(env, "LC_ALL=", "C", "");
	vec_add(&env->words); /* the NULL behind the last */
}

/* Run it with its output in one file. Returns its exit status, -1 where it was ended, or -2 and s->err. */
static int run_command(struct stage *s, int64_t until_ns, char **argv, int output)
{
	struct subject_words env = {0};
	struct process_outcome outcome;
	char cwd[PATH_MAX];
	snprintf(cwd, sizeof cwd, "%s/inspect", s->world->base);
	make_env(s, &env);
	const struct process_request request = {
		.argv = argv,
		.env = env.words.at,
		.cwd = s->q->spec->cwd ? s->q->spec->cwd : cwd,
		.stdout_fd = output,
		.stderr_fd = output,
		.deadline_ns = until_ns - clock_now_ns() > 0 ? until_ns - clock_now_ns() : 1,
		.cancel_fd = s->cancel_fd,
	};
	int rc = process_run(&request, &outcome, &s->err);
	subject_words_free(&env);
	if (rc)
		return -2;
	if (outcome.exec_error) {
		s->found->status = EXIT_USAGE;
		err_set(&s->err, outcome.exec_error, "%s: cannot be executed: %s", argv[0], strerror(outcome.exec_error));
		return -2;
	}
	if (outcome.cancelled) {
		err_set(&s->err, EINTR, "cancelled");
		return -2;
	}
	if (outcome.timed_out)
		(void)!write(output, "it did not end in time\n", 23);
	return outcome.timed_out || outcome.signal ? -1 : outcome.exit_code;
}

/* The line that tells most of what it said. */
static void read_said(int output, char said[COMPARE_SAID_MAX])
{
	SCOPED(buf_free) struct buf text = {0};
	said[0] = '\0';
	if (lseek(output, 0, SEEK_SET) == 0 && buf_read_fd(&text, output, PROCESS_OUTPUT_MAX * 3) == 0)
		words_telling_line(buf_string(&text) + strspn(buf_string(&text), "\n"), said, COMPARE_SAID_MAX);
}

/* Each of the names replaced by its text, in a copy of the words. */
static char **fill_in(char *const *words, const char *const names[2], const char *const texts[2])
{
	size_t count = 0;
	while (words[count])
		count++;
	char **filled = calloc(count + 1, sizeof *filled);
	for (size_t i = 0; filled && i < count; i++) {
		SCOPED(buf_free) struct buf word = {0};
		for (const char *at = words[i]; *at;) {
			int which = strncmp(at, names[0], strlen(names[0])) == 0 ? 0 : strncmp(at, names[1], strlen(names[1])) == 0 ? 1 : -1;
			if (which < 0)
				buf_char(&word, *at++);
			else
				buf_text(&word, texts[which]), at += strlen(names[which]);
		}
		if (!(filled[i] = word.failed ? NULL : strdup(buf_string(&word)))) {
			wordline_free(filled);
			return NULL;
		}
	}
	return filled;
}

int inspect_ask(struct stage *s, int64_t until_ns, char *const *words, const char *const names[2], const char *const texts[2],
		char said[COMPARE_SAID_MAX])
{
	SCOPED_FD int output = memfd_create("ordeal", MFD_CLOEXEC);
	char names_left[256], **argv = fill_in(words, names, texts);
	int rc = -2;
	if (argv && output >= 0)
		rc = run_command(s, until_ns, argv, output);
	else
		err_set(&s->err, ENOMEM, "out of memory");
	wordline_free(argv);
	process_leftovers(s->daemon.pid, names_left, sizeof names_left);
	read_said(output, said);
	return rc;
}
