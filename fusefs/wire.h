/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* All that others may know of the server: how it is started, what it answers, what it writes down.
 *
 * ordealfs [OPTIONS] MOUNTPOINT
 *   --volume NAME=SOURCE  serve a volume at MOUNTPOINT/NAME; SOURCE as in corpora/corpus.h, scratch:DIR (writable), or
 *                         over:BASE[,keep=DIR] (writable, BASE stays as it is: docs/scratch.md)
 *   --root NAME           serve that volume as MOUNTPOINT itself
 *   --plan FILE           the fault plan, for all volumes
 *   --seed N              instead of the plan's own seed
 *   --disarmed            start with no rule in force, until the control channel says "arm"
 *   --journal FILE        append the journal to this file
 *   --journal-fd N        the same, to an open descriptor
 *   --trace FILE          keep all operations there: wire_trace.h
 *   --trace-size SIZE     of that file: 256KiB to 4GiB, usually 16MiB
 *   --metrics-port N      serve the metrics at http://127.0.0.1:N/metrics; 0: at a port that is free
 *   --ready-fd N          write one byte here when the mount answers; behind it the port of the metrics and a newline, where
 *                         they are served
 *   --control-fd N        a connected stream socket: the control channel
 *   --control WHERE       listen for clients: at a path, or auto: under the mount's number in the user's private directory
 *                         (base/rundir.h); without a socket where there is no such directory
 *   --die-with-parent     end when the starting process does, or the control channel is closed
 *   --mount HOW           direct (mount(2)), fusermount (fusermount3), auto: direct for root
 *   --allow-other         let other users in
 *   --caching HOW         auto; live (no passthrough, so that every open file heeds rules that come later); cached (as if there
 *                         were no rules: faults may hide behind the kernel's caches); uncached (the kernel keeps nothing)
 *   --try                 open the volumes, serve nothing, and end
 *   --without LIST        leave out what makes the mount fast: all, or some of passthrough, store, retain, mmap,
 *                         parallel-dirops, readdirplus, readahead, near, epoch (fusefs/features.h). What programs see is the same.
 *
 * Exit status: 0 ended as asked, 2 usage or bad input, 3 the environment cannot do it (no FUSE ...), 5 internal error. What
 * went wrong is one line on stderr.
 *
 * The control channel: one JSON object a line each way, {"do": WORD, ...}, answered in order by {"ok": true, ...} or
 * {"ok": false, "error": TEXT}; ordeal-control(5) has the words. An answer to what changes something means that it is in force
 * for every request from then on.
 *
 * The journal: one JSON object a line for each request that a rule touched, and each damaged file that was met:
 *   {"t": seconds since arming, "since_mount_s": seconds, "op": "read", "volume": "in", "path": "a.png", "offset": 0, "length": 4096, "pid": 12,
 *    "comm": "cat", "result": -5, "rule": "NAME", "effect": "fail", "error": "EIO"}
 * `effect` is a fault kind, "cut" for what was cut short so that an error stands at its exact byte, "damage" with
 * "damage": KIND and "class": what may be expected (corpora/corpus.h) for damage at rest, "power-cut" for the kind cut, "taken-back" for what that has undone, or "heal" for sectors that a
 * write has made good. `error` is there where the request failed,
 * "changed" (bytes) for altered data, "delay_s" (how long the request waits, for all its rules so far together) for kinds that make
 * it wait. A request touched by several rules gives a line for each. What a client changes gives {"t": ..., "effect": "control",
 * "do": WORD, "request": its line}.
 * {"lost": N} stands where N lines could not be kept. docs/formats.md has all of it. */
#pragma once

#include "fusefs/wire_trace.h"

#define WIRE_PROGRAM "ordealfs"
#define WIRE_GUARD "ordealfs-guard" /* the name of a process that is there with the server, in its process group */
#define WIRE_FSTYPE "fuse.ordeal"
#define WIRE_SUBTYPE "ordeal"
#define WIRE_READY_BYTE '!'
#define WIRE_SCRATCH "scratch:"
#define WIRE_OVER "over:"
#define WIRE_OVER_KEEP ",keep="

enum wire_exit { WIRE_EXIT_OK = 0, WIRE_EXIT_USAGE = 2, WIRE_EXIT_ENVIRONMENT = 3, WIRE_EXIT_INTERNAL = 5 };

/* The control channel: the version of the protocol, the longest line of a client's, the longest answer, bytes each; and so many
 * rules are told of at a time. */
#define WIRE_PROTOCOL 1
#define WIRE_REQUEST_MAX (8u << 20)
#define WIRE_ANSWER_MAX (16u << 20)
#define WIRE_RULES_MAX 1000
