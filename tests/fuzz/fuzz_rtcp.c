/* One decrypted RTCP compound: iterated, and what it says given to a sender and a receiver that
 * have something to say themselves. */
#include "base/clock.h"
#include "base/media.h"
#include "transport/rtp/feedback.h"
#include "transport/rtp/recv.h"
#include "transport/rtp/rtcp.h"
#include "transport/rtp/rtp.h"
#include "transport/rtp/send.h"
#include <stdlib.h>

enum { SSRC = 0x01010101, RTX_SSRC = 0x02020202 };

static uint8_t room[2048];
static size_t reserved;

static uint8_t *reserve(void *arg, size_t cap)
{
	(void)arg;
	reserved = cap;
	return cap <= sizeof(room) ? room : NULL;
}

static void commit(void *arg, size_t len)
{
	(void)arg;
	if (len > reserved) abort();
}

static void commit_again(void *arg, size_t len, int64_t now_ns)
{
	(void)now_ns;
	commit(arg, len);
}

static size_t commit_rtp(void *arg, size_t len, size_t number_at, int64_t now_ns)
{
	if (number_at && number_at + 2 > len) abort();
	commit_again(arg, len, now_ns);
	return len;
}

static struct ts_rtp_send *make_sender(bool rtx, const struct ts_wire *wire, int64_t now_ns)
{
	const struct ts_media_config media = {.mid = "1",
		.kind = TS_VIDEO,
		.nack = true,
		.send = true,
		.send_pt = 96,
		.send_rtx_pt = rtx ? 97 : 0,
		.send_codec = TS_CODEC_VP8,
		.send_ssrc = SSRC,
		.send_rtx_ssrc = RTX_SSRC};
	struct ts_rtp_send *send;
	if (ts_rtp_send_create(&send, &media, "fuzz")) abort();
	struct ts_au *au = ts_au_create(40, 40 * 100);
	if (!au) abort();
	for (int i = 0; i < 40; i++) memset(ts_au_add(au, 100), i, 100);
	for (int i = 0; i < 20; i++) ts_rtp_send_au(send, au, wire, now_ns);
	ts_au_unref(&au);
	return send;
}

/* As many statuses as it says, each of the next number, at times that fit. */
static void read_feedback(struct ts_rd fci)
{
	static struct ts_feedback_clock clock;
	struct ts_feedback f;
	struct ts_feedback_status status;
	if (ts_feedback_begin(&f, fci)) return;
	int64_t start_ns = ts_feedback_start_ns(&clock, &f);
	uint16_t number = f.number, left = f.left;
	if (left > TS_FEEDBACK_STATUSES_MAX) abort();
	while (ts_feedback_next(&f, &status)) {
		if (status.number != number++ || left-- == 0) abort();
		if (status.came && start_ns + status.at_ns == INT64_MIN) abort();
	}
	if (left || f.steps.bad) abort();
}

static void apply(struct ts_rtp_send *send, const struct ts_rtcp_item *item,
	const struct ts_wire *wire, int64_t now_ns)
{
	if (item->type == TS_RTCP_NACK)
		ts_rtp_send_nack(send, item->nack.pid, item->nack.blp, wire, now_ns);
	if (item->type == TS_RTCP_FEEDBACK) read_feedback(item->fci);
	if (item->type == TS_RTCP_REPORT) ts_rtp_send_report(send, &item->report, now_ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ts_rtcp_iter it;
	struct ts_rtcp_item item;
	size_t n = 0;
	if (ts_rtcp_begin(&it, data, len)) {
		if (ts_rtcp_next(&it, &item)) abort();
		return 0;
	}
	struct ts_wire wire = {reserve, commit_rtp, commit, commit_again, NULL};
	int64_t now_ns = 10 * TS_NS_PER_S;
	struct ts_rtp_send *send = make_sender(len & 1, &wire, now_ns);
	while (ts_rtcp_next(&it, &item)) {
		if (++n > len) abort(); /* no item without bytes of its own */
		if (item.type == TS_RTCP_CNAME) {
			const uint8_t *at = (const uint8_t *)item.cname.text;
			if (at < data || at + item.cname.len > data + len) abort();
		}
		apply(send, &item, &wire, now_ns += TS_NS_PER_MS);
	}
	if (ts_rtp_send_rtt_ns(send) < 0 || ts_rtp_send_rtt_ns(send) > 61 * TS_NS_PER_S) abort();
	ts_rtp_send_destroy(&send);
	return 0;
}
