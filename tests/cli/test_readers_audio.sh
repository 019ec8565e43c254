#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Programs of others read the tracks that we make: flac, sox and python3 agree on frames, rate, channels and samples.
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
need flac metaflac sox soxi python3
cd "$WORK/home" || exit 99
RATE=22050
FRAMES=4999

# made FORMAT ENCODING CHANNELS: $track
made() {
	track=$1-$2-$3
	run corpus make "tone:files=1,rate=$RATE,frames=$FRAMES,format=$1,encoding=$2,channels=$3" "$track"
	# shellcheck disable=SC2154 # run() sets it
	[ "$status" = 0 ] || wrong "corpus make $track" 'status 0'
	track=$(echo "$track"/*)
}

bytes_of() {
	case $1 in
	u8) echo 1 ;;
	s16) echo 2 ;;
	s24) echo 3 ;;
	s32 | f32) echo 4 ;;
	f64) echo 8 ;;
	esac
}

# samples FILE ENCODING CHANNELS: of a WAV file or a relative, without the head and what fills up the end of all but Wave64
samples() {
	length=$((FRAMES * $3 * $(bytes_of "$2")))
	odd=$((length % 2))
	case $1 in *.w64) odd=0 ;; esac
	tail -c $((length + odd)) "$1" | head -c $length
}

# Of integers, that flac reads; it knows all three kinds of head.
check_by_flac() {
	flac -s -f -o encoded.flac "$track" 2>said || fail "flac cannot read $track: $(shown said)"
	heard_by_flac encoded.flac "$track" "$1" "$2"
}

# heard_by_flac FLAC WAV ENCODING CHANNELS: as many frames, of this rate, and the very samples
heard_by_flac() {
	is "$(metaflac --show-total-samples --show-sample-rate --show-channels "$1" | tr '\n' ' ')" "$FRAMES $RATE $4 " "what flac reads in $1"
	sign=signed
	[ "$3" != u8 ] || sign=unsigned
	flac -s -d -f --force-raw-format --endian=little --sign=$sign -o decoded "$1" 2>said || fail "flac cannot decode $1: $(shown said)"
	samples "$2" "$3" "$4" >wanted
	cmp decoded wanted >said 2>&1 || fail "other samples in $1 than in $2: $(shown said)"
}

# sox 14.4.2 misses what it has read already in the head of extensible floats, and says so of such files of anybody's.
QUIRK='wave header missing extended part of fmt chunk'

# check_by_sox CHANNELS: and nothing is wrong in its eyes
check_by_sox() {
	is "$(soxi -s "$track" 2>>quirks) $(soxi -r "$track" 2>>quirks) $(soxi -c "$track" 2>>quirks)" "$FRAMES $RATE $1" "what sox reads in $track"
	sox "$track" -n stat 2>said || fail "sox cannot read $track: $(shown said)"
	holds said '^Maximum amplitude: +0\.(88|89|90)[0-9]*$'
	cat said >>quirks
}

# Of what python3 reads in all its versions: plain PCM.
check_by_python() {
	is "$(python3 -W ignore -c '
import sys, wave
with wave.open(sys.argv[1]) as track:
    print(track.getnframes(), track.getframerate(), track.getnchannels(), track.getsampwidth(), len(track.readframes(10 ** 9)))' "$track")" \
		"$FRAMES $RATE $2 $(bytes_of "$1") $((FRAMES * $2 * $(bytes_of "$1")))" "what python3 reads in $track"
}

it 'WAV: sox, python3 and flac agree on frames, rate, channels and samples'
for encoding in u8 s16 s24 s32 f32 f64; do
	for channels in 1 2 3 4 5 6 7 8; do
		made wav $encoding $channels
		check_by_sox $channels
		case $encoding in u8 | s16 | s24) check_by_flac $encoding $channels ;; esac
		case $encoding-$channels in u8-[12] | s16-[12]) check_by_python $encoding $channels ;; esac
	done
done
grep 'WARN\|FAIL' quirks | grep -v "$QUIRK" >said
is "$(cat said)" '' 'what sox finds wrong'

it 'RF64 and Wave64: flac reads what is in the WAV file, and floats are those of it'
for format in rf64 w64; do
	for encoding in u8 s16 s24 s32 f32 f64; do
		for channels in 1 2 3 4 5 6 7 8; do
			made $format $encoding $channels
			case $encoding in u8 | s16 | s24) check_by_flac $encoding $channels ;; esac
			samples "$track" $encoding $channels >found
			samples wav-$encoding-$channels/track_000.wav $encoding $channels >wanted
			cmp -s found wanted || fail "other samples in $track than in the WAV file"
		done
	done
done

it 'FLAC: every checksum is right, and the samples are those of the WAV file'
for encoding in u8 s16 s24; do
	for channels in 1 2 3 4 5 6 7 8; do
		made flac $encoding $channels
		flac -s -t -w "$track" 2>said || fail "flac -t $track: $(shown said)"
		heard_by_flac "$track" "wav-$encoding-$channels/track_000.wav" $encoding $channels
	done
done

it 'FLAC: lengths around a block, rates with and without a code, many blocks'
for parameters in frames=1 frames=16 frames=4096 frames=4097 frames=600000 rate=8000 rate=11025 rate=96000 rate=192000; do
	rm -rf made
	run corpus make "tone:files=1,seconds=1,format=flac,$parameters" made
	flac -s -t -w made/track_000.flac 2>said || fail "flac -t of $parameters: $(shown said)"
done

it 'FLAC: flac sees one wrong bit among the samples, and one in the MD5'
for place in 30 9000; do
	printf '%s\n' "{version: 1, source: 'tone:files=1,seconds=1,format=flac', damage: [{path: '*', flip: $place}]}" >bad.yaml
	rm -rf made
	run corpus make ./bad.yaml made
	if flac -s -t made/track_000.flac 2>/dev/null; then fail "flac -t sees no damage at byte $place"; fi
done

# judged SOURCE FILES: so many files, of which flac refuses what must be refused, and takes what is whole or cannot be noticed
judged() {
	rm -rf made
	run corpus make "$1" made
	run corpus truth "$1"
	sed -n 's/^{"path":"\([^"]*\)".*"class":"\([a-z]*\)".*/\1 \2/p' "$WORK/out" >truth
	is "$(wc -l <truth)" "$2" "files of $1"
	while read -r path class; do
		refused=0
		flac -s -t "made/$path" 2>said || refused=1
		case $class-$refused in
		whole-1 | unseen-1 | refuse-0) fail "$path of $1 is of class $class: flac says '$(shown said)'" ;;
		esac
	done <truth
}

it 'FLAC: what must be refused flac refuses, and it takes what is whole'
judged audio-broken-flac 12
cat >damaged.yaml <<'END'
version: 1
source: "tone:files=14,frames=20000,format=flac,rate=8000"
damage:
  - {path: track_001.flac, truncate: 60%}
  - {path: track_002.flac, empty: true}
  - {path: track_003.flac, garbage: true}
  - {path: track_004.flac, text: "not a track\n"}
  - {path: track_005.flac, zero: 1KiB..2KiB}
  - {path: track_006.flac, ones: 1KiB..2KiB}
  - {path: track_007.flac, flip: 64..}
  - {path: track_008.flac, insert: {at: 50%, bytes: 16}}
  - {path: track_009.flac, delete: 1KiB..2KiB}
  - {path: track_010.flac, swap: 512}
  - {path: track_011.flac, splice: {with: track_000.flac, at: 30%}}
  - {path: track_012.flac, trailing: 1KiB}
  - {path: track_013.flac, copy: track_000.flac}
END
judged ./damaged.yaml 14
echo '{version: 1, source: "tone:files=1,frames=50,format=flac", variants: {of: track_000.flac, each: flip, step: 5}}' >flips.yaml
judged ./flips.yaml 245
echo '{version: 1, source: "tone:files=1,frames=50,format=flac", variants: {of: track_000.flac, each: truncate}}' >cuts.yaml
judged ./cuts.yaml 153

it 'every content: sox reads it'
for content in clicks drums ramp chord sweep silence white pink; do
	rm -rf made
	run corpus make "tone:files=1,seconds=2,rate=$RATE,content=$content" made
	is "$(soxi -s made/track_000.wav)" "$((2 * RATE))" "frames that sox reads of $content"
	sox made/track_000.wav -n stat 2>said || fail "sox cannot read $content: $(shown said)"
done

finish
