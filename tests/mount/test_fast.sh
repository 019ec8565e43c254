#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What makes the mount fast is not seen: with all of it and with none, in every way of caching, files hold what they should, attributes
# follow writes, opens of any kind stand side by side, and a rule on any path strikes.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$WORK/tree
mkdir "$tree"
make_bytes "$tree/big" 3000001
make_bytes "$tree/small" 5000
tar -C "$tree" -czf "$WORK/a.tgz" .

# Bytes that the server itself has read since it began: what passes it by is not among them.
server_read() {
	sed -n 's/^rchar: //p' "/proc/$SERVER/io"
}

# And written: its answers.
server_write() {
	sed -n 's/^wchar: //p' "/proc/$SERVER/io"
}

# reads_of COMMAND...: many | few, of the 3 MB that the command reads.
reads_of() {
	before=$(server_read)
	"$@" >"$WORK/stdout" || fail "$*: failed"
	[ $(($(server_read) - before)) -ge 3000000 ] && echo many || echo few
}

passes_through() {
	serve "tree:$tree"
	[ "$(reads_of cat "$MNT/big")" = few ]
}

if passes_through; then
	it 'a file that no rule can touch is read past the server, in a scratch too'
	expect few reads_of cat "$MNT/big"
	serve "scratch:$tree"
	expect few reads_of cat "$MNT/big"
	# What the server says for a third reading, when the page cache has nothing: little | all
	third_reading() {
		serve "$@"
		file=$MNT/big
		[ -e "$file" ] || file=$MNT/slice_0001.png
		cat "$file" >"$WORK/first" || fail 'the first reading'
		cat "$file" >"$WORK/copy" || fail 'the second reading'
		expect_same "$WORK/first" "$WORK/copy"
		dd if="$file" iflag=nocache count=0 2>"$WORK/dd" || fail 'dropping its pages'
		before=$(server_write)
		cat "$file" >"$WORK/copy" || fail 'the third reading'
		expect_same "$WORK/first" "$WORK/copy"
		expect "ok ok $(stat -c %s "$file"):same" poke open "$file" r , open "$file" r,d , same @2 "$WORK/first" 0 4M >&2
		expect 3000000 poke read "$file" 0 3000000 >&2
		[ $(($(server_write) - before)) -gt 5000000 ] && echo all || echo little
	}
	it '... a made or archived file from its second opening on'
	for source in "pack:$WORK/a.tgz" stack:slices=2,width=1400,height=1100; do
		expect little third_reading "$source"
		expect all third_reading "$source" --without retain
	done
	it '... a rule that comes later is heeded by those who open it then, and the others are told of'
	serve "tree:$tree"
	rule="{name: bad, path: big, on: read, fail: EIO}"
	expect 'ok 10 0 10 ok EIO' poke open "$MNT/big" r , read @ 0 10 , run "'$ordeal' ctl '$MNT' set '$rule' 2>'$WORK/told' >&2" , \
		read @1 0 10 , open "$MNT/big" r , read @2 0 10
	grep -q '^ordeal: 1 open file is not reached by this change until opened anew' "$WORK/told" || fail "told: $(cat "$WORK/told")"
	it '... each once, however often it is open, and for whatever it is out of reach'
	serve "tree:$tree"
	rule="{name: bad, path: big, on: [read, flush], fail: EIO}"
	expect 'ok ok ok 0' poke open "$MNT/big" r , open "$MNT/big" r , open "$MNT/big" r , \
		run "'$ordeal' ctl '$MNT' set '$rule' 2>'$WORK/told' >'$WORK/said'"
	grep -qx 'still_cached: 1' "$WORK/said" || fail "told: $(cat "$WORK/said")"
	it '... but databases and logs are not passed through'
	new_scratch
	serve "scratch:$SCRATCH"
	rule="{name: bad, on: write, fail: EIO}"
	expect 'ok 10 ok 10 0 EIO EIO' poke open "$MNT/base" rw,c , write @1 0 10 , open "$MNT/log" w,ca , write @2 0 10 , \
		run "'$ordeal' ctl '$MNT' set '$rule' 2>'$WORK/told' >'$WORK/said'" , write @1 0 10 , write @2 0 10
	expect '' cat "$WORK/told"
	it '... and what is switched off is off'
	for option in --live --uncached '--without passthrough' '--without all'; do
		# shellcheck disable=SC2086
		serve "tree:$tree" $option
		expect many reads_of cat "$MNT/big"
	done
	it '... nor are ruled files, nor limited volumes'
	serve_faulty "tree:$tree" <<'END'
- {name: none, path: big, on: read, delay: 1us}
END
	expect many reads_of cat "$MNT/big"
	new_scratch
	make_bytes "$SCRATCH/big" 3000001
	serve_faulty "scratch:$SCRATCH" <<'END'
- {name: full, space: {bytes: 10MB}}
END
	expect many reads_of cat "$MNT/big"
else
	printf '%s\n' '  (no passthrough here: root and Linux 6.9 are needed)'
fi

ways='auto --live --cached --uncached --without=all --without=passthrough'

options_of() {
	[ "$1" = auto ] || echo "$1"
}

for way in $ways; do
	it "reading in every way, $way"
	for source in "tree:$tree" "scratch:$tree" "pack:$WORK/a.tgz"; do
		# shellcheck disable=SC2046
		serve "$source" $(options_of "$way")
		for again in 1 2; do
			for method in read pread sendfile splice mmap mmap-shared direct; do
				expect '3000001 end' poke copy $method 65536 "$MNT/big" "$WORK/copy"
				expect_same "$tree/big" "$WORK/copy"
			done
		done
		expect '5000 0' poke read "$MNT/small" 0 9000 , read "$MNT/small" 5000 1
	done

	it "opens of any kind stand side by side, $way"
	# shellcheck disable=SC2046
	serve "scratch:$tree" $(options_of "$way")
	expect 'ok ok ok ok 4096:same 100:same 100:same 100 100:same' poke open "$MNT/big" r , open "$MNT/big" r,d , open "$MNT/big" rw , \
		open "$MNT/big" w , same @2 "$tree/big" 4096 4096 , same @1 "$tree/big" 10 100 , same @3 "$tree/big" 10 100 , \
		write @4 3000001 100 , same @1 "$tree/big" 3000001 100
	expect 'ok ok ok 4096:same ok ok' poke open "$MNT/big" r,d , open "$MNT/big" r , open "$MNT/big" r,d , \
		same @1 "$tree/big" 0 4096 , close @2 , open "$MNT/big" rw
	expect '3000101 ok 3000001' poke size "$MNT/big" , truncate "$MNT/big" 3000001 , size "$MNT/big"
	it "shared mappings beside other opens, $way"
	byte=$(poke touch "$tree/big" private 0)
	expect "ok $byte ok 100:same $byte" poke open "$MNT/big" r , touch @1 shared 0 , open "$MNT/big" rw , same @2 "$tree/big" 0 100 , \
		touch @2 private 0
	expect "ok $byte ok 100:same $byte" poke open "$MNT/big" r,d , touch @1 shared 0 , open "$MNT/big" rw , same @2 "$tree/big" 0 100 , \
		touch @2 shared 0

	it "a scratch is what was written, and its attributes follow at once, $way"
	new_scratch
	# shellcheck disable=SC2046
	serve "scratch:$SCRATCH" $(options_of "$way")
	expect 'ok 1048576 1048576 1048576' poke open "$MNT/f" rw,c , write @ 0 1M , fsize @ , size "$MNT/f"
	expect 'ok 1000000000.123456789 ok 10' poke utimens "$MNT/f" 1000000000 , mtime "$MNT/f" , open "$MNT/f" w , write @ 5 10
	[ "$(poke mtime "$MNT/f")" != 1000000000.123456789 ] || fail 'a write has not changed the mtime'
	expect 'ok ok 7 1048583 7 ok 1048590' poke open "$MNT/f" r , open "$MNT/f" w,a , write @2 -1 7 , fsize @1 , write @2 -1 7 , \
		fsync @2 , size "$MNT/f"
	expect 'ok 3 3 0 ok 100 0 100' poke open "$MNT/g" rw,ct , write @ 0 3 , size "$MNT/g" , read @ 3 10 , ftruncate @ 100 , \
		size "$MNT/g" , read @ 100 1 , fsize @
	expect 'ok 1 10000001' poke open "$MNT/holes" rw,ct , write @ 10000000 1 , size "$MNT/holes"
	expect "$(poke lseek "$SCRATCH/holes" data 1) 0" poke lseek "$MNT/holes" data 1 , lseek "$MNT/holes" hole 0
	expect 'ok 5000' poke mwrite "$MNT/f" 4096 5000 , write "$MNT/f" 100000 5000
	expect '100 end' poke copy copy_file_range 1000 "$MNT/g" "$MNT/h"
	expect 'ok 0 ok' poke open "$MNT/g" rw,t , fsize @ , close @
	expect_same_tree "$SCRATCH" "$MNT"
	it "... also through descriptors of files that have no name any more, $way"
	expect 'ok 100 ok 100 100 ok' poke open "$MNT/f" rw , write @ 0 100 , unlink "$MNT/f" , read @ 0 100 , write @ 50 100 , close @
done

# rules ON HOW...: a rule on each path, whatever the kernel could do for the file without it.
for way in auto --live --uncached --without=all --without=passthrough; do
	it "a rule on reads strikes however a file is read, $way"
	for source in "tree:$tree" "scratch:$tree" "pack:$WORK/a.tgz" ct-small:slices=1; do
		# shellcheck disable=SC2046
		serve_faulty "$source" $(options_of "$way") <<'END'
- {name: bad, on: read, fail: EIO}
END
		file=$MNT/big
		[ -e "$file" ] || file=$MNT/slice_0000.png
		for method in read pread sendfile splice; do
			expect '0 EIO' poke copy $method 65536 "$file" -
		done
		expect '0 SIGBUS' poke copy mmap 4096 "$file" -
		expect '0 EIO' poke copy direct 4096 "$file" -
		[ "$way" = --without=all ] || expect '0 SIGBUS' poke copy mmap-shared 4096 "$file" -
		[ "$way" != --without=all ] || expect 'ENODEV' poke touch "$file" shared 0
	done
	it "... and one on writes, lookups, stats, opens, seeks and closes, $way"
	new_scratch
	make_bytes "$SCRATCH/f" 5000
	# shellcheck disable=SC2046
	serve_faulty "scratch:$SCRATCH" $(options_of "$way") <<'END'
- {name: w, on: write, when: {times: 100}, fail: ENOSPC}
- {name: s, on: lseek, fail: EINVAL}
- {name: f, on: flush, fail: EDQUOT}
- {name: y, on: fsync, fail: EIO}
END
	expect 'ok ENOSPC 10 ok ENOSPC EINVAL EIO EDQUOT' poke open "$MNT/f" rw , write @ 0 10 , read @ 0 10 , open "$MNT/f" w,a , \
		put @2 x , lseek @1 data 0 , fsync @1 , close @1
	# shellcheck disable=SC2046
	serve_faulty "tree:$tree" $(options_of "$way") <<'END'
- {name: o, path: big, on: open, when: {nth: 2}, fail: EACCES}
- {name: g, path: small, on: getattr, when: {nth: 2}, fail: EIO}
END
	expect 'ok EACCES ok' poke open "$MNT/big" r , open "$MNT/big" r , open "$MNT/big" r
	expect 'ok 5000 EIO 5000' poke open "$MNT/small" r , fsize @ , fsize @ , fsize @
done

it 'but --cached may hide what it strikes: the first read is the only one that arrives'
serve_faulty "tree:$tree" --cached <<'END'
- {name: bad, path: small, on: read, when: {nth: 2..}, fail: EIO}
END
expect '10 10 10' poke read "$MNT/small" 0 10 , read "$MNT/small" 0 10 , read "$MNT/small" 0 10
serve_faulty "tree:$tree" <<'END'
- {name: bad, path: small, on: read, when: {nth: 2..}, fail: EIO}
END
expect '10 EIO EIO' poke read "$MNT/small" 0 10 , read "$MNT/small" 0 10 , read "$MNT/small" 0 10

it 'what may be left out has names'
expect_status 2 "ordeal: --without: 'passthru' is no feature" "$ordeal" mount --without passthru "tree:$tree" "$MNT"
unmount
