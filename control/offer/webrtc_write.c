#include "base/address.h"
#include "base/error.h"
#include "base/text.h"
#include "control/offer/engine.h"
#include "control/offer/webrtc.h"
#include <string.h>

struct answer {
	struct ts_wr *w;
	const struct ts_negotiated *n;
	const struct ts_transport_local *local;
	const struct ts_answer_ids *ids;
	/* what m= and c= name: our first candidate, else 0.0.0.0 port 9 (RFC 8840 4.1.1) */
	char address[INET6_ADDRSTRLEN];
	uint16_t port;
};

static void find_where(struct answer *a)
{
	const struct ts_candidate *first = a->local->ice.candidate;
	if (a->local->ice.n_candidates && ts_address_text(a->address, &first->address)) {
		a->port = ts_address_port(&first->address);
		return;
	}
	strcpy(a->address, "0.0.0.0");
	a->port = 9;
}

static void write_session(struct answer *a)
{
	char text[TS_MEDIA_MAX * (TS_MID_MAX + 1) + 1];
	struct ts_text group = ts_text(text, sizeof(text));
	const struct ts_negotiated *n = a->n;
	ts_write_head(a->w, a->ids->session_id, a->ids->session_version, "127.0.0.1", "-");
	ts_sdp_line(a->w, 't', "0 0");
	if (a->local->ice.lite) ts_sdp_line(a->w, 'a', "ice-lite");
	if (!n->bundle) return;

	/* the tagged line first, then the others in order */
	for (size_t i = 0; i <= n->n_lines; i++) {
		const struct ts_answer_line *line = &n->line[i ? i - 1 : n->tag];
		if (line->refused || (i && i - 1 == n->tag)) continue;
		ts_text_append(&group, " %s", line->mid);
	}
	ts_sdp_line(a->w, 'a', "group:BUNDLE%s", text);
}

static void write_refused(struct answer *a, const struct ts_answer_line *line)
{
	ts_write_m(a->w, line, 0, NULL);
	ts_write_connection(a->w, "0.0.0.0");
	ts_write_mid(a->w, line);
	ts_sdp_line(a->w, 'a', "inactive");
}

static void write_transport(struct answer *a, bool tagged)
{
	ts_sdp_line(a->w, 'a', "ice-ufrag:%s", a->local->ice.ufrag);
	ts_sdp_line(a->w, 'a', "ice-pwd:%s", a->local->ice.pwd);
	if (a->n->trickle) ts_sdp_line(a->w, 'a', "ice-options:trickle");
	ts_sdp_line(a->w, 'a', "fingerprint:%s", a->ids->fingerprint);
	ts_sdp_line(a->w, 'a', "setup:%s",
		a->n->offering                                        ? "actpass"
			: a->n->transport.dtls_role == TS_DTLS_CLIENT ? "active"
								      : "passive");
	if (!tagged) return;
	for (size_t i = 0; i < a->local->ice.n_candidates; i++)
		ts_sdp_candidate_write(a->w, &a->local->ice.candidate[i]);
	ts_sdp_line(a->w, 'a', "end-of-candidates");
}

static void write_formats(struct answer *a, const struct ts_answer_media *am, bool slides)
{
	const struct ts_fmtp_wish wish = {
		.start_bitrate_kbps = a->n->start_bitrate_kbps,
		.max_picture_mb = a->n->max_picture_mb,
		.slides = slides,
		.mode = a->n->mode,
		.dtx = true, /* a browser that is silent then sends a tenth */
	};
	for (size_t i = 0; i < am->n_pt; i++) {
		ts_write_rtpmap(a->w, &am->pt[i]);
		ts_write_feedback(a->w, &am->pt[i]);
		ts_write_fmtp(a->w, &am->pt[i], &wish);
	}
	for (size_t i = 0; i < am->n_other; i++) {
		ts_write_rtpmap(a->w, &am->other[i]);
		ts_write_fmtp(a->w, &am->other[i], &wish);
	}
}

/* One stream, so that the browser plays audio and video of the mix in step; JSEP 5.3.1, RFC 8830,
 * 5576. */
static void write_sources(struct answer *a, const struct ts_media_config *cfg, const char *track)
{
	if (!cfg->send) return;
	ts_sdp_line(a->w, 'a', "msid:tessera %s", track);
	if (cfg->send_rtx_ssrc)
		ts_sdp_line(a->w, 'a', "ssrc-group:FID %u %u", cfg->send_ssrc, cfg->send_rtx_ssrc);
	const uint32_t ssrc[] = {cfg->send_ssrc, cfg->send_rtx_ssrc};
	for (int i = 0; i < 2 && ssrc[i]; i++) {
		ts_sdp_line(a->w, 'a', "ssrc:%u cname:%s", ssrc[i], a->n->transport.cname);
		ts_sdp_line(a->w, 'a', "ssrc:%u msid:tessera %s", ssrc[i], track);
	}
}

static void write_layers(
	struct answer *a, const struct ts_answer_media *am, const struct ts_media_config *cfg)
{
	char text[TS_LAYERS_MAX * (TS_RID_MAX + 1) + 1];
	struct ts_text list = ts_text(text, sizeof(text));
	for (size_t i = 0; i < cfg->n_layers; i++) {
		const size_t at = am->rid_order[i];
		const char *rid = cfg->layer[at].rid, *rest = am->rid_rest[at];
		ts_sdp_line(a->w, 'a', "rid:%s recv%s%s", rid, *rest ? " " : "", rest);
		ts_text_append(&list, "%s%s", i ? ";" : "", rid);
	}
	ts_sdp_line(a->w, 'a', "simulcast:recv %s", text);
}

static void write_accepted(struct answer *a, const struct ts_answer_line *line, bool tagged)
{
	const struct ts_answer_media *am = &a->n->media[line->media];
	ts_write_m(a->w, line, a->port, am);
	ts_write_connection(a->w, a->address);
	write_transport(a, tagged);
	ts_write_mid(a->w, line);
	for (size_t i = 0; i < am->n_ext; i++) {
		const struct ts_answer_ext *e = &am->ext[i];
		ts_sdp_line(a->w, 'a', "extmap:%u%s%s %s", e->id, e->has_dir ? "/" : "",
			e->has_dir ? ts_sdp_dir_name(e->dir) : "", e->uri);
	}
	ts_sdp_line(a->w, 'a', "%s", ts_sdp_dir_name(am->dir));
	ts_sdp_line(a->w, 'a', "rtcp-mux");
	if (am->rtcp_rsize) ts_sdp_line(a->w, 'a', "rtcp-rsize");
	write_formats(a, am, (int)line->media == a->n->slides_media);
	if (am->simulcast) write_layers(a, am, &a->n->transport.media[line->media]);
	write_sources(a, &a->n->transport.media[line->media], line->kind);
}

int ts_answer_write(struct ts_wr *w, const struct ts_negotiated *n,
	const struct ts_transport_local *local, const struct ts_answer_ids *ids)
{
	struct answer a = {.w = w, .n = n, .local = local, .ids = ids};
	find_where(&a);
	write_session(&a);
	for (size_t i = 0; i < n->n_lines; i++) {
		if (n->line[i].refused)
			write_refused(&a, &n->line[i]);
		else
			write_accepted(&a, &n->line[i], i == n->tag);
	}
	return w->bad ? TS_EFULL : 0;
}
