#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# missing: names that are not there, for lookups, for listings, for both; always, at first, after a while.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$WORK/tree
mkdir -p "$tree/dir/below" "$tree/other"
for name in a b c d dir/inner; do
	echo "$name" >"$tree/$name"
done
ln -s a "$tree/link"

names() {
	# shellcheck disable=SC2012 # the names are ours
	ls -f "$1" | sort | tr '\n' ' '
}

for source in tree scratch; do
	it "$source: neither found nor listed"
	serve_faulty "$source:$tree" <<'END'
- {name: gone, path: b, missing: true}
END
	expect '. .. a c d dir link other ' names "$MNT"
	expect_pokes <<'END'
	ENOENT    | stat $M/b
	ENOENT    | open $M/b r
	ENOENT    | access $M/b r
	ENOENT    | truncate $M/b 0
	ENOENT    | unlink $M/b
	file      | stat $M/a
	file      | stat $M/c
END
	expect_struck 1 '"op":"listed",.*"path":"b"'
	expect_struck 5 '"op":"lookup",.*"path":"b",.*"error":"ENOENT"'
	expect 'b' cat "$tree/b"

	it "$source: listed, but gone when looked up"
	serve_faulty "$source:$tree" <<'END'
- {name: gone, path: b, missing: {readdir: false}}
END
	expect '. .. a b c d dir link other ' names "$MNT"
	expect ENOENT poke stat "$MNT/b"
	expect_status 1 "ls: cannot access '$MNT/b': No such file or directory" ls -l "$MNT"

	it "$source: who looks for what is not there anyway has met no fault"
	serve_faulty "$source:$tree" <<'END'
- {name: gone, path: "b*", missing: true}
- {name: enoent, path: "{a,never}", on: lookup, fail: ENOENT}
- {name: refused, path: "{c,nowhere}", on: lookup, fail: EACCES}
END
	expect 'ENOENT ENOENT ENOENT EACCES' poke stat "$MNT/bbb" , open "$MNT/bbb" r , stat "$MNT/never" , stat "$MNT/nowhere"
	expect 'ENOENT ENOENT' poke stat "$MNT/b" , stat "$MNT/a"
	unmount
	expect_struck 0 'bbb\|never'
	expect_struck 3 '"op":"lookup"'

	it "$source: there, but not listed"
	serve_faulty "$source:$tree" <<'END'
- {name: hidden, path: b, missing: {lookup: false}}
END
	expect '. .. a c d dir link other ' names "$MNT"
	expect b cat "$MNT/b"

	it "$source: a directory, and with it all below"
	serve_faulty "$source:$tree" <<'END'
- {name: gone, path: dir, missing: true}
END
	expect '. .. a b c d link other ' names "$MNT"
	expect 'ENOENT ENOENT ENOENT' poke stat "$MNT/dir" , stat "$MNT/dir/inner" , count "$MNT/dir/below"

	it "$source: all below a directory, by pattern"
	serve_faulty "$source:$tree" <<'END'
- {name: emptied, path: "dir/**", missing: true}
END
	expect '0 end ENOENT file' poke count "$MNT/dir" , stat "$MNT/dir/inner" , stat "$MNT/a"

	it "$source: a link, and not what it leads to"
	serve_faulty "$source:$tree" <<'END'
- {name: gone, path: link, missing: true}
END
	expect 'ENOENT file' poke stat "$MNT/link" , stat "$MNT/a"

	it "$source: what a link leads to, and not the link"
	serve_faulty "$source:$tree" <<'END'
- {name: gone, path: a, missing: true}
END
	expect 'link ENOENT' poke stat "$MNT/link" , open "$MNT/link" r

	it "$source: appears late, at the fourth look"
	serve_faulty "$source:$tree" <<'END'
- {name: late, path: b, on: lookup, missing: true, when: {nth: 1..3}}
END
	expect 'ENOENT ENOENT ENOENT file file' poke repeat 5 stat "$MNT/b"
	expect_struck 3 '"rule":"late"'

	it "$source: vanishes after two looks; whoever has it open has it still"
	serve_faulty "$source:$tree" <<'END'
- {name: vanishes, path: b, on: lookup, missing: true, when: {nth: 3..}}
END
	expect 'ok ok ENOENT 2 2' poke open "$MNT/b" r , open "$MNT/b" r , open "$MNT/b" r , read @1 0 9 , fsize @2

	it "$source: not listed at the first two listings"
	serve_faulty "$source:$tree" <<'END'
- {name: late, path: b, on: listed, missing: true, when: {nth: 1..2}}
END
	expect '6 end 6 end 7 end' poke repeat 3 count "$MNT"
	expect '7 end' poke count "$MNT"
done

it 'half of a thousand, whatever the room for a listing'
mkdir "$WORK/many"
expect 1000 poke makemany "$WORK/many/f" 1000
for source in tree scratch; do
	serve_faulty "$source:$WORK/many" <<'END'
- {name: even, path: "f*[02468]", missing: true}
END
	expect '500 end 500 end' poke count "$MNT" , dribble "$MNT" 64
	expect 500 sh -c "ls -l '$MNT' | grep -c f"
	expect "0 of 502" poke seekdir "$MNT" 1
done

it 'each name is asked for once in a listing, also where it did not fit at first'
serve_faulty "tree:$WORK/many" <<'END'
- {name: once, path: "f*", on: listed, missing: true, when: {nth: 1}}
END
expect '0 end 1000 end' poke dribble "$MNT" 4000 , dribble "$MNT" 100
expect_struck 1000 '"rule":"once"'

it 'a file that comes back is found at once: nothing is remembered'
serve_faulty "tree:$tree" <<'END'
- {name: out, path: b, missing: true, when: {until: 400ms}}
END
expect ENOENT poke stat "$MNT/b"
wait_for 5 test -e "$MNT/b" || fail 'does not come back'
expect '7 end' poke count "$MNT"
unmount
