#include "transport/rtp/twcc.h"
#include "base/clock.h"
#include "transport/rtp/rtp.h"

#define INTERVAL_NS (100 * TS_NS_PER_MS)
#define INTERVAL_FIRST_NS (50 * TS_NS_PER_MS)
#define FIRST_NS (5 * TS_NS_PER_S) /* while the sender looks for its rate */
#define TICK_NS (250 * TS_NS_PER_US)
#define REFERENCE_NS (64 * TS_NS_PER_MS)

enum { TICKS_PER_REFERENCE = 256 };
enum status { MISSING, SMALL, LARGE }; /* as on the wire */
enum { VECTOR = 0xc000, VECTOR_LEN = 7, RUN_MAX = 8191, PT_RTPFB = 205, FMT_TWCC = 15 };

void ts_twcc_packet(struct ts_twcc *t, uint16_t seq, int64_t arrival_ns)
{
	int64_t ext = t->first_ns ? ts_seq_extend(t->high, seq) : 0;
	if (!t->first_ns || ext > t->high + TS_TWCC_RING || ext <= t->high - TS_TWCC_RING) {
		t->first_ns = t->first_ns ? t->first_ns : arrival_ns;
		ext = 65536 + seq; /* however often a peer jumps back: never below zero */
		t->next = t->high = ext;
		for (int i = 0; i < TS_TWCC_RING; i++) t->slot[i].seq = -1;
	}
	if (ext > t->high) t->high = ext;
	if (ext < t->next) t->next = ext;
	if (t->next <= t->high - TS_TWCC_RING) t->next = t->high - TS_TWCC_RING + 1;
	if (t->slot[ext % TS_TWCC_RING].seq == ext) return; /* a double: the first arrival counts */
	t->slot[ext % TS_TWCC_RING].seq = ext;
	t->slot[ext % TS_TWCC_RING].arrival_ns = arrival_ns;
	if (t->due_ns == INT64_MAX)
		t->due_ns = arrival_ns +
			(arrival_ns - t->first_ns < FIRST_NS ? INTERVAL_FIRST_NS : INTERVAL_NS);
}

static bool came(const struct ts_twcc *t, int64_t seq)
{
	return t->slot[seq % TS_TWCC_RING].seq == seq;
}

/* Feedback without a single arrival has no time to begin with. What nothing is said of counts as
 * lost as well. */
static void skip_long_hole(struct ts_twcc *t)
{
	int64_t first = t->next;
	while (!came(t, first)) first++; /* `high` came */
	if (first - t->next >= TS_TWCC_STATUSES_MAX) t->next = first;
}

/* The statuses of one feedback, and the steps of time that go with them. */
struct told {
	size_t n;
	uint8_t status[TS_TWCC_STATUSES_MAX];
	int16_t step[TS_TWCC_STATUSES_MAX];
	int64_t reference; /* 64 ms each */
};

/* From t->next on as far as one feedback reaches: to the highest number, its own limit, or a step
 * that is too long. */
static void collect(const struct ts_twcc *t, struct told *told)
{
	int64_t at = -1; /* ticks */
	told->n = 0;
	told->reference = 0;
	for (int64_t seq = t->next; seq <= t->high && told->n < TS_TWCC_STATUSES_MAX;
		seq++, told->n++) {
		told->status[told->n] = MISSING;
		if (!came(t, seq)) continue;
		int64_t arrival_ns = t->slot[seq % TS_TWCC_RING].arrival_ns;
		if (at < 0) {
			told->reference = arrival_ns / REFERENCE_NS;
			at = told->reference * TICKS_PER_REFERENCE;
		}
		int64_t step = arrival_ns / TICK_NS - at;
		if (step < INT16_MIN || step > INT16_MAX) break;
		at += step;
		told->step[told->n] = (int16_t)step;
		told->status[told->n] = step >= 0 && step <= UINT8_MAX ? SMALL : LARGE;
	}
}

static size_t run_length(const struct told *told, size_t from)
{
	size_t n = 1;
	while (from + n < told->n && n < RUN_MAX && told->status[from + n] == told->status[from])
		n++;
	return n;
}

/* Runs where they pay, vectors of two bits elsewhere. */
static void write_chunks(struct ts_wr *w, const struct told *told)
{
	for (size_t i = 0; i < told->n;) {
		size_t run = run_length(told, i);
		if (run >= VECTOR_LEN || i + run == told->n) {
			ts_wr_u16(w, (uint16_t)(told->status[i] << 13 | run));
			i += run;
			continue;
		}
		unsigned bits = VECTOR;
		for (size_t k = 0; k < VECTOR_LEN && i < told->n; k++, i++)
			bits |= (unsigned)told->status[i] << (12 - 2 * k);
		ts_wr_u16(w, (uint16_t)bits);
	}
}

static void write_steps(struct ts_wr *w, const struct told *told)
{
	for (size_t i = 0; i < told->n; i++) {
		if (told->status[i] == SMALL) ts_wr_u8(w, (uint8_t)told->step[i]);
		if (told->status[i] == LARGE) ts_wr_u16(w, (uint16_t)told->step[i]);
	}
}

void ts_twcc_write(struct ts_twcc *t, struct ts_wr *w, uint32_t sender_ssrc, uint32_t media_ssrc,
	int64_t now_ns)
{
	struct told told;
	if (now_ns < t->due_ns) return;
	t->due_ns = INT64_MAX;
	if (t->next > t->high) return;
	skip_long_hole(t);
	collect(t, &told);

	uint8_t buf[TS_TWCC_BYTES_MAX];
	struct ts_wr p = ts_wr(buf, sizeof(buf));
	ts_wr_u8(&p, 0x80 | FMT_TWCC);
	ts_wr_u8(&p, PT_RTPFB);
	uint8_t *words = ts_wr_skip(&p, 2);
	ts_wr_u32(&p, sender_ssrc);
	ts_wr_u32(&p, media_ssrc);
	ts_wr_u16(&p, (uint16_t)t->next);
	ts_wr_u16(&p, (uint16_t)told.n);
	ts_wr_u24(&p, (uint32_t)told.reference & 0xffffff);
	ts_wr_u8(&p, t->count++);
	write_chunks(&p, &told);
	write_steps(&p, &told);
	/* not RTCP padding: the statuses say where the steps end */
	while (ts_wr_len(&p) % 4) ts_wr_u8(&p, 0);
	words[0] = (uint8_t)((ts_wr_len(&p) / 4 - 1) >> 8);
	words[1] = (uint8_t)(ts_wr_len(&p) / 4 - 1);
	ts_wr_bytes(w, buf, ts_wr_len(&p));
	t->next += (int64_t)told.n;
	if (t->next <= t->high) t->due_ns = now_ns;
}
