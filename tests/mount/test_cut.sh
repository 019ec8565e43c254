#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# cut: the power fails, and what is left is what was synced, by either model. What is left is looked at from below the mount.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

# What there is, as "dir/ file=content link->target", in order.
shown() {
	(cd "$1" && find . -mindepth 1 | LC_ALL=C sort | while read -r file; do
		if [ -L "$file" ]; then
			printf '%s->%s ' "${file#./}" "$(readlink "$file")"
		elif [ -d "$file" ]; then
			printf '%s/ ' "${file#./}"
		elif [ -f "$file" ]; then
			printf '%s=%s ' "${file#./}" "$(tr '\0' 0 <"$file")"
		else
			printf '%s? ' "${file#./}"
		fi
	done)
}

# scene MODEL KEEP 'COMMANDS' WANTED: commands in a mount that holds a=one d/ d/b=two (synced before it was served), and then the power
# fails. Its words: sync FILE... (fsync of each), poke.
sync() {
	for name in "$@"; do
		[ "$(poke fsync "$name")" = ok ] || fail "fsync $name"
	done
}

scene() {
	it "$1, $2: $3"
	new_scratch
	printf one >"$SCRATCH/a"
	mkdir "$SCRATCH/d"
	printf two >"$SCRATCH/d/b"
	serve_faulty "scratch:$SCRATCH" <<END
- {path: CUT, on: mkdir, cut: {at: before, model: $1, keep: $2}}
END
	(cd "$MNT" && eval "$3") || fail "the commands fail"
	live=$(shown "$MNT")
	expect EIO poke mkdir "$MNT/CUT"
	expect "$4" shown "$SCRATCH"
	# The same commands without a cut leave what they made.
	[ "$2" != all ] || [ "$live" = "$4" ] || fail "keep: all, but it was $live"
	expect_struck 1 '"op":"mkdir",.*"effect":"power-cut","error":"EIO"'
	expect_struck 0 '"failures"'
}

was='a=one d/ d/b=two '

it 'off: nothing works any more'
new_scratch
echo x >"$SCRATCH/f"
serve_faulty "scratch:$SCRATCH" <<'END'
- {path: CUT, on: mkdir, cut: before}
END
expect 'ok ok EIO EIO EIO EIO EIO EIO EIO' poke open "$MNT/f" rw , open "$MNT" r , mkdir "$MNT/CUT" , read @1 0 1 , write @1 0 1 , fsync @1 , \
	stat "$MNT/f" , create "$MNT/g" , count "$MNT"
expect_struck 1 effect.:.power-cut
unmount
serve "scratch:$SCRATCH"
expect '[x
]' poke get "$MNT/f"

it 'on again, by heal or where the plan is lifted: what is left can be used; what was open is lost'
for word in heal disarm; do
	new_scratch
	echo x >"$SCRATCH/f"
	serve_faulty "scratch:$SCRATCH" <<'END'
- {path: CUT, on: mkdir, cut: before}
END
	mkfifo "$WORK/go-$word"
	sh -c 'exec 5<>"$1/f" 6<"$1"; printf new >"$1/n"; mkdir "$1/CUT"; read -r line <"$2"; cat <&5; echo more >&5; cat "$1/f" >&7' sh \
		"$MNT" "$WORK/go-$word" 7>"$WORK/seen" 2>"$WORK/said-$word" &
	user=$!
	wait_for 10 has_struck 1 power-cut || fail 'the power does not fail'
	expect EIO poke stat "$MNT/f"
	timeout 20 "$ordeal" ctl "$MNT" $word >/dev/null || fail "ordeal ctl $word: status $?"
	echo go >"$WORK/go-$word"
	wait_for 10 grep -q x "$WORK/seen" || fail "nothing is seen behind $word: $(cat "$WORK/said-$word")"
	wait $user
	expect 2 grep -c 'Stale file handle' "$WORK/said-$word"
	expect 'file ENOENT ok' poke stat "$MNT/f" , stat "$MNT/n" , create "$MNT/n"
done

# ---- strict: what POSIX promises ----

scene strict none ':' "$was"
scene strict none 'printf new >n' "$was"
scene strict none 'printf new >n; sync n' "$was"
scene strict none 'printf new >n; sync n .' "a=one d/ d/b=two n=new "
scene strict none 'printf new >n; sync .' "a=one d/ d/b=two n= "
scene strict none 'printf new >a' "$was"
scene strict none 'printf new >a; sync a' "a=new d/ d/b=two "
scene strict none 'printf more >>a' "$was"
scene strict none 'printf more >>a; sync a; printf evenmore >>a' "a=onemore d/ d/b=two "
scene strict none 'poke truncate a 1' "$was"
scene strict none 'poke truncate a 1; sync a' "a=o d/ d/b=two "
scene strict none 'poke truncate a 1; printf xyz >>a' "$was"
scene strict none 'poke truncate a 5; sync a; poke truncate a 2' "a=one00 d/ d/b=two "
scene strict none 'poke fallocate a hole 0 2' "$was"
scene strict none 'poke fallocate a grow 0 9' "$was"
scene strict none 'mv a z' "$was"
scene strict none 'mv a z; sync .' "d/ d/b=two z=one "
scene strict none 'mv a d/z' "$was"
scene strict none 'mv a d/z; sync d' "d/ d/b=two d/z=one "
scene strict none 'mv a d/z; sync .' "d/ d/b=two d/z=one "
scene strict none 'mv a d/z; mv d/z q; mv q d/r; sync d' "d/ d/b=two d/r=one "
scene strict none 'rm a' "$was"
scene strict none 'rm a; sync .' "d/ d/b=two "
scene strict none 'rm a; printf other >a' "$was"
scene strict none 'rm a; printf other >a; sync a .' "a=other d/ d/b=two "
scene strict none 'rm -r d' "$was"
scene strict none 'rm -r d; sync .' "a=one "
scene strict none 'mv d e; printf x >e/c; rm e/b' "$was"
scene strict none 'mv d e; sync .; rm e/b' "a=one e/ e/b=two "
scene strict none 'mkdir -p x/y/z; printf deep >x/y/z/f; sync x/y/z/f x/y/z' "$was"
scene strict none 'mkdir -p x/y; printf deep >x/y/f; sync x/y/f x/y x .' "a=one d/ d/b=two x/ x/y/ x/y/f=deep "
scene strict none 'mkdir x; mv a x; mv d x; mv x w' "$was"
scene strict none 'ln a l' "$was"
scene strict none 'ln a l; sync .; rm a' "a=one d/ d/b=two l=one "
scene strict none 'ln -s there s' "$was"
scene strict none 'ln -s there s; sync .; rm s' "a=one d/ d/b=two s->there "
scene strict none 'mkfifo p; sync .; rm p; : ' "a=one d/ d/b=two p? "
scene strict none 'poke rename2 a d exchange' "$was"
scene strict none 'poke rename2 a d exchange; sync .' "a/ a/b=two d=one "

it 'replacing a file, the careful way and the careless ways'
scene strict none 'printf new >t; sync t; mv t a; sync .' "a=new d/ d/b=two "
scene strict none 'printf new >t; sync t; mv t a' "$was"
scene strict none 'printf new >t; mv t a; sync .' "a= d/ d/b=two "
scene strict none 'printf new >t; mv t a' "$was"

it 'writes that are synced by themselves'
scene strict none 'poke open a w,s , put @ NEW >/dev/null' "a=NEW d/ d/b=two "
scene strict none 'poke open a w , put @ NEW , fdatasync @ >/dev/null' "a=NEW d/ d/b=two "

it 'modes'
mode_after() {
	scene strict none "chmod 600 a; $1" "$was"
	stat -c %a "$SCRATCH/a"
}
[ "$(mode_after ':' | tail -n 1)" = 644 ] || fail 'an unsynced mode is kept'
[ "$(mode_after 'sync a' | tail -n 1)" = 600 ] || fail 'a synced mode is lost'

# ---- ordered: ext4 ----

scene ordered none ':' "$was"
scene ordered none 'printf new >n; mv a z; rm d/b' "$was"
it 'any fsync keeps all names; files that it was not asked for are there, and empty'
scene ordered none 'printf new >n; mv a z; rm d/b; printf s >s; sync s' "d/ n= s=s z=one "
scene ordered none 'printf new >n; sync .' "a=one d/ d/b=two n= "
scene ordered none 'printf more >>a; printf s >s; sync s' "a=one d/ d/b=two s=s "
scene ordered none 'poke write a 0 2 >/dev/null; printf s >s; sync s' "a=one d/ d/b=two s=s "
it 'but those that replace others, or were emptied and written again'
scene ordered none 'printf new >t; mv t a; printf s >s; sync s' "a=new d/ d/b=two s=s "
scene ordered none 'printf new >a; printf s >s; sync s' "a=new d/ d/b=two s=s "
scene ordered none 'poke open a w,t , put @ new , fsync d >/dev/null' "a= d/ d/b=two "
scene ordered none 'printf new >t; mv t a' "$was"

# ---- what was not synced may survive ----

scene strict all 'printf new >n; mv a z; rm d/b' "d/ n=new z=one "
scene ordered all 'printf new >n; mv a z; rm d/b' "d/ n=new z=one "

it 'by chance: some of it, and the same again with the same seed'
chance() {
	new_scratch
	plan "seed: $1" <<'END'
- {path: CUT, on: mkdir, cut: {at: before, keep: random}}
END
	unmount
	: >"$JOURNAL"
	mount_at "$MNT" "scratch:$SCRATCH" --plan "$PLAN" --journal "$JOURNAL"
	for n in 1 2 3 4 5 6 7 8; do
		tr '\0' x </dev/zero | head -c 4096 >"$MNT/f$n"
	done
	expect EIO poke mkdir "$MNT/CUT"
	for n in 1 2 3 4 5 6 7 8; do
		[ ! -e "$SCRATCH/f$n" ] || echo "f$n $(stat -c %s "$SCRATCH/f$n") $(tr -d '\0' <"$SCRATCH/f$n" | wc -c)"
	done | tr '\n' ';'
}
one=$(chance 1)
two=$(chance 2)
three=$(chance 3)
again=$(chance 1)
[ "$one" = "$again" ] || fail "the same seed, and: $one / $again"
[ "$one$two$three" != "$two$three$one" ] || fail "three seeds, and all: $one"
echo "$one$two$three" | tr ';' '\n' | awk '$3 % 512 { bad = 1 } $2 && $3 < $2 { torn = 1 } END { exit bad || !torn }' ||
	fail "no file is torn at its sectors: $one $two $three"

# ---- when ----

it 'before, after and half-way'
for at in before after half; do
	new_scratch
	tr '\0' '\377' </dev/zero | head -c 8192 >"$SCRATCH/f"
	serve_faulty "scratch:$SCRATCH" <<END
- {path: f, on: write, when: {nth: 2}, cut: {at: $at, keep: all}}
END
	case $at in
	after)
		expect 'ok 100 8000 EIO' poke open "$MNT/f" rw , write @ 0 100 , write @ 0 8000 , fsync @
		expect_struck 1 '"op":"write",.*"pid":[1-9][0-9]*,.*"result":8000,.*"effect":"power-cut"}$'
		;;
	*)
		expect 'ok 100 EIO EIO' poke open "$MNT/f" rw , write @ 0 100 , write @ 0 8000 , fsync @
		expect_struck 1 '"op":"write",.*"result":-5,.*"effect":"power-cut","error":"EIO"}$'
		;;
	esac
	expect_struck 1 '"effect":"power-cut"'
	expect_struck 1 '"effect":"taken-back"'
	old=$(poke bytes "$SCRATCH/f" 512 7488 0xff)
	case $at$old in
	before7488 | after[0-9] | after[0-9][0-9]) ;;
	before* | after*) fail "$at: $old old bytes" ;;
	*) [ "$old" -gt 400 ] && [ "$old" -lt 7488 ] || fail "half: $old old bytes" ;;
	esac
done

it 'a call behind which the power fails is journaled as it came out, also of other rules that strike it'
new_scratch
mkdir -p "$SCRATCH/there/in"
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: slow, on: fsync, delay: 1ms}
- {path: f, on: fsync, cut: after}
END
expect 'ok ok EIO' poke open "$MNT/f" w,c , fsync @ , fsync @
expect_struck 1 '"op":"fsync",.*"rule":"slow","effect":"delay","delay_s":0.001000}$'
expect_struck 1 '"op":"fsync",.*"result":0,.*"effect":"power-cut"}$'
serve_faulty "scratch:$SCRATCH" <<'END'
- {path: there, on: rmdir, cut: after}
END
expect ENOTEMPTY poke rmdir "$MNT/there"
expect_struck 1 '"op":"rmdir",.*"result":-39,.*"effect":"power-cut","error":"ENOTEMPTY"}$'
expect EIO poke rmdir "$MNT/there"

it 'a call that never comes to the cut is none: its caller was killed while it waited for another rule'
new_scratch
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: slow, path: f, on: mkdir, delay: 60s}
- {name: cut, path: f, on: mkdir, cut: before}
END
"$poke" mkdir "$MNT/f" &
dying=$!
expect_struck 1 '"effect":"delay"'
kill -9 $dying
wait $dying 2>/dev/null
expect ok poke mkdir "$MNT/g"
expect_struck 0 '"effect":"power-cut"'

it 'the caller dies with the machine'
new_scratch
serve_faulty "scratch:$SCRATCH" <<'END'
- {path: f, on: write, cut: {at: after, kill: true}}
END
timeout -k 1 20 setsid -w sh -c "printf x >'$MNT/f'; echo on" >"$WORK/out" 2>/dev/null
expect 137 echo $?
expect '' cat "$WORK/out"
expect '' ls -A "$SCRATCH"

it 'nothing is left behind in the scratch, and unlinked files that are open are no matter'
scene strict none 'poke open a rw , unlink a , write @ 0 3 , close @ >/dev/null' "$was"
expect "a d " sh -c "ls -A '$SCRATCH' | tr '\n' ' '"

it 'rules of different models contradict each other'
printf '%s\n' 'version: 1' 'rules:' '- {name: r1, on: write, cut: {model: strict}}' '- {name: r2, on: write, cut: {model: ordered}}' >"$PLAN"
"$ordeal" plan check "$PLAN" >"$WORK/out" 2>&1 && fail 'taken'
grep -q 'rules r1 and r2' "$WORK/out" || fail "$(cat "$WORK/out")"

it 'by hand: what was not synced is gone, nothing works until the power is back, what was open is stale'
new_scratch
printf one >"$SCRATCH/a"
serve "scratch:$SCRATCH" --durable strict
printf changed >"$MNT/a"
printf new >"$MNT/b"
exec 5<"$MNT/a"
expect_status 2 "ordeal: ctl: cut: 'keep' takes none, all or random, not 'some'" "$ordeal" ctl "$MNT" cut keep=some
tells() {
	ctl status >"$WORK/text"
	grep -qx 'power off: out (until heal)' "$WORK/text" && printf 'status '
	"$ordeal" stats "$MNT" >"$WORK/text"
	grep -qx 'power off: out' "$WORK/text" && printf 'stats '
	"$ordeal" ctl --json "$MNT" status | grep -o '"power_off":\[[^]]*\]'
	"$ordeal" stats "$MNT" -f prometheus | sed -n 's/^ordeal_power_off{volume="out"} //p'
	"$ordeal" stats "$MNT" -f json | grep -o '"power_off":[a-z]*'
}
expect '"power_off":[]
0
"power_off":false' tells
ctl cut >"$WORK/said" || fail "ctl cut: $(cat "$WORK/said")"
expect 'status stats "power_off":["out"]
1
"power_off":true' tells
expect 'a=one ' shown "$SCRATCH"
expect 'EIO EIO' poke stat "$MNT/a" , create "$MNT/c"
ctl heal >/dev/null || fail 'ctl heal'
expect 'cat: -: Stale file handle' sh -c 'cat 2>&1 <&5 | head -n 1'
exec 5<&-
expect one cat "$MNT/a"
unmount

it '... and what keeps no records cannot be cut'
serve "scratch:$SCRATCH"
expect_status 2 "ordeal: ctl: cut: no records are kept of what is synced there (ordeal mount --durable strict, or a cut rule)" \
	"$ordeal" ctl "$MNT" cut
expect one cat "$MNT/a"
