/* secret - comparing what was given with what is right, in a time that tells neither. Thread
 * any. */
#ifndef TS_BASE_SECRET_H
#define TS_BASE_SECRET_H

#include <stdbool.h>

/* Are they the same? How long it takes depends on the length of `given` alone. */
bool ts_same_secret(const char *given, const char *secret);

#endif
