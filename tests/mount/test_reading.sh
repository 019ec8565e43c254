#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Reading: every way there is to read a file gives the same bytes, cached and uncached, at any offset, and none behind the end.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$WORK/tree
mkdir "$tree"
for size in 0 1 4095 4096 4097 131072 1048577 3000001; do
	make_bytes "$tree/$size" "$size"
done
tar -C "$tree" -czf "$WORK/a.tgz" .
"$ordeal" corpus make ct-small:slices=1 "$WORK/stack" >/dev/null
"$ordeal" corpus make audio-tiny:files=1 "$WORK/tone" >/dev/null

# A delay of next to nothing changes no byte, but makes the file one that no cache may serve.
ruled() {
	serve_faulty "$@" <<'END'
- {name: none, on: read, delay: 1us}
END
}

# read_all DIR OF_THE_REAL: each file in each way and block size.
read_all() {
	for file in "$1"/*; do
		name=${file##*/}
		size=$(poke size "$file")
		for block in 512 4096 65537 1M; do
			[ "$block" != 512 ] || [ "$size" -lt 200000 ] || continue
			for method in read pread sendfile splice mmap mmap-shared; do
				expect "$size end" poke copy $method $block "$MNT/$name" "$WORK/copy"
				expect_same "$file" "$WORK/copy"
			done
		done
		expect "$size end" poke copy direct 8192 "$MNT/$name" "$WORK/copy"
		expect_same "$file" "$WORK/copy"
	done
}

# Odd places, and beyond the end.
read_places() {
	size=$2
	for offset in 0 1 4095 4096 8191 $((size / 2)) $((size - 1)); do
		for length in 1 7 4096 10000 200000; do
			left=$((size - offset))
			expect "$((length < left ? length : left)):same" poke same "$MNT/${1##*/}" "$1" "$offset" "$length"
		done
	done
	for offset in $size $((size + 1)) $((size + 4096)) 1G 1000000000000; do
		expect 0 poke read "$MNT/${1##*/}" "$offset" 100
	done
	expect EINVAL poke read "$MNT/${1##*/}" -5 100
	expect 0 poke read "$MNT/${1##*/}" 0 0
}

for how in serve ruled; do
	it "a directory, $how"
	$how "tree:$tree"
	read_all "$tree"
	read_places "$tree/3000001" 3000001
	expect '0 0 0' poke read "$MNT/0" 0 1 , read "$MNT/0" 4096 10 , read "$MNT/1" 1 10
	it "an archive, $how"
	$how "pack:$WORK/a.tgz"
	read_places "$tree/3000001" 3000001
	expect '3000001 end' poke copy mmap 4096 "$MNT/3000001" "$WORK/copy"
	expect_same "$tree/3000001" "$WORK/copy"
	it "synthetic files, $how"
	$how ct-small:slices=1
	read_all "$WORK/stack"
	read_places "$WORK/stack/slice_0000.png" "$(poke size "$WORK/stack/slice_0000.png")"
	$how audio-tiny:files=1
	read_all "$WORK/tone"
	it "a scratch, $how"
	$how "scratch:$tree"
	read_all "$tree"
	read_places "$tree/3000001" 3000001
done

for how in serve ruled; do
	it "copy_file_range from a corpus into a scratch, $how"
	new_scratch
	$how "tree:$tree" --scratch "$SCRATCH"
	for size in 1 4097 3000001; do
		for block in 1000 65536 8M; do
			[ $block != 1000 ] || [ $size -lt 10000 ] || continue
			expect "$size end" poke copy copy_file_range $block "$MNT/in/$size" "$MNT/out/copy-$size"
			expect_same "$tree/$size" "$SCRATCH/copy-$size"
		done
		cp --reflink=auto "$MNT/in/$size" "$MNT/out/cp-$size" || fail 'cp'
		expect_same "$tree/$size" "$SCRATCH/cp-$size"
	done
done

it 'bytes that changed while size and time were put back are read anew by whoever opens the file'
for source in tree scratch; do
	mkdir -p "$WORK/sly"
	printf 'old bytes' >"$WORK/sly/file"
	touch -d @1000000000 "$WORK/sly/file"
	serve "$source:$WORK/sly"
	expect 'old bytes' cat "$MNT/file"
	printf 'new bytes' | dd of="$WORK/sly/file" conv=notrunc 2>"$WORK/dd"
	touch -d @1000000000 "$WORK/sly/file"
	expect 'new bytes' cat "$MNT/file"
done

it 'seeking for holes: a corpus has none but its end'
serve "tree:$tree"
expect_pokes <<'END'
	0        | lseek $M/4097 data 0
	4097     | lseek $M/4097 hole 0
	4096     | lseek $M/4097 data 4096
	ENXIO    | lseek $M/4097 data 4097
	ENXIO    | lseek $M/0 hole 0
	4097     | lseek $M/4097 end 0
END

it 'a thousand threads read one file'
expect 1000 poke crowd 1000 "$MNT/4096"
ruled "tree:$tree"
expect 1000 poke crowd 1000 "$MNT/4096"

it 'eight threads read all files in blocks'
expect 0 poke share 8 512 "$MNT"/*
unmount
