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
	EXIT_INTERRUPTED = 130 /* Ctrl-C, SIGTERM */
};
