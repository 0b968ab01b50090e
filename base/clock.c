#include "base/clock.h"
#include <pthread.h>
#include <time.h>

#define NTP_UNIX_S 2208988800ULL /* from 1900 to 1970 */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int64_t unix_offset_ns;

static int64_t read_ns(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * TS_NS_PER_S + t.tv_nsec;
}

int64_t ts_cpu_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * TS_NS_PER_S + t.tv_nsec;
}

int64_t ts_now_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

/* The pair of readings taken closest together is the most exact: being scheduled away between them
 * shows as distance. */
static void read_offset(void)
{
	int64_t best_ns = INT64_MAX;
	for (int i = 0; i < 5; i++) {
		int64_t before = ts_now_ns(), wall = read_ns(CLOCK_REALTIME), after = ts_now_ns();
		if (after - before >= best_ns) continue;
		best_ns = after - before;
		unix_offset_ns = wall - (before + (after - before) / 2);
	}
}

static int64_t unix_ns(int64_t now_ns)
{
	pthread_once(&once, read_offset);
	return now_ns + unix_offset_ns;
}

uint64_t ts_ntp_from_ns(int64_t now_ns)
{
	uint64_t ns = (uint64_t)unix_ns(now_ns);
	uint64_t s = ns / TS_NS_PER_S + NTP_UNIX_S;
	uint64_t fraction = ((ns % TS_NS_PER_S) << 32) / TS_NS_PER_S;
	return s << 32 | fraction;
}

int64_t ts_unix_ms_from_ns(int64_t now_ns)
{
	return unix_ns(now_ns) / TS_NS_PER_MS;
}
