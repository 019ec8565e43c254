/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Quotes names. */
#include "base/quoted.h"

#include "base/jsonw.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* Letters of other scripts are letters. */
static bool is_plain(unsigned char c)
{
	return c >= 0x80 || isalnum(c) || strchr("._+@%/?*=,-", c);
}

void buf_name(struct buf *buf, const char *name)
{
	size_t plain = 0;
	while (name[plain] && is_plain((unsigned char)name[plain]))
		plain++;
	if (plain && !name[plain]) {
		buf_text(buf, name);
		return;
	}
	struct jsonw j = jsonw_to(buf);
	jsonw_text(&j, name);
}
