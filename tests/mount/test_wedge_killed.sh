#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The server is killed at any moment, while all kinds of programs are at work: no mount is left, whoever used it gets errors and
# nobody is stuck, and the next mount at the same place is as good as new.
#
#     test_wedge_killed.sh [ROUNDS [SEED]]     the seed says when
ROUNDS=${1:-20}
SEED=${2:-1}
[ "$ROUNDS" -le 50 ] || DEADLINE=1700
export DEADLINE
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

is_gone() {
	! kill -0 "$1" 2>/dev/null
}

client() {
	"$@" >/dev/null 2>&1 &
	CLIENTS="$CLIENTS $!"
}

# Round after round until the mount is gone.
reads_on() {
	while is_mounted "$MNT"; do
		cat "$MNT"/a* >/dev/null
		ls -l "$MNT" >/dev/null
	done
}

# Inside: what is behind the mount when it is gone is not to be touched. There, "churn" is not; but without -P the shell itself strikes
# it from the path.
inside() {
	cd -P "$MNT/churn/.." && exec "$poke" "$@"
}

load() {
	CLIENTS=''
	client reads_on
	client inside hammer . 250 "$1"
	client inside churn churn 250
	client "$poke" crowd 10 "$MNT/hung"
	client "$poke" read "$MNT/stuck" 0 5
	client "$poke" touch "$MNT/stuck-mapped" shared 0
	# A page that cannot be had is SIGBUS, which is right, and no find of a sanitizer's.
	client env ASAN_OPTIONS="$ASAN_OPTIONS:handle_sigbus=0" "$poke" mwrite "$MNT/mapped" 0 60000
	"$poke" open "$MNT/slow" r , read @ 0 5 >"$WORK/slow" 2>&1 &
	slow=$!
}

# Milliseconds, as a sleep: moments are spread, nothing is waited for.
moment() {
	awk -v seed="$SEED" -v round="$1" 'BEGIN { srand(seed * 100000 + round); printf "%.3f\n", rand() * 0.15 }'
}

it "the server is killed $ROUNDS times"
new_scratch
mkdir "$SCRATCH/churn"
for name in a1 a2 a3 hung stuck stuck-mapped mapped slow; do make_bytes "$SCRATCH/$name" 60000; done
i=0
while [ $i -lt 100 ]; do
	: >"$SCRATCH/churn/s$i"
	i=$((i + 1))
done
cp -a "$SCRATCH/a1" "$WORK/a1"
round=0
while [ $round -lt "$ROUNDS" ]; do
	round=$((round + 1))
	serve_faulty "scratch:$SCRATCH" <<'END'
- {name: hung, path: hung, on: read, hang: true}
- {name: stuck, path: 'stuck*', on: read, hang: uninterruptible}
- {name: slow, path: slow, on: read, delay: 1h}
- {name: some, path: 'a*', on: [read, open], delay: {latency: 1ms, jitter: 1ms}}
END
	load "$round"
	sleep "$(moment "$round")"
	kill -s KILL "$SERVER"
	server=$SERVER
	wait_for 10 is_not_mounted "$MNT" || fail "round $round: a mount is left"
	for pid in $CLIENTS $slow; do
		wait_for 30 is_gone "$pid" || fail "round $round: $(tr '\0' ' ' <"/proc/$pid/cmdline") is stuck"
	done
	# shellcheck disable=SC2086 # a list
	wait $CLIENTS $slow 2>/dev/null
	wait_for 10 has_ended "$server" || fail "round $round: the server lives on"
	# Before the open, in it, in the read; or when the mount was gone already.
	grep -qE 'ECONNABORTED|ENOTCONN|ENOENT' "$WORK/slow" || fail "round $round: the reader got '$(cat "$WORK/slow")'"
done
SERVER=''
serve "scratch:$SCRATCH"
expect_same "$WORK/a1" "$MNT/a1"
unmount
