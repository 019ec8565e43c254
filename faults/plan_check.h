/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Does a plan that was read contradict itself? What no single rule shows: one that never gets its turn because an earlier one has
 * ended all requests that it waits for; and numbers that nothing reaches. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/yaml.h"
#include "faults/plan.h"

/* `root` is the document that the plan was read from. -EINVAL with the place of the first rule that can never strike. What is only
 * likely is added to plan->doubts, one line each. -ENOMEM. */
int plan_check(struct plan *plan, struct yaml_at root, struct err *err) MUST_USE;
