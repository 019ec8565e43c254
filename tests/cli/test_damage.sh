#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What a corpus says of its damaged files, held against readers of others: what is whole they take, what must be refused at least one
# of them refuses, and what cannot be noticed they all take. What they do otherwise is listed here, with the reason.
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
cd "$WORK/home" || exit 99

# The one that Debian's packages are for; another may stand before it in PATH.
python=/usr/bin/python3
command -v pngcheck >/dev/null && command -v sox >/dev/null && command -v tiffinfo >/dev/null && "$python" -c "import PIL" 2>/dev/null ||
	skip 'pngcheck, sox, tiffinfo or python3-pil is missing'

# Readers: each prints the names of those files of the directory that it takes. The ones in Python go through all at once.
each_python() {
	timeout 100 "$python" -W error -c '
import os, sys, wave
from PIL import Image
def pil(path): Image.open(path).load()
def libpng(path): Image.open(path).verify()
def wav(path):
    w = wave.open(path); n = w.getnframes()
    assert len(w.readframes(n)) == n * w.getnchannels() * w.getsampwidth() and w.getframerate() > 0
for name in sorted(os.listdir(sys.argv[2])):
    try: globals()[sys.argv[1]](os.path.join(sys.argv[2], name)); print(name)
    except Exception as e: print(name, e, file=sys.stderr)' "$1" made
}
each_file() {
	for file in made/*; do
		if timeout 20 "$@" "$file" >said 2>&1 && ! grep -qiE 'error|cannot|warning' said; then echo "${file#made/}"; fi
	done
}
takes() {
	case $1 in
	pil | libpng | wav) each_python "$1" ;;
	pngcheck) each_file pngcheck -q ;;
	tiffinfo) each_file tiffinfo -D ;;
	flac) each_file flac -st ;;
	sox) each_file to_nowhere ;;
	esac
}
mkdir "$WORK/bin"
PATH=$WORK/bin:$PATH
printf '#!/bin/sh\nexec sox -V1 "$1" -n stat\n' >"$WORK/bin/to_nowhere"
chmod +x "$WORK/bin/to_nowhere"

# judged SOURCE READER...: make it, let each reader look at each file, and hold that against the class.
judged() {
	source=$1
	shift
	rm -rf made takes_*
	run corpus make "$source" made
	run corpus truth "$source"
	sed -n 's/^{"path":"\([^"]*\)".*"damage":"*\([^",]*\)"*,"class":"\([a-z]*\)".*/\1 \2 \3/p' "$WORK/out" >truth
	[ -s truth ] || fail "no truth of $source: $(head -n 3 "$WORK/err")"
	for reader in "$@"; do takes "$reader" >"takes_$reader" 2>>says; done
	while read -r path damage class; do
		[ -e "made/$path" ] || continue
		takers= refusers=
		for reader in "$@"; do
			if grep -qx "$path" "takes_$reader"; then takers="$takers $reader"; else refusers="$refusers $reader"; fi
		done
		echo "$class $damage $path: takes:$takers refuses:$refusers" >>judged
		case $class in
		whole | unseen) [ -z "$refusers" ] || echo "$class: $path ($damage) is refused by$refusers" >>found ;;
		refuse) [ -n "$refusers" ] || echo "refuse: $path ($damage) is refused by nobody" >>found ;;
		esac
	done <truth
}

it 'what corpora say of damaged files is what readers find'
: >found
judged ct-broken pil libpng pngcheck
judged ct-damaged pil libpng pngcheck
for kind in png:palette,bits=8 png:rgb,interlaced=true tiff:grey tiff:rgb,byte_order=big,pages=2 bmp:grey,bits=8 bmp:rgb,bits=8; do
	format=${kind%%:*}
	case $format in
	tiff) suffix=tif readers='pil tiffinfo' ;;
	bmp) suffix=bmp readers=pil ;;
	*) suffix=png readers='pil libpng pngcheck' ;;
	esac
	source=stack:slices=2,width=40,height=30,format=$format,colour=${kind#*:}
	# shellcheck disable=SC2086
	judged "$source" $readers
	printf '%s\n' 'version: 1' "source: $source" "variants: {of: slice_0000.$suffix, each: break}" >"$format.yaml"
	# shellcheck disable=SC2086
	judged "./$format.yaml" $readers
done
judged audio-broken sox wav
judged audio-corrupt sox wav
[ "$(wc -l <judged)" -gt 60 ] || fail "only $(wc -l <judged) files were looked at"
[ ! -s found ] || fail "$(cat found)"
finish
