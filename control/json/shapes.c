#include "control/json/shapes.h"
#include "base/media.h"
#include "control/json/branding.h"
#include "control/json/json.h"
#include "control/rooms/bearer.h"
#include "control/rooms/drain.h"
#include "control/rooms/personal.h"
#include "control/rooms/registry.h"
#include "control/rooms/windows.h"
#include "mixer/overload/overload.h"
#include "mixer/room/room.h"
#include <string.h>

/* what a row does not name is zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define SHAPE(shape, name, fields, text) const struct ts_shape shape = TS_SHAPE(name, fields, text)
#define LIST(shape, name, of_shape, text)                             \
	static const struct ts_field shape##_fields[] = {             \
		{"items", TS_F_LIST, .of = &of_shape, .help = text}}; \
	SHAPE(shape, name, shape##_fields, NULL)
#define PIXELS TS_F_INT, .min = 0, .max = 65535

#define VIEW_PATTERN .pattern = TS_VIEW_PATTERN

static bool pin_ok(const char *text)
{
	size_t len = strspn(
		text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");
	return len >= TS_PIN_MIN && len <= TS_PIN_MAX && !text[len];
}

static bool number_ok(const char *text)
{
	const size_t len = strspn(text, "0123456789");
	return !strcmp(text, "auto") || (len >= 3 && len <= TS_NUMBER_MAX && !text[len]);
}

bool ts_template_name_ok(const char *text)
{
	size_t len = strspn(
		text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._");
	return len >= 1 && len <= TS_TEMPLATE_MAX && !text[len];
}

static bool role_ok(const char *text)
{
	size_t len = strspn(
		text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._");
	return len >= 1 && len <= TS_ROLE_MAX && !text[len];
}

/* ---- rooms; the limits are those of the keys of [room] in config/keys.c */

/* those of config/keys.c */
static const char *const ladders[] = {"close", "wide", "one", NULL};
_Static_assert(sizeof(ladders) / sizeof(*ladders) == TS_LADDER_PRESETS + 1,
	"presets are those of mixer/output/ladder.h");

static const struct ts_field step_fields[] = {
	{"width", TS_F_INT, TS_F_NEEDED, .min = 96, .max = TS_PICTURE_MAX_W, .step = 2,
		.help = "No more than the canvas's; of another shape it gets bars"},
	{"height", TS_F_INT, TS_F_NEEDED, .min = 96, .max = TS_PICTURE_MAX_H, .step = 2},
	{"fps", TS_F_INT, TS_F_NEEDED, .min = 1, .max = 60,
		.help = "No more than the canvas's is sent"},
	{"kbps", TS_F_INT, TS_F_NEEDED, .min = 24, .max = 20000,
		.help = "Less than the step's before"},
};
static const struct ts_shape step = TS_SHAPE(NULL, step_fields, NULL);

static const struct ts_field video_fields[] = {
	{"width", TS_F_INT, .min = 160, .max = TS_PICTURE_MAX_W, .step = 2,
		.help = "Of the mixed picture, in pixels"},
	{"height", TS_F_INT, .min = 90, .max = TS_PICTURE_MAX_H, .step = 2},
	{"fps", TS_F_INT, .min = 1, .max = 60, .help = "Pictures per second"},
	{"bitrate_kbps", TS_F_INT, .min = 0, .max = 20000,
		.help = "At full size; smaller steps take less. Set to 0 it follows size and rate; "
			"what is read is the value in effect"},
	{"ladder", TS_F_LIST, .of = &step, .max = TS_LADDER_OWN_MAX, .choices = ladders,
		.help = "The steps in which the room is sent, each coded only while somebody "
			"receives it: a list, largest first, or the name of a preset. close: "
			"steps of about half as many bits each; wide: a third; one: the canvas "
			"alone, whatever a receiver's network takes. Smaller ones for decoders "
			"that take no other follow in any case"},
};
SHAPE(ts_shape_video, NULL, video_fields, NULL);

static const struct ts_field tone_fields[] = {
	{"join", TS_F_BOOL, .help = "A tone when somebody has come"},
	{"leave", TS_F_BOOL, .help = "A tone when somebody has gone"},
	{"alone", TS_F_BOOL, .help = "Quiet music while somebody is alone"},
	{"recorded", TS_F_BOOL,
		.help = "Three beeps when a recording begins, and for each who comes meanwhile"},
};
static const struct ts_shape tones = TS_SHAPE(NULL, tone_fields, NULL);

static const struct ts_field sound_fields[] = {
	{"mode", TS_F_STRING, .choices = ts_audio_mode_names,
		.help = "What the sound is for. voice: speech, in one channel; music: anything, as "
			"it came, in two, without gate, gain and noise suppression; spatial: "
			"speech, each voice where its tile is in the main view. Who takes one "
			"channel gets one (docs/SOUND.md)"},
	{"floor_db", TS_F_NUMBER, .min = -60, .max = 0,
		.help = "How much quieter all others are to who chose a language channel, while an "
			"interpreter of it is heard"},
};
static const struct ts_shape sound = TS_SHAPE(NULL, sound_fields, NULL);

static const char *const mutes[] = {"off", "soft", "hard", NULL};
static const char *const records[] = {"off", "always", NULL};
static const char *const host_leaves[] = {"stay", "wait", "end", NULL};
/* those of config/keys.c */
static const char *const languages[] = {"en", "de", "fr", "es", "zh", NULL};

#define TIME_OR_NULL TS_F_INT, TS_F_NULL, .min = 1, .max = 3.7e12 /* of the year 2087 */
#define TIME_OR_NULL_READ TS_F_INT, TS_F_READ | TS_F_NULL, .min = 1, .max = 9e15

static const struct ts_field room_fields[] = {
	{"id", TS_F_STRING, TS_F_OPTIONAL, .ok = ts_room_id_ok, .pattern = TS_ROOM_ID_PATTERN,
		.help = "Chosen by whoever makes the room; a ULID where it is left out. Never "
			"changes"},
	{"video", TS_F_OBJECT, .of = &ts_shape_video},
	{"layout", TS_F_STRING, .ok = ts_layout_name_ok,
		.pattern = "^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,63}$",
		.help = "Name of the layout of the main view"},
	{"transition_ms", TS_F_INT, .min = 0, .max = 1000,
		.help = "Tiles of all views take so long to new places, by moving, growing and "
			"fading; 0: they are there at once"},
	{"audio", TS_F_OBJECT, .of = &sound},
	{"agc", TS_F_BOOL,
		.help = "Quiet and loud voices are heard alike: speech is brought near -22 dBov, "
			"by 12 dB at most"},
	{"denoise", TS_F_BOOL,
		.help = "Steady noise behind voices is taken out; not for music. It costs CPU for "
			"each who is heard"},
	{"self", TS_F_STRING, .choices = ts_self_names,
		.help = "Whether participants see themselves in what they are sent, unless they "
			"say it themselves. hide, corner: each has a view of their own, while the "
			"server has room for it (docs/VIEWS.md)"},
	{"max_participants", TS_F_INT, .min = 1, .max = 1000, .help = "Further ones are refused"},
	{"max_watchers", TS_F_INT, .min = 0, .max = 100000, .help = "Further ones are refused"},
	{"pin", TS_F_STRING, TS_F_WRITE | TS_F_NULL, .ok = pin_ok,
		.pattern = "^[A-Za-z0-9._~-]{4,64}$",
		.help = "What a join must give; null: none of the room's own. Never shown again"},
	{"pin_set", TS_F_BOOL, TS_F_READ, .help = "Has the room a PIN of its own"},
	{"host_pin", TS_F_STRING, TS_F_WRITE | TS_F_NULL, .ok = pin_ok,
		.pattern = "^[A-Za-z0-9._~-]{4,64}$",
		.help = "Who gives this one joins with the role host, all others with guest. Not "
			"that of guests. Never shown again"},
	{"host_pin_set", TS_F_BOOL, TS_F_READ},
	{"wait_for_host", TS_F_BOOL,
		.help = "Guests who come before a host wait: they see and hear that. The room "
			"stays when it is empty"},
	{"when_host_leaves", TS_F_STRING, .choices = host_leaves,
		.help = "What becomes of guests when the last host has left. stay: nothing; wait: "
			"they wait for the next one; end: the meeting ends for all people"},
	{"host_grace_s", TS_F_INT, .min = 0, .max = 3600,
		.help = "So long before that a host may come back"},
	{"waiting", TS_F_INT, TS_F_READ, .min = 0, .max = 100000, .help = "Guests who wait"},
	{"max_duration_s", TS_F_INT, .min = 0, .max = 604800,
		.help = "So long after the first one came the meeting ends for all people, who are "
			"warned 5 minutes and 1 minute before; 0: never"},
	{"valid_from_ms", TIME_OR_NULL,
		.help = "Nobody may join before, in milliseconds since 1970; null: at any time"},
	{"valid_until_ms", TIME_OR_NULL,
		.help = "Nor from then on, when a meeting ends as by max_duration_s"},
	{"ends_ms", TIME_OR_NULL_READ, .help = "When the meeting of now ends; null: no end is set"},
	{"mute_on_entry", TS_F_STRING, .choices = mutes,
		.help = "Guests are muted when they come: soft, they may unmute themselves; hard: "
			"they may not"},
	{"template", TS_F_STRING, TS_F_NULL, .ok = ts_template_name_ok,
		.pattern = TS_TEMPLATE_PATTERN,
		.help = "Its settings are those of this template (docs/MODERATION.md) where they "
			"are not given themselves"},
	{"breakout_of", TS_F_STRING, TS_F_READ | TS_F_NULL,
		.help = "The room that its people come back to"},
	{"number", TS_F_STRING, TS_F_NULL, .ok = number_ok, .pattern = "^([0-9]{3,12}|auto)$",
		.help = "What callers enter or dial to come here, no other room's; auto: one of 9 "
			"digits is made, or stays"},
	{"language", TS_F_STRING, TS_F_NULL, .choices = languages,
		.help = "Of what callers and waiting guests are told; null: the server's"},
	{"locked", TS_F_BOOL, .help = "Nobody new may join"},
	{"record", TS_F_STRING, .choices = records,
		.help = "always: a recording runs while somebody is connected; one that is stopped "
			"by request begins anew when the room was empty"},
	{"tones", TS_F_OBJECT, .of = &tones,
		.help = "What is played by itself; watchers (WHEP) neither come nor go"},
	{"background", TS_F_STRING, TS_F_NULL, .ok = ts_background_ok,
		.pattern = TS_BACKGROUND_PATTERN,
		.help = "Behind the tiles: a colour, or image:NAME, in all views that say "
			"nothing else; null: as the layout says"},
	{"watermark", TS_F_OBJECT, TS_F_NULL, .of = &ts_shape_watermark,
		.help = "An image over the tiles, in all views that say nothing else; null: none"},
	{"captions", TS_F_OBJECT, TS_F_NULL, .of = &ts_shape_caption_style,
		.help = "What is said is written over the main view: docs/TEXT.md; null: not"},
	{"keypad", TS_F_MAP,
		.help = "What keys do in it besides those of the server, KEYS: ACTION, as in "
			"{\"*1\": \"layout:grid\"}; none takes keys away. docs/KEYPAD.md"},
	{"hls", TS_F_STRING, .choices = records,
		.help = "always: the room can be watched by HLS, under /hls/{room}/index.m3u8 and "
			"/watch/{room}, by whoever may join it"},
	{"flv", TS_F_STRING, .choices = records,
		.help = "always: the room can be watched by HTTP-FLV, under /flv/{room}.flv, by "
			"whoever may join it"},
	{"recorded", TS_F_BOOL, TS_F_READ, .help = "Is a recording under way, and not paused"},
	{"streamed", TS_F_BOOL, TS_F_READ,
		.help = "Is it streamed to somewhere, or to be as soon as the peer is there"},
};
SHAPE(ts_shape_room, "Room", room_fields,
	"A room. One that was made over REST stays when the last participant leaves, one made by a "
	"join goes");
LIST(ts_shape_rooms, "Rooms", ts_shape_room, "In order of creation");

/* ---- participants */

static const char *const kinds[] = {"webrtc", "sip", "whip", "whep", "input", "machine", NULL};
_Static_assert(sizeof(kinds) / sizeof(*kinds) == TS_KIND_COUNT + 1, "kinds are those of room.h");
/* who has ended is not shown */
static const char *const states[] = {"connecting", "connected", "stalled", NULL};
_Static_assert(sizeof(states) / sizeof(*states) == TS_P_ENDED + 1,
	"states are those of room.h but the last");
static const char *const muters[] = {"self", "api", "role", NULL};
static const char *const source_kinds[] = {"camera", "slides", NULL};
static const char *const limits[] = {"network", "decoder", "asked", "keyframes", "overload", NULL};

static const struct ts_field audio_fields[] = {
	{"codec", TS_F_STRING, TS_F_NULL},
	{"level_dbov", TS_F_INT, .min = -127, .max = 0},
	{"agc_db", TS_F_NUMBER, .min = -12, .max = 12,
		.help = "By how much agc makes them louder now"},
};
static const struct ts_shape audio = TS_SHAPE(NULL, audio_fields, "What they send");

static const struct ts_field tile_fields[] = {
	{"view", TS_F_STRING},
	{"region", TS_F_INT, .min = 0, .max = 1000,
		.help = "Index in the regions of the view's layout"},
};
static const struct ts_shape tile = TS_SHAPE(NULL, tile_fields, NULL);

static const struct ts_field layer_fields[] = {
	{"rid", TS_F_STRING,
		.help = "Its name in the description, or its number in a=ssrc-group:SIM"},
	{"width", PIXELS},
	{"height", PIXELS},
	{"kbps", TS_F_INT, .min = 0, .max = 1000000},
	{"arriving", TS_F_BOOL, .help = "Its packets come now"},
};
static const struct ts_shape layer = TS_SHAPE(NULL, layer_fields, NULL);

static const struct ts_field source_fields[] = {
	{"kind", TS_F_STRING, .choices = source_kinds},
	{"codec", TS_F_STRING, TS_F_NULL},
	{"width", PIXELS},
	{"height", PIXELS},
	{"fps", TS_F_INT, .min = 0, .max = 1000},
	{"tiles", TS_F_LIST, .of = &tile, .help = "Where it is shown"},
	{"frozen", TS_F_BOOL,
		.help = "The server is overloaded: it is not decoded, and its last picture "
			"stays; of an input keyframes are shown"},
	{"error", TS_F_STRING, TS_F_NULL,
		.help = "Why its pictures are not shown, in words; null: nothing is wrong"},
	{"layer", TS_F_STRING, TS_F_NULL,
		.help = "The simulcast layer that is decoded; null: there is none"},
	{"simulcast", TS_F_LIST, .of = &layer,
		.help = "The layers that were agreed to, the smallest first; empty: one stream"},
};
static const struct ts_shape source = TS_SHAPE(
	"Source", source_fields, "A stream of pictures that flows now");

static const struct ts_field receives_fields[] = {
	{"view", TS_F_STRING},
	{"codec", TS_F_STRING, TS_F_NULL},
	{"width", PIXELS},
	{"height", PIXELS},
	{"fps", TS_F_INT, .min = 1, .max = 60},
	{"kbps", TS_F_INT, .min = 0, .max = 1000000},
	{"limited_by", TS_F_STRING, TS_F_NULL, .choices = limits,
		.help = "Why it is not the largest step. network: what was measured of the way to "
			"them; decoder: what their description says; asked: max_height, max_fps, "
			"max_kbps or b=; keyframes: they request too many; overload: there can be "
			"no encoder for what they should have"},
};
SHAPE(ts_shape_receives, "Receives", receives_fields, "What a participant is sent of the view");

#define LATENCY TS_F_NUMBER, TS_F_NULL, .min = 0, .max = 1e7
static const struct ts_field latency_fields[] = {
	{"network_ms", LATENCY, .help = "Half of a round trip"},
	{"jitter_buffer_ms", LATENCY,
		.help = "Their sound, from its arrival until it is mixed; waiting for "
			"their picture "
			"included"},
	{"decode_ms", LATENCY, .help = "A picture of their camera, until it is decoded"},
	{"tick_ms", LATENCY,
		.help = "... then until the view draws it; waiting for their sound included"},
	{"compose_ms", LATENCY,
		.help = "What they receive of the view: from the time of a picture until "
			"it is drawn"},
	{"encode_ms", LATENCY, .help = "... until it is coded"},
	{"pacer_ms", LATENCY, .help = "... until its last packet is sent"},
};
static const struct ts_shape latency = TS_SHAPE(NULL, latency_fields,
	"Where delay comes from here, smoothed; null: not known, or none. What they send takes "
	"network_ms, then sound jitter_buffer_ms, pictures decode_ms and tick_ms; what "
	"they receive "
	"compose_ms, encode_ms, pacer_ms and network_ms");

static const struct ts_field stats_fields[] = {
	{"loss", TS_F_NUMBER, .min = 0, .max = 1,
		.help = "Share of what they sent that did not arrive"},
	{"jitter_ms", TS_F_NUMBER, .min = 0, .max = 1e7},
	{"rtt_ms", TS_F_NUMBER, TS_F_NULL, .min = 0, .max = 1e7},
	{"av_skew_ms", TS_F_NUMBER, TS_F_NULL, .min = -1e7, .max = 1e7,
		.help = "By how much the picture of their camera is behind their sound in the mix; "
			"below 0: before it. Null unless both flow and their sender says when "
			"they were captured"},
	{"kbps_in", TS_F_INT},
	{"kbps_out", TS_F_INT},
	{"available_kbps", TS_F_INT, TS_F_NULL, .min = 0, .max = 1e7,
		.help = "What their network takes of all that is sent to them, headers included: "
			"as estimated from what arrives, else as they say it; null: not known"},
	{"queue_ms", TS_F_INT, .min = 0, .max = 1e7,
		.help = "How long pictures wait here, so as not to fill their network"},
	{"latency", TS_F_OBJECT, .of = &latency,
		.help = "Where delay comes from here; null: not known, or none"},
};
static const struct ts_shape stats = TS_SHAPE(
	NULL, stats_fields, "Of both media, over the last seconds");

#define HAND_FIELDS                                                                  \
	{"hand", TS_F_BOOL, .help = "They have raised their hand"},                  \
	{                                                                            \
		"hand_ms", TS_F_INT, TS_F_READ | TS_F_NULL,                          \
			.min = 0, .max = 9e15,                                       \
			.help = "When, in milliseconds since 1970; null: it is down" \
	}

#define CHANNEL_PATTERN "^[A-Za-z0-9_-]{1,16}$"
#define CHANNEL_FIELD                                                                     \
	{                                                                                 \
		"channel", TS_F_STRING, TS_F_NULL,                                        \
			.ok = channel_ok, .pattern = CHANNEL_PATTERN,                     \
			.help = "The language channel that they hear: its interpreters, " \
				"and all others quieter while one of these is heard; "    \
				"null: the floor"                                         \
	}

static bool channel_ok(const char *text)
{
	const size_t len = strspn(
		text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
	return len >= 1 && len <= TS_CHANNEL_MAX && !text[len];
}

#define PERSONAL_FIELDS                                                                            \
	{"self", TS_F_STRING, TS_F_NULL, .choices = ts_self_names,                                 \
		.help = "Whether they see themselves; corner: small, above the others. null: as "  \
			"the room has it"},                                                        \
		{"volumes", TS_F_MAP, .min = 0, .max = TS_VOLUME_MAX,                              \
			.help = "How loud others are to them, by id; who is not named is as loud " \
				"as to all (1)"},                                                  \
		{"volumes_heard", TS_F_BOOL, TS_F_READ,                                            \
			.help = "false: the room has as many different mixes as it may, and they " \
				"hear all as they are"},                                           \
	{                                                                                          \
		"personal", TS_F_OBJECT, TS_F_READ | TS_F_NULL,                                    \
			.of = &ts_shape_personal, .help = "null: they want no view of their own"   \
	}

static const char *const floors[] = {"waiting", "granted", NULL};
static const char *const bfcp_transports[] = {"udp", "tcp", "tls", NULL};
static const struct ts_field second_fields[] = {
	{"codec", TS_F_STRING},
	{"width", PIXELS},
	{"height", PIXELS},
	{"fps", TS_F_INT, .min = 1, .max = 60},
	{"kbps", TS_F_INT, .min = 0, .max = 1000000},
};
static const struct ts_shape second = TS_SHAPE(NULL, second_fields, NULL);
static const struct ts_field bfcp_fields[] = {
	{"transport", TS_F_STRING, .choices = bfcp_transports},
	{"version", TS_F_INT, TS_F_NULL, .min = 1, .max = 2,
		.help = "That they speak: 1 is RFC 4582; null: nothing of them was heard yet"},
	{"from", TS_F_STRING, TS_F_NULL, .help = "Where their messages come from"},
};
static const struct ts_shape bfcp = TS_SHAPE(NULL, bfcp_fields, NULL);
static const struct ts_field content_fields[] = {
	{"receives", TS_F_OBJECT, TS_F_NULL, .of = &second,
		.help = "What is presented, as a second stream; null: nothing now"},
	{"floor", TS_F_STRING, TS_F_NULL, .choices = floors,
		.help = "What became of their request for it; null: they have none"},
	{"bfcp", TS_F_OBJECT, TS_F_NULL, .of = &bfcp, .help = "null: no floor control"},
};
static const struct ts_shape content = TS_SHAPE(NULL, content_fields, "docs/CONTENT.md");

static const struct ts_field presentation_fields[] = {
	{"participant", TS_F_STRING, TS_F_NULL, .help = "Who presents: their id; null: nobody"},
	{"since_ms", TS_F_INT, TS_F_NULL, .min = 0, .max = 9e15,
		.help = "In milliseconds since 1970"},
};
SHAPE(ts_shape_presentation, "Presentation", presentation_fields,
	"Who holds the floor of a room: by BFCP, or by just presenting");

#define CARD_FIELDS                                                                    \
	{"avatar_url", TS_F_STRING, TS_F_READ | TS_F_NULL,                             \
		.help = "URL of their picture, as the JWT says by which they joined"}, \
	{                                                                              \
		"attributes", TS_F_MAP, TS_F_READ, .help = "Texts of that JWT"         \
	}

static const struct ts_field participant_fields[] = {
	{"id", TS_F_STRING, TS_F_READ, .help = "A ULID, made by the server"},
	{"name", TS_F_STRING, .min = 0, .max = TS_NAME_MAX,
		.help = "Without marks of direction and other invisible characters, blanks made "
			"one: these are left out of what is given"},
	{"identity", TS_F_STRING, TS_F_READ | TS_F_NULL,
		.help = "Their own, that lasts over joins"},
	{"room", TS_F_STRING, .ok = ts_room_id_ok, .pattern = TS_ROOM_ID_PATTERN,
		.help = "Another one moves them there, with their connection; the room is made if "
			"there is none of that id. No PIN is needed; a lock counts"},
	{"view", TS_F_STRING, TS_F_NULL, .ok = ts_view_id_ok, VIEW_PATTERN,
		.help = "Of which they receive video, whatever their window; null, which is never "
			"read: by their window again"},
	{"kind", TS_F_STRING, TS_F_READ, .choices = kinds},
	{"state", TS_F_STRING, TS_F_READ, .choices = states},
	{"role", TS_F_STRING, TS_F_NULL, .ok = role_ok, .pattern = "^[A-Za-z0-9._-]{1,32}$",
		.help = "host (moderator), panelist (speaker), guest, watcher (viewer): what each "
			"may do is in docs/MODERATION.md; others are labels for layouts"},
	{"avatar", TS_F_STRING, TS_F_NULL, .ok = ts_image_name_ok,
		.pattern = "^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,63}$",
		.help = "The image that is shown while they have no camera; null: their initials"},
	{"muted", TS_F_BOOL, .help = "Nobody hears them"},
	{"muted_by", TS_F_STRING, TS_F_READ | TS_F_NULL, .choices = muters,
		.help = "Who muted them; a mute by the API is lifted by the API alone; role: "
			"theirs is to watch"},
	{"mute", TS_F_STRING, TS_F_WRITE, .choices = mutes,
		.help = "In place of muted: soft, as if they had muted themselves, and can undo "
			"it; hard: they cannot; off"},
	{"video_muted", TS_F_BOOL, .help = "Nobody sees their camera"},
	{"speaking", TS_F_BOOL, TS_F_READ},
	{"gain_db", TS_F_NUMBER, .min = -60, .max = 20,
		.help = "Makes them louder or quieter for all others"},
	{"listen_db", TS_F_NUMBER, .min = TS_LISTEN_DB_MIN, .max = TS_LISTEN_DB_MAX,
		.help = "Makes all that they hear louder or quieter, for themselves"},
	{"agc", TS_F_BOOL, TS_F_NULL,
		.help = "Their loudness is evened out; null: as in the room, of inputs: false"},
	{"denoise", TS_F_BOOL, TS_F_NULL,
		.help = "Noise behind their voice is taken out; null: likewise"},
	CHANNEL_FIELD,
	{"interprets", TS_F_STRING, TS_F_NULL, .ok = channel_ok, .pattern = CHANNEL_PATTERN,
		.help = "The language channel into which they interpret: those who chose it alone "
			"hear them; null: none"},
	HAND_FIELDS,
	PERSONAL_FIELDS,
	{"layout", TS_F_STRING, TS_F_NULL, .ok = ts_layout_name_ok,
		.pattern = "^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,63}$",
		.help = "Of a view of their own, by name; null: that of the view they are in"},
	{"audio", TS_F_OBJECT, TS_F_READ, .of = &audio},
	{"sources", TS_F_LIST, TS_F_READ, .of = &source},
	{"receives", TS_F_OBJECT, TS_F_READ | TS_F_NULL, .of = &ts_shape_receives,
		.help = "null: no video"},
	{"content", TS_F_OBJECT, TS_F_READ | TS_F_NULL, .of = &content,
		.help = "Of a room system that takes what is presented as a second stream, or has "
			"floor control; null: it does not"},
	{"stats", TS_F_OBJECT, TS_F_READ, .of = &stats},
	{"user_agent", TS_F_STRING, TS_F_READ | TS_F_NULL,
		.help = "Of a phone or room system that came by SIP"},
	CARD_FIELDS,
};
SHAPE(ts_shape_participant, "Participant", participant_fields, NULL);
LIST(ts_shape_participants, "Participants", ts_shape_participant, "In order of joining");

/* ---- what one who is in a room may know */

static const struct ts_field size_fields[] = {{"width", PIXELS}, {"height", PIXELS}};
static const struct ts_shape size = TS_SHAPE(NULL, size_fields, NULL);

#define PERSON_FIELDS                                                                        \
	{"id", TS_F_STRING, TS_F_READ, .help = "A ULID, made by the server"},                \
		{"name", TS_F_STRING, .min = 0, .max = TS_NAME_MAX},                         \
		{"kind", TS_F_STRING, TS_F_READ, .choices = kinds},                          \
		{"state", TS_F_STRING, TS_F_READ, .choices = states},                        \
		{"role", TS_F_STRING, TS_F_READ | TS_F_NULL},                                \
		{"muted", TS_F_BOOL, .help = "Nobody hears them"},                           \
		{"muted_by", TS_F_STRING, TS_F_READ | TS_F_NULL, .choices = muters},         \
		{"video_muted", TS_F_BOOL, TS_F_READ}, {"presenting", TS_F_BOOL, TS_F_READ}, \
		{"speaking", TS_F_BOOL, TS_F_READ}, HAND_FIELDS,                             \
		{"tile", TS_F_OBJECT, TS_F_READ | TS_F_NULL, .of = &size,                    \
			.help = "In pixels, the largest that shows their camera: a larger "  \
				"picture need not be sent. null: none"},                     \
		CARD_FIELDS

static const struct ts_field person_fields[] = {PERSON_FIELDS};
static const struct ts_shape person = TS_SHAPE(
	"Person", person_fields, "A participant, as others in the room see them");
LIST(ts_shape_persons, "Persons", person, "In order of joining");

static const struct ts_field window_fields[] = {
	{"width", TS_F_INT, TS_F_NEEDED, .min = 1, .max = TS_WINDOW_MAX},
	{"height", TS_F_INT, TS_F_NEEDED, .min = 1, .max = TS_WINDOW_MAX},
};
static const struct ts_shape window = TS_SHAPE(NULL, window_fields, NULL);

static const struct ts_field own_fields[] = {PERSON_FIELDS,
	{"view", TS_F_STRING, TS_F_NULL, .ok = ts_view_id_ok, VIEW_PATTERN,
		.help = "Of which one receives video, whatever one's window; null, which is never "
			"read: by the window again"},
	{"window", TS_F_OBJECT, TS_F_WRITE, .of = &window,
		.help = "Of the page, in any unit: views may be for some shapes of it. To be told "
			"when a phone is turned"},
	{"listen_db", TS_F_NUMBER, .min = TS_LISTEN_DB_MIN, .max = TS_LISTEN_DB_MAX,
		.help = "Makes all that they hear louder or quieter"},
	CHANNEL_FIELD, PERSONAL_FIELDS,
	{"pin", TS_F_STRING, TS_F_WRITE | TS_F_OPTIONAL, .min = 1, .max = TS_PIN_MAX,
		.help = "The host's PIN of the room makes them a host, and lets them in"},
	{"room", TS_F_STRING, TS_F_READ},
	{"waiting", TS_F_BOOL, TS_F_READ, .help = "For a host of that room to come"}};
SHAPE(ts_shape_own, "Own", own_fields, "Oneself; a mute by the API is not one's own to lift");

/* ---- the server */

static const struct ts_field overload_fields[] = {
	{"level", TS_F_INT, .min = 0, .max = TS_OVERLOAD_COUNT - 1,
		.help = "0: nothing is left out; docs/OVERLOAD.md has the others"},
	{"step", TS_F_STRING, .help = "Its name"},
};
static const struct ts_shape overload = TS_SHAPE(NULL, overload_fields, NULL);

static const struct ts_field health_fields[] = {
	{"status", TS_F_STRING}, {"overload", TS_F_OBJECT, .of = &overload}};
SHAPE(ts_shape_health, "Health", health_fields, NULL);

static const char *const node_states[] = {"running", "draining", "stopping", NULL};
static const struct ts_field node_fields[] = {
	{"id", TS_F_STRING, TS_F_NULL, .help = "As node.id has it"},
	{"state", TS_F_STRING, .choices = node_states,
		.help = "draining: no new rooms; it ends when nobody is left, at the deadline at "
			"the latest"},
	{"drain_began_ms", TS_F_INT, TS_F_NULL, .help = "Unix time in milliseconds"},
	{"deadline_ms", TS_F_INT, TS_F_NULL, .help = "Likewise"},
	{"rooms", TS_F_INT},
	{"participants", TS_F_INT, .help = "Of all kinds, inputs included"},
};
SHAPE(ts_shape_node, "Node", node_fields, "This server; docs/OPERATING.md");

static const struct ts_field drain_fields[] = {{"deadline_s", TS_F_INT, TS_F_WRITE | TS_F_OPTIONAL,
	.min = 1, .max = TS_DRAIN_S_MAX, .help = "From now, in seconds; node.drain_s without it"}};
SHAPE(ts_shape_drain, "Drain", drain_fields, NULL);

static const struct ts_field openapi_fields[] = {{"openapi", TS_F_STRING}, {"info", TS_F_ANY},
	{"servers", TS_F_ANY}, {"tags", TS_F_ANY}, {"paths", TS_F_ANY}, {"components", TS_F_ANY}};
SHAPE(ts_shape_openapi, "OpenAPI", openapi_fields, NULL);

static const struct ts_field problem_fields[] = {
	{"type", TS_F_STRING,
		.help = "A URI that names the kind of problem; about:blank where the status says "
			"it all"},
	{"title", TS_F_STRING},
	{"status", TS_F_INT, .min = 400, .max = 599},
	{"detail", TS_F_STRING},
	{"pointer", TS_F_STRING, TS_F_OPTIONAL, .help = "JSON pointer to the field that is wrong"},
};
SHAPE(ts_shape_problem, "Problem", problem_fields, "RFC 9457");

/* ---- query parameters */

static const char *const media_codecs[] = {"pcm16", "opus", "mulaw", NULL};
static const char *const media_framings[] = {"binary", "raw", "json", NULL};
static const struct ts_field media_query[] = {
	{"name", TS_F_STRING, .max = TS_NAME_MAX, .help = "For people; \"machine\" if left out"},
	{"codec", TS_F_STRING, .choices = media_codecs, .help = "Both ways; pcm16 if left out"},
	{"rate", TS_F_INT, .min = 8000, .max = 48000, .step = 8000,
		.help = "Of pcm16: 8000, 16000 (if left out), 24000, 48000 Hz"},
	{"framing", TS_F_STRING, .choices = media_framings,
		.help = "binary: a head of eight bytes before each frame that is heard; raw: none; "
			"json: base64 in JSON"},
	{"hears", TS_F_STRING, .min = 1, .max = TS_ULID_LEN,
		.help = "others (if left out), all, or the id of a participant"},
	{"speak", TS_F_BOOL, .help = "false: it only hears, and has no tile"},
	{"token", TS_F_STRING, .max = 4096,
		.help = "The credential, for those who cannot send Authorization"},
};
SHAPE(ts_shape_media_query, NULL, media_query, NULL);

static const struct ts_field join_query[] = {
	{"name", TS_F_STRING, .min = 0, .max = TS_NAME_MAX, .help = "Shown to others"},
	{"pin", TS_F_STRING, .min = 0, .max = TS_BEARER_MAX,
		.help = "PIN or token, unless it stands in Authorization"},
	{"token", TS_F_STRING, .min = 0, .max = TS_BEARER_MAX,
		.help = "The same as pin: PIN, token, API key or JWT"},
	{"identity", TS_F_STRING, .min = 0, .max = TS_IDENTITY_MAX,
		.help = "Stays the same from join to join; with the secret of the old session as "
			"Tessera-Session its place is taken over"},
	{"view", TS_F_STRING, .ok = ts_view_id_ok, VIEW_PATTERN,
		.help = "The view that is received, whatever the window; main where there is none "
			"of that id"},
	{"window", TS_F_STRING, .pattern = "^[1-9][0-9]{0,4}x[1-9][0-9]{0,4}$",
		.help = "Of the page, as in 390x844: views may be for some shapes of it"},
	{"avatar", TS_F_STRING, .ok = ts_image_name_ok,
		.pattern = "^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,63}$",
		.help = "The image that is shown while there is no camera, of those whose name "
			"begins with avatar-; initials where there is none"},
	{"slides", TS_F_STRING, .min = 0, .max = TS_MID_MAX,
		.help = "The mid of the video line that is a presentation"},
	{"max_height", TS_F_INT, .min = 1, .max = 16384, .help = "Asks for a smaller picture"},
	{"max_fps", TS_F_INT, .min = 1, .max = 1000, .help = "Asks for fewer pictures"},
	{"max_kbps", TS_F_INT, .min = 1, .max = 1000000, .help = "Asks for fewer bits"},
};
SHAPE(ts_shape_join_query, NULL, join_query, NULL);

static const struct ts_field events_query[] = {
	{"room", TS_F_STRING, .ok = ts_room_id_ok, .pattern = TS_ROOM_ID_PATTERN,
		.help = "Of this room alone"},
};
SHAPE(ts_shape_events_query, NULL, events_query, NULL);

static const struct ts_field hls_query[] = {
	{"_HLS_msn", TS_F_INT, .min = 0, .max = 1000000000,
		.help = "Answer when the segment of this number is there, or its part"},
	{"_HLS_part", TS_F_INT, .min = 0, .max = 1000, .help = "Which, counted from 0"},
};
SHAPE(ts_shape_hls_query, NULL, hls_query, NULL);

static const struct ts_field hls_index_query[] = {
	{"pin", TS_F_STRING, .help = "PIN or token, where joining the room asks for one"},
	{"token", TS_F_STRING, .help = "The same"},
};
SHAPE(ts_shape_hls_index_query, NULL, hls_index_query, NULL);
