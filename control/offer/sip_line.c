#include "control/offer/sip_plan.h"
#include "control/offer/formats.h"
#include "mixer/output/ladder.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { AUDIO_KBPS_LEAST = 64, EVENT_HZ = 8000 };

/* ---- addresses */

enum address { NOWHERE, USABLE, NAME, FAMILY, MULTICAST };

static const struct ts_sdp_section *section_of(const struct ts_sip_plan *p, const struct ts_sdp_media *m)
{
	return m->s.address ? &m->s : &p->sdp->s;
}

static bool is_ours_ip6(const struct ts_sip_plan *p)
{
	return p->policy->local_address && strchr(p->policy->local_address, ':');
}

/* An IPv4 address written as ::ffff:192.0.2.1 or ::ffff:c000:201 is one of IPv4; hosts of both families write it so. */
static const char *plain_number(char out[INET6_ADDRSTRLEN], const char *address)
{
	struct in6_addr ip6;
	if (inet_pton(AF_INET6, address, &ip6) != 1 || !IN6_IS_ADDR_V4MAPPED(&ip6)) return address;
	return inet_ntop(AF_INET, ip6.s6_addr + 12, out, INET6_ADDRSTRLEN);
}

/* Numbers say themselves of which family they are, whatever c= says beside them. */
static enum address judge_number(const struct ts_sip_plan *p, const char *written)
{
	char plain[INET6_ADDRSTRLEN];
	const char *address = plain_number(plain, written);
	struct in_addr ip4;
	struct in6_addr ip6;
	bool any_family = !p->policy->local_address;
	if (inet_pton(AF_INET, address, &ip4) == 1) {
		if (!ip4.s_addr) return NOWHERE;
		if (IN_MULTICAST(ntohl(ip4.s_addr))) return MULTICAST;
		return any_family || !is_ours_ip6(p) ? USABLE : FAMILY;
	}
	if (inet_pton(AF_INET6, address, &ip6) != 1) return NAME;
	if (IN6_IS_ADDR_UNSPECIFIED(&ip6)) return NOWHERE;
	if (IN6_IS_ADDR_MULTICAST(&ip6)) return MULTICAST;
	return any_family || is_ours_ip6(p) ? USABLE : FAMILY;
}

static enum address judge_address(const struct ts_sip_plan *p, const struct ts_sdp_media *m)
{
	const struct ts_sdp_section *s = section_of(p, m);
	if (!s->address) return NOWHERE;
	return s->foreign ? FAMILY : judge_number(p, s->address);
}

/* Names are not looked up: a name server that takes its time would hold up the call, and no phone writes one. */
static const char *refuse_address(enum address address)
{
	switch (address) {
	case NAME: return "c= is no number";
	case FAMILY: return "c= is of an address family that is not there";
	case MULTICAST: return "c= is a multicast address";
	case NOWHERE:
	case USABLE: break;
	}
	return NULL;
}

static void set_text(char *out, size_t cap, const char *text)
{
	snprintf(out, cap, "%s", text ? text : "");
}

/* "40001 IN IP4 192.0.2.51" or "40001": RFC 3605. An address that we cannot send to says nothing. */
static void take_rtcp(const struct ts_sip_plan *p, struct ts_plain_config *plain, const struct ts_sdp_media *m)
{
	const struct ts_sdp_attr *a = ts_sdp_find(&m->s, "rtcp", NULL);
	struct ts_sdp_rtcp rtcp;
	char number[INET6_ADDRSTRLEN];
	plain->rtcp_port = 0;
	*plain->rtcp_address = '\0';
	if (!a || ts_sdp_rtcp_parse(&rtcp, a->value)) return;
	plain->rtcp_port = rtcp.port;
	if (*rtcp.address && judge_number(p, rtcp.address) == USABLE)
		set_text(plain->rtcp_address, sizeof(plain->rtcp_address), plain_number(number, rtcp.address));
}

static void take_address(const struct ts_sip_plan *p, const struct ts_sdp_media *m, struct ts_plain_config *plain)
{
	char number[INET6_ADDRSTRLEN];
	bool usable = judge_address(p, m) == USABLE;
	plain->off = false;
	set_text(plain->address, sizeof(plain->address), usable ? plain_number(number, section_of(p, m)->address) : "");
	plain->port = m->port;
	take_rtcp(p, plain, m);
}

/* ---- telephone-event and comfort noise: received where offered; neither do we send */

static int read_rtpmap(struct ts_sdp_rtpmap *out, const struct ts_sdp_media *m, int pt)
{
	for (const struct ts_sdp_attr *a = NULL; (a = ts_sdp_find(&m->s, "rtpmap", a));)
		if (!ts_sdp_rtpmap_parse(out, a->value) && out->pt == pt) return 0;
	return ts_sdp_rtpmap_static(out, (unsigned)pt);
}

/* Events should have the clock of the voice beside them (RFC 4733 2.5.1.2); telephones write 8000 beside Opus as well. */
static bool fits_voice(const struct ts_sip_media *media, const struct ts_sdp_rtpmap *map, bool event)
{
	if (event && map->clock_hz == EVENT_HZ) return true;
	for (size_t k = 0; k < media->formats.n_pt; k++)
		if (media->formats.pt[k].pt.clock_hz == map->clock_hz) return true;
	return false;
}

static bool has_other(const struct ts_sip_media *media, int pt)
{
	for (size_t i = 0; i < media->n_other; i++)
		if (media->other[i].pt == pt) return true;
	return false;
}

static void add_other(struct ts_sip_media *media, const struct ts_sdp_media *m)
{
	struct ts_sdp_rtpmap map;
	media->n_other = 0;
	for (size_t i = 0; i < m->n_format && media->n_other < TS_SIP_EVENTS_MAX; i++) {
		int pt = ts_sdp_format_pt(m->format[i]);
		if (pt < 0 || has_other(media, pt) || read_rtpmap(&map, m, pt)) continue;
		bool event = !strcasecmp(map.name, "telephone-event"), noise = !strcasecmp(map.name, "CN");
		if ((!event && !noise) || !fits_voice(media, &map, event)) continue;
		enum ts_codec codec = event ? TS_CODEC_DTMF : TS_CODEC_CN;
		media->other[media->n_other++] = (struct ts_pt){(uint8_t)pt, (uint8_t)codec, -1, map.clock_hz};
	}
}

/* As with codecs, the peer sends by the numbers of our offer, or by those of their answer. */
static void keep_offered(struct ts_sip_media *media, const struct ts_sip_media *offered)
{
	size_t n = media->n_other;
	for (size_t i = 0; i < offered->n_other && media->n_other < TS_SIP_EVENTS_MAX; i++) {
		const struct ts_pt *ours = &offered->other[i];
		bool agreed = false;
		for (size_t k = 0; k < n; k++) agreed |= media->other[k].codec == ours->codec;
		if (agreed && !has_other(media, ours->pt)) media->other[media->n_other++] = *ours;
	}
}

/* ---- one m-line */

static enum ts_sdp_dir our_direction(const struct ts_sip_plan *p, const struct ts_sdp_media *m)
{
	enum ts_sdp_dir dir = ts_sdp_dir_reverse(ts_sdp_direction(p->sdp, m));
	if (judge_address(p, m) == NOWHERE) dir &= ~TS_SDP_SENDONLY; /* hold as in RFC 2543 */
	return dir;
}

/* A line that says nothing of feedback (RTP/AVP) gets none, and INFO is used; a=rtcp-fb on RTP/AVP says that the peer takes it. */
static uint8_t feedback_of(const struct ts_sdp_media *m)
{
	bool avpf = !strcasecmp(m->proto, "RTP/AVPF") || !strcasecmp(m->proto, "RTP/SAVPF");
	return TS_FB_PLI | TS_FB_FIR | (avpf ? TS_FB_NACK : 0);
}

static void set_feedback(struct ts_media_config *cfg, const struct ts_answer_media *am)
{
	uint8_t all = 0xff;
	for (size_t i = 0; i < am->n_pt; i++) all &= am->pt[i].feedback;
	cfg->nack = all & TS_FB_NACK;
	cfg->pli = all & TS_FB_PLI;
	cfg->fir = all & TS_FB_FIR;
}

static bool receives(const struct ts_media_config *cfg, uint8_t pt)
{
	for (size_t i = 0; i < cfg->n_pt; i++)
		if (cfg->pt[i].pt == pt) return true;
	return false;
}

static void add_receive(struct ts_media_config *cfg, const struct ts_pt *pt)
{
	if (cfg->n_pt < TS_PT_MAX && ts_codec_info(pt->codec)->can_receive && !receives(cfg, pt->pt))
		cfg->pt[cfg->n_pt++] = *pt;
}

static bool has_codec(const struct ts_answer_media *am, uint8_t codec)
{
	for (size_t i = 0; i < am->n_pt; i++)
		if (am->pt[i].pt.codec == codec) return true;
	return false;
}

/* The peer sends by the numbers of our offer (RFC 3264 6.1); some send by those of their answer. */
static void set_receive(const struct ts_sip_plan *p, struct ts_media_config *cfg, const struct ts_sip_media *media)
{
	const struct ts_answer_media *am = &media->formats, *ours = &media->offered;
	cfg->n_pt = 0;
	if (!(am->dir & TS_SDP_RECVONLY)) return;
	for (size_t i = 0; p->answer && i < ours->n_pt; i++)
		if (has_codec(am, ours->pt[i].pt.codec)) add_receive(cfg, &ours->pt[i].pt);
	for (size_t i = 0; i < am->n_pt; i++) add_receive(cfg, &am->pt[i].pt);
	for (size_t i = 0; cfg->n_pt && i < media->n_other; i++) add_receive(cfg, &media->other[i]);
}

static void set_send(struct ts_sip_plan *p, struct ts_media_config *cfg, const struct ts_sip_media *media)
{
	const struct ts_answer_media *am = &media->formats;
	cfg->send = am->dir & TS_SDP_SENDONLY && am->send < am->n_pt;
	if (cfg->kind == TS_VIDEO) p->s->video_format = (struct ts_format){0};
	if (!cfg->send) return;
	const struct ts_answer_pt *ap = &am->pt[am->send];
	cfg->send_pt = ap->pt.pt;
	cfg->send_codec = ap->pt.codec;
	cfg->send_ssrc = media->ssrc;
	if (cfg->kind != TS_VIDEO) return;
	p->s->video_format = ap->format;
	p->s->packetization_mode = ap->pt.codec == TS_CODEC_H264 ? ap->format.packetization_mode : 0;
}

/* An answer is in the order of the peer's wishes: its first one is what it sends and what it is sent. */
static size_t choose_send(const struct ts_sip_plan *p, const struct ts_answer_media *am)
{
	if (!p->answer) return ts_offer_choose_send(am);
	for (size_t i = 0; i < am->n_pt; i++)
		if (ts_codec_info(am->pt[i].pt.codec)->can_send) return i;
	return am->n_pt;
}

/* No repair streams over plain RTP: only payload types of codecs. */
static void drop_rtx(struct ts_answer_media *am)
{
	size_t n = 0;
	for (size_t i = 0; i < am->n_pt; i++)
		if (am->pt[i].pt.apt < 0) am->pt[n++] = am->pt[i];
	am->n_pt = n;
}

static uint32_t bandwidth_kbps(const struct ts_sdp_section *s)
{
	return s->tias_bps ? ts_need_from_tias(s->tias_bps) : ts_need_from_as(s->as_kbps);
}

static void take_bandwidth(struct ts_sip_plan *p, const struct ts_sdp_media *m)
{
	uint32_t kbps = bandwidth_kbps(&m->s), whole = bandwidth_kbps(&p->sdp->s);
	if (!kbps && whole) kbps = whole > 2 * AUDIO_KBPS_LEAST ? whole - AUDIO_KBPS_LEAST : whole / 2;
	p->s->send_kbps = kbps;
}

static const char *read_line(struct ts_sip_plan *p, const struct ts_sdp_media *m, int kind, struct ts_srtp_keys *keys)
{
	struct ts_sip_media *media = &p->s->media[kind];
	struct ts_answer_media *am = &media->formats;
	bool video = kind == TS_SIP_VIDEO;
	const char *why = refuse_address(judge_address(p, m));
	if (why) return why;
	*am = (struct ts_answer_media){.dir = our_direction(p, m)};
	ts_offer_add_formats(am, m, video ? TS_VIDEO : TS_AUDIO, video ? feedback_of(m) : 0);
	drop_rtx(am);
	return am->n_pt ? ts_sip_choose_keys(p, m, media, keys) : "no codec in common";
}

const char *ts_sip_accept_line(struct ts_sip_plan *p, const struct ts_sdp_media *m, int kind)
{
	struct ts_sip_media *media = &p->s->media[kind], before = *media;
	struct ts_media_config *cfg = &p->s->transport.media[kind];
	struct ts_srtp_keys keys = cfg->plain.keys;
	struct ts_answer_media *am = &media->formats;
	const char *why = read_line(p, m, kind, &keys);
	if (why) {
		*media = before;
		return why;
	}
	am->send = choose_send(p, am);
	if (am->send == am->n_pt) am->dir &= ~TS_SDP_SENDONLY;
	/* an answer may only agree to what was offered (RFC 5761 5.1.1) */
	media->rtcp_mux = ts_sdp_has(&m->s, "rtcp-mux") && (!p->answer || media->rtcp_mux);
	media->rtcp_fb = true;
	cfg->kind = kind == TS_SIP_VIDEO ? TS_VIDEO : TS_AUDIO;
	cfg->plain.keys = keys;
	cfg->plain.rtcp_mux = media->rtcp_mux;
	take_address(p, m, &cfg->plain);
	if (kind == TS_SIP_AUDIO) add_other(media, m);
	if (kind == TS_SIP_AUDIO && p->answer) keep_offered(media, &before);
	set_feedback(cfg, am);
	set_receive(p, cfg, media);
	set_send(p, cfg, media);
	ts_offer_take_limits(cfg, m, am);
	if (kind == TS_SIP_AUDIO) return NULL;
	take_bandwidth(p, m);
	ts_offer_take_sets(&p->s->camera_sets, m, am);
	return NULL;
}

static bool is_plain_proto(const char *proto)
{
	return !strcasecmp(proto, "RTP/AVP") || !strcasecmp(proto, "RTP/AVPF");
}

const char *ts_sip_refuse_early(const struct ts_sdp_media *m)
{
	if (ts_sip_kind_of(m) < 0) return "neither audio nor video";
	if (!is_plain_proto(m->proto) && !ts_sip_is_secure(m->proto)) return "unknown transport protocol";
	if (!m->port) return "disabled by the peer";
	return NULL;
}
