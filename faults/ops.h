/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The operations that a rule can name: what the kernel asks a filesystem to do.
 *
 * Names are those of FUSE's requests (include/uapi/linux/fuse.h, libfuse's fuse_lowlevel_ops), with setattr split into
 * what callers know: truncate, chmod, chown, utimens. A program's stat() of a name not yet known is a `lookup`, whose
 * answer carries the attributes; only a stat of a known file is a `getattr`. `listed` is no request of its own: it is asked
 * once for each name that a readdir is about to deliver. `setlk` and `flock` take locks; giving one back is an `unlock`, which
 * close(2) and the end of a process do without asking. */
#pragma once

#include "base/yaml.h"

#include <stdint.h>

/* Groups of operations; each is a word for `on` too. */
enum ops_in { IN_DATA = 1, IN_METADATA = 2, IN_NAMES = 4, IN_OPENS = 8, IN_LISTING = 16, IN_WRITES = 32, IN_LOCKS = 64 };

/* X(operation, groups it belongs to) */
#define OPS(X)                                    \
	X(lookup, IN_NAMES)                       \
	X(getattr, IN_METADATA)                   \
	X(access, IN_METADATA)                    \
	X(readlink, IN_NAMES)                     \
	X(open, IN_OPENS)                         \
	X(read, IN_DATA)                          \
	X(flush, IN_DATA)                         \
	X(release, IN_OPENS)                      \
	X(opendir, IN_OPENS | IN_LISTING)         \
	X(readdir, IN_NAMES | IN_LISTING)         \
	X(listed, IN_NAMES)                       \
	X(releasedir, IN_OPENS)                   \
	X(statfs, IN_METADATA)                    \
	X(getxattr, IN_METADATA)                  \
	X(listxattr, IN_METADATA)                 \
	X(lseek, IN_DATA)                         \
	X(create, IN_NAMES | IN_OPENS | IN_WRITES) \
	X(tmpfile, IN_NAMES | IN_OPENS | IN_WRITES) \
	X(mknod, IN_NAMES | IN_WRITES)            \
	X(mkdir, IN_NAMES | IN_WRITES)            \
	X(symlink, IN_NAMES | IN_WRITES)          \
	X(link, IN_NAMES | IN_WRITES)             \
	X(rename, IN_NAMES | IN_WRITES)           \
	X(unlink, IN_NAMES | IN_WRITES)           \
	X(rmdir, IN_NAMES | IN_WRITES)            \
	X(write, IN_DATA | IN_WRITES)             \
	X(fallocate, IN_DATA | IN_WRITES)         \
	X(fsync, IN_DATA | IN_WRITES)             \
	X(fsyncdir, IN_WRITES)                    \
	X(truncate, IN_DATA | IN_WRITES)          \
	X(chmod, IN_METADATA | IN_WRITES)         \
	X(chown, IN_METADATA | IN_WRITES)         \
	X(utimens, IN_METADATA | IN_WRITES)       \
	X(setxattr, IN_METADATA | IN_WRITES)      \
	X(removexattr, IN_METADATA | IN_WRITES)   \
	X(getlk, IN_LOCKS)                        \
	X(setlk, IN_LOCKS)                        \
	X(flock, IN_LOCKS)                        \
	X(unlock, IN_LOCKS)

#define OPS_ENUM(name, groups) OP_##name,
enum op { OPS(OPS_ENUM) OP_COUNT };

/* A set of operations: bit (1 << op). */
typedef uint64_t opset;

#define OP_BIT(name) (UINT64_C(1) << OP_##name)
#define OPS_WRITE_BIT(name, groups) | ((groups) & IN_WRITES ? OP_BIT(name) : 0)
#define OPSET_WRITES (UINT64_C(0) OPS(OPS_WRITE_BIT))
/* Those that change something. A corpus takes none of them; fsync of a file that is open for reading is an everyday thing. */
#define OPSET_CHANGES (OPSET_WRITES & ~(OP_BIT(fsync) | OP_BIT(fsyncdir)))
#define OPSET_ALL ((UINT64_C(1) << OP_COUNT) - 1)
#define OPSET_REQUESTS (OPSET_ALL & ~OP_BIT(listed))

/* The operation's name: "read". */
const char *ops_name(enum op op);

/* All operations of a group: data, metadata, names, opens, listing, writes, locks, all. 0 for an unknown name. */
opset ops_group(const char *name);

/* The operation with this name, or OP_COUNT. */
enum op ops_find(const char *name);

/* "read, write" in a buffer of the caller's; "all" for all of them. Returns the buffer. */
#define OPS_TEXT_SIZE 384
const char *ops_text(opset set, char text[OPS_TEXT_SIZE]);

/* The same in short, for people: "all but release, releasedir" where few are missing. */
const char *ops_summary(opset set, char text[OPS_TEXT_SIZE]);

/* What `on` says: operations named one by one, and those that come with a group. */
struct ops_choice {
	opset named;
	opset grouped;
};

/* Adds one operation or group (or a list of them) to a struct ops_choice. */
yaml_reader ops_yaml;
