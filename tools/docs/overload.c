/* overload - docs/OVERLOAD.md, from mixer/overload/overload.h and pressure.h. */
#include "mixer/overload/overload.h"
#include "mixer/overload/pressure.h"
#include "tools/docs/docs.h"
#include <stdio.h>

static void print_level(int level, const char *name, const char *does, const char *means)
{
	printf("| %d | `%s` | ", level, name);
	print_cell(does);
	fputs(" | ", stdout);
	print_cell(means);
	puts(" |");
}

static void print_levels(void)
{
	puts("\n## Levels\n\nEach includes those before it.\n\n| level | step | what it does | "
	     "what comes of it |\n|---|---|---|---|");
#define X(id, name, does, means) print_level(TS_OVERLOAD_##id, name, does, means);
	TS_OVERLOADS(X)
#undef X
	puts("\nSound is on none of them: voices are decoded, mixed and encoded as always, and "
	     "come before pictures on every thread.");
}

static void print_signal(const char *name, long limit, const char *unit, const char *what)
{
	printf("| `%s` | ", name);
	print_cell(what);
	printf(" | %ld %s |\n", limit, unit);
}

static void print_signals(void)
{
	puts("\n## Signals\n\nThe highest of these, in relation to its limit, is the pressure; log "
	     "and event name it.\n\n| signal | what it is | limit |\n|---|---|---|");
#define X(id, name, limit, unit, what) print_signal(name, limit, unit, what);
	TS_PRESSURES(X)
#undef X
	puts("\nCores that the process may use: those of its affinity, or fewer by `cpu.max` of "
	     "its cgroup or of one above (cgroup v2;\nsystemd: `CPUQuota=`). Read every 10 s.");
}

bool print_overload(const char *version)
{
	(void)version;
	puts("# Overload\n");
	printf(GENERATED, "mixer/overload/overload.h and mixer/overload/pressure.h");
	puts("While its machine cannot keep up, the server does less, step by step, so that calls "
	     "go on and can be understood. It looks every\n"
	     "250 ms while there is a room. Three looks in a row at or above a limit are one step "
	     "up, 1 s after the last at the earliest.\n"
	     "Below 0.7 of all limits for 5 s is one step down; below 0.35 half of that is enough. "
	     "Below 1 a step down is tried after a minute:\n"
	     "what is left may be what the machine is for. A step down that has to be taken back "
	     "within 20 s makes the next try from there wait\n"
	     "twice as long (5 s at first, up to 160 s; after a minute of less than too much: that "
	     "much more), unless it is below 0.35: nothing flaps.");
	print_levels();
	print_signals();
	printf("\n## Where it shows\n\n"
	       "- `GET /healthz` and `GET /readyz`: `overload.level` and `overload.step`. /readyz "
	       "answers 503 from `no-cameras` on.\n"
	       "- The event `overload` of /v1/events: `{level, step, before, because}`.\n"
	       "- `tessera_overload_level`, `tessera_overload_steps_total`.\n"
	       "- The log line `overload`, a warning on the way up.\n"
	       "- `sources[].frozen` and `sources[].error` of participants. `receives` of "
	       "participants tells the rate before it was halved.\n"
	       "- 503 of type `overloaded` with Retry-After (%d to %d seconds, another for "
	       "each) for joins and `POST "
	       "/v1/rooms/{room}/calls`; 503 with Retry-After to an INVITE.\n\n"
	       "`[overload] max_level` caps it; 0 switches it off, and nothing is measured then.\n",
		TS_OVERLOAD_RETRY_MIN_S, TS_OVERLOAD_RETRY_MAX_S);
	return true;
}
