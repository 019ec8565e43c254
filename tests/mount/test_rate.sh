#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# rate, iops, device, and delays by byte, handle and open files: what is served takes as long as it must at least, whoever asks. Times
# are held against lower bounds, and against what the journal says of each request, which is arithmetic.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$WORK/tree
mkdir "$tree"
make_bytes "$tree/f" 300000
for n in 1 2 3 4 5 6 7 8; do
	make_bytes "$tree/s$n" 50000
done
echo other >"$tree/other"

# waits LEAST MOST: how many journaled waits are in [LEAST, MOST] seconds, of how many.
waits() {
	sed -n 's/.*"delay_s":\([0-9.]*\).*/\1/p' "$JOURNAL" |
		awk -v least="$1" -v most="$2" '$1 >= least && $1 <= most { inside++ } END { print inside + 0, "of", NR }'
}

# all_wait LEAST MOST
all_wait() {
	waits "$1" "$2" | awk '{ print ($1 == $3 && $3 > 0) ? "all" : $0 }'
}

now_ms() {
	echo $(($(date +%s%N) / 1000000))
}

it 'rate: one reader, by the byte, and the bytes are right'
serve_faulty "tree:$tree" <<'END'
- {name: slow, path: "[fs]*", rate: 1MB/s}
END
expect '300000 end in-time' poke took 280 20000 copy pread 4096 "$MNT/f" "$WORK/copy"
expect_same "$tree/f" "$WORK/copy"
expect_same "$tree/other" "$MNT/other"
expect_struck 0 '"path":"other"'
grep -q '"rule":"slow","effect":"rate","delay_s":0.00' "$JOURNAL" || fail 'no wait in the journal'

it 'eight readers of eight files together are no faster'
: >"$JOURNAL"
expect '0 in-time' poke took 380 20000 share 8 4096 "$MNT"/s?
unmount
[ "$(waits 0.0043 1)" != "$(waits 2 1)" ] || fail 'nobody waited for the others'

# each_waits PER NAME...: with eight readers
each_waits() {
	per=$1
	shift
	serve_faulty "tree:$tree" <<END
- {name: slow, rate: {bytes: 1MB/s, per: $per, burst: 1}}
END
	cd "$MNT" || fail "cd $MNT"
	expect 0 poke share 8 4096 "$@"
	cd / && unmount
	all_wait 0 0.0042
}

it 'per file, per handle: nobody waits for those of another'
expect all each_waits file s1 s2 s3 s4 s5 s6 s7 s8
expect all each_waits handle s1 s1 s1 s1
[ "$(each_waits file s1 s1 s1 s1)" = all ] && fail 'four handles of one file did not share its rate'
[ "$(each_waits volume s1 s2 s3 s4 s5 s6 s7 s8)" = all ] && fail 'files of one volume did not share its rate'

it 'writes: slowed by their own speed, reads not'
new_scratch
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: slow, rate: {write: 1MB/s}}
END
start=$(now_ms)
dd if="$tree/f" of="$MNT/f" bs=5000 2>/dev/null || fail dd
[ $(($(now_ms) - start)) -ge 280 ] || fail "300000 bytes written in $(($(now_ms) - start)) ms"
expect_same "$tree/f" "$MNT/f"
expect_struck 0 '"op":"read"'

it 'iops: by the operation, however many bytes'
serve_faulty "tree:$tree" <<'END'
- {name: seeks, on: read, iops: 100}
- {name: opens, on: open, iops: {read: 20, burst: 1}}
END
expect 'ok 10 10 10 10 10 10 10 10 10 10 in-time' poke open "$MNT/f" r , took 70 20000 repeat 10 read @ 0 10
expect 'ok ok ok ok ok in-time' poke took 150 20000 repeat 5 open "$MNT/other" r

it 'mapped, sent and copied files are slowed, too'
serve_faulty "tree:$tree" <<'END'
- {name: slow, path: f, rate: 1MB/s}
END
expect '300000 end in-time' poke took 280 20000 copy mmap 4096 "$MNT/f" "$WORK/copy"
expect_same "$tree/f" "$WORK/copy"
unmount
serve "tree:$tree" --plan "$PLAN"
expect '300000 end in-time' poke took 280 20000 copy sendfile 300000 "$MNT/f" "$WORK/copy"

it 'others are served while many wait; who waits can be killed'
serve_faulty "tree:$tree" <<'END'
- {name: crawl, path: f, rate: 10B/s}
END
"$poke" crowd 200 "$MNT/f" &
crowd=$!
wait_for 10 has_struck 200 crawl || fail "only $(struck crawl) wait"
expect 'file 6 6' poke stat "$MNT/other" , read "$MNT/other" 0 10 , read "$MNT/other" 0 10
kill -s KILL $crowd
wait_for 10 sh -c "! kill -0 $crowd 2>/dev/null" || fail 'they cannot be killed'
wait $crowd 2>/dev/null

# tier NAME READS THREADS LEAST_MS: so many reads of 512 bytes
tier() {
	truncate -s $(($2 * 512)) "$tree/tier"
	is_not_mounted "$MNT" || unmount
	: >"$JOURNAL"
	mount_at "$MNT" "tree:$tree" --plan "$1" --journal "$JOURNAL"
	set -- "$@" "$MNT/tier"
	expect '0 in-time' poke took "$4" 60000 share "$3" 512 "$5"
}

it 'storage tiers: no faster than their operations a second'
tier storage-minimum 260 1 500
expect_struck 0 bandwidth
tier storage-standard 1500 1 480
tier storage-high 5000 1 480
tier storage-enterprise 20000 1 380

it 'and no faster than their bytes a second'
truncate -s 8M "$tree/tier"
is_not_mounted "$MNT" || unmount
mount_at "$MNT" "tree:$tree" --plan storage-minimum --journal "$JOURNAL"
expect '0 in-time' poke took 120 20000 share 1 1048576 "$MNT/tier"
wait_for 5 grep -q '"rule":"bandwidth"' "$JOURNAL" || fail 'bandwidth did not strike'

# ---- delay ----

it 'delay: by byte'
serve_faulty "tree:$tree" <<'END'
- {name: slow, on: [read, open], delay: {per_byte: 100us}}
END
expect 'ok 1000 in-time 10' poke open "$MNT/f" r , took 100 20000 read @ 0 1000 , read @ 299990 50
expect_struck 1 '"delay_s":0.100000'
expect_struck 1 '"delay_s":0.001000'
expect_struck 0 '"op":"open"'

it 'delay: the first access by each handle'
serve_faulty "tree:$tree" <<'END'
- {name: recall, on: read, delay: {first_access: 100ms}}
END
expect 'ok 10 in-time 10 10' poke open "$MNT/f" r , took 100 20000 read @ 0 10 , read @ 10 10 , read @ 0 10
expect_struck 1 recall
expect 'ok ok 10 10 10' poke open "$MNT/f" r , open "$MNT/f" r , read @1 0 10 , read @2 0 10 , read @1 0 10
expect_struck 3 recall

it 'delay: by open handles, of the file or of the mount'
serve_faulty "tree:$tree" <<'END'
- {name: mount, path: f, on: read, delay: {per_open: 3ms}}
- {name: file, path: s1, on: read, delay: {per_open: 3ms, opens: file}}
END
expect 'ok 10' poke open "$MNT/f" r , read @ 0 10
expect_struck 0 mount
expect 'ok ok ok ok 10' poke open "$MNT/f" r , open "$MNT/f" r , open "$MNT/other" r , open "$MNT/s1" r , read @1 0 10
expect_struck 1 '"rule":"mount","effect":"delay","delay_s":0.009000'
expect 'ok ok ok 10' poke open "$MNT/s1" r , open "$MNT/f" r , open "$MNT/s1" r , read @1 0 10
expect_struck 1 '"rule":"file","effect":"delay","delay_s":0.003000'

# ---- device ----

it 'device: what follows on costs its transfer, anything else a seek'
is_not_mounted "$MNT" || unmount
: >"$JOURNAL"
mount_at "$MNT" "tree:$tree" --plan floppy --journal "$JOURNAL"
expect 'ok 512 512 512' poke open "$MNT/s1" r , read @ 0 512 , read @ 512 512 , read @ 20480 512
unmount
expect '1 of 3' waits 0.01 0.01112
expect '2 of 3' waits 0.018 0.5

it 'device: one head, for all'
serve_faulty "tree:$tree" <<'END'
- {name: disk, device: {rate: 1GB/s, access: 20ms}}
END
expect '8 in-time' poke took 160 20000 crowd 8 "$MNT/f"
unmount
[ "$(waits 0.02 0.0201)" != "$(waits 0.02 1)" ] || fail 'nobody waited for the others'

it 'device: a cache takes writes, and fsync waits for the disk'
new_scratch
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: disk, device: {rate: 100kB/s, cache: 30kB}}
END
start=$(now_ms)
expect 'ok 20000 ok' poke open "$MNT/f" w,c , write @ 0 20000 , fsync @
[ $(($(now_ms) - start)) -ge 200 ] || fail "20000 bytes are on the disk after $(($(now_ms) - start)) ms"
expect_struck 0 '"op":"write"'
expect_struck 1 '"op":"fsync"'
start=$(now_ms)
expect 'ok 50000' poke open "$MNT/g" w,c , write @ 0 50000
[ $(($(now_ms) - start)) -ge 200 ] || fail "50000 bytes are taken after $(($(now_ms) - start)) ms"
expect_struck 1 '"op":"write","volume":"out","path":"g"'
