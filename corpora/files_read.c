/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads the list of files that a spec writes out. */
#include "corpora/files.h"

#include "base/scope.h"
#include "corpora/within.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

/* ---- one entry, as it is written ---- */

struct entry {
	struct buf path, content;
	const char *kind; /* the key that says what it is; NULL: none so far */
	char *link;
	uint64_t repeat;
	mode_t mode; /* without the type; NO_MODE: nobody said */
	int64_t mtime;
};

#define NO_MODE ((mode_t)-1)

static void entry_fini(struct entry *entry)
{
	buf_free(&entry->path);
	buf_free(&entry->content);
	free(entry->link);
}

/* A nibble, or -1. */
static int nibble(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Blanks may stand anywhere, so that long ones can be folded. */
static int read_hex(struct yaml_at at, struct buf *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	int high = -1;
	for (; text && *text; text++) {
		int digit = nibble(*text);
		if (isspace((unsigned char)*text))
			continue;
		if (digit < 0)
			return yaml_error(at, err, "'%c' is no hexadecimal digit", *text);
		if (high >= 0)
			buf_char(into, (char)(high << 4 | digit));
		high = high >= 0 ? -1 : digit;
	}
	if (text && high >= 0)
		return yaml_error(at, err, "a byte is two hexadecimal digits: here is one too many, or one too few");
	return text ? 0 : -EINVAL;
}

/* The value of a digit of base 64 (RFC 4648, section 4), or -1. */
static int sextet(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = strchr(digits, c);
	return found && c ? (int)(found - digits) : -1;
}

static int read_base64(struct yaml_at at, struct buf *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	unsigned bits = 0, count = 0, padding = 0;
	for (; text && *text; text++) {
		if (isspace((unsigned char)*text))
			continue;
		int value = sextet(*text);
		if (*text != '=' && (value < 0 || padding))
			return yaml_error(at, err, "'%c' is not base 64 here", *text);
		padding += *text == '=';
		bits = bits << 6 | (unsigned)(value < 0 ? 0 : value);
		if (++count % 4)
			continue;
		const char whole[3] = {(char)(bits >> 16 & 255), (char)(bits >> 8 & 255), (char)(bits & 255)};
		if (padding > 2)
			break;
		buf_add(into, whole, 3 - padding);
	}
	if (text && (count % 4 || padding > 2))
		return yaml_error(at, err, "base 64 comes in groups of four characters, '=' at the end");
	return text ? 0 : -EINVAL;
}

static int read_characters(struct yaml_at at, struct buf *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	buf_text(into, text);
	return 0;
}

static int read_path(struct yaml_at at, void *into, struct err *err)
{
	struct entry *entry = into;
	return entry->path.length ? yaml_error(at, err, "a file has one path") : read_characters(at, &entry->path, err);
}

static int read_path_hex(struct yaml_at at, void *into, struct err *err)
{
	struct entry *entry = into;
	return entry->path.length ? yaml_error(at, err, "a file has one path") : read_hex(at, &entry->path, err);
}

/* ---- what it is: one key of these ---- */

static int take_kind(struct entry *entry, const char *kind, struct yaml_at at, struct err *err)
{
	if (entry->kind)
		return yaml_error(at, err, "a file has one content, this has '%s' and '%s'", entry->kind, kind);
	entry->kind = kind;
	return 0;
}

#define CONTENT_READER(key, read)                                              \
	static int take_##key(struct yaml_at at, void *into, struct err *err)  \
	{                                                                      \
		struct entry *entry = into;                                    \
		int rc = take_kind(entry, #key, at, err);                      \
		return rc ? rc : read(at, &entry->content, err);               \
	}
CONTENT_READER(text, read_characters)
CONTENT_READER(hex, read_hex)
CONTENT_READER(base64, read_base64)

static int take_link(struct yaml_at at, void *into, struct err *err)
{
	struct entry *entry = into;
	int rc = take_kind(entry, "link", at, err);
	rc = rc ? rc : yaml_text(at, &entry->link, err);
	if (!rc && (!entry->link[0] || strlen(entry->link) >= PATH_MAX))
		rc = yaml_error(at, err, "a link has a target of 1 to %d bytes", PATH_MAX - 1);
	return rc;
}

static int take_directory(struct yaml_at at, void *into, struct err *err)
{
	bool truth = false;
	int rc = take_kind(into, "directory", at, err);
	rc = rc ? rc : yaml_bool(at, &truth, err);
	return rc || truth ? rc : yaml_error(at, err, "'directory' can only be true (a file without bytes: text: \"\")");
}

static int read_mode(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	char *end;
	if (!text)
		return -EINVAL;
	unsigned long mode = strtoul(text, &end, 8);
	if (!isdigit((unsigned char)text[0]) || *end || mode > 0777)
		return yaml_error(at, err, "a mode is an octal number up to 0777");
	*(mode_t *)into = (mode_t)mode;
	return 0;
}

#define MTIME_MAX UINT64_C(253402300799) /* the last second of the year 9999 */
static WITHIN(read_mtime, int64_t, 0, MTIME_MAX)
static WITHIN(read_repeat, uint64_t, 1, FILES_SIZE_MAX)

static const struct yaml_field entry_fields[] = {
	{"path", read_path, 0, false},
	{"path_hex", read_path_hex, 0, false},
	{"text", take_text, 0, false},
	{"hex", take_hex, 0, false},
	{"base64", take_base64, 0, false},
	{"link", take_link, 0, false},
	{"directory", take_directory, 0, false},
	YAML_FIELD(struct entry, "repeat", repeat, read_repeat),
	YAML_FIELD(struct entry, "mode", mode, read_mode),
	YAML_FIELD(struct entry, "mtime", mtime, read_mtime),
};

/* ---- its place ---- */

/* What is wrong with a name of a path, or NULL. */
static const char *fault_of(const char *name, size_t length)
{
	if (!length)
		return "has an empty name in it (is it absolute?)";
	if (length > NAME_MAX)
		return "has a name of more than 255 bytes in it";
	if (memchr(name, '\0', length))
		return "has a NUL in it";
	if (name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.')))
		return "has '.' or '..' in it";
	return NULL;
}

/* The node of a name below another, made where it is not there. */
static int step(struct files *files, uint32_t parent, const char *name, size_t length, uint32_t *node)
{
	*node = pack_index_child(&files->index, parent, name, length);
	if (*node != PACK_NONE)
		return 0;
	int rc = pack_index_add(&files->index, parent, name, length, node);
	while (!rc && files->given.count < files->index.nodes.count)
		rc = vec_add(&files->given) ? 0 : -ENOMEM;
	return rc;
}

/* The node of the whole path. */
static int place(struct files *files, const struct entry *entry, uint32_t *node, struct yaml_at at, struct err *err)
{
	const char *name = buf_string(&entry->path), *end = name + entry->path.length;
	int rc = 0;
	if (!entry->path.length || entry->path.length >= PATH_MAX)
		return yaml_error(at, err, "a file has a path of 1 to %d bytes", PATH_MAX - 1);
	for (*node = 0; !rc && name <= end; name++) {
		const char *slash = memchr(name, '/', (size_t)(end - name));
		size_t length = (size_t)((slash ? slash : end) - name);
		const char *fault = fault_of(name, length);
		if (fault)
			return yaml_error(at, err, "the path %s", fault);
		if (!S_ISDIR(files->index.nodes.at[*node].mode))
			return yaml_error(at, err, "the path leads through what is no directory");
		rc = step(files, *node, name, length, node);
		name += length;
	}
	return rc ? err_set(err, -rc, "the files of the spec: %s", strerror(-rc)) : 0;
}

/* ---- what stands there ---- */

static int take_content(struct files *files, struct entry *entry, uint32_t *number)
{
	struct files_content *content = vec_add(&files->contents);
	if (!content)
		return -ENOMEM;
	*number = (uint32_t)(files->contents.count - 1);
	*content = (struct files_content){take_ptr(&entry->content.at), entry->content.length, entry->repeat};
	entry->content = (struct buf){0};
	return 0;
}

static int settle(struct files *files, struct entry *entry, uint32_t number)
{
	struct pack_node *node = &files->index.nodes.at[number];
	const bool link = entry->link, directory = strcmp(entry->kind, "directory") == 0;
	mode_t usual = link ? 0777 : directory ? 0755 : 0644;
	files->given.at[number] = true;
	node->mode = (link ? S_IFLNK : directory ? S_IFDIR : S_IFREG) | (entry->mode == NO_MODE || link ? usual : entry->mode);
	node->mtime = entry->mtime;
	if (directory)
		return 0;
	files->counts[link]++;
	return link ? pack_index_text(&files->index, entry->link, strlen(entry->link), &node->target)
		    : take_content(files, entry, &node->body);
}

static int check(const struct entry *entry, struct yaml_at at, struct err *err)
{
	if (entry->path.failed || entry->content.failed)
		return err_set(err, ENOMEM, "out of memory");
	if (!entry->kind)
		return yaml_error(at, err, "what is it? Give it text, hex, base64, link or directory");
	if (entry->content.length && entry->repeat > FILES_SIZE_MAX / entry->content.length)
		return yaml_error(at, err, "a file has at most 2^60 bytes");
	return 0;
}

static int read_into(struct yaml_at at, struct files *files, struct entry *entry, struct err *err)
{
	uint32_t node;
	int rc = yaml_fields(at, "file", entry_fields, COUNT_OF(entry_fields), entry, err);
	rc = rc ? rc : check(entry, at, err);
	rc = rc ? rc : place(files, entry, &node, at, err);
	if (rc)
		return rc;
	if (files->given.at[node])
		return yaml_error(at, err, "a file of this path stands here already");
	if (files->index.nodes.at[node].child != PACK_NONE && strcmp(entry->kind, "directory") != 0)
		return yaml_error(at, err, "other files stand below this path: it can only be a directory");
	rc = settle(files, entry, node);
	return rc ? err_set(err, -rc, "the files of the spec: %s", strerror(-rc)) : 0;
}

static int read_entry(struct yaml_at at, void *into, struct err *err)
{
	struct files *files = into;
	SCOPED(entry_fini) struct entry entry = {.repeat = 1, .mode = NO_MODE, .mtime = SOURCE_MTIME};
	if (files->index.nodes.count >= FILES_MAX)
		return yaml_error(at, err, "more than %d names", FILES_MAX);
	return read_into(at, files, &entry, err);
}

int files_yaml(struct yaml_at at, void *into, struct err *err)
{
	struct files *files = calloc(1, sizeof *files);
	if (!files)
		return err_set(err, ENOMEM, "out of memory");
	files_free(*(struct files **)into);
	*(struct files **)into = files;
	if (pack_index_init(&files->index) < 0 || !vec_add(&files->given))
		return err_set(err, ENOMEM, "out of memory");
	if (at.node->type != YAML_LIST)
		return yaml_error(at, err, "'files' takes a list of {path: PATH, text: TEXT} and the like");
	return yaml_each(at, read_entry, files, err);
}
