/* room - people who meet: the participants, what the main view shows, and who receives what.
 * Further views: mixer/room/views.h.
 *
 *   participant --sources--> [ audio mix ]  --one encode per distinct mix-->  receivers
 *                        \-> [ main view ]  --one encode per codec and step-> receivers
 *
 * Thread  everything here runs on the control loop; media threads take what changed as one
 *         immutable plan at their next tick.
 * Life    a room with no connected member has no timer, strand, decoder or encoder. ts_room_close
 *         ends everybody, `closed` is its last event and the room's memory is gone after it. A
 *         participant is gone with its `left` event.
 */
#ifndef TS_MIXER_ROOM_ROOM_H
#define TS_MIXER_ROOM_ROOM_H

#include "base/random.h"
#include "codec/sprop.h"
#include "codec/video.h"
#include "layout/policy.h"
#include "mixer/audio/play.h"
#include "mixer/output/ladder.h"
#include "mixer/output/sink.h"
#include "mixer/room/branding.h"
#include "mixer/room/digits.h"
#include "mixer/room/engine.h"
#include "mixer/sync/lipsync.h"
#include "mixer/source/layer.h"
#include "transport/transport.h"

enum {
	TS_ROOM_ID_MAX = 64,
	TS_NAME_MAX = 128,
	TS_ROLE_MAX = 32,
	TS_NUMBER_MAX = 12,
	TS_LANGUAGE_MAX = 7,
	TS_PIN_MIN = 4,
	TS_PIN_MAX = 64,
	TS_CHANNEL_MAX = 16,
	TS_IDENTITY_MAX = 64,
	TS_CARD_MAX = 2047,
	TS_ROOM_KEYPAD_MAX = 1023,
	TS_TEMPLATE_MAX = 32,
	TS_VIEW_ID_MAX = 32
};

struct ts_branch;
struct ts_coded;
struct ts_leg_ops;
struct ts_output;
struct ts_room;
struct ts_room_view;
struct ts_participant;

/* Whether somebody sees themselves (mixer/room/personal.h). */
enum ts_self { TS_SELF_SHOW, TS_SELF_HIDE, TS_SELF_CORNER, TS_SELF_ROOM /* as the room has it */ };

/* later: link */
enum ts_kind {
	TS_KIND_WEBRTC,
	TS_KIND_WHIP,
	TS_KIND_WHEP,
	TS_KIND_SIP,
	TS_KIND_INPUT, /* what was brought in: a file, a camera of the network */
	TS_KIND_MACHINE, /* a program that hears and speaks: mixer/leg/machine.h */
	TS_KIND_COUNT
};
enum ts_participant_state { TS_P_CONNECTING, TS_P_CONNECTED, TS_P_STALLED, TS_P_ENDED };
const char *ts_kind_name(enum ts_kind kind);
const char *ts_participant_state_name(enum ts_participant_state state);

struct ts_room_config {
	char id[TS_ROOM_ID_MAX + 1];
	int width, height, fps;        /* of the canvas */
	/* of the canvas; 0: by size and rate, ts_room_bitrate_kbps */
	uint32_t bitrate_kbps;
	struct ts_ladder_plan ladder;  /* the steps below it */
	/* of all its views: tiles take so long to new places; 0: they are there at once */
	int transition_ms;
	enum ts_self self;             /* of who does not say it themselves; never ROOM */
	size_t max_participants, max_watchers;
	/* who joins is judged by control before ts_room_join */
	char pin[TS_PIN_MAX + 1];      /* "": none of its own */
	char host_pin[TS_PIN_MAX + 1]; /* "": none; who gives it is a host */
	bool locked;                   /* nobody new may join */
	/* guests wait elsewhere until a host is here; control does it */
	bool wait_for_host;
	enum ts_host_leaves { TS_HOST_LEAVES_STAY, TS_HOST_LEAVES_WAIT, TS_HOST_LEAVES_END }
		when_host_leaves;
	int host_grace_s;              /* before that */
	/* how long a meeting may be, 0: as long as they like; between which times there may be
	 * one, milliseconds since 1970, 0: any; control does it */
	int max_duration_s;
	int64_t valid_from_ms, valid_until_ms;
	/* how people are who come; control does it */
	enum ts_mute_entry { TS_ENTRY_OPEN, TS_ENTRY_SOFT, TS_ENTRY_HARD } mute_on_entry;
	/* what its settings were made from, "": nothing; the room that its people are to come back
	 * to, "": none. The room does not look at them. */
	char template[TS_TEMPLATE_MAX + 1], breakout_of[TS_ROOM_ID_MAX + 1];
	/* what callers enter to come here, "": none; the language they are talked to in, "": the
	 * server's; control does both */
	char number[TS_NUMBER_MAX + 1], language[TS_LANGUAGE_MAX + 1];
	/* of one where people wait for another room: its id. Nobody in it hears the others. */
	char waits_for[TS_ROOM_ID_MAX + 1];
	/* of what is presented as a second stream; width 0: there is none */
	struct { int width, height, fps; uint32_t bitrate_kbps; } content;
	/* sound for who only listens (mixer/audio/listener.h), of 20, 40 or 60 ms; 0: 60 where many
	 * do */
	uint8_t listener_ms;
	/* of all voices but inputs, unless they have it otherwise (mixer/audio/enhance.h) */
	bool agc, denoise;
	/* what its sound is for; as of music, agc and denoise are off (docs/SOUND.md) */
	enum ts_audio_mode audio_mode;
	/* of all others, for who hears an interpreter (matrix.h) */
	double floor_db;
	bool record_always;            /* while somebody is in it; control does it */
	/* what is played by itself; control does it */
	struct { bool join, leave, alone, recorded; } tones;
	/* for as long as there is the room; control does it */
	bool hls_always, flv_always;
	/* what keys do in it besides those of the server (config/keypad.h): the room does
	 * not look at it */
	char keypad[TS_ROOM_KEYPAD_MAX + 1];
	struct ts_branding branding;
};

enum ts_room_change {
	TS_ROOM_JOINED,
	TS_ROOM_LEFT,
	TS_ROOM_PARTICIPANT,
	TS_ROOM_LAYOUT, /* of main */
	TS_ROOM_CONFIG,
	TS_ROOM_VIEW_CREATED, /* mixer/room/views.h: ts_room_told_view */
	TS_ROOM_VIEW_CHANGED, /* its settings, or what it shows */
	TS_ROOM_VIEW_REMOVED,
	TS_ROOM_PERSONAL, /* what became of a participant's own view: mixer/room/personal.h */
	TS_ROOM_CHANGES
};

struct ts_room_events {
	/* Something a reader of the API would see changed; the revision went up. participant may be
	 * NULL. For LEFT it is the last moment the participant may be looked at. */
	void (*changed)(void *arg, struct ts_room *room, enum ts_room_change what,
		struct ts_participant *participant);
	/* the last participant is gone; closing the room here is allowed */
	void (*empty)(void *arg, struct ts_room *room);
	void (*closed)(void *arg, struct ts_room *room); /* last event */
	/* A participant pressed a key: one of "0123456789*#ABCD", once each, whichever way it came
	 * (digits.h). They may be made to leave here. May be NULL. */
	void (*digit)(void *arg, struct ts_room *room, struct ts_participant *participant,
		char digit);
};

int ts_room_create(struct ts_room **out, struct ts_engine *engine,
	const struct ts_room_config *config, const struct ts_room_events *events, void *arg);
void ts_room_close(struct ts_room *room);
/* Takes all of config but the id, at the next tick; the revision goes up in any case. Who is in
 * stays, limits count for those who come. Another canvas means new encoders: receivers go on at a
 * keyframe. TS_ECLOSED. */
int ts_room_set_config(struct ts_room *room, const struct ts_room_config *config);

/* ---- joining ---- */

/* For who speaks for the participant elsewhere (SIP). On the control loop; any may be NULL. */
struct ts_participant_events {
	/* They should send a keyframe, but their peer takes neither PLI nor FIR. At most once a
	 * second. */
	void (*request_keyframe)(void *arg);
	/* They are in that room from now on (ts_participant_move). */
	void (*moved)(void *arg, struct ts_room *to);
	/* They have left, by whatever way; the last word about them. Also from within
	 * ts_participant_leave. */
	void (*left)(void *arg, const char *reason);
};

struct ts_join {
	/* name: from whatever way in, cleaned by the room (layout/name.h): what is told of it is
	 * what is drawn */
	/* identity: a name that stays from join to join; "": none */
	char name[TS_NAME_MAX + 1], identity[TS_IDENTITY_MAX + 1];
	/* As of struct ts_participant_settings. Who comes back as a host is one from then on,
	 * others keep what they had. */
	char role[TS_ROLE_MAX + 1];
	/* an image that stands for their camera; "": none. Likewise. */
	char avatar[TS_IMAGE_NAME_MAX + 1];
	/* Somebody of this room who comes back: once connected, and proven where transport awaits
	 * that, the newcomer has their place and settings, and they end; if they end before the
	 * proof, only their mute is left. Somebody of another room is not looked at. Who comes back
	 * in somebody's place themselves and is not connected yet stands for that one, and ends.
	 * NULL: none. */
	struct ts_participant *replaces;
	enum ts_kind kind;
	/* of which they receive video; "", and what is not there: main */
	char view[TS_VIEW_ID_MAX + 1];
	/* What joins them to their peer, and what it needs (mixer/leg/leg.h); NULL: RTP, which
	 * needs `transport` alone. Of another the m-lines of transport say only what there is. */
	const struct ts_leg_ops *leg;
	const void *way;
	/* Whose request it is, as limits count addresses; "": not counted. Control's: the room does
	 * not look at it. */
	char from[96];
	bool from_forgeable;                      /* a datagram says so */
	/* What is told of them beside that, as control has it (identity/card.h); kept, and not
	 * looked at here. */
	char card[TS_CARD_MAX + 1];
	struct ts_need need;                      /* max_height, max_fps, max_kbps */
	struct ts_transport_config transport;     /* as negotiated */
	/* index in transport.media of what carries the mix and the camera, and of the presentation;
	 * -1: none */
	int audio_media, video_media, slides_media;
	int packetization_mode;                   /* of the H.264 we send */
	/* likewise of the m-line of the presentation, where that sends: what others present */
	struct ts_need slides_need;
	int slides_packetization_mode;
	/* what the description tells of the H.264 that they send; len 0: nothing */
	struct ts_parameter_sets camera_sets, slides_sets;
	/* NULL: none; must outlive the participant, as events_arg must */
	const struct ts_participant_events *events;
	void *events_arg;
};

/* The local half of the description is ready (err 0), or the join came to nothing: on the control
 * loop, exactly once, never from within ts_room_join. After an error the participant leaves by
 * itself. */
typedef void (*ts_join_ready)(void *arg, struct ts_participant *participant, int err,
	const struct ts_transport_local *local);

/* TS_ELIMIT: the room is full (watchers have a limit of their own). TS_ECLOSED: it is closing. */
int ts_room_join(struct ts_room *room, const struct ts_join *join, ts_join_ready ready, void *arg,
	struct ts_participant **out);
/* What the peer tells about its side of ICE after the join. Errors as of ts_transport_trickle;
 * TS_ECLOSED: they have left. */
int ts_participant_trickle(struct ts_participant *participant,
	const struct ts_ice_description *remote);
/* ICE restart with what the peer has now: the participant stays, with all they have; ready as for
 * ts_room_join tells our new side. TS_EAGAIN: the join or another restart is not ready yet. */
int ts_participant_restart_ice(struct ts_participant *participant,
	const struct ts_ice_description *remote, ts_join_ready ready, void *arg);
/* Plain RTP: a later offer and answer, or the answer to an offer of ours; transport, need and
 * packetization_mode of join count, the indices stay. ready tells our side of now, not if it was
 * the answer to the first offer. TS_EAGAIN: the join or another change is not ready yet.
 * TS_ECLOSED; errors as of ts_transport_update. */
int ts_participant_renegotiate(struct ts_participant *participant, const struct ts_join *join,
	ts_join_ready ready, void *arg);
/* The peer needs a keyframe, and said so in another way than RTCP. */
void ts_participant_send_keyframe(struct ts_participant *participant);
/* Plain RTP: the signalling has been proved to come from this host (ts_transport_prove). Who is
 * here already takes the place that they came for. */
void ts_participant_prove(struct ts_participant *participant, const char *host);
/* They pressed a key, and the signalling says so. What is no key is ignored. */
void ts_participant_push_digit(struct ts_participant *participant, char digit,
	enum ts_digit_way way, int64_t now_ns);
/* Was the digit that is being told a tone in their sound? It may be the echo of another's. */
bool ts_participant_pressed_by_tone(const struct ts_participant *participant);
/* Somebody waits for their digits: where they have neither telephone-event nor were seen to use
 * INFO, tones in their sound count, and are taken out of it. At first nobody does. */
void ts_participant_want_digits(struct ts_participant *participant, bool wanted);
/* Ends the participant: BYE, DTLS close; the others see them gone at once, `changed(LEFT)` follows.
 * Idempotent. */
void ts_participant_leave(struct ts_participant *participant, const char *reason);

/* Goes to another room of the same engine, with all that joins them to their peer, and behind those
 * who are there. The old room tells LEFT, with ts_participant_moves_to, and if they were the last
 * that it is empty; the new one JOINED, with ts_participant_moved_from. Their picture is the old
 * room's until a keyframe of the new one is there. Pins and what is played to them stay behind.
 * TS_ELIMIT: that room is full; TS_EAGAIN: their join, or what they renegotiate, is not ready, or
 * somebody comes back in their place; TS_ECLOSED. After an error nothing has changed. Whether they
 * may is control's to judge. */
int ts_participant_move(struct ts_participant *participant, struct ts_room *to);
/* While that is told; else NULL. */
struct ts_room *ts_participant_moves_to(const struct ts_participant *participant);
struct ts_room *ts_participant_moved_from(const struct ts_participant *participant);

/* ---- what others, or participants themselves, set of a participant ---- */

enum ts_as { TS_AS_ROOM, TS_AS_OFF, TS_AS_ON }; /* like the room, or not */

/* ROLE: of an info alone, their role does not let them (roles.h) */
enum ts_muted_by { TS_MUTED_NOT, TS_MUTED_SELF, TS_MUTED_API, TS_MUTED_ROLE };

struct ts_participant_settings {
	/* name: cleaned, as of a join; role: for layouts; "": none */
	char name[TS_NAME_MAX + 1], role[TS_ROLE_MAX + 1];
	char avatar[TS_IMAGE_NAME_MAX + 1]; /* while there is no camera; "": initials */
	enum ts_muted_by muted_by; /* nobody hears them */
	bool video_muted;          /* nobody sees their camera */
	double gain_db;
	double listen_db;          /* by how much all that they hear is louder */
	enum ts_as agc, denoise;   /* of their voice (mixer/audio/enhance.h); inputs: off */
	/* the language that they hear, and the one that they interpret into (matrix.h); "": none */
	char channel[TS_CHANNEL_MAX + 1], interprets[TS_CHANNEL_MAX + 1];
	int64_t hand_unix_ms;      /* when they raised their hand; 0: it is down */
};

void ts_participant_settings(const struct ts_participant *participant,
	struct ts_participant_settings *out);
/* At the next tick. Nothing happens when all is as it was. */
void ts_participant_set(struct ts_participant *participant,
	const struct ts_participant_settings *settings);

/* Whether a role (of ts_participant_settings) may do what is for those who run the room
 * (roles.h). */
bool ts_role_is_host(const char *role);

/* Whether what comes by their m-line of the presentation is shown; at first it is. */
void ts_participant_allow_slides(struct ts_participant *participant, bool allowed);
/* Does it come? And is it shown, where a layout has a place for it? */
bool ts_participant_has_slides(const struct ts_participant *participant);
bool ts_participant_presents(const struct ts_participant *participant);

/* Stands on their tile in place of the name until then, for all to see; cut where it is too long.
 * Not told to readers of the API. */
enum { TS_NOTICE_MAX = 64, TS_LISTEN_DB_MIN = -18, TS_LISTEN_DB_MAX = 12 };
void ts_participant_show_notice(struct ts_participant *participant, const char *text,
	int64_t until_ns);

/* ---- the main view ---- */

/* Shows the document from the next tick on, which is one that ts_layout_check likes on this canvas;
 * a reference is taken. At first it is "grid". The revision goes up, and ts_room_layout tells the
 * new layout at once. */
void ts_room_set_layout(struct ts_room *room, struct ts_layout_doc *doc);
const struct ts_layout_doc *ts_room_layout_doc(const struct ts_room *room);
/* What ts_room_layout would tell if the document were set now; nothing changes. */
void ts_room_try_layout(const struct ts_room *room, const struct ts_layout_doc *doc,
	struct ts_layout *out);
/* Spotlight, pins and order (layout/policy.h), by key; likewise. */
void ts_room_set_wishes(struct ts_room *room, const struct ts_wishes *wishes);
const struct ts_wishes *ts_room_wishes(const struct ts_room *room);

/* A few lines of writing that are shown in place of people, whose cameras are not decoded
 * meanwhile; from the next tick on. Texts are cleaned as names are. NULL: the layout again.
 * TS_ENOMEM. */
enum { TS_CARD_LINES = 3 };
struct ts_room_card { char line[TS_CARD_LINES][TS_NAME_MAX + 1]; };
int ts_room_set_card(struct ts_room *room, const struct ts_room_card *card);

/* ---- sinks: who takes the mix besides participants, such as a recording ---- */

enum { TS_ROOM_SINKS_MAX = 12 };

/* Embedded in its owner, who takes it out before the room closes. All but what is marked is set
 * before, and stays. */
struct ts_room_sink {
	enum ts_codec video_codec;  /* NONE: sound alone */
	bool any_video_codec;       /* one that is coded anyhow is as good */
	enum ts_codec audio_codec;  /* OPUS or AAC */
	bool stereo;                /* sound of two channels; ts_room_is_stereo when it began */
	size_t rendition, of;       /* which step, of ts_room_renditions; of 0: the largest */
	struct ts_sink *sound;
	/* [give] A sink for the pictures of one output; called for each that is to be taken, of
	 * which the last counts. NULL: out of memory. */
	struct ts_sink *(*pictures_of)(struct ts_room_sink *sink);
	/* whose pictures; NULL: of main. The room sets it so when that view is removed. */
	struct ts_room_view *view;
	bool records;               /* participants see it; then ts_room_notify_recorded */
	bool streams;               /* likewise, where it stays: what they say is heard elsewhere */

	/* the room's */
	struct ts_output *output;   /* NULL: none could be had yet */
	struct ts_sink *pictures;
	int64_t moved_ns, stay_ns;  /* to that output; so long it stays there if it can */
	struct ts_room_sink *next;
};

/* The steps of now that a stream of several renditions has, `most` at most: largest first, how many
 * (mixer/scene/receiver.h). view: whose, of this room; NULL: of main. */
enum { TS_ROOM_RENDITIONS = 4 };
size_t ts_room_renditions(const struct ts_room *room, const struct ts_room_view *view, size_t most,
	struct ts_step out[TS_ROOM_RENDITIONS]);

/* Is what begins now to have two channels? What has begun keeps those that it has. */
static inline bool ts_room_is_stereo(const struct ts_room_config *config)
{
	return config->audio_mode != TS_AUDIO_VOICE;
}
/* From the next tick on. TS_ELIMIT: TS_ROOM_SINKS_MAX are there; TS_ECLOSED; TS_ENOMEM. */
int ts_room_add_sink(struct ts_room *room, struct ts_room_sink *sink);
/* The last packets may still come for a moment. */
void ts_room_remove_sink(struct ts_room *room, struct ts_room_sink *sink);
void ts_room_notify_recorded(struct ts_room *room);
bool ts_room_is_recorded(const struct ts_room *room);
/* How many wait for it elsewhere, as control says: for those who look. */
void ts_room_notify_waiting(struct ts_room *room, size_t n);
size_t ts_room_waiting(const struct ts_room *room);
/* When its meeting ends, as control says, milliseconds since 1970; 0: no end is known. */
void ts_room_notify_end(struct ts_room *room, int64_t unix_ms);
int64_t ts_room_end_unix_ms(const struct ts_room *room);
bool ts_room_is_streamed(const struct ts_room *room);

/* ---- sounds that are played into the room ---- */

enum { TS_ROOM_PLAYS_MAX = 64 };

/* Embedded in its owner, who takes it out when the play has ended, and before the room closes. All
 * is set before, and stays. */
struct ts_room_play {
	struct ts_play *play;       /* the owner's */
	uint64_t to;                /* ts_participant_key; 0: to all */
	double duck_db;             /* voices are so much quieter meanwhile, for who hears it */

	struct ts_room_play *next;  /* the room's */
};

/* From the next tick on, at once or in each other's turn: they are mixed. TS_ELIMIT:
 * TS_ROOM_PLAYS_MAX are there; TS_ECLOSED. */
int ts_room_add_play(struct ts_room *room, struct ts_room_play *play);
void ts_room_remove_play(struct ts_room *room, struct ts_room_play *play);

/* ---- looking (for REST and metrics) ---- */

struct ts_source_info {
	bool active;
	enum ts_codec codec;
	int width, height, fps;
	bool frozen; /* the server is overloaded: its last picture stays */
	/* why nothing is shown of it; kind TS_REFUSED_NOT: nothing is wrong */
	struct ts_refusal error;
	/* of simulcast; 0: one stream. Which is decoded and which is to be; -1: none */
	size_t n_layers;
	int layer, next_layer;
	struct ts_layer_info layers[TS_LAYERS_MAX];
	char layer_name[TS_LAYERS_MAX][TS_RID_MAX + 1]; /* the rid, or the number */
};

/* Why a participant is sent less than the largest step. */
enum ts_limited_by {
	TS_LIMITED_NOT,
	TS_LIMITED_BY_NETWORK,   /* what was measured of the way to them (mixer/scene/tier.h) */
	TS_LIMITED_BY_DECODER,   /* what their description says */
	TS_LIMITED_BY_ASKED,     /* max_height, max_fps, max_kbps, or b= */
	TS_LIMITED_BY_KEYFRAMES, /* they request too many */
	TS_LIMITED_BY_OVERLOAD   /* there can be no encoder for what they should have */
};
const char *ts_limited_by_name(enum ts_limited_by by); /* NULL: not */

/* Where a participant's delay comes from, smoothed; 0: not known. What they send: network_ns, then
 * sound jitter_buffer_ns, pictures decode_ns and tick_ns. What they receive of the main view:
 * compose_ns, encode_ns, pacer_ns, and network_ns again. */
struct ts_latency {
	int64_t network_ns; /* half a round trip */
	int64_t jitter_buffer_ns, decode_ns, tick_ns, compose_ns, encode_ns, pacer_ns;
};

struct ts_participant_info {
	const char *id, *name;      /* id: a ULID */
	const char *identity;       /* "": none */
	const char *card;           /* "": none */
	enum ts_kind kind;
	enum ts_participant_state state;
	bool speaking;
	int level_dbov;             /* -127..0 */
	const char *role;           /* "": none */
	const char *avatar;         /* "": none */
	enum ts_muted_by muted_by;
	bool video_muted;
	double gain_db, listen_db;
	enum ts_as agc, denoise;
	float agc_db;               /* the gain that agc has found */
	int64_t hand_unix_ms;       /* 0: it is down */
	enum ts_codec audio_codec;  /* what they send; TS_CODEC_NONE: nothing yet */
	struct ts_source_info camera, slides;
	int region, slides_region;  /* the largest in the main view's layout; -1: not shown */
	int tile_w, tile_h;         /* the largest of any view, pixels; 0: not shown */
	const char *view;           /* its id: of which they receive video */
	enum ts_codec receives_codec;
	struct ts_step receives;    /* width 0: no video, nor anything up to step_trial_unix_ms */
	uint32_t receives_bps;      /* of the step's encoder now */
	enum ts_limited_by limited_by;
	bool refreshes;             /* by intra refresh: keyframes are rare, for a lossy way */
	bool changes_step;          /* the next one's first keyframe is not there yet */
	/* what the way must take of all that is sent, for the next larger step to be taken, or for
	 * the largest to stay */
	uint32_t step_wants_bps;
	int64_t step_since_unix_ms;
	int64_t step_trial_unix_ms; /* not before then a larger one is tried; 0: none is */
	uint32_t keyframe_requests; /* of theirs, so far */
	struct ts_need need;        /* what they asked for, and said of their decoder */
	size_t receivers;           /* who share what they receive, themselves included */
	/* what others present, as a second stream: whether they take one, and what it is now
	 * (NONE: nothing) */
	bool takes_content;
	enum ts_codec content_codec;
	struct ts_step content;
	/* requests of theirs for keyframes that may still count at once; owed: one waits for its
	 * time */
	int keyframe_credit;
	bool keyframe_owed;
	enum ts_codec audio_sent_codec; /* to them; TS_CODEC_NONE: no sound */
	/* of that: redundant frames in each packet, and in-band FEC; the latter also of what they
	 * send, by what they say of themselves */
	unsigned audio_sent_red;
	bool audio_sent_fec, audio_fec;
	/* the server is overloaded: at which level, and which pictures of the view are drawn, each
	 * or each second */
	enum ts_overload_level overload;
	int draws_every;
	struct ts_media_stats audio_stats, video_stats, slides_stats;
	struct ts_network network;  /* of the way to them */
	struct ts_lipsync_info lipsync; /* of voice and camera */
	struct ts_latency latency;
	int64_t joined_unix_ms;
};

const struct ts_room_config *ts_room_config(const struct ts_room *room);
/* The id of the room that who is in it came for. */
static inline const char *ts_room_id_told(const struct ts_room_config *c)
{
	return *c->waits_for ? c->waits_for : c->id;
}
/* In effect. */
static inline uint32_t ts_room_bitrate_kbps(const struct ts_room_config *c)
{
	return c->bitrate_kbps ? c->bitrate_kbps : ts_ladder_auto_kbps(c->width, c->height, c->fps);
}
uint64_t ts_room_revision(const struct ts_room *room);
size_t ts_room_count(const struct ts_room *room, enum ts_kind kind);
struct ts_participant *ts_room_first(struct ts_room *room);            /* in order of joining */
struct ts_participant *ts_room_next(struct ts_participant *participant); /* NULL: no more */
struct ts_room *ts_participant_room(struct ts_participant *participant);
enum ts_participant_state ts_participant_state(const struct ts_participant *participant);
enum ts_kind ts_participant_kind(const struct ts_participant *participant);
/* Why, in a word, of one who leaves (TS_ROOM_LEFT); "": they are here. */
const char *ts_participant_left_because(const struct ts_participant *participant);
void ts_participant_info(struct ts_participant *participant, struct ts_participant_info *out);
/* What the main view shows now. Occupants are keys: ts_room_by_key gives the participant, NULL when
 * they just left. */
const struct ts_layout *ts_room_layout(const struct ts_room *room);
struct ts_participant *ts_room_by_key(struct ts_room *room, uint64_t key);
/* In whose place they come, while they are not connected yet; NULL. */
struct ts_participant *ts_participant_predecessor(const struct ts_participant *participant);
/* Watchers have places of their own: only within either may one stand in for another. */
static inline bool ts_kinds_share_places(enum ts_kind a, enum ts_kind b)
{
	return (a == TS_KIND_WHEP) == (b == TS_KIND_WHEP);
}
/* Nothing is sent to them. */
static inline bool ts_kind_only_sends(enum ts_kind kind)
{
	return kind == TS_KIND_WHIP || kind == TS_KIND_INPUT;
}
/* What was brought in, and programs, go on by themselves and are nobody. */
static inline bool ts_kind_is_person(enum ts_kind kind)
{
	return kind != TS_KIND_INPUT && kind != TS_KIND_MACHINE;
}
/* Those who are people, connected or not. */
static inline struct ts_participant *ts_room_person_from(struct ts_participant *p)
{
	while (p && !ts_kind_is_person(ts_participant_kind(p))) p = ts_room_next(p);
	return p;
}
static inline struct ts_participant *ts_room_first_person(struct ts_room *room)
{
	return ts_room_person_from(ts_room_first(room));
}
static inline struct ts_participant *ts_room_next_person(struct ts_participant *person)
{
	return ts_room_person_from(ts_room_next(person));
}
enum ts_stream_kind { TS_STREAM_CAMERA, TS_STREAM_SLIDES, TS_STREAM_VOICE, TS_STREAM_KINDS };
/* [give] The packets of that stream once more (mixer/source/branch.h). NULL: they send none such,
 * or have left. One at a time may have it open. */
struct ts_branch *ts_participant_branch(struct ts_participant *participant,
	enum ts_stream_kind kind);
/* Likewise of what was brought in (mixer/source/coded.h). */
struct ts_coded *ts_participant_coded(struct ts_participant *participant,
	enum ts_stream_kind kind);
/* never 0, never used again */
uint64_t ts_participant_key(const struct ts_participant *participant);
const char *ts_participant_id(const struct ts_participant *participant); /* a ULID */

#endif
