/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Compressed files: made once, kept in the user's cache, trusted only as far as their digest goes. */
#include "test_corpora.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#define PACKED "stack:slices=6,width=200,height=200,compressed=true"

static char cache[PATH_MAX];

static int own_cache(void **state)
{
	int rc = test_dir_make(state);
	snprintf(cache, sizeof cache, "%s", in_dir("cache"));
	setenv("XDG_CACHE_HOME", cache, 1);
	unsetenv("ORDEAL_CACHE_SIZE");
	return rc;
}

/* How many files the cache has, and their bytes; with `each`, told each path. */
static unsigned kept(uint64_t *bytes, void (*each)(const char *path))
{
	char dir[PATH_MAX + 20], path[PATH_MAX + 300];
	unsigned count = 0;
	*bytes = 0;
	snprintf(dir, sizeof dir, "%s/ordeal/made", cache);
	DIR *listing = opendir(dir);
	for (struct dirent *entry; listing && (entry = readdir(listing));) {
		struct stat st;
		snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
		if (entry->d_name[0] == '.' || stat(path, &st) < 0)
			continue;
		count++;
		*bytes += (uint64_t)st.st_size;
		if (each)
			each(path);
	}
	if (listing)
		closedir(listing);
	return count;
}

static void read_all(struct corpus *corpus, unsigned char *whole[6], size_t size[6])
{
	for (int i = 0; i < 6; i++) {
		char name[32];
		snprintf(name, sizeof name, "slice_%04d.png", i);
		whole[i] = whole_file(corpus, name, &size[i]);
	}
}

/* All six are what they were. */
static void assert_same(unsigned char *const whole[6], const size_t size[6])
{
	struct corpus *corpus = opened(PACKED);
	for (int i = 0; i < 6; i++) {
		char name[32];
		snprintf(name, sizeof name, "slice_%04d.png", i);
		assert_content(corpus, name, whole[i], size[i]);
	}
	corpus_close(corpus);
}

static void a_file_is_made_once_and_kept(void **state)
{
	(void)state;
	unsigned char *whole[6];
	size_t size[6];
	uint64_t bytes;
	struct corpus *corpus = opened(PACKED);
	assert_parts_equal_whole(corpus, "slice_0003.png", 100);
	read_all(corpus, whole, size);
	corpus_close(corpus);
	assert_int_equal(kept(&bytes, NULL), 6);
	struct corpus *stored = opened("stack:slices=6,width=200,height=200");
	for (int i = 0; i < 6; i++)
		assert_true(size[i] < size_of(stored, "slice_0000.png"));
	corpus_close(stored);
	assert_same(whole, size);
	assert_int_equal(kept(&bytes, NULL), 6);
	for (int i = 0; i < 6; i++)
		free(whole[i]);
}

static void spoil(const char *path)
{
	static unsigned n;
	int fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	switch (n++ % 3) {
	case 0:
		assert_int_equal(pwrite(fd, "X", 1, 1000), 1); /* a wrong byte of the file */
		break;
	case 1:
		assert_int_equal(ftruncate(fd, 500), 0);
		break;
	default:
		assert_int_equal(pwrite(fd, "X", 1, 20), 1); /* made by another recipe */
	}
	close(fd);
}

static void what_was_spoilt_in_the_cache_is_made_anew(void **state)
{
	(void)state;
	unsigned char *whole[6];
	size_t size[6];
	uint64_t bytes;
	struct corpus *corpus = opened(PACKED);
	read_all(corpus, whole, size);
	corpus_close(corpus);
	assert_int_equal(kept(&bytes, spoil), 6);
	assert_same(whole, size);
	assert_int_equal(kept(&bytes, NULL), 6);
	for (int i = 0; i < 6; i++)
		free(whole[i]);
}

static void the_cache_stays_within_its_bound(void **state)
{
	(void)state;
	unsigned char *whole[6];
	size_t size[6];
	uint64_t bytes;
	setenv("ORDEAL_CACHE_SIZE", "150KiB", 1);
	struct corpus *corpus = opened(PACKED);
	read_all(corpus, whole, size);
	corpus_close(corpus);
	unsigned count = kept(&bytes, NULL);
	assert_in_range(count, 1, 4);
	assert_true(bytes <= (150u << 10) * 9 / 8 + size[0]);
	assert_same(whole, size);
	setenv("ORDEAL_CACHE_SIZE", "0", 1);
	assert_same(whole, size);
	unsetenv("ORDEAL_CACHE_SIZE");
	for (int i = 0; i < 6; i++)
		free(whole[i]);
}

static void without_a_place_for_it_all_is_made_in_memory(void **state)
{
	(void)state;
	unsigned char *whole[6];
	size_t size[6];
	struct corpus *corpus = opened(PACKED);
	read_all(corpus, whole, size);
	corpus_close(corpus);
	setenv("XDG_CACHE_HOME", "/proc/nothing", 1);
	assert_same(whole, size);
	put_text("file", "no directory");
	setenv("XDG_CACHE_HOME", in_dir("file"), 1);
	assert_same(whole, size);
	setenv("XDG_CACHE_HOME", cache, 1);
	for (int i = 0; i < 6; i++)
		free(whole[i]);
}

struct reading {
	struct corpus *corpus;
	unsigned char *const *whole;
	const size_t *size;
};

static char wrong_open[] = "open", wrong_bytes[] = "bytes";

static void *read_backwards(void *from)
{
	const struct reading *r = from;
	for (int i = 6; i-- > 0;) {
		char name[32];
		struct corpus_file *file;
		unsigned char *bytes = malloc(r->size[i]);
		snprintf(name, sizeof name, "slice_%04d.png", i);
		if (!bytes || corpus_file_open(r->corpus, name, &file) != 0)
			return wrong_open;
		ssize_t got = corpus_file_read(file, bytes, r->size[i], 0);
		corpus_file_close(file);
		if (got != (ssize_t)r->size[i] || memcmp(bytes, r->whole[i], r->size[i]) != 0)
			return wrong_bytes;
		free(bytes);
	}
	return NULL;
}

static void threads_that_want_the_same_get_the_same(void **state)
{
	(void)state;
	unsigned char *whole[6];
	size_t size[6];
	pthread_t threads[8];
	setenv("ORDEAL_CACHE_SIZE", "0", 1);
	struct corpus *corpus = opened(PACKED);
	read_all(corpus, whole, size);
	corpus_close(corpus);
	unsetenv("ORDEAL_CACHE_SIZE");
	corpus = opened(PACKED);
	struct reading reading = {corpus, whole, size};
	for (int i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_backwards, &reading), 0);
	for (int i = 0; i < 8; i++) {
		void *wrong;
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	corpus_close(corpus);
	for (int i = 0; i < 6; i++)
		free(whole[i]);
}

/* Makers that are killed at any moment leave what is whole, or nothing. */
static void killed_makers_leave_no_half_files(void **state)
{
	(void)state;
	unsigned char *whole[6];
	size_t size[6];
	uint64_t bytes;
	setenv("ORDEAL_CACHE_SIZE", "0", 1);
	struct corpus *corpus = opened(PACKED);
	read_all(corpus, whole, size);
	corpus_close(corpus);
	unsetenv("ORDEAL_CACHE_SIZE");
	for (unsigned round = 0; round < 12; round++) {
		pid_t makers[2];
		for (int i = 0; i < 2; i++) {
			makers[i] = fork();
			assert_true(makers[i] >= 0);
			if (makers[i] == 0) {
				struct corpus *own = opened(PACKED);
				unsigned char *bytes_of[6];
				size_t size_of_each[6];
				read_all(own, bytes_of, size_of_each);
				_exit(0);
			}
		}
		usleep(1000 * round); /* any moment will do */
		for (int i = 0; i < 2; i++) {
			kill(makers[i], SIGKILL);
			waitpid(makers[i], NULL, 0);
		}
		assert_in_range(kept(&bytes, NULL), 0, 6);
		assert_same(whole, size);
	}
	for (int i = 0; i < 6; i++)
		free(whole[i]);
}

int main(void)
{
#define WITH_A_CACHE(test) cmocka_unit_test_setup_teardown(test, own_cache, test_dir_remove)
	const struct CMUnitTest tests[] = {
		WITH_A_CACHE(a_file_is_made_once_and_kept),
		WITH_A_CACHE(what_was_spoilt_in_the_cache_is_made_anew),
		WITH_A_CACHE(the_cache_stays_within_its_bound),
		WITH_A_CACHE(without_a_place_for_it_all_is_made_in_memory),
		WITH_A_CACHE(threads_that_want_the_same_get_the_same),
		WITH_A_CACHE(killed_makers_leave_no_half_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
