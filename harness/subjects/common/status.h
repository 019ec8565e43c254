/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* How a core exits. */
#pragma once

enum status {
	STATUS_DONE = 0,       /* all outputs made */
	STATUS_REFUSED = 1,    /* nothing useful made, the reason said, nothing left behind */
	STATUS_USAGE = 2,
	STATUS_INCOMPLETE = 3, /* done, but inputs were left out or missing, each named */
	STATUS_CANCELLED = 4,  /* by SIGINT or SIGTERM */
};
