#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# lose, torn: writes that are acknowledged and not kept, at once or later; corrupt on the way to the disk.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

# new OFFSET LENGTH: how many bytes of 0xff there are in what poke writes there.
make_bytes "$WORK/new" 12000
new() {
	poke bytes "$WORK/new" "$1" "$2" 0xff
}

# faulty RULES: a fresh scratch with a file `old` of 12000 bytes of 0xff.
faulty() {
	new_scratch
	tr '\0' '\377' </dev/zero | head -c 12000 >"$SCRATCH/old"
	cp "$SCRATCH/old" "$WORK/old"
	serve_faulty "scratch:$SCRATCH"
}

it 'without a rule what is written is there'
faulty <<'END'
- {path: other, lose: write}
END
expect "5000 $(new 100 5000)" poke write "$MNT/old" 100 5000 , bytes "$MNT/old" 100 5000 0xff
expect_struck 0 effect

it 'lost at once: acknowledged, and the old bytes stay; what is appended are zeroes'
faulty <<'END'
- {lose: write}
END
expect '5000 ok 5000 12000' poke write "$MNT/old" 100 5000 , fsync "$MNT/old" , bytes "$MNT/old" 100 5000 0xff , size "$MNT/old"
expect_same "$WORK/old" "$SCRATCH/old"
expect 'ok 5 5 [hello]' poke open "$WORK/control" w,c , put @ hello , size "$WORK/control" , get "$WORK/control"
expect 'ok 5 5 5' poke open "$MNT/new" w,c , put @ hello , size "$MNT/new" , bytes "$MNT/new" 0 5 0
expect_struck 2 '"op":"write",.*"effect":"lose"'

it 'only in its place'
faulty <<'END'
- {offset: 512..1024, lose: write}
END
expect '2000 512 12000' poke write "$MNT/old" 0 2000 , bytes "$MNT/old" 512 512 0xff , size "$MNT/old"
poke write "$WORK/old" 0 512 , write "$WORK/old" 1024 976 >/dev/null
expect_same "$WORK/old" "$SCRATCH/old"
expect_struck 1 '"effect":"lose"'

for event in fsync fdatasync close; do
	it "seen until $event"
	faulty <<END
- {path: old, lose: $(echo "$event" | sed 's/fdatasync/fsync/')}
END
	case $event in
	close) call='close @2' ;;
	*) call="$event @" ;;
	esac
	# shellcheck disable=SC2086 # words of a call
	expect "ok ok 5000 $(new 4000 5000) ok 5000" poke open "$MNT/old" rw , open "$MNT/old" rw , write @1 4000 5000 , bytes @1 4000 5000 0xff , \
		$call , bytes @1 4000 5000 0xff
	expect_same "$WORK/old" "$SCRATCH/old"
	expect_struck 1 '"effect":"lose"'
done

it 'other writes to the same block are kept'
faulty <<'END'
- {offset: 0..100, lose: close}
END
expect "ok 4096 10 $(new 0 100) ok" poke open "$MNT/old" rw , write @ 0 4096 , write @ 200 10 , bytes @ 0 100 0xff , close @
expect 100 poke bytes "$SCRATCH/old" 0 100 0xff
poke write "$WORK/old" 100 3996 >/dev/null
expect_same "$WORK/old" "$SCRATCH/old"

it 'what is truncated is not there again when other bytes are lost'
faulty <<'END'
- {path: old, lose: close}
END
expect "ok 12000 ok ok 0 ok 12000" poke open "$MNT/old" rw , write @ 0 12000 , ftruncate @ 0 , ftruncate @ 12000 , bytes @ 0 12000 0xff , close @ , \
	bytes "$MNT/old" 0 12000 0

# is_lost OFFSET LENGTH: how many bytes of `old` a write there changes, and its loss.
is_lost() {
	echo $(($2 - $(new "$1" "$2")))
}

it 'a loss whose moment never comes is no strike'
for at in fsync cut; do
	faulty <<END
- {name: later, lose: $at}
- {name: part, path: other, torn: {keep: 512, at: $at}}
END
	expect 'ok 5000 ok' poke open "$MNT/old" rw , write @ 0 5000 , close @
	expect 'ok 5000 ok' poke open "$MNT/other" w,c , write @ 0 5000 , close @
	unmount
	expect_struck 0 effect
	expect "$(new 0 5000)" poke bytes "$SCRATCH/old" 0 5000 0xff
done

it '... when it comes it is one, with what is different now'
faulty <<'END'
- {name: later, path: old, lose: fsync}
- {name: part, path: "d/*", torn: {keep: 512, at: fsync}}
END
mkdir "$MNT/d" || fail mkdir
expect 'ok 5000 5000 ok ok' poke open "$MNT/old" rw , write @ 0 5000 , write @ 5000 5000 , fsync @ , fsync @
expect 'ok 1000 ok' poke open "$MNT/d/other" w,c , write @ 0 1000 , fsync @
unmount
expect_struck 2 effect
expect_struck 1 "\"op\":\"fsync\",.*\"path\":\"old\",.*\"rule\":\"later\",\"effect\":\"lose\",\"changed\":$(($(is_lost 0 5000) + $(is_lost 5000 5000)))}"
expect_struck 1 '"op":"fsync",.*"path":"d/other",.*"rule":"part","effect":"torn","changed":'

it '... but not for bytes that are the same'
faulty <<'END'
- {name: now, path: old, lose: write}
- {name: later, path: again, lose: fsync}
END
cp "$SCRATCH/old" "$SCRATCH/again"
for name in old again; do
	dd if="$WORK/old" of="$MNT/$name" bs=4000 conv=notrunc,fsync 2>/dev/null || fail dd
done
expect_struck 0 effect
expect '1000 1000' poke write "$MNT/old" 0 1000 , write "$MNT/again" 0 1000
expect ok poke fsync "$MNT/again"
unmount
expect_struck 1 "\"op\":\"write\",.*\"rule\":\"now\",\"effect\":\"lose\",\"changed\":$(is_lost 0 1000)}"
expect_struck 1 "\"op\":\"fsync\",.*\"rule\":\"later\",\"effect\":\"lose\",\"changed\":$(is_lost 0 1000)}"

# cut_after COMMANDS: with losses at a cut, and a cut.
cut_after() {
	faulty <<'END'
- {path: CUT, on: mkdir, cut: before}
- {name: later, on: write, lose: cut}
END
	(cd "$MNT" && eval "$1") >/dev/null || fail "$1"
	expect EIO poke mkdir "$MNT/CUT"
	expect_struck 1 '"effect":"taken-back"'
}

it 'lost at a cut: what was synced, and so would be there'
cut_after 'poke write old 0 5000 , fsync old'
expect_same "$WORK/old" "$SCRATCH/old"
expect_struck 1 "\"op\":\"mkdir\",.*\"path\":\"old\",.*\"rule\":\"later\",\"effect\":\"lose\",\"changed\":$(is_lost 0 5000)}"
it '... and by whatever name the file has by then'
cut_after 'mkdir d && poke write old 0 5000 , rename old d/new , fsync d/new , fsync d , fsync .'
expect_same "$WORK/old" "$SCRATCH/d/new"
expect_struck 1 '"path":"d/new",.*"effect":"lose"'
it '... but what a cut takes back anyway is not lost by a rule'
cut_after 'poke write old 0 5000'
expect_same "$WORK/old" "$SCRATCH/old"
expect_struck 0 '"effect":"lose"'
cut_after 'poke open new w,c , write @ 0 5000 , fsync @'
[ ! -e "$SCRATCH/new" ] || fail 'a name that was not synced is there'
expect_struck 0 '"effect":"lose"'

it 'lost at a cut by hand'
faulty <<'END'
- {name: later, lose: cut}
END
expect '5000 ok' poke write "$MNT/old" 0 5000 , fsync "$MNT/old"
expect_struck 0 effect.:.lose
timeout -k 1 20 "$ordeal" ctl "$MNT" cut >"$WORK/said" || fail "ctl cut: $(cat "$WORK/said")"
expect_same "$WORK/old" "$SCRATCH/old"
expect_struck 1 "\"op\":\"write\",.*\"path\":\"old\",\"pid\":0,.*\"effect\":\"lose\",\"changed\":$(is_lost 0 5000)}"

it 'must_fire is not met by a loss that never came'
must() {
	new_scratch
	plan <<'END'
- {name: later, lose: fsync, must_fire: true}
END
	timeout -k 1 60 "$ordeal" mount "scratch:$SCRATCH" --plan "$PLAN" "$MNT" -- "$@" >"$WORK/said" 2>&1
	echo $?
}
is_not_mounted "$MNT" || unmount
expect 123 must dd if=/dev/zero bs=10 count=1 of="$MNT/f"
expect 123 must dd if=/dev/zero bs=10 count=1 conv=fsync of="$MNT/f"
expect 0 must dd if="$WORK/new" bs=5000 count=1 conv=fsync of="$MNT/f"

it 'torn: the first sectors of each write are kept'
faulty <<'END'
- {torn: 1024}
END
expect '5000 12000' poke write "$MNT/old" 0 5000 , size "$MNT/old"
poke write "$WORK/old" 0 1024 >/dev/null
expect_same "$WORK/old" "$SCRATCH/old"
expect_struck 1 '"effect":"torn"'
it '... and a write of no more is whole'
expect '1024' poke write "$MNT/old" 4096 1024
expect "$(new 4096 1024)" poke bytes "$SCRATCH/old" 4096 1024 0xff
expect_struck 1 '"effect":"torn"'

it 'torn by chance: whole sectors, some kept, some not, and the same for the same seed'
random() {
	faulty <<'END'
- {torn: {keep: random, sector: 512}}
END
	expect 8192 poke write "$MNT/old" 0 8192
	for sector in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
		poke bytes "$SCRATCH/old" $((sector * 512)) 512 0xff
	done | sed 's/^512$/lost/; s/^[0-9]$/kept/' | tr '\n' ' '
}
first=$(random)
case $first in
*lost*kept* | *kept*lost*) ;;
*) fail "sectors: $first" ;;
esac
[ "$(echo "$first" | tr ' ' '\n' | grep -c .)" -eq 16 ] || fail "sectors are torn: $first"
second=$(random)
[ "$first" = "$second" ] || fail "not the same: $first, then $second"

it 'torn at close: whole until then'
faulty <<'END'
- {torn: {keep: 512, at: close}}
END
expect "ok 4096 $(new 0 4096) ok 3584" poke open "$MNT/old" rw , write @ 0 4096 , bytes @ 0 4096 0xff , close @ , bytes "$MNT/old" 512 3584 0xff

it 'corrupt on the way to the disk: one bit in each block, and it stays'
faulty <<'END'
- {on: write, corrupt: flip}
END
expect 12000 poke write "$MNT/old" 0 12000
make_bytes "$WORK/right" 12000
expect 3 sh -c "cmp -l '$WORK/right' '$SCRATCH/old' | wc -l"
expect_same "$SCRATCH/old" "$MNT/old"
expect_struck 1 '"op":"write",.*"effect":"corrupt","changed":3'
