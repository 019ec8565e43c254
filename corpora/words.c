/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Builds YAML trees from the short form of parameters. */
#include "corpora/words.h"

#include "base/scope.h"

#include <string.h>

static int out_of_memory(struct err *err)
{
	return err_set(err, ENOMEM, "out of memory");
}

/* Add a scalar, `length` characters of the text from `column` on, to a mapping. */
static int add_scalar(const struct yaml *doc, struct yaml_node *map, size_t column, size_t length)
{
	if (map->count == map->room) {
		size_t room = map->room ? map->room * 2 : 8;
		struct yaml_node **grown = reallocarray(map->items, room, sizeof(struct yaml_node *));
		if (!grown)
			return -ENOMEM;
		map->items = grown;
		map->room = room;
	}
	struct yaml_node *node = calloc(1, sizeof *node);
	char *text = strndup(doc->source + column, length);
	if (!node || !text) {
		free(node);
		free(text);
		return -ENOMEM;
	}
	*node = (struct yaml_node){.type = YAML_SCALAR, .column = (int)column, .text = text};
	map->items[map->count++] = node;
	return 0;
}

/* Complain where the key that was added last stands there already. */
static int check_twice(const struct yaml *doc, struct err *err)
{
	const struct yaml_node *map = doc->root, *last = map->items[map->count - 1];
	for (size_t i = 0; i + 1 < map->count; i += 2)
		if (strcmp(map->items[i]->text, last->text) == 0)
			return yaml_error((struct yaml_at){doc, last}, err, "'%s' stands here twice", last->text);
	return 0;
}

static int add_word(struct yaml *doc, size_t column, size_t length, struct err *err)
{
	const char *word = doc->source + column;
	const char *equals = memchr(word, '=', length);
	size_t key = equals ? (size_t)(equals - word) : 0;
	const struct yaml_node here = {.type = YAML_SCALAR, .column = (int)column};
	if (!key || key + 1 == length)
		return yaml_error((struct yaml_at){doc, &here}, err, "'%.*s' is not of the form key=value", (int)length, word);
	if (add_scalar(doc, doc->root, column, key) < 0)
		return out_of_memory(err);
	int rc = check_twice(doc, err);
	if (!rc && add_scalar(doc, doc->root, column + key + 1, length - key - 1) < 0)
		rc = out_of_memory(err);
	return rc;
}

/* No source has so many parameters. */
#define WORDS_MAX 256

static int add_words(struct yaml *doc, struct err *err)
{
	for (size_t column = 0;;) {
		size_t length = strcspn(doc->source + column, ",");
		if (doc->root->count >= 2 * WORDS_MAX)
			return err_set(err, E2BIG, "%s: more than %d parameters", doc->name, WORDS_MAX);
		int rc = add_word(doc, column, length, err);
		if (rc || !doc->source[column + length])
			return rc;
		column += length + 1;
	}
}

int words_parse(const char *name, const char *text, struct yaml **out, struct err *err)
{
	*out = NULL;
	SCOPED(yaml_scope) struct yaml *doc = calloc(1, sizeof *doc);
	if (!doc || !(doc->name = strdup(name)) || !(doc->source = strdup(text)) ||
	    !(doc->root = calloc(1, sizeof *doc->root)))
		return out_of_memory(err);
	doc->root->type = YAML_MAP;
	if (strlen(text) > YAML_TEXT_MAX)
		return err_set(err, EFBIG, "%s: longer than %u characters", name, YAML_TEXT_MAX);
	int rc = add_words(doc, err);
	if (!rc)
		*out = take_ptr(&doc);
	return rc;
}
