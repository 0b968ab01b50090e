/* A session description from outside: parsed, written and parsed again; answered; the answer judged
 * by the rules of answer_check. */
#include "control/offer/webrtc.h"
#include "tests/unit/control/answer_check.h"
#include <stdlib.h>

static uint32_t count_up(void *arg)
{
	return ++*(uint32_t *)arg;
}

static size_t write_sdp(char *out, const struct ts_sdp *sdp)
{
	struct ts_wr w = ts_wr(out, TS_SDP_BYTES_MAX * 2);
	ts_sdp_write(&w, sdp);
	if (w.bad) abort();
	return ts_wr_len(&w);
}

/* What we write of a description must read as the same one. */
static void write_and_read(const struct ts_sdp *sdp)
{
	static char once[TS_SDP_BYTES_MAX * 2], twice[TS_SDP_BYTES_MAX * 2];
	struct ts_sdp *again;
	char err[128];
	size_t n = write_sdp(once, sdp);
	if (n > TS_SDP_BYTES_MAX) return;
	if (ts_sdp_parse(&again, once, n, err, sizeof(err)) || again->n_media != sdp->n_media)
		abort();
	if (write_sdp(twice, again) != n || memcmp(once, twice, n)) abort();
	ts_sdp_destroy(&again);
}

static void answer_it(const struct ts_sdp *offer, const struct ts_offer_policy *policy)
{
	static struct ts_negotiated plan;
	static char text[TS_ANSWER_MAX];
	struct ts_transport_local local = {
		.ice.ufrag = "tess",
		.ice.pwd = "0123456789abcdefghijkl",
		.ice.n_candidates = 1,
	};
	ts_sdp_candidate_parse(
		&local.ice.candidate[0], "1 1 UDP 2130706431 198.51.100.7 20000 typ host");
	const struct ts_answer_ids ids = {
		.fingerprint = "sha-256 00", .session_id = 1, .session_version = 1};
	struct answer_check check;
	struct ts_sdp *answer;
	char err[128];
	struct ts_wr w = ts_wr(text, sizeof(text));
	if (ts_answer_plan(&plan, offer, policy, err, sizeof(err))) {
		if (!*err) abort();
		return;
	}
	if (ts_answer_write(&w, &plan, &local, &ids)) abort();
	if (ts_sdp_parse(&answer, text, ts_wr_len(&w), err, sizeof(err))) abort();
	const char *wrong = answer_check(&check, offer, answer);
	if (*wrong || !answer_matches_plan(answer, &plan)) {
		fprintf(stderr, "%s\n%.*s\n", wrong, (int)ts_wr_len(&w), text);
		abort();
	}
	ts_sdp_destroy(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ts_sdp *sdp;
	char err[128];
	if (ts_sdp_parse(&sdp, (const char *)data, size, err, sizeof(err))) {
		if (sdp || !*err) abort();
		return 0;
	}
	write_and_read(sdp);
	for (int kind = TS_OFFER_JOIN; kind <= TS_OFFER_CONTRIBUTE; kind++) {
		uint32_t seed = 0;
		bool all = size & 1;
		struct ts_offer_policy policy = {.kind = kind,
			.start_bitrate_kbps = 800,
			.twcc = all,
			.cvo = all,
			.random = count_up,
			.arg = &seed};
		answer_it(sdp, &policy);
	}
	ts_sdp_destroy(&sdp);
	return 0;
}
