#include "control/offer/engine.h"
#include "mixer/output/ladder.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

int ts_offer_fail(const struct ts_offer_err *err, int code, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	vsnprintf(err->text, err->cap, fmt, args);
	va_end(args);
	return code;
}

int ts_line_proto(const char *proto)
{
	enum { DTLS = TS_PROTO_SECURE | TS_PROTO_DTLS };
	static const struct {
		const char *name;
		int is;
	} known[] = {
		{"RTP/AVP", 0},
		{"RTP/AVPF", TS_PROTO_FEEDBACK},
		{"RTP/SAVP", TS_PROTO_SECURE},
		{"RTP/SAVPF", TS_PROTO_SECURE | TS_PROTO_FEEDBACK},
		{"UDP/TLS/RTP/SAVP", DTLS},
		{"UDP/TLS/RTP/SAVPF", DTLS | TS_PROTO_FEEDBACK},
		{"TCP/DTLS/RTP/SAVP", DTLS},
		{"TCP/DTLS/RTP/SAVPF", DTLS | TS_PROTO_FEEDBACK},
	};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcasecmp(proto, known[i].name)) return known[i].is;
	return -1;
}

int ts_line_kind(const char *kind)
{
	return !strcasecmp(kind, "audio") ? TS_AUDIO : !strcasecmp(kind, "video") ? TS_VIDEO : -1;
}

void ts_line_describe(struct ts_answer_line *line, const struct ts_sdp_media *m)
{
	const struct ts_sdp_attr *mid = ts_sdp_find(&m->s, "mid", NULL);
	*line = (struct ts_answer_line){.offer_line = m->s.line};
	/* the parser bounds all three by TS_SDP_TOKEN_MAX */
	snprintf(line->kind, sizeof(line->kind), "%s", m->kind);
	snprintf(line->proto, sizeof(line->proto), "%s", m->proto);
	snprintf(line->format, sizeof(line->format), "%s", ts_sdp_first_format(m));
	if (mid && strlen(mid->value) <= TS_MID_MAX && ts_sdp_is_token(mid->value))
		snprintf(line->mid, sizeof(line->mid), "%s", mid->value);
}

const char *ts_line_refuse(const struct ts_sdp_media *m, int without)
{
	int proto = ts_line_proto(m->proto);
	if (ts_line_kind(m->kind) < 0) return "neither audio nor video";
	return proto < 0 || proto & without ? "unknown transport protocol" : NULL;
}

bool ts_line_is_slides(const struct ts_sdp_media *m)
{
	const struct ts_sdp_attr *a = ts_sdp_find(&m->s, "content", NULL);
	for (const char *s = a ? a->value : ""; *(s += strspn(s, ", \t")); s += strcspn(s, ","))
		/* the end counts too */
		if (!strncmp(s, "slides", 6) && strchr(", \t", s[6])) return true;
	return false;
}

/* RFC 8122 5. */
bool ts_line_fingerprint(const struct ts_sdp *sdp, const struct ts_sdp_media *m,
	struct ts_sdp_fingerprint *best, uint32_t *bad_line)
{
	const struct ts_sdp_section *s = ts_sdp_has(&m->s, "fingerprint") ? &m->s : &sdp->s;
	struct ts_sdp_fingerprint fp;
	*best = (struct ts_sdp_fingerprint){.hash = TS_SDP_HASH_UNKNOWN};
	*bad_line = 0;
	for (const struct ts_sdp_attr *a = NULL; (a = ts_sdp_find(s, "fingerprint", a));) {
		if (ts_sdp_fingerprint_parse(&fp, a->value))
			*bad_line = a->line;
		else if (fp.hash > best->hash)
			*best = fp;
	}
	return best->hash != TS_SDP_HASH_UNKNOWN;
}

uint32_t ts_line_kbps(const struct ts_sdp_section *s)
{
	return s->tias_bps ? ts_need_from_tias(s->tias_bps) : ts_need_from_as(s->as_kbps);
}
