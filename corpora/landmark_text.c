/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Lays landmark sets out as text. Each number has the same width, and so each line: where an object, and each landmark of it, stands in a
 * file is arithmetic. */
#include "corpora/landmark_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- formats ---- */

/* Names and groups of objects have as many characters each. */
#define NAME "object_%07llu"
#define GROUP "group_%02u"
#define NAME_SIZE 14
#define GROUP_SIZE 8

/* A number: "1234.567", or "-999.000" where it is missing; and what stands behind it. */
#define NUMBER_SIZE 8
#define CELL_SIZE (NUMBER_SIZE + 1)

/* Sections of a file. */
enum section { END, WORDS, NAMES, GROUPS, OBJECTS };
#define SECTIONS_MAX 6

static const struct format {
	const char *name, *suffix;
	char between, behind; /* numbers; and each landmark's last one. The last of an object ends its line. */
	bool titled;	      /* something of its own stands before each object */
	bool footed;	      /* and behind */
	enum section sections[SECTIONS_MAX + 1];
} formats[] = {
	{"tps", ".tps", ' ', '\n', true, true, {OBJECTS}},
	{"nts", ".nts", ' ', ' ', false, false, {WORDS, NAMES, OBJECTS}},
	{"x1y1", ".x1y1", '\t', '\t', true, false, {WORDS, OBJECTS}},
	{"morphologika", ".txt", ' ', '\n', true, false, {WORDS, NAMES, WORDS, GROUPS, WORDS, OBJECTS}},
};
enum { FORMAT_TPS, FORMAT_NTS, FORMAT_X1Y1, FORMAT_MORPHOLOGIKA };

const char *landmark_format(uint32_t format)
{
	return format < COUNT_OF(formats) ? formats[format].name : NULL;
}

const char *landmark_suffix(uint32_t format)
{
	return formats[format].suffix;
}

/* What stands once in a file, by the number of the section. */
static void add_words(const struct landmark_shape *shape, size_t section, struct buf *to)
{
	static const char axes[] = "XYZ";
	if (shape->format == FORMAT_NTS)
		buf_printf(to, "1 %uL %u %s DIM=%u\n", shape->objects, shape->landmarks * shape->dimensions, shape->missing > 0 ? "1 -999" : "0",
			   shape->dimensions);
	if (shape->format == FORMAT_MORPHOLOGIKA && section == 0)
		buf_printf(to, "[individuals]\n%u\n[landmarks]\n%u\n[dimensions]\n%u\n[names]\n", shape->objects, shape->landmarks,
			   shape->dimensions);
	if (shape->format == FORMAT_MORPHOLOGIKA && section > 0)
		buf_text(to, section == 2 ? "[labels]\nGroup\n[labelvalues]\n" : "[rawpoints]\n");
	if (shape->format != FORMAT_X1Y1)
		return;
	buf_text(to, "Name");
	for (uint32_t i = 0; i < shape->landmarks * shape->dimensions; i++)
		buf_printf(to, "\t%c%u", axes[i % shape->dimensions], i / shape->dimensions + 1);
	buf_char(to, '\n');
}

#define EDGE_SIZE 64 /* of what stands before or behind an object, at most */

static size_t title_of(const struct landmark_shape *shape, uint64_t object, char text[EDGE_SIZE])
{
	const unsigned long long number = object;
	int length = shape->format == FORMAT_TPS    ? snprintf(text, EDGE_SIZE, "LM%s=%u\n", shape->dimensions == 3 ? "3" : "", shape->landmarks)
		     : shape->format == FORMAT_X1Y1 ? snprintf(text, EDGE_SIZE, NAME "\t", number)
						    : snprintf(text, EDGE_SIZE, "'" NAME "\n", number);
	return formats[shape->format].titled ? (size_t)length : 0;
}

static size_t foot_of(const struct landmark_shape *shape, uint64_t object, char text[EDGE_SIZE])
{
	int length = snprintf(text, EDGE_SIZE, "ID=" NAME "\nCOMMENT=" GROUP "\n", (unsigned long long)object,
			      (unsigned)(object % shape->groups) + 1);
	return formats[shape->format].footed ? (size_t)length : 0;
}

/* ---- where everything stands ---- */

struct stretch {
	enum section section;
	uint64_t offset, size;
	uint64_t record; /* bytes of each object; of WORDS: where they stand in `words` */
};

struct landmark_text {
	struct landmark_shape shape;
	uint64_t seed;
	struct landmark_space *space;
	struct buf words;
	struct stretch parts[SECTIONS_MAX + 1];
	uint64_t size;
	size_t title, foot; /* bytes before and behind the numbers of an object */
};

static uint64_t numbers_size(const struct landmark_shape *shape)
{
	return (uint64_t)shape->landmarks * shape->dimensions * CELL_SIZE;
}

static struct stretch lay_part(struct landmark_text *set, size_t number, enum section section)
{
	struct stretch part = {.section = section, .offset = set->size};
	if (section == WORDS) {
		part.record = set->words.length;
		add_words(&set->shape, number, &set->words);
		part.size = set->words.length - part.record;
		return part;
	}
	part.record = section == NAMES	   ? NAME_SIZE + 1
		      : section == GROUPS ? GROUP_SIZE + 1
					  : set->title + numbers_size(&set->shape) + set->foot;
	part.size = part.record * set->shape.objects;
	return part;
}

static void lay_out(struct landmark_text *set)
{
	const enum section *sections = formats[set->shape.format].sections;
	char edge[EDGE_SIZE];
	set->title = title_of(&set->shape, 0, edge);
	set->foot = foot_of(&set->shape, 0, edge);
	for (size_t i = 0; sections[i] != END; i++) {
		set->parts[i] = lay_part(set, i, sections[i]);
		set->size += set->parts[i].size;
	}
}

void landmark_text_close(struct landmark_text *set)
{
	landmark_space_free(set->space);
	buf_free(&set->words);
	free(set);
}

int landmark_text_open(const struct landmark_shape *shape, uint64_t seed, struct landmark_text **out)
{
	struct landmark_text *set = calloc(1, sizeof *set);
	if (!set)
		return -ENOMEM;
	set->shape = *shape;
	set->seed = seed;
	lay_out(set);
	if (set->words.failed || landmark_space_make(shape, seed, &set->space) < 0) {
		landmark_text_close(set);
		return -ENOMEM;
	}
	*out = set;
	return 0;
}

uint64_t landmark_text_size(const struct landmark_text *set)
{
	return set->size;
}

const struct landmark_space *landmark_text_space(const struct landmark_text *set)
{
	return set->space;
}

/* ---- files ---- */

struct landmark_file {
	const struct landmark_text *set;
	uint64_t first; /* object */
	struct landmark_gaps gaps;
	uint64_t last; /* the object that was asked for last; UINT64_MAX: none */
	struct landmark_object object;
};

int landmark_file_open(const struct landmark_text *set, uint64_t index, struct landmark_file **out)
{
	struct landmark_file *file = malloc(sizeof *file);
	if (!file)
		return -ENOMEM;
	*file = (struct landmark_file){.set = set, .first = index * set->shape.objects, .last = UINT64_MAX};
	landmark_gaps(&set->shape, set->seed, index, &file->gaps);
	*out = file;
	return 0;
}

static void print_number(uint32_t thousandths, char text[NUMBER_SIZE])
{
	for (int i = NUMBER_SIZE; i-- > 0;) {
		if (i == 4) {
			text[i] = '.';
			continue;
		}
		text[i] = (char)('0' + thousandths % 10);
		thousandths /= 10;
	}
}

/* The numbers of one landmark, and what stands behind each. Returns how many bytes. */
static size_t print_landmark(struct landmark_file *file, uint64_t object, uint32_t landmark, char *text)
{
	const struct landmark_shape *shape = &file->set->shape;
	const struct format *format = &formats[shape->format];
	bool missing = landmark_is_missing(&file->gaps, object * shape->landmarks + landmark);
	uint32_t places[3];
	if (file->last != object)
		landmark_object(file->set->space, file->first + object, &file->object);
	file->last = object;
	landmark_place(file->set->space, &file->object, landmark, places);
	for (uint32_t d = 0; d < shape->dimensions; d++, text += CELL_SIZE) {
		if (missing)
			memcpy(text, "-999.000", NUMBER_SIZE);
		else
			print_number(places[d], text);
		text[NUMBER_SIZE] = d + 1 < shape->dimensions ? format->between : landmark + 1 < shape->landmarks ? format->behind : '\n';
	}
	return (size_t)shape->dimensions * CELL_SIZE;
}

/* A piece of an object's record: what stands at `place` in it. *begin is where the piece begins. Returns its length. */
static size_t print_piece(struct landmark_file *file, uint64_t object, uint64_t place, char text[EDGE_SIZE], uint64_t *begin)
{
	const struct landmark_text *set = file->set;
	const uint64_t numbers = numbers_size(&set->shape), line = (uint64_t)set->shape.dimensions * CELL_SIZE;
	*begin = 0;
	if (place < set->title)
		return title_of(&set->shape, file->first + object, text);
	*begin = set->title + numbers;
	if (place >= *begin)
		return foot_of(&set->shape, file->first + object, text);
	uint64_t landmark = (place - set->title) / line;
	*begin = set->title + landmark * line;
	return print_landmark(file, object, (uint32_t)landmark, text);
}

/* A piece of a part of the file, as above. */
static size_t print_part(struct landmark_file *file, const struct stretch *part, uint64_t place, char text[EDGE_SIZE], uint64_t *begin)
{
	const uint64_t object = place / part->record, start = object * part->record;
	const unsigned long long number = file->first + object;
	if (part->section == OBJECTS) {
		size_t length = print_piece(file, object, place - start, text, begin);
		*begin += start;
		return length;
	}
	*begin = start;
	int length = part->section == NAMES ? snprintf(text, EDGE_SIZE, NAME "\n", number)
					    : snprintf(text, EDGE_SIZE, GROUP "\n", (unsigned)(number % file->set->shape.groups) + 1);
	return (size_t)length;
}

/* Bytes from a place of the file, within one piece of it. Returns how many: 1 at least. */
static size_t read_piece(struct landmark_file *file, char *bytes, size_t length, uint64_t offset)
{
	const struct landmark_text *set = file->set;
	const struct stretch *part = set->parts;
	char text[EDGE_SIZE];
	const char *from = text;
	uint64_t begin = 0;
	while (offset >= part->offset + part->size)
		part++;
	size_t there = (size_t)part->size;
	if (part->section == WORDS)
		from = set->words.at + part->record;
	else
		there = print_part(file, part, offset - part->offset, text, &begin);
	size_t skip = (size_t)(offset - part->offset - begin);
	if (length > there - skip)
		length = there - skip;
	memcpy(bytes, from + skip, length);
	return length;
}

ssize_t landmark_file_read(struct landmark_file *file, void *bytes, size_t length, uint64_t offset)
{
	const uint64_t all = file->set->size;
	if (offset >= all)
		return 0;
	if (length > all - offset)
		length = (size_t)(all - offset);
	for (size_t done = 0; done < length;)
		done += read_piece(file, (char *)bytes + done, length - done, offset + done);
	return (ssize_t)length;
}
