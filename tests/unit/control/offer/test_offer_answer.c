/* RFC 3264 by tables: directions in every combination and order, answers that differ from the offer
 * in lines and numbers, and numbers that are too large for what they say. */
#include "base/error.h"
#include "control/offer/sip.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SESSION "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n"
#define HEAD SESSION "c=IN IP4 192.0.2.1\r\nt=0 0\r\n"
#define PCMU "m=audio 4000 RTP/AVP 0\r\n"
#define VP8 "m=video 4002 RTP/AVP 99\r\na=rtpmap:99 VP8/90000\r\n"

static uint32_t count_up(void *arg)
{
	static uint32_t n;
	(void)arg;
	return ++n * 2654435761u;
}

static const struct ts_sip_sdp_policy policy = {
	.srtp = TS_SIP_SRTP_OFF, .receive_kbps = 1500, .random = count_up};

/* 0, or why not; `answer`: to an offer of ours. */
static int take(struct ts_sip_session *s, const char *text, bool answer)
{
	struct ts_sdp *sdp = NULL;
	char err[200] = "";
	int rc = ts_sdp_parse(&sdp, text, strlen(text), err, sizeof(err));
	if (!rc)
		rc = answer ? ts_sip_sdp_read_answer(s, sdp, &policy, err, sizeof(err))
			    : ts_sip_sdp_answer(s, sdp, &policy, err, sizeof(err));
	ts_sdp_destroy(&sdp);
	return rc;
}

static const char *written(const struct ts_sip_session *s)
{
	static char text[16384];
	const struct ts_transport_local local = {.port = {{20000, 20001}, {20002, 20003}}};
	struct ts_wr w = ts_wr(text, sizeof(text) - 1);
	assert_int_equal(ts_sip_sdp_write(&w, s, &local, "192.0.2.99", &policy), 0);
	text[ts_wr_len(&w)] = '\0';
	return text;
}

static bool receives(const struct ts_media_config *cfg, int pt, enum ts_codec codec)
{
	for (size_t i = 0; i < cfg->n_pt; i++)
		if (cfg->pt[i].pt == pt) return cfg->pt[i].codec == codec;
	return false;
}

/* ---- directions */

static const struct way {
	const char *what, *session, *line; /* of the peer: at the top, in the m-line */
	const char *answer;                /* what we say to it as an offer */
	bool send, receive;                /* what we do */
} ways[] = {
	{"nothing said", "", "", "a=sendrecv\r\n", true, true},
	{"sendrecv", "", "a=sendrecv\r\n", "a=sendrecv\r\n", true, true},
	{"sendonly", "", "a=sendonly\r\n", "a=recvonly\r\n", false, true},
	{"recvonly", "", "a=recvonly\r\n", "a=sendonly\r\n", true, false},
	{"inactive", "", "a=inactive\r\n", "a=inactive\r\n", false, false},
	{"sendonly above", "a=sendonly\r\n", "", "a=recvonly\r\n", false, true},
	{"inactive above, sendrecv here", "a=inactive\r\n", "a=sendrecv\r\n", "a=sendrecv\r\n",
		true, true},
	{"said twice: the first", "", "a=recvonly\r\na=sendrecv\r\n", "a=sendonly\r\n", true,
		false},
	{"capitals", "", "a=SendOnly\r\n", "a=recvonly\r\n", false, true},
	{"hold of RFC 2543", "", "c=IN IP4 0.0.0.0\r\n", "a=recvonly\r\n", false, true},
	{"both holds", "", "c=IN IP4 0.0.0.0\r\na=sendonly\r\n", "a=recvonly\r\n", false, true},
	{"recvonly at no address", "", "c=IN IP4 0.0.0.0\r\na=recvonly\r\n", "a=inactive\r\n",
		false, false},
	{"hold of IPv6", "", "c=IN IP6 ::\r\n", "a=recvonly\r\n", false, true},
};
enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

static void describe(char out[1000], const struct way *way, const char *line)
{
	snprintf(out, 1000, HEAD "%s%s%s", way->session, line, way->line);
}

static void check_way(const struct ts_sip_session *s, const struct way *way, const char *before)
{
	const struct ts_media_config *cfg = &s->transport.media[TS_SIP_AUDIO];
	if (cfg->send != way->send || (cfg->n_pt > 0) != way->receive || s->hold == way->send ||
		cfg->plain.off)
		fail_msg("%s after %s: send=%d receive=%zu hold=%d off=%d", way->what, before,
			cfg->send, cfg->n_pt, s->hold, cfg->plain.off);
	if (cfg->send) assert_string_equal(cfg->plain.address, "192.0.2.1");
}

/* Any of them after any other: what was before leaves nothing behind. */
static void answers_every_direction_after_every_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		for (size_t k = 0; k < WAYS; k++) {
			struct ts_sip_session *s = calloc(1, sizeof(*s));
			char text[1000];
			describe(text, &ways[i], PCMU);
			assert_int_equal(take(s, text, false), 0);
			check_way(s, &ways[i], "nothing");
			uint32_t ssrc = s->media[TS_SIP_AUDIO].ssrc;
			uint64_t version = s->version;
			describe(text, &ways[k], PCMU);
			assert_int_equal(take(s, text, false), 0);
			check_way(s, &ways[k], ways[i].what);
			if (!strstr(written(s), ways[k].answer))
				fail_msg("%s: %s", ways[k].what, written(s));
			assert_int_equal(s->media[TS_SIP_AUDIO].ssrc, ssrc);
			assert_true(s->version == version + 1); /* RFC 3264 8 */
			free(s);
		}
	}
}

static void takes_every_direction_as_an_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		for (size_t k = 0; k < WAYS; k++) {
			struct ts_sip_session *s = calloc(1, sizeof(*s));
			char text[1000];
			ts_sip_sdp_offer(s, &policy);
			assert_non_null(strstr(written(s), "a=sendrecv\r\n"));
			describe(text, &ways[i], PCMU);
			assert_int_equal(take(s, text, true), 0);
			check_way(s, &ways[i], "nothing");
			ts_sip_sdp_offer(s, &policy); /* to resume, in both directions again */
			assert_null(strstr(written(s), "a=inactive"));
			describe(text, &ways[k], PCMU);
			assert_int_equal(take(s, text, true), 0);
			check_way(s, &ways[k], ways[i].what);
			free(s);
		}
	}
}

/* ---- answers that are not in the form of the offer: audio 111 9 0 8 101 13, video 97 98 99 */

static void takes_answers_with_other_lines(void **state)
{
	static const struct {
		const char *what, *lines;
		int rc;
		bool audio, video;
	} rows[] = {
		{"as offered", PCMU VP8, 0, true, true},
		{"a line less", PCMU, 0, true, false},
		{"the first line left out", VP8, 0, false, true},
		{"turned round", VP8 PCMU, 0, true, true},
		{"a line more", PCMU VP8 "m=application 5000 UDP/BFCP *\r\n", 0, true, true},
		{"a line of the same kind more",
			PCMU VP8 "m=video 4010 RTP/AVP 99\r\na=rtpmap:99 VP8/90000\r\n", 0, true,
			true},
		{"one before all", "m=application 5000 UDP/BFCP *\r\n" PCMU VP8, 0, true, true},
		{"video refused", PCMU "m=video 0 RTP/AVP 99\r\n", 0, true, false},
		{"audio refused", "m=audio 0 RTP/AVP 0\r\n" VP8, 0, false, true},
		{"both refused", "m=audio 0 RTP/AVP 0\r\nm=video 0 RTP/AVP 99\r\n", TS_EUNSUPPORTED,
			false, false},
		{"no line at all", "", TS_EUNSUPPORTED, false, false},
		{"a codec that was not offered", "m=audio 4000 RTP/AVP 3\r\n" VP8, 0, false, true},
		{"keys that were not offered", "m=audio 4000 RTP/SAVP 0\r\n" VP8, 0, false, true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_sip_session *s = calloc(1, sizeof(*s));
		char text[1000];
		snprintf(text, sizeof(text), HEAD "%s", rows[i].lines);
		ts_sip_sdp_offer(s, &policy);
		int rc = take(s, text, true);
		bool audio = !s->transport.media[TS_SIP_AUDIO].plain.off && s->audio_media >= 0,
		     video = !s->transport.media[TS_SIP_VIDEO].plain.off && s->video_media >= 0;
		if (rc != rows[i].rc || (!rc && (audio != rows[i].audio || video != rows[i].video)))
			fail_msg("%s: %s audio=%d video=%d", rows[i].what, ts_strerror(rc), audio,
				video);
		if (!rc && audio)
			assert_int_equal(s->transport.media[TS_SIP_AUDIO].plain.port, 4000);
		if (!rc && video)
			assert_int_equal(s->transport.media[TS_SIP_VIDEO].plain.port, 4002);
		free(s);
	}
}

/* RFC 3264 6.1: each side is sent to by its own numbers. */
static void numbers_may_differ(void **state)
{
	static const char answer[] = HEAD
		"m=audio 4000 RTP/AVP 96 0 100 97\r\na=rtpmap:96 opus/48000/2\r\n"
		"a=rtpmap:100 telephone-event/8000\r\n"
		"a=rtpmap:97 CN/8000\r\nm=video 4002 RTP/AVP 120\r\na=rtpmap:120 H264/90000\r\n"
		"a=fmtp:120 profile-level-id=42e01f;packetization-mode=1\r\n";
	struct ts_sip_session *s = calloc(1, sizeof(*s));
	const struct ts_media_config *audio = &s->transport.media[TS_SIP_AUDIO],
				     *video = &s->transport.media[TS_SIP_VIDEO];
	(void)state;
	ts_sip_sdp_offer(s, &policy);
	assert_int_equal(take(s, answer, true), 0);
	assert_int_equal(audio->send_pt, 96);
	assert_int_equal(video->send_pt, 120);
	assert_true(receives(audio, 111, TS_CODEC_OPUS));
	assert_true(receives(audio, 101, TS_CODEC_DTMF));
	assert_true(receives(audio, 13, TS_CODEC_CN));
	assert_true(receives(video, 97, TS_CODEC_H264));
	/* and by theirs, which some send by */
	assert_true(receives(audio, 96, TS_CODEC_OPUS));
	assert_true(receives(audio, 100, TS_CODEC_DTMF));
	assert_true(receives(audio, 97, TS_CODEC_CN));
	assert_true(receives(video, 120, TS_CODEC_H264));
	assert_false(receives(audio, 8, TS_CODEC_PCMA)); /* not agreed to */
	free(s);
}

static void events_that_were_not_agreed_to_are_none(void **state)
{
	struct ts_sip_session *s = calloc(1, sizeof(*s));
	(void)state;
	ts_sip_sdp_offer(s, &policy);
	assert_int_equal(take(s, HEAD PCMU, true), 0);
	assert_true(receives(&s->transport.media[TS_SIP_AUDIO], 0, TS_CODEC_PCMU));
	assert_int_equal(s->transport.media[TS_SIP_AUDIO].n_pt, 1);
	free(s);
}

/* ---- attributes said twice, and numbers that do not fit */

static void the_first_word_counts(void **state)
{
	static const char offer[] = HEAD
		"c=IN IP4 192.0.2.8\r\n"
		"m=audio 4000 RTP/AVP 96 0\r\nc=IN IP4 192.0.2.7\r\nc=IN IP4 192.0.2.9\r\n"
		"a=rtpmap:96 opus/48000/2\r\n"
		"a=rtpmap:96 G722/8000\r\na=rtcp:4711\r\na=rtcp:4712\r\na=maxptime:40\r\n"
		"a=maxptime:10\r\n";
	struct ts_sip_session *s = calloc(1, sizeof(*s));
	const struct ts_media_config *cfg = &s->transport.media[TS_SIP_AUDIO];
	(void)state;
	assert_int_equal(take(s, offer, false), 0);
	assert_string_equal(cfg->plain.address, "192.0.2.7");
	assert_int_equal(cfg->plain.rtcp_port, 4711);
	assert_true(receives(cfg, 96, TS_CODEC_OPUS));
	free(s);
}

static void refuses_numbers_that_are_too_large(void **state)
{
	static const struct {
		const char *lines;
		int rc;
		uint16_t rtcp_port;
	} rows[] = {
		{"m=audio 65535 RTP/AVP 0\r\n", 0, 0},
		{"m=audio 65536 RTP/AVP 0\r\n", TS_EBADMSG, 0},
		{"m=audio 69536 RTP/AVP 0\r\n", TS_EBADMSG, 0},
		{"m=audio 4294971296 RTP/AVP 0\r\n", TS_EBADMSG, 0},
		{"m=audio 18446744073709555616 RTP/AVP 0\r\n", TS_EBADMSG, 0},
		{"m=audio -4000 RTP/AVP 0\r\n", TS_EBADMSG, 0},
		{"m=audio +4000 RTP/AVP 0\r\n", TS_EBADMSG, 0},
		{"m=audio 4000/65537 RTP/AVP 0\r\n", TS_EBADMSG, 0},
		{"m=audio 4000 RTP/AVP 128\r\n", TS_EUNSUPPORTED, 0},
		{"m=audio 4000 RTP/AVP 256\r\n", TS_EUNSUPPORTED, 0},
		{"m=audio 4000 RTP/AVP 4294967296\r\n", TS_EUNSUPPORTED, 0},
		{"m=audio 4000 RTP/AVP -1\r\n", TS_EUNSUPPORTED, 0},
		{"m=audio 4000 RTP/AVP 96\r\na=rtpmap:352 opus/48000/2\r\n", TS_EUNSUPPORTED, 0},
		{"m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 PCMU/4294975296\r\n", TS_EUNSUPPORTED, 0},
		{"m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 PCMU/0\r\n", TS_EUNSUPPORTED, 0},
		{"m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 PCMU/8000/257\r\n", TS_EUNSUPPORTED, 0},
		{"m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 opus/48000/258\r\n", TS_EUNSUPPORTED, 0},
		{PCMU "a=rtcp:65535\r\n", 0, 65535},
		{PCMU "a=rtcp:65536\r\n", 0, 0},
		{PCMU "a=rtcp:400010\r\n", 0, 0},
		{PCMU "a=rtcp:4294971297\r\n", 0, 0},
		{PCMU "a=rtcp:-1\r\n", 0, 0},
		{PCMU "a=rtcp:4711x\r\n", 0, 0},
		{PCMU "a=rtcp: 4711 IN IP4 192.0.2.9\r\n", 0, 4711},
		{PCMU "a=rtcp:4711 in ip4 192.0.2.9\r\n", 0, 4711},
		{PCMU "a=rtcp:4711 IN IP7 192.0.2.9\r\n", 0, 4711},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_sip_session *s = calloc(1, sizeof(*s));
		char text[1000];
		snprintf(text, sizeof(text), HEAD "%s", rows[i].lines);
		int rc = take(s, text, false);
		uint16_t port = s->transport.media[TS_SIP_AUDIO].plain.rtcp_port;
		if (rc != rows[i].rc || (!rc && port != rows[i].rtcp_port))
			fail_msg("%s: %s %u", rows[i].lines, ts_strerror(rc), port);
		free(s);
	}
}

static void reads_bandwidth(void **state)
{
	static const struct {
		const char *line;
		uint32_t kbps;
	} rows[] = {
		{"", 0},
		{"b=AS:1000\r\n", 950},
		{"b=AS:1\r\n", 1},
		{"b=AS:4294967295\r\n", 4080218931},
		{"b=AS:4294967297\r\n", 0}, /* 1 modulo 2^32 */
		{"b=AS:-1\r\n", 0},
		{"b=TIAS:1500000\r\n", 1500},
		{"b=TIAS:999\r\n", 1}, /* not 0, which is no limit */
		{"b=TIAS:4294967295\r\n", 4294968},
		{"b=TIAS:4294967296000\r\n", 0},
		{"b=TIAS:700000\r\nb=AS:5\r\n", 700},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_sip_session *s = calloc(1, sizeof(*s));
		char text[1000];
		snprintf(text, sizeof(text),
			HEAD PCMU "m=video 4002 RTP/AVP 99\r\n%sa=rtpmap:99 VP8/90000\r\n",
			rows[i].line);
		assert_int_equal(take(s, text, false), 0);
		if (s->send_kbps != rows[i].kbps) fail_msg("%s: %u", rows[i].line, s->send_kbps);
		free(s);
	}
}

/* Some read o= into 32 bits with a sign, and it grows with each description. */
static void origin_has_room_to_grow(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct ts_sip_session *s = calloc(1, sizeof(*s));
		assert_int_equal(take(s, HEAD PCMU, false), 0);
		assert_true(s->id > 0 && s->id <= INT32_MAX);
		free(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_every_direction_after_every_other),
		cmocka_unit_test(takes_every_direction_as_an_answer),
		cmocka_unit_test(takes_answers_with_other_lines),
		cmocka_unit_test(numbers_may_differ),
		cmocka_unit_test(events_that_were_not_agreed_to_are_none),
		cmocka_unit_test(the_first_word_counts),
		cmocka_unit_test(refuses_numbers_that_are_too_large),
		cmocka_unit_test(reads_bandwidth), cmocka_unit_test(origin_has_room_to_grow)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
