#include "mixer/room/load.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/log.h"
#include "base/loop.h"
#include "mixer/room/engine.h"

void ts_load_watch(struct ts_engine *engine, struct ts_load_watch *watch)
{
	struct ts_load *load = &engine->load;
	watch->prev = NULL;
	watch->next = load->first;
	if (load->first) load->first->prev = watch;
	load->first = watch;
	if (!load->timer.fn || load->running) return;
	load->running = true;
	load->last.at_ns = 0; /* what was before the first room does not count */
	ts_loop_timer_set(engine->control, &load->timer, ts_now_ns());
}

void ts_load_unwatch(struct ts_engine *engine, struct ts_load_watch *watch)
{
	if (watch->prev)
		watch->prev->next = watch->next;
	else
		engine->load.first = watch->next;
	if (watch->next) watch->next->prev = watch->prev;
	watch->prev = watch->next = NULL;
}

void ts_load_set_listener(
	struct ts_engine *engine, void (*told)(void *arg, const struct ts_load_news *), void *arg)
{
	engine->load.told = told;
	engine->load.told_arg = arg;
}

void ts_load_feed(struct ts_engine *engine, const struct ts_pressure *pressure, int64_t now_ns)
{
	struct ts_load *load = &engine->load;
	struct ts_load_news news = {.before = load->overload.level, .why = *pressure};
	ts_extras_feed(&engine->extras, pressure->permille);
	if (!ts_overload_feed(&load->overload, pressure->permille, now_ns)) return;
	news.level = load->overload.level;
	const bool up = news.level > news.before;
	ts_count_add(TS_C_OVERLOAD_LEVEL, up ? 1 : -1);
	ts_count(up ? TS_C_OVERLOAD_UP : TS_C_OVERLOAD_DOWN);
	ts_log(up ? TS_LOG_WARN : TS_LOG_INFO, "overload",
		"level=%d step=%s before=%d signal=%s permille=%d", (int)news.level,
		ts_overload_name(news.level), (int)news.before, ts_pressure_name(news.why.kind),
		news.why.permille);
	for (struct ts_load_watch *watch = load->first, *next; watch; watch = next) {
		next = watch->next;
		watch->changed(watch);
	}
	if (load->told) load->told(load->told_arg, &news);
}
