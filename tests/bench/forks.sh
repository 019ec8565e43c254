#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Seconds that it takes to make allocations of real programs fail: each by itself in order, as others do; by ordeal sweep without copies of
# the running program, and with them; each allocation, and one of each stack. The runs without faults that a sweep begins with (they are a
# second apart) are left out, and so is the second look at failures. 2 jobs. Usage: forks.sh [BUILD-DIRECTORY]
set -eu
build=$(cd "${1:-build}" && pwd)
source=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d -p /dev/shm ordeal-bench-XXXXXX 2>/dev/null || mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
export LC_ALL=C PYTHONHASHSEED=0 MAGICK_THREAD_LIMIT=1 OMP_NUM_THREADS=1
mkdir "$work/in" "$work/out"
cd "$work"
convert -size 64x64 -seed 1 plasma:fractal -strip in/a.png 2>/dev/null || cp "$source"/docs/*.png in/a.png
sox -n -r 44100 -c 1 -e signed -b 16 in/a.wav synth 0.5 sine 440 2>/dev/null || :
flac -s -o in/a.flac in/a.wav 2>/dev/null || :
tar -czf in/a.tar.gz -C "$source" base/buf.c base/buf.h
echo 'import sys
from PIL import Image
Image.open(sys.argv[1]).resize((32, 32)).save(sys.argv[2])' >pil.py

# sweep OPTIONS -- COMMAND: cases, and seconds
sweep() {
	"$build/ordeal" sweep -a alloc -j 2 --no-confirm -c "tree:$work/in" "$@" 2>/dev/null |
		sed -n 's/^\([0-9]*\) of [0-9]* cases run in \([0-9.e+]*\) s.*/\1 \2/p'
}

# swept OPTIONS -- COMMAND: cases, and seconds for them alone
swept() {
	echo "$(sweep "$@") $(sweep --max 1 "$@")" | awk '{ printf "%d %.3f\n", $1, $2 - $4 }'
}

printf '%-10s%8s%10s%10s%10s%8s%8s%10s%10s%8s\n' '' points each slow copies ratio stacks slow copies ratio
while read -r name every command; do
	# shellcheck disable=SC2086 # words
	set -- $command
	command -v "$1" >/dev/null || continue
	plain=$(echo "$command" | sed "s|{in}|$work/in|g; s|{out}|$work/out|g")
	# shellcheck disable=SC2086
	each=$("$build/tests/bench/forks" "$build/libordeal-alloc.so" "$work/page" "$every" $plain)
	slow=$(swept --exhaustive --no-fork -- "$@") copies=$(swept --exhaustive -- "$@")
	few_slow=$(swept --no-fork -- "$@") few=$(swept -- "$@")
	echo "$name $each $slow $copies $few_slow $few" |
		awk '{ printf "%-10s%8d%10.2f%10.2f%10.2f%8.1f%8d%10.2f%10.2f%8.1f\n", $1, $2, $3, $5, $7, $3 / $7, $10, $9, $11, $3 / $11 }'
done <<END
flac 1 flac -s -t {in}/a.flac
bsdtar 1 bsdtar -xOf {in}/a.tar.gz
pngtopnm 1 pngtopnm {in}/a.png
optipng 1 optipng -quiet -force -out {out}/x.png {in}/a.png
sox 1 sox {in}/a.wav -r 8000 {out}/x.wav
convert 20 convert-im6.q16 {in}/a.png -resize 32x32 -strip {out}/x.ppm
PIL 40 /usr/bin/python3 $work/pil.py {in}/a.png {out}/x.png
END
