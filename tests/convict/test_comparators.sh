#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What docs/contract.md has as commands that compare TIFF and FLAC calls equal what is equal in content, and nothing else. The subjects make what
# comes after a failure in another way: compressed otherwise, or with other content.
# shellcheck source=tests/convict/lib.sh
. "$SOURCE/tests/convict/lib.sh"
for tool in tiffcmp tiffcp flac sox; do
	command -v "$tool" >/dev/null || { echo "$tool is not installed" && exit 77; }
done
sed -n '/^    compare:$/,/^$/ s/^    //p' "$SOURCE/docs/contract.md" >"$work/compare"
[ "$(grep -c '^  "' "$work/compare")" = 3 ] || { echo "docs/contract.md has other examples: $(cat "$work/compare")" && exit 1; }

# a_subject NAME INPUT SCRIPT...: what the script does with "$file", whose copy is $TMPDIR/x: into "$2", in a $way that is "usual" or "other"
a_subject() {
	cat >"$work/$1.sh" <<-END
		way=usual
		for file in "\$1"/*; do
			name=\${file##*/} name=\${name%.*}
			if cat "\$file" >"\$TMPDIR/x" 2>/dev/null; then
				$3
			else
				echo "\${file##*/}: cannot be read" >&2
				way=other
			fi
		done
		rm -f "\$TMPDIR/x"
		[ \$way = usual ]
	END
	printf '%s\n' 'version: 1' "name: $1" "input: $2" "command: [sh, $work/$1.sh, '{in}', '{out}']" 'derive: stem' >"$work/$1-bytes.yaml"
	cat "$work/$1-bytes.yaml" "$work/compare" >"$work/$1.yaml"
}

# shellcheck disable=SC2016 # it is the script that has these
{
	a_subject recompress stack 'if [ $way = usual ]; then tiffcp -c none "$TMPDIR/x" "$2/$name.tif"; else tiffcp -c lzw "$TMPDIR/x" "$2/$name.tif"; fi'
	a_subject confuse stack '[ $way = other ] || cp "$TMPDIR/x" "$TMPDIR/y"; cp "$TMPDIR/y" "$2/$name.tif"'
	# Two runs of flac over one file are the same: it notes no time.
	flac_of='mkdir -p "$2/preview"; sox -D "$TMPDIR/x" -t wav "$TMPDIR/y" vol $volume && flac -sf -$level -o'
	a_subject repack audio 'volume=1 level=5; [ $way = usual ] || level=0; flac -sf -$level -o "$2/$name.flac" "$TMPDIR/x"'
	a_subject fade audio "level=5 volume=0.9; [ \$way = usual ] || volume=0.8997; $flac_of \"\$2/preview/\$name.flac\" \"\$TMPDIR/y\"; rm -f \"\$TMPDIR/y\""
	a_subject mute audio "level=5 volume=0.9; [ \$way = usual ] || volume=0.8; $flac_of \"\$2/preview/\$name.flac\" \"\$TMPDIR/y\"; rm -f \"\$TMPDIR/y\""
	a_subject fade-all audio "level=5 volume=0.9; [ \$way = usual ] || volume=0.8997; $flac_of \"\$2/\$name.flac\" \"\$TMPDIR/y\"; rm -f \"\$TMPDIR/y\""
}
for kind in tif wav; do
	printf '%s\n' 'version: 1' 'name: second' 'rules:' "- {name: second, volume: in, path: '*_*1.$kind', on: read, fail: EIO}" >"$work/$kind.yaml"
done

other='^failed, and left output that is not the right one under its final name: '
tiff="--corpus ct-tiff:slices=3 --plan $work/tif.yaml"
audio="--corpus audio-tiny --plan $work/wav.yaml"
# shellcheck disable=SC2086 # several options
{
	acquit subject $tiff --subject "$work/recompress.yaml"
	accuse subject leaked "$other" $tiff --subject "$work/recompress-bytes.yaml"
	accuse subject leaked "$other" $tiff --subject "$work/confuse.yaml"
	acquit subject $audio --subject "$work/repack.yaml"
	accuse subject leaked "$other" $audio --subject "$work/repack-bytes.yaml"
	acquit subject $audio --subject "$work/fade.yaml"
	accuse subject leaked "$other" $audio --subject "$work/fade-bytes.yaml"
	accuse subject leaked "$other" $audio --subject "$work/mute.yaml"
	accuse subject leaked "$other" $audio --subject "$work/fade-all.yaml"
}

settle
