/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A time that varies, in netem's words (tc-netem(8)): latency, jitter, distribution.
 *
 * Jitter is the half-width of the uniform shape, the standard deviation of the normal one, and the scale of the Pareto tail
 * (shape 3, as in netem's table, but beginning at the latency: that table is centred on it). What falls below zero is zero. Drawn without state: netem's correlation would need the
 * outcome before, which depends on who came first, so there is none. Any thread. */
#pragma once

#include "base/draw.h"
#include "base/yaml.h"

struct buf;

enum spread_shape { SPREAD_UNIFORM, SPREAD_NORMAL, SPREAD_PARETO };

struct spread {
	int64_t latency_ns, jitter_ns;
	enum spread_shape shape;
};

/* The longest that a single wait may be, 31 years: as much from each rule that strikes one request adds up without overflow. */
#define SPREAD_NS_MAX INT64_C(1000000000000000000)

/* Draw it for one place. In [0, SPREAD_NS_MAX]. Uses lanes lane and lane + 1 of the key. */
int64_t spread_draw(const struct spread *spread, const struct draw_key *key);

/* Reads uniform, normal or pareto into an enum spread_shape. */
yaml_reader spread_shape_yaml;

/* Rows of a table of fields, for a struct spread that stands in `member` of a struct rule. */
#define SPREAD_FIELDS(member)                                                        \
	YAML_FIELD(struct rule, "latency", member.latency_ns, yaml_duration),        \
	YAML_FIELD(struct rule, "jitter", member.jitter_ns, yaml_duration),          \
	YAML_FIELD(struct rule, "distribution", member.shape, spread_shape_yaml)

/* "20 ms late, jitter 5 ms (normal)" */
void spread_explain(const struct spread *spread, struct buf *out);
