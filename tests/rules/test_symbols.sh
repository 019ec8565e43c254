#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What the built files show of themselves: the shim exports the allocation functions and links nothing of ours, only ordealfs
# links libfuse, and the subjects link nothing that ordeal does not say of them.
# shellcheck source=tests/cli/lib.sh
. "$SOURCE/tests/cli/lib.sh"
need nm readelf
shim=$BUILD/libordeal-alloc.so

exports_of() {
	nm -D --defined-only "$1" | awk '$2 ~ /^[A-TV-Z]$/ { sub(/@.*/, "", $3); print $3 }' | sort | tr '\n' ' '
}

# Short names of the libraries that a program asks for: libfuse3 libc
libraries_of() {
	readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\([^].]*\)[^]]*\]$/\1/p' | sort | tr '\n' ' '
}

links() {
	libraries_of "$1" | grep -qE "(^| )$2 "
}

it 'the instruments see'
# shellcheck disable=SC2154 # lib.sh sets it
links "$BUILD/ordealfs" libfuse3 || fail "ordealfs links no libfuse? $(libraries_of "$BUILD/ordealfs")"
[ -n "$(exports_of "$shim")" ] || fail 'the shim exports nothing?'
links "$BUILD/ordeal" libfuse3x && fail 'a library that is none was seen'

it 'the shim exports the allocation functions and what tells when main() runs, and nothing else'
is "$(exports_of "$shim")" \
	'__libc_start_main aligned_alloc calloc exit free malloc memalign posix_memalign pvalloc realloc reallocarray valloc ' 'exports'

it 'each of them is what the page counts'
names=$(sed -n '/^enum alloc_function {/,/^}/s/^\tALLOC_\([A-Z_]*\),.*/\1/p' "$SOURCE/faults/alloc/page.h" | tr '[:upper:]' '[:lower:]')
[ -n "$names" ] || fail 'page.h names no function?'
for name in $names; do
	[ "$name" = functions ] && continue
	case " $(exports_of "$shim")" in
	*" $name "*) ;;
	*) fail "page.h counts $name, which the shim does not export" ;;
	esac
done

it 'the shim links libc alone'
for library in $(libraries_of "$shim"); do
	case $library in
	libc | libdl | ld-linux*) ;;
	*) fail "the shim links $library" ;;
	esac
done

it 'libfuse is linked by ordealfs alone, and by the fuzz targets that are all of it'
count=0
find "$BUILD" -type f \( -perm -u+x -o -name '*.so' \) >"$WORK/files"
while read -r file; do
	readelf -h "$file" >/dev/null 2>&1 || continue
	count=$((count + 1))
	case $file in
	"$BUILD/ordealfs" | "$BUILD"/tests/fuzz/fuzz_*) continue ;;
	esac
	links "$file" 'libfuse[0-9]*' && fail "$file links libfuse"
done <"$WORK/files"
[ "$count" -ge 6 ] || fail "only $count programs were looked at"

it 'the reference cores link nothing that only ordeal needs'
for core in pyramid audio; do
	for library in $(libraries_of "$BUILD/harness/subjects/$core/$core"); do
		case $library in
		libfyaml | libarchive | libjansson | libxxhash | libordeal*) fail "$core links $library" ;;
		esac
	done
	nm "$BUILD/harness/subjects/$core/$core" | grep -E ' [TDB] (err|buf|yaml|plan|corpus)_' && fail "$core holds code of ours"
	looks=$((looks + 1))
done

it 'nothing runs on an executable stack, and programs have no fixed address'
for file in "$BUILD/ordeal" "$BUILD/ordealfs" "$shim"; do
	readelf -hlW "$file" >"$WORK/headers"
	lacks "$WORK/headers" 'GNU_STACK.*RWE'
	holds "$WORK/headers" 'Type: +DYN'
done
finish
