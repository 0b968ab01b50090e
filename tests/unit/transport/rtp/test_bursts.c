#include "tests/unit/transport/rtp_make.h"
#include "transport/rtp/bursts.h"

#define S TS_NS_PER_S
#define AT (100 * S)
#define PEER (-5000 * S) /* the peer's clock begins anywhere */

struct row {
	const char *name;
	int n;
	struct {
		int64_t sent_ms, arrived_ms;
	} packet[8];
	/* of the last packet */
	enum ts_bursts_news news;
	int64_t sent_ms, arrived_ms;
};

static const struct row rows[] = {
	{"the first says nothing", 1, {{0, 40}}, TS_BURSTS_NONE, 0, 0},
	{"two bursts are not complete", 2, {{0, 40}, {20, 60}}, TS_BURSTS_NONE, 0, 0},
	{"the third completes the second", 3, {{0, 40}, {20, 63}, {40, 80}}, TS_BURSTS_STEP, 20,
		23},
	{"5 ms are one burst", 5, {{0, 40}, {20, 60}, {23, 66}, {25, 70}, {40, 80}}, TS_BURSTS_STEP,
		25, 30},
	{"what was held back and let go at once is one burst", 5,
		{{0, 40}, {20, 120}, {40, 121}, {60, 122}, {90, 140}}, TS_BURSTS_STEP, 60, 82},
	{"but not for ever", 8,
		{{0, 40}, {20, 160}, {60, 163}, {100, 166}, {140, 169}, {180, 172}, {181, 300},
			{400, 500}},
		TS_BURSTS_STEP, 181, 260},
	{"an arrival before the one before counts", 3, {{0, 40}, {20, 35}, {40, 80}},
		TS_BURSTS_STEP, 20, -5},
	{"one sent before this burst is late", 4, {{0, 40}, {20, 60}, {40, 80}, {20, 90}},
		TS_BURSTS_NONE, 0, 0},
	{"a pause begins afresh", 4, {{0, 40}, {20, 60}, {40, 80}, {2100, 2140}}, TS_BURSTS_AFRESH,
		0, 0},
	{"a jump of the peer's clock begins afresh", 4, {{0, 40}, {20, 60}, {40, 80}, {60, 4000}},
		TS_BURSTS_AFRESH, 0, 0},
	{"backward as well", 4, {{0, 40}, {20, 60}, {40, 80}, {60, -4000}}, TS_BURSTS_AFRESH, 0, 0},
	{"and after it steps need two bursts again", 6,
		{{0, 40}, {20, 60}, {40, 80}, {60, 4000}, {80, 4020}, {100, 4040}}, TS_BURSTS_STEP,
		20, 20},
};

static void tells_steps(void **state)
{
	(void)state;
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		struct ts_bursts b = {0};
		struct ts_bursts_step step = {0};
		enum ts_bursts_news news = TS_BURSTS_NONE;
		for (int k = 0; k < row->n; k++)
			news = ts_bursts_packet(&b, AT + row->packet[k].sent_ms * TS_MS,
				PEER + row->packet[k].arrived_ms * TS_MS, &step);
		bool right = news == row->news;
		if (news == TS_BURSTS_STEP)
			right &= step.sent_ns == row->sent_ms * TS_MS &&
				step.arrived_ns == row->arrived_ms * TS_MS;
		if (!right)
			fail_msg("%s: %d, %lld %lld", row->name, news,
				(long long)(step.sent_ns / TS_MS),
				(long long)(step.arrived_ns / TS_MS));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_steps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
