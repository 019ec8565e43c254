/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Names that users choose, in text for people. */
#pragma once

#include "base/buf.h"

/* As it is where it is one word of letters, digits and ._+@%/?*=,- (as in "nth=3,comm=vips*"), else in double quotes, escaped as in JSON. */
void buf_name(struct buf *buf, const char *name);
