/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Manifests: whatever a directory holds, under whatever names, is written down and read back the same. */
#include "unit.h"

#include "harness/manifest.h"

#include "base/buf.h"

#include <fcntl.h>
#include <sys/stat.h>

/* ---- a tree ---- */

static void in_dir(const char *name, char path[PATH_MAX])
{
	assert_true((size_t)snprintf(path, PATH_MAX, "%s/%s", unit_dir, name) < PATH_MAX);
}

static void make_dir(const char *name)
{
	char path[PATH_MAX];
	in_dir(name, path);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void make_file(const char *name, const void *bytes, size_t length)
{
	char path[PATH_MAX];
	in_dir(name, path);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, length), length);
	close(fd);
}

static void make_text(const char *name, const char *text)
{
	make_file(name, text, strlen(text));
}

/* Nothing but a hole, and the text somewhere in it. */
static void make_hole(const char *name, off_t length, off_t at, const char *text)
{
	char path[PATH_MAX];
	in_dir(name, path);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, length), 0);
	assert_int_equal(pwrite(fd, text, strlen(text), at), strlen(text));
	close(fd);
}

static void make_link(const char *name, const char *target)
{
	char path[PATH_MAX];
	in_dir(name, path);
	assert_int_equal(symlink(target, path), 0);
}

/* ---- writing and reading ---- */

/* The text of a manifest, in a file without a name. */
static int temporary(const char *text)
{
	FILE *file = tmpfile();
	assert_non_null(file);
	int fd = dup(fileno(file));
	fclose(file);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

/* Write down the folder, and read that. */
static void take(struct manifest *manifest, struct buf *text)
{
	struct err err = {0};
	int fd = temporary("");
	if (manifest_write(unit_dir, fd, &err) != 0 || manifest_read(fd, manifest, &err) != 0)
		fail_msg("%s", err.text);
	buf_clear(text);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(buf_read_fd(text, fd, 1 << 20), 0);
	close(fd);
}

static void assert_entry(const struct manifest *manifest, const char *path, char type, uint64_t size)
{
	const struct manifest_entry *entry = manifest_find(manifest, path);
	if (!entry)
		fail_msg("'%s' is not in the manifest", path);
	assert_int_equal(entry->type, type);
	assert_int_equal(entry->size, size);
	assert_string_equal(entry->path, path);
}

static void all_kinds_of_things_are_written_in_order(void **state)
{
	(void)state;
	struct manifest manifest;
	struct buf text = {0};
	char path[PATH_MAX];
	make_text("empty", "");
	make_text("abc", "abc");
	make_dir("d");
	make_text("d/abc", "abc");
	make_dir("d/e");
	make_text("d.x", "x");
	make_link("link", "abc");
	make_link("nowhere", "/no/where");
	make_link("to-dir", "d");
	in_dir("fifo", path);
	assert_int_equal(mkfifo(path, 0600), 0);
	take(&manifest, &text);
	/* Of a link, of its target, as xxhsum -H128 has it; of a file, of its blocks and their places. */
	assert_string_equal(buf_string(&text),
			    "f600 3 7d59c40ceb8bab2786c8180cd3d2476c abc\n"
			    "d700 0 - d\n"
			    "f600 1 ff834b278a85f4a82cd8d50ee28e0185 d.x\n"
			    "f600 3 7d59c40ceb8bab2786c8180cd3d2476c d/abc\n"
			    "d700 0 - d/e\n"
			    "f600 0 99aa06d3014798d86001c324468d497f empty\n"
			    "o600 0 - fifo\n"
			    "l 0 06b05ab6733a618578af5f94892f3950 link\n"
			    "l 0 fc86468695b804c50f757361523f05f3 nowhere\n"
			    "l 0 56a841f9102d5ff745f80274c9c7a7ca to-dir\n");
	assert_int_equal(manifest.entries.count, 10);
	manifest_free(&manifest);
	buf_free(&text);
}

static const char *const odd_names[] = {
	" ", "  x  ", "a b", "\n", "a\nb", "\\", "\\n", "a\\", "\\\\", "\\\\n", "\t", "\r", "\x01", "\x7f", "\xff\xfe", "\xc3\xa9",
	"*", "?", "[a]", "\"", "'", "-", "--help", "%s%n", "f 3 - x", "...", "~", "#", "a\n\nf 0 - b", "unreadable", ".hidden",
};

static void odd_names_are_read_back_as_they_were(void **state)
{
	(void)state;
	struct manifest manifest;
	struct buf text = {0};
	char path[PATH_MAX], longest[256];
	memset(longest, 'l', 255);
	longest[255] = '\0';
	make_text(longest, "1");
	make_dir("dir \n\\");
	for (size_t i = 0; i < COUNT_OF(odd_names); i++) {
		make_text(odd_names[i], odd_names[i]);
		snprintf(path, sizeof path, "dir \n\\/%s", odd_names[i]);
		make_text(path, odd_names[i]);
	}
	take(&manifest, &text);
	assert_int_equal(manifest.entries.count, 2 + 2 * COUNT_OF(odd_names));
	for (size_t i = 0; i < COUNT_OF(odd_names); i++) {
		assert_entry(&manifest, odd_names[i], 'f', strlen(odd_names[i]));
		snprintf(path, sizeof path, "dir \n\\/%s", odd_names[i]);
		assert_entry(&manifest, path, 'f', strlen(odd_names[i]));
		assert_true(manifest_same(manifest_find(&manifest, path), manifest_find(&manifest, odd_names[i])));
	}
	assert_entry(&manifest, longest, 'f', 1);
	/* One line an entry, whatever the names. */
	size_t lines = 0;
	for (size_t i = 0; i < text.length; i++)
		lines += text.at[i] == '\n';
	assert_int_equal(lines, manifest.entries.count);
	for (size_t i = 0; i + 1 < manifest.entries.count; i++)
		assert_true(strcmp(manifest.entries.at[i].path, manifest.entries.at[i + 1].path) < 0);
	manifest_free(&manifest);
	buf_free(&text);
}

static void names_out_of_any_bytes_are_read_back(void **state)
{
	(void)state;
	struct manifest manifest;
	struct buf text = {0};
	enum { N = 300 };
	char names[N][12];
	for (unsigned n = 0; n < N; n++) {
		snprintf(names[n], sizeof names[n], "%03u", n);
		for (size_t i = 3, length = 4 + unit_drawn(6, n, 0, 7); i < length; i++) {
			names[n][i] = "\n\\ n\t.-%\xff\x01"[unit_drawn(6, n, i, 10)];
			names[n][i + 1] = '\0';
		}
		make_text(names[n], "");
	}
	take(&manifest, &text);
	assert_int_equal(manifest.entries.count, N);
	for (unsigned n = 0; n < N; n++)
		assert_entry(&manifest, names[n], 'f', 0);
	manifest_free(&manifest);
	buf_free(&text);
}

/* ---- what is the same ---- */

static void content_type_and_target_tell_entries_apart(void **state)
{
	(void)state;
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{"one", "one-too", true}, {"one", "two", false},      {"one", "longer", false}, {"one", "to-one", false},
		{"to-one", "to-one-too", true}, {"to-one", "to-two", false}, {"dir", "dir-too", true}, {"dir", "one", false},
		{"large", "large-too", true}, {"large", "large-flipped", false}, {"one", "none", false}, {"none", "none", true},
		{"large", "large-hole", true}, {"vast", "vast-too", true}, {"vast", "vast-flipped", false}, {"vast", "vast-moved", false},
	};
	struct manifest manifest;
	struct buf text = {0};
	static char large[200001];
	make_text("one", "abc");
	make_text("one-too", "abc");
	make_text("two", "abd");
	make_text("longer", "abcd");
	make_link("to-one", "one");
	make_link("to-one-too", "one");
	make_link("to-two", "two");
	make_dir("dir");
	make_dir("dir-too");
	make_text("dir/x", "x");
	make_file("large", large, sizeof large);
	make_file("large-too", large, sizeof large);
	large[200000] ^= 1;
	make_file("large-flipped", large, sizeof large);
	make_hole("large-hole", sizeof large, 0, "");
	make_hole("vast", 1LL << 40, 1LL << 39, "x");
	make_hole("vast-too", 1LL << 40, 1LL << 39, "x");
	make_hole("vast-flipped", 1LL << 40, 1LL << 39, "y");
	make_hole("vast-moved", 1LL << 40, (1LL << 39) + 65536, "x");
	take(&manifest, &text);
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (manifest_same(manifest_find(&manifest, rows[i].a), manifest_find(&manifest, rows[i].b)) != rows[i].same)
			fail_msg("%s and %s", rows[i].a, rows[i].b);
	manifest_free(&manifest);
	assert_null(manifest_find(&manifest, "one"));
	buf_free(&text);
}

/* ---- limits and complaints ---- */

static void what_lies_too_deep_is_told(void **state)
{
	(void)state;
	struct err err = {0};
	int at = open(unit_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int depth = 0; depth < 300; depth++) {
		assert_int_equal(mkdirat(at, "d", 0700), 0);
		int below = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(at);
		at = below;
	}
	close(at);
	int fd = temporary("");
	assert_int_equal(manifest_write(unit_dir, fd, &err), -ENAMETOOLONG);
	assert_non_null(strstr(err.text, "/d/d/d"));
	close(fd);
}

static void what_cannot_be_looked_at_is_told(void **state)
{
	(void)state;
	struct err err = {0};
	char wanted[PATH_MAX + 100];
	int fd = temporary("");
	assert_int_equal(manifest_write(unit_path("nowhere"), fd, &err), -ENOENT);
	snprintf(wanted, sizeof wanted, "%s: cannot be looked at: No such file or directory", unit_path("nowhere"));
	unit_same_text("nowhere", err.text, wanted);
	make_text("file", "x");
	assert_int_equal(manifest_write(unit_path("file"), fd, &err), -ENOTDIR);
	close(fd);
}

static void what_is_no_manifest_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int rc;
		size_t count;
	} rows[] = {
		{"", 0, 0},
		{"\n\n", 0, 0},
		{"f 3 abc a\n", 0, 1},
		{"f 3 abc a", 0, 1},
		{"d 0 - a\n\nf 1 x a/b\n", 0, 2},
		{"f 3 abc", -EPROTO, 0},
		{"f 3", -EPROTO, 0},
		{"f x abc a\n", -EPROTO, 0},
		{"nonsense\n", -EPROTO, 0},
		{"f 1 0123456789012345678901234567890123456789 a\n", -EPROTO, 0},
		{"f 1 x a\nf 2\n", -EPROTO, 0},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct manifest manifest;
		struct err err = {0};
		int fd = temporary(rows[i].text);
		int rc = manifest_read(fd, &manifest, &err);
		if (rc != rows[i].rc || manifest.entries.count != rows[i].count)
			fail_msg("'%s': %d, %zu entries", rows[i].text, rc, manifest.entries.count);
		unit_same_text(rows[i].text, err.text, rc ? "a manifest cannot be read: Protocol error" : "");
		manifest_free(&manifest);
		close(fd);
	}
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, unit_dir_make, unit_dir_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(all_kinds_of_things_are_written_in_order),
		IN_A_FOLDER(odd_names_are_read_back_as_they_were),
		IN_A_FOLDER(names_out_of_any_bytes_are_read_back),
		IN_A_FOLDER(content_type_and_target_tell_entries_apart),
		IN_A_FOLDER(what_lies_too_deep_is_told),
		IN_A_FOLDER(what_cannot_be_looked_at_is_told),
		IN_A_FOLDER(what_is_no_manifest_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
