#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A tree that others change while it is mounted: a file that comes to the place of another is a file of its own.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$WORK/tree
mkdir "$tree"

# Until the mount shows another file than it did.
cat >"$WORK/until" <<END
until [ "\$(stat -c '%i %F' "$MNT/file")" != "\$(cat "$WORK/shown")" ]; do sleep 0.02; done
END

# begin OPTIONS...: a mount of a tree with an old file.
begin() {
	rm -rf "$tree/file"
	printf old >"$tree/file"
	serve "tree:$tree" "$@"
	stat -c '%i %F' "$MNT/file" >"$WORK/shown"
}

for how in default --live --uncached --cached --without=all --without=store; do
	for new in new newer; do # of the same size, too, which alone tells nothing
		it "who has a file open that another one replaces reads on in his, and nobody else reads that: $how, $new"
		# shellcheck disable=SC2086 # may be nothing
		begin ${how#default}
		printf %s "$new" >"$tree/next"
		expect "ok 0 ok ok [old] 3 [$new] ${#new}" poke open "$MNT/file" r , run "mv '$tree/next' '$tree/file' && sh '$WORK/until'" , \
			open "$MNT/file" r , close @2 , get @1 , fsize @1 , get "$MNT/file" , size "$MNT/file"
		unmount
	done

	for other in 'mkdir' 'ln -s nowhere'; do
		it "the same where it is no file any more ($other): $how"
		# shellcheck disable=SC2086 # may be nothing
		begin ${how#default}
		expect 'ok 0 [old] 3 ok' poke open "$MNT/file" r , run "rm '$tree/file' && $other '$tree/file' && sh '$WORK/until'" , \
			get @ , fsize @ , close @
		unmount
	done
done

it 'a rule by the path strikes both'
printf newer >"$tree/next"
rm -rf "$tree/file"
printf old >"$tree/file"
serve_faulty "tree:$tree" <<'END'
- {name: bad, path: file, on: read, fail: EIO}
END
stat -c '%i %F' "$MNT/file" >"$WORK/shown"
expect 'ok 0 EIO EIO' poke open "$MNT/file" r , run "mv '$tree/next' '$tree/file' && sh '$WORK/until'" , read @ 0 1 , read "$MNT/file" 0 1
unmount

it 'who stands in a directory that is made anew finds what is in the new one'
mkdir "$tree/dir"
serve "tree:$tree"
(cd "$MNT/dir" && rmdir "$tree/dir" && mkdir "$tree/dir" && : >"$tree/dir/in" && wait_for 10 test -e in) || fail 'it does not'
unmount
