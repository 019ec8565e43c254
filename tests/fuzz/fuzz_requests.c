/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The FUSE request path: the kernel's place is taken by whoever wrote the input. Requests go in where those of the device do, answers
 * are read back from a file.
 *
 * The input is a script of requests (script.h). Numbers of nodes and handles come from the answers, or out of the blue; so do
 * offsets, sizes and flags; names are good, bad or endless; lengths may lie. Promised is, besides that nothing breaks: each request
 * is answered at most once, an answer is as long as it says, no longer than was asked for, and its error is one that the
 * kernel takes. */
#include "base/scope.h"
#include "fusefs/framing.h"
#include "fusefs/fuse.h"
#include "fusefs/park.h"
#include "fusefs/request.h"
#include "fuzz.h"
#include "script.h"
#include "stage.h"

#include <linux/fuse.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	stage_make();
	return 0;
}

static void resume_due(struct server *server)
{
	struct request *request;
	while ((request = park_take_due(&server->park)))
		request_resume(request);
}

/* ---- answers ---- */

#define ANSWERS_MAX (2u << 20)

/* Is this long an answer what the request may get? 0: no matter. */
static void check_answer(const struct script_request *asked, const struct fuse_out_header *answer)
{
	size_t bytes = answer->len - sizeof *answer;
	if (!answer->unique)
		return; /* no answer, but a notification: its kind stands where the error would */
	PROMISE(answer->error <= 0 && answer->error > -512);
	PROMISE(!answer->error || !bytes);
	if (answer->unique == asked->unique && asked->limit)
		PROMISE(bytes <= asked->limit);
}

static void take_answers(struct script *script, const struct script_request *asked, int fd)
{
	static char bytes[ANSWERS_MAX];
	unsigned own = 0;
	ssize_t got = pread(fd, bytes, sizeof bytes, 0);
	for (ssize_t at = 0; at < got;) {
		struct fuse_out_header *answer = (void *)(bytes + at);
		PROMISE(got - at >= (ssize_t)sizeof *answer && answer->len >= sizeof *answer && answer->len <= got - at);
		check_answer(asked, answer);
		own += answer->unique == asked->unique;
		script_learn(script, asked, answer->error, answer + 1, answer->len - sizeof *answer);
		at += answer->len;
	}
	PROMISE(own <= 1 || asked->repeated);
	if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		abort();
}

/* ---- one input ---- */

static void play(struct server *server, struct script *script, int fd)
{
	struct script_request asked;
	while (script_next(script, &asked)) {
		if (asked.act == SCRIPT_ARM)
			server_arm(server);
		else if (asked.act == SCRIPT_DISARM)
			server_disarm(server);
		else if (asked.act == SCRIPT_RESUME)
			resume_due(server);
		else
			framing_serve(server, &(struct fuse_buf){.mem = asked.bytes, .size = asked.size});
		take_answers(script, &asked, fd);
		script_done(&asked);
	}
}

/* libfuse keeps an interrupt of a request that it does not know until some other request comes, one for each. */
static void settle(struct server *server)
{
	struct fuse_in_header in = {.len = sizeof in, .opcode = FUSE_STATFS, .nodeid = FUSE_ROOT_ID, .unique = 1};
	server_disarm(server);
	for (int i = 0; i < SCRIPT_STEPS_MAX; i++)
		framing_serve(server, &(struct fuse_buf){.mem = &in, .size = sizeof in});
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct server server;
	int fd = memfd_create("answers", MFD_CLOEXEC);
	SCOPED_FD int answers = dup(fd);
	struct script script = script_of(bytes, size);
	stage_start(&server, fd);
	play(&server, &script, answers);
	settle(&server);
	stage_end(&server);
	return 0;
}
