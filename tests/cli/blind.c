/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Built without unwind tables: all that it allocates seems to come from one place. One of its two callers does not look whether it got
 * anything.
 *
 *     blind IN OUT */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__attribute__((noinline)) static char *get_room(size_t size)
{
	char *room = malloc(size);
	if (room)
		room[0] = 0;
	return room;
}

__attribute__((noinline)) static int careful(void)
{
	char *room = get_room(100);
	if (!room) {
		fputs("blind: no memory\n", stderr);
		exit(1);
	}
	int first = room[0];
	free(room);
	return first;
}

__attribute__((noinline)) static int careless(void)
{
	char *volatile room = get_room(101);
	int first = room[0];
	free(room);
	return first;
}

int main(int argc, char **argv)
{
	char bytes[16];
	int in = argc == 3 ? open(argv[1], O_RDONLY) : -1;
	int out = in < 0 || careful() || careless() ? -1 : open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0644);
	ssize_t got = out < 0 ? -1 : read(in, bytes, sizeof bytes);
	if (got < 0 || write(out, bytes, (size_t)got) != got || close(out) < 0) {
		fputs("blind: not copied\n", stderr);
		return 1;
	}
	return 0;
}
