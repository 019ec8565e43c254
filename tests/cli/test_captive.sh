#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# ordeal mount ... -- COMMAND: the command runs inside the mount as if it were alone, its end is ours, what it was to meet it has
# met, and whoever is killed, nothing is left. Each of it twice: on a mount for all to see, and on a private one.
#
#     test_captive.sh [SHOTS]     so many strikes at moments spread over a run, at each of those that take part
# shellcheck disable=SC2016 # words for inner shells
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
SHOTS=${1:-2}
cd "$HOME" || exit 99
mkdir m || exit 99
M=$HOME/m
"$ordeal" mount ct-tiny m -- true >"$WORK/out" 2>"$WORK/err" || skip "no mount here: $(cat "$WORK/err")"

cat >rules.yaml <<'END'
version: 1
name: rules
rules:
  - {name: wanted, path: slice_0000.png, on: read, fail: EIO, must_fire: true}
  - {name: other, path: slice_0001.png, on: read, fail: EIO}
END
cat >behind.yaml <<'END'
version: 1
name: behind
rules:
  - {name: behind, path: slice_0000.png, on: read, offset: 3.., fail: EIO, must_fire: true}
END
cat >others.yaml <<'END'
version: 1
name: others
rules:
  - {name: plain, path: slice_0001.png, on: read, fail: EIO}
END
cat >stuck.yaml <<'END'
version: 1
name: stuck
rules:
  - {name: stuck, path: slice_0002.png, on: read, hang: uninterruptible}
END

{
	printf 'version: 1\nname: many\nrules:\n'
	seq 3000 | sed 's/.*/- {path: slice_0000.png, on: read, when: {nth: &}, fail: EIO}/'
	echo '- {name: last, path: slice_0003.png, on: read, fail: EIO}'
} >many.yaml

is_free() {
	looks=$((looks + 1))
	if grep -qF " $M " /proc/self/mounts; then fail "$M is mounted"; fi
}

# captive ARGUMENTS...: with what stands in $PRIVATE
captive() {
	# shellcheck disable=SC2086 # a word or none
	run mount ct-tiny m $PRIVATE "$@"
	is_free
}

HANGUP=''

# hunted KEEPER'S OPTIONS -- ARGUMENTS: the same under keeper
hunted() {
	options=
	while [ "$1" != -- ]; do
		options="$options $1"
		shift
	done
	shift
	# shellcheck disable=SC2086
	kept $options -- env $HANGUP "$ordeal" mount ct-tiny m $PRIVATE "$@"
	is_free
}

tells() {
	is "$status $(cat "$WORK/err")" "$1" "${2:-status and stderr}"
}

# found WANTED WHAT: keeper's own verdict, and "exit N" and the like.
found() {
	is "$status $(grep -E '^(exit|signal|missed|late|left)' "$WORK/kept" | tr '\n' ' ')" "$1 " "$2"
}

words() {
	it "the command is in the mount, has its words, and we are silent ${PRIVATE:+($PRIVATE)}"
	captive -- sh -c 'echo "$1" "$2" "$ORDEAL_MOUNT"; ls "$1" | wc -l; pwd' sh '{mnt}' 'a{mnt}/b{mnt}'
	tells '0 '
	is "$(tr '\n' ' ' <"$WORK/out")" "$M a$M/b$M $M 8 $HOME " 'what it said'
	# shellcheck disable=SC2086
	is "$(echo typed | "$ordeal" mount ct-tiny m $PRIVATE -- cat 2>&1)" typed 'stdin'
	# shellcheck disable=SC2086
	"$ordeal" mount ct-tiny m $PRIVATE -- sh -c 'readlink /proc/self/fd/7 >&7' 7>"$WORK/seven"
	is "$(cat "$WORK/seven")" "$WORK/seven" 'a descriptor of our caller'\''s'
	captive -- ls /proc/self/fd
	is "$(cat "$WORK/out")" "$(ls /proc/self/fd </dev/null)" 'descriptors, none of ours among them'

	it "its status is ours ${PRIVATE:+($PRIVATE)}"
	captive -- sh -c 'exit 42'
	tells '42 '
	captive -- sh -c 'kill -s TERM $$'
	tells '143 '
	captive -- ./no-such-program
	tells '127 ordeal: ./no-such-program: No such file or directory'
	captive -- ./rules.yaml
	tells '126 ordeal: ./rules.yaml: Permission denied'
}

read_all='for i in 0 1 2 3 4 5 6 7; do cat $ORDEAL_MOUNT/slice_000$i.png; done >/dev/null 2>&1'

rules() {
	it "which rules struck ${PRIVATE:+($PRIVATE)}"
	captive -p rules.yaml -- sh -c "$read_all; exit 3"
	tells '3 ordeal: struck: wanted (1), other (1)'
	captive -p rules.yaml -- cat '{mnt}/slice_0000.png'
	is "$status $(tail -n 1 "$WORK/err")" '1 ordeal: struck: wanted (1); never struck: other' 'one of two'
	captive -p rules.yaml -q -- sh -c "$read_all"
	is "$(cat "$WORK/err")" '' 'quiet'

	captive -p many.yaml -- cat '{mnt}/slice_0003.png'
	is "$status $(cat "$WORK/err")" '1 cat: '"$M/slice_0003.png: Input/output error
ordeal: struck: last (1); never struck: rule-1, rule-2, rule-3, rule-4, rule-5, rule-6, rule-7, rule-8, rule-9, rule-10, rule-11, rule-12 and 2988 more" 'very many rules'

	it "what must strike and did not is no success, whatever the command says ${PRIVATE:+($PRIVATE)}"
	captive -p rules.yaml -- cat '{mnt}/slice_0003.png'
	tells '123 ordeal: no rule struck: wanted, other
ordeal: must_fire: wanted never struck: nothing was shown (the command ended with status 0)'
	captive -p behind.yaml -- dd status=none of=/dev/null if='{mnt}/slice_0000.png' bs=9 count=1
	tells '123 ordeal: no rule struck: behind (cut 1 short)
ordeal: must_fire: behind (cut 1 short) never struck: nothing was shown (the command ended with status 0)'
	captive -p behind.yaml -- dd status=none of=/dev/null if='{mnt}/slice_0000.png' bs=9 count=2
	is "$status" 1 'status'
	holds "$WORK/err" '^ordeal: struck: behind \(1\)$'
	captive -p rules.yaml -q -- sh -c 'kill -s SEGV $$'
	tells '123 ordeal: must_fire: wanted never struck: nothing was shown (the command ended by signal 11)'
}

edits() {
	it "what has struck stays so, whatever is changed by hand behind it ${PRIVATE:+($PRIVATE)}"
	for change in 'set wanted fail=ENOSPC' 'set wanted delay=1ms' 'remove wanted' reset arm "plan $HOME/others.yaml"; do
		captive -p rules.yaml -- sh -c 'cat "$1/slice_0000.png" 2>/dev/null; "$0" ctl "$1" $2 >/dev/null' "$ordeal" '{mnt}' "$change"
		is "$status $(cut -d ' ' -f -4 "$WORK/err" | tr -d ';,')" '0 ordeal: struck: wanted (1)' "$change: $(cat "$WORK/err")"
	done
	for change in 'set wanted fail=ENOSPC' 'set wanted delay=1ms'; do
		captive -p rules.yaml -- sh -c 'for i in 1 2; do head -c 10 "$1/slice_0000.png" >/dev/null 2>&1; [ $i = 2 ] || "$0" ctl "$1" $2; done >/dev/null' \
			"$ordeal" '{mnt}' "$change"
		tells '0 ordeal: struck: wanted (2); never struck: other'
	done
	captive -p rules.yaml -- sh -c '"$0" ctl "$1" remove wanted >/dev/null' "$ordeal" '{mnt}'
	is "$status" 123 'a rule that is removed before it has struck'
	captive -p rules.yaml -- sh -c '"$0" ctl "$1" set wanted must_fire=false >/dev/null' "$ordeal" '{mnt}'
	tells '0 ordeal: no rule struck: wanted, other'

	it "rules that come by hand count as those of the plan ${PRIVATE:+($PRIVATE)}"
	for rules in '' '-p rules.yaml -q'; do
		# shellcheck disable=SC2086
		captive $rules -- sh -c 'cat "$1/slice_0000.png" >/dev/null 2>&1
			"$0" ctl "$1" set "{name: late, path: slice_0004.png, on: read, fail: EIO, must_fire: true}" >/dev/null' "$ordeal" '{mnt}'
		is "$status $(tail -n 1 "$WORK/err")" '123 ordeal: must_fire: late never struck: nothing was shown (the command ended with status 0)' "late$rules"
	done
	captive -- sh -c '"$0" ctl "$1" set "{name: late, path: slice_0004.png, on: read, fail: EIO, must_fire: true}" >/dev/null
		cat "$1/slice_0004.png" 2>/dev/null; "$0" ctl "$1" outage 1000s path=slice_0005.png >/dev/null
		cat "$1/slice_0005.png" 2>/dev/null; "$0" ctl "$1" heal >/dev/null; "$0" ctl "$1" plan "$2" >/dev/null' "$ordeal" '{mnt}' "$HOME/others.yaml"
	is "$status" 0 'status'
	holds "$WORK/err" '^ordeal: struck: late \(1\), outage-1 \([0-9]+\); never struck: plain$'
}

ends() {
	it "what the command leaves running ends with it ${PRIVATE:+($PRIVATE)}"
	captive -- sh -c 'setsid sleep 1000 & exit 5'
	is "$status" 5 'status'
	holds "$WORK/err" '^ordeal: the command left processes behind, which were killed: (sh|setsid|sleep) \(pid [0-9]+\)$'

	it "also what hangs and cannot be killed ${PRIVATE:+($PRIVATE)}"
	captive -p stuck.yaml -- sh -c 'cat "$ORDEAL_MOUNT/slice_0002.png" & sleep 0.3'
	is "$status" 0 'status'
	holds "$WORK/err" 'struck: stuck \(1\)'

	it "a run whose filesystem has ended is none ${PRIVATE:+($PRIVATE)}"
	captive -- sh -c 'for at in /proc/[0-9]*; do
		tr "\0" "\n" <"$at/cmdline" 2>/dev/null | grep -qxF "$ORDEAL_MOUNT" && grep -qx ordealfs "$at/comm" && kill -s KILL "${at#/proc/}"
	done; exit 1'
	is "$status" 125 'status'
	holds "$WORK/err" '^ordeal: the filesystem ended before its time: .*\(the command ended with status 1\)$'
}

signals() {
	it "a signal to us is the command's ${PRIVATE:+($PRIVATE)}"
	for signal in TERM:15 INT:2 HUP:1; do
		name=${signal%:*}
		hunted -k "harness:$name:sleep:50" -- -- sh -c "trap 'kill \$!; exit 7' $name; sleep 1000 & wait"
		found '0 exit 7' "SIG$name, caught"
		hunted -k "harness:$name:sleep:50" -- -- sleep 1000
		found "0 exit $((128 + ${signal#*:}))" "SIG$name"
	done

	it "nohup ${PRIVATE:+($PRIVATE)}"
	HANGUP=--ignore-signal=HUP
	hunted -k "harness:HUP:sleep:50" -- -- sh -c 'sleep 0.3; exit 6'
	found '0 exit 6' 'it goes on'
	HANGUP=''

	it "one that does not listen is killed, also where it hangs ${PRIVATE:+($PRIVATE)}"
	hunted -k harness:TERM:sleep:50 -- -- sh -c "trap '' TERM; sleep 1000"
	found '0 exit 137' 'deaf'
	hunted -k harness:TERM:cat:100 -- -p stuck.yaml -- cat '{mnt}/slice_0002.png'
	found '0 exit 143' 'stuck'

	it "Ctrl-C on a terminal reaches the command, once, and it may go on ${PRIVATE:+($PRIVATE)}"
	hunted -p -i ready -- -- sh -c 'trap "echo heard" INT; echo ready; sleep 0.5; echo went on; exit 8'
	found '0 exit 8' 'it goes on'
	is "$(grep -c heard "$WORK/out")" 1 'how often it heard'
	hunted -p -i ready -- -- sh -c 'echo ready; exec sleep 1000'
	found '0 exit 130' 'it ends'
}

strikes() {
	it "whoever is killed, whenever: no mount, no process ${PRIVATE:+($PRIVATE)}"
	for who in harness box ordealfs sleep; do
		for shot in $(seq "$SHOTS"); do
			hunted -k "$who:KILL:harness:$((shot * 150 / SHOTS))" -- -p stuck.yaml -- \
				sh -c 'cat "$ORDEAL_MOUNT/slice_0002.png" & sleep 0.4'
			is "$status" 0 "$who killed, shot $shot: $(tr '\n' ';' <"$WORK/kept")"
		done
	done
}

all_of_it() {
	words
	rules
	edits
	ends
	signals
	strikes
}

PRIVATE=
all_of_it
if "$ordeal" mount ct-tiny m --private -- true 2>"$WORK/err"; then
	PRIVATE=--private
	all_of_it

	it 'nobody else sees a private mount'
	mkfifo seen gone
	"$ordeal" mount ct-tiny m --private -- sh -c 'ls "$ORDEAL_MOUNT" | wc -l >seen; read -r word <gone; exit "$word"' &
	is "$(cat seen)" 8 'what the command sees'
	is "$(find m -mindepth 1)" '' 'what we see'
	is_free
	echo 6 >gone
	wait $!
	is $? 6 'its status'
else
	says_like 3 'ordeal: --private: *' mount ct-tiny m --private -- true
fi

it 'the words'
says 2 "ordeal: mount: a command is missing behind '--'" mount ct-tiny m --
says_like 2 "ordeal: mount: too many words (a command goes behind '--': *" mount ct-tiny m ls
says 2 'ordeal: mount: --foreground is for a mount without a command' mount -f ct-tiny m -- ls
says 2 'ordeal: mount: --private goes with a command' mount --private ct-tiny m
says 2 'ordeal: mount: --quiet goes with a command' mount -q ct-tiny m
mkdir -- -odd
run mount -- ct-tiny -odd -- echo '{mnt}' -x
is "$status $(cat "$WORK/out")" "0 $HOME/-odd -x" 'odd names'
run mount ct-tiny m -- echo -- -x
is "$status $(cat "$WORK/out")" '0 -- -x' 'dashes of the command'\''s own'

it 'who took the place of a shell does not end what that had begun'
"$keeper" -o "$WORK/kept" -g 1 -- sh -c 'sleep 1000 & exec "$ordeal" mount ct-tiny m -- true'
is "$(cut -d ' ' -f 1-3 "$WORK/kept" | grep -v '^ms' | tr '\n' ';')" 'exit 0;left process sleep;' 'what is left'
finish
