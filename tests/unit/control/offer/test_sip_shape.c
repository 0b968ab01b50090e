/* The shape of pictures that a description tells. */
#include "control/offer/sip.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD                                                                        \
	"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n" \
	"m=audio 5000 RTP/AVP 0\r\n"
#define LEVEL "profile-level-id=42e01f"
#define VIDEO "m=video 5002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\na=fmtp:97 " LEVEL
#define SPS ";sprop-parameter-sets=Z0LAH9oBQBbsBEAAAAMAQAAADyPGDKg=" /* 1280x720 */
#define H263 "m=video 5002 RTP/AVP 34\r\na=rtpmap:34 H263/90000\r\na=fmtp:34 CIF=1;QCIF=1\r\n"
#define SLIDES                                                                         \
	"m=video 5004 RTP/AVP 98\r\na=rtpmap:98 H264/90000\r\na=fmtp:98 " LEVEL "\r\n" \
	"a=content:slides\r\na=imageattr:98 recv [x=100,y=900]\r\n"

static void hear(struct ts_sip_session *s, const char *text)
{
	static const struct ts_sip_sdp_policy policy = {.srtp = TS_SIP_SRTP_OFF};
	struct ts_sdp *sdp = NULL;
	char err[200];
	if (ts_sdp_parse(&sdp, text, strlen(text), err, sizeof(err)) ||
		ts_sip_sdp_answer(s, sdp, &policy, err, sizeof(err)))
		fail_msg("%s in\n%s", err, text);
	ts_sdp_destroy(&sdp);
}

static void offers_tell_it(void **state)
{
	static const struct {
		const char *text;
		struct ts_sdp_shape shape;
	} rows[] = {
		{HEAD, {0, 0}},
		{HEAD VIDEO "\r\n", {0, 0}},
		{HEAD VIDEO SPS "\r\n", {1280, 720}},
		{HEAD VIDEO SPS "\r\na=imageattr:97 recv [x=360,y=640]\r\n", {360, 640}},
		{HEAD VIDEO SPS "\r\na=imageattr:97 send [x=360,y=640]\r\n", {360, 640}},
		{HEAD VIDEO SPS "\r\na=imageattr:97 recv *\r\n", {1280, 720}},
		{HEAD VIDEO SPS "\r\na=imageattr:97 recv [x=?]\r\n", {1280, 720}},
		{HEAD VIDEO "\r\na=imageattr:* recv [x=4,y=3]\r\n", {4, 3}},
		/* that of the format which is sent is meant */
		{HEAD VIDEO "\r\na=imageattr:99 recv [x=1,y=1]\r\na=imageattr:* recv [x=4,y=3]\r\n"
			    "a=imageattr:97 recv [x=16,y=9]\r\na=imageattr:* recv [x=5,y=4]\r\n",
			{16, 9}},
		{HEAD H263, {4, 3}},
		{HEAD H263 "a=imageattr:34 recv [x=176,y=144,sar=1.0909]\r\n", {192, 144}},
		/* off, and the presentation: nothing of the camera */
		{HEAD "m=video 0 RTP/AVP 97\r\na=imageattr:* recv [x=4,y=3]\r\n", {0, 0}},
		{HEAD SLIDES VIDEO "\r\na=imageattr:97 recv [x=4,y=3]\r\n", {4, 3}},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_sip_session *s = calloc(1, sizeof(*s));
		hear(s, rows[i].text);
		if (memcmp(&s->shape, &rows[i].shape, sizeof(s->shape)) != 0)
			fail_msg("%dx%d in\n%s", s->shape.width, s->shape.height, rows[i].text);
		free(s);
	}
}

/* A line that says nothing, or is off for a while, changes nothing. */
static void it_stays_until_another_is_told(void **state)
{
	struct ts_sip_session *s = calloc(1, sizeof(*s));
	(void)state;
	hear(s, HEAD VIDEO "\r\na=imageattr:97 recv [x=360,y=640]\r\n");
	hear(s, HEAD VIDEO "\r\n");
	assert_int_equal(s->shape.height, 640);
	hear(s, HEAD "m=video 0 RTP/AVP 97\r\n");
	assert_int_equal(s->shape.height, 640);
	hear(s, HEAD VIDEO "\r\na=imageattr:97 recv [x=640,y=360]\r\n");
	assert_int_equal(s->shape.height, 360);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offers_tell_it), cmocka_unit_test(it_stays_until_another_is_told)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
