#include "tests/unit/mixer/room/hall.h"

#include "base/loop.h"
#include "base/strand.h"
#include <stdio.h>
#include <string.h>

struct ts_hall ts_hall;

static void on_changed(void *arg, struct ts_room *room, enum ts_room_change what,
	struct ts_participant *participant)
{
	struct ts_hall *h = arg;
	(void)room;
	h->changed[what]++;
	h->last_changed = participant;
}

static void on_empty(void *arg, struct ts_room *room)
{
	struct ts_hall *h = arg;
	(void)room;
	h->empty++;
}

static void on_closed(void *arg, struct ts_room *room)
{
	struct ts_hall *h = arg;
	assert_ptr_equal(room, h->room);
	h->closed++;
}

static void on_digit(void *arg, struct ts_room *room, struct ts_participant *p, char digit)
{
	struct ts_hall *h = arg;
	const char text[2] = {digit, '\0'};
	assert_ptr_equal(room, h->room);
	assert_non_null(p);
	strncat(h->digits, text, sizeof(h->digits) - strlen(h->digits) - 1);
}

static const struct ts_room_events events = {
	.changed = on_changed, .empty = on_empty, .closed = on_closed, .digit = on_digit};

static struct ts_pool *pool(const char *name)
{
	struct ts_pool *pool;
	assert_int_equal(
		ts_pool_create(&pool, &(struct ts_pool_config){.name = name, .threads = 1}), 0);
	return pool;
}

int ts_hall_setup(void **state)
{
	(void)state;
	struct ts_hall *h = &ts_hall;
	memset(h, 0, sizeof(*h));
	ts_loop_create(&h->engine.control, "control");
	h->engine.video = pool("video");
	h->engine.tick = pool("tick");
	h->engine.audio = pool("audio");
	assert_int_equal(ts_packet_pool_create(&h->packets, 256), 0);
	const struct ts_room_config config = {.id = "hall",
		.width = 320,
		.height = 180,
		.fps = 30,
		.max_participants = 4,
		.max_watchers = 2};
	assert_int_equal(ts_room_create(&h->room, &h->engine, &config, &events, h), 0);
	ts_fake_time_run();
	memset(h->changed, 0, sizeof(h->changed));
	return 0;
}

int ts_hall_teardown(void **state)
{
	(void)state;
	struct ts_hall *h = &ts_hall;
	if (!h->closed) ts_room_close(h->room);
	ts_fake_time_run();
	ts_fake_legs_gone();
	ts_fake_time_run();
	assert_int_equal(h->closed, 1);
	assert_int_equal(ts_fake_legs.alive, 0);
	ts_pool_destroy(&h->engine.video);
	ts_pool_destroy(&h->engine.tick);
	ts_pool_destroy(&h->engine.audio);
	ts_fake_time_after(2 * TS_NS_PER_S); /* memory is given back */
	ts_loop_destroy(&h->engine.control);
	ts_packet_pool_close(&h->packets);
	ts_fake_legs_reset();
	return 0;
}

/* ---- who comes */

static void on_keyframe(void *arg)
{
	struct ts_hall *h = arg;
	h->keyframe_requests++;
}

static void on_left(void *arg, const char *reason)
{
	struct ts_hall *h = arg;
	h->left++;
	h->left_reason = reason;
}

static const struct ts_participant_events participant_events = {
	.request_keyframe = on_keyframe, .left = on_left};

static void media(struct ts_media_config *m, enum ts_media kind, enum ts_codec codec, bool send)
{
	m->kind = kind;
	m->pt[0] = (struct ts_pt){
		.pt = 96, .codec = (uint8_t)codec, .apt = -1, .clock_hz = ts_codec_clock_hz(codec)};
	m->n_pt = 1;
	m->send = send;
	m->send_codec = codec;
}

struct ts_join ts_hall_join(const char *name, enum ts_kind kind)
{
	struct ts_join join = {.kind = kind,
		.audio_media = HALL_AUDIO,
		.video_media = HALL_VIDEO,
		.slides_media = HALL_SLIDES,
		.events = &participant_events,
		.events_arg = &ts_hall};
	snprintf(join.name, sizeof(join.name), "%s", name);
	join.transport.n_media = HALL_MEDIA;
	media(&join.transport.media[HALL_AUDIO], TS_AUDIO, TS_CODEC_OPUS, true);
	media(&join.transport.media[HALL_VIDEO], TS_VIDEO, TS_CODEC_VP8, true);
	media(&join.transport.media[HALL_SLIDES], TS_VIDEO, TS_CODEC_VP8, false);
	return join;
}

static void on_ready(
	void *arg, struct ts_participant *p, int err, const struct ts_transport_local *local)
{
	struct ts_hall *h = arg;
	assert_non_null(p);
	h->ready++;
	h->ready_err = err;
	h->ready_local = local != NULL;
}

struct ts_participant *ts_hall_enter(const struct ts_join *join)
{
	struct ts_participant *p = NULL;
	assert_int_equal(ts_room_join(ts_hall.room, join, on_ready, &ts_hall, &p), 0);
	return p;
}

struct ts_fake_leg *ts_hall_leg(const struct ts_participant *p)
{
	return (struct ts_fake_leg *)p->leg;
}

void ts_hall_connect(struct ts_participant *p)
{
	static const struct ts_transport_local local;
	struct ts_fake_leg *leg = ts_hall_leg(p);
	leg->config.events->ready(leg->config.arg, 0, &local);
	leg->config.events->connected(leg->config.arg);
	ts_fake_time_run();
}

struct ts_participant *ts_hall_meet(const char *name)
{
	const struct ts_join join = ts_hall_join(name, TS_KIND_WEBRTC);
	struct ts_participant *p = ts_hall_enter(&join);
	ts_hall_connect(p);
	return p;
}

void ts_hall_packet(struct ts_participant *p, int media)
{
	struct ts_fake_leg *leg = ts_hall_leg(p);
	struct ts_feed *feed = media == HALL_VIDEO ? leg->config.camera : leg->config.slides;
	struct ts_packet *packet = ts_packet_get(ts_hall.packets);
	assert_non_null(packet);
	packet->payload = packet->data = packet->buf;
	packet->payload_len = packet->len = 1;
	packet->buf[0] = 0;
	packet->codec = media == HALL_AUDIO ? TS_CODEC_OPUS : TS_CODEC_VP8;
	packet->level = packet->turns = 255;
	packet->arrival_ns = ts_now_ns();
	if (media == HALL_AUDIO) {
		ts_voice_push(leg->config.voice, packet);
		return;
	}
	ts_source_push(feed->source, packet);
	ts_source_flush(feed->source);
	if (!feed->on) leg->config.events->flowing(leg->config.arg);
	ts_fake_time_run();
}
