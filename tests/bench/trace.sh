#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What a trace costs: the same mount without and with one, on memory and on disk, in one interleaved run. Reads of big.dat are uncached: a
# rule that never strikes sees each of them. Usage: trace.sh [BUILD-DIRECTORY [ROUNDS [MIB [FILES]]]]
set -eu
build=$(cd "${1:-build}" && pwd)
rounds=${2:-15}
mib=${3:-64}
files=${4:-2000}

work=$(mktemp -d -p /dev/shm ordeal-bench-XXXXXX 2>/dev/null || mktemp -d)
disk=$(mktemp)
cleanup() {
	for name in untraced traced traced-on-disk; do
		"$build/ordeal" umount "$work/$name" 2>/dev/null || :
	done
	rm -rf "$work" "$disk"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

mkdir -p "$work/raw/files" "$work/untraced" "$work/traced" "$work/traced-on-disk"
dd if=/dev/urandom of="$work/raw/big.dat" bs=1M count="$mib" status=none
i=0
while [ "$i" -lt "$files" ]; do
	printf '%4096d' "$i" >"$work/raw/files/$(printf %05d "$i")"
	i=$((i + 1))
done
printf '%s\n' 'version: 1' 'rules:' '- {path: big.dat, on: read, when: {nth: 1000000000..}, fail: EIO}' >"$work/plan.yaml"

serve() {
	name=$1
	shift
	"$build/ordeal" mount "tree:$work/raw" "$work/$name" --plan "$work/plan.yaml" "$@" >/dev/null
}
serve untraced
serve traced --trace "$work/trace"
serve traced-on-disk --trace "$disk"
echo "big.dat of $mib MiB (uncached) and $files files of 4 KiB on $(stat -f -c %T "$work"), $rounds rounds, medians"
"$build/tests/bench/fsratio" -r "$rounds" untraced="$work/untraced" traced="$work/traced" on-disk="$work/traced-on-disk"
