/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reckons with timeouts and tries. */
#include "faults/retry.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/nearest.h"
#include "base/real.h"
#include "faults/errnames.h"
#include "faults/spread.h"

#include <errno.h>

#define UDP_WAIT_MAX_NS (60 * NS_PER_S)
#define TCP_WAIT_MAX_NS (600 * NS_PER_S)

/* A hard mount that has lost so many tries gets through with the next: a rule that loses all of them is a `hang`. */
#define TRIES_MAX 10000

static int64_t at_most(int64_t value, int64_t most)
{
	return value < most ? value : most;
}

/* A timeo above the limit stays what it is. */
int64_t retry_wait_ns(const struct retry *retry, uint32_t try)
{
	bool doubles = retry->backoff == BACKOFF_EXPONENTIAL;
	int64_t most = doubles ? UDP_WAIT_MAX_NS : TCP_WAIT_MAX_NS, wait = retry->timeo_ns;
	if (wait >= most)
		return wait;
	for (uint32_t i = 0; i < try && wait < most; i++)
		wait = at_most(doubles ? 2 * wait : wait + retry->timeo_ns, most);
	return wait;
}

int64_t retry_gives_up_ns(const struct retry *retry)
{
	int64_t sum = 0;
	for (uint32_t try = 0; try <= retry->retrans; try++)
		sum = at_most(sum, SPREAD_NS_MAX) + at_most(retry_wait_ns(retry, try), SPREAD_NS_MAX);
	return at_most(sum, SPREAD_NS_MAX);
}

int retry_error(const struct retry *retry)
{
	return retry->error ? retry->error : retry->mount == MOUNT_SOFTERR ? ETIMEDOUT : EIO;
}

/* A hard mount begins its timeouts anew after the last (xprt_adjust_timeout() in net/sunrpc/xprt.c). */
int64_t retry_draw(const struct retry *retry, double loss, struct draw_key key, bool *failed)
{
	int64_t cost = 0;
	*failed = false;
	for (uint32_t tries = 0; tries < TRIES_MAX && draw_chance(&key, loss); tries++, key.lane++) {
		cost = at_most(cost + at_most(retry_wait_ns(retry, tries % (retry->retrans + 1)), SPREAD_NS_MAX), SPREAD_NS_MAX);
		*failed = retry->mount != MOUNT_HARD && tries == retry->retrans;
		if (*failed)
			break;
	}
	return cost;
}

/* ---- words ---- */

struct word {
	const char *name;
	int value;
};

static const struct word mounts[] = {{"soft", MOUNT_SOFT}, {"softerr", MOUNT_SOFTERR}, {"hard", MOUNT_HARD}};
static const struct word backoffs[] = {{"exponential", BACKOFF_EXPONENTIAL}, {"linear", BACKOFF_LINEAR}};

int retry_mount_yaml(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	const struct word *word = named_in(mounts, COUNT_OF(mounts), sizeof mounts[0], text);
	if (!word)
		return yaml_error(at, err, "'mount' takes hard, soft or softerr, not '%s'", text);
	*(enum mount_style *)into = (enum mount_style)word->value;
	return 0;
}

int retry_backoff_yaml(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	const struct word *word = named_in(backoffs, COUNT_OF(backoffs), sizeof backoffs[0], text);
	if (!word)
		return yaml_error(at, err, "'backoff' takes exponential or linear, not '%s'", text);
	*(enum backoff *)into = (enum backoff)word->value;
	return 0;
}

int retry_retrans_yaml(struct yaml_at at, void *into, struct err *err)
{
	uint64_t number;
	int rc = yaml_number(at, &number, err);
	if (!rc && number > RETRANS_MAX)
		return yaml_error(at, err, "more than %d tries", RETRANS_MAX);
	if (!rc)
		*(uint32_t *)into = (uint32_t)number;
	return rc;
}

void retry_explain(const struct retry *retry, struct buf *out)
{
	char name[ERRNAME_SIZE];
	if (retry->mount == MOUNT_HARD)
		buf_text(out, "hard: it waits");
	else
		buf_printf(out, "soft: %s after %s s", errnames_text(retry_error(retry), name),
			   REAL((double)retry_gives_up_ns(retry) / NS_PER_S));
}
