/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The axes, and what all of them say of a point. */
#include "base/jsonw.h"
#include "base/nearest.h"
#include "base/scope.h"
#include "harness/sweep/sweep.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
} axes[SWEEP_AXES] = {
	[SWEEP_ALLOC] = {"alloc"},
	[SWEEP_OP] = {"op"},
	[SWEEP_FILE] = {"file"},
	[SWEEP_RANGE] = {"range"},
	[SWEEP_CUT] = {"cut"},
	[SWEEP_KILL] = {"kill"},
	[SWEEP_SPACE] = {"space"},
	[SWEEP_DOUBLE] = {"double"},
	[SWEEP_PAIRS] = {"pairs"},
};

const char *sweep_axis_name(enum sweep_axis axis)
{
	return axes[axis].name;
}

/* What grows with the square of the rest has to be asked for. */
#define AXES_OF_ALL (((1u << SWEEP_AXES) - 1) & ~(1u << SWEEP_DOUBLE) & ~(1u << SWEEP_PAIRS))

int sweep_axes_parse(const char *text, uint32_t *chosen, struct err *err)
{
	SCOPED_FREE char *copy = strdup(text);
	char *rest = copy, hint[NEAREST_HINT_SIZE];
	if (!copy)
		return err_set(err, ENOMEM, "out of memory");
	for (char *word; (word = strsep(&rest, ","));) {
		size_t i = 0;
		while (i < SWEEP_AXES && strcmp(axes[i].name, word) != 0)
			i++;
		if (i == SWEEP_AXES && strpbrk(word, " \t"))
			return err_set(err, EINVAL, "'%s': axes are separated by commas, without blanks: op,alloc", word);
		if (i == SWEEP_AXES && strcmp(word, "all") != 0)
			return err_set(err, EINVAL, "'%s' is no axis%s", word,
				       nearest_hint(hint, nearest_in(axes, SWEEP_AXES, sizeof axes[0], word)));
		*chosen |= i == SWEEP_AXES ? AXES_OF_ALL : 1u << i;
	}
	return 0;
}

const char *sweep_left_about(enum sweep_left why)
{
	static const char *const about[LEFT_REASONS] = {
		[LEFT_SAMPLE] = "not in the sample (--sample)",
		[LEFT_MAX] = "beyond --max",
		[LEFT_BUDGET] = "the time was up (--budget)",
		[LEFT_STOPPED] = "interrupted",
		[LEFT_VOID] = "damage that changes nothing in its file",
		[LEFT_REFUSED] = "cannot be prepared",
		[LEFT_GCOV] = "allocations of gcov's own part of the program, which does not look whether it got any",
		[LEFT_SYNCED] = "an error of close, where nothing was written, or all had been synced: nothing is lost",
		[LEFT_BOUND] = "bound to the schedule: only one of the two runs without faults had the point, and this one had not",
	};
	return about[why] ? about[why] : "";
}

/* ---- forms of files ---- */

/* How breaks of a format begin, and names of its files end. */
static const char *const formats[][4] = {{"png", ".png"}, {"riff", ".wav"}, {"wav", ".wav"}, {"flac", ".flac"}, {"tiff", ".tif", ".tiff"}, {"bmp", ".bmp"}};

static bool is_suffix_of(const char *const format[4], const char *path)
{
	const char *dot = strrchr(path, '.');
	for (size_t i = 1; dot && i < COUNT_OF(formats[0]) && format[i]; i++)
		if (strcasecmp(dot, format[i]) == 0)
			return true;
	return false;
}

bool sweep_knows_form(const char *path)
{
	for (size_t i = 0; i < COUNT_OF(formats); i++)
		if (is_suffix_of(formats[i], path))
			return true;
	return false;
}

bool sweep_break_fits(const char *lesion, const char *path)
{
	for (size_t i = 0; i < COUNT_OF(formats); i++) {
		size_t length = strlen(formats[i][0]);
		if (strncmp(lesion, formats[i][0], length) == 0 && lesion[length] == '-' && is_suffix_of(formats[i], path))
			return true;
	}
	return false;
}

/* ---- words for a point ---- */

void sweep_point_name(const struct point *p, struct buf *out)
{
	buf_printf(out, "%s:%s %s#%" PRIu32, p->volume, p->path, ops_name(p->op), p->nth);
}

void sweep_put_path(const char *path, struct buf *out)
{
	SCOPED(buf_free) struct buf pattern = {0};
	struct jsonw j = jsonw_to(out);
	for (; *path; path++)
		buf_printf(&pattern, strchr("*?[]{}\\", *path) ? "\\%c" : "%c", *path);
	jsonw_text(&j, buf_string(&pattern));
}

void sweep_point_rule(const struct point *p, bool persistent, struct buf *out)
{
	struct jsonw j = jsonw_to(out);
	buf_text(out, "{volume: ");
	jsonw_text(&j, p->volume);
	buf_text(out, ", path: ");
	sweep_put_path(p->path, out);
	buf_printf(out, ", on: %s, when: {nth: %" PRIu32 "%s}", ops_name(p->op), p->nth, persistent ? ".." : "");
}
