/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Loads modules.
 *
 * The file is read with ordinary calls, checked, and loaded from a copy in memory. So an error of the filesystem gets its own
 * text and obeys the time limit; and what was checked is what is loaded: mapped by the loader from where it lies, a page that
 * cannot be read would be a SIGBUS. */
#include "common/module.h"

#include "common/bytes.h"
#include "common/io.h"
#include "common/seal.h"
#include "common/source.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MODULE_MOST = 64 << 20 };

int module_default_directory(char path[PATH_MAX], struct failure *why)
{
	static const char leaf[] = "modules";
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
	if (length < 0)
		return failure_errno(why, CODE_DEPENDENCY, leaf, errno, "readlink /proc/self/exe");
	self[length] = '\0';
	*strrchr(self, '/') = '\0'; /* the kernel gives an absolute path */
	int rc = io_path(path, self, leaf);
	return rc ? failure_errno(why, CODE_DEPENDENCY, leaf, -rc, "their path") : 0;
}

/* Put the bytes into a file that has no name. Returns the descriptor or a negative error. */
static int copy_to_memory(const struct bytes *bytes, const char *file)
{
	int fd = memfd_create(file, MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	int rc = io_write(fd, bytes->at, bytes->length);
	if (rc == 0)
		return fd;
	io_close(fd);
	return rc;
}

/* The loader puts the path in front, which is that of the copy. */
static const char *without_path(const char *text)
{
	const char *colon = strstr(text, ": ");
	return *text == '/' && colon ? colon + 2 : text;
}

/* The loader tells its reasons in words only. */
static int load_failed(const char *file, struct failure *why)
{
	int error = errno;
	const char *text = dlerror();
	if (!text || error == ENOMEM || strcasestr(text, "memory"))
		return failure_memory(why, file, "the loader");
	return failure_set(why, CODE_DEPENDENCY, file, "%s", without_path(text));
}

/* The descriptor stays open while the module is loaded: the loader knows modules by their path, and would take a second one
 * under the same /proc/self/fd/N for the first. */
static int load(struct module *module, const struct bytes *bytes, const char *file, struct failure *why)
{
	module->fd = copy_to_memory(bytes, file);
	if (module->fd < 0)
		return failure_errno(why, CODE_DEPENDENCY, file, -module->fd, "copying into memory");
	char path[32];
	snprintf(path, sizeof path, "/proc/self/fd/%d", module->fd);
	errno = 0;
	module->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	return module->handle ? 0 : load_failed(file, why);
}

static int find(struct module *module, const char *file, const char *symbol, uint32_t abi, const void **struct_,
		struct failure *why)
{
	*struct_ = dlsym(module->handle, symbol);
	if (!*struct_)
		return load_failed(file, why);
	uint32_t version = *(const uint32_t *)*struct_;
	if (version != abi)
		return failure_set(why, CODE_DEPENDENCY, file, "has version %u of the interface, not %u", version, abi);
	return 0;
}

static int read_and_load(struct module *module, const char *dir, const char *file, struct failure *why)
{
	struct bytes bytes = {0};
	int rc = source_slurp(&bytes, dir, file, MODULE_MOST, why);
	if (rc == 0)
		rc = seal_check(&bytes, file, why);
	if (rc == 0)
		rc = load(module, &bytes, file, why);
	bytes_free(&bytes);
	return rc;
}

int module_open(struct module *module, const char *dir, const char *file, const char *symbol, uint32_t abi,
		enum code code, const void **struct_, struct failure *why)
{
	*module = (struct module){0};
	int rc = read_and_load(module, dir, file, why);
	if (rc == 0)
		rc = find(module, file, symbol, abi, struct_, why);
	if (rc == 0)
		return 0;
	if (why->code != CODE_MEMORY && why->code != CODE_CANCELLED)
		why->code = code;
	module_close(module);
	return rc;
}

void module_close(struct module *module)
{
	if (module->handle)
		dlclose(module->handle);
	if (module->fd > 0)
		io_close(module->fd);
	*module = (struct module){0};
}
