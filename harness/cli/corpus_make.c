/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* ordeal corpus make: writes a corpus to a directory, with its modes, links and times. */
#include "base/scope.h"
#include "harness/cli/cli.h"
#include "harness/cli/corpus_cmds.h"
#include "harness/cli/corpus_team.h"
#include "harness/cli/corpus_measure.h"
#include "harness/cli/corpus_sums.h"
#include "harness/cli/make_place.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define BLOCK_BYTES (1u << 20)

/* A directory that gets its mode and time when all that is in it is there. */
struct made_directory {
	char *path;
	struct corpus_stat st;
};

struct making {
	const char *source;
	const struct corpus *corpus;
	struct make_place place;
	struct sums_file sums;
	VEC(struct made_directory) directories; /* parents before what is in them */
	struct corpus_measure measure;
	struct team_state state;
	unsigned special;	/* neither file, directory nor link: left out */
	atomic_uint stayed;	/* whole files of an earlier make */
	atomic_uint unkept;	/* modes and times that the disk did not take */
};

/* DIRECTORY/PATH */
static char *target_of(const struct making *m, const char *path)
{
	char *target;
	return asprintf(&target, "%s/%s", m->place.directory, path) < 0 ? NULL : target;
}

static int cannot_write(const char *target, int rc, struct err *err)
{
	bool full = rc == -ENOSPC || rc == -EDQUOT;
	return err_set(err, -rc, "%s: cannot be written: %s%s", target, strerror(-rc),
		       full ? " (where there is room again, --resume goes on)" : "");
}

static void keep_times(struct making *m, int fd, const char *path, const struct corpus_stat *st)
{
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {st->mtime, st->mtime_nsec}};
	if ((path ? utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) : futimens(fd, times)) < 0)
		atomic_fetch_add(&m->unkept, 1);
}

/* ---- directories and links, in the walk ---- */

static int make_directory(struct making *m, const char *path, const char *target, const struct corpus_stat *st)
{
	struct stat there;
	const bool stays = m->place.resumed && lstat(target, &there) == 0 && S_ISDIR(there.st_mode);
	if (!stays && mkdir(target, (st->mode & 0777) | 0700) < 0)
		return -errno;
	struct made_directory *made = vec_add(&m->directories);
	if (!made || !(made->path = strdup(path)))
		return -ENOMEM;
	made->st = *st;
	return 0;
}

static int make_link(struct making *m, const char *path, const char *target, const struct corpus_stat *st)
{
	char to[4096], there[4096];
	int rc = corpus_readlink(m->corpus, path, to, sizeof to);
	if (rc)
		return rc;
	ssize_t length = m->place.resumed ? readlink(target, there, sizeof there) : -1;
	/* One that is there may have been killed before it got its time. */
	bool stays = length == (ssize_t)strlen(to) && memcmp(there, to, (size_t)length) == 0;
	if (!stays && symlink(to, target) < 0)
		return -errno;
	keep_times(m, -1, target, st);
	return 0;
}

static int meet(void *context, const char *path, mode_t type, bool *done, struct buf *said, struct err *err)
{
	struct making *m = context;
	struct corpus_stat st;
	(void)done, (void)said;
	if (strcmp(path, ".") == 0 || S_ISREG(type))
		return 0;
	SCOPED_FREE char *target = target_of(m, path);
	int rc = target ? corpus_stat(m->corpus, path, &st) : -ENOMEM;
	if (!rc && S_ISDIR(type))
		rc = make_directory(m, path, target, &st);
	else if (!rc && S_ISLNK(type))
		rc = make_link(m, path, target, &st);
	else if (!rc)
		m->special++;
	return rc ? cannot_write(target ? target : path, rc, err) : 0;
}

/* Children first: the time of a directory is that of the last change in it, and its mode may close it. */
static void settle_directories(struct making *m)
{
	for (size_t i = m->directories.count; i-- > 0;) {
		const struct made_directory *made = &m->directories.at[i];
		SCOPED_FREE char *target = target_of(m, made->path);
		if (!target)
			continue;
		keep_times(m, -1, target, &made->st);
		if (chmod(target, made->st.mode & 0777) < 0)
			m->unkept++;
	}
}

/* ---- files ---- */

struct copying {
	struct making *m;
	struct corpus_stat st;
	SHA2_CTX sha;
	uint64_t bytes;
	bool at_source; /* what went wrong did so there */
};

static int copy_block(struct copying *c, int fd, const char *block, size_t length)
{
	const struct buf view = {.at = (char *)(uintptr_t)block, .length = length};
	if (c->m->sums.out)
		SHA256Update(&c->sha, (const uint8_t *)block, length);
	int rc = buf_write_fd(&view, fd);
	atomic_fetch_add(&c->m->state.bytes, length);
	return rc;
}

static int copy_bytes(struct copying *c, struct corpus_file *file, int fd)
{
	const size_t size = c->st.size < BLOCK_BYTES ? (size_t)c->st.size + 1 : BLOCK_BYTES;
	SCOPED_FREE char *block = malloc(size);
	if (!block)
		return -ENOMEM;
	for (uint64_t offset = 0;;) {
		ssize_t got = corpus_file_read(file, block, size, offset);
		c->at_source = got < 0;
		if (got <= 0)
			return (int)got;
		int rc = atomic_load(&c->m->state.stop) ? -EINTR : copy_block(c, fd, block, (size_t)got);
		if (rc)
			return rc;
		offset += (uint64_t)got;
	}
}

/* Written aside and renamed: what is there under its name is whole, with its mode and time. */
static int write_file(struct copying *c, struct corpus_file *file, const char *aside, const char *target)
{
	SCOPED_FD int fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int rc = fd < 0 ? -errno : copy_bytes(c, file, fd);
	if (!rc) {
		if (fchmod(fd, c->st.mode & 0777) < 0)
			atomic_fetch_add(&c->m->unkept, 1);
		keep_times(c->m, fd, NULL, &c->st);
	}
	if (!rc && (close(take_fd(&fd)) < 0 || rename(aside, target) < 0))
		rc = -errno;
	if (rc)
		unlink(aside);
	return rc;
}

static int make_file(struct copying *c, unsigned worker, const char *path, const char *target, struct err *err)
{
	SCOPED_FREE char *aside = NULL;
	struct corpus_file *file;
	if (asprintf(&aside, "%s/%u.part", c->m->place.aside, worker) < 0)
		return err_set(err, ENOMEM, "out of memory");
	int rc = corpus_file_open(c->m->corpus, path, &file);
	if (rc)
		return err_set(err, -rc, "%s: cannot be read: %s", path, strerror(-rc));
	rc = write_file(c, file, aside, target);
	corpus_file_close(file);
	if (!rc || rc == -EINTR)
		return rc;
	return c->at_source ? err_set(err, -rc, "%s: cannot be read: %s", path, strerror(-rc)) : cannot_write(target, rc, err);
}

/* Has an earlier make left it whole? What stands under its name was; but for a machine that lost its power, or somebody else. */
static bool stands(const struct copying *c, const char *target)
{
	struct stat there;
	return c->m->place.resumed && lstat(target, &there) == 0 && S_ISREG(there.st_mode) && (uint64_t)there.st_size == c->st.size;
}

static int digest_there(struct copying *c, const char *target, struct err *err)
{
	SCOPED_FREE uint8_t *block = malloc(BLOCK_BYTES);
	SCOPED_FD int fd = open(target, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (!block || fd < 0)
		return err_set(err, block ? errno : ENOMEM, "%s: cannot be read: %s", target, strerror(block ? errno : ENOMEM));
	ssize_t got;
	while ((got = read(fd, block, BLOCK_BYTES)) > 0 && !atomic_load(&c->m->state.stop))
		SHA256Update(&c->sha, block, (size_t)got);
	return got < 0 ? err_set(err, errno, "%s: cannot be read: %s", target, strerror(errno)) : got ? -EINTR : 0;
}

static int work(void *context, unsigned worker, const char *path, struct buf *said, struct err *err)
{
	struct copying c = {.m = context};
	SCOPED_FREE char *target = target_of(c.m, path);
	int rc = target ? corpus_stat(c.m->corpus, path, &c.st) : -ENOMEM;
	if (rc)
		return err_set(err, -rc, "%s: cannot be read: %s", path, strerror(-rc));
	SHA256Init(&c.sha);
	if (stands(&c, target)) {
		rc = c.m->sums.out ? digest_there(&c, target, err) : 0;
		atomic_fetch_add(&c.m->stayed, 1);
		atomic_fetch_add(&c.m->state.spared, c.st.size);
	} else {
		rc = make_file(&c, worker, path, target, err);
	}
	if (rc || !c.m->sums.out)
		return rc;
	char hex[SHA256_DIGEST_STRING_LENGTH];
	SHA256End(&c.sha, hex);
	sums_add(said, hex, path);
	return said->failed ? err_set(err, ENOMEM, "out of memory") : 0;
}

static void deliver(void *context, const char *said)
{
	struct making *m = context;
	if (m->sums.out)
		fputs(said, m->sums.out);
}

/* ---- all of it ---- */

static int interrupted(void *context)
{
	struct making *m = context;
	return cli_complain(EXIT_INTERRUPTED, "%s: interrupted: %llu of %llu files are there, and whole; to go on: ordeal corpus make --resume %s %s",
			    m->place.directory, (unsigned long long)atomic_load(&m->state.files), (unsigned long long)m->measure.files,
			    m->source, m->place.directory);
}

static int tell(struct making *m)
{
	const char *directory = m->place.directory;
	const uint64_t files = atomic_load(&m->state.files);
	if (m->unkept)
		cli_complain(0, "warning: %s: %u modes or times could not be kept there", directory, m->unkept);
	if (m->special)
		cli_complain(0, "warning: %s: %u left out that are neither file, directory nor link", m->source, m->special);
	cli_tell("%s: %llu file%s, %.1f MB", directory, (unsigned long long)files, files == 1 ? "" : "s",
		 (double)(atomic_load(&m->state.bytes) + atomic_load(&m->state.spared)) / 1e6);
	if (m->place.resumed)
		cli_tell(" (%u stayed)", m->stayed);
	cli_tell("\n");
	return EXIT_AS_EXPECTED;
}

static int make_all(struct making *m, unsigned jobs, struct err *err)
{
	const struct team_job job = {.meet = meet, .work = work, .deliver = deliver, .interrupted = interrupted, .context = m,
				     .state = &m->state, .files = m->measure.files, .bytes = m->measure.bytes};
	int rc = team_run(m->corpus, &job, jobs ? jobs : team_usual(), err);
	if (!rc)
		settle_directories(m);
	if (!rc && m->sums.out)
		rc = sums_end(&m->sums, err);
	return rc ? rc : make_place_end(&m->place, err);
}

static int make(struct making *m, const struct corpus_options *options, const char *directory)
{
	struct err err = {0};
	int rc = corpus_measure(m->corpus, &m->measure, &err);
	if (rc)
		return cli_fail(EXIT_ENVIRONMENT, &err);
	rc = make_place_begin(&m->place, m->corpus, directory, m->measure.identity, options->resume, &err);
	if (rc)
		return cli_fail(rc == -ENOSPC || rc == -EDQUOT ? EXIT_ENVIRONMENT : EXIT_USAGE, &err);
	rc = options->sums ? sums_begin(&m->sums, options->sums, &err) : 0;
	if (rc) {
		struct err doubt = {0};
		if (!m->place.resumed && make_place_end(&m->place, &doubt) < 0)
			cli_complain(0, "warning: %s", doubt.text);
		return cli_fail(EXIT_USAGE, &err);
	}
	rc = make_all(m, options->jobs, &err);
	return !rc ? tell(m) : rc == -EINTR ? interrupted(m) : cli_fail(EXIT_ENVIRONMENT, &err);
}

int corpus_make(const struct corpus_options *options, const char *source, const char *directory)
{
	struct corpus *corpus;
	struct err err = {0};
	if (corpus_open(source, &corpus, &err) < 0)
		return cli_fail(EXIT_USAGE, &err);
	struct making m = {.source = source, .corpus = corpus, .place.lock = -1};
	int status = make(&m, options, directory);
	sums_discard(&m.sums);
	make_place_leave(&m.place);
	for (size_t i = 0; i < m.directories.count; i++)
		free(m.directories.at[i].path);
	vec_free(&m.directories);
	corpus_close(corpus);
	return status;
}
