#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Listings: whole, without doubles, with types, at any size of directory and of buffer; seekdir, rewinddir.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$WORK/tree
mkdir "$tree"
for count in 0 1 2 1000 20000; do
	mkdir "$tree/$count"
	expect "$count" poke makemany "$tree/$count/file-" "$count"
done

# What there is by the directory itself, against what the mount lists: types too.
look() {
	poke readdir "$1" | sed '$d' | sort >"$WORK/wanted"
	poke readdir "$2" >"$WORK/got"
	expect end tail -n 1 "$WORK/got"
	sed '$d' "$WORK/got" | sort >"$WORK/sorted"
	expect_same "$WORK/wanted" "$WORK/sorted"
	expect '' sh -c "uniq -d '$WORK/sorted'"
}

for source in tree scratch; do
	serve "$source:$tree"
	for count in 0 1 2 1000 20000; do
		it "$source: $count entries, none twice, none missing, again and again"
		look "$tree/$count" "$MNT/$count"
		look "$tree/$count" "$MNT/$count"
		expect "$count end" poke count "$MNT/$count"
		expect "0 of $((count + 2))" poke seekdir "$MNT/$count" $((count / 400 + 1))
		expect "$count" sh -c "ls -f '$MNT/$count' | grep -c file"
		[ "$count" = 20000 ] || expect "$count" sh -c "ls -l '$MNT/$count' | grep -c file"
	done
	it "$source: buffers that take one entry, or a few"
	expect '1000 end' poke dribble "$MNT/1000" 48
	expect '1000 end' poke dribble "$MNT/1000" 100
	expect '1000 end' poke dribble "$MNT/1000" 3000
	expect 'EINVAL' sh -c "'$poke' dribble '$MNT/1000' 16 | cut -d ' ' -f 2"
done

it 'an archive lists the same'
tar -C "$tree" -cf "$WORK/a.tar" 0 1 2 1000
serve "pack:$WORK/a.tar"
for count in 0 1 2 1000; do
	look "$tree/$count" "$MNT/$count"
done

it 'all kinds of files, all kinds of names'
kinds=$WORK/kinds
mkdir -p "$kinds/dir"
: >"$kinds/file"
ln -s file "$kinds/link"
mkfifo "$kinds/fifo"
: >"$kinds/$(printf '%0255d' 1)"
: >"$kinds/$(printf 'a\nb')"
: >"$kinds/$(printf '\351\001\377')"
: >"$kinds/ "
: >"$kinds/..."
! is_root || poke mknod "$kinds/char" char >/dev/null
poke mknod "$kinds/socket" socket >/dev/null
for source in tree scratch; do
	serve "$source:$kinds"
	look "$kinds" "$MNT"
done

it 'a listing is one of the moment of opendir, and rewinddir looks anew'
new_scratch
serve "scratch:$SCRATCH"
expect '0' poke makemany "$MNT/f" 0
expect '5' poke makemany "$MNT/f" 5
expect 'ok 5 6' poke rewind "$MNT" create "$MNT/new"
expect 'ok 6 5' poke rewind "$MNT" unlink "$MNT/new"

it 'files that stay are listed exactly once while others come and go'
expect '100' poke makemany "$MNT/s" 100
expect 'many 0' poke churn "$MNT" 1500

it 'a directory that is removed while it is listed is empty from then on'
mkdir "$MNT/gone"
expect 'ok ok' poke open "$MNT/gone" r,D , rmdir "$MNT/gone"
expect '0 end' sh -c "mkdir '$MNT/gone' && cd '$MNT/gone' && rmdir '$MNT/gone' && '$poke' count ."
expect 'ENOENT' sh -c "mkdir '$MNT/gone' && cd '$MNT/gone' && rmdir '$MNT/gone' && '$poke' create x"
unmount

it 'what comes into the place of a directory is another one, also if it is as old as that to the tick, and so are its files'
same_age() {
	[ "$(stat -c '%y %z' "$1/d" "$1/d/f")" = "$(stat -c '%y %z' "$2/d" "$2/d/f")" ]
}
twins=$WORK/twins
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	rm -rf "$twins"
	mkdir -p "$twins/p/d" "$twins/q/d"
	expect 'ok ok ok ok 5000 ok' poke open "$twins/p/d/one" w,c , open "$twins/q/d/two" w,c , open "$twins/p/d/f" w,c , \
		open "$twins/q/d/f" w,c , write @3 0 5000 , truncate "$twins/q/d/f" 5000
	! same_age "$twins/p" "$twins/q" || break
done
is_settled() {
	[ $(($(date +%s) - $(stat -c %Z "$twins/p/d"))) -gt 3 ] # from then on listings are kept (fusefs/listing.c)
}
has_come() {
	[ "$(stat -c %i "$MNT/p/d" "$MNT/p/d/f")" != "$before" ]
}
if same_age "$twins/p" "$twins/q"; then
	wait_for 10 is_settled || fail 'the clock stands still'
	serve "tree:$twins"
	before=$(stat -c %i "$MNT/p/d" "$MNT/p/d/f")
	for _ in 1 2; do
		expect 'f one ' sh -c "ls '$MNT/p/d' | tr '\n' ' '"
		cmp "$twins/p/d/f" "$MNT/p/d/f" || fail 'the first one'
	done
	mv "$twins/p" "$twins/old" && mv "$twins/q" "$twins/p" || fail 'not exchanged'
	wait_for 10 has_come || fail 'the names are remembered for ever'
	expect 'f two ' sh -c "ls '$MNT/p/d' | tr '\n' ' '"
	cmp "$twins/p/d/f" "$MNT/p/d/f" || fail 'the bytes are those of the other one'
	unmount
else
	printf '%s\n' '  (no two directories of one age here)'
fi
