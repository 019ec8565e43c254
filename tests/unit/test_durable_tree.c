/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Power cuts of whole trees: directories that move into one another, links, files that are open without a name. What must hold
 * whatever was done: a cut never fails nor leaves anything of its own; where all survives, or all was synced, the tree is what it was;
 * where nothing survives and nothing was synced it is what it was at first; and a second cut changes nothing. */
#include "unit.h"

#include "base/buf.h"
#include "fusefs/durable.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

struct tree {
	struct durable *d;
	int root;
	uint64_t n; /* draws so far */
};

static uint64_t draw(struct tree *t, uint64_t below)
{
	return unit_drawn(3, ++t->n, 0, below);
}

/* ---- the tree in words ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int names_of(int directory, char *names[64])
{
	DIR *dir = fdopendir(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	int count = 0;
	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
			assert_true(count < 64);
			names[count++] = strdup(entry->d_name);
		}
	closedir(dir);
	qsort(names, (size_t)count, sizeof names[0], by_name);
	return count;
}

static void describe(int directory, struct buf *out)
{
	char *names[64];
	int count = names_of(directory, names);
	for (int i = 0; i < count; i++) {
		struct stat st;
		assert_int_equal(fstatat(directory, names[i], &st, AT_SYMLINK_NOFOLLOW), 0);
		buf_printf(out, "%s:%o", names[i], st.st_mode & 0777);
		if (S_ISDIR(st.st_mode)) {
			int below = openat(directory, names[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			buf_text(out, "{");
			describe(below, out);
			buf_text(out, "}");
			close(below);
		} else {
			char bytes[64] = "";
			int fd = openat(directory, names[i], O_RDONLY | O_CLOEXEC);
			ssize_t got = read(fd, bytes, sizeof bytes - 1);
			assert_true(got >= 0);
			buf_printf(out, "/%ld[%lld %s]", (long)st.st_nlink, (long long)st.st_size, bytes);
			close(fd);
		}
		buf_text(out, " ");
		free(names[i]);
	}
}

static struct buf words_of(const struct tree *t)
{
	struct buf words = {0};
	describe(t->root, &words);
	return words;
}

static void same_tree(const struct tree *t, const char *row, const struct buf *wanted)
{
	struct buf got = words_of(t);
	if (strcmp(buf_string(&got), buf_string((struct buf *)(uintptr_t)wanted)) != 0)
		fail_msg("draw %llu, %s:\n  got    %s\n  wanted %s", (unsigned long long)t->n, row, buf_string(&got),
			 buf_string((struct buf *)(uintptr_t)wanted));
	buf_free(&got);
}

/* ---- changes ---- */

/* Some directory of the tree, by a walk that is drawn. */
static int some_directory(struct tree *t)
{
	int at = openat(t->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (draw(t, 3)) {
		char *names[64];
		int count = names_of(at, names), below = -1;
		if (count)
			below = openat(at, names[draw(t, (uint64_t)count)], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		for (int i = 0; i < count; i++)
			free(names[i]);
		if (below < 0)
			break;
		close(at);
		at = below;
	}
	return at;
}

static void some_name(struct tree *t, char name[8])
{
	snprintf(name, 8, "%c", (char)('a' + draw(t, 5)));
}

static void change_file(struct tree *t, int at, const char *name)
{
	int fd = openat(at, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	char bytes[16];
	if (fd < 0)
		return;
	uint64_t offset = draw(t, 3) * 4090;
	int length = snprintf(bytes, sizeof bytes, "%llu", (unsigned long long)t->n);
	switch (draw(t, 4)) {
	case 0:
		durable_before_resize(t->d, fd, offset);
		assert_int_equal(ftruncate(fd, (off_t)offset), 0);
		break;
	case 1:
		durable_before_mode(t->d, fd);
		assert_int_equal(fchmod(fd, 0600 | (mode_t)draw(t, 8)), 0);
		break;
	default:
		durable_before_write(t->d, fd, offset, (uint64_t)length);
		assert_int_equal(pwrite(fd, bytes, (size_t)length, (off_t)offset), length);
	}
	close(fd);
}

static void change_names(struct tree *t, int at, const char *name)
{
	int to = some_directory(t);
	char new_name[8];
	some_name(t, new_name);
	switch (draw(t, 6)) {
	case 0:
		durable_before_name(t->d, at, name);
		(void)!mkdirat(at, name, 0755);
		break;
	case 1:
		durable_before_name(t->d, at, name);
		if (unlinkat(at, name, 0) < 0)
			(void)!unlinkat(at, name, AT_REMOVEDIR);
		break;
	case 2:
		durable_before_name(t->d, to, new_name);
		(void)!linkat(at, name, to, new_name, 0);
		break;
	default:
		durable_before_rename(t->d, at, name, to, new_name);
		(void)!renameat2(at, name, to, new_name, draw(t, 4) ? 0 : RENAME_EXCHANGE);
	}
	close(to);
}

static void make_file(struct tree *t, int at, const char *name)
{
	durable_before_name(t->d, at, name);
	int fd = openat(at, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd >= 0)
		close(fd);
}

static void sync_something(struct tree *t, int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && draw(t, 2))
		durable_sync_file(t->d, fd, false);
	else
		durable_sync_directory(t->d, at);
	if (fd >= 0)
		close(fd);
}

static void change(struct tree *t, bool syncs)
{
	int at = some_directory(t);
	char name[8];
	some_name(t, name);
	switch (draw(t, 8)) {
	case 0:
	case 1:
		make_file(t, at, name);
		break;
	case 2:
	case 3:
	case 4:
		change_names(t, at, name);
		break;
	case 5:
		(syncs ? sync_something : change_file)(t, at, name);
		break;
	default:
		change_file(t, at, name);
	}
	close(at);
}

static void sync_all(struct tree *t, int directory)
{
	char *names[64];
	int count = names_of(directory, names);
	for (int i = 0; i < count; i++) {
		int fd = openat(directory, names[i], O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		struct stat st;
		assert_true(fd >= 0 && fstat(fd, &st) == 0);
		if (S_ISDIR(st.st_mode))
			sync_all(t, fd);
		else
			durable_sync_file(t->d, fd, false);
		close(fd);
		free(names[i]);
	}
	durable_sync_directory(t->d, directory);
}

/* ---- cuts ---- */

static void cut(struct tree *t, enum durable_keep keep)
{
	const struct durable_how how = {.keep = keep, .sector = 512, .seed = t->n};
	struct durable_report report = durable_cut(t->d, &how);
	if (report.failures)
		fail_msg("draw %llu: %llu failures, %s", (unsigned long long)t->n, (unsigned long long)report.failures, strerror(report.error));
	struct buf left = words_of(t);
	if (strstr(buf_string(&left), "ordeal"))
		fail_msg("left behind: %s", buf_string(&left));
	report = durable_cut(t->d, &how);
	assert_int_equal(report.names + report.blocks + report.failures, 0);
	same_tree(t, "cut again", &left);
	buf_free(&left);
}

static void open_tree(struct tree *t, enum durable_model model)
{
	*t = (struct tree){.root = open(unit_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	t->d = durable_new(t->root, model, false);
	assert_non_null(t->d);
}

static void close_tree(struct tree *t)
{
	assert_int_equal(t->d->written_back, 0);
	durable_free(t->d);
	close(t->root);
}

#define ROUNDS (UNIT_ASAN ? 20 : 50)

static void hold_model(enum durable_model model)
{
	struct tree t;
	open_tree(&t, model);
	for (int round = 0; round < ROUNDS; round++) {
		struct buf first = words_of(&t);
		for (uint64_t steps = draw(&t, 40); steps; steps--)
			change(&t, false);
		if (round % 2) {
			cut(&t, DURABLE_KEEP_NONE);
			same_tree(&t, "nothing was synced", &first);
		} else {
			struct buf live = words_of(&t);
			cut(&t, DURABLE_KEEP_ALL);
			same_tree(&t, "all survives", &live);
			buf_free(&live);
		}
		buf_free(&first);
		for (uint64_t steps = draw(&t, 40); steps; steps--)
			change(&t, true);
		if (draw(&t, 2)) {
			sync_all(&t, t.root);
			struct buf live = words_of(&t);
			cut(&t, DURABLE_KEEP_NONE);
			same_tree(&t, "all was synced", &live);
			buf_free(&live);
		}
		for (uint64_t steps = draw(&t, 40); steps; steps--)
			change(&t, true);
		cut(&t, draw(&t, 2) ? DURABLE_KEEP_RANDOM : DURABLE_KEEP_NONE);
	}
	close_tree(&t);
}

static void trees_are_what_strict_makes_of_them(void **state)
{
	(void)state;
	hold_model(DURABLE_STRICT);
}

static void trees_are_what_ordered_makes_of_them(void **state)
{
	(void)state;
	hold_model(DURABLE_ORDERED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(trees_are_what_strict_makes_of_them, unit_dir_make, unit_dir_remove),
		cmocka_unit_test_setup_teardown(trees_are_what_ordered_makes_of_them, unit_dir_make, unit_dir_remove),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
