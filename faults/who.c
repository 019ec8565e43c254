/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Tells callers apart. */
#include "faults/who.h"

#include "faults/alloc/page.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool has(const struct who_numbers *numbers, uint32_t number)
{
	for (size_t i = 0; i < numbers->count; i++)
		if (numbers->at[i] == number)
			return true;
	return false;
}

static bool has_name(const struct who *who, const char *comm)
{
	for (size_t i = 0; i < who->comms.count; i++)
		if (alloc_page_comm_matches(who->comms.at[i], comm))
			return true;
	return false;
}

/* ---- asking ---- */

enum answer { UNKNOWN, NO, YES };

static enum answer answer_of(bool yes)
{
	return yes ? YES : NO;
}

static enum answer ask_comm(const struct who *who, const struct site *site, const struct who_known *known)
{
	const char *comm = site->thread > 0 && known && known->comm ? known->comm(known->data, site->thread) : NULL;
	return comm ? answer_of(has_name(who, comm)) : UNKNOWN;
}

static enum answer ask_pid(const struct who *who, const struct site *site, const struct who_known *known)
{
	int32_t pid = site->thread > 0 && known && known->process ? known->process(known->data, site->thread) : 0;
	return pid > 0 ? answer_of(has(&who->pids, (uint32_t)pid)) : UNKNOWN;
}

/* Do all conditions that are there get this answer? The cheap ones first. */
static bool all_get(enum answer wanted, const struct who *who, const struct site *site, const struct who_known *known)
{
	if (site->anonymous)
		return false;
	if (who->uids.count && answer_of(has(&who->uids, site->uid)) != wanted)
		return false;
	if (who->gids.count && answer_of(has(&who->gids, site->gid)) != wanted)
		return false;
	if (who->pids.count && ask_pid(who, site, known) != wanted)
		return false;
	return !who->comms.count || ask_comm(who, site, known) == wanted;
}

bool who_is(const struct who *who, const struct site *site, const struct who_known *known)
{
	return !who || all_get(YES, who, site, known);
}

bool who_is_not(const struct who *who, const struct site *site, const struct who_known *known)
{
	return !who || all_get(NO, who, site, known);
}

static bool excludes_numbers(const struct who_numbers *not, const struct who_numbers *who)
{
	for (size_t i = 0; i < who->count; i++)
		if (!has(not, who->at[i]))
			return false;
	return who->count > 0;
}

static bool excludes_names(const struct who *not, const struct who *who)
{
	for (size_t i = 0; i < who->comms.count; i++)
		if (!has_name(not, who->comms.at[i]))
			return false;
	return who->comms.count > 0;
}

bool who_excludes(const struct who *not, const struct who *who)
{
	return not && who &&
	       (excludes_numbers(&not->pids, &who->pids) ||
		excludes_numbers(&not->uids, &who->uids) ||
		excludes_numbers(&not->gids, &who->gids) || excludes_names(not, who));
}

/* ---- reading ---- */

/* The largest there can be (PID_MAX_LIMIT in include/linux/threads.h). */
#define PID_MAX (4u << 20)

static struct who *who_of(struct who **slot)
{
	return *slot ? *slot : (*slot = calloc(1, sizeof **slot));
}

static int read_comm(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	struct who *who = into;
	if (!text)
		return -EINVAL;
	if (!text[0] || strlen(text) >= COMM_SIZE || strpbrk(text, "[]{}\\"))
		return yaml_error(at, err, "'%s' is no program name of at most %d characters (with * and ?)", text, COMM_SIZE - 1);
	char **slot = vec_add(&who->comms);
	if (slot)
		*slot = strdup(text);
	return slot && *slot ? 0 : err_set(err, ENOMEM, "out of memory");
}

static int read_number(struct yaml_at at, void *into, struct err *err)
{
	uint32_t number, *slot;
	int rc = yaml_count32(at, &number, err);
	if (!rc && !(slot = vec_add((struct who_numbers *)into)))
		rc = err_set(err, ENOMEM, "out of memory");
	else if (!rc)
		*slot = number;
	return rc;
}

static int read_pid(struct yaml_at at, void *into, struct err *err)
{
	int rc = read_number(at, into, err);
	if (!rc && strtoull(at.node->text, NULL, 0) - 1 >= PID_MAX)
		return yaml_error(at, err, "no process has the number %s", at.node->text);
	return rc;
}

/* One value or several, into a list of it. */
static int read_values(struct yaml_at at, yaml_reader *read, void *list, struct err *err)
{
	if (at.node->type == YAML_LIST && (!at.node->count || at.node->count > WHO_VALUES_MAX))
		return yaml_error(at, err, "from one value to %d are wanted here", WHO_VALUES_MAX);
	return yaml_each(at, read, list, err);
}

int who_comm_yaml(struct yaml_at at, void *into, struct err *err)
{
	struct who *who = who_of(into);
	return who ? read_values(at, read_comm, who, err) : err_set(err, ENOMEM, "out of memory");
}

int who_pid_yaml(struct yaml_at at, void *into, struct err *err)
{
	struct who *who = who_of(into);
	return who ? read_values(at, read_pid, &who->pids, err) : err_set(err, ENOMEM, "out of memory");
}

int who_uid_yaml(struct yaml_at at, void *into, struct err *err)
{
	struct who *who = who_of(into);
	return who ? read_values(at, read_number, &who->uids, err) : err_set(err, ENOMEM, "out of memory");
}

int who_gid_yaml(struct yaml_at at, void *into, struct err *err)
{
	struct who *who = who_of(into);
	return who ? read_values(at, read_number, &who->gids, err) : err_set(err, ENOMEM, "out of memory");
}

void who_free(struct who *who)
{
	if (!who)
		return;
	for (size_t i = 0; i < who->comms.count; i++)
		free(who->comms.at[i]);
	vec_free(&who->comms);
	vec_free(&who->pids);
	vec_free(&who->uids);
	vec_free(&who->gids);
	free(who);
}

/* ---- words ---- */

static void explain_numbers(const struct who_numbers *numbers, const char *by, const char *what, struct buf *out)
{
	if (numbers->count)
		buf_printf(out, "; %s %s ", by, what);
	for (size_t i = 0; i < numbers->count; i++)
		buf_printf(out, "%s%" PRIu32, i ? " or " : "", numbers->at[i]);
}

void who_explain(const struct who *who, const char *by, struct buf *out)
{
	if (!who)
		return;
	if (who->comms.count)
		buf_printf(out, "; %s programs named ", by);
	for (size_t i = 0; i < who->comms.count; i++)
		buf_printf(out, "%s%s", i ? " or " : "", who->comms.at[i]);
	explain_numbers(&who->pids, by, "process", out);
	explain_numbers(&who->uids, by, "user", out);
	explain_numbers(&who->gids, by, "group", out);
}
