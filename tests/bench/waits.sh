#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# How exact delays, rates and operations a second are, how many requests wait at once, what those who hang cost the others, and when a rule
# over 10,000 known files is in force. Usage: waits.sh [BUILD-DIRECTORY]
set -eu
build=$(cd "${1:-build}" && pwd)
work=$(mktemp -d -p /dev/shm ordeal-waits-XXXXXX 2>/dev/null || mktemp -d)
cleanup() {
	"$build/ordeal" umount "$work/mnt" 2>/dev/null || :
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
mkdir "$work/tree" "$work/mnt"
dd if=/dev/urandom of="$work/tree/f" bs=1M count=64 status=none
echo other >"$work/tree/other"

# with RULE: mount it.
with() {
	"$build/ordeal" umount "$work/mnt" 2>/dev/null || :
	printf 'version: 1\nrules:\n  - %s\n' "$1" >"$work/plan.yaml"
	"$build/ordeal" mount "tree:$work/tree" "$work/mnt" --plan "$work/plan.yaml" >/dev/null
}

inflight() {
	word=$1
	shift
	"$build/tests/bench/inflight" "$word" "$work/mnt/f" "$@"
}

for ms in 1 10 100; do
	with "{path: f, on: read, delay: ${ms}ms}"
	inflight late $ms 1 $((2000 / ms))
	inflight late $ms 100 $((600 / ms))
done
with '{path: f, on: read, delay: 100ms}'
inflight many 1000 "$work/mnt/other"
inflight many 10000 "$work/mnt/other"
with '{path: f, on: read, hang: true}'
inflight hung 50 "$work/mnt/other"
for rate in 1000000 10000000 100000000; do
	with "{path: f, rate: ${rate}B/s}"
	for block in 4096 131072; do
		inflight rate $rate $block 1 3
		inflight rate $rate $block 8 3
	done
done
for iops in 200 3000 20000; do
	with "{path: f, iops: $iops}"
	inflight iops $iops 1 3
	inflight iops $iops 8 3
done

mkdir "$work/tree/many"
seq -f "$work/tree/many/%05g" 10000 | xargs touch
with "{path: other, on: read, fail: EIO}"
for round in 1 2 3 4 5; do
	find "$work/mnt/many" -type f -size +1 # each is known then
	before=$(date +%s%N)
	"$build/ordeal" ctl "$work/mnt" set "{name: late-$round, path: 'many/*', on: [open, read, getattr], fail: EIO}" >/dev/null
	after=$(date +%s%N)
	! stat "$work/mnt/many/05000" 2>/dev/null || echo "rule $round is not in force"
	echo "a rule over 10000 known files: in force in $(((after - before) / 1000)) us, with the start of ordeal ctl"
	"$build/ordeal" ctl "$work/mnt" remove "late-$round" >/dev/null
done
