/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Archives as a source: what they hold, and what hostile ones cannot do. */
#include "test_corpora.h"

#include "corpora/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

/* ---- writing archives ---- */

struct recipe {
	int (*format)(struct archive *);
	int (*filter)(struct archive *);
};

static const struct recipe tar = {archive_write_set_format_pax_restricted, archive_write_add_filter_none};
static const struct recipe tar_gz = {archive_write_set_format_gnutar, archive_write_add_filter_gzip};
static const struct recipe cpio = {archive_write_set_format_cpio_newc, archive_write_add_filter_none};
static const struct recipe zip = {archive_write_set_format_zip, archive_write_add_filter_none};

struct item {
	const char *name;
	mode_t type;	  /* 0: a regular file */
	const char *text; /* content, or target of a link */
	const char *hardlink;
};

static struct archive *begin(const struct recipe *recipe, const char *name)
{
	struct archive *a = archive_write_new();
	assert_non_null(a);
	assert_int_equal(recipe->format(a), ARCHIVE_OK);
	assert_int_equal(recipe->filter(a), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(a, in_dir(name)), ARCHIVE_OK);
	return a;
}

static void end(struct archive *a)
{
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
}

static void add(struct archive *a, const struct item *item)
{
	struct archive_entry *entry = archive_entry_new();
	const mode_t type = item->type ? item->type : S_IFREG;
	const char *content = type == S_IFREG && item->text ? item->text : "";
	archive_entry_set_pathname(entry, item->name);
	archive_entry_set_filetype(entry, type);
	archive_entry_set_perm(entry, type == S_IFDIR ? 0750 : 04640);
	archive_entry_set_mtime(entry, 1234567890, 0);
	if (item->hardlink)
		archive_entry_set_hardlink(entry, item->hardlink);
	if (type == S_IFLNK)
		archive_entry_set_symlink(entry, item->text);
	if (!item->hardlink)
		archive_entry_set_size(entry, (la_int64_t)strlen(content));
	if (archive_write_header(a, entry) < ARCHIVE_WARN)
		fail_msg("%s: %s", item->name, archive_error_string(a));
	if (!item->hardlink && *content)
		assert_int_equal(archive_write_data(a, content, strlen(content)), strlen(content));
	archive_entry_free(entry);
}

static void make(const struct recipe *recipe, const char *name, const struct item *items, size_t count)
{
	struct archive *a = begin(recipe, name);
	for (size_t i = 0; i < count; i++)
		add(a, &items[i]);
	end(a);
}

/* An archive of one file of many equal bytes. */
static void make_bomb(const struct recipe *recipe, const char *name, size_t megabytes)
{
	static char zeros[1 << 20];
	struct archive *a = begin(recipe, name);
	struct archive_entry *entry = archive_entry_new();
	archive_entry_set_pathname(entry, "bomb");
	archive_entry_set_filetype(entry, S_IFREG);
	archive_entry_set_size(entry, (la_int64_t)(megabytes << 20));
	assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
	for (size_t i = 0; i < megabytes; i++)
		assert_int_equal(archive_write_data(a, zeros, sizeof zeros), sizeof zeros);
	archive_entry_free(entry);
	end(a);
}

static struct corpus *pack(const char *name)
{
	return opened(source_in_dir("pack:", name));
}

/* ---- what is served ---- */

static const struct item ordinary[] = {
	{.name = "./"},
	{.name = "ct/", .type = S_IFDIR},
	{.name = "./ct/slice_0.png", .text = "first"},
	{.name = "ct//slice_1.png", .text = "second slice"},
	{.name = "deep/er/file", .text = ""},
	{.name = "link", .type = S_IFLNK, .text = "ct/slice_0.png"},
};

static void check_ordinary(const char *name)
{
	static const char *const top[] = {"ct", "deep", "link"}, *const slices[] = {"slice_0.png", "slice_1.png"};
	struct corpus *corpus = pack(name);
	struct corpus_stat st;
	struct corpus_file *file;
	char target[32];
	assert_names(corpus, ".", top, COUNT_OF(top));
	assert_names(corpus, "ct", slices, COUNT_OF(slices));
	assert_content(corpus, "ct/slice_0.png", "first", 5);
	assert_content(corpus, "ct/slice_1.png", "second slice", 12);
	assert_parts_equal_whole(corpus, "ct/slice_1.png", 50);
	assert_content(corpus, "deep/er/file", "", 0);
	assert_int_equal(corpus_stat(corpus, "ct/slice_0.png", &st), 0);
	assert_int_equal(st.mode, S_IFREG | 0640);
	assert_int_equal(st.mtime, 1234567890);
	assert_int_equal(corpus_stat(corpus, "deep", &st), 0);
	assert_int_equal(st.mode, S_IFDIR | 0755);
	assert_int_equal(corpus_readlink(corpus, "link", target, sizeof target), 0);
	assert_string_equal(target, "ct/slice_0.png");
	assert_int_equal(corpus_readlink(corpus, "link", target, 14), -ENAMETOOLONG);
	assert_int_equal(corpus_file_open(corpus, "ct", &file), -EISDIR);
	assert_int_equal(corpus_file_open(corpus, "link", &file), -ELOOP);
	assert_int_equal(corpus_file_open(corpus, "ct/slice_2.png", &file), -ENOENT);
	assert_int_equal(corpus_stat(corpus, "link/x", &st), -ENOENT);
	corpus_close(corpus);
}

static void usual_formats_are_served(void **state)
{
	(void)state;
	static const struct recipe recipes[] = {
		{archive_write_set_format_pax_restricted, archive_write_add_filter_none},
		{archive_write_set_format_gnutar, archive_write_add_filter_gzip},
		{archive_write_set_format_ustar, archive_write_add_filter_xz},
		{archive_write_set_format_pax, archive_write_add_filter_zstd},
		{archive_write_set_format_cpio_newc, archive_write_add_filter_bzip2},
		{archive_write_set_format_cpio, archive_write_add_filter_none},
		{archive_write_set_format_zip, archive_write_add_filter_none},
		{archive_write_set_format_7zip, archive_write_add_filter_none},
	};
	for (size_t i = 0; i < COUNT_OF(recipes); i++) {
		make(&recipes[i], "a", ordinary + 1, COUNT_OF(ordinary) - 1);
		check_ordinary("a");
	}
}

static void the_title_counts_files_and_bytes(void **state)
{
	(void)state;
	char title[PATH_MAX + 100];
	make(&tar, "a.tar", ordinary, COUNT_OF(ordinary));
	struct corpus *corpus = pack("a.tar");
	snprintf(title, sizeof title, "the archive %s: 3 files, 17 bytes", in_dir("a.tar"));
	assert_string_equal(corpus_title(corpus), title);
	corpus_close(corpus);
}

static void an_empty_archive_is_an_empty_corpus(void **state)
{
	(void)state;
	make(&tar_gz, "a.tar.gz", NULL, 0);
	struct corpus *corpus = pack("a.tar.gz");
	assert_names(corpus, ".", NULL, 0);
	corpus_close(corpus);
}

static void many_names_are_found(void **state)
{
	(void)state;
	struct archive *a = begin(&tar_gz, "many.tar.gz");
	char name[40];
	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof name, "dir_%d/file_%d", i % 100, i);
		add(a, &(struct item){.name = name, .text = name});
	}
	end(a);
	struct corpus *corpus = pack("many.tar.gz");
	struct corpus_names names;
	for (int i = 0; i < 20000; i += 7) {
		snprintf(name, sizeof name, "dir_%d/file_%d", i % 100, i);
		assert_content(corpus, name, name, strlen(name));
	}
	assert_int_equal(corpus_list(corpus, "dir_42", &names), 0);
	assert_int_equal(names.names.count, 200);
	corpus_names_free(&names);
	corpus_close(corpus);
}

static void what_comes_twice_is_what_came_last(void **state)
{
	(void)state;
	static const struct item items[] = {
		{.name = "file", .text = "old"},
		{.name = "kept", .hardlink = "file"},
		{.name = "file", .text = "newer"},
		{.name = "was-link", .type = S_IFLNK, .text = "/etc/passwd"},
		{.name = "was-link", .text = "a file"},
		{.name = "was-dir", .type = S_IFDIR},
		{.name = "was-dir", .text = "a file"},
	};
	make(&tar, "a.tar", items, COUNT_OF(items));
	struct corpus *corpus = pack("a.tar");
	assert_content(corpus, "file", "newer", 5);
	assert_content(corpus, "kept", "old", 3);
	assert_content(corpus, "was-link", "a file", 6);
	assert_content(corpus, "was-dir", "a file", 6);
	corpus_close(corpus);
}

/* In cpio (newc) the bytes of a file with several names stand at the last one: cpio(5). */
static void hard_links_of_cpio_share_the_last_bytes(void **state)
{
	(void)state;
	struct archive *a = begin(&cpio, "a.cpio");
	for (int i = 0; i < 2; i++) {
		struct archive_entry *entry = archive_entry_new();
		archive_entry_set_pathname(entry, i ? "second" : "first");
		archive_entry_set_filetype(entry, S_IFREG);
		archive_entry_set_ino(entry, 77);
		archive_entry_set_nlink(entry, 2);
		archive_entry_set_size(entry, i ? 5 : 0);
		assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
		if (i)
			assert_int_equal(archive_write_data(a, "bytes", 5), 5);
		archive_entry_free(entry);
	}
	end(a);
	struct corpus *corpus = pack("a.cpio");
	assert_content(corpus, "first", "bytes", 5);
	assert_content(corpus, "second", "bytes", 5);
	corpus_close(corpus);
}

static void names_may_be_any_bytes(void **state)
{
	(void)state;
	static const struct item items[] = {
		{.name = "\xff\xfe\x01", .text = "1"}, {.name = "gr\xc3\xbc\xc3\x9f" "e", .text = "2"},
		{.name = "new\nline", .text = "3"},    {.name = "-rf *", .text = "4"},
	};
	static const struct recipe raw = {archive_write_set_format_ustar, archive_write_add_filter_none};
	make(&raw, "a.tar", items, COUNT_OF(items));
	struct corpus *corpus = pack("a.tar");
	for (size_t i = 0; i < COUNT_OF(items); i++)
		assert_content(corpus, items[i].name, items[i].text, 1);
	corpus_close(corpus);
}

/* Formats that store Unicode give the same bytes in every locale, also in "C", which tests and daemons run in. */
static void names_in_unicode_are_utf8_bytes(void **state)
{
	(void)state;
	static const char name[] = "gr\xc3\xbc\xc3\x9f" "e \xe9\xaa\xa8.png";
	static const struct recipe recipes[] = {
		{archive_write_set_format_pax, archive_write_add_filter_none},
		{archive_write_set_format_zip, archive_write_add_filter_none},
		{archive_write_set_format_7zip, archive_write_add_filter_none},
	};
	for (size_t i = 0; i < COUNT_OF(recipes); i++) {
		const struct item item = {.name = name, .text = "x"};
		assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
		make(&recipes[i], "a", &item, 1);
		assert_non_null(setlocale(LC_CTYPE, "C"));
		struct corpus *corpus = pack("a");
		assert_content(corpus, name, "x", 1);
		corpus_close(corpus);
	}
}

static void disk_images_are_served(void **state)
{
	(void)state;
	static const struct recipe iso = {archive_write_set_format_iso9660, archive_write_add_filter_none};
	make(&iso, "a.iso", ordinary + 1, COUNT_OF(ordinary) - 1);
	struct corpus *corpus = pack("a.iso");
	assert_content(corpus, "ct/slice_0.png", "first", 5);
	assert_content(corpus, "ct/slice_1.png", "second slice", 12);
	corpus_close(corpus);
}

static void damage_is_laid_over_archives_too(void **state)
{
	(void)state;
	make(&zip, "a.zip", ordinary + 1, COUNT_OF(ordinary) - 1);
	put_text("spec.yaml", "{version: 1, source: 'pack:a.zip', damage: [{path: '**/*_1.png', truncate: 3}, "
			      "{path: deep, remove: true}]}");
	struct corpus *corpus = opened(in_dir("spec.yaml"));
	struct corpus_stat st;
	assert_content(corpus, "ct/slice_1.png", "sec", 3);
	assert_int_equal(corpus_stat(corpus, "deep/er/file", &st), -ENOENT);
	assert_non_null(strstr(corpus_title(corpus), "; 2 of 3 files damaged"));
	corpus_close(corpus);
}

static void much_goes_to_disk_and_comes_back(void **state)
{
	(void)state;
	static unsigned char block[1 << 20];
	struct archive *a = begin(&tar, "big.tar");
	for (unsigned i = 0; i < 70; i++) {
		char name[16];
		struct archive_entry *entry = archive_entry_new();
		snprintf(name, sizeof name, "%u", i);
		memset(block, (int)i, sizeof block);
		archive_entry_set_pathname(entry, name);
		archive_entry_set_filetype(entry, S_IFREG);
		archive_entry_set_size(entry, sizeof block);
		assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
		assert_int_equal(archive_write_data(a, block, sizeof block), sizeof block);
		archive_entry_free(entry);
	}
	end(a);
	struct corpus *corpus = pack("big.tar");
	for (unsigned i = 0; i < 70; i += 23) {
		char name[16];
		snprintf(name, sizeof name, "%u", i);
		memset(block, (int)i, sizeof block);
		assert_content(corpus, name, block, sizeof block);
	}
	corpus_close(corpus);
}

/* ---- hostile names ---- */

static void nothing_points_outside(void **state)
{
	(void)state;
	static const struct item items[] = {
		{.name = "../up", .text = "x"},
		{.name = "a/../../up", .text = "x"},
		{.name = "..", .type = S_IFDIR},
		{.name = "/etc/absolute", .text = "x"},
		{.name = "device", .type = S_IFCHR},
		{.name = "fifo", .type = S_IFIFO},
		{.name = "orphan", .hardlink = "nowhere"},
		{.name = "outside", .hardlink = "../../etc/passwd"},
		{.name = "exit", .type = S_IFLNK, .text = "/etc"},
		{.name = "exit/passwd", .text = "x"},
		{.name = "file", .text = "good"},
		{.name = "file/below", .text = "x"},
		{.name = "dir/inner", .text = "good"},
		{.name = "dir", .text = "x"},
	};
	static const char *const left[] = {"dir", "exit", "file"};
	make(&tar, "hostile.tar", items, COUNT_OF(items));
	struct corpus *corpus = pack("hostile.tar");
	struct corpus_stat st;
	assert_names(corpus, ".", left, COUNT_OF(left));
	assert_content(corpus, "file", "good", 4);
	assert_content(corpus, "dir/inner", "good", 4);
	assert_int_equal(corpus_stat(corpus, "exit/passwd", &st), -ENOENT);
	assert_non_null(strstr(corpus_title(corpus), "; left out: 4 pointing outside, 2 devices and the like, "
						     "2 hard links to nothing, 3 in the way of others"));
	corpus_close(corpus);
}

static void names_too_long_or_deep_are_left_out(void **state)
{
	(void)state;
	char wide[300], deep[600] = "";
	memset(wide, 'w', sizeof wide - 1);
	wide[sizeof wide - 1] = '\0';
	for (size_t i = 0; i < sizeof deep - 2; i += 2)
		memcpy(deep + i, "d/", 3);
	const struct item items[] = {{.name = wide, .text = "x"}, {.name = deep, .type = S_IFDIR}, {.name = "good", .text = "x"}};
	static const char *const left[] = {"good"};
	make(&tar, "a.tar", items, COUNT_OF(items));
	struct corpus *corpus = pack("a.tar");
	assert_names(corpus, ".", left, 1);
	assert_non_null(strstr(corpus_title(corpus), "; left out: 2 with a name too long"));
	corpus_close(corpus);
}

/* ---- bombs ---- */

static void assert_over_limit(const char *name, const struct pack_limits *limits, int code, const char *words)
{
	struct err err = {0};
	void *self = NULL;
	int rc = pack_open(in_dir(name), limits, &self, &err);
	if (rc != -code || !strstr(err.text, words))
		fail_msg("%s: wanted %d '%s', got %d '%s'", name, -code, words, rc, err.text);
	assert_null(self);
}

static void bombs_are_refused(void **state)
{
	(void)state;
	static const struct pack_limits by_ratio = {.names = 100, .bytes = 1 << 30, .ratio = 100, .free = 1 << 20};
	static const struct pack_limits by_bytes = {.names = 100, .bytes = 1 << 20, .ratio = 1000000, .free = 1 << 20};
	make_bomb(&tar_gz, "bomb.tar.gz", 20);
	make_bomb(&zip, "bomb.zip", 20);
	assert_over_limit("bomb.tar.gz", &by_ratio, EFBIG, "unpacks to more than");
	assert_over_limit("bomb.zip", &by_ratio, EFBIG, "unpacks to more than");
	assert_over_limit("bomb.tar.gz", &by_bytes, EFBIG, "unpacks to more than 1048576 bytes: refused");
	make_bomb(&tar_gz, "real.tar.gz", 300);
	assert_refused(source_in_dir("pack:", "real.tar.gz"), EFBIG, "unpacks to more than");
}

static void crowds_are_refused(void **state)
{
	(void)state;
	static const struct pack_limits limits = {.names = 50, .bytes = 1 << 20, .ratio = 100, .free = 1 << 20};
	struct archive *a = begin(&tar, "crowd.tar");
	for (int i = 0; i < 51; i++)
		add(a, &(struct item){.name = "same", .text = "x"});
	end(a);
	assert_over_limit("crowd.tar", &limits, E2BIG, "holds more than 50 entries: refused");
	a = begin(&tar, "dirs.tar");
	add(a, &(struct item){.name = "1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22/23/24/25/26/x"});
	add(a, &(struct item){.name = "a/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22/23/24/25/26/x"});
	end(a);
	assert_over_limit("dirs.tar", &limits, E2BIG, "holds more than 50 names: refused");
}

/* A device that says it has 1 TiB of bytes: they would have to be skipped. Sizes in tar are octal; beyond that, base 256. */
static void promises_count_even_when_the_entry_does_not(void **state)
{
	(void)state;
	unsigned char header[1024] = {0};
	unsigned sum = 0;
	memcpy(header, "../liar", 7);
	memcpy(header + 100, "0000644", 8);
	memcpy(header + 108, "0000000", 8);
	memcpy(header + 116, "0000000", 8);
	header[124] = 0x80; /* 12 bytes, big-endian */
	header[124 + 6] = 1;
	memcpy(header + 136, "00000000000", 12);
	memset(header + 148, ' ', 8);
	header[156] = '0';
	memcpy(header + 257, "ustar  ", 8);
	for (int i = 0; i < 512; i++)
		sum += header[i];
	snprintf((char *)header + 148, 8, "%06o", sum);
	put_file("liar.tar", header, sizeof header);
	assert_refused(source_in_dir("pack:", "liar.tar"), EFBIG, "unpacks to more than");
}

/* ---- damaged and foreign files ---- */

static void assert_pack_refused(const char *name, int code, const char *words)
{
	assert_refused(source_in_dir("pack:", name), code, words);
}

static unsigned char *slurp(const char *name, size_t *size)
{
	struct stat st;
	FILE *file = fopen(in_dir(name), "r");
	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &st), 0);
	*size = (size_t)st.st_size;
	unsigned char *bytes = malloc(*size);
	assert_non_null(bytes);
	assert_int_equal(fread(bytes, 1, *size, file), *size);
	fclose(file);
	return bytes;
}

static void damaged_archives_are_refused(void **state)
{
	(void)state;
	char text[5000];
	size_t size;
	for (size_t i = 0; i < sizeof text - 1; i++)
		text[i] = (char)('a' + drawn(9, i, 26));
	text[sizeof text - 1] = '\0';
	const struct item items[] = {{.name = "good", .text = "good"}, {.name = "bad", .text = text}};
	make(&zip, "a.zip", items, COUNT_OF(items));
	unsigned char *bytes = slurp("a.zip", &size);
	bytes[size / 2] ^= 0x55;
	put_file("flipped.zip", bytes, size);
	put_file("half.zip", bytes, size / 2);
	free(bytes);
	assert_pack_refused("flipped.zip", EINVAL, "flipped.zip: is damaged in the member bad: ");
	assert_pack_refused("half.zip", EINVAL, "half.zip: is ");
	make(&tar_gz, "a.tar.gz", items, COUNT_OF(items));
	bytes = slurp("a.tar.gz", &size);
	put_file("half.tar.gz", bytes, size / 2);
	free(bytes);
	assert_pack_refused("half.tar.gz", EINVAL, "truncated gzip input");
}

static void encrypted_archives_are_refused(void **state)
{
	(void)state;
	struct archive *a = archive_write_new();
	assert_int_equal(archive_write_set_format_zip(a), ARCHIVE_OK);
	if (archive_write_set_options(a, "zip:encryption=traditional") != ARCHIVE_OK)
		skip();
	archive_write_set_passphrase(a, "secret");
	assert_int_equal(archive_write_open_filename(a, in_dir("locked.zip")), ARCHIVE_OK);
	add(a, &(struct item){.name = "file", .text = "text"});
	end(a);
	assert_pack_refused("locked.zip", EINVAL, "locked.zip: is encrypted");
}

static void what_is_no_archive_is_refused(void **state)
{
	(void)state;
	put_text("words", "just some words, long enough to be looked at by every reader there is\n");
	put_text("empty", "");
	put_text("files.mtree", "#mtree\n./passwd type=file contents=/etc/passwd\n");
	assert_int_equal(mkfifo(in_dir("fifo"), 0644), 0);
	alarm(20);
	assert_pack_refused("words", EINVAL, "words: is no archive that can be read");
	assert_pack_refused("empty", EINVAL, "empty: is no archive that can be read");
	assert_pack_refused("files.mtree", EINVAL, "files.mtree: is no archive that can be read");
	assert_pack_refused("fifo", EINVAL, "fifo: is no regular file");
	assert_pack_refused("gone", ENOENT, "gone: cannot be opened: No such file");
	assert_refused(source_in_dir("pack:", ""), EISDIR, "did you mean tree:");
	alarm(0);
}

/* Every byte of a small archive changed in turn: refused or served, but nothing else. */
static void no_single_wrong_byte_does_harm(void **state)
{
	(void)state;
	static const struct recipe *const recipes[] = {&tar, &tar_gz, &cpio, &zip};
	for (size_t r = 0; r < COUNT_OF(recipes); r++) {
		size_t size;
		make(recipes[r], "a", ordinary, COUNT_OF(ordinary));
		unsigned char *bytes = slurp("a", &size);
		for (size_t i = 0; i < size; i += 1 + drawn(11, i, 5)) {
			struct corpus *corpus;
			struct err err = {0};
			unsigned char kept = bytes[i];
			bytes[i] = (unsigned char)drawn(12, i, 256);
			put_file("b", bytes, size);
			int rc = corpus_open(source_in_dir("pack:", "b"), &corpus, &err);
			assert_true(rc == 0 || err.text[0]);
			corpus_close(corpus);
			bytes[i] = kept;
		}
		free(bytes);
	}
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, test_dir_make, test_dir_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(usual_formats_are_served),
		IN_DIR(the_title_counts_files_and_bytes),
		IN_DIR(an_empty_archive_is_an_empty_corpus),
		IN_DIR(many_names_are_found),
		IN_DIR(what_comes_twice_is_what_came_last),
		IN_DIR(hard_links_of_cpio_share_the_last_bytes),
		IN_DIR(names_may_be_any_bytes),
		IN_DIR(names_in_unicode_are_utf8_bytes),
		IN_DIR(disk_images_are_served),
		IN_DIR(damage_is_laid_over_archives_too),
		IN_DIR(much_goes_to_disk_and_comes_back),
		IN_DIR(nothing_points_outside),
		IN_DIR(names_too_long_or_deep_are_left_out),
		IN_DIR(bombs_are_refused),
		IN_DIR(crowds_are_refused),
		IN_DIR(promises_count_even_when_the_entry_does_not),
		IN_DIR(damaged_archives_are_refused),
		IN_DIR(encrypted_archives_are_refused),
		IN_DIR(what_is_no_archive_is_refused),
		IN_DIR(no_single_wrong_byte_does_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
