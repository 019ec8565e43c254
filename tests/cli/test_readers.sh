#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What other people's readers make of our images: pngcheck, libtiff (tiffinfo) and Pillow agree that each is whole, and on every pixel.
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
need pngcheck tiffinfo
cd "$WORK/home" || exit 99
for python in python3 /usr/bin/python3; do
	if "$python" -c 'import PIL.Image' 2>/dev/null; then break; fi
	python=
done
[ -n "$python" ] || skip 'python3 has no PIL'

# Seven slices of 43x29: rows of an odd length, passes of unlike sizes, a last file with fewer pages.
cat >kinds <<'END'
format=png,colour=grey,bits=8
format=png,colour=grey,bits=16
format=png,colour=rgb,bits=8
format=png,colour=rgb,bits=16
format=png,colour=rgba,bits=8
format=png,colour=rgba,bits=16
format=png,colour=palette,bits=8
format=png,colour=grey,bits=8,interlaced=true
format=png,colour=grey,bits=16,interlaced=true
format=png,colour=rgb,bits=8,interlaced=true
format=png,colour=rgb,bits=16,interlaced=true
format=png,colour=rgba,bits=8,interlaced=true
format=png,colour=rgba,bits=16,interlaced=true
format=png,colour=palette,bits=8,interlaced=true
format=png,colour=grey,bits=8,compressed=true
format=png,colour=grey,bits=16,compressed=true
format=png,colour=rgb,bits=8,compressed=true
format=png,colour=rgba,bits=16,compressed=true,interlaced=true
format=png,colour=palette,bits=8,compressed=true,interlaced=true
format=tiff,colour=grey,bits=16,compressed=true
format=tiff,colour=rgb,bits=8,compressed=true,byte_order=big,rows_per_strip=5
format=tiff,colour=palette,bits=8,compressed=true,pages=3
format=bmp,colour=grey,bits=8
format=bmp,colour=rgb,bits=8
format=bmp,colour=palette,bits=8
END
for order in little big; do
	for colour in grey rgb rgba palette; do
		for bits in 8 16; do
			[ "$colour$bits" = palette16 ] || echo "format=tiff,colour=$colour,bits=$bits,byte_order=$order"
			[ "$colour$bits" = palette16 ] || echo "format=tiff,colour=$colour,bits=$bits,byte_order=$order,pages=3,rows_per_strip=4"
		done
	done
done >>kinds

it 'every kind can be made'
mkdir made profile
while read -r kind; do
	run corpus make "stack:slices=7,width=43,height=29,$kind" "made/$kind"
	# shellcheck disable=SC2154 # run() sets it
	[ "$status" = 0 ] || wrong "ordeal corpus make of $kind" 'status 0'
done <kinds
is "$(find made -mindepth 1 -type d | wc -l)" "$(wc -l <kinds)" 'directories'

it 'pngcheck finds nothing wrong, not even with rows that are longer than a block; and finds what is'
run corpus make stack:slices=1,width=16384,height=3,colour=rgba made/long
run corpus make stack:slices=1,width=16384,height=3,colour=rgba,interlaced=true made/long-interlaced
find made -name '*.png' -exec pngcheck -q {} + >said 2>&1 || fail "pngcheck: $(shown said)"
is "$(cat said)" '' 'what pngcheck says'
run corpus make ct-truncated made/cut
pngcheck -q made/cut/*.png >said 2>&1 && fail 'pngcheck takes a slice that ends half way'

it 'libtiff reads every page without a warning, and finds a strip that is not there'
find made -name '*.tif' | while read -r file; do
	tiffinfo -D "$file" >pages 2>said || echo "$file: status"
	[ ! -s said ] || echo "$file: $(shown said)"
	case $file in
	*pages=3*_000[01].tif) wanted=3 ;;
	*) wanted=1 ;;
	esac
	[ "$(grep -c '^TIFF Directory' pages)" = "$wanted" ] || echo "$file: $(shown pages)"
done >complaints
is "$(cat complaints)" '' 'what libtiff says'
[ "$(find made -name '*.tif' | wc -l)" -ge 100 ] || fail 'hardly a file was there'
head -c 1000 'made/format=tiff,colour=grey,bits=8,byte_order=big/slice_0000.tif' >cut.tif
tiffinfo -D cut.tif >pages 2>said
[ -s said ] || fail 'tiffinfo reads strips that are not there'

it 'Pillow sees the same slices in every kind'
cat >compare.py <<'END'
import sys
from PIL import Image


def expected(grey, colour, bits):
    """What stack_colour.h says; Pillow keeps the upper byte of 16 bits in colour."""
    most, down = (255, 0) if bits == 8 else (65535, 8)
    parts = [grey, grey - grey // 8, grey - grey // 4, most - grey // 2]
    if colour in ('grey', 'palette'):
        return grey
    return tuple(part >> down for part in parts[:3 if colour == 'rgb' else 4])


def pixels(kind, index):
    pages = int(kind.get('pages', 1))
    suffix = {'tiff': 'tif'}.get(kind['format'], kind['format'])
    image = Image.open('made/%s/slice_%04d.%s' % (kind['words'], index // pages, suffix))
    image.seek(index % pages)
    if kind['colour'] == 'palette':
        assert image.mode == 'P', image.mode
        image = image.convert('L')
    return list(image.getdata())


def parsed(line):
    kind = dict(part.split('=') for part in line.split(','))
    return dict(kind, words=line)


kinds = [parsed(line.strip()) for line in open('kinds')]
compared = 0
for index in range(7):
    greys = {bits: pixels(parsed('format=png,colour=grey,bits=%d' % bits), index) for bits in (8, 16)}
    assert len(greys[16]) == 43 * 29 and len(set(greys[16])) > 300
    for kind in kinds:
        bits = int(kind['bits'])
        wanted = [expected(grey, kind['colour'], bits) for grey in greys[bits]]
        if pixels(kind, index) != wanted:
            sys.exit('slice %d of %s is another picture' % (index, kind['words']))
        compared += 1
print(compared, 'slices are alike')
END
"$python" compare.py >said 2>&1 || fail "Pillow: $(tail -n 1 said)"
is "$(cat said)" "$(($(wc -l <kinds) * 7)) slices are alike" 'slices that were compared'

it 'the pyramid that truth tells is what the reference core makes'
cat >pyramid.py <<'END'
import glob, hashlib, json, sys
from PIL import Image

told = {level['level']: level for line in sys.stdin for level in json.loads(line)['known'].get('pyramid', [])}
levels = sorted(glob.glob('pyramid/*'))
for path in levels:
    level, digest, images = int(path.split('/')[1]), hashlib.sha256(), sorted(glob.glob(path + '/*.png'))
    for name in images:
        image = Image.open(name)
        for pixel in image.getdata():
            digest.update(pixel.to_bytes(2 if image.mode.startswith('I') else 1, 'big'))
    truth = told[level]
    assert (truth['width'], truth['height'], truth['images']) == (image.width, image.height, len(images)), truth
    assert truth['sha256'] == digest.hexdigest(), truth
print(len(levels), 'levels')
END
core=$BUILD/harness/subjects/pyramid
if [ -x "$core/pyramid" ]; then
	for kind in slices=9,bits=16 slices=9,bits=8 slices=1,bits=16; do
		rm -rf slices pyramid
		run corpus make "stack:width=90,height=67,$kind" slices
		"$core/pyramid" --stop-size=16 slices pyramid >said 2>&1 || fail "the core: $(shown said)"
		run corpus truth "stack:width=90,height=67,$kind"
		is "$("$python" pyramid.py <"$WORK/out" 2>&1 | tail -n 1)" '3 levels' "what truth tells of $kind"
	done
fi

it 'Pillow opens what every profile without damage has, page by page'
run corpus list
# Of one source, with `slices` of their own.
grep -E '^ct-[^ ]* +[0-9]+ slices of' "$WORK/out" | grep -vE ' \+ |damaged' | cut -d ' ' -f 1 | grep -v large >profiles
[ "$(wc -l <profiles)" -ge 12 ] || fail "hardly a profile: $(shown profiles)"
while read -r profile; do
	run corpus make "$profile:slices=4" "profile/$profile"
	[ "$status" = 0 ] || wrong "ordeal corpus make $profile" 'status 0'
done <profiles
cat >open.py <<'END'
import glob
from PIL import Image

slices = {}
for path in glob.glob('profile/*/*'):
    with Image.open(path) as image:
        for page in range(getattr(image, 'n_frames', 1)):
            image.seek(page)
            image.load()
            slices[path.split('/')[1]] = slices.get(path.split('/')[1], 0) + 1
for profile in sorted(slices):
    print(profile, slices[profile])
END
"$python" open.py >said 2>&1 || fail "Pillow: $(tail -n 1 said)"
is "$(cat said)" "$(sort profiles | sed 's/$/ 4/')" 'slices of each profile'
finish
