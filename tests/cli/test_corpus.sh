#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The tools of corpora: make that is interrupted and gone on with, manifests, check with a convict for each crime, and pages of thumbnails.
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
cd "$WORK/home" || exit 99

good() {
	run "$@"
	if [ "$status" = 0 ] && [ ! -s "$WORK/err" ]; then return; fi
	wrong "ordeal $*" 'status 0, nothing on stderr'
}

# sums_hold DIR FILE: sha256sum agrees.
sums_hold() {
	looks=$((looks + 1))
	(cd "$1" && sha256sum -c --quiet --strict "$2" >"$WORK/said" 2>&1) || fail "sha256sum -c in $1: $(shown "$WORK/said")"
}

# the_same LEFT RIGHT: names, types, bytes, links.
the_same() {
	looks=$((looks + 1))
	diff -r --no-dereference "$1" "$2" >"$WORK/said" 2>&1 || fail "$1 and $2 differ: $(shown "$WORK/said")"
}

# facts_of DIR: what else is kept: modes and times of files and directories, and of links; not of the directory itself.
facts_of() {
	(cd "$1" && find . -mindepth 1 -printf '%P %M %T@ %l\n' | sort)
}

# at_hand FILE: it comes to be there within the deadline. A wait that is bounded, and no measure.
at_hand() {
	for _ in $(seq 600); do
		[ -e "$1" ] && return
		sleep 0.1
	done
	fail "$1 is not there after a minute"
}

odd=$(printf 'new\nline')
mkdir -p tree/below/deep tree/closed
printf one >tree/a
head -c 300000 /dev/urandom >tree/b
printf three >"tree/$odd"
printf four >'tree/back\slash'
: >tree/below/empty
printf five >'tree/below/deep/ blank and "quote" '
printf six >tree/below/a.part
ln -s ../a tree/below/link
ln -s nowhere tree/dangling
chmod 640 tree/a
chmod 400 'tree/back\slash'
chmod 750 tree/below
chmod 500 tree/closed
touch -d '2001-02-03 04:05:06.789 UTC' tree/a tree/below/deep tree/below/empty
touch -h -d '1999-01-01 UTC' tree/dangling
touch -d '1985-10-26 UTC' tree/below tree/closed

it 'make keeps bytes, links, modes and times, and writes sums that sha256sum takes, whatever the number of threads'
good corpus make tree:tree copy --sums copy.sums -j 4
the_same tree copy
is "$(facts_of copy)" "$(facts_of tree)" 'modes, times and links'
sums_hold copy ../copy.sums
is "$(wc -l <copy.sums)" 7 'lines of the manifest'
good corpus make tree:tree alone --sums alone.sums -j 1
cmp -s copy.sums alone.sums || fail 'one thread writes another manifest than four'
good corpus make ct-damaged damaged --sums damaged.sums
sums_hold damaged ../damaged.sums
good corpus truth --digests ct-damaged
sed -n 's/.*"path":"\([^"]*\)".*"sha256":"\([0-9a-f]*\)".*/\2  \1/p' "$WORK/out" >truth.sums
is "$(cat damaged.sums)" "$(cat truth.sums)" 'the digests that corpus truth tells'
printf X >>damaged/slice_0000.png
(cd damaged && sha256sum -c --status ../damaged.sums) && fail 'sha256sum finds nothing wrong with what was changed'
if command -v tar >/dev/null; then
	tar -cf tree.tar -C tree .
	good corpus make pack:tree.tar unpacked --sums unpacked.sums
	the_same tree unpacked
	cmp -s copy.sums unpacked.sums || fail 'an archive gives another manifest than the tree'
	is "$(stat -c '%a %Y' unpacked/a unpacked/below)" "$(stat -c '%a %Y' tree/a tree/below)" 'modes and times from an archive'
fi

it 'make: what is not one of the three is left out, and told'
mkfifo tree/fifo
run corpus make tree:tree without
is "$status $(cat "$WORK/err")" '0 ordeal: warning: tree:tree: 1 left out that are neither file, directory nor link' 'a tree with a FIFO'
[ -e without/fifo ] && fail 'a FIFO was made'
good corpus check tree:tree without
rm tree/fifo

it 'make: not into what it is made from'
says 2 'ordeal: tree/new lies in tree, which it is to be made from' corpus make tree:tree tree/new
[ -e tree/new ] && fail 'the directory was left'
says 2 'ordeal: copy: Directory not empty (choose a new or empty directory)' corpus make tree:tree copy
says 2 'ordeal: copy: Directory not empty (no make was interrupted there; ordeal corpus check compares)' corpus make tree:tree copy --resume
says 2 'ordeal: nowhere/sums: the manifest cannot be written: No such file or directory' corpus make tree:tree other --sums nowhere/sums
is "$(ls -A other)" '' 'a directory whose manifest cannot be written'

# interrupted_make DIR: killed by the kernel (SIGXFSZ) when b, the second file, has reached 64 KiB.
interrupted_make() {
	{
		# shellcheck disable=SC3045 # dash and bash know it
		(ulimit -c 0 && ulimit -f 128 && exec "$ordeal" corpus make -j 1 tree:tree "$1" --sums "$1.sums") >"$WORK/out" 2>"$WORK/err"
		status=$?
	} 2>/dev/null
}

it 'make that is killed in the middle of a file: what is there is whole, and --resume gives what was to be'
interrupted_make broken
is "$status" 153 'a make whose file grows too large'
is "$(cd broken && find . -name .ordeal-making -prune -o -type f -print)" ./a 'files there after one and a half'
cmp -s tree/a broken/a || fail 'the file that is there is not whole'
[ -s broken/.ordeal-making/0.part ] || fail 'nothing was being written: it was killed too early'
[ -e broken.sums ] && fail 'a manifest of half a corpus'
says 2 'ordeal: broken: Directory not empty (a make was interrupted there: --resume goes on with it)' corpus make tree:tree broken
says 2 'ordeal: broken: was begun from another source, or this one has changed since (choose a new directory)' \
	corpus make ct-tiny broken --resume
run corpus check tree:tree broken
is "$status" 1 'a check of half a corpus'
holds "$WORK/out" '^\.ordeal-making: additional \(ordeal corpus make was interrupted: --resume goes on\)$'
holds "$WORK/out" '^b: missing$'
before=$(stat -c %i broken/a)
good corpus make tree:tree broken --resume --sums broken.sums
is "$(cat "$WORK/out")" 'broken: 7 files, 0.3 MB (1 stayed)' 'what is told'
is "$(stat -c %i broken/a)" "$before" 'the file that stayed'
the_same tree broken
is "$(facts_of broken)" "$(facts_of tree)" 'modes, times and links'
sums_hold broken ../broken.sums
cmp -s copy.sums broken.sums || fail 'the manifest is another one after --resume'
good corpus check tree:tree broken

it 'make --resume: a file that lost its end is made again; from an empty directory it begins; a source that has changed is refused'
interrupted_make again
: >again/a
good corpus make tree:tree again --resume
the_same tree again
mkdir empty
good corpus make tree:tree empty --resume
the_same tree empty
interrupted_make changed
cp -a tree other-tree
good corpus make tree:other-tree changed --resume
the_same tree changed
interrupted_make changed-too
printf 0ne >other-tree/a
says_like 2 '*was begun from another source, or this one has changed since*' corpus make tree:other-tree changed-too --resume
interrupted_make held
flock held/.ordeal-making/source "$ordeal" corpus make tree:tree held --resume >"$WORK/out" 2>"$WORK/err"
is "$? $(cat "$WORK/err")" '2 ordeal: held: another make is at work there' 'two at once'

# begun DIR SIGNAL: make so much that it lasts, and end it when the first file is there.
begun() {
	env --default-signal=INT "$ordeal" corpus make -j 3 stack:slices=1000000,width=64,height=64 "$1" >"$WORK/out" 2>"$WORK/err" &
	child=$!
	at_hand "$1/slice_0000.png"
	kill -s "$2" "$child"
	wait "$child"
	status=$?
}

it 'make that is interrupted: status 130, a line on how to go on, nothing half under any name'
for signal in INT TERM; do
	begun "$signal" "$signal"
	is "$status" 130 "make after SIG$signal"
	holds "$WORK/err" "^ordeal: $signal: interrupted: [0-9]+ of 1000000 files are there, and whole; to go on: ordeal corpus make --resume [^ ]+ $signal\$"
	is "$(ls "$signal/.ordeal-making")" source 'what stays of the files that were being written'
	is "$(find "$signal" -name '*.png' ! -size 8324c | head -n 1)" '' 'a file that is not whole'
	rm -rf "$signal"
done

it 'make that hangs on a pipe that is full can be interrupted'
mkfifo hung.sums.part
exec 7<>hung.sums.part
head -c 65536 /dev/zero >&7
env --default-signal=INT "$ordeal" corpus make stack:slices=3000,width=8,height=8 hung --sums hung.sums >"$WORK/out" 2>"$WORK/err" &
child=$!
at_hand hung/slice_0050.png # its line is the first behind what stdio keeps back (4096 bytes)
kill -s INT "$child"
wait "$child"
is "$?" 130 'the make'
holds "$WORK/err" '^ordeal: hung: interrupted: '
exec 7>&-
rm -f hung.sums.part

# crime WORDS: what check says of the copy, alone; and it is mended.
crime() {
	run corpus check tree:tree copy
	is "$status $(cat "$WORK/err")" '1 ordeal: copy: 1 difference from tree:tree' "status for: $1"
	is "$(cat "$WORK/out")" "$1" 'the crime'
	chmod -R u+w copy && rm -rf copy && cp -a tree copy
}

it 'check finds each crime, and nothing where there is none'
good corpus check tree:tree copy -j 1
is "$(cat "$WORK/out")" 'copy: 7 files, 0.3 MB, as in tree:tree' 'an honest copy'
touch copy/a && chmod 600 copy/a
good corpus check tree:tree copy
rm copy/a && crime 'a: missing'
rm -r copy/below/deep && run corpus check tree:tree copy
is "$(cat "$WORK/out")" 'below/deep: missing
below/deep/ blank and "quote" : missing' 'a directory that is missing'
cp -a tree/below/deep copy/below
printf x >copy/below/more && crime 'below/more: additional'
mkdir copy/extra && printf x >copy/extra/x && crime 'extra: additional'
printf x >>copy/a && crime 'a: 4 bytes instead of 3'
: >copy/a && crime 'a: 0 bytes instead of 3'
printf X | dd of=copy/b bs=1 seek=299999 conv=notrunc status=none
printf Y | dd of=other-tree/b bs=1 seek=299999 conv=notrunc status=none
cmp -s tree/b copy/b && printf Y | dd of=copy/b bs=1 seek=299999 conv=notrunc status=none
crime 'b: different from byte 299999 on'
ln -sfn elsewhere copy/below/link && crime 'below/link: leads to elsewhere instead of ../a'
rm copy/a && ln -s b copy/a && crime 'a: a link instead of a file'
rm copy/below/empty && mkdir copy/below/empty && crime 'below/empty: a directory instead of a file'
rmdir copy/closed && : >copy/closed && crime 'closed: a file instead of a directory'
rm "copy/$odd" && crime 'new?line: missing'
if ! is_root; then
	chmod 000 copy/a && crime 'a: cannot be opened: Permission denied'
fi
run corpus check stack:slices=200,width=8,height=8 copy --max 3
is "$status $(wc -l <"$WORK/out")" '1 4' 'many differences'
holds "$WORK/out" '^\.\.\. and [0-9]+ more$'
says 2 'ordeal: nowhere: No such file or directory' corpus check ct-tiny nowhere
says 2 'ordeal: tree/a: Not a directory' corpus check ct-tiny tree/a

it 'check --sums: what a source gives against a manifest'
good corpus check tree:tree --sums copy.sums
is "$(cat "$WORK/out")" 'tree:tree: 7 files, as in copy.sums' 'an honest source'
good corpus check ct-damaged --sums damaged.sums
run corpus check ct-damaged:damage=none --sums damaged.sums
is "$status" 1 'another source'
holds "$WORK/out" '^slice_0001.png: another digest$'
lacks "$WORK/out" 'slice_0000'
grep -v '  a$' copy.sums >less.sums
run corpus check tree:tree --sums less.sums
is "$status $(cat "$WORK/out")" '1 a: not in less.sums' 'a manifest that lacks one'
(cat copy.sums && sed -n 's/  a$/  gone/p' copy.sums) >more.sums
run corpus check tree:tree --sums more.sums
is "$status $(cat "$WORK/out")" '1 gone: missing' 'a manifest that has one more'
echo 'no digest' >>more.sums
says 2 'ordeal: more.sums:9: is no line of sha256sum' corpus check tree:tree --sums more.sums
sha256sum -b tree/a | sed 's,tree/,./,' >star.sums
run corpus check tree:tree --sums star.sums
lacks "$WORK/out" '^a:'

it 'check: a mount of the corpus is what it says; one with a fault is not'
if "$ordeal" doctor >"$WORK/doctor" 2>&1; then
	mkdir mnt
	good mount ct-tiny mnt -- "$ordeal" corpus check ct-tiny mnt
	# shellcheck disable=SC2154 # lib.sh has it
	timeout "$DEADLINE" "$ordeal" mount -q -p bad-sector ct-tiny mnt -- "$ordeal" corpus check ct-tiny mnt >"$WORK/out" 2>"$WORK/err"
	is "$? $(cat "$WORK/out")" '1 slice_0002.png: cannot be read: Input/output error' 'a mount with a bad sector'
fi

# ---- thumbs ----

# sober FILE: nothing on the page runs, comes from elsewhere, or is no markup.
sober() {
	looks=$((looks + 1))
	grep -oE 'src="[^"]{0,30}|href|url\(|@import|<script|<iframe|<object|<link| on[a-z]+=' "$1" | grep -vE '^src="data:image/(png|svg\+xml);base' >"$WORK/said"
	[ ! -s "$WORK/said" ] || fail "$1 holds $(shown "$WORK/said")"
	command -v xmllint >/dev/null || return
	{ xmllint --noout "$1" && xmllint --html --noout "$1"; } >"$WORK/said" 2>&1
	[ ! -s "$WORK/said" ] || fail "xmllint $1 says $(shown "$WORK/said")"
}

# cards FILE PATTERN: how many cards have it. A card is a line, but for words in <pre>.
cards() {
	tr '\n' ' ' <"$1" | sed 's/<div class="card/\n&/g' | grep '^<div class="card' | grep -cE -e "$2"
}

it 'thumbs: damaged files are marked, with what was done, what may be expected, and what the reader said'
good corpus thumbs ct-damaged damaged.html
is "$(cat "$WORK/out")" 'damaged.html: 16 files' 'what is told'
sober damaged.html
is "$(cards damaged.html 'class="card bad"')" 13 'cards that are marked'
is "$(cards damaged.html 'class="card"')" 3 'cards that are not'
is "$(cards damaged.html 'class="card".*damage:')" 0 'whole files with damage'
is "$(cards damaged.html 'torn.*data:image/png.*slice_0001.png.*damage: truncate \(refuse\).*the file ends too early \(row [1-9]')" 1 'a cut file'
is "$(cards damaged.html 'slice_0003.png.*damage: garbage \(refuse\).*Not a PNG file')" 1 'garbage'
is "$(cards damaged.html 'data:image/png;base64.*class="name"')" 13 'pictures'
good corpus thumbs ct-holes holes.html
sober holes.html
is "$(cards holes.html 'slice_0004.png.*damage: remove')" 1 'a file that was removed'
good corpus thumbs ct-broken broken.html
sober broken.html
is "$(cards broken.html '16384 x 16384.*too large to be shown')" 1 'a bomb'

it 'thumbs: a thumbnail is a PNG, of the size that it says'
sed -n 's/.*data:image\/png;base64,\([^"]*\)".*slice_0015.png.*/\1/p' damaged.html | base64 -d >thumb.png
is "$(od -An -tx1 -N8 thumb.png)" ' 89 50 4e 47 0d 0a 1a 0a' 'its first bytes'
is "$(od -An -tx1 -j16 -N8 thumb.png)" ' 00 00 00 40 00 00 00 40' 'its sides'
if command -v pngcheck >/dev/null; then
	pngcheck -q thumb.png >"$WORK/said" 2>&1 || fail "pngcheck: $(shown "$WORK/said")"
fi

# picture_of PAGE NAME: the sum of the bytes that stand for it.
picture_of() {
	sed -n "s/.*data:image\/png;base64,\([^\"]*\)\".*class=\"name\">$2<.*/\1/p" "$1" | cksum
}

it 'thumbs: the same picture from PNG, TIFF of either byte order, and BMP'
good corpus thumbs stack:slices=2,width=200,height=120,bits=16 as-png.html
is "$(cards as-png.html 'data:image/png;base64,.*slice_0001.png')" 1 'a picture'
[ "$(picture_of as-png.html slice_0000.png)" != "$(picture_of as-png.html slice_0001.png)" ] || fail 'all pictures are the same'
for order in little big; do
	good corpus thumbs "stack:slices=2,width=200,height=120,bits=16,format=tiff,byte_order=$order" as-tiff.html
	is "$(picture_of as-tiff.html slice_0001.tif)" "$(picture_of as-png.html slice_0001.png)" "a TIFF, $order-endian"
done
good corpus thumbs stack:slices=2,width=200,height=120,bits=8 as-png.html
good corpus thumbs stack:slices=2,width=200,height=120,bits=8,format=bmp as-bmp.html
is "$(picture_of as-bmp.html slice_0001.bmp)" "$(picture_of as-png.html slice_0001.png)" 'a BMP'
mkdir cut
good corpus make stack:slices=1,width=60,height=40,bits=8,format=bmp cut/b
good corpus make stack:slices=1,width=60,height=40,bits=8,format=tiff cut/t
for file in cut/b/slice_0000.bmp cut/t/slice_0000.tif; do
	head -c 2000 "$file" >cut/cut && mv cut/cut "$file"
done
good corpus thumbs tree:cut cut.html
is "$(cards cut.html 'torn.*data:image/png.*slice_0000.bmp.*the pixels end in row [1-9]')" 1 'a BMP that is cut'
looks=$((looks + 1))
[ "$(cards cut.html 'slice_0000.tif.*class="said"')" = 1 ] || fail 'a TIFF that is cut: nothing said'

it 'thumbs: sound, text, bytes; names and words of strangers are words'
good corpus thumbs audio-corrupt sound.html
sober sound.html
[ "$(cards sound.html 'data:image/svg\+xml')" -ge 3 ] || fail 'hardly any waveform'
sed -n 's/.*svg+xml;base64,\([^"]*\)".*/\1/p' sound.html | head -n 1 | base64 -d >wave.svg
holds wave.svg '^<svg xmlns="http://www.w3.org/2000/svg" width="320" height="80".*</svg>$'
mkdir mixed
name="<script>alert('x')<|script>&\"amp;.txt"
printf 'first <b>line</b> & more\nsecond\n\033[31m' >mixed/words.bin
printf 'first <b>line</b> & more\nsecond\n' >"mixed/$name"
printf '\303\050 not UTF-8' >"$(printf 'mixed/bad\377name')"
printf '\0\1\2</pre><script>' >mixed/raw
: >mixed/nothing
printf 'RIFF\377\377\377\377WAVEfmt \377\377\377\377' >mixed/lie.wav
printf 'RIFF' >mixed/short.wav
good corpus thumbs tree:mixed mixed.html
sober mixed.html
is "$(cards mixed.html 'class="card"')" 7 'cards'
is "$(cards mixed.html '<pre>first &lt;b&gt;line&lt;/b&gt; &amp; more second </pre>.*&lt;script&gt;alert\(&#39;x&#39;\)&lt;\|script&gt;&amp;&quot;amp;\.txt</div>')" 1 'words'
is "$(cards mixed.html '<pre>00 01 02 .*&lt;/pre&gt;.*raw</div>')" 1 'bytes'
is "$(cards mixed.html "bad$(printf '\357\277\275')name")" 1 'a name that is not UTF-8'
is "$(cards mixed.html '<pre>\(empty\)</pre>.*nothing')" 1 'an empty file'
is "$(cards mixed.html 'lie.wav.*class="said">')" 1 'a WAV file that lies'

it 'thumbs: so many at most, damaged ones first, evenly chosen'
good corpus thumbs stack:slices=100,width=8,height=8 some.html --max 4
is "$(cat "$WORK/out")" 'some.html: 4 files' 'what is told'
is "$(grep -o 'slice_[0-9]*' some.html | tr '\n' ' ')" 'slice_0024 slice_0049 slice_0074 slice_0099 ' 'those that were chosen'
good corpus thumbs ct-damaged some.html --max 14
is "$(cards some.html 'class="card bad"') $(cards some.html 'class="card"')" '13 1' 'damaged ones first'
good corpus thumbs ct-damaged some.html --max 2
is "$(cards some.html 'class="card bad"') $(cards some.html 'class="card"')" '2 0' 'only damaged ones'
says 3 'ordeal: nowhere/page: the page cannot be written: No such file or directory' corpus thumbs ct-tiny nowhere/page
is "$(find . -maxdepth 1 -name '*.html.part')" '' 'pages written aside'
finish
