/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Ctrl-C and its like, heard where it suits: between begin and end SIGINT, SIGTERM and SIGHUP (which nohup(1) keeps ignored) end
 * nothing, and can be waited for. They nest: one hears also what came before it began and nobody has forgotten. One thread. */
#pragma once

#include "base/attr.h"
#include "base/err.h"

#include <signal.h>
#include <stdbool.h>

struct interrupts {
	int fd; /* readable when one has come */
	sigset_t before;
};

int interrupts_begin(struct interrupts *out, struct err *err) MUST_USE;

/* Has one come that nobody has heard? Also where only those who called us began. Cheap. */
bool interrupts_pending(void);

/* What has come is forgotten: it must not strike when signals are let in again. Where they are not, for somebody began before, it is
 * left to him: it may have come when nobody here looked any more. */
void interrupts_end(struct interrupts *interrupts);
