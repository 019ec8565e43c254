/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Path patterns, held against a slow matcher that is obviously right. */
#include "unit.h"

#include "base/clock.h"
#include "base/glob.h"

static struct glob *compiled(const char *pattern)
{
	struct glob *glob;
	struct err err = {0};
	if (glob_compile(pattern, &glob, &err) < 0)
		fail_msg("'%s': %s", pattern, err.text);
	return glob;
}

/* ---- by hand ---- */

static void patterns_match_as_the_header_says(void **state)
{
	(void)state;
	static const struct {
		const char *pattern, *path;
		bool matches;
	} rows[] = {
		{"a.png", "a.png", true},
		{"a.png", "aXpng", false},
		{"a.png", "a.pn", false},
		{"a.png", "a.pngs", false},
		{"a.png", "b/a.png", false},
		{"A.png", "a.png", false},
		/* ? */
		{"?", "a", true},
		{"?", "ab", false},
		{"a?c", "a/c", false},
		{"??", "\xc3\xa4", true}, /* bytes, not characters */
		{"?", "\xc3\xa4", false},
		/* * */
		{"*", "a", true},
		{"*", "a/b", false},
		{"*.png", ".png", true},
		{"*.png", "a.png", true},
		{"*.png", "d/a.png", false},
		{"*/*.png", "d/a.png", true},
		{"*/*.png", "d/e/a.png", false},
		{"a*", "a", true},
		{"a*b*c", "aXbXbXc", true},
		{"a*b*c", "aXcXb", false},
		{"*a*", "bab", true},
		{"*a*", "bbb", false},
		{"*", ".hidden", true},
		{"*.*.*", "a.b", false},
		{"*.*.*", "a.b.c", true},
		/* ** */
		{"**", "a", true},
		{"**", "a/b/c", true},
		{"**/a", "a", true},
		{"**/a", "b/a", true},
		{"**/a", "b/c/a", true},
		{"**/a", "ba", false},
		{"**/a", "a/b", false},
		{"**/*.png", "a.png", true},
		{"**/*.png", "a/b/c.png", true},
		{"a/**", "a/b", true},
		{"a/**", "a/b/c", true},
		{"a/**", "a", false}, /* "everything below" */
		{"a/**", "ab/c", false},
		{"a/**/b", "a/b", true},
		{"a/**/b", "a/x/b", true},
		{"a/**/b", "a/x/y/b", true},
		{"a/**/b", "a/x/y/bb", false},
		{"a/**/b/**/c", "a/b/x/b/c", true},
		{"**/a/**/b", "a/a/a/b", true},
		{"**/a/**/b", "b/a", false},
		{"**/**", "a", true},
		{"**/**/a", "a", true},
		{"**/*a/b", "xa/ya/b", true},
		{"**/x*y/*z", "xy/xay/bz", true},
		/* sets */
		{"[ab]", "a", true},
		{"[ab]", "c", false},
		{"[a-c]x", "bx", true},
		{"[a-c]x", "dx", false},
		{"[!a-c]x", "dx", true},
		{"[^a-c]x", "dx", true},
		{"[!a-c]x", "bx", false},
		{"[a-cx-z]", "y", true},
		{"[a-cx-z]", "m", false},
		{"[]]", "]", true},
		{"[]a]", "a", true},
		{"[!]]", "a", true},
		{"[!]]", "]", false},
		{"[-a]", "-", true},
		{"[a-]", "-", true},
		{"[a-]", "b", false},
		{"[a\\]b]", "]", true},
		{"[a\\]b]", "b", true},
		{"[a\\]b]", "\\", false},
		{"[\\a]", "a", true},
		{"[Z-\\]]", "]", true}, /* up to an escaped one */
		{"[Z-\\]]", "[", true},
		{"[Z-\\]]", "a", false},
		{"[*]", "*", true},
		{"[*]", "a", false},
		{"[?]", "?", true},
		{"[a/b]", "/", false},
		{"x[!a]y", "x/y", false}, /* a set never stands for a slash */
		{"[c-a]", "b", false},
		{"slice_000[56].png", "slice_0005.png", true},
		{"slice_000[56].png", "slice_0007.png", false},
		{"[\xc3-\xc4][\xa0-\xaf]", "\xc3\xa4", true},
		/* braces */
		{"{a,b}", "a", true},
		{"{a,b}", "b", true},
		{"{a,b}", "c", false},
		{"{a,b}", "{a,b}", false},
		{"*.{png,tif}", "x.tif", true},
		{"x{,y}", "x", true},
		{"x{,y}", "xy", true},
		{"x{}", "x", true},
		{"x{a}", "xa", true},
		{"{a,{b,c}d}", "cd", true},
		{"{a,{b,c}d}", "c", false},
		{"{a,b}{c,d}", "ad", true},
		{"{a,b/c}", "b/c", true},
		{"{**/a,b}", "x/a", true},
		{"a{/**,}", "a", true},
		{"a{/**,}", "a/b/c", true},
		{"{a\\,b,c}", "a,b", true},
		{"{a\\},b}", "a}", true},
		{"{[ab],c}", "b", true},
		{"a,b", "a,b", true},
		{"a}b", "a}b", true},
		/* escapes */
		{"\\*", "*", true},
		{"\\*", "a", false},
		{"\\?", "?", true},
		{"\\[a]", "[a]", true},
		{"\\{a,b}", "{a,b}", true},
		{"\\a", "a", true},
		{"\\\\", "\\", true},
		{"a\\ b", "a b", true},
		/* the root */
		{".", ".", true},
		{"**", ".", true},
		{"*", ".", false},
		{"?", ".", false},
		{"[.]", ".", false},
		{"**/*", ".", false},
		{"{.,a}", ".", true},
		{"{.,a}", "a", true},
		{"{**,a}", ".", true},
		{".", "a", false},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct glob *glob = compiled(rows[i].pattern);
		if (glob_match(glob, rows[i].path) != rows[i].matches)
			fail_msg("'%s' %s '%s'", rows[i].pattern, rows[i].matches ? "does not match" : "matches", rows[i].path);
		assert_string_equal(glob_text(glob), rows[i].pattern);
		glob_free(glob);
	}
}

static void bad_patterns_are_refused_with_a_reason(void **state)
{
	(void)state;
	static const struct {
		const char *pattern;
		int code;
		const char *text;
	} rows[] = {
		{"", EINVAL, "the pattern is empty"},
		{"/a", EINVAL, "starts with '/' (paths are relative to the volume: leave it out)"},
		{"{/a,b}", EINVAL, "starts with '/' (paths are relative to the volume: leave it out)"},
		{"a/", EINVAL, "has an empty component ('//' or a '/' at the end)"},
		{"a//b", EINVAL, "has an empty component ('//' or a '/' at the end)"},
		{"a/{,b}", EINVAL, "has an empty component ('//' or a '/' at the end)"},
		{"a**", EINVAL, "'**' must be a whole component, as in '**/*.png'"},
		{"**a", EINVAL, "'**' must be a whole component, as in '**/*.png'"},
		{"**.png", EINVAL, "'**' must be a whole component, as in '**/*.png'"},
		{"a/***", EINVAL, "'**' must be a whole component, as in '**/*.png'"},
		{"***", EINVAL, "'**' must be a whole component, as in '**/*.png'"},
		{"a*{*,a}", EINVAL, "'**' must be a whole component, as in '**/*.png'"},
		{"[a", EINVAL, "'[' without ']'"},
		{"[]", EINVAL, "'[' without ']'"},
		{"[!]", EINVAL, "'[' without ']'"},
		{"[a\\]", EINVAL, "'[' without ']'"},
		{"x[", EINVAL, "'[' without ']'"},
		{"{a", EINVAL, "'{' without '}'"},
		{"{a,{b}", EINVAL, "'{' without '}'"},
		{"{a\\}", EINVAL, "'{' without '}'"},
		{"a\\", EINVAL, "ends with a backslash"},
		/* Names that no directory holds could never match. */
		{"./a", EINVAL, "has a component '.' or '..', which no path has"},
		{"../a", EINVAL, "has a component '.' or '..', which no path has"},
		{"a/./b", EINVAL, "has a component '.' or '..', which no path has"},
		{"a/..", EINVAL, "has a component '.' or '..', which no path has"},
		{"..", EINVAL, "has a component '.' or '..', which no path has"},
		{"{a,../b}", EINVAL, "has a component '.' or '..', which no path has"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char stale;
		struct glob *glob = (struct glob *)&stale;
		struct err err = {0};
		int rc = glob_compile(rows[i].pattern, &glob, &err);
		if (rc != -rows[i].code || err.code != rows[i].code || glob)
			fail_msg("'%s': %d, %p", rows[i].pattern, rc, (void *)glob);
		unit_same_text(rows[i].pattern, err.text, rows[i].text);
	}
}

static void names_with_dots_are_names(void **state)
{
	(void)state;
	static const char *const rows[] = {"...", ".a", "a.", "..a", "a/.b", "a/...", "*/..?", ".*"};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		glob_free(compiled(rows[i]));
}

static void freeing_nothing_does_nothing(void **state)
{
	(void)state;
	glob_free(NULL);
}

/* ---- against a reference ---- */

/* A pattern as a tree, printed for glob_compile() and matched here by trying everything. */
struct piece {
	enum { LITERAL, ANY, STAR, SET, DEEP, SLASH, CHOICE } type;
	char literal;
	bool negated;	      /* SET */
	const char *members;  /* SET */
	const struct piece *next;
	const struct piece *choices[3]; /* CHOICE: sequences; an empty one is NULL */
	int choices_count;
};

static struct piece pieces[256];
static size_t pieces_used;

static struct piece *piece(int type)
{
	assert_true(pieces_used < COUNT_OF(pieces));
	struct piece *p = &pieces[pieces_used++];
	*p = (struct piece){0};
	p->type = type;
	return p;
}

/* What is still to be matched: a sequence, and what stands behind the choice that it is part of. */
struct rest {
	const struct piece *sequence;
	const struct rest *behind;
};

static bool reference(const struct piece *p, const struct rest *behind, const char *s)
{
	if (!p)
		return behind ? reference(behind->sequence, behind->behind, s) : !*s;
	const struct rest here = {p->next, behind};
	switch (p->type) {
	case LITERAL:
		return *s == p->literal && reference(p->next, behind, s + 1);
	case SLASH:
		return *s == '/' && reference(p->next, behind, s + 1);
	case ANY:
		return *s && *s != '/' && reference(p->next, behind, s + 1);
	case SET:
		return *s && *s != '/' && !!strchr(p->members, *s) != p->negated && reference(p->next, behind, s + 1);
	case STAR:
		for (;; s++) {
			if (reference(p->next, behind, s))
				return true;
			if (!*s || *s == '/')
				return false;
		}
	case DEEP: /* with the slash behind it, where there is one: no directory, or one, or two ... */
		if (!p->next)
			return *s != '\0';
		for (const char *at = s; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL)
			if (reference(p->next->next, behind, at))
				return true;
		return false;
	case CHOICE:
		for (int i = 0; i < p->choices_count; i++)
			if (reference(p->choices[i], &here, s))
				return true;
		return false;
	}
	return false;
}

static void print_pieces(const struct piece *p, char *to)
{
	for (; p; p = p->next) {
		to += strlen(to);
		switch (p->type) {
		case LITERAL:
			sprintf(to, "%s%c", strchr("*?[]{},\\-!", p->literal) ? "\\" : "", p->literal);
			break;
		case SLASH:
			strcat(to, "/");
			break;
		case ANY:
			strcat(to, "?");
			break;
		case STAR:
			strcat(to, "*");
			break;
		case SET:
			strcat(to, p->negated ? "[!" : "[");
			for (const char *c = p->members; *c; c++) /* a comma in braces, as in shells, knows no sets */
				sprintf(to + strlen(to), "%s%c", *c == ',' ? "\\" : "", *c);
			strcat(to, "]");
			break;
		case DEEP:
			strcat(to, "**");
			break;
		case CHOICE:
			for (int i = 0; i < p->choices_count; i++) {
				strcat(to, i ? "," : "{");
				print_pieces(p->choices[i], to);
			}
			strcat(to, "}");
			break;
		}
	}
}

/* Numbers in a row, the same at every run. */
struct dice {
	uint64_t pattern, rolled;
};

static unsigned roll(struct dice *dice, unsigned sides)
{
	return (unsigned)unit_drawn(1, dice->pattern, dice->rolled++, sides);
}

static char letter(struct dice *dice)
{
	return "aaabbbc.*,"[roll(dice, 10)];
}

static struct piece *one_character(struct dice *dice)
{
	static const char *const sets[] = {"ab", "bc", "a", "*a", "c.", "ab,"};
	struct piece *p = piece(roll(dice, 4) == 0 ? SET : roll(dice, 4) == 0 ? ANY : LITERAL);
	p->literal = letter(dice);
	p->members = sets[roll(dice, COUNT_OF(sets))];
	p->negated = roll(dice, 3) == 0;
	return p;
}

/* A sequence that starts and ends with a character, so that it may stand beside anything. */
static struct piece *some_characters(struct dice *dice, int depth, struct piece **last)
{
	struct piece *first = *last = one_character(dice);
	for (unsigned more = roll(dice, 3); more > 0; more--) {
		struct piece *between = NULL;
		unsigned what = roll(dice, 6);
		if (what == 0)
			between = piece(STAR);
		else if (what == 1 && depth > 0) {
			between = piece(CHOICE);
			between->choices_count = 1 + (int)roll(dice, 3);
			for (int i = 0; i < between->choices_count; i++) {
				struct piece *end;
				between->choices[i] = roll(dice, 4) ? some_characters(dice, depth - 1, &end) : NULL;
			}
		} else if (what == 2)
			between = piece(SLASH);
		struct piece *next = one_character(dice);
		(*last)->next = between ? between : next;
		if (between)
			between->next = next;
		*last = next;
	}
	return first;
}

/* A component, or several: "**", "*x", "x*", "*x*", "x". */
static struct piece *component(struct dice *dice, struct piece **last)
{
	if (roll(dice, 4) == 0)
		return *last = piece(DEEP);
	if (roll(dice, 8) == 0)
		return *last = piece(STAR);
	struct piece *first = some_characters(dice, 2, last);
	if (roll(dice, 3) == 0) {
		struct piece *star = piece(STAR);
		star->next = first;
		first = star;
	}
	if (roll(dice, 3) == 0) {
		struct piece *star = piece(STAR);
		(*last)->next = star;
		*last = star;
	}
	return first;
}

static struct piece *random_pattern(struct dice *dice)
{
	struct piece *last, *first = component(dice, &last);
	for (unsigned more = roll(dice, 3); more > 0; more--) {
		struct piece *slash = piece(SLASH), *end;
		last->next = slash;
		slash->next = component(dice, &end);
		last = end;
	}
	return first;
}

/* A path that the pattern matches, mostly. */
static void path_like(struct dice *dice, const struct piece *p, char *to)
{
	for (; p; p = p->next) {
		to += strlen(to);
		switch (p->type) {
		case LITERAL:
			sprintf(to, "%c", p->literal);
			break;
		case SLASH:
			strcat(to, "/");
			break;
		case STAR:
			for (unsigned n = roll(dice, 3); n > 0; n--)
				sprintf(to + strlen(to), "%c", letter(dice));
			break;
		case DEEP:
			sprintf(to, "%c", letter(dice));
			for (unsigned n = roll(dice, 3); n > 0; n--)
				sprintf(to + strlen(to), "/%c", letter(dice));
			break;
		case ANY:
		case SET:
			sprintf(to, "%c", letter(dice));
			break;
		case CHOICE:
			path_like(dice, p->choices[roll(dice, (unsigned)p->choices_count)], to);
			break;
		}
	}
}

/* Spoil it a little. "." alone is the root and no name. */
static void change_path(struct dice *dice, char *path)
{
	size_t length = strlen(path);
	for (unsigned n = roll(dice, 3); n > 0 && length; n--)
		path[roll(dice, (unsigned)length)] = roll(dice, 5) ? letter(dice) : '/';
	/* No empty components: a path has none. */
	char *to = path;
	for (const char *from = path; *from; from++)
		if (*from != '/' || (to > path && to[-1] != '/' && from[1]))
			*to++ = *from;
	while (to > path && to[-1] == '/')
		to--;
	*to = '\0';
}

/* A component "." or ".." makes the pattern invalid, and is no name. */
static bool has_dot_component(const char *path)
{
	for (;;) {
		size_t length = strcspn(path, "/");
		if ((length == 1 && path[0] == '.') || (length == 2 && path[0] == '.' && path[1] == '.'))
			return true;
		if (!path[length])
			return false;
		path += length + 1;
	}
}

#define PATTERNS 6000
#define PATHS 12

static void random_patterns_match_as_the_reference_does(void **state)
{
	(void)state;
	unsigned asked = 0, matched = 0, refused = 0;
	for (unsigned n = 0; n < PATTERNS; n++) {
		struct dice dice = {.pattern = n};
		char text[2048] = "";
		pieces_used = 0;
		const struct piece *pattern = random_pattern(&dice);
		print_pieces(pattern, text);
		struct glob *glob;
		struct err err = {0};
		if (glob_compile(text, &glob, &err) < 0) {
			if (!strstr(err.text, "component '.' or '..'"))
				fail_msg("pattern %u '%s': %s", n, text, err.text);
			refused++;
			continue;
		}
		for (unsigned i = 0; i < PATHS; i++) {
			char path[2048] = "";
			path_like(&dice, pattern, path);
			if (i % 3)
				change_path(&dice, path);
			if (!path[0] || has_dot_component(path))
				continue;
			bool wanted = reference(pattern, NULL, path);
			asked++;
			matched += wanted;
			if (glob_match(glob, path) != wanted)
				fail_msg("pattern %u '%s' %s '%s'", n, text, wanted ? "should match" : "should not match", path);
		}
		glob_free(glob);
	}
	/* Otherwise this shows little. */
	if (asked < 50000 || matched < asked / 4 || matched > asked * 3 / 4 || refused > PATTERNS / 10)
		fail_msg("%u asked, %u matched, %u refused", asked, matched, refused);
}

static void any_text_is_either_refused_or_matched_without_harm(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 20000; n++) {
		char text[24], path[24];
		size_t length = unit_drawn(2, n, 0, 16), path_length = 1 + unit_drawn(2, n, 1, 12);
		for (size_t i = 0; i < length; i++)
			text[i] = "*?[]{}\\,!-/ab.^*"[unit_drawn(2, n, 2 + i, 16)];
		text[length] = '\0';
		for (size_t i = 0; i < path_length; i++)
			path[i] = "ab/.*[]{},\\-"[unit_drawn(2, n, 40 + i, 12)];
		path[path_length] = '\0';
		struct glob *glob;
		if (glob_compile(text, &glob, NULL) == 0) {
			(void)glob_match(glob, path);
			(void)glob_match(glob, "");
			glob_free(glob);
		}
	}
}

/* ---- limits ---- */

static char long_text[3 * GLOB_LENGTH_MAX];

static const char *repeated(const char *unit, size_t times, const char *end)
{
	char *to = long_text;
	for (size_t i = 0; i < times; i++)
		to = stpcpy(to, unit);
	strcpy(to, end);
	return long_text;
}

static void limits_hold_to_the_last_byte(void **state)
{
	(void)state;
	struct glob *glob;
	struct err err = {0};
	glob_free(compiled(repeated("a", GLOB_LENGTH_MAX, "")));
	assert_int_equal(glob_compile(repeated("a", GLOB_LENGTH_MAX + 1, ""), &glob, &err), -E2BIG);
	assert_string_equal(err.text, "pattern longer than 4096 bytes");
	glob_free(compiled(repeated("{a,b}", 8, "")));
	assert_int_equal(glob_compile(repeated("{a,b}", 9, ""), &glob, &err), -E2BIG);
	assert_string_equal(err.text, "braces unfold to more than 256 alternatives");
	glob_free(compiled(repeated("{{{{{{a,b},c},d},e},f},g}", 2, "")));
}

/* Compiles and matches, or refuses, in a moment. */
static void takes_no_time(const char *what, const char *pattern, const char *path, int code, bool matches)
{
	struct glob *glob;
	int64_t start = clock_now_ns();
	int rc = glob_compile(pattern, &glob, NULL);
	bool matched = rc == 0 && glob_match(glob, path);
	int64_t ms = (clock_now_ns() - start) / NS_PER_MS;
	glob_free(glob);
	if (rc != -code || matched != matches)
		fail_msg("%s: %d, %d", what, rc, matched);
	if (ms > 2000)
		fail_msg("%s: took %lld ms", what, (long long)ms);
}

static void hostile_patterns_take_no_time(void **state)
{
	(void)state;
	static char path[4096], deep[4096];
	memset(path, 'a', sizeof path - 1);
	for (size_t i = 0; i + 1 < sizeof deep; i++)
		deep[i] = i % 2 ? '/' : 'a';
	takes_no_time("many stars", repeated("*a", 1000, "*b"), path, 0, false);
	takes_no_time("many stars, no end", repeated("*a", 1000, "*"), path, 0, true);
	takes_no_time("many double stars", repeated("**/a/", 800, "b"), deep, 0, false);
	takes_no_time("only double stars", repeated("**/", 1300, "b"), deep, 0, false);
	takes_no_time("stars in many directories", repeated("*/", 1000, "**/*b"), deep, 0, false);
	takes_no_time("stars behind a double star", repeated("**/*a*a*a*a/", 300, "b"), deep, 0, false);
	takes_no_time("many questions", repeated("?", 4000, ""), path, 0, false);
	takes_no_time("many braces", repeated("{a,b}", 800, ""), path, E2BIG, false);
	takes_no_time("many empty braces", repeated("{,}", 1300, ""), path, E2BIG, false);
	takes_no_time("many braces of one", repeated("{a}", 1300, ""), path, 0, false);
	takes_no_time("deep braces", repeated("{", 2000, "a"), path, EINVAL, false);
	takes_no_time("braces that stay open", repeated("{a,", 1300, ""), path, EINVAL, false);
	takes_no_time("many commas", repeated("{,,,,,,,", 500, ""), path, EINVAL, false);
	takes_no_time("256 alternatives with stars", repeated("{a,*}b", 8, "c"), path, 0, false);
	char nested[4096] = "";
	memset(nested, '{', 2000);
	memset(nested + 2000, '}', 2000);
	takes_no_time("nested braces", nested, path, 0, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_match_as_the_header_says),
		cmocka_unit_test(bad_patterns_are_refused_with_a_reason),
		cmocka_unit_test(names_with_dots_are_names),
		cmocka_unit_test(freeing_nothing_does_nothing),
		cmocka_unit_test(random_patterns_match_as_the_reference_does),
		cmocka_unit_test(any_text_is_either_refused_or_matched_without_harm),
		cmocka_unit_test(limits_hold_to_the_last_byte),
		cmocka_unit_test(hostile_patterns_take_no_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
