#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Allocations of threads that race are named by what is the same in each run, so that each case meets its point.
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
need_worlds
crew=$BUILD/tests/cli/crew
cd "$HOME" || exit 99

# sweep CRIME [OPTIONS...]: over the crew; the report is in $WORK/out.
sweep() {
	crime=$1
	shift
	run sweep -q -a alloc -c ct-tiny "$@" -- "$crew" "$crime" '{in}' '{out}'
}

# row COLUMN: a number of the table (2 cases, 3 run, 4 passed, 5 failed, 6 not met, 7 left out).
row() {
	awk -v column="$1" '$1 == "alloc" && NF == 7 { print $column; exit }' "$WORK/out"
}

it 'each allocation of each thread is met, and who is careful passes'
sweep careful --exhaustive
is "$status" 0 "status; $(shown "$WORK/out")"
[ "$(row 2)" -ge 168 ] || fail "two for each of 4 threads and 20 rounds, and more: $(row 2) cases"
is "$(row 4)" "$(row 2)" "cases that passed; $(shown "$WORK/out")"
is "$(row 6)" 0 'not met'
holds "$WORK/out" '^  1 process allocates by threads, '

it 'their names say no number'
sweep careful --list
[ "$(grep -c '^alloc ' "$WORK/out")" -gt 2 ] || fail "hardly a case: $(shown "$WORK/out")"
is "$(grep -c '^alloc .*alloc [0-9a-f]\{16\}#1$' "$WORK/out")" "$(grep -c '^alloc ' "$WORK/out")" "names; $(shown "$WORK/out")"

it 'memory that a thread does not look at is found, and repeats'
sweep unchecked
is "$status" 1 "status; $(shown "$WORK/out")"
is "$(grep -c '^[0-9]*\. ' "$WORK/out")" 1 'groups'
holds "$WORK/out" 'SIGSEGV .*get_room'
line=$(sed -n "s/^    repeat:   ordeal replay '\(.*\)'\$/\1/p" "$WORK/out" | head -n 1)
run replay -q "$line"
is "$status" 1 'replay'
holds "$WORK/out" 'crashed'

it 'what only one run does is labelled, and where it does not come it is left out and told'
sweep once --list
is "$(grep -c ' schedule-bound' "$WORK/out")" 1 "lines; $(shown "$WORK/out")"
rm mark
sweep once
is "$status" 0 "status; $(shown "$WORK/out")"
is "$(row 6)" 0 'not met'
is "$(row 7)" 1 'left out'
holds "$WORK/out" '^  1 allocation depends on the schedule'
holds "$WORK/out" '^left out: 1: bound to the schedule'
finish
