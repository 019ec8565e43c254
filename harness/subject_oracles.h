/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Keys of a subject's file that say how it is judged (oracles.h). For subject.c. */
#pragma once

#include "base/yaml.h"

/* Call `read` for each key of a mapping of free names. */
typedef int subject_key_reader(const char *key, struct yaml_at value, void *into, struct err *err);
int subject_each_key(struct yaml_at at, subject_key_reader *read, void *into, struct err *err);

/* Into an enum stance. */
yaml_reader subject_abort, subject_mute, subject_leaks;
/* Into the members of the same name of struct oracles. */
yaml_reader subject_limits, subject_compare, subject_check;
