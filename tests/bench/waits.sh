#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# How exact delays, rates and operations a second are, and how many requests wait at once. Usage: waits.sh [BUILD-DIRECTORY]
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
