/* machine - what the system gives the process: cores, memory, descriptors, priorities, the time. */
#include "doctor/doctor.h"
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FILES_FEW = 4096, MEMORY_LITTLE_MB = 1024, YEAR_2024_S = 1704067200 };

static void check_clock(struct ts_report *report)
{
	struct timex now = {.modes = 0};
	const int state = adjtimex(&now);
	if (time(NULL) < YEAR_2024_S)
		ts_report_add(report, "clock", TS_FINDING_BAD, "set it: `timedatectl set-ntp true`",
			"the clock is years behind: no certificate will be valid");
	else if (state == TIME_ERROR || (state >= 0 && now.status & STA_UNSYNC))
		ts_report_add(report, "clock", TS_FINDING_WARNING,
			"`timedatectl set-ntp true`, or install chrony; in a container: on its "
			"host",
			"the clock is not synchronized, or the kernel does not know");
	else
		ts_report_add(report, "clock", TS_FINDING_GOOD, NULL, "the clock is synchronized");
}

static void check_files(struct ts_report *report)
{
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files)) return;
	if (files.rlim_max < FILES_FEW)
		ts_report_add(report, "limits", TS_FINDING_WARNING,
			"LimitNOFILE=65536 in the unit, or `ulimit -Hn 65536` before",
			"%ju descriptors at most; a participant takes two or more",
			(uintmax_t)files.rlim_max);
	else
		ts_report_add(report, "limits", TS_FINDING_GOOD, NULL, "%ju descriptors at most",
			(uintmax_t)files.rlim_max);
}

static void check_cores(struct ts_report *report)
{
	struct rlimit core;
	if (getrlimit(RLIMIT_CORE, &core)) return;
	if (core.rlim_cur)
		ts_report_add(report, "limits", TS_FINDING_WARNING,
			"LimitCORE=0 in the unit, or `ulimit -c 0`; the log has a backtrace anyway",
			"core files are written: they hold what people say and show");
	else
		ts_report_add(report, "limits", TS_FINDING_GOOD, NULL, "no core files are written");
}

/* In a process of its own: this one keeps its priority. */
static void check_priority(struct ts_report *report)
{
	int status = 0;
	pid_t pid = fork();
	if (!pid) {
		const struct sched_param lowest = {.sched_priority = 1};
		_exit(sched_setscheduler(0, SCHED_RR, &lowest) != 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) return;
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		ts_report_add(report, "priority", TS_FINDING_WARNING,
			"CAP_SYS_NICE or LimitRTPRIO=1, as the unit has; of a container: "
			"--cap-add=SYS_NICE",
			"sound may not have real-time priority: it stutters when the machine is "
			"full");
	else
		ts_report_add(
			report, "priority", TS_FINDING_GOOD, NULL, "sound gets real-time priority");
}

static void check_cpu(struct ts_report *report)
{
	cpu_set_t set;
	int cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
	if (!sched_getaffinity(0, sizeof(set), &set)) cores = CPU_COUNT(&set);
	if (cores < 2)
		ts_report_add(report, "cpu", TS_FINDING_WARNING, "two cores or more",
			"one core: sound and pictures wait for each other");
	else
		ts_report_add(report, "cpu", TS_FINDING_GOOD, NULL, "%d cores", cores);
#if defined(__x86_64__) || defined(__i386__)
	if (!__builtin_cpu_supports("avx2"))
		ts_report_add(report, "cpu", TS_FINDING_WARNING,
			"of a virtual machine: let it see the processor of its host (cpu=host)",
			"no AVX2: pictures cost about twice as much");
	else
		ts_report_add(report, "cpu", TS_FINDING_GOOD, NULL, "AVX2 is there");
#endif
}

/* A number after `name` in a file of /proc; 0: it is not there. */
static uint64_t number_in(const char *path, const char *name)
{
	char line[256];
	uint64_t value = 0;
	FILE *file = fopen(path, "r");
	while (file && !value && fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name)))
			value = strtoull(line + strlen(name), NULL, 10);
	if (file) fclose(file);
	return value;
}

static void check_memory(struct ts_report *report)
{
	uint64_t mb = number_in("/proc/meminfo", "MemAvailable:") >> 10;
	const uint64_t cgroup = number_in("/sys/fs/cgroup/memory.max", "") >> 20;
	if (cgroup && cgroup < mb) mb = cgroup;
	if (mb && mb < MEMORY_LITTLE_MB)
		ts_report_add(report, "memory", TS_FINDING_WARNING,
			"1 GB for a few rooms; docs/PERFORMANCE.md has figures",
			"%" PRIu64 " MB are free", mb);
	else
		ts_report_add(
			report, "memory", TS_FINDING_GOOD, NULL, "%" PRIu64 " MB are free", mb);
}

void ts_doctor_machine(struct ts_report *report, const struct ts_config *config)
{
	(void)config;
	check_cpu(report);
	check_memory(report);
	check_files(report);
	check_cores(report);
	check_priority(report);
	check_clock(report);
}
