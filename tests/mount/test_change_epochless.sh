#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Rules are changed on kernels before 6.16, which forget names one by one.
CHANGE_OPTIONS='--without epoch'
# shellcheck source=tests/mount/test_change.sh
. "$(dirname "$0")/test_change.sh"
