/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Checkpoints that somebody else has written to: refused with a reason, or read; what is known then has a verdict that there is, what is
 * written behind it is found again. Each input is read twice: as the whole file, and behind a first line that is right. */
#include "fuzz.h"

#include "harness/sweep/checkpoint.h"
#include "harness/sweep/sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CASES 2

static int fd = -1;
static char path[40], *names[CASES], first[] = "in:a.png read#1 EIO", second[] = "out:a read#1 EIO";
static struct trial trials[CASES];

void judgement_free(struct judgement *judgement)
{
	buf_free(&judgement->injected);
	buf_free(&judgement->reasons);
	buf_free(&judgement->failures);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	fd = memfd_create("checkpoint", MFD_CLOEXEC);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	names[0] = first, names[1] = second;
	return 0;
}

static int open_sweep(struct sweep *sweep)
{
	struct err err = {0};
	*sweep = (struct sweep){.options = {.checkpoint = path}};
	case_init(&sweep->base);
	memset(trials, 0, sizeof trials);
	for (size_t i = 0; i < CASES; i++) {
		struct sweep_case *one = vec_add(&sweep->cases);
		if (!one)
			abort();
		*one = (struct sweep_case){.name = names[i], .trial = &trials[i]};
		trials[i].spec.name = names[i];
	}
	int rc = checkpoint_open(sweep, &err);
	PROMISE(!rc == !err.text[0]);
	return rc;
}

static void close_sweep(struct sweep *sweep)
{
	checkpoint_close(sweep->checkpoint);
	for (size_t i = 0; i < CASES; i++) {
		judgement_free(&trials[i].judgement);
		free(trials[i].crash_site);
	}
	vec_free(&sweep->cases);
	case_fini(&sweep->base);
}

static void empty(void)
{
	if (ftruncate(fd, 0) < 0)
		abort();
}

static void append(const uint8_t *bytes, size_t size)
{
	if (lseek(fd, 0, SEEK_END) < 0 || write(fd, bytes, size) != (ssize_t)size)
		abort();
}

/* What the file has, and then one line more. */
static void look(void)
{
	struct sweep sweep;
	int rc = open_sweep(&sweep);
	for (size_t i = 0; i < CASES; i++) {
		PROMISE((trials[i].state == TRIAL_JUDGED) == sweep.cases.at[i].restored);
		PROMISE(trials[i].judgement.verdict < VERDICT_CLASSES);
	}
	judgement_free(&trials[1].judgement);
	trials[1].judgement = (struct judgement){.verdict = VERDICT_LEAKED};
	trials[1].state = TRIAL_JUDGED;
	if (!rc)
		checkpoint_add(sweep.checkpoint, &trials[1]);
	close_sweep(&sweep);
	if (rc)
		return;
	PROMISE(open_sweep(&sweep) == 0);
	PROMISE(trials[1].state == TRIAL_JUDGED && trials[1].judgement.verdict == VERDICT_LEAKED);
	close_sweep(&sweep);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct sweep sweep;
	empty();
	append(bytes, size);
	look();
	empty();
	PROMISE(open_sweep(&sweep) == 0);
	close_sweep(&sweep);
	append(bytes, size);
	look();
	return 0;
}
