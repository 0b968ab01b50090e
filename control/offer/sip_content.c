/* What rooms present by SIP: which line of video it is, and the line of BFCP. */
#include "base/bytes.h"
#include "control/offer/sip_plan.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION_OLD = 1, VERSION_NOW = 2 };

/* ---- labels (RFC 4574), which a=floorid names */

static bool is_label(const char *text)
{
	return *text && strlen(text) <= TS_SIP_LABEL_MAX && ts_sdp_is_token(text);
}

void ts_sip_read_label(struct ts_sip_media *media, const struct ts_sdp_media *m)
{
	const struct ts_sdp_attr *a = ts_sdp_find(&m->s, "label", NULL);
	if (a && is_label(a->value)) snprintf(media->label, sizeof media->label, "%s", a->value);
}

static const char *label_of(const struct ts_sip_session *s, int media)
{
	static const char *const ours[TS_SIP_MEDIA] = {"10", "11", "12"};
	const char *label = s->media[media].label;
	/* two of one name tell nothing apart */
	if (media == TS_SIP_SLIDES && !strcmp(label, s->media[TS_SIP_VIDEO].label)) return "12";
	return *label ? label : ours[media];
}

/* ---- a=floorid:2 mstrm:12 (RFC 8856 5.3; "m-stream:" by the grammar of RFC 4583) */

struct floor_id {
	unsigned id; /* 0: none is there, or nonsense */
	bool old_stream;
	const char *labels; /* behind the colon, separated by blanks; "" */
};

static struct floor_id read_floor_id(const struct ts_sdp_media *m)
{
	const struct ts_sdp_attr *a = ts_sdp_find(&m->s, "floorid", NULL);
	struct floor_id out = {.labels = ""};
	char *end;
	if (!a) return out;
	const unsigned long id = strtoul(a->value, &end, 10);
	out.id = id <= UINT16_MAX ? (unsigned)id : 0;
	end += strspn(end, " \t");
	out.old_stream = !strncasecmp(end, "m-stream:", 9);
	if (out.old_stream || !strncasecmp(end, "mstrm:", 6)) out.labels = strchr(end, ':') + 1;
	return out;
}

static bool has_word(const char *words, const char *word)
{
	const size_t len = strlen(word);
	for (; *(words += strspn(words, " \t")); words += strcspn(words, " \t"))
		if (!strncmp(words, word, len) && strchr(" \t", words[len])) return true;
	return false;
}

static bool is_named_by_bfcp(const struct ts_sdp *sdp, const char *label)
{
	for (size_t i = 0; i < sdp->n_media; i++) {
		const struct ts_sdp_media *m = &sdp->media[i];
		if (m->port && ts_sip_is_bfcp(m->proto) && has_word(read_floor_id(m).labels, label))
			return true;
	}
	return false;
}

/* A line that says what it is needs no label; of the others the first one of video is the camera,
 * whatever label it has. */
bool ts_sip_is_content(const struct ts_sdp *sdp, const struct ts_sdp_media *m)
{
	const struct ts_sdp_attr *label = ts_sdp_find(&m->s, "label", NULL);
	if (ts_sdp_has(&m->s, "content")) return ts_line_is_slides(m);
	if (!label || !is_label(label->value)) return false;
	for (size_t i = 0; i < sdp->n_media; i++) {
		if (!ts_sdp_is(&sdp->media[i], "video")) continue;
		return m != &sdp->media[i] && is_named_by_bfcp(sdp, label->value);
	}
	return false;
}

/* ---- the line of BFCP (RFC 8856, 4583) */

bool ts_sip_is_bfcp(const char *proto)
{
	const size_t len = strlen(proto);
	return len >= 5 && !strcasecmp(proto + len - 5, "/BFCP");
}

/* The peer must be a client: it says so, or nothing. */
static bool is_client(const struct ts_sdp_media *m)
{
	const struct ts_sdp_attr *a = ts_sdp_find(&m->s, "floorctrl", NULL);
	return !a || has_word(a->value, "c-only") || has_word(a->value, "c-s");
}

static const char *refuse_connection(const struct ts_sdp_media *m)
{
	const struct ts_sdp_attr *a = ts_sdp_find(&m->s, "setup", NULL);
	enum ts_sdp_setup setup = TS_SDP_ACTIVE;
	if (a && ts_sdp_setup_parse(&setup, a->value)) return "a=setup makes no sense";
	return setup == TS_SDP_ACTIVE || setup == TS_SDP_ACTPASS
		? NULL
		: "the peer does not open the connection";
}

/* The best that is common; 0: nothing was said. */
static uint8_t read_versions(const struct ts_sdp_media *m)
{
	const struct ts_sdp_attr *a = ts_sdp_find(&m->s, "bfcpver", NULL);
	return !a ? 0 : has_word(a->value, "2") ? VERSION_NOW : VERSION_OLD;
}

const char *ts_sip_accept_bfcp(struct ts_sip_plan *p, const struct ts_sdp_media *m)
{
	const struct ts_sdp_attr *connection = ts_sdp_find(&m->s, "connection", NULL);
	const bool tls = !strcasecmp(m->proto, "TCP/TLS/BFCP");
	const bool tcp = tls || !strcasecmp(m->proto, "TCP/BFCP");
	const char *own = p->policy->bfcp_fingerprint;
	struct ts_sdp_fingerprint theirs = {.text = ""};
	uint32_t bad_line;
	const struct floor_id floor = read_floor_id(m);
	struct ts_sip_bfcp *b = &p->s->bfcp, was = *b;
	char address[INET6_ADDRSTRLEN];
	if (!p->policy->content) return "content is off";
	if (!m->port) return "disabled by the peer";
	if (p->has_bfcp) return "a second line of its kind";
	if (!tcp && strcasecmp(m->proto, "UDP/BFCP") != 0) return "BFCP over DTLS";
	if (tls && (!own || !*own)) return "BFCP over TLS";
	if (tls && !ts_line_fingerprint(p->sdp, m, &theirs, &bad_line))
		return "no a=fingerprint of a known hash";
	if (!is_client(m)) return "the peer is no client of BFCP";
	const char *why = tcp && !p->answer ? refuse_connection(m) : NULL;
	if (!why) why = ts_sip_read_connection(address, p, m);
	if (why) return why;
	*b = (struct ts_sip_bfcp){.used = true,
		.reliable = tcp,
		.existing = tcp && connection && !strcasecmp(connection->value, "existing"),
		.said_setup = ts_sdp_has(&m->s, "setup"),
		.said_versions = ts_sdp_has(&m->s, "bfcpver"),
		.old_stream = floor.old_stream,
		.version = read_versions(m),
		.port = m->port,
		/* for the whole call: the peer was told */
		.floor_id = was.floor_id ? was.floor_id
			: floor.id       ? (uint16_t)floor.id
					 : 1,
		.conference = was.conference,
		.user = was.user,
		.local_port = was.reliable == tcp ? was.local_port : 0};
	memcpy(b->fingerprint, theirs.text, sizeof b->fingerprint);
	memcpy(b->address, address, sizeof address);
	p->has_bfcp = true;
	return NULL;
}

/* ---- written */

void ts_sip_write_bfcp(struct ts_wr *w, const struct ts_sip_session *s,
	const struct ts_answer_line *line, const char *fingerprint)
{
	const struct ts_sip_bfcp *b = &s->bfcp;
	ts_sdp_line(w, 'm', "application %u %s *", b->local_port, line->proto);
	ts_write_mid(w, line);
	if (!b->local_port) return;
	ts_sdp_line(w, 'a', "floorctrl:s-only");
	/* rooms of before RFC 8856 have these two over UDP as well */
	if (b->reliable || b->said_setup) {
		ts_sdp_line(w, 'a', "setup:passive");
		ts_sdp_line(w, 'a', "connection:%s", b->existing ? "existing" : "new");
	}
	if (*b->fingerprint) ts_sdp_line(w, 'a', "fingerprint:%s", fingerprint);
	ts_sdp_line(w, 'a', "confid:%u", b->conference);
	ts_sdp_line(w, 'a', "userid:%u", b->user);
	if (s->slides_media >= 0)
		ts_sdp_line(w, 'a', "floorid:%u %s:%s", b->floor_id,
			b->old_stream ? "m-stream" : "mstrm", label_of(s, TS_SIP_SLIDES));
	else
		ts_sdp_line(w, 'a', "floorid:%u", b->floor_id);
	if (b->said_versions) ts_sdp_line(w, 'a', "bfcpver:%s", b->reliable ? "1" : "2 1");
}

void ts_sip_write_content(struct ts_wr *w, const struct ts_sip_session *s, int media)
{
	if (s->slides_media < 0 || media == TS_SIP_AUDIO) return;
	ts_sdp_line(w, 'a', "content:%s", media == TS_SIP_SLIDES ? "slides" : "main");
	ts_sdp_line(w, 'a', "label:%s", label_of(s, media));
}
