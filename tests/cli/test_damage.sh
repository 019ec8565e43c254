#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What a corpus says of its damaged files, held against readers of others: what is whole they take, what must be refused at least one
# of them refuses, and what cannot be noticed they all take. What they do otherwise is listed here, with the reason.
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
cd "$WORK/home" || exit 99

# The one that Debian's packages are for; another may stand before it in PATH.
python=/usr/bin/python3
command -v pngcheck >/dev/null && command -v sox >/dev/null && "$python" -c "import PIL" 2>/dev/null ||
	skip 'pngcheck, sox or python3-pil is missing'

# Readers of each medium: 0, or not and without hanging. What they say goes to $WORK/said.
by_pil() {
	timeout 20 "$python" -W error -c 'import sys; from PIL import Image; i = Image.open(sys.argv[1]); i.load()' "$1"
}
by_libpng() {
	timeout 20 "$python" -c 'import sys; from PIL import Image; i = Image.open(sys.argv[1]); i.verify()' "$1"
}
by_pngcheck() {
	timeout 20 pngcheck -q "$1"
}
by_sox() {
	timeout 20 sox "$1" -n stat
}
by_wave() {
	timeout 20 "$python" -c '
import sys, wave
w = wave.open(sys.argv[1]); n = w.getnframes()
assert len(w.readframes(n)) == n * w.getnchannels() * w.getsampwidth() and w.getframerate() > 0' "$1"
}

# judged PROFILE READER...: make it, let each reader look at each file, and hold that against the class.
judged() {
	profile=$1
	shift
	rm -rf made
	run corpus make "$profile" made
	run corpus truth "$profile"
	sed -n 's/^{"path":"\([^"]*\)".*"damage":"*\([^",]*\)"*,"class":"\([a-z]*\)".*/\1 \2 \3/p' "$WORK/out" >truth
	[ -s truth ] || wrong "$(shown "$WORK/out")" 'a line for each file'
	while read -r path damage class; do
		[ -e "made/$path" ] || continue
		takers= refusers=
		for reader in "$@"; do
			if "by_$reader" "made/$path" >said 2>&1; then takers="$takers $reader"; else refusers="$refusers $reader"; fi
		done
		echo "$class $damage $path: takes:$takers refuses:$refusers" >>judged
		case $class in
		whole | unseen) [ -z "$refusers" ] || echo "$class: $path ($damage) is refused by$refusers: $(tail -n 1 said)" >>found ;;
		refuse) [ -n "$refusers" ] || echo "refuse: $path ($damage) is refused by nobody" >>found ;;
		esac
	done <truth
}
it 'what corpora say of damaged files is what readers find'
: >found
judged ct-broken pil libpng pngcheck
judged ct-damaged pil libpng pngcheck
judged audio-broken sox wave
judged audio-corrupt sox wave
[ "$(wc -l <judged)" -gt 60 ] || fail "only $(wc -l <judged) files were looked at"
[ ! -s found ] || fail "$(cat found)"
finish
