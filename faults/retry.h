/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What a client does that gets no answer, in the words of nfs(5): it asks again after `timeo`, `retrans` times more, each time
 * waiting longer; then a soft mount gives the program an error, and a hard one begins anew.
 *
 * backoff exponential is what nfs(5) says of UDP (the wait doubles, up to 60 seconds), linear what it says of TCP (it grows by
 * timeo, up to 600 seconds). Any thread. */
#pragma once

#include "base/draw.h"
#include "base/yaml.h"

#include <stdbool.h>
#include <stdint.h>

struct buf;

enum backoff { BACKOFF_EXPONENTIAL, BACKOFF_LINEAR };
enum mount_style { MOUNT_SOFT, MOUNT_SOFTERR, MOUNT_HARD };

struct retry {
	int64_t timeo_ns;
	uint32_t retrans; /* tries after the first; at most RETRANS_MAX */
	enum backoff backoff;
	enum mount_style mount;
	int error; /* what a soft mount gives; 0: EIO, of softerr ETIMEDOUT */
};

#define RETRANS_MAX 1000

/* How long it waits for an answer to the try, from 0, before the next. */
int64_t retry_wait_ns(const struct retry *retry, uint32_t try);

/* How long a soft mount takes to give up. */
int64_t retry_gives_up_ns(const struct retry *retry);

int retry_error(const struct retry *retry);

/* Lose each try with this probability: returns how long the lost ones have cost. *failed: a soft mount gave up. Uses as many lanes
 * of the key, from lane on, as there are tries. */
int64_t retry_draw(const struct retry *retry, double loss, struct draw_key key, bool *failed);

/* Readers of hard, soft or softerr, and of exponential or linear. */
yaml_reader retry_mount_yaml, retry_backoff_yaml, retry_retrans_yaml;

/* Rows of a table of fields, for a struct retry that stands in `member` of a struct rule. */
#define RETRY_FIELDS(member)                                                      \
	YAML_FIELD(struct rule, "timeo", member.timeo_ns, yaml_duration),         \
	YAML_FIELD(struct rule, "retrans", member.retrans, retry_retrans_yaml),   \
	YAML_FIELD(struct rule, "backoff", member.backoff, retry_backoff_yaml),   \
	YAML_FIELD(struct rule, "mount", member.mount, retry_mount_yaml),         \
	YAML_FIELD(struct rule, "error", member.error, errnames_yaml)

/* "hard: waits", "soft: EIO after 3 s" */
void retry_explain(const struct retry *retry, struct buf *out);
