#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Locks that fail, come late, or are held by somebody who is not there. That locks work without rules is in conform.cases.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

it 'fail: each errno at each kind of lock, and none at giving one back'
for error in EAGAIN EACCES EDEADLK ENOLCK EIO; do
	new_scratch
	serve_faulty "scratch:$SCRATCH" <<END
- {name: record, path: f, on: setlk, fail: $error}
- {name: whole, path: f, on: flock, fail: $error}
- {name: look, path: f, on: getlk, fail: $error}
END
	expect "ok $error $error $error $error ok ok" poke open "$MNT/f" rw,c , setlk @ wr 0 0 , setlk @ rd,o 0 1 , flock @ ex,n , getlk @ wr 0 0 , \
		setlk @ un 0 0 , flock @ un
	expect 'ok ok ok' poke open "$MNT/g" rw,c , setlk @ wr 0 0 , flock @ ex,n
	expect_struck 4 "\"path\":\"f\",.*\"effect\":\"fail\",\"error\":\"$error\""
done

it 'fail: EINTR is none for locks'
plan <<'END'
- {name: r, on: setlk, fail: EINTR}
END
"$ordeal" mount "scratch:$SCRATCH" "$MNT/.." --plan "$PLAN" >"$WORK/said" 2>&1 && fail 'taken'
grep -q "'fail' has no effect on setlk" "$WORK/said" || fail "$(cat "$WORK/said")"

it 'fail: by range, by count'
new_scratch
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: pending, on: setlk, offset: 100..200, fail: ENOLCK}
END
expect 'ok ok ENOLCK ENOLCK ok ok ENOLCK' poke open "$MNT/f" rw,c , setlk @ wr 0 100 , setlk @ wr 0 101 , setlk @ rd 199 1 , setlk @ wr 200 1 , \
	setlk @ un 150 1 , setlk @ wr 0 0
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: twice, on: [setlk, flock], fail: EAGAIN, when: {times: 2}}
END
expect 'ok EAGAIN EAGAIN ok ok' poke open "$MNT/f" rw , setlk @ wr 0 0 , flock @ ex,n , setlk @ wr 0 0 , flock @ ex,n

it 'a lock that fails is not held, and one that is given back with an error is'
new_scratch
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: lost, on: setlk, fail: EIO, when: {nth: 1}}
- {name: stuck, on: unlock, fail: EIO, when: {nth: 1}}
END
expect 'ok EIO ok free ok EIO ok wr:0:0:held' poke open "$MNT/f" rw,c , setlk @ wr 0 0 , peer 1 open "$MNT/f" rw \; getlk @ wr 0 0 , \
	setlk @ wr 0 0 , setlk @ un 0 0 , peer 2 open "$MNT/f" rw \; getlk @ wr 0 0

it 'locked: as if another process held it'
new_scratch
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: phantom, path: "*.db", locked: exclusive}
END
expect 'ok EAGAIN EAGAIN EAGAIN EAGAIN wr:0:0:held wr:0:0:held ok' poke open "$MNT/a.db" rw,c , setlk @ wr 0 1 , setlk @ rd 5 1 , flock @ ex,n , \
	flock @ sh,n , getlk @ wr 0 1 , getlk @ rd 0 1 , setlk @ un 0 0
expect 'ok ok ok free' poke open "$MNT/a.txt" rw,c , setlk @ wr 0 1 , flock @ ex,n , getlk @ wr 0 1
expect_struck 6 '"effect":"locked"'
expect 'ok EINTR EINTR' poke open "$MNT/a.db" rw , interrupted 100 setlk @ wr,w 0 0 , interrupted 100 flock @ ex

it 'locked: shared, and a range'
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: reader, path: "*.db", offset: 10..20, locked: shared}
END
expect 'ok ok EAGAIN rd:10:10:held free ok EAGAIN ok' poke open "$MNT/a.db" rw , setlk @ rd 0 0 , setlk @ wr 0 0 , getlk @ wr 0 0 , getlk @ rd 0 0 , \
	setlk @ wr 0 10 , setlk @ wr 19 1 , setlk @ wr 20 0

it 'locked: for a time: whoever waits gets it then'
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: for-a-while, path: "*.db", locked: true, when: {for: 1500ms}}
END
expect 'ok ok ok wr:0:0:held' poke open "$MNT/a.db" rw,c , setlk @ wr,w 0 0 , peer 1 open "$MNT/a.db" rw \; getlk @ wr 0 0
expect 'ok ok' poke open "$MNT/a.db" rw , flock @ ex

it 'on a corpus locks are granted, and rules on them strike'
mkdir "$WORK/tree"
make_bytes "$WORK/tree/f" 100
make_bytes "$WORK/tree/g" 100
serve_faulty "tree:$WORK/tree" <<'END'
- {name: whole, path: f, on: [setlk, flock], fail: ENOLCK}
END
expect 'ok ENOLCK ENOLCK' poke open "$MNT/f" r , setlk @ rd 0 0 , flock @ sh
expect 'ok ok ok ok EAGAIN ok ok' poke open "$MNT/g" r , setlk @ rd 0 0 , flock @ ex , reopen @1 r , flock @2 ex,n , close @1 , flock @2 ex,n

it 'a mount that ends frees whoever waits'
new_scratch
serve "scratch:$SCRATCH"
"$poke" open "$MNT/f" rw,c , setlk @ wr 0 0 , begin 1 open "$MNT/f" rw \; setlk @ wr,w 0 0 , waits 1 , create "$WORK/waits" , answer 1 >"$WORK/answer" &
wait_for 15 test -e "$WORK/waits" || fail 'nobody waits for the lock'
unmount
wait_for 10 test -s "$WORK/answer" || fail 'the one that waits was not freed'
expect 'ok ok waits ok ok ECONNABORTED' cat "$WORK/answer"
