/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Writes and reads checkpoints. */
#include "harness/sweep/sweep.h"

#include "base/clock.h"
#include "base/draw.h"
#include "base/json_text.h"
#include "base/jsonw.h"
#include "base/scope.h"
#include "harness/record.h"
#include "harness/sweep/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (1u << 30)

struct checkpoint {
	int fd;
	const char *name; /* borrowed */
	bool broken;	  /* a line could not be written */
};

/* ---- writing ---- */

static void put(struct checkpoint *checkpoint, struct buf *line)
{
	buf_char(line, '\n');
	if (checkpoint->broken || (!line->failed && buf_write_fd(line, checkpoint->fd) == 0))
		return;
	checkpoint->broken = true;
	fprintf(stderr, "ordeal: %s: cannot be written: %s; what is finished from now on will not be known again\n", checkpoint->name,
		strerror(errno));
}

void checkpoint_add(struct checkpoint *checkpoint, const struct trial *trial)
{
	SCOPED(buf_free) struct buf line = {0};
	struct jsonw j = jsonw_to(&line);
	if (!checkpoint || trial->state != TRIAL_JUDGED)
		return;
	jsonw_object(&j);
	jsonw_key(&j, "case"), jsonw_text(&j, trial->spec.name);
	jsonw_key(&j, "verdict"), jsonw_text(&j, verdict_class_name(trial->judgement.verdict));
	jsonw_key(&j, "passed"), jsonw_bool(&j, trial->judgement.passed);
	jsonw_key(&j, "injected"), jsonw_text(&j, buf_string(&trial->judgement.injected));
	jsonw_key(&j, "reasons"), jsonw_text(&j, buf_string(&trial->judgement.reasons));
	jsonw_key(&j, "failures"), jsonw_text(&j, buf_string(&trial->judgement.failures));
	if (trial->confirmed)
		jsonw_key(&j, "confirmed"), jsonw_bool(&j, true);
	if (trial->crash_site)
		jsonw_key(&j, "site"), jsonw_text(&j, trial->crash_site);
	jsonw_key(&j, "ms"), jsonw_real(&j, (double)trial->wall_ns / NS_PER_MS, 3);
	jsonw_close(&j);
	put(checkpoint, &line);
}

/* The sum is of the base's bytes, which need be no UTF-8, and of the program's and the corpus's: one that was built anew is another. */
static void make_head(const struct sweep *sweep, struct buf *line)
{
	SCOPED(buf_free) struct buf text = {0};
	struct jsonw j = jsonw_to(line);
	char sum[20];
	case_print(&sweep->base, &text);
	snprintf(sum, sizeof sum, "%016" PRIx64, draw_text(buf_string(&text)) ^ sweep->program);
	jsonw_object(&j);
	jsonw_key(&j, "ordeal_sweep"), jsonw_uint(&j, 1);
	jsonw_key(&j, "base"), jsonw_text(&j, buf_string(&text));
	jsonw_key(&j, "sum"), jsonw_text(&j, sum);
	jsonw_close(&j);
	line->failed |= text.failed;
}

/* ---- reading ---- */

static void restore(struct sweep_case *one, const json_t *record)
{
	struct trial *trial = one->trial;
	enum verdict_class verdict = verdict_class_named(record_text(record, "verdict"));
	if (verdict == VERDICT_CLASSES || (trial->state != TRIAL_WAITING && !one->restored))
		return;
	judgement_free(&trial->judgement); /* of two lines the later counts */
	trial->judgement = (struct judgement){0};
	trial->judgement.verdict = verdict;
	trial->judgement.passed = json_is_true(json_object_get(record, "passed"));
	buf_text(&trial->judgement.injected, record_text(record, "injected"));
	buf_text(&trial->judgement.reasons, record_text(record, "reasons"));
	buf_text(&trial->judgement.failures, record_text(record, "failures"));
	trial->wall_ns = (int64_t)(json_number_value(json_object_get(record, "ms")) * NS_PER_MS);
	free(take_ptr(&trial->crash_site));
	if (*record_text(record, "site"))
		trial->crash_site = strdup(record_text(record, "site"));
	trial->state = TRIAL_JUDGED;
	trial->confirmed = one->confirmed = json_is_true(json_object_get(record, "confirmed"));
	one->restored = true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(struct sweep_case *const *)a)->name, (*(struct sweep_case *const *)b)->name);
}

static int read_cases(struct sweep *sweep, char *rest)
{
	size_t count = 0;
	SCOPED_FREE struct sweep_case **sorted = calloc(sweep->cases.count + 1, sizeof(struct sweep_case *));
	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < sweep->cases.count; i++)
		if (sweep->cases.at[i].trial)
			sorted[count++] = &sweep->cases.at[i];
	qsort(sorted, count, sizeof *sorted, by_name);
	for (char *line; (line = strsep(&rest, "\n"));) {
		struct err why;
		json_t *record = *line ? json_read(line, 0, &why) : NULL;
		struct sweep_case wanted = {.name = (char *)(uintptr_t)record_text(record, "case")}, *key = &wanted;
		struct sweep_case **found = record ? bsearch(&key, sorted, count, sizeof *sorted, by_name) : NULL;
		if (found)
			restore(*found, record);
		json_decref(record);
	}
	return 0;
}

static int check_head(const struct checkpoint *checkpoint, const char *line, const char *wanted, struct err *err)
{
	if (strcmp(line, wanted) == 0)
		return 0;
	struct err why;
	json_t *head = json_read(line, 0, &why);
	bool ours = json_integer_value(json_object_get(head, "ordeal_sweep")) == 1;
	json_decref(head);
	return err_set(err, EINVAL, ours ? "%s: is the checkpoint of another sweep (another corpus or command, or the program or a file of the corpus has changed since): name another file"
					 : "%s: is no checkpoint of a sweep: name another file", checkpoint->name);
}

/* A new file, or one whose first line was cut off. */
static int begin(struct checkpoint *checkpoint, struct buf *head, struct err *err)
{
	if (ftruncate(checkpoint->fd, 0) < 0)
		return err_set(err, errno, "%s: cannot be written: %s", checkpoint->name, strerror(errno));
	put(checkpoint, head);
	return 0;
}

static int read_all(struct sweep *sweep, struct checkpoint *checkpoint, struct err *err)
{
	SCOPED(buf_free) struct buf text = {0};
	SCOPED(buf_free) struct buf head = {0};
	int rc = buf_read_fd(&text, checkpoint->fd, FILE_MAX);
	if (rc)
		return err_set(err, -rc, "%s: cannot be read: %s", checkpoint->name, strerror(-rc));
	make_head(sweep, &head);
	if (head.failed)
		return err_set(err, ENOMEM, "out of memory");
	if (text.length <= head.length && strncmp(head.at, buf_string(&text), text.length) == 0)
		return begin(checkpoint, &head, err);
	for (size_t i = 0; i < text.length; i++)
		if (!text.at[i]) /* what a power cut has left of a line may end in them */
			text.at[i] = '\n';
	bool cut_off = text.at[text.length - 1] != '\n';
	char *rest = text.at, *line = strsep(&rest, "\n");
	rc = check_head(checkpoint, line, head.at, err);
	if (rc)
		return rc;
	SCOPED(buf_free) struct buf end = {0};
	if (cut_off) /* by a kill; it must not swallow the next line */
		put(checkpoint, &end);
	rc = rest ? read_cases(sweep, rest) : 0;
	return rc ? err_set(err, -rc, "out of memory") : 0;
}

int checkpoint_open(struct sweep *sweep, struct err *err)
{
	const char *name = sweep->options.checkpoint;
	struct stat st;
	if (!name)
		return 0;
	struct checkpoint *checkpoint = calloc(1, sizeof *checkpoint);
	if (!checkpoint)
		return err_set(err, ENOMEM, "out of memory");
	*checkpoint = (struct checkpoint){.name = name, .fd = open(name, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0644)};
	sweep->checkpoint = checkpoint;
	if (checkpoint->fd < 0)
		return err_set(err, EINVAL, "%s: cannot be opened: %s", *name ? name : "''", strerror(errno));
	if (fstat(checkpoint->fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(err, EINVAL, "%s: is no regular file", name);
	if (flock(checkpoint->fd, LOCK_EX | LOCK_NB) < 0)
		return err_set(err, EBUSY, "%s: another sweep is writing to it", name);
	return read_all(sweep, checkpoint, err);
}

void checkpoint_close(struct checkpoint *checkpoint)
{
	if (checkpoint && checkpoint->fd >= 0)
		close(checkpoint->fd);
	free(checkpoint);
}
