#include "control/offer/sip_plan.h"
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

enum { AUDIO_KBPS_LEAST = 64 };

/* ---- addresses */

static const char no_family[] = "c= is of an address family that is not there";

/* The address as a number; "": nowhere. Why it cannot be used, or NULL. Numbers say themselves of
 * which family they are, whatever stands beside them; ::ffff:192.0.2.1 and ::ffff:c000:201 are of
 * IPv4: hosts of both families write it so. Names are not looked up: a name server that takes its
 * time would hold up the call, and no phone writes one. */
static const char *read_address(
	char out[INET6_ADDRSTRLEN], const struct ts_sip_plan *p, const char *written)
{
	const char *ours = p->policy->local_address;
	struct in_addr ip4;
	struct in6_addr ip6;
	bool is_ip4 = inet_pton(AF_INET, written, &ip4) == 1;
	*out = '\0';
	if (!is_ip4 && inet_pton(AF_INET6, written, &ip6) != 1) return "c= is no number";
	if (!is_ip4 && IN6_IS_ADDR_V4MAPPED(&ip6)) {
		memcpy(&ip4, ip6.s6_addr + 12, sizeof(ip4));
		is_ip4 = true;
	}
	if (is_ip4 ? !ip4.s_addr : IN6_IS_ADDR_UNSPECIFIED(&ip6)) return NULL;
	if (is_ip4 ? IN_MULTICAST(ntohl(ip4.s_addr)) : IN6_IS_ADDR_MULTICAST(&ip6))
		return "c= is a multicast address";
	if (ours && is_ip4 == (strchr(ours, ':') != NULL)) return no_family;
	inet_ntop(is_ip4 ? AF_INET : AF_INET6, is_ip4 ? (const void *)&ip4 : &ip6, out,
		INET6_ADDRSTRLEN);
	return NULL;
}

const char *ts_sip_read_connection(
	char out[INET6_ADDRSTRLEN], const struct ts_sip_plan *p, const struct ts_sdp_media *m)
{
	const struct ts_sdp_section *s = m->s.address ? &m->s : &p->sdp->s;
	*out = '\0';
	if (!s->address) return NULL;
	return s->foreign ? no_family : read_address(out, p, s->address);
}

/* "40001 IN IP4 192.0.2.51" or "40001": RFC 3605. An address that we cannot send to says
 * nothing. */
static void read_rtcp(
	const struct ts_sip_plan *p, struct ts_plain_config *plain, const struct ts_sdp_media *m)
{
	const struct ts_sdp_attr *a = ts_sdp_find(&m->s, "rtcp", NULL);
	struct ts_sdp_rtcp rtcp;
	_Static_assert(sizeof(plain->rtcp_address) == INET6_ADDRSTRLEN, "holds every address");
	plain->rtcp_port = 0;
	*plain->rtcp_address = '\0';
	if (!a || ts_sdp_rtcp_parse(&rtcp, a->value)) return;
	plain->rtcp_port = rtcp.port;
	if (*rtcp.address) read_address(plain->rtcp_address, p, rtcp.address);
}

/* ---- one m-line */

/* A line that says nothing of feedback (RTP/AVP) gets none, and INFO is used; a=rtcp-fb on RTP/AVP
 * says that the peer takes it. */
static uint8_t feedback_of(const struct ts_sdp_media *m)
{
	return TS_FB_PLI | TS_FB_FIR | TS_FB_TMMBR |
		(ts_line_proto(m->proto) & TS_PROTO_FEEDBACK ? TS_FB_NACK : 0);
}

/* Of what the session may take in all, a third is for slides, where there are some. */
static uint32_t kbps_of(const struct ts_sip_plan *p, const struct ts_stream *s, int media)
{
	uint32_t kbps = ts_line_kbps(&s->m->s), whole = ts_line_kbps(&p->sdp->s);
	if (kbps || !whole) return kbps;
	kbps = whole > 2 * AUDIO_KBPS_LEAST ? whole - AUDIO_KBPS_LEAST : whole / 2;
	if (media == TS_SIP_SLIDES) return kbps / 3 + 1;
	for (size_t i = 0; p->policy->content && i < p->sdp->n_media; i++) {
		const struct ts_sdp_media *m = &p->sdp->media[i];
		if (m != s->m && m->port && ts_sdp_is(m, "video") && ts_sip_is_content(p->sdp, m))
			return kbps - kbps / 3;
	}
	return kbps;
}

static void read_video(struct ts_sip_plan *p, const struct ts_stream *s, int media)
{
	const struct ts_format none = {0};
	const bool slides = media == TS_SIP_SLIDES;
	const struct ts_format *format = s->cfg->send ? &s->am->pt[s->am->send].format : &none;
	*(slides ? &p->s->slides_format : &p->s->video_format) = *format;
	if (s->cfg->send)
		*(slides ? &p->s->slides_packetization_mode
			 : &p->s->packetization_mode) = format->packetization_mode;
	*(slides ? &p->s->slides_kbps : &p->s->send_kbps) = kbps_of(p, s, media);
}

static const char *read_line(struct ts_sip_plan *p, const struct ts_sdp_media *m, int kind)
{
	struct ts_sip_media *media = &p->s->media[kind], before = *media;
	struct ts_media_config *cfg = &p->s->transport.media[kind];
	struct ts_parameter_sets *theirs = kind == TS_SIP_SLIDES ? &p->s->slides_sets
								 : &p->s->camera_sets;
	struct ts_parameter_sets sets = *theirs;
	struct ts_plain_config plain = cfg->plain;
	/* no RTX */
	struct ts_stream s = {
		.m = m, .kind = ts_sip_media_kind(kind), .am = &media->formats, .cfg = cfg};
	char address[INET6_ADDRSTRLEN];
	const char *why = ts_sip_read_connection(address, p, m);
	if (why) return why;
	s.offered = p->answer ? &media->offered : NULL;
	s.old = kind != TS_SIP_SLIDES;
	s.others = kind == TS_SIP_AUDIO;
	if (kind != TS_SIP_AUDIO) s.feedback = feedback_of(m);
	if (kind != TS_SIP_AUDIO) s.sets = &sets;
	media->formats = (struct ts_answer_media){
		.dir = ts_sdp_dir_reverse(ts_sdp_direction(p->sdp, m))};
	if (!*address) media->formats.dir &= ~TS_SDP_SENDONLY; /* hold as in RFC 2543 */
	why = ts_stream_read(&s);
	if (!why) why = ts_sip_choose_keys(p, m, media, &plain);
	if (why) {
		*media = before;
		return why;
	}
	*theirs = sets;
	cfg->plain = plain;
	ts_stream_settle(&s);
	if (cfg->send) cfg->send_ssrc = media->ssrc;
	if (kind != TS_SIP_AUDIO) read_video(p, &s, kind);
	ts_sip_read_label(media, m);
	/* an answer may only agree to what was offered (RFC 5761 5.1.1) */
	media->rtcp_mux = ts_sdp_has(&m->s, "rtcp-mux") && (!p->answer || media->rtcp_mux);
	media->ice_mismatch = !p->answer && ts_sip_web_mismatch(p->sdp, m);
	cfg->plain.rtcp_mux = media->rtcp_mux;
	cfg->plain.off = false;
	media->offering = false;
	cfg->plain.port = m->port;
	memcpy(cfg->plain.address, address, sizeof(address));
	read_rtcp(p, &cfg->plain, m);
	return NULL;
}

const char *ts_sip_accept_line(struct ts_sip_plan *p, const struct ts_sdp_media *m, int kind)
{
	const char *why = ts_line_refuse(m, 0);
	if (!why && !strncasecmp(m->proto, "TCP/", 4)) why = "media over TCP";
	if (!why && !m->port) why = "disabled by the peer";
	if (!why && p->taken[kind]) why = "a second line of its kind";
	if (!why) why = read_line(p, m, kind);
	if (!why) p->taken[kind] = true;
	return why;
}
