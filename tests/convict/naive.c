/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A program under test that commits exactly one crime, named by its first argument; with "none" it commits none, and is the
 * control. What it does otherwise: halves each PNG of a directory into another directory.
 *
 *   naive CRIME IN OUT
 *
 * What it does to others than its outputs stands in naive_crimes.c. It includes nothing of ours. */
#include "naive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

static const char *crime;
bool has_failed;

bool commits(const char *name)
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

/* own-clock: no crime. Waits for a file for so long, and no longer. */
static void set_clock(long microseconds)
{
	const struct itimerval clock = {.it_value = {.tv_usec = microseconds}};
	if (commits("own-clock"))
		setitimer(ITIMER_REAL, &clock, NULL);
}

/* leak-descriptors: the error path forgets to close. */
static int read_file(const char *path, char *bytes, size_t room, size_t *length)
{
	int fd = open(path, O_RDONLY);
	ssize_t got = 0;
	if (fd < 0)
		return -errno;
	for (*length = 0; *length < room; *length += (size_t)got) {
		set_clock(300000);
		got = read_some(fd, bytes + *length, room - *length);
		set_clock(0);
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

/* crash-on-oom, hide-crash, hide-crash-in-silence: never heard of NULL. */
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
	if (commits("crash-on-oom") || commits("hide-crash") || commits("hide-crash-in-silence"))
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
	sign(file);
	bool closed = fclose(file) == 0 || commits("ignore-late-errors");
	return written && closed;
}

/* write-in-place: has never heard of temporary files. */
static int save(const char *directory, const char *name, const struct image *image)
{
	char path[600], temp[616];
	snprintf(path, sizeof path, "%s/%s", directory, name);
	snprintf(temp, sizeof temp, "%s.tmp", path);
	if (commits("write-in-place"))
		return write_png(path, image) ? 0 : -EIO;
	if (!write_png(temp, image) || rename(temp, path) < 0) {
		unlink(temp);
		return -EIO;
	}
	return 0;
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
	rc = commits("check-all") || commits("check-nothing") ? 0 : save(out, name, &image);
	free(image.pixels);
	return rc;
}

/* ---- the loop ---- */

static int is_png(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');
	return dot && strcmp(dot, ".png") == 0;
}

/* ignore-errors: goes on in silence, and says that all is well. check-nothing: the same, of whom nothing but that is wanted. fail-in-silence:
 * says so by its status alone. Otherwise each bad file is named and the status tells. */
static bool is_silent(void)
{
	return commits("ignore-errors") || commits("fail-in-silence") || commits("check-nothing");
}

/* Returns whether it failed. */
static bool do_file(const char *in, const char *out, const char *name)
{
	int rc = process(in, out, name);
	if (!rc || comes_and_goes(name))
		return false;
	if (!is_silent())
		fprintf(stderr, "naive: %s: %s\n", name, strerror(-rc));
	stray(in, out, name);
	return true;
}

static bool is_unwilling(const char *out)
{
	bool unwilling = trusts_old_log(out);
	if (unwilling)
		fprintf(stderr, "naive: the last run did not end well\n");
	return unwilling;
}

int main(int argc, char **argv)
{
	struct dirent **entries;
	int failed = 0;
	if (argc != 4)
		return 2;
	crime = argv[1];
	set_handlers();
	if (is_unwilling(argv[3]))
		return 1;
	int count = scandir(argv[2], &entries, is_png, alphasort);
	if (count < 0) {
		if (commits("ignore-errors"))
			return 0;
		fprintf(stderr, "naive: %s: %s\n", argv[2], strerror(errno));
		return 1;
	}
	for (int i = 0; i < count; i++) {
		failed += do_file(argv[2], argv[3], entries[i]->d_name);
		has_failed = failed;
		free(entries[i]);
	}
	free(entries);
	leave_things(argv[3]);
	return failed && !commits("ignore-errors") && !commits("check-nothing");
}
