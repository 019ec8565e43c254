#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What the allocation shim costs: nanoseconds a pair of malloc and free, without it, with it counting, and with it mapping all stacks, in
# one interleaved run, as difference and ratio. The goal: counting adds at most 5 ns. "deep" are the calls below main(). Usage: alloc.sh [BUILD-DIRECTORY [ROUNDS]]
set -eu
build=$(cd "${1:-build}" && pwd)
rounds=${2:-9}
probe=$build/tests/bench/alloc
work=$(mktemp -d -p /dev/shm ordeal-bench-XXXXXX 2>/dev/null || mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
median() { sort -n | sed -n "$(((rounds + 1) / 2))p"; }

# time_it MODE BYTES THREADS DEPTH
time_it() {
	mode=$1
	shift
	case $mode in
	none) "$probe" time "$@" ;;
	mapping)
		rm -f "$work/map"
		"$probe" map "$work/map"
		ORDEAL_ALLOC_MAP=$work/map LD_PRELOAD=$build/libordeal-alloc.so ORDEAL_ALLOC_PAGE=$work/page "$probe" time "$@"
		;;
	*) LD_PRELOAD=$build/libordeal-alloc.so ORDEAL_ALLOC_PAGE=$work/page "$probe" time "$@" ;;
	esac
}

"$probe" page "$work/page"
printf '%d rounds, medians of ns a pair\n%-28s%10s%10s%10s%10s%10s%10s\n' "$rounds" '' none counting adds ratio \
	mapping adds
while read -r bytes threads depth; do
	rm -f "$work"/took-*
	for _ in $(seq "$rounds"); do
		for mode in none counting mapping; do
			time_it "$mode" "$bytes" "$threads" "$depth" >>"$work/took-$mode"
		done
	done
	none=$(median <"$work/took-none") counting=$(median <"$work/took-counting") mapping=$(median <"$work/took-mapping")
	echo "$bytes $threads $depth $none $counting $mapping" |
		awk '{ printf "%-28s%10.1f%10.1f%10.1f%10.2f%10.0f%10.0f\n", $1 " bytes, " $2 " threads, " $3 " deep", $4, $5, $5 - $4, $5 / $4, $6,
			$6 - $4 }'
done <<'END'
32 1 3
32 1 25
4096 1 3
32 2 3
END
