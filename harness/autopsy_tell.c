/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What was found, in a line. */
#include "harness/autopsy.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct {
	int signal, code;
	const char *name;
} codes[] = {
	{SIGSEGV, SEGV_MAPERR, "SEGV_MAPERR"}, {SIGSEGV, SEGV_ACCERR, "SEGV_ACCERR"}, {SIGSEGV, SEGV_BNDERR, "SEGV_BNDERR"},
	{SIGSEGV, SEGV_PKUERR, "SEGV_PKUERR"}, {SIGBUS, BUS_ADRALN, "BUS_ADRALN"},    {SIGBUS, BUS_ADRERR, "BUS_ADRERR"},
	{SIGBUS, BUS_OBJERR, "BUS_OBJERR"},    {SIGBUS, BUS_MCEERR_AR, "BUS_MCEERR_AR"}, {SIGBUS, BUS_MCEERR_AO, "BUS_MCEERR_AO"},
	{SIGILL, ILL_ILLOPC, "ILL_ILLOPC"},    {SIGILL, ILL_ILLOPN, "ILL_ILLOPN"},    {SIGILL, ILL_ILLADR, "ILL_ILLADR"},
	{SIGILL, ILL_ILLTRP, "ILL_ILLTRP"},    {SIGILL, ILL_PRVOPC, "ILL_PRVOPC"},    {SIGILL, ILL_PRVREG, "ILL_PRVREG"},
	{SIGILL, ILL_COPROC, "ILL_COPROC"},    {SIGILL, ILL_BADSTK, "ILL_BADSTK"},    {SIGFPE, FPE_INTDIV, "FPE_INTDIV"},
	{SIGFPE, FPE_INTOVF, "FPE_INTOVF"},    {SIGFPE, FPE_FLTDIV, "FPE_FLTDIV"},    {SIGFPE, FPE_FLTOVF, "FPE_FLTOVF"},
	{SIGFPE, FPE_FLTUND, "FPE_FLTUND"},    {SIGFPE, FPE_FLTRES, "FPE_FLTRES"},    {SIGFPE, FPE_FLTINV, "FPE_FLTINV"},
	{SIGFPE, FPE_FLTSUB, "FPE_FLTSUB"},    {SIGTRAP, TRAP_BRKPT, "TRAP_BRKPT"},   {SIGTRAP, TRAP_TRACE, "TRAP_TRACE"},
	{SIGSYS, 1, "SYS_SECCOMP"},	       {0, SI_USER, "SI_USER"},		      {0, SI_KERNEL, "SI_KERNEL"},
	{0, SI_QUEUE, "SI_QUEUE"},	       {0, SI_TKILL, "SI_TKILL"},	      {0, SI_TIMER, "SI_TIMER"},
};

const char *autopsy_code_name(int signal, int code)
{
	for (size_t i = 0; i < COUNT_OF(codes); i++)
		if ((codes[i].signal == signal || !codes[i].signal) && codes[i].code == code)
			return codes[i].name;
	return "";
}

void autopsy_tell(const struct autopsy *a, struct symbols *symbols, struct buf *out)
{
	if (!a->found) {
		buf_text(out, a->why_not);
		return;
	}
	const char *name = sigabbrev_np(a->signal), *code = autopsy_code_name(a->signal, a->code);
	const char *slash = strrchr(a->program, '/');
	buf_printf(out, "SIG%s", name ? name : "?");
	if (*code)
		buf_printf(out, " (%s)", code);
	else
		buf_printf(out, " (code %d)", a->code);
	if (a->has_address)
		buf_printf(out, " at 0x%" PRIx64, a->address);
	buf_printf(out, " in %s (pid %d)%s", slash ? slash + 1 : a->comm, (int)a->pid, a->handled ? ", which has a handler for it" : "");
	if (a->stack.count) {
		buf_text(out, ": ");
		symbols_stack(symbols, &a->stack, false, out);
	}
}
