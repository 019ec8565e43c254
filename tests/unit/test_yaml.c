/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Strict YAML: what is refused, where the caret points, what the readers take. */
#include "unit.h"

#include "base/clock.h"
#include "base/glob.h"
#include "base/units.h"
#include "base/yaml.h"

/* ---- refusals ---- */

/* The tree on one line: {key=value,...} [item,...], scalars as they are. */
static void tell(const struct yaml_node *node, char *to)
{
	if (node->type == YAML_SCALAR) {
		strcat(to, node->text);
		return;
	}
	strcat(to, node->type == YAML_MAP ? "{" : "[");
	for (size_t i = 0; i < node->count; i++) {
		strcat(to, !i ? "" : node->type == YAML_MAP && i % 2 ? "=" : ",");
		tell(node->items[i], to);
	}
	strcat(to, node->type == YAML_MAP ? "}" : "]");
}

static void assert_complaint(const char *text, size_t length, int code, const char *wanted)
{
	struct yaml *doc = (struct yaml *)&code;
	struct err err = {0};
	int rc = yaml_parse("f.yaml", text, length, &doc, &err);
	if (rc == 0)
		yaml_free(doc);
	if (rc != -code || err.code != code || doc)
		fail_msg("\"%s\": %d instead of %d: %s", text, rc, -code, err.text);
	unit_same_text(text, err.text, wanted);
}

static void what_is_refused_is_shown_with_its_place(void **state)
{
	(void)state;
	static const struct {
		const char *text, *complaint;
	} rows[] = {
		{"", "f.yaml: is empty"},
		{"\n\n", "f.yaml: is empty"},
		{"# only a comment\n", "f.yaml: is empty"},
		{"a: 1\nb: 2\na: 3\n", "f.yaml:3:1: 'a' stands here twice (first on line 1)\n    a: 3\n    ^"},
		{"x:\n  key: 1\n  key: 2\n",
		 "f.yaml:3:3: 'key' stands here twice (first on line 2)\n      key: 2\n      ^~~"},
		{"{a: 1, b: 2, a: 3}", "f.yaml:1:14: 'a' stands here twice (first on line 1)\n    {a: 1, b: 2, a: 3}\n    "
				       "             ^"},
		{"a: &x 1\n", "f.yaml:1:7: anchors and tags are not allowed here\n    a: &x 1\n          ^"},
		{"a: &x [1]\n", "f.yaml:1:7: anchors and tags are not allowed here\n    a: &x [1]\n          ^"},
		{"a: !!str 1\n", "f.yaml:1:10: anchors and tags are not allowed here\n    a: !!str 1\n             ^"},
		{"a: !x {b: 1}\n", "f.yaml:1:7: anchors and tags are not allowed here\n    a: !x {b: 1}\n          ^"},
		{"a: 1\n---\nb: 2\n", "f.yaml:2:1: only one document is allowed in a file\n    ---\n    ^"},
		{"[a]: 1\n", "f.yaml:1:1: a key must be plain text\n    [a]: 1\n    ^"},
		{"? {a: 1}\n: 2\n", "f.yaml:1:3: a key must be plain text\n    ? {a: 1}\n      ^"},
		{"a: \"x\\0y\"\n", "f.yaml:1:5: a NUL character\n    a: \"x\\0y\"\n        ^"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_complaint(rows[i].text, strlen(rows[i].text), EINVAL, rows[i].complaint);
}

/* The words are libfyaml's; the place, the line and the caret are ours. */
static void syntax_errors_are_shown_with_their_place(void **state)
{
	(void)state;
	static const struct {
		const char *text, *start, *end;
	} rows[] = {
		{"a: [1, 2\n", "f.yaml:", "^"},
		{"a: 1\n  b: 2\n", "f.yaml:1:4: ", "^"},
		{"a: 'x\n", "f.yaml:1:", "^"},
		{"a: \"x\\q\"\n", "f.yaml:1:", "^"},
		{"- a\nb: 1\n", "f.yaml:2:", "^"},
		{"a: {b: 1}}\n", "f.yaml:1:", "^"},
		{"\tindented: by a tab\n", "f.yaml:1:", "^"},
		{"a:\n\tb: 1\n", "f.yaml:2:", "^"},
		{"a: *nothing\n", "f.yaml:1:", ""},
		{"a: @\n", "f.yaml:1:", "^"},
		{"%YAML 9.9\n---\na: 1\n", "f.yaml: cannot be read as YAML", ""},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct yaml *doc;
		struct err err = {0};
		int rc = yaml_parse("f.yaml", rows[i].text, strlen(rows[i].text), &doc, &err);
		size_t length = strlen(err.text), end = strlen(rows[i].end);
		if (rc != -EINVAL || strncmp(err.text, rows[i].start, strlen(rows[i].start)) != 0 || length < end ||
		    strcmp(err.text + length - end, rows[i].end) != 0)
			fail_msg("\"%s\": %d: %s", rows[i].text, rc, err.text);
	}
}

static void what_is_not_utf8_is_refused_wherever_it_stands(void **state)
{
	(void)state;
	static const struct {
		const char *text, *complaint;
	} rows[] = {
		{"a: \xff\nb: 2\n", "f.yaml:1: is not UTF-8"},
		{"a: 1 # caf\xe9\nb: 2\n", "f.yaml:1: is not UTF-8"},
		{"a: 1\n# \xe9\nb: 2\n", "f.yaml:2: is not UTF-8"},
		{"a: 1\n\xe9\nb: 2\n", "f.yaml:2: is not UTF-8"},
		{"a: \"caf\xe9\"\n", "f.yaml:1: is not UTF-8"},
		{"a: 1\nb: \xc3", "f.yaml:2: is not UTF-8"},	    /* cut off */
		{"a: \xed\xa0\x80\n", "f.yaml:1: is not UTF-8"},  /* half a surrogate pair */
		{"a: \xc0\xaf\n", "f.yaml:1: is not UTF-8"},	    /* an overlong slash */
		{"a: \xf4\x90\x80\x80\n", "f.yaml:1: is not UTF-8"}, /* behind U+10FFFF */
		{"\xff\xfe" "a", "f.yaml:1: is not UTF-8"},	    /* UTF-16 */
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_complaint(rows[i].text, strlen(rows[i].text), EINVAL, rows[i].complaint);
}

/* Nothing behind a strange character is lost without a word. */
static void no_character_ends_a_file(void **state)
{
	(void)state;
	static const char *const strange[] = {"\xc2\x80", "\xc2\x85", "\xc2\xa0", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xef\xbb\xbf",
					      "\xef\xbf\xbd", "\xef\xbf\xbe", "\xef\xbf\xbf", "\xf0\x9f\x98\x80",
					      "\xf4\x8f\xbf\xbf", "\xee\x80\x80"};
	static const char *const forms[][2] = {{"a: 1 # ", "\nb: 2\n"}, {"a: 1\n#", "\nb: 2\n"}, {"a: 1\n", "\nb: 2\n"},
					       {"a: 1", "\nb: 2\n"},	  {"a: '", "'\nb: 2\n"}, {"", "a: 1\nb: 2\n"}};
	for (size_t i = 0; i < 127 + COUNT_OF(strange); i++) {
		const char one[2] = {(char)(i + 1), '\0'};
		for (size_t j = 0; j < COUNT_OF(forms); j++) {
			char text[64];
			struct yaml *doc;
			snprintf(text, sizeof text, "%s%s%s", forms[j][0], i < 127 ? one : strange[i - 127], forms[j][1]);
			if (yaml_parse("f", text, strlen(text), &doc, NULL) < 0)
				continue;
			char tree[100] = "";
			tell(yaml_root(doc).node, tree);
			yaml_free(doc);
			if (!strchr(tree, '2'))
				fail_msg("%zu in '%s' becomes '%s'", i, text, tree);
		}
	}
}

static void aliases_are_refused(void **state)
{
	(void)state;
	struct yaml *doc;
	struct err err = {0};
	assert_complaint("a: *b\n", 6, EINVAL, "f.yaml:1:5: aliases are not allowed here (a text that begins with '*' must be quoted: \"*.bin\")\n    a: *b\n        ^");
	/* The billion laughs end at the first of them. */
	const char *laughs = "a: &a [lol, lol]\nb: &b [*a, *a]\nc: [*b, *b]\n";
	assert_int_equal(yaml_parse("f", laughs, strlen(laughs), &doc, &err), -EINVAL);
	assert_non_null(strstr(err.text, "f:1:7: anchors and tags are not allowed here"));
}

static void nul_bytes_and_size_are_checked_first(void **state)
{
	(void)state;
	assert_complaint("a: \0b\n", 6, EINVAL, "f.yaml: holds NUL bytes: not a text file");
	assert_complaint("a: 1\n\0", 6, EINVAL, "f.yaml: holds NUL bytes: not a text file");
	size_t size = YAML_TEXT_MAX + 1;
	char *large = malloc(size);
	assert_non_null(large);
	memset(large, '#', size);
	assert_complaint(large, size, EFBIG, "f.yaml: larger than 4194304 bytes");
	assert_complaint(large, size - 1, EINVAL, "f.yaml: is empty");
	memcpy(large, "a: 1\n", 5);
	struct yaml *doc;
	assert_int_equal(yaml_parse("f.yaml", large, size - 1, &doc, NULL), 0);
	yaml_free(doc);
	free(large);
}

static void nesting_ends_at_32(void **state)
{
	(void)state;
	char text[200];
	struct yaml *doc;
	struct err err = {0};
	for (int depth = 1; depth <= 40; depth++) {
		memset(text, '[', (size_t)depth);
		memset(text + depth, ']', (size_t)depth);
		text[2 * depth] = '\0';
		int rc = yaml_parse("f", text, strlen(text), &doc, &err);
		if (rc != (depth <= YAML_DEPTH_MAX ? 0 : -EINVAL))
			fail_msg("%d deep: %d", depth, rc);
		if (!rc)
			yaml_free(doc);
	}
	assert_non_null(strstr(err.text, "f:1:33: nested too deep\n"));
	/* As deep as the text allows: refused in a moment, without a crash. */
	char *deep = malloc(YAML_TEXT_MAX);
	assert_non_null(deep);
	memset(deep, '[', YAML_TEXT_MAX);
	assert_int_equal(yaml_parse("f", deep, YAML_TEXT_MAX, &doc, &err), -EINVAL);
	free(deep);
}

/* A file from a stranger, of the size that is allowed. */
static void a_hostile_file_of_full_size_is_read_or_refused_in_a_moment(void **state)
{
	(void)state;
	char *text = malloc(YAML_TEXT_MAX + 64), *to = text;
	assert_non_null(text);
	for (int i = 0; to < text + YAML_TEXT_MAX - 16; i++)
		to += sprintf(to, "%x:\n", i);
	struct yaml *doc;
	int64_t start = clock_now_ns();
	struct err err = {0};
	int rc = yaml_parse("f", text, (size_t)(to - text), &doc, &err);
	int64_t ms = (clock_now_ns() - start) / NS_PER_MS;
	assert_int_equal(rc, -EINVAL);
	assert_string_equal(err.text, "f:1001:1: more than 1000 keys in a mapping\n    3e8:\n    ^~~");
	/* A list may be as long as it likes. */
	for (to = text; to < text + YAML_TEXT_MAX - 16;)
		to = stpcpy(to, "- {}\n");
	start = clock_now_ns() - ms * NS_PER_MS;
	assert_int_equal(yaml_parse("f", text, (size_t)(to - text), &doc, &err), 0);
	yaml_free(doc);
	ms = (clock_now_ns() - start) / NS_PER_MS;
	free(text);
	if (ms > 10000)
		fail_msg("two hostile files took %lld ms", (long long)ms);
}

/* ---- files ---- */

static void files_are_read_by_name(void **state)
{
	(void)state;
	struct yaml *doc;
	struct err err = {0};
	char wanted[PATH_MAX + 400];
	const char *path = unit_file("good.yaml", "a: 1\n");
	assert_int_equal(yaml_load(path, &doc, &err), 0);
	assert_string_equal(doc->name, path);
	yaml_free(doc);
	path = unit_path("none.yaml");
	assert_int_equal(yaml_load(path, &doc, &err), -ENOENT);
	snprintf(wanted, sizeof wanted, "%s: cannot be read: No such file or directory", path);
	assert_string_equal(err.text, wanted);
	assert_null(doc);
	assert_int_equal(yaml_load(unit_dir, &doc, &err), -EISDIR);
	snprintf(wanted, sizeof wanted, "%s: cannot be read: Is a directory", unit_dir);
	assert_string_equal(err.text, wanted);
	path = unit_file("empty.yaml", "");
	assert_int_equal(yaml_load(path, &doc, &err), -EINVAL);
	snprintf(wanted, sizeof wanted, "%s: is empty", path);
	assert_string_equal(err.text, wanted);
	assert_int_equal(yaml_load("/dev/zero", &doc, &err), -EFBIG);
	assert_string_equal(err.text, "/dev/zero: cannot be read: File too large");
}

/* ---- what is taken ---- */

static void documents_become_trees(void **state)
{
	(void)state;
	static const struct {
		const char *text, *tree;
	} rows[] = {
		{"a: 1\nb: [x, y]\nc: {d: e}\n", "{a=1,b=[x,y],c={d=e}}"},
		{"- a\n- b: 1\n  c: 2\n", "[a,{b=1,c=2}]"},
		{"plain\n", "plain"},
		{"--- \na: 1\n...\n", "{a=1}"},
		{"a:\nb: ''\nc: \"\"\nd: ~\ne: null\n", "{a=,b=,c=,d=~,e=null}"},
		{"a: 1\r\nb:\r\n  - x\r\n  - y\r\n", "{a=1,b=[x,y]}"},
		{"{\"a\": 1, \"b\": [true, null, 1.5e3]}", "{a=1,b=[true,null,1.5e3]}"}, /* JSON is YAML too */
		{"a: gr\xc3\xbc\xc3\x9f Gott\n", "{a=gr\xc3\xbc\xc3\x9f Gott}"},
		{"\xef\xbb\xbf" "a: 1\n", "{a=1}"}, /* a byte order mark */
		{"a: \"\\u00fc\\n\\t\"\n", "{a=\xc3\xbc\n\t}"},
		{"a: |\n  one\n  two\n", "{a=one\ntwo\n}"},
		{"a: >-\n  one\n  two\n", "{a=one two}"},
		{"a: 'it''s'\n", "{a=it's}"},
		{"a: x # comment\n", "{a=x}"},
		{"a: x#y\n", "{a=x#y}"},
		{"a: http://x:80/\n", "{a=http://x:80/}"},
		{"a:\t1\n", "{a=1}"},
		{"? a\n: 1\n", "{a=1}"},
		{"A: 1\na: 2\n", "{A=1,a=2}"},
		{"'': 1\n", "{=1}"},
		{"<<: {a: 1}\n", "{<<={a=1}}"}, /* no merging */
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct yaml *doc;
		struct err err = {0};
		char tree[300] = "";
		if (yaml_parse("f", rows[i].text, strlen(rows[i].text), &doc, &err) < 0)
			fail_msg("\"%s\": %s", rows[i].text, err.text);
		tell(yaml_root(doc).node, tree);
		unit_same_text(rows[i].text, tree, rows[i].tree);
		yaml_free(doc);
	}
	yaml_free(NULL);
}

/* ---- complaints about a node ---- */

static void assert_marks(const char *text, const char *key, const char *wanted)
{
	struct yaml *doc;
	struct err err = {0};
	assert_int_equal(yaml_parse("f", text, strlen(text), &doc, &err), 0);
	struct yaml_at at = yaml_get(yaml_root(doc), key);
	assert_non_null(at.node);
	assert_int_equal(yaml_error(at, &err, "bad %s %d", "thing", 7), -EINVAL);
	assert_int_equal(err.code, EINVAL);
	unit_same_text(text, err.text, wanted);
	assert_int_equal(yaml_error(at, NULL, "to nobody"), -EINVAL);
	yaml_free(doc);
}

static void the_caret_stands_below_the_value(void **state)
{
	(void)state;
	assert_marks("a: value\n", "a", "f:1:4: bad thing 7\n    a: value\n       ^~~~~");
	assert_marks("x: 1\na: v\n", "a", "f:2:4: bad thing 7\n    a: v\n       ^");
	assert_marks("x: 1\r\na: v\r\n", "a", "f:2:4: bad thing 7\n    a: v\n       ^");
	assert_marks("a: [1]\n", "a", "f:1:4: bad thing 7\n    a: [1]\n       ^");
	assert_marks("a: 'quoted'\n", "a", "f:1:5: bad thing 7\n    a: 'quoted'\n        ^~~~~~");
	assert_marks("{b: 1, a: word }", "a", "f:1:11: bad thing 7\n    {b: 1, a: word }\n              ^~~~");
	/* Of a quoted value, below the text in the quotes. No further than the line: */
	assert_marks("a: \"one\\\n  two\"\n", "a", "f:1:5: bad thing 7\n    a: \"one\\\n        ^~~~");
	/* Without a newline at the end. */
	assert_marks("a: v", "a", "f:1:4: bad thing 7\n    a: v\n       ^");
	/* A tab before it is repeated, so that it is as wide in both lines. */
	assert_marks("a:\tv\n", "a", "f:1:4: bad thing 7\n    a:\tv\n      \t^");
}

static void the_caret_counts_characters(void **state)
{
	(void)state;
	/* Three bytes for two characters before it, and a value of four bytes that is three wide. */
	assert_marks("{x\xc3\xbc: 1, a: v\xc3\xbcw}", "a",
		     "f:1:12: bad thing 7\n    {x\xc3\xbc: 1, a: v\xc3\xbcw}\n               ^~~");
}

static void a_long_line_is_not_shown(void **state)
{
	(void)state;
	char text[300];
	memset(text, ' ', sizeof text);
	memcpy(text, "a: v", 4);
	strcpy(text + 170, "# so long\n");
	assert_marks(text, "a", "f:1:4: bad thing 7");
}

/* A complaint is for a terminal, and a file may be a stranger's. */
static void control_characters_of_a_file_do_not_reach_the_terminal(void **state)
{
	(void)state;
	const char *text = "a: \"\\e[2J\\u009b2J\\x7f\\r\\n\xc3\xa4 gone\"\n";
	struct yaml *doc;
	struct err err = {0};
	bool truth;
	assert_int_equal(yaml_parse("f", text, strlen(text), &doc, &err), 0);
	assert_int_equal(yaml_bool(yaml_get(yaml_root(doc), "a"), &truth, &err), -EINVAL);
	yaml_free(doc);
	assert_non_null(strstr(err.text, "f:1:5: '?[2J??" "2J???\xc3\xa4 gone' is neither true nor false\n"));
}

static void control_characters_in_the_line_that_is_shown_neither(void **state)
{
	(void)state;
	struct yaml *doc;
	struct err err = {0};
	for (int c = 1; c < 0x80; c++) {
		char text[32];
		bool truth;
		snprintf(text, sizeof text, "b: x%cy\na: nonsense # %c\n", c, c);
		if (yaml_parse("f", text, strlen(text), &doc, &err) == 0) {
			if (yaml_get(yaml_root(doc), "a").node)
				assert_int_equal(yaml_bool(yaml_get(yaml_root(doc), "a"), &truth, &err), -EINVAL);
			yaml_free(doc);
		}
		for (const char *at = err.text; *at; at++)
			if (((unsigned char)*at < ' ' && *at != '\t' && *at != '\n') || *at == 0x7f)
				fail_msg("character %d", c);
	}
}

static void an_empty_value_is_marked_near_its_key(void **state)
{
	(void)state;
	const char *text = "x: 1\nkey:\ny: 2\n";
	struct yaml *doc;
	struct err err = {0};
	uint64_t number;
	assert_int_equal(yaml_parse("f", text, strlen(text), &doc, &err), 0);
	assert_int_equal(yaml_number(yaml_get(yaml_root(doc), "key"), &number, &err), -EINVAL);
	yaml_free(doc);
	if (strncmp(err.text, "f:2:", 4) != 0)
		fail_msg("%s", err.text);
}

/* ---- mappings by table ---- */

struct thing {
	char *name;
	uint64_t count;
	bool on;
};

static const struct yaml_field thing_fields[] = {
	YAML_REQUIRED(struct thing, "name", name, yaml_text),
	YAML_FIELD(struct thing, "count", count, yaml_number),
	YAML_FIELD(struct thing, "on", on, yaml_bool),
};

static int read_thing(const char *text, struct thing *thing, struct err *err)
{
	struct yaml *doc;
	*thing = (struct thing){.count = 5};
	int rc = yaml_parse("f", text, strlen(text), &doc, err);
	assert_int_equal(rc, 0);
	rc = yaml_fields(yaml_root(doc), "thing", thing_fields, COUNT_OF(thing_fields), thing, err);
	yaml_free(doc);
	return rc;
}

static void a_table_fills_an_object(void **state)
{
	(void)state;
	struct thing thing;
	struct err err = {0};
	assert_int_equal(read_thing("{on: yes, name: x, count: 7}", &thing, &err), 0);
	assert_string_equal(thing.name, "x");
	assert_int_equal(thing.count, 7);
	assert_true(thing.on);
	free(thing.name);
	assert_int_equal(read_thing("name: 12\n", &thing, &err), 0);
	assert_string_equal(thing.name, "12");
	assert_int_equal(thing.count, 5); /* what is not there stays as it was */
	assert_false(thing.on);
	free(thing.name);
}

static void a_table_is_strict(void **state)
{
	(void)state;
	static const struct {
		const char *text, *complaint;
	} rows[] = {
		{"{count: 1}", "f:1:1: the thing has no 'name'\n    {count: 1}\n    ^"},
		{"{}", "f:1:1: the thing has no 'name'\n    {}\n    ^"},
		{"{name: x, cuont: 1}", "f:1:11: unknown key 'cuont' in a thing (did you mean 'count'?)\n    {name: x, cuont: 1}\n"
					"              ^~~~~"},
		{"{name: x, colour: red}", "f:1:11: unknown key 'colour' in a thing\n    {name: x, colour: red}\n"
					   "              ^~~~~~"},
		{"{name: x, Count: 1}", "f:1:11: unknown key 'Count' in a thing (did you mean 'count'?)\n    {name: x, Count: 1}\n"
					"              ^~~~~"},
		{"[name, x]", "f:1:1: a thing must be a mapping (key: value)\n    [name, x]\n    ^"},
		{"name", "f:1:1: a thing must be a mapping (key: value)\n    name\n    ^~~~"},
		{"{name: ''}", "f:1:9: the value is empty\n    {name: ''}\n            ^"},
		{"{name: [x]}", "f:1:8: a single value is wanted here, not a list\n    {name: [x]}\n           ^"},
		{"{name: {x: y}}", "f:1:8: a single value is wanted here, not a mapping\n    {name: {x: y}}\n           ^"},
		{"{name: x, count: many}", "f:1:18: 'many' is not a whole number\n    {name: x, count: many}\n"
					   "                     ^~~~"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct thing thing;
		struct err err = {0};
		int rc = read_thing(rows[i].text, &thing, &err);
		free(thing.name);
		if (rc != -EINVAL)
			fail_msg("\"%s\": %d", rows[i].text, rc);
		unit_same_text(rows[i].text, err.text, rows[i].complaint);
	}
}

/* ---- readers ---- */

static yaml_reader *const readers[] = {yaml_bool, yaml_count32, yaml_number, yaml_size, yaml_duration, yaml_probability,
				       yaml_byte_range, yaml_ordinals, yaml_text, yaml_version1, yaml_glob};
enum { BOOL, COUNT32, NUMBER, SIZE, DURATION, PROBABILITY, RANGE, ORDINALS, TEXT, VERSION1, GLOB };

static void readers_complain_in_their_own_words(void **state)
{
	(void)state;
	static const struct {
		int reader;
		const char *text, *complaint;
	} rows[] = {
		{BOOL, "maybe", "'maybe' is neither true nor false"},
		{BOOL, "True", "'True' is neither true nor false"},
		{BOOL, "1", "'1' is neither true nor false"},
		{COUNT32, "4294967296", "'4294967296' is too large"},
		{COUNT32, "-1", "'-1' is not a whole number"},
		{NUMBER, "1.5", "'1.5' is not a whole number"},
		{NUMBER, "18446744073709551616", "'18446744073709551616' is out of range for a whole number"},
		{SIZE, "1K", "'1K' is not a size, such as 512, 64KiB or 10MB (did you mean '1KiB'?)"},
		{SIZE, "3mb", "'3mb' is not a size, such as 512, 64KiB or 10MB (did you mean '3MiB'?)"},
		{SIZE, "1E", "'1E' is not a size, such as 512, 64KiB or 10MB"},
		{RANGE, "4K..", "'4K..' is not a range of bytes, such as 64KiB.., 0..512 or ..4KiB (did you mean '4KiB..'?)"},
		{RANGE, "1kB..4g", "'1kB..4g' is not a range of bytes, such as 64KiB.., 0..512 or ..4KiB (did you mean '1kB..4GiB'?)"},
		{RANGE, "4K..x", "'4K..x' is not a range of bytes, such as 64KiB.., 0..512 or ..4KiB"},
		{SIZE, "99999999TiB", "'99999999TiB' is out of range for a size, such as 512, 64KiB or 10MB"},
		{DURATION, "5", "'5' is not a duration with its unit, such as 50ms or 2s"},
		{DURATION, "9999999h", "'9999999h' is out of range for a duration with its unit, such as 50ms or 2s"},
		{PROBABILITY, "often", "'often' is not a probability, such as 0.05 or 5%"},
		{PROBABILITY, "150%", "'150%' is out of range for a probability, such as 0.05 or 5%"},
		{RANGE, "5..2", "'5..2' is not a range of bytes, such as 64KiB.., 0..512 or ..4KiB"},
		{ORDINALS, "0", "'0' is not a choice of occurrences FIRST[..LAST][+STEP], such as 3, 2.. or 1..9+2"},
		{TEXT, "''", "the value is empty"},
		{VERSION1, "2", "version '2' is not known here (only 1 is)"},
		{VERSION1, "1.0", "version '1.0' is not known here (only 1 is)"},
		{VERSION1, "one", "version 'one' is not known here (only 1 is)"},
		{GLOB, "/x", "bad path pattern: starts with '/' (paths are relative to the volume: leave it out)"},
		{GLOB, "''", "bad path pattern: the pattern is empty"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct yaml *doc;
		struct err err = {0};
		char text[100], wanted[300];
		union {
			uint64_t number;
			struct range range;
			struct ordinals ordinals;
			char *text;
		} into = {0};
		snprintf(text, sizeof text, "k: %s\n", rows[i].text);
		assert_int_equal(yaml_parse("f", text, strlen(text), &doc, &err), 0);
		int rc = readers[rows[i].reader](yaml_get(yaml_root(doc), "k"), &into, &err);
		yaml_free(doc);
		bool quoted = rows[i].text[0] == '\'';
		snprintf(wanted, sizeof wanted, "f:1:%d: %s\n", quoted ? 5 : 4, rows[i].complaint);
		if (rc != -EINVAL || strncmp(err.text, wanted, strlen(wanted)) != 0)
			fail_msg("'%s': %d: %s", rows[i].text, rc, err.text);
	}
}

static void every_reader_refuses_lists_and_mappings(void **state)
{
	(void)state;
	const char *text = "l: [1]\nm: {a: 1}\n";
	struct yaml *doc;
	struct err err = {0};
	assert_int_equal(yaml_parse("f", text, strlen(text), &doc, &err), 0);
	for (size_t i = 0; i < COUNT_OF(readers); i++) {
		char into[64] = {0};
		assert_int_equal(readers[i](yaml_get(yaml_root(doc), "l"), into, &err), -EINVAL);
		assert_non_null(strstr(err.text, "f:1:4: a single value is wanted here, not a list"));
		assert_int_equal(readers[i](yaml_get(yaml_root(doc), "m"), into, &err), -EINVAL);
		assert_non_null(strstr(err.text, "f:2:4: a single value is wanted here, not a mapping"));
		assert_int_equal(readers[i](yaml_get(yaml_root(doc), "m"), into, NULL), -EINVAL);
	}
	yaml_free(doc);
}

static void readers_take_what_they_are_for(void **state)
{
	(void)state;
	const char *text = "{b1: true, b2: yes, b3: on, b4: false, b5: no, b6: off, c: 4294967295, n: 0xff, s: 64KiB, d: 1.5s, "
			   "p: 5%, r: ..4KiB, o: 1..9+2, t: 'two words', v: 1, g: '**/*.png'}";
	struct yaml *doc;
	assert_int_equal(yaml_parse("f", text, strlen(text), &doc, NULL), 0);
	struct yaml_at root = yaml_root(doc);
	static const char *const truths[] = {"b1", "b2", "b3", "b4", "b5", "b6"};
	for (size_t i = 0; i < COUNT_OF(truths); i++) {
		bool truth = i >= 3;
		assert_int_equal(yaml_bool(yaml_get(root, truths[i]), &truth, NULL), 0);
		assert_int_equal(truth, i < 3);
	}
	uint32_t count;
	uint64_t number, size;
	int64_t duration;
	double probability;
	struct range range;
	struct ordinals ordinals;
	char *words = strdup("replaced and freed");
	struct glob *glob;
	assert_int_equal(yaml_count32(yaml_get(root, "c"), &count, NULL), 0);
	assert_int_equal(count, UINT32_MAX);
	assert_int_equal(yaml_number(yaml_get(root, "n"), &number, NULL), 0);
	assert_int_equal(number, 255);
	assert_int_equal(yaml_size(yaml_get(root, "s"), &size, NULL), 0);
	assert_int_equal(size, 65536);
	assert_int_equal(yaml_duration(yaml_get(root, "d"), &duration, NULL), 0);
	assert_int_equal(duration, 1500000000);
	assert_int_equal(yaml_probability(yaml_get(root, "p"), &probability, NULL), 0);
	assert_true(probability > 0.0499 && probability < 0.0501);
	assert_int_equal(yaml_byte_range(yaml_get(root, "r"), &range, NULL), 0);
	assert_int_equal(range.end, 4096);
	assert_int_equal(yaml_ordinals(yaml_get(root, "o"), &ordinals, NULL), 0);
	assert_int_equal(ordinals.step, 2);
	assert_int_equal(yaml_text(yaml_get(root, "t"), &words, NULL), 0);
	assert_string_equal(words, "two words");
	free(words);
	assert_int_equal(yaml_version1(yaml_get(root, "v"), NULL, NULL), 0);
	assert_int_equal(yaml_glob(yaml_get(root, "g"), &glob, NULL), 0);
	assert_string_equal(glob_text(glob), "**/*.png");
	glob_free(glob);
	assert_null(yaml_get(root, "nothing").node);
	assert_null(yaml_get(yaml_get(root, "b1"), "nothing").node);
	yaml_free(doc);
}

static int count_one(struct yaml_at at, void *into, struct err *err)
{
	(void)at;
	int *counted = into;
	return ++*counted == 3 ? err_set(err, ERANGE, "enough") : 0;
}

static void each_item_of_a_list_is_read_or_the_one_value(void **state)
{
	(void)state;
	const char *text = "{none: [], two: [a, b], many: [a, b, c, d], one: a, map: {x: y}}";
	struct yaml *doc;
	int counted = 0;
	assert_int_equal(yaml_parse("f", text, strlen(text), &doc, NULL), 0);
	assert_int_equal(yaml_each(yaml_get(yaml_root(doc), "none"), count_one, &counted, NULL), 0);
	assert_int_equal(counted, 0);
	assert_int_equal(yaml_each(yaml_get(yaml_root(doc), "two"), count_one, &counted, NULL), 0);
	assert_int_equal(counted, 2);
	counted = 0;
	assert_int_equal(yaml_each(yaml_get(yaml_root(doc), "many"), count_one, &counted, NULL), -ERANGE);
	assert_int_equal(counted, 3);
	counted = 0;
	assert_int_equal(yaml_each(yaml_get(yaml_root(doc), "one"), count_one, &counted, NULL), 0);
	assert_int_equal(yaml_each(yaml_get(yaml_root(doc), "map"), count_one, &counted, NULL), 0);
	assert_int_equal(counted, 2);
	yaml_free(doc);
}

/* ---- manners ---- */

static void nothing_is_printed(void **state)
{
	(void)state;
	static const char *const texts[] = {"%YAML 9.9\n---\na: 1\n", "%TAG ! !\n---\na: 1\n", "a: [", "a: 1\n b"};
	struct yaml *doc;
	char read_back[100];
	FILE *file = tmpfile();
	int kept = dup(STDERR_FILENO), kept_out = dup(STDOUT_FILENO);
	assert_non_null(file);
	fflush(stdout);
	dup2(fileno(file), STDERR_FILENO);
	dup2(fileno(file), STDOUT_FILENO);
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		if (yaml_parse("f", texts[i], strlen(texts[i]), &doc, NULL) == 0)
			yaml_free(doc);
	fflush(stdout);
	dup2(kept, STDERR_FILENO);
	dup2(kept_out, STDOUT_FILENO);
	close(kept);
	close(kept_out);
	rewind(file);
	size_t length = fread(read_back, 1, sizeof read_back - 1, file);
	fclose(file);
	read_back[length] = '\0';
	assert_string_equal(read_back, "");
}

/* ---- anything at all ---- */

static void spoilt_files_are_read_or_refused_without_harm(void **state)
{
	(void)state;
	static const char good[] = "version: 1\nname: x\nrules:\n  - name: \"r\"\n    path: '**/*.png'\n    on: [read, open]\n"
				   "    when: {nth: 3, probability: 5%}\n    fail: EIO # why\n";
	for (unsigned n = 0; n < 4000; n++) {
		char text[sizeof good];
		struct yaml *doc;
		struct err err = {0};
		memcpy(text, good, sizeof good);
		for (uint64_t i = 0, changes = 1 + unit_drawn(3, n, 0, 4); i < changes; i++) {
			uint64_t at = unit_drawn(3, n, 1 + 2 * i, sizeof good - 1);
			text[at] = unit_drawn(3, n, 2 + 2 * i, 2) ? "[]{}:,-&*!|>'\"%@`#?\t\n \\"[unit_drawn(3, n, 90 + i, 23)]
								  : (char)unit_drawn(3, n, 80 + i, 256);
		}
		size_t length = 1 + unit_drawn(3, n, 99, sizeof good - 1);
		if (yaml_parse("f", text, length, &doc, &err) == 0)
			yaml_free(doc);
		else
			assert_true(err.text[0] && strlen(err.text) < sizeof err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_refused_is_shown_with_its_place),
		cmocka_unit_test(syntax_errors_are_shown_with_their_place),
		cmocka_unit_test(what_is_not_utf8_is_refused_wherever_it_stands),
		cmocka_unit_test(no_character_ends_a_file),
		cmocka_unit_test(aliases_are_refused),
		cmocka_unit_test(nul_bytes_and_size_are_checked_first),
		cmocka_unit_test(nesting_ends_at_32),
		cmocka_unit_test(a_hostile_file_of_full_size_is_read_or_refused_in_a_moment),
		cmocka_unit_test_setup_teardown(files_are_read_by_name, unit_dir_make, unit_dir_remove),
		cmocka_unit_test(documents_become_trees),
		cmocka_unit_test(the_caret_stands_below_the_value),
		cmocka_unit_test(the_caret_counts_characters),
		cmocka_unit_test(a_long_line_is_not_shown),
		cmocka_unit_test(control_characters_of_a_file_do_not_reach_the_terminal),
		cmocka_unit_test(control_characters_in_the_line_that_is_shown_neither),
		cmocka_unit_test(an_empty_value_is_marked_near_its_key),
		cmocka_unit_test(a_table_fills_an_object),
		cmocka_unit_test(a_table_is_strict),
		cmocka_unit_test(readers_complain_in_their_own_words),
		cmocka_unit_test(every_reader_refuses_lists_and_mappings),
		cmocka_unit_test(readers_take_what_they_are_for),
		cmocka_unit_test(each_item_of_a_list_is_read_or_the_one_value),
		cmocka_unit_test(nothing_is_printed),
		cmocka_unit_test(spoilt_files_are_read_or_refused_without_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
