#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Triggers by count, by chance and by time.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$WORK/tree
mkdir "$tree"
for name in a b; do
	make_bytes "$tree/$name" 20000
done

# opens CONDITION TIMES: what so many opens of one file say.
opens() {
	serve_faulty "tree:$tree" <<END
- {name: bad, path: "?", on: open, fail: EIO, when: {$1}}
END
	poke repeat "$2" open "$MNT/a" r
}

it 'nth and times: which of the requests of a file'
expect 'ok EIO ok ok ok' opens 'nth: 2' 5
expect 'ok EIO EIO EIO EIO' opens 'nth: 2..' 5
expect 'ok EIO EIO ok ok' opens 'nth: 2..3' 5
expect 'EIO ok EIO ok EIO ok' opens 'nth: 1..+2' 6
expect 'ok EIO ok ok EIO ok ok EIO ok ok' opens 'nth: 2..8+3' 10
expect 'EIO ok ok' opens 'times: 1' 3
expect 'EIO EIO ok ok' opens 'times: 2' 4
expect 'ok EIO EIO ok ok' opens 'nth: 2.., times: 2' 5
expect 'ok EIO ok EIO ok ok ok ok' opens 'nth: 2..+2, times: 2' 8

it 'each file is counted by itself, and the next mount begins anew'
expect 'ok EIO ok' opens 'nth: 2' 3
expect 'ok EIO ok' poke repeat 3 open "$MNT/b" r
expect 'ok ok ok' poke repeat 3 open "$MNT/a" r
expect 'ok EIO ok' opens 'nth: 2' 3

it 'each rule counts by itself; what one has ended the next does not see'
serve_faulty "tree:$tree" <<'END'
- {name: one, path: a, on: open, fail: EIO, when: {nth: 2}}
- {name: two, path: a, on: open, fail: EACCES, when: {nth: 2}}
END
expect 'ok EIO EACCES ok' poke repeat 4 open "$MNT/a" r

it 'two operations of one rule are counted together'
serve_faulty "tree:$tree" <<'END'
- {name: both, path: a, on: [open, read], fail: EIO, when: {nth: 3}}
END
expect 'ok 10 EIO 10' poke open "$MNT/a" r , read @ 0 10 , read @ 0 10 , read @ 0 10

it 'only requests in its place count; one that only reaches into it is cut there if the rest would fail, and else left alone'
serve_faulty "tree:$tree" <<'END'
- {name: late, path: a, on: read, offset: 10000.., fail: EIO, when: {nth: 3}}
END
expect 'ok 100 100 100 100 EIO 100' poke open "$MNT/a" r , read @ 0 100 , read @ 9950 100 , read @ 10000 100 , read @ 0 100 , \
	read @ 19000 100 , read @ 10000 100
serve_faulty "tree:$tree" <<'END'
- {name: late, path: a, on: read, offset: 10000.., fail: EIO, when: {nth: 2}}
END
expect 'ok 100 50 EIO 100 100' poke open "$MNT/a" r , read @ 9950 100 , read @ 9950 100 , read @ 10000 50 , read @ 9950 100 , \
	read @ 10000 100
expect_struck 1 '"offset":9950,.*"effect":"cut"}'
expect_struck 1 '"effect":"fail"'
expect_struck 2 .

it 'writes'
new_scratch
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: third, path: f, on: write, fail: ENOSPC, when: {nth: 3}}
END
expect 'ok 10 10 ENOSPC 10' poke open "$MNT/f" w,c , repeat 4 write @ -1 10
expect 30 stat -c %s "$SCRATCH/f"

# ---- chance ----

many=$WORK/many
mkdir "$many"
for i in $(seq 40); do
	make_bytes "$many/f$i" 65536
done

# struck_with SEED THREADS BLOCK [MORE]: all files read by so many threads; what was struck is in $WORK/strikes.
struck_with() {
	serve_faulty "tree:$many" --seed "$1" <<END
- {name: sectors, on: read, fail: EIO, when: {probability: 5%}}
- {name: opens, on: open, fail: EACCES, when: {probability: 10%}}
- {name: bits, on: read, corrupt: flip, when: {probability: 20%}}
END
	poke share "$2" "$3" "$MNT"/* >"$WORK/failed"
	unmount
	strikes >"$WORK/strikes"
}

it 'the same seed strikes the same, with one thread and with eight, in two mounts; another one does not'
struck_with 1 1 4096
cp "$WORK/strikes" "$WORK/first"
failed=$(cat "$WORK/failed")
expect "$failed" sh -c "grep -c '\"effect\":\"fail\"' '$WORK/strikes'"
struck_with 1 8 4096
expect_same "$WORK/first" "$WORK/strikes"
expect "$failed" cat "$WORK/failed"
struck_with 1 8 4096
expect_same "$WORK/first" "$WORK/strikes"
struck_with 2 8 4096
cmp -s "$WORK/first" "$WORK/strikes" && fail 'seed 2 strikes as seed 1'

it 'about as many as it should be'
# 640 reads of 5 %, 40 opens of 10 %, 640 reads of 20 %.
counted() {
	n=$(grep -c "\"rule\":\"$1\"" "$WORK/first")
	[ "$n" -ge "$2" ] && [ "$n" -le "$3" ] || fail "$1: $n, not $2 to $3"
}
counted sectors 12 55
counted opens 1 10
counted bits 70 180

it 'a block that fails fails always; an open that fails may work when tried again'
serve_faulty "tree:$many" <<'END'
- {name: sectors, path: f1, on: read, fail: EIO, when: {probability: 50%}}
- {name: opens, path: f2, on: open, fail: EACCES, when: {probability: 50%}}
END
for block in 0 4096 8192 12288 16384 20480; do
	once=$(poke read "$MNT/f1" $block 4096)
	expect "$once $once $once" poke repeat 3 read "$MNT/f1" $block 4096
done
poke repeat 40 open "$MNT/f2" r >"$WORK/opens"
grep -q ok "$WORK/opens" && grep -q EACCES "$WORK/opens" || fail "$(cat "$WORK/opens")"

it 'drawn by ordinal, if that is wanted'
serve_faulty "tree:$many" <<'END'
- {name: luck, path: f1, on: read, fail: EIO, when: {probability: 50%, draw: ordinal}}
END
poke open "$MNT/f1" r , repeat 40 read @ 0 100 >"$WORK/reads"
grep -q 100 "$WORK/reads" && grep -q EIO "$WORK/reads" || fail "$(cat "$WORK/reads")"

it "the plan's own seed is as good as --seed"
plan 'seed: 7' <<'END'
- {name: sectors, on: read, fail: EIO, when: {probability: 30%}}
END
unmount
for option in '' '--seed=7' '--seed=0x7' '--seed=8'; do
	: >"$JOURNAL"
	# shellcheck disable=SC2086 # none, or one
	mount_at "$MNT" "tree:$many" --plan "$PLAN" --journal "$JOURNAL" $option
	poke share 1 4096 "$MNT"/* >/dev/null
	unmount
	strikes >"$WORK/with$option"
done
expect_same "$WORK/with" "$WORK/with--seed=7"
expect_same "$WORK/with" "$WORK/with--seed=0x7"
cmp -s "$WORK/with" "$WORK/with--seed=8" && fail 'seed 8 strikes as seed 7'

# ---- time ----

# The state of a call, asked until it is another one; then how long after the mount, in ms.
lasts() {
	state=$(poke open "$MNT/a" r)
	wait_for 10 sh -c "[ \"\$('$poke' open '$MNT/a' r)\" != '$state' ]" || fail "$state for ever"
	printf '%s ' "$state"
}

timed() {
	serve_faulty "tree:$tree" <<END
- {name: outage, path: a, on: open, fail: EHOSTDOWN, when: {$1}}
END
	start=$(date +%s%N)
}

# since LEAST: at least so many ms have passed.
since() {
	took=$((($(date +%s%N) - start) / 1000000))
	[ $took -ge "$1" ] || fail "after $took ms already"
}

it 'after, until, for'
timed 'after: 500ms'
expect 'ok ' lasts
since 400
expect EHOSTDOWN poke open "$MNT/a" r
timed 'until: 500ms'
expect 'EHOSTDOWN ' lasts
since 400
expect ok poke open "$MNT/a" r
timed 'after: 400ms, for: 400ms'
expect 'ok ' lasts
expect 'EHOSTDOWN ' lasts
since 700
expect ok poke open "$MNT/a" r
timed 'after: 400ms, until: 800ms'
expect 'ok ' lasts
expect 'EHOSTDOWN ' lasts
since 700

it 'requests outside the window are not counted'
timed 'after: 400ms, nth: 1'
expect 'ok ok ok' poke repeat 3 open "$MNT/a" r
wait_for 10 sh -c "[ \"\$('$poke' open '$MNT/a' r)\" = EHOSTDOWN ]" || fail 'never'
expect ok poke open "$MNT/a" r

it 'the journal knows when: t is seconds since the mount'
expect_struck 1 '"t":0\.[4-9]\|"t":[1-9]'

it 'a file that is open when an outage begins and ends'
serve_faulty "tree:$tree" <<'END'
- {name: outage, path: a, on: read, fail: EIO, when: {after: 300ms, for: 300ms}}
END
exec 3<"$MNT/a"
state() {
	dd bs=1 count=1 <&3 >/dev/null 2>&1 && echo good || echo bad
}
until_is() {
	[ "$(state)" = "$1" ]
}
expect good state
wait_for 5 until_is bad || fail 'no outage'
wait_for 5 until_is good || fail 'no end of it'
exec 3<&-
unmount
