/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* pretend: stat(2) and listings tell something else than what is there.
 *
 * Only what is told changes: opening, reading and access(2) go on as before (see `deny` for refusals, `truncate` for files that end
 * early). In a listing only the type can be told wrong (d_type). A file whose type changes after the kernel has met it is
 * dropped by the kernel: its descriptors then fail with EIO (fuse_stale_inode() in fs/fuse/fuse_i.h). */
#include "faults/kinds.h"

#include "base/nearest.h"
#include "base/real.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

struct type_entry {
	const char *name;
	uint64_t type;
};

static const struct type_entry types[] = {
	{"file", S_IFREG},   {"directory", S_IFDIR}, {"symlink", S_IFLNK}, {"fifo", S_IFIFO},
	{"socket", S_IFSOCK}, {"char", S_IFCHR},     {"block", S_IFBLK},
};

static int type_read(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	const struct type_entry *entry = named_in(types, COUNT_OF(types), sizeof types[0], text);
	char hint[NEAREST_HINT_SIZE];
	if (!entry)
		return yaml_error(at, err, "'type' takes file, directory, symlink, fifo, socket, char or block, not '%s'%s", text,
				  nearest_hint(hint, nearest_in(types, COUNT_OF(types), sizeof types[0], text)));
	*(uint64_t *)into = entry->type;
	return 0;
}

static int mode_read(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	size_t digits = strspn(text, "01234567");
	if (!digits || text[digits] || digits > 5 || strtoul(text, NULL, 8) > 07777)
		return yaml_error(at, err, "'mode' takes permission bits in octal, 0 to 7777, not '%s'", text);
	*(uint64_t *)into = strtoul(text, NULL, 8);
	return 0;
}

/* uid_t, gid_t and nlink_t as FUSE carries them have 32 bits. */
static int number32_read(struct yaml_at at, void *into, struct err *err)
{
	int rc = yaml_number(at, into, err);
	if (!rc && *(uint64_t *)into > UINT32_MAX)
		return yaml_error(at, err, "must be at most %lu", (unsigned long)UINT32_MAX);
	return rc;
}

/* Portions may lie above 100%: a file said to be larger than it is. */
#define PORTION_MAX 1e6

static int size_read(struct yaml_at at, void *into, struct err *err)
{
	struct pretence *p = into;
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	p->value[PRETEND_SIZE] = UINT64_MAX;
	if (!strchr(text, '%')) {
		int rc = yaml_size(at, &p->value[PRETEND_SIZE], err);
		if (!rc && p->value[PRETEND_SIZE] > INT64_MAX)
			return yaml_error(at, err, "no file can be of %s bytes (at most 2^63 - 1)", text);
		return rc;
	}
	char *end;
	p->portion = strtod(text, &end) / 100;
	if (end == text || strcmp(end, "%") != 0 || !(p->portion >= 0 && p->portion <= PORTION_MAX))
		return yaml_error(at, err, "'%s' is no portion of the size, such as 50%% or 200%%", text);
	return 0;
}

/* By enum pretend. */
static const struct yaml_field pretend_fields[PRETEND_COUNT] = {
	YAML_FIELD(struct pretence, "type", value[PRETEND_TYPE], type_read),
	YAML_FIELD(struct pretence, "mode", value[PRETEND_MODE], mode_read),
	YAML_FIELD(struct pretence, "uid", value[PRETEND_UID], number32_read),
	YAML_FIELD(struct pretence, "gid", value[PRETEND_GID], number32_read),
	{"size", size_read, 0, false},
	YAML_FIELD(struct pretence, "nlink", value[PRETEND_NLINK], number32_read),
	YAML_FIELD(struct pretence, "mtime", value[PRETEND_MTIME], yaml_number),
};

static int pretend_read(struct yaml_at at, struct rule *rule, struct err *err)
{
	struct pretence *p = &rule->effect.pretence;
	int rc = yaml_fields(at, "'pretend'", pretend_fields, COUNT_OF(pretend_fields), p, err);
	for (size_t i = 0; !rc && i < PRETEND_COUNT; i++)
		if (yaml_get(at, pretend_fields[i].name).node)
			p->told |= 1u << i;
	if (!rc && !p->told)
		return yaml_error(at, err, "pretend what? Give type, mode, uid, gid, size, nlink or mtime");
	if (p->told & 1u << PRETEND_SIZE)
		rule->watch = OP_BIT(read); /* what is read through the page cache ends where stat says */
	return rc;
}

/* What an earlier rule tells stands. */
static bool pretend_apply(const struct asking *asked, struct verdict *out)
{
	const struct pretence *ours = &asked->rule->effect.pretence;
	unsigned fresh = ours->told & ~out->pretence.told;
	if (asked->site->op == OP_listed)
		fresh &= 1u << PRETEND_TYPE;
	for (size_t i = 0; i < PRETEND_COUNT; i++)
		if (fresh >> i & 1)
			out->pretence.value[i] = ours->value[i];
	if (fresh >> PRETEND_SIZE & 1)
		out->pretence.portion = ours->portion;
	out->pretence.told |= fresh;
	return fresh;
}

static const char *type_name(uint64_t type)
{
	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (types[i].type == type)
			return types[i].name;
	return "?";
}

static void explain_one(enum pretend what, const struct pretence *p, struct buf *out)
{
	if (what == PRETEND_TYPE)
		buf_text(out, type_name(p->value[what]));
	else if (what == PRETEND_MODE)
		buf_printf(out, "%04llo", (unsigned long long)p->value[what]);
	else if (what == PRETEND_SIZE && p->value[what] == UINT64_MAX)
		buf_printf(out, "%s%%", REAL(p->portion * 100));
	else
		buf_printf(out, "%llu", (unsigned long long)p->value[what]);
}

static void pretend_explain(const struct rule *rule, struct buf *out)
{
	const struct pretence *p = &rule->effect.pretence;
	const char *before = "told wrong: ";
	for (size_t i = 0; i < PRETEND_COUNT; i++) {
		if (!(p->told >> i & 1))
			continue;
		buf_printf(out, "%s%s ", before, pretend_fields[i].name);
		explain_one((enum pretend)i, p, out);
		before = ", ";
	}
}

const struct kind kind_pretend = {
	.name = "pretend",
	.summary = "stat and listings tell a wrong type, mode, owner, size or time",
	.allowed = OP_BIT(lookup) | OP_BIT(getattr) | OP_BIT(listed),
	.usual = OP_BIT(lookup) | OP_BIT(getattr) | OP_BIT(listed),
	.read = pretend_read,
	.apply = pretend_apply,
	.explain = pretend_explain,
};
