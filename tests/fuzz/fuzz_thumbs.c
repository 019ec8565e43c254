/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Files of strangers, to whatever makes pictures of them: PNG, BMP, TIFF, WAV, text, bytes, each asked whether it is its own or not. What comes out is
 * markup that nothing of the file can leave. */
#include "fuzz.h"
#include "harness/cli/thumb.h"

#include <errno.h>
#include <string.h>

struct corpus_file {
	const uint8_t *bytes;
	size_t size;
};

/* In the place of the corpus: bytes in memory. */
ssize_t corpus_file_read(struct corpus_file *file, void *bytes, size_t length, uint64_t offset)
{
	if (offset >= file->size)
		return 0;
	size_t part = file->size - (size_t)offset < length ? file->size - (size_t)offset : length;
	memcpy(bytes, file->bytes + offset, part);
	return (ssize_t)part;
}

/* Every < begins one of our own tags, and no control character is left. */
static bool is_sober(const char *markup)
{
	static const char *const tags[] = {"<pre>", "</pre>", "<img alt=\"\" width=\""};
	for (const char *at = markup; *at; at++) {
		bool ours = *at != '<';
		for (size_t i = 0; !ours && i < COUNT_OF(tags); i++)
			ours = strncmp(at, tags[i], strlen(tags[i])) == 0;
		if (!ours || ((unsigned char)*at < ' ' && *at != '\n' && *at != '\t'))
			return false;
	}
	return true;
}

static void put_to(const struct thumb_kind *kind, const struct thumb_file *file)
{
	struct thumb thumb = {0};
	int rc = kind->draw(file, &thumb);
	PROMISE(rc == 0 || rc == -ENOMEM);
	PROMISE(is_sober(buf_string(&thumb.picture)));
	PROMISE(thumb.picture.length < (1u << 20) && thumb.facts.length < 1000);
	PROMISE(!thumb.torn || thumb.said[0]);
	buf_free(&thumb.picture);
	buf_free(&thumb.facts);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct thumb_kind *const kinds[] = {&thumb_png, &thumb_bmp, &thumb_tiff, &thumb_wav, &thumb_text, &thumb_bytes};
	struct corpus_file memory = {bytes, size};
	struct thumb_file file = {.file = &memory, .path = "file", .size = size};
	file.head_length = size < sizeof file.head ? size : sizeof file.head;
	memcpy(file.head, bytes, file.head_length);
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (kinds[i]->knows(&file) || kinds[i] != &thumb_text)
			put_to(kinds[i], &file);
	struct buf markup = {0};
	thumb_add_text(&markup, (const char *)bytes, size);
	PROMISE(is_sober(buf_string(&markup)) && (!markup.at || !strpbrk(markup.at, "<>\"'")));
	buf_free(&markup);
	return 0;
}
