#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Each crime is found out, by its name, and the same program without the crime is not accused.
set -u
ordeal=$BUILD/ordeal
naive=$BUILD/tests/convict/naive
plans=$SOURCE/tests/convict
failures=0

# verdict CRIME OPTIONS...: the verdict on naive committing CRIME
verdict() {
	crime=$1
	shift
	"$ordeal" try --report json --quiet "$@" -- "$naive" "$crime" '{in}' '{out}' >"$work/report" 2>"$work/stderr"
	status=$?
	found=$(sed -n 's/.*"verdict":"\([a-z]*\)".*/\1/p' "$work/report")
	[ -n "$found" ] || found="none (status $status: $(cat "$work/stderr"))"
}

# expect CRIME VERDICT STATUS OPTIONS...
expect() {
	wanted=$2
	wanted_status=$3
	name=$1
	shift 3
	verdict "$name" "$@"
	case "|$wanted|" in
	*"|$found|"*) [ "$status" = "$wanted_status" ] && return ;;
	esac
	echo "FAIL: naive $name under $*: $found, status $status; expected $wanted, status $wanted_status"
	cat "$work/report"
	failures=$((failures + 1))
}

# convict CRIME VERDICT OPTIONS...: the crime is found, and the control under the same fault passes.
convict() {
	crime_name=$1
	crime_verdict=$2
	shift 2
	expect "$crime_name" "$crime_verdict" 1 "$@"
	expect none "complete|degraded|refused" 0 "$@"
}

# A rule that naive meets, and one that it does not: what each is marked with.
rules() {
	printf 'version: 1\nname: two\nrules:\n'
	printf -- '- {name: bad-sector, volume: in, path: slice_0002.png, on: read, fail: EIO, %s}\n' "$1"
	printf -- '- {name: no-room, volume: out, on: mkdir, fail: ENOSPC, %s}\n' "$2"
}

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
if ! "$ordeal" doctor >"$work/doctor"; then
	cat "$work/doctor"
	exit 77
fi

convict ignore-errors wrong --corpus ct-tiny --plan bad-sector
convict ignore-errors wrong --corpus ct-bad-alternate
convict ignore-errors wrong --corpus ct-tiny --plan eio-readdir
convict ignore-late-errors wrong --corpus ct-tiny --plan enospc-at-close
convict leave-temp leaked --corpus ct-tiny --plan bad-sector
convict leave-lock leaked --corpus ct-tiny --plan bad-sector
convict leave-child leaked --corpus ct-tiny --plan bad-sector
convict leak-descriptors leaked --corpus ct-tiny --plan "$plans/many-bad.yaml"
convict crash-on-oom crashed --corpus ct-tiny --alloc size=4097,nth=3
expect wait-for-ever hung 1 --corpus ct-tiny --plan net-hang --deadline 2s
# The control does not wait for ever either, but it has no clock of its own: a signal ends it.
expect none hung 1 --corpus ct-tiny --plan net-hang --deadline 2s
# Nothing was injected, so nothing was shown: never a pass.
expect none unexercised 1 --corpus ct-tiny --plan enospc-mkdir
expect ignore-errors unexercised 1 --corpus ct-tiny --plan enospc-mkdir
# Another rule did strike, and the one that must did not: no pass either, unless none must.
rules 'must_fire: true' 'must_fire: false' >"$work/struck.yaml"
rules 'must_fire: false' 'must_fire: false' >"$work/none-must.yaml"
rules 'must_fire: false' 'must_fire: true' >"$work/idle.yaml"
expect none "complete|degraded|refused" 0 --corpus ct-tiny --plan "$work/struck.yaml"
expect none "complete|degraded|refused" 0 --corpus ct-tiny --plan "$work/none-must.yaml"
expect none unexercised 1 --corpus ct-tiny --plan "$work/idle.yaml"
grep -q '"evidence":"must_fire: no-room never struck: .*no-room: out:\*\*: mkdir: fail with ENOSPC; must strike' "$work/report" || {
	echo "FAIL: which rule did not strike is not told"
	cat "$work/report"
	failures=$((failures + 1))
}
expect ignore-errors wrong 1 --corpus ct-tiny --plan "$work/idle.yaml"

[ "$failures" = 0 ]
