/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Forks at the point: makes the copy of the process in which an allocation fails, and waits for its end.
 *
 * The copy is made by the bare system call: no handler of fork(3) runs, and libc keeps the thread's number that it remembers, because
 * locks that are held remember it too. Its parent is ours (CLONE_PARENT), as it is for the program: no wait() of the program's can meet
 * it. One thread only: that is looked at each time. */
#include "faults/alloc/shim.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

uint64_t forks_begin(struct self *me)
{
	const struct alloc_fork *f = &page->fork;
	bool ours = f->count && f->count <= ALLOC_FORK_POINTS && strcmp(f->program, me->slot->program) == 0 &&
		    (!f->number || f->number == me->slot->number);
	me->fork_next = ours;
	return ours ? f->points[0].ordinal : UINT64_MAX;
}

/* ---- may it be copied? ---- */

static bool has_children(void)
{
	siginfo_t info;
	return syscall(SYS_waitid, P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL, NULL) == 0 || errno != ECHILD;
}

/* They are not inherited. */
static bool has_timers(void)
{
	static const int kinds[] = {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF};
	struct itimerval timer;
	char some;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (getitimer((__itimer_which_t)kinds[i], &timer) == 0 && (timer.it_value.tv_sec || timer.it_value.tv_usec))
			return true;
	int fd = open("/proc/self/timers", O_RDONLY | O_CLOEXEC);
	bool any = fd >= 0 && read(fd, &some, 1) == 1;
	if (fd >= 0)
		close(fd);
	return any;
}

/* The directory has a link for itself, one for its parent's entry, and one for each thread (proc_task_getattr() in fs/proc/base.c). */
static bool has_threads(void)
{
	struct stat st;
	return stat("/proc/self/task", &st) < 0 || st.st_nlink != 3;
}

static enum alloc_fork_state look(const struct self *me)
{
	if (getpid() != me->slot->pid || getppid() != page->fork.keeper)
		return ALLOC_FORK_STRANGER;
	if (has_threads())
		return ALLOC_FORK_THREADS;
	if (has_children())
		return ALLOC_FORK_CHILDREN;
	if (has_timers())
		return ALLOC_FORK_TIMERS;
	return held_look();
}

/* ---- the copy ---- */

static bool is_empty(const char *path)
{
	char entries[512];
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long got = fd < 0 ? -1 : syscall(SYS_getdents64, fd, entries, sizeof entries);
	long more = got > 0 ? syscall(SYS_getdents64, fd, entries + got, sizeof entries - (size_t)got) : 0;
	if (fd >= 0)
		close(fd);
	return got == 48 && more == 0; /* "." and "..", of 24 bytes each */
}

/* Where there is nothing yet a place of one's own will do. Directories that are renamed must stay so: redirect_dir. */
static bool set_apart(const struct alloc_fork_place *place)
{
	char options[1000];
	if (is_empty(place->lower))
		return mount(place->upper, place->at, NULL, MS_BIND, NULL) == 0;
	snprintf(options, sizeof options, "lowerdir=%s,upperdir=%s,workdir=%s,redirect_dir=on,volatile", place->lower, place->upper,
		 place->work);
	return mount("ordeal", place->at, "overlay", 0, options) == 0;
}

static enum alloc_fork_state isolate(void)
{
	const struct alloc_fork *f = &page->fork;
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (uint32_t i = 0; i < f->places_count && i < ALLOC_FORK_PLACES; i++)
		if (!set_apart(&f->places[i]))
			return ALLOC_FORK_REFUSED;
	return held_renew();
}

/* What the kernel has cleared: the copy is the same image, and goes on counting, in a place that outlives it. */
static void become_copy(const struct self *was)
{
	struct alloc_page_process *slot = &page->fork.process;
	slot->pid = (int32_t)getpid();
	self->state = 2;
	self->depth = was->depth;
	self->wake = UINT64_MAX;
	memcpy(self->program_path, was->program_path, sizeof self->program_path);
	self->slot = slot;
	page->fork.trouble = isolate();
	if (page->fork.trouble)
		syscall(SYS_exit_group, 0);
}

/* ---- the program ---- */

static void describe(const struct self *me, uint64_t ordinal, struct call *call)
{
	struct alloc_fork *f = &page->fork;
	memset(&f->event, 0, sizeof f->event);
	memset(&f->process, 0, sizeof f->process);
	call_note(&f->event, 0, call);
	f->process.allocations = ordinal;
	f->process.number = me->slot->number;
	f->process.fired = 1;
	memcpy(f->process.comm, me->slot->comm, sizeof f->process.comm);
	memcpy(f->process.program, me->slot->program, sizeof f->process.program);
}

static bool ring(void)
{
	int bell = open(page->fork.bell, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	bool rung = bell >= 0 && write(bell, "", 1) == 1;
	if (bell >= 0)
		close(bell);
	return rung;
}

/* Who started us ends us when he ends. */
static void await(uint32_t index)
{
	struct alloc_fork *f = &page->fork;
	for (uint32_t seen; (seen = f->answered) != index;)
		syscall(SYS_futex, &f->answered, FUTEX_WAIT, seen, NULL, NULL, 0);
}

/* True in the copy. */
static bool fork_at(struct self *me, uint32_t index, uint64_t ordinal, struct call *call)
{
	static struct self was;
	struct alloc_fork *f = &page->fork;
	describe(me, ordinal, call);
	memcpy(&was, me, sizeof was);
	f->asker = (int32_t)getpid();
	f->child = 0;
	f->trouble = 0;
	f->asked = index;
	long pid = syscall(SYS_clone, CLONE_PARENT | CLONE_NEWNS | SIGCHLD, NULL, NULL, NULL, 0);
	if (pid == 0) {
		become_copy(&was);
		return true;
	}
	if (pid < 0) {
		f->points[index - 1].state = ALLOC_FORK_REFUSED;
		return false;
	}
	f->child = (int32_t)pid;
	if (ring())
		await(index);
	else
		kill((pid_t)pid, SIGKILL); /* its end is seen by who waits for it */
	return false;
}

bool forks_weigh(struct self *me, uint64_t ordinal, struct call *call)
{
	struct alloc_fork *f = &page->fork;
	uint32_t index = me->fork_next;
	while (index <= f->count && f->points[index - 1].ordinal < ordinal)
		index++;
	bool due = index <= f->count && f->points[index - 1].ordinal == ordinal && !f->closed;
	me->fork_next = index + due;
	me->wake = me->fork_next <= f->count && !f->closed ? f->points[me->fork_next - 1].ordinal : UINT64_MAX;
	if (!due)
		return false;
	struct alloc_fork_point *point = &f->points[index - 1];
	enum alloc_fork_state why = ALLOC_FORK_DIVERGED;
	if (call_stack_hash(call, alloc_hash_depth(point->stack)) == point->stack)
		why = look(me);
	point->state = why;
	return !why && fork_at(me, index, ordinal, call);
}
