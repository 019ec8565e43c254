#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The hostile packages are what their script prints, and what reads archives here takes nothing from them that leads outside.
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
cd "$WORK/home" || exit 99

it 'every package: what leads outside is left out, and counted; good ones are whole'
run corpus make pkg-hostile packages
is "$status" 0 'status of corpus make'
mkdir -p below/out
for package in packages/*; do
	name=$(basename "$package")
	run corpus make "pack:$package" "below/out/$name"
	case $name in
	size-lies.zip) is "$status" 2 'a package that promises too much' ;;
	good.*) holds "$WORK/out" '^below/out/good\.[a-z]*: 2 files' ;;
	*) is "$status" 0 "status of $name" ;;
	esac
	run corpus show "pack:$package"
	case $name in
	absolute.* | dotdot*.* | backslash.zip) holds "$WORK/out" 'left out: 1 pointing outside' ;;
	sibling-prefix.*) holds "$WORK/out" 'left out: 3 pointing outside' ;;
	symlink.*) holds "$WORK/out" 'left out: 1 in the way of others' ;;
	device.tar | fifo.tar) holds "$WORK/out" 'left out: 1 devices and the like' ;;
	good.*) lacks "$WORK/out" 'left out' ;;
	esac
done
is "$(find . -path ./below/out -prune -o -name '*evil*' -print)" '' 'files outside of where they were unpacked to'
[ -e /evil.txt ] && fail 'there is a /evil.txt'

if ! command -v python3 >/dev/null; then
	it 'python3 is not here: the script was not run'
	finish
fi
it 'the committed packages are what their script prints'
python3 "$SOURCE/corpora/specs/pkg-hostile.py" >printed
cmp "$SOURCE/corpora/specs/pkg-hostile.yaml" printed || fail 'pkg-hostile.yaml is not what pkg-hostile.py prints'

it 'an archive reader that nobody here has written finds in them what they are for'
cat >look.py <<'END'
import tarfile, zipfile
def outside(name):
    return name.startswith("/") or ".." in name.replace("\\", "/").split("/")
for kind in ("zip", "tar"):
    for case in ("absolute", "dotdot", "sibling-prefix", "good"):
        path = "packages/%s.%s" % (case, kind)
        names = zipfile.ZipFile(path).namelist() if kind == "zip" else tarfile.open(path).getnames()
        assert any(map(outside, names)) == (case != "good"), path
        assert names[:2] == ["dataset.json", "images/a.txt"], path
link = zipfile.ZipFile("packages/symlink.zip").getinfo("images/up")
assert link.external_attr >> 16 == 0o120777
assert tarfile.open("packages/hardlink.tar").getmembers()[2].islnk()
assert zipfile.ZipFile("packages/size-lies.zip").getinfo("images/b.txt").file_size == 0xfffffffe
END
python3 look.py >looked 2>&1 || fail "$(cat looked)"
finish
