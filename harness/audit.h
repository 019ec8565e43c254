/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What a run does beside its outputs, looked at in the box's process: what stood in {out} before it, what it leaves in HOME,
 * objects of inter-process communication. What of it is
 * a crime, judge_audit.c says. */
#pragma once

#include "base/attr.h"
#include "harness/stage.h"

/* Once in a world, before its first case. */
void audit_open(struct stage *s);

/* Files of somebody else's into {out} (before: others). */
int audit_put_bystanders(struct stage *s) MUST_USE;

/* Right before the run in question. */
int audit_begin(struct stage *s) MUST_USE;

/* Behind it, when nothing runs any more. */
int audit_look(struct stage *s) MUST_USE;
