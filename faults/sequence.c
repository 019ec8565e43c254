/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads sequences of passes and strikes, and follows them. */
#include "faults/sequence.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool sequence_has(const struct sequence *s, uint64_t ordinal)
{
	if (ordinal <= s->once)
		return s->text[ordinal - 1] == 'x';
	/* Behind the parenthesis. */
	return s->again ? s->text[s->once + 1 + (ordinal - s->once - 1) % s->again] == 'x' : s->struck_after;
}

/* What stands behind the letters that count once: W, X, or letters in "(...)*". Returns whether it is one of them. */
static bool take_end(struct sequence *s, const char *rest)
{
	if (strcmp(rest, "X") == 0 || strcmp(rest, "W") == 0) {
		s->struck_after = rest[0] == 'X';
		return true;
	}
	if (rest[0] != '(')
		return !rest[0];
	s->again = strspn(rest + 1, "wx");
	return s->again && strcmp(rest + 1 + s->again, ")*") == 0;
}

static int compile(struct yaml_at at, struct sequence *s, struct err *err)
{
	size_t length = strlen(s->text);
	s->once = strspn(s->text, "wx");
	if (length > SEQUENCE_MAX)
		return yaml_error(at, err, "the sequence has more than %d letters", SEQUENCE_MAX);
	if (!length || !take_end(s, s->text + s->once))
		return yaml_error(at, err, "'%s' is no sequence: w passes, x strikes, W or X at the end does so for ever, "
					   "(wx)* over and over", s->text);
	if (!strpbrk(s->text, "xX"))
		return yaml_error(at, err, "this rule can never strike (its sequence has no x)");
	return 0;
}

int sequence_yaml(struct yaml_at at, void *into, struct err *err)
{
	struct sequence **slot = into;
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	sequence_free(*slot);
	*slot = calloc(1, sizeof **slot);
	if (!*slot || !((*slot)->text = strdup(text)))
		return err_set(err, ENOMEM, "out of memory");
	return compile(at, *slot, err);
}

void sequence_free(struct sequence *s)
{
	if (s)
		free(s->text);
	free(s);
}
