#include "control/offer/engine.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { EVENT_HZ = 8000 };

/* What the attributes say about each payload type; the first word counts. */
struct formats {
	const char *rtpmap[128], *fmtp[128];
	uint8_t feedback[128];
};

const struct ts_feedback_kind ts_feedbacks[TS_FEEDBACKS] = {
	{TS_FB_REMB, "goog-remb", false},
	{TS_FB_TWCC, "transport-cc", false},
	{TS_FB_FIR, "ccm fir", false},
	{TS_FB_TMMBR, "ccm tmmbr", true}, /* smaxpr=120 */
	{TS_FB_NACK, "nack", false},
	{TS_FB_PLI, "nack pli", false},
};

static uint8_t feedback_bit(const char *text)
{
	for (size_t i = 0; i < TS_FEEDBACKS; i++) {
		const struct ts_feedback_kind *kind = &ts_feedbacks[i];
		size_t len = strlen(kind->text);
		if (strncasecmp(text, kind->text, len) != 0) continue;
		size_t blank = strspn(text + len, " \t");
		if (!text[len + blank] || (blank && kind->parameters)) return kind->bit;
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
		else if (rtpmap && pt >= 0 && !f->rtpmap[pt] &&
			!ts_sdp_rtpmap_parse(&map, a->value))
			f->rtpmap[pt] = a->value;
		else if (fmtp && pt >= 0 && !f->fmtp[pt])
			f->fmtp[pt] = rest;
	}
}

static int read_rtpmap(struct ts_sdp_rtpmap *out, const struct formats *f, int pt)
{
	return f->rtpmap[pt] ? ts_sdp_rtpmap_parse(out, f->rtpmap[pt])
			     : ts_sdp_rtpmap_static(out, (unsigned)pt);
}

/* With rtcp-mux 64..95 cannot be told from RTCP (RFC 5761 4). */
static int usable_pt(const struct ts_sdp_media *m, const char *format)
{
	int pt = ts_sdp_format_pt(format);
	return pt >= 64 && pt <= 95 && ts_sdp_has(&m->s, "rtcp-mux") ? -1 : pt;
}

bool ts_has_pt(const struct ts_answer_pt *list, size_t n, int pt)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].pt.pt == pt) return true;
	return false;
}

/* Can the codec be used in one of these directions (seen from us)? */
static bool serves(const struct ts_codec_info *info, enum ts_sdp_dir dir)
{
	return ((dir & TS_SDP_SENDONLY) && info->can_send) ||
		((dir & TS_SDP_RECVONLY) && info->can_receive);
}

/* RFC 4588: the payload type that repairs base's, right behind it. */
static void add_rtx(const struct ts_stream *s, const struct formats *f, struct ts_pt base)
{
	struct ts_answer_media *am = s->am;
	struct ts_sdp_rtpmap map;
	for (size_t i = 0; i < s->m->n_format && am->n_pt < TS_PT_MAX; i++) {
		int pt = usable_pt(s->m, s->m->format[i]);
		if (pt < 0 || !f->fmtp[pt] || ts_sdp_fmtp_number(f->fmtp[pt], "apt") != base.pt)
			continue;
		if (read_rtpmap(&map, f, pt) || strcasecmp(map.name, "rtx") ||
			map.clock_hz != base.clock_hz)
			continue;
		am->pt[am->n_pt++] = (struct ts_answer_pt){
			.pt = {(uint8_t)pt, base.codec, base.pt, base.clock_hz}};
		return;
	}
}

/* RFC 2198 5: does it name nothing but base as what its blocks are, "111/111"? */
static bool is_of(const char *fmtp, int base)
{
	const char *at = fmtp + strspn(fmtp, " \t");
	do {
		char *end;
		if (*at < '0' || *at > '9' || strtol(at, &end, 10) != base) return false;
		at = end;
	} while (*at == '/' && *++at);
	return !at[strspn(at, " \t")];
}

/* The payload type whose packets hold frames of base and earlier ones, right behind it. */
static void add_red(const struct ts_stream *s, const struct formats *f, struct ts_pt base)
{
	struct ts_answer_media *am = s->am;
	struct ts_sdp_rtpmap map;
	for (size_t i = 0; i < s->m->n_format && am->n_pt < TS_PT_MAX; i++) {
		int pt = usable_pt(s->m, s->m->format[i]);
		if (pt < 0 || !f->fmtp[pt] || !is_of(f->fmtp[pt], base.pt) ||
			read_rtpmap(&map, f, pt) ||
			ts_codec_find(map.name, map.clock_hz, map.channels) != TS_CODEC_RED)
			continue;
		am->pt[am->n_pt++] = (struct ts_answer_pt){
			.pt = {(uint8_t)pt, TS_CODEC_RED, base.pt, base.clock_hz},
			.said_hz = map.clock_hz,
			.said_channels = (uint8_t)map.channels};
		return;
	}
}

static void add_codecs(const struct ts_stream *s, const struct formats *f)
{
	struct ts_answer_media *am = s->am;
	bool seen[128] = {false};
	for (size_t i = 0; i < s->m->n_format && am->n_pt < TS_PT_MAX; i++) {
		struct ts_sdp_rtpmap map;
		int pt = usable_pt(s->m, s->m->format[i]);
		if (pt < 0 || seen[pt] || read_rtpmap(&map, f, pt)) continue;
		seen[pt] = true;
		enum ts_codec codec = ts_codec_find(map.name, map.clock_hz, map.channels);
		if (codec == TS_CODEC_NONE || ts_codec_media(codec) != s->kind) continue;
		const struct ts_codec_info *info = ts_codec_info(codec);
		struct ts_answer_pt *ap = &am->pt[am->n_pt];
		/* an inactive line is negotiated as if it were in use */
		if (codec == TS_CODEC_RED || ts_codec_is_other(info) || (info->is_old && !s->old) ||
			!serves(info, am->dir ? am->dir : TS_SDP_SENDRECV) ||
			info->parse_fmtp(&ap->format, f->fmtp[pt]))
			continue;
		ap->pt = (struct ts_pt){(uint8_t)pt, (uint8_t)codec, -1, info->clock_hz};
		ap->said_hz = map.clock_hz;
		ap->said_channels = (uint8_t)map.channels;
		ap->said_alias = info->sdp_alias && !strcasecmp(map.name, info->sdp_alias);
		ap->feedback = f->feedback[pt] & s->feedback;
		am->n_pt++;
		if (s->sets) ts_sprop_read(s->sets, codec, f->fmtp[pt]);
		if (s->rtx && ap->feedback & TS_FB_NACK) add_rtx(s, f, ap->pt);
		if (codec == TS_CODEC_OPUS && !s->no_red) add_red(s, f, ap->pt);
	}
}

/* What we can send as well comes before what we receive alone: the first format of an answer is
 * what the peer is asked for, and those are cheaper to decode. Else the peer's order stays. */
static void order_formats(struct ts_answer_media *am)
{
	struct ts_answer_pt all[TS_PT_MAX];
	const size_t n = am->n_pt;
	memcpy(all, am->pt, n * sizeof(*all));
	am->n_pt = 0;
	for (int sent = 1; sent >= 0; sent--)
		for (size_t i = 0; i < n; i++)
			if (ts_codec_info(all[i].pt.codec)->can_send == sent)
				am->pt[am->n_pt++] = all[i];
}

/* Of a clock that the registry does not know as well. */
static const struct ts_codec_info *find_other(const char *name)
{
	const struct ts_codec_info *info;
	for (size_t i = 0; (info = ts_codec_row(i)); i++)
		if (ts_codec_is_other(info) && !strcasecmp(info->sdp_name, name)) return info;
	return NULL;
}

/* Both should have the clock of the voice beside them (RFC 4733 2.5.1.2); telephones write 8000
 * for events beside Opus as well. */
static bool fits_voice(const struct ts_answer_media *am, enum ts_codec codec, uint32_t clock_hz)
{
	if (codec == TS_CODEC_DTMF && clock_hz == EVENT_HZ) return true;
	for (size_t i = 0; i < am->n_pt; i++)
		if (am->pt[i].pt.clock_hz == clock_hz) return true;
	return false;
}

static void add_others(const struct ts_stream *s, const struct formats *f)
{
	struct ts_answer_media *am = s->am;
	for (size_t i = 0; i < s->m->n_format && am->n_other < TS_ANSWER_OTHER_MAX; i++) {
		struct ts_sdp_rtpmap map;
		int pt = usable_pt(s->m, s->m->format[i]);
		if (pt < 0 || ts_has_pt(am->other, am->n_other, pt) || read_rtpmap(&map, f, pt))
			continue;
		const struct ts_codec_info *info = find_other(map.name);
		if (!info || !fits_voice(am, info->codec, map.clock_hz)) continue;
		am->other[am->n_other++] = (struct ts_answer_pt){
			.pt = {(uint8_t)pt, (uint8_t)info->codec, -1, map.clock_hz},
			.said_hz = map.clock_hz};
	}
}

const char *ts_stream_read(const struct ts_stream *s)
{
	struct formats f;
	if (s->sets) s->sets->len = 0;
	read_formats(&f, &s->m->s);
	add_codecs(s, &f);
	if (!s->am->n_pt) return "no codec in common";
	if (s->kind == TS_VIDEO) order_formats(s->am);
	if (s->others) add_others(s, &f);
	return NULL;
}
