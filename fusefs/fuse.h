/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* libfuse, with the one version of its interface that we speak. */
#pragma once

#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>
