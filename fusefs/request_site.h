/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What rules are told of a request. One thread. */
#pragma once

#include "faults/site.h"
#include "fusefs/request.h"

/* The volume whose rules count. */
struct volume *request_volume(const struct request *r);

/* The request as rules see it, by one of its paths, which is borrowed. May ask the backing file for its size. */
struct site request_site(const struct request *r, const char *path);
