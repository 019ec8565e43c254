#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Sweeps over programs that everybody has: a database comes through every power cut, a careless writer does not.
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
need_worlds
command -v sqlite3 >/dev/null || { echo 'sqlite3 is not installed'; exit 77; }
cd "$HOME" || exit 99
mkdir sql
cat >sql/x.sql <<'END'
create table if not exists t(a, b);
begin;
insert into t values(1, 'one');
insert into t values(2, 'two');
delete from t where rowid > 2;
commit;
END
# The checker must fail where sqlite3 only prints what is wrong.
# shellcheck disable=SC2016 # it is the shell of the check that has these
check='sh -c "test \"$(sqlite3 \"\$1\" \"PRAGMA integrity_check\")\" = ok" sh {}'

# row AXIS COLUMN: a number of the table (2 cases, 3 run, 4 passed, 5 failed, 6 not met, 7 left out).
row() {
	awk -v axis="$1" -v column="$2" '$1 == axis && NF == 7 { print $column; exit }' "$WORK/out"
}

it 'a transaction of sqlite3 comes through a power cut at each of its changes'
run sweep -q -a cut -c "tree:$HOME/sql" --before run --check "$check" --max 60 -- sqlite3 -bail '{out}/x.db' '.read {in}/x.sql'
is "$status" 0 "status; $(shown "$WORK/out")"
is "$(row cut 4)" 60 'cases that passed'
is "$(row cut 6)" 0 'cases that were not met: points are those of a run over the earlier outputs'

it 'and through a disk that is full at each of its writes'
run sweep -q -a space -c "tree:$HOME/sql" --before run --check "$check" -- sqlite3 -bail '{out}/x.db' '.read {in}/x.sql'
is "$status" 0 "status; $(shown "$WORK/out")"
is "$(row space 6)" 0 'cases that were not met'

it 'what strikes its locks is seen'
run sweep -q -a kill -c "tree:$HOME/sql" --before run --check "$check" --max 80 --no-confirm -- sqlite3 -bail '{out}/x.db' '.read {in}/x.sql'
is "$status" 0 "status; $(shown "$WORK/out")"
is "$(row kill 6)" 0 'cases that were not met'

it 'who writes over an old file loses it in a power cut'
run sweep -q -a cut -c "tree:$HOME/sql" --before run -- sh -c 'cat "$1/x.sql" >"$2/x"' sh '{in}' '{out}'
is "$status" 1 "status; $(shown "$WORK/out")"
holds "$WORK/out" '^1\. leaked: '
holds "$WORK/out" 'output that is not the right one under its final name: x'
[ "$(grep -c '^[0-9]*\. ' "$WORK/out")" -eq 1 ] || fail "one crime is told as more: $(shown "$WORK/out")"

it 'what a shell leaves behind, whatever failed, is one crime, with all that led there'
run sweep -q -a op,space,kill -c "tree:$HOME/sql" -- sh -c 'gzip -nc <"$1/x.sql" >"$2/x.gz"' sh '{in}' '{out}'
is "$status" 1 'status'
is "$(grep -c '^[0-9]*\. leaked' "$WORK/out")" 3 'groups of leaks: by an error, SIGKILL, SIGTERM'
holds "$WORK/out" '^    at:       .*write of out ([0-9]*)'
is "$(row kill 6)" 0 'cases of kill that were not met'

it 'a crash below a shell is told with its place'
run sweep -q -a alloc -c ct-tiny -- sh -c '"$0" unchecked "$1" "$2"' "$BUILD/tests/cli/victim" '{in}' '{out}'
holds "$WORK/out" '^1\. crashed'
holds "$WORK/out" 'note: SIGSEGV .*get_room'

it 'of a file whose form nobody knows it is said, once, that nobody knows'
run sweep -q -a file -c "tree:$HOME/sql" -- cp '{in}/x.sql' '{out}/x'
is "$(grep -c '^[0-9]*\. ' "$WORK/out")" 1 'groups'
holds "$WORK/out" 'nothing is known of the form of x.sql'

it 'that nothing could be compared is said once'
run sweep -q -a op -c "tree:$HOME/sql" --no-confirm -- sh -c 'cat "$1/x.sql" >"$2/x"; date +%N >>"$2/x"' sh '{in}' '{out}'
is "$status" 1 'status'
is "$(grep -c 'nothing was compared' "$WORK/out")" 1 'lines'
finish
