/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Looks into outputs. */
#include "harness/inspect.h"

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/scope.h"
#include "harness/copy.h"
#include "harness/inspect_child.h"
#include "harness/inspect_command.h"
#include "harness/kept.h"
#include "harness/wordline.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

struct inspection {
	struct stage *s;
	struct oracles oracles;
	struct comparators comparators;
	struct manifest now, golden_own; /* golden_own: of a clean run that is run again */
	const struct manifest *golden;	 /* NULL: this is the first clean run */
	struct kept clean, second;
	bool again;
	int64_t until_ns;
};

/* ---- places: all below BASE/inspect, which goes when it is done ---- */

static int place(struct inspection *in, const char *below, char path[PATH_MAX])
{
	int length = snprintf(path, PATH_MAX, "%s/%s", in->s->world->base, below);
	return length < PATH_MAX ? 0 : err_set(&in->s->err, ENAMETOOLONG, "%s: too long a path", below);
}

static int make_places(struct inspection *in)
{
	static const char *const directories[] = {"inspect", "inspect/tmp", "inspect/home", "inspect/clean", "inspect/now"};
	char path[PATH_MAX];
	for (size_t i = 0; i < COUNT_OF(directories); i++)
		if (place(in, directories[i], path) < 0 || mkdir(path, 0755) < 0)
			return err_set(&in->s->err, errno, "%s: %s", path, strerror(errno));
	return 0;
}

static void remove_places(struct inspection *in)
{
	char path[PATH_MAX];
	if (place(in, "inspect", path) == 0)
		world_remove_tree(path);
}

static int output_path(struct inspection *in, const char *output, char path[PATH_MAX])
{
	char below[PATH_MAX];
	snprintf(below, sizeof below, "back/out/%s", output);
	return place(in, below, path);
}

/* ---- what is found ---- */

static int note(struct inspection *in, const char *observed, const char *path, const char *said)
{
	SCOPED(buf_free) struct buf line = {0};
	struct jsonw j = jsonw_to(&line);
	jsonw_object(&j);
	jsonw_key(&j, "observed"), jsonw_text(&j, observed);
	jsonw_key(&j, "again"), jsonw_bool(&j, in->again);
	jsonw_key(&j, "path"), jsonw_text(&j, path);
	jsonw_key(&j, "said"), jsonw_text(&j, said);
	jsonw_close(&j);
	buf_char(&line, '\n');
	int rc = line.failed ? -ENOMEM : buf_write_fd(&line, in->s->box->streams[STREAM_OBSERVATIONS]);
	return rc ? err_set(&in->s->err, -rc, "what was found cannot be written: %s", strerror(-rc)) : 0;
}

/* ---- comparing ---- */

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static int put_bytes(const char *path, struct compare_bytes bytes)
{
	SCOPED(buf_free) struct buf copy = {0};
	SCOPED_FD int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	buf_add(&copy, bytes.at, bytes.length);
	return copy.failed ? -ENOMEM : buf_write_fd(&copy, fd);
}

/* 1: equal, 0: not, negative: s->err. */
static int compare_by_command(struct inspection *in, const struct compare_rule *rule, const char *output, struct compare_bytes clean,
			      struct compare_bytes now, char said[COMPARE_SAID_MAX])
{
	static const char *const names[2] = {"{clean}", "{now}"};
	char below[2][PATH_MAX], paths[2][PATH_MAX];
	snprintf(below[0], PATH_MAX, "inspect/clean/%s", last_part(output));
	snprintf(below[1], PATH_MAX, "inspect/now/%s", last_part(output));
	for (int i = 0; i < 2; i++) {
		int rc = place(in, below[i], paths[i]);
		rc = rc ? rc : put_bytes(paths[i], i ? now : clean);
		if (rc)
			return err_set(&in->s->err, -rc, "%s: %s", below[i], strerror(-rc));
	}
	int status = inspect_ask(in->s, in->until_ns, rule->command, names, (const char *const[]){paths[0], paths[1]}, said);
	unlink(paths[0]);
	unlink(paths[1]);
	return status == -2 ? -EIO : status == 0;
}

static int compare_mapped(struct inspection *in, const struct compare_rule *rule, const char *output, struct compare_bytes now,
			  char said[COMPARE_SAID_MAX])
{
	struct compare_bytes clean = kept_find(&in->clean, output), second = kept_find(&in->second, output);
	if (!clean.at) {
		snprintf(said, COMPARE_SAID_MAX, "that of the clean run was too large to be kept");
		return 0;
	}
	if (rule->method == COMPARE_COMMAND)
		return compare_by_command(in, rule, output, clean, now, said);
	/* What chatters shows where two clean runs differ: the second is that one itself. */
	if (!second.at && !in->s->q->clean)
		second = now;
	return inspect_in_child(rule, clean, second, now, in->until_ns, said);
}

static int compare_output(struct inspection *in, const struct compare_rule *rule, const char *output)
{
	char path[PATH_MAX], said[COMPARE_SAID_MAX] = "";
	int rc = output_path(in, output, path);
	SCOPED_FD int fd = rc ? -1 : open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return rc ? rc : note(in, "differs", output, "it cannot be read");
	void *map = st.st_size ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
	if (map == MAP_FAILED)
		return note(in, "differs", output, "it cannot be read");
	static const unsigned char nothing[1];
	int equal = compare_mapped(in, rule, output, (struct compare_bytes){map ? map : nothing, (size_t)st.st_size}, said);
	if (map)
		munmap(map, (size_t)st.st_size);
	return equal < 0 ? equal : note(in, equal ? "equal" : "differs", output, said);
}

static int compare_all(struct inspection *in)
{
	int rc = 0;
	for (size_t i = 0; !rc && in->golden && i < in->now.entries.count; i++) {
		const struct manifest_entry *now = &in->now.entries.at[i], *golden = manifest_find(in->golden, now->path);
		const struct compare_rule *rule = comparators_find(&in->comparators, now->path);
		if (rule && now->type == 'f' && golden && golden->type == 'f' && strcmp(now->digest, golden->digest) != 0)
			rc = compare_output(in, rule, now->path);
	}
	return rc;
}

/* Of a clean run: all that can be compared with later, of its second run only where that tells more. */
static int keep_all(struct inspection *in)
{
	if (in->s->q->clean)
		return 0;
	int fd = in->s->box->streams[in->again ? STREAM_KEPT_AGAIN : STREAM_KEPT], rc = 0;
	for (size_t i = 0; rc >= 0 && i < in->now.entries.count; i++) {
		const struct manifest_entry *now = &in->now.entries.at[i];
		const struct compare_rule *rule = comparators_find(&in->comparators, now->path);
		char path[PATH_MAX];
		if (now->type != 'f' || !rule || (in->again && rule->method != COMPARE_TEXT))
			continue;
		rc = output_path(in, now->path, path);
		rc = rc ? rc : kept_add(fd, now->path, path);
	}
	return rc < 0 ? err_set(&in->s->err, -rc, "outputs of the clean run cannot be kept: %s", strerror(-rc)) : 0;
}

/* ---- checking ---- */

static int check_one(struct inspection *in, char *const *words, const char *output, const char *directory, bool *on)
{
	static const char *const names[2] = {"{}", "{out}"};
	char path[2 * PATH_MAX], said[COMPARE_SAID_MAX];
	snprintf(path, sizeof path, "%s/%s", directory, output);
	int status = inspect_ask(in->s, in->until_ns, words, names, (const char *const[]){path, directory}, said);
	*on = clock_now_ns() < in->until_ns;
	if (status == -2)
		return -EIO;
	return status ? note(in, "bad", output, said) : 0;
}

static bool is_whole_check(char *const *words)
{
	for (; *words; words++)
		if (strstr(*words, "{}"))
			return false;
	return true;
}

static int check_each(struct inspection *in, char *const *words, const char *directory)
{
	bool on = true;
	if (is_whole_check(words))
		return check_one(in, words, "", directory, &on);
	int rc = 0;
	for (size_t i = 0; !rc && on && i < in->now.entries.count; i++)
		if (in->now.entries.at[i].type == 'f')
			rc = check_one(in, words, in->now.entries.at[i].path, directory, &on);
	return rc;
}

/* On a copy: a checker may mend what it looks at, as sqlite3 does with a journal that it finds. */
static int check_all(struct inspection *in)
{
	char from[PATH_MAX], to[PATH_MAX], **words;
	int rc = place(in, "back/out", from);
	rc = rc ? rc : place(in, "inspect/out", to);
	rc = rc ? rc : copy_tree(from, to, &in->s->err);
	rc = rc ? rc : wordline_split("check", in->oracles.check, &words, &in->s->err);
	if (rc)
		return rc;
	rc = check_each(in, words, to);
	wordline_free(words);
	return rc;
}

/* ---- all of it ---- */

static int read_manifest(struct inspection *in, enum box_stream stream, struct manifest *out)
{
	return manifest_read(in->s->box->streams[stream], out, &in->s->err);
}

static int begin(struct inspection *in)
{
	const struct inspect_clean *clean = in->s->q->clean;
	int rc = in->oracles.compare ? comparators_read(in->oracles.compare, &in->comparators, &in->s->err) : 0;
	rc = rc ? rc : read_manifest(in, in->again ? STREAM_AGAIN_OUTPUTS : STREAM_OUTPUTS, &in->now);
	if (rc)
		return rc;
	in->golden = clean ? clean->outputs : in->again ? &in->golden_own : NULL;
	if (!clean && in->again)
		rc = read_manifest(in, STREAM_OUTPUTS, &in->golden_own);
	if (rc || !in->oracles.compare)
		return rc ? rc : make_places(in);
	rc = kept_open(clean ? clean->kept : in->s->box->streams[STREAM_KEPT], &in->clean);
	if (!rc && clean)
		rc = kept_open(clean->kept_again, &in->second);
	return rc ? err_set(&in->s->err, -rc, "what was kept of the clean run cannot be read: %s", strerror(-rc)) : make_places(in);
}

static void end(struct inspection *in)
{
	remove_places(in);
	comparators_free(&in->comparators);
	manifest_free(&in->now);
	manifest_free(&in->golden_own);
	kept_close(&in->clean);
	kept_close(&in->second);
}

int inspect_outputs(struct stage *s, bool again)
{
	struct inspection in = {.s = s, .oracles = oracles_merge(&s->q->spec->oracles, &s->q->subject->oracles), .again = again,
				.until_ns = clock_now_ns() + s->q->deadline_ns};
	if (!in.oracles.compare && !in.oracles.check)
		return 0;
	int rc = begin(&in);
	rc = rc ? rc : compare_all(&in);
	rc = rc ? rc : keep_all(&in);
	if (!rc && in.oracles.check)
		rc = check_all(&in);
	end(&in);
	return rc;
}
