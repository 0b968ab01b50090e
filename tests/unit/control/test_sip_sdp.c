#include "base/error.h"
#include "control/sip/sdp.h"
#include <setjmp.h>
#include <stdarg.h>
#include <dirent.h>
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

static const struct ts_sip_sdp_policy policy_offered = {
	.srtp = TS_SIP_SRTP_OFFERED, .receive_kbps = 1500, .random = next_random};
static const struct ts_sip_sdp_policy policy_off = {.srtp = TS_SIP_SRTP_OFF, .random = next_random};
static const struct ts_sip_sdp_policy policy_required = {.srtp = TS_SIP_SRTP_REQUIRED, .random = next_random};

static struct ts_sdp *parse(const char *text)
{
	struct ts_sdp *sdp = NULL;
	char err[200];
	if (ts_sdp_parse(&sdp, text, strlen(text), err, sizeof(err))) fail_msg("%s in\n%s", err, text);
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

static void check_direction(const struct ts_sdp *offer, const struct ts_sdp_media *o, const struct ts_sdp *answer,
	const struct ts_sdp_media *a)
{
	enum ts_sdp_dir may = ts_sdp_dir_reverse(ts_sdp_direction(offer, o));
	assert_int_equal(ts_sdp_direction(answer, a) & ~may, 0);
}

static void check_line(const struct ts_sdp *offer, size_t i, const struct ts_sdp *answer)
{
	const struct ts_sdp_media *o = &offer->media[i], *a = &answer->media[i];
	assert_string_equal(o->kind, a->kind);
	assert_string_equal(o->proto, a->proto);
	for (size_t k = 0; k < a->n_format; k++) assert_true(offers_format(o, a->format[k]));
	if (!a->port) return;
	assert_true(o->port);
	check_direction(offer, o, answer, a);
	for (size_t k = 0; k < a->n_format; k++) {
		int pt = ts_sdp_format_pt(a->format[k]);
		const char *map = find_pt(a, "rtpmap", pt), *asked = find_pt(o, "rtpmap", pt);
		assert_non_null(map);
		if (!strncasecmp(map, "H264/", 5)) check_h264(find_pt(o, "fmtp", pt), find_pt(a, "fmtp", pt));
		if (asked) assert_int_equal(strncasecmp(map, asked, strcspn(asked, "/")), 0);
	}
	bool secure = strstr(o->proto, "SAVP") != NULL;
	if (secure) assert_true(ts_sdp_has(&a->s, "crypto"));
	if (ts_sdp_has(&a->s, "rtcp-mux")) assert_true(ts_sdp_has(&o->s, "rtcp-mux"));
}

static struct ts_sip_session *answer_of(const char *text, const struct ts_sip_sdp_policy *policy, int expect)
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
	{"telephone-event and comfort noise", "m=audio 4000 RTP/AVP 8 101 13\r\na=rtpmap:101 telephone-event/8000\r\n",
		&policy_offered, 0, "m=audio 20000 RTP/AVP 8 101 13\r\n", NULL},
	{"events of another clock", "m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/48000\r\n",
		&policy_offered, 0, "m=audio 20000 RTP/AVP 0\r\n", NULL},
	{"G.722 says 8000", "m=audio 4000 RTP/AVP 9\r\n", &policy_offered, 0, "a=rtpmap:9 G722/8000\r\n", NULL},
	{"nothing in common", "m=audio 4000 RTP/AVP 18\r\n", &policy_offered, TS_EUNSUPPORTED, NULL, NULL},
	{"a disabled line stays", "m=audio 4000 RTP/AVP 0\r\nm=video 0 RTP/AVP 34\r\n", &policy_offered, 0,
		"m=video 0 RTP/AVP 34\r\n", NULL},
	{"BFCP, H.224, control, slides",
		"m=audio 4000 RTP/AVP 0\r\nm=application 5000 UDP/BFCP *\r\nm=video 4002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n"
		"a=fmtp:97 profile-level-id=42801f\r\na=content:main\r\nm=application 5002 RTP/AVP 100\r\na=rtpmap:100 H224/4800\r\n"
		"m=control 5004 RTP/AVP 97\r\nm=video 4004 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\na=content:slides\r\n",
		&policy_offered, 0, "m=application 0 UDP/BFCP *\r\n",
		"m=video 20002 RTP/AVP 97\r\nb=TIAS:1500000\r\na=content"},
	{"slides before main",
		"m=video 4002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\na=content:slides\r\n"
		"m=video 4004 RTP/AVP 98\r\na=rtpmap:98 H264/90000\r\n",
		&policy_offered, 0, "m=video 0 RTP/AVP 97\r\nm=video 20002 RTP/AVP 98\r\n", NULL},
	{"SDES required and offered", "m=audio 4000 RTP/SAVP 0\r\na=crypto:7 AES_CM_128_HMAC_SHA1_32 " KEY "\r\n",
		&policy_required, 0, "a=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:", NULL},
	{"SDES required, not offered", "m=audio 4000 RTP/AVP 0\r\n", &policy_required, TS_EUNSUPPORTED, NULL, NULL},
	{"SDES off, insisted on", "m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY "\r\n",
		&policy_off, TS_EUNSUPPORTED, NULL, NULL},
	{"an unknown suite first",
		"m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_256_CM_HMAC_SHA1_80 " KEY "\r\n"
		"a=crypto:2 AES_CM_128_HMAC_SHA1_80 " KEY "\r\n",
		&policy_offered, 0, "a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:", "crypto:1"},
	{"keys on RTP/AVP", "m=audio 4000 RTP/AVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY "\r\n", &policy_offered,
		0, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:", NULL},
	{"keys on RTP/AVP, off", "m=audio 4000 RTP/AVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY "\r\n",
		&policy_off, 0, NULL, "crypto"},
	{"hold", "m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n", &policy_offered, 0, "a=recvonly\r\n", NULL},
	{"hold of old", "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n", &policy_offered, 0, "a=recvonly\r\n", NULL},
	{"inactive", "m=audio 4000 RTP/AVP 0\r\na=inactive\r\n", &policy_offered, 0, "a=inactive\r\n", NULL},
	{"DTLS is for later", "m=audio 4000 UDP/TLS/RTP/SAVPF 0\r\n", &policy_offered, TS_EUNSUPPORTED, NULL, NULL},
	{"feedback on AVP",
		"m=video 4002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\na=rtcp-fb:* ccm fir\r\na=rtcp-fb:* ccm tmmbr\r\n",
		&policy_offered, 0, "a=rtcp-fb:97 ccm fir\r\n", "tmmbr"},
	{"mode 0 alone", "m=video 4002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\na=fmtp:97 profile-level-id=42801e\r\n",
		&policy_offered, 0, "packetization-mode=0;profile-level-id=42801e", NULL},
	{"mid of a refused line",
		"m=audio 4000 RTP/AVP 0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:d\r\n",
		&policy_offered, 0, "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:d\r\n", NULL},
	{"no lines at all", "", &policy_offered, TS_EUNSUPPORTED, NULL, NULL},
	{"video alone", "m=video 4002 RTP/AVP 97\r\na=rtpmap:97 VP8/90000\r\n", &policy_offered, 0,
		"m=video 20002 RTP/AVP 97\r\nb=TIAS:1500000\r\na=rtpmap:97 VP8/90000\r\n", "m=audio"},
	{"video before audio", "m=video 4002 RTP/AVP 97\r\na=rtpmap:97 VP8/90000\r\nm=audio 4000 RTP/AVP 0\r\n",
		&policy_offered, 0, "m=audio 20000 RTP/AVP 0\r\n", NULL},
	{"two audio lines", "m=audio 4000 RTP/AVP 0\r\nm=audio 4006 RTP/AVP 8\r\n", &policy_offered, 0,
		"m=audio 0 RTP/AVP 8\r\n", NULL},
	{"keys and feedback",
		"m=video 4002 RTP/SAVPF 97\r\na=rtpmap:97 H264/90000\r\na=rtcp-fb:97 nack pli\r\n"
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY "\r\n",
		&policy_offered, 0, "a=rtcp-fb:97 nack pli\r\n", "ccm fir"},
	{"one port wanted", "m=audio 4000 RTP/AVP 0\r\na=rtcp-mux\r\n", &policy_offered, 0, "a=rtcp-mux\r\n", NULL},
	{"one port not wanted", "m=audio 4000 RTP/AVP 0\r\na=rtcp:4007\r\n", &policy_offered, 0, NULL, "a=rtcp-mux"},
	{"a key that is no key", "m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:short\r\n",
		&policy_offered, TS_EUNSUPPORTED, NULL, NULL},
	{"a tag too many", "m=audio 4000 RTP/SAVP 0\r\na=crypto:9999999999 AES_CM_128_HMAC_SHA1_80 " KEY "\r\n",
		&policy_offered, TS_EUNSUPPORTED, NULL, NULL},
	{"Opus by another number", "m=audio 4000 RTP/AVP 96 0\r\na=rtpmap:96 opus/48000/2\r\n", &policy_offered, 0,
		"a=rtpmap:96 opus/48000/2\r\n", NULL},
	{"a name in capitals", "m=audio 4000 RTP/AVP 97\r\na=rtpmap:97 OPUS/48000/2\r\n", &policy_offered, 0,
		"m=audio 20000 RTP/AVP 97\r\n", NULL},
	{"G.722 of another clock", "m=audio 4000 RTP/AVP 0 9\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:9 G722/16000\r\n",
		&policy_offered, 0, "m=audio 20000 RTP/AVP 0\r\n", NULL},
	{"H.264 both modes",
		"m=video 4002 RTP/AVP 96 97\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 profile-level-id=42801f;packetization-mode=0\r\n"
		"a=rtpmap:97 H264/90000\r\na=fmtp:97 profile-level-id=42801f;packetization-mode=1\r\n",
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
		/* RTP/SAVPF without any key (its description is incomplete): 488 is the only answer */
		bool keyless = strstr(e->d_name, "cisco_wme_webex") != NULL;
		struct ts_sip_session *s = answer_of(text, &policy_offered, keyless ? TS_EUNSUPPORTED : 0);
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
	static const char first[] = HEAD "m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY "\r\n";
	static const char hold[] = HEAD "m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY
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
	assert_memory_equal(
		&keys, &s->transport.media[0].plain.keys, sizeof(keys)); /* else numbers would be used twice */
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
	assert_true(ours->transport.offering);
	snprintf(offer, sizeof(offer), "%s", write_text(ours, &policy_required));
	assert_non_null(strstr(offer, "m=audio 20000 RTP/SAVP 111 9 0 8 101 13\r\n"));
	assert_non_null(strstr(offer, "a=crypto:2 AES_CM_128_HMAC_SHA1_32"));

	struct ts_sip_session *theirs = answer_of(offer, &policy_required, 0);
	snprintf(answer, sizeof(answer), "%s", write_text(theirs, &policy_required));
	struct ts_sdp *sdp = parse(answer);
	assert_int_equal(ts_sip_sdp_take(ours, sdp, &policy_required, err, sizeof(err)), 0);
	ts_sdp_destroy(&sdp);
	for (int i = 0; i < 2; i++) {
		const struct ts_srtp_keys *a = &ours->transport.media[i].plain.keys,
					  *b = &theirs->transport.media[i].plain.keys;
		assert_int_equal(a->profile, b->profile);
		assert_memory_equal(a->local, b->remote, sizeof(a->local));
		assert_memory_equal(a->remote, b->local, sizeof(a->local));
		assert_int_equal(ours->transport.media[i].send_codec, theirs->transport.media[i].send_codec);
	}
	free(ours);
	free(theirs);
}

static void refuses_answers_that_make_no_sense(void **state)
{
	(void)state;
	static const char one_line[] = HEAD "m=audio 4000 RTP/AVP 0\r\n";
	struct ts_sip_session *ours = calloc(1, sizeof(*ours));
	char err[200];
	ts_sip_sdp_offer(ours, &policy_off);
	struct ts_sdp *sdp = parse(one_line);
	assert_int_equal(ts_sip_sdp_take(ours, sdp, &policy_off, err, sizeof(err)), TS_EINVAL);
	assert_true(ours->transport.offering); /* as it was */
	ts_sdp_destroy(&sdp);
	free(ours);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_table),
		cmocka_unit_test(answers_room_systems),
		cmocka_unit_test(keeps_to_itself_over_a_call),
		cmocka_unit_test(takes_the_answer_to_its_offer),
		cmocka_unit_test(refuses_answers_that_make_no_sense),
		cmocka_unit_test(reads_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
