#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What a mount serves of a corpus is what `ordeal corpus make` writes: whole, damaged, edited, broken, compressed, as variants, of every
# format; however it is read, and with rules in force beside it.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

# same SOURCE OPTIONS...: a mount of the source, with these options, is what is written of it.
same() {
	it "$*"
	rm -rf "$WORK/made"
	"$ordeal" corpus make "$1" "$WORK/made" >/dev/null 2>"$WORK/stderr" || fail "make: $(cat "$WORK/stderr")"
	mount_at "$MNT" "$@"
	expect_same_tree "$WORK/made" "$MNT"
	(cd "$WORK/made" && find . -type f -printf '%P %s\n' | LC_ALL=C sort) >"$WORK/wanted"
	(cd "$MNT" && find . -type f -printf '%P %s\n' | LC_ALL=C sort) >"$WORK/got"
	expect_same "$WORK/wanted" "$WORK/got"
	first=$(find "$MNT" -type f -size +0 | LC_ALL=C sort | head -n 1)
	for side in "$first" "$WORK/made/${first#"$MNT"/}"; do dd if="$side" bs=77 skip=1 status=none | cksum; done >"$WORK/odd" 2>&1
	expect 1 sh -c "uniq '$WORK/odd' | wc -l"
	unmount
}

need_fuse
for profile in ct-tiny ct-damaged ct-broken ct-every-break ct-compressed ct-tiff-deflate ct-bmp audio-broken audio-corrupt audio-every-break \
	audio-small:files=5; do
	same "$profile"
done
same ct-damaged --uncached
same ct-every-flip --without passthrough,readahead
printf '%s\n' 'version: 1' 'rules:' '- {path: slice_0003.png, on: read, fail: EIO, when: {nth: 1000000}}' >"$WORK/plan.yaml"
same ct-broken --plan "$WORK/plan.yaml"

it 'a damaged file is noted once, with its class'
mount_at "$MNT" ct-broken --journal "$WORK/journal"
cat "$MNT/slice_0001.png" "$MNT/slice_0001.png" "$MNT/slice_0022.png" "$MNT/slice_0026.png" >/dev/null
unmount
grep -c '"effect":"damage"' "$WORK/journal" | grep -qx 2 || fail "$(cat "$WORK/journal")"
grep -q '"path":"slice_0001.png".*"damage":"png-crc-ihdr","class":"refuse"' "$WORK/journal" || fail "$(cat "$WORK/journal")"
grep -q '"path":"slice_0022.png".*"damage":"png-adler","class":"warn"' "$WORK/journal" || fail "$(cat "$WORK/journal")"

it 'damage is done to a directory of a user, and follows its files'
mkdir "$WORK/own"
"$ordeal" corpus make ct-tiny:slices=2 "$WORK/own/scan" >/dev/null
printf '%s\n' 'version: 1' "source: tree:$WORK/own" 'damage: [{path: "**/slice_0001.png", break: png-no-iend}]' >"$WORK/spec.yaml"
mount_at "$MNT" "$WORK/spec.yaml" --uncached
whole=$(stat -c %s "$WORK/own/scan/slice_0001.png")
expect $((whole - 12)) stat -c %s "$MNT/scan/slice_0001.png"
head -c $((whole - 12)) "$WORK/own/scan/slice_0001.png" | cmp - "$MNT/scan/slice_0001.png" || fail 'the bytes before IEND'
"$ordeal" corpus make stack:slices=2,width=90,height=50 "$WORK/larger" >/dev/null
cp "$WORK/larger/slice_0001.png" "$WORK/own/scan/slice_0001.png"
whole=$(stat -c %s "$WORK/own/scan/slice_0001.png")
expect $((whole - 12)) stat -c %s "$MNT/scan/slice_0001.png"
head -c $((whole - 12)) "$WORK/own/scan/slice_0001.png" | cmp - "$MNT/scan/slice_0001.png" || fail 'the bytes of the new file'
unmount
