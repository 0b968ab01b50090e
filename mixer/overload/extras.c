#include "mixer/overload/extras.h"

void ts_extras_feed(struct ts_extras *e, int permille)
{
	enum { LOOKS = 4 };
	e->permille += (permille - e->permille) / LOOKS;
	/* whole numbers: the last few thousandths would stay for ever */
	if (permille < e->permille && e->permille < LOOKS) e->permille = permille;
}

/* Of those that have begun of late. */
static int still_counted(const struct ts_extras *e, int64_t now_ns)
{
	const int64_t over = (now_ns - e->begun_ns) / TS_EXTRAS_EACH_NS;
	return over < e->begun ? e->begun - (int)over : 0;
}

enum ts_extras_verdict ts_extras_may(
	const struct ts_extras *e, enum ts_overload_level level, int64_t now_ns)
{
	if (level != TS_OVERLOAD_NONE) return TS_EXTRAS_OVERLOADED;
	if (e->n >= e->most) return TS_EXTRAS_FULL;
	if (e->permille >= TS_OVERLOAD_CALM) return TS_EXTRAS_BUSY;
	return still_counted(e, now_ns) < TS_EXTRAS_BURST ? TS_EXTRAS_FIT : TS_EXTRAS_SOON;
}

void ts_extras_begin(struct ts_extras *e, int64_t now_ns)
{
	const int left = still_counted(e, now_ns);
	/* what has run of the next half second stays */
	e->begun_ns = left ? now_ns - (now_ns - e->begun_ns) % TS_EXTRAS_EACH_NS : now_ns;
	e->begun = left + 1;
	e->n++;
}
