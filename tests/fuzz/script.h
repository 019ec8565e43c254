/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Turns bytes into requests of the FUSE protocol that are nearly right. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCRIPT_KNOWN_MAX 32
#define SCRIPT_STEPS_MAX 96 /* requests of one input */

struct script {
	const uint8_t *at, *end;
	unsigned step;
	uint64_t unique;
	uint64_t nodes[SCRIPT_KNOWN_MAX], handles[SCRIPT_KNOWN_MAX]; /* from answers */
	unsigned nodes_count, handles_count;
};

enum script_act { SCRIPT_REQUEST, SCRIPT_ARM, SCRIPT_DISARM, SCRIPT_RESUME };

struct script_request {
	enum script_act act;
	uint32_t opcode;
	uint64_t unique;
	bool repeated; /* its number was used before */
	size_t limit;  /* bytes that an answer may have; 0: any number */
	void *bytes;   /* exactly `size` of them; owned */
	size_t size;
};

struct script script_of(const uint8_t *bytes, size_t size);

/* The next request, or false at the end. To be ended by script_done(). */
bool script_next(struct script *script, struct script_request *request);
void script_done(struct script_request *request);

/* Remember what an answer to a request tells of nodes and handles. */
void script_learn(struct script *script, const struct script_request *asked, int error, const void *bytes, size_t size);
