#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A corpus cannot be written to by any call; what else there is to ask of it: access(2), statfs(2), extended attributes, handles.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$WORK/tree
mkdir -p "$tree/dir" "$tree/empty"
make_bytes "$tree/file" 5000
: >"$tree/run"
chmod 755 "$tree/run"
echo x >"$tree/dir/inner"
ln -s file "$tree/link"

no_write() {
	expect_pokes <<'END'
	EROFS   | open $M/file w
	EROFS   | open $M/file rw
	EROFS   | open $M/file r,t
	EROFS   | open $M/file w,a
	EROFS   | open $M/new w,c
	EROFS   | open $M/new r,cx
	EEXIST  | open $M/file w,cx
	ok 5000 | open $M/file r,c , fsize @
	EROFS   | truncate $M/file 0
	EROFS   | truncate $M/file 5000
	EROFS   | mkdir $M/newdir
	EEXIST  | mkdir $M/dir
	EROFS   | mknod $M/node fifo
	EROFS   | mknod $M/node file
	EROFS   | symlink file $M/newlink
	EROFS   | link $M/file $M/hard
	EROFS   | unlink $M/file
	EROFS   | unlink $M/link
	EISDIR  | unlink $M/dir
	ENOENT  | unlink $M/missing
	EROFS   | rmdir $M/empty
	EROFS   | rmdir $M/dir
	ENOTDIR | rmdir $M/file
	EROFS   | rename $M/file $M/new
	EROFS   | rename $M/file $M/run
	EROFS   | rename $M/empty $M/dir2
	EROFS   | rename2 $M/file $M/run exchange
	EEXIST  | rename2 $M/file $M/run noreplace
	EROFS   | chmod $M/file 0600
	EROFS   | chmod $M/dir 0700
	EROFS   | chown $M/file 0 0
	EROFS   | chown $M/link 0 0
	EROFS   | utimens $M/file now
	EROFS   | utimens $M/file 1000
	EROFS   | setxattr $M/file user.x y
	EROFS   | removexattr $M/file user.x
	ok ok   | open $M/file r , fsync @
	ok ok   | open $M/file r , fdatasync @
	ok ok   | open $M/dir r,D , fsync @
	ok EBADF | open $M/file r , write @ 0 1
	ok EBADF | open $M/file r , fallocate @ grow 0 1
	ok EINVAL | open $M/file r , ftruncate @ 0
	ok EROFS | open $M/file r , fchmod @ 0600
END
	expect_pokes <<'END'
	ok      | access $M/file ''
	ok      | access $M/file r
	EROFS   | access $M/file w
	EROFS   | access $M/file rw
	EACCES  | access $M/file x
	ok      | access $M/run rx
	ok      | access $M/dir rx
	EROFS   | access $M/dir w
	EROFS   | access $M w
	ok      | access $M/link r
	ENOENT  | access $M/missing ''
	ok      | chdir $M/dir
	ENOTDIR | chdir $M/file
	0       | statfs $M free
	0       | statfs $M/file free
	255     | statfs $M namemax
	EISDIR  | open $M/dir w
	ENOTDIR | open $M/file r,D
	ELOOP   | open $M/link r,n
	ok      | open $M/link r
	ENOTDIR | stat $M/file/below
	ENOENT  | stat $M/dir/missing
	ENOENT  | stat $M/missing/below
	EINVAL  | readlink $M/file
	EINVAL  | readlink $M/dir
END
}

it 'nothing of a directory can be changed'
before=$(ls -lR --time-style=full-iso "$tree" | cksum)
serve "tree:$tree"
no_write
it 'with rules on it neither'
serve_faulty "tree:$tree" <<'END'
- {name: late, on: all, delay: 1us}
END
no_write
expect "$before" sh -c "ls -lR --time-style=full-iso '$tree' | cksum"
it 'nor of an archive'
tar -C "$tree" -cf "$WORK/a.tar" .
serve "pack:$WORK/a.tar"
no_write

it 'a name that is too long, an empty one'
expect ENAMETOOLONG poke stat "$MNT/$(printf '%0256d' 0)"
expect ENOENT poke stat "$MNT/$(printf '%0255d' 0)"
expect ENAMETOOLONG poke create "$MNT/$(printf '%0256d' 0)"

it 'synthetic corpora have no attributes of the extended kind, and say so'
serve ct-tiny
expect_pokes <<'END'
	ENODATA | getxattr $M/slice_0000.png user.x
	none    | listxattr $M/slice_0000.png
	ENODATA | getxattr $M user.x
	none    | listxattr $M
END

it 'those of a directory are shown'
if [ "$(poke setxattr "$tree/file" user.colour blue)" = ok ]; then
	poke setxattr "$tree/file" user.empty '' >/dev/null
	serve "tree:$tree"
	expect_pokes <<'END'
	[blue]  | getxattr $M/file user.colour
	[]      | getxattr $M/file user.empty
	ENODATA | getxattr $M/file user.none
	4       | sizexattr $M/file user.colour 0
	4       | sizexattr $M/file user.colour 4
	ERANGE  | sizexattr $M/file user.colour 3
	ENODATA | getxattr $M/dir user.colour
	EROFS   | setxattr $M/file user.colour red
	EROFS   | removexattr $M/file user.colour
END
	expect 'user.colour user.empty' poke listxattr "$MNT/file"
else
	echo 'no extended attributes here'
fi

if is_root; then
	it 'a file handle leads to the same file, or is stale; never to another file'
	serve "tree:$tree"
	expect 'ok ok 5000' poke handle "$MNT/file" , byhandle "$MNT" , fsize @
	expect 'ok ok' poke handle "$MNT/dir" , byhandle "$MNT"

	it 'also where the number of the file has been given away'
	new_scratch
	serve "scratch:$SCRATCH"
	expect 'ok ok ok ok' poke create "$MNT/here" , handle "$MNT/here" , create "$MNT/other" , byhandle "$MNT"
	expect 'ok ok ok 200 ESTALE' poke create "$MNT/gone" , handle "$MNT/gone" , unlink "$MNT/gone" , makemany "$MNT/new" 200 , \
		byhandle "$MNT"
fi
unmount
