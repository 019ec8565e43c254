/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Writes that were acknowledged and are lost later (durable.h): their rules have struck when the bytes are gone, and not before. */
#pragma once

#include "fusefs/request.h"

#include "fusefs/durable.h"

struct losses {
	struct durable_listener to; /* give this to what may lose bytes */
	struct server *server;
	const struct volume *volume;
	enum op op;	/* of the lines in the journal */
	int32_t thread;
};

/* Count and write down what is lost of the volume because of this request; NULL: because of nobody's, and the lines say `write`, which
 * is what was lost. `losses` must outlive the use of losses->to. */
void losses_begin(struct losses *losses, struct server *server, const struct volume *volume, const struct request *r);

/* How many of these bytes are not what the file has at this place: what is lost if they are not written. Those that cannot be read
 * all count. */
uint64_t losses_of(int fd, const char *bytes, uint64_t length, uint64_t at);
