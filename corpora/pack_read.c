/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads an archive, entry by entry, into index and spool; trusts nothing in it. */
#include "base/harmless.h"
#include "base/scope.h"
#include "corpora/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <string.h>

/* Directories above a name, at most. */
#define DEPTH_MAX 128

struct reading {
	struct pack *pack;
	struct archive *archive;
	const struct pack_limits *limits;
	uint64_t entries;  /* seen, also those left out */
	uint64_t promised; /* bytes that they say they have */
	uint64_t bytes;	   /* unpacked */
	uint64_t bytes_max; /* limit of both */
	struct err *err;
};

/* ---- complaints ---- */

static int out_of_room(const struct reading *r, int rc)
{
	if (rc == -E2BIG)
		return err_set(r->err, E2BIG, "%s: its names alone are more than %u bytes: refused", r->pack->path, PACK_TEXTS_MAX);
	return err_set(r->err, -rc, "%s: cannot be unpacked: %s%s", r->pack->path, strerror(-rc),
		       rc == -ENOSPC ? " (TMPDIR can name a place with more room)" : "");
}

/* libarchive's reason, or a plain one. */
static const char *reason(struct archive *archive)
{
	const char *text = archive_error_string(archive);
	return text ? text : "no reason given";
}

/* What the machine lacks is not the archive's fault. */
static int code_of(struct archive *archive)
{
	int code = archive_errno(archive);
	return code == ENOMEM || code == EIO ? code : EINVAL;
}

static int unreadable(const struct reading *r)
{
	return err_set(r->err, code_of(r->archive), "%s: is no archive that can be read: %s", r->pack->path, reason(r->archive));
}

static int damaged(const struct reading *r, const char *member)
{
	int rc = err_set(r->err, code_of(r->archive), "%s: is damaged%s%.200s: %s", r->pack->path, member ? " in the member " : "",
			 member ? member : "", reason(r->archive));
	harmless(r->err->text, ""); /* one line, whatever a stranger calls his files */
	return rc;
}

/* Count bytes that are about to come, or are promised. */
static int expect(const struct reading *r, uint64_t *counter, uint64_t bytes)
{
	if (bytes > r->bytes_max - *counter)
		return err_set(r->err, EFBIG, "%s: unpacks to more than %llu bytes: refused", r->pack->path,
			       (unsigned long long)r->bytes_max);
	*counter += bytes;
	return 0;
}

static int expect_name(const struct reading *r)
{
	if (r->pack->index.nodes.count > r->limits->names)
		return err_set(r->err, E2BIG, "%s: holds more than %llu names: refused", r->pack->path,
			       (unsigned long long)r->limits->names);
	return 0;
}

static int leave_out(struct reading *r, enum pack_leftover why)
{
	r->pack->leftovers[why]++;
	return 0;
}

/* ---- names ---- */

/* No reason to leave an entry out. */
#define GOOD PACK_LEFTOVERS

/* A name as archives write it, made plain: no "./", no double or trailing slashes; "." for the root. */
static enum pack_leftover clean_path(const char *raw, char clean[PATH_MAX])
{
	size_t used = 0, depth = 0;
	if (raw[0] == '/')
		return PACK_OUTSIDE;
	for (size_t length; *raw; raw += length + (raw[length] == '/')) {
		length = strcspn(raw, "/");
		if (length == 0 || (length == 1 && raw[0] == '.'))
			continue;
		if (length == 2 && raw[0] == '.' && raw[1] == '.')
			return PACK_OUTSIDE;
		if (length > NAME_MAX || used + length + 2 > PATH_MAX || ++depth > DEPTH_MAX)
			return PACK_LONG;
		if (used)
			clean[used++] = '/';
		memcpy(clean + used, raw, length);
		used += length;
	}
	strcpy(clean + used, used ? "" : ".");
	return GOOD;
}

/* The plain name of an entry, or why it has none that can be served. */
static enum pack_leftover name_of(struct archive_entry *entry, char clean[PATH_MAX])
{
	const char *raw = archive_entry_pathname(entry);
	const char *target = archive_entry_symlink(entry);
	if (!raw || !raw[0])
		return PACK_NAMELESS;
	if (target && strlen(target) >= PATH_MAX)
		return PACK_LONG;
	return clean_path(raw, clean);
}

/* Find or make one component of a path. */
static int step(struct reading *r, uint32_t parent, const char *name, size_t length, uint32_t *node)
{
	struct pack_index *index = &r->pack->index;
	*node = pack_index_child(index, parent, name, length);
	if (*node != PACK_NONE)
		return 0;
	int rc = expect_name(r);
	if (rc)
		return rc;
	rc = pack_index_add(index, parent, name, length, node);
	return rc ? out_of_room(r, rc) : 0;
}

/* Find or make the node of a path, and the directories above. PACK_NONE: what is no directory stands in the way. */
static int walk(struct reading *r, const char *path, uint32_t *node)
{
	const struct pack_index *index = &r->pack->index;
	*node = 0;
	for (const char *name = path;;) {
		if (!S_ISDIR(index->nodes.at[*node].mode)) {
			*node = PACK_NONE;
			return 0;
		}
		size_t length = strcspn(name, "/");
		int rc = step(r, *node, name, length, node);
		if (rc || !name[length])
			return rc;
		name += length + 1;
	}
}

/* The node for an entry, its type, mode and time set. PACK_NONE: it clashes with what is there. */
static int place(struct reading *r, const char *path, mode_t mode, int64_t mtime, uint32_t *node)
{
	struct pack_index *index = &r->pack->index;
	*node = 0;
	int rc = strcmp(path, ".") == 0 ? 0 : walk(r, path, node);
	if (rc || *node == PACK_NONE)
		return rc;
	struct pack_node *n = &index->nodes.at[*node];
	if (!S_ISDIR(mode) && (*node == 0 || n->child != PACK_NONE)) {
		*node = PACK_NONE;
		return 0;
	}
	n->mode = mode;
	n->mtime = mtime;
	return 0;
}

/* ---- entries ---- */

/* Unpack the bytes of the entry that was read last. */
static int take_bytes(struct reading *r, const char *path, struct pack_body *body)
{
	char bytes[65536];
	struct spool *spool = &r->pack->spool;
	body->offset = spool->length;
	for (;;) {
		la_ssize_t got = archive_read_data(r->archive, bytes, sizeof bytes);
		if (got == ARCHIVE_RETRY)
			continue;
		if (got < 0)
			return damaged(r, path);
		if (got == 0)
			break;
		int rc = expect(r, &r->bytes, (uint64_t)got);
		if (rc)
			return rc;
		rc = spool_add(spool, bytes, (size_t)got);
		if (rc)
			return out_of_room(r, rc);
	}
	body->size = spool->length - body->offset;
	return 0;
}

static int take_file(struct reading *r, struct archive_entry *entry, const char *path, uint32_t node)
{
	(void)entry;
	struct pack_body body;
	int rc = take_bytes(r, path, &body);
	if (rc)
		return rc;
	struct pack_body *kept = vec_add(&r->pack->index.bodies);
	if (!kept)
		return out_of_room(r, -ENOMEM);
	*kept = body;
	r->pack->index.nodes.at[node].body = (uint32_t)(r->pack->index.bodies.count - 1);
	return 0;
}

static int take_link(struct reading *r, struct archive_entry *entry, const char *path, uint32_t node)
{
	(void)path;
	const char *target = archive_entry_symlink(entry);
	uint32_t text;
	int rc = pack_index_text(&r->pack->index, target ? target : "", target ? strlen(target) : 0, &text);
	if (rc)
		return out_of_room(r, rc);
	r->pack->index.nodes.at[node].target = text;
	return 0;
}

/* What there is to do once an entry of a type has its node. NULL: nothing. */
static const struct {
	mode_t type;
	int (*take)(struct reading *r, struct archive_entry *entry, const char *path, uint32_t node);
} takers[] = {
	{S_IFREG, take_file},
	{S_IFLNK, take_link},
	{S_IFDIR, NULL},
};

/* A hard link shares the bytes of its target. In cpio the last of several names brings them for all. */
static int take_hard_link(struct reading *r, struct archive_entry *entry, const char *path, const char *target)
{
	struct pack_index *index = &r->pack->index;
	char clean[PATH_MAX];
	uint32_t from = clean_path(target, clean) == GOOD ? pack_index_find(index, clean) : PACK_NONE;
	if (from == PACK_NONE || !S_ISREG(index->nodes.at[from].mode))
		return leave_out(r, PACK_ORPHAN);
	const struct pack_node source = index->nodes.at[from];
	uint32_t node;
	int rc = place(r, path, source.mode, source.mtime, &node);
	if (rc)
		return rc;
	if (node == PACK_NONE)
		return leave_out(r, PACK_CLASH);
	index->nodes.at[node].body = source.body;
	if (!archive_entry_size_is_set(entry) || archive_entry_size(entry) <= 0)
		return 0;
	return take_bytes(r, path, &index->bodies.at[source.body]);
}

static int take_plain(struct reading *r, struct archive_entry *entry, const char *path)
{
	const mode_t type = archive_entry_filetype(entry);
	for (size_t i = 0; i < COUNT_OF(takers); i++) {
		if (takers[i].type != type)
			continue;
		uint32_t node;
		int rc = place(r, path, type | (archive_entry_perm(entry) & 0777), archive_entry_mtime(entry), &node);
		if (rc)
			return rc;
		if (node == PACK_NONE)
			return leave_out(r, PACK_CLASH);
		return takers[i].take ? takers[i].take(r, entry, path, node) : 0;
	}
	return leave_out(r, PACK_SPECIAL);
}

/* Count an entry, and refuse it before libarchive reads (or skips) what it holds. */
static int expect_entry(struct reading *r, struct archive_entry *entry)
{
	if (archive_entry_is_encrypted(entry))
		return err_set(r->err, EINVAL, "%s: is encrypted", r->pack->path);
	if (++r->entries > r->limits->names)
		return err_set(r->err, E2BIG, "%s: holds more than %llu entries: refused", r->pack->path,
			       (unsigned long long)r->limits->names);
	int64_t size = archive_entry_size_is_set(entry) ? archive_entry_size(entry) : 0;
	return size > 0 ? expect(r, &r->promised, (uint64_t)size) : 0;
}

static int take_entry(struct reading *r, struct archive_entry *entry)
{
	char path[PATH_MAX];
	int rc = expect_entry(r, entry);
	if (rc)
		return rc;
	enum pack_leftover why = name_of(entry, path);
	if (why != GOOD)
		return leave_out(r, why);
	const char *target = archive_entry_hardlink(entry);
	return target ? take_hard_link(r, entry, path, target) : take_plain(r, entry, path);
}

/* ---- the archive ---- */

/* Formats one by one: archive_read_support_format_all() would bring mtree, which reads files that an entry names. */
static int (*const supports[])(struct archive *) = {
	archive_read_support_filter_bzip2,
	archive_read_support_filter_compress,
	archive_read_support_filter_gzip,
	archive_read_support_filter_lz4,
	archive_read_support_filter_lzip,
	archive_read_support_filter_lzma,
	archive_read_support_filter_xz,
	archive_read_support_filter_zstd,
	archive_read_support_format_7zip,
	archive_read_support_format_cpio,
	archive_read_support_format_iso9660,
	archive_read_support_format_tar,
	archive_read_support_format_zip,
};

static int take_all(struct reading *r)
{
	for (;;) {
		struct archive_entry *entry;
		int status = archive_read_next_header(r->archive, &entry);
		if (status == ARCHIVE_EOF)
			return 0;
		if (status == ARCHIVE_RETRY)
			continue;
		if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
			return r->entries ? damaged(r, NULL) : unreadable(r);
		int rc = take_entry(r, entry);
		if (rc)
			return rc;
	}
}

static int read_with(struct reading *r, int fd)
{
	for (size_t i = 0; i < COUNT_OF(supports); i++)
		if (supports[i](r->archive) == ARCHIVE_FATAL)
			return out_of_room(r, -ENOMEM);
	return archive_read_open_fd(r->archive, fd, 65536) == ARCHIVE_OK ? take_all(r) : unreadable(r);
}

static int read_descriptor(struct reading *r, int fd)
{
	r->archive = archive_read_new();
	int rc = r->archive ? read_with(r, fd) : out_of_room(r, -ENOMEM);
	archive_read_free(r->archive);
	return rc;
}

/* Open an archive for reading, or complain. Anything but a file is refused unopened: a FIFO would wait. */
static int open_file(const struct pack *pack, uint64_t *size, struct err *err)
{
	struct stat st;
	if (stat(pack->path, &st) < 0)
		return err_set(err, errno, "%s: cannot be opened: %s", pack->path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return err_set(err, EISDIR, "%s: is a directory, no archive (did you mean tree:%s?)", pack->path, pack->path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, EINVAL, "%s: is no regular file", pack->path);
	int fd = open(pack->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return err_set(err, errno, "%s: cannot be opened: %s", pack->path, strerror(errno));
	*size = (uint64_t)st.st_size;
	return fd;
}

/* The bytes that an archive of this size may unpack to. */
static uint64_t bytes_allowed(const struct pack_limits *limits, uint64_t size)
{
	uint64_t grown;
	if (__builtin_mul_overflow(size, limits->ratio, &grown) || grown > limits->bytes)
		grown = limits->bytes;
	uint64_t least = limits->free < limits->bytes ? limits->free : limits->bytes;
	return grown > least ? grown : least;
}

int pack_read(struct pack *pack, const struct pack_limits *limits, struct err *err)
{
	uint64_t size = 0;
	SCOPED_FD int fd = open_file(pack, &size, err);
	if (fd < 0)
		return fd;
	struct reading r = {.pack = pack, .limits = limits, .bytes_max = bytes_allowed(limits, size), .err = err};
	/* Names in Unicode (7z, pax, zip) become bytes by the locale: have it the same everywhere. */
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
	int rc = read_descriptor(&r, fd);
	if (utf8) {
		uselocale(before);
		freelocale(utf8);
	}
	return rc;
}
