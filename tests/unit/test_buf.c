/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Bytes and arrays that grow, errors of a fixed size, UTF-8. */
#include "unit.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "base/vec.h"

#include <fcntl.h>
#include <sys/resource.h>

/* ---- buf ---- */

static void an_empty_buffer_is_an_empty_string(void **state)
{
	(void)state;
	struct buf buf = {0};
	assert_string_equal(buf_string(&buf), "");
	assert_null(buf.at);
	buf_text(&buf, "");
	assert_string_equal(buf_string(&buf), "");
	buf_add(&buf, NULL, 0);
	assert_int_equal(buf.length, 0);
	assert_false(buf.failed);
	buf_free(&buf);
	assert_null(buf.at);
	buf_free(&buf);
}

static void bytes_are_added_at_the_end(void **state)
{
	(void)state;
	struct buf buf = {0};
	buf_text(&buf, "one");
	buf_char(&buf, ' ');
	buf_add(&buf, "t\0wo", 4);
	buf_printf(&buf, " %d%%", 3);
	buf_char(&buf, '\0');
	assert_int_equal(buf.length, 12);
	assert_memory_equal(buf.at, "one t\0wo 3%\0\0", 13); /* and a NUL behind */
	buf_clear(&buf);
	assert_int_equal(buf.length, 0);
	assert_string_equal(buf_string(&buf), "");
	buf_text(&buf, "again");
	assert_string_equal(buf_string(&buf), "again");
	buf_free(&buf);
}

static void any_lengths_end_with_a_nul(void **state)
{
	(void)state;
	static char wanted[200000];
	struct buf buf = {0};
	for (unsigned n = 0; buf.length < 100000; n++) {
		char piece[600];
		size_t length = unit_drawn(5, n, 0, n % 50 ? 20 : sizeof piece - 1);
		memset(piece, 'a' + n % 26, length);
		piece[length] = '\0';
		memcpy(wanted + buf.length, piece, length);
		if (n % 3 == 0)
			buf_text(&buf, piece);
		else if (n % 3 == 1)
			buf_printf(&buf, "%s", piece);
		else
			buf_add(&buf, piece, length);
		assert_int_equal(buf.at[buf.length], 0);
		assert_true(buf.length < buf.room);
	}
	assert_memory_equal(buf.at, wanted, buf.length);
	buf_free(&buf);
	/* To the byte: where the room is used up. */
	for (size_t length = 250; length <= 260; length++) {
		buf_printf(&buf, "%*s", (int)length, "x");
		assert_int_equal(strlen(buf_string(&buf)), length);
		buf_free(&buf);
	}
}

static void a_buffer_without_memory_says_so_at_the_end(void **state)
{
	(void)state;
	if (UNIT_ASAN)
		skip();
	struct buf buf = {0};
	struct rlimit old, none;
	char *piece = malloc(1 << 20);
	assert_non_null(piece);
	memset(piece, 'x', 1 << 20);
	buf_text(&buf, "kept");
	assert_int_equal(getrlimit(RLIMIT_AS, &old), 0);
	none = old;
	none.rlim_cur = 1;
	assert_int_equal(setrlimit(RLIMIT_AS, &none), 0);
	for (int i = 0; i < 64 && !buf.failed; i++) /* what is free already may serve for a while */
		buf_add(&buf, piece, 1 << 20);
	setrlimit(RLIMIT_AS, &old);
	assert_true(buf.failed);
	size_t length = buf.length;
	buf_text(&buf, "ignored");
	buf_printf(&buf, "%d", 1);
	assert_int_equal(buf.length, length);
	assert_int_equal(buf_write_fd(&buf, STDERR_FILENO), -ENOMEM);
	assert_memory_equal(buf_string(&buf), "kept", 4);
	buf_clear(&buf);
	assert_false(buf.failed);
	buf_text(&buf, "new");
	assert_string_equal(buf_string(&buf), "new");
	free(piece);
	buf_free(&buf);
}

static void a_file_is_read_whole_or_not_at_all(void **state)
{
	(void)state;
	struct buf buf = {0};
	const char *path = unit_file("f", "hello");
	buf_text(&buf, "> ");
	assert_int_equal(buf_read_file(&buf, path, 5), 0);
	assert_string_equal(buf_string(&buf), "> hello");
	buf_clear(&buf);
	assert_int_equal(buf_read_file(&buf, path, 4), -EFBIG);
	buf_clear(&buf);
	assert_int_equal(buf_read_file(&buf, unit_path("none"), 100), -ENOENT);
	assert_string_equal(buf_string(&buf), "");
	buf_clear(&buf);
	assert_int_equal(buf_read_file(&buf, unit_file("empty", ""), 0), 0);
	assert_string_equal(buf_string(&buf), "");
	assert_int_equal(buf_read_file(&buf, "/dev/zero", 1 << 20), -EFBIG);
	buf_free(&buf);
}

static void a_buffer_is_a_string_after_a_failed_read_too(void **state)
{
	(void)state;
	/* "A NUL always stands behind the bytes." */
	struct buf buf = {0};
	assert_int_equal(buf_read_file(&buf, unit_dir, 100), -EISDIR);
	assert_int_equal(buf.length, 0);
	assert_string_equal(buf_string(&buf), "");
	buf_free(&buf);
	assert_int_equal(buf_read_file(&buf, unit_file("f", "hello"), 3), -EFBIG);
	assert_int_equal(strlen(buf_string(&buf)), buf.length);
	buf_free(&buf);
}

static void what_is_written_is_read_back(void **state)
{
	(void)state;
	struct buf out = {0}, in = {0};
	for (unsigned i = 0; i < 300000; i++)
		buf_char(&out, (char)i);
	int fd = open(unit_path("big"), O_RDWR | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(buf_write_fd(&out, fd), 0);
	assert_int_equal(lseek(fd, 100000, SEEK_SET), 100000);
	assert_int_equal(buf_read_fd(&in, fd, 200000), 0); /* from where it stands */
	assert_int_equal(in.length, 200000);
	assert_memory_equal(in.at, out.at + 100000, 200000);
	close(fd);
	fd = open("/dev/full", O_WRONLY);
	assert_int_equal(buf_write_fd(&out, fd), -ENOSPC);
	close(fd);
	assert_int_equal(buf_write_fd(&out, fd), -EBADF);
	buf_clear(&out);
	assert_int_equal(buf_write_fd(&out, fd), 0); /* nothing to write */
	buf_free(&in);
	buf_free(&out);
}

static void a_pipe_is_read_to_its_end(void **state)
{
	(void)state;
	struct buf buf = {0};
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(write(ends[1], "abc", 3), 3);
	}
	close(ends[1]);
	assert_int_equal(buf_read_fd(&buf, ends[0], 100), 0);
	assert_string_equal(buf_string(&buf), "abcabcabc");
	close(ends[0]);
	buf_free(&buf);
}

/* ---- vec ---- */

struct pair {
	uint64_t a;
	char *b;
};

static void elements_are_added_zeroed_and_stay(void **state)
{
	(void)state;
	VEC(struct pair) pairs = {0};
	for (uint64_t i = 0; i < 1000; i++) {
		struct pair *one = vec_add(&pairs);
		assert_true(one && one->a == 0 && one->b == NULL);
		pairs.at[i].a = i;
	}
	assert_int_equal(pairs.count, 1000);
	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(pairs.at[i].a, i);
	vec_free(&pairs);
	assert_true(!pairs.at && !pairs.count && !pairs.room);
	vec_free(&pairs);
}

static void a_vector_that_cannot_grow_stays_as_it_is(void **state)
{
	(void)state;
	if (UNIT_ASAN)
		skip();
	volatile size_t size = sizeof(struct pair);
	size_t room = SIZE_MAX / size, before = room;
	assert_null(vec_grown(NULL, room, &room, size));
	assert_int_equal(room, before);
}

/* ---- err ---- */

static void an_error_is_a_line_and_a_code(void **state)
{
	(void)state;
	struct err err = {0};
	assert_int_equal(err_set(&err, ENOENT, "%s: no such %s", "a", "file"), -ENOENT);
	assert_int_equal(err.code, ENOENT);
	assert_string_equal(err.text, "a: no such file");
	assert_int_equal(err_set(NULL, EIO, "to nobody"), -EIO);
	assert_int_equal(err_set(&err, EIO, "another"), -EIO);
	assert_string_equal(err.text, "another");
}

static void context_goes_before_what_is_said(void **state)
{
	(void)state;
	struct err err = {0};
	assert_int_equal(err_set(&err, EPERM, "inner"), -EPERM);
	assert_int_equal(err_context(&err, "case %d", 3), -EPERM);
	assert_int_equal(err_context(&err, "%s", "suite"), -EPERM);
	assert_string_equal(err.text, "suite: case 3: inner");
	assert_int_equal(err.code, EPERM);
	assert_int_equal(err_context(NULL, "to nobody"), -EIO);
}

static void what_does_not_fit_is_cut(void **state)
{
	(void)state;
	struct err err = {0};
	char text[3000];
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	assert_int_equal(err_set(&err, EIO, "%s", text), -EIO);
	assert_int_equal(strlen(err.text), sizeof err.text - 1);
	assert_int_equal(err_context(&err, "head"), -EIO);
	assert_int_equal(strlen(err.text), sizeof err.text - 1);
	assert_memory_equal(err.text, "head: xxx", 9);
	assert_int_equal(err_set(&err, EIO, "the end"), -EIO);
	assert_int_equal(err_context(&err, "%s", text), -EIO); /* a cut head does not eat the cause */
	assert_memory_equal(err.text, "xxx", 3);
	assert_string_equal(err.text + strlen(err.text) - strlen("x: the end"), "x: the end");
	for (size_t length = 290; length < 310; length++) {
		text[length] = '\0';
		assert_int_equal(err_set(&err, EIO, "why"), -EIO);
		assert_int_equal(err_context(&err, "%s", text), -EIO);
		assert_string_equal(err.text + strlen(err.text) - 5, ": why");
		text[length] = 'x';
	}
}

/* ---- utf8 ---- */

/* RFC 3629, section 4, as a table. */
static bool well_formed(const unsigned char *s, size_t length)
{
	static const struct {
		unsigned char low[4], high[4];
		size_t width;
	} forms[] = {
		{{0x00}, {0x7f}, 1},
		{{0xc2, 0x80}, {0xdf, 0xbf}, 2},
		{{0xe0, 0xa0, 0x80}, {0xe0, 0xbf, 0xbf}, 3},
		{{0xe1, 0x80, 0x80}, {0xec, 0xbf, 0xbf}, 3},
		{{0xed, 0x80, 0x80}, {0xed, 0x9f, 0xbf}, 3},
		{{0xee, 0x80, 0x80}, {0xef, 0xbf, 0xbf}, 3},
		{{0xf0, 0x90, 0x80, 0x80}, {0xf0, 0xbf, 0xbf, 0xbf}, 4},
		{{0xf1, 0x80, 0x80, 0x80}, {0xf3, 0xbf, 0xbf, 0xbf}, 4},
		{{0xf4, 0x80, 0x80, 0x80}, {0xf4, 0x8f, 0xbf, 0xbf}, 4},
	};
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		size_t at = 0;
		while (at < length && at < forms[i].width && s[at] >= forms[i].low[at] && s[at] <= forms[i].high[at])
			at++;
		if (at == length && at == forms[i].width)
			return true;
	}
	return false;
}

static void utf8_is_told_from_other_bytes(void **state)
{
	(void)state;
	static const unsigned char edges[] = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf,
					      0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff};
	enum { N = COUNT_OF(edges) };
	for (unsigned n = 0; n < N * N * N * N; n++) {
		const unsigned char s[4] = {edges[n % N], edges[n / N % N], edges[n / N / N % N], edges[n / N / N / N]};
		for (size_t length = 0; length <= 4; length++) {
			size_t wanted = 0;
			for (size_t width = 1; width <= length && !wanted; width++)
				if (well_formed(s, width))
					wanted = width;
			if (utf8_width((const char *)s, length) != wanted)
				fail_msg("%02x %02x %02x %02x, %zu bytes: %zu instead of %zu", s[0], s[1], s[2], s[3], length,
					 utf8_width((const char *)s, length), wanted);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_buffer_is_an_empty_string),
		cmocka_unit_test(bytes_are_added_at_the_end),
		cmocka_unit_test(any_lengths_end_with_a_nul),
		cmocka_unit_test(a_buffer_without_memory_says_so_at_the_end),
		cmocka_unit_test_setup_teardown(a_file_is_read_whole_or_not_at_all, unit_dir_make, unit_dir_remove),
		cmocka_unit_test_setup_teardown(a_buffer_is_a_string_after_a_failed_read_too, unit_dir_make, unit_dir_remove),
		cmocka_unit_test_setup_teardown(what_is_written_is_read_back, unit_dir_make, unit_dir_remove),
		cmocka_unit_test(a_pipe_is_read_to_its_end),
		cmocka_unit_test(elements_are_added_zeroed_and_stay),
		cmocka_unit_test(a_vector_that_cannot_grow_stays_as_it_is),
		cmocka_unit_test(an_error_is_a_line_and_a_code),
		cmocka_unit_test(context_goes_before_what_is_said),
		cmocka_unit_test(what_does_not_fit_is_cut),
		cmocka_unit_test(utf8_is_told_from_other_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
