# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Words of the tests with convicts. A test begins with
#
#     . "$SOURCE/tests/convict/lib.sh"
#
# and has $work (its own), $ordeal, $naive (the convict), and
#
#     convict CRIME VERDICTS CHARGE OPTIONS...       the crime is found, and for nothing but this; the control under the same fault passes
#     accuse CRIME VERDICTS CHARGE OPTIONS...        the same, without the control
#     acquit CRIME OPTIONS...                        it passes
#     expect CRIME VERDICTS STATUS CHARGE OPTIONS... what the others are made of
#     settle                                         the end: what is wrong is told
#
# VERDICTS are separated by |. CHARGE is an extended regular expression that has to match each line of what it is accused of: the evidence for a
# verdict that is a crime, and expectations that were not met, but for notes. A crime "subject" stands for no crime of naive's: the options name a
# subject. All cases run beside each other, twelve at a time: each waits most of its time for the clock of its second clean run.
set -u
ordeal=$BUILD/ordeal
naive=$BUILD/tests/convict/naive
count=0
graceful='complete|degraded|refused'

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
if ! "$ordeal" doctor >"$work/doctor"; then
	cat "$work/doctor"
	exit 77
fi

# charges REPORT VERDICT: what it is accused of, a line each
charges() {
	case $2 in
	crashed | hung | wrong | leaked | unexercised) sed -n 's/.*"evidence":"\(.*\)","not_met".*/\1/p' "$1" | sed 's/\\n/\n/g' ;;
	esac | grep -vE '^(note: |\.\.\. |$)'
	sed -n 's/.*"not_met":"\(.*\)","mute".*/\1/p' "$1" | sed 's/\\n/\n/g' | grep -vE '^(verdict [a-z]*, allowed: .*|)$'
}

# try OPTIONS...
try() {
	if [ "$crime" = subject ]; then
		"$ordeal" try --report json --quiet --corpus ct-tiny "$@" >"$mine" 2>"$mine.stderr"
	else
		"$ordeal" try --report json --quiet --corpus ct-tiny "$@" -- "$program" "$crime" '{in}' '{out}' >"$mine" 2>"$mine.stderr"
	fi
	status=$?
	found=$(sed -n 's/.*"verdict":"\([a-z]*\)".*/\1/p' "$mine")
	charges "$mine" "$found" >"$mine.charges"
	case "|$wanted|" in
	*"|${found:-none}|"*)
		if [ "$status" != "$wanted_status" ]; then
			:
		elif [ -z "$charge" ]; then
			[ ! -s "$mine.charges" ] && return
		elif [ -s "$mine.charges" ] && ! grep -qvE "$charge" "$mine.charges"; then
			return
		fi
		;;
	esac
	{
		echo "FAIL: naive $crime under $*: $found, status $status; expected $wanted, status $wanted_status, charged with '$charge'"
		cat "$mine" "$mine.charges" "$mine.stderr"
	} >"$mine.failed"
}

# Begins it; what is wrong shows at the end. $program: the convict, if it is not naive.
expect() {
	crime=$1
	wanted=$2
	wanted_status=$3
	charge=$4
	program=${program:-$naive}
	count=$((count + 1))
	mine=$work/$count
	shift 4
	try "$@" &
	[ $((count % 12)) != 0 ] || wait
}

accuse() {
	accused=$1
	verdicts=$2
	charged=$3
	shift 3
	expect "$accused" "$verdicts" 1 "$charged" "$@"
}

acquit() {
	accused=$1
	shift
	expect "$accused" "$graceful" 0 '' "$@"
}

convict() {
	accuse "$@"
	shift 3
	acquit none "$@"
}

settle() {
	wait
	cat "$work"/*.failed 2>/dev/null && exit 1
	exit 0
}
