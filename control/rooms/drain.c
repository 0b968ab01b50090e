#include "control/rooms/drain.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/log.h"
#include "control/rooms/registry.h"
#include <glib.h>

/* Rooms end by themselves, on other threads: it is looked whether any is left. */
#define LOOK_NS (500 * TS_NS_PER_MS)

struct ts_drain {
	struct ts_loop *loop;
	struct ts_registry *registry;
	struct ts_timer timer;
	struct {
		struct ts_drain_watcher fn;
		void *arg;
	} watch[TS_DRAIN_WATCHERS_MAX];
	size_t n_watch;
	struct ts_drain_info info;
	int64_t deadline_ns;
	bool over;
};

static void set(struct ts_drain *drain, const struct ts_drain_info *info)
{
	ts_count_add(TS_C_DRAINING, info->draining - drain->info.draining);
	drain->info = *info;
	ts_registry_set_draining(drain->registry, info->draining);
	for (size_t i = 0; i < drain->n_watch; i++)
		if (drain->watch[i].fn.changed)
			drain->watch[i].fn.changed(drain->watch[i].arg, &drain->info);
}

static void on_look(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_drain *drain = ts_container_of(timer, struct ts_drain, timer);
	const bool overdue = !ts_registry_is_vacant(drain->registry);
	if (overdue && now_ns < drain->deadline_ns) {
		const int64_t next_ns = now_ns + LOOK_NS;
		ts_loop_timer_set(drain->loop, timer,
			next_ns < drain->deadline_ns ? next_ns : drain->deadline_ns);
		return;
	}
	drain->over = true;
	ts_info("drained", "deadline=%s", overdue ? "passed" : "kept");
	for (size_t i = 0; i < drain->n_watch; i++)
		if (drain->watch[i].fn.over) drain->watch[i].fn.over(drain->watch[i].arg, overdue);
}

void ts_drain_create(struct ts_drain **out, struct ts_loop *loop, struct ts_registry *registry)
{
	struct ts_drain *drain = g_new0(struct ts_drain, 1);
	drain->loop = loop;
	drain->registry = registry;
	drain->timer.fn = on_look;
	*out = drain;
}

void ts_drain_destroy(struct ts_drain **drainp)
{
	struct ts_drain *drain = *drainp;
	*drainp = NULL;
	if (!drain) return;
	ts_loop_timer_cancel(drain->loop, &drain->timer);
	ts_count_add(TS_C_DRAINING, -drain->info.draining);
	g_free(drain);
}

void ts_drain_watch(struct ts_drain *drain, const struct ts_drain_watcher *watcher, void *arg)
{
	g_assert(drain->n_watch < TS_DRAIN_WATCHERS_MAX);
	drain->watch[drain->n_watch].fn = *watcher;
	drain->watch[drain->n_watch++].arg = arg;
}

void ts_drain_start(struct ts_drain *drain, int deadline_s)
{
	const int64_t now_ns = ts_now_ns();
	g_assert(deadline_s > 0 && deadline_s <= TS_DRAIN_S_MAX);
	if (drain->over) return;
	drain->deadline_ns = now_ns + deadline_s * TS_NS_PER_S;
	const struct ts_drain_info info = {.draining = true,
		.began_unix_ms = drain->info.draining ? drain->info.began_unix_ms
						      : ts_unix_ms_from_ns(now_ns),
		.deadline_unix_ms = ts_unix_ms_from_ns(drain->deadline_ns)};
	ts_info("draining", "deadline_s=%d", deadline_s);
	ts_loop_timer_set(drain->loop, &drain->timer, now_ns + LOOK_NS);
	set(drain, &info);
}

bool ts_drain_cancel(struct ts_drain *drain)
{
	if (!drain->info.draining || drain->over) return false;
	ts_loop_timer_cancel(drain->loop, &drain->timer);
	ts_info("drain cancelled", "rooms=%lld", (long long)ts_count_get(TS_C_ROOMS));
	set(drain, &(struct ts_drain_info){.draining = false});
	return true;
}

void ts_drain_info(const struct ts_drain *drain, struct ts_drain_info *out)
{
	*out = drain->info;
}
