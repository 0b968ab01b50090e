/* clock - one monotonic clock for the whole process, and its relation to wall time.
 *
 * Pure code takes `int64_t now_ns` as a parameter; only the edges (loops, workers, main) read the
 * clock.
 * Thread  any. Source  CLOCK_MONOTONIC; NTP format of RFC 3550 section 4.
 */
#ifndef TS_BASE_CLOCK_H
#define TS_BASE_CLOCK_H

#include <stdint.h>

#define TS_NS_PER_S  1000000000LL
#define TS_NS_PER_MS 1000000LL
#define TS_NS_PER_US 1000LL

int64_t ts_now_ns(void);
/* CPU time that this thread has used. */
int64_t ts_cpu_ns(void);

/* The wall time of a monotonic instant as a 64-bit NTP timestamp. The offset between the two clocks
 * is read once per process, so that sender reports never jump when the operator sets the time. */
uint64_t ts_ntp_from_ns(int64_t now_ns);

/* Milliseconds since 1970 of a monotonic instant (for ids and logs), by the same fixed offset. */
int64_t ts_unix_ms_from_ns(int64_t now_ns);

#endif
