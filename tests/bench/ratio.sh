#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The filesystem against the bare directory below it, in one interleaved run: every row of reading, listing and writing, as a ratio to the
# raw directory (lower is better), beside the goal for the first column. Usage: ratio.sh [BUILD-DIRECTORY [ROUNDS [MIB [FILES]]]]
#
#   tree        tree: without rules                            scratch   scratch: without rules, which can be written to
#   1000-rules  with 1,000 rules, each for a file that is not looked at: should be as without     10000-rules  likewise
#   fallback    without passthrough and readahead, as where we have no rights: the goals for reading are 4 cold and 1.2 again
#   ruled       with a rule on the reads of big.dat that never strikes: sequential 1 MiB 2, random 4 KiB 5 us and with 4 threads 200,000/s
#   floor       the least that any FUSE server of a directory takes here (floor.c): big.dat passed through
#   floor-ruled likewise, big.dat read by requests     memory      the least of any FUSE server: one that need not even ask a directory
#
# Where the floor is above a goal, come within 15 % of the floor.
#
# Then what is no ratio: a million made files (mounted and statable in 50 ms, the server below 100 MB). Requests that wait: waits.sh.
#
# Other work on the machine falls on all columns alike, but not on all rounds: take seven and more. Without root nothing is cold.
set -eu
build=$(cd "${1:-build}" && pwd)
rounds=${2:-7}
mib=${3:-256}
files=${4:-10000}

# On memory where there is some: the disk's own time is not what is asked.
work=$(mktemp -d -p /dev/shm ordeal-bench-XXXXXX 2>/dev/null || mktemp -d)
mounts='tree scratch idle1000 idle10000 fallback ruled floor floorruled memory million'
cleanup() {
	for name in $mounts; do
		"$build/ordeal" umount "$work/$name" 2>/dev/null || umount "$work/$name" 2>/dev/null || :
	done
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# shellcheck disable=SC2086
(cd "$work" && mkdir raw raw/files raw/rules below below/files $mounts)
dd if=/dev/urandom of="$work/raw/big.dat" bs=1M count="$mib" status=none
awk -v files="$files" -v dir="$work/raw/files" 'BEGIN {
	for (i = 0; i < files; i++) { f = sprintf("%s/%05d", dir, i); printf "%4096d", i >f; close(f) }
	for (i = 0; i < 10000; i++) { f = sprintf("%s/../rules/%d-x.png", dir, i); printf "" >f; close(f) } }'
cp -r "$work/raw/big.dat" "$work/raw/files" "$work/below"

idle_rules() {
	awk -v rules="$1" 'BEGIN {
		print "version: 1\nrules:"
		for (i = 0; i < rules; i++)
			printf "  - {path: \"**/%d-*.png\", on: [open, read, lookup, getattr, readdir], fail: EIO}\n", i }'
}
idle_rules 1000 >"$work/1000.yaml"
idle_rules 10000 >"$work/10000.yaml"
printf '%s\n' 'version: 1' 'rules:' '- {path: big.dat, on: read, when: {nth: 1000000000}, fail: EIO}' >"$work/ruled.yaml"

# put NAME SOURCE [OPTIONS]
put() {
	name=$1
	shift
	"$build/ordeal" mount "$@" "$work/$name" >/dev/null
}
put tree "tree:$work/raw"
put scratch "scratch:$work/below"
put idle1000 "tree:$work/raw" --plan "$work/1000.yaml"
put idle10000 "tree:$work/raw" --plan "$work/10000.yaml"
put fallback "tree:$work/raw" --without passthrough,retain,readahead
put ruled "tree:$work/raw" --plan "$work/ruled.yaml"

# The floor mounts with our own rights.
floors=
put_floor() {
	mkfifo "$work/ready"
	# shellcheck disable=SC2086 # several options
	"$build/tests/bench/floor" $3 "$work/raw" "$work/$2" >"$work/ready" 2>/dev/null &
	! read -r _ <"$work/ready" || floors="$floors $1=$work/$2"
	rm "$work/ready"
}
put_floor floor floor ''
put_floor floor-ruled floorruled -d
put_floor memory memory '-d -m'
# shellcheck disable=SC2086
echo "big.dat of $mib MiB and $files files of 4 KiB on $(stat -f -c %T "$work"), $rounds rounds, medians"
"$build/tests/bench/fsratio" -r "$rounds" raw="$work/raw" tree="$work/tree" scratch="$work/scratch" 1000-rules="$work/idle1000" \
	10000-rules="$work/idle10000" fallback="$work/fallback" ruled="$work/ruled" $floors

before=$(date +%s%N)
said=$("$build/ordeal" mount stack:slices=1000000,digits=7,width=64,height=64 "$work/million")
stat "$work/million/slice_0999999.png" >/dev/null
after=$(date +%s%N)
server=${said##*process }
echo "a million files: mounted and one statable in $(((after - before) / 1000000)) ms;" \
	"the server has $(sed -n 's/^VmRSS:[^0-9]*//p' "/proc/${server%)}/status")"
