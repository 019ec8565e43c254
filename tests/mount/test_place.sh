#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Triggers by place: globs; an error exactly at byte n, with all before it delivered, whatever reads and in what blocks; listings
# that break off after n names.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$WORK/tree
mkdir -p "$tree"
make_bytes "$tree/file" 300000
make_bytes "$tree/small" 9000
make_bytes "$tree/tiny" 4000
tar -C "$tree" -czf "$WORK/a.tgz" .

# ends_at BYTE WORD FILE METHOD BLOCK: so many bytes come, the right ones, and then this.
ends_at() {
	expect "$1 $2" poke copy "$4" "$5" "$MNT/${6-}$3" "$WORK/copy"
	head -c "$1" "$tree/$3" >"$WORK/wanted"
	expect_same "$WORK/wanted" "$WORK/copy"
}

for source in "tree:$tree" "scratch:$tree" "pack:$WORK/a.tgz"; do
	for n in 0 1 4096 70000 131072 299999; do
		it "${source%%:*}: an error at byte $n"
		serve_faulty "$source" <<END
- {name: bad, path: file, on: read, offset: $n.., fail: EIO}
END
		page=$((n / 4096 * 4096))
		for block in 100 4096 131072 1M; do
			[ $block != 100 ] || [ $n -lt 80000 ] || continue
			ends_at $n EIO file read $block
			ends_at $n EIO file pread $block
		done
		for method in sendfile splice; do
			ends_at $page EIO file $method 65536
			ends_at $page EIO file $method 1000
		done
		ends_at $page SIGBUS file mmap 1
		ends_at $page SIGBUS file mmap-shared 1
		expect_status 1 "cat: $MNT/file: Input/output error" cat "$MNT/file"
		expect $n stat -c %s "$WORK/stdout"
		rm -f "$WORK/copy"
		expect_status 1 "cp: error reading '$MNT/file': Input/output error" cp "$MNT/file" "$WORK/copy"
		expect $n stat -c %s "$WORK/copy"
		expect_status 1 "dd: error reading '$MNT/file': Input/output error" dd "if=$MNT/file" bs=10000 "of=$WORK/copy"
		expect $n stat -c %s "$WORK/copy"
		expect '300000 9000 end' poke size "$MNT/file" , copy read 4096 "$MNT/small" -
		unmount
		grep -v '"rule":"bad","effect":"fail","error":"EIO"}$\|"op":"read",.*"rule":"bad","effect":"cut"}$' "$JOURNAL" &&
			fail 'something else is in the journal'
		grep -q '"effect":"fail"' "$JOURNAL" || fail 'no error is in the journal'
	done
done

it 'byte by byte'
serve_faulty "tree:$tree" <<'END'
- {name: bad, path: small, on: read, offset: 5000.., fail: EIO}
END
ends_at 5000 EIO small read 1
ends_at 5000 EIO small pread 1
expect_struck 2 '"offset":5000,"length":1,'

it 'copy_file_range'
for n in 0 4096 70000; do
	new_scratch
	serve_faulty "tree:$tree" --scratch "$SCRATCH" <<END
- {name: bad, volume: in, path: file, on: read, offset: $n.., fail: EIO}
END
	page=$((n / 4096 * 4096))
	expect "$page EIO" poke copy copy_file_range 65536 "$MNT/in/file" "$MNT/out/copy"
	head -c "$page" "$tree/file" >"$WORK/wanted"
	expect_same "$WORK/wanted" "$SCRATCH/copy"
done

it 'one bad byte: what is before and behind can be read'
serve_faulty "tree:$tree" <<'END'
- {name: bad, path: file, on: read, offset: 5000, fail: EIO}
END
expect_pokes <<'END'
	5000        | read $M/file 0 10000
	EIO         | read $M/file 5000 1
	EIO         | read $M/file 5000 10000
	1           | read $M/file 4999 1
	1           | read $M/file 4999 2
	10000       | read $M/file 5001 10000
END
expect_struck 2 '"effect":"fail"'
expect '4096 SIGBUS' poke copy mmap 1 "$MNT/file" -

it 'a program that takes a cut read for the end of the file asks no more; the journal tells that it was cut'
serve_faulty "tree:$tree" <<'END'
- {name: bad, path: file, on: read, offset: 5000.., fail: EIO, when: {times: 1}}
END
expect '5000 5000' poke repeat 2 read "$MNT/file" 0 10000
expect_struck 2 '"op":"read",.*"offset":0,"length":10000,"rule":"bad","effect":"cut"}'
expect_struck 2 .
expect 'EIO 10000' poke read "$MNT/file" 5000 10000 , read "$MNT/file" 0 10000
expect_struck 1 '"effect":"fail"'
expect_struck 3 .
expect 5000 poke read "$MNT/small" 0 5000
expect_struck 3 .

it 'such a cut is no hit: nobody has met the error; it is counted apart'
serve_faulty "tree:$tree" <<'END'
- {name: bad, path: file, on: read, offset: 5000.., fail: EIO}
- {name: behind, path: small, on: open, fail: EACCES, when: {after_rule: bad}}
- {name: brief, path: tiny, on: read, short: 10}
END
# Asks for more than it wants, and takes what it wants: no error is seen.
expect 5000 poke read "$MNT/file" 0 10000
"$ordeal" ctl "$MNT" rules >"$WORK/rules"
grep -qE '^on +0  bad: .* \(1 cut short\)$' "$WORK/rules" || fail "$(cat "$WORK/rules")"
"$ordeal" ctl --json "$MNT" status >"$WORK/status"
grep -q '{"name":"bad","hits":0,"cuts":1}.*"hits":0,"cuts":1' "$WORK/status" || fail "$(cat "$WORK/status")"
"$ordeal" stats --format prometheus "$MNT" >"$WORK/metrics"
expect 'ordeal_faults_total{rule="bad",effect="fail"} 0
ordeal_cuts_total{rule="bad",effect="fail"} 1' grep '^[^#].*rule="bad"' "$WORK/metrics"
expect 5000 poke read "$MNT/small" 0 5000
# The rest is the error, and being short is all that `short` does.
expect 'EIO 10' poke read "$MNT/file" 5000 1 , read "$MNT/tiny" 0 100
expect EACCES poke open "$MNT/small" r
expect '{"name":"bad","hits":1,"cuts":1}
{"name":"behind","hits":1,"cuts":0}
{"name":"brief","hits":1,"cuts":0}' sh -c "'$ordeal' ctl --json '$MNT' status | grep -o '{\"name\":[^}]*}'"

it 'a range that ends; one that has no start'
serve_faulty "tree:$tree" <<'END'
- {name: middle, path: file, on: read, offset: 4KiB..8KiB, fail: EIO}
- {name: start, path: small, on: read, offset: ..100, fail: EIO}
END
expect_pokes <<'END'
	4096        | read $M/file 0 10000
	EIO         | read $M/file 8191 1
	10000       | read $M/file 8192 10000
	EIO         | read $M/small 0 1
	EIO         | read $M/small 99 1000
	100         | read $M/small 100 100
END

it 'a file that has no such byte is whole, and so is its end'
for n in 9000 9001 10000 299999; do
	serve_faulty "tree:$tree" <<END
- {name: bad, on: read, offset: $n.., fail: EIO}
END
	for method in read pread sendfile mmap; do
		ends_at 9000 end small $method 4096
	done
	expect '0 0' poke read "$MNT/small" 9000 100 , read "$MNT/small" 2000000 100
	expect_struck 0 '"path":"small"'
done

it 'writes: up to the byte, and not over it'
new_scratch
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: bad, path: f, on: write, offset: 5000.., fail: EIO}
END
expect 'ok 4096 904 EIO 10 EIO EIO' poke open "$MNT/f" w,c , write @ 0 4096 , write @ 4096 4096 , write @ 5000 100 , write @ 0 10 , \
	write @ 20000 10 , write @ 5000 1
expect 5000 stat -c %s "$SCRATCH/f"
head -c 5000 "$tree/file" >"$WORK/wanted"
expect_same "$WORK/wanted" "$SCRATCH/f"

it 'writes through a shared mapping: what comes near the byte fails as a whole, and msync says so; nothing is lost in silence'
for error in EIO ENOSPC; do
	new_scratch
	serve_faulty "scratch:$SCRATCH" <<END
- {name: bad, path: f, on: write, offset: 5000..6000, fail: $error}
END
	expect "ok ok $error ok" poke open "$MNT/f" rw,c , ftruncate @ 20000 , mwrite @ 0 20000 , close @
	expect_struck 1 "\"op\":\"write\",.*\"rule\":\"bad\",\"effect\":\"fail\",\"error\":\"$error\""
	expect_struck 1 .
	expect 'ok ok ok' poke open "$MNT/g" rw,c , ftruncate @ 20000 , mwrite @ 0 20000
	head -c 20000 "$tree/file" >"$WORK/wanted"
	expect_same "$WORK/wanted" "$SCRATCH/g"
done
it 'and where the bad bytes are not written it works; short writes are nothing to it'
new_scratch
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: bad, on: write, offset: 20000.., fail: EIO}
- {name: short, on: write, short: 100}
END
expect 'ok ok ok' poke open "$MNT/f" rw,c , ftruncate @ 20000 , mwrite @ 0 20000
expect_same "$WORK/wanted" "$SCRATCH/f"
expect_struck 0 .

it 'fallocate: by the bytes that it is about'
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: bad, path: f, on: fallocate, offset: 5000..6000, fail: EOPNOTSUPP}
END
expect 'ok EOPNOTSUPP ok' poke fallocate "$MNT/f" keep 0 5000 , fallocate "$MNT/f" keep 5500 10 , fallocate "$MNT/f" keep 6000 10
it 'all of it or nothing, also where it begins before'
expect 'EOPNOTSUPP ok' poke fallocate "$MNT/f" keep 0 20000 , fallocate "$MNT/f" keep 0 5000

it 'at a place and only once: a program that reads meets the error once'
for method in read pread direct; do
	serve_faulty "tree:$tree" <<'END'
- {name: bad, path: file, on: read, offset: 73728.., fail: EIO, when: {times: 1}}
END
	ends_at 73728 EIO file $method 65536
	ends_at 300000 end file $method 65536
	expect_struck 1 '"effect":"fail"'
done

# What the page cache needs it asks for again when it fails; the program must see the error nevertheless, and see it once.
it 'only once, by way of the page cache: the first to come meets the error, whatever asks for a page how often'
for when in 'times: 1' 'nth: 1' 'nth: 1, probability: 99.9%, draw: ordinal'; do
	for file in tiny small file; do
		for method in sendfile splice mmap mmap-shared; do
			serve_faulty "tree:$tree" <<END
- {name: bad, path: $file, on: read, fail: EIO, when: {$when}}
END
			case $method in mmap*) word=SIGBUS ;; *) word=EIO ;; esac
			ends_at 0 $word $file $method 65536
			ends_at "$("$poke" size "$tree/$file")" end $file $method 65536
			expect_struck 1 .
		done
	done
done

it 'only once: a program that copies'
for file in tiny small file; do
	new_scratch
	serve_faulty "tree:$tree" --scratch "$SCRATCH" <<END
- {name: bad, volume: in, path: $file, on: read, fail: EIO, when: {times: 1}}
END
	timeout -k 1 20 cp "$MNT/in/$file" "$MNT/out/" 2>"$WORK/stderr" && fail 'cp has noticed nothing'
	cp "$MNT/in/$file" "$MNT/out/" || fail 'cp, for the second time'
	expect_same "$tree/$file" "$SCRATCH/$file"
	expect_struck 1 .
done

it 'once, behind what a copy has made already: the copy that goes on there has the error'
new_scratch
serve_faulty "tree:$tree" --scratch "$SCRATCH" <<'END'
- {name: bad, volume: in, path: file, on: read, offset: 8192.., fail: EIO, when: {times: 1}}
END
expect '8192 EIO' poke copy copy_file_range 65536 "$MNT/in/file" "$MNT/out/copy"
expect_struck 1 .
cp "$MNT/in/file" "$MNT/out/again" || fail 'once is enough'
expect_same "$tree/file" "$SCRATCH/again"

it 'twice, by one program that tries again: its second copy_file_range, its second look at a mapped page'
for file in tiny small file; do
	new_scratch
	serve_faulty "tree:$tree" --scratch "$SCRATCH" <<END
- {name: bad, volume: in, path: $file, on: read, fail: EIO, when: {times: 2}}
END
	expect 'ok ok EIO EIO 4000 4000' poke open "$MNT/in/$file" r , open "$MNT/out/copy" w,c , repeat 4 copyrange @1 @2 0 4000
	expect_struck 2 .
	serve_faulty "tree:$tree" <<END
- {name: bad, path: $file, on: read, fail: EIO, when: {times: 2}}
END
	expect 'ok SIGBUS SIGBUS 27' poke open "$MNT/$file" r , repeat 3 touch @ shared 10
	expect_struck 2 .
done

# How far ahead the page cache reads must not matter, nor who asked before.
it 'by chance: the same pages fail for all that read by way of the page cache'
serve_faulty "tree:$tree" --seed 3 <<'END'
- {name: bad, path: file, on: read, fail: EIO, when: {probability: 5%}}
END
end=$(poke copy sendfile 65536 "$MNT/file" -)
end=${end%% *}
[ "$end" -gt 0 ] && [ "$end" -lt 300000 ] || fail "ends at $end: choose another seed"
for again in 1 2; do
	ends_at "$end" SIGBUS file mmap $again
	ends_at "$end" EIO file splice 65536
	ends_at "$end" EIO file sendfile 5000
done

# ---- globs ----

it 'paths: what a pattern means, it strikes, and nothing else'
mkdir -p "$WORK/names/a/b/c" "$WORK/names/x" "$WORK/names/[odd]"
for name in top.png top.tif a/in.png a/b/deep.png a/b/c/deeper.png x/1 x/2 x/10 '[odd]/s*r'; do
	: >"$WORK/names/$name"
done
struck_by() {
	serve_faulty "tree:$WORK/names" <<END
- {name: hit, path: "$1", on: open, fail: EIO}
END
	(cd "$MNT" && find . -type f | sort) >"$WORK/files"
	while read -r file; do
		[ "$("$poke" open "$MNT/$file" r)" = ok ] || printf '%s ' "${file#./}"
	done <"$WORK/files"
}
expect 'top.png ' struck_by '*.png'
expect 'a/b/c/deeper.png a/b/deep.png a/in.png top.png ' struck_by '**/*.png'
expect 'a/b/c/deeper.png a/b/deep.png a/in.png ' struck_by 'a/**'
expect 'a/in.png ' struck_by 'a/*'
expect 'a/b/c/deeper.png a/b/deep.png ' struck_by 'a/**/deep*'
expect 'a/b/c/deeper.png ' struck_by '**/c/**'
expect 'x/1 x/2 ' struck_by 'x/?'
expect 'x/2 ' struck_by 'x/[!1]'
expect 'top.png top.tif ' struck_by 'top.{png,tif}'
expect '[odd]/s*r ' struck_by '\\[odd]/s\\*r'
expect '' struck_by 'a'
expect '' struck_by '{a,TOP.png}'
expect '[odd]/s*r a/b/c/deeper.png a/b/deep.png a/in.png top.png top.tif x/1 x/10 x/2 ' struck_by '**'

# ---- entries ----

it 'a listing that breaks off after so many names, and then goes on breaking'
mkdir "$WORK/many"
expect 1000 poke makemany "$WORK/many/f" 1000
for source in tree scratch; do
	for n in 0 1 3 500 999; do
		serve_faulty "$source:$WORK/many" <<END
- {name: broken, path: ., on: readdir, entries: $n.., fail: EIO}
END
		expect "$n EIO" poke count "$MNT"
		expect "$n EIO" poke dribble "$MNT" 100
		expect 'EIO EIO' poke readagain "$MNT" 2
	done
	serve_faulty "$source:$WORK/many" <<'END'
- {name: broken, path: ., on: readdir, entries: 1000.., fail: EIO}
END
	expect '1000 end' poke count "$MNT"
	expect_struck 0 .
done

it 'a listing that breaks off once'
for source in tree scratch; do
	serve_faulty "$source:$WORK/many" <<'END'
- {name: broken, path: ., on: readdir, entries: 300.., fail: EIO, when: {times: 1}}
END
	expect '300 EIO 1000 end 1000 end' poke repeat 3 count "$MNT"
	expect_struck 1 .
done

it 'the second listing breaks off'
serve_faulty "tree:$WORK/many" <<'END'
- {name: broken, path: ., on: readdir, entries: 300.., fail: EIO, when: {nth: 2}}
END
expect '1000 end 300 EIO 1000 end' poke repeat 3 count "$MNT"
serve_faulty "tree:$WORK/many" <<'END'
- {name: broken, path: ., on: readdir, fail: EIO, when: {nth: 2}}
END
expect '1000 end 0 EIO 1000 end' poke repeat 3 count "$MNT"

it 'ls, find and the shell say so, or do not'
serve_faulty "tree:$WORK/many" <<'END'
- {name: broken, path: ., on: readdir, entries: 300.., fail: EIO}
END
expect_status 2 "ls: reading directory '$MNT': Input/output error" ls "$MNT"
expect 300 sh -c "ls '$MNT' 2>/dev/null | wc -l"
unmount
