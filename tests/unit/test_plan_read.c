/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Plans as they are written: every form, every complaint, and what they say of themselves. */
#include "unit_plan.h"

#include "base/places.h"

#define BOUND "; which requests these are depends on the schedule"

/* ---- every form, in the words of plan_explain_rule() ---- */

static void every_form_of_a_rule_is_read_and_explained(void **state)
{
	(void)state;
	static const struct {
		const char *rule, *words;
	} rows[] = {
		/* deny */
		{"{on: open, deny: true}", "rule-1: **: open: denied with EACCES"},
		{"{on: open, deny: EACCES}", "rule-1: **: open: denied with EACCES"},
		{"{on: open, deny: EPERM}", "rule-1: **: open: denied with EPERM"},
		{"{on: write, deny: EROFS}", "rule-1: **: write: denied with EROFS"},
		{"{on: write, deny: 30}", "rule-1: **: write: denied with EROFS"},
		{"{deny: true}",
		 "rule-1: **: access, open, opendir, create, tmpfile, mknod, mkdir, symlink, link, rename, unlink, rmdir, write, fallocate, "
		 "fsync, fsyncdir, truncate, chmod, chown, utimens, setxattr, removexattr: denied with EACCES"},
		/* fail */
		{"{on: read, fail: EIO}", "rule-1: **: read: fail with EIO"},
		{"{on: read, fail: 5}", "rule-1: **: read: fail with EIO"},
		{"{on: read, fail: 53}", "rule-1: **: read: fail with EBADR"},
		{"{on: read, fail: 41}", "rule-1: **: read: fail with 41"},
		{"{on: read, fail: EWOULDBLOCK}", "rule-1: **: read: fail with EAGAIN"},
		{"{on: [open, read], fail: EIO}", "rule-1: **: open, read: fail with EIO"},
		{"{on: listing, fail: EIO}", "rule-1: **: opendir, readdir: fail with EIO"},
		{"{on: [listing, read], fail: EIO}", "rule-1: **: read, opendir, readdir: fail with EIO"},
		{"{on: opens, fail: EIO}", "rule-1: **: open, opendir, create, tmpfile: fail with EIO"}, /* what of it is possible */
		{"{on: read, fail: EIO, must_fire: true}", "rule-1: **: read: fail with EIO; must strike"},
		{"{on: read, fail: EIO, must_fire: false}", "rule-1: **: read: fail with EIO"},
		/* missing */
		{"{missing: true}", "rule-1: **: lookup, listed: missing"},
		{"{missing: {}}", "rule-1: **: lookup, listed: missing"},
		{"{missing: {readdir: false}}", "rule-1: **: lookup, listed: listed, but gone when looked up"},
		{"{missing: {lookup: false}}", "rule-1: **: lookup, listed: there, but not listed"},
		{"{on: lookup, missing: yes}", "rule-1: **: lookup: missing"},
		/* delay */
		{"{on: read, delay: 50ms}", "rule-1: **: read: answered 50 ms late"},
		{"{on: read, delay: 250us}", "rule-1: **: read: answered 0.25 ms late"},
		{"{on: read, delay: {latency: 2s}}", "rule-1: **: read: answered 2000 ms late"},
		{"{on: read, delay: {latency: 5ms, jitter: 1ms}}",
		 "rule-1: **: read: answered 5 ms late, jitter 1 ms (uniform)"},
		{"{on: read, delay: {latency: 5ms, jitter: 1ms, distribution: normal}}",
		 "rule-1: **: read: answered 5 ms late, jitter 1 ms (normal)"},
		{"{on: read, delay: {latency: 0, jitter: 1ms, distribution: pareto}}",
		 "rule-1: **: read: answered 0 ms late, jitter 1 ms (pareto)"},
		{"{on: release, delay: 1ms}", "rule-1: **: release: answered 1 ms late"},
		{"{on: read, delay: {latency: 1ms, per_byte: 100MB/s, first_access: 2ms, per_open: 3ms, opens: file}}",
		 "rule-1: **: read: answered 1 ms late, 10 ns more for each byte, 2 ms more at the first access by each handle, 3 ms more for each "
		 "further handle open on the file"},
		/* rate, iops */
		{"{rate: 10MB/s}", "rule-1: **: read, write: at most 10000000 bytes a second, shared by all that it touches; who waits is bound to the schedule"},
		{"{on: read, rate: {read: 8mbit, burst: 5kB, per: handle}}",
		 "rule-1: **: read: reads at most 1000000 bytes a second (5000 at once after a pause), for each open handle; who waits is bound to the "
		 "schedule"},
		{"{on: open, iops: {read: 20, write: 10, per: volume}}",
		 "rule-1: **: open: reads at most 20 operations a second, writes at most 10 operations a second, for each volume; who waits is bound to "
		 "the schedule"},
		/* outage, network, device */
		{"{on: read, outage: {at: 2s, for: 500ms, every: 10s, intr: true, reconnect: stale}}",
		 "rule-1: **: read: no answer from 2 s for 0.5 s, every 10 s (hard: it waits; any signal ends the wait); afterwards ESTALE on what was "
		 "open"},
		{"{on: read, outage: {mount: soft, timeo: 1s, retrans: 1, backoff: linear, intr: false}}",
		 "rule-1: **: read: no answer as long as the rule is in force (soft: EIO after 3 s; no signal ends the wait)"},
		{"{on: read, network: {latency: 5ms, loss: 10%, mount: softerr, timeo: 1s, retrans: 0, rate: 1MB/s, slow_close: 1s, reset_after: 9}}",
		 "rule-1: **: read: over a link: 5 ms late, each try lost with probability 0.1 (soft: ETIMEDOUT after 1 s), 1000000 bytes a second for "
		 "all (bound to the schedule), close 1000 ms late, ECONNRESET after each 9 bytes (bound to the schedule)"},
		{"{on: read, network: {down: true, error: EHOSTDOWN, mount: soft, timeo: 1s, retrans: 0}}",
		 "rule-1: **: read: over a link: 0 ms late; no answer as long as the rule is in force (soft: EHOSTDOWN after 1 s; a fatal signal ends "
		 "the wait)"},
		{"{on: read, device: {rate: {read: 2kB/s, write: 1kB/s}, access: 1ms, seek: {track: 1ms, full: 2ms}, rpm: 60, cache: 5}}",
		 "rule-1: **: read: from one disk, one after another: 2000 (writing 1000) bytes a second, access 1 ms (writing 1 ms), seeks of 1 to 2 "
		 "ms, 1000 ms a turn, a cache of 5 bytes for writes; who waits is bound to the schedule"},
		/* hang */
		{"{on: read, hang: killable}", "rule-1: **: read: never answered (only a fatal signal ends the call)"},
		{"{on: read, hang: interruptible}", "rule-1: **: read: never answered (a signal ends the call)"},
		{"{on: read, hang: true}", "rule-1: **: read: never answered (a signal ends the call)"},
		{"{on: read, hang: uninterruptible}", "rule-1: **: read: never answered (not even a signal ends the call)"},
		/* short */
		{"{short: 1000}", "rule-1: **: read: move at most 1000 bytes"},
		{"{short: 1KiB}", "rule-1: **: read: move at most 1024 bytes"},
		{"{short: 50%}", "rule-1: **: read: move 50% of what was asked"},
		{"{short: {bytes: 10}}", "rule-1: **: read: move at most 10 bytes"},
		{"{short: {portion: 0.25}}", "rule-1: **: read: move 25% of what was asked"},
		{"{on: [read, write], short: 1}", "rule-1: **: read, write: move at most 1 bytes"},
		/* corrupt */
		{"{corrupt: flip}", "rule-1: **: read: deliver one flipped bit in every 4096 bytes"},
		{"{corrupt: {mode: flip, every: 512}}", "rule-1: **: read: deliver one flipped bit in every 512 bytes"},
		{"{corrupt: zero}", "rule-1: **: read: deliver zeroes"},
		{"{corrupt: ones}", "rule-1: **: read: deliver bytes of 0xff"},
		{"{corrupt: garbage}", "rule-1: **: read: deliver random bytes, the same at every read"},
		/* truncate */
		{"{truncate: 50%}", "rule-1: **: lookup, getattr, read: end after 50% of the file (stat says so too)"},
		{"{truncate: 0}", "rule-1: **: lookup, getattr, read: end after 0 bytes (stat says so too)"},
		{"{truncate: 0%}", "rule-1: **: lookup, getattr, read: end after 0% of the file (stat says so too)"},
		{"{truncate: {at: 2KiB, stat: full}}",
		 "rule-1: **: lookup, getattr, read: end after 2048 bytes (stat shows the full size)"},
		{"{truncate: {at: 90%, stat: short}}",
		 "rule-1: **: lookup, getattr, read: end after 90% of the file (stat says so too)"},
		/* pretend, duplicate, statfs, signal */
		{"{pretend: {size: 1KiB}}", "rule-1: **: lookup, getattr, listed: told wrong: size 1024"},
		{"{pretend: {size: 250%}}", "rule-1: **: lookup, getattr, listed: told wrong: size 250%"},
		{"{on: listed, pretend: {type: fifo}}", "rule-1: **: listed: told wrong: type fifo"},
		{"{on: getattr, pretend: {mtime: 7, nlink: 3, gid: 2, uid: 1, mode: 0640}}",
		 "rule-1: **: getattr: told wrong: mode 0640, uid 1, gid 2, nlink 3, mtime 7"},
		{"{duplicate: 2}", "rule-1: **: listed: listed 2 times"},
		{"{statfs: {free: 0}}", "rule-1: **: statfs: the disk is said to have 0 bytes free"},
		{"{statfs: {total: 1KiB, free: 1KiB, files: 9, files_free: 1, fills: false}}",
		 "rule-1: **: statfs: the disk is said to have 1024 bytes 1024 bytes free 9 files 1 files free, whatever is written"},
		{"{on: write, signal: SIGKILL}", "rule-1: **: write: the calling process gets SIGKILL while it is done"},
		{"{on: write, signal: {name: SIGTERM, at: before, to: group}}",
		 "rule-1: **: write: the calling process group gets SIGTERM before it is done"},
		/* space */
		{"{space: 4000}",
		 "rule-1: **: create, tmpfile, mknod, mkdir, symlink, write, fallocate, truncate: fail with ENOSPC once the volume holds 4000 "
		 "bytes more than at first"},
		{"{on: write, space: {files: 3}}", "rule-1: **: write: fail with ENOSPC once the volume holds 3 files more than at first"},
		{"{on: [write, create], space: {bytes: 1kB, files: 3, error: EDQUOT}}",
		 "rule-1: **: create, write: fail with EDQUOT once the volume holds 1000 bytes or 3 files more than at first"},
		/* where */
		{"{name: r, volume: in, path: \"**/*.png\", on: read, fail: EIO}", "r: in:**/*.png: read: fail with EIO"},
		{"{path: ., on: opendir, fail: EIO}", "rule-1: .: opendir: fail with EIO"},
		{"{on: read, offset: 64KiB.., fail: EIO}", "rule-1: **: read, bytes from 65536 on: fail with EIO"},
		{"{on: read, offset: 0..512, fail: EIO}", "rule-1: **: read, bytes 0 to 511: fail with EIO"},
		{"{on: read, offset: 100, fail: EIO}", "rule-1: **: read, bytes 100 to 100: fail with EIO"},
		{"{on: readdir, entries: 3.., fail: EIO}", "rule-1: **: readdir, entries from 3 on: fail with EIO"},
		{"{on: readdir, entries: ..2, fail: EIO}", "rule-1: **: readdir, entries 0 to 1: fail with EIO"},
		{"{on: all, fail: EIO}", "rule-1: **: all but release, releasedir: fail with EIO"},
		{"{on: all, delay: 1ms}", "rule-1: **: all operations: answered 1 ms late"},
		/* when */
		{"{on: read, when: {nth: 3}, fail: EIO}", "rule-1: **: read: fail with EIO; only request 3"},
		{"{on: read, when: {nth: 2..}, fail: EIO}", "rule-1: **: read: fail with EIO; request 2 and later"},
		{"{on: read, when: {nth: 2..10+4}, fail: EIO}", "rule-1: **: read: fail with EIO; request 2 to 10, every 4th"},
		{"{on: read, when: {nth: 1+2}, fail: EIO}", "rule-1: **: read: fail with EIO; request 1 and later, every 2nd"},
		{"{on: read, when: {nth: 1+3}, fail: EIO}", "rule-1: **: read: fail with EIO; request 1 and later, every 3rd"},
		{"{on: read, when: {nth: 1+11}, fail: EIO}", "rule-1: **: read: fail with EIO; request 1 and later, every 11th"},
		{"{on: read, when: {nth: 1+21}, fail: EIO}", "rule-1: **: read: fail with EIO; request 1 and later, every 21st"},
		{"{on: read, when: {times: 2}, fail: EIO}", "rule-1: **: read: fail with EIO; at most 2 times a file"},
		{"{on: read, when: {probability: 5%}, fail: EIO}",
		 "rule-1: **: read: fail with EIO; with probability 0.05, drawn by place"},
		{"{on: read, when: {probability: 5%, draw: ordinal}, fail: EIO}",
		 "rule-1: **: read: fail with EIO; with probability 0.05, drawn by ordinal"},
		{"{on: open, when: {probability: 5%}, fail: EIO}",
		 "rule-1: **: open: fail with EIO; with probability 0.05, drawn by ordinal"},
		{"{when: {probability: 5%}, truncate: 1}",
		 "rule-1: **: lookup, getattr, read: end after 1 bytes (stat says so too); with probability 0.05, drawn by file"},
		{"{on: read, when: {after: 2s}, fail: EIO}", "rule-1: **: read: fail with EIO; from 2 s"},
		{"{on: read, when: {until: 2s}, fail: EIO}", "rule-1: **: read: fail with EIO; from 0 s to 2 s"},
		{"{on: read, when: {after: 2s, for: 500ms}, fail: EIO}", "rule-1: **: read: fail with EIO; from 2 s to 2.5 s"},
		{"{on: read, when: {after: 2s, until: 3s}, fail: EIO}", "rule-1: **: read: fail with EIO; from 2 s to 3 s"},
		{"{on: read, when: {for: 1m}, fail: EIO}", "rule-1: **: read: fail with EIO; from 0 s to 60 s"},
		{"{on: read, when: {}, fail: EIO}", "rule-1: **: read: fail with EIO"},
		{"{on: open, when: {sequence: wxxwX}, fail: EIO}",
		 "rule-1: **: open: fail with EIO; requests of each file in the sequence wxxwX (w passes, x strikes)"},
		{"{on: open, when: {total: 3}, fail: EIO}", "rule-1: **: open: fail with EIO; at most 3 times over all files" BOUND},
		{"{on: open, when: {total: 3, per: 2s, times: 1}, fail: EIO}",
		 "rule-1: **: open: fail with EIO; at most 1 times a file; at most 3 times over all files in each 2 s" BOUND},
		{"{on: open, when: {every: 100ms}, fail: EIO}",
		 "rule-1: **: open: fail with EIO; at most once in 0.1 s over all files" BOUND},
		{"{on: read, when: {bytes: 1KiB..}, fail: EIO}",
		 "rule-1: **: read: fail with EIO; after 1024 bytes of the file have been moved"},
		{"{on: [read, write], when: {bytes: 5..9}, delay: 1ms}",
		 "rule-1: **: read, write: answered 1 ms late; after 5 bytes of the file have been moved, up to 9"},
		{"{on: read, when: {total_bytes: 5..}, fail: EIO}",
		 "rule-1: **: read: fail with EIO; after 5 bytes of all its files have been moved" BOUND},
		{"{on: read, when: {comm: vips}, fail: EIO}", "rule-1: **: read: fail with EIO; by programs named vips"},
		{"{on: read, when: {comm: ['v*', cp], uid: 5, gid: [1, 2], pid: 0x10}, fail: EIO}",
		 "rule-1: **: read: fail with EIO; by programs named v* or cp; by process 16; by user 5; by group 1 or 2"},
		{"{on: read, when: {not: {comm: cp, uid: 0}}, fail: EIO}",
		 "rule-1: **: read: fail with EIO; not by programs named cp; not by user 0"},
		{"{on: open, when: {concurrent: 3..}, fail: EMFILE}",
		 "rule-1: **: open: fail with EMFILE; with 3 or more open handles of the file" BOUND},
		{"{on: open, when: {concurrent: 2}, fail: EMFILE}",
		 "rule-1: **: open: fail with EMFILE; with 2 open handles of the file" BOUND},
		{"{on: lookup, when: {total_concurrent: 2..9+3}, fail: ENFILE}",
		 "rule-1: **: lookup: fail with ENFILE; with 2 to 9 (every 3rd) open handles of the mount" BOUND},
		{"{on: open, when: {trigger_file: /t/go}, fail: EIO}", "rule-1: **: open: fail with EIO; while /t/go is there" BOUND},
		/* several errnos */
		{"{on: read, fail: [EIO]}", "rule-1: **: read: fail with EIO"},
		{"{on: read, fail: {EIO: 7}}", "rule-1: **: read: fail with EIO (7 of 7)"},
		{"{on: read, fail: [EIO, 116]}", "rule-1: **: read: fail with EIO or ESTALE, drawn by place"},
		{"{on: open, fail: {EIO: 3, ESTALE: 1}}", "rule-1: **: open: fail with EIO (3 of 4) or ESTALE (1 of 4), drawn by ordinal"},
		{"{on: open, fail: usual}", "rule-1: **: open: fail with an errno that is usual for the operation, drawn by ordinal"},
		{"{on: read, when: {nth: 1.., probability: 1, times: 18446744073709551615}, fail: EIO}",
		 "rule-1: **: read: fail with EIO"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct plan *plan = unit_plan(rows[i].rule);
		struct buf words = {0};
		plan_explain_rule(plan->rules.at[0], &words);
		unit_same_text(rows[i].rule, buf_string(&words), rows[i].words);
		buf_free(&words);
		plan_free(plan);
	}
}

/* ---- every complaint ---- */

/* The first line, without "p:4:COLUMN: "; the column apart. */
static void rules_that_make_no_sense_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *rule;
		int column;
		const char *complaint;
	} rows[] = {
		/* the whole rule: its place is that of its brace */
		{"{fail: EIO}", 3, "'fail' needs 'on': which operations?"},
		{"{delay: 1s}", 3, "'delay' needs 'on': which operations?"},
		{"{hang: true}", 3, "'hang' needs 'on': which operations?"},
		{"{on: [], fail: EIO}", 3, "'fail' needs 'on': which operations?"},
		{"{on: release, fail: EIO}", 3,
		 "'fail' has no effect on release (only on lookup, getattr, access, readlink, open, read, flush, opendir, readdir, "
		 "statfs, getxattr, listxattr, lseek, create, tmpfile, mknod, mkdir, symlink, link, rename, unlink, rmdir, write, fallocate, "
		 "fsync, fsyncdir, truncate, chmod, chown, utimens, setxattr, removexattr, getlk, setlk, flock, unlock)"},
		{"{on: [read, open], corrupt: flip}", 3, "'corrupt' has no effect on open (only on read, write)"},
		{"{on: [names, fsync], corrupt: flip}", 3, "'corrupt' has no effect on fsync (only on read, write)"},
		{"{on: names, corrupt: flip}", 3,
		 "'corrupt' has no effect on lookup, readlink, readdir, listed, create, tmpfile, mknod, mkdir, symlink, link, rename, unlink, "
		 "rmdir (only on read, write)"},
		{"{on: open, missing: true}", 3, "'missing' has no effect on open (only on lookup, listed)"},
		{"{on: open, short: 1}", 3, "'short' has no effect on open (only on read, write)"},
		{"{on: open, truncate: 1}", 3, "'truncate' has no effect on open (only on lookup, getattr, read)"},
		{"{on: read, space: 1}", 3,
		 "'space' has no effect on read (only on create, tmpfile, mknod, mkdir, symlink, write, fallocate, truncate)"},
		{"{on: [read, open], offset: 5.., fail: EIO}", 3,
		 "'offset' goes with operations on bytes alone: read, write, fallocate, locks"},
		{"{truncate: 1, offset: 5..}", 3, "'offset' goes with operations on bytes alone: read, write, fallocate, locks"},
		{"{on: opendir, entries: 5.., fail: EIO}", 3,
		 "'entries' counts names in a listing: it goes with 'on: readdir' alone"},
		{"{on: listing, entries: 5.., fail: EIO}", 3,
		 "'entries' counts names in a listing: it goes with 'on: readdir' alone"},
		{"{on: open, when: {probability: 5%, draw: offset}, fail: EIO}", 3,
		 "'draw: offset' goes with operations on bytes alone: read, write, fallocate"},
		{"{truncate: 1, when: {nth: 2}}", 3,
		 "'truncate' belongs to the file and not to a single request: no 'nth'"},
		{"{truncate: 1, when: {times: 2}}", 3,
		 "'truncate' belongs to the file and not to a single request: no 'times'"},
		{"{truncate: 1, when: {draw: ordinal}}", 3,
		 "'truncate' belongs to the file and not to a single request: no 'draw'"},
		/* keys and values */
		{"{on: read, fial: EIO}", 14, "unknown key 'fial' in a rule (did you mean 'fail'?)"},
		{"{on: read, error: EIO}", 21, "a rule has no 'error' or 'errno' (it is written: fail: EIO)"},
		{"{on: read, errno: ENOSPC}", 21, "a rule has no 'error' or 'errno' (it is written: fail: ENOSPC)"},
		{"{path: [a, 'b/**'], on: read, fail: EIO}", 10, "a single value is wanted here, not a list (braces hold several patterns: '{a,b/**}')"},
		{"{on: opne, fail: EIO}", 8, "unknown operation 'opne' (did you mean 'open'?)"},
		{"{on: read, fail: EOI}", 20, "'EOI' is no errno (a name such as EIO, or a number from 1 to 511) (did you mean 'EIO'?)"},
		{"{on: read, fail: 512}", 20, "'512' is no errno (a name such as EIO, or a number from 1 to 511)"},
		{"{on: read, fail: 0}", 20, "'0' is no errno (a name such as EIO, or a number from 1 to 511)"},
		{"{on: read, fail: ENOSYS}", 20,
		 "ENOSYS cannot be injected: the kernel remembers it and never asks again (EOPNOTSUPP says much the same)"},
		{"{on: read, fail: 38}", 20,
		 "ENOSYS cannot be injected: the kernel remembers it and never asks again (EOPNOTSUPP says much the same)"},
		{"{on: read, fail: EIO, deny: true}", 31,
		 "a rule has one effect, this one has 'fail' and 'deny' (write two rules)"},
		{"{deny: EIO}", 10, "deny takes true (EACCES), EACCES, EPERM or EROFS, not 'EIO' (see 'fail')"},
		{"{deny: false}", 10, "deny takes true (EACCES), EACCES, EPERM or EROFS, not 'false' (see 'fail')"},
		{"{missing: false}", 13, "'missing: false' does nothing: leave the rule out"},
		{"{missing: maybe}", 13, "'maybe' is neither true nor false"},
		{"{missing: {lookup: false, readdir: false}}", 13,
		 "missing neither from lookup nor from readdir: this rule does nothing"},
		{"{missing: {lokup: false}}", 14, "unknown key 'lokup' in a 'missing' (did you mean 'lookup'?)"},
		{"{on: read, delay: 5}", 21, "'5' is not a duration with its unit, such as 50ms or 2s"},
		{"{on: read, delay: 0}", 21, "a delay of nothing: leave the rule out"},
		{"{on: read, delay: {latency: 0}}", 21, "a delay of nothing: leave the rule out"},
		{"{on: read, delay: {jitter: 1s}}", 21, "'jitter' goes with 'latency'"},
		{"{on: read, delay: {latency: 1s, distribution: normla}}", 49,
		 "unknown distribution 'normla' (did you mean 'normal'?)"},
		{"{on: read, delay: {per_byte: 5}}", 32, "'per_byte' takes a time or a rate, such as 10ns or 100MB/s, not '5'"},
		{"{on: read, delay: {latency: 1s, opens: all}}", 42, "'opens' counts those of the file or of the mount, not of 'all'"},
		{"{rate: 5}", 10, "'5' is not a rate, such as 10MB/s, 512KiB/s or 100mbit"},
		{"{rate: 0MB/s}", 10, "a speed of nothing: use 'outage' or 'hang'"},
		{"{rate: {read: 1MB/s, write: 0/s}}", 10, "a speed of nothing: use 'outage' or 'hang'"},
		{"{rate: {burst: 1MB}}", 10, "'rate' needs a speed"},
		{"{iops: {operations: 5, read: 5}}", 10, "'iops' has one speed for both, or 'read' and 'write'"},
		{"{rate: {bytes: 1MB/s, per: client}}", 30, "'per' takes rule, mount, volume, file or handle, not 'client'"},
		{"{on: open, rate: 1MB/s}", 3, "'rate' has no effect on open (only on read, write)"},
		{"{outage: firm}", 12, "'mount' takes hard, soft or softerr, not 'firm'"},
		{"{outage: {for: 0}}", 12, "an outage for no time: leave the rule out"},
		{"{outage: {every: 5s}}", 12, "'every' must be longer than 'for': else the outage has no end (leave both out)"},
		{"{outage: {for: 5s, every: 5s}}", 12, "'every' must be longer than 'for': else the outage has no end (leave both out)"},
		{"{outage: {timeo: 0}}", 12, "'timeo' must be longer than nothing"},
		{"{outage: {retrans: 1001}}", 22, "more than 1000 tries"},
		{"{outage: {reconnect: never}}", 24, "'reconnect' takes resume or stale, not 'never'"},
		{"{outage: {intr: maybe}}", 19, "'intr' takes fatal, true or false, not 'maybe'"},
		{"{outage: {backoff: none}}", 22, "'backoff' takes exponential or linear, not 'none'"},
		{"{outage: hard, when: {nth: 3}}", 3, "'outage' belongs to the file and not to a single request: no 'nth'"},
		{"{network: {}}", 13, "a network without any trouble: leave the rule out"},
		{"{network: {loss: 100%}}", 13, "a hard mount that loses everything waits for ever: use 'down'"},
		{"{network: {rate: 0/s}}", 20, "a rate of nothing: use 'down'"},
		{"{network: {latency: 1s, burst: 5}}", 13, "'burst' goes with 'rate'"},
		{"{device: {rate: 0/s}}", 19, "a rate of nothing"},
		{"{device: {access: 1ms}}", 12, "the 'device' has no 'rate'"},
		{"{device: {rate: 1MB/s, rpm: 0}}", 31, "'rpm' is from 1 to 100000"},
		{"{device: {rate: 1MB/s, seek: {track: 2ms, full: 1ms}}}", 32, "a seek to the next track takes no longer than one over the full disk"},
		{"{device: {rate: 1MB/s, capacity: 0}}", 12, "a disk of no capacity"},
		{"{on: read, hang: maybe}", 20, "hang takes interruptible (or true), killable or uninterruptible, not 'maybe'"},
		{"{on: read, hang: false}", 20, "hang takes interruptible (or true), killable or uninterruptible, not 'false'"},
		{"{short: 0}", 11, "a short transfer of nothing would be an end of file: see 'truncate'"},
		{"{short: 0%}", 11, "a short transfer of nothing would be an end of file: see 'truncate'"},
		{"{short: 100%}", 11, "how short? Give bytes (1000) or a portion (50%)"},
		{"{short: {}}", 11, "how short? Give bytes (1000) or a portion (50%)"},
		{"{short: half}", 11, "'half' is not a size, such as 512, 64KiB or 10MB"},
		{"{short: 150%}", 11, "'150%' is out of range for a probability, such as 0.05 or 5%"},
		{"{corrupt: filp}", 13, "corrupt takes flip, stuck, random, zero, ones, garbage or stale, not 'filp' (did you mean 'flip'?)"},
		{"{corrupt: {every: 4}}", 13, "the 'corrupt' has no 'mode'"},
		{"{corrupt: {mode: flip, every: 0}}", 13, "'every' must be from 1 to 1GiB"},
		{"{corrupt: {mode: flip, every: 2GiB}}", 13, "'every' must be from 1 to 1GiB"},
		{"{truncate: 100%}", 14, "truncated at its full size: this rule does nothing"},
		{"{truncate: {stat: full}}", 14, "the 'truncate' has no 'at'"},
		{"{truncate: {at: 5, stat: long}}", 28, "'stat' takes short or full, not 'long'"},
		{"{pretend: {}}", 13, "pretend what? Give type, mode, uid, gid, size, nlink or mtime"},
		{"{pretend: {type: fole}}", 20,
		 "'type' takes file, directory, symlink, fifo, socket, char or block, not 'fole' (did you mean 'file'?)"},
		{"{pretend: {mode: 888}}", 20, "'mode' takes permission bits in octal, 0 to 7777, not '888'"},
		{"{pretend: {mode: 10000}}", 20, "'mode' takes permission bits in octal, 0 to 7777, not '10000'"},
		{"{pretend: {size: -5%}}", 20, "'-5%' is no portion of the size, such as 50% or 200%"},
		{"{pretend: {size: nan%}}", 20, "'nan%' is no portion of the size, such as 50% or 200%"},
		{"{pretend: {size: 16EiB}}", 20, "'16EiB' is not a size, such as 512, 64KiB or 10MB"},
		{"{pretend: {uid: 4294967296}}", 19, "must be at most 4294967295"},
		{"{on: read, pretend: {size: 1}}", 3, "'pretend' has no effect on read (only on lookup, getattr, listed)"},
		{"{duplicate: 1}", 15, "'duplicate' takes how often the name is listed, from 2 to 1000"},
		{"{duplicate: 1001}", 15, "'duplicate' takes how often the name is listed, from 2 to 1000"},
		{"{statfs: {}}", 12, "'statfs' needs total, free, files or files_free"},
		{"{statfs: {fills: true}}", 12, "'statfs' needs total, free, files or files_free"},
		{"{statfs: {total: 1, free: 2}}", 12, "more would be free than there is in all"},
		{"{signal: SIGKILL}", 3, "'signal' needs 'on': which operations?"},
		{"{on: open, signal: SIGKIL}", 22, "'SIGKIL' is no signal that can be sent (SIGTERM, SIGKILL, SIGSTOP ...) (did you mean 'SIGKILL'?)"},
		{"{on: open, signal: {name: SIGKILL, at: once}}", 42, "'at' takes after or before, not 'once'"},
		{"{space: {error: EIO}}", 11, "'space' needs bytes or files"},
		{"{space: much}", 11, "'much' is not a size, such as 512, 64KiB or 10MB"},
		{"{space: {bytes: 1, error: NO}}", 29, "'NO' is no errno (a name such as EIO, or a number from 1 to 511)"},
		/* where */
		{"{path: /a, missing: true}", 10, "bad path pattern: starts with '/' (paths are relative to the volume: leave it out)"},
		{"{path: '[a', missing: true}", 11, "bad path pattern: '[' without ']'"},
		{"{volume: IN, missing: true}", 12, "'IN' is no name of a volume (in, out, ...)"},
		{"{volume: a/b, missing: true}", 12, "'a/b' is no name of a volume (in, out, ...)"},
		{"{volume: '', missing: true}", 13, "the value is empty"},
		{"{volume: in, on: write, fail: EIO}", 3, "this rule can never strike (volume in is a corpus, and read-only: write)"},
		{"{volume: in, on: [create, unlink], deny: true}", 3,
		 "this rule can never strike (volume in is a corpus, and read-only: create, unlink)"},
		{"{volume: in, on: write, space: 4}", 3, "this rule can never strike (volume in is a corpus, and read-only: write)"},
		{"{name: '', missing: true}", 11, "the value is empty"},
		{"{on: read, offset: 5..2, fail: EIO}", 22, "'5..2' is not a range of bytes, such as 64KiB.., 0..512 or ..4KiB"},
		{"{name: \"a\\nb\", missing: true}", 11, "a title is one line, as is a name, without control characters"},
		{"{on: readdir, offset: 5.., entries: 3.., fail: EIO}", 39,
		 "'offset' and 'entries' both limit the place: give one"},
		/* when */
		{"{missing: true, when: {nth: 0}}", 31,
		 "'0' is not a choice of occurrences FIRST[..LAST][+STEP], such as 3, 2.. or 1..9+2"},
		{"{missing: true, when: {times: 0}}", 25, "this rule can never strike (times: 0)"},
		{"{missing: true, when: {probability: 0}}", 25, "this rule can never strike (probability: 0)"},
		{"{missing: true, when: {for: 0}}", 25, "this rule can never strike (its time window is empty)"},
		{"{missing: true, when: {until: 0}}", 25, "this rule can never strike (its time window is empty)"},
		{"{missing: true, when: {after: 5s, until: 5s}}", 25, "this rule can never strike (its time window is empty)"},
		{"{missing: true, when: {for: 1s, until: 5s}}", 25, "'for' and 'until' both end the window: give one"},
		{"{missing: true, when: {after: 9000000000s, for: 9000000000s}}", 25, "the window ends too far in the future"},
		{"{on: open, fail: EIO, when: {sequence: ''}}", 43,
		 "'' is no sequence: w passes, x strikes, W or X at the end does so for ever, (wx)* over and over"},
		{"{on: open, fail: EIO, when: {sequence: wyx}}", 42,
		 "'wyx' is no sequence: w passes, x strikes, W or X at the end does so for ever, (wx)* over and over"},
		{"{on: open, fail: EIO, when: {sequence: Xw}}", 42,
		 "'Xw' is no sequence: w passes, x strikes, W or X at the end does so for ever, (wx)* over and over"},
		{"{on: open, fail: EIO, when: {sequence: (wx)}}", 42,
		 "'(wx)' is no sequence: w passes, x strikes, W or X at the end does so for ever, (wx)* over and over"},
		{"{on: open, fail: EIO, when: {sequence: ()*}}", 42,
		 "'()*' is no sequence: w passes, x strikes, W or X at the end does so for ever, (wx)* over and over"},
		{"{on: open, fail: EIO, when: {sequence: wwW}}", 42, "this rule can never strike (its sequence has no x)"},
		{"{on: open, fail: EIO, when: {sequence: (w)*}}", 42, "this rule can never strike (its sequence has no x)"},
		{"{on: open, fail: EIO, when: {sequence: wx, nth: 1..}}", 31,
		 "'nth' and 'sequence' both say which of the requests: give one"},
		{"{on: open, fail: EIO, when: {total: 0}}", 31, "this rule can never strike (total: 0)"},
		{"{on: open, fail: EIO, when: {per: 1s}}", 37, "'per' says for how long 'total' holds: give that too"},
		{"{on: open, fail: EIO, when: {total: 1, per: 0}}", 47, "a length of time is wanted here, not 0"},
		{"{on: open, fail: EIO, when: {every: 0}}", 39, "a length of time is wanted here, not 0"},
		{"{on: open, fail: EIO, when: {bytes: 5..}}", 39, "'bytes' goes with operations that move bytes alone: read, write"},
		{"{on: [read, fallocate], fail: EIO, when: {total_bytes: 5..}}", 58,
		 "'total_bytes' goes with operations that move bytes alone: read, write"},
		{"{on: read, fail: EIO, when: {bytes: 5}}", 39,
		 "'bytes' would never come to its end, because what it strikes moves no byte (write N.., and 'times' to let go)"},
		{"{on: read, hang: true, when: {bytes: ..5}}", 40,
		 "'bytes' would never come to its end, because what it strikes moves no byte (write N.., and 'times' to let go)"},
		{"{on: open, fail: EIO, when: {comm: a-name-of-16-chr}}", 38,
		 "'a-name-of-16-chr' is no program name of at most 15 characters (with * and ?)"},
		{"{on: open, fail: EIO, when: {comm: 'a[b]'}}", 39,
		 "'a[b]' is no program name of at most 15 characters (with * and ?)"},
		{"{on: open, fail: EIO, when: {comm: []}}", 38, "from one value to 1000 are wanted here"},
		{"{on: open, fail: EIO, when: {uid: root}}", 37, "'root' is not a whole number"},
		{"{on: open, fail: EIO, when: {uid: 4294967296}}", 37, "'4294967296' is too large"},
		{"{on: open, fail: EIO, when: {pid: 0}}", 37, "no process has the number 0"},
		{"{on: open, fail: EIO, when: {pid: [1, 4194305]}}", 41, "no process has the number 4194305"},
		{"{on: open, fail: EIO, when: {not: {}}}", 37, "'not' names nobody (comm, pid, uid, gid)"},
		{"{on: open, fail: EIO, when: {not: {user: 3}}}", 38, "unknown key 'user' in a 'not'"},
		{"{on: open, fail: EIO, when: {uid: [5, 6], not: {uid: [6, 5]}}}", 31,
		 "this rule can never strike ('not' leaves nobody of those whom it is for)"},
		{"{on: open, fail: EIO, when: {comm: vips, not: {comm: 'v*'}}}", 31,
		 "this rule can never strike ('not' leaves nobody of those whom it is for)"},
		{"{on: release, delay: 1s, when: {uid: 5}}", 40, "this rule can never strike (the kernel does not say who releases)"},
		{"{on: [open, rename], fail: EIO, when: {concurrent: 2..}}", 54,
		 "'concurrent' goes with operations on files, not with those on names (see total_concurrent)"},
		{"{on: open, fail: EIO, when: {concurrent: 0..}}", 44,
		 "'0..' is not a choice of occurrences FIRST[..LAST][+STEP], such as 3, 2.. or 1..9+2"},
		{"{on: open, fail: EIO, when: {trigger_file: go}}", 46,
		 "'go' is no whole path (nor one that begins with {here}/, the folder of the plan)"},
		{"{on: open, fail: EIO, when: {trigger_file: /t/}}", 46, "'/t/' is no path of a file"},
		{"{on: open, fail: EIO, when: {trigger_file: '{here}/go'}}", 47,
		 "'{here}' stands for the folder of the plan's file, and this plan comes from none"},
		{"{on: open, fail: EIO, when: {after_rule: {hits: 2}}}", 44, "the 'after_rule' has no 'name'"},
		{"{on: open, fail: EIO, when: {after_rule: {name: a, hits: 0}}}", 44, "'hits' is counted from 1"},
		{"{on: open, fail: EIO, when: {after_rule: {name: a, for: 0}}}", 44, "this rule can never strike (for: 0)"},
		{"{on: open, fail: EIO, when: {after_rule: rule-1}}", 44, "'rule-1' waits for itself, and can never strike"},
		{"{on: open, fail: EIO, when: {after_rule: ruel-1}}", 44, "the plan has no rule 'ruel-1' (did you mean 'rule-1'?)"},
		{"{truncate: 1, when: {sequence: wx}}", 3,
		 "'truncate' belongs to the file and not to a single request: no 'sequence'"},
		{"{on: read, fail: [EIO, EIO]}", 26, "EIO stands here twice (to make it likelier: {EIO: 3, ESTALE: 1})"},
		{"{on: read, fail: []}", 20, "with which errno?"},
		{"{on: read, fail: {EIO: 0}}", 26, "an errno of weight 0 never comes: leave it out"},
		{"{on: read, fail: {EIO: often}}", 26, "'often' is not a whole number"},
		{"{on: read, fail: [ENOSYS, EIO]}", 21,
		 "ENOSYS cannot be injected: the kernel remembers it and never asks again (EOPNOTSUPP says much the same)"},
		{"{on: read, fail: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]}", 76, "more than 16 errnos"},
		{"{missing: true, when: {draw: often}}", 32, "'draw' takes offset or ordinal, not 'often'"},
		{"{missing: true, when: {tims: 3}}", 26, "unknown key 'tims' in a 'when' (did you mean 'times'?)"},
		{"{missing: true, when: 3}", 25, "a 'when' must be a mapping (key: value)"},
		{"[missing]", 3, "a rule must be a mapping (key: value)"},
		{"missing", 3, "a rule must be a mapping (key: value)"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char stale;
		struct plan *plan = (struct plan *)&stale;
		struct err err = {0};
		char wanted[800];
		int rc = unit_plan_try(rows[i].rule, &plan, &err);
		if (rc != -EINVAL || plan)
			fail_msg("%s: %d", rows[i].rule, rc);
		err.text[strcspn(err.text, "\n")] = '\0';
		snprintf(wanted, sizeof wanted, "p:4:%d: %s", rows[i].column, rows[i].complaint);
		unit_same_text(rows[i].rule, err.text, wanted);
	}
}

static void plans_that_make_no_sense_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *plan, *complaint;
	} rows[] = {
		{"", "p: is empty"},
		{"version: 1\n", "p:1:1: the plan has neither rules nor allocations: it would inject nothing"},
		{"version: 1\nrules: []\nallocations: []\n",
		 "p:1:1: the plan has neither rules nor allocations: it would inject nothing"},
		{"rules:\n- missing: true\n", "p:1:1: the plan has no 'version'"},
		{"version: 2\nrules:\n- missing: true\n", "p:1:10: version '2' is not known here (only 1 is)"},
		{"version: 1\nrulez:\n- missing: true\n", "p:2:1: unknown key 'rulez' in a plan (did you mean 'rules'?)"},
		{"version: 1\nseed: -1\nrules:\n- missing: true\n", "p:2:7: '-1' is not a whole number"},
		{"version: 1\nname: ''\nrules:\n- missing: true\n", "p:2:8: the value is empty"},
		{"- version: 1\n", "p:1:1: a plan must be a mapping (key: value)"},
		{"version: 1\nrules:\n", "p:2:1: a rule must be a mapping (key: value)"},
		{"version: 1\nrules:\n- {name: a, missing: true}\n- {name: a, missing: true}\n", "p:4:3: two rules are named 'a'"},
		{"version: 1\nrules:\n- {name: rule-2, missing: true}\n- {missing: true}\n", "p:4:3: two rules are named 'rule-2'"},
		/* rules that wait */
		{"version: 1\nrules:\n- {name: a, on: open, fail: EIO, when: {after_rule: c}}\n- {name: b, on: open, fail: EIO, when: "
		 "{after_rule: a}}\n- {name: c, on: open, fail: EIO, when: {after_rule: {name: b}}}\n",
		 "p:3:53: 'a' waits for itself, and can never strike (by way of 'c')"},
		{"version: 1\nrules:\n- {name: a, on: open, fail: EIO, when: {total: 2}}\n- {name: b, on: open, fail: EIO, when: "
		 "{after_rule: {name: a, hits: 3}}}\n",
		 "p:4:53: this rule can never strike ('a' strikes 2 times at most)"},
		{"version: 1\nrules:\n- {name: b, on: open, fail: EIO, when: {until: 2s, after_rule: a}}\n- {name: a, on: open, fail: EIO, "
		 "when: {after: 2s}}\n",
		 "p:3:64: this rule can never strike (its time is over before that of 'a')"},
		/* allocations */
		{"version: 1\nallocations:\n- {when: {nth: 0}}\n",
		 "p:3:16: '0' is not a choice of occurrences FIRST[..LAST][+STEP], such as 3, 2.. or 1..9+2"},
		{"version: 1\nallocations:\n- {when: {times: 0}}\n", "p:3:10: this rule can never strike"},
		{"version: 1\nallocations:\n- {when: {probability: 0%}}\n", "p:3:10: this rule can never strike"},
		{"version: 1\nallocations:\n- {size: 5..5}\n",
		 "p:3:10: '5..5' is not a range of bytes, such as 64KiB.., 0..512 or ..4KiB"},
		{"version: 1\nallocations:\n- {comm: a-name-of-16-chr}\n",
		 "p:3:10: 'a-name-of-16-chr' is no program name of at most 15 characters (with * and ?)"},
		{"version: 1\nallocations:\n- {comm: 'vips[ab]'}\n",
		 "p:3:11: 'vips[ab]' is no program name of at most 15 characters (with * and ?)"},
		{"version: 1\nallocations:\n- {comm: /bin/ls}\n",
		 "p:3:10: '/bin/ls' is no program name of at most 15 characters (with * and ?)"},
		{"version: 1\nallocations:\n- {nth: 3}\n", "p:3:4: unknown key 'nth' in an allocation rule"},
		{"version: 1\nallocations:\n- {when: {after: 3s}}\n", "p:3:11: unknown key 'after' in a 'when'"},
		{"version: 1\nallocations:\n- x\n", "p:3:3: an allocation rule must be a mapping (key: value)"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char stale;
		struct plan *plan = (struct plan *)&stale;
		struct err err = {0};
		int rc = plan_parse("p", rows[i].plan, strlen(rows[i].plan), &plan, &err);
		if (rc != -EINVAL || plan)
			fail_msg("%s: %d", rows[i].plan, rc);
		err.text[strcspn(err.text, "\n")] = '\0';
		unit_same_text(rows[i].plan, err.text, rows[i].complaint);
	}
}

static void a_plan_knows_its_name_title_and_seed(void **state)
{
	(void)state;
	struct plan *plan;
	const char *text = "version: 1\nname: n\ntitle: a title\nseed: 0xff\nrules: {missing: true}\nallocations: {size: 5..}\n";
	assert_int_equal(plan_parse("p", text, strlen(text), &plan, NULL), 0);
	assert_string_equal(plan->name, "n");
	assert_string_equal(plan->title, "a title");
	assert_int_equal(plan->seed, 255);
	assert_int_equal(plan->rules.count, 1);
	assert_string_equal(plan->rules.at[0]->name, "rule-1");
	assert_int_equal(plan->allocations.count, 1);
	assert_string_equal(plan->allocations.at[0].name, "allocation-1");
	plan_free(plan);
	text = "version: 1\nrules: [{missing: true}]\n";
	assert_int_equal(plan_parse("p", text, strlen(text), &plan, NULL), 0);
	assert_string_equal(plan->name, "p");
	assert_null(plan->title);
	assert_int_equal(plan->seed, 0);
	plan_free(plan);
	plan_free(NULL);
}

static void a_plan_of_the_greatest_size_is_read(void **state)
{
	(void)state;
	struct buf text = {0};
	struct plan *plan;
	struct err err = {0};
	buf_text(&text, "version: 1\nrules:\n");
	while (text.length < YAML_TEXT_MAX - 60)
		buf_text(&text, "- {truncate: 10} # as many as there may be\n");
	if (plan_parse("p", buf_string(&text), text.length, &plan, &err))
		fail_msg("%s", err.text);
	buf_free(&text);
	struct bound *bound = unit_bound(plan, "in", "x");
	assert_int_equal(bound->count, plan->rules.count);
	free(bound);
	plan_free(plan);
}

static void sixteen_allocation_rules_are_the_most(void **state)
{
	(void)state;
	struct buf text = {0};
	struct plan *plan;
	struct err err = {0};
	buf_text(&text, "version: 1\nallocations:\n");
	for (int i = 0; i < ALLOC_RULES_MAX; i++)
		buf_text(&text, "- {size: 1..}\n");
	assert_int_equal(plan_parse("p", buf_string(&text), text.length, &plan, &err), 0);
	assert_int_equal(plan->allocations.count, 16);
	assert_string_equal(plan->allocations.at[15].name, "allocation-16");
	plan_free(plan);
	buf_text(&text, "- {size: 1..}\n");
	assert_int_equal(plan_parse("p", buf_string(&text), text.length, &plan, &err), -EINVAL);
	assert_memory_equal(err.text, "p:19:3: more than 16 allocation rules\n", 38);
	buf_free(&text);
}

/* ---- allocations in short form ---- */

static void the_short_form_of_allocations_is_read_and_explained(void **state)
{
	(void)state;
	static const struct {
		const char *text, *words;
	} rows[] = {
		{"nth=3", "nth=3: allocations fail with ENOMEM; only allocation 3"},
		{"nth=2..", "nth=2..: allocations fail with ENOMEM; allocation 2 and later"},
		{"nth=1+2", "nth=1+2: allocations fail with ENOMEM; allocation 1 and later, every 2nd"},
		{"size=1MiB..", "size=1MiB..: allocations of bytes from 1048576 on fail with ENOMEM"},
		{"size=10..20", "size=10..20: allocations of bytes 10 to 19 fail with ENOMEM"},
		{"probability=5%", "probability=5%: allocations fail with ENOMEM; with probability 0.05"},
		{"times=1", "times=1: allocations fail with ENOMEM; at most 1 times a process"},
		{"comm=vips*", "comm=vips*: allocations fail with ENOMEM; in programs named vips*"},
		{"program=python3*,process=2,ordinal=5",
		 "program=python3*,process=2,ordinal=5: allocations fail with ENOMEM; only number 5 of all in the process; in programs "
		 "whose file is named python3*; in process 2 of its program"},
		{"stack=0123456789abcd40,nth=2",
		 "stack=0123456789abcd40,nth=2: allocations with the stack 0123456789abcd40 fail with ENOMEM; only allocation 2"},
		{"stack=0123456789abcd40,ordinal=7..",
		 "stack=0123456789abcd40,ordinal=7..: allocations fail with ENOMEM; number 7 and later of all in the process; none if "
		 "number 7 has not the stack 0123456789abcd40"},
		{"name=x,nth=3,size=1MiB..,times=1,probability=5%,comm=vips*",
		 "x: allocations of bytes from 1048576 on fail with ENOMEM; only allocation 3; at most 1 times a process; with "
		 "probability 0.05; in programs named vips*"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct alloc_rule rule;
		struct err err = {0};
		struct buf words = {0};
		if (plan_allocation_parse(rows[i].text, &rule, &err) < 0)
			fail_msg("%s: %s", rows[i].text, err.text);
		plan_explain_allocation(&rule, &words);
		unit_same_text(rows[i].text, buf_string(&words), rows[i].words);
		buf_free(&words);
		plan_allocation_clear(&rule);
		assert_null(rule.name);
	}
}

static void bad_short_forms_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text, *complaint; /* its beginning */
	} rows[] = {
		{"", "'' is not key=value (keys: nth, times, probability, size, comm, program, process, ordinal, stack)"},
		{"nth", "'nth' is not key=value (keys: nth, times, probability, size, comm, program, process, ordinal, stack)"},
		{"nth=", "'nth=' is not key=value (keys: nth, times, probability, size, comm, program, process, ordinal, stack)"},
		{"=3", "'=3' is not key=value (keys: nth, times, probability, size, comm, program, process, ordinal, stack)"},
		{"nth=3,", "'' is not key=value (keys: nth, times, probability, size, comm, program, process, ordinal, stack)"},
		{"nth=3,,times=1", "'' is not key=value (keys: nth, times, probability, size, comm, program, process, ordinal, stack)"},
		{"nht=3", "unknown key 'nht' in 'nht=3' (did you mean 'nth'?)"},
		{"when=3", "unknown key 'when' in 'when=3' (keys: nth, times, probability, size, comm, program, process, ordinal, stack)"},
		{"siez=3", "unknown key 'siez' in 'siez=3' (did you mean 'size'?)"},
		{"nth=\"3\"", "'nth=\"3\"': quotes and backslashes are not allowed here"},
		{"nth=3\\", "'nth=3\\': quotes and backslashes are not allowed here"},
		{"nth=3\ntimes=1", "'nth=3\ntimes=1': quotes and backslashes are not allowed here"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct alloc_rule rule;
		struct err err = {0};
		int rc = plan_allocation_parse(rows[i].text, &rule, &err);
		if (!rc)
			plan_allocation_clear(&rule);
		if (rc != -EINVAL || strncmp(err.text, rows[i].complaint, strlen(rows[i].complaint)) != 0)
			fail_msg("%s: %d: %s", rows[i].text, rc, err.text);
	}
	/* Values are complained about as in a plan. */
	static const char *const values[] = {"nth=0", "nth=three", "times=0", "times=-1", "probability=0", "probability=2", "size=5..2",
					     "size=big", "comm=/bin/ls", "nth=3,nth=4", "nth=3 times=1", "nth={}", "nth=[1]",
					     "ordinal=0", "ordinal=x", "process=0", "process=-1", "program=/bin/ls",
					     "program=a-name-that-has-more-than-the-sixty-three-characters-of-its-room",
					     "stack=0", "stack=0123456789ABCD40", "stack=0123456789abcd401", "stack=0123456789abcdff",
					     "stack=0123456789abcd00", "stack=0x23456789abcd40"};
	for (size_t i = 0; i < COUNT_OF(values); i++) {
		struct alloc_rule rule;
		struct err err = {0};
		if (plan_allocation_parse(values[i], &rule, &err) != -EINVAL || strncmp(err.text, "--alloc:1:", 10) != 0)
			fail_msg("%s: %s", values[i], err.text);
	}
}

/* ---- those that we bring ---- */

static void every_plan_of_ours_is_read_and_explained(void **state)
{
	(void)state;
	struct places_names names;
	assert_int_equal(places_list(PLACE_PLANS, &names, NULL), 0);
	assert_true(names.names.count >= 60);
	for (size_t i = 0; i < names.names.count; i++) {
		char *path;
		struct plan *plan;
		struct err err = {0};
		assert_int_equal(places_find(PLACE_PLANS, names.names.at[i], &path, &err), 0);
		if (plan_load(path, &plan, &err) < 0)
			fail_msg("%s", err.text);
		unit_same_text(path, plan->name, names.names.at[i]);
		if (!plan->title)
			fail_msg("%s: no title", path);
		for (size_t j = 0; j < plan->rules.count + plan->allocations.count; j++) {
			struct buf words = {0};
			bool rule = j < plan->rules.count;
			if (rule)
				plan_explain_rule(plan->rules.at[j], &words);
			else
				plan_explain_allocation(&plan->allocations.at[j - plan->rules.count], &words);
			const char *name = rule ? plan->rules.at[j]->name : plan->allocations.at[j - plan->rules.count].name;
			if (words.failed || strncmp(buf_string(&words), name, strlen(name)) != 0 || strchr(buf_string(&words), '\n'))
				fail_msg("%s: %s", path, buf_string(&words));
			buf_free(&words);
		}
		plan_free(plan);
		free(path);
	}
	places_names_free(&names);
}

static void a_rule_without_effect_is_told_of_all_there_are(void **state)
{
	(void)state;
	for (size_t i = 0; kinds_at(i); i++) {
		struct plan *plan;
		struct err err = {0};
		assert_int_equal(unit_plan_try("{name: x}", &plan, &err), -EINVAL);
		assert_non_null(strstr(err.text, "the rule has no effect: give it "));
		assert_non_null(strstr(err.text, kinds_at(i)->name));
	}
}

static struct plan *parsed(const char *text)
{
	struct plan *plan;
	struct err err = {0};
	if (plan_parse("p", text, strlen(text), &plan, &err) < 0)
		fail_msg("%s", err.text);
	return plan;
}

static void spoilt_plans_are_read_or_refused_without_harm(void **state)
{
	(void)state;
	static const char good[] =
		"version: 1\nname: x\nseed: 3\nrules:\n- {name: a, path: '**/{a,b}*.png', on: [read, write], offset: 1KiB.., "
		"when: {nth: 1..9+2, times: 3, probability: 5%, after: 1s, for: 2s}, fail: EIO}\n- {corrupt: {mode: flip, every: "
		"512}}\n- {on: all, delay: {latency: 1ms, jitter: 1us, distribution: pareto}}\n- {truncate: {at: 50%, stat: full}}\n"
		"- {space: {bytes: 1MB, files: 3, error: EDQUOT}}\n- {name: b, on: [read, write], fail: {EIO: 3, ESTALE: 1}, when: {sequence: "
		"'wx(xw)*', total: 3, per: 1s, every: 1ms, comm: [a, 'b*'], uid: 3, not: {gid: 4, pid: 5}, after_rule: {name: a, hits: 2, "
		"for: 1s}, total_bytes: 5.., total_concurrent: 1..}}\nallocations:\n- {size: 1.., comm: 'v*', when: {nth: 3}}\n";
	plan_free(parsed(good));
	for (unsigned n = 0; n < 6000; n++) {
		char text[sizeof good];
		struct plan *plan;
		struct err err = {0};
		memcpy(text, good, sizeof good);
		for (uint64_t i = 0, changes = 1 + unit_drawn(8, n, 0, 3); i < changes; i++) {
			size_t from = unit_drawn(8, n, 1 + 2 * i, sizeof good - 10), to = unit_drawn(8, n, 2 + 2 * i, sizeof good - 10);
			memmove(text + to, text + from, unit_drawn(8, n, 50 + i, 9));
		}
		if (plan_parse("p", text, sizeof good - 1, &plan, &err) == 0) {
			struct bound *bound = unit_bound(plan, "in", "a.png");
			for (size_t i = 0; i < plan->rules.count; i++) {
				struct buf words = {0};
				plan_explain_rule(plan->rules.at[i], &words);
				buf_free(&words);
			}
			for (int op = 0; bound && op < OP_COUNT; op++) {
				struct verdict verdict;
				struct site site = unit_site((enum op)op);
				site.length = 4096;
				plan_decide(plan, NULL, bound, &site, &verdict);
			}
			free(bound);
			plan_free(plan);
		} else {
			assert_true(err.text[0]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_a_rule_is_read_and_explained),
		cmocka_unit_test(rules_that_make_no_sense_are_refused),
		cmocka_unit_test(a_rule_without_effect_is_told_of_all_there_are),
		cmocka_unit_test(plans_that_make_no_sense_are_refused),
		cmocka_unit_test(a_plan_knows_its_name_title_and_seed),
		cmocka_unit_test(a_plan_of_the_greatest_size_is_read),
		cmocka_unit_test(sixteen_allocation_rules_are_the_most),
		cmocka_unit_test(the_short_form_of_allocations_is_read_and_explained),
		cmocka_unit_test(bad_short_forms_are_refused),
		cmocka_unit_test(every_plan_of_ours_is_read_and_explained),
		cmocka_unit_test(spoilt_plans_are_read_or_refused_without_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
