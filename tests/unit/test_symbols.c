/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Names for places in code: of this very program, whose lines are known; of the C library; of files that are no modules. */
#include "unit.h"

#include "harness/symbols.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>

#if UNIT_ASAN
/* libdw 0.188 forgets what it had of a line table when it finds the table broken. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libdw.so";
}
#endif

static void *seen;
static int seen_lines[3];

/* Nobody inlines a call of these: the address behind it is what a stack would hold. */
__attribute__((noinline)) void symbols_test_look(int line);
__attribute__((noinline)) void symbols_test_outer(void);
__attribute__((noinline)) void symbols_test_plain(void);

void symbols_test_look(int line)
{
	seen = __builtin_return_address(0);
	seen_lines[0] = line;
}

static inline __attribute__((always_inline)) void innermost(void)
{
	symbols_test_look(__LINE__);
	__asm__ volatile("");
}

static inline __attribute__((always_inline)) void middle(void)
{
	seen_lines[1] = __LINE__ + 1;
	innermost();
	__asm__ volatile("");
}

void symbols_test_outer(void)
{
	seen_lines[2] = __LINE__ + 1;
	middle();
	__asm__ volatile("");
}

void symbols_test_plain(void)
{
	symbols_test_look(__LINE__);
	__asm__ volatile("");
}

static struct code_place place_of(const void *address, bool returned)
{
	Dl_info info;
	struct code_place place = {.returned = returned};
	assert_int_not_equal(dladdr(address, &info), 0);
	place.offset = (uintptr_t)address - (uintptr_t)info.dli_fbase;
	bool own = strstr(info.dli_fname, "test_symbols") != NULL;
	char path[PATH_MAX];
	assert_non_null(realpath(own ? "/proc/self/exe" : info.dli_fname, path));
	assert_int_equal(strlen(path) < sizeof place.module, 1);
	memcpy(place.module, path, strlen(path) + 1);
	return place;
}

static void expect_name(const struct code_place *place, const char *wanted)
{
	struct symbols *symbols = symbols_open();
	struct buf got = {0};
	assert_non_null(symbols);
	for (int i = 0; i < 2; i++) { /* looked up, then remembered */
		buf_clear(&got);
		symbols_name(symbols, place, &got);
		unit_same_text(place->module, buf_string(&got), wanted);
	}
	buf_free(&got);
	symbols_close(symbols);
}

static void a_return_address_is_the_line_of_its_call(void **state)
{
	(void)state;
	char wanted[100];
	symbols_test_plain();
	struct code_place place = place_of(seen, true);
	snprintf(wanted, sizeof wanted, "symbols_test_plain (test_symbols.c:%d)", seen_lines[0]);
	expect_name(&place, wanted);
}

static void what_was_inlined_is_a_frame_of_its_own(void **state)
{
	(void)state;
	char wanted[200];
	symbols_test_outer();
	struct code_place place = place_of(seen, true);
	snprintf(wanted, sizeof wanted,
		 "innermost (test_symbols.c:%d) <- middle (test_symbols.c:%d) <- symbols_test_outer (test_symbols.c:%d)", seen_lines[0],
		 seen_lines[1], seen_lines[2]);
	expect_name(&place, wanted);
}

static void few_names_are_asked_for(void **state)
{
	(void)state;
	symbols_test_outer();
	struct code_place place = place_of(seen, true);
	struct symbols *symbols = symbols_open();
	struct symbol found[2];
	assert_int_equal(symbols_find(symbols, &place, found, 1), 1);
	assert_string_equal(found[0].function, "innermost");
	assert_int_equal(found[0].inlined, 1);
	assert_int_equal(symbols_find(symbols, &place, found, 2), 2);
	assert_string_equal(found[1].function, "middle");
	symbols_close(symbols);
}

static void a_stripped_library_has_the_names_for_its_users(void **state)
{
	(void)state;
	struct code_place place = place_of(dlsym(RTLD_DEFAULT, "insque"), false);
	struct symbols *symbols = symbols_open();
	struct symbol found[4];
	size_t count = symbols_find(symbols, &place, found, COUNT_OF(found));
	assert_int_equal(count >= 1, 1);
	assert_string_equal(found[count - 1].function, "insque");
	symbols_close(symbols);
}

/* The module is there and has the place, without debug information and without its own table of symbols. */
static void a_stripped_program_names_what_it_exports(void **state)
{
	(void)state;
	char self[PATH_MAX], command[3 * PATH_MAX];
	if (system("command -v objcopy >/dev/null 2>&1") != 0)
		skip();
	assert_non_null(realpath("/proc/self/exe", self));
	/* Neither what strip leaves of the build id: it would lead to debug information elsewhere. */
	snprintf(command, sizeof command, "objcopy --strip-all --remove-section=.note.gnu.build-id '%s' '%s'", self, unit_path("stripped"));
	assert_int_equal(system(command), 0);
	struct code_place place = place_of((const void *)(uintptr_t)symbols_test_plain, false);
	snprintf(place.module, sizeof place.module, "%s", unit_path("stripped"));
	expect_name(&place, "symbols_test_plain");
	/* A function that is exported no more: no neighbour lends its name. */
	place.offset = place_of((const void *)(uintptr_t)a_stripped_program_names_what_it_exports, false).offset;
	char wanted[100];
	snprintf(wanted, sizeof wanted, "stripped+0x%lx", (unsigned long)place.offset);
	expect_name(&place, wanted);
}

static void what_is_no_module_has_no_names(void **state)
{
	(void)state;
	struct code_place place = {.offset = 0x1234};
	assert_int_equal(mkfifo(unit_path("pipe"), 0600), 0);
	const char *paths[] = {unit_path("missing"), unit_file("text", "not an ELF file\n"), unit_file("elf", "\177ELF\2\1\1"),
			       unit_path("pipe"), unit_dir};
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		char wanted[400];
		snprintf(place.module, sizeof place.module, "%s", paths[i]);
		snprintf(wanted, sizeof wanted, "%s+0x1234", strrchr(paths[i], '/') + 1);
		expect_name(&place, wanted);
	}
	place.module[0] = '\0';
	expect_name(&place, "?+0x1234");
}

static void write_damaged(const char *bytes, size_t size, uint64_t variant)
{
	FILE *file = fopen(unit_path("damaged"), "w");
	char *copy = malloc(size);
	assert_non_null(file);
	assert_non_null(copy);
	memcpy(copy, bytes, size);
	for (uint64_t i = 0; i < 400; i++)
		copy[unit_drawn(1, i, variant, size)] = (char)unit_drawn(2, i, variant, 256);
	for (uint64_t i = 0; i < variant % 4; i++) /* headers are small, and rarely hit */
		copy[16 + unit_drawn(3, i, variant, 48)] = (char)unit_drawn(4, i, variant, 256);
	size_t kept = variant % 5 ? size : unit_drawn(5, 0, variant, size);
	assert_int_equal(fwrite(copy, 1, kept, file), kept);
	assert_int_equal(fclose(file), 0);
	free(copy);
}

static void a_damaged_module_does_no_harm(void **state)
{
	(void)state;
	struct buf bytes = {0};
	assert_int_equal(buf_read_file(&bytes, "/proc/self/exe", 64 << 20), 0);
	symbols_test_outer();
	struct code_place place = place_of(seen, true);
	struct code_place other = place_of((const void *)(uintptr_t)what_is_no_module_has_no_names, false);
	for (uint64_t variant = 0; variant < 150; variant++) {
		struct symbols *symbols = symbols_open();
		struct symbol found[4];
		write_damaged(bytes.at, bytes.length, variant);
		snprintf(place.module, sizeof place.module, "%s", unit_path("damaged"));
		snprintf(other.module, sizeof other.module, "%s", unit_path("damaged"));
		assert_int_equal(symbols_find(symbols, &place, found, COUNT_OF(found)) <= COUNT_OF(found), 1);
		assert_int_equal(symbols_find(symbols, &other, found, COUNT_OF(found)) <= COUNT_OF(found), 1);
		symbols_close(symbols);
	}
	buf_free(&bytes);
}

static void more_modules_than_are_kept(void **state)
{
	(void)state;
	struct symbols *symbols = symbols_open();
	symbols_test_plain();
	struct code_place place = place_of(seen, true);
	char path[sizeof place.module];
	memcpy(path, place.module, sizeof path);
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 40; i++) {
			struct symbol found[2];
			char name[20];
			snprintf(name, sizeof name, "link-%d", i);
			assert_int_equal(round ? 0 : symlink(path, unit_path(name)), 0);
			snprintf(place.module, sizeof place.module, "%s", unit_path(name));
			assert_int_equal(symbols_find(symbols, &place, found, 2), 1);
			assert_string_equal(found[0].function, "symbols_test_plain");
		}
	symbols_close(symbols);
}

/* ---- whole stacks ---- */

/* The address of a function of the C library, as a frame that is no return address. */
static void add_frame(struct code_stack *stack, const char *function)
{
	void *address = dlsym(RTLD_DEFAULT, function);
	assert_non_null(address);
	struct code_place place = place_of(address, false);
	assert_int_equal(code_stack_add(stack, &place), true);
}

__attribute__((noinline)) void *xmalloc(size_t size);
__attribute__((noinline)) void *png_malloc_base(size_t size);

void *xmalloc(size_t size)
{
	return malloc(size);
}

void *png_malloc_base(size_t size)
{
	return malloc(size + 1);
}

/* Without lines: where a library has debug information is not the same on all machines. */
static void expect_stack(struct symbols *symbols, const struct code_stack *stack, bool callers_only, const char *wanted)
{
	struct buf got = {0}, bare = {0};
	bool inside = false;
	symbols_stack(symbols, stack, callers_only, &got);
	for (const char *c = buf_string(&got); *c; c++) {
		inside = inside ? *c != ')' : c[0] == ' ' && c[1] == '(';
		if (!inside && *c != ')')
			buf_char(&bare, *c);
	}
	unit_same_text("stack", buf_string(&bare), wanted);
	buf_free(&got);
	buf_free(&bare);
}

static void stacks_begin_where_the_allocator_ends(void **state)
{
	(void)state;
	struct symbols *symbols = symbols_open();
	struct code_stack stack = {0};
	struct buf first = {0};
	expect_stack(symbols, &stack, true, "");
	code_stack_add(&stack, &(struct code_place){.module = "/x/libordeal-alloc.so"});
	add_frame(&stack, "xmalloc");
	add_frame(&stack, "png_malloc_base");
	add_frame(&stack, "symbols_test_plain");
	add_frame(&stack, "xmalloc");
	expect_stack(symbols, &stack, true, "png_malloc_base <- symbols_test_plain <- xmalloc");
	expect_stack(symbols, &stack, false, "xmalloc <- png_malloc_base <- symbols_test_plain <- xmalloc");
	stack.cut = true;
	expect_stack(symbols, &stack, true, "png_malloc_base <- symbols_test_plain <- xmalloc <- ...");
	symbols_first(symbols, &stack, &first);
	assert_int_equal(strncmp(buf_string(&first), "symbols_test_plain (test_symbols.c:", 35), 0);
	add_frame(&stack, "main");
	add_frame(&stack, "_start");
	expect_stack(symbols, &stack, true, "png_malloc_base <- symbols_test_plain <- xmalloc <- main");
	/* Ours also stands around main(). */
	struct code_stack stripped = {0};
	add_frame(&stripped, "symbols_test_plain");
	code_stack_add(&stripped, &(struct code_place){.module = "/x/libordeal-alloc.so", .offset = 16});
	add_frame(&stripped, "_start");
	expect_stack(symbols, &stripped, false, "symbols_test_plain");
	/* Wrappers alone: the last of them. */
	stack.count = 3;
	buf_clear(&first);
	symbols_first(symbols, &stack, &first);
	assert_int_equal(strncmp(buf_string(&first), "png_malloc_base (", 17), 0);
	buf_free(&first);
	symbols_close(symbols);
}

static void a_stack_keeps_what_has_room(void **state)
{
	(void)state;
	struct code_stack stack = {0};
	struct code_place place = {.returned = true};
	size_t named = 0;
	for (unsigned i = 0; i < CODE_FRAMES_MAX; i++) {
		memset(place.module, 'a' + (int)(i / 3), 100);
		place.offset = i;
		assert_int_equal(code_stack_add(&stack, &place), true);
	}
	assert_int_equal(stack.cut, false);
	for (unsigned i = 0; i < CODE_FRAMES_MAX; i++) {
		struct code_place got = code_stack_at(&stack, i);
		assert_int_equal(got.offset, i);
		assert_int_equal(got.returned, true);
		memset(place.module, 'a' + (int)(i / 3), 100);
		assert_int_equal(!got.module[0] || strcmp(got.module, place.module) == 0, 1);
		named += got.module[0] != '\0';
	}
	assert_int_equal(named, 30); /* ten paths of three frames each */
	assert_int_equal(code_stack_add(&stack, &place), false);
	assert_int_equal(stack.cut, true);
	assert_int_equal(stack.count, CODE_FRAMES_MAX);
}

static void a_crash_is_its_callers(void **state)
{
	(void)state;
	struct symbols *symbols = symbols_open();
	struct code_stack stack = {0};
	struct buf site = {0};
	symbols_crash_site(symbols, &stack, &site);
	assert_string_equal(buf_string(&site), "");
	add_frame(&stack, "insque");
	symbols_crash_site(symbols, &stack, &site);
	assert_int_equal(strncmp(buf_string(&site), "insque", 6), 0);
	add_frame(&stack, "insque");
	add_frame(&stack, "xmalloc");
	add_frame(&stack, "main");
	buf_clear(&site);
	symbols_crash_site(symbols, &stack, &site);
	assert_int_equal(strncmp(buf_string(&site), "xmalloc (test_symbols.c:", 24), 0);
	buf_free(&site);
	symbols_close(symbols);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_return_address_is_the_line_of_its_call),
		cmocka_unit_test(what_was_inlined_is_a_frame_of_its_own),
		cmocka_unit_test(few_names_are_asked_for),
		cmocka_unit_test(a_stripped_library_has_the_names_for_its_users),
		cmocka_unit_test_setup_teardown(a_stripped_program_names_what_it_exports, unit_dir_make, unit_dir_remove),
		cmocka_unit_test_setup_teardown(what_is_no_module_has_no_names, unit_dir_make, unit_dir_remove),
		cmocka_unit_test_setup_teardown(a_damaged_module_does_no_harm, unit_dir_make, unit_dir_remove),
		cmocka_unit_test_setup_teardown(more_modules_than_are_kept, unit_dir_make, unit_dir_remove),
		cmocka_unit_test(stacks_begin_where_the_allocator_ends),
		cmocka_unit_test(a_stack_keeps_what_has_room),
		cmocka_unit_test(a_crash_is_its_callers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
