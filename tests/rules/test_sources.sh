#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# How every source file looks: a licence line, functions that fit a screen, nothing unfinished, no path of the machine that
# it was written on, and each file named by a meson.build.
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"

LINES_MAX=80
# Tables of cases, each the whole of a unit test.
long_by_right='patterns_match_as_the_header_says every_form_of_a_rule_is_read_and_explained rules_that_make_no_sense_are_refused'

# files_of TREE: paths of what somebody wrote, relative to it.
files_of() {
	(cd "$1" && find . -maxdepth 1 -type f ! -name '*.log' && find base faults corpora fusefs harness tests docs .ci -type f ! -name '.*' ! -path 'tests/fuzz/corpus/*') 2>/dev/null |
		sed 's,^\./,,' | sort
}

without_licence() {
	files_of "$1" | grep -E '\.(c|h|sh|awk)$|(^|/)meson(\.build|_options\.txt)$|^bootstrap$|^\.ci/run$' | while read -r file; do
		head -n 3 "$1/$file" | grep -q 'SPDX-License-Identifier: BSD-2-Clause$\|SPDX-License-Identifier: BSD-2-Clause \*/$' || echo "$file"
	done
}

# "FILE NAME LINES" of each function longer than that: in C from the brace in the first column to the one that ends it.
long_functions() {
	files_of "$1" | grep -E '\.(c|h|sh)$|^bootstrap$|^\.ci/run$' | while read -r file; do
		awk -v file="$file" -v max="$LINES_MAX" '
			function name_of(text) {
				sub(/\(.*/, "", text)
				sub(/.*[^A-Za-z0-9_]/, "", text)
				return text
			}
			/^[a-z].*\(/ { head = $0 }
			/^\{/ || /^[a-z_]+\(\) \{/ { start = NR }
			/^\}/ && start { if (NR - start + 1 > max) print file, name_of(head), NR - start + 1; start = 0 }
		' "$1/$file"
	done
}

# "FILE:LINE:TEXT". The words stand in pieces, so that this file is not found.
unfinished() {
	files_of "$1" | (cd "$1" && tr '\n' '\0' | xargs -0 grep -nIwE 'TO''DO|FIX''ME|XX''X|HA''CK|W''IP' /dev/null)
}

machine_paths() {
	files_of "$1" | (cd "$1" && tr '\n' '\0' | xargs -0 grep -nIE \
		'(^|[^A-Za-z0-9_}])/(wo''rk/|ro''ot/|Us''ers/|ho''me/[a-z]+|tm''p/[a-z]+bu''ild)|file:/''//' /dev/null) | grep -vE '/home/(me|u)([^a-z]|$)'
}

# Sources that no meson.build above them names: as FILE, FILE without its ending, or what stands behind test_ or test_AREA_.
unnamed() {
	files_of "$1" | grep -E '\.(c|sh)$' | while read -r file; do
		base=$(basename "$file")
		bare=${base%.*}
		short=${bare#test_}
		folder=$(dirname "$file")
		while [ "$folder" != . ]; do
			if grep -qE "['/_]($base|$bare|$short|${short#*_})'" "$1/$folder/meson.build" 2>/dev/null; then continue 2; fi
			folder=$(dirname "$folder")
		done
		# Words of a test, read by it.
		grep -rqF "$base\"" "$1/$(dirname "$file")" && continue
		grep -rqE "[\"/]$base" "$1/$(dirname "$file")" --include='*.sh' && continue
		echo "$file"
	done
}

# Tables in scripts may need theirs.
blank_ends() {
	files_of "$1" | grep -v '\.sh$' | (cd "$1" && tr '\n' '\0' | xargs -0 grep -nIE '[[:blank:]]+$' /dev/null)
}

# ---- each can fail ----

convict=$WORK/convict
mkdir -p "$convict/base"
licence='/* SPDX-License-Identifier: BSD-2-Clause */'
{
	printf '%s\n' "$licence" 'int fine(void)' '{'
	yes '	;' | head -n $((LINES_MAX - 2))
	printf '%s\n' '}' '' 'int too_long(int a,' '	     int b)' '{'
	yes '	;' | head -n $((LINES_MAX - 1))
	echo '}'
} >"$convict/base/length.c"
printf '%s\n' 'int x; ' '/* TO''DO: more */' '/* see /ho''me/somebody/notes */' '/* see /home/me/notes */' >"$convict/base/bare.c"
printf '%s\n' "$licence" >"$convict/base/named.c"
echo "sources = files('named.c', 'length.c')" >"$convict/base/meson.build"

it 'the looks find the guilty, and only them'
is "$(without_licence "$convict" | tr '\n' ' ')" 'base/bare.c base/meson.build ' 'files without a licence'
is "$(long_functions "$convict")" "base/length.c too_long $((LINES_MAX + 1))" 'long functions'
is "$(unfinished "$convict" | cut -d : -f 1,2)" base/bare.c:2 'what is unfinished'
is "$(machine_paths "$convict" | cut -d : -f 1,2)" base/bare.c:3 'paths of a machine'
is "$(unnamed "$convict")" base/bare.c 'sources that are not named'
is "$(blank_ends "$convict" | cut -d : -f 1,2)" base/bare.c:1 'blanks at the end'

# ---- the tree ----

[ "$(files_of "$SOURCE" | wc -l)" -gt 300 ] || fail "only $(files_of "$SOURCE" | wc -l) files were found"

it 'every source has its licence line'
is "$(without_licence "$SOURCE")" '' 'files without one'

it "no function is longer than $LINES_MAX lines"
long_functions "$SOURCE" >"$WORK/long"
while read -r file name count; do
	case " $long_by_right " in
	*" $name "*) continue ;;
	esac
	fail "$file: $name() has $count lines"
done <"$WORK/long"
for name in $long_by_right; do
	holds "$WORK/long" "^tests/unit/[a-z_]*.c $name "
done

it 'nothing is unfinished'
is "$(unfinished "$SOURCE")" '' 'words of it'

it 'no path of the machine that it was written on'
is "$(machine_paths "$SOURCE")" '' 'paths'

it 'every source is built, or run'
is "$(unnamed "$SOURCE")" '' 'sources that no meson.build names'

it 'no blanks at the end of lines'
is "$(blank_ends "$SOURCE")" '' 'lines'
finish
