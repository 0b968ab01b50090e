/* How one mix becomes packets for each kind of receiver. */
#include "mixer/audio/coder.h"

#include "base/au.h"
#include "base/clock.h"
#include "codec/audio.h"
#include "transport/rtp/red.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TICK_NS (20 * TS_NS_PER_MS)

struct ts_sender {
	int n, marked, last_len;
	bool red, marker;
	int64_t media_time, capture_ns, next_time;
	int gaps; /* or overlaps */
	size_t len;
	uint8_t payload[1500];
};

struct ts_fanout {
	size_t n;
	struct ts_sender *sender[];
};

int ts_fanout_create(struct ts_fanout **out, struct ts_sender *const *senders, size_t n)
{
	struct ts_fanout *f = malloc(sizeof(*f) + n * sizeof(f->sender[0]));
	f->n = n;
	memcpy(f->sender, senders, n * sizeof(senders[0]));
	*out = f;
	return 0;
}

void ts_fanout_unref(struct ts_fanout **fanout)
{
	free(*fanout);
	*fanout = NULL;
}

void ts_fanout_send(struct ts_fanout *f, struct ts_au *au)
{
	assert_int_equal(au->n, 1);
	for (size_t i = 0; i < f->n; i++) {
		struct ts_sender *s = f->sender[i];
		s->n++;
		s->red = au->red;
		s->marker = au->talk_start;
		s->marked += au->talk_start;
		s->media_time = au->media_time;
		s->capture_ns = au->capture_ns;
		if (!au->red) {
			const int samples = ts_audio_payload_samples(
				TS_CODEC_OPUS, ts_au_bytes(au, 0), au->pay[0].len);
			s->gaps += s->next_time && s->next_time != s->media_time;
			s->next_time = s->media_time + samples;
		}
		s->len = au->pay[0].len;
		memcpy(s->payload, ts_au_bytes(au, 0), s->len);
	}
}

/* ---- a room of four: plain, RED of one, RED of two, one who pauses */

enum { PLAIN, RED1, RED2, DTX, ALL };

static struct ts_coder *coder;
static struct ts_sender sender[ALL];
static int64_t tick;

static void open_coder(int ms)
{
	const struct ts_audio_profile profile = {32000, 5, (uint8_t)ms, false, false};
	const struct ts_coder_receiver to[ALL] = {{&sender[PLAIN], {0, false}},
		{&sender[RED1], {1, false}}, {&sender[RED2], {2, false}},
		{&sender[DTX], {0, true}}};
	struct ts_sender *scratch[ALL];
	memset(sender, 0, sizeof sender);
	tick = 1200;
	assert_int_equal(ts_coder_create(&coder, TS_CODEC_OPUS, &profile, NULL), 0);
	assert_int_equal(ts_coder_send_to(coder, to, ALL, scratch), 0);
}

static void run(int ticks, bool sounds)
{
	static struct ts_bus bus;
	int32_t *sum = bus.plane[TS_BUS_MONO];
	memset(&bus, 0, sizeof bus);
	for (int k = 0; k < ticks; k++, tick++) {
		for (int i = 0; sounds && i < TS_AUDIO_FRAME; i++)
			sum[i] = (int32_t)(8000 *
				sin(2 * M_PI * 440 * (double)(tick * TS_AUDIO_FRAME + i) /
					TS_AUDIO_RATE_HZ));
		const struct ts_coder_tick t = {
			.sum = &bus, .number = tick, .time_ns = tick * TICK_NS};
		ts_coder_run(coder, &t);
	}
}

/* From 20 ms to 60 in the middle of a frame: time goes on, and nothing is made up of zeros. */
static void longer_frames_begin_at_their_boundary(void **state)
{
	static const struct ts_audio_profile longer = {32000, 5, 60, false, false};
	(void)state;
	for (int before = 1; before <= 3; before++) {
		open_coder(20);
		run(before, true);
		const int64_t sent = sender[PLAIN].media_time;
		assert_int_equal(ts_coder_set(coder, &longer), 0);
		const int n = sender[PLAIN].n;
		run(3, true);
		if (before % 3) { /* not whole yet */
			assert_int_equal(sender[PLAIN].n, n);
			run(3, true);
		}
		assert_int_equal(sender[PLAIN].n, n + 1);
		assert_true(sender[PLAIN].media_time >= sent + 960);
		assert_int_equal(sender[PLAIN].media_time % (3 * 960), 0);
		ts_coder_destroy(&coder);
	}
}

/* From 60 ms or 40 to 20 in the middle of a frame, by the same coder and by one that goes on where
 * it was: what of it was heard already is sent first. */
static void what_has_begun_is_sent_before_short_frames(void **state)
{
	static const struct ts_audio_profile shorter = {32000, 5, 20, false, false};
	(void)state;
	for (int k = 0; k < 12; k++) {
		const int ms = k < 6 ? 60 : 40, ticks = k % 6 + 6;
		open_coder(ms);
		run(ticks, true);
		const int n = sender[PLAIN].n, begun = ticks % (ms / 20);
		struct ts_coder *other;
		struct ts_sender late = {.next_time = sender[PLAIN].next_time}, *scratch[1];
		const struct ts_coder_receiver only = {&late, {0, false}};
		assert_int_equal(ts_coder_create(&other, TS_CODEC_OPUS, &shorter, coder), 0);
		assert_int_equal(ts_coder_send_to(other, &only, 1, scratch), 0);
		assert_int_equal(ts_coder_set(coder, &shorter), 0);
		run(1, true);
		assert_int_equal(sender[PLAIN].n, n + begun + 1);
		assert_int_equal(sender[PLAIN].gaps, 0);
		assert_int_equal(sender[PLAIN].next_time, tick * TS_AUDIO_FRAME);
		ts_coder_destroy(&coder);
		coder = other;
		tick--;
		run(2, true);
		assert_int_equal(late.n, begun + 2);
		assert_int_equal(late.gaps, 0);
		assert_int_equal(late.next_time, tick * TS_AUDIO_FRAME);
		ts_coder_destroy(&coder);
	}
}

static void red_repeats_what_was_sent_before(void **state)
{
	uint8_t before[2][1500];
	size_t len[2] = {0, 0};
	struct ts_red red;
	(void)state;
	open_coder(20);
	run(1, true);
	assert_false(sender[RED1].red); /* there is nothing to repeat */
	for (int k = 0; k < 10; k++) {
		memcpy(before[1], before[0], sizeof before[0]);
		len[1] = len[0];
		memcpy(before[0], sender[PLAIN].payload, sender[PLAIN].len);
		len[0] = sender[PLAIN].len;
		run(1, true);
		assert_false(sender[PLAIN].red);
		assert_true(sender[RED1].red && sender[RED2].red);
		assert_int_equal(ts_red_parse(&red, sender[RED1].payload, sender[RED1].len), 0);
		assert_int_equal(red.n, 2);
		assert_int_equal(red.block[0].offset, 960);
		assert_int_equal(red.block[0].len, len[0]);
		assert_memory_equal(red.block[0].data, before[0], len[0]);
		assert_int_equal(red.block[1].len, sender[PLAIN].len);
		assert_memory_equal(red.block[1].data, sender[PLAIN].payload, red.block[1].len);
		assert_int_equal(ts_red_parse(&red, sender[RED2].payload, sender[RED2].len), 0);
		if (k == 0) continue;
		assert_int_equal(red.n, 3);
		assert_int_equal(red.block[0].offset, 1920);
		assert_int_equal(red.block[0].len, len[1]);
		assert_memory_equal(red.block[0].data, before[1], len[1]);
		assert_memory_equal(red.block[1].data, before[0], len[0]);
	}
	assert_int_equal(sender[RED2].n, 11);
	/* where numbers and time do not run together nothing is repeated */
	tick += 3;
	run(1, true);
	assert_int_equal(ts_red_parse(&red, sender[RED1].payload, sender[RED1].len), 0);
	assert_int_equal(red.block[0].offset, 4 * 960);
	tick += 100;
	run(1, true);
	assert_false(sender[RED1].red);
	ts_coder_destroy(&coder);
}

static void silence_is_a_pause_for_who_wants_that(void **state)
{
	(void)state;
	open_coder(20);
	run(10, true);
	run(25, false); /* 21 of them coded */
	const int plain = sender[PLAIN].n, dtx = sender[DTX].n;
	run(200, false);
	assert_int_equal(sender[PLAIN].n, plain + 200); /* the others: on and on */
	assert_int_equal(sender[DTX].n, dtx + 20);      /* two in 400 ms */
	assert_int_equal(sender[PLAIN].marked + sender[DTX].marked, 0);
	assert_false(sender[RED2].red);
	/* the last one tells a decoder that it is a pause */
	assert_int_equal(sender[DTX].len, 1);
	assert_int_equal(sender[DTX].payload[0] & 3, 0);
	assert_int_equal(
		ts_audio_payload_samples(TS_CODEC_OPUS, sender[DTX].payload, 1), TS_AUDIO_FRAME);
	run(1, true);
	assert_true(sender[DTX].marker);
	assert_false(sender[PLAIN].marker);
	assert_int_equal(sender[DTX].media_time, (tick - 1) * TS_AUDIO_FRAME);
	run(1, true);
	assert_false(sender[DTX].marker);
	assert_true(sender[RED1].red);
	ts_coder_destroy(&coder);
}

static void frames_have_the_length_that_was_wished(void **state)
{
	static const int rows[] = {10, 20, 40, 60};
	(void)state;
	for (int i = 0; i < 4; i++) {
		const int ms = rows[i];
		open_coder(ms);
		tick += ms == 60; /* in the middle of one */
		run(60, true);
		assert_in_range(sender[PLAIN].n, 1200 / ms - 1, 1200 / ms);
		assert_int_equal(ts_audio_payload_samples(
					 TS_CODEC_OPUS, sender[PLAIN].payload, sender[PLAIN].len),
			48 * ms);
		assert_int_equal(sender[PLAIN].media_time % (48 * ms), 0);
		assert_int_equal(sender[PLAIN].capture_ns,
			sender[PLAIN].media_time / 960.0 * (double)TICK_NS);
		struct ts_red red;
		assert_int_equal(ts_red_parse(&red, sender[RED1].payload, sender[RED1].len), 0);
		assert_int_equal(red.block[0].offset, 48 * ms);
		run(60, false);
		const int n = sender[DTX].n;
		run(100, false);
		assert_in_range(sender[DTX].n, n + 8, n + 12);
		/* another length in mid-stream */
		const struct ts_audio_profile other = {24000, 0, ms == 20 ? 40 : 20, false, false};
		assert_int_equal(ts_coder_set(coder, &other), 0);
		run(20, true);
		assert_int_equal(ts_audio_payload_samples(
					 TS_CODEC_OPUS, sender[PLAIN].payload, sender[PLAIN].len),
			48 * other.frame_ms);
		ts_coder_destroy(&coder);
	}
}

/* It is heard where the level is the same before and behind the change. */
static void a_coder_goes_on_where_another_was(void **state)
{
	const struct ts_audio_profile lossy = {16000, 25, 20, false, false};
	struct ts_coder *next;
	struct ts_sender *scratch[1];
	const struct ts_coder_receiver to = {&sender[PLAIN], {0}};
	struct ts_audio_decoder *d;
	int16_t pcm[TS_AUDIO_PACKET_MAX_SAMPLES];
	double least = 1e12, most = 0;
	(void)state;
	open_coder(20);
	assert_int_equal(ts_audio_decoder_open(&d, TS_CODEC_OPUS), 0);
	for (int k = 0; k < 100; k++) {
		if (k == 50) {
			assert_int_equal(ts_coder_create(&next, TS_CODEC_OPUS, &lossy, coder), 0);
			ts_coder_destroy(&coder);
			coder = next;
			assert_int_equal(ts_coder_send_to(coder, &to, 1, scratch), 0);
			assert_true(ts_audio_profile_equal(ts_coder_profile(coder), &lossy));
		}
		run(1, true);
		assert_int_equal(ts_audio_decode(d, sender[PLAIN].payload, sender[PLAIN].len, pcm,
					 TS_AUDIO_PACKET_MAX_SAMPLES),
			TS_AUDIO_FRAME);
		double energy = 0;
		for (int i = 0; i < TS_AUDIO_FRAME; i++) energy += (double)pcm[i] * pcm[i];
		if (k < 45 || k > 60) continue;
		if (energy < least) least = energy;
		if (energy > most) most = energy;
	}
	assert_true(most < 1.2 * least);
	/* fewer bits now */
	assert_true(sender[PLAIN].len < 60);
	ts_audio_decoder_close(&d);
	ts_coder_destroy(&coder);
}

/* ---- a sink */

static struct {
	struct ts_sink sink;
	int n, freed;
	size_t len;
	uint8_t payload[1500];
	struct ts_unit_time time;
} taker;

static int take_packet(
	struct ts_sink *sink, const AVPacket *packet, const struct ts_unit_time *time)
{
	assert_ptr_equal(sink, &taker.sink);
	taker.n++;
	taker.len = (size_t)packet->size;
	memcpy(taker.payload, packet->data, taker.len);
	taker.time = *time;
	return 0;
}

static void taker_freed(struct ts_sink *sink)
{
	(void)sink;
	taker.freed++;
}

/* What receivers get plainly, each frame, in silence too. */
static void a_sink_gets_each_frame(void **state)
{
	static const struct ts_sink_ops ops = {.packet = take_packet, .free = taker_freed};
	struct ts_sink *sink = &taker.sink;
	(void)state;
	ts_sink_init(sink, &ops);
	open_coder(20);
	assert_int_equal(ts_coder_set_sinks(coder, &sink, 1), 0);
	ts_sink_unref(&sink);
	assert_int_equal(taker.freed, 0);
	run(50, true);
	assert_int_equal(taker.n, 50);
	assert_int_equal(taker.len, sender[PLAIN].len);
	assert_memory_equal(taker.payload, sender[PLAIN].payload, taker.len);
	/* its first sample is of what was heard 8.5 ms before that tick */
	assert_int_equal(taker.time.capture_ns, (tick - 1) * TICK_NS - 8500000);
	assert_int_equal(taker.time.media_time, (tick - 1) * TS_AUDIO_FRAME);
	assert_int_equal(taker.time.duration_ns, TICK_NS);
	run(100, false);
	assert_int_equal(taker.n, 150);
	assert_int_equal(ts_coder_set_sinks(coder, NULL, 0), 0);
	assert_int_equal(taker.freed, 1);
	run(1, true);
	assert_int_equal(taker.n, 150);
	ts_coder_destroy(&coder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(longer_frames_begin_at_their_boundary),
		cmocka_unit_test(what_has_begun_is_sent_before_short_frames),
		cmocka_unit_test(red_repeats_what_was_sent_before),
		cmocka_unit_test(silence_is_a_pause_for_who_wants_that),
		cmocka_unit_test(frames_have_the_length_that_was_wished),
		cmocka_unit_test(a_coder_goes_on_where_another_was),
		cmocka_unit_test(a_sink_gets_each_frame),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
