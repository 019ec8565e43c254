/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Bytes in memory that grow at the end. */
#include "common/bytes.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 4096 };

int bytes_reserve(struct bytes *bytes, size_t more)
{
	size_t wanted = bytes->length + more;
	if (wanted < more)
		return -1;
	if (wanted <= bytes->room)
		return 0;
	size_t room = bytes->room ? bytes->room * 2 : FIRST_ROOM;
	if (room < wanted)
		room = wanted;
	uint8_t *moved = realloc(bytes->at, room);
	if (!moved)
		return -1;
	bytes->at = moved;
	bytes->room = room;
	return 0;
}

int bytes_add(struct bytes *bytes, const void *from, size_t length)
{
	if (bytes_reserve(bytes, length))
		return -1;
	if (length)
		memcpy(bytes->at + bytes->length, from, length);
	bytes->length += length;
	return 0;
}

void bytes_free(struct bytes *bytes)
{
	free(bytes->at);
	*bytes = (struct bytes){0};
}
