/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The word that tells what was counted. One thread. */
#pragma once

struct control_call;

int control_stats(struct control_call *call);
