/* plan_build - from the room's members to what its media threads do: who is where, who is decoded,
 * which outputs exist and who receives them. Runs once for any number of changes. */
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "mixer/audio/listener.h"
#include "mixer/room/model.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A plan made so long after a move may be the first that the audio strand sees of them. */
#define ANEW_NS TS_NS_PER_S

/* ---- outputs ---- */

static size_t members_of(const struct ts_room *r)
{
	size_t n = 0;
	for (int k = 0; k < TS_KIND_COUNT; k++) n += r->count[k];
	for (const struct ts_participant *p = r->departed; p; p = p->next_departed) n++;
	return n;
}

static bool receives_video(const struct ts_participant *p)
{
	return ts_participant_is_here(p) && p->video_sender && !p->unproven;
}

/* Who changes from one output to another receives both, and lets through what it may by itself
 * (transport/handover.h). list: [members_of(r)] */
static size_t receivers_of(const struct ts_room *r, const struct ts_output *output,
	struct ts_receiving *list, size_t *n_expected)
{
	size_t n = 0;
	*n_expected = 0;
	for (struct ts_participant *p = r->first; p; p = p->next) {
		if (p->content.output == output) {
			++*n_expected;
			if (ts_participant_is_here(p) && p->content_sender && !p->unproven)
				list[n++] = (struct ts_receiving){p->content_sender, false};
			continue;
		}
		if (p->receiver.output != output && p->receiver.next != output) continue;
		++*n_expected;
		if (receives_video(p))
			list[n++] = (struct ts_receiving){
				p->video_sender, p->receiver.next == output};
	}
	for (struct ts_participant *p = r->departed; p; p = p->next_departed) {
		if (p->receiver.output != output) continue;
		++*n_expected;
		if (receives_video(p)) list[n++] = (struct ts_receiving){p->video_sender, false};
	}
	return n;
}

static void set_outputs(struct ts_room *r)
{
	for (struct ts_participant *p = r->first; p; p = p->next) {
		const struct ts_receiver *by = &p->receiver;
		if (p->content_sender && p->content.output) {
			const uint32_t id = ts_output_id(p->content.output);
			ts_sender_set_output(p->content_sender, id, id);
		}
		if (!p->video_sender || !by->output) continue;
		const uint32_t from = ts_output_id(by->output);
		ts_sender_set_output(
			p->video_sender, from, by->next ? ts_output_id(by->next) : from);
	}
}

/* Tells each output who receives it; those that nobody uses or is about to use are let go. */
static void plan_outputs(struct ts_room_view *v, struct ts_receiving *list)
{
	struct ts_room *r = v->room;
	struct ts_sink *sinks[TS_ROOM_SINKS_MAX];
	size_t keep = 0;
	v->n_sent = 0;
	for (size_t i = 0; i < v->scene.n_outputs; i++) {
		struct ts_output *output = v->scene.output[i];
		size_t expected, n = receivers_of(r, output, list, &expected);
		const size_t n_sinks = ts_room_sinks_of(r, output, sinks);
		if (ts_output_publish(output, list, n) ||
			ts_output_publish_sinks(output, sinks, n_sinks))
			ts_error("plan not published", "room=%s", r->config.id);
		if (n || n_sinks) v->sent[v->n_sent++] = output;
		if (expected || n_sinks)
			v->scene.output[keep++] = output;
		else
			ts_output_unref(&output);
	}
	v->scene.n_outputs = keep;
}

static int plan_all_outputs(struct ts_room *r)
{
	struct ts_receiving *list = malloc((members_of(r) + 1) * sizeof(*list));
	if (!list) return TS_ENOMEM;
	set_outputs(r);
	for (struct ts_room_view *v = &r->main; v; v = v->next) plan_outputs(v, list);
	free(list);
	return 0;
}

/* ---- tiles ---- */

/* Bits that a sender needs for a picture of the tile's size: 1 Mbit/s at 640x360, with the usual
 * 3/4 power of the area. */
static uint32_t bitrate_for(const struct ts_rect *rect)
{
	double area = (double)rect->w * rect->h / (640.0 * 360.0);
	double bps = 1e6 * pow(area, 0.75);
	return bps < 200e3 ? 200000 : bps > 2500e3 ? 2500000 : (uint32_t)bps;
}

/* So much that the layer in use fits with those below it, but the next one does not: who is told
 * sends no layer that nobody needs. A browser gives each what the one below leaves. */
static uint32_t layers_bps(uint32_t bps)
{
	enum { WHOLE_BPS = 1500000, BELOW_BPS = 700000 };
	return bps < WHOLE_BPS ? bps / 4 * 3 : bps + BELOW_BPS;
}

static void plan_tile(struct ts_source *source, int slot, const struct ts_region *region)
{
	struct ts_layer_need need = {0};
	if (region)
		need = (struct ts_layer_need){.width = region->rect.w,
			.height = region->rect.h,
			.crop = region->fit == TS_FIT_FILL};
	ts_source_set_tile(source, slot, &need);
}

/* In one view; NULL: nowhere. */
static const struct ts_region *plan_feed_in(
	struct ts_room_view *v, const struct ts_participant *p, enum ts_shows shows)
{
	const struct ts_feed *feed = shows == TS_SHOWS_SLIDES ? &p->slides : &p->camera;
	const bool watched = ts_room_view_is_seen(v) && !v->room->card;
	int region = -1;
	const bool drawn = !feed->held && (!feed->frozen || p->kind == TS_KIND_INPUT);
	/* what is asked of a sender does not go up and down with those who watch main */
	if (drawn && (watched || v == &v->room->main))
		region = ts_scene_region_of(&v->scene, p->key, shows);
	const struct ts_region *tile = region >= 0 ? &v->scene.layout.region[region] : NULL;
	ts_source_set_shown(feed->source, v->slot, tile && watched && !ts_participant_hides(p));
	plan_tile(feed->source, v->slot, tile);
	return tile;
}

static int area_of(const struct ts_region *region)
{
	return region ? region->rect.w * region->rect.h : 0;
}

/* What nobody sees is not decoded, and its sender is asked for little. Returns how much they may
 * send of it. */
static uint32_t plan_feed(struct ts_room *r, struct ts_participant *p, enum ts_shows shows)
{
	struct ts_feed *feed = shows == TS_SHOWS_SLIDES ? &p->slides : &p->camera;
	const struct ts_region *tile = NULL;
	if (!feed->source) return 0;
	ts_source_set_sparse(feed->source, feed->frozen);
	for (struct ts_room_view *v = &r->main; v; v = v->next) {
		const struct ts_region *its = plan_feed_in(v, p, shows);
		if (area_of(its) > area_of(tile)) tile = its;
	}
	const uint32_t bps = tile ? bitrate_for(&tile->rect) : 100000;
	return feed->n_layers ? ts_feed_layers_bps(feed, layers_bps(bps), ts_now_ns()) : bps;
}

static void plan_feeds(struct ts_room *r)
{
	for (struct ts_participant *p = r->first; p; p = p->next) {
		if ((!p->camera.source && !p->slides.source) || p->state == TS_P_CONNECTING)
			continue;
		uint32_t bps = plan_feed(r, p, TS_SHOWS_CAMERA) + plan_feed(r, p, TS_SHOWS_SLIDES);
		if (bps != p->receive_bps) p->leg->ops->set_receive_bps(p->leg, bps);
		p->receive_bps = bps;
	}
}

static unsigned marks_of(const struct ts_participant *p)
{
	return (!ts_participant_is_heard(p) ? TS_MARK_MUTED : 0) |
		(p->state == TS_P_STALLED ? TS_MARK_STALLED : 0) |
		(p->hand_unix_ms ? TS_MARK_HAND : 0);
}

/* What may be written on the tile while this plan is in force; the view blends what it needs of
 * it. */
static void plan_labels(
	const struct ts_room *r, const struct ts_participant *p, struct ts_view_tile *tile)
{
	struct ts_painter *painter = r->engine->painter;
	struct ts_label_spec spec;
	char more[16];
	snprintf(more, sizeof more, "+%d", tile->region.more);
	const char *text[TS_LABEL_KINDS] = {
		[TS_LABEL_NAME] = !p || !tile->region.looks.label ? NULL
			: p->notice_until_ns                      ? p->notice
								  : p->name,
		[TS_LABEL_INITIALS] = p ? p->name : NULL,
		[TS_LABEL_MORE] = tile->region.more > 0 ? more : NULL,
		[TS_LABEL_STALLED] = p && tile->region.marks & TS_MARK_STALLED ? "" : NULL,
	};
	for (int k = 0; painter && k < TS_LABEL_KINDS; k++)
		if (text[k] &&
			ts_label_for(&spec, (enum ts_label_kind)k, text[k], tile->region.marks,
				&tile->region.rect))
			tile->label[k] = ts_painter_request(painter, &spec);
}

static struct ts_source *source_of(const struct ts_participant *p, enum ts_shows shows)
{
	const struct ts_feed *feed = shows == TS_SHOWS_SLIDES ? &p->slides : &p->camera;
	return !ts_participant_hides(p) && !feed->held &&
			atomic_load_explicit(&feed->on, memory_order_relaxed)
		? feed->source
		: NULL;
}

/* One line below the other, in place of people. */
static void plan_card(const struct ts_room *r, struct ts_view_plan *plan)
{
	static const struct ts_rgb ground = {23, 28, 38};
	struct ts_painter *painter = r->engine->painter;
	const int h = plan->height / TS_CARD_LINES & ~1;
	plan->background = ground;
	for (int i = 0; i < TS_CARD_LINES; i++) {
		struct ts_view_tile *tile = &plan->tile[plan->n_tiles++];
		struct ts_label_spec spec;
		tile->region = (struct ts_region){
			.rect = {0, i * h, plan->width & ~1,
				i + 1 < TS_CARD_LINES ? h : (plan->height & ~1) - i * h},
			.looks.background = ground,
			.blank = true};
		if (painter &&
			ts_label_for(&spec, TS_LABEL_CARD, r->card->line[i], 0, &tile->region.rect))
			tile->label[TS_LABEL_CARD] = ts_painter_request(painter, &spec);
	}
}

static void plan_tiles(struct ts_room_view *v, struct ts_view_plan *plan)
{
	struct ts_room *r = v->room;
	ts_room_plan_brand(v, plan);
	for (size_t i = 0; i < v->scene.layout.n; i++) {
		const struct ts_region *region = &v->scene.layout.region[i];
		if (!region->occupant && !region->blank) continue; /* the canvas shows through */
		struct ts_view_tile *tile = &plan->tile[plan->n_tiles++];
		tile->region = *region;
		tile->region.looks.label &= !v->config.no_labels;
		struct ts_participant *p = ts_room_by_key(r, region->occupant);
		if (p) {
			tile->source = source_of(p, region->shows);
			tile->region.marks |= marks_of(p);
			tile->voice = p->voice;
			/* layout and view may want no names */
			if (p->notice_until_ns) tile->region.looks.label = true;
		}
		plan_labels(r, p, tile);
		ts_room_plan_images(v, p, tile);
	}
}

/* The view holds its own references by now. */
static void release_labels(struct ts_view_plan *plan)
{
	ts_room_release_brand(plan);
	for (size_t i = 0; i < plan->n_tiles; i++)
		for (int k = 0; k < TS_LABEL_KINDS; k++) ts_painting_unref(&plan->tile[i].label[k]);
}

/* ---- sound ---- */

/* In small rooms there is little to save, and people answer at once. */
static uint8_t listener_ms(struct ts_room *r)
{
	enum { MANY = 25, FEW = 20, LONG_MS = 60 };
	size_t n = 0;
	for (struct ts_participant *p = r->first; p; p = p->next)
		n += ts_participant_is_here(p) && p->audio_sender != NULL;
	r->many_listen = n >= (r->many_listen ? FEW : MANY);
	if (r->config.listener_ms) return r->config.listener_ms;
	return r->many_listen ? LONG_MS : 0;
}

/* An input is mixed as it is, be it a film. */
static bool is_on(const struct ts_participant *p, enum ts_as as, bool of_room)
{
	return as == TS_AS_ROOM ? of_room && p->kind != TS_KIND_INPUT : as == TS_AS_ON;
}

/* Where their tile is in the main view, the largest of theirs: -1 left .. 1 right. */
static float place_of(const struct ts_room *r, const struct ts_participant *p)
{
	const struct ts_layout *layout = &r->main.scene.layout;
	const struct ts_region *tile = NULL;
	for (size_t i = 0; i < layout->n; i++)
		if (layout->region[i].occupant == p->key &&
			area_of(&layout->region[i]) > area_of(tile))
			tile = &layout->region[i];
	if (!tile || r->config.audio_mode != TS_AUDIO_SPATIAL || r->config.width <= 0) return 0;
	const float middle = (float)tile->rect.x + (float)tile->rect.w / 2,
		    place = 2 * middle / (float)r->config.width - 1;
	return place < -1 ? -1 : place > 1 ? 1 : place;
}

static void set_voice(const struct ts_room *r, const struct ts_participant *p)
{
	const bool music = r->config.audio_mode == TS_AUDIO_MUSIC;
	ts_voice_set_music(p->voice, music);
	ts_voice_enhance(p->voice, is_on(p, p->agc, r->config.agc && !music),
		is_on(p, p->denoise, r->config.denoise && !music));
}

static int publish_audio(struct ts_room *r)
{
	const uint8_t most_ms = listener_ms(r);
	struct ts_audio_member *members = malloc(
		(members_of(r) + TS_ROOM_SINKS_MAX + 2 + TS_ROOM_PLAYS_MAX) * sizeof(*members));
	struct ts_room_rows *rows = ts_room_rows_begin(r, r->matrix);
	size_t n = 0;
	if (!members || !rows) {
		free(members);
		ts_room_rows_end(&rows, r);
		return TS_ENOMEM;
	}
	for (struct ts_participant *p = r->first; p; p = p->next) {
		p->volumes_heard = false;
		if (!ts_participant_is_here(p)) continue;
		struct ts_ear *ear = p->leg->ops->ear ? p->leg->ops->ear(p->leg) : NULL;
		if (!p->voice && !p->audio_sender && !ear) continue;
		if (p->voice) set_voice(r, p);
		p->audio_limits.mode = r->config.audio_mode;
		struct ts_audio_member *m = &members[n++];
		*m = (struct ts_audio_member){.voice = p->voice,
			.sender = p->audio_limits.codec && !p->unproven ? p->audio_sender : NULL,
			.ear = ear,
			.codec = p->audio_limits.codec,
			.key = p->key,
			.anew = p->moved_ns && ts_now_ns() - p->moved_ns < ANEW_NS,
			.gain = ts_gain_of(p->gain_db),
			.place = place_of(r, p),
			.hears = p->listen_db == 0 ? 0 : ts_gain_of(p->listen_db),
			.listener_ms = ts_listener_longest(
				&p->audio_limits, &p->audio_way, most_ms),
			.muted = !ts_participant_is_heard(p) || *r->config.waits_for};
		ts_audio_choose(&m->profile, &m->delivery, &p->audio_limits, &p->audio_way);
		ts_room_rows_use(rows, r, p, m);
	}
	n += ts_room_plays(r, members + n);
	const size_t sinks = ts_room_sinks_listen(r, members + n);
	for (size_t i = 0; i < sinks; i++) ts_room_rows_use_sink(rows, r, &members[n + i]);
	n += sinks;
	int err = ts_audio_publish(r->audio, members, n);
	for (size_t i = 0; i < n; i++) ts_volumes_unref(&members[i].volumes);
	ts_room_rows_end(&rows, r);
	free(members);
	return err;
}

/* ---- all of it ---- */

static int publish_view(struct ts_room_view *v)
{
	ts_room_view_count_composed(v, v->n_sent > 0);
	struct ts_view_plan plan = {.view = v->slot,
		.width = v->config.width,
		.height = v->config.height,
		.fps = v->config.fps,
		.every = ts_room_draws_every(v),
		.transition_ms = ts_room_transition_ms(v),
		.n_outputs = v->n_sent};
	memcpy(plan.output, v->sent, v->n_sent * sizeof v->sent[0]);
	/* one that nobody looks at holds no sources; main is looked at by snapshots too */
	const bool shows = ts_room_view_is_seen(v) || v == &v->room->main;
	if (!shows && !v->shown) return 0;
	if (shows && v->room->card)
		plan_card(v->room, &plan);
	else if (shows)
		plan_tiles(v, &plan);
	const int err = ts_view_publish(v->view, &plan);
	release_labels(&plan);
	if (!err) v->shown = shows;
	return err;
}

void ts_room_replan(struct ts_room *r)
{
	ts_room_choose_content(r);
	ts_room_choose_personal(r);
	for (struct ts_room_view *v = &r->main; v; v = v->next)
		if (ts_room_view_is_wanted(v)) ts_room_arrange(v);
	ts_room_freeze(r);
	ts_room_choose_sinks(r);
	int err = plan_all_outputs(r);
	if (!err) plan_feeds(r);
	for (struct ts_room_view *v = &r->main; v && !err; v = v->next) err = publish_view(v);
	if (!err) err = publish_audio(r);
	if (err) ts_error("plan not published", "room=%s error=%s", r->config.id, ts_strerror(err));
	ts_room_end_views(r);
	ts_room_tell_personal(r);
}
