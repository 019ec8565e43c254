/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads files that are made piece by piece. */
#include "corpora/pieces.h"

#include <string.h>

/* Copy what the piece has of [offset, offset + length). Returns how much that is. */
static size_t read_piece(struct pieces *pieces, const struct piece *piece, unsigned char *bytes, size_t length, uint64_t offset)
{
	size_t skip = (size_t)(offset - piece->offset);
	if (skip == 0 && length >= piece->size && pieces->kept != piece->index) {
		pieces->make(pieces->of, piece, bytes);
		return piece->size;
	}
	if (pieces->kept != piece->index) {
		pieces->make(pieces->of, piece, pieces->room);
		pieces->kept = piece->index;
	}
	size_t part = piece->size - skip < length ? piece->size - skip : length;
	memcpy(bytes, pieces->room + skip, part);
	return part;
}

ssize_t pieces_read(struct pieces *pieces, void *bytes, size_t length, uint64_t offset)
{
	if (offset >= pieces->size)
		return 0;
	if (length > pieces->size - offset)
		length = (size_t)(pieces->size - offset);
	for (size_t done = 0; done < length;) {
		struct piece piece = pieces->at(pieces->of, offset + done);
		done += read_piece(pieces, &piece, (unsigned char *)bytes + done, length - done, offset + done);
	}
	return (ssize_t)length;
}
