#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A scratch of many files under a server that may have 256 descriptors: all works as ever, because what has no descriptor is
# reopened by its name. And where descriptors do run out, they are back when files are closed.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
ulimit -n 256

new_scratch
serve "scratch:$SCRATCH"

it 'twenty directories of two thousand files'
dir=0
while [ $dir -lt 20 ]; do
	expect "ok 2000" poke mkdir "$MNT/d$dir" , makemany "$MNT/d$dir/f" 2000
	dir=$((dir + 1))
done
expect 40000 sh -c "find '$SCRATCH' -type f | wc -l"
expect 40000 sh -c "find '$MNT' -type f | wc -l"
expect "$MNT/d0/f0" cat "$MNT/d0/f0"
expect "$MNT/d19/f1999" cat "$MNT/d19/f1999"
expect "$MNT/d7/f777" cat "$SCRATCH/d7/f777"
fds=$(find "/proc/$SERVER/fd" | wc -l)
[ "$fds" -lt 200 ] || fail "the server holds $fds descriptors"

it 'what was looked up long ago is found: by open handles, by working directories, by files without a name'
expect 'ok ok ok 2000 end 2000 end 3 ok file file' poke open "$MNT/d1/gone" rw,c , unlink "$MNT/d1/gone" , chdir "$MNT/d2" , \
	count "$MNT/d8" , count "$MNT/d9" , write @ 0 3 , fsync @ , stat f1 , stat "$MNT/d3/f1999"
look() {
	# Touches more files than there are descriptors, in two directories.
	find "$MNT/d8" "$MNT/d9" -name 'f1*' -exec stat -c %s {} + >/dev/null || fail find
}
(
	exec 3<>"$MNT/d4/f0" 4<"$MNT/d4"
	cd "$MNT/d4" || exit 1
	rm "$MNT/d4/f0"
	look
	echo unnamed >&3
	expect unnamed sh -c "head -n 1 /proc/self/fd/3"
	mv "$MNT/d4" "$MNT/moved"
	look
	expect "$MNT/d4/f1" cat f1
	expect 'file ENOENT file' poke stat "$MNT/moved/f3" , stat "$MNT/d4/f3" , stat ./f4
	echo new >new
	expect new cat "$SCRATCH/moved/new"
	mv "$MNT/moved" "$MNT/d4"
) || exit 1

it 'a chain of directories, and a rename at its top'
expect ok poke dig "$MNT" "$(printf '%010d' 1)" 300
link=$(printf '%010d' 1)
look
mv "$MNT/$link" "$MNT/chain"
deep=$(i=1; while [ $i -lt 300 ]; do printf '/%s' "$link"; i=$((i + 1)); done)
expect dir poke stat "$MNT/chain$deep"
expect ok poke create "$MNT/chain$deep/file"
look
expect 'file ok' poke stat "$MNT/chain$deep/file" , rename "$MNT/chain$deep/file" "$MNT/file"
expect file poke stat "$SCRATCH/file"

it 'fifty open files without a name, and all others still work'
expect 50 poke makemany "$MNT/u" 50
"$poke" openmany "$MNT/u" 50 rw , hold "$WORK/held" >"$WORK/hold" &
holder=$!
wait_for 10 test -e "$WORK/held" || fail 'not held'
rm "$MNT"/u*
look
expect "$MNT/d9/f1" cat "$MNT/d9/f1"
expect 'ok ok ok' poke create "$MNT/x" , rename "$MNT/x" "$MNT/d9/x" , unlink "$MNT/d9/x"
kill $holder
wait

it 'more open files than descriptors: an error, no damage, and all is well when they are closed'
poke openmany "$MNT/d6/f" 240 r >"$WORK/opened"
grep -qE '^(240|[0-9]+ (EMFILE|ENFILE))$' "$WORK/opened" || fail "$(cat "$WORK/opened")"
expect "$MNT/d6/f3" cat "$MNT/d6/f3"
look

it 'all of it can be removed'
rm -r "$MNT"/* || fail 'rm -r'
expect '0 end' poke count "$SCRATCH"
unmount
