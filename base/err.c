/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Fills the fixed-size error that callers provide. */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int err_set(struct err *err, int code, const char *format, ...)
{
	if (err) {
		va_list args;
		va_start(args, format);
		err->code = code;
		vsnprintf(err->text, sizeof err->text, format, args);
		va_end(args);
	}
	return -code;
}

int err_context(struct err *err, const char *format, ...)
{
	if (!err)
		return -EIO;
	char head[300];
	va_list args;
	va_start(args, format);
	vsnprintf(head, sizeof head - 2, format, args);
	va_end(args);
	strcat(head, ": ");
	size_t used = strlen(head);
	memmove(err->text + used, err->text, sizeof err->text - used - 1);
	memcpy(err->text, head, used);
	err->text[sizeof err->text - 1] = '\0';
	return -err->code;
}
