/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The words that put rules and the plan in force, and lift them. One thread. */
#pragma once

struct control_call;

int control_on(struct control_call *call);
int control_off(struct control_call *call);
int control_arm(struct control_call *call);
int control_disarm(struct control_call *call);
int control_pause(struct control_call *call);
int control_resume(struct control_call *call);
int control_reset(struct control_call *call);
