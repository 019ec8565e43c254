#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Signals at any moment, to the harness, its box, the filesystem and the program under test, in both kinds of worlds, over
# programs of all manners: in the end there is no mount, no process and no file of ours, the exit status is one that is
# documented, and what was not run is not taken for run.
#
#     test_signals.sh [SHOTS [SEED]]     so many strikes of each kind in each world; the seed says when and at what
# shellcheck disable=SC2317 # functions are called by what runs beside
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
need_worlds
SHOTS=${1:-2}
SEED=${2:-1}
cd "$HOME" || exit 99

cat >stuck.yaml <<'END'
version: 1
name: stuck
rules: [{volume: in, path: slice_0002.png, on: read, hang: uninterruptible}]
END
cat >stuck-open.yaml <<'END'
version: 1
name: stuck-open
rules: [{volume: in, path: slice_0001.png, on: open, hang: interruptible}]
END

# "WORLD WHO SIGNAL FROM MS PLAN MANNER NUMBER" of each shot: every strike in both worlds, manners and moments by the seed.
shots() {
	awk -v shots="$SHOTS" -v seed="$SEED" -v worlds="$1" 'BEGIN {
		strikes = split("harness:INT harness:TERM harness:HUP harness:KILL box:TERM box:KILL ordealfs:TERM ordealfs:KILL ordealfs-guard:KILL rogue:TERM rogue:KILL", strike)
		manners = split("short-reads:copy:0 bad-sector:copy:30 net-hang:copy:0 stuck.yaml:copy:0 stuck-open.yaml:deaf:10 stuck.yaml:deaf:0 " \
			"net-hang:forks:10 bad-sector:forks:20 short-reads:daemon:3000 bad-sector:children:3 short-reads:relay:1500 " \
			"bad-sector:mute:10 short-reads:exec:20 stuck.yaml:forks:5", manner)
		kinds = split(worlds, world)
		srand(seed)
		for (i = 0; i < shots * strikes; i++)
			for (k = 1; k <= kinds; k++) {
				split(strike[i % strikes + 1], s, ":")
				split(manner[int(rand() * manners) + 1], m, ":")
				# Seen from its own beginning, the harness is at all that it does; the others, within their second.
				from = rand() < 0.5 ? "harness" : s[1]
				print world[k], s[1], s[2], from, int(rand() * (from == "harness" ? 1700 : 200)), m[1], m[2], m[3]
			}
		# Whoever hangs must not outlive the harness.
		for (k = 1; k <= kinds; k++)
			print world[k], "harness KILL harness 1700 stuck.yaml deaf 0"
		# Nor must anything stay of a world that was just being made.
		for (i = 0; i < shots * 8; i++)
			for (k = 1; k <= kinds; k++)
				print world[k], "harness KILL box", int(rand() * 40), "net-hang copy 0"
	}'
}

# "exit N" or "signal N"
ended() {
	grep -E '^(exit|signal) ' "$WORK/kept"
}

# may_end HOW...: the endings that the documents allow for this strike
may_end() {
	looks=$((looks + 1))
	for how in "$@"; do
		if [ "$(ended)" = "$how" ]; then return; fi
	done
	fail "the harness ended with '$(ended)', not with one of: $*; $(shown "$WORK/out") $(shown "$WORK/err")"
}

number_of() {
	case $1 in
	HUP) echo 1 ;;
	INT) echo 2 ;;
	KILL) echo 9 ;;
	TERM) echo 15 ;;
	esac
}

# What the report may say after such an end: nothing, where none was written.
check_report() {
	state=$(sed -n 's/.*"state":"\([a-z ]*\)".*/\1/p' "$WORK/out")
	case $(ended)/$state in
	'exit 130/not run' | 'exit 0/judged' | 'exit 1/judged' | 'exit 2/trouble' | 'exit 3/trouble' | 'exit 5/trouble' | 'exit 130/judged' | signal*/) ;;
	*) fail "the harness ended with '$(ended)', and its report says '$state': $(shown "$WORK/out")" ;;
	esac
}

# shot WORLD WHO SIGNAL FROM MS PLAN MANNER NUMBER
shot() {
	it "$*"
	TMPDIR=$WORK/tmp
	export TMPDIR
	mkdir "$TMPDIR"
	# Whoever hangs must not hang on when the harness has gone. The others may be struck when their work is done: then the case
	# takes its course.
	deadline=1s
	if [ "$2" = harness ]; then deadline=100s; fi
	kept -t 60 -g 10 -k "$2:$3:$4:$5" -- "$ordeal" try --world "$1" -c ct-tiny -p "$6" -d "$deadline" -q -r json -- "$rogue" "$7" "$8" '{in}' '{out}'
	# shellcheck disable=SC2154 # kept() sets it
	is "$status" 0 "what is left: $(shown "$WORK/kept"); keeper's status"
	case $2:$3 in
	# Before the first case, and behind the last, a signal does what it always does.
	harness:*) may_end 'exit 130' 'exit 0' 'exit 1' "signal $(number_of "$3")" ;;
	box:* | ordealfs:*) may_end 'exit 5' 'exit 0' 'exit 1' ;;
	# While the server lives, nobody misses its guard.
	ordealfs-guard:*) may_end 'exit 0' 'exit 1' ;;
	# Without any fault it fails already.
	rogue:*) may_end 'exit 0' 'exit 1' 'exit 2' ;;
	esac
	check_report
	echo "ENDED $2:$3 $(ended)"
}

# crowd WORLD SIGNAL MS: a suite with many boxes at once
crowd() {
	it "a suite: $*"
	TMPDIR=$WORK/tmp
	export TMPDIR
	mkdir "$TMPDIR"
	kept -t 60 -g 10 -k "harness:$2:harness:$3" -- "$ordeal" run recovery --world "$1" -j 6 -q -r json
	is "$status" 0 "what is left: $(shown "$WORK/kept"); keeper's status"
	may_end 'exit 130' 'exit 0' "signal $(number_of "$2")"
	[ "$(ended)" = 'exit 130' ] || return
	is "$(grep -c . "$WORK/out")" "$cases" 'cases in the report'
	holds "$WORK/out" '"state":"not run","why":"interrupted before it was run"'
	echo 'ENDED suite interrupted'
}

it 'the words notice a wrong end, and a report that does not fit it'
before=$failures
{
	echo 'exit 3' >"$WORK/kept"
	echo '{"state":"judged"}' >"$WORK/out"
	: >"$WORK/err"
	may_end 'exit 0' 'exit 30'
	check_report
	echo 'exit 130' >"$WORK/kept"
	: >"$WORK/out"
	check_report
	echo 'exit 5' >"$WORK/kept"
	echo '{"state":"not run"}' >"$WORK/out"
	check_report
} >"$WORK/noticed"
noticed=$((failures - before))
failures=$before
is "$noticed" 4 'failures noticed'

it 'Ctrl-C on a terminal: interrupted once, and everything is put away'
cases=$(($("$ordeal" run recovery --list | grep -c .) * 2))
kept -p -i '[1/' -- "$ordeal" run recovery -s pyramid -j 1
is "$status" 0 "what is left: $(shown "$WORK/kept"); keeper's status"
holds "$WORK/kept" '^exit 130$'
holds "$WORK/out" '1 passed.* not run.* \(interrupted\)'
mkdir "$HOME/m"
kept -p -i mounted -- "$ordeal" mount -f ct-tiny "$HOME/m"
is "$status" 0 "what is left of a mount in the foreground: $(shown "$WORK/kept"); keeper's status"
holds "$WORK/kept" '^exit 0$'

worlds=shared
if grep -q '^ok  *private worlds' "$WORK/doctor"; then worlds='private shared'; fi
{
	shots "$worlds" >list
	while read -r world who signal from ms plan manner number; do
		together shot "$world" "$who" "$signal" "$from" "$ms" "$plan" "$manner" "$number"
	done <list
	gather
	for world in $worlds; do
		for signal in INT KILL TERM; do
			together crowd "$world" "$signal" "$((1500 + SEED * 100 % 1000))"
		done
	done
	gather
} >told
grep -v '^ENDED' told

it 'the strikes came at moments that count'
for wanted in 'harness:[ITH].* exit 130' 'harness:KILL signal 9' 'box:.* exit 5' 'ordealfs:.* exit 5' 'rogue:.* exit [12]' 'suite interrupted'; do
	holds told "^ENDED $wanted$"
done
[ "$(grep -c '^ENDED harness:[ITH].* exit 130$' told)" -ge "$(($(grep -c '^ENDED harness:[ITH]' told) / 2))" ] ||
	fail "most signals to the harness did not interrupt it: $(grep '^ENDED harness' told | sort | uniq -c)"
finish
