/* change - what REST sets of a room and of those in it. */
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "mixer/room/model.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- room ---- */

static bool use_config(struct ts_room *r, const struct ts_room_config *config)
{
	char id[sizeof r->config.id];
	memcpy(id, r->config.id, sizeof id);
	r->config = *config;
	memcpy(r->config.id, id, sizeof id);
	return ts_room_main_use_config(r);
}

bool ts_room_move_receivers(struct ts_room *r)
{
	bool all = true;
	for (struct ts_participant *p = r->first; p; p = p->next)
		if (p->receiver.output && ts_participant_choose(p)) all = false;
	return all;
}

int ts_room_set_config(struct ts_room *r, const struct ts_room_config *config)
{
	if (r->closing) return TS_ECLOSED;
	const bool sound = r->config.agc != config->agc || r->config.denoise != config->denoise ||
		r->config.audio_mode != config->audio_mode ||
		r->config.floor_db != config->floor_db,
		   self = r->config.self != config->self,
		   branding = !ts_branding_same(&r->config.branding, &config->branding),
		   video = use_config(r, config);
	if (video && !ts_room_move_receivers(r))
		ts_error("receivers not moved", "room=%s", r->config.id);
	if (video || self || sound || branding) ts_room_schedule_plan(r);
	ts_info("room changed", "room=%s width=%d height=%d fps=%d kbps=%u", r->config.id,
		config->width, config->height, config->fps, ts_room_bitrate_kbps(config));
	ts_room_touch(r, TS_ROOM_CONFIG, NULL);
	return 0;
}

/* ---- participant ---- */

void ts_room_images_changed(struct ts_room *r, const char *name)
{
	if (!r->closing && ts_room_shows_image(r, name)) ts_room_schedule_plan(r);
}

void ts_room_set_captions(struct ts_room *r, const char *text)
{
	if (r->closing || !strcmp(r->captions, text)) return;
	snprintf(r->captions, sizeof r->captions, "%s", text);
	if (ts_room_shows_captions(r)) ts_room_schedule_plan(r);
}

void ts_participant_settings(const struct ts_participant *p, struct ts_participant_settings *out)
{
	*out = (struct ts_participant_settings){.muted_by = p->muted_by,
		.video_muted = p->video_muted,
		.gain_db = p->gain_db,
		.listen_db = p->listen_db,
		.agc = p->agc,
		.denoise = p->denoise,
		.hand_unix_ms = p->hand_unix_ms};
	memcpy(out->name, p->name, sizeof out->name);
	memcpy(out->role, p->role, sizeof out->role);
	memcpy(out->avatar, p->avatar, sizeof out->avatar);
	memcpy(out->channel, p->channel, sizeof out->channel);
	memcpy(out->interprets, p->interprets, sizeof out->interprets);
}

static bool same_settings(const struct ts_participant *p, const struct ts_participant_settings *s)
{
	return !strcmp(p->name, s->name) && !strcmp(p->role, s->role) &&
		!strcmp(p->avatar, s->avatar) && p->muted_by == s->muted_by &&
		p->video_muted == s->video_muted && p->gain_db == s->gain_db &&
		p->listen_db == s->listen_db && p->agc == s->agc && p->denoise == s->denoise &&
		p->hand_unix_ms == s->hand_unix_ms && !strcmp(p->channel, s->channel) &&
		!strcmp(p->interprets, s->interprets);
}

void ts_participant_set(struct ts_participant *p, const struct ts_participant_settings *s)
{
	struct ts_participant_settings clean = *s;
	ts_name_clean(clean.name, s->name);
	if (p->state == TS_P_ENDED || same_settings(p, &clean)) return;
	snprintf(p->name, sizeof p->name, "%s", clean.name);
	snprintf(p->role, sizeof p->role, "%s", s->role);
	snprintf(p->avatar, sizeof p->avatar, "%s", s->avatar);
	snprintf(p->channel, sizeof p->channel, "%s", s->channel);
	snprintf(p->interprets, sizeof p->interprets, "%s", s->interprets);
	p->muted_by = s->muted_by;
	p->video_muted = s->video_muted;
	p->gain_db = s->gain_db;
	p->listen_db = s->listen_db;
	p->agc = s->agc;
	p->denoise = s->denoise;
	p->hand_unix_ms = s->hand_unix_ms;
	ts_participant_use_slides(p, ts_now_ns()); /* the role may have it otherwise */
	ts_room_schedule_plan(p->room);
	ts_room_touch(p->room, TS_ROOM_PARTICIPANT, p);
}

float ts_gain_of(double db)
{
	return db == 0 ? 1.0f : (float)pow(10, db / 20);
}

bool ts_role_is_host(const char *role)
{
	return ts_role_rights(role) & TS_MAY_HOST;
}

void ts_participant_show_notice(struct ts_participant *p, const char *text, int64_t until_ns)
{
	if (p->state == TS_P_ENDED) return;
	snprintf(p->notice, sizeof p->notice, "%s", text);
	p->notice_until_ns = until_ns;
	ts_room_schedule_plan(p->room);
}

bool ts_participant_notice_is_over(struct ts_participant *p, int64_t now_ns)
{
	if (!p->notice_until_ns || now_ns < p->notice_until_ns) return false;
	p->notice_until_ns = 0;
	return true;
}

enum ts_participant_state ts_participant_state(const struct ts_participant *p)
{
	return p->state;
}

enum ts_kind ts_participant_kind(const struct ts_participant *p)
{
	return p->kind;
}
