/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The table of usual errnos. */
#include "faults/usual.h"

#include <errno.h>

/* From the section ERRORS of the page behind each row (Linux man-pages 6.03), without those for bad arguments, for signals, and
 * for the wrong sort of file. Errors of the path are those of path_resolution(7), which each page repeats. */
static const uint16_t usual[OP_COUNT][USUAL_MAX] = {
	[OP_lookup] = {EACCES, EIO, ENOENT, ENOMEM},					  /* stat(2), path_resolution(7) */
	[OP_getattr] = {EACCES, EIO, ENOMEM},						  /* stat(2); EIO as of readlink(2) */
	[OP_access] = {EACCES, EIO, ENOMEM, EROFS},					  /* access(2) */
	[OP_readlink] = {EACCES, EIO, ENOENT, ENOMEM},					  /* readlink(2) */
	[OP_open] = {EACCES, EMFILE, ENFILE, ENOENT, ENOMEM, EPERM},			  /* open(2) */
	[OP_read] = {EIO},								  /* read(2) */
	[OP_flush] = {EIO, ENOSPC, EDQUOT},						  /* close(2) */
	[OP_opendir] = {EACCES, EMFILE, ENFILE, ENOENT, ENOMEM},			  /* opendir(3) */
	[OP_readdir] = {EIO, ENOENT},							  /* getdents(2); EIO as of read(2) */
	[OP_statfs] = {EACCES, EIO, ENOMEM},						  /* statfs(2) */
	[OP_getxattr] = {E2BIG, ENODATA, EOPNOTSUPP},					  /* getxattr(2) */
	[OP_listxattr] = {E2BIG, EOPNOTSUPP},						  /* listxattr(2) */
	[OP_lseek] = {ENXIO},								  /* lseek(2) */
	[OP_create] = {EACCES, EDQUOT, EMFILE, ENFILE, ENOMEM, ENOSPC, EROFS},		  /* open(2) */
	[OP_mknod] = {EACCES, EDQUOT, ENOMEM, ENOSPC, EPERM, EROFS},			  /* mknod(2) */
	[OP_mkdir] = {EACCES, EDQUOT, EMLINK, ENOMEM, ENOSPC, EPERM, EROFS},		  /* mkdir(2) */
	[OP_symlink] = {EACCES, EDQUOT, EIO, ENOMEM, ENOSPC, EPERM, EROFS},		  /* symlink(2) */
	[OP_link] = {EACCES, EDQUOT, EIO, EMLINK, ENOMEM, ENOSPC, EPERM, EROFS, EXDEV},	  /* link(2) */
	[OP_rename] = {EACCES, EBUSY, EDQUOT, EMLINK, ENOMEM, ENOSPC, EPERM, EROFS, EXDEV}, /* rename(2) */
	[OP_unlink] = {EACCES, EBUSY, EIO, ENOMEM, EPERM, EROFS},			  /* unlink(2) */
	[OP_rmdir] = {EACCES, EBUSY, ENOMEM, ENOTEMPTY, EPERM, EROFS},			  /* rmdir(2) */
	[OP_write] = {EDQUOT, EFBIG, EIO, ENOSPC, EPERM},				  /* write(2) */
	[OP_fallocate] = {EFBIG, EIO, ENOSPC, EOPNOTSUPP, EPERM},			  /* fallocate(2) */
	[OP_fsync] = {EDQUOT, EIO, ENOSPC, EROFS},					  /* fsync(2) */
	[OP_fsyncdir] = {EDQUOT, EIO, ENOSPC, EROFS},					  /* fsync(2) */
	[OP_truncate] = {EACCES, EFBIG, EIO, EPERM, EROFS, ETXTBSY},			  /* truncate(2) */
	[OP_chmod] = {EACCES, EIO, ENOMEM, EPERM, EROFS},				  /* chmod(2) */
	[OP_chown] = {EACCES, EIO, ENOMEM, EPERM, EROFS},				  /* chown(2) */
	[OP_utimens] = {EACCES, EPERM, EROFS},						  /* utimensat(2) */
	[OP_setxattr] = {EDQUOT, ENOSPC, EOPNOTSUPP, EPERM},				  /* setxattr(2) */
	[OP_tmpfile] = {EACCES, EDQUOT, EMFILE, ENFILE, ENOMEM, ENOSPC, EOPNOTSUPP, EROFS}, /* open(2) */
	[OP_getlk] = {ENOLCK},								  /* fcntl(2) */
	[OP_setlk] = {EACCES, EAGAIN, EDEADLK, ENOLCK},					  /* fcntl(2) */
	[OP_flock] = {EAGAIN, ENOLCK},						  /* flock(2) */
	[OP_unlock] = {ENOLCK},								  /* fcntl(2) */
	[OP_removexattr] = {ENODATA, EOPNOTSUPP, EPERM},				  /* removexattr(2), setxattr(2) */
};

const uint16_t *usual_errors(enum op op)
{
	return usual[op];
}
