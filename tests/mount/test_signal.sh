#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# signal: a process is killed, ended or stopped in the middle of an operation.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$WORK/tree
mkdir "$tree"
printf '%s\n' one two three >"$tree/a"

status_of() {
	"$@" >"$WORK/out" 2>"$WORK/err"
	echo $?
}

it 'killed at an open, and nothing else of it is seen'
serve_faulty "tree:$tree" <<'END'
- {name: axe, path: a, on: open, signal: SIGKILL}
END
expect 137 status_of sh -c "exec cat '$MNT/a'"
expect_struck 1 '"op":"open",.*"path":"a",.*"effect":"signal","signal":"SIGKILL"'
it '... other files and other operations are left alone'
echo other >"$tree/b"
expect other cat "$MNT/b"
expect file poke stat "$MNT/a"

it 'a write is done, or not, before its process dies of it'
new_scratch
serve_faulty "scratch:$SCRATCH" <<'END'
- {path: done, on: write, signal: SIGKILL}
- {path: never, on: write, signal: {name: SIGKILL, at: before}}
END
# shellcheck disable=SC2016 # for the shell inside
writes='printf text >"$1"'
expect 137 status_of sh -c "$writes" sh "$MNT/done"
expect text cat "$SCRATCH/done"
expect 137 status_of sh -c "$writes" sh "$MNT/never"
expect '' cat "$SCRATCH/never"

it 'a rename is done, or not'
echo x >"$SCRATCH/from1"
echo x >"$SCRATCH/from2"
serve_faulty "scratch:$SCRATCH" <<'END'
- {path: to1, on: rename, signal: SIGKILL}
- {path: to2, on: rename, signal: {name: SIGKILL, at: before}}
END
expect 137 status_of "$BUILD/tests/mount/poke" rename "$MNT/from1" "$MNT/to1"
expect 137 status_of "$BUILD/tests/mount/poke" rename "$MNT/from2" "$MNT/to2"
expect 'done from2 never to1' sh -c "ls '$SCRATCH' | tr '\n' ' ' | sed 's/ \$//'"

it 'a signal that is handled: the call returns, with its result or with EINTR'
serve_faulty "tree:$tree" <<'END'
- {path: a, on: open, signal: SIGUSR1, when: {nth: 1}}
- {path: b, on: open, signal: {name: SIGUSR1, at: before}, when: {nth: 1}}
END
# shellcheck disable=SC2016 # for the shell inside
expect 'handled one' sh -c 'trap "printf \"handled \"" USR1; read -r line <"$1"; echo "$line"' sh "$MNT/a"
# poke leaves the signal ignored: what counts is the call's result.
expect 'EINTR 6' sh -c "trap '' USR1; exec '$BUILD/tests/mount/poke' open '$MNT/b' r , read '$MNT/b' 0 100"
expect_struck 1 '"path":"b",.*"error":"EINTR","signal":"SIGUSR1"'

it 'a process is stopped, and goes on when it is continued'
serve_faulty "tree:$tree" <<'END'
- {path: a, on: open, signal: SIGSTOP, when: {times: 1}}
END
cat "$MNT/a" >"$WORK/read" &
stopped=$!
is_stopped() {
	grep -q '^State:.T' "/proc/$stopped/status"
}
wait_for 10 is_stopped || fail 'the reader was not stopped'
expect '' cat "$WORK/read"
kill -CONT "$stopped"
wait "$stopped"
expect_same "$tree/a" "$WORK/read"

it 'the third read of a program in blocks'
serve_faulty "tree:$tree" <<'END'
- {path: a, on: read, signal: SIGTERM, when: {nth: 3}}
END
expect 143 status_of sh -c "exec dd if='$MNT/a' of='$WORK/copy' bs=4"
expect 12 sh -c "head -c 12 '$tree/a' | cmp -n 8 - '$WORK/copy' && echo 12"
