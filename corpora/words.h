/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Parameters in their short form, "slices=20,seed=7". For this folder only. */
#pragma once

#include "base/yaml.h"

/* Turn "key=value,key=value" into the mapping that it stands for, so that the same tables read it and complaints point into
 * what the user wrote. `name` stands for the text in messages. Caller frees with yaml_free(). */
int words_parse(const char *name, const char *text, struct yaml **out, struct err *err) MUST_USE;
