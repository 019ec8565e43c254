/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A directory as a source: shown as it is, never left, never stuck. */
#include "test_corpora.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>

static struct corpus *tree(void)
{
	need_trees();
	return opened(source_in_dir("tree:", "tree"));
}

static int make_tree(void **state)
{
	if (test_dir_make(state) < 0 || mkdir(in_dir("tree"), 0755) < 0 || mkdir(in_dir("tree/sub"), 0750) < 0)
		return -1;
	put_text("secret", "outside");
	put_text("tree/file", "some bytes");
	put_text("tree/sub/inner", "more bytes");
	return 0;
}

static void a_tree_is_shown_as_it_is(void **state)
{
	(void)state;
	static const char *const names[] = {"\x01\xff\xfe", "-", "file", "sub"};
	put_text("tree/-", "");
	put_text("tree/\x01\xff\xfe", "not UTF-8");
	assert_int_equal(chmod(in_dir("tree/file"), 0640), 0);
	const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1234567}};
	assert_int_equal(utimensat(AT_FDCWD, in_dir("tree/file"), times, 0), 0);
	struct corpus *corpus = tree();
	struct corpus_stat st, again;
	struct stat real;
	assert_names(corpus, ".", names, COUNT_OF(names));
	assert_content(corpus, "\x01\xff\xfe", "not UTF-8", 9);
	assert_content(corpus, "sub/inner", "more bytes", 10);
	assert_int_equal(corpus_stat(corpus, "file", &st), 0);
	assert_int_equal(stat(in_dir("tree/file"), &real), 0);
	assert_int_equal(st.mode, S_IFREG | 0640);
	assert_int_equal(st.size, 10);
	assert_int_equal(st.mtime, 1234567);
	assert_int_equal(st.ino, real.st_ino);
	assert_int_equal(corpus_stat(corpus, "sub", &again), 0);
	assert_int_equal(again.mode, S_IFDIR | 0750);
	assert_true(st.ino != again.ino);
	corpus_close(corpus);
}

static void every_range_of_a_large_file_is_right(void **state)
{
	(void)state;
	unsigned char bytes[5000];
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)drawn(7, i, 256);
	put_file("tree/large", bytes, sizeof bytes);
	struct corpus *corpus = tree();
	assert_content(corpus, "large", bytes, sizeof bytes);
	assert_parts_equal_whole(corpus, "large", 200);
	corpus_close(corpus);
}

static void no_path_leads_out(void **state)
{
	(void)state;
	assert_int_equal(symlink("/etc", in_dir("tree/etc")), 0);
	assert_int_equal(symlink("..", in_dir("tree/up")), 0);
	assert_int_equal(symlink("../secret", in_dir("tree/secret")), 0);
	assert_int_equal(symlink("/proc/self/root", in_dir("tree/proc")), 0);
	assert_int_equal(symlink("sub", in_dir("tree/within")), 0);
	struct corpus *corpus = tree();
	struct corpus_stat st;
	struct corpus_names names;
	struct corpus_file *file;
	static const char *const out[] = {"etc/passwd", "up/secret", "proc/etc"};
	for (size_t i = 0; i < COUNT_OF(out); i++) {
		assert_int_equal(corpus_stat(corpus, out[i], &st), -EXDEV);
		assert_int_equal(corpus_list(corpus, out[i], &names), -EXDEV);
		assert_int_equal(corpus_file_open(corpus, out[i], &file), -EXDEV);
	}
	assert_int_equal(corpus_file_open(corpus, "secret", &file), -ELOOP);
	assert_int_equal(corpus_list(corpus, "etc", &names), -ENOTDIR);
	assert_int_equal(corpus_stat(corpus, "../secret", &st), -EINVAL);
	assert_content(corpus, "within/inner", "more bytes", 10);
	corpus_close(corpus);
}

static void links_are_shown_and_not_followed(void **state)
{
	(void)state;
	assert_int_equal(symlink("/etc/passwd", in_dir("tree/link")), 0);
	struct corpus *corpus = tree();
	struct corpus_stat st;
	char target[12];
	assert_int_equal(corpus_stat(corpus, "link", &st), 0);
	assert_true(S_ISLNK(st.mode));
	assert_int_equal(st.size, 11);
	assert_int_equal(corpus_readlink(corpus, "link", target, sizeof target), 0);
	assert_string_equal(target, "/etc/passwd");
	assert_int_equal(corpus_readlink(corpus, "link", target, 11), -ENAMETOOLONG);
	assert_int_equal(corpus_readlink(corpus, "file", target, sizeof target), -EINVAL);
	assert_int_equal(corpus_readlink(corpus, "gone", target, sizeof target), -ENOENT);
	corpus_close(corpus);
}

static void what_is_no_file_is_shown_but_not_opened(void **state)
{
	(void)state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof address.sun_path, "%.100s", in_dir("tree/socket"));
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(mkfifo(in_dir("tree/fifo"), 0644), 0);
	struct corpus *corpus = tree();
	struct corpus_stat st;
	struct corpus_file *file;
	alarm(20); /* opening a FIFO would wait for ever */
	assert_int_equal(corpus_stat(corpus, "fifo", &st), 0);
	assert_true(S_ISFIFO(st.mode));
	assert_int_equal(corpus_file_open(corpus, "fifo", &file), -ENXIO);
	assert_int_equal(corpus_file_open(corpus, "socket", &file), -ENXIO);
	assert_int_equal(corpus_file_open(corpus, "sub", &file), -EISDIR);
	alarm(0);
	corpus_close(corpus);
	close(fd);
}

static void a_file_that_changes_under_us_is_what_it_is(void **state)
{
	(void)state;
	struct corpus *corpus = tree();
	struct corpus_file *file;
	struct corpus_stat st;
	char bytes[20];
	assert_int_equal(corpus_file_open(corpus, "file", &file), 0);
	assert_int_equal(truncate(in_dir("tree/file"), 4), 0);
	assert_int_equal(corpus_file_read(file, bytes, sizeof bytes, 0), 4);
	assert_int_equal(corpus_file_read(file, bytes, sizeof bytes, 6), 0);
	assert_int_equal(unlink(in_dir("tree/file")), 0);
	assert_int_equal(corpus_file_read(file, bytes, sizeof bytes, 1), 3);
	corpus_file_close(file);
	assert_int_equal(corpus_stat(corpus, "file", &st), -ENOENT);
	assert_int_equal(corpus_file_open(corpus, "file", &file), -ENOENT);
	assert_int_equal(corpus_stat(corpus, "sub/inner/x", &st), -ENOTDIR);
	corpus_close(corpus);
}

static void a_damaged_file_that_shrinks_is_read_safely(void **state)
{
	(void)state;
	need_trees();
	put_text("flip.yaml", "{version: 1, source: 'tree:tree', damage: [{path: file, flip: {in: 0.., every: 2}}]}");
	struct corpus *corpus = opened(in_dir("flip.yaml"));
	struct corpus_file *file;
	char bytes[20];
	assert_int_equal(corpus_file_open(corpus, "file", &file), 0);
	assert_int_equal(truncate(in_dir("tree/file"), 3), 0);
	assert_int_equal(corpus_file_read(file, bytes, sizeof bytes, 0), 3);
	assert_int_equal(corpus_file_read(file, bytes, sizeof bytes, 5), 0);
	corpus_file_close(file);
	corpus_close(corpus);
}

static void the_root_may_be_moved_while_it_is_open(void **state)
{
	(void)state;
	struct corpus *corpus = tree();
	assert_int_equal(rename(in_dir("tree"), in_dir("elsewhere")), 0);
	assert_content(corpus, "file", "some bytes", 10);
	corpus_close(corpus);
}

static void extended_attributes_are_served(void **state)
{
	(void)state;
	char value[16], list[256];
	if (setxattr(in_dir("tree/file"), "user.note", "hello", 5, 0) < 0)
		skip(); /* this filesystem has none */
	struct corpus *corpus = tree();
	assert_int_equal(corpus_getxattr(corpus, "file", "user.note", value, sizeof value), 5);
	assert_memory_equal(value, "hello", 5);
	assert_int_equal(corpus_getxattr(corpus, "file", "user.note", NULL, 0), 5);
	assert_int_equal(corpus_getxattr(corpus, "file", "user.note", value, 2), -ERANGE);
	assert_int_equal(corpus_getxattr(corpus, "file", "user.none", value, sizeof value), -ENODATA);
	ssize_t length = corpus_listxattr(corpus, "file", list, sizeof list);
	assert_true(length >= 10);
	assert_non_null(memmem(list, (size_t)length, "user.note", 10));
	assert_int_equal(corpus_listxattr(corpus, "gone", list, sizeof list), -ENOENT);
	corpus_close(corpus);
}

static void bad_roots_are_refused(void **state)
{
	(void)state;
	need_trees();
	assert_refused(source_in_dir("tree:", "gone"), ENOENT, "gone: cannot be opened: No such file or directory");
	assert_refused(source_in_dir("tree:", "secret"), ENOTDIR, "secret: cannot be opened: Not a directory");
	assert_int_equal(mkfifo(in_dir("fifo"), 0644), 0);
	assert_refused(source_in_dir("tree:", "fifo"), ENOTDIR, "Not a directory");
	if (geteuid() == 0)
		return; /* nothing is closed to root */
	assert_int_equal(chmod(in_dir("tree"), 0), 0);
	assert_refused(source_in_dir("tree:", "tree"), EACCES, "cannot be read: Permission denied");
	assert_int_equal(chmod(in_dir("tree"), 0755), 0);
}

static void no_descriptor_is_left(void **state)
{
	(void)state;
	int before = open("/dev/null", O_RDONLY | O_CLOEXEC);
	close(before);
	struct corpus *corpus = tree();
	struct corpus_names names;
	struct corpus_stat st;
	struct corpus_file *file;
	assert_int_equal(corpus_list(corpus, ".", &names), 0);
	corpus_names_free(&names);
	assert_int_equal(corpus_list(corpus, "file", &names), -ENOTDIR);
	assert_int_equal(corpus_stat(corpus, "file", &st), 0);
	assert_int_equal(corpus_file_open(corpus, "file", &file), 0);
	corpus_file_close(file);
	assert_int_equal(corpus_file_open(corpus, "sub", &file), -EISDIR);
	corpus_close(corpus);
	int after = open("/dev/null", O_RDONLY | O_CLOEXEC);
	close(after);
	assert_int_equal(before, after);
}

#define IN_TREE(test) cmocka_unit_test_setup_teardown(test, make_tree, test_dir_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_TREE(a_tree_is_shown_as_it_is),
		IN_TREE(every_range_of_a_large_file_is_right),
		IN_TREE(no_path_leads_out),
		IN_TREE(links_are_shown_and_not_followed),
		IN_TREE(what_is_no_file_is_shown_but_not_opened),
		IN_TREE(a_file_that_changes_under_us_is_what_it_is),
		IN_TREE(a_damaged_file_that_shrinks_is_read_safely),
		IN_TREE(the_root_may_be_moved_while_it_is_open),
		IN_TREE(extended_attributes_are_served),
		IN_TREE(bad_roots_are_refused),
		IN_TREE(no_descriptor_is_left),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
