/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Prepares trials: their plans, corpora and clean runs. */
#include "harness/trial.h"

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/places.h"
#include "base/scope.h"
#include "corpora/corpus.h"
#include "harness/interrupts.h"
#include "harness/reach.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* ---- clean runs ---- */

/* The case without anything that could go wrong. */
static int clean_spec(const struct case_spec *spec, const char *pristine, struct case_spec *clean, struct err *err)
{
	if (case_copy(spec, clean) < 0)
		return err_set(err, ENOMEM, "out of memory");
	free(take_ptr(&clean->plan));
	free(take_ptr(&clean->rules));
	free(take_ptr(&clean->damage));
	free(take_ptr(&clean->alloc));
	free(take_ptr(&clean->name));
	if (clean->before == BEFORE_RUN)
		clean->before = BEFORE_NOTHING;
	clean->seed = clean->deadline_ns = 0;
	clean->code = 0;
	clean->names = false;
	clean->oracles.abort = clean->oracles.mute = STANCE_UNSAID;
	clean->oracles.limits = (struct limits){0};
	clean->allow = VERDICT_GRACEFUL;
	return case_set(clean, "corpus", pristine, err);
}

static int list_inputs(const struct corpus *corpus, struct baseline_entry *entry, struct err *err)
{
	struct corpus_names names;
	int rc = corpus_list(corpus, ".", &names);
	if (rc)
		return err_set(err, -rc, "the corpus cannot be listed: %s", strerror(-rc));
	for (size_t i = 0; !rc && i < names.names.count; i++) {
		if (!S_ISREG(names.names.at[i].type))
			continue;
		char **slot = vec_add(&entry->inputs);
		if (!slot || !(*slot = strdup(names.names.at[i].name)))
			rc = err_set(err, ENOMEM, "out of memory");
	}
	corpus_names_free(&names);
	if (!rc && !vec_add(&entry->inputs))
		rc = err_set(err, ENOMEM, "out of memory");
	entry->baseline.inputs = entry->inputs.at;
	return rc;
}

static struct baseline_entry *new_baseline(struct session *session, struct err *err)
{
	struct baseline_entry *entry = calloc(1, sizeof *entry);
	struct baseline_entry **slot = entry ? vec_add(&session->baselines) : NULL;
	if (!slot) {
		free(entry);
		err_set(err, ENOMEM, "out of memory");
		return NULL;
	}
	case_init(&entry->spec);
	entry->outputs = (struct inspect_clean){&entry->baseline.evidence.outputs, -1, -1};
	return *slot = entry;
}

/* Opens the whole corpus to list it. The corpus of the case may be damaged; {files} names what should be there. */
static int fill_baseline(struct baseline_entry *entry, const char *pristine, struct err *err)
{
	struct corpus *whole;
	int rc = corpus_open(pristine, &whole, err);
	if (rc)
		return rc;
	rc = list_inputs(whole, entry, err);
	corpus_close(whole);
	return rc;
}

static int find_baseline(struct session *session, struct trial *trial, const char *pristine, struct err *err)
{
	struct case_spec clean;
	SCOPED(buf_free) struct buf key = {0};
	int rc = clean_spec(&trial->spec, pristine, &clean, err);
	case_print(&clean, &key);
	for (size_t i = 0; !rc && i < session->baselines.count; i++)
		if (strcmp(session->baselines.at[i]->key, buf_string(&key)) == 0) {
			case_fini(&clean);
			trial->baseline = i;
			session->baselines.at[i]->preload |= trial->allocations.count > 0;
			return 0;
		}
	struct baseline_entry *entry = rc ? NULL : new_baseline(session, err);
	if (!entry) {
		case_fini(&clean);
		return rc ? rc : -ENOMEM;
	}
	entry->spec = clean;
	entry->subject = trial->subject;
	entry->preload = trial->allocations.count > 0;
	entry->key = strdup(buf_string(&key));
	trial->baseline = session->baselines.count - 1;
	return entry->key ? fill_baseline(entry, pristine, err) : err_set(err, ENOMEM, "out of memory");
}

/* ---- plans and allocations ---- */

/* "{nth=3,size=1MiB..}" and further ones behind a blank or a semicolon. */
static int read_allocations(struct trial *trial, struct err *err)
{
	SCOPED_FREE char *copy = trial->spec.alloc ? strdup(trial->spec.alloc) : NULL;
	char *rest = copy;
	for (char *word; rest && (word = strsep(&rest, "; "));) {
		struct alloc_rule rule, *slot;
		if (!*word)
			continue;
		int rc = plan_allocation_parse(word, &rule, err);
		if (rc)
			return err_context(err, "alloc");
		if (trial->allocations.count == ALLOC_RULES_MAX || !(slot = vec_add(&trial->allocations))) {
			plan_allocation_clear(&rule);
			return err_set(err, EINVAL, "alloc: more than %d rules", ALLOC_RULES_MAX);
		}
		*slot = rule;
	}
	return copy && !trial->allocations.count ? err_set(err, EINVAL, "alloc: '%s' names no rule", trial->spec.alloc) : 0;
}

/* The plan's own allocation rules, behind those of the case. */
static int take_plan_allocations(struct trial *trial, struct err *err)
{
	for (size_t i = 0; i < trial->plan->allocations.count; i++) {
		const struct alloc_rule *from = &trial->plan->allocations.at[i];
		struct alloc_rule *slot = trial->allocations.count < ALLOC_RULES_MAX ? vec_add(&trial->allocations) : NULL;
		if (!slot)
			return err_set(err, EINVAL, "more than %d allocation rules in all", ALLOC_RULES_MAX);
		*slot = *from;
		slot->name = strdup(from->name);
		slot->comm = from->comm ? strdup(from->comm) : NULL;
		if (!slot->name || (from->comm && !slot->comm))
			return err_set(err, ENOMEM, "out of memory");
	}
	return 0;
}

/* Of the subject's own volumes only those are opened that a rule names. One that cannot be is left for the server to tell. */
static bool is_named(const struct plan *plan, const char *volume)
{
	for (size_t i = 0; i < plan->rules.count; i++)
		if (plan->rules.at[i]->volume && strcmp(plan->rules.at[i]->volume, volume) == 0)
			return true;
	return false;
}

static struct corpus *open_named(const struct plan *plan, const struct subject_volume *volume)
{
	struct corpus *corpus = NULL;
	return is_named(plan, volume->name) && corpus_open(volume->source, &corpus, NULL) == 0 ? corpus : NULL;
}

/* The plan held against all volumes of the case's world. */
static int check_reach(const struct trial *trial, const struct corpus *in, struct err *err)
{
	size_t own = trial->subject->volumes.count;
	SCOPED_FREE struct corpus **opened = calloc(own + 1, sizeof *opened);
	SCOPED_FREE struct reach_volume *volumes = calloc(own + 2, sizeof *volumes);
	if (!opened || !volumes)
		return err_set(err, ENOMEM, "out of memory");
	volumes[0] = (struct reach_volume){"in", in};
	volumes[1] = (struct reach_volume){"out", NULL};
	for (size_t i = 0; i < own; i++) {
		opened[i] = open_named(trial->plan, &trial->subject->volumes.at[i]);
		volumes[2 + i] = (struct reach_volume){trial->subject->volumes.at[i].name, opened[i]};
	}
	int rc = reach_check(trial->plan, volumes, own + 2, REACH_AS_WRITTEN, NULL, err);
	for (size_t i = 0; i < own; i++)
		corpus_close(opened[i]);
	return rc;
}

static int load_plan(struct trial *trial, struct err *err)
{
	int rc = places_find(PLACE_PLANS, trial->spec.plan, &trial->plan_path, err);
	return rc ? rc : plan_load(trial->plan_path, &trial->plan, err);
}

/* One of a list is as good as a list of one. */
static bool is_list(const char *yaml)
{
	return yaml[strspn(yaml, " \t")] == '[';
}

static int parse_rules(struct trial *trial, struct err *err)
{
	const char *rules = trial->spec.rules;
	if (trial->spec.plan)
		return err_set(err, EINVAL, "the case has both a plan and rules of its own: put the rules into the plan");
	if (asprintf(&trial->rules, is_list(rules) ? "version: 1\nname: rules\nrules: %s\n" : "version: 1\nname: rules\nrules: [%s]\n",
		     rules) < 0)
		return err_set(err, ENOMEM, "out of memory");
	return trial_read_plan(trial, err);
}

int trial_read_plan(struct trial *trial, struct err *err)
{
	return trial->plan || !trial->rules ? 0 : plan_parse("rules", trial->rules, strlen(trial->rules), &trial->plan, err);
}

static int read_plan(const struct session *session, struct trial *trial, const struct corpus *corpus, struct err *err)
{
	if (!trial->spec.plan && !trial->spec.rules)
		return 0;
	int rc = trial->spec.rules ? parse_rules(trial, err) : load_plan(trial, err);
	rc = rc ? rc : take_plan_allocations(trial, err);
	if (!session->lenient) /* a sweep's rules are made of requests that there were */
		rc = rc ? rc : check_reach(trial, corpus, err);
	if (!rc && trial->spec.seed == CASE_SEED_OF_PLAN)
		trial->spec.seed = trial->plan->seed;
	return rc;
}

/* Anything at all that could strike? Damage at rest counts. */
static int check_injects(const struct trial *trial, const char *pristine, struct err *err)
{
	if (trial->plan || trial->allocations.count || strcmp(pristine, trial->corpus) != 0)
		return 0;
	return err_set(err, EINVAL, "the case injects nothing: give it a plan, allocation rules, or a damaged corpus");
}

/* `pristine`: the corpus's source without the damage of its own. */
static int prepare_with(struct session *session, struct trial *trial, const struct corpus *corpus, const char *pristine, struct err *err)
{
	int rc = read_allocations(trial, err);
	rc = rc ? rc : read_plan(session, trial, corpus, err);
	rc = rc ? rc : check_injects(trial, pristine, err);
	if (trial->spec.seed == CASE_SEED_OF_PLAN)
		trial->spec.seed = 0;
	if (!rc && !subject_command(trial->subject, trial->spec.mode))
		rc = err_set(err, EINVAL, "subject '%s' has no mode '%s'", trial->subject->name, trial->spec.mode);
	return rc ? rc : find_baseline(session, trial, pristine, err);
}

/* The corpus's source as the server is to have it: damage of the case makes a spec around it. */
static int name_corpus(struct trial *trial, struct err *err)
{
	const struct case_spec *spec = &trial->spec;
	SCOPED(buf_free) struct buf text = {0};
	struct jsonw j = jsonw_to(&text);
	if (spec->damage) {
		buf_text(&text, "spec:{version: 1, source: ");
		jsonw_text(&j, spec->corpus);
		buf_printf(&text, is_list(spec->damage) ? ", damage: %s}" : ", damage: [%s]}", spec->damage);
	} else
		buf_text(&text, spec->corpus);
	free(trial->corpus);
	trial->corpus = text.failed ? NULL : strdup(buf_string(&text));
	return trial->corpus ? 0 : err_set(err, ENOMEM, "out of memory");
}

/* A corpus stays open for the next case that has the same: a sweep has thousands. */
struct opened {
	struct corpus *corpus;
	char *source;
};

static void close_opened(struct opened *opened)
{
	corpus_close(opened->corpus);
	free(opened->source);
	*opened = (struct opened){0};
}

static int open_as(const char *source, struct opened *opened, struct err *err)
{
	if (opened->corpus && strcmp(opened->source, source) == 0)
		return 0;
	close_opened(opened);
	int rc = corpus_open(source, &opened->corpus, err);
	if (!rc && !(opened->source = strdup(source)))
		rc = err_set(err, ENOMEM, "out of memory");
	return rc;
}

/* The corpus as the case has it, and as it is without the damage of the case, by which runs without faults go. */
static int prepare_trial(struct session *session, struct trial *trial, struct opened *opened, struct opened *base, struct err *err)
{
	int rc = name_corpus(trial, err);
	rc = rc ? rc : open_as(trial->corpus, opened, err);
	rc = rc ? rc : open_as(trial->spec.corpus, base, err);
	return rc ? rc : prepare_with(session, trial, opened->corpus, corpus_pristine(base->corpus), err);
}

static void skip(struct trial *trial, struct err *err)
{
	trial->state = TRIAL_SKIPPED;
	trial_say(trial, err->text);
	*err = (struct err){0};
}

static bool is_late(const struct session *session)
{
	return session->prepare_until_ns && clock_now_ns() >= session->prepare_until_ns;
}

int session_prepare(struct session *session, struct err *err)
{
	SCOPED(close_opened) struct opened opened = {0};
	SCOPED(close_opened) struct opened base = {0};
	for (size_t i = 0; i < session->trials.count && !session->interrupted; i++) {
		struct trial *trial = session->trials.at[i];
		session->interrupted = interrupts_pending(); /* preparing many damaged corpora takes its time */
		if (trial->state != TRIAL_WAITING || trial->prepared || session->interrupted)
			continue;
		trial->late = is_late(session);
		if (trial->late) {
			trial->state = TRIAL_SKIPPED;
			continue;
		}
		int rc = prepare_trial(session, trial, &opened, &base, err);
		trial->prepared = !rc;
		if (session->frugal)
			trial_forget_evidence(trial);
		if (rc == -EINVAL && session->lenient)
			skip(trial, err);
		else if (rc)
			return trial->spec.name ? err_context(err, "%s", trial->spec.name) : rc;
	}
	return 0;
}
