#include "mixer/output/rtp_sink.h"

#include "base/clock.h"
#include "base/error.h"
#include "codec/packetize.h"
#include "mixer/output/keybudget.h"
#include "transport/fanout.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- what the sink calls, answered by the test */

enum { SENDERS = 4, UNITS = 200 };

struct ts_sender {
	int refs, n;
	int64_t got[UNITS]; /* media_time */
};

struct ts_fanout {
	size_t n;
	struct ts_sender *sender[];
};

static struct ts_sender sender[SENDERS];
static int fanouts, fanout_err, packetize_err, mode;

struct ts_sender *ts_sender_ref(struct ts_sender *s)
{
	s->refs++;
	return s;
}

void ts_sender_unref(struct ts_sender **s)
{
	if (*s) (*s)->refs--;
	*s = NULL;
}

int ts_fanout_create(struct ts_fanout **out, struct ts_sender *const *senders, size_t n)
{
	if (fanout_err) return fanout_err;
	struct ts_fanout *f = malloc(sizeof(*f) + n * sizeof(f->sender[0]));
	f->n = n;
	for (size_t i = 0; i < n; i++) f->sender[i] = ts_sender_ref(senders[i]);
	fanouts++;
	*out = f;
	return 0;
}

void ts_fanout_unref(struct ts_fanout **fanout)
{
	struct ts_fanout *f = *fanout;
	*fanout = NULL;
	if (!f) return;
	for (size_t i = 0; i < f->n; i++) ts_sender_unref(&f->sender[i]);
	fanouts--;
	free(f);
}

void ts_fanout_send(struct ts_fanout *f, struct ts_au *au)
{
	assert_int_equal(au->output, 77);
	for (size_t i = 0; i < f->n; i++) f->sender[i]->got[f->sender[i]->n++] = au->media_time;
}

int ts_packetize(struct ts_au **out, enum ts_codec codec, int packetization_mode,
	const AVPacket *packet, size_t mtu)
{
	assert_int_equal(codec, TS_CODEC_H264);
	assert_int_equal(mtu, TS_MTU_PAYLOAD);
	mode = packetization_mode;
	if (packetize_err) return packetize_err;
	*out = ts_au_create(1, 1);
	ts_au_add(*out, 1);
	(*out)->key = packet->flags & AV_PKT_FLAG_KEY;
	return 0;
}

/* ---- one sink, a clock of milliseconds */

static struct ts_sink *sink;

static int setup(void **state)
{
	(void)state;
	memset(sender, 0, sizeof(sender));
	fanout_err = packetize_err = 0;
	assert_int_equal(ts_rtp_sink_create(&sink), 0);
	sink->ops->start(sink,
		&(struct ts_stream_params){
			.codec = TS_CODEC_H264, .packetization_mode = 1, .output = 77});
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sink->ops->free(sink);
	assert_int_equal(fanouts, 0);
	for (int i = 0; i < SENDERS; i++) assert_int_equal(sender[i].refs, 0);
	return 0;
}

/* set: bits of those who receive; moving: of those who still receive another output. */
static void publish_moving(unsigned set, unsigned moving)
{
	struct ts_receiving list[SENDERS];
	size_t n = 0;
	for (int i = 0; i < SENDERS; i++)
		if ((set | moving) >> i & 1)
			list[n++] = (struct ts_receiving){&sender[i], moving >> i & 1};
	assert_int_equal(ts_rtp_sink_publish(sink, list, n), 0);
}

static void publish(unsigned set)
{
	publish_moving(set, 0);
}

static enum ts_sink_wants wants(int64_t ms)
{
	return sink->ops->wants(sink, ms * TS_NS_PER_MS);
}

static int unit(int64_t ms, bool key)
{
	AVPacket packet = {.flags = key ? AV_PKT_FLAG_KEY : 0};
	const struct ts_unit_time time = {
		.media_time = ms, .capture_ns = ms, .now_ns = ms * TS_NS_PER_MS};
	return sink->ops->packet(sink, &packet, &time);
}

#define GOT(who, ...)                                                          \
	do {                                                                   \
		const int64_t want[] = {__VA_ARGS__};                          \
		assert_int_equal(sender[who].n, sizeof(want) / sizeof(*want)); \
		for (int k = 0; k < sender[who].n; k++)                        \
			assert_int_equal(sender[who].got[k], want[k]);         \
	} while (0)

/* ---- tests */

static void nobody_wants_nothing(void **state)
{
	(void)state;
	assert_int_equal(wants(0), TS_SINK_NOTHING);
	publish(0);
	assert_int_equal(wants(1), TS_SINK_NOTHING);
	publish(1);
	assert_int_equal(wants(2), TS_SINK_KEYFRAME);
	publish(0);
	assert_int_equal(wants(3), TS_SINK_NOTHING);
}

static void a_receiver_starts_with_a_keyframe(void **state)
{
	(void)state;
	publish(1);
	assert_int_equal(wants(0), TS_SINK_KEYFRAME);
	unit(10, false);
	assert_int_equal(sender[0].n, 0);
	assert_int_equal(wants(15), TS_SINK_KEYFRAME); /* until it comes */
	unit(20, true);
	assert_int_equal(wants(25), TS_SINK_PACKETS);
	unit(30, false);
	GOT(0, 20, 30);
	assert_int_equal(mode, 1);
}

/* Within the window a newcomer alone is sent what was sent since the keyframe. */
static void a_newcomer_is_replayed_the_units_since_the_keyframe(void **state)
{
	(void)state;
	publish(1);
	wants(0);
	unit(10, true);
	unit(40, false);
	publish(3);
	assert_int_equal(wants(509), TS_SINK_PACKETS);
	GOT(1, 10, 40);
	unit(510, false); /* the window is over */
	publish(7);
	assert_int_equal(wants(511), TS_SINK_KEYFRAME);
	unit(520, false);
	GOT(0, 10, 40, 510, 520);
	GOT(1, 10, 40, 510, 520);
	assert_int_equal(sender[2].n, 0);
	unit(600, true);
	assert_int_equal(wants(601), TS_SINK_PACKETS);
	GOT(2, 600);
}

/* They have seen the pictures of a replay already, and are sent the old output meanwhile. */
static void who_comes_from_another_output_waits_for_a_keyframe(void **state)
{
	(void)state;
	publish(1);
	wants(0);
	unit(10, true);
	unit(40, false);
	publish_moving(1 | 4, 2); /* one joins at the same time: replayed */
	assert_int_equal(wants(50), TS_SINK_KEYFRAME);
	unit(60, false);
	publish_moving(1 | 4, 2); /* again, for another reason */
	assert_int_equal(wants(65), TS_SINK_KEYFRAME);
	assert_int_equal(sender[1].n, 0);
	GOT(2, 10, 40, 60);
	unit(510, true);
	assert_int_equal(wants(511), TS_SINK_PACKETS);
	publish_moving(1 | 4, 2); /* not told yet that they have moved */
	assert_int_equal(wants(512), TS_SINK_PACKETS);
	unit(520, false);
	publish(1 | 2 | 4);
	assert_int_equal(wants(521), TS_SINK_PACKETS);
	unit(530, false);
	GOT(0, 10, 40, 60, 510, 520, 530);
	GOT(1, 510, 520, 530);
	GOT(2, 10, 40, 60, 510, 520, 530);
}

static void a_keyframe_of_500_ms_ago_is_not_replayed(void **state)
{
	(void)state;
	publish(1);
	wants(0);
	unit(10, true);
	publish(3);
	assert_int_equal(wants(510), TS_SINK_KEYFRAME);
	assert_int_equal(sender[1].n, 0);
}

static void a_replay_that_would_not_be_whole_is_none(void **state)
{
	(void)state;
	publish(1);
	wants(0);
	unit(0, true);
	for (int i = 1; i < 64; i++) unit(i, false);
	publish(3);
	assert_int_equal(wants(100), TS_SINK_PACKETS);
	assert_int_equal(sender[1].n, 64);
	unit(101, false); /* one more than is kept */
	publish(7);
	assert_int_equal(wants(102), TS_SINK_KEYFRAME);
	assert_int_equal(sender[2].n, 0);
}

static void who_stays_goes_on_and_who_leaves_gets_no_more(void **state)
{
	(void)state;
	publish(3);
	wants(0);
	unit(1, true);
	unit(1000, false);
	publish(2 | 4); /* 0 goes, 2 comes, too late for a replay */
	assert_int_equal(wants(1001), TS_SINK_KEYFRAME);
	unit(1010, false);
	GOT(0, 1, 1000);
	GOT(1, 1, 1000, 1010);
	assert_int_equal(sender[2].n, 0);
	publish(1 | 2); /* one who comes back begins anew */
	assert_int_equal(wants(1020), TS_SINK_KEYFRAME);
	unit(1030, false);
	GOT(0, 1, 1000);
	unit(1040, true);
	GOT(0, 1, 1000, 1040);
	GOT(1, 1, 1000, 1010, 1030, 1040);
}

/* Only the newest list counts; those that were not looked at are let go. */
static void the_newest_list_counts(void **state)
{
	(void)state;
	publish(1);
	publish(2);
	assert_int_equal(sender[0].refs, 0);
	assert_int_equal(wants(0), TS_SINK_KEYFRAME);
	unit(1, true);
	assert_int_equal(sender[0].n, 0);
	GOT(1, 1);
	publish(4); /* freed with the sink */
}

static void a_unit_that_cannot_be_cut_is_told(void **state)
{
	(void)state;
	publish(1);
	wants(0);
	packetize_err = TS_EINVAL;
	assert_int_equal(unit(1, true), TS_EINVAL);
	assert_int_equal(wants(2), TS_SINK_KEYFRAME);
	packetize_err = 0;
	assert_int_equal(unit(3, true), 0);
	GOT(0, 3);
}

static void an_encoder_that_ends_takes_the_replay_with_it(void **state)
{
	(void)state;
	publish(1);
	wants(0);
	unit(1, true);
	sink->ops->stop(sink);
	publish(3);
	assert_int_equal(wants(2), TS_SINK_KEYFRAME);
	assert_int_equal(sender[1].n, 0);
}

static void out_of_memory_who_receives_goes_on(void **state)
{
	(void)state;
	publish(1);
	wants(0);
	unit(1, true);
	fanout_err = TS_ENOMEM;
	publish(3);
	assert_int_equal(wants(2), TS_SINK_KEYFRAME); /* neither a replay nor another fan-out */
	unit(3, true);
	assert_int_equal(wants(4), TS_SINK_KEYFRAME); /* still not started */
	GOT(0, 1, 3);
	assert_int_equal(sender[1].n, 0);
	fanout_err = 0;
	unit(5, true);
	assert_int_equal(wants(6), TS_SINK_PACKETS);
	GOT(0, 1, 3, 5);
	GOT(1, 5);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(nobody_wants_nothing),
		TEST(a_receiver_starts_with_a_keyframe),
		TEST(a_newcomer_is_replayed_the_units_since_the_keyframe),
		TEST(who_comes_from_another_output_waits_for_a_keyframe),
		TEST(a_keyframe_of_500_ms_ago_is_not_replayed),
		TEST(a_replay_that_would_not_be_whole_is_none),
		TEST(who_stays_goes_on_and_who_leaves_gets_no_more),
		TEST(the_newest_list_counts),
		TEST(a_unit_that_cannot_be_cut_is_told),
		TEST(an_encoder_that_ends_takes_the_replay_with_it),
		TEST(out_of_memory_who_receives_goes_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
