/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What is kept of a clean run is found again, byte for byte, and nothing else is. */
#include "unit.h"

#include "harness/kept.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static void keep(int fd, const char *name, const char *text, size_t length, int wanted)
{
	char path[] = "/tmp/ordeal-kept-XXXXXX";
	int file = mkstemp(path);
	assert_true(file >= 0);
	assert_int_equal(write(file, text, length), length);
	close(file);
	int rc = kept_add(fd, name, path);
	unlink(path);
	assert_int_equal(rc, wanted);
}

static void what_is_kept_is_found(void **state)
{
	(void)state;
	static const char bytes[] = "a\0b\0\0c";
	int fd = memfd_create("test", MFD_CLOEXEC);
	struct kept kept;
	assert_int_equal(kept_open(fd, &kept), 0);
	assert_null(kept_find(&kept, "x").at);
	kept_close(&kept);
	keep(fd, "d/x", bytes, sizeof bytes, 0);
	keep(fd, "empty", "", 0, 0);
	keep(fd, "x", "other", 5, 0);
	assert_int_equal(kept_open(fd, &kept), 0);
	struct compare_bytes found = kept_find(&kept, "d/x");
	assert_int_equal(found.length, sizeof bytes);
	assert_memory_equal(found.at, bytes, sizeof bytes);
	found = kept_find(&kept, "empty");
	assert_non_null(found.at);
	assert_int_equal(found.length, 0);
	assert_memory_equal(kept_find(&kept, "x").at, "other", 5);
	assert_null(kept_find(&kept, "d").at);
	assert_null(kept_find(&kept, "").at);
	kept_close(&kept);
	close(fd);
}

/* Sparse: it takes no room on the disk. */
static void what_is_too_large_is_left_out(void **state)
{
	(void)state;
	char path[] = "/tmp/ordeal-kept-XXXXXX";
	int file = mkstemp(path), fd = memfd_create("test", MFD_CLOEXEC);
	struct kept kept;
	keep(fd, "a", "a", 1, 0);
	assert_int_equal(ftruncate(file, KEPT_BYTES_MAX), 0);
	close(file);
	assert_int_equal(kept_add(fd, "large", path), 1);
	unlink(path);
	keep(fd, "b", "b", 1, 0);
	assert_int_equal(kept_open(fd, &kept), 0);
	assert_null(kept_find(&kept, "large").at);
	assert_memory_equal(kept_find(&kept, "b").at, "b", 1);
	kept_close(&kept);
	assert_int_equal(kept_add(fd, "gone", path), -ENOENT);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_is_found),
		cmocka_unit_test(what_is_too_large_is_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
