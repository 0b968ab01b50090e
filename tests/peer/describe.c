#include "tests/peer/describe.h"

#include "base/address.h"
#include "base/error.h"
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	PT_OPUS = 111,
	PT_VP8 = 96,
	PT_VP8_RTX = 97,
	PT_H264 = 102,
	PT_H264_RTX = 103,
	EXT_LEVEL = 1,
	EXT_ABS = 2,
	EXT_TRANSPORT_CC = 3,
	EXT_MID = 4
};

static int pt_of(enum ts_codec codec)
{
	return codec == TS_CODEC_H264 ? PT_H264 : PT_VP8;
}

static void receive_pts(struct ts_media_config *m, const struct ts_describe *d)
{
	if (!d->receive) return;
	int pt = pt_of(d->receive_codec);
	m->pt[m->n_pt++] = (struct ts_pt){(uint8_t)pt, (uint8_t)d->receive_codec, -1, 90000};
	m->pt[m->n_pt++] = (struct ts_pt){
		(uint8_t)(pt + 1), (uint8_t)d->receive_codec, (int16_t)pt, 90000};
}

void ts_describe_media(const struct ts_describe *d, struct ts_transport_config *config)
{
	config->n_media = 0;
	if (d->audio) {
		struct ts_media_config *m = &config->media[config->n_media++];
		*m = (struct ts_media_config){.mid = "0",
			.kind = TS_AUDIO,
			.ext = {.mid = EXT_MID, .audio_level = EXT_LEVEL}};
		if (d->receive)
			m->pt[m->n_pt++] = (struct ts_pt){PT_OPUS, TS_CODEC_OPUS, -1, 48000};
		m->send = d->send_audio;
		m->send_pt = PT_OPUS;
		m->send_codec = TS_CODEC_OPUS;
		m->send_ssrc = d->audio_ssrc;
	}
	if (d->video) {
		struct ts_media_config *m = &config->media[config->n_media++];
		*m = (struct ts_media_config){.mid = "1",
			.kind = TS_VIDEO,
			.ext = {.mid = EXT_MID, .abs_send_time = EXT_ABS},
			.nack = true,
			.pli = true,
			.fir = true,
			.remb = true,
			.twcc = d->transport_cc};
		if (d->transport_cc) m->ext.twcc = EXT_TRANSPORT_CC;
		receive_pts(m, d);
		m->send = d->send_video;
		m->send_pt = (uint8_t)pt_of(d->send_codec);
		m->send_rtx_pt = (uint8_t)(m->send_pt + 1);
		m->send_codec = d->send_codec;
		m->send_ssrc = d->video_ssrc[0];
		m->send_rtx_ssrc = d->video_rtx_ssrc[0];
		for (size_t i = 1; i < d->layers; i++) {
			struct ts_media_config *larger = &config->media[config->n_media++];
			*larger = *m;
			larger->n_pt = 0;
			larger->send_ssrc = d->video_ssrc[i];
			larger->send_rtx_ssrc = d->video_rtx_ssrc[i];
		}
	}
}

static void put_ssrcs(struct ts_text *t, const struct ts_describe *d)
{
	for (size_t i = 0; i < d->layers; i++)
		ts_text_append(t,
			"a=ssrc-group:FID %u %u\r\na=ssrc:%u cname:peer\r\n"
			"a=ssrc:%u cname:peer\r\n",
			d->video_ssrc[i], d->video_rtx_ssrc[i], d->video_ssrc[i],
			d->video_rtx_ssrc[i]);
	if (d->layers < 2) return;
	ts_text_append(t, "a=ssrc-group:SIM");
	for (size_t i = 0; i < d->layers; i++) ts_text_append(t, " %u", d->video_ssrc[i]);
	ts_text_append(t, "\r\n");
}

static const char *direction(bool send, bool receive)
{
	return send && receive ? "sendrecv" : send ? "sendonly" : receive ? "recvonly" : "inactive";
}

static void put_codec(struct ts_text *t, enum ts_codec codec, bool transport_cc)
{
	int pt = pt_of(codec);
	ts_text_append(t, "a=rtpmap:%d %s/90000\r\n", pt, codec == TS_CODEC_H264 ? "H264" : "VP8");
	ts_text_append(t,
		"a=rtcp-fb:%d nack\r\na=rtcp-fb:%d nack pli\r\na=rtcp-fb:%d ccm fir\r\n"
		"a=rtcp-fb:%d goog-remb\r\n",
		pt, pt, pt, pt);
	if (transport_cc) ts_text_append(t, "a=rtcp-fb:%d transport-cc\r\n", pt);
	if (codec == TS_CODEC_H264)
		ts_text_append(t,
			"a=fmtp:%d level-asymmetry-allowed=1;packetization-mode=1;"
			"profile-level-id=42e01f\r\n",
			pt);
	ts_text_append(t, "a=rtpmap:%d rtx/90000\r\na=fmtp:%d apt=%d\r\n", pt + 1, pt + 1, pt);
}

static void put_transport(
	struct ts_text *t, const struct ts_transport_local *local, const char *fingerprint)
{
	ts_text_append(t,
		"c=IN IP4 0.0.0.0\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=fingerprint:%s\r\n"
		"a=setup:actpass\r\na=rtcp-mux\r\n",
		local->ice.ufrag, local->ice.pwd, fingerprint);
	for (size_t i = 0; i < local->ice.n_candidates; i++) {
		const struct ts_candidate *c = &local->ice.candidate[i];
		char address[INET6_ADDRSTRLEN];
		ts_address_text(address, &c->address);
		ts_text_append(t, "a=candidate:%s 1 udp %u %s %u typ host\r\n", c->foundation,
			c->priority, address, ts_address_port(&c->address));
	}
}

int ts_describe_offer(const struct ts_describe *d, const struct ts_transport_local *local,
	const char *fingerprint, char *out)
{
	struct ts_text t = ts_text(out, PEER_SDP_MAX);
	ts_text_append(&t,
		"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE%s%s\r\n",
		d->audio ? " 0" : "", d->video ? " 1" : "");
	if (d->audio) {
		ts_text_append(&t, "m=audio 9 UDP/TLS/RTP/SAVPF %d\r\n", PT_OPUS);
		put_transport(&t, local, fingerprint);
		ts_text_append(&t,
			"a=mid:0\r\na=%s\r\na=rtpmap:%d opus/48000/2\r\n"
			"a=fmtp:%d minptime=10;useinbandfec=1\r\n",
			direction(d->send_audio, d->receive), PT_OPUS, PT_OPUS);
		ts_text_append(&t,
			"a=extmap:%d urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
			"a=extmap:%d urn:ietf:params:rtp-hdrext:sdes:mid\r\n",
			EXT_LEVEL, EXT_MID);
		if (d->send_audio) ts_text_append(&t, "a=ssrc:%u cname:peer\r\n", d->audio_ssrc);
	}
	if (d->video) {
		enum ts_codec first = d->receive ? d->receive_codec : d->send_codec;
		enum ts_codec second = d->send_video && d->send_codec != first ? d->send_codec
									       : TS_CODEC_NONE;
		ts_text_append(
			&t, "m=video 9 UDP/TLS/RTP/SAVPF %d %d", pt_of(first), pt_of(first) + 1);
		if (second) ts_text_append(&t, " %d %d", pt_of(second), pt_of(second) + 1);
		ts_text_append(&t, "\r\n");
		put_transport(&t, local, fingerprint);
		ts_text_append(&t, "a=mid:1\r\na=%s\r\n", direction(d->send_video, d->receive));
		put_codec(&t, first, d->transport_cc);
		if (second) put_codec(&t, second, d->transport_cc);
		if (d->transport_cc)
			ts_text_append(&t,
				"a=extmap:%d http://www.ietf.org/id/"
				"draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n",
				EXT_TRANSPORT_CC);
		ts_text_append(&t,
			"a=extmap:%d "
			"http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n",
			EXT_ABS);
		ts_text_append(&t, "a=extmap:%d urn:ietf:params:rtp-hdrext:sdes:mid\r\n", EXT_MID);
		if (d->send_video) put_ssrcs(&t, d);
	}
	return t.len < t.cap ? 0 : TS_EFULL;
}

/* Copies the value of the n-th line that begins with prefix. */
static bool find(const char *sdp, const char *prefix, size_t nth, char *out, size_t cap)
{
	size_t plen = strlen(prefix);
	for (const char *line = sdp; line && *line;
		line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
		if (strncmp(line, prefix, plen) || nth--) continue;
		size_t n = strcspn(line + plen, "\r\n");
		if (n >= cap) return false;
		memcpy(out, line + plen, n);
		out[n] = 0;
		return true;
	}
	return false;
}

/* All that the server's ICE offers over UDP is as good as a host's. */
static bool read_candidate(struct ts_candidate *out, const char *value)
{
	char transport[8], address[INET6_ADDRSTRLEN];
	unsigned port;
	*out = (struct ts_candidate){.component = 1};
	return sscanf(value, "%32s 1 %7s %u %45s %u typ", out->foundation, transport,
		       &out->priority, address, &port) == 5 &&
		!strcasecmp(transport, "udp") &&
		ts_address_parse(&out->address, address, (uint16_t)port);
}

int ts_describe_answer(struct ts_transport_config *c, const char *sdp)
{
	char setup[32];
	bool ok = find(sdp, "a=ice-ufrag:", 0, c->remote.ufrag, sizeof c->remote.ufrag) &&
		find(sdp, "a=ice-pwd:", 0, c->remote.pwd, sizeof c->remote.pwd) &&
		find(sdp, "a=fingerprint:", 0, c->remote_fingerprint,
			sizeof c->remote_fingerprint) &&
		find(sdp, "a=setup:", 0, setup, sizeof setup);
	if (!ok) return TS_EBADMSG;
	c->dtls_role = strcmp(setup, "passive") == 0 ? TS_DTLS_CLIENT : TS_DTLS_SERVER;
	c->remote.n_candidates = 0;
	char value[200];
	for (size_t i = 0; c->remote.n_candidates < TS_CAND_MAX &&
		find(sdp, "a=candidate:", i, value, sizeof value);
		i++)
		c->remote.n_candidates += read_candidate(
			&c->remote.candidate[c->remote.n_candidates], value);
	return c->remote.n_candidates ? 0 : TS_EBADMSG;
}
