/* cores - how much of the machine this process may use, and how much it does.
 *
 *   sched_getaffinity --+
 *   cpu.max of its cgroup and of all above it --+--> the least: cores, in thousandths
 *
 * Thread  any. Source  sched(7); cgroup v2, Documentation/admin-guide/cgroup-v2.rst (cpu.max).
 */
#ifndef TS_BASE_CORES_H
#define TS_BASE_CORES_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

/* At least 1; reads some files. Where there is no cgroup v2 its limit is not seen. */
int ts_cores_allowed_milli(void);
/* CPU time of all threads of this process, those that ended included. */
int64_t ts_cores_used_ns(void);

/* Of a line of cpu.max, "150000 100000": cores in thousandths. 0: no limit, or not readable. */
static inline int ts_cores_of_quota(const char *cpu_max)
{
	int64_t quota, period;
	if (sscanf(cpu_max, "%" SCNd64 " %" SCNd64, &quota, &period) != 2) return 0;
	if (quota <= 0 || period <= 0 || quota > INT64_MAX / 1000) return 0;
	const int64_t milli = quota * 1000 / period;
	return milli < 1 ? 1 : milli > INT32_MAX ? 0 : (int)milli;
}

#endif
