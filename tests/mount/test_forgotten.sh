#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What is said where programs seldom listen: at fsync, close, rename, unlink. With the plans that we bring.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

# with PLAN: a fresh scratch, served as the plans call it, under one of ours.
with() {
	new_scratch
	mkdir "$SCRATCH/d" "$SCRATCH/e"
	echo x >"$SCRATCH/f"
	is_not_mounted "$MNT" || unmount
	: >"$JOURNAL"
	mount_at "$MNT" "scratch:$SCRATCH" --plan "$SOURCE/faults/plans/$1.yaml" --journal "$JOURNAL"
}

try() {
	it "$1: $2"
	with "$1"
	wanted=$3
	shift 3
	expect "$wanted" poke "$@"
	expect_struck 1 '"error":'
}

it 'without a plan all of it succeeds'
new_scratch
mkdir "$SCRATCH/d" "$SCRATCH/e"
serve "scratch:$SCRATCH"
expect 'ok 4 ok ok ok ok ok ok' poke open "$MNT/f" w,c , put @ text , fsync @ , close @ , rename "$MNT/f" "$MNT/g" , rename "$MNT/g" "$MNT/d/f" , \
	rmdir "$MNT/e" , unlink "$MNT/d/f"

try eio-at-fsync 'writes succeed, fsync does not' 'ok 4 EIO ok' open "$MNT/f" w,c , put @ text , fsync @ , close @
try eio-at-fsync 'of a directory' 'EIO' fsync "$MNT"
try eio-at-close 'writes and fsync succeed, close does not' 'ok 4 ok EIO' open "$MNT/f" w,c , put @ text , fsync @ , close @
try enospc-at-fsync 'no room, found at fsync' 'ok 4 ENOSPC ok' open "$MNT/f" w,c , put @ text , fsync @ , close @
try enospc-at-close 'no room, found at close' 'ok 4 ok ENOSPC' open "$MNT/f" w,c , put @ text , fsync @ , close @
try edquot-at-fsync 'the quota, found at fsync' 'ok 4 EDQUOT ok' open "$MNT/f" w,c , put @ text , fsync @ , close @
try edquot-at-close 'the quota, found at close' 'ok 4 ok EDQUOT' open "$MNT/f" w,c , put @ text , fsync @ , close @
try eio-rename 'the file stays under its old name' 'EIO file ENOENT' rename "$MNT/f" "$MNT/g" , stat "$MNT/f" , stat "$MNT/g"
try exdev-rename 'as between two filesystems' 'EXDEV file' rename "$MNT/f" "$MNT/d/f" , stat "$MNT/f"
try eacces-unlink 'names cannot be removed' 'EACCES file' unlink "$MNT/f" , stat "$MNT/f"
try eio-unlink 'nor with EIO' 'EIO file' unlink "$MNT/f" , stat "$MNT/f"
try eio-unlink 'a directory neither' 'EIO dir' rmdir "$MNT/e" , stat "$MNT/e"
try enotempty-rmdir 'a directory that says it is not empty' 'ENOTEMPTY dir' rmdir "$MNT/e" , stat "$MNT/e"
