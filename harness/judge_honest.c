/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* An honest word: which output a fault can have spoilt, whether something was said about it, and what nobody can notice. */
#include "harness/court.h"

#include "harness/derive.h"
#include "harness/words.h"

#include <string.h>

bool court_is_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);
	return strncmp(path, directory, length) == 0 && path[length] == '/';
}

/* Can this touch be why that output is not as it should be? */
static bool concerns(const struct court *c, const struct touch *touch, const char *output)
{
	if (!touch->costs)
		return false;
	if (strcmp(touch->volume, "in") != 0 || touch->listing)
		return true;
	bool any = derive_depends(c->subject->derive, output, touch->path, c->clean->inputs);
	for (char *const *input = c->clean->inputs; !any && *input; input++)
		any = court_is_below(*input, touch->path) && derive_depends(c->subject->derive, output, *input, c->clean->inputs);
	return any;
}

/* Is the output named as a file that was struck? Whatever else may go into it, then it is that which it suffered from first. */
static bool is_named_as(const struct court *c, const struct touch *touch, const char *output)
{
	return touch->costs && !touch->listing && strcmp(touch->volume, "in") == 0 &&
	       derive_depends(DERIVE_STEM, output, touch->path, c->clean->inputs);
}

static bool has_namesake(const struct court *c, const char *output)
{
	for (size_t i = 0; i < c->evidence->touches.count; i++)
		if (is_named_as(c, &c->evidence->touches.at[i], output))
			return true;
	return false;
}

/* Of what may have spoilt an output: where files of its name were struck, those alone. */
static bool accounts_for(const struct court *c, const struct touch *touch, const char *output, bool namesake)
{
	bool of_input = strcmp(touch->volume, "in") == 0 && !touch->listing;
	return concerns(c, touch, output) && (!namesake || !of_input || is_named_as(c, touch, output));
}

/* Can it come of nothing but damage that no program could notice? */
bool court_is_excused(const struct court *c, const char *output)
{
	bool namesake = has_namesake(c, output), unseen = false;
	for (size_t i = 0; i < c->evidence->touches.count; i++) {
		const struct touch *touch = &c->evidence->touches.at[i];
		if (accounts_for(c, touch, output, namesake) && !touch->unseen)
			return false;
		unseen |= touch->unseen && accounts_for(c, touch, output, namesake);
	}
	return unseen;
}

/* Is there an honest word about this output, or about what it suffered from? */
bool court_is_explained(const struct court *c, const char *output)
{
	const char *words = buf_string(&c->new_words);
	bool any_word = c->new_err.length > 0;
	if (c->evidence->found.allocations.fired && any_word)
		return true;
	bool concerned = false, namesake = has_namesake(c, output);
	for (size_t i = 0; i < c->evidence->touches.count; i++) {
		const struct touch *touch = &c->evidence->touches.at[i];
		if (!accounts_for(c, touch, output, namesake))
			continue;
		concerned = true;
		bool whole = touch->listing || strcmp(touch->volume, "in") != 0;
		if (whole ? any_word : words_name(words, touch->path))
			return true;
	}
	return concerned && words_name(words, output);
}

/* The first damaged file that was met and that nobody can tell from a whole one, or NULL. */
const struct touch *court_first_unseen(const struct court *c)
{
	for (size_t i = 0; i < c->evidence->touches.count; i++)
		if (c->evidence->touches.at[i].unseen)
			return &c->evidence->touches.at[i];
	return NULL;
}
