#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# delay: each operation is answered late, and right. No delay holds up anything else. Upper bounds are wide: machines are busy.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/mount/ops.sh
. "$here/ops.sh"

rule() {
	printf -- '- {name: %s, path: "%s", on: %s, delay: 100ms}\n' "$OP" "$OP" "$OP"
}

late() {
	expect_op "$SAID in-time" took 100 5000
	# A listing takes two requests: the second one finds that there is no more.
	[ "$OP" = readdir ] && times=2 || times=1
	expect_struck $times "\"op\":\"$OP\",.*\"rule\":\"$OP\",\"effect\":\"delay\",\"delay_s\":0.100000"
	case $OP in
	create | mkdir | mknod | symlink | link) expect "$(poke stat "$MNT/$OP")" poke stat "$SCRATCH/$OP" ;;
	esac
}

it 'each operation of a scratch, and its effect is the same'
new_scratch
op_material "$SCRATCH"
each_op rule >"$WORK/rules"
serve_faulty "scratch:$SCRATCH" <"$WORK/rules"
each_op late
expect 'ENOENT ENOENT file ENOENT 2 600' sh -c "'$poke' stat '$SCRATCH/unlink' , stat '$SCRATCH/rename' , stat '$SCRATCH/rename.to' , \
	stat '$SCRATCH/rmdir' , size '$SCRATCH/truncate' | tr '\n' ' '; stat -c %a '$SCRATCH/chmod'"

it 'each operation of a corpus'
mkdir "$WORK/tree"
op_material "$WORK/tree"
each_op rule "$CORPUS_OPS" >"$WORK/rules"
serve_faulty "tree:$WORK/tree" <"$WORK/rules"
each_op late "$CORPUS_OPS"

it 'a release that is late holds nobody up, and a mount with one can be ended'
serve_faulty "tree:$WORK/tree" <<'END'
- {name: files, path: read, on: release, delay: 30s}
- {name: dirs, path: opendir, on: releasedir, delay: 30s}
END
expect 'ok 5 ok in-time 1 end in-time' poke open "$MNT/read" r , fsize @ , took 0 5000 close @ , took 0 5000 count "$MNT/opendir"
expect_struck 1 '"rule":"files"'
expect_struck 1 '"rule":"dirs"'
expect 'file' poke stat "$MNT/open"
unmount

it 'the unrelated is prompt while two hundred wait; and they wait side by side'
: >"$WORK/tree/sleepy" # a rule must match something
serve_faulty "tree:$WORK/tree" <<'END'
- {name: slow, path: read, on: read, delay: 1s}
- {name: slow-lookup, path: "sleepy*", on: lookup, delay: 1s}
END
poke took 1000 3500 crowd 200 "$MNT/read" >"$WORK/crowd" &
crowd=$!
wait_for 5 has_struck 200 '"rule":"slow"' || fail 'not two hundred'
expect 'file in-time' poke took 0 500 stat "$MNT/open"
expect 'ok 5 in-time' poke open "$MNT/open" r , took 0 500 read @ 0 10
wait $crowd
expect '200 in-time' cat "$WORK/crowd"

it 'lookups in one directory wait side by side, too'
start=$(date +%s%N)
for i in 1 2 3 4 5 6 7 8; do
	poke stat "$MNT/sleepy$i" >"$WORK/sleepy$i" &
done
expect 'file in-time' poke took 0 500 stat "$MNT/getattr"
wait
took=$((($(date +%s%N) - start) / 1000000))
[ $took -ge 1000 ] && [ $took -le 3500 ] || fail "eight lookups took $took ms"
expect 'ENOENT' cat "$WORK/sleepy8"

it 'two delays add up, and come before an error'
serve_faulty "tree:$WORK/tree" <<'END'
- {name: one, path: read, on: read, delay: 150ms}
- {name: two, path: read, on: read, delay: 150ms}
- {name: three, path: read, on: read, fail: EIO}
END
expect 'ok EIO in-time' poke open "$MNT/read" r , took 300 5000 read @ 0 1

it 'a signal with a handler does not cut a delay short'
serve_faulty "tree:$WORK/tree" <<'END'
- {name: slow, path: read, on: read, delay: 500ms}
- {name: slow-open, path: open, on: open, delay: 500ms}
END
expect 'ok 5 in-time' poke open "$MNT/read" r , took 500 5000 interrupted 50 read @ 0 9
expect 'ok in-time' poke took 500 5000 interrupted 50 open "$MNT/open" r

it 'whoever is killed does not wait for the end of his delay'
serve_faulty "tree:$WORK/tree" <<'END'
- {name: slow, path: read, on: read, delay: 1h}
- {name: slow-open, path: open, on: open, delay: 1h}
END
for signal in KILL TERM; do
	: >"$JOURNAL"
	"$poke" open "$MNT/open" r &
	one=$!
	"$poke" read "$MNT/read" 0 1 &
	two=$!
	wait_for 5 has_struck 2 delay || fail 'not waiting'
	kill -s $signal $one $two
	wait_for 5 sh -c "! kill -0 $one 2>/dev/null && ! kill -0 $two 2>/dev/null" || fail "SIG$signal does not end it"
	wait
done

it 'many delayed writes: each arrives, in its place'
new_scratch
make_bytes "$WORK/wanted" 200000
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: slow, on: write, delay: {latency: 2ms, jitter: 2ms}}
END
dd if="$WORK/wanted" of="$MNT/f" bs=2000 2>/dev/null || fail dd
expect_same "$WORK/wanted" "$SCRATCH/f"

it 'mapped, sent and copied files are late, too'
serve_faulty "tree:$WORK/tree" <<'END'
- {name: slow, path: read, on: read, delay: 200ms}
END
expect '98 in-time' poke took 200 5000 touch "$MNT/read" private 0
expect '5 end in-time' poke took 200 5000 copy sendfile 4096 "$MNT/read" "$WORK/copy"
expect_same "$WORK/tree/read" "$WORK/copy"

# ---- jitter ----

delays() {
	sed -n 's/.*"path":"\([^"]*\)".*"delay_s":\([0-9.]*\).*/\1 \2/p' "$JOURNAL" | sort
}

# within LEAST MOST DELAYS-FILE
within() {
	awk -v least="$1" -v most="$2" '$2 < least || $2 > most { print "out of bounds: " $0 } { sum += $2 } END { if (NR != 100) print NR " delays" }' "$3"
}

mkdir "$WORK/many"
expect 100 poke makemany "$WORK/many/f" 100
spread() {
	serve_faulty "tree:$WORK/many" --seed "$1" <<END
- {name: slow, on: read, delay: {latency: 3ms, jitter: 2ms, distribution: $2}}
END
	expect 0 poke share 8 4096 "$MNT"/*
	unmount
	delays
}

for shape in uniform normal pareto; do
	it "$shape: drawn from the seed, whoever reads first"
	spread 1 $shape >"$WORK/one"
	spread 1 $shape >"$WORK/again"
	spread 2 $shape >"$WORK/two"
	expect_same "$WORK/one" "$WORK/again"
	cmp -s "$WORK/one" "$WORK/two" && fail 'another seed gives the same delays'
	case $shape in
	uniform) expect '' within 0.001 0.005 "$WORK/one" ;;
	pareto) expect '' within 0.003 0.1 "$WORK/one" ;;
	normal) [ "$(wc -l <"$WORK/one")" -gt 80 ] || fail 'most of a normal distribution is above zero' ;;
	esac
	[ "$(cut -d ' ' -f 2 "$WORK/one" | sort -u | wc -l)" -ge 75 ] || fail 'they are too much alike'
done
