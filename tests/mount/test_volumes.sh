#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Volumes come and go while the mount is served: quickly, with rules of their own, and leaving nothing behind.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
talk=$BUILD/tests/mount/talk

mkdir -p "$WORK/tree/dir" "$WORK/more"
make_bytes "$WORK/tree/a" 10000
make_bytes "$WORK/tree/dir/b" 10000
make_bytes "$WORK/more/m" 20000
new_scratch
: >"$JOURNAL"
serve "tree:$WORK/tree" --scratch "$SCRATCH" --journal "$JOURNAL" --live

it 'one more, with rules of its own, and none for the others'
expect '' ctl add extra "tree:$WORK/more" 'rules=[{name: bad, on: read, fail: EIO}]'
expect "$(printf 'in\nout\nextra')" sh -c "'$ordeal' ctl '$MNT' list | sed '/dropped/d; s/ .*//'"
expect '4 end' sh -c "'$poke' count '$MNT' | sed 's/^3/4/'"
expect 'ok EIO' poke open "$MNT/extra/m" r , read @ 0 10
expect 'ok 10' poke open "$MNT/in/a" r , read @ 0 10
expect_struck 1 '"volume":"extra","path":"m".*"rule":"bad"'

it 'taken away with its rules; what is open is stale, and so is what is held'
ctl set '{name: stuck, volume: extra, path: m, on: getattr, hang: interruptible}' >"$WORK/said"
"$poke" stat "$MNT/extra/m" >"$WORK/held" 2>&1 &
held=$!
wait_for 5 is_field parked 1 || fail 'not held'
expect 'ok 0 ESTALE ENOENT ok' poke open "$MNT/extra/m" r , run "'$ordeal' ctl '$MNT' drop extra" , read @ 0 10 , stat "$MNT/extra/m" , close @
wait $held
case $(cat "$WORK/held") in ESTALE | ENOENT) ;; *) fail "held: $(cat "$WORK/held")" ;; esac
expect 0 field rules_count
expect '2 end' poke count "$MNT"
expect ENOENT poke stat "$MNT/extra"

it 'cached bytes of a volume that is gone are not served'
ctl add extra "tree:$WORK/more" >"$WORK/said"
expect 'ok 10 0 ESTALE' poke open "$MNT/extra/m" r , read @ 0 10 , run "'$ordeal' ctl '$MNT' drop extra" , read @ 0 10
expect 'ok 10 0 SIGBUS' sh -c "'$ordeal' ctl '$MNT' add extra 'tree:$WORK/more' >'$WORK/said'
	'$poke' open '$MNT/extra/m' r , read @ 0 10 , run \"'$ordeal' ctl '$MNT' drop extra\" , touch @ private 0"

it 'another one of the same name is another one'
ctl add extra "tree:$WORK/tree" >"$WORK/said"
expect 'file ENOENT' poke stat "$MNT/extra/a" , stat "$MNT/extra/m"
ctl drop extra >"$WORK/said"
ctl add extra "tree:$WORK/more" >"$WORK/said"
expect 'ENOENT file' poke stat "$MNT/extra/a" , stat "$MNT/extra/m"
ctl drop extra >"$WORK/said"

it 'what cannot be is refused, and changes nothing'
expect_status 2 "ordeal: ctl: add: a volume is named 'in' already" "$ordeal" ctl "$MNT" add in "tree:$WORK/more"
expect_status 2 "ordeal: ctl: add: 'a/b' is no name of a volume (small letters, digits, _ and -)" "$ordeal" ctl "$MNT" add a/b "tree:$WORK/more"
expect_status 2 "ordeal: ctl: add: $MNT/in/dir lies in the mount itself" "$ordeal" ctl "$MNT" add self "tree:$MNT/in/dir"
expect_status 2 "ordeal: ctl: add: the mount lies in $WORK: it would show itself" "$ordeal" ctl "$MNT" add self "tree:$WORK"
ln -s "$MNT/in" "$WORK/more-link"
expect_status 2 "ordeal: ctl: add: $WORK/more-link lies in the mount itself" "$ordeal" ctl "$MNT" add self "tree:$WORK/more-link"
expect_status 2 'ordeal: ctl: add: nowhere: No such file or directory' "$ordeal" ctl "$MNT" add self tree:nowhere
expect '{"ok":false,"error":"tree:more: the path must begin at the root"}' sh -c "printf '%s\\n' '{\"do\":\"add\",\"name\":\"self\",\"source\":\"tree:more\"}' |
	timeout 20 '$BUILD/tests/mount/talk' '$WORK'/ordeal/*.sock pass"
expect_status 2 "ordeal: ctl: drop: no volume is named 'inn' (did you mean 'in'?)" "$ordeal" ctl "$MNT" drop inn
expect_status 2 "ordeal: ctl: add: $WORK/none: cannot be used for scratch: No such file or directory" "$ordeal" ctl "$MNT" add none "scratch:$WORK/none"
timeout 20 "$ordeal" ctl "$MNT" add bad "tree:$WORK/more" 'rules=[{on: raed, fail: EIO}]' >"$WORK/said" 2>&1
expect 2 echo $?
expect "$(printf 'in\nout')" sh -c "'$ordeal' ctl '$MNT' list | sed '/dropped/d; s/ .*//'"

it 'a thousand come, are used, and go: descriptors and memory stay as they are'
cycle() {
	i=0
	while [ $i -lt "$1" ]; do
		i=$((i + 1))
		name=v$2-$i
		echo "{\"do\":\"add\",\"name\":\"$name\",\"source\":\"scratch:$SCRATCH\",\"rules\":\"[{name: r-$name, on: read, path: x, fail: EIO}]\"}"
		echo "{\"do\":\"drop\",\"name\":\"$name\"}"
	done
}
SOCKET=$(echo "$XDG_RUNTIME_DIR"/ordeal/*.sock)
# Names are looked up and files opened in some of them, so that the kernel knows what it is to forget.
used() {
	i=0
	while [ $i -lt "$1" ]; do
		i=$((i + 1))
		ctl add "u$i" "scratch:$SCRATCH" >"$WORK/said" || fail "add u$i"
		expect 'ok 5' poke open "$MNT/u$i/f$i" rw,c , write @ 0 5
		ctl drop "u$i" >"$WORK/said" || fail "drop u$i"
	done
}
answers() {
	cycle "$1" "$2" | timeout 120 "$talk" "$SOCKET" pass | grep -c '^{"ok":true'
}
# The kernel lets go of files a moment after it was told to.
none_in_use() {
	wait_for 10 sh -c "[ \$('$ordeal' ctl '$MNT' list --json | sed 's/.*\"dropped\":\([0-9]*\).*/\1/') = 0 ]" || fail "$(ctl list)"
}
used 5
expect 200 answers 100 warm
none_in_use
wait_for 10 is_field clients 1 || fail "$(field clients) clients"
before=$(descriptors) memory=$(resident)
used 20
expect 2000 answers 1000 many
none_in_use
wait_for 10 is_field clients 1 || fail "$(field clients) clients"
expect "$before" descriptors
grown=$(($(resident) - memory))
[ $grown -lt 1000 ] || fail "$grown kB more than before"
unmount
