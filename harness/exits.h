/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Exit statuses of ordeal: they say what kind of thing happened, never how many. */
#pragma once

enum exit_status {
	EXIT_AS_EXPECTED = 0,
	EXIT_FAILED = 1,       /* expectations were not met */
	EXIT_USAGE = 2,	       /* the command line, or a file it names, is wrong */
	EXIT_ENVIRONMENT = 3,  /* this machine cannot do it (no FUSE, program not installed, ...) */
	EXIT_NOTHING = 4,      /* nothing was selected */
	EXIT_INTERNAL = 5,     /* our own fault */
	/* Of a captive run, beside its command's own: */
	EXIT_UNEXERCISED = 123,   /* a rule that must strike did not */
	EXIT_SERVER_LOST = 125,   /* the filesystem ended before the command did */
	EXIT_NOT_EXECUTED = 126,  /* as in sh(1) */
	EXIT_NOT_FOUND = 127,
	EXIT_INTERRUPTED = 130 /* Ctrl-C, SIGTERM */
};

/* A command that was ended by a signal: this plus its number, as in sh(1). */
#define EXIT_BY_SIGNAL 128
