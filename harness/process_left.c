/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Looks for what a command leaves running. */
#include "harness/process.h"

#include "base/clock.h"
#include "base/vec.h"
#include "harness/proc.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A descendant that ends within this time of the command is no leftover. */
#define LEFTOVER_GRACE_NS (100 * NS_PER_MS)

void process_reap(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

struct member {
	pid_t pid, parent;
	struct proc_stat stat;
};

struct family {
	VEC(struct member) members;
};

static void add_member(pid_t pid, const struct proc_stat *stat, void *context)
{
	struct family *family = context;
	struct member *member = stat->state == 'Z' || stat->state == 'X' ? NULL : vec_add(&family->members);
	if (member)
		*member = (struct member){.pid = pid, .parent = stat->parent, .stat = *stat};
}

/* Is `pid` a descendant of ours, by way of nobody spared? What a server leaves in its process group when it is killed is its guard,
 * which is about to unmount: ours by then, and no doing of any other child. (Nobody joins a group of another session: setpgid(2).) */
static bool is_descendant(const struct family *family, pid_t pid, pid_t spared)
{
	pid_t self = getpid();
	for (size_t steps = 0; steps <= family->members.count; steps++) {
		if (pid == spared || pid == 0)
			return false;
		pid_t parent = 0;
		for (size_t i = 0; i < family->members.count; i++)
			if (family->members.at[i].pid == pid)
				parent = family->members.at[i].parent;
		if (parent == self)
			return true;
		pid = parent;
	}
	return false;
}

/* Count them, and where `text` is given, name and kill them. */
static unsigned look_around(pid_t spared, char *text, size_t size)
{
	struct family family = {0};
	unsigned count = 0;
	proc_each(add_member, &family);
	for (size_t i = 0; i < family.members.count; i++) {
		const struct member *member = &family.members.at[i];
		if (!is_descendant(&family, member->pid, spared) || member->pid == spared || (spared && member->stat.group == spared))
			continue;
		count++;
		if (!text)
			continue;
		size_t used = strlen(text);
		snprintf(text + used, size - used, "%s%s (pid %d)", used ? ", " : "", member->stat.comm, (int)member->pid);
		kill(member->pid, SIGKILL);
	}
	vec_free(&family.members);
	return count;
}

unsigned process_leftovers(pid_t spared, char *text, size_t size)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	text[0] = '\0';
	process_reap();
	for (int64_t until = clock_now_ns() + LEFTOVER_GRACE_NS; look_around(spared, NULL, 0);) {
		int64_t left = until - clock_now_ns();
		const struct timespec wait = {.tv_nsec = left > 0 ? left : 0};
		/* Orphans are our children: their end wakes us. */
		if (left <= 0 || sigtimedwait(&set, NULL, &wait) < 0)
			break;
		process_reap();
	}
	unsigned count = look_around(spared, text, size);
	process_reap();
	return count;
}
