/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The journal: one JSON line for everything that was not as it should be (see wire.h). Never blocks the filesystem: lines
 * are gathered and appended to a regular file; what cannot be kept is counted as lost. One thread. */
#pragma once

#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct request;
struct rule;
struct server;
struct volume;

/* Bytes that a journal may grow to; further lines are lost, and counted. */
#define JOURNAL_BYTES_MAX (UINT64_C(64) << 20)

struct journal {
	int fd; /* -1: none is kept */
	struct buf pending;
	uint64_t written;
	uint64_t lost; /* lines */
};

/* A rule has struck. `changed` is the number of bytes that differ now, or UINT64_MAX where that is not the matter. */
void journal_strike(struct journal *journal, const struct request *request, const struct rule *rule, uint64_t changed);

/* A read or write was cut short at the range of a rule that would end what comes after. */
void journal_cut(struct journal *journal, const struct request *request, const struct rule *rule);

/* A damaged file was met. */
void journal_damage(struct journal *journal, const struct request *request, const struct volume *volume, const char *path,
		    const char *damage);

/* A client of the control channel has changed something: the word, and the request as it came. */
void journal_control(struct journal *journal, const struct server *server, const char *word, const json_t *request);

void journal_flush(struct journal *journal);
