#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Rules and files that move: a file is under the rules of the path that it has now, open or not; and what waits finds what has
# happened meanwhile.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

new_scratch
mkdir -p "$SCRATCH/good/deep" "$SCRATCH/other"
for name in f good/f good/deep/f other/f; do
	echo "$name" >"$SCRATCH/$name"
done

it 'a file comes under a rule by its new name, and leaves it by another'
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: bad, path: "bad/**", on: [open, read, write], fail: EIO}
- {name: badname, path: bad-file, on: read, fail: EREMOTEIO}
END
expect 'ok 2 ok EREMOTEIO ok 2' poke open "$MNT/f" r , read @ 0 9 , rename "$MNT/f" "$MNT/bad-file" , read @ 0 9 , \
	rename "$MNT/bad-file" "$MNT/f" , read @ 0 9

it 'so do all files below a directory'
expect 'ok ok 12 ok EIO EIO EIO EIO ok 12 12 ok' poke open "$MNT/good/deep/f" rw , open "$MNT/good/f" r , read @1 0 99 , \
	rename "$MNT/good" "$MNT/bad" , read @1 0 99 , read @2 0 99 , write @1 0 1 , open "$MNT/bad/f" r , \
	rename "$MNT/bad" "$MNT/good" , read @1 0 99 , write @1 0 12 , open "$MNT/good/f" r

it 'and the two of an exchange'
mkdir "$SCRATCH/bad"
echo inbad >"$SCRATCH/bad/g"
expect 'ok EIO EIO ok ok EIO EIO ok' poke open "$MNT/good/f" r , open "$MNT/bad/g" r , open "$MNT/bad/g" r , \
	rename2 "$MNT/good" "$MNT/bad" exchange , open "$MNT/good/g" r , open "$MNT/bad/f" r , read @1 0 9 , \
	rename2 "$MNT/good" "$MNT/bad" exchange

it 'a rename is asked by its new path first, then by the old one'
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: into, path: final, on: rename, fail: EXDEV}
- {name: outof, path: stuck, on: rename, fail: EACCES}
END
expect 'ok EXDEV ok ok ok EACCES EXDEV' poke create "$MNT/tmp" , rename "$MNT/tmp" "$MNT/final" , rename "$MNT/tmp" "$MNT/fine" , \
	create "$MNT/stuck" , create "$MNT/final" , rename "$MNT/stuck" "$MNT/x" , rename "$MNT/stuck" "$MNT/final"
expect 'file file file ENOENT' poke stat "$SCRATCH/fine" , stat "$SCRATCH/stuck" , stat "$SCRATCH/final" , stat "$SCRATCH/x"
expect_status 0 '' mv "$MNT/fine" "$MNT/final" # by copying, after EXDEV

it 'a link is asked by its new path, a new file by its own'
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: names, path: "no*", on: [link, create, mkdir, symlink, mknod], fail: EPERM}
END
expect 'EPERM EPERM EPERM EPERM EPERM ok' poke link "$MNT/final" "$MNT/no1" , create "$MNT/no2" , mkdir "$MNT/no3" , \
	symlink x "$MNT/no4" , mknod "$MNT/no5" fifo , link "$MNT/final" "$MNT/yes"

# ---- hard links: a file is under the rules of each of its names ----

# linked RULE...: the scratch holds a, and d/ empty
linked() {
	new_scratch
	mkdir "$SCRATCH/d"
	make_bytes "$SCRATCH/a" 10
	printf -- '- {on: read, %s}\n' "$@" >"$WORK/rules"
	serve_faulty "scratch:$SCRATCH" <"$WORK/rules"
}

it 'a second name that comes and goes takes no file out of its rule'
linked 'path: a, fail: EIO'
expect 'EIO ok EIO EIO ok EIO' poke read "$MNT/a" 0 9 , link "$MNT/a" "$MNT/a.bak" , read "$MNT/a" 0 9 , read "$MNT/a.bak" 0 9 , \
	unlink "$MNT/a.bak" , read "$MNT/a" 0 9
it 'nor does the first name, when the file is found by another'
expect 'ok ok 9 ok 9 ok EIO' poke link "$MNT/a" "$MNT/b" , unlink "$MNT/a" , read "$MNT/b" 0 9 , link "$MNT/b" "$MNT/c" , \
	read "$MNT/c" 0 9 , link "$MNT/c" "$MNT/a" , read "$MNT/b" 0 9
it 'a second name brings a file under a rule, open or not, and takes it out again'
linked 'path: "d/**", fail: EIO'
expect 'ok 9 ok EIO EIO EIO ok 9 9' poke open "$MNT/a" r , read @ 0 9 , link "$MNT/a" "$MNT/d/a" , read @ 0 9 , read "$MNT/a" 0 9 , \
	read "$MNT/d/a" 0 9 , unlink "$MNT/d/a" , read @ 0 9 , read "$MNT/a" 0 9
it 'so does a rename of one of several names, over another file too, and of a directory above it'
expect 'ok 9 ok EIO ok 9 ok ok EIO ok 9 ok EIO' poke link "$MNT/a" "$MNT/b" , read "$MNT/a" 0 9 , rename "$MNT/b" "$MNT/d/b" , \
	read "$MNT/a" 0 9 , rename "$MNT/d/b" "$MNT/b" , read "$MNT/a" 0 9 , \
	create "$MNT/d/c" , rename "$MNT/b" "$MNT/d/c" , read "$MNT/a" 0 9 , rename "$MNT/d" "$MNT/e" , read "$MNT/a" 0 9 , \
	rename "$MNT/e" "$MNT/d" , read "$MNT/a" 0 9
expect 'ok ok 9' poke create "$MNT/other" , rename "$MNT/other" "$MNT/d/c" , read "$MNT/a" 0 9
it 'a file without a name stays under the rules of its last one'
linked 'path: a, fail: EIO'
expect 'ok ok ok 9 ok ok EIO' poke open "$MNT/a" r , link "$MNT/a" "$MNT/b" , unlink "$MNT/a" , read @ 0 9 , link "$MNT/b" "$MNT/a" , \
	unlink "$MNT/b" , read @ 0 9
expect 'ok ok EIO' poke open "$MNT/a" r , unlink "$MNT/a" , read @ 0 9
it 'names that come and go behind the mount are known once they are looked up'
linked 'path: a, fail: EIO' 'path: b, fail: EREMOTEIO'
expect 'ok EIO' poke open "$MNT/a" r , read @ 0 9
mv "$SCRATCH/a" "$SCRATCH/x"
expect '9' poke read "$MNT/x" 0 9
ln "$SCRATCH/x" "$SCRATCH/b"
expect 'EREMOTEIO' poke read "$MNT/b" 0 9
rm "$SCRATCH/b"
ln "$SCRATCH/x" "$SCRATCH/y"
expect '9' poke read "$MNT/y" 0 9
it 'a rule that two names match counts a request once'
linked 'path: "*", fail: EIO, when: {nth: 3}'
expect 'ok 9 9 EIO 9 9 9' poke link "$MNT/a" "$MNT/b" , read "$MNT/a" 0 9 , read "$MNT/b" 0 9 , read "$MNT/a" 0 9 , \
	read "$MNT/b" 0 9 , read "$MNT/a" 0 9 , read "$MNT/b" 0 9
it 'and goes on counting when a name comes or goes'
linked 'path: "*", fail: EIO, when: {nth: 3}'
expect '9 ok 9 ok EIO ok 9' poke read "$MNT/a" 0 9 , link "$MNT/a" "$MNT/b" , read "$MNT/a" 0 9 , unlink "$MNT/b" , \
	read "$MNT/a" 0 9 , link "$MNT/a" "$MNT/b" , read "$MNT/b" 0 9
it 'the rules of all names have their say, in the order of the plan'
linked 'path: b, delay: 1us' 'path: a, fail: EIO' 'path: b, fail: EREMOTEIO'
expect 'ok EIO' poke link "$MNT/a" "$MNT/b" , read "$MNT/b" 0 9
expect_struck 1 '"rule":"rule-1","effect":"delay"'
expect_struck 1 '"rule":"rule-2","effect":"fail"'

# ---- what waits ----

# waits RULE COMMAND...: the call is delayed, in the background.
waits() {
	rule=$1
	shift
	: >"$JOURNAL"
	"$poke" "$@" >"$WORK/waited" 2>&1 &
	WAITING=$!
	wait_for 5 has_struck 1 "\"rule\":\"$rule\"" || fail "$* does not wait"
}

waited() {
	wait $WAITING
	expect "$1" cat "$WORK/waited"
}

new_scratch
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: write, path: "**/slow*", on: write, delay: 400ms}
- {name: open, path: "**/slowopen", on: open, delay: 400ms}
- {name: create, path: "**/slowcreate", on: create, delay: 400ms}
- {name: rename, path: "**/slowrename", on: rename, delay: 400ms}
- {name: unlink, path: "**/slowunlink", on: unlink, delay: 400ms}
- {name: read, path: "**/slowread", on: read, delay: 400ms}
- {name: list, path: "**/slowlist", on: readdir, delay: 400ms}
- {name: stat, path: "**/slowstat", on: getattr, delay: 400ms}
END

it 'a write that waits reaches the file under its new name, and one without a name'
waits write open "$MNT/slow" w,c , write @ 0 10
mv "$MNT/slow" "$MNT/moved"
waited 'ok 10'
expect 10 poke size "$SCRATCH/moved"
waits write open "$MNT/slow" rw,c , write @ 0 10 , fsize @
rm "$MNT/slow"
waited 'ok 10 10'

it 'an open that waits, of a file that goes meanwhile'
expect 'ok' poke create "$MNT/slowopen"
waits open open "$MNT/slowopen" r , fsize @
rm "$MNT/slowopen"
wait $WAITING
grep -qxE 'ok 0|ENOENT|ESTALE' "$WORK/waited" || fail "$(cat "$WORK/waited")"

it 'a creation that waits, in a directory that goes meanwhile behind the mount'
mkdir "$SCRATCH/d"
waits create create "$MNT/d/slowcreate"
rmdir "$SCRATCH/d"
waited ENOENT

it 'a creation that waits, and the directory moves meanwhile'
mkdir "$SCRATCH/e"
waits create create "$MNT/e/slowcreate"
mv "$SCRATCH/e" "$SCRATCH/e2"
waited ok
expect file poke stat "$SCRATCH/e2/slowcreate"

it 'a rename that waits, and its source goes meanwhile behind the mount'
echo x >"$SCRATCH/source"
waits rename rename "$MNT/source" "$MNT/slowrename"
rm "$SCRATCH/source"
waited ENOENT

it 'an unlink that waits, and somebody else was faster'
echo x >"$SCRATCH/slowunlink"
waits unlink unlink "$MNT/slowunlink"
rm "$SCRATCH/slowunlink"
waited ENOENT

it 'a read, a listing and a stat that wait, and what they are of goes meanwhile'
make_bytes "$SCRATCH/slowread" 100
waits read open "$MNT/slowread" r , read @ 0 1000
rm "$MNT/slowread"
waited 'ok 100'
mkdir "$SCRATCH/slowlist"
: >"$SCRATCH/slowlist/a"
waits list count "$MNT/slowlist"
rm -r "$SCRATCH/slowlist"
waited '1 end'
make_bytes "$SCRATCH/slowstat" 100
waits stat open "$MNT/slowstat" r , fsize @
rm "$MNT/slowstat"
waited 'ok 100'

it 'whoever waits is forgotten when he is killed'
make_bytes "$SCRATCH/slowread" 100
waits read open "$MNT/slowread" r , read @ 0 1000
kill -s KILL $WAITING
wait $WAITING 2>/dev/null
expect 'ok' poke unlink "$MNT/slowread"
unmount
