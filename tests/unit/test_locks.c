/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The table of locks on a file, against a model that has a cell for each byte. */
#include "unit.h"

#include "fusefs/locks.h"

static struct lock lock_at(uint64_t first, uint64_t last, uint64_t owner, bool exclusive)
{
	return (struct lock){.first = first, .last = last, .owner = owner, .exclusive = exclusive, .handle = owner + 100};
}

static void set(struct locks *locks, uint64_t first, uint64_t last, uint64_t owner, bool exclusive)
{
	const struct lock lock = lock_at(first, last, owner, exclusive);
	assert_int_equal(locks_set(locks, &lock), 0);
}

static void unset(struct locks *locks, uint64_t first, uint64_t last, uint64_t owner)
{
	const struct lock lock = lock_at(first, last, owner, false);
	assert_int_equal(locks_unset(locks, &lock), 0);
}

static bool conflicts(const struct locks *locks, uint64_t first, uint64_t last, uint64_t owner, bool exclusive)
{
	const struct lock lock = lock_at(first, last, owner, exclusive);
	return locks_conflict(locks, &lock);
}

static void shared_ones_meet_and_exclusive_ones_do_not(void **state)
{
	(void)state;
	struct locks locks = {0};
	assert_false(conflicts(&locks, 0, UINT64_MAX, 1, true));
	set(&locks, 10, 19, 1, false);
	assert_false(conflicts(&locks, 10, 19, 2, false));
	assert_true(conflicts(&locks, 19, 19, 2, true));
	assert_true(conflicts(&locks, 0, 10, 2, true));
	assert_false(conflicts(&locks, 0, 9, 2, true));
	assert_false(conflicts(&locks, 20, UINT64_MAX, 2, true));
	assert_false(conflicts(&locks, 0, UINT64_MAX, 1, true)); /* one's own */
	set(&locks, 10, 19, 1, true);
	assert_true(conflicts(&locks, 10, 10, 2, false));
	locks_fini(&locks);
}

static void ranges_are_joined_and_cut(void **state)
{
	(void)state;
	struct locks locks = {0};
	set(&locks, 0, 4, 1, true);
	set(&locks, 10, 14, 1, true);
	assert_int_equal(locks.held.count, 2);
	set(&locks, 5, 9, 1, true);
	assert_int_equal(locks.held.count, 1);
	unset(&locks, 7, 7, 1);
	assert_int_equal(locks.held.count, 2);
	set(&locks, 20, UINT64_MAX, 1, true);
	set(&locks, 15, 19, 1, true);
	assert_int_equal(locks.held.count, 2);
	set(&locks, 0, UINT64_MAX, 1, false);
	assert_int_equal(locks.held.count, 1);
	assert_false(conflicts(&locks, 0, UINT64_MAX, 2, false));
	unset(&locks, 0, UINT64_MAX, 1);
	assert_int_equal(locks.held.count, 0);
	locks_fini(&locks);
}

static void owners_and_handles_leave(void **state)
{
	(void)state;
	struct locks locks = {0};
	set(&locks, 0, 4, 1, false);
	set(&locks, 0, 4, 2, false);
	set(&locks, 8, 9, 1, false);
	assert_false(locks_drop_owner(&locks, 3));
	assert_true(locks_drop_owner(&locks, 1));
	assert_int_equal(locks.held.count, 1);
	assert_false(locks_drop_handle(&locks, 101));
	assert_true(locks_drop_handle(&locks, 102));
	assert_int_equal(locks.held.count, 0);
	locks_fini(&locks);
}

static void there_is_an_end(void **state)
{
	(void)state;
	struct locks locks = {0};
	set(&locks, 0, 2 * LOCKS_MAX, 1, false);
	locks.held.count = 0;
	for (size_t i = 0; i < LOCKS_MAX; i++) {
		struct lock *lock = vec_add(&locks.held);
		if (!lock)
			fail_msg("out of memory");
		else
			*lock = lock_at(2 * i, 2 * i, 1, false);
	}
	const struct lock more = lock_at(3 * LOCKS_MAX, 3 * LOCKS_MAX, 1, false);
	assert_int_equal(locks_set(&locks, &more), -ENOLCK);
	assert_int_equal(locks.held.count, LOCKS_MAX);
	locks_fini(&locks);
}

/* ---- the model ---- */

#define CELLS 24
#define OWNERS 3

static unsigned char model[OWNERS][CELLS]; /* 0, 1 shared, 2 exclusive */

static bool model_conflicts(uint64_t first, uint64_t last, unsigned owner, bool exclusive)
{
	for (unsigned who = 0; who < OWNERS; who++)
		for (uint64_t i = first; who != owner && i <= last; i++)
			if (model[who][i] && (exclusive || model[who][i] == 2))
				return true;
	return false;
}

/* Each byte belongs to no more than one lock of an owner, of the right kind, and locks of one kind do not touch. */
static void compare(const struct locks *locks, unsigned step)
{
	unsigned char seen[OWNERS][CELLS] = {0};
	for (size_t i = 0; i < locks->held.count; i++) {
		const struct lock *lock = &locks->held.at[i];
		assert_true(lock->first <= lock->last && lock->last < CELLS);
		for (uint64_t at = lock->first; at <= lock->last; at++) {
			assert_int_equal(seen[lock->owner][at], 0);
			seen[lock->owner][at] = lock->exclusive ? 2 : 1;
		}
		for (size_t j = 0; j < locks->held.count; j++) {
			const struct lock *other = &locks->held.at[j];
			if (other->owner == lock->owner && other->exclusive == lock->exclusive && other->first == lock->last + 1)
				fail_msg("step %u: two locks that touch were not joined", step);
		}
	}
	if (memcmp(seen, model, sizeof seen) != 0)
		fail_msg("step %u: not as the model has it", step);
}

static void random_changes_agree_with_a_model(void **state)
{
	(void)state;
	struct locks locks = {0};
	uint64_t dice = 88172645463325252u;
	for (unsigned step = 0; step < 20000; step++) {
		dice ^= dice << 13, dice ^= dice >> 7, dice ^= dice << 17;
		uint64_t a = dice % CELLS, b = dice / CELLS % CELLS;
		unsigned owner = (unsigned)(dice >> 20) % OWNERS, kind = (unsigned)(dice >> 30) % 3;
		const struct lock lock = lock_at(a < b ? a : b, a < b ? b : a, owner, kind == 2);
		bool meets = kind && model_conflicts(lock.first, lock.last, owner, kind == 2);
		if (kind)
			assert_int_equal(locks_conflict(&locks, &lock) != NULL, meets);
		if (meets)
			continue;
		assert_int_equal(kind ? locks_set(&locks, &lock) : locks_unset(&locks, &lock), 0);
		memset(&model[owner][lock.first], (int)kind, lock.last - lock.first + 1);
		compare(&locks, step);
	}
	locks_fini(&locks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shared_ones_meet_and_exclusive_ones_do_not),
		cmocka_unit_test(ranges_are_joined_and_cut),
		cmocka_unit_test(owners_and_handles_leave),
		cmocka_unit_test(there_is_an_end),
		cmocka_unit_test(random_changes_agree_with_a_model),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
