#include "base/cores.h"

#include "base/clock.h"
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MILLI = 1000, PATH = 4096, CPUS_MAX = 1 << 16 };
#define CGROUPS "/sys/fs/cgroup"

/* The set has to be as large as the kernel's, which may have more than a cpu_set_t holds. */
static int affinity_milli(void)
{
	for (int most = CPU_SETSIZE; most <= CPUS_MAX; most *= 2) {
		const size_t size = CPU_ALLOC_SIZE(most);
		cpu_set_t *set = CPU_ALLOC(most);
		if (!set) break;
		const bool known = !sched_getaffinity(0, size, set);
		const int n = known ? CPU_COUNT_S(size, set) : 0;
		CPU_FREE(set);
		if (n > 0) return n * MILLI;
	}
	const long online = sysconf(_SC_NPROCESSORS_ONLN);
	return online > 0 && online <= CPUS_MAX ? (int)online * MILLI : MILLI;
}

static int quota_in(const char *folder)
{
	char path[PATH + 16], line[64] = "";
	snprintf(path, sizeof(path), "%s/cpu.max", folder);
	FILE *file = fopen(path, "re");
	if (!file) return 0;
	if (!fgets(line, sizeof(line), file)) *line = '\0';
	fclose(file);
	return ts_cores_of_quota(line);
}

/* Where this process is: the line "0::/PATH". False: no cgroup v2. */
static bool own_cgroup(char folder[PATH])
{
	char line[PATH];
	bool found = false;
	FILE *file = fopen("/proc/self/cgroup", "re");
	if (!file) return false;
	while (!found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::/", 4) != 0) continue;
		const int n = snprintf(folder, PATH, "%s%s", CGROUPS, line + 3);
		found = n > 0 && n < PATH;
	}
	fclose(file);
	return found;
}

int ts_cores_allowed_milli(void)
{
	char folder[PATH];
	int least = affinity_milli();
	if (!own_cgroup(folder)) return least;
	for (;;) {
		const int quota = quota_in(folder);
		if (quota && quota < least) least = quota;
		char *slash = strrchr(folder, '/');
		if (!slash || strlen(folder) <= strlen(CGROUPS)) return least;
		*slash = '\0';
	}
}

int64_t ts_cores_used_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * TS_NS_PER_S + t.tv_nsec;
}
