/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The journal: one JSON line for everything that was not as it should be (see wire.h). Never holds up the filesystem: lines are
 * gathered and handed to an outlet (outlet.h); what cannot be kept is counted as lost, and said in the journal itself as soon as it
 * takes lines again, at the latest at its end. One thread. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct outlet;
struct request;
struct rule;
struct server;
struct volume;

/* Bytes that a journal may grow to; further lines are lost. */
#define JOURNAL_BYTES_MAX (UINT64_C(64) << 20)

/* Bytes that may wait for a slow or stalled reader or disk; further lines are lost. */
#define JOURNAL_WAITING_MAX (UINT64_C(4) << 20)

struct journal {
	struct outlet *outlet; /* NULL: none is kept */
	int64_t opened_ns;     /* CLOCK_MONOTONIC: just before the mount */
	struct buf pending;
	uint64_t pending_lines;
	uint64_t bytes; /* handed to the outlet */
	uint64_t lines; /* ever; lost ones included */
};

/* Write to this descriptor from now on; it is taken. -ENOMEM: it is not. */
int journal_open(struct journal *journal, int fd) MUST_USE;

/* Tell the last losses, write what waits (for less than a second), close. */
void journal_close(struct journal *journal);

/* A rule has struck. `changed` is the number of bytes that differ now, or UINT64_MAX where that is not the matter. */
void journal_strike(struct journal *journal, const struct request *request, const struct rule *rule, uint64_t changed);

/* A read or write was cut short at the range of a rule that would end what comes after. */
void journal_cut(struct journal *journal, const struct request *request, const struct rule *rule);

/* A write has healed sectors that a rule struck. */
void journal_heal(struct journal *journal, const struct request *request, const struct rule *rule);

/* The power has failed. What was taken back follows its rule's own line. */
struct durable_report;
void journal_power(struct journal *journal, const struct request *request, const struct rule *rule, const struct durable_report *report);

/* A damaged file was met. */
void journal_damage(struct journal *journal, const struct request *request, const struct volume *volume, const char *path,
		    const char *damage);

/* A client of the control channel has changed something: the word, and the request as it came. */
void journal_control(struct journal *journal, const struct server *server, const char *word, const json_t *request);

/* An outage by hand has come to its end. */
void journal_outage_end(struct journal *journal, const struct server *server, const char *rule);

/* Hand over what was gathered. */
void journal_flush(struct journal *journal);

/* Lines that were lost until now. */
uint64_t journal_lost(const struct journal *journal);
