/* Browsers over SIP: an offer with ICE and DTLS for one path is answered by WebRTC's own engine
 * (webrtc.h), and what that decides is put where a SIP call has it: audio in transport.media[0],
 * video in [1], slides in [2], for the whole call.
 *
 * Source  RFC 8839 5.4 (ice-mismatch), 8842 5.5 (when DTLS begins anew), 8843, 5763.
 */
#include "base/address.h"
#include "base/error.h"
#include "control/offer/ids.h"
#include "control/offer/sip_plan.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { DISCARD_PORT = 9 };

/* ---- is it one? */

static bool is_usable(const struct ts_sdp_media *m)
{
	const int proto = ts_line_proto(m->proto);
	return ts_line_kind(m->kind) >= 0 && proto >= 0 && proto & TS_PROTO_DTLS;
}

/* All that is offered goes by one path. */
static bool is_bundled(const struct ts_sdp *offer)
{
	size_t n = 0, grouped = 0;
	for (size_t i = 0; i < offer->n_media; i++) {
		const struct ts_sdp_media *m = &offer->media[i];
		const struct ts_sdp_attr *mid = ts_sdp_find(&m->s, "mid", NULL);
		const struct ts_sdp_attr *group = ts_sdp_bundle(offer, NULL);
		if (!is_usable(m) || (!m->port && !ts_sdp_has(&m->s, "bundle-only"))) continue;
		n++;
		grouped += mid && group && ts_sdp_group_has(group->value, mid->value);
	}
	return n == 1 || (n && n == grouped);
}

/* RFC 8839 4.2.5: the address that the line names is none of its candidates, so somebody between
 * has changed one of them. Port 9 names nothing: the candidates are yet to come. */
bool ts_sip_web_mismatch(const struct ts_sdp *sdp, const struct ts_sdp_media *m)
{
	const char *address = m->s.address ? m->s.address : sdp->s.address;
	struct sockaddr_storage named;
	struct ts_ice_description *d = calloc(1, sizeof(*d));
	bool any = false, same = false;
	if (!d) return false;
	d->n_candidates = ts_sdp_candidates_read(d->candidate, 0, TS_CAND_MAX, &m->s);
	if (m->port != DISCARD_PORT && m->port && address &&
		ts_address_parse(&named, address, m->port) &&
		ts_address_kind(&named) != TS_ADDRESS_NOBODY) {
		for (size_t i = 0; i < d->n_candidates; i++) {
			any = true;
			same |= ts_address_same(&named, &d->candidate[i].address);
		}
	}
	free(d);
	return any && !same;
}

bool ts_sip_web_is(const struct ts_sdp *offer)
{
	for (size_t i = 0; i < offer->n_media; i++) {
		const struct ts_sdp_media *m = &offer->media[i];
		if (!is_usable(m) || !m->port || !ts_sdp_has(&m->s, "rtcp-mux") ||
			!ts_sdp_find_either(offer, m, "ice-ufrag") ||
			!ts_sdp_find_either(offer, m, "fingerprint"))
			continue;
		return is_bundled(offer) && !ts_sip_web_mismatch(offer, m);
	}
	return false;
}

/* ---- where a call has it */

static void clear_slot(struct ts_negotiated *n, size_t slot)
{
	n->media[slot] = (struct ts_answer_media){.dir = TS_SDP_INACTIVE};
	n->transport.media[slot] = (struct ts_media_config){
		.kind = slot == TS_SIP_AUDIO ? TS_AUDIO : TS_VIDEO};
}

static int put_in_slots(struct ts_negotiated *n, size_t least)
{
	struct ts_negotiated *from = malloc(sizeof(*from));
	size_t n_media = n->slides_media >= 0 ? TS_SIP_MEDIA : TS_SIP_SLIDES;
	if (!from) return TS_ENOMEM;
	*from = *n;
	int *const index[TS_SIP_MEDIA] = {&n->audio_media, &n->video_media, &n->slides_media};
	for (size_t slot = 0; slot < TS_SIP_MEDIA; slot++) {
		const int at = *index[slot];
		clear_slot(n, slot);
		if (at < 0) continue;
		n->media[slot] = from->media[at];
		n->transport.media[slot] = from->transport.media[at];
		for (size_t i = 0; i < n->n_lines; i++)
			if (!from->line[i].refused && from->line[i].media == (size_t)at)
				n->line[i].media = slot;
		*index[slot] = (int)slot;
	}
	n->transport.n_media = n_media > least ? n_media : least;
	free(from);
	return TS_OK;
}

/* Those of before, but for what comes back: Chromium forgets a stream that was not sent for a
 * while, and shows nothing of one that begins anew under its SSRC. */
static void keep_names(const struct ts_sip_plan *p, struct ts_negotiated *n)
{
	struct ts_sip_session *s = p->s;
	const struct ts_ids ids = {p->policy->random, p->policy->arg};
	memcpy(n->transport.cname, s->transport.cname, sizeof(n->transport.cname));
	for (size_t kind = 0; kind < TS_SIP_SLIDES; kind++) {
		struct ts_media_config *cfg = &n->transport.media[kind];
		struct ts_sip_media *media = &s->media[kind];
		if (!cfg->send) continue;
		if (media->sent && !s->web.transport.media[kind].send) {
			const uint32_t taken[] = {s->media[TS_SIP_AUDIO].ssrc,
				s->media[TS_SIP_VIDEO].ssrc, s->media[TS_SIP_AUDIO].rtx_ssrc,
				s->media[TS_SIP_VIDEO].rtx_ssrc};
			media->ssrc = ts_ids_ssrc(&ids, p->sdp, taken, 4);
			media->rtx_ssrc = ts_ids_ssrc(&ids, p->sdp,
				(const uint32_t[]){
					taken[0], taken[1], taken[2], taken[3], media->ssrc},
				5);
		}
		media->sent = true;
		cfg->send_ssrc = media->ssrc;
		if (cfg->send_rtx_pt) cfg->send_rtx_ssrc = media->rtx_ssrc;
	}
}

/* The certificate stays, so DTLS does, in its roles, where the peer leaves that to us or says
 * nothing. A role that it names is the one it takes: where that is another than before, DTLS begins
 * anew (RFC 8842 4). */
static void keep_roles(const struct ts_sip_session *s, struct ts_negotiated *n)
{
	const struct ts_transport_config *before = &s->web.transport;
	if (s->is_web && (n->setup_open || !n->setup_said) &&
		!strcmp(before->remote_fingerprint, n->transport.remote_fingerprint))
		n->transport.dtls_role = before->dtls_role;
}

/* RFC 5763 5: who answers has to choose. */
static int check_role(struct ts_sip_plan *p, const struct ts_negotiated *n)
{
	if (!p->answer || !n->setup_open) return TS_OK;
	return ts_offer_fail(&p->err, TS_EINVAL, "a=setup:actpass is no answer");
}

static void take(struct ts_sip_plan *p, const struct ts_negotiated *n)
{
	struct ts_sip_session *s = p->s;
	char local[sizeof(s->transport.local_address)];
	memcpy(local, s->transport.local_address, sizeof(local));
	s->is_web = true;
	s->web = *n;
	s->transport = n->transport;
	s->transport.kind = TS_TRANSPORT_ICE;
	memcpy(s->transport.local_address, local, sizeof(local));
	s->audio_media = n->audio_media;
	s->video_media = n->video_media;
	s->packetization_mode = n->packetization_mode;
	s->camera_sets = n->camera_sets;
	s->video_format = n->video_format;
	s->send_kbps = n->send_kbps;
	s->hold = true;
	for (size_t i = 0; i < n->transport.n_media; i++) s->hold &= !n->transport.media[i].send;
}

/* A peer that takes all its lines away keeps its path (RFC 3264 8.2). */
static void take_nothing(struct ts_sip_plan *p, struct ts_negotiated *n)
{
	*n = p->s->web;
	n->n_lines = p->sdp->n_media;
	n->bundle = false;
	n->tag = 0;
	n->audio_media = n->video_media = n->slides_media = -1;
	n->video_format = (struct ts_format){0};
	for (size_t i = 0; i < n->n_lines; i++) {
		ts_line_describe(&n->line[i], &p->sdp->media[i]);
		n->line[i].refused = "disabled by the peer";
	}
	for (size_t slot = 0; slot < n->transport.n_media; slot++) clear_slot(n, slot);
}

int ts_sip_web_answer(struct ts_sip_plan *p, bool all_off)
{
	struct ts_sip_session *s = p->s;
	struct ts_negotiated *n = malloc(sizeof(*n));
	struct ts_offer_policy policy = *p->policy->web;
	int rc = n ? TS_OK : TS_ENOMEM;
	const size_t least = s->is_web ? s->transport.n_media : 0;
	policy.idle = policy.one_layer = true;
	if (!rc && all_off && s->is_web) {
		take_nothing(p, n);
	} else if (!rc) {
		rc = ts_answer_plan(n, p->sdp, &policy, p->err.text, p->err.cap);
		if (!rc) rc = check_role(p, n);
		if (!rc) rc = put_in_slots(n, least);
		if (!rc) keep_names(p, n);
		if (!rc) keep_roles(s, n);
	}
	/* whoever made the first offer goes on to choose the pair */
	if (!rc && s->is_web && s->transport.ice_controlling) n->transport.ice_controlling = true;
	if (!rc) take(p, n);
	free(n);
	return rc;
}

int ts_sip_web_write(struct ts_wr *w, const struct ts_sip_session *s,
	const struct ts_transport_local *local, const struct ts_sip_sdp_policy *policy)
{
	const struct ts_answer_ids ids = {policy->fingerprint, s->id, s->version};
	return ts_answer_write(w, &s->web, local, &ids);
}
