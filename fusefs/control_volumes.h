/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The words about volumes. One thread. */
#pragma once

struct control_call;

int control_add_volume(struct control_call *call);
int control_drop_volume(struct control_call *call);
int control_list_volumes(struct control_call *call);
