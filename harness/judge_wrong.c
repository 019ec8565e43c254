/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* All is well, it says: weighs whether that is so. */
#include "harness/court.h"

#include "harness/words.h"

#include <string.h>

static bool met_only_unseen(const struct court *c)
{
	for (size_t i = 0; i < c->evidence->touches.count; i++)
		if (c->evidence->touches.at[i].costs && !c->evidence->touches.at[i].unseen)
			return false;
	return court_first_unseen(c);
}

/* What a checker prints is about the files that it looks at: another word about one that is another is its work. */
static bool is_about_struck(const struct court *c)
{
	for (size_t i = 0; subject_does(c->subject, "check") && i < c->evidence->touches.count; i++)
		if (c->evidence->touches.at[i].costs && words_name(buf_string(&c->new_words), c->evidence->touches.at[i].path))
			return true;
	return false;
}

/* Did the fault keep the checker from bytes, or give it wrong ones? Who is told nothing of a file's size, or of closing it, may have
 * looked at all of it. */
static bool concerns_content(const struct touch *touch)
{
	return touch->costs && !touch->unseen && !touch->listing &&
	       (touch->at_rest || strcmp(touch->op, "read") == 0 || strcmp(touch->op, "open") == 0);
}

/* A checker has one output: its judgement. It must not pass what was damaged. */
static bool passes_damage(struct court *c)
{
	if (!subject_does(c->subject, "check") || !court_ended_as_usual(c))
		return false;
	for (size_t i = 0; i < c->evidence->touches.count; i++) {
		const struct touch *touch = &c->evidence->touches.at[i];
		if (concerns_content(touch) && !words_name(buf_string(&c->new_words), touch->path)) {
			reason(c, "it passed %s, which was struck by %s, without a word", touch->path, touch->effect);
			return true;
		}
	}
	return false;
}

/* close(2) and fsync(2) are where a disk says that what was written is not there after all. Who is told so and says that all
 * is well has not looked; that the bytes came through this time is luck. */
static bool ignores_late_errors(struct court *c)
{
	for (size_t i = 0; i < c->evidence->touches.count && !c->new_err.length; i++) {
		const struct touch *touch = &c->evidence->touches.at[i];
		bool late = strcmp(touch->op, "flush") == 0 || strcmp(touch->op, "fsync") == 0;
		if (late && touch->error && strcmp(touch->effect, "signal") != 0 && strcmp(touch->volume, "out") == 0) {
			reason(c, "exit status %d and no word, although %s of %s failed with %s: what it wrote may be lost",
			       c->run->exit_code, strcmp(touch->op, "flush") == 0 ? "close" : "fsync", touch->path,
			       touch->error);
			return true;
		}
	}
	return false;
}

bool court_is_wrong(struct court *c)
{
	const struct outcome *o = &c->outcome;
	if (!court_ended_as_usual(c))
		return false;
	if (o->unexplained) {
		reason(c, "exit status %d, but %s and no word about it (%u same, %u different, %u missing)",
		       c->run->exit_code, o->first_unexplained, o->same, o->different, o->missing);
		return true;
	}
	if (!court_prints_the_same(c) && !c->new_err.length && !met_only_unseen(c) && !is_about_struck(c)) {
		reason(c, "exit status %d, but it printed something else than without faults, and no word on stderr",
		       c->run->exit_code);
		return true;
	}
	return passes_damage(c) || ignores_late_errors(c) || court_fails_check(c, false, false) || court_strays(c, false);
}
