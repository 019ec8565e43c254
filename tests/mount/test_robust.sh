#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What the directories behind a mount do to it: they are full, they shrink, they are gone, and somebody swaps a directory for a
# symbolic link that leads out of them.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

# Such a link leads a program on the mount somewhere else, too: below $WORK/at, where there is nothing.
mkdir -p "$WORK/at/mnt" "$WORK/behind/source/dir" "$WORK/behind/outside"
MNT=$WORK/at/mnt
echo inside >"$WORK/behind/source/dir/file"
echo secret >"$WORK/behind/outside/file"
ln -s ../outside "$WORK/behind/source/swap"

sees_outside() {
	"$poke" repeat 100 get "$WORK/behind/source/dir/file" | grep -q secret
}

# swapping: read by way of the name while it is now the directory, now the link; nothing from outside may come.
swapping() {
	(cd "$WORK/behind/source" && exec timeout 60 "$poke" repeat 10000000 rename2 dir swap exchange) >/dev/null 2>&1 &
	swapper=$!
	# Who goes there directly does come to see what is outside, before and after.
	wait_for 20 sees_outside || fail 'the directory was not swapped'
	timeout 60 "$poke" repeat 3000 get "$MNT/dir/file" 2>&1 | tr ' ' '\n' | sort -u >"$WORK/came"
	timeout 60 "$poke" repeat 500 count "$MNT/dir" >/dev/null
	wait_for 20 sees_outside || fail 'the directory was not swapped all the time'
	kill "$swapper" 2>/dev/null
	wait "$swapper" 2>/dev/null
	grep -q secret "$WORK/came" && fail "what is outside of the source was read: $(tr '\n' ' ' <"$WORK/came")"
	grep -q inside "$WORK/came" || fail "nothing was read at all: $(tr '\n' ' ' <"$WORK/came")"
}

# Names are not remembered where a rule is on lookup, so that each read goes the whole way.
rules_on_names() {
	cat <<'END'
- {name: none, on: [lookup, getattr], delay: 1us}
END
}

it 'a directory of a tree that becomes a link, and back'
rules_on_names | serve_faulty "tree:$WORK/behind/source"
swapping
unmount

it 'the same behind a scratch, and what is written stays inside'
rules_on_names | serve_faulty "scratch:$WORK/behind/source"
swapping
(cd "$WORK/behind/source" && exec timeout 60 "$poke" repeat 10000000 rename2 dir swap exchange) >/dev/null 2>&1 &
swapper=$!
timeout 60 "$poke" repeat 500 open "$MNT/dir/new" w,c , repeat 500 unlink "$MNT/dir/new" , repeat 500 mkdir "$MNT/dir/sub" , repeat 300 chmod \
	"$MNT/dir/file" 0600 , repeat 300 truncate "$MNT/dir/file" 3 >/dev/null 2>&1
kill "$swapper" 2>/dev/null
wait "$swapper" 2>/dev/null
expect 'file' ls "$WORK/behind/outside"
expect 'secret' cat "$WORK/behind/outside/file"
expect '644' stat -c %a "$WORK/behind/outside/file"
unmount

it 'a tree that shrinks, changes and goes away'
mkdir "$WORK/tree" "$WORK/tree/sub"
make_bytes "$WORK/tree/f" 50000
make_bytes "$WORK/tree/gone" 50000
make_bytes "$WORK/tree/sub/g" 10
serve_faulty "tree:$WORK/tree" <<'END'
- {name: none, on: [lookup, getattr, read], delay: 1us}
END
"$poke" open "$MNT/f" r , open "$MNT/gone" r , read @1 0 50000 , truncate "$WORK/tree/f" 100 , unlink "$WORK/tree/gone" , read @1 0 50000 , \
	read @1 100 10 , fsize @1 , read @2 0 50000 , size "$MNT/f" , open "$MNT/gone" r , stat "$MNT/gone" >"$WORK/said"
expect 'ok ok 50000 ok ok 100 0 100 50000 100 ENOENT ENOENT' cat "$WORK/said"
rm -r "$WORK/tree"
expect 'ENOENT' poke stat "$MNT/f"
expect 'ENOENT' poke open "$MNT/sub/g" r
expect 'ok' poke open "$MNT" r,D
expect 'ENOENT' poke stat "$MNT/sub"
unmount

it 'a scratch whose directory goes away'
new_scratch
make_bytes "$SCRATCH/f" 1000
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: none, on: all, delay: 1us}
END
expect 'ok ok 1000 5 ok' poke open "$MNT/f" rw , unlink "$SCRATCH/f" , read @ 0 2000 , write @ 1000 5 , fsync @
rmdir "$SCRATCH"
expect 'ENOENT' poke stat "$MNT/f"
expect 'ENOENT' poke create "$MNT/f"
expect 'ENOENT' poke mkdir "$MNT/d"
unmount

is_root || skip 'the rest wants root, to mount a small tmpfs'
mkdir "$WORK/small"
mount -t tmpfs -o size=1M,nr_inodes=20 none "$WORK/small" 2>/dev/null || skip 'no tmpfs can be mounted here'

it 'a disk behind a scratch that is full: its own errors, as they are'
mkdir "$WORK/small/d"
room=$("$poke" statfs "$WORK/small" free)
# The kernel tells of the last close when it has time: until then a removed file keeps its room.
has_room() {
	[ "$("$poke" statfs "$1" free)" = "$2" ]
}
serve "scratch:$WORK/small/d"
expect 'ok 1000000 ENOSPC ok ok' poke open "$MNT/f" w,c , write @ 0 1000000 , fallocate @ grow 1000000 1000000 , close @ , unlink "$MNT/f"
wait_for 10 has_room "$WORK/small" "$room" || fail 'a removed file keeps its room'
dd if=/dev/zero of="$MNT/f" bs=64k count=32 2>"$WORK/stderr" && fail 'more was written than fits'
grep -q 'No space left on device' "$WORK/stderr" || fail "$(cat "$WORK/stderr")"
[ "$(stat -c %s "$MNT/f")" -le 1048576 ] || fail 'the file is larger than its disk'
expect 'ENOSPC' poke write "$MNT/f" 1048576 4096
expect 'ok' poke unlink "$MNT/f"
wait_for 10 has_room "$WORK/small" "$room" || fail 'a removed file keeps its room'
"$poke" makemany "$MNT/n" 30 >"$WORK/said"
grep -q ENOSPC "$WORK/said" || fail "too many files: $(cat "$WORK/said")"
expect 'ENOSPC' poke mkdir "$MNT/dir"
expect 'ENOSPC' poke symlink x "$MNT/link"
expect 'ENOSPC' poke tmpfile "$MNT" rw
rm "$MNT"/n*
expect 'ok 5' poke open "$MNT/f" w,c , write @ 0 5
rm "$MNT/f"

it 'and a rule that counts what is held does not lose count of what did not fit'
serve_faulty "scratch:$WORK/small/d" <<'END'
- {name: room, space: 4MiB}
END
before=$("$poke" statfs "$MNT" free)
for again in 1 2 3; do
	dd if=/dev/zero of="$MNT/f" bs=64k count=32 2>/dev/null && fail 'more was written than fits'
	"$poke" fallocate "$MNT/f" grow 0 2000000 , truncate "$MNT/f" 10 , write "$MNT/f" 0 1048576 , makemany "$MNT/n" 30 , mkdir "$MNT/dir" >/dev/null
	rm -rf "${MNT:?}"/*
done
wait_for 10 has_room "$MNT" "$before" || fail "counted wrong: $("$poke" statfs "$MNT" free), wanted $before"
unmount
umount "$WORK/small"
