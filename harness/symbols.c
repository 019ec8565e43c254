/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Looks places up by libdw, a module at a time. */
#include "harness/symbols.h"

#include "base/scope.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

/* Modules that are open at once; the one that was not asked for longest makes room. */
#define MODULES_MAX 32
/* No module is larger: a library with debug information has a few hundred MiB at most. */
#define MODULE_BYTES_MAX (INT64_C(2) << 30)
/* Answers that are remembered: stacks of one program share most of their frames, and looking one up takes up to half a millisecond. An
 * answer stands at one of a few places in a row. */
#define ANSWERS (1u << 14)
#define ANSWERS_ROW 4
/* Functions that one place is in. */
#define INLINED_MAX 6

struct module {
	char path[sizeof((struct code_place *)0)->module]; /* "": free */
	Dwfl *dwfl;					     /* NULL: there is nothing to be read */
	Dwfl_Module *mod;
	uint64_t used; /* when last, by symbols.asked */
};

struct answer {
	struct code_place place;
	struct symbol *found; /* owned; `count` of them */
	size_t count;
	bool known;
};

struct symbols {
	struct module modules[MODULES_MAX];
	struct answer answers[ANSWERS];
	uint64_t asked;
};

/* ---- modules ---- */

/* By build id alone, below /usr/lib/debug: the standard one would ask servers. What dwz has put aside for several files is named by
 * its path, and comes here too. */
static int find_debuginfo(Dwfl_Module *mod, void **data, const char *name, Dwarf_Addr base, const char *file, const char *link,
			  GElf_Word crc, char **found)
{
	if (link && link[0] == '/' && strstr(link, "/.dwz/")) {
		*found = strdup(link);
		return *found ? open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	}
	return dwfl_build_id_find_debuginfo(mod, data, name, base, file, link, crc, found);
}

static char default_path[] = "/usr/lib/debug";
static char *debuginfo_path = default_path;
static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = find_debuginfo,
	.section_address = dwfl_offline_section_address,
	.debuginfo_path = &debuginfo_path,
};

static void module_shut(struct module *m)
{
	if (m->dwfl)
		dwfl_end(m->dwfl);
	*m = (struct module){0};
}

/* At the addresses that the file itself has: offsets from the load address are just these. */
static void module_read(struct module *m)
{
	struct stat st;
	SCOPED_FD int fd = open(m->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > MODULE_BYTES_MAX)
		return;
	m->dwfl = dwfl_begin(&callbacks);
	if (!m->dwfl)
		return;
	dwfl_report_begin(m->dwfl);
	m->mod = dwfl_report_elf(m->dwfl, m->path, m->path, fd, 0, true);
	if (m->mod)
		take_fd(&fd);
	if (dwfl_report_end(m->dwfl, NULL, NULL) == 0 && m->mod)
		return;
	dwfl_end(m->dwfl);
	m->dwfl = NULL;
	m->mod = NULL;
}

static struct module *module_of(struct symbols *s, const char *path)
{
	struct module *oldest = &s->modules[0];
	for (size_t i = 0; i < MODULES_MAX; i++) {
		struct module *m = &s->modules[i];
		if (strcmp(m->path, path) == 0) {
			m->used = ++s->asked;
			return m;
		}
		if (m->used < oldest->used)
			oldest = m;
	}
	module_shut(oldest);
	snprintf(oldest->path, sizeof oldest->path, "%s", path);
	oldest->used = ++s->asked;
	module_read(oldest);
	return oldest;
}

/* ---- one place ---- */

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static void set_function(struct symbol *symbol, const char *name)
{
	/* memcpy@@GLIBC_2.14 is memcpy */
	snprintf(symbol->function, sizeof symbol->function, "%.*s", name ? (int)strcspn(name, "@") : 0, name ? name : "");
}

static void set_line(struct symbol *symbol, const char *file, int line)
{
	if (!file || line <= 0)
		return;
	snprintf(symbol->file, sizeof symbol->file, "%s", last_part(file));
	symbol->line = line;
}

/* Compilers need not write down which unit has which addresses (clang does not): then all are asked. */
static Dwarf_Die *unit_of(Dwfl_Module *mod, Dwarf_Addr address, Dwarf_Addr *bias)
{
	Dwarf_Die *unit = dwfl_module_addrdie(mod, address, bias);
	if (unit)
		return unit;
	while ((unit = dwfl_module_nextcu(mod, unit, bias)))
		if (dwarf_haspc(unit, address - *bias) == 1)
			return unit;
	return NULL;
}

/* Where the call stood that was replaced by the body of `inlined`. */
static void set_call(struct symbol *caller, Dwarf_Die *unit, Dwarf_Die *inlined)
{
	Dwarf_Attribute attribute;
	Dwarf_Word file = 0, line = 0;
	Dwarf_Files *files;
	size_t count;
	if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &file) == 0 &&
	    dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &line) == 0 && line < INT32_MAX &&
	    dwarf_getsrcfiles(unit, &files, &count) == 0 && file < count)
		set_line(caller, dwarf_filesrc(files, file, NULL, NULL), (int)line);
}

/* From the innermost outwards: what is inlined, and in the end the function that has the code. */
static size_t walk_scopes(Dwarf_Die *unit, Dwarf_Die *scopes, int scopes_count, struct symbol *out, size_t max)
{
	size_t count = 0;
	for (int i = 0; i < scopes_count && count < max; i++) {
		int tag = dwarf_tag(&scopes[i]);
		if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram)
			continue;
		out[count].inlined = tag == DW_TAG_inlined_subroutine && count + 1 < max;
		set_function(&out[count++], dwarf_diename(&scopes[i]));
		if (tag == DW_TAG_subprogram)
			break;
		if (count < max)
			set_call(&out[count], unit, &scopes[i]);
	}
	return count;
}

static size_t by_debug_info(Dwfl_Module *mod, Dwarf_Addr address, struct symbol *out, size_t max)
{
	Dwarf_Addr bias = 0;
	Dwarf_Die *unit = unit_of(mod, address, &bias), *scopes = NULL, *around = NULL;
	if (!unit)
		return 0;
	Dwarf_Line *line = dwarf_getsrc_die(unit, address - bias);
	int number = 0;
	if (line && dwarf_lineno(line, &number) == 0)
		set_line(&out[0], dwarf_linesrc(line, NULL, NULL), number);
	/* The first answer follows an inlined function to where it was written; who called it is told by where its body is. */
	int count = dwarf_getscopes(unit, address - bias, &scopes);
	int around_count = count > 0 ? dwarf_getscopes_die(&scopes[0], &around) : 0;
	size_t found = around_count > 0 ? walk_scopes(unit, around, around_count, out, max) : 0;
	free(scopes);
	free(around);
	return found && out[0].function[0] ? found : 0;
}

/* The function's entry in the table of symbols: that of the linker, or what a stripped file has left for the loader. A place behind
 * the end of the nearest one is in a function that nobody names. */
static bool by_symbol(Dwfl_Module *mod, Dwarf_Addr address, struct symbol *out)
{
	GElf_Off offset = 0;
	GElf_Sym entry;
	const char *name = dwfl_module_addrinfo(mod, address, &offset, &entry, NULL, NULL, NULL);
	if (!name || !*name || offset >= (entry.st_size ? entry.st_size : 0x1000))
		return false;
	set_function(out, name);
	return true;
}

static size_t look_up(struct symbols *s, const struct code_place *place, struct symbol *out, size_t max)
{
	struct module *m = place->module[0] ? module_of(s, place->module) : NULL;
	Dwarf_Addr address = place->offset - (place->returned && place->offset ? 1 : 0);
	memset(out, 0, max * sizeof *out);
	if (!m || !m->mod)
		return 0;
	size_t count = by_debug_info(m->mod, address, out, max);
	return count ? count : by_symbol(m->mod, address, out) ? 1 : 0;
}

/* ---- remembering ---- */

static bool is_of(const struct answer *answer, const struct code_place *place)
{
	return answer->known && answer->place.offset == place->offset && answer->place.returned == place->returned &&
	       strcmp(answer->place.module, place->module) == 0;
}

/* Where the answer is, or has to go. */
static struct answer *slot_of(struct symbols *s, const struct code_place *place)
{
	uint64_t hash = place->offset * 2 + place->returned;
	for (const char *c = place->module; *c; c++)
		hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
	hash ^= hash >> 32;
	struct answer *free_one = NULL;
	for (size_t i = 0; i < ANSWERS_ROW; i++) {
		struct answer *answer = &s->answers[(hash + i) % ANSWERS];
		if (is_of(answer, place))
			return answer;
		if (!answer->known && !free_one)
			free_one = answer;
	}
	return free_one ? free_one : &s->answers[(hash + s->asked % ANSWERS_ROW) % ANSWERS];
}

size_t symbols_find(struct symbols *s, const struct code_place *place, struct symbol *out, size_t max)
{
	struct answer *answer = slot_of(s, place);
	if (!is_of(answer, place)) {
		struct symbol found[INLINED_MAX];
		size_t count = look_up(s, place, found, COUNT_OF(found));
		free(answer->found);
		*answer = (struct answer){.place = *place, .count = count};
		answer->found = count ? malloc(count * sizeof found[0]) : NULL;
		answer->known = !count || answer->found;
		if (answer->found)
			memcpy(answer->found, found, count * sizeof found[0]);
		else
			answer->count = 0;
	}
	size_t count = answer->count < max ? answer->count : max;
	if (count)
		memcpy(out, answer->found, count * sizeof out[0]);
	return count;
}

struct symbols *symbols_open(void)
{
	return calloc(1, sizeof(struct symbols));
}

void symbols_close(struct symbols *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < MODULES_MAX; i++)
		module_shut(&s->modules[i]);
	for (size_t i = 0; i < ANSWERS; i++)
		free(s->answers[i].found);
	free(s);
}
