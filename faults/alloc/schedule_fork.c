/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The harness's side of forks at the point: reads the page while the program waits. */
#include "faults/alloc/schedule_fork.h"

#include "base/scope.h"
#include "faults/alloc/schedule.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int schedule_fork_open(const char *path, struct alloc_page **out, struct err *err)
{
	SCOPED_FD int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	void *at = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof **out, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return err_set(err, errno, "%s: the page of the allocation shim cannot be mapped: %s", path, strerror(errno));
	*out = at;
	return 0;
}

void schedule_fork_close(struct alloc_page *page)
{
	if (page)
		munmap(page, sizeof *page);
}

void schedule_fork_outcome(const struct alloc_page *page, struct schedule_outcome *out)
{
	*out = (struct schedule_outcome){.processes = 1, .fired = 1, .allocations = page->fork.process.allocations};
	out->programs_count = 1;
	out->programs[0].processes = 1;
	out->programs[0].allocations = out->allocations;
	memcpy(out->programs[0].comm, page->fork.process.comm, sizeof out->programs[0].comm - 1);
	memcpy(out->programs[0].program, page->fork.process.program, sizeof out->programs[0].program - 1);
	schedule_take_event(&page->modules, &page->fork.event, out);
}

const char *schedule_fork_about(enum alloc_fork_state state)
{
	static const char *const about[ALLOC_FORK_STATES] = {
		[ALLOC_FORK_WAITING] = "the program did not come there",
		[ALLOC_FORK_CLOSED] = "because there was no time, or most before did not simply pass",
		[ALLOC_FORK_DONE] = "done",
		[ALLOC_FORK_DOUBTFUL] = "did not simply pass",
		[ALLOC_FORK_DIVERGED] = "had another stack there",
		[ALLOC_FORK_STRANGER] = "in a program that the command starts",
		[ALLOC_FORK_THREADS] = "beside other threads, or where /proc is not seen",
		[ALLOC_FORK_CHILDREN] = "beside child processes",
		[ALLOC_FORK_TIMERS] = "while a timer ran",
		[ALLOC_FORK_MAPPINGS] = "with shared memory",
		[ALLOC_FORK_DESCRIPTORS] = "with files open that cannot be had twice",
		[ALLOC_FORK_LOCKS] = "with a lock held",
		[ALLOC_FORK_REFUSED] = "the kernel refused the copy",
	};
	return state < ALLOC_FORK_STATES ? about[state] : "?";
}
