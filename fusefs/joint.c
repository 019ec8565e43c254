/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Puts the rules of several names together. */
#include "fusefs/joint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void joint_clear(struct joint *joint)
{
	free(joint->bound);
	free(joint->homes);
	*joint = (struct joint){0};
}

/* Room for so many rules more. */
static bool grow(struct joint *joint, uint32_t more)
{
	uint32_t count = joint->bound ? joint->bound->count : 0;
	struct bound *bound = realloc(joint->bound, sizeof *bound + (count + more) * sizeof bound->at[0]);
	if (!bound)
		return false;
	if (!joint->bound)
		*bound = (struct bound){.begun_at = UINT64_MAX};
	joint->bound = bound;
	struct bound_rule **homes = reallocarray(joint->homes, count + more, sizeof *homes);
	if (homes)
		joint->homes = homes;
	return homes;
}

/* Where the rule is kept that an earlier name has brought already, it stays with the tally of that name. */
static void insert(struct joint *joint, struct bound_rule *home)
{
	struct bound *bound = joint->bound;
	uint32_t place = bound->count;
	while (place && bound->at[place - 1].rule->index > home->rule->index)
		place--;
	if (place && bound->at[place - 1].rule == home->rule)
		return;
	memmove(&bound->at[place + 1], &bound->at[place], (bound->count - place) * sizeof bound->at[0]);
	memmove(&joint->homes[place + 1], &joint->homes[place], (bound->count - place) * sizeof(struct bound_rule *));
	bound->at[place] = *home;
	joint->homes[place] = home;
	bound->ops |= home->rule->on;
	bound->counts_bytes |= when_counts_bytes(&home->rule->when);
	bound->count++;
}

int joint_add(struct joint *joint, struct bound *part)
{
	if (!grow(joint, part->count))
		return -ENOMEM;
	for (uint32_t i = 0; i < part->count; i++)
		insert(joint, &part->at[i]);
	return 0;
}

void joint_fetch(const struct joint *joint)
{
	for (uint32_t i = 0; joint->bound && i < joint->bound->count; i++)
		joint->bound->at[i].tally = joint->homes[i]->tally;
}

void joint_return(const struct joint *joint)
{
	for (uint32_t i = 0; joint->bound && i < joint->bound->count; i++)
		joint->homes[i]->tally = joint->bound->at[i].tally;
}
