#include "control/ingest/limit.h"

bool ts_ingest_limit_pass(struct ts_ingest_limit *l, size_t n, int max_kbps, int64_t now_ns)
{
	if (now_ns - l->since_ns >= TS_INGEST_WINDOW_NS) *l = (struct ts_ingest_limit){now_ns, 0};
	l->bytes += n;
	return l->bytes <= (uint64_t)max_kbps * 125 * (TS_INGEST_WINDOW_NS / TS_NS_PER_S);
}

const char *ts_ingest_cut_name(enum ts_counter why)
{
	switch (why) {
	case TS_C_PUSH_CUT_LIMIT: return "limit";
	case TS_C_PUSH_CUT_SILENT: return "silent";
	case TS_C_PUSH_CUT_BAD: return "bad";
	case TS_C_PUSH_CUT_RATE: return "rate";
	default: return "slow";
	}
}
