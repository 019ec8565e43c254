/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Keeps runs of healed bytes, in order and apart. */
#include "faults/mended.h"

#include <errno.h>

void mended_clear(struct mended *mended)
{
	for (size_t i = 0; i < mended->files.count; i++)
		vec_free(&mended->files.at[i].runs);
	vec_free(&mended->files);
}

void mended_drop(struct mended *mended, size_t index)
{
	vec_free(&mended->files.at[index].runs);
	mended->files.at[index] = mended->files.at[--mended->files.count];
}

static struct mended_file *find(const struct mended *mended, uint64_t file, uint32_t rule)
{
	for (size_t i = 0; i < mended->files.count; i++)
		if (mended->files.at[i].file == file && mended->files.at[i].rule == rule)
			return &mended->files.at[i];
	return NULL;
}

/* Take in all runs that meet or touch `run`, from index `at` on. */
static void swallow(struct mended_file *of, size_t at, struct range *run)
{
	size_t end = at;
	for (; end < of->runs.count && of->runs.at[end].first <= run->end; end++) {
		if (of->runs.at[end].first < run->first)
			run->first = of->runs.at[end].first;
		if (of->runs.at[end].end > run->end)
			run->end = of->runs.at[end].end;
	}
	for (size_t i = end; i < of->runs.count; i++)
		of->runs.at[at + i - end] = of->runs.at[i];
	of->runs.count -= end - at;
}

static int add_run(struct mended_file *of, struct range run)
{
	size_t at = 0;
	while (at < of->runs.count && of->runs.at[at].end < run.first)
		at++;
	swallow(of, at, &run);
	if (of->runs.count >= MENDED_RUNS_MAX)
		return -ENOSPC;
	if (!vec_add(&of->runs))
		return -ENOMEM;
	for (size_t i = of->runs.count - 1; i > at; i--)
		of->runs.at[i] = of->runs.at[i - 1];
	of->runs.at[at] = run;
	return 0;
}

int mended_add(struct mended *mended, uint64_t file, uint32_t rule, struct range run)
{
	struct mended_file *of = find(mended, file, rule);
	if (run.first >= run.end)
		return 0;
	if (!of && mended->files.count >= MENDED_FILES_MAX)
		return -ENOSPC;
	if (!of && !(of = vec_add(&mended->files)))
		return -ENOMEM;
	of->file = file;
	of->rule = rule;
	return add_run(of, run);
}

struct range mended_gap(const struct mended *mended, uint64_t file, uint32_t rule, struct range place)
{
	const struct mended_file *of = find(mended, file, rule);
	for (size_t i = 0; of && i < of->runs.count && place.first < place.end; i++) {
		const struct range *run = &of->runs.at[i];
		if (run->end <= place.first)
			continue;
		if (run->first > place.first) {
			if (run->first < place.end)
				place.end = run->first;
			break;
		}
		place.first = run->end < place.end ? run->end : place.end;
	}
	return place;
}
