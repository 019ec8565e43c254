/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The word that lets the power of scratch volumes fail (power.h); `heal` brings it back. One thread. */
#pragma once

struct control_call;

int control_cut(struct control_call *call);
