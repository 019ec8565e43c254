/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A program for sweeps: adds up the bytes of each file and writes the sums to one output. Careful, but for the one crime that it is
 * asked for. Includes nothing of ours.
 *
 *     victim careful IN OUT      checks everything, writes aside, syncs, renames, tidies up, and says what is wrong
 *     victim unchecked IN OUT    uses memory that it did not get
 *     victim silent IN OUT       takes a failed read for the end of the file
 *     victim litter IN OUT       leaves its temporary file where it fails
 *     victim inplace IN OUT      writes under the final name
 *     victim stubborn IN OUT     waits for ever where a file cannot be opened
 *     victim moody IN OUT        reads another file each time, by its process number
 *     victim twice IN OUT        survives one failed open, and crashes at the next */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES 3

static const char *crime;
static char temporary[512]; /* "": there is none */
static bool failed;

static bool commits(const char *name)
{
	return strcmp(crime, name) == 0;
}

static void complain(const char *what, const char *name)
{
	fprintf(stderr, "victim: %s: %s: %s\n", name, what, strerror(errno));
	failed = true;
}

/* Not inlined, so that a stack has its name. */
__attribute__((noinline)) static char *get_room(size_t size)
{
	char *room = malloc(size);
	if (!room && !commits("unchecked")) {
		complain("no memory", "buffer");
		exit(1);
	}
	room[0] = 0;
	return room;
}

static int open_file(const char *path, const char *name)
{
	static int refusals;
	int fd = open(path, O_RDONLY);
	if (fd >= 0)
		return fd;
	complain("open", name);
	if (commits("stubborn"))
		for (;;)
			pause();
	if (commits("twice") && ++refusals == 2)
		raise(SIGSEGV);
	return -1;
}

static uint64_t add_up(int fd, const char *name)
{
	char *room = get_room(4096);
	uint64_t sum = 0;
	ssize_t got;
	while ((got = read(fd, room, 4096)) > 0)
		for (ssize_t i = 0; i < got; i++)
			sum = sum * 31 + (unsigned char)room[i];
	if (got < 0 && !commits("silent"))
		complain("read", name);
	free(room);
	return sum;
}

static bool add_file(const char *in, const char *name, char *text, size_t size)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s", in, name);
	int fd = open_file(path, name);
	if (fd < 0)
		return false;
	size_t used = strlen(text);
	snprintf(text + used, size - used, "%s %016llx\n", name, (unsigned long long)add_up(fd, name));
	close(fd);
	return !failed;
}

static bool put(const char *path, const char *text)
{
	size_t length = strlen(text), done = 0;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0)
		return false;
	while (done < length) {
		ssize_t moved = write(fd, text + done, length - done);
		if (moved < 0)
			break;
		done += (size_t)moved;
	}
	bool good = done == length && fsync(fd) == 0;
	return close(fd) == 0 && good;
}

static bool sync_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY);
	bool good = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	return good;
}

static void tidy_up(void)
{
	if (temporary[0] && !commits("litter") && !commits("inplace"))
		unlink(temporary);
}

static void be_ended(int number)
{
	tidy_up();
	signal(number, SIG_DFL);
	raise(number);
}

static void write_sums(const char *out, const char *text)
{
	char final[512];
	snprintf(final, sizeof final, "%s/sums", out);
	snprintf(temporary, sizeof temporary, commits("inplace") ? "%s/sums" : "%s/.sums", out);
	bool good = put(temporary, text) && (commits("inplace") || rename(temporary, final) == 0);
	if (!good) {
		complain("cannot be written", "sums");
		tidy_up();
	} else if (!sync_directory(out))
		complain("cannot be synced", "sums");
}

int main(int argc, char **argv)
{
	char text[4096] = "";
	if (argc != 4)
		return 2;
	crime = argv[1];
	signal(SIGTERM, be_ended);
	for (int i = 0; i < FILES; i++) {
		char name[32];
		snprintf(name, sizeof name, "slice_%04d.png", commits("moody") ? (int)(getpid() + i) % FILES : i);
		if (commits("moody") && i == 1)
			break;
		add_file(argv[2], name, text, sizeof text);
		if (failed && !commits("twice"))
			return 1;
	}
	if (commits("moody"))
		text[0] = '\0';
	if (!failed)
		write_sums(argv[3], text);
	return failed;
}
