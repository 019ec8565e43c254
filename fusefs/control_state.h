/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The words that tell how the mount is, and end it. One thread. */
#pragma once

struct control_call;

int control_status(struct control_call *call);
int control_stale(struct control_call *call);
int control_trace(struct control_call *call);
int control_abort(struct control_call *call);
int control_quit(struct control_call *call);
