/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Builds a tree with positions from libfyaml's events, and reads mappings by tables. */
#include "base/yaml.h"

#include "base/buf.h"
#include "base/glob.h"
#include "base/harmless.h"
#include "base/nearest.h"
#include "base/scope.h"
#include "base/units.h"
#include "base/utf8.h"

#include <errno.h>
#include <libfyaml.h>
#include <malloc.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A value takes some hundred bytes while it is read. What a text like this has taken goes back to the system at once: a server may have
 * been sent it, and lives on for days. */
#define LARGE_TEXT (256u << 10)

/* ---- complaints ---- */

/* The text of a line (from 0) of the source, without its end. Returns its length. */
static int line_of(const char *source, int line, const char **start)
{
	for (; line > 0; line--) {
		const char *newline = strchr(source, '\n');
		if (!newline)
			break;
		source = newline + 1;
	}
	*start = source;
	return (int)strcspn(source, "\r\n");
}

/* Say it with "name:line:column: " before, the line and a caret below. */
static int complain(const struct yaml *doc, int line, int column, int width, struct err *err, const char *message)
{
	const char *start;
	char text[164];
	int length = line_of(doc->source, line, &start);
	snprintf(text, sizeof text, "%.*s", length, start);
	harmless(text, "\t");
	if (column > length || length > 160)
		return err_set(err, EINVAL, "%s:%d:%d: %s", doc->name, line + 1, column + 1, message);
	char caret[164], mark[164];
	for (int i = 0; i < column; i++)
		caret[i] = text[i] == '\t' ? '\t' : ' ';
	caret[column] = '\0';
	if (width > length - column)
		width = length - column;
	if (width < 1)
		width = 1;
	memset(mark, '~', (size_t)width);
	mark[0] = '^';
	mark[width] = '\0';
	return err_set(err, EINVAL, "%s:%d:%d: %s\n    %.*s\n    %s%s", doc->name, line + 1, column + 1, message, length,
		       text, caret, mark);
}

/* In characters, as libfyaml counts columns. */
static int width_of(const struct yaml_node *node)
{
	int width = node->text ? 0 : 1;
	for (const char *at = node->text; at && *at; at++)
		width += (*at & 0xc0) != 0x80;
	return width;
}

int yaml_error(struct yaml_at at, struct err *err, const char *format, ...)
{
	char message[600];
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	harmless(message, "\t");
	return complain(at.doc, at.node->line, at.node->column, width_of(at.node), err, message);
}

/* ---- the tree ---- */

static void node_free(struct yaml_node *node)
{
	if (!node)
		return;
	for (size_t i = 0; i < node->count; i++)
		node_free(node->items[i]);
	free(node->items);
	free(node->text);
	free(node);
}

static int node_append(struct yaml_node *parent, struct yaml_node *child)
{
	if (parent->count == parent->room) {
		size_t room = parent->room ? parent->room * 2 : 4;
		struct yaml_node **grown = reallocarray(parent->items, room, sizeof(struct yaml_node *));
		if (!grown)
			return -ENOMEM;
		parent->items = grown;
		parent->room = room;
	}
	parent->items[parent->count++] = child;
	return 0;
}

/* What building needs: the open collections, innermost last. */
struct builder {
	struct yaml *doc;
	struct yaml_node *open[YAML_DEPTH_MAX];
	int depth;
	struct fy_mark last; /* where the last node stands: an empty value has no place of its own */
	bool ended;	     /* the parser has come to the end of the text */
	struct err *err;
};

static struct yaml_node *node_new(struct builder *b, enum yaml_type type, struct fy_event *event)
{
	struct yaml_node *node = calloc(1, sizeof *node);
	const struct fy_mark *mark = fy_event_start_mark(event);
	if (mark)
		b->last = *mark;
	if (!node)
		return NULL;
	node->type = type;
	node->line = b->last.line;
	node->column = b->last.column;
	return node;
}

static int refuse(struct builder *b, struct fy_event *event, const char *why)
{
	const struct fy_mark *mark = fy_event_start_mark(event);
	return complain(b->doc, mark ? mark->line : 0, mark ? mark->column : 0, 1, b->err, why);
}

static int check_key(struct builder *b, const struct yaml_node *map, const struct yaml_node *key)
{
	struct yaml_at at = {b->doc, key};
	if (key->type != YAML_SCALAR)
		return yaml_error(at, b->err, "a key must be plain text");
	if (map->count >= 2 * YAML_KEYS_MAX)
		return yaml_error(at, b->err, "more than %d keys in a mapping", YAML_KEYS_MAX);
	for (size_t i = 0; i < map->count; i += 2)
		if (strcmp(map->items[i]->text, key->text) == 0)
			return yaml_error(at, b->err, "'%s' stands here twice (first on line %d)", key->text,
					  map->items[i]->line + 1);
	return 0;
}

/* Hang the node into the innermost open collection. Takes ownership, also when it fails. */
static int place(struct builder *b, struct yaml_node *node)
{
	if (!node)
		return err_set(b->err, ENOMEM, "%s: out of memory", b->doc->name);
	if (!b->depth) {
		b->doc->root = node;
		return 0;
	}
	struct yaml_node *parent = b->open[b->depth - 1];
	int rc = parent->type == YAML_MAP && parent->count % 2 == 0 ? check_key(b, parent, node) : 0;
	if (!rc && node_append(parent, node) < 0)
		rc = err_set(b->err, ENOMEM, "%s: out of memory", b->doc->name);
	if (rc)
		node_free(node);
	return rc;
}

static int begin(struct builder *b, struct fy_event *event, enum yaml_type type)
{
	if (b->depth == YAML_DEPTH_MAX)
		return refuse(b, event, "nested too deep");
	struct yaml_node *node = node_new(b, type, event);
	int rc = place(b, node);
	if (!rc)
		b->open[b->depth++] = node;
	return rc;
}

static int scalar(struct builder *b, struct fy_event *event)
{
	/* Without memory the library takes a text for an empty one; its length it finds out without. */
	size_t length = 0, whole = fy_token_get_text_length(event->scalar.value);
	const char *text = fy_token_get_text(event->scalar.value, &length);
	if (length != whole)
		text = NULL;
	if (text && memchr(text, '\0', length))
		return refuse(b, event, "a NUL character");
	/* An empty value has a text too: none at all means that memory is out. */
	struct yaml_node *node = text ? node_new(b, YAML_SCALAR, event) : NULL;
	if (node && !(node->text = strndup(text, length))) {
		node_free(node);
		node = NULL;
	}
	return place(b, node);
}

static bool decorated(const struct fy_event *event)
{
	switch ((int)event->type) {
	case FYET_SCALAR:
		return event->scalar.anchor || event->scalar.tag;
	case FYET_MAPPING_START:
		return event->mapping_start.anchor || event->mapping_start.tag;
	case FYET_SEQUENCE_START:
		return event->sequence_start.anchor || event->sequence_start.tag;
	default:
		return false;
	}
}

static int take_event(struct builder *b, struct fy_event *event)
{
	if (decorated(event))
		return refuse(b, event, "anchors and tags are not allowed here");
	switch ((int)event->type) {
	case FYET_STREAM_END:
		b->ended = true;
		return 0;
	case FYET_DOCUMENT_START:
		return b->doc->root ? refuse(b, event, "only one document is allowed in a file") : 0;
	case FYET_ALIAS:
		return refuse(b, event, "aliases are not allowed here (a text that begins with '*' must be quoted: \"*.bin\")");
	case FYET_SCALAR:
		return scalar(b, event);
	case FYET_MAPPING_START:
		return begin(b, event, YAML_MAP);
	case FYET_SEQUENCE_START:
		return begin(b, event, YAML_LIST);
	case FYET_MAPPING_END:
	case FYET_SEQUENCE_END:
		b->depth--;
		return 0;
	default:
		return 0;
	}
}

/* What often makes a line unreadable: {here}/NAME, which YAML takes for a mapping and something behind it. */
static bool has_bare_brace(const struct yaml *doc, int line)
{
	const char *start;
	int length = line_of(doc->source, line, &start);
	for (int i = 0, open = -1; i < length; i++) {
		if (start[i] == '{')
			open = i;
		if (start[i] == '}' && open >= 0 && i + 1 < length && start[i + 1] == '/' && (!open || !strchr("'\"", start[open - 1])))
			return true;
	}
	return false;
}

/* The parser's own complaint, moved into ours. */
static int syntax_error(struct builder *b, struct fy_diag *diag)
{
	void *iterator = NULL;
	const struct fy_diag_error *e = fy_diag_errors_iterate(diag, &iterator);
	if (!e)
		return err_set(b->err, EINVAL, "%s: cannot be read as YAML", b->doc->name);
	int line = e->line > 0 ? e->line - 1 : 0;
	char message[300];
	snprintf(message, sizeof message, "%s%s", e->msg,
		 has_bare_brace(b->doc, line) ? " (a text that begins with '{' must be quoted: \"{...}/...\")" : "");
	return complain(b->doc, line, e->column > 0 ? e->column - 1 : 0, 1, b->err, message);
}

static int build_document(struct builder *b, struct fy_parser *parser, struct fy_diag *diag)
{
	int rc = 0;
	while (!rc) {
		struct fy_event *event = fy_parser_parse(parser);
		if (!event)
			break;
		rc = take_event(b, event);
		fy_parser_event_free(parser, event);
	}
	if (!rc && fy_parser_get_stream_error(parser))
		rc = syntax_error(b, diag);
	if (!rc && !b->ended) /* the library has no other word for it */
		rc = err_set(b->err, ENOMEM, "%s: out of memory", b->doc->name);
	if (!rc && !b->doc->root)
		rc = err_set(b->err, EINVAL, "%s: is empty", b->doc->name);
	return rc;
}

/* Some of its complaints the library would print by itself. */
static void say_nothing(struct fy_diag *diag, void *user, const char *text, size_t length)
{
	(void)diag, (void)user, (void)text, (void)length;
}

/* libfyaml does not look whether it got an input's memory (fy_parse_input_append() checks another pointer), and writes to where that is
 * not: near address 0. A server that is sent a rule must not end by it. */
static _Thread_local struct {
	sigjmp_buf back;
	volatile sig_atomic_t set;
} handing_over;

static void on_fault(int number, siginfo_t *info, void *context)
{
	(void)context;
	if (handing_over.set && (uintptr_t)info->si_addr < 4096)
		siglongjmp(handing_over.back, 1);
	signal(number, SIG_DFL); /* it is not that: it comes again, and ends us as ever */
}

static bool hand_over(struct fy_parser *parser, const char *text, size_t length)
{
	const struct sigaction ours = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
	struct sigaction usual;
	volatile bool done = false;
	sigaction(SIGSEGV, &ours, &usual);
	if (sigsetjmp(handing_over.back, 1) == 0) {
		handing_over.set = true;
		done = fy_parser_set_string(parser, text, length) == 0;
	}
	handing_over.set = false;
	sigaction(SIGSEGV, &usual, NULL);
	return done;
}

static int parse_with_library(struct builder *b, const char *text, size_t length)
{
	struct fy_diag_cfg silent;
	fy_diag_cfg_default(&silent);
	silent.fp = NULL;
	silent.output_fn = say_nothing;
	struct fy_diag *diag = fy_diag_create(&silent);
	if (!diag)
		return err_set(b->err, ENOMEM, "%s: out of memory", b->doc->name);
	fy_diag_set_collect_errors(diag, true);
	const struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_JSON_NONE, .diag = diag};
	struct fy_parser *parser = fy_parser_create(&config);
	int rc;
	if (!parser || !hand_over(parser, text, length))
		rc = err_set(b->err, ENOMEM, "%s: out of memory", b->doc->name);
	else
		rc = build_document(b, parser, diag);
	fy_parser_destroy(parser);
	fy_diag_destroy(diag);
	return rc;
}

/* Without memory libfyaml may call a text wrong that is not. What it finds wrong it reads again, and only that which is so then as well
 * is said of somebody's file. */
static int build(struct yaml *doc, size_t length, struct err *err)
{
	int rc = -EINVAL;
	for (int pass = 0; pass < 2 && rc == -EINVAL; pass++) {
		struct builder b = {.doc = doc, .err = err};
		node_free(doc->root);
		doc->root = NULL;
		rc = parse_with_library(&b, doc->source, length);
	}
	if (!rc && err)
		err->code = 0;
	return rc;
}

int yaml_parse(const char *name, const char *text, size_t length, struct yaml **out, struct err *err)
{
	*out = NULL;
	if (length > YAML_TEXT_MAX)
		return err_set(err, EFBIG, "%s: larger than %u bytes", name, YAML_TEXT_MAX);
	if (memchr(text, '\0', length))
		return err_set(err, EINVAL, "%s: holds NUL bytes: not a text file", name);
	/* libfyaml takes bytes that are not UTF-8 for the end of the file, where they do not stand in a scalar. */
	int line = 1;
	for (size_t at = 0, width; at < length; at += width) {
		width = utf8_width(text + at, length - at);
		if (!width)
			return err_set(err, EINVAL, "%s:%d: is not UTF-8", name, line);
		line += text[at] == '\n';
	}
	struct yaml *doc = calloc(1, sizeof *doc);
	if (!doc || !(doc->name = strdup(name)) || !(doc->source = strndup(text, length))) {
		yaml_free(doc);
		return err_set(err, ENOMEM, "%s: out of memory", name);
	}
	int rc = build(doc, length, err);
	if (!rc)
		*out = doc;
	else
		yaml_free(doc);
	if (length > LARGE_TEXT)
		malloc_trim(0);
	return rc;
}

int yaml_load(const char *path, struct yaml **out, struct err *err)
{
	*out = NULL;
	SCOPED(buf_free) struct buf text = {0};
	int rc = buf_read_file(&text, path, YAML_TEXT_MAX);
	if (rc)
		return err_set(err, -rc, "%s: cannot be read: %s", path, strerror(-rc));
	return yaml_parse(path, buf_string(&text), text.length, out, err);
}

void yaml_free(struct yaml *yaml)
{
	if (!yaml)
		return;
	bool large = yaml->source && strlen(yaml->source) > LARGE_TEXT;
	node_free(yaml->root);
	free(yaml->source);
	free(yaml->name);
	free(yaml);
	if (large)
		malloc_trim(0);
}

void yaml_scope(struct yaml **yaml)
{
	yaml_free(*yaml);
}

struct yaml_at yaml_root(const struct yaml *yaml)
{
	return (struct yaml_at){yaml, yaml->root};
}

/* ---- mappings and lists ---- */

struct yaml_at yaml_get(struct yaml_at at, const char *key)
{
	if (at.node->type == YAML_MAP)
		for (size_t i = 0; i + 1 < at.node->count; i += 2)
			if (strcmp(at.node->items[i]->text, key) == 0)
				return (struct yaml_at){at.doc, at.node->items[i + 1]};
	return (struct yaml_at){at.doc, NULL};
}

static const char *article(const char *what)
{
	return strchr("aeiou", what[0]) ? "an" : "a";
}

static int read_pair(struct yaml_at key, struct yaml_at value, const char *what, const struct yaml_field *table,
		     size_t count, void *object, struct err *err)
{
	const struct yaml_field *field = named_in(table, count, sizeof *table, key.node->text);
	if (!field) {
		char hint[NEAREST_HINT_SIZE];
		return yaml_error(key, err, "unknown key '%s' in %s %s%s", key.node->text, article(what), what,
				  nearest_hint(hint, nearest_in(table, count, sizeof *table, key.node->text)));
	}
	return field->read(value, (char *)object + field->offset, err);
}

int yaml_fields(struct yaml_at at, const char *what, const struct yaml_field *table, size_t count, void *object,
		struct err *err)
{
	if (at.node->type != YAML_MAP)
		return yaml_error(at, err, "%s %s must be a mapping (key: value)", article(what), what);
	for (size_t i = 0; i + 1 < at.node->count; i += 2) {
		struct yaml_at key = {at.doc, at.node->items[i]}, value = {at.doc, at.node->items[i + 1]};
		int rc = read_pair(key, value, what, table, count, object, err);
		if (rc)
			return rc;
	}
	for (size_t i = 0; i < count; i++)
		if (table[i].required && !yaml_get(at, table[i].name).node)
			return yaml_error(at, err, "the %s has no '%s'", what, table[i].name);
	return 0;
}

int yaml_each(struct yaml_at at, yaml_reader *read, void *into, struct err *err)
{
	if (at.node->type != YAML_LIST)
		return read(at, into, err);
	for (size_t i = 0; i < at.node->count; i++) {
		int rc = read((struct yaml_at){at.doc, at.node->items[i]}, into, err);
		if (rc)
			return rc;
	}
	return 0;
}

/* ---- readers of scalars ---- */

const char *yaml_scalar(struct yaml_at at, struct err *err)
{
	if (at.node->type == YAML_SCALAR)
		return at.node->text;
	yaml_error(at, err, "a single value is wanted here, not a %s", at.node->type == YAML_MAP ? "mapping" : "list");
	return NULL;
}

int yaml_text(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	if (!text[0])
		return yaml_error(at, err, "the value is empty");
	char **slot = into;
	free(*slot);
	*slot = strdup(text);
	return *slot ? 0 : err_set(err, ENOMEM, "out of memory");
}

int yaml_line(struct yaml_at at, void *into, struct err *err)
{
	int rc = yaml_text(at, into, err);
	for (const char *c = rc ? "" : at.node->text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return yaml_error(at, err, "a title is one line, as is a name, without control characters");
	return rc;
}

int yaml_bool(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	bool yes = strcmp(text, "true") == 0 || strcmp(text, "yes") == 0 || strcmp(text, "on") == 0;
	bool no = strcmp(text, "false") == 0 || strcmp(text, "no") == 0 || strcmp(text, "off") == 0;
	if (!yes && !no)
		return yaml_error(at, err, "'%s' is neither true nor false", text);
	*(bool *)into = yes;
	return 0;
}

/* Complain about a quantity; `mended` is what it may have been meant to say. */
static int refuse_quantity(struct yaml_at at, int rc, const char *what, const char *mended, struct err *err)
{
	char hint[NEAREST_HINT_SIZE + UNITS_MENDED_SIZE];
	if (rc == -ERANGE)
		return yaml_error(at, err, "'%s' is out of range for %s", at.node->text, what);
	return yaml_error(at, err, "'%s' is not %s%s", at.node->text, what, nearest_hint(hint, mended));
}

/* Give a scalar to a reader of base/units.h and complain in its name. */
#define UNITS_READER(name, reader, type, what)                                                    \
	int name(struct yaml_at at, void *into, struct err *err)                                    \
	{                                                                                           \
		const char *text = yaml_scalar(at, err);                                            \
		int rc = text ? reader(text, (type *)into) : -EINVAL;                               \
		char mended[UNITS_MENDED_SIZE];                                                     \
		type meant;                                                                         \
		if (!text || !rc)                                                                   \
			return rc;                                                                  \
		bool hint = units_mended(text, mended) && reader(mended, &meant) == 0;              \
		return refuse_quantity(at, rc, what, hint ? mended : NULL, err);                    \
	}

UNITS_READER(yaml_number, units_number, uint64_t, "a whole number")
UNITS_READER(yaml_size, units_size, uint64_t, "a size, such as 512, 64KiB or 10MB")
UNITS_READER(yaml_duration, units_duration, int64_t, "a duration with its unit, such as 50ms or 2s")
UNITS_READER(yaml_rate, units_rate, uint64_t, "a rate, such as 10MB/s, 512KiB/s or 100mbit")
UNITS_READER(yaml_probability, units_probability, double, "a probability, such as 0.05 or 5%")
UNITS_READER(yaml_byte_range, units_range, struct range, "a range of bytes, such as 64KiB.., 0..512 or ..4KiB")
UNITS_READER(yaml_ordinals, units_ordinals, struct ordinals, "a choice of occurrences FIRST[..LAST][+STEP], such as 3, 2.. or 1..9+2")

int yaml_count32(struct yaml_at at, void *into, struct err *err)
{
	uint64_t number;
	int rc = yaml_number(at, &number, err);
	if (rc)
		return rc;
	if (number > UINT32_MAX)
		return yaml_error(at, err, "'%s' is too large", at.node->text);
	*(uint32_t *)into = (uint32_t)number;
	return 0;
}

static int refuse_list_of_paths(struct yaml_at at, struct err *err)
{
	SCOPED(buf_free) struct buf pattern = {0};
	for (size_t i = 0; i < at.node->count; i++)
		if (at.node->items[i]->type == YAML_SCALAR)
			buf_printf(&pattern, "%s%s", pattern.length ? "," : "", at.node->items[i]->text);
	return yaml_error(at, err, "a single value is wanted here, not a list (braces hold several patterns: '{%s}')", buf_string(&pattern));
}

int yaml_glob(struct yaml_at at, void *into, struct err *err)
{
	struct err why = {0};
	if (at.node->type == YAML_LIST)
		return refuse_list_of_paths(at, err);
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	int rc = glob_compile(text, into, &why);
	return rc == -ENOMEM ? err_set(err, ENOMEM, "%s: out of memory", at.doc->name) : rc ? yaml_error(at, err, "bad path pattern: %s", why.text) : 0;
}

int yaml_version1(struct yaml_at at, void *into, struct err *err)
{
	(void)into;
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	return strcmp(text, "1") == 0 ? 0 : yaml_error(at, err, "version '%s' is not known here (only 1 is)", text);
}
