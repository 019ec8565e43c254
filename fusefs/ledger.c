/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Keeps count of rules by their names. */
#include "fusefs/ledger.h"

#include "faults/kinds.h"

#include <errno.h>
#include <string.h>

#define ROOM_FIRST 64

/* ---- names: open addressing, never more than half full ---- */

static uint32_t *slot_of(const struct ledger *ledger, uint64_t id, const char *name)
{
	uint32_t mask = ledger->room - 1;
	for (uint32_t i = (uint32_t)id & mask;; i = (i + 1) & mask) {
		uint32_t number = ledger->slots[i];
		const struct ledger_entry *entry = number ? &ledger->entries.at[number - 1] : NULL;
		if (!entry || (entry->id == id && strcmp(entry->name, name) == 0))
			return &ledger->slots[i];
	}
}

static int grow(struct ledger *ledger)
{
	if (ledger->entries.count < ledger->room / 2)
		return 0;
	uint32_t room = ledger->room ? 2 * ledger->room : ROOM_FIRST, *slots = calloc(room, sizeof *slots);
	if (!slots)
		return -ENOMEM;
	free(ledger->slots);
	ledger->slots = slots;
	ledger->room = room;
	for (uint32_t i = 0; i < ledger->entries.count; i++) {
		const struct ledger_entry *entry = &ledger->entries.at[i];
		if (!entry->follows)
			*slot_of(ledger, entry->id, entry->name) = i + 1;
	}
	return 0;
}

static struct ledger_entry *first_of(const struct ledger *ledger, const struct rule *rule)
{
	uint32_t number = ledger->room ? *slot_of(ledger, rule->id, rule->name) : 0;
	return number ? &ledger->entries.at[number - 1] : NULL;
}

static struct ledger_entry *next_of(const struct ledger *ledger, const struct ledger_entry *entry)
{
	return entry->next == LEDGER_NONE ? NULL : &ledger->entries.at[entry->next];
}

static struct ledger_entry *find(const struct ledger *ledger, const struct rule *rule)
{
	struct ledger_entry *entry = first_of(ledger, rule);
	while (entry && strcmp(entry->effect, rule->kind->name) != 0)
		entry = next_of(ledger, entry);
	return entry;
}

/* ---- entries ---- */

/* Behind all others, and behind those of its name. */
static void tie(struct ledger *ledger, uint32_t index)
{
	struct ledger_entry *entry = &ledger->entries.at[index];
	uint32_t *slot = slot_of(ledger, entry->id, entry->name);
	entry->next = LEDGER_NONE;
	entry->follows = *slot != 0;
	if (!*slot) {
		*slot = index + 1;
		return;
	}
	struct ledger_entry *last = &ledger->entries.at[*slot - 1];
	for (struct ledger_entry *next; (next = next_of(ledger, last)); last = next)
		;
	last->next = index;
}

static int add(struct ledger *ledger, const struct rule *rule)
{
	char *name = grow(ledger) < 0 ? NULL : strdup(rule->name);
	struct ledger_entry *entry = name ? vec_add(&ledger->entries) : NULL;
	if (!entry) {
		free(name);
		return -ENOMEM;
	}
	*entry = (struct ledger_entry){.name = name, .id = rule->id, .effect = rule->kind->name};
	tie(ledger, (uint32_t)(ledger->entries.count - 1));
	return 0;
}

/* Rules of which nothing is to be shown any more: outages by hand get a new name each time. */
static void forget_gone(struct ledger *ledger)
{
	size_t kept = 0;
	for (size_t i = 0; i < ledger->entries.count; i++) {
		struct ledger_entry *entry = &ledger->entries.at[i];
		if (entry->in_force || entry->must_fire)
			ledger->entries.at[kept++] = *entry;
		else
			free(entry->name);
	}
	ledger->entries.count = kept;
	memset(ledger->slots, 0, ledger->room * sizeof *ledger->slots);
	for (uint32_t i = 0; i < kept; i++)
		tie(ledger, i);
}

static void put_in_force(struct ledger *ledger, const struct plan *plan)
{
	for (size_t i = 0; i < ledger->entries.count; i++)
		ledger->entries.at[i].in_force = false;
	for (size_t i = 0; plan && i < plan->rules.count; i++) {
		const struct rule *rule = plan->rules.at[i];
		find(ledger, rule)->in_force = true;
		for (struct ledger_entry *entry = first_of(ledger, rule); entry; entry = next_of(ledger, entry))
			entry->must_fire = rule->must_fire;
	}
}

int ledger_take(struct ledger *ledger, const struct plan *plan, struct err *err)
{
	size_t count = plan ? plan->rules.count : 0;
	if (ledger->entries.count + count > LEDGER_MAX)
		forget_gone(ledger);
	for (size_t i = 0; i < count; i++) {
		if (find(ledger, plan->rules.at[i]))
			continue;
		if (ledger->entries.count >= LEDGER_MAX)
			return err_set(err, E2BIG, "there were more than %d rules with other names or effects since the mount began", LEDGER_MAX);
		if (add(ledger, plan->rules.at[i]) < 0)
			return err_set(err, ENOMEM, "out of memory");
	}
	put_in_force(ledger, plan);
	return 0;
}

void ledger_fini(struct ledger *ledger)
{
	for (size_t i = 0; i < ledger->entries.count; i++)
		free(ledger->entries.at[i].name);
	vec_free(&ledger->entries);
	free(ledger->slots);
	*ledger = (struct ledger){0};
}

/* ---- counting and telling ---- */

void ledger_count(struct ledger *ledger, const struct rule *rule)
{
	struct ledger_entry *entry = find(ledger, rule);
	if (entry) /* a request may have waited for very long */
		entry->hits++;
}

void ledger_count_cut(struct ledger *ledger, const struct rule *rule)
{
	struct ledger_entry *entry = find(ledger, rule);
	if (entry)
		entry->cuts++;
}

bool ledger_tells(const struct ledger_entry *entry)
{
	return entry->in_force || entry->must_fire || entry->hits || entry->cuts;
}

struct ledger_entry ledger_sum(const struct ledger *ledger, size_t index)
{
	struct ledger_entry sum = ledger->entries.at[index];
	for (const struct ledger_entry *entry = &sum; (entry = next_of(ledger, entry));) {
		sum.hits += entry->hits;
		sum.cuts += entry->cuts;
		sum.in_force |= entry->in_force;
	}
	return sum;
}
