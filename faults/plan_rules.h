/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The rules of a plan, as they are read. */
#pragma once

#include "base/yaml.h"
#include "faults/plan.h"

/* The value of `rules`: a rule, or a list of them, added to a struct plan. Groups and other rules that they name are looked up when the
 * whole plan is read. */
yaml_reader rules_yaml;

void plan_rule_free(struct rule *rule);
