/* secret - comparing what was given with what is right, in a time that tells neither; and memory
 * for keys, which is left out of core files (MADV_DONTDUMP) and zeroed when it is given back.
 *
 * Not all of a key's copies can be there: libraries keep schedules of their own on the heap.
 * Thread  any; memory is taken under a mutex of its own, at the beginning and end of a session.
 * Full    TS_SECRET_BYTES at once; NULL: there is no memory.
 */
#ifndef TS_BASE_SECRET_H
#define TS_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* Are they the same? How long it takes depends on the length of `given` alone. */
bool ts_same_secret(const char *given, const char *secret);

enum { TS_SECRET_BYTES = 1024 };
/* Zeroed. size is TS_SECRET_BYTES at most. */
void *ts_secret_alloc(size_t size);
void ts_secret_free(void *memory); /* also of NULL */

#endif
