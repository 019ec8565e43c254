#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# fsync_fails: an fsync says EIO once, and leaves what ext4, xfs or btrfs leave.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

# How many bytes of 0xff there are in what poke writes.
make_bytes "$WORK/new" 12000
new=$(poke bytes "$WORK/new" 4000 5000 0xff)

faulty() {
	new_scratch
	tr '\0' '\377' </dev/zero | head -c 12000 >"$SCRATCH/f"
	cp "$SCRATCH/f" "$WORK/f"
	serve_faulty "scratch:$SCRATCH" <<END
- {path: f, fsync_fails: $1, when: {times: 1}}
END
}

for as in ext4 xfs; do
	it "$as: EIO once, then success; readers see the new bytes until the close, and the old ones from then on"
	faulty $as
	expect "ok 5000 EIO ok $new ok 5000" poke open "$MNT/f" rw , write @ 4000 5000 , fsync @ , fsync @ , bytes @ 4000 5000 0xff , close @ , \
		bytes "$MNT/f" 4000 5000 0xff
	expect_same "$WORK/f" "$SCRATCH/f"
	expect_struck 1 '"op":"fsync",.*"effect":"fsync_fails","error":"EIO"'

	it "$as: what is written again after the failure is kept"
	faulty $as
	expect "ok 5000 EIO 5000 ok ok $new" poke open "$MNT/f" rw , write @ 4000 5000 , fsync @ , write @ 4000 5000 , fsync @ , close @ , \
		bytes "$MNT/f" 4000 5000 0xff
done

it 'btrfs: the file is at once what it was'
faulty btrfs
expect 'ok 5000 100 EIO 5000 12000 ok 5000' poke open "$MNT/f" rw , write @ 4000 5000 , write @ 12000 100 , fsync @ , bytes @ 4000 5000 0xff , fsize @ , \
	fsync @ , bytes "$MNT/f" 4000 5000 0xff
expect_same "$WORK/f" "$SCRATCH/f"

it 'each open file is told once; one that is opened later is not'
faulty ext4
expect 'ok ok 100 EIO EIO ok ok ok ok' poke open "$MNT/f" rw , open "$MNT/f" rw , write @1 0 100 , fsync @1 , fsync @2 , fsync @1 , fsync @2 , \
	open "$MNT/f" rw , fsync @3

it 'a sync that has nothing to write does not fail'
faulty ext4
expect 'ok ok 100 EIO' poke open "$MNT/f" rw , fsync @ , write @ 0 100 , fdatasync @

it 'what was synced before stays'
new_scratch
serve_faulty "scratch:$SCRATCH" <<'END'
- {path: f, fsync_fails: ext4, when: {nth: 2}}
END
expect 'ok 5 ok 5 EIO ok' poke open "$MNT/f" rw,c , put @ hello , fsync @ , put @ world , fsync @ , close @
expect 10 poke size "$SCRATCH/f"
expect hello sh -c "head -c 5 '$SCRATCH/f'"
expect 5 poke bytes "$SCRATCH/f" 5 5 0

it 'without the rule every fsync succeeds and all is kept'
new_scratch
serve "scratch:$SCRATCH"
expect 'ok 5 ok ok [hello]' poke open "$MNT/f" rw,c , put @ hello , fsync @ , close @ , get "$MNT/f"
