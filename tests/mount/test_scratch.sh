#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A scratch behaves as the filesystem behind it: each line is done on a plain directory and on a mount, and says the same; both
# then hold the same. Done without rules, and again with one that makes the kernel cache nothing.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

long=$(printf '%0255d' 5)
export long

# alike: lines of poke's arguments from stdin; $D is the directory.
alike() {
	while read -r arguments; do
		[ -n "$arguments" ] || continue
		D=$PLAIN
		eval "set -- $arguments"
		wanted=$(poke "$@")
		D=$MNT
		eval "set -- $arguments"
		got=$(poke "$@")
		[ "$got" = "$wanted" ] || fail "$(printf '%s\n    the directory says %s\n    the scratch says   %s' "$arguments" "$wanted" "$got")"
	done
	expect_same_tree "$PLAIN" "$SCRATCH"
	expect_same_tree "$PLAIN" "$MNT"
	(cd "$PLAIN" && find . -exec stat -c '%n %F %a %h %s %u %g' {} + | sed '/ directory /s/ [0-9]* [0-9]* [0-9]*$//' | sort) \
		>"$WORK/wanted"
	(cd "$MNT" && find . -exec stat -c '%n %F %a %h %s %u %g' {} + | sed '/ directory /s/ [0-9]* [0-9]* [0-9]*$//' | sort) \
		>"$WORK/got"
	expect_same "$WORK/wanted" "$WORK/got"
}

fresh() {
	new_scratch
	PLAIN=$(mktemp -d "$WORK/plain-XXXXXX")
	chmod 755 "$PLAIN"
	if [ "$1" = cached ]; then
		serve "scratch:$SCRATCH"
	else
		serve_faulty "scratch:$SCRATCH" <<'END'
- {name: none, path: "no such name", on: all, delay: 1us}
END
	fi
}

for how in cached uncached; do
	it "$how: create, write, append, truncate"
	fresh $how
	alike <<'END'
open $D/f rw,cx , write @ 0 5000 , fsize @ , read @ 0 9000 , close @
open $D/f rw,cx
open $D/f rw,c , write @ 10000 5 , fsize @ , read @ 4990 100 , bytes @ 5000 5000 0
open $D/f w,a , put @ one , put @ two , fsize @ , ftruncate @ 4 , put @ three , fsize @
open $D/f w,a , open $D/f w,a , put @1 A , put @2 B , put @1 C , fsize @2
open $D/g w,c , write @ -1 10 , write @ -1 10 , fsize @ , ftruncate @ 5 , write @ -1 3 , fsize @
open $D/f r,t , fsize @
open $D/f w,t , fsize @
truncate $D/f 100000 , size $D/f , bytes $D/f 0 100000 0
truncate $D/f 3 , size $D/f
truncate $D/none 3
truncate $D 3
truncate $D/f -1
open $D/f r , ftruncate @ 0
open $D/f w , read @ 0 1
open $D/f r , write @ 0 1
open $D/f rw , write @ 0 0 , read @ 0 0
open $D/f rw,d , write @ 0 4096 , write @ 4096 8192 , read @ 0 4096 , fsize @
open $D/f rw,s , write @ 100 200000 , fsync @ , fdatasync @ , fsize @
open $D/none r
open $D/none/f rw,c
open $D/f/g rw,c
open $D r , write @ 0 1
open $D w
mkdir $D/dir , open $D/dir w,c
open $D/dir rw
create $D/$long , size $D/$long
create $D/x$long
mkdir $D/d$long
END
	it "$how: large offsets, holes"
	alike <<'END'
open $D/big rw,c , write @ 5G 10 , fsize @ , read @ 5G 100 , bytes @ 4G 4096 0 , bytes @ 0 4096 0
size $D/big
lseek $D/big data 0 , lseek $D/big hole 0 , lseek $D/big hole 5G , lseek $D/big data 6G , lseek $D/big end 0
open $D/big rw , fallocate @ hole 5G 4096 , fsize @ , bytes @ 5G 10 0
open $D/big w , fallocate @ zero 0 4096 , fsize @
open $D/big w , fallocate @ grow 0 10 , fallocate @ keep 6G 10 , fsize @
open $D/big w , fallocate @ grow 0 0
open $D/big w , fallocate @ grow -1 10
truncate $D/big 1G , size $D/big , unlink $D/big
open $D/big r
END
	it "$how: mapped writes"
	alike <<'END'
open $D/m rw,c , ftruncate @ 10000 , mwrite @ 100 5000 , same @ $D/m 0 10000 , fsize @
mwrite $D/m 0 10000 , read $D/m 0 20000 , touch $D/m shared 5000
END
	it "$how: rename"
	alike <<'END'
rename $D/f $D/f2 , stat $D/f , stat $D/f2
rename $D/f2 $D/g , stat $D/f2 , size $D/g
rename $D/none $D/g
rename $D/g $D/none/x
rename $D/g $D/dir
rename $D/dir $D/g
rename $D/g $D/dir/g , stat $D/g , size $D/dir/g
rename $D/dir/g $D/g
rename $D/g $D/g
mkdir $D/d1 , create $D/d1/in , mkdir $D/d2 , rename $D/d1 $D/d2 , stat $D/d2/in
mkdir $D/d3 , rename $D/d3 $D/d2
rename $D/d2 $D/d3 , stat $D/d3/in
rename $D/d3 $D/d3/below
rename $D/d3 $D/dir/d3 , stat $D/dir/d3/in , rename $D/dir/d3 $D/d3
open $D/g r , create $D/h , rename $D/h $D/g , fsize @ , flinks @ , size $D/g
open $D/g w , rename $D/g $D/h , write @ 0 100 , fsize @ , size $D/h
open $D/h r , rename $D/h $D/dir/h , open $D/dir/h r , fsize @1 , rename $D/dir/h $D/h
rename2 $D/h $D/d3 noreplace
rename2 $D/h $D/new noreplace , stat $D/h , rename2 $D/new $D/h noreplace
rename2 $D/h $D/d3 exchange , stat $D/h , stat $D/d3 , stat $D/h/in , size $D/d3
rename2 $D/h $D/d3 exchange , stat $D/h , stat $D/d3/in
rename2 $D/h $D/none exchange
rename2 $D/h $D/g 3
mkdir $D/a , mkdir $D/a/b , mkdir $D/a/b/c , open $D/a/b/c/f rw,c , write @ 0 10 , rename $D/a $D/z , write @ 10 10 , fsize $D/z/b/c/f
open $D/z/b/c/f r , rename $D/z/b $D/b2 , fsize @ , fsize $D/b2/c/f , stat $D/z/b
rename $D/b2/c/f $D/z/f , size $D/z/f , stat $D/b2/c/f
END
	it "$how: links"
	alike <<'END'
create $D/l , link $D/l $D/l2 , flinks $D/l , flinks $D/l2
write $D/l 0 100 , size $D/l2 , write $D/l2 100 100 , size $D/l
link $D/l $D/l2
link $D/none $D/l3
link $D/dir $D/l3
link $D/l $D/dir/l3 , flinks $D/l , unlink $D/l , flinks $D/l2 , size $D/l2
link $D/l2 $D/l , flinks $D/l , unlink $D/l2 , link $D/l $D/l2 , flinks $D/dir/l3
unlink $D/l , link $D/dir/l3 $D/l , unlink $D/dir/l3 , link $D/l $D/dir/l3 , flinks $D/l
rename $D/l $D/l2 , stat $D/l , stat $D/l2
create $D/n1 , link $D/n1 $D/n2 , rename $D/n1 $D/n3 , link $D/n3 $D/n4 , unlink $D/n2 , link $D/n4 $D/n2 , flinks $D/n2
create $D/over , rename $D/over $D/n2 , flinks $D/n3 , link $D/n3 $D/n5 , flinks $D/n5
symlink target $D/s , readlink $D/s , stat $D/s , open $D/s r , size $D/s
symlink h $D/s2 , open $D/s2 r , open $D/s2 r,n , readlink $D/h
symlink x $D/s
symlink dir $D/sd , create $D/sd/through , stat $D/dir/through , unlink $D/sd/through
link $D/s $D/s3 , readlink $D/s3 , unlink $D/s , readlink $D/s3
rename $D/s3 $D/s4 , readlink $D/s4
symlink . $D/loop , stat $D/loop/loop/loop/h
symlink self $D/self , open $D/self r
END
	it "$how: unlink, also of what is open"
	alike <<'END'
unlink $D/none
unlink $D/dir
create $D/u , unlink $D/u , stat $D/u
open $D/u rw,c , write @ 0 100 , unlink $D/u , read @ 0 200 , write @ 100 100 , fsize @ , flinks @ , fchmod @ 0600 , ftruncate @ 7 , fsize @
open $D/u rw,c , unlink $D/u , open $D/u rw,c , write @1 0 10 , write @2 0 20 , fsize @1 , fsize @2 , fsync @1
open $D/u rw , unlink $D/u , reopen @ rw , write @2 0 5 , fsize @1 , stat $D/u
open $D/u rw,c , link $D/u $D/u2 , unlink $D/u , flinks @ , unlink $D/u2 , flinks @ , fsize @
create $D/same , unlink $D/same , mkdir $D/same , stat $D/same , rmdir $D/same , symlink x $D/same , stat $D/same , unlink $D/same
END
	it "$how: directories"
	alike <<'END'
rmdir $D/none
rmdir $D/h
rmdir $D/z
mkdir $D/h
mkdir $D/e , mkdir $D/e/e , rmdir $D/e , rmdir $D/e/e , rmdir $D/e , stat $D/e
mkdir $D/e , open $D/e r,D , rmdir $D/e , flinks @ , fsync @
mkdir $D/e , chdir $D/e , rmdir $D/e , create x , mkdir y , stat . , count .
rmdir $D/dir/..
mkdir $D/dir/.
open $D/dir r,D , fsync @ , fdatasync @ , read @ 0 10
END
	it "$how: modes, times, nodes"
	alike <<'END'
chmod $D/h 0600 , chmod $D/dir 0700 , chmod $D/h 07755 , chmod $D/none 0600
chmod $D/h 0644 , chmod $D/dir 0755
utimens $D/h 1000000000 , mtime $D/h
utimens $D/dir 1000000000 , mtime $D/dir
utimens $D/s4 1000000000 , mtime $D/s4
utimens $D/none now
mknod $D/fifo fifo , stat $D/fifo , chmod $D/fifo 0600 , unlink $D/fifo
mknod $D/sock socket , stat $D/sock , unlink $D/sock
mknod $D/reg file , stat $D/reg , size $D/reg
mknod $D/reg fifo
chown $D/h 0 0
access $D/h rw , access $D/h x , access $D/dir rwx , access $D/none r
setxattr $D/h user.a b , getxattr $D/h user.a , listxattr $D/h , sizexattr $D/h user.a 0 , removexattr $D/h user.a , getxattr $D/h user.a
removexattr $D/h user.a
END
	it "$how: a write changes the time, and a mode given at creation stays"
	before=$(poke mtime "$MNT/h")
	poke utimens "$MNT/h" 1000 , write "$MNT/h" 0 1 >/dev/null
	[ "$(poke mtime "$MNT/h")" != 1000.123456789 ] && [ "$(poke mtime "$MNT/h")" != "$before" ] || fail 'mtime stands still'
	(umask 027 && : >"$MNT/masked" && mkdir "$MNT/maskeddir")
	expect '640 750' sh -c "stat -c %a '$SCRATCH/masked' '$SCRATCH/maskeddir' | xargs"
done

it 'usual programs: tar, cp -a, rm -r, sort -o, sed -i, install, mv, git'
fresh uncached
mkdir "$WORK/from"
cp -a "$SOURCE/base" "$SOURCE/tests/mount" "$WORK/from"
tar -C "$WORK/from" -cf - . | tar -C "$MNT" -xf - || fail tar
expect_same_tree "$WORK/from" "$SCRATCH"
cp -a "$MNT/base" "$MNT/base2" || fail 'cp -a'
expect_same_tree "$WORK/from/base" "$SCRATCH/base2"
mv "$MNT/base2" "$MNT/mount/" || fail mv
sort -o "$MNT/mount/lib.sh" "$MNT/mount/lib.sh" || fail sort
sort "$WORK/from/mount/lib.sh" >"$WORK/sorted"
expect_same "$WORK/sorted" "$MNT/mount/lib.sh"
sed -i 's/a/b/' "$MNT/mount/lib.sh" || fail 'sed -i'
install -m 600 "$WORK/sorted" "$MNT/installed" || fail install
expect 600 stat -c %a "$MNT/installed"
if command -v git >/dev/null; then
	(cd "$MNT" && git init -q . && git add -A && git -c user.name=x -c user.email=x@x commit -q -m x && git fsck --strict) \
		>"$WORK/git" 2>&1 || fail "git: $(tail -n 3 "$WORK/git")"
fi
rm -r "$MNT/base" "$MNT/mount" || fail 'rm -r'
expect 'ENOENT' poke stat "$SCRATCH/base"
unmount
