/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The words about rules. One thread. */
#pragma once

struct control_call;

int control_rules(struct control_call *call);
int control_struck(struct control_call *call);
