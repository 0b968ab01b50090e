#include "mixer/overload/overload.h"

#include "base/clock.h"

/* In thousandths of what is too much. Between calm and busy the level stays. */
enum { BUSY = 1000, SEVERE = 2000, CALM = TS_OVERLOAD_CALM, QUIET = CALM / 2 };
enum { STRAIN_UP = 3 };

#define SPAN_MAX_NS TS_NS_PER_S /* what one look may count for, however late it is */
#define SETTLE_NS TS_NS_PER_S   /* until a step shows */
#define HOLD_NS (5 * TS_NS_PER_S)
#define HOLD_MAX_NS (160 * TS_NS_PER_S)
#define TRIAL_NS (20 * TS_NS_PER_S) /* a step down that lasts this long was right */
/* Nothing was too much for so long, and the hold more: it may be so without the step as well. */
#define BEARABLE_NS (60 * TS_NS_PER_S)
enum { BUSY_WEIGHS = 4 }; /* a busy look takes back as many bearable ones */

void ts_overload_init(struct ts_overload *o, enum ts_overload_level max)
{
	*o = (struct ts_overload){.max = max};
	for (int i = 0; i < TS_OVERLOAD_COUNT; i++) o->hold_ns[i] = HOLD_NS;
}

static void weigh(struct ts_overload *o, int pressure, int64_t span_ns)
{
	o->quiet_ns = pressure < QUIET ? o->quiet_ns + 2 * span_ns : 0;
	o->bearable_ns += pressure < BUSY ? span_ns : -BUSY_WEIGHS * span_ns;
	if (o->bearable_ns < 0) o->bearable_ns = 0;
	if (pressure >= BUSY) {
		o->strain += pressure >= SEVERE ? 2 : 1;
		if (o->strain > STRAIN_UP) o->strain = STRAIN_UP;
		o->calm_ns = 0;
		return;
	}
	if (o->strain) o->strain--;
	o->calm_ns += pressure < QUIET ? 2 * span_ns : pressure < CALM ? span_ns : -2 * span_ns;
	if (o->calm_ns < 0) o->calm_ns = 0;
}

static void step(struct ts_overload *o, int by, int64_t now_ns)
{
	o->level = (enum ts_overload_level)((int)o->level + by);
	o->strain = 0;
	o->calm_ns = o->quiet_ns = o->bearable_ns = 0;
	o->stepped_ns = now_ns;
	if (by < 0) o->lowered_ns = now_ns;
}

static void step_up(struct ts_overload *o, int64_t now_ns)
{
	const bool failed = o->lowered_ns && now_ns - o->lowered_ns < TRIAL_NS;
	step(o, 1, now_ns);
	int64_t *hold_ns = &o->hold_ns[o->level];
	if (failed) *hold_ns = 2 * *hold_ns < HOLD_MAX_NS ? 2 * *hold_ns : HOLD_MAX_NS;
	o->lowered_ns = 0;
}

/* Calm for as long as this level is held by now; or quiet, where nothing can flap; or bearable, of
 * which calm may never come: the load that is left may be what the machine is for. */
static bool may_step_down(const struct ts_overload *o)
{
	const int64_t hold_ns = o->hold_ns[o->level];
	return o->level != TS_OVERLOAD_NONE &&
		(o->calm_ns >= hold_ns || o->quiet_ns >= HOLD_NS ||
			o->bearable_ns >= BEARABLE_NS + hold_ns - HOLD_NS);
}

bool ts_overload_feed(struct ts_overload *o, int pressure, int64_t now_ns)
{
	int64_t span_ns = o->fed_ns ? now_ns - o->fed_ns : 0;
	span_ns = span_ns < 0 ? 0 : span_ns > SPAN_MAX_NS ? SPAN_MAX_NS : span_ns;
	o->fed_ns = now_ns;
	weigh(o, pressure, span_ns);
	/* the trial that went on has held: from the level above one may come down soon again */
	if (o->lowered_ns && now_ns - o->lowered_ns >= TRIAL_NS) {
		o->hold_ns[o->level + 1] = HOLD_NS;
		o->lowered_ns = 0;
	}
	if (o->strain >= STRAIN_UP && o->level < o->max &&
		(!o->stepped_ns || now_ns - o->stepped_ns >= SETTLE_NS)) {
		step_up(o, now_ns);
		return true;
	}
	if (!may_step_down(o)) return false;
	if (o->lowered_ns) o->hold_ns[o->level + 1] = HOLD_NS; /* further down still */
	step(o, -1, now_ns);
	return true;
}

int ts_overload_retry_s(uint32_t any)
{
	return TS_OVERLOAD_RETRY_MIN_S +
		(int)(any % (TS_OVERLOAD_RETRY_MAX_S - TS_OVERLOAD_RETRY_MIN_S + 1));
}

const char *ts_overload_name(enum ts_overload_level level)
{
	static const char *const names[] = {
#define X(id, name, does, means) name,
		TS_OVERLOADS(X)
#undef X
	};
	return names[level];
}
