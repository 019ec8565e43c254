/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* ordeal corpus thumbs: a page with a picture of each file, for a person who wants to see what a corpus holds. Nothing on it comes from
 * elsewhere, and nothing on it runs. It is XML as well as HTML. */
#include "base/scope.h"
#include "harness/cli/cli.h"
#include "harness/cli/corpus_cmds.h"
#include "harness/cli/corpus_measure.h"
#include "harness/cli/thumb.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define FILES_USUAL 200

/* The first that knows a file draws it; where nothing comes of it, its bytes are shown. */
static const struct thumb_kind *const kinds[] = {&thumb_png, &thumb_bmp, &thumb_tiff, &thumb_wav, &thumb_text, &thumb_bytes};

static const char page_begin[] =
	"<!DOCTYPE html>\n"
	"<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\"/>\n"
	"<style>\n"
	"body { font: 14px/1.35 sans-serif; margin: 1.5em; color: #222; background: #fff }\n"
	"h1, h2 { font-weight: 600; overflow-wrap: anywhere }\n"
	".card { display: inline-block; vertical-align: top; border: 1px solid #bbb; border-radius: 4px; padding: 8px; margin: 0 12px 12px 0; max-width: 340px; overflow-wrap: anywhere }\n"
	".card.bad { border: 2px solid #c00 }\n"
	".picture { min-width: 96px; min-height: 24px; overflow: hidden }\n"
	".picture.torn img { background: repeating-linear-gradient(45deg, #fbb 0, #fbb 4px, #fff 4px, #fff 8px) }\n"
	"img { display: block; background: #eee; image-rendering: pixelated }\n"
	"pre { font: 10px/1.25 monospace; margin: 0; background: #f6f6f6; padding: 4px; overflow: hidden }\n"
	".name { font-weight: 600; margin-top: 4px }\n"
	".facts { color: #666; font-size: 12px }\n"
	".damage { color: #c00; font-weight: 600 }\n"
	".said { color: #a50; font-size: 12px }\n"
	".bad .said { color: #c00 }\n"
	"</style>\n";

struct page {
	const struct corpus *corpus;
	const char *source;
	FILE *out;
	bool damaged;	     /* which of them this walk shows */
	uint64_t met, count; /* of those, so far and in all */
	uint64_t quota;	     /* so many are shown, evenly chosen */
	uint64_t shown;
};

/* Is the next one among the chosen? */
static bool choose(struct page *page)
{
	const uint64_t i = page->met++;
	return page->count && (i + 1) * page->quota / page->count != i * page->quota / page->count;
}

/* ---- a card ---- */

static void add_line(struct buf *to, const char *class, const char *text)
{
	if (!*text)
		return;
	buf_printf(to, "<div class=\"%s\">", class);
	thumb_add_text(to, text, strlen(text));
	buf_text(to, "</div>");
}

static void add_size(struct buf *to, uint64_t size)
{
	if (size < 1000)
		buf_printf(to, "%llu bytes", (unsigned long long)size);
	else if (size < 1000000)
		buf_printf(to, "%.1f kB", (double)size / 1e3);
	else
		buf_printf(to, "%.1f MB", (double)size / 1e6);
}

/* The damage, and what may be expected then. */
static void add_damage(struct buf *to, const struct corpus *corpus, const char *path)
{
	const char *damage = corpus_truth(corpus, path), *class = "";
	char line[128];
	if (!damage)
		return;
	if (corpus_class(corpus, path, &class) < 0)
		class = "class not known";
	snprintf(line, sizeof line, "damage: %s (%s)", damage, class);
	add_line(to, "damage", line);
}

static void add_card(struct buf *to, const struct page *page, const char *path, const struct thumb *thumb, const char *facts)
{
	buf_printf(to, "<div class=\"card%s\">", page->damaged ? " bad" : "");
	if (thumb->picture.length) {
		buf_printf(to, "<div class=\"picture%s\">", thumb->torn ? " torn" : "");
		buf_add(to, thumb->picture.at, thumb->picture.length);
		buf_text(to, "</div>");
	}
	add_line(to, "name", path);
	add_line(to, "facts", facts);
	add_damage(to, page->corpus, path);
	add_line(to, "said", thumb->said);
	buf_text(to, "</div>\n");
}

static int put_card(struct page *page, const char *path, const struct thumb *thumb, const char *facts)
{
	struct buf card = {0};
	add_card(&card, page, path, thumb, facts);
	int rc = card.failed || thumb->picture.failed ? -ENOMEM : 0;
	if (!rc)
		fputs(buf_string(&card), page->out);
	buf_free(&card);
	page->shown++;
	return rc;
}

/* ---- a file ---- */

static int draw(struct thumb_file *file, struct thumb *thumb)
{
	ssize_t got = thumb_read(file, file->head, sizeof file->head, 0);
	if (got < 0) {
		thumb_say(thumb, "cannot be read: %s", strerror((int)-got));
		return 0;
	}
	file->head_length = (size_t)got;
	size_t i = 0;
	while (!kinds[i]->knows(file))
		i++; /* the last one knows all */
	int rc = kinds[i]->draw(file, thumb);
	for (i++; !rc && !thumb->picture.length && i < COUNT_OF(kinds); i++)
		if (kinds[i]->knows(file))
			rc = kinds[i]->draw(file, thumb);
	return rc;
}

static int show_file(struct page *page, const char *path)
{
	struct thumb_file file = {.path = path};
	struct thumb thumb = {0};
	struct corpus_stat st;
	SCOPED(buf_free) struct buf facts = {0};
	int rc = corpus_stat(page->corpus, path, &st);
	if (!rc)
		rc = corpus_file_open(page->corpus, path, &file.file);
	if (rc) {
		thumb_say(&thumb, "cannot be opened: %s", strerror(-rc));
		rc = 0;
	} else {
		file.size = st.size;
		add_size(&facts, st.size);
		rc = draw(&file, &thumb);
	}
	if (thumb.facts.length)
		buf_printf(&facts, ", %s", buf_string(&thumb.facts));
	if (!rc)
		rc = put_card(page, path, &thumb, buf_string(&facts));
	corpus_file_close(file.file);
	buf_free(&thumb.picture);
	buf_free(&thumb.facts);
	return rc;
}

static int show_one(const struct corpus *corpus, const char *path, mode_t type, void *context, struct err *err)
{
	struct page *page = context;
	if (!S_ISREG(type) || (corpus_truth(corpus, path) != NULL) != page->damaged || !choose(page))
		return 0;
	int rc = show_file(page, path);
	return rc ? err_set(err, -rc, "%s: %s", path, strerror(-rc)) : 0;
}

/* ---- the page ---- */

static void put_head(const struct page *page, const char *tag, const char *text)
{
	struct buf line = {0};
	buf_printf(&line, "<%s>", tag);
	thumb_add_text(&line, text, strlen(text));
	buf_printf(&line, "</%s>\n", tag);
	fputs(buf_string(&line), page->out);
	buf_free(&line);
}

static int put_removed(struct page *page, const struct corpus_damaged *damaged)
{
	const struct thumb thumb = {0};
	int rc = 0;
	for (size_t i = 0; !rc && i < damaged->files.count; i++)
		if (strcmp(damaged->files.at[i].damage, "remove") == 0 && choose(page))
			rc = put_card(page, damaged->files.at[i].path, &thumb, "");
	return rc;
}

static uint64_t count_removed(const struct corpus_damaged *damaged)
{
	uint64_t count = 0;
	for (size_t i = 0; i < damaged->files.count; i++)
		count += strcmp(damaged->files.at[i].damage, "remove") == 0;
	return count;
}

/* The damaged files, or the whole ones. */
static int put_section(struct page *page, const struct corpus_damaged *damaged, uint64_t count, uint64_t most, struct err *err)
{
	char title[96];
	if (!count)
		return 0;
	page->count = count;
	page->met = 0;
	page->quota = count < most ? count : most;
	snprintf(title, sizeof title, "%s: %llu%s", page->damaged ? "Damaged" : "Whole", (unsigned long long)count,
		 page->quota == count ? "" : page->quota ? ", some of them" : ", not shown");
	put_head(page, "h2", title);
	fputs("<div class=\"cards\">\n", page->out);
	int rc = page->quota ? corpus_walk(page->corpus, ".", show_one, page, err) : 0;
	if (!rc && damaged && (rc = put_removed(page, damaged)))
		err_set(err, -rc, "%s", strerror(-rc));
	fputs("</div>\n", page->out);
	return rc;
}

static int put_sections(struct page *page, uint64_t most, struct err *err)
{
	struct corpus_measure measure;
	struct corpus_damaged damaged;
	int rc = corpus_measure(page->corpus, &measure, err);
	if (!rc && (rc = corpus_damaged(page->corpus, &damaged)))
		err_set(err, -rc, "the damaged files cannot be counted: %s", strerror(-rc));
	if (rc)
		return rc;
	page->damaged = true;
	rc = put_section(page, &damaged, measure.damaged + count_removed(&damaged), most, err);
	corpus_damaged_free(&damaged);
	page->damaged = false;
	return rc ? rc : put_section(page, NULL, measure.files - measure.damaged, most - page->shown, err);
}

static int put_page(struct page *page, uint64_t most, struct err *err)
{
	fputs(page_begin, page->out);
	put_head(page, "title", page->source);
	fputs("</head>\n<body>\n", page->out);
	put_head(page, "h1", page->source);
	if (corpus_about(page->corpus))
		put_head(page, "p", corpus_about(page->corpus));
	put_head(page, "p", corpus_title(page->corpus));
	int rc = put_sections(page, most, err);
	fputs("</body>\n</html>\n", page->out);
	return rc;
}

/* Written aside: what is there under its name is whole. */
static int write_page(struct page *page, const char *name, uint64_t most, struct err *err)
{
	SCOPED_FREE char *aside = NULL;
	if (asprintf(&aside, "%s.part", name) < 0) {
		aside = NULL;
		return err_set(err, ENOMEM, "out of memory");
	}
	page->out = fopen(aside, "we");
	if (!page->out)
		return err_set(err, errno, "%s: the page cannot be written: %s", name, strerror(errno));
	int rc = put_page(page, most, err);
	bool failed = ferror(page->out);
	if (fclose(page->out) != 0)
		failed = true;
	if (!rc && (failed || rename(aside, name) < 0))
		rc = err_set(err, errno, "%s: the page cannot be written: %s", name, strerror(errno));
	if (rc)
		unlink(aside);
	return rc;
}

int corpus_thumbs(const struct corpus_options *options, const char *source, const char *page_name)
{
	struct corpus *corpus;
	struct err err = {0};
	if (corpus_open(source, &corpus, &err) < 0)
		return cli_fail(EXIT_USAGE, &err);
	struct page page = {.corpus = corpus, .source = source};
	int rc = write_page(&page, page_name, options->max ? options->max : FILES_USUAL, &err);
	corpus_close(corpus);
	if (rc)
		return cli_fail(EXIT_ENVIRONMENT, &err);
	cli_tell("%s: %llu file%s\n", page_name, (unsigned long long)page.shown, page.shown == 1 ? "" : "s");
	return EXIT_AS_EXPECTED;
}
