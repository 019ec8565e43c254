/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Writes and reads manifests. */
#include "harness/manifest.h"

#include "base/buf.h"
#include "base/scope.h"

#define XXH_INLINE_ALL
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#define MANIFEST_BYTES_MAX (256u << 20)
#define DEPTH_MAX 256

/* ---- writing ---- */

struct walk {
	struct manifest *to;
	char path[4096];
	int depth;
	struct err *err;
};

static void put_digest(XXH128_hash_t hash, char digest[33])
{
	snprintf(digest, 33, "%016" PRIx64 "%016" PRIx64, (uint64_t)hash.high64, (uint64_t)hash.low64);
}

/* As much as there is of the block there. */
static ssize_t read_block(int fd, char *bytes, size_t size, off_t at)
{
	size_t used = 0;
	for (ssize_t got; used < size && (got = pread(fd, bytes + used, size - used, at + (off_t)used)) != 0; used += (size_t)got)
		if (got < 0)
			return -1;
	return (ssize_t)used;
}

static bool is_zero(const char *bytes, size_t size)
{
	return !bytes[0] && memcmp(bytes, bytes + 1, size - 1) == 0;
}

/* Blocks of zeros, whose place the size of the file tells, count for nothing; so holes need not be read, and a terabyte of them costs nothing. */
static int digest_blocks(int fd, XXH3_state_t *state)
{
	char bytes[65536];
	for (off_t at = 0;;) {
		off_t data = lseek(fd, at, SEEK_DATA);
		if (data < 0 && errno == ENXIO)
			return 0;
		at = data < 0 ? at : data - data % (off_t)sizeof bytes;
		ssize_t got = read_block(fd, bytes, sizeof bytes, at);
		if (got <= 0)
			return got < 0 ? -errno : 0;
		if (!is_zero(bytes, (size_t)got)) {
			XXH3_128bits_update(state, &at, sizeof at);
			XXH3_128bits_update(state, bytes, (size_t)got);
		}
		at += got;
	}
}

static int digest_file(int directory, const char *name, char digest[33])
{
	SCOPED_FD int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	XXH3_state_t *state = XXH3_createState();
	if (fd < 0 || !state) {
		XXH3_freeState(state);
		return fd < 0 ? -errno : -ENOMEM;
	}
	XXH3_128bits_reset(state);
	int rc = digest_blocks(fd, state);
	put_digest(XXH3_128bits_digest(state), digest);
	XXH3_freeState(state);
	return rc;
}

static int digest_link(int directory, const char *name, char digest[33])
{
	char target[4096];
	ssize_t length = readlinkat(directory, name, target, sizeof target);
	if (length >= 0)
		put_digest(XXH3_128bits(target, (size_t)length), digest);
	return length < 0 ? -errno : 0;
}

static int walk_directory(struct walk *w, int directory);

static int walk_below(struct walk *w, int directory, const char *name)
{
	if (w->depth == DEPTH_MAX) /* what lies below would not be compared */
		return -ENAMETOOLONG;
	int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	w->depth++;
	int rc = walk_directory(w, fd);
	w->depth--;
	return rc;
}

static int add_entry(struct walk *w, int directory, const char *name)
{
	struct stat st;
	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno; /* it went while we looked: so be it */
	struct manifest_entry *entry = vec_add(&w->to->entries);
	if (!entry || !(entry->path = strdup(w->path)))
		return -ENOMEM;
	entry->type = S_ISREG(st.st_mode) ? 'f' : S_ISDIR(st.st_mode) ? 'd' : S_ISLNK(st.st_mode) ? 'l' : 'o';
	entry->mode = entry->type == 'l' ? 0 : st.st_mode & 07777;
	entry->size = entry->type == 'f' ? (uint64_t)st.st_size : 0;
	char digest[33] = "-";
	int rc = entry->type == 'f'   ? digest_file(directory, name, digest)
		 : entry->type == 'l' ? digest_link(directory, name, digest)
				      : 0;
	strcpy(entry->digest, rc == -EACCES ? "unreadable" : digest);
	if (entry->type == 'd')
		rc = walk_below(w, directory, name); /* `entry` may have moved */
	return rc == -EACCES ? 0 : rc;
}

/* Takes the descriptor. */
static int walk_directory(struct walk *w, int directory)
{
	SCOPED_DIR DIR *dir = fdopendir(directory);
	if (!dir) {
		close(directory);
		return -ENOMEM;
	}
	size_t used = strlen(w->path);
	int rc = 0;
	for (struct dirent *entry; !rc && (entry = readdir(dir));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		int length = snprintf(w->path + used, sizeof w->path - used, "%s%s", used ? "/" : "", entry->d_name);
		rc = (size_t)length < sizeof w->path - used ? add_entry(w, directory, entry->d_name) : -ENAMETOOLONG;
		if (!rc) /* else it names the culprit */
			w->path[used] = '\0';
	}
	return rc;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct manifest_entry *)a)->path, ((const struct manifest_entry *)b)->path);
}

static void sort(struct manifest *manifest)
{
	if (manifest->entries.count)
		qsort(manifest->entries.at, manifest->entries.count, sizeof *manifest->entries.at, by_path);
}

static void put_path(struct buf *text, const char *path)
{
	for (; *path; path++)
		if (*path == '\n' || *path == '\\')
			buf_text(text, *path == '\n' ? "\\n" : "\\\\");
		else
			buf_char(text, *path);
	buf_char(text, '\n');
}

int manifest_write(const char *directory, int fd, struct err *err)
{
	struct manifest manifest = {0};
	struct walk walk = {.to = &manifest, .err = err};
	SCOPED(buf_free) struct buf text = {0};
	int opened = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = opened < 0 ? -errno : walk_directory(&walk, opened);
	sort(&manifest);
	for (size_t i = 0; !rc && i < manifest.entries.count; i++) {
		const struct manifest_entry *entry = &manifest.entries.at[i];
		buf_char(&text, entry->type);
		if (entry->mode)
			buf_printf(&text, "%o", entry->mode);
		buf_printf(&text, " %" PRIu64 " %s ", entry->size, entry->digest);
		put_path(&text, entry->path);
	}
	manifest_free(&manifest);
	if (!rc)
		rc = buf_write_fd(&text, fd);
	return rc ? err_set(err, -rc, "%s%s%s: cannot be looked at: %s", directory, walk.path[0] ? "/" : "", walk.path,
			    strerror(-rc))
		  : 0;
}

/* ---- reading ---- */

static void unescape(char *path)
{
	char *to = path;
	for (const char *from = path; *from; from++)
		if (*from == '\\' && from[1])
			*to++ = *++from == 'n' ? '\n' : *from;
		else
			*to++ = *from;
	*to = '\0';
}

static int read_line(struct manifest *out, const char *line)
{
	struct manifest_entry read = {.type = line[0]};
	int at = 0;
	char *behind;
	read.mode = (unsigned)strtoul(line + 1, &behind, 8);
	if (line[1] == ' ') /* no mode */
		read.mode = 0, behind = (char *)(uintptr_t)line + 1;
	/* One blank and no more: the name may begin with one. */
	if (sscanf(behind, " %" SCNu64 " %32s%n", &read.size, read.digest, &at) < 2 || behind[at] != ' ')
		return -EPROTO;
	struct manifest_entry *entry = vec_add(&out->entries);
	if (!entry || !(read.path = strdup(behind + at + 1)))
		return -ENOMEM;
	unescape(read.path);
	*entry = read;
	return 0;
}

int manifest_read(int fd, struct manifest *out, struct err *err)
{
	SCOPED(buf_free) struct buf text = {0};
	*out = (struct manifest){0};
	int rc = lseek(fd, 0, SEEK_SET) < 0 ? -errno : buf_read_fd(&text, fd, MANIFEST_BYTES_MAX);
	char *rest = text.at;
	for (char *line; !rc && rest && (line = strsep(&rest, "\n"));)
		rc = *line ? read_line(out, line) : 0;
	if (!rc)
		return 0;
	manifest_free(out);
	return err_set(err, -rc, "a manifest cannot be read: %s", strerror(-rc));
}

void manifest_free(struct manifest *manifest)
{
	for (size_t i = 0; i < manifest->entries.count; i++)
		free(manifest->entries.at[i].path);
	vec_free(&manifest->entries);
}

const struct manifest_entry *manifest_find(const struct manifest *manifest, const char *path)
{
	const struct manifest_entry key = {.path = (char *)(uintptr_t)path};
	if (!manifest->entries.count)
		return NULL;
	return bsearch(&key, manifest->entries.at, manifest->entries.count, sizeof key, by_path);
}

int manifest_same(const struct manifest_entry *a, const struct manifest_entry *b)
{
	if (!a || !b)
		return a == b;
	return a->type == b->type && a->mode == b->mode && a->size == b->size && strcmp(a->digest, b->digest) == 0;
}
