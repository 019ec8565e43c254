/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Fault plans: which requests suffer, when, and what happens to them.
 *
 * A plan is read once and then immutable: any number of threads may ask it. Deciding is a pure function of the plan, the
 * site and the tallies of the site's file; there is no generator state. So the same plan and seed give the same faults
 * whatever the schedule of the threads, as long as each file's own requests come in the same order (rules by `nth` or
 * `times`) or regardless of any order (rules by byte range, probability by offset).
 *
 * The file format is described in ordeal-plan(5). */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/glob.h"
#include "base/units.h"
#include "base/vec.h"
#include "faults/lines.h"
#include "faults/ops.h"
#include "faults/outage.h"
#include "faults/pretence.h"
#include "faults/site.h"
#include "faults/spread.h"
#include "faults/verdict.h"
#include "faults/when.h"

#include <stdbool.h>
#include <stdint.h>

struct kind;

#define PLAN_RULES_MAX 100000
#define PLAN_NO_GROUP UINT32_MAX
#define ALLOC_RULES_MAX 16 /* as many as fit the shim's page (faults/alloc/page.h) */
#define ALLOC_RULE_PROGRAM 64 /* bytes of a program's file name, with the end */

enum corrupt_mode { CORRUPT_FLIP, CORRUPT_STUCK, CORRUPT_RANDOM, CORRUPT_ZERO, CORRUPT_ONES, CORRUPT_GARBAGE, CORRUPT_STALE };
enum locked { LOCKED_EXCLUSIVE, LOCKED_SHARED };

/* Something that reading and writing have each their own of. */
struct speeds {
	uint64_t read, write; /* 0: no limit */
};

#define FAIL_ERRORS_MAX 16 /* that one rule chooses from */

/* When bytes that were acknowledged turn out not to be kept: with the write itself, or at the next such event. */
enum loss_at { LOSS_AT_WRITE, LOSS_AT_FSYNC, LOSS_AT_CLOSE, LOSS_AT_CUT };

/* Whose state a failed fsync leaves. */
enum sync_model { SYNC_EXT4, SYNC_XFS, SYNC_BTRFS };

/* A power cut: when, which promise of the filesystem counts, what becomes of that which nothing was promised of. `at`, `model`
 * and `keep` are ints because one reader fills them from their tables of words. */
enum { CUT_BEFORE, CUT_AFTER, CUT_HALF };
enum { CUT_STRICT, CUT_ORDERED };
enum { CUT_KEEP_NONE, CUT_KEEP_ALL, CUT_KEEP_RANDOM };
struct cut_effect {
	int at, model, keep;
	uint32_t sector; /* bytes */
	bool kill;
};

/* Parameters of the kinds (see faults/rule_*.c, which read and apply them). */
union effect {
	int error; /* deny */
	struct {
		uint16_t errors[FAIL_ERRORS_MAX]; /* positive errnos */
		uint32_t weights[FAIL_ERRORS_MAX]; /* how often, beside each other */
		uint8_t count;
		bool usual; /* one that is usual for the operation (usual.h), and none of `errors` */
	} fail;
	struct {
		bool lookup, readdir;
	} missing;
	struct {
		struct spread spread;
		double per_byte_ns;
		int64_t first_ns;    /* at the first access by each handle */
		int64_t per_open_ns; /* for each further handle that is open */
		bool per_file;	     /* ... on the file, and not in the mount */
	} delay;
	struct {
		struct speeds speed; /* bytes, or operations, a second */
		bool together;	     /* reads and writes share one line, and the speed is the same */
		uint64_t burst;	     /* as many at once after a pause; 0: what passes in LINE_CREDIT_NS */
		enum line_per per;
	} rate; /* rate, iops */
	struct outage outage;
	struct {
		struct spread spread;
		double loss;
		uint64_t rate, burst; /* bytes a second; 0: no limit, no burst */
		int64_t slow_close_ns;
		uint64_t reset_after; /* bytes; 0: never */
		struct outage down;   /* its `retry` is the link's */
	} network;
	struct {
		int64_t access_ns[2];	  /* of a read, of a write */
		struct speeds rate;	  /* bytes a second */
		int64_t track_ns, full_ns; /* seeks: to the next track, over the whole disk */
		int64_t turn_ns;	  /* 0: it does not turn */
		uint64_t capacity, cache;
	} device;
	enum hang hang;
	struct {
		uint64_t bytes;	 /* at most so many; UINT64_MAX: by portion */
		double portion; /* of what was asked for */
	} part;
	struct {
		enum corrupt_mode mode;
		uint64_t every; /* one flipped bit in each block of so many bytes */
	} corrupt;
	struct {
		uint64_t at;	/* bytes kept; UINT64_MAX: by portion */
		double portion; /* of the file's size */
		bool stat_tells; /* stat shows the short size too */
	} truncate;
	struct {
		uint64_t bytes, files;
		int error;
	} space;
	struct pretence pretence;
	uint32_t copies; /* duplicate: entries of the name */
	struct capacity capacity;
	struct {
		int number;
		bool before; /* the operation is not carried out any more */
		bool group;  /* all of the process group */
	} signal;
	enum locked locked;
	struct {
		enum loss_at at;
		uint64_t keep;	 /* torn: bytes from the write's first on */
		bool random;	 /* torn: sectors by draw instead */
		uint32_t sector; /* bytes */
	} loss; /* lose, torn */
	struct {
		enum sync_model as;
		enum loss_at at; /* close, cut */
	} fsync_fails;
	struct cut_effect cut;
};

struct rule {
	char *name;
	uint64_t id;	   /* draw_text(name) */
	uint32_t index;	   /* in the plan */
	uint64_t serial;   /* the same in plans that a change has left it alone in (plan_text.h); 0: none */
	char *volume;	   /* NULL: any */
	struct glob *path; /* NULL: every path */
	struct ops_choice choice; /* as written */
	opset on;		  /* what of it this kind can do */
	opset watch;		  /* what else no cache may answer, although the rule does not strike it */
	struct range range; /* bytes, or entries of a listing */
	bool ranged;
	uint32_t heal_sector; /* bytes of a sector that a whole write of it heals; 0: nothing heals */
	struct when when;
	uint32_t first_follower; /* of the rules that wait for this one (after_rule), by their index; PLAN_NO_RULE */
	uint32_t next_follower;	 /* of those that wait for the same one */
	uint32_t group; /* index among the plan's; PLAN_NO_GROUP */
	bool must_fire; /* a run in which it never strikes has shown nothing */
	const struct kind *kind;
	union effect effect;
};

/* Rules that are switched together. */
struct group {
	char *name;
	bool on; /* at arming */
};

/* One schedule of failing allocations, for the preloaded shim (faults/alloc). */
struct alloc_rule {
	char *name;
	struct ordinals nth;
	struct range size;
	uint64_t times;
	double probability;
	char *comm; /* glob of program names; NULL: every program */
	char program[ALLOC_RULE_PROGRAM]; /* likewise, of their file names; "": every program */
	uint64_t process; /* number among the processes of its program in the run, from 1; 0: any */
	struct ordinals ordinal; /* among all allocations of the process; first 0: any */
	uint64_t stack; /* hash (faults/alloc/page.h); 0: any */
};

struct plan {
	char *name;  /* as the file says, or the file's name */
	char *title; /* one line on what it imitates; may be NULL */
	uint64_t seed;
	VEC(struct rule *) rules; /* each stays where it is */
	const struct rule **by_serial; /* plan_sort_serials(); NULL: they have no numbers */
	struct rule_index *index; /* of their paths: plan_index(); NULL: none, each is tried */
	VEC(struct group) groups;
	VEC(struct alloc_rule) allocations;
	VEC(char *) doubts; /* what of it is hardly meant so: a line each, with its place (plan_check.h) */
};

/* Read a plan. `name` stands for the text in messages. Caller frees. */
int plan_parse(const char *name, const char *text, size_t length, struct plan **out, struct err *err) MUST_USE;
int plan_load(const char *path, struct plan **out, struct err *err) MUST_USE;
void plan_free(struct plan *plan);

/* How often a rule has met one file. */
struct tally {
	uint32_t seen;	/* matching requests, this one included */
	uint32_t fired;
	bool due; /* the last one counted was to be struck, and so is all that goes on with it */
	bool counts_bytes; /* the request that is being decided on is one of the rule's */
	uint64_t moved;	   /* bytes, of the rule's requests; only where it goes by them */
};

/* The rules of a plan that can touch one path: what a server keeps for each file. `ops` is what any of them names, so a
 * request whose bit is not set needs no further thought. */
struct bound {
	opset ops;
	uint32_t count;
	bool counts_bytes; /* some of the rules go by bytes moved */
	uint64_t split_at; /* offset of the last request that was split, plus 1; 0: none */
	uint64_t begun_at; /* where the program's last copy began (plan_anew()) */
	struct {
		const struct rule *by;
		struct tally tally; /* as it was when it struck */
		uint64_t offset, length;
		uint32_t repeats; /* how often it may come again and still be the same one */
		bool untold;	  /* the program has got bytes before it, and not the error yet */
	} struck; /* the last read of the page cache's that a rule has ended; all zero: none */
	struct bound_rule {
		const struct rule *rule;
		struct tally tally;
	} at[];
};

/* Index the rules, as plan_parse() does where there are many. To be called anew after rules were added, taken out or put elsewhere: the
 * index knows them by their place. Without memory there is none, which is only slower. */
void plan_index(struct plan *plan);

/* Bind a path. *out is NULL when no rule can touch it. Caller frees with free(). Returns 0 or -ENOMEM. */
int plan_bind(const struct plan *plan, const char *volume, const char *path, struct bound **out) MUST_USE;

/* The rule of this name, or NULL. Looks through all. */
const struct rule *plan_rule_named(const struct plan *plan, const char *name);

/* The name of a rule that may be meant by this one, or NULL. Borrowed. */
const char *plan_nearest_rule(const struct plan *plan, const char *name);

/* Order the rules by their serial numbers. To be called when they have got them. Returns 0 or -ENOMEM. */
int plan_sort_serials(struct plan *plan) MUST_USE;

/* The rule of this serial number, or NULL; found by halving, because a change of the plan asks for each rule of it. */
const struct rule *plan_rule_of_serial(const struct plan *plan, uint64_t serial);

/* Can the rule touch a path of a volume at all? */
bool plan_rule_touches(const struct rule *rule, const char *volume, const char *path);

/* Decide on one request, and count it. Pure but for the tallies in `bound` and for `live` (live.h), which only one thread may
 * use at a time. Without `live` every rule is switched on, and those strike nothing whose triggers go by what it remembers or
 * knows (other files' requests, names of processes, trigger files). Cannot fail. */
struct live;
void plan_decide(const struct plan *plan, struct live *live, struct bound *bound, const struct site *site,
		 struct verdict *out);

/* A program begins anew with the file, by open(2) (offset UINT64_MAX) or a copy from an offset: what the page cache asks for from
 * now on repeats nothing, unless the copy goes on at a page whose failure was not told yet. */
void plan_anew(struct bound *bound, uint64_t offset);

/* Change bytes on their way to the reader, as the altering rules of a verdict say. `bytes` are `length` bytes of the
 * file from `offset`. Returns how many bytes are different now. Pure. */
uint64_t plan_alter(const struct plan *plan, const struct rule *rule, const struct site *site, void *bytes,
		    uint64_t offset, uint64_t length);

/* The smallest room that a `space` rule that is switched on (without `live`: any) leaves on a volume: bytes, and files. Returns false
 * where none speaks of it. */
bool plan_space(const struct plan *plan, const struct live *live, const char *volume, uint64_t *bytes, uint64_t *files);

/* Does any rule of this kind speak of the volume? */
bool plan_has_kind(const struct plan *plan, const char *volume, const struct kind *kind);

/* Put a rule into words: "in, **.png: read: fail EIO, 3rd". For people. */
struct buf;
void plan_explain_rule(const struct rule *rule, struct buf *out);
void plan_explain_allocation(const struct alloc_rule *rule, struct buf *out);

/* Read one allocation rule from its short form: nth=3,size=1MiB..,probability=5%,times=1,comm=vips* */
int plan_allocation_parse(const char *text, struct alloc_rule *out, struct err *err) MUST_USE;
void plan_allocation_clear(struct alloc_rule *rule);
