/* measure - looks at the process every 250 ms: what was late or left out, what waits, what time it
 * took. */
#include "base/clock.h"
#include "base/cores.h"
#include "base/counter.h"
#include "base/loop.h"
#include "base/strand.h"
#include "mixer/room/engine.h"
#include "transport/transport.h"

#define LOOK_NS (250 * TS_NS_PER_MS)
enum { LOOKS_A_COUNT = 40 }; /* the cores are counted every 10 s: quotas change while one runs */

static struct ts_load_pool read_pool(struct ts_pool *pool)
{
	return (struct ts_load_pool){ts_pool_waiting(pool), ts_pool_threads(pool)};
}

static void measure(struct ts_load_look *out, struct ts_engine *engine, int64_t now_ns)
{
	struct ts_load *load = &engine->load;
	int cores_milli = load->last.cores_milli;
	if (!cores_milli || ++load->looks >= LOOKS_A_COUNT) {
		cores_milli = ts_cores_allowed_milli();
		load->looks = 0;
	}
	*out = (struct ts_load_look){
		.at_ns = now_ns,
		.cpu_ns = ts_cores_used_ns(),
		.cores_milli = cores_milli,
		.sound = {ts_count_get(TS_C_TICKS_AUDIO), ts_count_get(TS_C_TICKS_SKIPPED_AUDIO),
			ts_count_get(TS_C_TICKS_DELAYED_AUDIO)},
		.video = {ts_count_get(TS_C_TICKS_VIDEO), ts_count_get(TS_C_TICKS_SKIPPED_VIDEO),
			ts_count_get(TS_C_TICKS_DELAYED_VIDEO)},
		.encode_skipped = ts_count_get(TS_C_ENCODE_SKIPPED),
		.video_pool = read_pool(engine->video),
		.tick_pool = read_pool(engine->tick),
		.audio_pool = read_pool(engine->audio),
		.net_wait_ns = ts_nets_waited_ns(engine->nets),
	};
}

static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_engine *engine = ts_container_of(timer, struct ts_engine, load.timer);
	struct ts_load *load = &engine->load;
	struct ts_load_look fresh;
	measure(&fresh, engine, ts_now_ns());
	if (load->last.at_ns) {
		struct ts_pressure pressure;
		ts_pressure_of(&pressure, &load->last, &fresh);
		ts_load_feed(engine, &pressure, fresh.at_ns);
	}
	load->last = fresh;
	load->running = load->first || load->overload.level != TS_OVERLOAD_NONE;
	if (load->running) ts_loop_timer_set(engine->control, timer, now_ns + LOOK_NS);
}

void ts_load_start(struct ts_engine *engine, enum ts_overload_level max)
{
	ts_overload_init(&engine->load.overload, max);
	if (max != TS_OVERLOAD_NONE) engine->load.timer.fn = on_timer;
}

void ts_load_stop(struct ts_engine *engine)
{
	if (engine->load.running) ts_loop_timer_cancel(engine->control, &engine->load.timer);
	engine->load.running = false;
}
