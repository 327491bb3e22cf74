/* SPDX-License-Identifier: MIT */
/* base: the ground floor. Errors, memory, text, time, files, printing.
 *
 * Knows nothing of surveys, SQLite or git; reads no environment; prints to
 * nothing but the FILE or buffer it is handed. Everything above may include
 * this one header.
 *
 * Invariants of the whole program, stated here once:
 *  1. A function that can fail returns int: TAWAM_OK (0) or a negative
 *     TAWAM_E... code, and has then set the thread's one error message, where
 *     the fault was found, in words a user can act on. Outputs come first in
 *     the argument list and are written only on success.
 *  2. A returned `const T *` is borrowed; a `T **out` is owned by the caller,
 *     who calls T_free() / free() on it; T_free(NULL) does nothing.
 *  3. Sizes are bytes in size_t, times are milliseconds since 1970 UTC in
 *     int64_t, text is UTF-8 with a final NUL unless a length goes with it.
 */
#ifndef TAWAM_BASE_H
#define TAWAM_BASE_H

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/table.h"
#include "base/digest.h"

#endif
