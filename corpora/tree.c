/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Serves a directory by descriptors that cannot leave it. */
#include "corpora/tree.h"

#include "base/clock.h"
#include "base/draw.h"
#include "base/fdname.h"
#include "base/scope.h"
#include "corpora/pread_all.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

struct tree {
	int root; /* O_PATH */
	dev_t dev;
	char *path; /* as given, for the title */

	/* The directory that was asked about last, because the next question is often about its next file. */
	pthread_mutex_t lock;
	char *last_path; /* NULL: none */
	int last;	 /* O_PATH */
	int64_t last_until_ns;
};

/* So long a directory that was reached below the root is taken to be there still: no longer than between two steps of a walk. */
#define LAST_NS (50 * NS_PER_MS)

/* ---- reaching below the root ---- */

/* openat2(2) gives EAGAIN when a rename somewhere keeps it from proving that the path stays below. */
#define RACES_MAX 100

/* A descriptor of a path below the root, or a negative errno. */
static int open_below(const struct tree *tree, const char *path, int flags)
{
	const struct open_how how = {
		.flags = (unsigned)(flags | O_CLOEXEC | O_NOFOLLOW),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	for (int i = 0;; i++) {
		long fd = syscall(SYS_openat2, tree->root, path, &how, sizeof how);
		if (fd >= 0)
			return (int)fd;
		if (errno != EINTR && (errno != EAGAIN || i == RACES_MAX))
			return -errno;
	}
}

static void forget_last(struct tree *tree)
{
	if (!tree->last_path)
		return;
	close(tree->last);
	free(take_ptr(&tree->last_path));
}

/* A descriptor of the directory in the first `length` bytes of a path; the tree's. The lock is held. */
static int directory_of(struct tree *tree, const char *path, size_t length)
{
	int64_t now = clock_now_ns();
	if (tree->last_path && now < tree->last_until_ns && strncmp(tree->last_path, path, length) == 0 && !tree->last_path[length])
		return tree->last;
	char within[PATH_MAX];
	if (snprintf(within, sizeof within, "%.*s/.", (int)length, path) >= (int)sizeof within) /* through a link, too */
		return -ENAMETOOLONG;
	forget_last(tree);
	int fd = open_below(tree, within, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return fd;
	tree->last = fd;
	tree->last_path = strndup(path, length);
	if (!tree->last_path) {
		close(fd);
		return -ENOMEM;
	}
	tree->last_until_ns = now + LAST_NS;
	return fd;
}

/* stat(2) of a path below the root. 0 or a negative errno. */
static int stat_below(struct tree *tree, const char *path, struct stat *st)
{
	const char *slash = strrchr(path, '/');
	if (!slash) /* "." too */
		return fstatat(tree->root, path, st, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
	pthread_mutex_lock(&tree->lock);
	int directory = directory_of(tree, path, (size_t)(slash - path));
	int rc = directory < 0 ? directory : fstatat(directory, slash + 1, st, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
	pthread_mutex_unlock(&tree->lock);
	return rc;
}

/* ---- the source ---- */

static void tree_close(void *self)
{
	struct tree *tree = self;
	forget_last(tree);
	pthread_mutex_destroy(&tree->lock);
	close(tree->root);
	free(tree->path);
	free(tree);
}

int tree_open(const char *path, void **out, struct err *err)
{
	SCOPED_FD int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	if (root < 0 || fstat(root, &st) < 0)
		return err_set(err, errno, "%s: cannot be opened: %s", path, strerror(errno));
	struct tree *tree = calloc(1, sizeof *tree);
	if (!tree || !(tree->path = strdup(path))) {
		free(tree);
		return err_set(err, ENOMEM, "out of memory");
	}
	pthread_mutex_init(&tree->lock, NULL);
	tree->root = take_fd(&root);
	tree->dev = st.st_dev;
	SCOPED_FD int listed = open_below(tree, ".", O_RDONLY | O_DIRECTORY);
	if (listed < 0) {
		tree_close(tree);
		return err_set(err, -listed, "%s: cannot be read: %s%s", path, strerror(-listed),
			       listed == -ENOSYS ? " (openat2(2) is missing: Linux 5.6 or newer is needed)" : "");
	}
	*out = tree;
	return 0;
}

static void tree_explain(const void *self, struct buf *out)
{
	const struct tree *tree = self;
	buf_printf(out, "the directory %s", tree->path);
}

/* Inode numbers are unique on one filesystem only; those of others mounted below are hashed with their device. */
static uint64_t ino_of(const struct tree *tree, const struct stat *st)
{
	if (st->st_dev == tree->dev)
		return st->st_ino;
	const uint64_t words[2] = {st->st_dev, st->st_ino};
	return draw_hash(words, sizeof words);
}

static int tree_stat(const void *self, const char *path, struct corpus_stat *out)
{
	/* A corpus may be asked from any thread: what changes in here is behind the lock. */
	struct tree *tree = (struct tree *)(uintptr_t)self;
	struct stat st;
	int rc = stat_below(tree, path, &st);
	if (rc)
		return rc;
	*out = (struct corpus_stat){
		.mode = st.st_mode,
		.size = (uint64_t)st.st_size,
		.mtime = st.st_mtim.tv_sec,
		.mtime_nsec = (uint32_t)st.st_mtim.tv_nsec,
		.ctime = st.st_ctim.tv_sec,
		.ctime_nsec = (uint32_t)st.st_ctim.tv_nsec,
		.ino = ino_of(tree, &st),
	};
	return 0;
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* The type of an entry, asked from the file where its directory does not tell. 0: it is gone meanwhile. */
static mode_t type_of(int dir, const struct dirent *entry)
{
	struct stat st;
	if (entry->d_type != DT_UNKNOWN)
		return (mode_t)DTTOIF(entry->d_type);
	return fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_mode & S_IFMT : 0;
}

/* A directory tells the numbers of what it holds itself; something else may be mounted there. */
static uint64_t listed_ino(bool same_device, const struct dirent *entry, mode_t type)
{
	return same_device && !S_ISDIR(type) ? entry->d_ino : 0;
}

/* Hand all entries to the visitor. */
static int each_entry(DIR *dir, bool same_device, source_visit *visit, void *into)
{
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(dir);
		if (!entry)
			return -errno;
		mode_t type = is_dots(entry->d_name) ? 0 : type_of(dirfd(dir), entry);
		int rc = type ? visit(into, entry->d_name, type, listed_ino(same_device, entry, type)) : 0;
		if (rc)
			return rc;
	}
}

static int tree_each(const void *self, const char *path, source_visit *visit, void *into)
{
	const struct tree *tree = self;
	struct stat st;
	SCOPED_FD int fd = open_below(tree, path, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	SCOPED_DIR DIR *dir = fdopendir(fd);
	if (!dir)
		return -errno;
	take_fd(&fd); /* is the directory's now */
	return each_entry(dir, st.st_dev == tree->dev, visit, into);
}

static int tree_readlink(const void *self, const char *path, char *target, size_t size)
{
	SCOPED_FD int fd = open_below(self, path, O_PATH);
	if (fd < 0)
		return fd;
	ssize_t length = readlinkat(fd, "", target, size);
	if (length < 0)
		return errno == ENOENT ? -EINVAL : -errno; /* what the empty name means on no link: readlink(2) */
	if ((size_t)length == size)
		return -ENAMETOOLONG;
	target[length] = '\0';
	return 0;
}

/* ---- extended attributes ---- */

static ssize_t tree_getxattr(const void *self, const char *path, const char *name, void *value, size_t size)
{
	char link[FD_NAME_SIZE];
	SCOPED_FD int fd = open_below(self, path, O_PATH);
	if (fd < 0)
		return fd;
	ssize_t length = getxattr(fd_name(fd, link), name, value, size);
	return length < 0 ? -errno : length;
}

static ssize_t tree_listxattr(const void *self, const char *path, char *list, size_t size)
{
	char link[FD_NAME_SIZE];
	SCOPED_FD int fd = open_below(self, path, O_PATH);
	if (fd < 0)
		return fd;
	ssize_t length = listxattr(fd_name(fd, link), list, size);
	return length < 0 ? -errno : length;
}

/* ---- files ---- */

struct tree_file {
	int fd;
};

/* Look before opening: opening a FIFO waits, opening a device may do anything. What was looked at is what is opened. */
static int open_regular(const struct tree *tree, const char *path)
{
	char link[FD_NAME_SIZE];
	struct stat st;
	SCOPED_FD int seen = open_below(tree, path, O_PATH);
	if (seen < 0)
		return seen;
	if (fstat(seen, &st) < 0)
		return -errno;
	int rc = source_openable(st.st_mode);
	if (rc)
		return rc;
	int fd = open(fd_name(seen, link), O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int tree_file_open(const void *self, const char *path, void **out)
{
	SCOPED_FD int fd = open_regular(self, path);
	if (fd < 0)
		return fd;
	struct tree_file *file = malloc(sizeof *file);
	if (!file)
		return -ENOMEM;
	file->fd = take_fd(&fd);
	*out = file;
	return 0;
}

static void tree_file_close(void *self)
{
	struct tree_file *file = self;
	close(file->fd);
	free(file);
}

static int tree_file_fd(const void *self)
{
	const struct tree_file *file = self;
	return file->fd;
}

static ssize_t tree_file_read(void *self, void *bytes, size_t length, uint64_t offset)
{
	const struct tree_file *file = self;
	return pread_all(file->fd, bytes, length, offset);
}

const struct source tree_source = {
	.close = tree_close,
	.explain = tree_explain,
	.stat = tree_stat,
	.each = tree_each,
	.readlink = tree_readlink,
	.getxattr = tree_getxattr,
	.listxattr = tree_listxattr,
	.file_open = tree_file_open,
	.file_close = tree_file_close,
	.file_fd = tree_file_fd,
	.file_read = tree_file_read,
};
