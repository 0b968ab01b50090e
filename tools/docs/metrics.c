/* metrics - docs/METRICS.md, from base/counter.h, base/histogram.h and control/api/metrics.h. */
#include "control/api/metrics.h"
#include "base/counter.h"
#include "base/histogram.h"
#include "tools/docs/docs.h"
#include <stdio.h>
#include <string.h>

struct row {
	const char *family, *type, *labels, *help;
};

static const struct row rows[] = {
#define X(id, type, family, labels, help) {family, #type, labels, help},
	TS_COUNTERS(X)
#undef X
};
enum { N_ROWS = sizeof(rows) / sizeof(*rows) };

static const struct {
	const char *family, *unit, *advice;
} families[] = {
#define X(family, unit, advice) {family, unit, advice},
	TS_FAMILIES(X)
#undef X
};
enum { N_FAMILIES = sizeof(families) / sizeof(*families) };

static bool is_first(size_t i)
{
	return !i || strcmp(rows[i].family, rows[i - 1].family) != 0;
}

static void head(const char *title)
{
	printf("\n## %s\n\n| metric | type, unit | labels | means | what to do |\n"
	       "|---|---|---|---|---|\n",
		title);
}

static void print_row(const char *family, const char *type, const char *unit, const char *labels,
	const char *help, const char *advice)
{
	printf("| `%s` | %s, %s | ", family, type, unit);
	print_cell(labels);
	fputs(" | ", stdout);
	print_cell(help);
	fputs(" | ", stdout);
	print_cell(advice);
	puts(" |");
}

/* reason="late" reason="stale" -> `reason`: late, stale */
static void join_labels(char *out, size_t cap, size_t i)
{
	const char *family = rows[i].family;
	size_t len = 0;
	*out = '\0';
	for (bool first = true; i < N_ROWS && !strcmp(rows[i].family, family); i++, first = false) {
		if (!*rows[i].labels) continue;
		const char *equals = strchr(rows[i].labels, '=');
		if (strchr(rows[i].labels, ',')) /* several at once: as they are */
			len += (size_t)snprintf(out + len, cap - len, "%s`{%s}`", first ? "" : ", ",
				rows[i].labels);
		else if (first)
			len += (size_t)snprintf(out + len, cap - len, "`%.*s`: %.*s",
				(int)(equals - rows[i].labels), rows[i].labels,
				(int)strlen(equals) - 3, equals + 2);
		else
			len += (size_t)snprintf(out + len, cap - len, ", %.*s",
				(int)strlen(equals) - 3, equals + 2);
		if (len >= cap) return;
	}
}

static bool print_counters(void)
{
	char labels[1024];
	bool whole = true;
	for (size_t i = 0; i < N_ROWS; i++) {
		if (!is_first(i)) continue;
		size_t f = 0;
		while (f < N_FAMILIES && strcmp(families[f].family, rows[i].family) != 0) f++;
		if (f == N_FAMILIES) {
			fprintf(stderr, "base/counter.h: TS_FAMILIES has no row for %s\n",
				rows[i].family);
			whole = false;
			continue;
		}
		join_labels(labels, sizeof(labels), i);
		print_row(rows[i].family, *rows[i].type == 'G' ? "gauge" : "counter",
			families[f].unit, labels, rows[i].help, families[f].advice);
	}
	return whole;
}

static bool all_families_exist(void)
{
	for (size_t f = 0; f < N_FAMILIES; f++) {
		size_t i = 0;
		while (i < N_ROWS && strcmp(families[f].family, rows[i].family) != 0) i++;
		if (i < N_ROWS) continue;
		fprintf(stderr, "base/counter.h: TS_FAMILIES has %s, which no row counts\n",
			families[f].family);
		return false;
	}
	return true;
}

static void print_stages(void)
{
	puts("\nStages:\n");
#define X(id, labels, what) printf("- `%s`: %s\n", labels, what);
	TS_STAGES(X)
#undef X
}

bool print_metrics(const char *version)
{
	(void)version;
	puts("# Metrics\n");
	printf(GENERATED, "base/counter.h, base/histogram.h and control/api/metrics.h");
	puts("`GET /metrics`, in the text format of Prometheus, with the API token where one is "
	     "set. Counters begin at 0 with the\n"
	     "process. \"Nothing to do\" says that a number is there to explain others.");
	head("Server");
	bool whole = print_counters() && all_families_exist();
#define X(family, old) printf("\n`%s` is the old name of `%s`.\n", old, family);
	TS_COUNTER_ALIASES(X)
#undef X
	head("How long work takes");
	print_row(
		TS_STAGE_FAMILY, "histogram", "seconds", "`stage`", TS_STAGE_HELP, TS_STAGE_ADVICE);
	print_row(
		TS_AV_SKEW_FAMILY, "histogram", "seconds", "", TS_AV_SKEW_HELP, TS_AV_SKEW_ADVICE);
	print_stages();
	head("Rooms and pools");
#define X(id, family, type, unit, labels, help, advice) \
	print_row(family, type, unit, labels, help, advice);
	TS_METRICS_OF_ROOMS(X)
#undef X
	head("Single participants");
#define X(id, family, type, unit, help, advice) \
	print_row(family, type, unit, "`room`, `participant`", help, advice);
	TS_METRICS_OF_PARTICIPANTS(X)
#undef X
	printf("\nRooms and participants with rows of their own are %d and %d at most; sums have "
	       "all.\n",
		TS_METRICS_ROOMS_MAX, TS_METRICS_PEOPLE_MAX);
	return whole;
}
