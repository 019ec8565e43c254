#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The trace: every operation with its answer, as calls really ended; in a ring that outlives its server, and that can be read by any
# of ordeal trace's ways.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$WORK/tree
mkdir "$tree" "$tree/d"
make_bytes "$tree/file" 100000
make_bytes "$tree/slow" 1000
make_bytes "$tree/d/deep" 1000
make_bytes "$tree/large" 2000000
TRACE=$WORK/trace

# An operation is noted behind its answer: one that the server is through with is noted.
settle() {
	[ ! -d "/proc/${SERVER:-none}" ] || "$ordeal" ctl "$MNT" status >"$WORK/status" 2>&1 || :
}

# shown ARGUMENTS: operations of the trace, of those that programs make; without times and threads.
shown() {
	settle
	"$ordeal" trace show "$TRACE" "$@" 2>"$WORK/stderr" | sed -E -e 's/^ *[0-9.]+ ([a-z]+) +/\1 /' -e 's/ [0-9.]+(us|ms|s) pid [0-9]+( \(poke\))?/ T/' \
		-e 's/ T$//' | grep -vE '^(getxattr|forget|statfs|flush|release|releasedir|access|getattr) '
}

expect_shown() {
	cat >"$WORK/wanted"
	shown "$@" >"$WORK/shown"
	cmp -s "$WORK/wanted" "$WORK/shown" || fail "$(echo; diff "$WORK/wanted" "$WORK/shown")"
}

# Of a JSON line the value of a key.
value() {
	sed -n "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p"
}

it 'each call with the answer that it got'
plan <<'END'
- {name: bad, path: file, on: read, offset: 5000.., fail: EIO}
- {name: slow, path: '{slow,large}', on: read, delay: 60ms}
END
mount_at "$MNT" "tree:$tree" --plan "$PLAN" --trace "$TRACE"
expect '5000 EIO EROFS ENOENT 1000 ok' poke read "$MNT/file" 0 10000 , read "$MNT/file" 5000 10 , mkdir "$MNT/new" , stat "$MNT/nowhere" , \
	read "$MNT/slow" 0 4096 , open "$MNT/d/deep" r
expect_shown --path '*' <<'END'
lookup in/file = 0
open in/file = 0
read in/file 0+10000 = 5000 T cut for rule bad
open in/file = 0
read in/file 5000+10 = EIO T rule bad
lookup in/new = ENOENT
mkdir in/new = EROFS
lookup in/nowhere = ENOENT
lookup in/slow = 0
open in/slow = 0
read in/slow 0+4096 = 1000 T rule slow
lookup in/d = 0
END

it 'filters, alone and together'
expect_shown --errors <<'END'
read in/file 5000+10 = EIO T rule bad
lookup in/new = ENOENT
mkdir in/new = EROFS
lookup in/nowhere = ENOENT
END
expect_shown --op read,writes <<'END'
read in/file 0+10000 = 5000 T cut for rule bad
read in/file 5000+10 = EIO T rule bad
mkdir in/new = EROFS
read in/slow 0+4096 = 1000 T rule slow
END
expect_shown --path '**/deep' <<'END'
lookup in/d/deep = 0
open in/d/deep = 0
END
expect_shown --op read --path 'f*' --errors <<'END'
read in/file 5000+10 = EIO T rule bad
END
expect_shown --pid 4194303 </dev/null

it 'JSON says the same, and how long it took: the delay is in the latency, and not in the service'
"$ordeal" trace show "$TRACE" --json --path slow --op read >"$WORK/json" || fail "status $?"
expect 'slow 1000 true slow' echo "$(value path <"$WORK/json") $(value result <"$WORK/json") $(value parked <"$WORK/json") $(value rule <"$WORK/json")"
expect yes awk -v latency="$(value latency_s <"$WORK/json")" -v service="$(value service_s <"$WORK/json")" \
	'BEGIN { print (latency >= 0.06 && service < latency - 0.05 ? "yes" : latency " " service) }'

it 'sums'
"$ordeal" trace stat "$TRACE" --op read >"$WORK/stat" || fail "status $?"
grep -qE '^3 operations in [0-9.]+ s, chosen from [0-9]+; 0 older ones overwritten, 0 half-written$' "$WORK/stat" || fail "$(cat "$WORK/stat")"
grep -q '^(without what the kernel answered from its caches' "$WORK/stat" || fail 'no word about caches'
grep -qE '^read +3 +1 .* 6000$' "$WORK/stat" || fail "$(cat "$WORK/stat")"
grep -qE ' 1 +0 +1000  in/slow$' "$WORK/stat" || fail "$(cat "$WORK/stat")"
[ "$(grep -c 'in/' "$WORK/stat")" -eq 2 ] || fail "$(cat "$WORK/stat")"
"$ordeal" trace stat "$TRACE" --op read --top 1 >"$WORK/stat"
grep -q 'in/slow$' "$WORK/stat" || fail 'the file that took longest is not the first'
grep -q '^(1 more files)$' "$WORK/stat" || fail "$(cat "$WORK/stat")"

it 'who asked: by the name that it had then'
cp "$poke" "$WORK/first" && cp "$poke" "$WORK/second"
timeout 20 "$WORK/first" read "$MNT/d/deep" 0 10 >/dev/null
timeout 20 "$WORK/second" read "$MNT/d/deep" 0 20 >/dev/null
settle
"$ordeal" trace show "$TRACE" --path d/deep --op open | sed 's/.* pid [0-9]* //' | tail -n 2 >"$WORK/shown"
expect '(first)
(second)' cat "$WORK/shown"
"$ordeal" trace show "$TRACE" --path d/deep --op open --json | tail -n 1 >"$WORK/json"
expect second value comm <"$WORK/json"
"$ordeal" trace show "$TRACE" | grep -qw comm && fail 'the note of a name is shown as an operation'

it 'it stays when the server is killed'
kill -9 "$SERVER"
wait_for 10 has_ended "$SERVER" || fail 'the server lives on'
wait_for 10 is_not_mounted "$MNT" || fail "$MNT stays mounted"
SERVER=''
expect_shown --errors <<'END'
read in/file 5000+10 = EIO T rule bad
lookup in/new = ENOENT
mkdir in/new = EROFS
lookup in/nowhere = ENOENT
END

it 'writes, names that move, what was made and taken away'
new_scratch
mount_at "$MNT" "scratch:$SCRATCH" --trace "$TRACE"
poke open "$MNT/a" rw,c , write @ 0 4096 , fsync @ , close @ , rename "$MNT/a" "$MNT/b" , link "$MNT/b" "$MNT/c" , truncate "$MNT/b" 7 , \
	unlink "$MNT/b" , mkdir "$MNT/d" , symlink x "$MNT/l" , rmdir "$MNT/d" >"$WORK/poked"
expect 'ok 4096 ok ok ok ok ok ok ok ok ok' cat "$WORK/poked"
expect_shown --op writes <<'END'
create out/a = 0
write out/a 0+4096 = 4096
fsync out/a = 0
rename out/a -> out/b = 0
link out/b -> out/c = 0
truncate out/b 0+7 = 0
unlink out/b = 0
mkdir out/d = 0
symlink out/l = 0
rmdir out/d = 0
END
unmount

it 'a ring: the newest stay, the others are counted, and it never grows'
mount_at "$MNT" "tree:$tree" --plan "$PLAN" --trace "$TRACE" --trace-size 256KiB
timeout 60 dd "if=$MNT/file" bs=1 count=4000 of=/dev/null 2>/dev/null
expect '0+1 = 1' echo "$(poke read "$MNT/slow" 0 1 >/dev/null; shown --path slow --op read | sed 's/read in.slow //; s/ T.*//')"
grep -q '^ordeal: trace: [1-9][0-9]* older operations are overwritten' "$WORK/stderr" || fail "$(cat "$WORK/stderr")"
expect 262144 stat -c %s "$TRACE"
count=$("$ordeal" trace show "$TRACE" 2>/dev/null | wc -l)
lost=$(sed -n 's/^ordeal: trace: \([0-9]*\) .*/\1/p' "$WORK/stderr")
[ "$count" -gt 2000 ] && [ $((count + lost)) -gt 4000 ] || fail "$count operations are left, $lost are lost"

it 'what is read while it is written is whole'
timeout 60 dd "if=$MNT/file" bs=1 count=4999 of=/dev/null 2>/dev/null &
for i in 1 2 3 4 5 6 7 8 9 10; do
	"$ordeal" trace show "$TRACE" --json 2>/dev/null >"$WORK/json"
	grep -vq '^{"n":[0-9]*,"t":[0-9.]*,"op":"[a-z]*","volume":"in","path":"[^?].*}$' "$WORK/json" && fail "$(grep -v '"path":"[^?]' "$WORK/json" | head -n 1)"
done
wait $!
unmount

it 'a name that is not there is an error, remembered or not, in each of its forms'
new_scratch
for way in --cached --uncached "--cached --scratch $SCRATCH" "--uncached --scratch $SCRATCH"; do
	above=$MNT
	[ "${way%"$SCRATCH"}" = "$way" ] || above=$MNT/out
	# shellcheck disable=SC2086 # options
	mount_at "$MNT" "tree:$tree" --trace "$TRACE" $way
	expect ENOENT poke stat "$above/nowhere"
	shown --errors --path nowhere --op lookup | sed 's,in/\|out/,,' >"$WORK/shown"
	expect 'lookup nowhere = ENOENT' cat "$WORK/shown"
	expect 'lookup 1 1' sh -c "'$ordeal' trace stat '$TRACE' --path nowhere --op lookup | awk '\$1 == \"lookup\" { print \$1, \$2, \$3 }'"
	"$ordeal" trace show "$TRACE" --json --path nowhere --op lookup >"$WORK/json"
	expect ENOENT value error <"$WORK/json"
	"$ordeal" trace chrome "$TRACE" | grep nowhere | grep -q ENOENT || fail "$way: chrome does not show it"
	"$ordeal" stats "$MNT" >"$WORK/stats"
	grep -qE '^lookup +[0-9]+ +1 .* ENOENT 1$' "$WORK/stats" || fail "$way: $(cat "$WORK/stats")"
	unmount
done

it 'for Perfetto: complete events, of which none overlaps another on its track'
mount_at "$MNT" "tree:$tree" --plan "$PLAN" --trace "$TRACE" --without readahead # in small pieces
poke crowd 20 "$MNT/slow" >/dev/null
poke copy mmap 1 "$MNT/large" - >/dev/null # with readahead: several of one caller at once
"$ordeal" trace chrome "$TRACE" >"$WORK/chrome" || fail "status $?"
sed -n 's/.*"ph":"X",.*"ts":\([0-9.]*\),"dur":\([0-9.]*\),"pid":\([0-9]*\),"tid":\([0-9]*\),.*/\3.\4 \1 \2/p' "$WORK/chrome" |
	sort -k 1,1 -k 2,2n | awk '
		$1 == track && $2 < until - 0.0005 { print "overlap on " track " at " $2; exit }
		{ track = $1; until = $2 + $3; count++ }
		END { if (count < 30) print "only " count " events" }' >"$WORK/bad"
[ -s "$WORK/bad" ] && fail "$(cat "$WORK/bad")"
grep -q '"name":"caller [0-9]* (poke), at the same time"' "$WORK/chrome" || fail 'no caller had two requests at once: nothing was shown'
head -n 1 "$WORK/chrome" | grep -qx '{"displayTimeUnit":"ns","traceEvents":\[' || fail 'it does not begin as the format wants'
unmount

it 'a file that is no trace is not written over; nor is one that is written by another server'
echo precious >"$WORK/precious"
expect_status 2 "ordeal: $WORK/precious: is there, and no trace: it is not written over" \
	"$ordeal" mount "tree:$tree" "$MNT" --trace "$WORK/precious"
expect precious cat "$WORK/precious"
mount_at "$MNT" "tree:$tree" --trace "$TRACE"
mkdir "$WORK/mnt2"
expect_status 2 "ordeal: $TRACE: another server writes its trace there" "$ordeal" mount "tree:$tree" "$WORK/mnt2" --trace "$TRACE"

it 'a trace that somebody cuts short does not end the mount'
: >"$TRACE"
expect '10000 1000' poke read "$MNT/file" 0 10000 , read "$MNT/slow" 0 4096
expect 100000 poke size "$MNT/file"
expect_status 2 "ordeal: $TRACE: is no trace (made by ordeal mount --trace)" "$ordeal" trace show "$TRACE"
unmount

it 'sizes that are none'
for size in 255KiB 5GiB x ''; do
	expect_status 2 "ordeal: --trace-size: '$size' is no size from 256KiB to 4GiB" "$ordeal" mount "tree:$tree" "$MNT" --trace "$TRACE" --trace-size "$size"
done
is_not_mounted "$MNT" || fail 'it is mounted all the same'
