/* The m=text line: real-time text (RFC 4103), beside the media and without the transport. */
#include "control/offer/sip_plan.h"
#include <string.h>
#include <strings.h>

enum { CLOCK_HZ = 1000, OFFER_T140 = 98, OFFER_RED = 97, OFFER_GENERATIONS = 2, OUR_CPS = 90 };

/* The number of t140 or red among the formats of the line; 0: there is none. */
static uint8_t find_pt(const struct ts_sdp_media *m, const char *name)
{
	for (size_t i = 0; i < m->n_format; i++) {
		const int pt = ts_sdp_format_pt(m->format[i]);
		for (const struct ts_sdp_attr *a = NULL; (a = ts_sdp_find(&m->s, "rtpmap", a));) {
			struct ts_sdp_rtpmap map;
			if (!ts_sdp_rtpmap_parse(&map, a->value) && map.pt == pt && pt > 0 &&
				map.clock_hz == CLOCK_HZ && !strcasecmp(map.name, name))
				return (uint8_t)pt;
		}
	}
	return 0;
}

static const char *fmtp_of(const struct ts_sdp_media *m, uint8_t pt)
{
	for (const struct ts_sdp_attr *a = NULL; (a = ts_sdp_find(&m->s, "fmtp", a));) {
		const char *rest;
		int of;
		if (!ts_sdp_pt_parse(&of, &rest, a->value) && of == pt) return rest;
	}
	return "";
}

/* "98/98/98": two that are repeated. 0: it makes no sense, or there are none. */
static uint8_t generations_of(const char *fmtp, uint8_t pt)
{
	uint8_t n = 0;
	for (const char *p = fmtp; *p;) {
		unsigned value = 0;
		const size_t digits = strspn(p, "0123456789");
		if (!digits || digits > 3) return 0;
		for (size_t i = 0; i < digits; i++) value = 10 * value + (unsigned)(p[i] - '0');
		if (value != pt) return 0;
		p += digits;
		if (*p == '/') {
			if (n < TS_T140_GENERATIONS) n++;
			p++;
		} else {
			return *p && *p != ' ' && *p != ';' ? 0 : n;
		}
	}
	return n;
}

/* As if there were no DTLS: a fingerprint may stand beside keys that fit (RFC 8643), or be that of
 * other lines. */
static const char *choose_keys(const struct ts_sip_plan *p, const struct ts_sdp_media *m,
	struct ts_sip_media *keys, struct ts_plain_config *plain)
{
	struct ts_sip_sdp_policy policy = *p->policy;
	struct ts_sip_plan without = *p;
	policy.fingerprint = NULL;
	without.policy = &policy;
	return ts_sip_choose_keys(&without, m, keys, plain);
}

const char *ts_sip_accept_text(struct ts_sip_plan *p, const struct ts_sdp_media *m)
{
	struct ts_sip_text *t = &p->s->text;
	struct ts_sip_media keys = {.srtp = t->srtp, .key = t->key, .second = t->second};
	struct ts_plain_config plain = {.keys = t->keys};
	char address[46];
	if (p->policy->text == TS_SIP_TEXT_OFF) return "text is off";
	if (!m->port) return "disabled by the peer";
	if (p->has_text) return "a second line of its kind";
	const int proto = ts_line_proto(m->proto);
	if (proto < 0 || !strncasecmp(m->proto, "TCP/", 4)) return "no RTP over UDP";
	if (proto & TS_PROTO_DTLS) return "text has its keys in the description alone";
	const uint8_t pt = find_pt(m, "t140"), red = find_pt(m, "red");
	if (!pt) return "no t140/1000";
	const char *why = ts_sip_read_connection(address, p, m);
	if (!why) why = choose_keys(p, m, &keys, &plain);
	if (why) return why;
	const int64_t cps = ts_sdp_fmtp_number(fmtp_of(m, pt), "cps");
	const uint8_t generations = red ? generations_of(fmtp_of(m, red), pt) : 0;
	const uint16_t local_port = t->local_port;
	*t = (struct ts_sip_text){.used = true,
		.format = {.pt = pt,
			.red_pt = generations ? red : 0,
			.generations = generations,
			.cps = cps < 1                  ? TS_T140_CPS
				: cps > TS_T140_CPS_MAX ? TS_T140_CPS_MAX
							: (uint16_t)cps},
		.dir = ts_sdp_dir_reverse(ts_sdp_direction(p->sdp, m)),
		.port = m->port,
		.local_port = local_port,
		.srtp = keys.srtp,
		.key = keys.key,
		.second = keys.second,
		.keys = plain.keys};
	if (!*address) t->dir &= ~TS_SDP_SENDONLY;
	memcpy(t->address, address, sizeof(address));
	p->has_text = true;
	return NULL;
}

void ts_sip_offer_text(struct ts_sip_session *s, const char *proto, bool srtp)
{
	if (s->n_lines == TS_SDP_MEDIA_MAX) return;
	struct ts_answer_line *line = &s->line[s->n_lines++];
	*line = (struct ts_answer_line){.kind = "text", .format = "98", .text = true};
	memcpy(line->proto, proto, strlen(proto) + 1);
	s->text = (struct ts_sip_text){.used = true,
		.format = {.pt = OFFER_T140,
			.red_pt = OFFER_RED,
			.generations = OFFER_GENERATIONS,
			.cps = TS_T140_CPS},
		.dir = TS_SDP_SENDRECV,
		.srtp = srtp};
	if (srtp)
		ts_sdes_make(&s->text.key,
			&(const struct ts_sdes){.tag = 1, .profile = TS_SRTP_AES128_CM_SHA1_80});
}

void ts_sip_write_text(
	struct ts_wr *w, const struct ts_sip_session *s, const struct ts_answer_line *line)
{
	const struct ts_sip_text *t = &s->text;
	const struct ts_t140_format *f = &t->format;
	char text[TS_SDES_TEXT_MAX];
	if (!t->local_port) {
		ts_write_m(w, line, 0, NULL);
		ts_write_mid(w, line);
		return;
	}
	if (f->red_pt)
		ts_sdp_line(
			w, 'm', "text %u %s %u %u", t->local_port, line->proto, f->red_pt, f->pt);
	else
		ts_sdp_line(w, 'm', "text %u %s %u", t->local_port, line->proto, f->pt);
	ts_write_mid(w, line);
	if (t->srtp) {
		ts_sdes_print(text, &t->key);
		ts_sdp_line(w, 'a', "crypto:%s", text);
	}
	ts_sdp_line(w, 'a', "rtpmap:%u t140/1000", f->pt);
	ts_sdp_line(w, 'a', "fmtp:%u cps=%u", f->pt, OUR_CPS);
	if (f->red_pt) {
		ts_sdp_line(w, 'a', "rtpmap:%u red/1000", f->red_pt);
		if (f->generations == 1)
			ts_sdp_line(w, 'a', "fmtp:%u %u/%u", f->red_pt, f->pt, f->pt);
		else if (f->generations == 2)
			ts_sdp_line(w, 'a', "fmtp:%u %u/%u/%u", f->red_pt, f->pt, f->pt, f->pt);
		else
			ts_sdp_line(w, 'a', "fmtp:%u %u/%u/%u/%u", f->red_pt, f->pt, f->pt, f->pt,
				f->pt);
	}
	ts_sdp_line(w, 'a', "%s", ts_sdp_dir_name(t->dir));
}
