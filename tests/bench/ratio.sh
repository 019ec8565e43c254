#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The filesystem against the bare directory below it, in one interleaved run: without rules, and with 100 rules, each for a file
# that is not looked at. Usage: ratio.sh [BUILD-DIRECTORY [ROUNDS [MIB [FILES]]]]
set -eu
build=$(cd "${1:-build}" && pwd)
rounds=${2:-7}
mib=${3:-256}
files=${4:-10000}

# On memory where there is some: the disk's own time is not what is asked.
work=$(mktemp -d -p /dev/shm ordeal-bench-XXXXXX 2>/dev/null || mktemp -d)
cleanup() {
	"$build/ordeal" umount "$work/bare" 2>/dev/null || :
	"$build/ordeal" umount "$work/ruled" 2>/dev/null || :
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

mkdir -p "$work/raw/files" "$work/raw/rules" "$work/bare" "$work/ruled"
dd if=/dev/urandom of="$work/raw/big.dat" bs=1M count="$mib" status=none
i=0
while [ "$i" -lt "$files" ]; do
	printf '%4096d' "$i" >"$work/raw/files/$(printf %05d "$i")"
	i=$((i + 1))
done
{
	echo 'version: 1'
	echo 'rules:'
	i=0
	while [ "$i" -lt 100 ]; do
		: >"$work/raw/rules/$i-x.png"
		echo "  - {path: \"**/$i-*.png\", on: [open, read, lookup, getattr, readdir], fail: EIO}"
		i=$((i + 1))
	done
} >"$work/plan.yaml"

"$build/ordeal" mount "tree:$work/raw" "$work/bare" >/dev/null
"$build/ordeal" mount "tree:$work/raw" "$work/ruled" --plan "$work/plan.yaml" >/dev/null
echo "big.dat of $mib MiB and $files files of 4 KiB on $(stat -f -c %T "$work"), $rounds rounds, medians"
"$build/tests/bench/fsratio" -r "$rounds" raw="$work/raw" no-rules="$work/bare" 100-rules="$work/ruled"
