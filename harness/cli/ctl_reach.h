/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Warns of rules that a change has just put, and that can touch nothing of what the mount shows. */
#pragma once

#include "harness/control_client.h"

/* After a request was carried out: asks the mount for its rules and volumes, and says on stderr, a line each, which of the new rules
 * can touch nothing. Says nothing where that cannot be known within bounds (time, names, rules). Never fails. */
void ctl_reach_warn(struct control_link *link, const json_t *request, int64_t deadline_ns);
