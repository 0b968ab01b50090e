#include "tests/unit/transport/rtp/flows.h"

#include "tests/unit/transport/rtp_make.h"

#include <stdlib.h>
#include <string.h>

enum { RECORD = 16384, MESSAGES = 64, TOLD_MAX = 4096, PACKET_BYTES = 1200, PACKET_LEAST = 150 };
#define START_NS (1000 * TS_NS_PER_S)
#define TICK_NS TS_NS_PER_MS
#define PEER_CLOCK_NS (-77 * TS_NS_PER_S)
#define FEEDBACK_FIRST_NS (50 * TS_NS_PER_MS)
#define FEEDBACK_NS (100 * TS_NS_PER_MS)
#define FEEDBACK_FIRST_FOR_NS (5 * TS_NS_PER_S)
#define TIMEOUT_NS TS_NS_PER_S

struct record {
	int64_t sent_ns, arrived_ns; /* arrived 0: not yet */
	uint32_t bytes;
	uint8_t probe;
	bool told, missing; /* as arrived; as lost */
};

struct message {
	int64_t made_ns, due_ns, first, end;
};

struct flow {
	const struct ts_flow_config *config;
	struct record record[RECORD]; /* by number % RECORD */
	int64_t next;                 /* number */
	uint64_t arrived_bytes[10];   /* of the last samples */
	/* ours */
	struct ts_estimate *estimate;
	double credit_bits;
	size_t step; /* of the ladder */
	int64_t fits_ns, starved_ns;
	struct ts_probe probe;
	uint32_t probe_left;
	int64_t tell_from, high, feedback_ns, first_ns;
	struct message message[MESSAGES];
	unsigned n_messages;
	/* TCP-like */
	double window;
	bool slow_start_over;
	int64_t acked, recovery, heard_ns;
};

struct model {
	const struct ts_flows_config *config;
	struct ts_bottleneck link;
	struct flow flow[TS_FLOWS_MAX];
	uint32_t random;
	struct ts_flows_result *out;
	int64_t now_ns, begin_ns;
};

static struct record *at(struct flow *f, int64_t number)
{
	return &f->record[number % RECORD];
}

static int64_t peer_clock(const struct model *m, int64_t ns)
{
	int64_t since = ns - m->begin_ns;
	int64_t jump = since > m->config->lasts_ns / 2 ? m->config->clock_jumps_ns : 0;
	return PEER_CLOCK_NS + jump + since + (int64_t)((double)since * m->config->clock_ppm / 1e6);
}

static void send_packet(struct model *m, struct flow *f, uint32_t bytes, uint8_t probe)
{
	*at(f, f->next) = (struct record){.sent_ns = m->now_ns, .bytes = bytes, .probe = probe};
	ts_bottleneck_push(&m->link, (int)(f - m->flow), f->next, bytes, m->now_ns);
	f->next++;
}

/* ---- ours */

enum { STEPS = 5, SOUND_BPS = 55000 };
static const uint32_t steps[STEPS] = {1500000, 900000, 500000, 250000, 120000};

static double needs(size_t step, double share)
{
	return 1.06 * share * steps[step] + SOUND_BPS;
}

#define ENOUGH 0.7

static size_t fitting(double bps, double share)
{
	size_t i = 0;
	while (i + 1 < STEPS && needs(i, ENOUGH * share) > bps) i++;
	return i;
}

/* Returns what is sent. */
static double climb(struct flow *f, double target, int64_t now_ns)
{
	bool unknown = ts_estimate_app_limited(f->estimate);
	bool starved = !unknown && target < needs(f->step, 0.6);
	bool fits = f->step && target >= needs(f->step - 1, 1.1 * ENOUGH);
	if (!starved) f->starved_ns = now_ns;
	if (!fits) f->fits_ns = now_ns;
	if (now_ns - f->starved_ns >= TS_NS_PER_S || now_ns - f->fits_ns >= 3 * TS_NS_PER_S) {
		f->step = fitting(target, starved ? 1 : 1.1);
		f->starved_ns = f->fits_ns = now_ns;
	}
	double share = unknown ? 1 : (target - SOUND_BPS) / 1.06 / steps[f->step];
	share = share > 1 ? 1 : share < 0.6 ? 0.6 : share;
	double content = f->config->ladder_percent / 100.0;
	return needs(f->step, share < content ? share : content);
}

static void send_ours(struct model *m, struct flow *f)
{
	double target = ts_estimate_bps(f->estimate), bps = target;
	if (f->config->app_bps && bps > f->config->app_bps) bps = f->config->app_bps;
	uint32_t wanted_bps = f->config->wanted_bps;
	if (f->config->ladder_percent) {
		bps = climb(f, target, m->now_ns);
		wanted_bps = (uint32_t)needs(0, f->step ? 1.1 : 1);
		if (bps > ts_estimate_pace_bps(f->estimate))
			bps = ts_estimate_pace_bps(f->estimate);
	}
	if (!f->probe_left && ts_estimate_probe(f->estimate, &f->probe, wanted_bps, m->now_ns)) {
		f->probe_left = f->probe.bytes;
		f->credit_bits = 8 * PACKET_BYTES;
		m->out->n_probes++;
	}
	bool probes = f->probe_left;
	if (probes) bps = f->probe.bps;
	uint32_t bytes = (uint32_t)(bps / 800);
	bytes = bytes < PACKET_LEAST ? PACKET_LEAST : bytes > PACKET_BYTES ? PACKET_BYTES : bytes;
	if (probes && bytes > f->probe.bytes / 5) bytes = f->probe.bytes / 5;
	f->credit_bits += bps * TICK_NS / TS_NS_PER_S;
	while (f->credit_bits >= 8 * bytes) {
		f->credit_bits -= 8 * bytes;
		send_packet(m, f, bytes, probes ? f->probe.cluster : 0);
		ts_estimate_sent(f->estimate, bytes, m->now_ns);
		if (!probes) continue;
		f->probe_left -= bytes < f->probe_left ? bytes : f->probe_left;
		if (f->probe_left) continue;
		f->credit_bits = 0;
		return;
	}
}

/* As transport/rtp/twcc.h tells it: what comes late is told again, with all after it. */
static void make_feedback(struct model *m, struct flow *f)
{
	if (m->now_ns < f->feedback_ns || f->tell_from > f->high) return;
	f->feedback_ns = INT64_MAX;
	double lot = ts_test_random(&m->random) / 4294967296.0;
	if (lot >= m->config->feedback_loss) {
		assert_true(f->n_messages < MESSAGES);
		f->message[f->n_messages++] = (struct message){.made_ns = m->now_ns,
			.due_ns = m->now_ns + m->config->delay_ns,
			.first = f->tell_from,
			.end = f->high + 1};
	}
	f->tell_from = f->high + 1;
}

static void read_feedback(struct model *m, struct flow *f, const struct message *msg)
{
	static struct ts_estimate_packet packet[TOLD_MAX];
	size_t n = 0;
	for (int64_t i = msg->first; i < msg->end && n < TOLD_MAX; i++) {
		struct record *r = at(f, i);
		bool came = r->arrived_ns && r->arrived_ns <= msg->made_ns;
		if (r->told) continue;
		r->told = came;
		packet[n++] = (struct ts_estimate_packet){.sent_ns = r->sent_ns,
			.arrived_ns = came ? peer_clock(m, r->arrived_ns) : TS_ESTIMATE_LOST,
			.bytes = r->bytes,
			.probe = r->probe,
			.late = came && r->missing};
		r->missing |= !came;
	}
	ts_estimate_feedback(f->estimate, packet, n, m->now_ns);
}

static void feed_back(struct model *m, struct flow *f)
{
	make_feedback(m, f);
	while (f->n_messages && f->message[0].due_ns <= m->now_ns) {
		read_feedback(m, f, &f->message[0]);
		memmove(f->message, f->message + 1, --f->n_messages * sizeof(f->message[0]));
	}
}

static void receive_ours(struct model *m, struct flow *f, const struct ts_bottleneck_packet *p)
{
	int64_t wait_ms = (p->left_ns - p->pushed_ns) / TS_NS_PER_MS;
	m->out->waits[wait_ms < TS_FLOWS_WAITS ? wait_ms : TS_FLOWS_WAITS]++;
	if (!f->first_ns) f->first_ns = m->now_ns;
	if (p->number > f->high) f->high = p->number;
	if (p->number < f->tell_from) f->tell_from = p->number;
	if (f->feedback_ns == INT64_MAX)
		f->feedback_ns = m->now_ns +
			(m->now_ns - f->first_ns < FEEDBACK_FIRST_FOR_NS ? FEEDBACK_FIRST_NS
									 : FEEDBACK_NS);
}

/* ---- TCP-like */

static void lose(struct flow *f)
{
	if (f->acked < f->recovery) return;
	f->window = f->window > 4 ? f->window / 2 : 2;
	f->slow_start_over = true;
	f->recovery = f->next;
}

/* Acknowledged up to there; what is missing three packets before was lost. */
static void acknowledge(struct model *m, struct flow *f)
{
	int64_t back_ns = m->now_ns - m->config->delay_ns, high = -1;
	for (int64_t i = f->acked; i < f->next; i++)
		if (at(f, i)->arrived_ns && at(f, i)->arrived_ns <= back_ns) high = i;
	bool lost = false;
	for (; f->acked <= high; f->acked++) {
		bool came = at(f, f->acked)->arrived_ns && at(f, f->acked)->arrived_ns <= back_ns;
		if (!came && f->acked + 3 > high) break;
		lost |= !came;
		if (came && !lost) f->window += f->slow_start_over ? 1 / f->window : 1;
		f->heard_ns = m->now_ns;
	}
	if (lost) lose(f);
	if (f->acked < f->next && m->now_ns - f->heard_ns > TIMEOUT_NS) {
		f->acked = f->recovery = f->next;
		f->window = 2;
		f->slow_start_over = false;
		f->heard_ns = m->now_ns;
	}
}

static void send_tcp(struct model *m, struct flow *f)
{
	if (f->acked == f->next) f->heard_ns = m->now_ns;
	acknowledge(m, f);
	while ((double)(f->next - f->acked) < f->window && f->next - f->acked < RECORD / 2)
		send_packet(m, f, PACKET_BYTES, 0);
}

/* ---- the whole */

static void begin(struct model *m)
{
	const struct ts_flows_config *c = m->config;
	m->link = (struct ts_bottleneck){.bps = c->bps,
		.queue_bytes = c->queue_bytes,
		.delay_ns = c->delay_ns,
		.jitter_ns = c->jitter_ns,
		.stall_ns = c->stall_ns,
		.stall_every_ns = c->stall_every_ns,
		.loss = c->loss,
		.seed = 7};
	m->random = 11;
	m->now_ns = m->begin_ns = START_NS;
	for (int i = 0; i < c->n_flows; i++) {
		struct flow *f = &m->flow[i];
		f->config = &c->flow[i];
		f->high = -1;
		f->feedback_ns = INT64_MAX;
		f->window = 4;
		if (f->config->tcp) continue;
		struct ts_estimate_config e = {.start_bps = f->config->start_bps, 50000, 20000000};
		if (!e.start_bps) e.start_bps = 300000;
		assert_int_equal(ts_estimate_create(&f->estimate, &e), 0);
	}
}

static void arrive(struct model *m)
{
	struct ts_bottleneck_packet p;
	while (ts_bottleneck_pop(&m->link, &p, m->now_ns)) {
		struct flow *f = &m->flow[p.flow];
		at(f, p.number)->arrived_ns = p.arrived_ns;
		f->arrived_bytes[0] += p.bytes;
		if (f->estimate) receive_ours(m, f, &p);
	}
}

static void take_sample(struct model *m)
{
	struct ts_flows_result *out = m->out;
	for (int i = 0; i < m->config->n_flows; i++) {
		struct flow *f = &m->flow[i];
		uint64_t bytes = 0;
		for (int k = 0; k < 10; k++) bytes += f->arrived_bytes[k];
		memmove(f->arrived_bytes + 1, f->arrived_bytes, 9 * sizeof(f->arrived_bytes[0]));
		f->arrived_bytes[0] = 0;
		out->sample[i][out->n_samples] = (struct ts_flow_sample){.link_bps = m->link.bps,
			.target_bps = f->estimate ? ts_estimate_bps(f->estimate) : 0,
			.arrived_bps = (uint32_t)(bytes * 8),
			.wait_ms = (uint32_t)(ts_bottleneck_wait_ns(&m->link) / TS_NS_PER_MS),
			.app_limited = f->estimate && ts_estimate_app_limited(f->estimate)};
	}
	out->n_samples++;
}

void ts_flows_run(const struct ts_flows_config *c, struct ts_flows_result *out)
{
	struct model *m = calloc(1, sizeof(*m));
	assert_non_null(m);
	memset(out, 0, sizeof(*out));
	m->config = c;
	m->out = out;
	begin(m);
	assert_true(c->lasts_ns / TS_FLOWS_SAMPLE_NS <= TS_FLOWS_SAMPLES);
	for (int64_t t = 0; t < c->lasts_ns; t += TICK_NS, m->now_ns += TICK_NS) {
		bool low = c->period_ns && t / c->period_ns % 2;
		m->link.bps = low ? c->low_bps : c->bps;
		arrive(m);
		for (int i = 0; i < c->n_flows; i++) {
			struct flow *f = &m->flow[i];
			if (t < f->config->begins_ns) continue;
			if (f->estimate) feed_back(m, f);
			if (f->estimate)
				send_ours(m, f);
			else
				send_tcp(m, f);
		}
		if ((t + TICK_NS) % TS_FLOWS_SAMPLE_NS == 0) take_sample(m);
	}
	out->dropped = m->link.dropped;
	out->lost = m->link.lost;
	for (int i = 0; i < c->n_flows; i++)
		if (m->flow[i].estimate) ts_estimate_destroy(&m->flow[i].estimate);
	free(m);
}

/* ---- what came of it */

static double mean(
	const struct ts_flows_result *r, int flow, double from_s, double to_s, bool arrived)
{
	double sum = 0;
	int n = 0;
	for (int i = (int)(from_s * 10); i < to_s * 10 && i < r->n_samples; i++, n++)
		sum += arrived ? r->sample[flow][i].arrived_bps : r->sample[flow][i].target_bps;
	return n ? sum / n : 0;
}

double ts_flows_target_bps(const struct ts_flows_result *r, int flow, double from_s, double to_s)
{
	return mean(r, flow, from_s, to_s, false);
}

double ts_flows_arrived_bps(const struct ts_flows_result *r, int flow, double from_s, double to_s)
{
	return mean(r, flow, from_s, to_s, true);
}

int ts_flows_wait_ms(const struct ts_flows_result *r, double p)
{
	uint64_t all = 0, sum = 0;
	for (int i = 0; i <= TS_FLOWS_WAITS; i++) all += r->waits[i];
	for (int i = 0; i <= TS_FLOWS_WAITS; i++)
		if ((double)(sum += r->waits[i]) >= p * (double)all) return i;
	return TS_FLOWS_WAITS;
}

int ts_flows_wait_time_ms(const struct ts_flows_result *r, double p)
{
	static uint32_t count[TS_FLOWS_WAITS + 1];
	int sum = 0;
	memset(count, 0, sizeof(count));
	for (int i = 0; i < r->n_samples; i++) {
		uint32_t ms = r->sample[0][i].wait_ms;
		count[ms < TS_FLOWS_WAITS ? ms : TS_FLOWS_WAITS]++;
	}
	for (int i = 0; i <= TS_FLOWS_WAITS; i++)
		if ((sum += (int)count[i]) >= p * r->n_samples) return i;
	return TS_FLOWS_WAITS;
}

double ts_flows_reaches_s(const struct ts_flows_result *r, int flow, double bps, double from_s)
{
	for (int i = (int)(from_s * 10); i < r->n_samples; i++)
		if (r->sample[flow][i].target_bps >= bps) return i / 10.0 - from_s;
	return 1e9;
}
