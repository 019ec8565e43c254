/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Holds the rules that a change has put against the volumes of the mount.
 *
 * The server takes them in any case. To look through a corpus is the client's work, because the server has one thread; a child
 * does it, so that a tree on a disk that hangs, or a large archive, keeps nobody. */
#include "harness/cli/ctl_reach.h"

#include "base/clock.h"
#include "base/json_text.h"
#include "base/scope.h"
#include "corpora/corpus.h"
#include "faults/plan_text.h"
#include "harness/cli/cli.h"
#include "harness/cli/sources.h"
#include "harness/reach.h"
#include "harness/record.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_NS (2 * NS_PER_S)
#define TOLD_MAX 65536 /* bytes of warnings */
#define VOLUMES_MAX 64

/* What the mount has told of itself. */
struct view {
	json_t *rules, *volumes; /* answers */
	uint64_t since;		 /* rules with a greater serial number are new */
};

/* ---- asking ---- */

/* How many rules the request has put; each has taken a serial number of its own. */
static uint64_t count_put(const json_t *request)
{
	const char *word = record_text(request, "do"), *rules = record_text(request, strcmp(word, "add") == 0 ? "rules" : "rule");
	struct plan_text text;
	struct err err = {0};
	if (strcmp(word, "plan") == 0)
		return UINT64_MAX;
	if (strcmp(word, "outage") == 0 || (strcmp(word, "set") == 0 && json_object_get(request, "change")))
		return 1;
	if (!*rules || plan_text_empty(&text) < 0)
		return 0;
	int rc = plan_text_put(&text, rules, strlen(rules), PLAN_AS_IT_IS, NULL, NULL, &err);
	uint64_t count = rc ? 0 : text.serials;
	plan_text_free(&text);
	return count;
}

static json_t *ask(struct control_link *link, const char *format, int64_t deadline_ns)
{
	struct err err = {0};
	json_t *answer = NULL, *request = json_read(format, 0, &err);
	int rc = !request ? -err.code : control_ask(link, request, deadline_ns, &answer, &err);
	json_decref(request);
	if (rc)
		json_decref(take_ptr(&answer));
	return answer;
}

static bool look(struct control_link *link, uint64_t put, int64_t deadline_ns, struct view *view)
{
	view->rules = ask(link, "{\"do\": \"rules\", \"since\": 0}", deadline_ns);
	view->volumes = view->rules ? ask(link, "{\"do\": \"list\"}", deadline_ns) : NULL;
	uint64_t last = (uint64_t)json_integer_value(json_object_get(view->rules, "serial"));
	view->since = put < last ? last - put : 0;
	return view->volumes && !json_object_get(view->rules, "next") &&
	       json_array_size(json_object_get(view->volumes, "volumes")) <= VOLUMES_MAX;
}

/* ---- weighing ---- */

static struct plan *plan_of(const struct view *view)
{
	SCOPED(buf_free) struct buf text = {0};
	struct plan *plan = NULL;
	struct err err = {0};
	json_t *groups = json_object_get(view->rules, "groups"), *rule;
	SCOPED_FREE char *switches = json_object_size(groups) ? json_write(groups, JSON_COMPACT) : NULL;
	size_t i;
	buf_text(&text, "version: 1\n");
	if (switches)
		buf_printf(&text, "groups: %s\n", switches);
	buf_text(&text, "rules:\n");
	json_array_foreach (json_object_get(view->rules, "rules"), i, rule)
		buf_printf(&text, "- %s\n", record_text(rule, "rule"));
	if (text.failed || plan_parse("mount", buf_string(&text), text.length, &plan, &err) < 0)
		return NULL;
	return plan;
}

static void tell(const struct view *view, const struct plan *plan, const struct rule *rule, const struct reach *reach,
		 const struct reach_volume *volumes, size_t count, struct buf *out)
{
	const json_t *list = json_object_get(view->volumes, "volumes");
	size_t at = 0;
	while (at < count && (rule->volume ? strcmp(rule->volume, volumes[at].name) != 0 : count > 1))
		at++;
	buf_printf(out, "rule '%s' can touch nothing of ", rule->name);
	if (at < count)
		buf_printf(out, "%s (%s): ", volumes[at].name, record_text(json_array_get(list, at), "source"));
	else
		buf_text(out, "this mount: ");
	reach_tell_lack(plan, rule, reach, volumes, count, out);
	buf_char(out, '\n');
}

static void weigh(const struct view *view, const struct plan *plan, const struct reach_volume *volumes, size_t count,
		  struct buf *out)
{
	SCOPED_FREE struct reach *reach = calloc(plan->rules.count + 1, sizeof *reach);
	const json_t *rules = json_object_get(view->rules, "rules");
	struct reach_gaps gaps = {0};
	struct err err = {0};
	if (!reach || reach_weigh(plan, volumes, count, REACH_SWITCHED, reach, &gaps, &err) < 0)
		return;
	for (size_t i = 0; i < plan->rules.count && out->length < TOLD_MAX; i++) {
		uint64_t serial = (uint64_t)json_integer_value(json_object_get(json_array_get(rules, i), "serial"));
		if (serial > view->since && reach[i].lack != REACH_NOTHING_LACKS)
			tell(view, plan, plan->rules.at[i], &reach[i], volumes, count, out);
	}
}

/* A source that cannot be opened here is as little known as a scratch. */
static void weigh_volumes(const struct view *view, struct buf *out)
{
	struct reach_volume volumes[VOLUMES_MAX];
	struct corpus *opened[VOLUMES_MAX] = {NULL};
	struct err err = {0};
	struct plan *plan = plan_of(view);
	json_t *volume;
	size_t i, count = 0;
	json_array_foreach (json_object_get(view->volumes, "volumes"), i, volume) {
		const char *source = record_text(volume, "source");
		if (plan && !source_is_scratch(source) && corpus_open(source, &opened[i], &err) < 0)
			opened[i] = NULL;
		volumes[count++] = (struct reach_volume){.name = record_text(volume, "name"), .corpus = opened[i]};
	}
	if (plan)
		weigh(view, plan, volumes, count, out);
	for (i = 0; i < count; i++)
		corpus_close(opened[i]);
	plan_free(plan);
}

/* ---- the child ---- */

static _Noreturn void weigh_in_child(const struct view *view, int to)
{
	struct buf out = {0};
	weigh_volumes(view, &out);
	_exit(buf_write_fd(&out, to) < 0);
}

/* All that comes until the other end is closed; false where that took too long. */
static bool read_until(int from, int64_t until_ns, struct buf *out)
{
	char bytes[4096];
	for (;;) {
		struct pollfd waiting = {.fd = from, .events = POLLIN};
		int ready = poll(&waiting, 1, clock_until_ms(until_ns));
		ssize_t got = ready == 1 ? read(from, bytes, sizeof bytes) : -1;
		if (got <= 0)
			return got == 0;
		buf_add(out, bytes, (size_t)got);
	}
}

static void weigh_apart(const struct view *view)
{
	SCOPED(buf_free) struct buf told = {0};
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	fflush(NULL);
	pid_t child = fork();
	if (child == 0)
		weigh_in_child(view, ends[1]);
	close(ends[1]);
	if (child > 0 && read_until(ends[0], clock_now_ns() + LOOK_NS, &told))
		cli_warn_lines(buf_string(&told));
	close(ends[0]);
	if (child > 0) { /* one that waits for a disk is left to whoever comes behind us */
		kill(child, SIGKILL);
		waitpid(child, NULL, WNOHANG);
	}
}

void ctl_reach_warn(struct control_link *link, const json_t *request, int64_t deadline_ns)
{
	uint64_t put = count_put(request);
	struct view view = {0};
	if (put && look(link, put, deadline_ns, &view))
		weigh_apart(&view);
	json_decref(view.rules);
	json_decref(view.volumes);
}
