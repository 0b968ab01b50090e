/* fake_time - base/clock.h, base/loop.h and base/strand.h without threads: a clock that the test
 * moves, and tasks that run when it says so.
 *
 * A test_*.c that includes this is linked with fake_time.c in place of base's three (Makefile).
 * Everything that was posted runs on the thread of the test, in the same order each time: strands
 * and loops as they were made.
 * Thread  the test's.
 */
#ifndef TS_TESTS_UNIT_FAKE_TIME_H
#define TS_TESTS_UNIT_FAKE_TIME_H

#include <stdbool.h>
#include <stdint.h>

/* Sets the clock; nothing runs. Begins at one hour. */
void ts_fake_time_set(int64_t now_ns);
/* Runs what is posted or due, and what that posts, until nothing is left. */
void ts_fake_time_run(void);
/* From timer to timer up to now_ns, which may not lie in the past. */
void ts_fake_time_until(int64_t now_ns);
void ts_fake_time_after(int64_t ns);
/* From now on descriptors can be watched, TS_FAKE_WATCHES of them; before, that fails. */
void ts_fake_time_watch(void);
enum { TS_FAKE_WATCHES = 512 };
/* Waits up to `ms` of real time for what is watched, tells of each that is ready, and runs what
 * that posts. False: nothing was. */
bool ts_fake_time_poll(int ms);
/* What each call of ts_cpu_ns adds. */
void ts_fake_time_cpu(int64_t step_ns);

#endif
