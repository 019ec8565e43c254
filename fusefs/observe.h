/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What is noted of every request, struck or not: when it comes, when its wait ends, how it was answered. Goes to the metrics always,
 * to the trace where one is kept. One thread. */
#pragma once

#include "base/buf.h"
#include "base/jsonw.h"

struct request;
struct server;

/* It has come. Before anything else, while its nodes and names are at hand. */
void observe_begin(struct request *request);

/* It was parked, and goes on. */
void observe_resume(struct request *request);

/* What it was answered just now, before observe_answer(): bytes, 0 for what has none, or a negative errno. */
int32_t observe_result(const struct request *request);

/* It was answered just now; what the reply was is known of the device. Touches neither its nodes nor its fuse_req_t, which may be
 * gone. */
void observe_answer(struct request *request);

/* All that was counted, as Prometheus text or as members of the open object. */
void observe_prometheus(struct server *server, struct buf *out);
void observe_json(struct server *server, struct jsonw *j);
