#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What stat(2), listings and statfs(2) tell that is not so: pretend, duplicate, statfs.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$WORK/tree
mkdir -p "$tree/dir"
for name in a b c; do
	head -c 1000 /dev/zero >"$tree/$name"
	chmod 640 "$tree/$name"
done

told() {
	stat -c "$1" "$MNT/$2"
}

listed() {
	# shellcheck disable=SC2012 # the names are ours
	ls -f "$MNT" | sort | tr '\n' ' '
}

# Types as the listing gives them (d_type), with their names.
types() {
	poke readdir "$MNT" | grep -v -e ' \.' -e '^end' | sort -k 2 | tr '\n' ' '
}

for source in tree scratch; do
	it "$source: mode, owner, links, size and time are told wrong, of one file alone"
	serve_faulty "$source:$tree" <<'END'
- {name: lies, path: b, pretend: {mode: 4711, uid: 12345, gid: 54321, nlink: 7, size: 5000, mtime: 86400}}
END
	expect '4711 12345 54321 7 5000 86400' told '%a %u %g %h %s %Y' b
	expect "640 1000" told '%a %s' a
	expect_struck 1 '"op":"lookup",.*"path":"b",.*"effect":"pretend"'
	it "$source: what is read is what is there"
	expect 1000 sh -c "cat '$MNT/b' | wc -c"
	expect_same "$tree/b" "$MNT/b"

	it "$source: a portion of the size, larger and smaller"
	serve_faulty "$source:$tree" <<'END'
- {path: a, pretend: {size: 250%}}
- {path: b, pretend: {size: 10%}}
END
	expect 2500 told %s a
	expect 100 told %s b
	expect 1000 told %s c
	it "$source: a size that changes after it was told"
	serve_faulty "$source:$tree" <<'END'
- {path: a, on: getattr, pretend: {size: 10}, when: {nth: 1}}
END
	expect 10 told %s a
	expect 1000 told %s a

	it "$source: two rules, the first has the say and the second adds"
	serve_faulty "$source:$tree" <<'END'
- {path: a, pretend: {mode: 600}}
- {path: a, pretend: {mode: 777, size: 1}}
END
	expect '600 1' told '%a %s' a

	it "$source: to tell what is so is no strike"
	serve_faulty "$source:$tree" <<'END'
- {name: mode, path: a, pretend: {mode: 640}}
- {name: size, path: a, pretend: {size: 1000}}
- {name: type, path: "{b,dir}", on: listed, pretend: {type: file}}
- {name: links, path: "{c,never*}", on: lookup, pretend: {nlink: 7}}
END
	expect '640 1000' told '%a %s' a
	types >"$WORK/types"
	expect ENOENT poke stat "$MNT/nevermore"
	unmount
	expect_struck 1 .
	expect_struck 1 '"op":"listed",.*"path":"dir",.*"rule":"type","effect":"pretend"'
	it "$source: ... and of several rules those strike that say what is not so"
	serve_faulty "$source:$tree" <<'END'
- {name: right, path: a, on: getattr, pretend: {mode: 640}}
- {name: wrong, path: a, on: getattr, pretend: {mode: 777, size: 1}}
- {name: late, path: a, on: getattr, pretend: {size: 2, nlink: 1}}
END
	expect '640 1' told '%a %s' a
	unmount
	expect_struck 1 .
	expect_struck 1 '"op":"getattr",.*"rule":"wrong"'

	it "$source: the listing tells a wrong type, stat the right one"
	serve_faulty "$source:$tree" <<'END'
- {path: b, on: listed, pretend: {type: directory}}
- {path: dir, on: listed, pretend: {type: file}}
END
	expect 'file a dir b file c file dir ' types
	expect 'regular file' told %F b
	expect directory told %F dir

	it "$source: a file that passes for a directory cannot be listed, a directory for a file not read"
	serve_faulty "$source:$tree" <<'END'
- {path: b, pretend: {type: directory}}
- {path: dir, pretend: {type: file}}
END
	expect directory told %F b
	expect ENOTDIR poke count "$MNT/b"
	expect file poke stat "$MNT/dir"
	expect_status 1 "cat: $MNT/dir: Is a directory" cat "$MNT/dir"

	it "$source: a name comes three times, and the others once"
	serve_faulty "$source:$tree" <<'END'
- {path: b, duplicate: 3}
END
	expect '. .. a b b b c dir ' listed
	expect '. .. a b b b c dir ' listed
	expect_struck 2 '"op":"listed",.*"path":"b",.*"effect":"duplicate"'
	it "$source: ... only the first time"
	serve_faulty "$source:$tree" <<'END'
- {path: b, duplicate: 2, when: {times: 1}}
END
	expect '. .. a b b c dir ' listed
	expect '. .. a b c dir ' listed
done

it 'many names, some twice: every other name is there once, in however many requests'
mkdir "$WORK/many"
seq -f "$WORK/many/name%05g" 3000 | xargs touch
serve_faulty "tree:$WORK/many" <<'END'
- {path: "name*7", duplicate: 2}
END
expect '3300 3000 300' sh -c "ls -f '$MNT' | grep name >'$WORK/l'; sort -u '$WORK/l' >'$WORK/u'; sort '$WORK/l' | uniq -d >'$WORK/d'
	echo \$(wc -l <'$WORK/l') \$(wc -l <'$WORK/u') \$(wc -l <'$WORK/d')"

it 'statfs tells of another disk, which fills as files are written'
new_scratch
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: big, statfs: {total: 40MiB, free: 20MiB, files: 1000, files_free: 10}}
END
expect '41943040 20971520 10' poke statfs "$MNT" size , statfs "$MNT" free , statfs "$MNT" files
head -c 4194304 /dev/zero >"$MNT/four"
expect 16777216 poke statfs "$MNT" free
rm "$MNT/four"
expect 20971520 poke statfs "$MNT" free
expect_struck 5 '"op":"statfs",.*"effect":"statfs"'

it '... and a write fails where the space is really out, whatever was told'
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: told, statfs: {free: 1GiB, fills: false}}
- {name: true, space: 100}
END
expect 1073741824 poke statfs "$MNT" free
expect 'ok 100 ENOSPC' poke create "$MNT/x" , write "$MNT/x" 0 200 , write "$MNT/x" 100 100

it 'bytes are told exactly'
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: told, statfs: {total: 10001, free: 3}}
END
expect '10001 3' poke statfs "$MNT" size , statfs "$MNT" free

it 'no room at all is told, and there is some'
serve_faulty "scratch:$SCRATCH" <<'END'
- {name: told, statfs: {free: 0}}
END
expect 0 poke statfs "$MNT" free
expect 'ok 10' poke create "$MNT/y" , write "$MNT/y" 0 10

it 'without a rule the truth is told'
serve "scratch:$SCRATCH"
expect "$(stat -f -c %b "$SCRATCH")" stat -f -c %b "$MNT"
