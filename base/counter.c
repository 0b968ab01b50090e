#include "base/counter.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
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

struct text {
	char *buf;
	size_t cap, len; /* len runs on past cap */
};

__attribute__((format(printf, 2, 3))) static void append(struct text *t, const char *fmt, ...)
{
	size_t room = t->len < t->cap ? t->cap - t->len : 0;
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(room ? t->buf + t->len : NULL, room, fmt, args);
	va_end(args);
	if (n > 0) t->len += (size_t)n;
}

size_t ts_count_print(char *buf, size_t cap)
{
	struct text t = {buf, cap, 0};
	if (cap) buf[0] = '\0';
	for (size_t i = 0; i < TS_COUNTER_COUNT; i++) {
		const char *family = rows[i].family, *labels = rows[i].labels;
		if (!i || strcmp(family, rows[i - 1].family)) {
			append(&t, "# HELP %s %s\n", family, rows[i].help);
			append(&t, "# TYPE %s %s\n", family, rows[i].type == GAUGE ? "gauge" : "counter");
		}
		append(&t, *labels ? "%s{%s} %" PRId64 "\n" : "%s%s %" PRId64 "\n", family, labels,
			ts_count_get((enum ts_counter)i));
	}
	return t.len;
}
