#include "control/offer/engine.h"

/* How well a receiver of this format will take constrained baseline, which is a subset of all of
 * them (RFC 6184 8.1). */
static int h264_score(const struct ts_format *f)
{
	enum { BASELINE = 66, MAIN = 77, EXTENDED = 88, SET0 = 0x80, SET1 = 0x40 };
	uint8_t need = f->profile_idc == BASELINE ? SET1
		: f->profile_idc == MAIN          ? SET0
						  : SET0 | SET1;
	int profile = f->profile_idc == BASELINE ? 2 : f->profile_idc == MAIN ? 1 : 0;
	if (f->profile_idc <= EXTENDED && (f->profile_iop & need) == need) profile = 3;
	return f->packetization_mode * 4 + profile;
}

static size_t choose_send(const struct ts_stream *s)
{
	const struct ts_answer_media *am = s->am;
	size_t best = am->n_pt;
	for (size_t i = 0; i < am->n_pt; i++) {
		const struct ts_answer_pt *ap = &am->pt[i];
		if (ap->pt.apt >= 0 || !ts_codec_info(ap->pt.codec)->can_send) continue;
		if (best == am->n_pt) best = i;
		/* an answer is in the order of the peer's wishes: its first one is what it sends
		 * and what it is sent */
		if (s->offered || ap->pt.codec != am->pt[best].pt.codec ||
			ap->pt.codec != TS_CODEC_H264)
			continue;
		if (h264_score(&ap->format) > h264_score(&am->pt[best].format)) best = i;
	}
	return best;
}

/* Receivers act on the flags for the whole m-line: only what holds for each of its formats. */
static void set_feedback(struct ts_media_config *cfg, const struct ts_answer_media *am)
{
	uint8_t all = 0xff;
	for (size_t i = 0; i < am->n_pt; i++)
		if (am->pt[i].pt.apt < 0) all &= am->pt[i].feedback;
	cfg->nack = all & TS_FB_NACK;
	cfg->pli = all & TS_FB_PLI;
	cfg->fir = all & TS_FB_FIR;
	cfg->remb = all & TS_FB_REMB;
	cfg->twcc = all & TS_FB_TWCC;
	cfg->tmmbr = all & TS_FB_TMMBR;
}

static bool has_codec(const struct ts_answer_pt *list, size_t n, uint8_t codec)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].pt.codec == codec) return true;
	return false;
}

static bool can_receive_any(const struct ts_answer_media *am)
{
	for (size_t i = 0; i < am->n_pt; i++)
		if (ts_codec_info(am->pt[i].pt.codec)->can_receive) return true;
	return false;
}

void ts_stream_add_receive(struct ts_media_config *cfg, const struct ts_pt *pt)
{
	for (size_t i = 0; i < cfg->n_pt; i++)
		if (cfg->pt[i].pt == pt->pt) return;
	if (cfg->n_pt < TS_PT_MAX && ts_codec_info(pt->codec)->can_receive)
		cfg->pt[cfg->n_pt++] = *pt;
}

/* The peer sends by the numbers of our offer (RFC 3264 6.1); some send by those of their answer. */
static void keep_offered(struct ts_answer_media *am, const struct ts_answer_media *ours)
{
	size_t n = am->n_other;
	for (size_t i = 0; i < ours->n_other && am->n_other < TS_ANSWER_OTHER_MAX; i++) {
		const struct ts_answer_pt *ap = &ours->other[i];
		if (has_codec(am->other, n, ap->pt.codec) &&
			!ts_has_pt(am->other, am->n_other, ap->pt.pt))
			am->other[am->n_other++] = *ap;
	}
}

static void set_receive(const struct ts_stream *s)
{
	const struct ts_answer_media *am = s->am, *ours = s->offered;
	struct ts_media_config *cfg = s->cfg;
	cfg->n_pt = 0;
	if (!(am->dir & TS_SDP_RECVONLY)) return;
	for (size_t i = 0; ours && i < ours->n_pt; i++)
		if (has_codec(am->pt, am->n_pt, ours->pt[i].pt.codec))
			ts_stream_add_receive(cfg, &ours->pt[i].pt);
	for (size_t i = 0; i < am->n_pt; i++) ts_stream_add_receive(cfg, &am->pt[i].pt);
	for (size_t i = 0; cfg->n_pt && i < am->n_other; i++)
		ts_stream_add_receive(cfg, &am->other[i].pt);
}

static void set_send(struct ts_media_config *cfg, const struct ts_answer_media *am)
{
	const struct ts_answer_pt *ap = &am->pt[am->send];
	cfg->send = am->dir & TS_SDP_SENDONLY;
	if (!cfg->send) return;
	cfg->send_rtx_pt = cfg->send_red_pt = 0;
	cfg->send_pt = ap->pt.pt;
	cfg->send_codec = ap->pt.codec;
	const struct ts_pt *next = am->send + 1 < am->n_pt ? &ap[1].pt : NULL;
	if (!next || next->apt != ap->pt.pt) return;
	if (next->codec == TS_CODEC_RED)
		cfg->send_red_pt = next->pt;
	else
		cfg->send_rtx_pt = next->pt;
}

/* What the peer says about our packets. */
static void set_limits(const struct ts_stream *s)
{
	const struct ts_answer_media *am = s->am;
	s->cfg->ptime_ms = (uint16_t)ts_sdp_ptime_ms(&s->m->s, "ptime");
	s->cfg->maxptime_ms = (uint16_t)ts_sdp_ptime_ms(&s->m->s, "maxptime");
	const struct ts_format none = {.codec = TS_CODEC_NONE};
	const struct ts_format *said = am->send < am->n_pt ? &am->pt[am->send].format : &none;
	s->cfg->max_audio_bps = said->maxaveragebitrate;
	s->cfg->peer_fec = said->useinbandfec;
	s->cfg->peer_dtx = said->usedtx;
	s->cfg->peer_stereo = said->stereo;
}

void ts_stream_settle(const struct ts_stream *s)
{
	struct ts_answer_media *am = s->am;
	am->send = choose_send(s);
	if (am->send == am->n_pt) am->dir &= ~TS_SDP_SENDONLY;
	if (!can_receive_any(am)) am->dir &= ~TS_SDP_RECVONLY;
	if (s->offered) keep_offered(am, s->offered);
	s->cfg->kind = s->kind;
	set_feedback(s->cfg, am);
	set_receive(s);
	set_send(s->cfg, am);
	set_limits(s);
}
