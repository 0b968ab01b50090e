#include "tests/unit/control/negotiation.h"
#include "control/sdp/sdp.h"
#include "tests/unit/control/answer_check.h"
#include "tests/unit/control/offers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct ts_sdp *ts_n_offer, *ts_n_answer;
struct ts_negotiated *ts_n_plan;
char ts_n_text[TS_ANSWER_MAX + 1], ts_n_err[160];

static uint32_t count_up(void *arg)
{
	return ++*(uint32_t *)arg;
}

struct ts_transport_local ts_n_local = {
	.ice.ufrag = "tess",
	.ice.pwd = "0123456789abcdefghijkl",
	.ice.n_candidates = 2,
};
const struct ts_answer_ids ts_n_ids = {
	.fingerprint = "sha-256 " OFFER_FP, .session_id = 77, .session_version = 1};

int ts_n_setup(void **state)
{
	(void)state;
	ts_sdp_candidate_parse(
		&ts_n_local.ice.candidate[0], "1 1 UDP 2130706431 198.51.100.7 20000 typ host");
	ts_sdp_candidate_parse(
		&ts_n_local.ice.candidate[1], "2 1 UDP 2130706175 2001:db8::7 20002 typ host");
	ts_n_plan = malloc(sizeof(*ts_n_plan));
	return !ts_n_plan;
}

int ts_n_teardown(void **state)
{
	(void)state;
	ts_sdp_destroy(&ts_n_offer);
	ts_sdp_destroy(&ts_n_answer);
	free(ts_n_plan);
	return 0;
}

int ts_n_make_plan(const char *sdp, size_t len, const struct ts_offer_policy *policy)
{
	uint32_t seed = 1000;
	struct ts_offer_policy p = *policy;
	p.random = count_up;
	p.arg = &seed;
	ts_sdp_destroy(&ts_n_offer);
	ts_sdp_destroy(&ts_n_answer);
	int rc = ts_sdp_parse(&ts_n_offer, sdp, len, ts_n_err, sizeof(ts_n_err));
	return rc ? rc : ts_answer_plan(ts_n_plan, ts_n_offer, &p, ts_n_err, sizeof(ts_n_err));
}

void ts_n_make_answer(void)
{
	struct ts_wr w = ts_wr(ts_n_text, TS_ANSWER_MAX);
	assert_int_equal(ts_answer_write(&w, ts_n_plan, &ts_n_local, &ts_n_ids), 0);
	ts_n_text[ts_wr_len(&w)] = '\0';
	if (ts_sdp_parse(&ts_n_answer, ts_n_text, ts_wr_len(&w), ts_n_err, sizeof(ts_n_err)))
		fail_msg("%s", ts_n_err);
	struct answer_check check;
	const char *wrong = answer_check(&check, ts_n_offer, ts_n_answer);
	if (*wrong) fail_msg("%s\n%s", wrong, ts_n_text);
	assert_true(answer_matches_plan(ts_n_answer, ts_n_plan));
}

void ts_negotiate(const char *sdp, enum ts_offer_kind kind)
{
	struct ts_offer_policy policy = {.kind = kind, .start_bitrate_kbps = 800};
	if (ts_n_make_plan(sdp, strlen(sdp), &policy)) fail_msg("%s", ts_n_err);
	ts_n_make_answer();
}

size_t ts_says(const char *line)
{
	size_t len = strlen(line), n = 0;
	for (const char *s = ts_n_text; (s = strstr(s, line)); s++)
		n += (s == ts_n_text || s[-1] == '\n') && s[len] == '\r';
	return n;
}

const struct ts_media_config *ts_n_audio(void)
{
	return &ts_n_plan->transport.media[ts_n_plan->audio_media];
}

const struct ts_media_config *ts_n_video(void)
{
	return &ts_n_plan->transport.media[ts_n_plan->video_media];
}

const struct ts_pt *ts_n_find_pt(const struct ts_media_config *cfg, int pt)
{
	for (size_t i = 0; i < cfg->n_pt; i++)
		if (cfg->pt[i].pt == pt) return &cfg->pt[i];
	return NULL;
}
