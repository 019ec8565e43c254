/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What a power cut leaves: a directory changed at random, synced at random, cut, and held against a model that keeps what is live and
 * what is durable side by side. The copies of blocks behind it, too. */
#include "unit.h"

#include "fusefs/durable.h"

#include <fcntl.h>
#include <sys/stat.h>

/* ---- copies of blocks ---- */

static void fill(unsigned char bytes[COPY_BYTES], uint64_t n)
{
	memset(bytes, (int)(n % 251), COPY_BYTES);
	memcpy(bytes, &n, n % 5 ? sizeof n : 0);
}

static void a_map_has_what_was_put_in_and_not_dropped(void **state)
{
	(void)state;
	enum { BLOCKS = 300 };
	static uint64_t have[BLOCKS];
	struct store store = STORE_EMPTY;
	struct blocks blocks = {0};
	unsigned char bytes[COPY_BYTES], wanted[COPY_BYTES];
	for (uint64_t n = 1; n <= 4000; n++) {
		uint64_t index = unit_drawn(1, n, 0, BLOCKS);
		struct block *block = blocks_find(&blocks, index * 1000003);
		assert_int_equal(block != NULL, have[index] != 0);
		if (block) {
			fill(wanted, have[index]);
			assert_int_equal(blocks_get(&store, block, bytes), 0);
			assert_memory_equal(bytes, wanted, COPY_BYTES);
		}
		if (block && unit_drawn(1, n, 1, 3) == 0) {
			blocks_drop(&blocks, &store, block);
			have[index] = 0;
			continue;
		}
		fill(bytes, n);
		assert_int_equal(blocks_put(&blocks, &store, index * 1000003, bytes, 1), 0);
		have[index] = n;
	}
	assert_true(store.used <= BLOCKS + 1);
	blocks_clear(&blocks, &store);
	assert_int_equal(store.in_use, 0);
	store_fini(&store);
}

static void zeroes_take_no_room(void **state)
{
	(void)state;
	struct store store = STORE_EMPTY;
	struct blocks blocks = {0};
	unsigned char bytes[COPY_BYTES] = {0};
	assert_int_equal(blocks_put(&blocks, &store, 5, bytes, 0), 0);
	assert_int_equal(store.used, 0);
	bytes[COPY_BYTES - 1] = 1;
	assert_int_equal(blocks_put(&blocks, &store, 5, bytes, 0), 0);
	assert_int_equal(store.in_use, 1);
	blocks_clear(&blocks, &store);
	store_fini(&store);
}

/* ---- the model: flat directory, a few names ---- */

enum { NAMES = 5, FILES = 40, SIZE = 20000 };

struct contents {
	unsigned char bytes[SIZE];
	size_t size;
};

struct file {
	struct contents live, durable;
	mode_t live_mode, durable_mode;
	bool used;
};

struct model {
	struct file files[FILES];
	struct file *live[NAMES], *durable[NAMES]; /* what the names lead to */
	struct durable *d;
	int directory;
	char names[NAMES][8];
	uint64_t n; /* draws so far */
};

static uint64_t draw(struct model *m, uint64_t below)
{
	return unit_drawn(2, ++m->n, 0, below);
}

static bool in_use(const struct model *m, const struct file *file)
{
	for (int i = 0; i < NAMES; i++)
		if (m->live[i] == file || m->durable[i] == file)
			return true;
	return false;
}

static struct file *new_file(struct model *m)
{
	for (int i = 0; i < FILES; i++)
		if (!in_use(m, &m->files[i])) {
			memset(&m->files[i], 0, sizeof m->files[i]);
			m->files[i].live_mode = m->files[i].durable_mode = 0644;
			return &m->files[i];
		}
	fail_msg("the model has no file left");
	return NULL;
}

static int open_name(struct model *m, int i)
{
	int fd = openat(m->directory, m->names[i], O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void resize(struct contents *c, size_t size)
{
	if (size > c->size)
		memset(c->bytes + c->size, 0, size - c->size);
	c->size = size;
}

static void do_write(struct model *m, int i)
{
	struct contents *c = &m->live[i]->live;
	size_t offset = draw(m, SIZE), length = 1 + draw(m, SIZE - offset);
	unsigned char bytes[SIZE];
	memset(bytes, (int)draw(m, 256), length);
	int fd = open_name(m, i);
	durable_before_write(m->d, fd, offset, length);
	assert_int_equal(pwrite(fd, bytes, length, (off_t)offset), (ssize_t)length);
	durable_kept(m->d, fd, bytes, offset, length);
	close(fd);
	if (offset + length > c->size)
		resize(c, offset + length);
	memcpy(c->bytes + offset, bytes, length);
}

static void do_truncate(struct model *m, int i)
{
	size_t size = draw(m, 4) ? draw(m, SIZE) : 0;
	int fd = open_name(m, i);
	durable_before_resize(m->d, fd, size);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	close(fd);
	resize(&m->live[i]->live, size);
}

static void do_create(struct model *m, int i)
{
	durable_before_name(m->d, m->directory, m->names[i]);
	int fd = openat(m->directory, m->names[i], O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	close(fd);
	m->live[i] = new_file(m);
}

static void do_unlink(struct model *m, int i)
{
	durable_before_name(m->d, m->directory, m->names[i]);
	assert_int_equal(unlinkat(m->directory, m->names[i], 0), 0);
	m->live[i] = NULL;
}

static void do_rename(struct model *m, int i)
{
	int to = (int)draw(m, NAMES);
	durable_before_rename(m->d, m->directory, m->names[i], m->directory, m->names[to]);
	assert_int_equal(renameat(m->directory, m->names[i], m->directory, m->names[to]), 0);
	if (to == i || m->live[to] == m->live[i])
		return; /* two names of one file: rename(2) does nothing */
	m->live[to] = m->live[i];
	m->live[i] = NULL;
}

static void do_link(struct model *m, int i)
{
	int to = (int)draw(m, NAMES);
	if (m->live[to])
		return;
	durable_before_name(m->d, m->directory, m->names[to]);
	assert_int_equal(linkat(m->directory, m->names[i], m->directory, m->names[to], 0), 0);
	m->live[to] = m->live[i];
}

static void do_chmod(struct model *m, int i)
{
	mode_t mode = 0600 | (mode_t)draw(m, 8);
	int fd = open_name(m, i);
	durable_before_mode(m->d, fd);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	m->live[i]->live_mode = mode;
}

static void do_sync(struct model *m, int i)
{
	struct file *file = m->live[i];
	bool data_only = draw(m, 2);
	int fd = open_name(m, i);
	durable_sync_file(m->d, fd, data_only);
	assert_int_equal(durable_unsynced(m->d, fd), 0);
	close(fd);
	file->durable = file->live;
	if (!data_only)
		file->durable_mode = file->live_mode;
}

static void do_sync_directory(struct model *m)
{
	durable_sync_directory(m->d, m->directory);
	memcpy(m->durable, m->live, sizeof m->durable);
}

static void step(struct model *m)
{
	static void (*const acts[])(struct model *, int) = {do_write, do_write, do_truncate, do_unlink, do_rename, do_link, do_chmod, do_sync};
	int i = (int)draw(m, NAMES);
	if (draw(m, 8) == 0)
		do_sync_directory(m);
	else if (!m->live[i])
		do_create(m, i);
	else
		acts[draw(m, COUNT_OF(acts))](m, i);
}

static void compare_file(struct model *m, int i)
{
	const struct file *file = m->durable[i];
	struct stat st;
	unsigned char bytes[SIZE];
	int rc = fstatat(m->directory, m->names[i], &st, AT_SYMLINK_NOFOLLOW);
	if ((rc == 0) != (file != NULL))
		fail_msg("draw %llu: %s is %sthere", (unsigned long long)m->n, m->names[i], rc == 0 ? "" : "not ");
	if (!file)
		return;
	int fd = open_name(m, i);
	assert_int_equal(st.st_size, file->durable.size);
	assert_int_equal(st.st_mode & 07777, file->durable_mode);
	assert_int_equal(pread(fd, bytes, SIZE, 0), (ssize_t)file->durable.size);
	assert_memory_equal(bytes, file->durable.bytes, file->durable.size);
	close(fd);
}

static void compare_links(struct model *m, int i)
{
	struct stat a, b;
	for (int j = 0; m->durable[i] && j < i; j++) {
		if (!m->durable[j])
			continue;
		assert_int_equal(fstatat(m->directory, m->names[i], &a, 0), 0);
		assert_int_equal(fstatat(m->directory, m->names[j], &b, 0), 0);
		assert_int_equal(a.st_ino == b.st_ino, m->durable[i] == m->durable[j]);
	}
}

static void cut_and_compare(struct model *m)
{
	const struct durable_how how = {.keep = DURABLE_KEEP_NONE, .sector = 512};
	struct durable_report report = durable_cut(m->d, &how);
	if (report.failures)
		fail_msg("draw %llu: %llu failures, %s", (unsigned long long)m->n, (unsigned long long)report.failures, strerror(report.error));
	for (int i = 0; i < NAMES; i++) {
		compare_file(m, i);
		compare_links(m, i);
		if (m->durable[i]) {
			m->durable[i]->live = m->durable[i]->durable;
			m->durable[i]->live_mode = m->durable[i]->durable_mode;
		}
	}
	memcpy(m->live, m->durable, sizeof m->live);
}

static void a_cut_leaves_what_was_synced_and_nothing_else(void **state)
{
	(void)state;
	static struct model m;
	m = (struct model){.directory = open(unit_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	m.d = durable_new(m.directory, DURABLE_STRICT, false);
	assert_non_null(m.d);
	for (int i = 0; i < NAMES; i++)
		snprintf(m.names[i], sizeof m.names[i], "n%d", i);
	for (int round = 0; round < (UNIT_ASAN ? 150 : 400); round++) {
		for (uint64_t steps = draw(&m, 30); steps; steps--)
			step(&m);
		cut_and_compare(&m);
	}
	assert_int_equal(m.d->written_back, 0);
	durable_free(m.d);
	close(m.directory);
}

/* ---- bounds ---- */

static void without_room_for_a_record_all_counts_as_durable(void **state)
{
	(void)state;
	int directory = open(unit_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct durable *d = durable_new(directory, DURABLE_STRICT, false);
	const struct durable_how how = {.keep = DURABLE_KEEP_NONE, .sector = 512};
	char name[16];
	struct stat st;
	d->files_max = 10;
	for (int i = 0; i < 30; i++) {
		snprintf(name, sizeof name, "f%d", i);
		durable_before_name(d, directory, name);
		int fd = openat(directory, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		durable_before_write(d, fd, 0, 5);
		assert_int_equal(pwrite(fd, "hello", 5, 0), 5);
		close(fd);
	}
	assert_true(d->written_back >= 1);
	assert_int_equal(durable_cut(d, &how).failures, 0);
	/* What came before the last write-back is there, whole; what came behind it is not. */
	assert_int_equal(fstatat(directory, "f0", &st, 0), 0);
	assert_int_equal(st.st_size, 5);
	assert_int_equal(fstatat(directory, "f29", &st, 0), -1);
	durable_free(d);
	close(directory);
}

/* ---- bytes that are not kept ---- */

static void lost_bytes_go_at_their_event_and_no_others(void **state)
{
	(void)state;
	int directory = open(unit_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct durable *d = durable_new(directory, DURABLE_STRICT, false);
	unsigned char bytes[10000], seen[10000];
	int fd = openat(directory, "f", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	memset(bytes, 'o', sizeof bytes);
	assert_int_equal(pwrite(fd, bytes, sizeof bytes, 0), sizeof bytes);
	durable_lose(d, fd, 1000, 5000, DURABLE_LOSE_AT_CLOSE, 0);
	memset(seen, 'n', sizeof seen);
	assert_int_equal(pwrite(fd, seen, 5000, 1000), 5000);
	assert_int_equal(pwrite(fd, "kept", 4, 2000), 4);
	durable_kept(d, fd, "kept", 2000, 4);
	durable_lose_now(d, fd, DURABLE_LOSE_AT_FSYNC, NULL);
	assert_int_equal(pread(fd, seen, 1, 1000), 1);
	assert_int_equal(seen[0], 'n');
	durable_lose_now(d, fd, DURABLE_LOSE_AT_CLOSE, NULL);
	memcpy(bytes + 2000, "kept", 4);
	assert_int_equal(pread(fd, seen, sizeof seen, 0), sizeof seen);
	assert_memory_equal(seen, bytes, sizeof bytes);
	durable_free(d);
	close(fd);
	close(directory);
}

/* ---- who is told of a loss ---- */

struct told {
	uint32_t who[4];
	uint64_t changed[4];
	int count;
};

static void hear(void *data, int fd, uint32_t who, uint64_t changed)
{
	struct told *told = data;
	(void)fd;
	assert_true(told->count < 4);
	told->who[told->count] = who;
	told->changed[told->count++] = changed;
}

/* A file of 8192 bytes 'o', which is durable, and all of which is then written with 'n'. */
static int file_to_lose(int directory, struct durable *d, const char *name, uint32_t at, uint32_t who)
{
	unsigned char bytes[8192];
	int fd = openat(directory, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	memset(bytes, 'o', sizeof bytes);
	assert_int_equal(pwrite(fd, bytes, sizeof bytes, 0), sizeof bytes);
	memset(bytes, 'n', sizeof bytes);
	durable_before_write(d, fd, 0, sizeof bytes);
	durable_lose(d, fd, 0, sizeof bytes, at, who);
	assert_int_equal(pwrite(fd, bytes, sizeof bytes, 0), sizeof bytes);
	return fd;
}

static void a_loss_is_told_when_it_comes(void **state)
{
	(void)state;
	int directory = open(unit_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct durable *d = durable_new(directory, DURABLE_STRICT, false);
	struct told told = {0};
	const struct durable_listener to = {hear, &told};
	int fd = file_to_lose(directory, d, "told", DURABLE_LOSE_AT_FSYNC, 7);
	durable_lose(d, fd, 4096, 100, DURABLE_LOSE_AT_FSYNC, DURABLE_WHO_MAX); /* the last one has it */
	durable_lose_now(d, fd, DURABLE_LOSE_AT_CLOSE, &to);
	assert_int_equal(told.count, 0);
	durable_lose_now(d, fd, DURABLE_LOSE_AT_FSYNC, &to);
	assert_int_equal(told.count, 2);
	assert_int_equal(told.who[0] + (uint64_t)told.who[1], UINT64_C(7) + DURABLE_WHO_MAX);
	assert_int_equal(told.changed[0], 4096);
	assert_int_equal(told.changed[1], 4096);
	durable_lose_now(d, fd, DURABLE_LOSE_AT_FSYNC, &to);
	assert_int_equal(told.count, 2);
	durable_free(d);
	close(fd);
	close(directory);
}

static void a_cut_tells_what_it_would_not_have_taken_back_itself(void **state)
{
	(void)state;
	static const struct {
		enum durable_keep keep;
		bool synced;
		uint64_t wanted;
	} rows[] = {
		{DURABLE_KEEP_NONE, true, 8192}, {DURABLE_KEEP_NONE, false, 0}, {DURABLE_KEEP_ALL, true, 8192}, {DURABLE_KEEP_ALL, false, 8192}};
	int directory = open(unit_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct durable *d = durable_new(directory, DURABLE_STRICT, false);
		struct told told = {0};
		const struct durable_listener to = {hear, &told};
		const struct durable_how how = {.keep = rows[i].keep, .sector = 512, .to = &to};
		char seen[1];
		int fd = file_to_lose(directory, d, "cut", DURABLE_LOSE_AT_CUT, 3);
		if (rows[i].synced)
			durable_sync_file(d, fd, false);
		assert_int_equal(durable_cut(d, &how).failures, 0);
		assert_int_equal(told.count, rows[i].wanted != 0);
		assert_int_equal(told.changed[0], rows[i].wanted);
		assert_int_equal(pread(fd, seen, 1, 8191), 1);
		assert_int_equal(seen[0], 'o');
		durable_free(d);
		close(fd);
	}
	close(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_map_has_what_was_put_in_and_not_dropped),
		cmocka_unit_test(zeroes_take_no_room),
		cmocka_unit_test_setup_teardown(a_cut_leaves_what_was_synced_and_nothing_else, unit_dir_make, unit_dir_remove),
		cmocka_unit_test_setup_teardown(without_room_for_a_record_all_counts_as_durable, unit_dir_make, unit_dir_remove),
		cmocka_unit_test_setup_teardown(lost_bytes_go_at_their_event_and_no_others, unit_dir_make, unit_dir_remove),
		cmocka_unit_test_setup_teardown(a_loss_is_told_when_it_comes, unit_dir_make, unit_dir_remove),
		cmocka_unit_test_setup_teardown(a_cut_tells_what_it_would_not_have_taken_back_itself, unit_dir_make, unit_dir_remove),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
