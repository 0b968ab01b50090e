/* What control tells the view and the sound, of a room that the test fills. */
#include "mixer/view/gallery.h"
#include "mixer/view/subtitle.h"
#include "tests/unit/common/fake_time.h"
#include "tests/unit/mixer/room/hall.h"
#include <stdio.h>
#include <string.h>

#define H (&ts_hall)

/* ---- a view and an audio that keep the last plan (without its references) */

struct ts_view {
	struct ts_view_plan plan;
	int published, err;
};
struct ts_audio {
	struct ts_audio_member member[16];
	size_t n;
	float others; /* of the volumes of the last of them; 1: it has none */
	int published;
};
struct ts_painting {
	struct ts_label_spec spec;
};

static struct ts_view view;
static struct ts_audio audio;
static struct ts_painting painting[64];
static int painted, held;

int ts_view_create(struct ts_view **out, struct ts_pool *pool, int64_t epoch_ns)
{
	(void)pool;
	(void)epoch_ns;
	view = (struct ts_view){0};
	*out = &view;
	return 0;
}

int ts_view_publish(struct ts_view *v, const struct ts_view_plan *plan)
{
	v->plan = *plan;
	v->published++;
	return v->err;
}

void ts_view_close(struct ts_view *v, void (*done)(void *arg), void *arg)
{
	(void)v;
	done(arg);
}

int ts_audio_create(struct ts_audio **out, struct ts_pool *pool, int64_t epoch_ns)
{
	(void)pool;
	(void)epoch_ns;
	audio = (struct ts_audio){0};
	*out = &audio;
	return 0;
}

int ts_audio_publish(struct ts_audio *a, const struct ts_audio_member *members, size_t n)
{
	memcpy(a->member, members, n * sizeof(*members));
	a->n = n;
	a->others = n && members[n - 1].volumes ? members[n - 1].volumes->others : 1;
	a->published++;
	return 0;
}

void ts_audio_close(struct ts_audio *a, void (*done)(void *arg), void *arg)
{
	(void)a;
	done(arg);
}

struct ts_painting *ts_painter_request(struct ts_painter *painter, const struct ts_label_spec *spec)
{
	(void)painter;
	struct ts_painting *p = &painting[painted++ % 64];
	p->spec = *spec;
	held++;
	return p;
}

struct ts_painting *ts_gallery_request(
	struct ts_gallery *gallery, const char *name, const struct ts_image_spec *spec)
{
	(void)gallery, (void)name, (void)spec;
	return NULL;
}

struct ts_painting *ts_subtitle_request(
	struct ts_painter *painter, const struct ts_caption_spec *spec)
{
	(void)painter, (void)spec;
	return NULL;
}

struct ts_painting *ts_painting_ref(struct ts_painting *p)
{
	held++;
	return p;
}

void ts_painting_unref(struct ts_painting **p)
{
	if (*p) held--;
	*p = NULL;
}

static int setup(void **state)
{
	painted = held = 0;
	ts_hall_setup(state);
	/* there is one; it is not looked into */
	H->engine.painter = (struct ts_painter *)(void *)&view;
	return 0;
}

static int teardown(void **state)
{
	ts_hall_teardown(state);
	assert_int_equal(held, 0);
	return 0;
}

static const struct ts_view_tile *tile_of(const struct ts_participant *p)
{
	for (size_t i = 0; i < view.plan.n_tiles; i++)
		if (view.plan.tile[i].region.occupant == ts_participant_key(p))
			return &view.plan.tile[i];
	return NULL;
}

static void change(struct ts_participant *p, void (*how)(struct ts_participant_settings *))
{
	struct ts_participant_settings s;
	ts_participant_settings(p, &s);
	how(&s);
	ts_participant_set(p, &s);
	ts_fake_time_run();
}

/* ---- tests */

static void many_changes_are_one_plan(void **state)
{
	(void)state;
	const struct ts_join join = ts_hall_join("Ada", TS_KIND_WEBRTC);
	struct ts_participant *a = ts_hall_enter(&join), *b = ts_hall_enter(&join);
	int before = view.published;
	struct ts_fake_leg *la = ts_hall_leg(a), *lb = ts_hall_leg(b);
	la->config.events->connected(la->config.arg);
	lb->config.events->connected(lb->config.arg);
	la->config.events->stalled(la->config.arg, true);
	ts_fake_time_run();
	assert_int_equal(view.published, before + 1);
	assert_int_equal(view.plan.n_tiles, 2);
	assert_int_equal(view.plan.width, 320);
	assert_int_equal(view.plan.fps, 30);
	assert_int_equal(view.plan.view, TS_VIEW_MAIN);
}

static void a_tile_says_who_is_there_and_how_they_are(void **state)
{
	(void)state;
	struct ts_participant *a = ts_hall_meet("Ada");
	const struct ts_view_tile *tile = tile_of(a);
	assert_non_null(tile);
	assert_null(tile->source); /* no packet yet */
	assert_ptr_equal(tile->voice, a->voice);
	assert_int_equal(tile->region.marks, 0);
	ts_hall_packet(a, HALL_VIDEO);
	assert_ptr_equal(tile_of(a)->source, a->camera.source);
	struct ts_fake_leg *leg = ts_hall_leg(a);
	leg->config.events->stalled(leg->config.arg, true);
	ts_fake_time_run();
	assert_true(tile_of(a)->region.marks & TS_MARK_STALLED);
}

static void mute(struct ts_participant_settings *s)
{
	s->muted_by = TS_MUTED_API;
	s->gain_db = -20;
}

static void hide(struct ts_participant_settings *s)
{
	s->video_muted = true;
}

static void what_is_muted_is_neither_seen_nor_heard(void **state)
{
	(void)state;
	struct ts_participant *a = ts_hall_meet("Ada");
	ts_hall_packet(a, HALL_VIDEO);
	change(a, mute);
	assert_true(tile_of(a)->region.marks & TS_MARK_MUTED);
	assert_true(audio.member[0].muted);
	assert_true(audio.member[0].gain > 0.099f && audio.member[0].gain < 0.101f);
	assert_non_null(tile_of(a)->source);
	change(a, hide);
	assert_null(tile_of(a)->source);
}

static void members_of_the_sound_ascend_by_key(void **state)
{
	(void)state;
	struct ts_participant *a = ts_hall_meet("Ada");
	ts_hall_meet("Bob");
	struct ts_join join = ts_hall_join("Cy", TS_KIND_SIP);
	join.transport.media[HALL_AUDIO].send_codec = TS_CODEC_PCMA;
	struct ts_participant *c = ts_hall_enter(&join);
	ts_room_replan(H->room);
	assert_int_equal(audio.n, 2); /* who is not connected hears nothing */
	ts_hall_connect(c);
	assert_int_equal(audio.n, 3);
	for (size_t i = 1; i < audio.n; i++)
		assert_true(audio.member[i].key > audio.member[i - 1].key);
	assert_int_equal(audio.member[2].codec, TS_CODEC_PCMA);
	assert_int_equal(audio.member[2].profile.bitrate_bps, 0);
	join.replaces = a;
	struct ts_participant *again = ts_hall_enter(&join);
	ts_hall_connect(again);
	assert_int_equal(audio.n, 3);
	for (size_t i = 1; i < audio.n; i++)
		assert_true(audio.member[i].key > audio.member[i - 1].key);
	struct ts_join neither = ts_hall_join("Eve", TS_KIND_WHEP);
	neither.audio_media = -1;
	ts_hall_connect(ts_hall_enter(&neither));
	assert_int_equal(audio.n, 3);
}

static void a_label_is_asked_for_where_there_is_something_to_say(void **state)
{
	(void)state;
	struct ts_participant *a = ts_hall_meet("Ada");
	assert_true(painted >= 1);
	bool initials = false, stalled = false;
	for (int i = 0; i < painted && i < 64; i++)
		initials |= painting[i].spec.kind == TS_LABEL_INITIALS;
	assert_true(initials);
	struct ts_fake_leg *leg = ts_hall_leg(a);
	painted = 0;
	leg->config.events->stalled(leg->config.arg, true);
	ts_fake_time_run();
	for (int i = 0; i < painted && i < 64; i++)
		stalled |= painting[i].spec.kind == TS_LABEL_STALLED;
	assert_true(stalled);
	assert_int_equal(held, 0); /* the view has references of its own */
}

static void outputs_of_a_plan_are_those_somebody_receives(void **state)
{
	(void)state;
	const struct ts_join join = ts_hall_join("Ada", TS_KIND_WEBRTC);
	struct ts_participant *a = ts_hall_enter(&join);
	ts_fake_time_run();
	assert_int_equal(H->room->main.scene.n_outputs, 1); /* about to be used */
	ts_room_replan(H->room);
	assert_int_equal(view.plan.n_outputs, 0);
	ts_hall_connect(a);
	assert_int_equal(view.plan.n_outputs, 1);
	assert_int_equal(ts_output_receivers(view.plan.output[0]), 1);
	ts_participant_leave(a, "left");
	ts_fake_time_run();
	assert_int_equal(view.plan.n_outputs, 0);
	assert_int_equal(H->room->main.scene.n_outputs, 0);
}

static void a_plan_says_how_long_tiles_move(void **state)
{
	(void)state;
	ts_hall_meet("Ada");
	ts_fake_time_run();
	assert_int_equal(view.plan.transition_ms, 0);
	struct ts_room_config config = *ts_room_config(H->room);
	config.transition_ms = 400;
	assert_int_equal(ts_room_set_config(H->room, &config), 0);
	ts_hall_meet("Bob"); /* by itself it changes nothing */
	ts_fake_time_run();
	assert_int_equal(view.plan.transition_ms, 400);
}

/* Nothing is sent to an address that an INVITE named before the ACK, so nothing is made for it. */
static void nothing_is_encoded_for_who_is_not_proven(void **state)
{
	(void)state;
	struct ts_join join = ts_hall_join("Cy", TS_KIND_SIP);
	join.transport.await_proof = true;
	struct ts_participant *c = ts_hall_enter(&join);
	ts_hall_connect(c);
	assert_int_equal(view.plan.n_outputs, 0);
	assert_int_equal(H->room->main.scene.n_outputs, 1);
	assert_int_equal(audio.n, 1);
	assert_null(audio.member[0].sender);
	ts_participant_prove(c, "192.0.2.1");
	ts_fake_time_run();
	assert_int_equal(view.plan.n_outputs, 1);
	assert_int_equal(ts_output_receivers(view.plan.output[0]), 1);
	assert_non_null(audio.member[0].sender);
}

/* ---- a sink beside participants */

static struct ts_sink sound, pictures;

static enum ts_sink_wants wants_packets(struct ts_sink *sink, int64_t now_ns)
{
	(void)sink, (void)now_ns;
	return TS_SINK_NOTHING;
}

static void no_free(struct ts_sink *sink)
{
	(void)sink;
}

static struct ts_sink *pictures_of(struct ts_room_sink *sink)
{
	(void)sink;
	return ts_sink_ref(&pictures);
}

static void a_sink_is_in_the_plan_and_told_of(void **state)
{
	static const struct ts_sink_ops ops = {.wants = wants_packets, .free = no_free};
	struct ts_room_sink sink = {.video_codec = TS_CODEC_VP8,
		.audio_codec = TS_CODEC_OPUS,
		.sound = &sound,
		.pictures_of = pictures_of,
		.records = true};
	(void)state;
	ts_sink_init(&sound, &ops);
	ts_sink_init(&pictures, &ops);
	struct ts_participant *a = ts_hall_meet("Ada");
	const size_t members = audio.n;
	assert_false(ts_room_is_recorded(H->room));
	const int told = H->changed[TS_ROOM_CONFIG];
	assert_int_equal(ts_room_add_sink(H->room, &sink), 0);
	ts_fake_time_run();
	assert_true(ts_room_is_recorded(H->room));
	assert_int_equal(H->changed[TS_ROOM_CONFIG], told + 1);
	/* the encoder that the participant has is enough */
	assert_int_equal(view.plan.n_outputs, 1);
	assert_ptr_equal(sink.output, view.plan.output[0]);
	assert_ptr_equal(sink.pictures, &pictures);
	assert_int_equal(sink.stay_ns, TS_NS_PER_S); /* or longer, the more often it moves */
	assert_int_equal(audio.n, members + 1);
	assert_ptr_equal(audio.member[members].sink, &sound);
	assert_true(audio.member[members].key > audio.member[members - 1].key);
	/* it goes on without them */
	ts_participant_leave(a, "left");
	ts_fake_time_run();
	assert_int_equal(view.plan.n_outputs, 1);
	assert_int_equal(audio.n, 1);
	ts_room_remove_sink(H->room, &sink);
	ts_fake_time_run();
	assert_false(ts_room_is_recorded(H->room));
	assert_int_equal(view.plan.n_outputs, 0);
	assert_int_equal(H->room->main.scene.n_outputs, 0);
	assert_int_equal(audio.n, 0);
	assert_int_equal(atomic_load(&pictures.refs.n), 1);
}

/* What is kept from all is kept from a recording, and the others are in it, though other rooms have
 * all rows that there are. */
static void a_sink_has_a_row_whatever_others_have(void **state)
{
	static const struct ts_sink_ops ops = {.wants = wants_packets, .free = no_free};
	struct ts_room_sink sink = {.video_codec = TS_CODEC_VP8,
		.audio_codec = TS_CODEC_OPUS,
		.sound = &sound,
		.pictures_of = pictures_of};
	struct ts_matrix matrix = {.n = 1,
		.entry = {{.from = {TS_WHO_ALL, ""}, .to = {TS_WHO_ALL, ""}, .gain_db = -6}}};
	(void)state;
	ts_sink_init(&sound, &ops);
	ts_sink_init(&pictures, &ops);
	struct ts_participant *a = ts_hall_meet("Ada");
	assert_int_equal(ts_room_set_matrix(H->room, &matrix), 0);
	assert_int_equal(ts_room_add_sink(H->room, &sink), 0);
	H->engine.audio_rows += TS_MATRIX_ROWS_ALL;
	ts_fake_time_run();
	assert_ptr_equal(audio.member[audio.n - 1].sink, &sound);
	assert_true(audio.others > 0.4f && audio.others < 0.6f);
	H->engine.audio_rows -= TS_MATRIX_ROWS_ALL;
	ts_participant_leave(a, "left");
	ts_room_remove_sink(H->room, &sink);
	ts_fake_time_run();
}

static void a_room_has_so_many_sinks_and_no_more(void **state)
{
	static const struct ts_sink_ops ops = {.wants = wants_packets, .free = no_free};
	struct ts_room_sink sink[TS_ROOM_SINKS_MAX + 1];
	(void)state;
	ts_sink_init(&sound, &ops);
	ts_sink_init(&pictures, &ops);
	for (int i = 0; i <= TS_ROOM_SINKS_MAX; i++) {
		sink[i] = (struct ts_room_sink){
			.audio_codec = TS_CODEC_OPUS, .sound = &sound, .pictures_of = pictures_of};
		assert_int_equal(
			ts_room_add_sink(H->room, &sink[i]), i < TS_ROOM_SINKS_MAX ? 0 : TS_ELIMIT);
	}
	for (int i = 0; i <= TS_ROOM_SINKS_MAX; i++) ts_room_remove_sink(H->room, &sink[i]);
	ts_fake_time_run();
}

static void a_plan_that_cannot_be_published_leaves_the_sound_as_it_was(void **state)
{
	(void)state;
	ts_hall_meet("Ada");
	int before = audio.published;
	view.err = TS_ENOMEM;
	ts_room_replan(H->room);
	assert_int_equal(audio.published, before);
	assert_int_equal(held, 0);
}

static void empty_places_are_not_tiles(void **state)
{
	(void)state;
	ts_hall_meet("Ada");
	ts_room_set_layout(H->room, ts_layout_shipped_named("speaker"));
	size_t drawn = 0;
	for (size_t i = 0; i < H->room->main.scene.layout.n; i++) {
		const struct ts_region *r = &H->room->main.scene.layout.region[i];
		drawn += r->occupant || r->blank;
	}
	assert_int_equal(view.plan.n_tiles, drawn);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(many_changes_are_one_plan),
		TEST(a_tile_says_who_is_there_and_how_they_are),
		TEST(what_is_muted_is_neither_seen_nor_heard),
		TEST(members_of_the_sound_ascend_by_key),
		TEST(a_label_is_asked_for_where_there_is_something_to_say),
		TEST(outputs_of_a_plan_are_those_somebody_receives),
		TEST(a_plan_says_how_long_tiles_move),
		TEST(nothing_is_encoded_for_who_is_not_proven),
		TEST(a_sink_is_in_the_plan_and_told_of),
		TEST(a_sink_has_a_row_whatever_others_have),
		TEST(a_room_has_so_many_sinks_and_no_more),
		TEST(a_plan_that_cannot_be_published_leaves_the_sound_as_it_was),
		TEST(empty_places_are_not_tiles),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
