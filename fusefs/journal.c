/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Writes the journal. */
#include "fusefs/journal.h"

#include "base/clock.h"
#include "base/json_text.h"
#include "base/jsonw.h"
#include "base/scope.h"
#include "faults/errnames.h"
#include "faults/kinds.h"
#include "fusefs/durable.h"
#include "fusefs/outlet.h"
#include "fusefs/request.h"

#include <stdlib.h>

#define FLUSH_AT 32768

/* Less than what a server is given to end (STOP_DEADLINE_NS in harness/daemon.c). */
#define PATIENCE_NS (700 * NS_PER_MS)

/* ---- lines ---- */

static void put_seconds(struct jsonw *j, const char *key, int64_t ns)
{
	jsonw_key(j, key), jsonw_real(j, (double)ns / NS_PER_S, 6);
}

/* The clock of the rules, which stands still and begins anew, and one that does neither. */
static struct jsonw begin_line(struct journal *journal, const struct server *server)
{
	struct jsonw j = jsonw_to(&journal->pending);
	jsonw_object(&j);
	put_seconds(&j, "t", server_clock_ns(server));
	put_seconds(&j, "since_mount_s", clock_now_ns() - journal->opened_ns);
	return j;
}

static struct jsonw begin(struct journal *journal, const struct request *request, const char *volume, const char *path)
{
	struct jsonw j = begin_line(journal, request->server);
	pid_t pid = request->req ? fuse_req_ctx(request->req)->pid : request->site.thread;
	jsonw_key(&j, "op"), jsonw_text(&j, ops_name(request->op));
	jsonw_key(&j, "volume"), jsonw_text(&j, volume);
	jsonw_key(&j, "path"), jsonw_text(&j, path);
	jsonw_key(&j, "pid"), jsonw_int(&j, pid);
	const char *comm = outside_comm(&request->server->outside, pid);
	if (comm)
		jsonw_key(&j, "comm"), jsonw_text(&j, comm);
	return j;
}

static void finish(struct journal *journal, struct jsonw *j)
{
	jsonw_close(j);
	buf_char(&journal->pending, '\n');
	journal->lines++;
	journal->pending_lines++;
	if (journal->pending.length >= FLUSH_AT)
		journal_flush(journal);
}

static bool keeps(struct journal *journal)
{
	if (!journal->outlet)
		return false;
	if (journal->bytes + journal->pending.length < JOURNAL_BYTES_MAX)
		return true;
	journal->lines++;
	outlet_lose(journal->outlet, 1);
	return false;
}

static int error_of(const struct request *request)
{
	int32_t result = request->result;
	return !request->answered ? request->verdict.error : result < 0 ? -result : 0;
}

/* What the rules leave of the answer, as the call will return it: a negative errno, or so many bytes at most. */
static void put_result(struct jsonw *j, const struct request *request)
{
	const struct verdict *verdict = &request->verdict;
	bool moves_bytes = request->op == OP_read || request->op == OP_write;
	if (request->answered)
		jsonw_key(j, "result"), jsonw_int(j, request->result);
	else if (verdict->error)
		jsonw_key(j, "result"), jsonw_int(j, -verdict->error);
	else if (moves_bytes && verdict->length < request->site.length)
		jsonw_key(j, "result"), jsonw_uint(j, verdict->length);
}

static struct jsonw begin_touch(struct journal *journal, const struct request *request, const struct rule *rule,
				const char *effect)
{
	const struct site *site = &request->site;
	struct jsonw j = begin(journal, request, site->volume, site->path);
	put_result(&j, request);
	if (site->length) {
		jsonw_key(&j, "offset"), jsonw_uint(&j, site->offset);
		/* A lock without an end; readers of JSON take no more than 63 bits. */
		jsonw_key(&j, "length"), jsonw_uint(&j, site->length < INT64_MAX ? site->length : INT64_MAX);
	}
	jsonw_key(&j, "rule"), jsonw_text(&j, rule->name);
	jsonw_key(&j, "effect"), jsonw_text(&j, effect);
	return j;
}

void journal_strike(struct journal *journal, const struct request *request, const struct rule *rule, uint64_t changed)
{
	if (!keeps(journal))
		return;
	struct jsonw j = begin_touch(journal, request, rule, rule->kind->effect ? rule->kind->effect : rule->kind->name);
	int error = error_of(request);
	if (error) {
		char name[ERRNAME_SIZE];
		jsonw_key(&j, "error"), jsonw_text(&j, errnames_text(error, name));
	}
	if (rule->kind->late)
		put_seconds(&j, "delay_s", request->verdict.delay_ns);
	if (rule->kind == &kind_signal)
		jsonw_key(&j, "signal"), jsonw_text(&j, signal_name(rule->effect.signal.number));
	if (changed != UINT64_MAX)
		jsonw_key(&j, "changed"), jsonw_uint(&j, changed);
	finish(journal, &j);
}

void journal_cut(struct journal *journal, const struct request *request, const struct rule *rule)
{
	if (!keeps(journal))
		return;
	struct jsonw j = begin_touch(journal, request, rule, "cut");
	finish(journal, &j);
}

void journal_heal(struct journal *journal, const struct request *request, const struct rule *rule)
{
	if (!keeps(journal))
		return;
	struct jsonw j = begin_touch(journal, request, rule, "heal");
	finish(journal, &j);
}

void journal_power(struct journal *journal, const struct request *request, const struct rule *rule, const struct durable_report *report)
{
	if (!keeps(journal))
		return;
	struct jsonw j = begin_touch(journal, request, rule, "taken-back");
	jsonw_key(&j, "names"), jsonw_uint(&j, report->names);
	jsonw_key(&j, "blocks"), jsonw_uint(&j, report->blocks);
	if (report->failures) {
		char name[ERRNAME_SIZE];
		jsonw_key(&j, "failures"), jsonw_uint(&j, report->failures);
		jsonw_key(&j, "failure"), jsonw_text(&j, errnames_text(report->error, name));
	}
	finish(journal, &j);
}

void journal_damage(struct journal *journal, const struct request *request, const struct volume *volume, const char *path,
		    const char *damage)
{
	const char *class;
	if (!keeps(journal))
		return;
	struct jsonw j = begin(journal, request, volume->name, path);
	jsonw_key(&j, "effect"), jsonw_text(&j, "damage");
	jsonw_key(&j, "damage"), jsonw_text(&j, damage);
	if (corpus_class(volume->corpus, path, &class) == 0)
		jsonw_key(&j, "class"), jsonw_text(&j, class);
	finish(journal, &j);
}

static struct jsonw begin_control(struct journal *journal, const struct server *server, const char *word)
{
	struct jsonw j = begin_line(journal, server);
	jsonw_key(&j, "effect"), jsonw_text(&j, "control");
	jsonw_key(&j, "do"), jsonw_text(&j, word);
	return j;
}

void journal_outage_end(struct journal *journal, const struct server *server, const char *rule)
{
	if (!keeps(journal))
		return;
	struct jsonw j = begin_control(journal, server, "remove");
	jsonw_key(&j, "rule"), jsonw_text(&j, rule);
	finish(journal, &j);
}

void journal_control(struct journal *journal, const struct server *server, const char *word, const json_t *request)
{
	if (!keeps(journal))
		return;
	char *text = json_write(request, JSON_COMPACT);
	struct jsonw j = begin_control(journal, server, word);
	jsonw_key(&j, "request"), jsonw_text(&j, text);
	finish(journal, &j);
	free(text);
}

/* ---- the way out ---- */

static void tell(uint64_t lost, struct buf *line)
{
	struct jsonw j = jsonw_to(line);
	jsonw_object(&j);
	jsonw_key(&j, "lost"), jsonw_uint(&j, lost);
	jsonw_close(&j);
	buf_char(line, '\n');
}

int journal_open(struct journal *journal, int fd)
{
	journal->opened_ns = clock_now_ns();
	journal->outlet = outlet_open(fd, JOURNAL_WAITING_MAX, tell);
	return journal->outlet ? 0 : -ENOMEM;
}

void journal_flush(struct journal *journal)
{
	if (!journal->pending_lines)
		return;
	outlet_put(journal->outlet, &journal->pending, journal->pending_lines);
	journal->bytes += journal->pending.length;
	journal->pending_lines = 0;
	buf_clear(&journal->pending);
}

void journal_close(struct journal *journal)
{
	journal_flush(journal);
	outlet_close(take_ptr(&journal->outlet), PATIENCE_NS);
	buf_free(&journal->pending);
}

uint64_t journal_lost(const struct journal *journal)
{
	return journal->outlet ? outlet_lost(journal->outlet) : 0;
}
