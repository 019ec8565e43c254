/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What is left where no crime was found: complete, degraded or refused. And what else was noticed. */
#include "harness/court.h"

#include "harness/words.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

static void tell_comparison(struct court *c)
{
	if (c->outcome.alike)
		reason(c, "note: %u of them differ in bytes, and are equal in content", c->outcome.alike);
	if (c->outcome.blurred)
		reason(c, "note: %u of them differ between two runs without faults: only type and size were compared",
		       c->outcome.blurred);
}

enum verdict_class court_graceful(struct court *c)
{
	const struct outcome *o = &c->outcome;
	bool as_usual = court_ended_as_usual(c);
	char said[200], end[END_TEXT_SIZE];
	words_telling_line(buf_string(c->new_err.length ? &c->new_err : &c->new_words), said, sizeof said);
	if (as_usual && !o->missing && !o->different && !o->excused && court_prints_the_same(c)) {
		reason(c, "exit status %d, all %u outputs as without faults%s%s", c->run->exit_code, o->same,
		       said[0] ? "; it said: " : "", said);
		tell_comparison(c);
		return VERDICT_COMPLETE;
	}
	if (c->run->signal && court_is_signal_of_rule(c, c->run->signal))
		reason(c, "ended by the signal that it was sent, SIG%s", sigabbrev_np(c->run->signal));
	reason(c, "%s, %u outputs same, %u different, %u missing%s%s", court_tell_end(c->run, end), o->same,
	       o->different + o->excused, o->missing, said[0] ? "; it said: " : "", said);
	tell_comparison(c);
	if (court_first_unseen(c))
		reason(c, "note: nothing guards what %s did to %s: nobody can notice it", court_first_unseen(c)->effect, court_first_unseen(c)->path);
	if (as_usual || (o->same + o->different + o->excused && !o->unexplained))
		return VERDICT_DEGRADED;
	return VERDICT_REFUSED;
}

/* Whoever waits for the result should learn why there is none. */
void court_note_mute(struct court *c)
{
	bool ended = c->out->verdict != VERDICT_HUNG && c->out->verdict != VERDICT_CRASHED && c->out->verdict != VERDICT_UNEXERCISED;
	c->out->mute = ended && !court_ended_as_usual(c) && !c->run->signal && !c->new_words.length;
	if (!c->out->mute)
		return;
	reason(c, "note: it failed without a word");
	if (c->oracles.mute == STANCE_FAIL)
		unmet(c, "a failure without a word does not pass (mute: fail)");
}

void court_note_rest(struct court *c)
{
	const struct box_findings *now = &c->evidence->found;
	court_weigh_costs(c);
	if (c->evidence->died.length)
		reason(c, "note: %s", buf_string(&c->evidence->died));
	if (c->evidence->out.length >= PROCESS_OUTPUT_MAX || c->evidence->err.length >= PROCESS_OUTPUT_MAX)
		reason(c, "note: what it said beyond %u MiB was not looked at", PROCESS_OUTPUT_MAX >> 20);
	if (now->allocations.uncounted)
		reason(c, "note: %" PRIu64 " processes more went uncounted: allocations can fail in the first %d only",
		       now->allocations.uncounted, ALLOC_PAGE_PROCESSES);
	if (c->evidence->bound_to_schedule)
		reason(c, "note: what rule '%s' strikes depends on the schedule: another run may differ",
		       c->evidence->bound_to_schedule);
	if (now->server.journal_lost)
		reason(c, "note: %" PRIu64 " lines of the journal were lost", now->server.journal_lost);
}
