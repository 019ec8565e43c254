#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Corpora through a mount: the bytes and attributes that their sources have, synthetic, archived, of a directory, scratch.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

facts() {
	(cd "$1" && find . -exec stat -c '%n %F %a %h %s' {} + | sed '/ directory /s/ [0-9]* [0-9]*$//' | sort)
}

# Times of a directory's members; those of the directory itself move when it is filled.
mtimes() {
	(cd "$1" && find . ! -type d -exec stat -c '%n %Y' {} + | sort)
}

for source in ct-tiny ct-odd-9 ct-tiny-8bit audio-tiny ct-holes ct-zero-byte ct-truncated ct-bad-alternate audio-corrupt \
	empty-dir stack:slices=3,width=33,height=17,seed=9 ct-tiny:slices=2,seed=77; do
	it "$source is what ordeal corpus make writes"
	"$ordeal" corpus make "$source" "$WORK/made" >"$WORK/said" || fail "corpus make $source"
	serve "$source"
	expect_same_tree "$WORK/made" "$MNT"
	facts "$WORK/made" >"$WORK/wanted"
	facts "$MNT" >"$WORK/got"
	expect_same "$WORK/wanted" "$WORK/got"
	mtimes "$MNT" | grep -v ' 1767225600$' && fail 'synthetic files have one constant time'
	rm -rf "$WORK/made"
done

it 'another seed gives other bytes'
"$ordeal" corpus make ct-tiny:seed=5 "$WORK/five" >/dev/null
serve ct-tiny:seed=6
cmp -s "$WORK/five/slice_0000.png" "$MNT/slice_0000.png" && fail 'seed 5 and seed 6 are the same'

# ---- a directory ----

tree=$WORK/tree
long=$(printf '%0255d' 7)
newline=$(printf 'new\nline')
latin=$(printf 'caf\351')
mkdir -p "$tree/sub/deeper/deepest" "$tree/empty" "$tree/a dir" "$tree/$latin"
make_bytes "$tree/file" 10000
make_bytes "$tree/page" 4096
make_bytes "$tree/large" 3000001
: >"$tree/nothing"
echo blank >"$tree/with blank"
echo newline >"$tree/$newline"
echo latin >"$tree/$latin/$latin"
echo long >"$tree/$long"
echo quote >"$tree/it's \"quoted\" \\ \$HOME *"
echo dash >"$tree/-rf"
echo dots >"$tree/..."
echo deep >"$tree/sub/deeper/deepest/file"
ln -s file "$tree/link"
ln -s sub/deeper "$tree/dirlink"
ln -s nowhere "$tree/broken"
ln -s ../../../../../etc/passwd "$tree/outside"
ln -s "$(printf '%01000d' 3)" "$tree/longlink"
ln "$tree/file" "$tree/hard"
mkfifo "$tree/fifo"
chmod 640 "$tree/page"
chmod 755 "$tree/nothing"
touch -d '2001-02-03 04:05:06' "$tree/file"

it 'a directory is what it is: names, bytes, links, attributes'
serve "tree:$tree"
rm -f "$WORK/fifo"
mv "$tree/fifo" "$WORK/fifo" # diff would wait for it
wait_for 5 test ! -e "$MNT/fifo"
expect_same_tree "$tree" "$MNT"
facts "$tree" | sed 's/ [0-9]* \([0-9]*\)$/ \1/' >"$WORK/wanted"
facts "$MNT" | sed 's/ [0-9]* \([0-9]*\)$/ \1/' >"$WORK/got"
expect_same "$WORK/wanted" "$WORK/got"
mtimes "$tree" >"$WORK/wanted"
mtimes "$MNT" >"$WORK/got"
expect_same "$WORK/wanted" "$WORK/got"
expect_pokes <<'END'
	nowhere            | readlink $M/broken
	ENOENT             | open $M/broken r
	link               | stat $M/outside
END
expect 'blank' cat "$MNT/with blank"
expect 'newline' cat "$MNT/$newline"
expect 'latin' cat "$MNT/$latin/$latin"
expect 'long' cat "$MNT/$long"
expect 'deep' cat "$MNT/dirlink/deepest/file"
expect 'deep' cat "$MNT/dirlink/../deeper/../../sub/deeper/deepest/file"
expect "$(cksum <"$tree/large")" cksum <"$MNT/large"

it 'a FIFO shows as what it is'
mv "$WORK/fifo" "$tree/fifo"
wait_for 5 test -p "$MNT/fifo" || fail 'no FIFO'

it 'the same inode number at every look, also in the listing, another one for another file'
expect "$(poke ino "$MNT/file")" poke ino "$MNT/file"
[ "$(poke ino "$MNT/file")" != "$(poke ino "$MNT/page")" ] || fail 'file and page have one number'
expect "$(poke ino "$MNT/file")" sh -c "ls -i '$MNT' | sed -n 's/^ *\([0-9]*\) file\$/\1/p'"

it 'what changes in the directory is seen after a second at the latest'
echo 'longer than it was before' >"$tree/file2"
wait_for 5 test -e "$MNT/file2" || fail 'a new file is not seen'
expect 'longer than it was before' cat "$MNT/file2"
echo 'even longer than it was before' >"$tree/file2"
wait_for 5 grep -q even "$MNT/file2" || fail 'a longer file is not seen'
echo 'EVEN LONGER THAN IT WAS BEFORE' >"$tree/file2"
wait_for 5 grep -q EVEN "$MNT/file2" || fail 'other bytes of the same length are not seen'
rm "$tree/file2"
wait_for 5 test ! -e "$MNT/file2" || fail 'a removed file is still seen'

# ---- archives ----

rm "$tree/fifo" "$tree/outside" "$tree/longlink"
archive() {
	it "the same out of $1"
	serve "pack:$WORK/$1"
	expect_same_tree "$tree" "$MNT"
	mtimes "$tree" | grep -v 'link\|broken' >"$WORK/wanted"
	mtimes "$MNT" | grep -v 'link\|broken' >"$WORK/got"
	expect_same "$WORK/wanted" "$WORK/got"
	expect '3000001 end' poke copy pread 70001 "$MNT/large" "$WORK/copy"
	expect_same "$tree/large" "$WORK/copy"
}

tar -C "$tree" --format=pax -cf "$WORK/a.tar" .
archive a.tar
tar -C "$tree" --format=pax -czf "$WORK/a.tar.gz" .
archive a.tar.gz
if command -v zip >/dev/null && command -v zipinfo >/dev/null; then
	# Backslashes, and names that are no UTF-8, have no defined meaning in a zip.
	rm -rf "${tree:?}/$latin" "$tree"/*quoted*
	(cd "$tree" && zip -q -r -y "$WORK/a.zip" .)
	touch -d '2001-02-03 04:05:06' "$tree/file"
	archive a.zip
fi

# ---- scratch ----

it 'a scratch is the directory behind it'
serve "scratch:$tree"
expect_same_tree "$tree" "$MNT"
facts "$tree" >"$WORK/wanted"
facts "$MNT" >"$WORK/got"
expect_same "$WORK/wanted" "$WORK/got"

it 'what changes behind a scratch is seen as well, also if the file was open meanwhile'
new_scratch
serve "scratch:$SCRATCH"
echo 'as it was' >"$SCRATCH/file"
expect 'as it was' cat "$MNT/file"
exec 3<"$MNT/file"
expect 'as it was' cat "$MNT/file"
echo 'AS IT WAS' >"$SCRATCH/file"
exec 3<&-
wait_for 3 grep -q AS "$MNT/file" || fail 'other bytes of the same length are not seen'

it 'in and out stand side by side'
new_scratch
serve ct-tiny --scratch "$SCRATCH"
expect 'in
out' ls "$MNT"
cp "$MNT/in/slice_0000.png" "$MNT/out/copy.png" || fail 'cp from in to out'
expect_same "$MNT/in/slice_0000.png" "$SCRATCH/copy.png"
"$ordeal" corpus make ct-tiny "$WORK/made" >/dev/null
expect_same_tree "$WORK/made" "$MNT/in"
expect_pokes <<'END'
	dir                | stat $M/in
	ENOENT             | stat $M/other
	EROFS              | mkdir $M/other
	EROFS              | create $M/file
	EROFS              | unlink $M/in/slice_0000.png
	EXDEV              | rename $M/out/copy.png $M/in/new.png
	EROFS              | rename $M/in/slice_0000.png $M/out/new.png
	EXDEV              | rename $M/out/copy.png $M/new.png
	EROFS              | rmdir $M/out
	2 end              | count $M
	8324               | size $M/out/copy.png
END
unmount
