/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Turns errno names into numbers and back. */
#include "faults/errnames.h"

#include "base/nearest.h"
#include "base/units.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Linux has 133 errnos; from 512 on they are the kernel's own (include/linux/errno.h). */
#define NAMED_ERRNOS 134
#define ERRNO_MAX 511

static const char *name_of(int number)
{
	/* glibc answers 0 with "0": that is no error. */
	return number > 0 ? strerrorname_np(number) : NULL;
}

int errnames_parse(const char *text, int *number)
{
	uint64_t value;
	if (units_number(text, &value) == 0) {
		*number = (int)value;
		return value >= 1 && value <= ERRNO_MAX ? 0 : -EINVAL;
	}
	for (int i = 1; i < NAMED_ERRNOS; i++) {
		const char *name = name_of(i);
		if (name && strcmp(name, text) == 0) {
			*number = i;
			return 0;
		}
	}
	/* Second names that glibc does not give back: EWOULDBLOCK is EAGAIN, ENOTSUP is EOPNOTSUPP, EDEADLOCK is EDEADLK. */
	*number = strcmp(text, "EWOULDBLOCK") == 0 ? EWOULDBLOCK
		  : strcmp(text, "ENOTSUP") == 0   ? ENOTSUP
		  : strcmp(text, "EDEADLOCK") == 0 ? EDEADLOCK
						   : 0;
	return *number ? 0 : -EINVAL;
}

const char *errnames_text(int number, char text[ERRNAME_SIZE])
{
	const char *name = name_of(number);
	if (name)
		snprintf(text, ERRNAME_SIZE, "%s", name);
	else
		snprintf(text, ERRNAME_SIZE, "%d", number);
	return text;
}

static const char *nearest_errno(const char *word)
{
	const char *names[NAMED_ERRNOS];
	size_t count = 0;
	for (int i = 1; i < NAMED_ERRNOS; i++)
		if (name_of(i))
			names[count++] = name_of(i);
	return nearest_in(names, count, sizeof names[0], word);
}

int errnames_yaml(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	if (errnames_parse(text, into) == 0)
		return 0;
	char hint[NEAREST_HINT_SIZE];
	return yaml_error(at, err, "'%s' is no errno (a name such as EIO, or a number from 1 to %d)%s", text, ERRNO_MAX,
			  nearest_hint(hint, nearest_errno(text)));
}
