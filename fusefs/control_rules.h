/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The word about rules. One thread. */
#pragma once

struct control_call;

int control_rules(struct control_call *call);
