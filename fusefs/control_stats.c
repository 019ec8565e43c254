/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Tells what was counted, as JSON or as Prometheus text. */
#include "fusefs/control_stats.h"

#include "base/scope.h"
#include "fusefs/control_words.h"
#include "fusefs/observe.h"
#include "fusefs/server.h"

#include <errno.h>
#include <string.h>

int control_stats(struct control_call *call)
{
	SCOPED(buf_free) struct buf text = {0};
	const char *format = control_text(call, "format");
	if (!format || strcmp(format, "json") == 0) {
		observe_json(call->server, call->j);
		return 0;
	}
	if (strcmp(format, "prometheus") != 0)
		return err_set(call->err, EINVAL, "'format' is json or prometheus, not '%s'", format);
	observe_prometheus(call->server, &text);
	if (text.failed)
		return err_set(call->err, ENOMEM, "out of memory");
	jsonw_key(call->j, "text"), jsonw_text(call->j, text.at);
	return 0;
}
