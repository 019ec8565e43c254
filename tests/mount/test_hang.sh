#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# hang: no answer. Interruptible: a signal with a handler gives EINTR, one without ends the caller. Uninterruptible: only the end
# of the server frees him.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/mount/ops.sh
. "$here/ops.sh"

HOW=interruptible
rule() {
	printf -- '- {name: %s, path: "%s", on: %s, hang: %s}\n' "$OP" "$OP" "$OP" "$HOW"
}

interrupted() {
	said=EINTR
	[ "$OP" != readdir ] || said='0 EINTR'
	expect_op "$said in-time" took 30 5000 interrupted 30
	expect_struck 1 "\"op\":\"$OP\",.*\"rule\":\"$OP\",\"effect\":\"hang\""
}

it 'each operation of a scratch ends with EINTR when a signal comes, and has done nothing'
new_scratch
op_material "$SCRATCH"
cp -a "$SCRATCH" "$WORK/before"
each_op rule >"$WORK/rules"
serve_faulty "scratch:$SCRATCH" <"$WORK/rules"
each_op interrupted
expect_same_tree "$WORK/before" "$SCRATCH"

it 'each operation of a corpus'
mkdir "$WORK/tree"
op_material "$WORK/tree"
each_op rule "$CORPUS_OPS" >"$WORK/rules"
serve_faulty "tree:$WORK/tree" <"$WORK/rules"
each_op interrupted "$CORPUS_OPS"

is_gone() {
	! kill -0 "$1" 2>/dev/null
}

# The call hangs, in the background: $HUNG.
hangs() {
	: >"$JOURNAL"
	# shellcheck disable=SC2034 # the lines use it
	V=$MNT/$OP
	eval "set -- $BEFORE $CALL"
	"$poke" "$@" >"$WORK/hung" 2>&1 &
	HUNG=$!
	wait_for 5 has_struck 1 "\"rule\":\"$OP\"" || fail "$OP does not hang"
}

killed() {
	hangs
	is_gone $HUNG && fail "$OP has ended by itself: $(cat "$WORK/hung")"
	kill -s KILL $HUNG
	wait_for 5 is_gone $HUNG || fail "$OP cannot be killed"
	wait $HUNG 2>/dev/null
}

it 'whoever hangs can be killed, in any operation'
new_scratch
op_material "$SCRATCH"
each_op rule >"$WORK/rules"
serve_faulty "scratch:$SCRATCH" <"$WORK/rules"
each_op killed

it 'also by SIGTERM, and by timeout(1)'
OP=read
: >"$JOURNAL"
timeout 0.2 cat "$MNT/read" >/dev/null
expect 124 echo $?

it 'the others go on meanwhile'
"$poke" open "$MNT/read" r , crowd 50 @ >"$WORK/hung" 2>&1 &
crowd=$!
wait_for 5 has_struck 51 '"rule":"read"' || fail "only $(struck '"rule":"read"') hang"
expect 'ok in-time' poke took 0 500 create "$MNT/quite-another"
kill -s KILL $crowd
wait_for 5 is_gone $crowd || fail 'fifty readers cannot be killed'
wait $crowd 2>/dev/null

it 'hung once, and then no more'
serve_faulty "tree:$WORK/tree" <<'END'
- {name: once, path: read, on: read, hang: true, when: {times: 1}}
END
expect 'ok EINTR 5' poke open "$MNT/read" r , interrupted 30 read @ 0 9 , read @ 0 9

it 'a mapping, too: killed'
serve_faulty "tree:$WORK/tree" <<'END'
- {name: never, path: read, on: read, hang: true}
END
"$poke" touch "$MNT/read" private 0 &
HUNG=$!
wait_for 5 has_struck 1 never || fail 'does not hang'
kill -s KILL $HUNG
wait_for 5 is_gone $HUNG || fail 'a hung page fault cannot be killed'
wait $HUNG 2>/dev/null

it 'uninterruptible: not even SIGKILL, until the server ends'
HOW=uninterruptible
new_scratch
op_material "$SCRATCH"
each_op rule >"$WORK/rules"
stuck() {
	serve_faulty "scratch:$SCRATCH" <"$WORK/rules"
	hangs
	kill -s INT $HUNG
	kill -s KILL $HUNG
	for look in 1 2 3 4 5 6 7 8 9 10; do
		is_gone $HUNG && fail "$OP was killed at look $look"
		sleep 0.02
	done
	expect 'dir' poke stat "$MNT"
	unmount
	wait_for 5 is_gone $HUNG || fail "$OP is stuck without a server"
	wait $HUNG 2>/dev/null
}
each_op stuck 'lookup open read readdir write rename flush'

it 'and no signal interrupts it'
serve_faulty "scratch:$SCRATCH" <"$WORK/rules"
"$poke" open "$MNT/read" r , interrupted 20 read @ 0 9 >"$WORK/hung" 2>&1 &
HUNG=$!
wait_for 5 has_struck 1 '"rule":"read"' || fail 'does not hang'
for look in 1 2 3 4 5 6 7 8 9 10; do
	[ -s "$WORK/hung" ] && fail "was interrupted at look $look: $(cat "$WORK/hung")"
	sleep 0.02
done
unmount
wait_for 5 is_gone $HUNG || fail 'is stuck without a server'
wait $HUNG
grep -qxE 'ok (ECONNABORTED|ENOTCONN)' "$WORK/hung" || fail "freed with: $(cat "$WORK/hung")"

it 'release cannot hang: refused'
plan <<'END'
- {name: never, on: release, hang: true}
END
expect_status 2 "ordeal: $PLAN:4:5: 'hang' has no effect on release (only on lookup, getattr, access, readlink, open, read, flush, opendir, \
readdir, statfs, getxattr, listxattr, lseek, create, tmpfile, mknod, mkdir, symlink, link, rename, unlink, rmdir, write, fallocate, fsync, \
fsyncdir, truncate, chmod, chown, utimens, setxattr, removexattr, getlk, setlk, flock, unlock)" \
	"$ordeal" mount "tree:$WORK/tree" "$MNT" --plan "$PLAN"
