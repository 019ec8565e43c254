/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Decides on requests, parks them, starts them, and lets go of them. */
#include "fusefs/request.h"

#include "base/clock.h"
#include "base/scope.h"
#include "faults/kinds.h"
#include "fusefs/attributes.h"
#include "fusefs/backing.h"
#include "fusefs/interrupt.h"
#include "fusefs/observe.h"
#include "fusefs/power.h"
#include "fusefs/rulebook.h"
#include "fusefs/writes.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <signal.h>
#include <string.h>

/* ---- the site ---- */

/* The volume whose rules count. */
static struct volume *volume_of(const struct request *r)
{
	return r->about ? r->about->volume : r->node->volume;
}

/* The file that is open, which need not be the one that has the name now. */
static bool stat_open(const struct request *r, struct stat *st)
{
	if (r->op != OP_read && r->op != OP_write)
		return false;
	const struct handle *handle = handles_get(&r->server->nodes, r->file.fh, r->node);
	int fd = handle && handle_is_whole(handle) ? handle_fd(handle) : -1;
	return fd >= 0 && fstat(fd, st) == 0;
}

static void measure(const struct request *r, struct site *site)
{
	struct stat st;
	int rc = stat_open(r, &st) ? 0
		 : r->about	   ? attributes_of(r->server, r->about, &st)
		 : r->name ? attributes_of_name(r->server, r->node, r->name, &st) : attributes_of(r->server, r->node, &st);
	bool file = rc == 0 && S_ISREG(st.st_mode);
	site->size = file ? (uint64_t)st.st_size : 0;
	site->file = file ? st.st_ino : 0;
	site->absent = r->op == OP_lookup && rc == ENOENT;
}

/* What a sync would have to write. */
static uint64_t unsynced(const struct request *r)
{
	struct durable *d = power_durable(r->server, r->node);
	struct handle *handle = d ? handles_get(&r->server->nodes, r->file.fh, r->node) : NULL;
	return handle && handle->fd >= 0 ? durable_unsynced(d, handle->fd) : 0;
}

/* Does the size of the file matter to a decision on this operation? */
static bool wants_size(enum op op)
{
	return op == OP_read || op == OP_write || op == OP_lookup || op == OP_getattr || op == OP_truncate ||
	       op == OP_fallocate;
}

static uint64_t beyond(uint64_t end, uint64_t size)
{
	return end > size ? end - size : 0;
}

/* Punching a hole takes no room, wherever it is; nor does zeroing where the size is kept. But to reserve room behind the end
 * is to need it. */
static bool takes_room(int64_t fallocate_mode)
{
	return !(fallocate_mode & FALLOC_FL_KEEP_SIZE) || fallocate_mode == FALLOC_FL_KEEP_SIZE;
}

static uint64_t growth_of(const struct request *r, uint64_t size)
{
	switch ((int)r->op) {
	case OP_write:
		return beyond(r->offset + r->size, size);
	case OP_truncate:
		return beyond((uint64_t)r->attributes.st_size, size);
	case OP_fallocate:
		return takes_room(r->mode) ? beyond(r->offset + r->length, size) : 0;
	default:
		return 0;
	}
}

/* Entries "." and ".." come first in a listing and do not count. */
static uint64_t entries_before(uint64_t position)
{
	return position > 2 ? position - 2 : 0;
}

static void place_of(const struct request *r, struct site *site)
{
	switch ((int)r->op) {
	case OP_read:
		/* The kernel names an owner for the reads that programs make, and none for its own (fuse_direct_io() and
		 * fuse_read_args_fill() in fs/fuse/file.c). */
		site->buffered = !r->file.lock_owner;
		site->offset = r->offset;
		site->length = r->size;
		break;
	case OP_write:
		site->buffered = r->file.writepage;
		site->offset = r->offset;
		site->length = r->size;
		break;
	case OP_fallocate:
		site->offset = r->offset;
		site->length = r->length;
		break;
	case OP_getlk:
	case OP_setlk:
	case OP_flock:
	case OP_unlock:
		site->offset = r->lock.first;
		site->length = r->lock.last == UINT64_MAX ? UINT64_MAX : r->lock.last - r->lock.first + 1;
		site->exclusive = r->lock.exclusive;
		site->waits = r->waits;
		break;
	case OP_readdir:
		site->offset = entries_before(r->offset);
		site->length = r->length > site->offset ? r->length - site->offset : 0;
		site->continues = r->offset != 0;
		break;
	default:
		break;
	}
}

static bool opens(enum op op)
{
	return op == OP_open || op == OP_opendir || op == OP_create;
}

/* What the kernel sends of its own accord has no caller, and root's numbers: it writes back what was changed in a shared mapping
 * (fuse_writepages() in fs/fuse/file.c), and releases what nobody has open any more (fuse_file_put()). */
static void fill_caller(const struct request *r, struct site *site)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(r->req);
	site->anonymous = r->op == OP_release || r->op == OP_releasedir || (r->op == OP_write && r->file.writepage);
	site->thread = ctx->pid;
	site->uid = ctx->uid;
	site->gid = ctx->gid;
}

/* What is open, and by which handle the request comes. */
static void fill_handles(const struct request *r, struct site *site)
{
	const struct node *node = r->about ? r->about : r->name ? NULL : r->node;
	site->opens = (node ? node->opens : 0) + opens(r->op);
	site->opens_all = r->server->nodes.handles_open + opens(r->op);
	const struct handle *handle = node ? handles_get(&r->server->nodes, r->file.fh, node) : NULL;
	if (!handle)
		return;
	site->handle = handle->id;
	site->opened_ns = handle->opened_ns - r->server->armed_at_ns;
	site->first_access = !handle->accessed && (r->op == OP_read || r->op == OP_write);
}

static struct site site_of(const struct request *r, const char *path)
{
	const struct volume *volume = volume_of(r);
	struct site site = {
		.op = r->op,
		.volume = volume->name,
		.path = path,
		.used_bytes = volume->used_bytes,
		.used_files = volume->used_files,
		.now_ns = server_clock_ns(r->server),
	};
	if (wants_size(r->op)) {
		measure(r, &site);
		site.growth = growth_of(r, site.size);
	}
	if (r->op == OP_fsync)
		site.unsynced = unsynced(r);
	place_of(r, &site);
	fill_caller(r, &site);
	fill_handles(r, &site);
	return site;
}

/* ---- the decision ---- */

void request_strike(struct request *r, const struct rule *rule, uint64_t changed)
{
	const struct rule *now = rulebook_now(r->server, r->edition, rule);
	if (now)
		live_count(&r->server->live, now, r->site.now_ns);
	ledger_count(&r->server->ledger, rule);
	journal_strike(&r->server->journal, r, rule, changed);
}

/* Noted when it is done: bytes that change, when they are at hand; bytes that are lost, when they are gone; what is told of a
 * file, when it is not so; a signal, when it is sent; a power cut, when it comes. */
static bool is_noted_later(const struct rule *rule)
{
	const struct kind *kind = rule->kind;
	return kind->alter || kind == &kind_signal || kind == &kind_cut || kind == &kind_lose || kind == &kind_torn ||
	       kind == &kind_pretend;
}

static void note_strikes(struct request *r)
{
	for (size_t i = 0; i < r->verdict.rules_count; i++)
		if (!is_noted_later(r->verdict.rules[i]))
			request_strike(r, r->verdict.rules[i], UINT64_MAX);
	if (r->verdict.cut) {
		live_count_cut(&r->server->live, r->verdict.cut);
		ledger_count_cut(&r->server->ledger, r->verdict.cut);
		journal_cut(&r->server->journal, r, r->verdict.cut);
	}
}

/* Handles that no rule was asked about are not looked up for it: with the rules begins what is the first access. */
static void note_access(struct request *r)
{
	struct handle *handle = r->site.first_access ? handles_get(&r->server->nodes, r->file.fh, r->node) : NULL;
	if (handle)
		handle->accessed = true;
}

/* Ask these rules of one path. Takes the path. Returns whether any of them had a say. */
static bool ask_rules(struct request *r, char *path, struct bound *bound)
{
	if (!path || !bound || !(bound->ops >> r->op & 1)) {
		free(path);
		return false;
	}
	free(r->path);
	r->path = path;
	r->site = site_of(r, path);
	plan_decide(r->server->plan, &r->server->live, bound, &r->site, &r->verdict);
	power_settle(r);
	note_access(r);
	note_strikes(r);
	return r->verdict.rules_count > 0;
}

static bool ask(struct request *r, char *path)
{
	return ask_rules(r, path, path ? volume_bound(volume_of(r), path) : NULL);
}

/* A request on a file, and not on a name. */
static void ask_node(struct request *r, struct node *node)
{
	/* By far the commonest: no string is made where no rule is concerned. */
	struct bound *bound = volume_node_bound(node);
	if (!bound || !(bound->ops >> r->op & 1))
		return;
	joint_fetch(&node->joint);
	ask_rules(r, volume_path_for(node, r->op), bound);
	joint_return(&node->joint);
}

void request_decide(struct request *r)
{
	r->verdict = VERDICT_NONE;
	struct volume *volume = volume_of(r);
	if (power_refusal(r))
		return;
	if (!r->server->armed || r->server->paused || !volume || !volume->plan || (volume->corpus && OPSET_CHANGES >> r->op & 1))
		return; /* a corpus refuses all changes: a rule would only put its own word in the place of EROFS */
	if (!r->name || r->about) {
		ask_node(r, r->about ? r->about : r->node);
		return;
	}
	/* Where a name moves, the place it goes to has the first word. */
	if (r->node2 && ask(r, node_child_path(r->node2, r->name2)))
		return;
	if (!r->node2 || r->op == OP_rename)
		ask(r, node_child_path(r->node, r->name));
}

/* What blocks held before they were last written is the server's to know. */
static uint64_t show_stale(struct request *r, const struct rule *rule, char *bytes, uint64_t length)
{
	struct durable *d = power_durable(r->server, r->node);
	struct handle *handle = handles_get(&r->server->nodes, r->file.fh, r->node);
	uint64_t first = rule->range.first > r->site.offset ? rule->range.first : r->site.offset;
	uint64_t end = r->site.offset + length < rule->range.end ? r->site.offset + length : rule->range.end;
	if (!d || !handle || handle->fd < 0 || first >= end)
		return 0;
	return durable_stale(d, handle->fd, (unsigned char *)bytes + (first - r->site.offset), first, end - first);
}

uint64_t request_alter(struct request *r, char *bytes, uint64_t length)
{
	const struct plan *plan = r->edition ? r->edition->plan : r->server->plan;
	uint64_t all = 0;
	for (size_t i = 0; i < r->verdict.altering_count; i++) {
		const struct rule *rule = r->verdict.altering[i];
		r->site.ordinal = r->verdict.altering_ordinals[i];
		uint64_t changed = rule->kind == &kind_corrupt && rule->effect.corrupt.mode == CORRUPT_STALE
					   ? show_stale(r, rule, bytes, length)
					   : plan_alter(plan, rule, &r->site, bytes, r->site.offset, length);
		if (changed)
			request_strike(r, rule, changed);
		all += changed;
	}
	return all;
}

/* Of two rules the first has the say (pretend_apply() in faults/rule_pretend.c). */
void request_pretended(struct request *r, unsigned told)
{
	unsigned said = 0;
	for (size_t i = 0; told && i < r->verdict.rules_count; i++) {
		const struct rule *rule = r->verdict.rules[i];
		unsigned own = rule->kind == &kind_pretend ? rule->effect.pretence.told & ~said : 0;
		said |= own;
		if (own & told)
			request_strike(r, rule, UINT64_MAX);
	}
}

/* ---- running ---- */

/* The caller waits for us: it does nothing more before it has the signal. Never to our own group. */
static bool send_signal(const struct request *r)
{
	pid_t pid = fuse_req_ctx(r->req)->pid;
	pid_t group = pid > 0 ? getpgid(pid) : -1;
	bool to_group = r->verdict.signal->effect.signal.group;
	if (group <= 0 || (to_group && group == getpgrp()))
		return false;
	return kill(to_group ? -group : pid, r->verdict.signal->effect.signal.number) == 0;
}

static void fail(struct request *r, int error)
{
	fuse_reply_err(r->req, error);
	observe_answer(r);
}

static void serve(struct request *r)
{
	r->serve(r);
	observe_answer(r);
}

static void lose_power(struct request *r)
{
	power_fail(r);
	observe_answer(r);
}

static void act(struct request *r)
{
	int refused = power_refusal(r);
	if (refused) {
		fail(r, refused);
		return;
	}
	if (r->verdict.signal && send_signal(r))
		request_strike(r, r->verdict.signal, UINT64_MAX);
	if (r->verdict.sync_fails)
		writes_fail_sync(r);
	if (r->verdict.power)
		lose_power(r);
	else if (r->verdict.error || r->verdict.split)
		fail(r, r->verdict.split ? EIO : r->verdict.error);
	else
		serve(r);
}

static void request_free(struct request *r)
{
	struct node *nodes[] = {r->node, r->node2, r->about};
	rulebook_let_go(r->edition);
	for (size_t i = 0; i < COUNT_OF(nodes); i++)
		if (nodes[i]) {
			nodes[i]->uses--;
			backing_release(r->server, nodes[i]);
		}
	free(r->path);
	/* These are copies of ours: see keep(). */
	free((void *)(uintptr_t)r->name);
	free((void *)(uintptr_t)r->name2);
	free((void *)(uintptr_t)r->data);
	free(r);
}

static bool copy_bytes(const void **bytes, size_t size)
{
	if (!*bytes)
		return true;
	void *copy = malloc(size ? size : 1);
	if (copy && size)
		memcpy(copy, *bytes, size);
	*bytes = copy;
	return copy != NULL;
}

static bool copy_text(const char **text)
{
	return !*text || (*text = strdup(*text));
}

/* A copy of the request that owns all it points to. NULL when memory is out. */
static struct request *keep(struct request *r)
{
	struct request *kept = malloc(sizeof *kept);
	if (!kept)
		return NULL;
	*kept = *r;
	bool whole = copy_text(&kept->name);
	whole = copy_text(&kept->name2) && whole;
	whole = copy_bytes(&kept->data, kept->data ? kept->size : 0) && whole;
	kept->node->uses++;
	if (kept->node2)
		kept->node2->uses++;
	if (kept->about)
		kept->about->uses++;
	kept->edition = rulebook_hold(r->server);
	r->path = NULL; /* the copy has it now */
	if (whole)
		return kept;
	request_free(kept);
	return NULL;
}

static void park(struct request *r)
{
	int64_t now = clock_now_ns();
	struct request *kept = keep(r);
	if (!kept) {
		fail(r, ENOMEM);
		return;
	}
	kept->served_at_ns = kept->verdict.hang ? PARK_NEVER : now + kept->verdict.delay_ns;
	if (park_add(&r->server->park, kept, kept->served_at_ns) < 0) {
		fail(kept, ENOMEM);
		request_free(kept);
		return;
	}
	if (r->server->park.count > r->server->metrics.parked_peak)
		r->server->metrics.parked_peak = r->server->park.count;
	interrupt_watch(kept);
}

void request_run(struct request *r)
{
	r->server->counts.operations[r->op]++;
	observe_begin(r);
	request_decide(r);
	if (r->verdict.delay_ns || r->verdict.hang)
		park(r);
	else
		act(r);
	free(r->path);
}

/* Bytes that a rule of an old plan has had its hands in must not stay in the kernel's cache. */
static void forget_bytes(const struct request *r)
{
	if (r->edition && r->edition->old && r->op == OP_read && r->site.buffered)
		invalidate_bytes(r->server, r->node, r->offset, r->size);
}

void request_resume(struct request *r)
{
	observe_resume(r);
	switch (interrupt_state(r)) {
	case INTERRUPT_NONE:
		act(r);
		forget_bytes(r);
		break;
	case INTERRUPT_ENDS_CALL:
		fail(r, EINTR);
		break;
	case INTERRUPT_WAIT_ON:
		if (park_add(&r->server->park, r, interrupt_next_look_ns(r)) == 0)
			return;
		fail(r, EINTR);
		break;
	}
	request_free(r);
}

/* What an outage leaves behind for a request that has waited for its end; 0 where its rule is no longer in force. */
static int error_after_outage(const struct request *r)
{
	const struct rule *rule = r->verdict.held ? rulebook_now(r->server, r->edition, r->verdict.held) : NULL;
	return rule && r->server->armed && live_is_on(&r->server->live, rule) ? r->verdict.after : 0;
}

void request_fail(struct request *r, int error)
{
	observe_resume(r);
	fail(r, error);
	request_free(r);
}

void request_release(struct request *r, bool heal)
{
	if (!heal) {
		request_fail(r, ECONNABORTED);
		return;
	}
	int error = error_after_outage(r);
	observe_resume(r);
	if (error)
		fail(r, error);
	else
		serve(r);
	request_free(r);
}

/* Does one of the rules that make it wait still have a reason to? Where none does, it is as if they had not. */
static bool is_held(struct request *r, int64_t now_ns)
{
	for (size_t i = 0; i < r->verdict.rules_count; i++) {
		const struct rule *rule = rulebook_now(r->server, r->edition, r->verdict.rules[i]);
		bool by_outage = r->verdict.rules[i] == r->verdict.held;
		if (rule && (rule->kind->late || rule->kind == &kind_hang) && live_holds(&r->server->live, rule, by_outage, now_ns))
			return true;
	}
	return false;
}

static void let_go(struct request *r)
{
	if (r->verdict.held)
		r->verdict.error = error_after_outage(r);
	r->verdict.hang = HANG_NOT;
	r->served_at_ns = 0;
	r->due_ns = 0;
}

void request_reconsider(struct server *server)
{
	int64_t now = server_clock_ns(server);
	for (size_t i = 0; i < server->park.count; i++)
		if (!is_held(server->park.heap[i], now))
			let_go(server->park.heap[i]);
	park_sort(&server->park);
}
