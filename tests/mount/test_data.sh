#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# short, corrupt, truncate: what becomes of the bytes, by each way to read, at each block size; and what the journal says of it.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$WORK/tree
mkdir "$tree"
make_bytes "$tree/file" 100000
make_bytes "$tree/other" 100000
make_bytes "$tree/tiny" 10
: >"$tree/empty"

# All ways to read give the same SIZE bytes, the ones in $1.
same_by_all() {
	for block in 100 4096 131072; do
		for method in read pread; do
			expect "$2 end" poke copy $method $block "$MNT/file" "$WORK/copy"
			expect_same "$1" "$WORK/copy"
		done
	done
	for method in sendfile splice mmap mmap-shared direct; do
		expect "$2 end" poke copy $method 65536 "$MNT/file" "$WORK/copy"
		expect_same "$1" "$WORK/copy"
	done
	cat "$MNT/file" >"$WORK/copy"
	expect_same "$1" "$WORK/copy"
	cp "$MNT/file" "$WORK/copy"
	expect_same "$1" "$WORK/copy"
	dd if="$MNT/file" of="$WORK/copy" bs=70001 iflag=fullblock 2>/dev/null
	expect_same "$1" "$WORK/copy"
}

# ---- short ----

it 'short: fewer bytes than asked, never none before the end; whoever reads on gets all'
for source in tree scratch; do
	serve_faulty "$source:$tree" <<'END'
- {name: short, path: file, short: 1000}
END
	expect_pokes <<'END'
	1000      | read $M/file 0 4096
	1000      | read $M/file 5 1001
	1000      | read $M/file 0 1000
	999       | read $M/file 0 999
	1         | read $M/file 0 1
	500       | read $M/file 99500 4096
	0         | read $M/file 100000 4096
	4096      | read $M/other 0 4096
	100000    | size $M/file
END
	same_by_all "$tree/file" 100000
done

it 'short: a read that gets all there is is not struck'
serve_faulty "tree:$tree" <<'END'
- {name: short, path: file, short: 110000}
END
expect '100000 500 0 0' poke read "$MNT/file" 0 131072 , read "$MNT/file" 99500 131072 , read "$MNT/file" 100000 131072 , read "$MNT/file" 200000 10
expect_same "$tree/file" "$MNT/file"
unmount
expect_struck 0 .
it '... and one that gets a byte less is'
serve_faulty "tree:$tree" <<'END'
- {name: short, path: file, short: 99999}
END
expect '99999 99999 1' poke read "$MNT/file" 0 131072 , read "$MNT/file" 1 131072 , read "$MNT/file" 99999 131072
unmount
expect_struck 1 .
expect_struck 1 '"result":99999,"offset":0,.*"effect":"short"'

it 'short by a portion'
serve_faulty "tree:$tree" <<'END'
- {name: half, path: file, short: 50%}
END
expect '2048 1 1 5' poke read "$MNT/file" 0 4096 , read "$MNT/file" 0 1 , read "$MNT/file" 0 3 , read "$MNT/file" 0 11
same_by_all "$tree/file" 100000

it 'short writes: the rest comes when it is written again'
new_scratch
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: short, on: write, short: 1000}
END
expect 'ok 1000 500' poke open "$MNT/f" w,c , write @ 0 4096 , write @ 1000 500
expect_same_start() {
	cmp -n "$3" "$1" "$2" || fail "$1 and $2 differ"
}
expect_same_start "$tree/file" "$SCRATCH/f" 1500
expect 1500 poke size "$MNT/f"
cp "$tree/file" "$MNT/g" || fail cp
expect_same "$tree/file" "$SCRATCH/g"

it 'short once'
serve_faulty "tree:$tree" <<'END'
- {name: once, path: file, short: 10, when: {times: 1}}
END
expect '10 4096 4096' poke repeat 3 read "$MNT/file" 0 4096
expect_struck 1 .

# ---- corrupt ----

# changed: what the journal says that was changed.
changed() {
	sed -n 's/.*"changed":\([0-9]*\)}$/\1/p' "$JOURNAL" | awk '{ sum += $1 } END { print sum + 0 }'
}

corrupted() {
	serve_faulty "tree:$tree" --seed "${2:-1}" <<END
- {name: wrong, path: file, corrupt: $1}
END
}

for mode in flip zero ones garbage '{mode: flip, every: 100}' '{mode: flip, every: 99999}'; do
	it "corrupt: $mode, the same by all ways to read, and the journal has counted"
	corrupted "$mode"
	expect '100000 end' poke copy pread 4096 "$MNT/file" "$WORK/wrong"
	differ=$("$poke" differ "$tree/file" "$WORK/wrong")
	unmount
	expect "${differ%% *}" changed
	corrupted "$mode"
	same_by_all "$WORK/wrong" 100000
	expect '0 bytes 0 bits' poke differ "$MNT/other" "$tree/other"
	expect '100000 100000:same' poke size "$MNT/file" , same "$MNT/other" "$tree/other" 0 100000
	case $mode in
	flip) expect '25 bytes 25 bits' poke differ "$tree/file" "$WORK/wrong" ;;
	*99999*) expect '2 bytes 2 bits' poke differ "$tree/file" "$WORK/wrong" ;;
	*100*) expect '1000 bytes 1000 bits' poke differ "$tree/file" "$WORK/wrong" ;;
	zero) expect 100000 poke bytes "$WORK/wrong" 0 100000 0 ;;
	ones) expect 100000 poke bytes "$WORK/wrong" 0 100000 255 ;;
	garbage) [ "${differ%% *}" -gt 99000 ] || fail "garbage: $differ" ;;
	esac
	case $mode in
	*flip* | garbage)
		corrupted "$mode" 2
		cp "$MNT/file" "$WORK/other"
		cmp -s "$WORK/other" "$WORK/wrong" && fail 'another seed gives the same bytes'
		;;
	esac
done

it 'one flipped bit in each block, also in the short last one'
corrupted '{mode: flip, every: 1000}'
cp "$MNT/file" "$WORK/wrong"
block=0
while [ $block -lt 100 ]; do
	dd if="$WORK/wrong" of="$WORK/a" bs=1000 skip=$block count=1 2>/dev/null
	dd if="$tree/file" of="$WORK/b" bs=1000 skip=$block count=1 2>/dev/null
	expect '1 bytes 1 bits' "$poke" differ "$WORK/a" "$WORK/b"
	block=$((block + 9))
done
serve_faulty "tree:$tree" <<'END'
- {name: wrong, corrupt: flip}
END
expect '1 bytes 1 bits' poke differ "$MNT/tiny" "$tree/tiny"
expect '0 bytes 0 bits' poke differ "$MNT/empty" "$tree/empty"

it 'only in its range, by all ways to read'
serve_faulty "tree:$tree" <<'END'
- {name: wrong, path: file, on: read, offset: 5000..7000, corrupt: ones}
END
cp "$tree/file" "$WORK/wrong"
head -c 2000 /dev/zero | tr '\0' '\377' | dd of="$WORK/wrong" bs=1 seek=5000 conv=notrunc 2>/dev/null
same_by_all "$WORK/wrong" 100000

it 'two rules on overlapping ranges, in their order'
serve_faulty "tree:$tree" <<'END'
- {name: ones, path: file, on: read, offset: ..10, corrupt: ones}
- {name: zero, path: file, on: read, offset: 5..20, corrupt: zero}
END
expect '5 15' poke bytes "$MNT/file" 0 20 255 , bytes "$MNT/file" 0 20 0
unmount
grep -q '"rule":"ones".*"changed":10}' "$JOURNAL" || fail 'ten bytes were changed by the first'
grep -q '"rule":"zero".*"changed":15}' "$JOURNAL" || fail 'fifteen by the second'

it 'only at the second read'
serve_faulty "tree:$tree" <<'END'
- {name: second, path: file, corrupt: zero, when: {nth: 2}}
END
expect '1000:same 1000:bytes 1000:same' poke repeat 3 same "$MNT/file" "$tree/file" 0 1000

it 'what is written to a scratch is whole there, and wrong when read back'
new_scratch
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: wrong, corrupt: {mode: flip, every: 1000}}
END
cp "$tree/file" "$MNT/file"
expect_same "$tree/file" "$SCRATCH/file"
expect '100 bytes 100 bits' poke differ "$tree/file" "$MNT/file"

# ---- truncate ----

for source in tree scratch; do
	it "$source: truncate, and stat says so"
	serve_faulty "$source:$tree" <<'END'
- {name: cut, path: file, truncate: 5000}
END
	head -c 5000 "$tree/file" >"$WORK/head"
	expect '5000 5000' poke size "$MNT/file" , fsize "$MNT/file"
	expect 5000 sh -c "ls -l '$MNT/file' | cut -d ' ' -f 5"
	same_by_all "$WORK/head" 5000
	expect_pokes <<'END'
	0         | read $M/file 5000 100
	0         | read $M/file 50000 100
	10        | read $M/file 4990 100
	5000      | lseek $M/file end 0
	100000    | size $M/other
END
	expect 100000 stat -c %s "$tree/file"

	it "$source: truncate, and stat shows the full size"
	serve_faulty "$source:$tree" <<'END'
- {name: cut, path: file, truncate: {at: 5000, stat: full}}
END
	expect '100000 100000' poke size "$MNT/file" , fsize "$MNT/file"
	for method in read pread sendfile splice; do
		expect '5000 end' poke copy $method 4096 "$MNT/file" "$WORK/copy"
		expect_same "$WORK/head" "$WORK/copy"
	done
	expect_pokes <<'END'
	0         | read $M/file 5000 100
	10        | read $M/file 4990 100
	100000    | size $M/file
END
done

it 'at nothing, at a percentage, and where the file is shorter'
serve_faulty "tree:$tree" <<'END'
- {name: none, path: file, truncate: 0}
- {name: half, path: other, truncate: 50%}
- {name: beyond, path: tiny, truncate: 1000}
END
expect '0 0 50000 10' poke size "$MNT/file" , read "$MNT/file" 0 10 , size "$MNT/other" , size "$MNT/tiny"
expect '50000 end 10 end 0 end' poke copy read 4096 "$MNT/other" - , copy read 4096 "$MNT/tiny" - , copy mmap 1 "$MNT/file" -
expect_struck 0 beyond

it 'an open file is cut by its own size, whatever has its name meanwhile'
mkdir "$WORK/moved"
for source in tree scratch; do
	make_bytes "$WORK/moved/file" 100000
	make_bytes "$WORK/moved/tiny" 10
	serve_faulty "$source:$WORK/moved" <<'END'
- {name: half, path: file, truncate: 50%}
END
	where=$WORK/moved
	[ "$source" = tree ] || where=$MNT
	expect 'ok ok 1000' poke open "$MNT/file" r , rename "$where/tiny" "$where/file" , read @ 49000 4096
done

it 'by chance: a file is cut for every look at it, or for none'
mkdir "$WORK/many"
expect 100 poke makemany "$WORK/many/f" 100
serve_faulty "tree:$WORK/many" <<'END'
- {name: cut, path: "f*", truncate: 3, when: {probability: 30%}}
END
short=0
for file in "$MNT"/*; do
	size=$("$poke" size "$file")
	got=$("$poke" read "$file" 0 4096)
	[ "$size" = "$got" ] || fail "$file: stat says $size, read $got"
	[ "$size" != 3 ] || short=$((short + 1))
done
[ $short -ge 15 ] && [ $short -le 45 ] || fail "$short of 100 are cut, 30 were wanted"

it 'a rule that belongs to the file cannot count requests'
plan <<'END'
- {name: cut, truncate: 3, when: {nth: 2}}
END
expect_status 2 \
	"ordeal: $PLAN:4:5: 'truncate' belongs to the file and not to a single request: no 'nth'" \
	"$ordeal" mount "tree:$tree" "$WORK" --plan "$PLAN"
unmount
