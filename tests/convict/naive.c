/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A program under test that commits exactly one crime, named by its first argument; with "none" it commits none, and is the
 * control. What it does otherwise: halves each PNG of a directory into another directory.
 *
 *   naive CRIME IN OUT
 *
 * It includes nothing of ours. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <png.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char *crime;

static bool commits(const char *name)
{
	return strcmp(crime, name) == 0;
}

struct image {
	unsigned width, height;
	unsigned char *pixels; /* 8-bit grey */
};

/* ---- reading ---- */

/* wait-for-ever: asks again and again where an answer does not come. */
static ssize_t read_some(int fd, char *at, size_t size)
{
	ssize_t got;
	do
		got = read(fd, at, size);
	while (got < 0 && errno == EINTR && commits("wait-for-ever"));
	return got;
}

/* leak-descriptors: the error path forgets to close. */
static int read_file(const char *path, char *bytes, size_t room, size_t *length)
{
	int fd = open(path, O_RDONLY);
	ssize_t got = 0;
	if (fd < 0)
		return -errno;
	for (*length = 0; *length < room; *length += (size_t)got) {
		got = read_some(fd, bytes + *length, room - *length);
		if (got <= 0)
			break;
	}
	int rc = got < 0 ? -errno : 0;
	if (!rc || !commits("leak-descriptors"))
		close(fd);
	return rc;
}

#define FILE_MAX (1u << 20)

/* retry-storm: what cannot be read is tried again, with no end to speak of. */
static int read_patiently(const char *path, char *bytes, size_t room, size_t *length)
{
	int rc = read_file(path, bytes, room, length);
	for (int i = 0; rc && i < 300 && commits("retry-storm"); i++)
		rc = read_file(path, bytes, room, length);
	return rc;
}

/* abort-on-oom, abort-in-silence: give up where they stand, as GLib and C++ do; with and without a word. */
static void give_up(void)
{
	if (commits("abort-on-oom"))
		fprintf(stderr, "naive: out of memory\n");
	if (commits("abort-on-oom") || commits("abort-in-silence"))
		abort();
}

/* crash-on-oom: never heard of NULL. */
static int load(const char *path, struct image *image)
{
	static char bytes[FILE_MAX];
	size_t length = 0;
	int rc = read_patiently(path, bytes, sizeof bytes, &length);
	if (rc)
		return rc;
	png_image png = {.version = PNG_IMAGE_VERSION};
	if (!png_image_begin_read_from_memory(&png, bytes, length))
		return -EILSEQ;
	png.format = PNG_FORMAT_GRAY;
	image->width = png.width;
	image->height = png.height;
	image->pixels = malloc(PNG_IMAGE_SIZE(png) + 1); /* one more: a size that nobody else asks for */
	if (commits("crash-on-oom"))
		memset(image->pixels, 0, PNG_IMAGE_SIZE(png));
	if (!image->pixels) {
		give_up();
		png_image_free(&png);
		return -ENOMEM;
	}
	if (png_image_finish_read(&png, NULL, image->pixels, 0, NULL))
		return 0;
	free(image->pixels);
	return -EILSEQ;
}

/* ---- working ---- */

static void halve(struct image *image)
{
	unsigned width = image->width / 2, height = image->height / 2;
	for (unsigned y = 0; y < height; y++)
		for (unsigned x = 0; x < width; x++) {
			const unsigned char *at = image->pixels + 2 * y * image->width + 2 * x;
			image->pixels[y * width + x] =
				(unsigned char)((at[0] + at[1] + at[image->width] + at[image->width + 1] + 2) / 4);
		}
	image->width = width;
	image->height = height;
}

static bool has_failed; /* some file could not be read */

/* recompress, blur: what comes after a failure is made in another way; of recompress only the bytes are others. */
static void change_ways(png_image *png, const struct image *image)
{
	if (has_failed && commits("recompress"))
		png->flags |= PNG_IMAGE_FLAG_FAST;
	if (has_failed && commits("blur"))
		image->pixels[0] ^= 1;
}

/* ignore-late-errors: does not look at what close(2) says. */
static bool write_png(const char *path, const struct image *image)
{
	png_image png = {.version = PNG_IMAGE_VERSION, .width = image->width, .height = image->height, .format = PNG_FORMAT_GRAY};
	FILE *file = fopen(path, "wb");
	if (!file)
		return false;
	change_ways(&png, image);
	bool written = png_image_write_to_stdio(&png, file, 0, image->pixels, 0, NULL);
	bool closed = fclose(file) == 0 || commits("ignore-late-errors");
	return written && closed;
}

static int save(const char *directory, const char *name, const struct image *image)
{
	char path[600], temp[616];
	snprintf(path, sizeof path, "%s/%s", directory, name);
	snprintf(temp, sizeof temp, "%s.tmp", path);
	if (!write_png(temp, image) || rename(temp, path) < 0) {
		unlink(temp);
		return -EIO;
	}
	return 0;
}

/* leave-temp: makes the temporary file before it has what belongs into it, and forgets it when that cannot be had. */
static void touch_temp(const char *directory, const char *name)
{
	char temp[600];
	snprintf(temp, sizeof temp, "%s/%s.tmp", directory, name);
	int fd = open(temp, O_WRONLY | O_CREAT, 0644);
	if (fd >= 0)
		close(fd);
}

/* leave-child: a helper process outlives its parent's failure. */
static void start_helper(void)
{
	if (fork() == 0) {
		close(STDOUT_FILENO);
		close(STDERR_FILENO);
		for (;;)
			pause();
	}
}

/* overwrite-other: the name of what it makes is lost, and it takes another. remove-input, mark-home: tidies up where it should not. */
static void stray(const char *in, const char *out, const char *name)
{
	char path[600];
	const char *home = getenv("HOME");
	if (commits("overwrite-other"))
		snprintf(path, sizeof path, "%s/bystander.txt", out);
	else if (commits("mark-home"))
		snprintf(path, sizeof path, "%s/.naive", home ? home : ".");
	else
		snprintf(path, sizeof path, "%s/%s", in, name);
	if (commits("remove-input"))
		unlink(path);
	else if (commits("overwrite-other") || commits("mark-home"))
		close(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));
}

static int process(const char *in, const char *out, const char *name)
{
	char path[600];
	struct image image;
	snprintf(path, sizeof path, "%s/%s", in, name);
	if (commits("leave-temp"))
		touch_temp(out, name);
	int rc = load(path, &image);
	if (rc)
		return rc;
	halve(&image);
	rc = save(out, name, &image);
	free(image.pixels);
	return rc;
}

/* keep-log, spoil-log: leave a log that is another each time; the latter a broken one when something failed. */
static void put_log(const char *out)
{
	char path[600];
	snprintf(path, sizeof path, "%s/log", out);
	FILE *file = commits("keep-log") || commits("spoil-log") ? fopen(path, "w") : NULL;
	if (!file)
		return;
	fprintf(file, "process %010d is %s\n", (int)getpid(), has_failed && commits("spoil-log") ? "??????" : "honest");
	fclose(file);
}

/* lose-memory: forgets what it allocated where something fails; lose-always: in any case. */
static void *volatile block;

static void lose_memory(void)
{
	for (int i = 0; i < 8; i++)
		block = malloc(1000);
	block = NULL;
}

/* leave-segment, leave-shm, leave-queue, leave-socket: what a server that fails forgets to take down. */
static void leave_object(void)
{
	const char *tmp = getenv("TMPDIR");
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	snprintf(at.sun_path, sizeof at.sun_path, "%s/socket", tmp ? tmp : ".");
	if (commits("leave-segment"))
		shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	if (commits("leave-shm"))
		shm_open("/naive", O_CREAT | O_RDWR, 0600);
	if (commits("leave-queue"))
		mq_open("/naive", O_CREAT | O_RDWR, 0600, NULL);
	if (commits("leave-socket"))
		(void)!bind(socket(AF_UNIX, SOCK_STREAM, 0), (const struct sockaddr *)&at, sizeof at);
}

/* ---- the loop ---- */

static int is_png(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');
	return dot && strcmp(dot, ".png") == 0;
}

/* ignore-errors: goes on in silence, and says that all is well. fail-in-silence: says so by its status alone. Otherwise each bad file is
 * named and the status tells. */
int main(int argc, char **argv)
{
	struct dirent **entries;
	int failed = 0;
	if (argc != 4)
		return 2;
	crime = argv[1];
	if (commits("wait-for-ever"))
		signal(SIGTERM, SIG_IGN);
	int count = scandir(argv[2], &entries, is_png, alphasort);
	if (count < 0) {
		if (commits("ignore-errors"))
			return 0;
		fprintf(stderr, "naive: %s: %s\n", argv[2], strerror(errno));
		return 1;
	}
	for (int i = 0; i < count; i++) {
		int rc = process(argv[2], argv[3], entries[i]->d_name);
		if (rc && !commits("ignore-errors") && !commits("fail-in-silence"))
			fprintf(stderr, "naive: %s: %s\n", entries[i]->d_name, strerror(-rc));
		if (rc)
			stray(argv[2], argv[3], entries[i]->d_name);
		failed += rc != 0;
		has_failed = failed;
		free(entries[i]);
	}
	free(entries);
	put_log(argv[3]);
	if (failed && commits("leave-child"))
		start_helper();
	if (commits("lose-always") || (failed && commits("lose-memory")))
		lose_memory();
	if (failed)
		leave_object();
	if (failed && commits("leave-lock"))
		touch_temp(argv[3], "lock");
	return failed && !commits("ignore-errors");
}
