#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# space: the disk is full after so many bytes or files, says so as disks do, and has room again when something goes.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

# full BYTES-OR-FIELDS: a fresh scratch with that much room.
full() {
	new_scratch
	[ -z "${2-}" ] || (cd "$SCRATCH" && eval "$2")
	serve_faulty "scratch:$SCRATCH" <<END
- {name: full, space: $1}
END
}

it 'a write that does not fit is served as far as it does; the next one fails; what is there stays'
full 10000
expect 'ok 4096 4096 1808 ENOSPC ENOSPC' poke open "$MNT/f" w,c , repeat 5 write @ -1 4096
expect 10000 poke size "$SCRATCH/f"
make_bytes "$WORK/wanted" 10000
expect_same "$WORK/wanted" "$SCRATCH/f"
expect_struck 3 '"op":"write",.*"rule":"full","effect":"space"'
expect_struck 2 '"error":"ENOSPC"'
expect 'ENOSPC ENOSPC ENOSPC ENOSPC' poke create "$MNT/g" , mkdir "$MNT/d" , symlink x "$MNT/l" , mknod "$MNT/p" fifo
it 'overwriting needs no room, reading neither'
expect '4096 ok' poke write "$MNT/f" 1000 4096 , fsync "$MNT/f"
expect '10000 end' poke copy read 4096 "$MNT/f" -
expect_status 1 "cp: error writing '$MNT/f': No space left on device" cp "$BUILD/ordeal" "$MNT/f"

it 'programs that copy find the disk full'
full 10000
expect_status 1 "cp: error writing '$MNT/big': No space left on device" cp "$BUILD/ordeal" "$MNT/big"
expect 10000 stat -c %s "$SCRATCH/big"
rm "$MNT/big"
cp "$WORK/wanted" "$MNT/fits" || fail 'ten thousand bytes fit again'
expect_same "$WORK/wanted" "$SCRATCH/fits"

it 'room comes back: unlink, truncate, open with O_TRUNC, rename over'
full 10000
# fill NAME SIZE
fill() {
	poke open "$MNT/$1" w,c , write @ 0 "$2" , close @
}
expect 'ok 10000 ok' fill f 20000
expect 'ok' poke unlink "$MNT/f"
expect 'ok 10000 ok' fill f 20000
expect 'ok' poke truncate "$MNT/f" 3000
expect 'ok 7000 ok' fill g 20000
expect 'ok 0' poke open "$MNT/g" w,t , fsize @
expect 'ok 7000 ok' fill h 20000
expect 'ok' poke rename "$MNT/h" "$MNT/f"
expect 'ok 3000 ok' fill g 20000
expect 'ok ok' poke open "$MNT/g" w , ftruncate @ 0
expect 'ok 3000 ok' fill g 20000

it 'what is unlinked while open goes with the last close'
full 10000
expect 'ok 10000 ok ENOSPC ok ok 4000 ok 6000' poke open "$MNT/f" rw,c , write @ 0 10000 , unlink "$MNT/f" , create "$MNT/g" , \
	close @1 , open "$MNT/h" w,c , write @ 0 4000 , open "$MNT/i" w,c , write @ 0 9000
full 10000
expect 'ok 10000 ok ok ok ENOSPC ok ok 10000' poke open "$MNT/f" rw,c , write @ 0 10000 , open "$MNT/f" r , unlink "$MNT/f" , \
	close @1 , create "$MNT/g" , close @2 , open "$MNT/h" w,c , write @ 0 20000

it 'a file with two names goes with the last'
full 10000
expect 'ok 10000 ok' fill f 10000
expect 'ok ok ENOSPC ok ok' poke link "$MNT/f" "$MNT/g" , unlink "$MNT/f" , create "$MNT/h" , unlink "$MNT/g" , create "$MNT/h"

it 'truncate up, fallocate and sparse writes take room as well'
full 10000
expect_pokes <<'END'
	ok          | create $M/f
	ENOSPC      | truncate $M/f 10001
	ok 10000    | truncate $M/f 10000 , size $M/f
	ok 0        | truncate $M/f 0 , size $M/f
	ENOSPC      | fallocate $M/f grow 0 10001
	ok 9000     | fallocate $M/f grow 0 9000 , size $M/f
	ENOSPC      | fallocate $M/f grow 9000 1001
	ok          | fallocate $M/f grow 9000 1000
	ok 0        | truncate $M/f 0 , size $M/f
	ENOSPC      | write $M/f 1G 1
	9000        | write $M/f 1000 9001
	ok          | fallocate $M/f hole 0 4096
	10000       | size $M/f
END

it 'a full disk has room for holes, over the end too, and for zeroes where the size stays; not for what grows the file'
# What the backing filesystem itself can do: tmpfs knows no zeroing.
zeroing=$(poke open "$WORK/zero" w,c , fallocate @ zero-keep 0 20000)
full 10000
expect 'ok 10000' poke open "$MNT/f" w,c , write @ 0 20000
expect "$zeroing" poke open "$MNT/f" w , fallocate @ zero-keep 8000 12000
expect_pokes <<'END'
	ok          | fallocate $M/f hole 0 20000
	ok          | fallocate $M/f hole 50000 4096
	10000       | size $M/f
	ENOSPC      | fallocate $M/f grow 0 10001
	ENOSPC      | fallocate $M/f zero 0 10001
	ENOSPC      | fallocate $M/f keep 0 10001
	ENOSPC      | write $M/f 10000 1
END
expect ok poke truncate "$MNT/f" 0
expect 'ok 10000 ENOSPC' poke open "$MNT/f" w , write @ 0 10000 , write @ 10000 1

it 'appending'
full 10
expect 'ok 4 4 2 ENOSPC' poke open "$MNT/f" w,ca , put @ abcd , put @ efgh , put @ ijkl , put @ mnop
expect 'abcdefghij' cat "$SCRATCH/f"

it 'statfs shows the room, and df'
full 1MiB
expect '1048576 1048576' poke statfs "$MNT" size , statfs "$MNT" free
expect 'ok 409600 ok' fill f 400K
expect '1048576 638976' poke statfs "$MNT" size , statfs "$MNT/f" free
expect '1024 400 624' sh -c "df -k '$MNT' | awk 'NR == 2 { print \$2, \$3, \$4 }'"
expect 'ok 1048576' poke unlink "$MNT/f" , statfs "$MNT" free

it '... to the byte: as much as can be written, and never nothing while something can'
full '{bytes: 4000, files: 9}'
expect '4000 4000' poke statfs "$MNT" size , statfs "$MNT" free
expect '4000 4000' sh -c "df -B1 '$MNT' | awk 'NR == 2 { print \$2, \$4 }'"
expect '4000 4000 4000' sh -c "stat -f -c '%s %S %b %f %a' '$MNT' | awk '{ print \$3 * \$1, \$4 * \$2, \$5 * \$2 }'"
expect 'ok 3993 ok' fill f 3993
expect '4000 7' poke statfs "$MNT" size , statfs "$MNT" free
expect '9 1 8' sh -c "df -i '$MNT' | awk 'NR == 2 { print \$2, \$3, \$4 }'"
expect '9 8' stat -f -c '%c %d' "$MNT"
expect 'ok 7 ENOSPC' poke open "$MNT/f" w , write @ 3993 100 , write @ 4000 1
expect 0 poke statfs "$MNT" free
# A whole number of blocks stays one of pages.
full 1MiB
expect '4096 4096 256' stat -f -c '%s %S %b' "$MNT"

it '... and of a rule that is switched off it is not told'
full 4000
real=$(poke statfs "$SCRATCH" size)
expect 4000 poke statfs "$MNT" size
"$ordeal" ctl "$MNT" off full >/dev/null || fail "status $?"
expect "$real" poke statfs "$MNT" size
"$ordeal" ctl "$MNT" on full >/dev/null || fail "status $?"
"$ordeal" ctl "$MNT" pause >/dev/null || fail "status $?"
expect "$real" poke statfs "$MNT" size
"$ordeal" ctl "$MNT" resume >/dev/null || fail "status $?"
expect 4000 poke statfs "$MNT" size

it 'so many files, of all kinds; links are none'
full '{files: 4}'
expect '4' poke statfs "$MNT" files
expect_pokes <<'END'
	ok              | create $M/1
	ok              | mkdir $M/2
	ok              | symlink x $M/3
	1               | statfs $M files
	ok              | mknod $M/4 fifo
	ENOSPC          | create $M/5
	ENOSPC          | mkdir $M/5
	ENOSPC          | symlink x $M/5
	ENOSPC          | mknod $M/5 fifo
	ok              | link $M/1 $M/5
	ok ENOSPC       | unlink $M/5 , create $M/6
	ok ok ENOSPC    | unlink $M/1 , create $M/6 , create $M/7
	ok ok ENOSPC    | rmdir $M/2 , mkdir $M/7 , create $M/8
	ok ok ENOSPC    | rename $M/3 $M/4 , create $M/8 , create $M/9
	ok              | open $M/8 w,c
	1000000         | write $M/8 0 1000000
END

it 'a directory that is removed while it is open gives its room back'
full '{files: 1}'
expect 'ok ok ok ok ok' poke mkdir "$MNT/d" , open "$MNT/d" r,D , rmdir "$MNT/d" , close @ , create "$MNT/f"

it 'what was there before is not counted; when it goes, there is as much room'
full 10000 'head -c 50000 /dev/zero >old'
expect 'ok 10000 ok' fill f 20000
expect 'ok ok' poke unlink "$MNT/old" , create "$MNT/g"

it 'EDQUOT, if that is wanted'
full '{bytes: 100, error: EDQUOT}'
expect 'ok 100 EDQUOT EDQUOT' poke open "$MNT/f" w,c , write @ 0 200 , write @ 100 1 , create "$MNT/g"

it 'both limits, the smaller one counts; two rules likewise'
new_scratch
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: bytes, space: 5000}
- {name: files, space: {bytes: 8000, files: 2}}
END
expect 'ok 5000 ok ENOSPC' poke open "$MNT/f" w,c , write @ 0 9000 , truncate "$MNT/f" 10 , truncate "$MNT/f" 5001
expect 'ok ENOSPC 0' poke create "$MNT/g" , create "$MNT/h" , statfs "$MNT" files

it 'only for what matches: the others have all room'
new_scratch
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: logs, path: "*.log", space: 100}
END
expect 'ok 1000 ENOSPC' poke open "$MNT/f" w,c , write @ 0 1000 , create "$MNT/a.log"

it 'a release that is late gives the room back all the same'
new_scratch
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: full, space: 10000}
- {name: late, on: release, delay: 50ms}
END
expect 'ok 10000 ok ENOSPC ok' poke open "$MNT/f" rw,c , write @ 0 10000 , unlink "$MNT/f" , create "$MNT/g" , close @
wait_for 5 sh -c "[ \$('$poke' create '$MNT/g') = ok ]" || fail 'the room does not come back'

it 'eight at once: never more than there is'
full 1000000
for i in 1 2 3 4 5 6 7 8; do
	dd if=/dev/zero of="$MNT/f$i" bs=10007 2>/dev/null &
done
wait
expect 1000000 sh -c "cat '$SCRATCH'/f? | wc -c"
rm "$MNT"/f?
expect 'ok 1000000 ok' fill f 2000000

it 'no room on a corpus: refused'
plan <<'END'
- {name: full, space: 0}
END
unmount
"$ordeal" mount ct-tiny "$MNT" --plan "$PLAN" >"$WORK/said" 2>&1
echo "status $?: $(cat "$WORK/said")"
