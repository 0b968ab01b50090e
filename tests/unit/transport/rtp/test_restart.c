/* What a sender that begins anew - numbers, timestamps, SSRC - does to the sound in the jitter
 * buffer and to a picture's packets. RFC 3550 A.1. One made-up clock; on plain RTP and, where a
 * sender may do so under one key, on SRTP. */
#include "base/counter.h"
#include "base/error.h"
#include "base/media.h"
#include "tests/unit/transport/rtp_make.h"
#include "transport/rtp/jitter.h"
#include "transport/rtp/recv.h"
#include "transport/rtp/restart.h"
#include "transport/secure/srtp.h"

#include <string.h>

enum {
	PT = 96,
	HZ = 48000,
	FRAME = 960,
	FRAME_MS = 20,
	BEFORE = 100,   /* frames before it happens */
	AFTER = 600,    /* and after it */
	SOON = 10,      /* frames until it must be heard: 200 ms */
	PER_PICTURE = 4 /* packets, every 20 ms */
};

enum what { ONCE, STANDS, STANDS_A_WHILE, BACK_AGAIN, LOSSY, BYE };

struct row {
	const char *name;
	int seq;    /* added to the numbers */
	int64_t ts; /* to the timestamps */
	int ssrc;   /* to the SSRC */
	enum what what;
	int first; /* number of the first packet; 0: 20000 */
	bool srtp; /* as well: no nonce is used twice */
};

static const struct row rows[] = {
	{.name = "nothing", .srtp = true},
	{.name = "forward 1", .seq = 1, .srtp = true},
	{.name = "forward 50", .seq = 50, .srtp = true},
	{.name = "forward 100", .seq = 100, .srtp = true},
	{.name = "forward 127", .seq = 127, .srtp = true},
	{.name = "forward 128", .seq = 128, .srtp = true},
	{.name = "forward 1000", .seq = 1000, .srtp = true},
	{.name = "forward 2999", .seq = 2999, .srtp = true},
	{.name = "forward 3000", .seq = 3000, .srtp = true},
	{.name = "forward 3001", .seq = 3001, .srtp = true},
	{.name = "forward 30000", .seq = 30000, .srtp = true},
	{.name = "forward 32768", .seq = 32768},
	{.name = "forward 40000", .seq = 40000},
	{.name = "forward 40000 in the second round", .seq = 40000, .first = 65480, .srtp = true},
	{.name = "forward 60000 in the second round", .seq = 60000, .first = 65480, .srtp = true},
	{.name = "forward 65000", .seq = 65000},
	{.name = "forward 100 frames of time, too", .seq = 100, .ts = 100 * FRAME, .srtp = true},
	{.name = "forward 30 frames of time, too", .seq = 30, .ts = 30 * FRAME, .srtp = true},
	{.name = "back 1", .seq = -1},
	{.name = "back 2", .seq = -2},
	{.name = "back 5", .seq = -5},
	{.name = "back 20", .seq = -20},
	{.name = "back 99, time too", .seq = -99, .ts = -99 * FRAME},
	{.name = "back 150", .seq = -150},
	{.name = "back 500, another time", .seq = -500, .ts = 1234567890},
	{.name = "back 999", .seq = -999},
	{.name = "back 1000", .seq = -1000},
	{.name = "back 1001", .seq = -1001},
	{.name = "back 3000", .seq = -3000},
	{.name = "to 0 from 100", .seq = -101, .first = 1},
	{.name = "to 0 from 600, time 0", .seq = -600, .first = 500, .ts = -BEFORE * FRAME},
	{.name = "to 0 from 20100", .seq = -20100},
	{.name = "time forward 20 ms", .ts = FRAME, .srtp = true},
	{.name = "time forward 500 ms", .ts = 25 * FRAME, .srtp = true},
	{.name = "time forward 900 ms", .ts = 45 * FRAME, .srtp = true},
	{.name = "time forward an hour", .ts = 3600LL * HZ, .srtp = true},
	{.name = "time forward half a round", .ts = 1LL << 31, .srtp = true},
	{.name = "time back 20 ms", .ts = -FRAME, .srtp = true},
	{.name = "time back 60 ms", .ts = -3 * FRAME, .srtp = true},
	{.name = "time back 500 ms", .ts = -25 * FRAME, .srtp = true},
	{.name = "time back 900 ms", .ts = -45 * FRAME, .srtp = true},
	{.name = "time back an hour", .ts = -3600LL * HZ, .srtp = true},
	{.name = "time stands still", .what = STANDS, .srtp = true},
	{.name = "time stands still a while", .what = STANDS_A_WHILE, .srtp = true},
	{.name = "another SSRC, numbers go on", .ssrc = 1, .srtp = true},
	{.name = "another SSRC, number 1", .ssrc = 1, .seq = -20099, .ts = 77777777, .srtp = true},
	{.name = "another SSRC and back again", .ssrc = 1, .what = BACK_AGAIN, .srtp = true},
	{.name = "BYE, another SSRC", .ssrc = 1, .seq = 4711, .ts = 99, .what = BYE, .srtp = true},
	{.name = "BYE, the same SSRC", .seq = 4711, .ts = 99, .what = BYE, .srtp = true},
	{.name = "the wrap, with loss", .first = 65436, .what = LOSSY, .srtp = true},
};

struct run {
	const struct row *row;
	bool video;
	struct ts_packet_pool *pool;
	struct ts_rtp_recv *recv;
	struct ts_jitter *jitter; /* sound */
	struct ts_srtp *from, *to;
	int64_t now_ns, seq, last_ts;
	uint32_t ssrc;
	/* results */
	int heard[BEFORE + AFTER]; /* frames: packets of it that were played or delivered */
	int64_t delay_max_ns;      /* of the last two seconds */
	bool gap;                  /* on the first packet after it happened */
	bool any_after;
};

static void note(struct run *r, const struct ts_packet *p)
{
	int frame;
	memcpy(&frame, p->payload, sizeof(frame));
	r->heard[frame]++;
	if (frame >= BEFORE + AFTER - 100 && r->now_ns - p->arrival_ns > r->delay_max_ns)
		r->delay_max_ns = r->now_ns - p->arrival_ns;
	if (frame >= BEFORE && !r->any_after) {
		r->any_after = true;
		r->gap = p->gap;
	}
}

static void on_packet(void *arg, struct ts_packet *p)
{
	struct run *r = arg;
	if (!r->video) {
		ts_jitter_push(r->jitter, p);
		return;
	}
	note(r, p);
	ts_packet_unref(&p);
}

static void make_srtp(struct run *r)
{
	struct ts_srtp_keys keys = {.profile = TS_SRTP_AES128_CM_SHA1_80}, mirrored = keys;
	for (int i = 0; i < TS_SRTP_KEY_MAX; i++) {
		keys.local[i] = mirrored.remote[i] = (uint8_t)(i * 7 + 1);
		keys.remote[i] = mirrored.local[i] = (uint8_t)(i * 11 + 3);
	}
	assert_int_equal(ts_srtp_create(&r->from, &keys), TS_OK);
	assert_int_equal(ts_srtp_create(&r->to, &mirrored), TS_OK);
}

static void start(struct run *r, const struct row *row, bool video, bool srtp)
{
	struct ts_media_config m = {.kind = video ? TS_VIDEO : TS_AUDIO, .nack = video, .n_pt = 1};
	m.pt[0] = (struct ts_pt){
		.pt = PT, .codec = video ? TS_CODEC_VP8 : TS_CODEC_OPUS, .apt = -1, .clock_hz = HZ};
	const struct ts_rtp_recv_out out = {.packet = on_packet, .arg = r};
	*r = (struct run){.row = row, .video = video, .now_ns = 1000 * TS_MS, .ssrc = 0x1234};
	r->seq = row->first ? row->first : 20000;
	assert_int_equal(ts_packet_pool_create(&r->pool, 2048), TS_OK);
	assert_int_equal(ts_rtp_recv_create(&r->recv, &m, 1, &out), TS_OK);
	assert_int_equal(ts_jitter_create(&r->jitter, HZ), TS_OK);
	if (srtp) make_srtp(r);
}

static void finish(struct run *r)
{
	ts_rtp_recv_destroy(&r->recv);
	ts_jitter_destroy(&r->jitter);
	if (r->from) ts_srtp_destroy(&r->from);
	if (r->to) ts_srtp_destroy(&r->to);
	ts_packet_pool_close(&r->pool);
}

/* Through SRTP and back. false: refused. */
static bool secure(struct run *r, struct ts_packet *p)
{
	size_t len = p->len;
	if (!r->from) return true;
	assert_int_equal(ts_srtp_protect_rtp(r->from, p->data, &len), TS_OK);
	if (ts_srtp_unprotect_rtp(r->to, p->data, &len)) return false;
	p->len = (uint32_t)len;
	return ts_rtp_parse(p) == TS_OK;
}

static void send_packet(struct run *r, int frame, int64_t ts, bool marker)
{
	struct ts_rtp_header h = {.pt = PT,
		.marker = marker,
		.seq = (uint16_t)r->seq++,
		.ssrc = r->ssrc,
		.timestamp_rtp = (uint32_t)ts};
	struct ts_packet *p = ts_test_packet(r->pool, &h, &frame, sizeof(frame), r->now_ns);
	if (secure(r, p))
		ts_rtp_recv_packet(r->recv, p, r->now_ns);
	else
		ts_packet_unref(&p);
}

/* A sender encrypts all that it numbers: on the way to far numbers it sends what nobody gets. */
static void jump(struct run *r, int by)
{
	while (r->from && by > 30000) {
		struct ts_rtp_header h = {
			.pt = PT, .seq = (uint16_t)(r->seq += 30000), .ssrc = r->ssrc};
		struct ts_packet *p = ts_test_packet(r->pool, &h, "lost", 4, r->now_ns);
		size_t len = p->len;
		assert_int_equal(ts_srtp_protect_rtp(r->from, p->data, &len), TS_OK);
		ts_packet_unref(&p);
		by -= 30000;
	}
	r->seq += by;
}

static void happen(struct run *r, int frame)
{
	const struct row *row = r->row;
	if (frame == BEFORE) {
		if (row->what == BYE) ts_rtp_recv_bye(r->recv, r->ssrc);
		jump(r, row->seq);
		r->ssrc += (uint32_t)row->ssrc;
	} else if (row->what == BACK_AGAIN && frame == BEFORE + 50) {
		r->ssrc -= (uint32_t)row->ssrc;
	}
}

static int64_t timestamp(const struct row *row, int frame)
{
	int64_t ts = 4294900000LL + (int64_t)frame * FRAME;
	if (frame < BEFORE) return ts;
	if (row->what == STANDS || (row->what == STANDS_A_WHILE && frame < BEFORE + 30))
		return 4294900000LL + (BEFORE - 1) * FRAME;
	return ts + row->ts;
}

static void send_frame(struct run *r, int frame)
{
	happen(r, frame);
	for (int i = 0; i < (r->video ? PER_PICTURE : 1); i++)
		if (r->row->what == LOSSY && frame % 5 == 4 && i == 0)
			r->seq++;
		else
			send_packet(r, frame, timestamp(r->row, frame),
				!r->video || i == PER_PICTURE - 1);
}

static void play(struct run *r)
{
	struct ts_packet *p = NULL;
	enum ts_jitter_verdict verdict;
	do {
		verdict = ts_jitter_pop(r->jitter, &p, r->now_ns);
		if (verdict == TS_JITTER_PLAY) note(r, p);
		if (p) ts_packet_unref(&p);
	} while (verdict == TS_JITTER_SKIP);
}

static void run_ms(struct run *r, int ms)
{
	uint8_t rtcp[1500];
	for (; ms > 0; ms--) {
		struct ts_wr w = ts_wr(rtcp, sizeof(rtcp));
		r->now_ns += TS_MS;
		ts_rtp_recv_run(r->recv, &w, r->now_ns);
	}
}

static int count(const struct run *r, int from, int to)
{
	int n = 0;
	for (int i = from; i < to; i++) n += r->heard[i] > 0;
	return n;
}

/* What is asked of a row; true when it holds. */
static bool holds(const struct run *r)
{
	const struct row *row = r->row;
	bool lossy = row->what == LOSSY;
	/* a lossy picture's last frames are still waited for; back by a picture or so is over
	 * before it is noticed */
	int again = row->what == BACK_AGAIN ? BEFORE + 50 : BEFORE,
	    end = BEFORE + AFTER - (lossy ? 35 : 0);
	bool short_back = row->seq < 0 && row->seq >= -SOON;
	bool heard = count(r, again, again + SOON) > 0;
	/* from then on nothing fails: of sound, what moves the delay may cost a frame or two */
	bool goes_on = count(r, again + SOON, end - 5) >=
		end - 5 - again - SOON - (lossy && !r->video ? 130 : 4);
	bool asked = !r->video || lossy || short_back || (!row->seq && !row->ssrc) || r->gap;
	bool prompt = r->delay_max_ns <= 80 * TS_MS || (lossy && r->video);
	if (!(heard && goes_on && asked && prompt))
		print_message(
			"  %s of %s, %s: heard in time %d, goes on %d (%d), gap %d, delay %lld "
			"ms\n",
			row->name, r->video ? "picture" : "sound", r->from ? "SRTP" : "RTP", heard,
			goes_on, count(r, again + SOON, end - 5), asked,
			(long long)(r->delay_max_ns / TS_MS));
	return heard && goes_on && asked && prompt;
}

static int failures(bool video, bool srtp)
{
	static struct run r;
	int failed = 0;
	for (size_t i = 0; i < TS_ARRAY_LEN(rows); i++) {
		if (srtp && !rows[i].srtp) continue;
		start(&r, &rows[i], video, srtp);
		for (int frame = 0; frame < BEFORE + AFTER; frame++) {
			send_frame(&r, frame);
			run_ms(&r, 5);
			if (!video) play(&r);
			run_ms(&r, FRAME_MS - 5);
		}
		failed += !holds(&r);
		finish(&r);
	}
	return failed;
}

static void sound_is_heard_again(void **state)
{
	(void)state;
	assert_int_equal(failures(false, false), 0);
}

static void sound_is_heard_again_on_srtp(void **state)
{
	(void)state;
	assert_int_equal(failures(false, true), 0);
}

static void pictures_flow_again(void **state)
{
	(void)state;
	assert_int_equal(failures(true, false), 0);
}

static void pictures_flow_again_on_srtp(void **state)
{
	(void)state;
	assert_int_equal(failures(true, true), 0);
}

/* The first packet of the new stream overtakes the BYE of the old one. */
static void a_late_bye_loses_nothing(void **state)
{
	(void)state;
	static struct run r;
	static const struct row row = {.name = "late BYE"};
	start(&r, &row, true, false);
	send_packet(&r, 0, 0, true);
	r.ssrc++;
	send_packet(&r, 1, 0, false);
	ts_rtp_recv_bye(r.recv, r.ssrc - 1);
	send_packet(&r, 2, 0, true);
	assert_int_equal(count(&r, 0, 3), 3);
	finish(&r);
}

static void what_is_late_or_doubled_is_no_restart(void **state)
{
	(void)state;
	struct ts_restart r = {0};
	int64_t now_ns = 1000 * TS_MS;
	/* a burst */
	for (int i = 0; i < 100; i++) assert_false(ts_restart_behind(&r, (uint16_t)i, now_ns));
	ts_restart_ahead(&r);
	for (int i = 0; i < 100; i++, now_ns += 20 * TS_MS) { /* between new ones */
		assert_false(ts_restart_behind(&r, (uint16_t)i, now_ns));
		assert_false(ts_restart_behind(&r, (uint16_t)(i + 1), now_ns));
		ts_restart_ahead(&r);
	}
	for (int i = 0; i < 100; i++, now_ns += 20 * TS_MS) /* the same again and again */
		assert_false(ts_restart_behind(&r, (uint16_t)(65535 + i % 2), now_ns));
	ts_restart_ahead(&r);
	assert_false(ts_restart_behind(&r, 65534, now_ns));
	assert_false(ts_restart_behind(&r, 65535, now_ns += 20 * TS_MS));
	assert_false(ts_restart_behind(&r, 65535, now_ns));
	assert_false(ts_restart_behind(&r, 1, now_ns += 20 * TS_MS));
	assert_true(ts_restart_behind(&r, 2, now_ns + 20 * TS_MS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sound_is_heard_again),
		cmocka_unit_test(sound_is_heard_again_on_srtp),
		cmocka_unit_test(pictures_flow_again),
		cmocka_unit_test(pictures_flow_again_on_srtp),
		cmocka_unit_test(a_late_bye_loses_nothing),
		cmocka_unit_test(what_is_late_or_doubled_is_no_restart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
