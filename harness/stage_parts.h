/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Between the files that play cases. */
#pragma once

#include "harness/stage.h"

int stage_out_of_memory(struct stage *s);

/* The path of something of the world's; and a new directory there. */
void stage_place(const struct stage *s, const char *below, char path[300]);
int stage_directory(struct stage *s, const char *below) MUST_USE;

/* Start the server, with the volumes of the first case; give it those of a further one, where it is there already. */
int stage_server(struct stage *s) MUST_USE;
int stage_volumes(struct stage *s) MUST_USE;

/* The shim's page, and the rules that a case has with it. */
int stage_page(struct stage *s) MUST_USE;
int stage_plan(struct stage *s) MUST_USE;

/* A subject of ours runs in a fixed environment, so that the same case is the same everywhere; a user's command gets the
 * user's, but for the places of the world. */
void stage_environment(const struct stage *s, bool faulty, struct subject_words *env);
