#include "base/counter.h"
#include "base/text.h"
#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>

static const struct {
	enum { COUNTER, GAUGE } type;
	const char *family, *labels, *help;
} rows[TS_COUNTER_COUNT] = {
#define X(id, type, family, labels, help) [TS_C_##id] = {type, family, labels, help},
	TS_COUNTERS(X)
#undef X
};

static _Atomic int64_t values[TS_COUNTER_COUNT];

void ts_count_add(enum ts_counter id, int64_t n)
{
	atomic_fetch_add_explicit(&values[id], n, memory_order_relaxed);
}

int64_t ts_count_get(enum ts_counter id)
{
	return atomic_load_explicit(&values[id], memory_order_relaxed);
}

static const struct {
	const char *family, *old;
} aliases[] = {
#define X(family, old) {family, old},
	TS_COUNTER_ALIASES(X)
#undef X
};

static void print_row(struct ts_text *t, size_t i, const char *family)
{
	const char *labels = rows[i].labels;
	ts_text_append(t, *labels ? "%s{%s} %" PRId64 "\n" : "%s%s %" PRId64 "\n", family, labels,
		ts_count_get((enum ts_counter)i));
}

static void print_type(struct ts_text *t, size_t i, const char *family)
{
	ts_text_append(t, "# TYPE %s %s\n", family, rows[i].type == GAUGE ? "gauge" : "counter");
}

static void print_alias(struct ts_text *t, const char *family, const char *old)
{
	ts_text_append(t, "# HELP %s Old name of %s\n", old, family);
	for (size_t i = 0, n = 0; i < TS_COUNTER_COUNT; i++) {
		if (strcmp(rows[i].family, family) != 0) continue;
		if (!n++) print_type(t, i, old);
		print_row(t, i, old);
	}
}

size_t ts_count_print(char *buf, size_t cap)
{
	struct ts_text t = ts_text(buf, cap);
	for (size_t i = 0; i < TS_COUNTER_COUNT; i++) {
		const char *family = rows[i].family;
		if (!i || strcmp(family, rows[i - 1].family)) {
			ts_text_append(&t, "# HELP %s %s\n", family, rows[i].help);
			print_type(&t, i, family);
		}
		print_row(&t, i, family);
	}
	for (size_t i = 0; i < sizeof(aliases) / sizeof(*aliases); i++)
		print_alias(&t, aliases[i].family, aliases[i].old);
	return t.len;
}
