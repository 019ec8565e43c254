#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The journal beside the calls that it is about: what a line says, and that nobody who reads it, or does not, holds up the mount.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$WORK/tree
mkdir "$tree"
make_bytes "$tree/file" 100000
make_bytes "$tree/other" 100000
pipe=$WORK/pipe
mkfifo "$pipe" || exit 99

# Each read of one byte is a line.
every_read_is_struck() {
	plan <<'END'
- {name: flip, path: file, on: read, corrupt: {mode: flip, every: 1}}
END
}

# reads COUNT: of one byte each.
reads() {
	timeout -k 1 60 dd "if=$MNT/file" bs=1 "count=$1" of=/dev/null 2>"$WORK/dd" || fail "dd: $(cat "$WORK/dd")"
}

# Lines that tell of a strike, and lines that others tell to be lost.
lines_of() {
	grep -c '"effect":.*}$' "$1"
}

lost_in() {
	sed -n 's/^{"lost":\([0-9]*\)}$/\1/p' "$1" | awk '{ sum += $1 } END { print sum + 0 }'
}

holds_lines() {
	[ "$(lines_of "$WORK/read")" -ge "$1" ]
}

has_lost() {
	[ "$("$ordeal" stats "$MNT" | sed -n 's/^journal: .*lost \([0-9]*\);.*/\1/p')" -ge "$1" ]
}

# Every line is one or the other, and whole.
expect_whole_lines() {
	grep -v '^{"t":[0-9.]*,"since_mount_s":[0-9.]*,"op":".*"effect":"[a-z]*".*}$' "$1" | grep -v '^{"lost":[0-9]*}$' >"$WORK/odd"
	[ -s "$WORK/odd" ] && fail "a line that is none: $(head -n 1 "$WORK/odd")"
}

it 'who, what, where, and what he gets'
serve_faulty "tree:$tree" <<'END'
- {name: bad, path: file, on: read, offset: 5000.., fail: EIO}
- {name: less, path: other, short: 1000}
END
expect '5000 EIO 1000' poke read "$MNT/file" 0 10000 , read "$MNT/file" 5000 10 , read "$MNT/other" 0 4096
expect_struck 1 '"path":"file","pid":[0-9]*,"comm":"poke","result":5000,"offset":0,"length":10000,"rule":"bad","effect":"cut"}$'
expect_struck 1 '"pid":[0-9]*,"comm":"poke","result":-5,"offset":5000,"length":10,"rule":"bad","effect":"fail","error":"EIO"}$'
expect_struck 1 '"comm":"poke","result":1000,"offset":0,"length":4096,"rule":"less","effect":"short"}$'
unmount

it 'names of programs are whatever they like'
cp "$poke" "$WORK/a\"b\\ c" || exit 99
serve_faulty "tree:$tree" <<'END'
- {name: bad, path: file, on: open, fail: EIO}
END
expect EIO timeout 20 "$WORK/a\"b\\ c" open "$MNT/file" r
expect_struck 1 '"comm":"a\\"b\\\\ c",'
unmount

it 'the clock of the rules begins anew and stands still; the time since the mount does neither'
serve_faulty "tree:$tree" <<'END'
- {name: bad, path: file, on: open, fail: EIO}
END
ctl() {
	timeout -k 1 20 "$ordeal" ctl "$MNT" "$@" >"$WORK/ctl" 2>&1 || fail "ctl $*: $(cat "$WORK/ctl")"
}
late_enough() {
	ctl --json status
	grep -q '"t":0\.[3-9]\|"t":[1-9]' "$WORK/ctl"
}
for word in reset arm "plan $PLAN" disarm; do
	expect EIO poke open "$MNT/file" r
	wait_for 5 late_enough || fail "$(cat "$WORK/ctl")"
	# shellcheck disable=SC2086
	ctl $word
done
ctl arm
ctl pause
ctl off bad
ctl on bad
unmount
expect 'reset arm plan disarm ' sh -c "tr , '\n' <'$JOURNAL' | awk -F : '/\"t\"/ { fell = \$2 + 0 < t; t = \$2 + 0 } /\"do\"/ && fell { gsub(\"\\\"\", \"\", \$2); printf \"%s \", \$2 }'"
sed -n 's/.*"since_mount_s":\([0-9.]*\),.*/\1/p' "$JOURNAL" >"$WORK/times"
expect 12 sh -c "wc -l <'$WORK/times'"
sort -n -c "$WORK/times" || fail 'the time since the mount has fallen'
expect 1 sh -c "sed -n 's/.*\"t\":\([0-9.]*\),.*\"do\":\"\(pause\|off\|on\)\".*/\1/p' '$JOURNAL' | sort -u | wc -l"

it 'a FIFO that nobody has opened yet holds up nothing; what it has room for comes through'
every_read_is_struck
mount_at "$MNT" "tree:$tree" --plan "$PLAN" --journal "$pipe"
reads 100
cat "$pipe" >"$WORK/read" &
reader=$!
unmount
wait $reader
expect_whole_lines "$WORK/read"
[ "$(lines_of "$WORK/read") $(lost_in "$WORK/read")" = '100 0' ] || fail "$(lines_of "$WORK/read") lines, $(lost_in "$WORK/read") lost"

# 4 MiB may wait, and what the pipe holds; a line has more than 150 bytes.
count=45000
it 'a reader that stalls holds up nothing; what is lost is counted, and said where it would stand'
mount_at "$MNT" "tree:$tree" --plan "$PLAN" --journal "$pipe"
sleep 600 <"$pipe" &
stalled=$!
reads $count
expect "$(head -c 1000 "$tree/other" | cksum)" sh -c "head -c 1000 '$MNT/other' | cksum"
cat "$pipe" >"$WORK/read" &
reader=$!
wait_for 20 holds_lines 20000 || fail "only $(lines_of "$WORK/read") lines came"
wait_for 20 grep -q lost "$WORK/read" || fail 'the loss is not told'
reads 10
unmount
kill $stalled
wait $stalled $reader 2>/dev/null
expect_whole_lines "$WORK/read"
lines=$(lines_of "$WORK/read") lost=$(lost_in "$WORK/read")
[ "$lost" -gt 0 ] || fail 'nothing was lost: the reader did not stall?'
[ $((lines + lost)) -eq $((count + 10)) ] || fail "$lines lines and $lost lost are not $((count + 10))"
tail -n 1 "$WORK/read" | grep -q '"effect":' || fail 'the lines behind the loss are not there'

it 'the same where the descriptor comes open already, and blocks whoever writes to it'
is_serving() {
	is_mounted "$MNT" && [ -e "$MNT/file" ]
}
sleep 600 <"$pipe" &
stalled=$!
"$BUILD/ordealfs" --volume "in=tree:$tree" --root in --plan "$PLAN" --journal-fd 3 "$MNT" 3>"$pipe" &
server=$!
wait_for 20 is_serving || fail 'nothing is mounted'
reads $count
kill $server
wait $server || fail "ordealfs: status $?"
is_not_mounted "$MNT" || fail 'the mount stays'
kill $stalled
wait $stalled 2>/dev/null

it 'a reader that stalls for good, or goes, does not hold up the end'
for how in stalls goes; do
	mount_at "$MNT" "tree:$tree" --plan "$PLAN" --journal "$pipe"
	if [ $how = stalls ]; then
		sleep 600 <"$pipe" &
	else
		true <"$pipe" &
		wait $!
		sleep 600 &
	fi
	stalled=$!
	reads 2000
	unmount
	kill $stalled
	wait $stalled 2>/dev/null
done

it 'a full disk holds up nothing'
mount_at "$MNT" "tree:$tree" --plan "$PLAN" --journal /dev/full
reads 1000
unmount

it 'a file that may not grow: no piece of a line stays, and the loss is told when there is room again'
(
	ulimit -S -f 8 # of 512 bytes
	mount_at "$MNT" "tree:$tree" --plan "$PLAN" --journal "$WORK/small"
	echo "$SERVER" >"$WORK/server"
) || exit
SERVER=$(cat "$WORK/server")
reads 200
wait_for 5 has_lost 150 || fail "the file has $(wc -c <"$WORK/small") bytes"
[ "$(wc -c <"$WORK/small")" -le 4096 ] || fail 'nothing limits the file'
prlimit --pid "$SERVER" --fsize=unlimited: || skip 'no prlimit here'
reads 1
unmount
lines=$(lines_of "$WORK/small") lost=$(lost_in "$WORK/small")
[ $((lines + lost)) -eq 201 ] || fail "$lines lines and $lost lost are not 201"
[ "$lost" -gt 150 ] || fail "only $lost lines are told to be lost"
[ "$lines" -gt 0 ] || fail 'no line was written before'
expect_whole_lines "$WORK/small"
tail -n 2 "$WORK/small" | grep -q '"effect":.*}$' || fail 'no line came when there was room again'
