/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
#include "harness/proc.h"

#include "base/scope.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>

static bool parse_stat(char *text, struct proc_stat *out)
{
	/* The name is in parentheses and may hold any character: go by the last one. */
	char *open_paren = strchr(text, '('), *close_paren = strrchr(text, ')');
	if (!open_paren || !close_paren)
		return false;
	snprintf(out->comm, sizeof out->comm, "%.*s", (int)(close_paren - open_paren - 1), open_paren + 1);
	int parent, group, session;
	if (sscanf(close_paren + 2, "%c %d %d %d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &out->state, &parent, &group, &session,
		   &out->user_ticks, &out->system_ticks) != 6)
		return false;
	out->parent = parent;
	out->group = group;
	out->session = session;
	return true;
}

static ssize_t read_file(const char *path, char *text, size_t size)
{
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);
	text[length > 0 ? length : 0] = '\0';
	return length;
}

bool proc_read_stat(pid_t pid, struct proc_stat *out)
{
	char path[64], text[1024];
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	return read_file(path, text, sizeof text) > 0 && parse_stat(text, out);
}

bool proc_read_thread_stat(pid_t pid, pid_t tid, struct proc_stat *out)
{
	char path[64], text[1024];
	snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)pid, (int)tid);
	return read_file(path, text, sizeof text) > 0 && parse_stat(text, out);
}

double proc_seconds(const struct proc_stat *stat)
{
	return (double)(stat->user_ticks + stat->system_ticks) / (double)sysconf(_SC_CLK_TCK);
}

void proc_read_text(pid_t pid, pid_t tid, const char *name, char *text, size_t size)
{
	char path[80];
	snprintf(path, sizeof path, "/proc/%d/task/%d/%s", (int)pid, (int)tid, name);
	read_file(path, text, size);
	text[strcspn(text, "\n")] = '\0';
}

void proc_wait_place(pid_t pid, pid_t tid, char *text, size_t size)
{
	proc_read_text(pid, tid, "wchan", text, size);
	if (text[0] == '0')
		text[0] = '\0';
}

void proc_program(pid_t pid, char *path, size_t size)
{
	char link[64];
	snprintf(link, sizeof link, "/proc/%d/exe", (int)pid);
	ssize_t length = readlink(link, path, size - 1);
	path[length > 0 ? length : 0] = '\0';
}

void proc_each(proc_visit *visitor, void *context)
{
	SCOPED_DIR DIR *dir = opendir("/proc");
	if (!dir)
		return;
	for (struct dirent *entry; (entry = readdir(dir));) {
		struct proc_stat stat;
		pid_t pid = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;
		if (pid && proc_read_stat(pid, &stat))
			visitor(pid, &stat, context);
	}
}

size_t proc_threads(pid_t pid, pid_t *tids, size_t max)
{
	char path[64];
	size_t count = 0;
	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	SCOPED_DIR DIR *dir = opendir(path);
	for (struct dirent *entry; dir && count < max && (entry = readdir(dir));)
		if (isdigit((unsigned char)entry->d_name[0]))
			tids[count++] = atoi(entry->d_name);
	return count;
}
