#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Programs that are said to survive a power cut do, and one that is careless does not: the cut is made at one write, sync or name
# after the other, and what is left is looked at with the program's own eyes.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

# cut_at NTH OPERATION [FIELDS]: a scratch whose power fails at the so-manieth such operation on any one file.
cut_at() {
	new_scratch
	[ -z "${before-}" ] || cp "$before" "$SCRATCH/"
	serve_faulty "scratch:$SCRATCH" <<END
- {on: $2, when: {nth: $1}, cut: {${3-at: before}}}
END
}

# ---- replacing a file ----

# How a file is replaced, in words of poke; old and new are its contents.
careful="open t w,ct , put @ new , fsync @ , close @ , rename t f , fsync ."
careless="open t w,ct , put @ new , close @ , rename t f , fsync ."

# outcomes WAY MODEL: what f holds behind a cut at each step, each once.
outcomes() {
	for step in create write fsync flush rename fsyncdir; do
		case $step$1 in
		*"fsync @"* | [!f]* | flush* | fsyncdir*) ;;
		*) continue ;; # a way without that step
		esac
		for at in before after half; do
			new_scratch
			printf old >"$SCRATCH/f"
			serve_faulty "scratch:$SCRATCH" <<END
- {on: $step, when: {times: 1}, cut: {at: $at, model: $2}}
END
			# shellcheck disable=SC2086 # words of a call
			(cd "$MNT" && poke $1 >/dev/null 2>&1)
			expect_struck 1 power-cut
			printf '<%s>\n' "$(cat "$SCRATCH/f")"
		done
	done | sort -u | tr '\n' ' '
}

it 'the careful way leaves the old file or the new one, whatever the model and the moment'
expect '<new> <old> ' outcomes "$careful" strict
expect '<new> <old> ' outcomes "$careful" ordered
it 'the careless way leaves an empty one under the strict model; ext4 takes care of it'
expect '<> <old> ' outcomes "$careless" strict
expect '<new> <old> ' outcomes "$careless" ordered

# ---- SQLite ----

command -v sqlite3 >/dev/null || skip 'the rest needs sqlite3'
sqlite3 "$WORK/bank.db" 'PRAGMA journal_mode=DELETE; CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER, note TEXT);
	INSERT INTO account SELECT value, 100, hex(randomblob(200)) FROM generate_series(1, 50);' >/dev/null 2>&1 ||
	skip 'sqlite3 has no generate_series'
before=$WORK/bank.db

# Transfers, one transaction each, until the power fails. $done: how many were acknowledged.
transfer() {
	done=0
	while [ $done -lt 12 ]; do
		timeout -k 1 20 sqlite3 "$MNT/bank.db" "PRAGMA synchronous=$1; BEGIN IMMEDIATE;
			UPDATE account SET balance = balance - 1, note = hex(randomblob(200)) WHERE id = 1 + $done;
			UPDATE account SET balance = balance + 1, note = hex(randomblob(200)) WHERE id = 50 - $done;
			COMMIT;" >/dev/null 2>&1 || break
		done=$((done + 1))
	done
}

# The database that the cut left, opened as the next start of the machine does: rolled back if need be.
ask() {
	timeout -k 1 20 sqlite3 "$SCRATCH/bank.db" "$1" 2>&1
}

check() {
	[ "$done" -lt 12 ] || fail "no cut in 12 transactions ($*)"
	expect_struck 1 power-cut
	got=$(ask 'PRAGMA integrity_check; SELECT sum(balance) FROM account;' | tr '\n' ' ')
	[ "$got" = 'ok 5000 ' ] || fail "a cut at $*: $got"
}

it 'the database is whole, and no transaction is half there, wherever the power fails'
while read -r operation nth how; do
	cut_at "$nth" "$operation" "$how"
	transfer FULL
	check "$operation $nth" "$how"
done <<'END'
write 1 at: before
write 2 at: after, keep: random
write 3 at: half, keep: random
write 5 at: half
write 8 at: half, keep: random
write 13 at: after, model: ordered, keep: random
write 21 at: half, model: ordered, keep: random
write 30 at: after, keep: random
fsync 1 at: before, keep: random
fsync 2 at: after, keep: random
fsync 3 at: before, model: ordered, keep: random
fsync 7 at: before, keep: random
unlink 1 at: before, keep: random
unlink 1 at: after, keep: random
unlink 4 at: before
create 1 at: after, keep: random
create 3 at: after, model: ordered, keep: random
END

it '... and with synchronous=EXTRA what was acknowledged is there'
for nth in 4 9 15; do
	cut_at $nth write 'at: before'
	transfer EXTRA
	check "write $nth"
	moved=$(ask 'SELECT count(*) FROM account WHERE balance < 100;')
	[ "$moved" -ge "$done" ] || fail "$done were acknowledged, $moved are there"
done

it 'with synchronous=OFF it is not: the cut is one that can be seen'
broken=0
for nth in 3 4 5 6 7 8 9 10 11 12; do
	cut_at $nth write 'at: after, keep: random'
	transfer OFF
	[ "$(ask 'PRAGMA integrity_check; SELECT sum(balance) FROM account;' | tr '\n' ' ')" = 'ok 5000 ' ] || broken=$((broken + 1))
done
[ $broken -gt 0 ] || fail 'ten cuts, and the database was whole each time'
