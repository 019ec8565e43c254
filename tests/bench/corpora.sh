#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# How fast corpora are made and read. Usage: corpora.sh [BUILD-DIRECTORY [ROUNDS]]
#
#   - reading through a mount, MB/s: each kind of content, and as a ratio to a file of zeroes of the same size in a tree on the same
#     kind of mount, whose server has nothing to make (below 1: slower than that), both without the page cache. Rounds are interleaved.
#   - making files, MB/s of pixels: stored and compressed, beside libpng's own encoder (pnmtopng, where it is installed)
#   - 10^3 to 10^6 and 10^7 files: milliseconds until the mount stands and the last file can be stat'ed, and until its first byte is there;
#     memory of the server then, and when 10,000 files were read
set -eu
build=$(cd "${1:-build}" && pwd)
rounds=${2:-5}
ordeal=$build/ordeal
work=$(mktemp -d -p /dev/shm ordeal-bench-XXXXXX 2>/dev/null || mktemp -d)
XDG_CACHE_HOME=$work/cache
export XDG_CACHE_HOME
cleanup() {
	for mounted in "$work"/m-*; do "$ordeal" umount "$mounted" 2>/dev/null || :; done
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

now() { date +%s%N; }

# speed FILE: MB/s of reading it once in blocks of 1 MiB, past the page cache
speed() {
	bytes=$(stat -c %s "$1")
	begun=$(now)
	dd if="$1" of=/dev/null bs=1M iflag=direct status=none
	echo $((bytes * 1000 / ($(now) - begun)))
}
median() { sort -n | sed -n "$(((rounds + 1) / 2))p"; }

echo "reading through the mount, medians of $rounds rounds"
number=0
while read -r name source file; do
	number=$((number + 1))
	mkdir "$work/m-$number" "$work/m-z$number" "$work/zero$number"
	"$ordeal" mount "$source" "$work/m-$number" --uncached >/dev/null
	truncate -s "$(stat -c %s "$work/m-$number/$file")" "$work/zero$number/zero"
	"$ordeal" mount "tree:$work/zero$number" "$work/m-z$number" --uncached >/dev/null
	for _ in $(seq "$rounds"); do
		speed "$work/m-$number/$file" >>"$work/$number.made"
		speed "$work/m-z$number/zero" >>"$work/$number.zero"
	done
	made=$(median <"$work/$number.made") zero=$(median <"$work/$number.zero")
	printf '  %-34s %6d MB/s %6.2f of %d\n' "$name" "$made" "$(echo "$made $zero" | awk '{print $1 / $2}')" "$zero"
done <<'END'
png-grey-16 stack:slices=1,width=8192,height=8192 slice_0000.png
png-grey-8 stack:slices=1,width=8192,height=8192,bits=8 slice_0000.png
png-rgb-8 stack:slices=1,width=8192,height=8192,bits=8,colour=rgb slice_0000.png
png-interlaced stack:slices=1,width=8192,height=8192,interlaced=true slice_0000.png
png-compressed stack:slices=1,width=4096,height=4096,compressed=true slice_0000.png
tiff-grey-16 stack:slices=1,width=8192,height=8192,format=tiff slice_0000.tif
bmp-grey-8 stack:slices=1,width=8192,height=8192,bits=8,format=bmp slice_0000.bmp
wav-s16 tone:files=1,seconds=600,channels=2 track_000.wav
END

echo "making files"
begun=$(now)
"$ordeal" corpus make stack:slices=20,width=1024,height=1024 "$work/stored" >/dev/null
echo "  stored png      $((20 * 2 * 1048576 * 1000 / ($(now) - begun))) MB/s of pixels"
begun=$(now)
"$ordeal" corpus make stack:slices=20,width=1024,height=1024,compressed=true "$work/packed" >/dev/null
echo "  compressed png  $((20 * 2 * 1048576 * 1000 / ($(now) - begun))) MB/s of pixels"
if command -v pngtopnm >/dev/null && command -v pnmtopng >/dev/null; then
	for slice in "$work"/stored/*.png; do pngtopnm "$slice" >"${slice%.png}.pgm"; done
	begun=$(now)
	for slice in "$work"/stored/*.pgm; do pnmtopng "$slice" >"$work/encoded.png" 2>/dev/null; done
	echo "  libpng          $((20 * 2 * 1048576 * 1000 / ($(now) - begun))) MB/s of pixels (one process)"
fi

echo "files: ready, first byte; memory then, and after 10,000 files were read"
for files in 1000 10000 100000 1000000 10000000; do
	mkdir "$work/m-$files"
	last=$(printf '%s/m-%s/slice_%07d.png' "$work" "$files" $((files - 1)))
	begun=$(now)
	said=$("$ordeal" mount "stack:slices=$files,digits=7,width=64,height=64" "$work/m-$files")
	stat "$last" >/dev/null
	ready=$((($(now) - begun) / 100000))
	head -c 1 "$last" >/dev/null
	byte=$((($(now) - begun) / 100000))
	server=${said##*process }
	before=$(sed -n 's/^VmRSS:[^0-9]*//p' "/proc/${server%)}/status")
	seq -f "$work/m-$files/slice_%07.0f.png" 0 999 | xargs cat >/dev/null
	[ "$files" = 1000 ] || seq -f "$work/m-$files/slice_%07.0f.png" 1000 9999 | xargs cat >/dev/null
	after=$(sed -n 's/^VmRSS:[^0-9]*//p' "/proc/${server%)}/status")
	echo "  $files  $((ready / 10)).$((ready % 10)) ms, $((byte / 10)).$((byte % 10)) ms; $before, $after"
	"$ordeal" umount "$work/m-$files"
done
