/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Stacks as a line of text. */
#include "harness/symbols.h"

#include <inttypes.h>
#include <string.h>

/* More than any place has (symbols.c). */
#define NAMES_MAX 8

/* How much of an allocation function a function is. */
enum wrapper { WRAPPER_NONE, WRAPPER_HANDS_ON, WRAPPER_ALLOCATES };

/* Functions whose callers want the memory, and not they. _Zn are the forms of C++'s operators new and new[]. */
static const char *const allocating[] = {
	"malloc", "calloc", "realloc", "reallocarray", "posix_memalign", "aligned_alloc", "memalign", "valloc", "pvalloc",
	"__libc_malloc", "__libc_calloc", "__libc_realloc", "__libc_memalign", "operator new", "operator new[]",
	"xmalloc", "xcalloc", "xrealloc", "xreallocarray", "xnmalloc", "xzalloc", "xmemdup", "xstrdup", "xstrndup", "ximalloc",
	"xicalloc", "xcharalloc", "xpalloc", "x2realloc", "safe_malloc", "safe_calloc", "safe_realloc",
	"strdup", "strndup", "__strdup", "__strndup",
};

/* What libraries put around them. */
static const char *const handing_on[] = {
	"png_malloc", "png_malloc_base", "png_malloc_warn", "png_malloc_array", "png_malloc_array_checked", "png_calloc",
	"png_realloc_array", "png_zalloc", "zcalloc", "_TIFFmalloc", "_TIFFcalloc", "_TIFFrealloc", "_TIFFmallocExt",
	"_TIFFcallocExt", "_TIFFreallocExt", "jpeg_get_small", "jpeg_get_large", "alloc_small", "alloc_large", "WebPSafeMalloc",
	"WebPSafeCalloc", "WebPMalloc", "_ogg_malloc", "_vorbis_block_alloc", "lsx_malloc", "lsx_calloc", "lsx_realloc", "lsx_strdup",
	"lsx_realloc_array", "safe_malloc_mul_2op_p", "safe_calloc_", "safe_realloc_", "AcquireMagickMemory",
	"AcquireQuantumMemory", "AcquireCriticalMemory", "AcquireAlignedMemory", "AcquireString", "ConstantString", "ResizeMagickMemory",
	"ResizeQuantumMemory", "MagickMalloc", "MagickRealloc", "g_malloc", "g_malloc0", "g_malloc_n", "g_malloc0_n", "g_realloc",
	"g_realloc_n", "g_try_malloc", "g_try_malloc0", "g_try_realloc", "g_slice_alloc", "g_slice_alloc0", "g_strdup", "g_strndup",
	"PyMem_Malloc", "PyMem_Calloc", "PyMem_Realloc", "PyMem_RawMalloc", "PyMem_RawCalloc", "PyMem_RawRealloc", "PyObject_Malloc",
	"PyObject_Calloc", "PyObject_Realloc", "sqlite3_malloc", "sqlite3_malloc64", "sqlite3_realloc64", "CRYPTO_malloc",
	"CRYPTO_zalloc", "CRYPTO_realloc", "archive_string_ensure",
};

/* What comes before main() and before a thread's own function is the same for all. */
static const char *const starting[] = {
	"__libc_start_call_main", "__libc_start_main", "__libc_start_main_impl", "_start", "start_thread", "clone", "clone3",
	"__clone", "__clone3",
};

static bool listed(const char *name, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(name, list[i]) == 0)
			return true;
	return false;
}

static const char *file_of(const struct code_place *place)
{
	const char *slash = strrchr(place->module, '/');
	return slash ? slash + 1 : place->module;
}

static bool is_c_library(const struct code_place *place)
{
	static const char *const starts[] = {"libc.so", "libc-", "libpthread", "ld-linux", "ld-musl", "libc.musl", "[vdso]"};
	for (size_t i = 0; i < COUNT_OF(starts); i++)
		if (strncmp(file_of(place), starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

/* Our own library stands around main() and in front of malloc(): nobody's doing. */
static bool is_ours(const struct code_place *place)
{
	return strcmp(file_of(place), "libordeal-alloc.so") == 0;
}

static enum wrapper wrapper_of(const struct code_place *place, const char *function)
{
	if (is_ours(place) || listed(function, allocating, COUNT_OF(allocating)) || strncmp(function, "_Znwm", 5) == 0 ||
	    strncmp(function, "_Znam", 5) == 0)
		return WRAPPER_ALLOCATES;
	return listed(function, handing_on, COUNT_OF(handing_on)) ? WRAPPER_HANDS_ON : WRAPPER_NONE;
}

static void add_symbol(const struct symbol *symbol, struct buf *out)
{
	buf_text(out, symbol->function);
	if (symbol->line)
		buf_printf(out, " (%s:%d)", symbol->file, symbol->line);
}

static void add_address(const struct code_place *place, struct buf *out)
{
	buf_printf(out, "%s+0x%" PRIx64, place->module[0] ? file_of(place) : "?", place->offset);
}

void symbols_name(struct symbols *symbols, const struct code_place *place, struct buf *out)
{
	struct symbol found[NAMES_MAX];
	size_t count = symbols_find(symbols, place, found, COUNT_OF(found));
	if (!count)
		add_address(place, out);
	for (size_t i = 0; i < count; i++) {
		buf_text(out, i ? " <- " : "");
		add_symbol(&found[i], out);
	}
}

void symbols_stack(struct symbols *symbols, const struct code_stack *stack, bool callers_only, struct buf *out)
{
	bool front = callers_only, any = false;
	for (uint32_t i = 0; i < stack->count && i < CODE_FRAMES_MAX; i++) {
		const struct code_place place = code_stack_at(stack, i);
		struct symbol found[NAMES_MAX];
		if (is_ours(&place))
			continue;
		size_t count = symbols_find(symbols, &place, found, COUNT_OF(found));
		for (size_t j = 0; j < count || (!count && j == 0); j++) {
			const char *function = count ? found[j].function : "";
			front = front && wrapper_of(&place, function) == WRAPPER_ALLOCATES;
			if (front)
				continue;
			if (any && listed(function, starting, COUNT_OF(starting)))
				return;
			buf_text(out, any ? " <- " : "");
			any = true;
			if (count)
				add_symbol(&found[j], out);
			else
				add_address(&place, out);
			if (strcmp(function, "main") == 0)
				return;
		}
	}
	buf_text(out, stack->cut ? " <- ..." : "");
}

void symbols_first(struct symbols *symbols, const struct code_stack *stack, struct buf *out)
{
	for (uint32_t i = 0; i < stack->count && i < CODE_FRAMES_MAX; i++) {
		const struct code_place place = code_stack_at(stack, i);
		struct symbol found[NAMES_MAX];
		size_t count = symbols_find(symbols, &place, found, COUNT_OF(found));
		for (size_t j = 0; j < count; j++)
			if (wrapper_of(&place, found[j].function) == WRAPPER_NONE) {
				add_symbol(&found[j], out);
				return;
			}
		if (!count && wrapper_of(&place, "") == WRAPPER_NONE) {
			add_address(&place, out);
			return;
		}
	}
	if (stack->count) {
		const struct code_place last = code_stack_at(stack, stack->count - 1);
		symbols_name(symbols, &last, out);
	}
}

void symbols_crash_site(struct symbols *symbols, const struct code_stack *stack, struct buf *out)
{
	struct code_place site = code_stack_at(stack, 0);
	struct symbol found;
	for (uint32_t i = 0; i < stack->count && i < CODE_FRAMES_MAX; i++) {
		const struct code_place place = code_stack_at(stack, i);
		if (is_c_library(&place) || is_ours(&place))
			continue;
		site = place;
		break;
	}
	if (!stack->count)
		return;
	if (symbols_find(symbols, &site, &found, 1))
		add_symbol(&found, out);
	else
		add_address(&site, out);
}
