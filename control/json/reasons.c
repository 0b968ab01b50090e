#include "control/json/reasons.h"
#include "codec/registry.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *ts_about_name(enum ts_about about)
{
	static const char *const names[] = {[TS_ABOUT_PICTURE] = "picture",
		[TS_ABOUT_NEEDS] = "needs",
		[TS_ABOUT_LINK] = "link",
		[TS_ABOUT_KEYFRAMES] = "keyframes",
		[TS_ABOUT_SHOWN] = "shown",
		[TS_ABOUT_HEARD] = "heard"};
	return names[about];
}

__attribute__((format(printf, 3, 4))) static void say(
	struct ts_reasons *out, enum ts_about about, const char *format, ...)
{
	va_list args;
	if (out->n == TS_REASONS_MAX) return;
	out->reason[out->n].about = about;
	va_start(args, format);
	vsnprintf(out->reason[out->n++].text, TS_REASON_TEXT, format, args);
	va_end(args);
}

/* ---- the picture that they are sent */

/* What of their need it was; the description of a phone may say all of it. */
static void explain_asked(struct ts_reasons *out, const struct ts_reasons_of *of)
{
	const struct ts_need *need = &of->info->need;
	const struct ts_room_config *room = of->room;
	if (need->max_height && need->max_height < room->height)
		say(out, TS_ABOUT_PICTURE,
			"They asked for at most %d lines (max_height); the room has %d.",
			need->max_height, room->height);
	if (need->max_fps && need->max_fps < room->fps)
		say(out, TS_ABOUT_PICTURE,
			"They asked for at most %d pictures a second (max_fps); the room has %d.",
			need->max_fps, room->fps);
	if (need->max_kbps && need->max_kbps < ts_room_bitrate_kbps(room))
		say(out, TS_ABOUT_PICTURE,
			"They asked for at most %u kbit/s (max_kbps, or b= of their description); "
			"the room's picture has %u.",
			need->max_kbps, ts_room_bitrate_kbps(room));
}

static void explain_limit(struct ts_reasons *out, const struct ts_reasons_of *of)
{
	switch (of->info->limited_by) {
	case TS_LIMITED_NOT: break;
	case TS_LIMITED_BY_NETWORK:
		say(out, TS_ABOUT_PICTURE,
			"The way to them takes no more, or did not lately: they were moved to a "
			"smaller step.");
		break;
	case TS_LIMITED_BY_DECODER:
		say(out, TS_ABOUT_PICTURE,
			"Their decoder takes no more, by what their description says of it.");
		break;
	case TS_LIMITED_BY_ASKED: explain_asked(out, of); break;
	case TS_LIMITED_BY_KEYFRAMES:
		say(out, TS_ABOUT_PICTURE,
			"They requested too many keyframes, and were moved to where these disturb "
			"nobody.");
		break;
	case TS_LIMITED_BY_OVERLOAD:
		say(out, TS_ABOUT_PICTURE,
			of->info->overload >= TS_OVERLOAD_FEWER_STEPS
				? "The server is overloaded and leaves out the step that they "
				  "should have: they are sent the next one."
				: "There can be no further encoder for the step that they should "
				  "have: they share the one that fits best.");
		break;
	}
}

static void explain_overload(struct ts_reasons *out, const struct ts_participant_info *p)
{
	if (p->overload == TS_OVERLOAD_NONE) return;
	say(out, TS_ABOUT_PICTURE, "The server is overloaded, and does less for all: step \"%s\".",
		ts_overload_name(p->overload));
	if (p->draws_every > 1)
		say(out, TS_ABOUT_PICTURE, "Of these pictures only %d a second are drawn and sent.",
			p->receives.fps / p->draws_every);
}

/* Whether it is a picture of their own, and why not. */
static void explain_personal(struct ts_reasons *out, const struct ts_personal_info *p)
{
	static const char *const why[TS_PERSONAL_STATES] = {
		[TS_PERSONAL_FULL] = "the server has as many of these as it may "
				     "(overload.max_personal_views)",
		[TS_PERSONAL_BUSY] = "the server has enough to do",
		[TS_PERSONAL_OVERLOADED] = "the server is overloaded",
		[TS_PERSONAL_ROOM_FULL] = "the room has as many of these as it may",
		[TS_PERSONAL_FAILED] = "there could be no encoder for it"};
	if (!p || p->state == TS_PERSONAL_NONE) return;
	if (p->sharers)
		say(out, TS_ABOUT_PICTURE,
			"It is a view of their own%s, which %zu receive: it costs %.1f megapixels "
			"a second.",
			p->self == TS_SELF_HIDE ? ", without themselves" : "", p->sharers,
			(double)p->pixels_per_s / 1e6);
	if (p->state == TS_PERSONAL_UNFIT)
		say(out, TS_ABOUT_PICTURE,
			"The layout of their own has no use on this canvas: it is left out.");
	else if (why[p->state])
		say(out, TS_ABOUT_PICTURE,
			"They want a view of their own and are sent the shared one: %s. They get "
			"it when there is room.",
			why[p->state]);
}

static void explain_picture(struct ts_reasons *out, const struct ts_reasons_of *of)
{
	const struct ts_participant_info *p = of->info;
	const struct ts_step *step = &p->receives;
	if (ts_kind_only_sends(p->kind)) {
		say(out, TS_ABOUT_PICTURE, "They contribute (%s): nothing is sent to them.",
			p->kind == TS_KIND_WHIP ? "WHIP" : "input");
		return;
	}
	if (p->state == TS_P_CONNECTING) { /* a step is chosen all the same */
		say(out, TS_ABOUT_PICTURE, "They are not connected yet: nothing is sent to them.");
		return;
	}
	const struct ts_codec_info *theirs = ts_codec_info(p->camera.codec);
	if (!step->width && theirs && !theirs->can_send) {
		say(out, TS_ABOUT_PICTURE,
			"They are sent no picture: %s is received here but not sent, and they "
			"offered no codec that is.",
			ts_codec_name(theirs->codec));
		return;
	}
	if (!step->width) {
		say(out, TS_ABOUT_PICTURE,
			"They are sent no picture: they asked for none, or their decoder takes "
			"none that the room can make.");
		return;
	}
	say(out, TS_ABOUT_PICTURE, "They are sent %dx%d at %d pictures a second and %u kbit/s%s.",
		step->width, step->height, step->fps, p->receives_bps / 1000,
		p->limited_by ? "" : ", which is all that the room has");
	if (p->changes_step)
		say(out, TS_ABOUT_PICTURE,
			"They are about to be sent another step, from its first keyframe on.");
	if (p->refreshes)
		say(out, TS_ABOUT_PICTURE,
			"Packets to them are lost and cannot be sent again: instead of keyframes, "
			"a stripe of each picture is coded anew (intra refresh).");
	explain_personal(out, of->personal);
	explain_limit(out, of);
	explain_overload(out, p);
}

/* Only where the way decides; what they asked for is theirs to change. */
static void explain_needs(struct ts_reasons *out, const struct ts_participant_info *p)
{
	const struct ts_network *n = &p->network;
	if (p->limited_by != TS_LIMITED_BY_NETWORK && p->limited_by != TS_LIMITED_BY_KEYFRAMES)
		return;
	if (p->step_wants_bps)
		say(out, TS_ABOUT_NEEDS,
			"For the next larger step the way to them must carry %u kbit/s of all that "
			"is sent.",
			p->step_wants_bps / 1000);
	if (n->estimate_bps && n->estimate_bps < p->step_wants_bps)
		say(out, TS_ABOUT_NEEDS, "It is estimated at %u kbit/s%s.", n->estimate_bps / 1000,
			n->app_limited ? ", which is what is known to pass: more is to be tried"
				       : "");
	if (p->step_trial_unix_ms)
		say(out, TS_ABOUT_NEEDS,
			"A larger one is tried from time to time, later after each that failed.");
}

/* ---- their way */

static void explain_link(struct ts_reasons *out, const struct ts_network *n)
{
	if (!n->estimate_bps && !n->peer_bps && !n->reports && !n->audio_reports) {
		say(out, TS_ABOUT_LINK,
			"Nothing is known of the way to them: they have sent no report.");
		return;
	}
	if (n->estimate_bps)
		say(out, TS_ABOUT_LINK,
			"The way to them carries %s%u kbit/s, of which %u are used.",
			n->app_limited ? "at least " : "", n->estimate_bps / 1000,
			n->sent_bps / 1000);
	if (n->peer_bps)
		say(out, TS_ABOUT_LINK,
			"They say that they take %u kbit/s; %u are sent. What browsers say is "
			"hardly ever above one and a half times what they are sent.",
			n->peer_bps / 1000, n->sent_bps / 1000);
	if (n->reports)
		say(out, TS_ABOUT_LINK, "%u.%u %% of the pictures' packets were lost on the way%s.",
			n->loss_permille / 10, n->loss_permille % 10,
			n->loss_permille >= 100         ? ": a bad link"
				: n->loss_permille > 20 ? ": it is noticed"
							: "");
	if (n->audio_reports)
		say(out, TS_ABOUT_LINK, "%u.%u %% of the sound's packets were lost on the way.",
			n->audio_loss_permille / 10, n->audio_loss_permille % 10);
	if (n->rtt_us)
		say(out, TS_ABOUT_LINK, "A round trip takes %u ms%s.", n->rtt_us / 1000,
			n->rtt_us > 300000 ? ", which is felt in a conversation" : "");
	if (n->queue_ms > 50)
		say(out, TS_ABOUT_LINK, "What is sent waits %u ms for its turn on our side.",
			n->queue_ms);
}

static void explain_keyframes(struct ts_reasons *out, const struct ts_participant_info *p)
{
	if (p->state == TS_P_CONNECTING || !p->receives.width) return;
	if (p->keyframe_owed)
		say(out, TS_ABOUT_KEYFRAMES,
			"They request keyframes more often than one receiver may have them: the "
			"next is due, and waits for its time, as it costs the %zu who share the "
			"picture.",
			p->receivers);
	else if (p->keyframe_credit == 0)
		say(out, TS_ABOUT_KEYFRAMES,
			"They request keyframes again and again, %u so far: packets to them are "
			"lost.",
			p->keyframe_requests);
	else if (p->receivers > 1)
		say(out, TS_ABOUT_KEYFRAMES, "%zu receivers share this picture and its keyframes.",
			p->receivers);
}

/* ---- what others see and hear of them */

static void explain_shown(struct ts_reasons *out, const struct ts_reasons_of *of)
{
	const struct ts_participant_info *p = of->info;
	char refusal[TS_REFUSAL_TEXT];
	ts_refusal_print(refusal, &p->camera.error);
	if (p->kind == TS_KIND_WHEP)
		say(out, TS_ABOUT_SHOWN, "They watch: watchers are not shown.");
	else if (p->region < 0 && p->state == TS_P_CONNECTING)
		say(out, TS_ABOUT_SHOWN, "They are not shown yet: they are not connected.");
	else if (p->region < 0 && of->taken < of->places)
		say(out, TS_ABOUT_SHOWN,
			"They are not shown: the layout \"%.64s\" has no place for them.",
			of->layout);
	else if (p->region < 0)
		say(out, TS_ABOUT_SHOWN,
			"They are not shown: others are in the %zu places of the layout \"%.64s\".",
			of->places, of->layout);
	else if (p->video_muted)
		say(out, TS_ABOUT_SHOWN,
			"Their name is shown instead of their camera, which was hidden by the "
			"API.");
	else if (*refusal)
		say(out, TS_ABOUT_SHOWN, "Their camera is not shown: %s.", refusal);
	else if (p->camera.frozen)
		say(out, TS_ABOUT_SHOWN,
			"Their last picture is shown: the server is overloaded, and only the "
			"cameras of the %d who spoke last are live.",
			TS_OVERLOAD_LIVE_TILES);
	else if (!p->camera.active)
		say(out, TS_ABOUT_SHOWN, "Their name is shown: no picture comes from them.");
	else
		say(out, TS_ABOUT_SHOWN,
			"They are shown in a tile of %dx%d (region %d of the layout \"%.64s\")%s.",
			p->tile_w, p->tile_h, p->region, of->layout,
			p->state == TS_P_STALLED
				? ", with their last picture: nothing comes from them any more"
				: "");
}

/* Which of their simulcast layers is decoded. */
static void explain_layer(struct ts_reasons *out, const struct ts_participant_info *p)
{
	const struct ts_source_info *c = &p->camera;
	if (!c->active || !c->n_layers || c->layer < 0 || p->region < 0) return;
	const int layer = c->layer;
	bool larger = false, waits = c->next_layer >= 0 && c->next_layer != layer;
	for (size_t i = 0; i < c->n_layers; i++)
		larger |= c->layers[i].flows && c->layers[i].height > c->layers[layer].height;
	if (waits)
		say(out, TS_ABOUT_SHOWN,
			"Of their %zu simulcast layers \"%.16s\" is decoded until a keyframe of "
			"\"%.16s\" comes.",
			c->n_layers, c->layer_name[layer], c->layer_name[c->next_layer]);
	else if (c->width + c->width / 16 < p->tile_w && c->height + c->height / 16 < p->tile_h &&
		!larger)
		say(out, TS_ABOUT_SHOWN,
			"Of their %zu simulcast layers \"%.16s\" (%dx%d) is decoded: it is the "
			"best that comes, though it does not fill the tile.",
			c->n_layers, c->layer_name[layer], c->width, c->height);
	else
		say(out, TS_ABOUT_SHOWN,
			"Of their %zu simulcast layers \"%.16s\" (%dx%d) is decoded: the smallest "
			"that fills the tile.",
			c->n_layers, c->layer_name[layer], c->width, c->height);
}

static void explain_heard(struct ts_reasons *out, const struct ts_participant_info *p)
{
	if (p->kind == TS_KIND_WHEP)
		say(out, TS_ABOUT_HEARD, "They watch: watchers are not heard.");
	else if (p->muted_by == TS_MUTED_SELF)
		say(out, TS_ABOUT_HEARD, "They are not heard: they muted themselves.");
	else if (p->muted_by == TS_MUTED_ROLE)
		say(out, TS_ABOUT_HEARD, "They are not heard: their role is to watch.");
	else if (p->muted_by == TS_MUTED_API)
		say(out, TS_ABOUT_HEARD,
			"They are not heard: they were muted by the API, which alone can undo it.");
	else if (p->audio_codec == TS_CODEC_NONE)
		say(out, TS_ABOUT_HEARD, "They are not heard: no sound has come from them yet.");
	else if (p->state == TS_P_STALLED)
		say(out, TS_ABOUT_HEARD, "They are not heard: nothing comes from them any more.");
	else if (p->gain_db <= -40)
		say(out, TS_ABOUT_HEARD, "They are hardly heard: they are turned down by %.0f dB.",
			-p->gain_db);
	else
		say(out, TS_ABOUT_HEARD, "They are heard%s; their level is %d dBov.",
			p->speaking ? " and speak now" : " when they speak", p->level_dbov);
}

/* Verbs are the same for both. */
static void address(char text[TS_REASON_TEXT])
{
	static const char *const words[][2] = {{"They", "You"}, {"they", "you"}, {"Their", "Your"},
		{"their", "your"}, {"them", "you"}, {"themselves", "yourself"}};
	char out[TS_REASON_TEXT] = "";
	size_t len = 0;
	for (const char *at = text; *at && len + 1 < sizeof(out);) {
		const size_t n = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
		const char *word = at;
		size_t word_len = n ? n : 1;
		for (size_t i = 0; n && i < sizeof(words) / sizeof(words[0]); i++) {
			if (strlen(words[i][0]) != n || strncmp(words[i][0], at, n)) continue;
			word = words[i][1];
			word_len = strlen(word);
		}
		at += n ? n : 1;
		if (len + word_len >= sizeof(out)) break;
		memcpy(out + len, word, word_len);
		len += word_len;
		out[len] = 0;
	}
	memcpy(text, out, sizeof(out));
}

void ts_reasons_find(struct ts_reasons *out, const struct ts_reasons_of *of)
{
	out->n = 0;
	explain_picture(out, of);
	if (of->info->state != TS_P_CONNECTING) explain_needs(out, of->info);
	if (!ts_kind_only_sends(of->info->kind)) explain_link(out, &of->info->network);
	explain_keyframes(out, of->info);
	explain_shown(out, of);
	explain_layer(out, of->info);
	explain_heard(out, of->info);
	if (of->volumes_unheard)
		say(out, TS_ABOUT_HEARD,
			"The room has as many different mixes as it may: they hear all others as "
			"loud as these are to all.");
	for (size_t i = 0; of->to_themselves && i < out->n; i++) address(out->reason[i].text);
}
