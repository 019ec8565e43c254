/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Answers of the control channel as text for people, on stdout. */
#pragma once

#include <jansson.h>

/* A name that a user has chosen (base/quoted.h). */
void ctl_tell_name(const char *name);

/* Outages that last now, a line each: "outages" of a status, or of stats. */
void ctl_show_outages(const json_t *outages);

void ctl_show_status(const json_t *answer);
void ctl_show_rules(const json_t *answer);
void ctl_show_struck(const json_t *answer);

void ctl_show_volumes(const json_t *answer);

/* What else an answer has besides "ok": a line each; nothing where there is nothing. */
void ctl_show_plain(const json_t *answer);
