/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* signal: the process that makes the request gets a signal, in the middle of it.
 *
 * With `at: after` (usual) the operation is carried out: it is the last thing that a killed process does. With `at: before` it is
 * not, and the call ends with EINTR. Either way the signal is sent while the process waits for the answer, so that it does nothing
 * in between (a request that the server has taken is waited out even by a killed process: request_wait_answer() in
 * fs/fuse/dev.c). What the kernel asks for on its own (readahead, write-back) has no process, and is not struck. */
#include "faults/kinds.h"

#include "base/nearest.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

struct signal_entry {
	const char *name;
	int number;
};

static const struct signal_entry signals[] = {
	{"SIGTERM", SIGTERM}, {"SIGKILL", SIGKILL}, {"SIGSTOP", SIGSTOP}, {"SIGINT", SIGINT},	{"SIGHUP", SIGHUP},
	{"SIGQUIT", SIGQUIT}, {"SIGABRT", SIGABRT}, {"SIGSEGV", SIGSEGV}, {"SIGBUS", SIGBUS},	{"SIGPIPE", SIGPIPE},
	{"SIGALRM", SIGALRM}, {"SIGUSR1", SIGUSR1}, {"SIGUSR2", SIGUSR2}, {"SIGXCPU", SIGXCPU}, {"SIGXFSZ", SIGXFSZ},
	{"SIGTSTP", SIGTSTP}, {"SIGCONT", SIGCONT},
};

static int number_read(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	const struct signal_entry *entry = named_in(signals, COUNT_OF(signals), sizeof signals[0], text);
	char hint[NEAREST_HINT_SIZE];
	if (!entry)
		return yaml_error(at, err, "'%s' is no signal that can be sent (SIGTERM, SIGKILL, SIGSTOP ...)%s", text,
				  nearest_hint(hint, nearest_in(signals, COUNT_OF(signals), sizeof signals[0], text)));
	*(int *)into = entry->number;
	return 0;
}

/* One of two words, the second one true. */
static int either(struct yaml_at at, const char *key, const char *no, const char *yes, bool *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	*into = strcmp(text, yes) == 0;
	return *into || strcmp(text, no) == 0 ? 0 : yaml_error(at, err, "'%s' takes %s or %s, not '%s'", key, no, yes, text);
}

static int at_read(struct yaml_at at, void *into, struct err *err)
{
	return either(at, "at", "after", "before", into, err);
}

static int to_read(struct yaml_at at, void *into, struct err *err)
{
	return either(at, "to", "process", "group", into, err);
}

static const struct yaml_field signal_fields[] = {
	YAML_REQUIRED(struct rule, "name", effect.signal.number, number_read),
	YAML_FIELD(struct rule, "at", effect.signal.before, at_read),
	YAML_FIELD(struct rule, "to", effect.signal.group, to_read),
};

static int signal_read(struct yaml_at at, struct rule *rule, struct err *err)
{
	return at.node->type == YAML_MAP ? yaml_fields(at, "'signal'", signal_fields, COUNT_OF(signal_fields), rule, err)
					 : number_read(at, &rule->effect.signal.number, err);
}

static bool signal_apply(const struct asking *asked, struct verdict *out)
{
	if (out->signal || asked->site->buffered)
		return false;
	out->signal = asked->rule;
	if (asked->rule->effect.signal.before)
		out->error = EINTR;
	return true;
}

const char *signal_name(int number)
{
	for (size_t i = 0; i < COUNT_OF(signals); i++)
		if (signals[i].number == number)
			return signals[i].name;
	return "?";
}

static void signal_explain(const struct rule *rule, struct buf *out)
{
	buf_printf(out, "the calling %s gets %s %s", rule->effect.signal.group ? "process group" : "process",
		   signal_name(rule->effect.signal.number), rule->effect.signal.before ? "before it is done" : "while it is done");
}

const struct kind kind_signal = {
	.name = "signal",
	.summary = "the calling process gets a signal: SIGKILL, SIGTERM, SIGSTOP ...",
	.allowed = OPSET_REQUESTS & ~(OP_BIT(release) | OP_BIT(releasedir)),
	.read = signal_read,
	.apply = signal_apply,
	.explain = signal_explain,
};
