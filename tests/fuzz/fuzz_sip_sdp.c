/* A description that comes by SIP: answered as an offer, then taken as the answer to an offer of
 * ours and as a second offer of the call. What we write must read again, with as many lines, and
 * refused lines at port 0. */
#include "control/offer/sip.h"
#include <stdlib.h>

static uint32_t count_up(void *arg)
{
	return ++*(uint32_t *)arg;
}

static void write_and_read(const struct ts_sip_session *s, const struct ts_sip_sdp_policy *policy)
{
	static char text[TS_SDP_BYTES_MAX];
	const struct ts_transport_local local = {.port = {{20000, 20001}, {20002, 20002}}};
	struct ts_wr w = ts_wr(text, sizeof(text));
	struct ts_sdp *again;
	char err[128];
	if (ts_sip_sdp_write(&w, s, &local, "192.0.2.1", policy)) abort();
	if (ts_sdp_parse(&again, text, ts_wr_len(&w), err, sizeof(err)) ||
		again->n_media != s->n_lines)
		abort();
	for (size_t i = 0; i < s->n_lines; i++)
		if (!again->media[i].port != (s->line[i].refused != NULL)) abort();
	ts_sdp_destroy(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct ts_sip_session theirs, ours;
	uint32_t seed = 1;
	const struct ts_sip_sdp_policy policy = {.srtp = (enum ts_sip_srtp)(len % 3),
		.receive_kbps = 1000,
		.random = count_up,
		.arg = &seed};
	struct ts_sdp *sdp;
	char err[128];
	if (ts_sdp_parse(&sdp, (const char *)data, len, err, sizeof(err))) return 0;
	theirs = ours = (struct ts_sip_session){0};
	for (int round = 0; round < 2; round++)
		if (!ts_sip_sdp_answer(&theirs, sdp, &policy, err, sizeof(err)))
			write_and_read(&theirs, &policy);
	if (theirs.begun) {
		ts_sip_sdp_offer(&theirs, &policy);
		write_and_read(&theirs, &policy);
	}
	ts_sip_sdp_offer(&ours, &policy);
	write_and_read(&ours, &policy);
	if (!ts_sip_sdp_read_answer(&ours, sdp, &policy, err, sizeof(err)))
		write_and_read(&ours, &policy);
	ts_sdp_destroy(&sdp);
	return 0;
}
