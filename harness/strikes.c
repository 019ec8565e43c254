/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Hands strikes from process to process: "HITS CUTS MUST_FIRE NAME", and a NUL. */
#include "harness/strikes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More than the server tells of (LEDGER_MAX in fusefs/ledger.h), with the names that a plan may have. */
#define TEXT_MAX (64u << 20)

static void write_rule(const struct daemon_struck *rule, void *text)
{
	buf_printf(text, "%" PRIu64 " %" PRIu64 " %d %s", rule->hits, rule->cuts, rule->must_fire, rule->name);
	buf_char(text, '\0');
}

int strikes_send(struct daemon *daemon, int fd, struct err *err)
{
	struct buf text = {0};
	int rc = daemon_struck(daemon, write_rule, &text, err);
	if (!rc && (rc = buf_write_fd(&text, fd)) < 0)
		err_set(err, -rc, "what rules have struck cannot be kept: %s", strerror(-rc));
	buf_free(&text);
	return rc;
}

int strikes_receive(int fd, struct strikes *out)
{
	*out = (struct strikes){0};
	int rc = lseek(fd, 0, SEEK_SET) < 0 ? -errno : buf_read_fd(&out->text, fd, TEXT_MAX);
	if (rc)
		return rc;
	const char *end = out->text.at + out->text.length;
	for (char *at = out->text.at; at < end; at += strlen(at) + 1) {
		struct daemon_struck *rule = vec_add(&out->rules);
		if (!rule)
			return -ENOMEM;
		rule->hits = strtoull(at, &at, 10);
		rule->cuts = strtoull(at, &at, 10);
		rule->must_fire = strtoull(at, &at, 10) != 0;
		rule->name = ++at; /* behind a space */
	}
	return 0;
}

void strikes_free(struct strikes *strikes)
{
	vec_free(&strikes->rules);
	buf_free(&strikes->text);
}
