#include "base/histogram.h"
#include "base/clock.h"
#include "base/text.h"
#include <inttypes.h>
#include <stdatomic.h>

static const int64_t bounds_us[] = {
	50, 100, 250, 500, 1000, 2500, 5000, 10000, 20000, 33000, 50000, 100000};
enum { N_BOUNDS = sizeof(bounds_us) / sizeof(bounds_us[0]) };

static const char *const labels[TS_STAGE_COUNT] = {
#define X(id, text, what) [TS_STAGE_##id] = text,
	TS_STAGES(X)
#undef X
};

static struct {
	_Atomic uint64_t bucket[N_BOUNDS + 1]; /* each alone; summed up when printed */
	_Atomic uint64_t sum_ns;
} stages[TS_STAGE_COUNT];

void ts_observe(enum ts_stage stage, int64_t ns)
{
	size_t i = 0;
	while (i < N_BOUNDS && ns > bounds_us[i] * TS_NS_PER_US) i++;
	atomic_fetch_add_explicit(&stages[stage].bucket[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(
		&stages[stage].sum_ns, (uint64_t)(ns > 0 ? ns : 0), memory_order_relaxed);
}

static void print_row(struct ts_text *t, const char *family, enum ts_stage stage)
{
	uint64_t below = 0;
	const char *of = labels[stage] ? labels[stage] : "", *comma = *of ? "," : "";
	for (size_t i = 0; i <= N_BOUNDS; i++) {
		below += atomic_load_explicit(&stages[stage].bucket[i], memory_order_relaxed);
		if (i < N_BOUNDS)
			ts_text_append(t, "%s_bucket{%s%sle=\"%g\"} %" PRIu64 "\n", family, of,
				comma, (double)bounds_us[i] / 1e6, below);
		else
			ts_text_append(t, "%s_bucket{%s%sle=\"+Inf\"} %" PRIu64 "\n", family, of,
				comma, below);
	}
	ts_text_append(t, "%s_sum{%s} %.9f\n", family, of,
		(double)atomic_load_explicit(&stages[stage].sum_ns, memory_order_relaxed) / 1e9);
	ts_text_append(t, "%s_count{%s} %" PRIu64 "\n", family, of, below);
}

static void print_head(struct ts_text *t, const char *family, const char *help)
{
	ts_text_append(t, "# HELP %s %s\n# TYPE %s histogram\n", family, help, family);
}

size_t ts_histograms_print(char *buf, size_t cap)
{
	struct ts_text t = ts_text(buf, cap);
	print_head(&t, TS_STAGE_FAMILY, TS_STAGE_HELP);
	for (int stage = 0; stage < TS_STAGE_AV_SKEW; stage++)
		print_row(&t, TS_STAGE_FAMILY, (enum ts_stage)stage);
	print_head(&t, TS_AV_SKEW_FAMILY, TS_AV_SKEW_HELP);
	print_row(&t, TS_AV_SKEW_FAMILY, TS_STAGE_AV_SKEW);
	return t.len;
}
