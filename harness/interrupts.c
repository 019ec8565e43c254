/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Signals by descriptor. */
#include "harness/interrupts.h"

#include "base/hangup.h"
#include "base/scope.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

int interrupts_begin(struct interrupts *out, struct err *err)
{
	sigset_t set;
	hangup_signals(&set);
	sigprocmask(SIG_BLOCK, &set, &out->before);
	out->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (out->fd >= 0)
		return 0;
	int error = errno;
	sigprocmask(SIG_SETMASK, &out->before, NULL);
	return err_set(err, error, "no signal descriptor: %s", strerror(error));
}

bool interrupts_pending(void)
{
	sigset_t come, ours, both;
	hangup_signals(&ours);
	return sigpending(&come) == 0 && sigandset(&both, &come, &ours) == 0 && !sigisemptyset(&both);
}

/* One within another forgets nothing: what came after it last looked is the other's to hear. */
void interrupts_end(struct interrupts *interrupts)
{
	struct signalfd_siginfo heard;
	bool nested = sigismember(&interrupts->before, SIGINT) && sigismember(&interrupts->before, SIGTERM);
	while (!nested && read(interrupts->fd, &heard, sizeof heard) > 0)
		;
	close(take_fd(&interrupts->fd));
	sigprocmask(SIG_SETMASK, &interrupts->before, NULL);
}
