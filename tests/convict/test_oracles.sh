#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What a case may ask of its judgement: each crime is found out where it is asked for, and only there; the same program without the
# crime is not accused. All at once: each waits most of its time for the clock of its second clean run.
set -u
ordeal=$BUILD/ordeal
naive=$BUILD/tests/convict/naive
count=0

# try CRIME VERDICTS STATUS OPTIONS...
try() {
	if [ "$crime" = subject ]; then
		"$ordeal" try --report json --quiet --corpus ct-tiny "$@" >"$mine" 2>"$mine.stderr"
	else
		"$ordeal" try --report json --quiet --corpus ct-tiny "$@" -- "$naive" "$crime" '{in}' '{out}' >"$mine" 2>"$mine.stderr"
	fi
	status=$?
	found=$(sed -n 's/.*"verdict":"\([a-z]*\)".*/\1/p' "$mine")
	case "|$wanted|" in
	*"|${found:-none}|"*) [ "$status" = "$wanted_status" ] && return ;;
	esac
	{
		echo "FAIL: naive $crime under $*: $found, status $status; expected $wanted, status $wanted_status"
		cat "$mine" "$mine.stderr"
	} >"$mine.failed"
}

# expect CRIME VERDICTS STATUS OPTIONS...: begins it; what is wrong shows at the end.
expect() {
	crime=$1
	wanted=$2
	wanted_status=$3
	count=$((count + 1))
	mine=$work/$count
	shift 3
	try "$@" &
	[ $((count % 12)) != 0 ] || wait
}

# convict CRIME VERDICTS OPTIONS...: the crime is found, and the control under the same fault passes.
convict() {
	convict_crime=$1
	convict_verdicts=$2
	shift 2
	expect "$convict_crime" "$convict_verdicts" 1 "$@"
	expect none "complete|degraded|refused" 0 "$@"
}

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
if ! "$ordeal" doctor >"$work/doctor"; then
	cat "$work/doctor"
	exit 77
fi

# Who aborts is a crash or, where the case allows it, a refusal; but not without a word.
oom='--alloc size=4097,nth=3'
convict abort-on-oom crashed $oom
expect abort-on-oom "degraded|refused" 0 $oom --abort allow
convict abort-in-silence crashed $oom --abort allow
expect crash-on-oom crashed 1 $oom --abort allow
# A failure without a word passes, unless the case minds.
expect fail-in-silence refused 0 --plan bad-sector
convict fail-in-silence refused --plan bad-sector --mute fail
# Many times the work of a clean run is said, unless the case has a limit.
expect retry-storm "degraded|refused" 0 --plan bad-sector
convict retry-storm "degraded|refused" --plan bad-sector --limits operations=3
# What is none of its own stays as it was.
convict overwrite-other leaked --plan bad-sector --before others
expect overwrite-other leaked 1 --plan bad-sector
convict remove-input leaked --plan bad-sector
convict mark-home leaked --plan bad-sector
# What is left need not be a process or a file. (Only a private world can tell whose it is.)
expect leave-socket leaked 1 --plan bad-sector
if grep -q '^ok *private worlds' "$work/doctor"; then
	for crime_left in leave-segment leave-shm leave-queue; do
		expect $crime_left leaked 1 --plan bad-sector
	done
fi
# Lost memory is looked for where it is asked for, and where the library is there.
"$ordeal" try --quiet --unavailable 77 --corpus ct-tiny --plan bad-sector --leaks fail -- "$naive" none '{in}' '{out}' >"$work/lsan" 2>&1
if [ $? != 77 ]; then
	convict lose-memory leaked --plan bad-sector --leaks fail
	expect lose-memory "degraded|refused" 0 --plan bad-sector
	expect lose-always "degraded|refused" 0 --plan bad-sector --leaks fail
	expect lose-memory "degraded|refused" 0 --plan bad-sector --leaks allow
	expect lose-memory leaked 1 --alloc size=4097,nth=3 --leaks fail
fi
# What differs in bytes is another output, unless somebody looks into it.
expect recompress leaked 1 --plan bad-sector
expect recompress "degraded|refused" 0 --plan bad-sector --compare pixels
expect recompress "degraded|refused" 0 --plan bad-sector --compare '*.png=command:cat {clean} {now}'
convict recompress leaked --plan bad-sector --compare '*.jpg=pixels'
convict recompress leaked --plan bad-sector --compare '*.png=command:cmp -s {clean} {now}'
convict blur leaked --plan bad-sector --compare pixels
expect blur "degraded|refused" 0 --plan bad-sector --compare '*.png=pixels:1'
# What is another each time can only be checked.
check='sh -c "case {} in */log) grep -q honest {} ;; esac"'
expect spoil-log "degraded|refused" 0 --plan bad-sector
expect spoil-log leaked 1 --plan bad-sector --check "$check"
expect keep-log "degraded|refused" 0 --plan bad-sector --check "$check"
expect spoil-log leaked 1 --plan bad-sector --check 'sh -c "grep -q honest {out}/log"'
expect keep-log "degraded|refused" 0 --plan bad-sector --check 'sh -c "grep -q honest {out}/log"'
# A subject's file says it as well, and the case goes before it.
for word in recompress spoil-log; do
	cat >"$work/$word.yaml" <<-END
		version: 1
		name: $word
		input: stack
		command: [$naive, $word, "{in}", "{out}"]
		compare: {"*.jpg": pixels, "*.png": [cat, "{clean}", "{now}"]}
		check: [sh, -c, "case {} in */log) grep -q honest {} ;; esac"]
		limits: {time: 100, operations: 10}
		mute: fail
		abort: allow
	END
done
expect subject "degraded|refused" 0 --plan bad-sector --subject "$work/recompress.yaml"
expect subject leaked 1 --plan bad-sector --subject "$work/recompress.yaml" --compare bytes
expect subject leaked 1 --plan bad-sector --subject "$work/spoil-log.yaml"
expect subject "degraded|refused" 0 --plan bad-sector --subject "$work/spoil-log.yaml" --check 'true {}'

wait
cat "$work"/*.failed 2>/dev/null && exit 1
exit 0
