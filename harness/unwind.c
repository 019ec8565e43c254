/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Follows stacks by libdwfl. */
#include "harness/unwind.h"

#include "harness/proc.h"

#include <elfutils/libdwfl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

struct unwind {
	pid_t pid, tid;
	bool stopped;
	Dwfl *dwfl;
};

/* Of a stopped thread libdw asks ptrace; of one that waits it asks us. */
static char no_path[] = "";
static char *debuginfo_path = no_path;

static int no_debuginfo(Dwfl_Module *mod, void **data, const char *name, Dwarf_Addr base, const char *file, const char *link,
			GElf_Word crc, char **found)
{
	(void)mod, (void)data, (void)name, (void)base, (void)file, (void)link, (void)crc, (void)found;
	return -1;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_linux_proc_find_elf,
	.find_debuginfo = no_debuginfo,
	.debuginfo_path = &debuginfo_path,
};

struct unwind *unwind_open(pid_t pid)
{
	struct unwind *u = calloc(1, sizeof *u);
	if (!u)
		return NULL;
	u->pid = pid;
	u->dwfl = dwfl_begin(&callbacks);
	if (u->dwfl && dwfl_linux_proc_report(u->dwfl, pid) == 0 && dwfl_report_end(u->dwfl, NULL, NULL) == 0)
		return u;
	unwind_close(u);
	return NULL;
}

void unwind_close(struct unwind *u)
{
	if (!u)
		return;
	if (u->dwfl)
		dwfl_end(u->dwfl);
	free(u);
}

/* ---- frames ---- */

struct walk {
	Dwfl *dwfl;
	struct code_stack *out;
};

static void set_place(Dwfl *dwfl, Dwarf_Addr pc, bool returned, struct code_place *place)
{
	Dwfl_Module *mod = dwfl_addrmodule(dwfl, pc - returned);
	Dwarf_Addr bias = 0;
	const char *path = NULL;
	const char *name = mod ? dwfl_module_info(mod, NULL, NULL, NULL, NULL, NULL, &path, NULL) : NULL;
	bool known = mod && dwfl_module_getelf(mod, &bias);
	/* The file is known by now only where it was needed; the name of a module of a process is its path. */
	snprintf(place->module, sizeof place->module, "%s", path ? path : name ? name : "");
	place->offset = known ? pc - bias : pc;
	place->returned = returned;
}

static int take_frame(Dwfl_Frame *frame, void *context)
{
	struct walk *walk = context;
	Dwarf_Addr pc;
	bool exact;
	if (!dwfl_frame_pc(frame, &pc, &exact))
		return DWARF_CB_ABORT;
	struct code_place place;
	set_place(walk->dwfl, pc, !exact, &place);
	return code_stack_add(walk->out, &place) ? DWARF_CB_OK : DWARF_CB_ABORT;
}

static bool walk_thread(struct unwind *u, pid_t tid, struct code_stack *out)
{
	struct walk walk = {.dwfl = u->dwfl, .out = out};
	*out = (struct code_stack){0};
	/* The end of a stack is a frame without a return address: not to get there is to be cut. */
	if (dwfl_getthread_frames(u->dwfl, tid, take_frame, &walk) != 0)
		out->cut = true;
	return out->count > 0;
}

bool unwind_stopped(struct unwind *u, pid_t tid, struct code_stack *out)
{
	if (!u->stopped && dwfl_linux_proc_attach(u->dwfl, u->pid, true) != 0)
		return false;
	u->stopped = true;
	return walk_thread(u, tid, out);
}

/* ---- threads that wait ---- */

static pid_t only_thread(Dwfl *dwfl, void *context, void **thread_context)
{
	(void)dwfl;
	struct unwind *u = context;
	if (*thread_context)
		return 0;
	*thread_context = u;
	return u->tid;
}

static bool this_thread(Dwfl *dwfl, pid_t tid, void *context, void **thread_context)
{
	(void)dwfl;
	struct unwind *u = context;
	*thread_context = u;
	return tid == u->tid;
}

static bool read_word(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *result, void *context)
{
	(void)dwfl;
	struct unwind *u = context;
	uintptr_t word = 0;
	struct iovec ours = {.iov_base = &word, .iov_len = sizeof word};
	struct iovec theirs = {.iov_base = (void *)(uintptr_t)address, .iov_len = sizeof word};
	if (process_vm_readv(u->pid, &ours, 1, &theirs, 1, 0) != sizeof word)
		return false;
	*result = word;
	return true;
}

/* The number by which DWARF knows the stack pointer. */
#if defined(__x86_64__)
#define DWARF_SP 7
#elif defined(__aarch64__)
#define DWARF_SP 31
#else
#define DWARF_SP (-1)
#endif

/* "NUMBER ARGUMENT... SP PC", "-1 SP PC" for a thread that waits in no call, "running" (proc(5)). */
static bool set_registers(Dwfl_Thread *thread, void *context)
{
	const struct unwind *u = context;
	char text[256];
	proc_read_text(u->pid, u->tid, "syscall", text, sizeof text);
	char *last = strrchr(text, ' '), *before = NULL;
	if (last)
		before = memrchr(text, ' ', (size_t)(last - text));
	if (!before || DWARF_SP < 0)
		return false;
	Dwarf_Word sp = strtoull(before + 1, NULL, 16), pc = strtoull(last + 1, NULL, 16);
	if (!sp || !pc || !dwfl_thread_state_registers(thread, DWARF_SP, 1, &sp))
		return false;
#if defined(__x86_64__)
	if (!dwfl_thread_state_registers(thread, 16, 1, &pc)) /* the return address of a frame is its register 16 */
		return false;
#endif
	dwfl_thread_state_register_pc(thread, pc);
	return true;
}

bool unwind_waiting(struct unwind *u, pid_t tid, struct code_stack *out)
{
	static const Dwfl_Thread_Callbacks threads = {
		.next_thread = only_thread,
		.get_thread = this_thread,
		.memory_read = read_word,
		.set_initial_registers = set_registers,
	};
	/* One Dwfl has one way to look at its threads: this is another. */
	struct unwind *other = unwind_open(u->pid);
	if (!other)
		return false;
	other->tid = tid;
	bool seen = dwfl_attach_state(other->dwfl, NULL, u->pid, &threads, other) && walk_thread(other, tid, out);
	unwind_close(other);
	return seen;
}
