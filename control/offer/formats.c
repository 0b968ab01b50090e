#include "control/offer/formats.h"
#include <strings.h>

/* What the attributes say about each payload type; the first word counts. */
struct formats {
	const char *rtpmap[128], *fmtp[128];
	uint8_t feedback[128];
};

static uint8_t feedback_bit(const char *text)
{
	static const struct {
		const char *text;
		uint8_t bit;
	} table[] = {
		{"nack", TS_FB_NACK},
		{"nack pli", TS_FB_PLI},
		{"ccm fir", TS_FB_FIR},
		{"goog-remb", TS_FB_REMB},
		{"transport-cc", TS_FB_TWCC},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t len = strlen(table[i].text);
		if (!strncasecmp(text, table[i].text, len) && !text[len + strspn(text + len, " \t")])
			return table[i].bit;
	}
	return 0;
}

static void read_formats(struct formats *f, const struct ts_sdp_section *s)
{
	memset(f, 0, sizeof(*f));
	for (size_t i = 0; i < s->n_attr; i++) {
		const struct ts_sdp_attr *a = &s->attr[i];
		bool rtpmap = !strcasecmp(a->name, "rtpmap"), fmtp = !strcasecmp(a->name, "fmtp"),
		     fb = !strcasecmp(a->name, "rtcp-fb");
		struct ts_sdp_rtpmap map;
		const char *rest;
		int pt;
		if ((!rtpmap && !fmtp && !fb) || ts_sdp_pt_parse(&pt, &rest, a->value)) continue;
		if (fb && pt < 0)
			for (pt = 0; pt < 128; pt++) f->feedback[pt] |= feedback_bit(rest);
		else if (fb)
			f->feedback[pt] |= feedback_bit(rest);
		else if (rtpmap && pt >= 0 && !f->rtpmap[pt] && !ts_sdp_rtpmap_parse(&map, a->value))
			f->rtpmap[pt] = a->value;
		else if (fmtp && pt >= 0 && !f->fmtp[pt])
			f->fmtp[pt] = rest;
	}
}

static int read_rtpmap(struct ts_sdp_rtpmap *out, const struct formats *f, int pt)
{
	return f->rtpmap[pt] ? ts_sdp_rtpmap_parse(out, f->rtpmap[pt]) : ts_sdp_rtpmap_static(out, (unsigned)pt);
}

/* With rtcp-mux 64..95 cannot be told from RTCP (RFC 5761 4). */
static int usable_pt(const struct ts_sdp_media *m, const char *format)
{
	int pt = ts_sdp_format_pt(format);
	return pt >= 64 && pt <= 95 && ts_sdp_has(&m->s, "rtcp-mux") ? -1 : pt;
}

/* Can the codec be used in one of these directions (seen from us)? */
static bool serves(const struct ts_codec_info *info, enum ts_sdp_dir dir)
{
	return ((dir & TS_SDP_SENDONLY) && info->can_send) || ((dir & TS_SDP_RECVONLY) && info->can_receive);
}

/* RFC 4588: the payload type that repairs base's, right behind it. */
static void add_rtx(
	struct ts_answer_media *am, const struct ts_sdp_media *m, const struct formats *f, struct ts_pt base)
{
	struct ts_sdp_rtpmap map;
	for (size_t i = 0; i < m->n_format && am->n_pt < TS_PT_MAX; i++) {
		int pt = usable_pt(m, m->format[i]);
		if (pt < 0 || !f->fmtp[pt] || ts_sdp_fmtp_number(f->fmtp[pt], "apt") != base.pt) continue;
		if (read_rtpmap(&map, f, pt) || strcasecmp(map.name, "rtx") || map.clock_hz != base.clock_hz) continue;
		am->pt[am->n_pt++].pt = (struct ts_pt){(uint8_t)pt, base.codec, base.pt, base.clock_hz};
		return;
	}
}

void ts_offer_add_formats(
	struct ts_answer_media *am, const struct ts_sdp_media *m, enum ts_media kind, uint8_t feedback)
{
	struct formats f;
	bool seen[128] = {false};
	read_formats(&f, &m->s);
	for (size_t i = 0; i < m->n_format && am->n_pt < TS_PT_MAX; i++) {
		struct ts_sdp_rtpmap map;
		int pt = usable_pt(m, m->format[i]);
		if (pt < 0 || seen[pt] || read_rtpmap(&map, &f, pt)) continue;
		seen[pt] = true;
		enum ts_codec codec = ts_codec_find(map.name, map.clock_hz, map.channels);
		if (codec == TS_CODEC_NONE || ts_codec_media(codec) != kind) continue;
		const struct ts_codec_info *info = ts_codec_info(codec);
		if (!info->audio && !info->rtp) continue; /* comfort noise and key presses are nothing by themselves */
		struct ts_answer_pt *ap = &am->pt[am->n_pt];
		/* an inactive line is negotiated as if it were in use */
		if (!serves(info, am->dir ? am->dir : TS_SDP_SENDRECV) || info->parse_fmtp(&ap->format, f.fmtp[pt]))
			continue;
		ap->pt = (struct ts_pt){(uint8_t)pt, (uint8_t)codec, -1, info->clock_hz};
		ap->said_hz = map.clock_hz;
		ap->said_channels = (uint8_t)map.channels;
		ap->feedback = f.feedback[pt] & feedback;
		am->n_pt++;
		if (ap->feedback & TS_FB_NACK) add_rtx(am, m, &f, ap->pt);
	}
}

/* How well a receiver of this format will take constrained baseline, which is a subset of all of them (RFC 6184 8.1). */
static int h264_score(const struct ts_format *f)
{
	enum { BASELINE = 66, MAIN = 77, EXTENDED = 88, SET0 = 0x80, SET1 = 0x40 };
	uint8_t need = f->profile_idc == BASELINE ? SET1 : f->profile_idc == MAIN ? SET0 : SET0 | SET1;
	int profile = f->profile_idc == BASELINE ? 2 : f->profile_idc == MAIN ? 1 : 0;
	if (f->profile_idc <= EXTENDED && (f->profile_iop & need) == need) profile = 3;
	return f->packetization_mode * 4 + profile;
}

size_t ts_offer_choose_send(const struct ts_answer_media *am)
{
	size_t best = am->n_pt;
	for (size_t i = 0; i < am->n_pt; i++) {
		const struct ts_answer_pt *ap = &am->pt[i];
		if (ap->pt.apt >= 0 || !ts_codec_info(ap->pt.codec)->can_send) continue;
		if (best == am->n_pt) best = i;
		if (ap->pt.codec != am->pt[best].pt.codec || ap->pt.codec != TS_CODEC_H264) continue;
		if (h264_score(&ap->format) > h264_score(&am->pt[best].format)) best = i;
	}
	return best;
}

void ts_offer_take_sets(struct ts_parameter_sets *out, const struct ts_sdp_media *m, const struct ts_answer_media *am)
{
	struct formats f;
	read_formats(&f, &m->s);
	out->len = 0;
	for (size_t i = 0; i < am->n_pt; i++) {
		const struct ts_pt *pt = &am->pt[i].pt;
		if (pt->codec == TS_CODEC_H264 && pt->apt < 0) ts_sprop_read(out, f.fmtp[pt->pt & 127]);
	}
}

void ts_offer_take_limits(struct ts_media_config *cfg, const struct ts_sdp_media *m, const struct ts_answer_media *am)
{
	cfg->ptime_ms = (uint16_t)ts_sdp_ptime_ms(&m->s, "ptime");
	cfg->maxptime_ms = (uint16_t)ts_sdp_ptime_ms(&m->s, "maxptime");
	cfg->max_audio_bps = am->send < am->n_pt ? am->pt[am->send].format.maxaveragebitrate : 0;
}

void ts_offer_write_rtpmap(struct ts_wr *w, const struct ts_answer_pt *ap)
{
	const struct ts_codec_info *info = ts_codec_info(ap->pt.codec);
	uint32_t hz = ap->said_hz ? ap->said_hz : info->clock_hz;
	unsigned channels = info->channels > 1 && ap->said_channels ? ap->said_channels : info->channels;
	if (info->channels > 1)
		ts_sdp_line(w, 'a', "rtpmap:%u %s/%u/%u", ap->pt.pt, info->sdp_name, hz, channels);
	else
		ts_sdp_line(w, 'a', "rtpmap:%u %s/%u", ap->pt.pt, info->sdp_name, hz);
}
