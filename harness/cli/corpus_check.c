/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* ordeal corpus check: is what stands in a directory what a source holds? Names, types, links and bytes; neither modes and times, of
 * which a mount has its own, nor FIFOs and devices. */
#include "base/scope.h"
#include "harness/cli/cli.h"
#include "harness/cli/corpus_cmds.h"
#include "harness/cli/corpus_team.h"
#include "harness/cli/corpus_findings.h"
#include "harness/cli/corpus_measure.h"
#include "harness/cli/make_place.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define BLOCK_BYTES (1u << 18)

struct checking {
	const struct corpus *corpus;
	const char *source, *directory;
	struct findings findings;
	struct team_state state;
	struct corpus_measure measure;
};

/* DIRECTORY/PATH */
static char *there_of(const struct checking *c, const char *path)
{
	char *there;
	return asprintf(&there, "%s/%s", c->directory, path) < 0 ? NULL : there;
}

static const char *type_name(mode_t mode)
{
	return S_ISREG(mode) ? "a file" : S_ISDIR(mode) ? "a directory" : S_ISLNK(mode) ? "a link" : "a special file";
}

/* ---- what a directory holds beside what it should ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct corpus_name *)a)->name, ((const struct corpus_name *)b)->name);
}

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* One line for all that a directory of its own holds. */
static void tell_additional(const char *path, const struct corpus_names *names, const char *name, struct buf *said)
{
	const struct corpus_name wanted = {.name = name};
	const bool root = strcmp(path, ".") == 0;
	if (is_dots(name) || (names->names.count && bsearch(&wanted, names->names.at, names->names.count, sizeof wanted, by_name)))
		return;
	SCOPED_FREE char *whole = NULL;
	if (asprintf(&whole, "%s%s%s", root ? "" : path, root ? "" : "/", name) >= 0)
		findings_add(said, whole, "additional%s", root && strcmp(name, MAKE_ASIDE) == 0
							? " (ordeal corpus make was interrupted: --resume goes on)" : "");
	else
		whole = NULL;
}

static int look_for_additional(const struct checking *c, const char *path, const char *there, struct buf *said)
{
	struct corpus_names names;
	int rc = corpus_list(c->corpus, path, &names);
	if (rc)
		return rc;
	SCOPED_DIR DIR *dir = opendir(there);
	if (!dir)
		findings_add(said, path, "cannot be listed: %s", strerror(errno));
	struct dirent *entry = NULL;
	while (dir && (errno = 0, entry = readdir(dir)))
		tell_additional(path, &names, entry->d_name, said);
	if (dir && errno)
		findings_add(said, path, "cannot be listed to its end: %s", strerror(errno));
	corpus_names_free(&names);
	return 0;
}

/* ---- one name ---- */

/* Is something of this type there? Otherwise says so. */
static bool has_type(const char *path, const char *there, mode_t type, struct buf *said)
{
	struct stat st;
	if (lstat(there, &st) < 0)
		findings_add(said, path, "%s", errno == ENOENT || errno == ENOTDIR ? "missing" : strerror(errno));
	else if ((st.st_mode ^ type) & S_IFMT)
		findings_add(said, path, "%s instead of %s", type_name(st.st_mode), type_name(type));
	else
		return true;
	return false;
}

static int compare_link(const struct checking *c, const char *path, const char *there, struct buf *said)
{
	char wanted[4096], got[4096];
	int rc = corpus_readlink(c->corpus, path, wanted, sizeof wanted);
	if (rc)
		return rc;
	ssize_t length = readlink(there, got, sizeof got);
	if (length < 0)
		findings_add(said, path, "cannot be read: %s", strerror(errno));
	else if ((size_t)length != strlen(wanted) || memcmp(got, wanted, (size_t)length) != 0)
		findings_add(said, path, "leads to %.*s instead of %s", (int)length, got, wanted);
	return 0;
}

static int meet(void *context, const char *path, mode_t type, bool *done, struct buf *said, struct err *err)
{
	struct checking *c = context;
	SCOPED_FREE char *there = there_of(c, path);
	if (!there)
		return err_set(err, ENOMEM, "out of memory");
	if (S_ISREG(type)) {
		*done = !has_type(path, there, type, said);
		return 0;
	}
	if (!S_ISDIR(type) && !S_ISLNK(type))
		return 0; /* FIFOs and the like are left out of what is made */
	if (strcmp(path, ".") != 0 && !has_type(path, there, type, said))
		return 0;
	int rc = S_ISDIR(type) ? look_for_additional(c, path, there, said) : compare_link(c, path, there, said);
	return rc ? err_set(err, -rc, "%s: %s: %s", c->source, path, strerror(-rc)) : 0;
}

/* ---- bytes ---- */

struct pair {
	struct checking *c;
	const char *path;
	struct corpus_file *file;
	int fd;
	char *wanted, *got; /* blocks */
	struct buf *said;
};

/* As many bytes as there are, unless the end comes before. */
static ssize_t read_whole(int fd, char *bytes, size_t length, uint64_t offset)
{
	size_t have = 0;
	while (have < length) {
		ssize_t got = pread(fd, bytes + have, length - have, (off_t)(offset + have));
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got == 0)
			break;
		have += got > 0 ? (size_t)got : 0;
	}
	return (ssize_t)have;
}

/* Of one block. Returns how many bytes were the same, 0 at the end or where something was said. */
static size_t compare_block(const struct pair *p, uint64_t offset)
{
	ssize_t wanted = corpus_file_read(p->file, p->wanted, BLOCK_BYTES, offset);
	ssize_t got = wanted < 0 ? 0 : read_whole(p->fd, p->got, (size_t)wanted, offset);
	if (wanted < 0)
		findings_add(p->said, p->path, "cannot be read in the source: %s", strerror((int)-wanted));
	else if (got < 0)
		findings_add(p->said, p->path, "cannot be read: %s", strerror((int)-got));
	if (wanted <= 0 || got < 0)
		return 0;
	for (size_t i = 0; memcmp(p->wanted, p->got, (size_t)got) != 0 && i < (size_t)got; i++)
		if (p->wanted[i] != p->got[i]) {
			findings_add(p->said, p->path, "different from byte %llu on", (unsigned long long)(offset + i));
			return 0;
		}
	if (got < wanted) {
		findings_add(p->said, p->path, "ends at byte %llu", (unsigned long long)offset + (unsigned long long)got);
		return 0;
	}
	atomic_fetch_add(&p->c->state.bytes, (uint64_t)got);
	return (size_t)got;
}

static int compare_bytes(const struct pair *p)
{
	if (!p->wanted || !p->got)
		return -ENOMEM;
	for (uint64_t offset = 0, same; (same = compare_block(p, offset)); offset += same)
		if (atomic_load(&p->c->state.stop))
			return -EINTR;
	return 0;
}

/* What cannot be read is a difference; the rest is looked at. */
static int work(void *context, unsigned worker, const char *path, struct buf *said, struct err *err)
{
	(void)worker;
	struct checking *c = context;
	struct corpus_stat st;
	struct stat got;
	SCOPED_FREE char *there = there_of(c, path);
	SCOPED_FD int fd = there ? open(there, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;
	if (fd < 0 || fstat(fd, &got) < 0) {
		findings_add(said, path, "cannot be opened: %s", strerror(errno));
		return 0;
	}
	int rc = corpus_stat(c->corpus, path, &st);
	if (!rc && (uint64_t)got.st_size != st.size) {
		findings_add(said, path, "%llu bytes instead of %llu", (unsigned long long)got.st_size, (unsigned long long)st.size);
		return 0;
	}
	SCOPED_FREE char *wanted_block = malloc(BLOCK_BYTES), *got_block = malloc(BLOCK_BYTES);
	struct pair pair = {.c = c, .path = path, .fd = fd, .wanted = wanted_block, .got = got_block, .said = said};
	if (!rc)
		rc = corpus_file_open(c->corpus, path, &pair.file);
	if (rc) {
		findings_add(said, path, "cannot be read in the source: %s", strerror(-rc));
		return 0;
	}
	rc = compare_bytes(&pair);
	corpus_file_close(pair.file);
	return rc == -ENOMEM ? err_set(err, ENOMEM, "out of memory") : rc;
}

/* ---- all of it ---- */

static void deliver(void *context, const char *said)
{
	findings_tell(&((struct checking *)context)->findings, said);
}

static int interrupted(void *context)
{
	struct checking *c = context;
	return cli_complain(EXIT_INTERRUPTED, "%s: interrupted after %llu of %llu files, %llu differences until then", c->directory,
			    (unsigned long long)atomic_load(&c->state.files), (unsigned long long)c->measure.files,
			    (unsigned long long)c->findings.count);
}

static int tell(const struct checking *c)
{
	if (c->findings.count)
		return findings_end(&c->findings, c->directory, c->source);
	const uint64_t files = atomic_load(&c->state.files);
	cli_tell("%s: %llu file%s, %.1f MB, as in %s\n", c->directory, (unsigned long long)files, files == 1 ? "" : "s",
		 (double)atomic_load(&c->state.bytes) / 1e6, c->source);
	return EXIT_AS_EXPECTED;
}

int corpus_check(const struct corpus_options *options, const char *source, const char *directory)
{
	struct corpus *corpus;
	struct stat st;
	struct err err = {0};
	struct checking c = {.source = source, .directory = directory, .findings.most = options->max ? options->max : FINDINGS_USUAL};
	if (stat(directory, &st) < 0)
		return cli_complain(EXIT_USAGE, "%s: %s", directory, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return cli_complain(EXIT_USAGE, "%s: %s", directory, strerror(ENOTDIR));
	if (corpus_open(source, &corpus, &err) < 0)
		return cli_fail(EXIT_USAGE, &err);
	c.corpus = corpus;
	int rc = corpus_measure(corpus, &c.measure, &err);
	const struct team_job job = {.meet = meet, .work = work, .deliver = deliver, .interrupted = interrupted, .context = &c,
				     .state = &c.state, .files = c.measure.files, .bytes = c.measure.bytes};
	if (!rc)
		rc = team_run(corpus, &job, options->jobs ? options->jobs : team_usual(), &err);
	corpus_close(corpus);
	return !rc ? tell(&c) : rc == -EINTR ? interrupted(&c) : cli_fail(EXIT_ENVIRONMENT, &err);
}
