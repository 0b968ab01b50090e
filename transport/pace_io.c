/* What a path sends on its way out: in whose turn, by which transport-wide number, and recorded. */
#include "base/counter.h"
#include "base/error.h"
#include "base/histogram.h"
#include "transport/path.h"
#include <stdlib.h>

/* A pacer that waits for a keyframe asks again: the first request may have been one too many. */
#define KEYFRAME_GAP_NS (500 * TS_NS_PER_MS)
#define START_BPS 3000000             /* what rooms send at first */
#define BEGIN_NS (400 * TS_NS_PER_MS) /* a long round trip, and the peer's time to tell of it */
/* Of what is wanted: with less a smaller step is taken (mixer/scene/tier.h). */
#define BEGIN_PERCENT 55
#define MIN_BPS 60000
#define MAX_BPS 50000000

int ts_path_pace_init(struct ts_transport *t, const struct ts_media_config *config)
{
	const struct ts_estimate_config estimate = {
		.start_bps = START_BPS, .min_bps = MIN_BPS, .max_bps = MAX_BPS};
	if (!config->send_twcc || t->sent) return 0;
	t->sent = calloc(1, sizeof(*t->sent));
	if (!t->sent) return TS_ENOMEM;
	ts_sent_init(t->sent);
	int err = ts_estimate_create(&t->estimate, &estimate);
	if (err) ts_path_pace_fini(t);
	return err;
}

void ts_path_pace_fini(struct ts_transport *t)
{
	ts_pacer_fini(&t->pacer);
	if (t->estimate) ts_estimate_destroy(&t->estimate);
	free(t->sent);
	t->sent = NULL;
}

/* ---- each packet */

void ts_path_pace_number(struct ts_transport *t, uint8_t *at)
{
	uint16_t number = t->sent ? ts_sent_number(t->sent) : 0;
	at[0] = (uint8_t)(number >> 8);
	at[1] = (uint8_t)number;
}

void ts_path_pace_sent(struct ts_transport *t, size_t bytes, bool numbered, int64_t now_ns)
{
	t->network.bytes += bytes;
	if (numbered && t->sent) {
		ts_sent_add(t->sent, (uint32_t)bytes, t->pacer.probe.cluster, now_ns);
		/* of nothing else there is feedback, and to send without any means silence */
		ts_estimate_sent(t->estimate, (uint32_t)bytes, now_ns);
	}
	ts_pacer_spent(&t->pacer, (uint32_t)bytes, now_ns);
}

/* ---- turns */

/* Its peer takes RTX, tells what came, and has been sent something there, which behind ICE need
 * not be; and that is wanted. */
static size_t find_padded(const struct ts_transport *t, int64_t now_ns)
{
	for (size_t i = 0; i < t->config.n_media; i++) {
		const struct ts_path_media *m = &t->media[i];
		const struct ts_media_config *c = m->config;
		if (m->send && (m->sent || t->ice) && c->send && c->send_twcc && c->send_rtx_pt &&
			c->send_rtx_ssrc && ts_path_may_send_rtp(m->lane, now_ns))
			return i;
	}
	return TS_MEDIA_MAX;
}

bool ts_path_pace_can_pad(const struct ts_transport *t, int64_t now_ns)
{
	return find_padded(t, now_ns) < TS_MEDIA_MAX;
}

static bool send_padding(struct ts_transport *t, int64_t now_ns)
{
	size_t media = find_padded(t, now_ns);
	uint64_t before = t->network.bytes;
	if (media == TS_MEDIA_MAX) return false;
	struct ts_path_media *m = &t->media[media];
	ts_rtp_send_padding(m->send, &m->lane->wire, now_ns);
	ts_count_add(TS_C_PADDING_BYTES, (int64_t)(t->network.bytes - before));
	return t->network.bytes > before;
}

static void take_turn(struct ts_transport *t, struct ts_pacer_turn *turn, int64_t now_ns)
{
	if (turn->kind == TS_PACER_PADDING) {
		if (!send_padding(t, now_ns)) ts_pacer_end_probe(&t->pacer);
		return;
	}
	struct ts_path_media *m = &t->media[turn->media];
	bool may = m->send && m->config->send && ts_path_may_send_rtp(m->lane, now_ns);
	if (turn->kind == TS_PACER_REPAIR) {
		if (may) ts_rtp_send_again(m->send, turn->seq, &m->lane->wire, now_ns);
		return;
	}
	if (may) {
		ts_rtp_send_part(m->send, turn->au, turn->from, turn->n, &m->lane->wire, now_ns);
		if (turn->from + turn->n == turn->au->n) {
			ts_observe(TS_STAGE_PACER, now_ns - turn->queued_ns);
			ts_observe(TS_STAGE_OUT, now_ns - turn->au->capture_ns);
		}
	} else { /* the rest of it is worth nothing; what comes next begins with a keyframe */
		ts_pacer_forget(&t->pacer, turn->media);
		m->withheld = true;
	}
	ts_au_unref(&turn->au);
}

/* Bounded by what the pacer holds, and a probe by its bytes. */
void ts_path_pace_run(struct ts_transport *t, int64_t now_ns)
{
	struct ts_pacer_turn turn;
	if (t->state != TS_TR_CONNECTED || t->ended) return;
	while (ts_pacer_next(&t->pacer, &turn, now_ns)) take_turn(t, &turn, now_ns);
}

/* ---- what wants to go out */

static void need_keyframe(struct ts_path_media *m, int64_t now_ns)
{
	struct ts_transport *t = m->transport;
	if (now_ns - m->pacer_keyframe_ns < KEYFRAME_GAP_NS) return;
	m->pacer_keyframe_ns = now_ns;
	t->events.needs_keyframe(t->arg, m->sender.media);
}

void ts_path_pace_begin(struct ts_transport *t, int64_t now_ns)
{
	struct ts_probe probe;
	const uint32_t wanted = atomic_load_explicit(&t->wanted_bps, memory_order_relaxed);
	if (!t->estimate || !ts_path_pace_can_pad(t, now_ns)) return;
	if (!ts_estimate_probe(t->estimate, &probe, wanted, now_ns)) return;
	if (!ts_pacer_probe(&t->pacer, probe.cluster, probe.bps, probe.bytes, now_ns)) return;
	ts_pacer_hold(&t->pacer, now_ns + BEGIN_NS);
	ts_count(TS_C_PROBES);
}

/* Pictures of a step that is now left for a smaller one would only be in its way. */
void ts_path_pace_begun(struct ts_transport *t, uint32_t bps, int64_t now_ns)
{
	const uint32_t wanted = atomic_load_explicit(&t->wanted_bps, memory_order_relaxed);
	ts_pacer_release(&t->pacer);
	if (bps / BEGIN_PERCENT >= wanted / 100) return;
	ts_count_add(TS_C_DROP_PACED, ts_pacer_drop(&t->pacer));
	for (size_t i = 0; i < t->config.n_media; i++)
		if (ts_pacer_needs_keyframe(&t->pacer, i)) need_keyframe(&t->media[i], now_ns);
}

void ts_path_pace_unit(struct ts_path_media *m, struct ts_au *au, int64_t now_ns)
{
	struct ts_transport *t = m->transport;
	if (m->config->kind == TS_AUDIO || !ts_pacer_paces(&t->pacer)) {
		ts_rtp_send_au(m->send, au, &m->lane->wire, now_ns);
		ts_observe(TS_STAGE_OUT, now_ns - au->capture_ns);
		return;
	}
	uint32_t dropped = ts_pacer_push(&t->pacer, m->sender.media, au, now_ns);
	if (dropped) ts_count_add(TS_C_DROP_PACED, dropped);
	if (dropped && ts_pacer_needs_keyframe(&t->pacer, m->sender.media))
		need_keyframe(m, now_ns);
	ts_path_pace_run(t, now_ns);
}

void ts_path_pace_nack(struct ts_path_media *m, uint16_t pid, uint16_t blp, int64_t now_ns)
{
	struct ts_transport *t = m->transport;
	if (m->config->kind == TS_AUDIO || !ts_pacer_paces(&t->pacer)) {
		ts_rtp_send_nack(m->send, pid, blp, &m->lane->wire, now_ns);
		return;
	}
	ts_count_add(TS_C_NACKS_GOT, 1 + __builtin_popcount(blp));
	ts_pacer_push_repair(&t->pacer, m->sender.media, pid);
	for (unsigned bit = 0; bit < 16; bit++)
		if (blp >> bit & 1)
			ts_pacer_push_repair(&t->pacer, m->sender.media, (uint16_t)(pid + 1 + bit));
	ts_path_pace_run(t, now_ns);
}
