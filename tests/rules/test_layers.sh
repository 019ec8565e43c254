#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Who may see whom: base < faults < corpora < fusefs < harness, and nothing points back up (docs/tour.md).
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"

# "FILE HEADER" for each #include "HEADER", and "FILE <HEADER>" for those of the system.
includes_of() {
	(cd "$1" && find base faults corpora fusefs harness tests -name '*.[ch]' -exec sed -n -E \
		-e 's/^[ \t]*#[ \t]*include[ \t]*"([^"]*)".*/\1/p' -e 's/^[ \t]*#[ \t]*include[ \t]*(<[^>]*>).*/\1/p' {} /dev/null \; \
		-exec echo "= {}" \;) | awk '
		/^= / { for (i = 0; i < count; i++) print $2, seen[i]; count = 0; next }
		{ seen[count++] = $1 }'
}

# The includes that are forbidden, each with its reason.
forbidden() {
	includes_of "$1" | awk '
		BEGIN {
			split("base faults corpora fusefs harness", chain)
			for (i in chain) floor[chain[i]] = i
			# A library of somebody else has its place.
			home["<fuse"] = "^fusefs/fuse.h$"
			home["<linux/fuse.h>"] = "^fusefs/|^tests/fuzz/"
			home["<microhttpd.h>"] = "^fusefs/http.c$"
			home["<libfyaml.h>"] = "^base/yaml.c$"
			home["<archive"] = "^corpora/|^tests/"
			home["<png.h>"] = "^harness/subjects/|^harness/cli/thumb_png.c$|^harness/compare_png.c$|^tests/"
			home["<elfutils"] = "^harness/(symbols|unwind).c$"
			home["<dwarf.h>"] = "^harness/symbols.c$"
			home["<cmocka.h>"] = "^tests/"
		}
		function no(why) { printf "%s includes %s: %s\n", $1, $2, why }
		function folder(path) { return substr(path, 1, index(path, "/") - 1) }
		{
			for (start in home)
				if (index($2, start) == 1 && $1 !~ home[start]) no("that is the business of " home[start])
		}
		$2 ~ /^</ { next }
		$1 ~ /^harness\/subjects\// {
			own = $1
			sub(/^harness\/subjects\//, "", own)
			if (folder($2) != "common" && folder($2) != folder(own)) no("subjects see only common/ and themselves")
			next
		}
		$1 ~ /^faults\/alloc\/(shim.*|page.h|map.h)$/ {
			if ($2 !~ /^faults\/alloc\/(page|map|shim).h$/) no("the shim sees only page.h and map.h")
			next
		}
		$1 ~ /^tests\/(cli|convict|mount|bench|reports)\// {
			# The floor speaks the same protocol, and what it may do to be fast, the server does. The shim wants a page.
			if (folder($2) && $1 " " $2 !~ /^tests\/bench\/(floor.c fusefs\/(kernel|near).h|(alloc|forks).c (base|faults\/alloc)\/[a-z]+.h)$/) no("programs of the tests see nothing of ours")
			next
		}
		$1 ~ /^tests\// {
			if (folder($2) && !(folder($2) in floor)) no("no folder of ours")
			next
		}
		!(folder($2) in floor) { no("not named from the root of the tree"); next }
		floor[folder($2)] > floor[folder($1)] { no("it points up the chain"); next }
		folder($1) == "harness" && folder($2) == "fusefs" && $2 != "fusefs/wire.h" { no("the harness sees only wire.h of it") }
	'
}

# a_file PATH HEADER...: below $WORK/convict
a_file() {
	path=$WORK/convict/$1
	shift
	mkdir -p "$(dirname "$path")"
	for header in "$@"; do
		case $header in
		'<'*) echo "#include $header" ;;
		*) echo "#include \"$header\"" ;;
		esac
	done >"$path"
}

it 'the scan finds what is forbidden, and nothing else'
a_file base/fine.c base/err.h '<stdio.h>'
a_file base/up.c base/err.h faults/plan.h
a_file base/short.c err.h
a_file corpora/fine.c base/buf.h faults/plan.h corpora/corpus.h '<archive.h>'
a_file corpora/up.h fusefs/wire.h
a_file faults/alloc/shim.c faults/alloc/page.h base/err.h
a_file faults/alloc/page.h '<stdint.h>'
a_file fusefs/fuse.h '<fuse_lowlevel.h>'
a_file fusefs/up.c harness/box.h
a_file harness/fine.c fusefs/wire.h faults/plan.h
a_file harness/peeks.c fusefs/node.h
a_file harness/links.c '<fuse_lowlevel.h>'
a_file harness/subjects/audio/fine.c audio/kernel.h common/io.h '<png.h>'
a_file harness/subjects/audio/knows.c base/err.h
a_file harness/subjects/audio/neighbour.c pyramid/image.h
a_file harness/subjects/common/neighbour.c audio/kernel.h
a_file tests/unit/fine.c unit.h base/err.h '<cmocka.h>'
a_file tests/cli/knows.c harness/exits.h
forbidden "$WORK/convict" >"$WORK/forbidden"
is "$(cut -d ' ' -f 1 "$WORK/forbidden" | sort | tr '\n' ' ')" "base/short.c base/up.c corpora/up.h faults/alloc/shim.c fusefs/up.c \
harness/links.c harness/peeks.c harness/subjects/audio/knows.c harness/subjects/audio/neighbour.c \
harness/subjects/common/neighbour.c tests/cli/knows.c " 'the files convicted'

it 'the tree includes only downward'
forbidden "$SOURCE" >"$WORK/forbidden"
is "$(cat "$WORK/forbidden")" '' 'what points up'
[ "$(includes_of "$SOURCE" | wc -l)" -gt 500 ] || fail 'hardly any include was found'

it 'every header stands alone, and twice in a row'
CC=${CC:-cc}
mkdir "$WORK/alone"
(cd "$SOURCE" && find base faults corpora harness -name '*.h' ! -path 'harness/subjects/*') >"$WORK/headers"
while read -r header; do
	printf '#include "%s"\n#include "%s"\n' "$header" "$header" >"$WORK/alone/$(echo "$header" | tr / _).c"
done <"$WORK/headers"
if command -v "$CC" >/dev/null; then
	"$CC" -std=gnu17 -D_GNU_SOURCE -fsyntax-only -I "$SOURCE" "$WORK"/alone/*.c 2>"$WORK/err" || fail "$(shown "$WORK/err")"
fi
finish
