/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Attributes of files, from corpora and from backing directories. */
#include "fusefs/attributes.h"

#include "fusefs/backing.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Whose the files of a corpus are: ours. */
static void owner(struct stat *st)
{
	static uid_t uid;
	static gid_t gid;
	static bool known;
	if (!known) {
		uid = getuid();
		gid = getgid();
		known = true;
	}
	st->st_uid = uid;
	st->st_gid = gid;
}

static void from_corpus(const struct corpus_stat *cs, struct stat *out)
{
	bool directory = S_ISDIR(cs->mode);
	*out = (struct stat){
		.st_ino = cs->ino,
		.st_mode = cs->mode,
		.st_nlink = directory ? 2 : 1,
		.st_size = (off_t)cs->size,
		.st_blocks = (blkcnt_t)((cs->size + 511) / 512),
		.st_blksize = 4096,
		.st_mtim = {.tv_sec = cs->mtime, .tv_nsec = cs->mtime_nsec},
		.st_ctim = {.tv_sec = cs->ctime, .tv_nsec = cs->ctime_nsec},
		.st_atim = {.tv_sec = cs->mtime, .tv_nsec = cs->mtime_nsec},
	};
	owner(out);
}

static int corpus_attributes(const struct volume *volume, const char *path, struct stat *out)
{
	struct corpus_stat cs;
	int rc = path ? corpus_stat(volume->corpus, path, &cs) : -ENOMEM;
	if (!rc)
		from_corpus(&cs, out);
	return -rc;
}

/* Overlayfs does not count the last name off a file that it has not copied up (durable_cut_names.c). */
static void count_names(const struct node *node, struct stat *st)
{
	if (node->volume->layered && node->pinned && (S_ISDIR(st->st_mode) || st->st_nlink == 1))
		st->st_nlink = 0;
}

bool attributes_are_of(struct node *node, const struct stat *st)
{
	mode_t type = st->st_mode & S_IFMT;
	if (!node->parent || !attributes_change_by_themselves(node->volume))
		return true;
	if (!node->found_type || (S_ISDIR(type) && node->found_type == type)) { /* directories have no pages */
		node->found_type = type;
		node->found_ino = st->st_ino;
	}
	node->replaced |= node->found_type != type || node->found_ino != st->st_ino;
	return !node->replaced;
}

/* Of a file that others have put another one in the place of: only who has it open can be asked. Otherwise the kernel is told to look the
 * name up again. */
static int replaced_attributes(struct server *server, const struct node *node, struct stat *out)
{
	const struct handle *handle = handles_of(&server->nodes, node);
	if (!handle || handle_fd(handle) < 0 || fstat(handle_fd(handle), out) < 0)
		return ESTALE;
	out->st_ino = node->found_ino;
	owner(out);
	return 0;
}

int attributes_of(struct server *server, struct node *node, struct stat *out)
{
	if (!node->volume) {
		from_corpus(&(struct corpus_stat){.mode = S_IFDIR | 0555, .ino = 1}, out);
		return 0;
	}
	if (node->volume->corpus) {
		int error = corpus_attributes(node->volume, node_path(node), out);
		return node->replaced || (!error && !attributes_are_of(node, out)) ? replaced_attributes(server, node, out) : error;
	}
	int fd = backing_fd(server, node);
	if (fd < 0)
		return -fd;
	if (fstatat(fd, "", out, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) < 0)
		return errno;
	count_names(node, out);
	return 0;
}

int attributes_of_name(struct server *server, struct node *directory, const char *name, struct stat *out)
{
	if (directory->volume->corpus) {
		char *path = node_child_path(directory, name);
		int rc = corpus_attributes(directory->volume, path, out);
		free(path);
		return rc;
	}
	int fd = backing_fd(server, directory);
	if (fd < 0)
		return -fd;
	return fstatat(fd, name, out, AT_SYMLINK_NOFOLLOW) < 0 ? errno : 0;
}

static void show_size(struct stat *st, uint64_t size)
{
	st->st_size = (off_t)(size < INT64_MAX ? size : INT64_MAX);
	st->st_blocks = st->st_size / 512 + (st->st_size % 512 != 0);
}

static void show_mode(struct stat *st, const struct pretence *p)
{
	mode_t type = p->told >> PRETEND_TYPE & 1 ? (mode_t)p->value[PRETEND_TYPE] : st->st_mode & S_IFMT;
	mode_t bits = p->told >> PRETEND_MODE & 1 ? (mode_t)p->value[PRETEND_MODE] : st->st_mode & ~(mode_t)S_IFMT;
	st->st_mode = type | bits;
}

static unsigned differences(const struct stat *a, const struct stat *b)
{
	const bool differs[PRETEND_COUNT] = {
		[PRETEND_TYPE] = (a->st_mode ^ b->st_mode) & S_IFMT,
		[PRETEND_MODE] = (a->st_mode ^ b->st_mode) & ~(mode_t)S_IFMT,
		[PRETEND_UID] = a->st_uid != b->st_uid,
		[PRETEND_GID] = a->st_gid != b->st_gid,
		[PRETEND_SIZE] = a->st_size != b->st_size,
		[PRETEND_NLINK] = a->st_nlink != b->st_nlink,
		[PRETEND_MTIME] = a->st_mtim.tv_sec != b->st_mtim.tv_sec || a->st_mtim.tv_nsec != b->st_mtim.tv_nsec,
	};
	unsigned all = 0;
	for (unsigned i = 0; i < PRETEND_COUNT; i++)
		all |= (unsigned)differs[i] << i;
	return all;
}

static void pretend(const struct pretence *p, struct stat *st)
{
	if (p->told >> PRETEND_SIZE & 1)
		show_size(st, p->value[PRETEND_SIZE] != UINT64_MAX ? p->value[PRETEND_SIZE]
								   : (uint64_t)((double)st->st_size * p->portion));
	show_mode(st, p);
	if (p->told >> PRETEND_UID & 1)
		st->st_uid = (uid_t)p->value[PRETEND_UID];
	if (p->told >> PRETEND_GID & 1)
		st->st_gid = (gid_t)p->value[PRETEND_GID];
	if (p->told >> PRETEND_NLINK & 1)
		st->st_nlink = (nlink_t)p->value[PRETEND_NLINK];
	if (p->told >> PRETEND_MTIME & 1)
		st->st_mtim = (struct timespec){.tv_sec = (time_t)p->value[PRETEND_MTIME]};
}

unsigned attributes_disguise(const struct verdict *verdict, struct stat *st)
{
	if (S_ISREG(st->st_mode) && (uint64_t)st->st_size > verdict->size)
		show_size(st, verdict->size);
	if (!verdict->pretence.told)
		return 0;
	const struct stat was = *st;
	pretend(&verdict->pretence, st);
	return differences(&was, st);
}

/* Overlayfs tells its layers apart by the two highest bits of a number, and we our volumes by the highest byte: the two go below that. */
uint64_t attributes_ino(const struct volume *volume, uint64_t ino)
{
	const uint64_t layer = volume && volume->layered ? ino & UINT64_C(3) << 62 : 0;
	return volume ? ino ^ layer ^ layer >> 8 ^ volume->ino_mark : ino;
}

bool attributes_change_by_themselves(const struct volume *volume)
{
	return volume && (!volume->corpus || strncmp(volume->source, "tree:", 5) == 0);
}

/* May the kernel remember what these operations say, or would that hide a rule? */
static bool may_be_remembered(const struct volume *volume, opset watched, opset ops)
{
	enum caching caching = volume ? volume->caching : CACHING_AUTO;
	return caching == CACHING_CACHED || (caching != CACHING_UNCACHED && !(watched & ops));
}

double attributes_name_timeout(const struct volume *volume, opset watched)
{
	if (!may_be_remembered(volume, watched, OP_BIT(lookup)) || (volume && volume->shared))
		return 0;
	bool brief = volume && volume->names_are_brief;
	return brief || attributes_change_by_themselves(volume) ? REMEMBER_CHANGING_S : REMEMBER_S;
}

double attributes_timeout(const struct volume *volume, opset watched)
{
	/* A lookup's answer carries attributes too: where it must be asked again, so must they. */
	if (!may_be_remembered(volume, watched, OP_BIT(getattr) | OP_BIT(lookup)))
		return 0;
	return attributes_change_by_themselves(volume) ? REMEMBER_CHANGING_S : REMEMBER_S;
}
