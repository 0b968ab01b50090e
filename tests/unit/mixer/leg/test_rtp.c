#include "mixer/leg/rtp.h"

#include "base/error.h"
#include "base/loop.h"
#include "tests/unit/common/fake_time.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* ---- a transport that takes notes */

struct ts_transport {
	const struct ts_transport_events *events;
	void *arg;
	int closes, keyframes, trickles, restarts, answers, updates, proofs;
	uint32_t receive_bps, wanted_bps;
	size_t media;
	unsigned layers, wanted; /* sets */
};

static struct ts_transport transport;
static int create_err;

int ts_transport_create(struct ts_transport **out, struct ts_nets *nets,
	const struct ts_transport_config *config, const struct ts_transport_events *events,
	void *arg)
{
	(void)nets;
	assert_int_equal(config->n_media, 3);
	if (create_err) return create_err;
	transport = (struct ts_transport){.events = events, .arg = arg};
	*out = &transport;
	return 0;
}

void ts_transport_close(struct ts_transport *t)
{
	t->closes++;
}

struct ts_sender *ts_transport_sender(struct ts_transport *t, size_t media)
{
	t->media = media;
	return NULL;
}

void ts_transport_stats(const struct ts_transport *t, size_t media, struct ts_media_stats *out)
{
	assert_ptr_equal(t, &transport);
	*out = (struct ts_media_stats){.packets_in = media};
}

void ts_transport_set_receive_bitrate(struct ts_transport *t, uint32_t bps)
{
	t->receive_bps = bps;
}

void ts_transport_set_wanted_bps(struct ts_transport *t, uint32_t bps)
{
	t->wanted_bps = bps;
}

void ts_transport_request_keyframe(struct ts_transport *t, size_t media, unsigned layers)
{
	t->layers = layers;
	t->keyframes++;
	t->media = media;
}

void ts_transport_set_wanted_layers(struct ts_transport *t, size_t media, unsigned layers)
{
	(void)media;
	t->wanted = layers;
}

int ts_transport_trickle(struct ts_transport *t, const struct ts_ice_description *remote)
{
	(void)remote;
	t->trickles++;
	return TS_EFULL;
}

int ts_transport_restart(struct ts_transport *t, const struct ts_ice_description *remote)
{
	(void)remote;
	t->restarts++;
	return TS_EINVAL;
}

int ts_transport_answer(struct ts_transport *t, const struct ts_transport_config *config)
{
	(void)config;
	t->answers++;
	return 0;
}

int ts_transport_update(struct ts_transport *t, const struct ts_transport_config *config)
{
	(void)config;
	t->updates++;
	return 0;
}

void ts_transport_prove(struct ts_transport *t, const char *host)
{
	assert_string_equal(host, "192.0.2.1");
	t->proofs++;
}

/* ---- where media go */

struct ts_voice {
	int pushed;
};
struct ts_source {
	int pushed, flushed;
	unsigned wants_keyframe, wanted; /* sets of layers */
};

void ts_voice_push(struct ts_voice *v, struct ts_packet *packet)
{
	(void)packet;
	v->pushed++;
}

void ts_source_push(struct ts_source *s, struct ts_packet *packet)
{
	(void)packet;
	s->pushed++;
}

void ts_source_flush(struct ts_source *s)
{
	s->flushed++;
}

unsigned ts_source_wanted_layers(const struct ts_source *s)
{
	return s->wanted;
}

unsigned ts_source_wants_keyframe(struct ts_source *s, int64_t now_ns)
{
	(void)now_ns;
	return s->wants_keyframe;
}

struct ts_packet *ts_packet_ref(struct ts_packet *packet)
{
	return packet;
}

void ts_packet_unref(struct ts_packet **packet)
{
	(*packet)->refs.n--;
	*packet = NULL;
}

/* ---- what is told */

enum {
	READY,
	CONNECTED,
	STALLED,
	FAILED,
	FLOWING,
	SWITCHED,
	KEY_IN,
	KEY_NEEDED,
	KEY_CONTENT,
	KEY_OUT,
	NETWORK,
	CLOSED,
	TOLD
};

static int told[TOLD], order[32], n_told, ready_err;
static bool stalled, local_given;
static const char *reason;

static void note(int what)
{
	told[what]++;
	order[n_told++] = what;
}

static void on_ready(void *arg, int err, const struct ts_transport_local *local)
{
	assert_ptr_equal(arg, told);
	ready_err = err;
	local_given = local != NULL;
	note(READY);
}

static void on_connected(void *arg)
{
	assert_ptr_equal(arg, told);
	note(CONNECTED);
}

static void on_stalled(void *arg, bool is)
{
	assert_ptr_equal(arg, told);
	stalled = is;
	note(STALLED);
}

static void on_failed(void *arg, const char *why)
{
	assert_ptr_equal(arg, told);
	reason = why;
	note(FAILED);
}

static void on_flowing(void *arg)
{
	assert_ptr_equal(arg, told);
	note(FLOWING);
}

static void on_keyframe_request(void *arg)
{
	assert_ptr_equal(arg, told);
	note(KEY_IN);
}

static void on_needs_keyframe(void *arg)
{
	assert_ptr_equal(arg, told);
	note(KEY_NEEDED);
}

static void on_content_keyframe(void *arg)
{
	assert_ptr_equal(arg, told);
	note(KEY_CONTENT);
}

static void request_keyframe(void *arg)
{
	assert_ptr_equal(arg, told);
	note(KEY_OUT);
}

static uint32_t output;

static void on_switched(void *arg, uint32_t to)
{
	assert_ptr_equal(arg, told);
	output = to;
	note(SWITCHED);
}

static uint32_t estimate_bps;

static void on_network(void *arg, const struct ts_network *network)
{
	assert_ptr_equal(arg, told);
	estimate_bps = network->estimate_bps;
	note(NETWORK);
}

static void on_closed(void *arg)
{
	assert_ptr_equal(arg, told);
	note(CLOSED);
}

static void on_digit(void *arg, char digit)
{
	(void)arg, (void)digit;
}

static const struct ts_leg_events events = {on_ready, on_connected, on_stalled, on_failed,
	on_flowing, on_switched, on_keyframe_request, on_needs_keyframe, on_content_keyframe,
	on_network, request_keyframe, on_digit, on_closed};

/* ---- sound is m-line 0, the camera 1, slides 2 */

static struct ts_loop *control;
static struct ts_voice voice;
static struct ts_source camera_source, slides_source;
static struct ts_feed camera, slides;
static struct ts_leg *leg;

static int start(void)
{
	const struct ts_transport_config config = {.n_media = 3};
	const struct ts_leg_config leg_config = {.control = control,
		.transport = &config,
		.voice = &voice,
		.camera = &camera,
		.slides = &slides,
		.audio_media = 0,
		.video_media = 1,
		.events = &events,
		.arg = told};
	return ts_rtp_leg.start(&leg, &leg_config);
}

static int setup(void **state)
{
	(void)state;
	memset(told, 0, sizeof(told));
	n_told = create_err = 0;
	voice = (struct ts_voice){0};
	camera_source = slides_source = (struct ts_source){0};
	camera = (struct ts_feed){.source = &camera_source, .media = 1};
	slides = (struct ts_feed){.source = &slides_source, .media = 2};
	ts_loop_create(&control, "control");
	assert_int_equal(start(), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	leg->ops->close(leg);
	assert_int_equal(transport.closes, 1);
	transport.events->closed(transport.arg);
	ts_fake_time_run();
	assert_int_equal(told[CLOSED], 1);
	assert_int_equal(order[n_told - 1], CLOSED);
	ts_loop_destroy(&control);
	return 0;
}

/* ---- tests */

static void packets_go_where_their_line_says(void **state)
{
	(void)state;
	struct ts_packet packet = {.refs.n = 1};
	for (size_t media = 0; media < 4; media++)
		transport.events->packet(transport.arg, media, &packet);
	assert_int_equal(voice.pushed, 1);
	assert_int_equal(camera_source.pushed, 1);
	assert_int_equal(slides_source.pushed, 1);
	assert_int_equal(packet.refs.n, 0); /* nobody's: dropped */
	camera.source = NULL;
	transport.events->packet(transport.arg, 1, &packet);
	assert_int_equal(packet.refs.n, -1);
	transport.events->flush(transport.arg, 1);
	transport.events->flush(transport.arg, 0);
	transport.events->flush(transport.arg, 2);
	assert_int_equal(camera_source.flushed, 0);
	assert_int_equal(slides_source.flushed, 1);
}

static void a_feed_that_begins_to_flow_is_told(void **state)
{
	(void)state;
	transport.events->flush(transport.arg, 1);
	transport.events->flush(transport.arg, 1);
	assert_int_equal(told[FLOWING], 0); /* on control */
	ts_fake_time_run();
	assert_int_equal(told[FLOWING], 1);
	camera.on = true;
	transport.events->flush(transport.arg, 1);
	ts_fake_time_run();
	assert_int_equal(told[FLOWING], 1);
}

static void keyframes_are_requested_where_packets_come_in(void **state)
{
	(void)state;
	transport.events->flush(transport.arg, 2);
	assert_int_equal(transport.keyframes, 0);
	slides_source.wants_keyframe = 4;
	slides_source.wanted = 6;
	transport.events->flush(transport.arg, 2);
	assert_int_equal(transport.keyframes, 1);
	assert_int_equal(transport.layers, 4);
	assert_int_equal(transport.wanted, 6);
	assert_int_equal(transport.media, 2);
}

static void events_are_told_on_control_in_their_order(void **state)
{
	(void)state;
	const struct ts_transport_local local = {0};
	transport.events->gathered(transport.arg, &local);
	transport.events->connected(transport.arg);
	transport.events->stalled(transport.arg, true);
	transport.events->on_keyframe_request(transport.arg, 1);
	transport.events->on_keyframe_request(transport.arg, 2);
	transport.events->on_keyframe_request(transport.arg, 0); /* sound has none */
	transport.events->needs_keyframe(transport.arg, 2);
	transport.events->needs_keyframe(transport.arg, 1);
	transport.events->request_keyframe(transport.arg, 1);
	transport.events->failed(transport.arg, "timeout");
	assert_int_equal(n_told, 0);
	ts_fake_time_run();
	const int want[] = {
		READY, CONNECTED, STALLED, KEY_IN, KEY_CONTENT, KEY_NEEDED, KEY_OUT, FAILED};
	assert_int_equal(n_told, 8);
	assert_memory_equal(order, want, sizeof(want));
	assert_int_equal(ready_err, 0);
	assert_true(local_given);
	assert_true(stalled);
	assert_string_equal(reason, "timeout");
	/* the newest counts */
	transport.events->stalled(transport.arg, true);
	transport.events->stalled(transport.arg, false);
	ts_fake_time_run();
	assert_int_equal(told[STALLED], 2);
	assert_false(stalled);
	transport.events->gathered(transport.arg, &local);
	transport.events->network(transport.arg, &(struct ts_network){.estimate_bps = 1});
	transport.events->network(transport.arg, &(struct ts_network){.estimate_bps = 2});
	ts_fake_time_run();
	assert_int_equal(told[READY], 2);
	transport.events->switched(transport.arg, 1, 5);
	transport.events->switched(transport.arg, 1, 6);
	transport.events->switched(transport.arg, 2, 7); /* nothing is sent there */
	ts_fake_time_run();
	assert_int_equal(told[SWITCHED], 1);
	assert_int_equal(output, 6);
	assert_int_equal(told[NETWORK], 1);
	assert_int_equal(estimate_bps, 2);
}

static void what_is_asked_of_it_goes_to_the_transport(void **state)
{
	(void)state;
	struct ts_media_stats stats;
	assert_null(leg->ops->sender(leg, 2));
	assert_int_equal(transport.media, 2);
	leg->ops->stats(leg, 1, &stats);
	assert_int_equal(stats.packets_in, 1);
	leg->ops->set_receive_bps(leg, 500000);
	assert_int_equal(transport.receive_bps, 500000);
	leg->ops->set_wanted_bps(leg, 2500000);
	assert_int_equal(transport.wanted_bps, 2500000);
	assert_int_equal(leg->ops->trickle(leg, NULL), TS_EFULL);
	assert_int_equal(leg->ops->restart(leg, NULL), TS_EINVAL);
	assert_int_equal(leg->ops->answer(leg, NULL), 0);
	assert_int_equal(leg->ops->update(leg, NULL), 0);
	leg->ops->prove(leg, "192.0.2.1");
	assert_int_equal(transport.proofs, 1);
	assert_int_equal(transport.answers + transport.updates, 2);
}

static void what_cannot_start_is_an_error(void **state)
{
	(void)state;
	struct ts_leg *good = leg;
	create_err = TS_EINVAL;
	assert_int_equal(start(), TS_EINVAL);
	assert_ptr_equal(leg, good);
}

static void a_closed_leg_is_proved_nothing(void **state)
{
	(void)state;
	struct ts_leg *first = leg;
	first->ops->close(first);
	first->ops->prove(first, "192.0.2.1");
	assert_int_equal(transport.proofs, 0);
	transport.events->gathered(transport.arg, &(struct ts_transport_local){0});
	transport.events->closed(transport.arg);
	ts_fake_time_run();
	const int want[] = {READY, CLOSED};
	assert_memory_equal(order, want, sizeof(want));
	told[CLOSED] = 0;
	assert_int_equal(start(), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(packets_go_where_their_line_says),
		TEST(a_feed_that_begins_to_flow_is_told),
		TEST(keyframes_are_requested_where_packets_come_in),
		TEST(events_are_told_on_control_in_their_order),
		TEST(what_is_asked_of_it_goes_to_the_transport),
		TEST(what_cannot_start_is_an_error),
		TEST(a_closed_leg_is_proved_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
