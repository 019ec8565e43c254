#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Rules are changed while the mount is served: the next operation of anybody meets them, on files that are open, cached and mapped,
# and while other requests are held.
# CHANGE_OPTIONS: further ones of the mount.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

# What it says besides the count of rules is looked at by those who want to.
change() {
	ctl "$@" >"$WORK/changed" || fail "ctl $*: status $?"
}

set_rule() {
	printf "'%s' ctl '%s' set '%s'" "$ordeal" "$MNT" "$1"
}

mkdir -p "$WORK/tree/dir"
make_bytes "$WORK/tree/a" 300000
make_bytes "$WORK/tree/b" 300000
make_bytes "$WORK/tree/dir/c" 300000
: >"$JOURNAL"
# shellcheck disable=SC2086
serve "tree:$WORK/tree" --journal "$JOURNAL" --live ${CHANGE_OPTIONS:-}

# ---- what hides a rule ----

it 'a file that is open and cached'
expect 'ok 10 0 EIO 0 10' poke open "$MNT/a" r , read @ 0 10 , run "$(set_rule '{name: bad, path: a, on: read, fail: EIO}')" , read @ 0 10 , \
	run "'$ordeal' ctl '$MNT' remove bad" , read @ 0 10
expect 'ok 10' poke open "$MNT/a" r , read @ 0 10

it '... and heeds that the rule is switched off at once, although the page cache may ask for a page twice'
expect 'ok 0 EIO 0 10:same 0' poke open "$MNT/a" r , run "$(set_rule '{name: bad, path: a, on: read, fail: EIO}')" , read @ 0 10 , \
	run "'$ordeal' ctl '$MNT' off bad >&2" , same @ "$WORK/tree/a" 0 10 , run "'$ordeal' ctl '$MNT' remove bad >&2"

it '... and that it is in force again, although the page has been read in between'
for words in 'off bad:on bad' disarm:arm pause:resume; do
	expect 'ok 0 0 10 0 EIO 0' poke open "$MNT/a" r , run "$(set_rule '{name: bad, path: a, on: read, fail: EIO}')" , \
		run "'$ordeal' ctl '$MNT' ${words%:*} >&2" , read @ 0 10 , run "'$ordeal' ctl '$MNT' ${words#*:} >&2" , read @ 0 10 , \
		run "'$ordeal' ctl '$MNT' remove bad >&2"
done

it 'a file that is mapped'
first=$(poke touch "$WORK/tree/a" private 0) later=$(poke touch "$WORK/tree/a" private 5000)
expect "ok $first $later 0 SIGBUS" poke open "$MNT/a" r , touch @ private 0 , touch @ private 5000 , \
	run "$(set_rule '{name: bad, path: a, on: read, fail: EIO}')" , touch @ private 5000
expect "ok 10 0 $first" poke open "$MNT/b" r , read @ 0 10 , run "'$ordeal' ctl '$MNT' remove bad" , touch "$MNT/a" private 0

it 'a name and its attributes, and a name that was not there'
expect 'file 300000 ENOENT' poke stat "$MNT/a" , size "$MNT/a" , stat "$MNT/none"
change set '{name: hidden, path: "{a,none}", on: lookup, fail: EACCES}'
expect 'EACCES EACCES file' poke stat "$MNT/a" , stat "$MNT/none" , stat "$MNT/b"
change remove hidden
expect 'file ENOENT' poke stat "$MNT/a" , stat "$MNT/none"
expect 'ok 300000 0 ESTALE' poke open "$MNT/a" r , fsize @ , run "$(set_rule '{name: attr, path: a, on: getattr, fail: ESTALE}')" , fsize @
change remove attr

it 'a directory that is open, and its listing'
expect '3 end' poke count "$MNT"
change set '{name: short, path: ".", on: readdir, fail: EIO}'
expect 'EIO' sh -c "'$poke' count '$MNT' | grep -o 'E[A-Z]*'"
change remove short
expect '3 end' poke count "$MNT"

it 'bytes that a rule had altered do not stay in the cache'
change set '{name: zero, path: b, on: read, corrupt: zero}'
expect 0 poke touch "$MNT/b" private 0
change remove zero
expect "$first" poke touch "$MNT/b" private 0
expect_same "$WORK/tree/b" "$MNT/b"

# ---- what is counted, and what is refused ----

it 'what is counted for a rule stays when another one changes'
change set '{name: third, path: a, on: open, fail: EMFILE, when: {nth: 3}}'
expect 'ok ok' poke open "$MNT/a" r , open "$MNT/a" r
change set '{name: other, path: b, on: open, fail: ENFILE}' before=third
expect 'EMFILE' poke open "$MNT/a" r
expect 'ok' poke open "$MNT/a" r
change set '{name: third, path: a, on: open, fail: EMFILE, when: {nth: 2}}'
expect 'ok' poke open "$MNT/a" r
expect 'EMFILE' poke open "$MNT/a" r
expect 'other third' sh -c "'$ordeal' ctl '$MNT' rules | sed 's/^on *[0-9]* *\([a-z]*\): .*/\1/' | tr '\n' ' ' | sed 's/ *$//'"

it 'a rule that makes no sense changes nothing'
for rule in '{name: third, path: a, on: opne, fail: EIO}' '{name: third' '- 1' 'third' '{name: third, volume: inn, on: read, fail: EIO}' \
	'{name: third, on: read, fail: EIO, group: none}'; do
	timeout 20 "$ordeal" ctl "$MNT" set "$rule" >"$WORK/said" 2>&1
	expect 2 echo $?
done
expect_status 2 "ordeal: ctl: set: no rule is named 'thrid' (did you mean 'third'?)" "$ordeal" ctl "$MNT" set '{name: x, on: read, fail: EIO}' after=thrid
expect_status 2 "ordeal: ctl: remove: no rule is named 'x'" "$ordeal" ctl "$MNT" remove other x
expect_status 2 "ordeal: ctl: set: 'position' takes first or last, not 'middle'" "$ordeal" ctl "$MNT" set '{on: read, fail: EIO}' position=middle
expect 2 sh -c "'$ordeal' ctl '$MNT' rules | wc -l"
expect '0 EMFILE' sh -c "'$poke' run true , open '$MNT/b' r | sed 's/ENFILE/EMFILE/'"

it 'a whole plan takes the place of the other'
plan 'name: another' <<'END'
- {name: one, path: a, on: read, fail: EIO}
END
expect "$(printf 'rules: 1\nstill_cached: 0')" ctl plan "$PLAN"
expect 'ok EIO ok 1' poke open "$MNT/a" r , read @ 0 1 , open "$MNT/b" r , read @2 0 1
expect '"another"' field plan
change remove '*'
expect null field plan
expect 'ok 1' poke open "$MNT/a" r , read @ 0 1

it 'whose clock begins when it is put in force, and not when the mount was armed'
late_enough() {
	[ "$(field t | cut -d . -f 1)" -ge 2 ]
}
plan <<'END'
- {name: early, path: a, on: open, when: {for: 2s}, fail: EIO}
END
strikes_in_time() {
	ctl plan "$PLAN" >/dev/null
	[ "$(poke open "$MNT/a" r)" = EIO ]
}
wait_for 20 late_enough || fail "the clock stands at $(field t)"
change set "$(sed -n 's/^ *- //p' "$PLAN")"
expect ok poke open "$MNT/a" r # a rule that is set keeps the clock
wait_for 5 strikes_in_time || fail "a window that begins with the plan never comes: the clock stands at $(field t)"
change pause
change plan "$PLAN"
expect 0.0 field t # and stands there
expect ok poke open "$MNT/a" r
change resume
change disarm
change plan "$PLAN"
expect ok poke open "$MNT/a" r
change remove '*'
change arm

# ---- beside what is held ----

fifty_are_held() {
	it 'while fifty reads of cached pages and a lookup beside them are held'
	expect 'ok 300000' poke open "$MNT/dir/c" r , read @ 0 300000
	"$poke" open "$MNT/dir/c" r , read @ 0 10 , run ": >'$WORK/open'; while ! [ -e '$WORK/go' ]; do sleep 0.02; done" , crowd 50 @ \
	>"$WORK/crowd" 2>&1 &
	crowd=$!
	wait_for 10 test -e "$WORK/open" || fail 'not open'
	change set '{name: stuck, path: dir/c, on: read, hang: interruptible}'
	change set '{name: stuck-name, path: dir/gone, on: lookup, hang: interruptible}'
	: >"$WORK/go"
	"$poke" stat "$MNT/dir/gone" >"$WORK/gone" &
	gone=$!
	# Reads of one page share one request.
	wait_for 10 has_struck 1 '"rule":"stuck-name"' || fail 'no lookup is held'
	wait_for 10 sh -c "grep -q '\"rule\":\"stuck\"' '$JOURNAL'" || fail 'no read is held'
	: >"$WORK/journal-before"
	expect "$(printf 'rules: 3\nstill_cached: 0')" ctl set '{name: late, path: dir/c, on: [lookup, getattr, open], fail: EIO}'
	expect 'EIO' poke stat "$MNT/dir/c"
	expect 'file ok 10' poke stat "$MNT/a" , open "$MNT/a" r , read @ 0 10
	expect "$(printf 'rules: 2\nstill_cached: 0')" ctl remove late
	expect 'file' poke stat "$MNT/dir/c"
	change remove stuck
	ctl heal >"$WORK/changed"
	wait $crowd $gone
	expect ENOENT cat "$WORK/gone"
	expect 0 field parked
	change remove '*'
}
# Where nobody may break the connection, files that a rule may hold reads of are not reached while they are open.
if is_root || [ -w "/sys/fs/fuse/connections/$(awk -v mnt="$MNT" '$5 == mnt { sub(".*:", "", $3); print $3 }' /proc/self/mountinfo)/abort" ]; then
	fifty_are_held
fi

it 'requests that are held by a rule that is removed stay held, and are served in the end'
change set '{name: slow, path: a, on: read, delay: 1500ms}'
"$poke" took 1000 9000 open "$MNT/a" r , read @ 0 10 >"$WORK/slow" 2>&1 &
slow=$!
wait_for 5 is_field parked 1 || fail 'not held'
change remove slow
expect 'ok 10' poke open "$MNT/a" r , read @ 0 10
wait $slow
expect 1 sh -c "grep -c 10 '$WORK/slow'"

# ---- outages ----

it 'an outage fails everything, and ends by itself'
change set '{name: all, on: read, fail: EIO}'
expect "$(printf 'rules: 2\nname: "outage-x"\nstill_cached: 0')" sh -c "'$ordeal' ctl '$MNT' outage 700ms error=EHOSTDOWN | sed 's/outage-[0-9]*/outage-x/'"
expect 'EHOSTDOWN EHOSTDOWN' poke stat "$MNT/a" , stat "$MNT"
wait_for 10 is_field rules_count 1 || fail 'it does not end'
change remove all
expect 'file' poke stat "$MNT/a"

it 'an outage that hangs holds, and lets go when it is healed'
change outage 1h hang=uninterruptible path=a
"$poke" stat "$MNT/a" >"$WORK/held" &
held=$!
wait_for 5 is_field parked 1 || fail 'not held'
expect file poke stat "$MNT/b"
change heal
wait $held
expect file cat "$WORK/held"
expect 0 field rules_count
expect_status 2 "ordeal: ctl: outage: an outage fails or hangs: give 'error' or 'hang'" "$ordeal" ctl "$MNT" outage 1s error=EIO hang=interruptible

it 'handles become stale, paths do not'
expect 'ok 10 0 ESTALE ESTALE ok' poke open "$MNT/a" r , read @ 0 10 , run "'$ordeal' ctl '$MNT' stale" , read @ 0 10 , fsize @ , close @
expect 'file ok 10' poke stat "$MNT/a" , open "$MNT/a" r , read @ 0 10
expect 'ok 0 SIGBUS' poke open "$MNT/dir/c" r , run "'$ordeal' ctl '$MNT' stale" , touch @ private 0
expect 'ok file 0 ESTALE file' sh -c "cd '$MNT/dir' && '$poke' chdir . , stat c , run \"'$ordeal' ctl '$MNT' stale\" , stat c , stat '$MNT/dir/c'"
expect_same_tree "$WORK/tree" "$MNT"

it 'every change is in the journal'
grep -c '"effect":"control"' "$JOURNAL" >"$WORK/said"
[ "$(cat "$WORK/said")" -gt 20 ] || fail "$(cat "$WORK/said") changes"
grep -q '"do":"set","request":"{\\"do\\":\\"set\\",\\"rule\\":\\"{name: slow, path: a,' "$JOURNAL" || fail 'no set of slow'
unmount

# ---- the trace ----

it 'operations are traced, or not'
serve "tree:$WORK/tree" --trace "$WORK/trace"
expect '' ctl trace off
expect 'ok 10' poke open "$MNT/a" r , read @ 0 10
expect '' ctl trace on
expect 'ok 10' poke open "$MNT/b" r , read @ 0 10
unmount
"$ordeal" trace show "$WORK/trace" >"$WORK/shown" 2>&1
grep -q 'open  *in/b ' "$WORK/shown" || fail "b is not in the trace: $(head -5 "$WORK/shown")"
! grep -q ' in/a ' "$WORK/shown" || fail 'a is in the trace'
serve "tree:$WORK/tree"
expect_status 2 'ordeal: ctl: trace: this mount has no trace (ordeal mount --trace FILE)' "$ordeal" ctl "$MNT" trace on
unmount

# ---- scratch ----

it 'a scratch: files that are being written'
new_scratch
serve "scratch:$SCRATCH"
expect 'ok 5 0 ENOSPC 0 5' poke open "$MNT/f" rw,c , write @ 0 5 , run "$(set_rule '{name: full, on: write, fail: ENOSPC}')" , write @ 0 5 , \
	run "'$ordeal' ctl '$MNT' remove full" , write @ 0 5
expect 'ok 5 0 EIO' poke open "$MNT/f" rw , read @ 0 5 , run "$(set_rule '{name: bad, path: f, on: fsync, fail: EIO}')" , fsync @
unmount

it 'a file whose closing the kernel does not tell of is counted as not reached, once however often it is open'
serve "tree:$WORK/tree"
rule='{name: late, path: dir/c, on: flush, fail: EIO}'
expect 'ok ok ok 0' poke open "$MNT/dir/c" r , open "$MNT/dir/c" r , open "$MNT/a" r , \
	run "'$ordeal' ctl '$MNT' set '$rule' 2>'$WORK/told' >'$WORK/changed'"
expect 'still_cached: 1' grep still_cached "$WORK/changed"
grep -q '^ordeal: 1 open file is not reached' "$WORK/told" || fail "told: $(cat "$WORK/told")"
