#include "base/error.h"
#include "control/offer/sip.h"
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROOMS "../shared/media/conformance/sdp_rooms"
#define HEAD "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
#define KEY "inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20"

static uint32_t next_random(void *arg)
{
	static uint32_t n;
	(void)arg;
	return ++n * 2654435761u;
}

static uint32_t count_up(void *arg)
{
	return ++*(uint32_t *)arg;
}

static const struct ts_sip_sdp_policy policy_offered = {
	.srtp = TS_SIP_SRTP_OFFERED, .receive_kbps = 1500, .random = next_random};
static const struct ts_sip_sdp_policy policy_off = {.srtp = TS_SIP_SRTP_OFF, .random = next_random};
static const struct ts_sip_sdp_policy policy_required = {
	.srtp = TS_SIP_SRTP_REQUIRED, .random = next_random};

static const struct ts_sip_sdp_policy policy_ip4 = {
	.random = next_random, .local_address = "192.0.2.99"};
static const struct ts_sip_sdp_policy policy_ip6 = {
	.random = next_random, .local_address = "2001:db8::99"};

static struct ts_sdp *parse(const char *text)
{
	struct ts_sdp *sdp = NULL;
	char err[200];
	if (ts_sdp_parse(&sdp, text, strlen(text), err, sizeof(err)))
		fail_msg("%s in\n%s", err, text);
	return sdp;
}

static char *write_text(const struct ts_sip_session *s, const struct ts_sip_sdp_policy *policy)
{
	static char text[32768];
	const struct ts_transport_local local = {.port = {{20000, 20001}, {20002, 20003}}};
	struct ts_wr w = ts_wr(text, sizeof(text) - 1);
	assert_int_equal(ts_sip_sdp_write(&w, s, &local, "192.0.2.99", policy), 0);
	text[ts_wr_len(&w)] = '\0';
	return text;
}

/* ---- a strict reader */

static bool offers_format(const struct ts_sdp_media *m, const char *format)
{
	for (size_t i = 0; i < m->n_format; i++)
		if (!strcmp(m->format[i], format)) return true;
	return false;
}

static const char *find_pt(const struct ts_sdp_media *m, const char *name, int pt)
{
	const char *rest;
	int found;
	for (const struct ts_sdp_attr *a = NULL; (a = ts_sdp_find(&m->s, name, a));)
		if (!ts_sdp_pt_parse(&found, &rest, a->value) && found == pt) return rest;
	return NULL;
}

/* RFC 6184 8.2.2: profile and mode as offered, level not above it unless asymmetry was offered. */
static void check_h264(const char *offered, const char *answered)
{
	struct ts_format o, a;
	const struct ts_codec_info *h264 = ts_codec_info(TS_CODEC_H264);
	assert_int_equal(h264->parse_fmtp(&o, offered), 0);
	assert_int_equal(h264->parse_fmtp(&a, answered), 0);
	assert_int_equal(o.profile_idc, a.profile_idc);
	assert_int_equal(o.packetization_mode, a.packetization_mode);
	if (!(o.level_asymmetry && a.level_asymmetry)) assert_true(a.level_idc <= o.level_idc);
}

static void check_direction(const struct ts_sdp *offer, const struct ts_sdp_media *o,
	const struct ts_sdp *answer, const struct ts_sdp_media *a)
{
	enum ts_sdp_dir may = ts_sdp_dir_reverse(ts_sdp_direction(offer, o));
	assert_int_equal(ts_sdp_direction(answer, a) & ~may, 0);
}

static void check_line(const struct ts_sdp *offer, size_t i, const struct ts_sdp *answer)
{
	const struct ts_sdp_media *o = &offer->media[i], *a = &answer->media[i];
	assert_string_equal(o->kind, a->kind);
	assert_string_equal(o->proto, a->proto);
	for (size_t k = 0; k < a->n_format && o->n_format; k++)
		assert_true(offers_format(o, a->format[k]));
	if (!a->port) return;
	assert_true(o->port);
	check_direction(offer, o, answer, a);
	for (size_t k = 0; k < a->n_format; k++) {
		int pt = ts_sdp_format_pt(a->format[k]);
		const char *map = find_pt(a, "rtpmap", pt), *asked = find_pt(o, "rtpmap", pt);
		assert_non_null(map);
		if (!strncasecmp(map, "H264/", 5))
			check_h264(find_pt(o, "fmtp", pt), find_pt(a, "fmtp", pt));
		if (asked) assert_int_equal(strncasecmp(map, asked, strcspn(asked, "/")), 0);
	}
	bool secure = strstr(o->proto, "SAVP") != NULL;
	if (secure) assert_true(ts_sdp_has(&a->s, "crypto"));
	if (ts_sdp_has(&a->s, "rtcp-mux")) assert_true(ts_sdp_has(&o->s, "rtcp-mux"));
}

static struct ts_sip_session *answer_of(
	const char *text, const struct ts_sip_sdp_policy *policy, int expect)
{
	struct ts_sip_session *s = calloc(1, sizeof(*s));
	struct ts_sdp *offer = parse(text), *answer;
	char err[200] = "";
	int rc = ts_sip_sdp_answer(s, offer, policy, err, sizeof(err));
	if (rc != expect) fail_msg("%s (%s) for\n%s", ts_strerror(rc), err, text);
	if (!rc) {
		answer = parse(write_text(s, policy));
		assert_int_equal(answer->n_media, offer->n_media);
		for (size_t i = 0; i < offer->n_media; i++) check_line(offer, i, answer);
		ts_sdp_destroy(&answer);
	}
	ts_sdp_destroy(&offer);
	return s;
}

/* ---- the table: what is offered, what is taken */

static const struct row {
	const char *name, *lines;
	const struct ts_sip_sdp_policy *policy;
	int rc;
	const char *has, *lacks; /* in the answer; NULL: nothing asked */
} rows[] = {
	{"static payload type without rtpmap", "m=audio 4000 RTP/AVP 0\r\n", &policy_offered, 0,
		"a=rtpmap:0 PCMU/8000\r\n", "crypto"},
	{"telephone-event and comfort noise",
		"m=audio 4000 RTP/AVP 8 101 13\r\na=rtpmap:101 telephone-event/8000\r\n",
		&policy_offered, 0, "m=audio 20000 RTP/AVP 8 101 13\r\n", NULL},
	{"events of another clock",
		"m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/48000\r\n",
		&policy_offered, 0, "m=audio 20000 RTP/AVP 0\r\n", NULL},
	{"G.722 says 8000", "m=audio 4000 RTP/AVP 9\r\n", &policy_offered, 0,
		"a=rtpmap:9 G722/8000\r\n", NULL},
	{"nothing in common", "m=audio 4000 RTP/AVP 3\r\n", &policy_offered, TS_EUNSUPPORTED, NULL,
		NULL},
	{"G.729 by its number", "m=audio 4000 RTP/AVP 18\r\n", &policy_offered, 0,
		"m=audio 20000 RTP/AVP 18\r\na=rtpmap:18 G729/8000\r\na=fmtp:18 annexb=yes\r\n",
		NULL},
	{"G.729 without pauses",
		"m=audio 4000 RTP/AVP 18 0\r\na=rtpmap:18 G729/8000\r\na=fmtp:18 annexb=no\r\n",
		&policy_offered, 0, "a=fmtp:18 annexb=no\r\n", "annexb=yes"},
	{"H.263 by its number", "m=audio 4000 RTP/AVP 0\r\nm=video 4002 RTP/AVP 34\r\n",
		&policy_offered, 0,
		"m=video 20002 RTP/AVP 34\r\nb=TIAS:1500000\r\na=rtpmap:34 H263/90000\r\n"
		"a=fmtp:34 CIF=1;QCIF=1;SQCIF=1;CIF4=2\r\n",
		NULL},
	{"H.263 in all its names, after H.264",
		"m=video 4002 RTP/AVP 97 34 96 100\r\na=rtpmap:97 H264/90000\r\n"
		"a=rtpmap:34 H263/90000\r\na=fmtp:34 QCIF=2 CIF=3 MaxBR=1920\r\n"
		"a=rtpmap:96 H263-1998/90000\r\na=fmtp:96 CIF=1;QCIF=1;F=1\r\n"
		"a=rtpmap:100 H263-2000/90000\r\na=fmtp:100 profile=0;level=45\r\n",
		&policy_offered, 0, "m=video 20002 RTP/AVP 97 34 96 100\r\n", "m=video 0"},
	{"H263-2000 is answered by its name",
		"m=video 4002 RTP/AVP 100\r\na=rtpmap:100 H263-2000/90000\r\n"
		"a=fmtp:100 profile=0;level=45\r\n",
		&policy_offered, 0, "a=rtpmap:100 H263-2000/90000\r\na=fmtp:100 CIF=1;", "1998"},
	{"far-end camera control alone is refused, the call is not",
		"m=audio 4000 RTP/AVP 0\r\nm=application 5002 RTP/AVP 100\r\n"
		"a=rtpmap:100 H224/4800\r\na=sendrecv\r\n",
		&policy_offered, 0, "m=application 0 RTP/AVP 100\r\n", "H224"},
	{"far-end camera control with keys",
		"m=audio 4000 RTP/AVP 0\r\nm=application 5002 RTP/SAVP 100\r\n"
		"a=rtpmap:100 H224/0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY "\r\n",
		&policy_offered, 0, "m=application 0 RTP/SAVP 100\r\n", "crypto"},
	{"fax, text, and lines of the future",
		"m=audio 4000 RTP/AVP 0\r\nm=image 5002 udptl t38\r\na=T38FaxVersion:0\r\n"
		"m=text 5004 RTP/AVP 98\r\na=rtpmap:98 t140/1000\r\n"
		"m=smell 5006 NEW/PROTO x-y z\r\n",
		&policy_offered, 0,
		"m=image 0 udptl t38\r\nm=text 0 RTP/AVP 98\r\nm=smell 0 NEW/PROTO x-y\r\n", NULL},
	{"H.261 by its number", "m=audio 4000 RTP/AVP 0\r\nm=video 4002 RTP/AVP 31\r\n",
		&policy_offered, 0, "m=video 20002 RTP/AVP 31\r\n", NULL},
	{"a disabled line stays", "m=audio 4000 RTP/AVP 0\r\nm=video 0 RTP/AVP 34\r\n",
		&policy_offered, 0, "m=video 0 RTP/AVP 34\r\n", NULL},
	{"BFCP, H.224, control, slides",
		"m=audio 4000 RTP/AVP 0\r\nm=application 5000 UDP/BFCP *\r\n"
		"m=video 4002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n"
		"a=fmtp:97 profile-level-id=42801f\r\na=content:main\r\n"
		"m=application 5002 RTP/AVP 100\r\na=rtpmap:100 H224/4800\r\n"
		"m=control 5004 RTP/AVP 97\r\nm=video 4004 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n"
		"a=content:slides\r\n",
		&policy_offered, 0, "m=application 0 UDP/BFCP *\r\n",
		"m=video 20002 RTP/AVP 97\r\nb=TIAS:1500000\r\na=content"},
	{"slides before main",
		"m=video 4002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\na=content:slides\r\n"
		"m=video 4004 RTP/AVP 98\r\na=rtpmap:98 H264/90000\r\n",
		&policy_offered, 0, "m=video 0 RTP/AVP 97\r\nm=video 20002 RTP/AVP 98\r\n", NULL},
	{"SDES required and offered",
		"m=audio 4000 RTP/SAVP 0\r\na=crypto:7 AES_CM_128_HMAC_SHA1_32 " KEY "\r\n",
		&policy_required, 0, "a=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:", NULL},
	{"SDES required, not offered", "m=audio 4000 RTP/AVP 0\r\n", &policy_required,
		TS_EUNSUPPORTED, NULL, NULL},
	{"SDES off, insisted on",
		"m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY "\r\n",
		&policy_off, TS_EUNSUPPORTED, NULL, NULL},
	{"an unknown suite first",
		"m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_256_CM_HMAC_SHA1_80 " KEY "\r\n"
		"a=crypto:2 AES_CM_128_HMAC_SHA1_80 " KEY "\r\n",
		&policy_offered, 0, "a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:", "crypto:1"},
	{"keys on RTP/AVP",
		"m=audio 4000 RTP/AVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY "\r\n",
		&policy_offered, 0, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:", NULL},
	{"keys on RTP/AVP, off",
		"m=audio 4000 RTP/AVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY "\r\n",
		&policy_off, 0, NULL, "crypto"},
	{"hold", "m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n", &policy_offered, 0, "a=recvonly\r\n",
		NULL},
	{"hold of old", "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n", &policy_offered, 0,
		"a=recvonly\r\n", NULL},
	{"inactive", "m=audio 4000 RTP/AVP 0\r\na=inactive\r\n", &policy_offered, 0,
		"a=inactive\r\n", NULL},
	{"DTLS is for later", "m=audio 4000 UDP/TLS/RTP/SAVPF 0\r\n", &policy_offered,
		TS_EUNSUPPORTED, NULL, NULL},
	{"feedback on AVP",
		"m=video 4002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\na=rtcp-fb:* ccm fir\r\n"
		"a=rtcp-fb:* ccm tstn\r\n",
		&policy_offered, 0, "a=rtcp-fb:97 ccm fir\r\n", "tstn"},
	{"TMMBR", /* RFC 5104 7.1: also with parameters */
		"m=video 4002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n"
		"a=rtcp-fb:* ccm tmmbr smaxpr=120\r\n",
		&policy_offered, 0, "a=rtcp-fb:97 ccm tmmbr\r\n", "smaxpr"},
	{"no TMMBR without an offer of it",
		"m=video 4002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\na=rtcp-fb:* nack pli\r\n",
		&policy_offered, 0, "a=rtcp-fb:97 nack pli\r\n", "tmmbr"},
	{"mode 0 alone",
		"m=video 4002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n"
		"a=fmtp:97 profile-level-id=42801e\r\n",
		&policy_offered, 0, "packetization-mode=0;profile-level-id=42801e", NULL},
	{"mid of a refused line",
		"m=audio 4000 RTP/AVP 0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
		"a=mid:d\r\n",
		&policy_offered, 0,
		"m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:d\r\n", NULL},
	{"no lines at all", "", &policy_offered, TS_EUNSUPPORTED, NULL, NULL},
	{"video alone", "m=video 4002 RTP/AVP 97\r\na=rtpmap:97 VP8/90000\r\n", &policy_offered, 0,
		"m=video 20002 RTP/AVP 97\r\nb=TIAS:1500000\r\na=rtpmap:97 VP8/90000\r\n",
		"m=audio"},
	{"video before audio",
		"m=video 4002 RTP/AVP 97\r\na=rtpmap:97 VP8/90000\r\nm=audio 4000 RTP/AVP 0\r\n",
		&policy_offered, 0, "m=audio 20000 RTP/AVP 0\r\n", NULL},
	{"two audio lines", "m=audio 4000 RTP/AVP 0\r\nm=audio 4006 RTP/AVP 8\r\n", &policy_offered,
		0, "m=audio 0 RTP/AVP 8\r\n", NULL},
	{"keys and feedback",
		"m=video 4002 RTP/SAVPF 97\r\na=rtpmap:97 H264/90000\r\na=rtcp-fb:97 nack pli\r\n"
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY "\r\n",
		&policy_offered, 0, "a=rtcp-fb:97 nack pli\r\n", "ccm fir"},
	{"one port wanted", "m=audio 4000 RTP/AVP 0\r\na=rtcp-mux\r\n", &policy_offered, 0,
		"a=rtcp-mux\r\n", NULL},
	{"one port not wanted", "m=audio 4000 RTP/AVP 0\r\na=rtcp:4007\r\n", &policy_offered, 0,
		NULL, "a=rtcp-mux"},
	{"a key that is no key",
		"m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:short\r\n",
		&policy_offered, TS_EUNSUPPORTED, NULL, NULL},
	{"a tag too many",
		"m=audio 4000 RTP/SAVP 0\r\na=crypto:9999999999 AES_CM_128_HMAC_SHA1_80 " KEY
		"\r\n",
		&policy_offered, TS_EUNSUPPORTED, NULL, NULL},
	{"Opus by another number", "m=audio 4000 RTP/AVP 96 0\r\na=rtpmap:96 opus/48000/2\r\n",
		&policy_offered, 0, "a=rtpmap:96 opus/48000/2\r\n", NULL},
	{"a name in capitals", "m=audio 4000 RTP/AVP 97\r\na=rtpmap:97 OPUS/48000/2\r\n",
		&policy_offered, 0, "m=audio 20000 RTP/AVP 97\r\n", NULL},
	{"G.722 as the ignorant write it",
		"m=audio 4000 RTP/AVP 0 9\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:9 G722/16000\r\n",
		&policy_offered, 0, "a=rtpmap:9 G722/16000\r\n", NULL},
	{"Opus as the ignorant write it",
		"m=audio 4000 RTP/AVP 111\r\na=rtpmap:111 opus/48000/1\r\n", &policy_offered, 0,
		"a=rtpmap:111 opus/48000/1\r\n", NULL},
	{"Opus without channels", "m=audio 4000 RTP/AVP 111\r\na=rtpmap:111 OPUS/48000\r\n",
		&policy_offered, 0, "a=rtpmap:111 opus/48000/2\r\n", NULL},
	{"G.722 by a dynamic number", "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 g722/8000/1\r\n",
		&policy_offered, 0, "a=rtpmap:96 G722/8000\r\n", NULL},
	{"PCMU in stereo is another codec",
		"m=audio 4000 RTP/AVP 110\r\na=rtpmap:110 PCMU/8000/2\r\n", &policy_offered,
		TS_EUNSUPPORTED, NULL, NULL},
	{"a static number that means something else",
		"m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 opus/48000/2\r\n", &policy_offered, 0,
		"a=rtpmap:0 opus/48000/2\r\n", "PCMU"},
	{"a static number with nonsense", "m=audio 4000 RTP/AVP 8\r\na=rtpmap:8\r\n",
		&policy_offered, 0, "a=rtpmap:8 PCMA/8000\r\n", NULL},
	{"a number twice",
		"m=audio 4000 RTP/AVP 0 0 8 8 101 101\r\na=rtpmap:101 telephone-event/8000\r\n",
		&policy_offered, 0, "m=audio 20000 RTP/AVP 0 8 101\r\n", NULL},
	{"numbers that only rtcp-mux forbids",
		"m=audio 4000 RTP/AVP 77 64 95\r\na=rtpmap:77 PCMU/8000\r\n"
		"a=rtpmap:64 PCMA/8000\r\na=rtpmap:95 G722/8000\r\n",
		&policy_offered, 0, "m=audio 20000 RTP/AVP 77 64 95\r\n", NULL},
	{"numbers that rtcp-mux forbids",
		"m=audio 4000 RTP/AVP 77 0\r\na=rtpmap:77 PCMA/8000\r\na=rtcp-mux\r\n",
		&policy_offered, 0, "m=audio 20000 RTP/AVP 0\r\n", "RTP/AVP 77"},
	{"events by a number that rtcp-mux forbids",
		"m=audio 4000 RTP/AVP 0 72 101\r\na=rtpmap:72 telephone-event/8000\r\n"
		"a=rtpmap:101 telephone-event/8000\r\na=rtcp-mux\r\n",
		&policy_offered, 0, "m=audio 20000 RTP/AVP 0 101\r\n", NULL},
	{"slides among other content",
		"m=video 4002 RTP/AVP 97\r\na=rtpmap:97 VP8/90000\r\na=content:alt, slides\r\n"
		"m=video 4004 RTP/AVP 98\r\na=rtpmap:98 VP8/90000\r\na=content:no-slides\r\n",
		&policy_offered, 0, "m=video 0 RTP/AVP 97\r\nm=video 20002 RTP/AVP 98\r\n", NULL},
	{"no such numbers", "m=audio 4000 RTP/AVP 128 (null) 0\r\na=rtpmap:128 opus/48000/2\r\n",
		&policy_offered, 0, "m=audio 20000 RTP/AVP 0\r\n", NULL},
	{"one number on two lines",
		"m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 G722/8000\r\nm=video 4002 RTP/AVP 96\r\n"
		"a=rtpmap:96 VP8/90000\r\n",
		&policy_offered, 0, "a=rtpmap:96 VP8/90000\r\n", NULL},
	{"events of 8000 beside Opus",
		"m=audio 4000 RTP/AVP 111 101\r\na=rtpmap:111 opus/48000/2\r\n"
		"a=rtpmap:101 telephone-event/8000\r\n",
		&policy_offered, 0, "m=audio 20000 RTP/AVP 111 101\r\n", NULL},
	{"events of both clocks",
		"m=audio 4000 RTP/AVP 111 0 101 102\r\na=rtpmap:111 opus/48000/2\r\n"
		"a=rtpmap:101 telephone-event/8000\r\na=rtpmap:102 Telephone-Event/48000\r\n",
		&policy_offered, 0, "m=audio 20000 RTP/AVP 111 0 101 102\r\n", NULL},
	{"a line without formats that is off", "m=audio 4000 RTP/AVP 0\r\nm=video 0 RTP/AVP\r\n",
		&policy_offered, 0, "m=video 0 RTP/AVP 0\r\n", NULL},
	{"a line without anything that is off", "m=audio 4000 RTP/AVP 0\r\nm=video 0\r\n",
		&policy_offered, 0, "m=video 0 RTP/AVP 0\r\n", NULL},
	{"a kind in capitals", "m=AUDIO 4000 rtp/avp 0\r\n", &policy_offered, 0,
		"m=AUDIO 20000 rtp/avp 0\r\n", NULL},
	{"two cameras",
		"m=audio 4000 RTP/AVP 0\r\nm=video 4002 RTP/AVP 97\r\na=rtpmap:97 VP8/90000\r\n"
		"m=video 4004 RTP/AVP 98\r\na=rtpmap:98 VP8/90000\r\n",
		&policy_offered, 0, "m=video 0 RTP/AVP 98\r\n", NULL},
	{"key with an MKI",
		"m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY "|1:4\r\n",
		&policy_offered, 0, "|1:4\r\n", NULL},
	{"a suite in small letters",
		"m=audio 4000 RTP/SAVP 0\r\na=crypto:3 aes_cm_128_hmac_sha1_80 " KEY "\r\n",
		&policy_offered, 0, "a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:", NULL},
	{"keys that do not encrypt are passed over",
		"m=audio 4000 RTP/SAVP 0\r\n"
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY
		" UNENCRYPTED_SRTCP\r\na=crypto:2 AES_CM_128_HMAC_SHA1_80 " KEY "\r\n",
		&policy_offered, 0, "a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:", "a=crypto:1"},
	{"a name for an address", "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 phone.example.com\r\n",
		&policy_offered, TS_EUNSUPPORTED, NULL, NULL},
	{"a name for the address of a line that is off",
		"m=audio 4000 RTP/AVP 0\r\nm=video 0 RTP/AVP 97\r\nc=IN IP4 x\r\n", &policy_offered,
		0, "m=audio 20000 RTP/AVP 0\r\n", NULL},
	{"an address of its own beside a name",
		"m=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.0.2.7/1\r\n"
		"m=video 4002 RTP/AVP 97\r\nc=IN IP4 x\r\na=rtpmap:97 VP8/90000\r\n",
		&policy_offered, 0, "m=video 0 RTP/AVP 97\r\n", NULL},
	{"multicast", "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 224.2.36.42/127\r\n", &policy_offered,
		TS_EUNSUPPORTED, NULL, NULL},
	{"multicast of IPv6", "m=audio 4000 RTP/AVP 0\r\nc=IN IP6 FF15::101/3\r\n", &policy_offered,
		TS_EUNSUPPORTED, NULL, NULL},
	{"another family", "m=audio 4000 RTP/AVP 0\r\nc=IN IP7 192.0.2.1\r\n", &policy_offered,
		TS_EUNSUPPORTED, NULL, NULL},
	{"a family that we lack", "m=audio 4000 RTP/AVP 0\r\nc=IN IP6 2001:db8::1\r\n", &policy_ip4,
		TS_EUNSUPPORTED, NULL, NULL},
	{"the family that we have", "m=audio 4000 RTP/AVP 0\r\nc=in ip4 192.0.2.7\r\n", &policy_ip4,
		0, "a=sendrecv\r\n", NULL},
	{"IPv4 to IPv6", "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.0.2.7\r\n", &policy_ip6,
		TS_EUNSUPPORTED, NULL, NULL},
	{"hold of IPv6", "m=audio 4000 RTP/AVP 0\r\nc=IN IP6 ::\r\n", &policy_ip4, 0,
		"a=recvonly\r\n", NULL},
	{"an H.264 level lifted by max-fs",
		"m=video 4002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n"
		"a=fmtp:97 profile-level-id=42E016;packetization-mode=1;max-fs=3600\r\n",
		&policy_offered, 0, "profile-level-id=42e016;max-fs=8192;max-mbps=245760\r\n",
		NULL},
	{"no DTX from telephones", "m=audio 4000 RTP/AVP 111\r\na=rtpmap:111 opus/48000/2\r\n",
		&policy_offered, 0, "useinbandfec=1\r\n", "usedtx"},
	{"H.264 both modes",
		"m=video 4002 RTP/AVP 96 97\r\na=rtpmap:96 H264/90000\r\n"
		"a=fmtp:96 profile-level-id=42801f;packetization-mode=0\r\n"
		"a=rtpmap:97 H264/90000\r\n"
		"a=fmtp:97 profile-level-id=42801f;packetization-mode=1\r\n",
		&policy_offered, 0, "packetization-mode=1", NULL},
	{"IPv6", "m=audio 4000 RTP/AVP 0\r\nc=IN IP6 2001:db8::1\r\n", &policy_offered, 0,
		"m=audio 20000 RTP/AVP 0\r\n", NULL},
};

static void answers_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[4096];
		snprintf(text, sizeof(text), HEAD "%s", rows[i].lines);
		struct ts_sip_session *s = answer_of(text, rows[i].policy, rows[i].rc);
		const char *answer = rows[i].rc ? "" : write_text(s, rows[i].policy);
		if (rows[i].has && !strstr(answer, rows[i].has))
			fail_msg("%s: no %s in\n%s", rows[i].name, rows[i].has, answer);
		if (rows[i].lacks && strstr(answer, rows[i].lacks))
			fail_msg("%s: %s in\n%s", rows[i].name, rows[i].lacks, answer);
		free(s);
	}
}

static void answers_room_systems(void **state)
{
	(void)state;
	DIR *dir = opendir(ROOMS);
	int n = 0;
	if (!dir) skip();
	for (struct dirent *e; (e = readdir(dir));) {
		char path[600], *text = calloc(1, 65536);
		if (!strstr(e->d_name, ".sdp")) {
			free(text);
			continue;
		}
		snprintf(path, sizeof(path), ROOMS "/%s", e->d_name);
		FILE *f = fopen(path, "r");
		assert_non_null(f);
		assert_true(fread(text, 1, 65535, f) > 0);
		fclose(f);
		/* RTP/SAVPF without any key (its description is incomplete): 488 is the only
		 * answer */
		bool keyless = strstr(e->d_name, "cisco_wme_webex") != NULL;
		struct ts_sip_session *s = answer_of(
			text, &policy_offered, keyless ? TS_EUNSUPPORTED : 0);
		if (!keyless && s->audio_media < 0) fail_msg("%s: no audio", e->d_name);
		if (!keyless && s->video_media < 0) fail_msg("%s: no video", e->d_name);
		free(s);
		free(text);
		n++;
	}
	closedir(dir);
	assert_true(n >= 10);
}

/* ---- a call over time */

static void keeps_to_itself_over_a_call(void **state)
{
	(void)state;
	static const char first[] = HEAD
		"m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY "\r\n";
	static const char hold[] = HEAD
		"m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY
		"\r\na=sendonly\r\n";
	struct ts_sip_session *s = answer_of(first, &policy_offered, 0);
	uint32_t ssrc = s->transport.media[0].send_ssrc;
	uint64_t version = s->version;
	struct ts_srtp_keys keys = s->transport.media[0].plain.keys;
	struct ts_sdp *offer = parse(hold);
	char err[200];
	assert_false(s->hold);
	assert_int_equal(ts_sip_sdp_answer(s, offer, &policy_offered, err, sizeof(err)), 0);
	assert_true(s->hold);
	assert_int_equal(s->version, version + 1);
	assert_memory_equal(&keys, &s->transport.media[0].plain.keys,
		sizeof(keys)); /* else numbers would be used twice */
	ts_sdp_destroy(&offer);
	offer = parse(first);
	assert_int_equal(ts_sip_sdp_answer(s, offer, &policy_offered, err, sizeof(err)), 0);
	assert_false(s->hold);
	assert_int_equal(s->transport.media[0].send_ssrc, ssrc);
	ts_sdp_destroy(&offer);
	free(s);
}

static void takes_the_answer_to_its_offer(void **state)
{
	(void)state;
	struct ts_sip_session *ours = calloc(1, sizeof(*ours));
	char offer[32768], answer[32768], err[200];
	ts_sip_sdp_offer(ours, &policy_required);
	/* RFC 7022 4.2: 96 bits, so digits of base64 */
	assert_int_equal(strlen(ours->transport.cname), TS_CNAME_LEN);
	assert_true(strspn(ours->transport.cname, "0123456789abcdef") < TS_CNAME_LEN);
	assert_true(ours->transport.offering);
	snprintf(offer, sizeof(offer), "%s", write_text(ours, &policy_required));
	assert_non_null(strstr(offer, "m=audio 20000 RTP/SAVP 111 9 0 8 18 101 13\r\n"));
	assert_non_null(strstr(offer, "a=crypto:2 AES_CM_128_HMAC_SHA1_32"));

	struct ts_sip_session *theirs = answer_of(offer, &policy_required, 0);
	snprintf(answer, sizeof(answer), "%s", write_text(theirs, &policy_required));
	struct ts_sdp *sdp = parse(answer);
	assert_int_equal(ts_sip_sdp_read_answer(ours, sdp, &policy_required, err, sizeof(err)), 0);
	ts_sdp_destroy(&sdp);
	for (int i = 0; i < 2; i++) {
		const struct ts_srtp_keys *a = &ours->transport.media[i].plain.keys,
					  *b = &theirs->transport.media[i].plain.keys;
		assert_int_equal(a->profile, b->profile);
		assert_memory_equal(a->local, b->remote, sizeof(a->local));
		assert_memory_equal(a->remote, b->local, sizeof(a->local));
		assert_int_equal(
			ours->transport.media[i].send_codec, theirs->transport.media[i].send_codec);
	}
	free(ours);
	free(theirs);
}

/* An offer of ours without SRTP, and what became of it with this answer. */
static struct ts_sip_session *offer_and_take(const char *lines, int expect)
{
	struct ts_sip_session *ours = calloc(1, sizeof(*ours));
	char text[4096], err[200] = "";
	ts_sip_sdp_offer(ours, &policy_off);
	snprintf(text, sizeof(text), HEAD "%s", lines);
	struct ts_sdp *sdp = parse(text);
	int rc = ts_sip_sdp_read_answer(ours, sdp, &policy_off, err, sizeof(err));
	if (rc != expect) fail_msg("%s (%s) for\n%s", ts_strerror(rc), err, text);
	assert_int_equal(ours->transport.offering, rc != 0); /* on an error as it was */
	ts_sdp_destroy(&sdp);
	return ours;
}

/* RFC 3264 6; what breaks it is read as far as it makes sense. */
static void takes_answers_of_every_form(void **state)
{
	(void)state;
	static const struct {
		const char *name, *lines;
		int rc, audio_pt, video_pt; /* what we send; -1: nothing */
	} answers[] = {
		{"both",
			"m=audio 4000 RTP/AVP 0\r\nm=video 4002 RTP/AVP 99\r\n"
			"a=rtpmap:99 VP8/90000\r\n",
			0, 0, 99},
		{"no video", "m=audio 4000 RTP/AVP 8\r\nm=video 0 RTP/AVP 97\r\n", 0, 8, -1},
		{"no video, without format", "m=audio 4000 RTP/AVP 8\r\nm=video 0 RTP/AVP\r\n", 0,
			8, -1},
		{"a line left out", "m=audio 4000 RTP/AVP 0\r\n", 0, 0, -1},
		{"the first left out", "m=video 4002 RTP/AVP 99\r\na=rtpmap:99 VP8/90000\r\n", 0,
			-1, 99},
		{"turned round",
			"m=video 4002 RTP/AVP 99\r\na=rtpmap:99 VP8/90000\r\n"
			"m=audio 4000 RTP/AVP 0\r\n",
			0, 0, 99},
		{"a line too many",
			"m=audio 4000 RTP/AVP 0\r\nm=video 0 RTP/AVP 97\r\n"
			"m=audio 4006 RTP/AVP 8\r\n",
			0, 0, -1},
		{"another line too many",
			"m=audio 4000 RTP/AVP 0\r\nm=video 0 RTP/AVP 97\r\n"
			"m=application 9 UDP/BFCP *\r\n",
			0, 0, -1},
		{"other numbers",
			"m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 opus/48000/2\r\n"
			"m=video 4002 RTP/AVP 100\r\n"
			"a=rtpmap:100 H264/90000\r\na=fmtp:100 profile-level-id=42e01f\r\n",
			0, 96, 100},
		{"another order", "m=audio 4000 RTP/AVP 8 0 9\r\nm=video 0 RTP/AVP 97\r\n", 0, 8,
			-1},
		{"one that was not offered", "m=audio 4000 RTP/AVP 3 0\r\nm=video 0 RTP/AVP 97\r\n",
			0, 0, -1},
		{"sendonly", "m=audio 4000 RTP/AVP 0\r\na=sendonly\r\nm=video 0 RTP/AVP 97\r\n", 0,
			-1, -1},
		{"inactive", "m=audio 4000 RTP/AVP 0\r\na=inactive\r\nm=video 0 RTP/AVP 97\r\n", 0,
			-1, -1},
		{"nothing taken", "m=audio 0 RTP/AVP 0\r\nm=video 0 RTP/AVP 97\r\n",
			TS_EUNSUPPORTED, 0, 0},
		{"nothing in common", "m=audio 4000 RTP/AVP 3\r\nm=video 0 RTP/AVP 97\r\n",
			TS_EUNSUPPORTED, 0, 0},
		{"no line", "", TS_EUNSUPPORTED, 0, 0},
		{"other kinds alone", "m=image 4000 udptl t38\r\n", TS_EUNSUPPORTED, 0, 0},
		{"a protocol that was not offered",
			"m=audio 4000 UDP/TLS/RTP/SAVPF 0\r\nm=video 0 RTP/AVP 97\r\n",
			TS_EUNSUPPORTED, 0, 0},
	};
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct ts_sip_session *s = offer_and_take(answers[i].lines, answers[i].rc);
		const struct ts_media_config *a = &s->transport.media[0],
					     *v = &s->transport.media[1];
		if (!answers[i].rc &&
			((a->send ? a->send_pt : -1) != answers[i].audio_pt ||
				(v->send ? v->send_pt : -1) != answers[i].video_pt))
			fail_msg("%s: %d %d", answers[i].name, a->send ? a->send_pt : -1,
				v->send ? v->send_pt : -1);
		free(s);
	}
}

static bool receives(const struct ts_media_config *cfg, int pt, enum ts_codec codec)
{
	for (size_t i = 0; i < cfg->n_pt; i++)
		if (cfg->pt[i].pt == pt) return cfg->pt[i].codec == codec;
	return false;
}

/* RFC 3264 6.1: each side is sent to by the numbers it named. */
static void receives_by_its_own_numbers(void **state)
{
	(void)state;
	struct ts_sip_session *s = offer_and_take(
		"m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 opus/48000/2\r\nm=video 0 RTP/AVP 97\r\n",
		0);
	assert_int_equal(s->transport.media[0].send_pt, 96);
	assert_true(receives(&s->transport.media[0], 111, TS_CODEC_OPUS));
	assert_true(receives(&s->transport.media[0], 96, TS_CODEC_OPUS));
	assert_false(receives(&s->transport.media[0], 0, TS_CODEC_PCMU));
	free(s);
	/* the answer's 111 is not ours */
	s = offer_and_take(
		"m=audio 4000 RTP/AVP 0 111\r\na=rtpmap:111 PCMA/8000\r\nm=video 0 RTP/AVP 97\r\n",
		0);
	assert_true(receives(&s->transport.media[0], 0, TS_CODEC_PCMU));
	assert_true(receives(&s->transport.media[0], 8, TS_CODEC_PCMA));
	free(s);
}

static void only_agrees_to_rtcp_mux(void **state)
{
	(void)state;
	struct ts_sip_session *s = answer_of(HEAD "m=audio 4000 RTP/AVP 0\r\n", &policy_off, 0);
	struct ts_sdp *answer = parse(HEAD "m=audio 4000 RTP/AVP 0\r\na=rtcp-mux\r\n");
	char err[200];
	ts_sip_sdp_offer(s, &policy_off);
	assert_int_equal(ts_sip_sdp_read_answer(s, answer, &policy_off, err, sizeof(err)), 0);
	assert_false(s->transport.media[0].plain.rtcp_mux);
	ts_sdp_destroy(&answer);
	free(s);
}

/* RFC 3261 14.2, 3264 8: what a later offer of ours says. */
static void offers_all_again(void **state)
{
	(void)state;
	static const struct {
		const char *name, *lines; /* the offer of the peer before */
		const char *m[3];         /* our m-lines then; NULL: no more */
		bool no_video;
	} calls[] = {
		{"audio alone", "m=audio 4000 RTP/AVP 0\r\n",
			{"m=audio 20000 RTP/AVP 0 111 9 8 18 101 13\r\n",
				"m=video 20002 RTP/AVP 97 98 99 96 34 31\r\n"},
			false},
		{"audio alone, no video wanted", "m=audio 4000 RTP/AVP 0\r\n",
			{"m=audio 20000 RTP/AVP 0 111 9 8 18 101 13\r\n"}, true},
		{"a refused camera", "m=audio 4000 RTP/AVP 8\r\nm=video 0 RTP/AVP 97\r\n",
			{"m=audio 20000 RTP/AVP 8 111 9 0 18 101 13\r\n",
				"m=video 20002 RTP/AVP 97 98 99 96 34 31\r\n"},
			false},
		{"a refused camera of another profile",
			"m=audio 4000 RTP/AVP 8\r\nm=video 4002 UDP/TLS/RTP/SAVPF 97\r\n",
			{"m=audio 20000 RTP/AVP 8 111 9 0 18 101 13\r\n",
				"m=video 20002 RTP/AVP 97 98 99 96 34 31\r\n"},
			false},
		{"lines that are not for us stay off",
			"m=application 5000 UDP/BFCP *\r\nm=audio 4000 RTP/AVP 0\r\n",
			{"m=application 0 UDP/BFCP *\r\n",
				"m=audio 20000 RTP/AVP 0 111 9 8 18 101 13\r\n",
				"m=video 20002 RTP/AVP 97 98 99 96 34 31\r\n"},
			false},
		{"video first",
			"m=video 4002 RTP/AVP 99\r\na=rtpmap:99 VP8/90000\r\n"
			"m=audio 4000 RTP/AVP 0\r\n",
			{"m=video 20002 RTP/AVP 99 97 98 96 34 31\r\n",
				"m=audio 20000 RTP/AVP 0 111 9 8 18 101 13\r\n"},
			false},
		{"their numbers",
			"m=audio 4000 RTP/AVP 97 8 111 96\r\na=rtpmap:97 opus/48000/2\r\n"
			"a=rtpmap:111 telephone-event/8000\r\na=rtpmap:96 PCMU/8000\r\n",
			{"m=audio 20000 RTP/AVP 97 8 96 9 18 111 13\r\n",
				"m=video 20002 RTP/AVP 97 98 99 96 34 31\r\n"},
			false},
		{"a number of ours that is taken",
			"m=audio 4000 RTP/AVP 111\r\na=rtpmap:111 PCMA/8000\r\n",
			{"m=audio 20000 RTP/AVP 111 96 9 0 18 101 13\r\n",
				"m=video 20002 RTP/AVP 97 98 99 96 34 31\r\n"},
			false},
		{"H.264 of mode 0 by the number of mode 1",
			"m=audio 4000 RTP/AVP 0\r\nm=video 4002 RTP/AVP 97\r\n"
			"a=rtpmap:97 H264/90000\r\na=fmtp:97 profile-level-id=42801f\r\n",
			{"m=audio 20000 RTP/AVP 0 111 9 8 18 101 13\r\n",
				"m=video 20002 RTP/AVP 97 96 99 98 34 31\r\n"},
			false},
	};
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		char text[4096];
		struct ts_sip_sdp_policy policy = policy_off;
		policy.no_video = calls[i].no_video;
		snprintf(text, sizeof(text), HEAD "%s", calls[i].lines);
		struct ts_sip_session *s = answer_of(text, &policy, 0);
		ts_sip_sdp_offer(s, &policy);
		const char *offer = write_text(s, &policy), *at = offer;
		for (int k = 0; k < 3 && calls[i].m[k]; k++) {
			const char *next = strstr(at, "m=");
			if (!next || strncmp(next, calls[i].m[k], strlen(calls[i].m[k])) != 0)
				fail_msg("%s: not %s in\n%s", calls[i].name, calls[i].m[k], offer);
			at = next + 2;
		}
		if (strstr(at, "\r\nm=")) fail_msg("%s: more in\n%s", calls[i].name, offer);
		struct ts_sdp *sdp = parse(offer);
		for (size_t k = 0; k < sdp->n_media; k++)
			if (sdp->media[k].port)
				assert_int_equal(
					ts_sdp_direction(sdp, &sdp->media[k]), TS_SDP_SENDRECV);
		ts_sdp_destroy(&sdp);
		free(s);
	}
}

/* A call of PCMU and no video is passed on, by an offer of ours, to a phone that has other
 * things. */
static void follows_a_transfer(void **state)
{
	(void)state;
	struct ts_sip_session *s = answer_of(HEAD "m=audio 4000 RTP/AVP 0\r\n", &policy_off, 0);
	uint32_t ssrc = s->transport.media[0].send_ssrc;
	char err[200];
	ts_sip_sdp_offer(s, &policy_off);
	assert_false(s->transport.media[1].plain.off); /* so that there is a port to write */
	assert_int_equal(s->transport.media[1].n_pt, 0);
	assert_false(s->transport.media[1].send);
	/* at once (RFC 3264 5.1) */
	assert_true(receives(&s->transport.media[0], 8, TS_CODEC_PCMA));
	struct ts_sdp *answer = parse(HEAD
		"m=audio 4000 RTP/AVP 8\r\nm=video 4002 RTP/AVP 99\r\na=rtpmap:99 VP8/90000\r\n");
	assert_int_equal(ts_sip_sdp_read_answer(s, answer, &policy_off, err, sizeof(err)), 0);
	assert_int_equal(s->transport.media[0].send_codec, TS_CODEC_PCMA);
	assert_int_equal(s->transport.media[0].send_ssrc, ssrc);
	assert_int_equal(s->transport.media[1].send_codec, TS_CODEC_VP8);
	ts_sdp_destroy(&answer);
	/* and the camera goes off again */
	ts_sip_sdp_offer(s, &policy_off);
	answer = parse(HEAD "m=audio 4000 RTP/AVP 8\r\nm=video 0 RTP/AVP 99\r\n");
	assert_int_equal(ts_sip_sdp_read_answer(s, answer, &policy_off, err, sizeof(err)), 0);
	assert_true(s->transport.media[1].plain.off);
	ts_sdp_destroy(&answer);
	free(s);
}

/* Formats of the peer's that are one of ours come back under its number, once. */
static void offers_each_number_once(void **state)
{
	(void)state;
	struct ts_sip_session *s = offer_and_take(
		"m=audio 4000 RTP/AVP 0\r\nm=video 4002 RTP/AVP 120 121 122\r\n"
		"a=rtpmap:120 H264/90000\r\n"
		"a=fmtp:120 profile-level-id=42e01f;packetization-mode=1\r\n"
		"a=rtpmap:121 H264/90000\r\n"
		"a=fmtp:121 profile-level-id=4d001f;packetization-mode=1\r\n"
		"a=rtpmap:122 H264/90000\r\n"
		"a=fmtp:122 profile-level-id=42e01f\r\n",
		0);
	ts_sip_sdp_offer(s, &policy_off);
	assert_non_null(
		strstr(write_text(s, &policy_off), "m=video 20002 RTP/AVP 97 98 99 96 34 31\r\n"));
	/* until the answer is here */
	assert_true(receives(&s->transport.media[1], 121, TS_CODEC_H264));
	free(s);
}

static void keys_have_mkis(void **state)
{
	(void)state;
	struct ts_sip_session *s = answer_of(HEAD
		"m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY "|1:4;" KEY
		"|2:4\r\n",
		&policy_offered, 0);
	const struct ts_srtp_keys *keys = &s->transport.media[0].plain.keys;
	assert_int_equal(keys->remote_mki.id, 1);
	assert_int_equal(keys->local_mki.n_bytes, 4);
	assert_int_equal(keys->n_more, 1);
	free(s);
}

static void names_are_random_enough(void **state)
{
	(void)state;
	struct ts_sip_session *s = answer_of(HEAD "m=audio 4000 RTP/AVP 0\r\n", &policy_off, 0);
	assert_int_equal(strlen(s->transport.cname), TS_CNAME_LEN);
	/* RFC 7022 4.2: 96 bits, so digits of 6 bits; hexadecimal ones have 4 */
	assert_true(strspn(s->transport.cname, "0123456789abcdef") < TS_CNAME_LEN);
	free(s);
	/* RFC 3550 8.2: none of the peer's */
	char text[1024];
	uint32_t seed = 41;
	struct ts_sip_sdp_policy policy = {.random = count_up, .arg = &seed};
	snprintf(text, sizeof(text),
		HEAD "m=audio 4000 RTP/AVP 0\r\na=ssrc:43 cname:x\r\na=ssrc:44 cname:x\r\n");
	s = answer_of(text, &policy, 0);
	assert_int_equal(s->media[0].ssrc, 45);
	assert_int_not_equal(s->media[1].ssrc, 45);
	free(s);
}

static void carries_packet_times(void **state)
{
	(void)state;
	struct ts_sip_session *s = answer_of(HEAD
		"m=audio 4000 RTP/AVP 111 0\r\na=rtpmap:111 opus/48000/2\r\n"
		"a=fmtp:111 maxaveragebitrate=16000\r\na=ptime:30\r\na=maxptime:10\r\n",
		&policy_off, 0);
	assert_int_equal(s->transport.media[0].ptime_ms, 30);
	assert_int_equal(s->transport.media[0].maxptime_ms, 10);
	assert_int_equal(s->transport.media[0].max_audio_bps, 16000);
	free(s);
}

/* In a later offer of ours too, by the same numbers; a phone without it is offered none. */
static void red_is_answered_and_kept(void **state)
{
	(void)state;
	struct ts_sip_session *s = answer_of(HEAD
		"m=audio 4000 RTP/AVP 109 0 63\r\na=rtpmap:109 opus/48000/2\r\n"
		"a=rtpmap:63 red/48000/2\r\na=fmtp:63 109/109\r\n",
		&policy_off, 0);
	assert_int_equal(s->transport.media[0].send_red_pt, 63);
	assert_non_null(strstr(write_text(s, &policy_off), " RTP/AVP 109 63 0"));
	assert_non_null(strstr(write_text(s, &policy_off), "a=fmtp:63 109/109\r\n"));
	ts_sip_sdp_offer(s, &policy_off);
	assert_non_null(strstr(write_text(s, &policy_off), "a=fmtp:63 109/109\r\n"));
	free(s);
	struct ts_sip_session *fresh = calloc(1, sizeof(*fresh));
	ts_sip_sdp_offer(fresh, &policy_off);
	assert_null(strstr(write_text(fresh, &policy_off), "red/"));
	free(fresh);
}

static void carries_parameter_sets(void **state)
{
	(void)state;
	struct ts_sip_session *s = answer_of(HEAD
		"m=video 4000 RTP/AVP 97 98\r\na=rtpmap:97 H264/90000\r\n"
		"a=fmtp:97 "
		"profile-level-id=42e01f;packetization-mode=1;sprop-parameter-sets=Z0LAHtoC,"
		"aM48gA==\r\n"
		"a=rtpmap:98 VP8/90000\r\n",
		&policy_off, 0);
	assert_int_equal(s->camera_sets.len, 14);
	assert_int_equal(s->camera_sets.bytes[2], 0x67);
	free(s);
}

static void reads_addresses(void **state)
{
	(void)state;
	static const char text[] = HEAD
		"m=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.0.2.7\r\na=rtcp:4711 IN IP4 192.0.2.8\r\n";
	struct ts_sip_session *s = answer_of(text, &policy_offered, 0);
	const struct ts_plain_config *plain = &s->transport.media[0].plain;
	assert_string_equal(plain->address, "192.0.2.7");
	assert_int_equal(plain->port, 4000);
	assert_string_equal(plain->rtcp_address, "192.0.2.8");
	assert_int_equal(plain->rtcp_port, 4711);
	assert_true(s->transport.media[1].plain.off);
	free(s);
}

/* An IPv4 address is one however it is written; its family must be ours either way. */
static void reads_mapped_addresses(void **state)
{
	static const struct {
		const char *c, *rtcp, *address, *rtcp_address;
		const struct ts_sip_sdp_policy *policy;
		int rc;
	} ways[] = {
		{"IP6 ::ffff:192.0.2.7", "", "192.0.2.7", "", &policy_ip4, 0},
		{"IP6 ::FFFF:c000:207", "", "192.0.2.7", "", &policy_ip4, 0},
		{"IP6 0:0:0:0:0:ffff:192.0.2.7", "", "192.0.2.7", "", &policy_ip4, 0},
		{"IP4 ::ffff:192.0.2.7", "", "192.0.2.7", "", &policy_ip4, 0},
		{"IP6 192.0.2.7", "", "192.0.2.7", "", &policy_ip4, 0},
		{"IP4 192.0.2.7", "a=rtcp:4711 IN IP6 ::ffff:192.0.2.8\r\n", "192.0.2.7",
			"192.0.2.8", &policy_ip4, 0},
		{"IP4 192.0.2.7", "a=rtcp:4711 IN IP6 2001:db8::8\r\n", "192.0.2.7", "",
			&policy_ip4, 0},
		{"IP6 ::ffff:0.0.0.0", "", "", "", &policy_ip4, 0},
		{"IP6 ::ffff:224.0.0.9", "", "", "", &policy_ip4, TS_EUNSUPPORTED},
		{"IP6 ::ffff:192.0.2.7", "", "", "", &policy_ip6, TS_EUNSUPPORTED},
		{"IP6 2001:db8::7", "", "2001:db8::7", "", &policy_ip6, 0},
		{"IP6 2001:db8::7", "", "", "", &policy_ip4, TS_EUNSUPPORTED},
		/* a translator's, not ours */
		{"IP6 64:ff9b::c000:207", "", "", "", &policy_ip4, TS_EUNSUPPORTED},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		char text[400];
		snprintf(text, sizeof(text), HEAD "m=audio 4000 RTP/AVP 0\r\nc=IN %s\r\n%s",
			ways[i].c, ways[i].rtcp);
		struct ts_sip_session *s = answer_of(text, ways[i].policy, ways[i].rc);
		const struct ts_plain_config *plain = &s->transport.media[0].plain;
		if (!ways[i].rc &&
			(strcmp(plain->address, ways[i].address) != 0 ||
				strcmp(plain->rtcp_address, ways[i].rtcp_address) != 0))
			fail_msg("%s %s: %s %s", ways[i].c, ways[i].rtcp, plain->address,
				plain->rtcp_address);
		free(s);
	}
}

/* ---- presentations: the second line of video, and BFCP */

static const struct ts_sip_sdp_policy policy_content = {.receive_kbps = 1500,
	.content = true,
	.bfcp_fingerprint = "sha-256 EE:00",
	.random = next_random};
#define PRINT "a=fingerprint:SHA-1 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB\r\n"

#define CAMERA "m=audio 4000 RTP/AVP 0\r\nm=video 4002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n"
#define SLIDES "m=video 4004 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n"
#define CLIENT "a=floorctrl:c-s\r\na=confid:1\r\na=userid:18\r\na=floorid:2 mstrm:12\r\n"

static void content_rows(void **state)
{
	static const struct {
		const char *name, *lines;
		bool bfcp, slides;
		const char *has; /* in the answer */
	} table[] = {
		{"UDP",
			CAMERA "m=application 5000 UDP/BFCP *\r\n" CLIENT SLIDES
			       "a=content:slides\r\n",
			true, true, "m=application 7000 UDP/BFCP *\r\na=floorctrl:s-only\r\n"},
		{"its floor is named",
			CAMERA "m=application 5000 UDP/BFCP *\r\n" CLIENT SLIDES
			       "a=content:slides\r\na=label:12\r\n",
			true, true, "a=floorid:2 mstrm:12\r\n"},
		{"by label alone",
			CAMERA "m=application 5000 UDP/BFCP *\r\n" CLIENT SLIDES "a=label:12\r\n",
			true, true, "a=content:slides\r\na=label:12\r\n"},
		{"m-stream",
			CAMERA "m=application 5000 UDP/BFCP *\r\na=floorid:1 m-stream:3\r\n" SLIDES
			       "a=content:slides\r\na=label:3\r\n",
			true, true, "a=floorid:1 m-stream:3\r\n"},
		{"TCP, it connects",
			CAMERA "m=application 9 TCP/BFCP *\r\na=setup:active\r\n"
			       "a=connection:new\r\na=floorctrl:c-only\r\n",
			true, false, "a=setup:passive\r\na=connection:new\r\n"},
		{"TCP, the connection stays",
			CAMERA "m=application 9 TCP/BFCP *\r\na=setup:actpass\r\n"
			       "a=connection:existing\r\n",
			true, false, "a=connection:existing\r\n"},
		{"TCP, we should connect",
			CAMERA "m=application 5000 TCP/BFCP *\r\na=setup:passive\r\n", false, false,
			"m=application 0 TCP/BFCP *\r\n"},
		{"TLS", CAMERA "m=application 5000 TCP/TLS/BFCP *\r\n" PRINT CLIENT, true, false,
			"m=application 7000 TCP/TLS/BFCP *\r\na=floorctrl:s-only\r\n"
			"a=setup:passive\r\na=connection:new\r\n"
			"a=fingerprint:sha-256 EE:00\r\n"},
		{"TLS, one certificate for all",
			PRINT CAMERA "m=application 9 TCP/TLS/BFCP *\r\na=setup:actpass\r\n" CLIENT,
			true, false, "a=fingerprint:sha-256 EE:00\r\n"},
		{"TLS, the connection stays",
			CAMERA "m=application 9 TCP/TLS/BFCP *\r\na=setup:active\r\n"
			       "a=connection:existing\r\n" PRINT,
			true, false, "a=connection:existing\r\na=fingerprint:"},
		{"TLS, we should connect",
			CAMERA "m=application 5000 TCP/TLS/BFCP *\r\na=setup:passive\r\n" PRINT,
			false, false, "m=application 0 TCP/TLS/BFCP *\r\n"},
		{"TLS without a certificate", CAMERA "m=application 5000 TCP/TLS/BFCP *\r\n" CLIENT,
			false, false, "m=application 0 TCP/TLS/BFCP *\r\n"},
		{"TLS, and a hash that nobody knows",
			CAMERA
			"m=application 5000 TCP/TLS/BFCP *\r\na=fingerprint:md9 00\r\n" CLIENT,
			false, false, "m=application 0 TCP/TLS/BFCP *\r\n"},
		{"DTLS", CAMERA "m=application 5000 UDP/TLS/BFCP *\r\n" CLIENT, false, false,
			"m=application 0 UDP/TLS/BFCP *\r\n"},
		{"a server", CAMERA "m=application 5000 UDP/BFCP *\r\na=floorctrl:s-only\r\n",
			false, false, "m=application 0 UDP/BFCP *\r\n"},
		{"two of them",
			CAMERA "m=application 5000 UDP/BFCP *\r\nm=application 5002 UDP/BFCP *\r\n",
			true, false, "m=application 0 UDP/BFCP *\r\n"},
		{"off", CAMERA "m=application 0 UDP/BFCP *\r\n", false, false,
			"m=application 0 UDP/BFCP *\r\n"},
		{"slides without BFCP", CAMERA SLIDES "a=content:slides\r\n", false, true,
			"a=content:slides\r\na=label:12\r\n"},
		{"a second camera", CAMERA SLIDES, false, false, "m=video 0 RTP/AVP 97\r\n"},
		{"versions", CAMERA "m=application 5000 UDP/BFCP *\r\na=bfcpver:2 1\r\n", true,
			false, "a=bfcpver:2 1\r\n"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char text[2048];
		snprintf(text, sizeof(text), HEAD "%s", table[i].lines);
		struct ts_sip_session *s = answer_of(text, &policy_content, 0);
		if (s->bfcp.used != table[i].bfcp) fail_msg("%s: bfcp", table[i].name);
		if ((s->slides_media >= 0) != table[i].slides)
			fail_msg("%s: slides", table[i].name);
		s->bfcp.local_port = 7000;
		s->bfcp.conference = 5;
		s->bfcp.user = 6;
		const char *answer = write_text(s, &policy_content);
		if (!strstr(answer, table[i].has)) fail_msg("%s:\n%s", table[i].name, answer);
		if (table[i].bfcp) assert_non_null(strstr(answer, "a=confid:5\r\na=userid:6\r\n"));
		free(s);
	}
}

/* Offered by us, taken, and refused; in a later offer what was refused stays so. */
static void content_is_offered(void **state)
{
	(void)state;
	struct ts_sip_session *s = calloc(1, sizeof(*s));
	ts_sip_sdp_offer(s, &policy_content);
	s->bfcp.local_port = 7000;
	const char *offer = write_text(s, &policy_content);
	assert_non_null(strstr(offer, "m=application 7000 UDP/BFCP *\r\na=floorctrl:s-only\r\n"));
	assert_non_null(strstr(offer, "a=floorid:1 mstrm:12\r\n"));
	assert_non_null(strstr(offer, "a=content:main\r\na=label:11\r\n"));
	assert_non_null(strstr(offer, "a=content:slides\r\na=label:12\r\n"));
	struct ts_sdp *answer = parse(
		HEAD "m=audio 4000 RTP/AVP 0\r\nm=video 0 RTP/AVP 97\r\n"
		     "m=application 0 UDP/BFCP *\r\nm=video 0 RTP/AVP 97\r\n");
	char err[200];
	assert_int_equal(ts_sip_sdp_read_answer(s, answer, &policy_content, err, sizeof(err)), 0);
	ts_sdp_destroy(&answer);
	assert_false(s->bfcp.used);
	assert_int_equal(s->slides_media, -1);
	ts_sip_sdp_offer(s, &policy_content);
	assert_non_null(strstr(write_text(s, &policy_content), "m=application 0 UDP/BFCP *\r\n"));
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_table),
		cmocka_unit_test(answers_room_systems),
		cmocka_unit_test(keeps_to_itself_over_a_call),
		cmocka_unit_test(takes_the_answer_to_its_offer),
		cmocka_unit_test(takes_answers_of_every_form),
		cmocka_unit_test(receives_by_its_own_numbers),
		cmocka_unit_test(only_agrees_to_rtcp_mux),
		cmocka_unit_test(offers_all_again),
		cmocka_unit_test(follows_a_transfer),
		cmocka_unit_test(offers_each_number_once),
		cmocka_unit_test(keys_have_mkis),
		cmocka_unit_test(names_are_random_enough),
		cmocka_unit_test(carries_packet_times),
		cmocka_unit_test(red_is_answered_and_kept),
		cmocka_unit_test(carries_parameter_sets),
		cmocka_unit_test(reads_addresses),
		cmocka_unit_test(reads_mapped_addresses),
		cmocka_unit_test(content_rows),
		cmocka_unit_test(content_is_offered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
