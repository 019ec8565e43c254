#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Our own medicine: whatever allocation, file operation or write of ordeal and ordealfs fails, they neither crash nor hang, leave
# nothing, say so in one line of theirs, and end with the status that stands in ordeal(1).
#
#     test_medicine.sh [all]      all of it is slow
# shellcheck disable=SC2016 # words for inner shells
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
need_private
is_root || skip 'a mount in a private world of somebody else'\''s'
DEADLINE=1500
cd "$HOME" || exit 99
mkdir plans suite stack empty traced mnt made || exit 99
"$ordeal" mount ct-tiny mnt --private -q --trace traced/t --trace-size 256KiB -- cat '{mnt}/slice_0000.png' >/dev/null ||
	skip 'no mount here'

# ---- what is asked of each case ----

# "VERDICT STATUS CASE|EVIDENCE", a line a case. What is in a string is as JSON has it: \n, \".
cases_of() {
	sed -nE 's/^\{"case":"(([^"\\]|\\.)*)".*"verdict":"([a-z]+)","passed":(true|false).*"evidence":"(([^"\\]|\\.)*)".*"exit_status":(-?[0-9]+).*/\3 \7 \1|\5/p' "$1"
}

# offences EXCUSED [MAY]: of the cases on stdin. EXCUSED: an ERE of what stands in their evidence. MAY: words that may be a failing
# command's own in the place of ours.
offences() {
	awk -F '|' -v excused="$1" -v may="${2:-nothing else}" '
		function tell(what) { print what ": " $0 }
		{
			split($1, head, " ")
			verdict = head[1]; status = head[2]
			evidence = substr($0, length($1) + 2)
			said = evidence
			if (!sub(/.*it said: /, "", said)) said = ""
			sub(/\\n.*/, "", said)
		}
		excused != "" && evidence ~ excused { next }
		verdict !~ /^(complete|degraded|refused)$/ { tell("verdict"); next }
		status == 0 { next }
		$1 !~ / (ordeal|ordealfs):[0-9]/ && $1 ~ /:[0-9]+ [a-z_]+#[0-9]+[.]* [0-9a-f]+$/ { next } # memory of env, sh ...
		status !~ /^(1|2|3|5|123|125|126)$/ { tell("status"); next }
		said !~ /^ordeal: ./ && said !~ may { tell("no line of ours"); next }
		said ~ /: *$/ { tell("a line without its end") }
		# Without memory nothing else is to blame: neither the command line nor the machine. (A thread that cannot be started is
		# EAGAIN, whatever for: pthread_create(3).)
		said ~ /no thread can be started/ { next }
		$1 ~ / ordeal(fs)?:[0-9]/ && said ~ /^ordeal: / && (status == 2 || status == 3) { tell("not the status of no memory") }
	'
}

it 'what is no offence, and what is one'
cat >told <<'END'
{"case":"ordeal:1 malloc#1 00","subject":"command","verdict":"refused","passed":true,"injected":"x","evidence":"exit status 5, 0 outputs; it said: ordeal: out of \"memory\"\n","not_met":"","exit_status":5,"signal":0}
{"case":"in:p.yaml read#1 EIO","verdict":"refused","passed":true,"evidence":"it said: ordeal: p.yaml: Input/output error\n","exit_status":2}
{"case":"env:1 malloc#1 00","verdict":"refused","passed":true,"evidence":"it said: env: no memory\n","exit_status":125}
{"case":"ordeal:1 malloc#2 00","verdict":"complete","passed":true,"evidence":"exit status 0\n","exit_status":0}
END
is "$(cases_of told | wc -l) $(cases_of told | offences '')" '4 ' 'none'
cat >told <<'END'
{"case":"ordeal:1 malloc#1 00","verdict":"crashed","passed":false,"evidence":"ended by signal 11","exit_status":-1}
{"case":"ordeal:1 malloc#2 00","verdict":"refused","passed":true,"evidence":"it said: ordeal: p.yaml: is empty\n","exit_status":2}
{"case":"ordeal:1 malloc#3 00","verdict":"refused","passed":true,"evidence":"it said: ordeal: \n","exit_status":5}
{"case":"ordealfs:1 malloc#4 00","verdict":"refused","passed":true,"evidence":"exit status 5","exit_status":5}
{"case":"out:x write#1 EIO","verdict":"refused","passed":true,"evidence":"it said: ordeal: x: Input/output error\n","exit_status":9}
END
is "$(cases_of told | offences '' | cut -d : -f 1 | tr '\n' ';')" \
	'verdict;not the status of no memory;no line of ours;no line of ours;status;' 'each its own'

# ---- sweeps ----

EXCUSED=''
MAY=''
OPTIONS=''

# swallows AXES CORPUS COMMAND...: with what stands in the three above.
swallows() {
	axes=$1 corpus=$2
	shift 2
	it "$axes: $(printf '%s ' "$@" | sed "s|$BUILD/||g" | cut -c 1-100)"
	rm -f "$WORK/cases"
	# shellcheck disable=SC2086 # several
	run sweep -q -a "$axes" -c "$corpus" -d 15s $OPTIONS -r text -r "json:$WORK/cases" -- env "ORDEAL_DATA=$ORDEAL_DATA" 'XDG_RUNTIME_DIR={tmp}' "$@"
	[ "$status" = 0 ] || is "$status" 1 "status; $(shown "$WORK/err")"
	cases_of "$WORK/cases" >told
	is "$(offences "$EXCUSED" "$MAY" <told | head -c 2000)" '' offences
	is "$(wc -l <told)" "$(awk '$1 ~ /^(alloc|op|space)$/ && NF == 7 { sum += $3 } END { print sum }' "$WORK/out")" 'cases that were looked at'
	for axis in $(echo "$axes" | tr , ' '); do
		[ "$(awk -v axis="$axis" '$1 == axis && NF == 7 { print $3 }' "$WORK/out")" -gt 0 ] || fail "no case of $axis: $(shown "$WORK/out")"
	done
	grep -E '^[0-9]+ of [0-9]+ cases run' "$WORK/out"
}

cat >plans/p.yaml <<'END'
version: 1
name: name-of-it
title: "a \"quoted\" thing"
rules:
  - {name: first, path: "*.{png,wav}", on: [read, open], fail: EIO, when: {nth: 30}}
  - name: second
    path: b/**
    on: write
    delay: 5ms
    when: {probability: 0.5}
END
sed '/name: second/,$d' plans/p.yaml >plans/mount.yaml
PLANS=tree:$HOME/plans

# captive COMMAND...: in a mount, which stands in {out}.
captive() {
	swallows alloc "$PLANS" "$ordeal" mount ct-tiny '{out}' --private -q -p '{in}/mount.yaml' -- "$@"
}

OPTIONS='--exhaustive'
[ "${1:-}" = all ] || OPTIONS=''
swallows alloc "$PLANS" "$ordeal" plan explain '{in}/p.yaml'
MAY='^cksum: '
[ "${1:-}" = all ] || OPTIONS='--max 40'
OPTIONS="$OPTIONS --seed 1"
[ "${1:-}" != all ] || OPTIONS='--persistent'
captive cksum '{mnt}/slice_0001.png'
[ "${1:-}" = all ] || finish
OPTIONS=''

printf 'version: 1\nname: r\nrules:\n  - {path: slice_0001.png, on: read, fail: EIO}\n' >plans/r.yaml
swallows alloc,op "$PLANS" "$ordeal" plan check '{in}/p.yaml'
swallows op "$PLANS" "$ordeal" mount ct-tiny '{out}' --private -q -p '{in}/mount.yaml' -- cksum '{mnt}/slice_0001.png'

# What a journal lacks is counted while the mount lives. That its last lines were lost shows at close(2), when nobody asks any more.
# And of a mount that something else takes away (the kernel does, where its mount point fails), the journal has what happened by then.
EXCUSED='close of j failed|under its final name: j.n|but j differs'
swallows op,space "tree:$HOME/empty" "$ordeal" mount ct-tiny '{in}' --private -q -p "$HOME/plans/r.yaml" -j '{out}/j' -- \
	sh -c 'cat "$1/slice_0001.png" 2>/dev/null || cksum "$1/slice_0000.png"' sh '{mnt}'
EXCUSED=''

# What goes over the control channel: at both of its ends.
MAY=''
captive "$ordeal" ctl '{mnt}' rules
captive "$ordeal" ctl '{mnt}' set '{name: late, path: slice_0003.png, on: read, fail: ENOSPC}'
captive "$ordeal" ctl '{mnt}' off first
captive sh -c '"$0" ctl "$1" outage 1000s path=slice_0005.png >/dev/null && echo made' "$ordeal" '{mnt}'
captive sh -c '"$0" stats -f json "$1" >/dev/null && echo told' "$ordeal" '{mnt}'
captive sh -c '"$0" stats "$1" >/dev/null && echo told' "$ordeal" '{mnt}'
for word in 'show --json' show stat chrome; do
	# shellcheck disable=SC2086 # two words
	swallows alloc,op "tree:$HOME/traced" "$ordeal" trace $word '{in}/t'
done

# Corpora. What has been made so far stays, for --resume.
cp "$SOURCE/corpora/specs/ct-tiny.yaml" stack/c.yaml
"$ordeal" corpus make ct-tiny:slices=2 made/two >/dev/null || fail 'a corpus cannot be made'
swallows alloc,op "tree:$HOME/made/two" "$ordeal" corpus check -j 1 ct-tiny:slices=2 '{in}'
EXCUSED='left [0-9]+ files? that a clean run does not leave: x/.ordeal-making(/source)?.n$'
swallows alloc,op,space "tree:$HOME/stack" "$ordeal" corpus make -j 1 '{in}/c.yaml' '{out}/x'
EXCUSED=''

# Cases within cases: most of the time they wait, so many at once. The braces of the inner one are not for the outer one.
OPTIONS='-j 8'
MAY='^not ok 1 - '
swallows alloc "$PLANS" sh -c 'exec "$0" try -q -r tap -p "$1" -c ct-tiny:slices=2 -- cat "{""in}/slice_0001.png"' "$ordeal" '{in}/r.yaml'
OPTIONS='-j 8 --sample 10%'
swallows alloc "$PLANS" sh -c 'exec "$0" replay -q -r tap "corpus=ct-tiny:slices=2 plan=$1 -- cat {""in}/slice_0001.png"' \
	"$ordeal" '{in}/r.yaml'

# A report is whole, or not there. What could not be judged stands in it: that is another report, and its word is on stdout alone.
OPTIONS='-j 8 --does degrade'
EXCUSED='failed, and left output that is not the right one under its final name: r.tap.n$'
cp plans/r.yaml suite/
printf 'version: 1\nname: s\ncorpora: {stack: ct-tiny}\ncases:\n  - {name: one, plan: ./r.yaml}\n' >suite/s.yaml
printf 'version: 1\nname: mine\ninput: stack\ncommand: [cat, "{in}/slice_0001.png"]\n' >suite/mine.yaml
swallows op,space "tree:$HOME/suite" "$ordeal" run -q -s '{in}/mine.yaml' -r 'tap:{out}/r.tap' -r tap '{in}/s.yaml'
finish
