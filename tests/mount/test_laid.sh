#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Corpora that lie over each other, on a mount: what is read, listed and told is the layer's that wins, with its damage.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

mkdir -p "$WORK/low/d" "$WORK/high/d"
make_bytes "$WORK/low/hidden" 5000
make_bytes "$WORK/low/seen" 70000
make_bytes "$WORK/low/d/hurt" 70000
make_bytes "$WORK/high/hidden" 300
make_bytes "$WORK/high/d/new" 20
ln -s seen "$WORK/low/link"
setfattr -n user.colour -v red "$WORK/low/seen" 2>/dev/null && attributes=yes
cat >"$WORK/laid.yaml" <<'END'
version: 1
layers:
  - {source: "tree:low", damage: [{path: d/hurt, zero: 1000..2000}]}
  - {source: "tree:high"}
  - {source: "tone:files=2,seconds=1", at: d/sound, damage: [{path: "*_000.wav", truncate: 50%}]}
  - files: [{path: d/hurt2, text: "x\n", repeat: 40000}, {path: out, link: /nowhere}, {path_hex: "c7d1b1db", text: "named\n"}]
damage:
  - {path: d/sound/track_001.wav, remove: true}
END
timeout 60 "$ordeal" corpus make "$WORK/laid.yaml" "$WORK/made" >/dev/null || fail 'ordeal corpus make'

ruled() {
	serve_faulty "$@" <<'END'
- {name: none, on: read, delay: 1us}
END
}

for how in serve ruled; do
	it "$how: the same as is written to a directory"
	$how "$WORK/laid.yaml"
	diff -r --no-dereference "$WORK/made" "$MNT" >"$WORK/differ" || fail "$(cat "$WORK/differ")"
	expect_same "$WORK/high/hidden" "$MNT/hidden"
	expect_same "$WORK/low/seen" "$MNT/seen"
	it "$how: damage in a layer is read, and not what lies below it on the disk"
	cmp -s "$WORK/low/d/hurt" "$MNT/d/hurt" && fail 'd/hurt is whole'
	for method in read pread sendfile splice mmap; do
		expect '70000 end' poke copy $method 4096 "$MNT/d/hurt" "$WORK/copy"
		expect_same "$WORK/made/d/hurt" "$WORK/copy"
	done
	expect 0 sh -c 'cmp -l "$0" "$1" | awk "\$1 <= 1000 || \$1 > 2000" | wc -l' "$WORK/low/d/hurt" "$MNT/d/hurt"
	expect_pokes <<'END'
	ENOENT    | stat $M/d/sound/track_001.wav
	ENOENT    | open $M/d/sound/track_001.wav r
	ENOENT    | stat $M/nothing
	EROFS     | open $M/seen w
	dir       | stat $M/d/sound
	link      | stat $M/out
END
	[ -z "${attributes:-}" ] || expect red getfattr --only-values --absolute-names -n user.colour "$MNT/seen"
done

it 'damage in a layer stands in the journal when it is met'
grep -q '"damage":"zero".*"path":"d/hurt"\|"path":"d/hurt".*"damage":"zero"' "$JOURNAL" || fail "no line for d/hurt: $(head -n 3 "$JOURNAL")"
grep -q '"path":"d/hurt2".*"damage"' "$JOURNAL" && fail 'd/hurt2 is called damaged'

it 'the clean run of a case is the whole corpus'
serve "$WORK/laid.yaml:damage=none"
expect_same "$WORK/low/d/hurt" "$MNT/d/hurt"
expect 88244 poke size "$MNT/d/sound/track_000.wav"
