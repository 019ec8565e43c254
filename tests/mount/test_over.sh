#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# over: what is written to a copy-on-write volume is its own; the directory below it stays as it is, whatever happens.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"
talk=$BUILD/tests/mount/talk
ordealfs=$BUILD/ordealfs

# All of a tree that a program could tell apart: bytes, modes, owners, times, inode numbers, links.
portrait() {
	(cd "$1" && find . -exec stat -c '%n %F %a %h %s %u %g %i %y %z' {} + | sort && find . -type f -exec cksum {} + | sort)
}

# The same without what a mount shows in its own way.
content() {
	(cd "$1" && find . -mindepth 1 -exec stat -c '%n %F %a %s %u %g %y' {} + | sed '/ directory /s/ [0-9]* \([0-9]* [0-9]* [^ ]* [^ ]* [^ ]*\)$/ \1/' |
		sort && find . -type f -exec cksum {} + | sort)
}

# As by kill -9 of the server: nothing of it is left, and the mount point can be used again.
killed() {
	kill -9 "$SERVER"
	wait_for 10 has_ended "$SERVER" || fail 'the server lives on'
	is_not_mounted "$MNT" || "$ordeal" umount "$MNT" >"$WORK/said" 2>&1
	expect '' sh -c "grep ' - overlay ' /proc/self/mountinfo | grep -vxF -f '$WORK/overlays'"
}

BASE=$WORK/base
mkdir -p "$BASE/dir/sub" "$BASE/full"
make_bytes "$BASE/a" 10000
make_bytes "$BASE/b" 100000
make_bytes "$BASE/dir/c" 5000
make_bytes "$BASE/dir/sub/d" 5000
make_bytes "$BASE/full/e" 10
printf old >"$BASE/small"
printf five >"$BASE/five"
printf lone >"$BASE/lone"
ln "$BASE/a" "$BASE/hard"
ln -s a "$BASE/link"
chmod 750 "$BASE"
portrait "$BASE" >"$WORK/before"
need_over "$BASE"
# Root of the machine, and not of a user namespace: overlayfs may write its notes (trusted xattrs).
: >"$WORK/note"
privileged=false
[ "$("$poke" setxattr "$WORK/note" trusted.ordeal y)" != ok ] || privileged=true
same_base() {
	portrait "$BASE" >"$WORK/after"
	expect_same "$WORK/before" "$WORK/after"
}

it 'what is there is shown'
serve "over:$BASE"
content "$BASE" >"$WORK/wanted"
content "$MNT" >"$WORK/got"
expect_same "$WORK/wanted" "$WORK/got"
expect 750 stat -c %a "$MNT"

it 'what a program writes as notes of overlayfs are none'
# Linux 6.7 writes such names in another way, those before refuse them. (It would hide what is there.)
"$poke" setxattr "$MNT/dir" user.overlay.opaque y >"$WORK/said"
"$poke" setxattr "$MNT/dir" trusted.overlay.opaque y >"$WORK/said"
expect 'c sub ' sh -c "ls '$MNT/dir' | tr '\n' ' '"
same_base
unmount
serve "over:$BASE"

it 'no mount of it is in any table'
grep ' - overlay ' /proc/self/mountinfo >"$WORK/overlays"
expect '' sh -c "grep ' - overlay ' '/proc/$SERVER/mountinfo' | grep -vxF -f '$WORK/overlays'"

it 'all that changes it is seen, and the base stays'
expect '5 10000' poke write "$MNT/a" 0 5 , size "$MNT/a"
echo new >"$MNT/new"
echo more >>"$MNT/b"
chmod 600 "$MNT/dir/c"
touch -d @1 "$MNT/dir/sub/d"
rm -r "$MNT/full"
mkdir "$MNT/full" # nothing of the old one comes back
ln "$MNT/dir/sub/d" "$MNT/d2"
rm "$MNT/link"
mv "$MNT/dir/sub/d" "$MNT/moved"
expect 'a b d2 dir five full hard lone moved new small ' sh -c "ls '$MNT' | tr '\n' ' '"
expect '' ls -A "$MNT/full"
expect 100005 stat -c %s "$MNT/b"
expect 600 stat -c %a "$MNT/dir/c"
expect '2 5000 1' stat -c '%h %s %Y' "$MNT/moved"
same_base

it 'names of one file stay together, and directories can be renamed: where root may'
if $privileged && ! is_on_overlay "$BASE"; then
	expect '2 2' sh -c "stat -c %h '$MNT/a' '$MNT/hard' | paste -sd ' '"
	expect_same "$MNT/a" "$MNT/hard"
fi
if $privileged; then
	expect ok poke rename "$MNT/dir" "$MNT/rid"
	expect c "ls" "$MNT/rid" --hide=sub
else
	expect EXDEV poke rename "$MNT/dir" "$MNT/rid"
fi
same_base
unmount

it 'a file stays the same one when it is copied up: its number, and who has it open'
serve "over:$BASE"
ino=$(stat -c %i "$MNT/small")
expect 'ok ok 0 [lone]' poke open "$MNT/lone" r , unlink "$MNT/lone" , flinks @ , get @
expect 'ok 0 0' poke open "$MNT/full" r , run "rm -r '$MNT/full'" , flinks @
expect 'ok [old] 0 [new]' poke open "$MNT/small" r , get @ , run "printf new >'$MNT/small'" , get @
expect "$ino" stat -c %i "$MNT/small"
expect 'ok ok [five] 4 [four]' poke open "$MNT/five" r , open "$MNT/five" rw , get @ , put @2 four , get @
same_base
unmount

# Another process writes: the first change copies the file up, the second does not, the third cuts it off.
for how in default --live --cached --uncached --without=all --without=passthrough; do
	it "who has a file open and mapped sees what others write, and who maps it then: $how"
	# shellcheck disable=SC2086 # may be nothing
	serve "over:$BASE" ${how#default}
	expect 'ok [old] ok 111 0 [pld] 112 112 [pld] 0 [qld] 113 113 0 [new] 110' poke \
		open "$MNT/small" r , get @ , map "$MNT/small" , peek 0 , \
		run "printf p | dd of='$MNT/small' conv=notrunc 2>/dev/null" , get @ , peek 0 , touch @ private 0 , get "$MNT/small" , \
		run "printf q 1<>'$MNT/small'" , get @ , peek 0 , touch @ private 0 , run "printf new >'$MNT/small'" , get @ , peek 0
	same_base
	unmount
done

it 'each mount is fresh'
serve "over:$BASE"
content "$MNT" >"$WORK/got"
expect_same "$WORK/wanted" "$WORK/got"
unmount

it 'several at once over one base, at run time too, do not see each other'
serve "tree:$WORK/base" --scratch "over:$BASE"
ctl add two "over:$BASE" >"$WORK/said" || fail "add: $(cat "$WORK/said")"
ctl add three "over:$BASE" 'rules=[{name: bad, path: b, on: read, fail: EIO}]' >"$WORK/said" || fail "add: $(cat "$WORK/said")"
echo one >"$MNT/out/x"
echo two >"$MNT/two/x"
rm "$MNT/two/b"
expect one cat "$MNT/out/x"
expect two cat "$MNT/two/x"
expect 'ENOENT ENOENT' poke stat "$MNT/three/x" , stat "$MNT/in/x"
expect '10 EIO ENOENT' poke read "$MNT/out/b" 0 10 , read "$MNT/three/b" 0 10 , stat "$MNT/two/b"
expect "$(stat -c %i "$MNT/out/a" "$MNT/two/a" "$MNT/three/a" "$MNT/in/a" | sort -u | wc -l)" echo 4
ctl drop two >"$WORK/said"
ctl add two "over:$BASE" >"$WORK/said"
expect 'file ENOENT' poke stat "$MNT/two/b" , stat "$MNT/two/x"
same_base

it 'a power cut takes what was not synced, and nothing of the base'
ctl drop two >"$WORK/said"
unmount
serve_faulty "over:$BASE" --durable strict <<'END'
- {path: CUT, on: mkdir, cut: before}
END
printf hello >"$MNT/kept"
expect 'ok ok' poke fsync "$MNT/kept" , fsync "$MNT"
printf lost >"$MNT/lost"
printf lost >>"$MNT/dir/c"
rm "$MNT/a" "$MNT/b"
rm -r "$MNT/dir/sub" "$MNT/full" # overlayfs does not say of these that they are gone: their link counts stay
mkdir "$MNT/full"
expect EIO poke mkdir "$MNT/CUT"
expect EIO poke stat "$MNT/kept"
ctl heal >"$WORK/said"
expect hello cat "$MNT/kept"
expect 'ENOENT 10000 5000' poke stat "$MNT/lost" , size "$MNT/a" , size "$MNT/dir/c"
rm "$MNT/kept"
expect_same_tree "$BASE" "$MNT"
expect_struck 1 '"effect":"power-cut"'
expect_struck 0 '"failures"'
same_base
unmount

it 'space is counted from what was there at first'
serve_faulty "over:$BASE" <<'END'
- {space: {bytes: 4000}}
END
expect '10 10000 4000 ENOSPC' poke write "$MNT/a" 0 10 , size "$MNT/a" , write "$MNT/b" 100000 4000 , write "$MNT/b" 104000 1
unmount

it 'writes are lost and torn'
serve_faulty "over:$BASE" <<'END'
- {path: a, lose: write}
- {path: b, torn: 1024}
END
tr '\0' '\377' </dev/zero | head -c 5000 >"$WORK/ff"
dd if="$WORK/ff" of="$MNT/a" conv=notrunc bs=5000 2>/dev/null
dd if="$WORK/ff" of="$MNT/b" conv=notrunc bs=5000 2>/dev/null
expect_same "$BASE/a" "$MNT/a"
expect '1024 98976:same' poke bytes "$MNT/b" 0 1024 0xff , same "$MNT/b" "$BASE/b" 1024 98976
expect_struck 1 '"effect":"torn"'
same_base
unmount

it 'writes are lost later, and told by the name of the file'
mkdir -p "$WORK/lost/d" && cp "$BASE/a" "$WORK/lost/d/a" || fail cp
serve_faulty "over:$WORK/lost" <<'END'
- {path: d/a, lose: fsync}
END
dd if="$WORK/ff" of="$MNT/d/a" conv=notrunc,fsync bs=5000 2>/dev/null
expect_same "$BASE/a" "$MNT/d/a"
unmount
rm -r "$WORK/lost"
expect_struck 1 '"op":"fsync",.*"path":"d/a",.*"effect":"lose","changed":'
expect_struck 1 effect

it 'killed while it is written to: the base is as it was, and nothing is left'
serve "over:$BASE"
(while echo more; do :; done >>"$MNT/growing") 2>/dev/null &
writer=$!
wait_for 5 test -s "$MNT/growing" || fail 'nothing is written'
rm "$MNT/b"
killed
wait $writer
same_base

keeps() {
	it 'kept: what is written is in a directory, and goes on from there'
	KEEP=$WORK/keep
	mkdir "$KEEP"
	serve "over:$BASE,keep=$KEEP"
	echo mine >"$MNT/mine"
	rm "$MNT/b"
	expect mine cat "$KEEP/upper/mine"
	it '... of one at a time'
	mkdir "$WORK/more"
	expect_status 2 "ordeal: $KEEP: another volume keeps its changes there" "$ordeal" mount "over:$BASE,keep=$KEEP" "$WORK/more"
	unmount
	serve "over:$BASE,keep=$KEEP"
	expect 'file ENOENT' poke stat "$MNT/mine" , stat "$MNT/b"
	unmount
	same_base

	it '... and is free again after SIGKILL'
	serve "over:$BASE,keep=$KEEP"
	echo yours >"$MNT/yours"
	killed
	serve "over:$BASE,keep=$KEEP"
	expect 'file file ENOENT' poke stat "$MNT/mine" , stat "$MNT/yours" , stat "$MNT/b"
	unmount
	same_base

	it '... and belongs to its base'
	mkdir "$WORK/other"
	echo other >"$WORK/other/file"
	if $privileged; then # it takes a note of which one that is
		expect_status 2 "ordeal: over:$WORK/other,keep=$KEEP: overlayfs refuses it: what is kept there belongs to another base" \
			"$ordeal" mount "over:$WORK/other,keep=$KEEP" "$MNT"
	fi

	it 'any character in a path'
	odd="$WORK/a,b:c\\d e=f%\"g"
	cp -a "$BASE" "$odd"
	mkdir "$odd-keep"
	serve "over:$odd,keep=$odd-keep"
	echo mine >"$MNT/mine"
	expect mine cat "$odd-keep/upper/mine"
	expect old cat "$MNT/small"
	unmount
}
is_on_overlay "$BASE" || keeps

it 'what cannot be is refused'
refused() {
	expect_status 2 "ordeal: $1" "$ordeal" mount "$2" "$MNT"
}
refused "$WORK/none: No such file or directory" "over:$WORK/none"
refused "$WORK/none: No such file or directory" "over:$BASE,keep=$WORK/none"
refused "$BASE/a: cannot be used for copy-on-write: Not a directory" "over:$BASE/a"
refused "over:$BASE,keep=a,keep=b: ',keep=' stands there twice (no path may contain it)" "over:$BASE,keep=a,keep=b"
refused "over:$BASE,keep=$BASE/dir: one of the two lies in the other" "over:$BASE,keep=$BASE/dir"
refused "over:$BASE/dir,keep=$BASE: one of the two lies in the other" "over:$BASE/dir,keep=$BASE"
refused "mount: $MNT lies in $WORK: the mount would show itself" "over:$WORK"
refused "mount: $MNT lies in $WORK: the mount would show itself" "over:$BASE,keep=$WORK"
! $privileged || refused "over:/proc: overlayfs refuses it: the base's filesystem cannot be one (procfs, an overlay over an overlay)" over:/proc
serve "tree:$BASE" --scratch "over:$BASE"
expect_status 2 "ordeal: ctl: add: $MNT/in/dir lies in the mount itself" "$ordeal" ctl "$MNT" add self "over:$MNT/in/dir"
expect_status 2 "ordeal: ctl: add: $MNT/in/dir lies in the mount itself" "$ordeal" ctl "$MNT" add self "over:$BASE,keep=$MNT/in/dir"
expect_status 2 "ordeal: ctl: add: the mount lies in $WORK: it would show itself" "$ordeal" ctl "$MNT" add self "over:$WORK"
expect '{"ok":false,"error":"over:base: the path must begin at the root"}' sh -c "echo '{\"do\":\"add\",\"name\":\"self\",\"source\":\"over:base\"}' | '$talk' \"\$XDG_RUNTIME_DIR\"/ordeal/*.sock pass"
expect_status 2 "ordeal: ctl: add: over:BASE,keep=DIR: a directory is missing" "$ordeal" ctl "$MNT" add self "over:$BASE,keep="
unmount

it 'where the machine cannot: status 3'
if unshare -Ur true 2>/dev/null; then
	expect "3 over:$BASE: copy-on-write cannot be had here: user namespaces are used up (/proc/sys/user): No space left on device (it takes overlayfs, and root or user namespaces)" \
		unshare -Ur sh -c "echo 0 >/proc/sys/user/max_user_namespaces
			text=\$(setpriv --bounding-set=-all '$ordealfs' --try --volume 'out=over:$BASE' / 2>&1)
			echo \"\$? \$text\""
fi

it 'a thousand come and go, some are written to: nothing of them is left'
none_in_use() {
	wait_for 10 sh -c "[ \$('$ordeal' ctl '$MNT' list --json | sed 's/.*\"dropped\":\([0-9]*\).*/\1/') = 0 ]" || fail "$(ctl list)"
}
cycle() {
	i=0
	while [ $i -lt "$1" ]; do
		i=$((i + 1))
		echo "{\"do\":\"add\",\"name\":\"v$i\",\"source\":\"over:$BASE\"}"
		echo "{\"do\":\"drop\",\"name\":\"v$i\"}"
	done
}
answers() {
	cycle "$1" | timeout 120 "$talk" "$SOCKET" pass | grep -c '^{"ok":true'
}
serve "tree:$BASE" --scratch "over:$BASE" --live
SOCKET=$(echo "$XDG_RUNTIME_DIR"/ordeal/*.sock)
used() {
	i=0
	while [ $i -lt "$1" ]; do
		i=$((i + 1))
		ctl add "u$i" "over:$BASE" >"$WORK/said" || fail "add u$i: $(cat "$WORK/said")"
		expect '5 ok ok' poke write "$MNT/u$i/a" 0 5 , create "$MNT/u$i/new" , unlink "$MNT/u$i/b"
		ctl drop "u$i" >"$WORK/said" || fail "drop u$i"
	done
}
used 5
expect 100 answers 50
none_in_use
before=$(descriptors) memory=$(resident)
used 20
expect 2000 answers 1000
none_in_use
expect "$before" descriptors
grown=$(($(resident) - memory))
[ $grown -lt 1000 ] || fail "$grown kB more than before"
same_base
unmount

it 'killed while they come and go'
for count in 1 10 100; do
	serve "tree:$BASE" --scratch "over:$BASE" --live
	SOCKET=$(echo "$XDG_RUNTIME_DIR"/ordeal/*.sock)
	cycle 10000 >"$WORK/cycles"
	: >"$WORK/answers"
	"$talk" "$SOCKET" pass <"$WORK/cycles" >"$WORK/answers" 2>&1 &
	talker=$!
	wait_for 10 sh -c "[ \$(wc -l <'$WORK/answers') -ge $count ]" || fail "$(head -n 3 "$WORK/answers")"
	killed
	wait $talker
	same_base
done
