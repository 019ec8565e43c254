/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Text for stdout, where a failed write is a failure like any other. One thread. */
#pragma once

#include "common/failure.h"
#include "common/text.h"

int stdout_write(const struct text *text, struct failure *why) MUST_USE;
