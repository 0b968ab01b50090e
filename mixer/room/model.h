/* model - the insides of room and participant, shared by the files that make up the room.
 *
 * Thread  control, but for what is marked `net`.
 */
#ifndef TS_MIXER_ROOM_MODEL_H
#define TS_MIXER_ROOM_MODEL_H

#include "base/counter.h"
#include "base/task.h"
#include "mixer/audio/audio.h"
#include "mixer/audio/volumes.h"
#include "mixer/leg/leg.h"
#include "mixer/room/matrix.h"
#include "mixer/room/personal.h"
#include "mixer/room/roles.h"
#include "mixer/room/room.h"
#include "mixer/room/views.h"
#include "mixer/scene/receiver.h"
#include "mixer/scene/scene.h"
#include "mixer/source/feed.h"
#include "mixer/view/view.h"

struct ts_participant {
	struct ts_room *room;
	struct ts_participant *prev, *next;
	uint64_t key;                        /* of layouts and placeholders; never used again */
	char id[TS_ULID_LEN + 1], name[TS_NAME_MAX + 1], identity[TS_IDENTITY_MAX + 1];
	char card[TS_CARD_MAX + 1];
	enum ts_kind kind;
	enum ts_participant_state state;
	int64_t joined_ns;
	const char *left_because;
	bool leg_closing; /* what it counted may not be read any more */
	/* while one comes back, in the place of the other */
	struct ts_participant *predecessor, *successor;
	char role[TS_ROLE_MAX + 1], avatar[TS_IMAGE_NAME_MAX + 1];
	enum ts_muted_by muted_by;
	bool video_muted;
	double gain_db, listen_db;
	enum ts_as agc, denoise;
	char channel[TS_CHANNEL_MAX + 1], interprets[TS_CHANNEL_MAX + 1];
	int64_t hand_unix_ms;
	char notice[TS_NOTICE_MAX + 1];      /* instead of the name */
	int64_t notice_until_ns;             /* 0: none */

	struct ts_leg *leg;
	int audio_media, video_media;
	struct ts_voice *voice;       /* NULL: they do not speak */
	struct ts_digits digits;
	bool has_events;              /* telephone-event was agreed to */
	bool wants_digits, hears_tones; /* hears: their voice listens for them */
	bool pressed_by_tone;           /* the last digit that the room told */
	struct ts_feed camera, slides;
	struct ts_lipsync *lipsync;          /* of voice and camera */
	int64_t slides_since_ns;             /* when they came on; 0: off, or not allowed */
	bool slides_forbidden;
	struct ts_sender *audio_sender, *video_sender;
	/* what others present, as a second stream by the m-line of slides (content.c) */
	struct ts_sender *content_sender;
	struct ts_receiver content;          /* codec NONE: they take none */
	struct ts_audio_limits audio_limits; /* of the sound that they get */
	struct ts_audio_way audio_way;
	struct ts_room_view *home;           /* of which they receive, or what theirs is made of */
	struct ts_wants wants;               /* personal.h, with a reference */
	struct ts_room_view *personal;       /* their own, in place of home; NULL: none */
	enum ts_personal_state personal_state, personal_told;
	int64_t personal_again_ns;           /* no encoder could be had: not before then */
	struct ts_volumes *volumes;          /* NULL: all as loud as to the others */
	bool volumes_heard;                  /* by the last plan */
	struct ts_receiver receiver;
	uint32_t receive_bps;                /* told to the peer last */
	struct ts_network network;           /* the way to them, as measured last */
	struct ts_refusal camera_error, slides_error; /* as the API shows them */
	/* what keyframes for them may cost others: what they request, and what we need */
	struct ts_key_share { int64_t earned_ns; int credit; bool owed; } key_share[2];
	struct ts_key_share content_share;   /* likewise of the second stream */
	int64_t moving_ns;                   /* since when receiver.next waits for its keyframe */
	uint32_t wanted_bps;                 /* told to the leg last */
	/* what the slowest of the others on the same output takes; UINT32_MAX: not known */
	uint32_t others_bps;
	int64_t retry_ns;                    /* the output is chosen anew then; 0: as wanted */

	/* of a move: while the old room tells that they left, the new one that they joined */
	struct ts_room *moves_to, *moved_from;
	int64_t moved_ns;                    /* the last; 0: never */
	/* the room that sends them pictures until the keyframe of their own; NULL: it is theirs */
	struct ts_room *departed_from;
	struct ts_participant *next_departed;

	const struct ts_participant_events *events; /* NULL: none */
	void *events_arg;
	bool offering;                       /* the peer's answer to our offer is not here yet */
	/* anybody may have asked for that join yet: nothing is sent, so nothing is encoded for
	 * them, and nobody gives way to them */
	bool unproven;
	ts_join_ready ready;                 /* NULL once called */
	void *ready_arg;
};

/* What a room does less of while the server is overloaded. */
struct ts_relief {
	bool no_personal_views, fewer_steps, fast_encoders, half_rate, frozen_tiles, no_cameras;
};

/* What a personal view is: equal ones are shared. */
struct ts_personal_wish {
	struct ts_room_view *base; /* NULL: it is no personal view */
	struct ts_layout_doc *doc; /* NULL: that of base */
	uint64_t apart;            /* the key of who does not see themselves, 0: nobody */
	bool in_corner;            /* but there */
};

/* One view (views.h), main among them. */
struct ts_room_view {
	struct ts_room *room;
	/* of a personal one (personal.c), with a reference; of those who have it: by the last
	 * choice */
	struct ts_personal_wish wish;
	size_t sharers;
	struct ts_room_view_config config; /* of main: as of the room's */
	int slot;               /* of the room's and of its sources'; main: TS_VIEW_MAIN */
	struct ts_scene scene;
	struct ts_view *view;
	struct ts_output *sent[TS_VIEW_OUTPUTS_MAX]; /* of the scene's: by the last plan */
	size_t n_sent;
	/* removed: not told of any more, ends when nobody is sent it; shown: the last plan of it
	 * shows something */
	bool removed, shown;
	bool composed; /* it is counted as such */
	/* what it shows of the room's captions; painting NULL: nothing */
	struct { struct ts_caption_spec spec; struct ts_painting *painting; } captions;
	int64_t looked_ns; /* a snapshot took it, though nobody may receive it; 0: that is over */
	struct ts_room_view *next; /* in order of making, main first */
};

struct ts_room {
	struct ts_engine *engine;
	struct ts_room_config config;
	struct ts_room_events events;
	void *arg;
	uint64_t revision, next_key;
	int64_t epoch_ns;

	struct ts_participant *first, *last; /* in order of joining */
	size_t count[TS_KIND_COUNT];
	struct ts_participant *departed;     /* who have gone to other rooms (move.c) */
	size_t leaving;                      /* ended, but their transport is not closed yet */

	struct ts_room_view main;            /* the first of the views */
	struct ts_room_view *told_view;      /* while a change of it is told */
	struct ts_timer listening;           /* follows speakers and turns while somebody is here */
	struct ts_audio *audio;
	bool many_listen;                    /* so many that long frames are worth it */
	uint64_t personal_made;              /* so far: for their ids */
	size_t n_personal;                   /* personal views, but for those removed */
	bool personal_waits;                 /* somebody has none who may have one later, */
	int64_t personal_again_ns;           /* ... not before then */
	struct ts_matrix *matrix;            /* NULL: everybody hears all */
	size_t n_rows;                       /* of the last plan */
	struct ts_room_card *card;           /* NULL: the layout is shown */
	char captions[TS_CAPTION_TEXT_MAX + 1]; /* what is said; "": nothing */
	struct ts_room_sink *sinks;          /* in order of coming */
	struct ts_room_play *plays;          /* in order of coming */
	size_t waiting;                      /* for it, elsewhere */
	int64_t end_unix_ms;                 /* control says so; 0: not known */
	struct ts_sink *aac[2];              /* as AAC, by channels - 1; NULL: nobody takes it */

	struct ts_load_watch load;           /* relief.c */
	struct ts_relief relief;             /* as it is in force */
	struct ts_task replan_task;          /* many changes, one plan */
	struct ts_timer housekeeping;        /* runs while somebody is here */
	bool closing, strands_gone;
	atomic_int strands_open;             /* views and audio: the last is audio, or main */
	struct ts_task strands_task;
};

/* hearing_plan.c: the rows of one plan. matrix: r->matrix, or one that is tried. NULL: no
 * memory. */
struct ts_room_rows;
struct ts_room_rows *ts_room_rows_begin(const struct ts_room *r, const struct ts_matrix *matrix);
/* Sets m->volumes, with a reference. */
void ts_room_rows_use(struct ts_room_rows *rows, struct ts_room *r, struct ts_participant *p,
	struct ts_audio_member *m);
void ts_room_rows_use_sink(struct ts_room_rows *rows, const struct ts_room *r,
	struct ts_audio_member *m);
/* What was counted holds from now on. */
void ts_room_rows_end(struct ts_room_rows **rows, struct ts_room *r);
void ts_room_free_matrix(struct ts_room *r);

/* participant.c */
int ts_participant_create(struct ts_participant **out, struct ts_room *room,
	const struct ts_join *join);
/* p joins in the place of old, who stays until p is connected and proven. */
void ts_participant_replace(struct ts_participant *p, struct ts_participant *old);
int ts_participant_start(struct ts_participant *participant, const struct ts_join *join);
/* what the leg sends by now */
void ts_participant_update_senders(struct ts_participant *participant);
/* What a description tells of the streams that it announces. */
void ts_participant_use_sets(struct ts_participant *participant, const struct ts_join *join);
/* Follows the packets of camera and slides; true when a tile must change. */
bool ts_participant_watch_feeds(struct ts_participant *participant, int64_t now_ns);
/* For one that never started. */
void ts_participant_free(struct ts_participant *participant);
/* participant.c: whether slides are shown follows from what comes, and from what they may. */
void ts_participant_use_slides(struct ts_participant *p, int64_t now_ns);
static inline bool ts_participant_may(const struct ts_participant *p, unsigned rights)
{
	return ts_role_rights(p->role) & rights;
}
static inline bool ts_participant_is_heard(const struct ts_participant *p)
{
	return p->muted_by == TS_MUTED_NOT && ts_participant_may(p, TS_MAY_SPEAK);
}
static inline bool ts_participant_hides(const struct ts_participant *p) /* their camera */
{
	return p->video_muted || !ts_participant_may(p, TS_MAY_CAMERA);
}
static inline bool ts_participant_is_here(const struct ts_participant *p)
{
	return p->state == TS_P_CONNECTED || p->state == TS_P_STALLED;
}


/* presses.c */
/* What a description says of their sound; NULL: there is none. */
void ts_participant_digits_agreed(struct ts_participant *participant,
	const struct ts_media_config *audio);
void ts_participant_read_tones(struct ts_participant *participant, int64_t now_ns);

/* receive.c */
void ts_participant_receive_init(struct ts_participant *participant);
/* The output that fits them now; errors as of ts_receiver_choose. A plan follows. */
int ts_participant_choose(struct ts_participant *participant);
/* A keyframe for a reason of ours: nothing is held against them. */
void ts_participant_need_keyframe(struct ts_participant *participant);
void ts_participant_update_network(struct ts_participant *participant,
	const struct ts_network *network);
/* What they are sent comes of this output by now. */
void ts_participant_switched(struct ts_participant *participant, uint32_t output_id);
/* There is a leg: it is told what they would be sent, which its way is probed for at first. */
void ts_participant_begin_receiving(struct ts_participant *participant);
void ts_participant_watch_receiver(struct ts_participant *participant, int64_t now_ns);
void ts_room_set_bitrates(struct ts_room *room);
void ts_participant_receive_info(struct ts_participant *participant,
	struct ts_participant_info *out);

/* Of the second stream, which they need or request. */
void ts_participant_send_content_keyframe(struct ts_participant *participant);

/* content.c */
/* What the description says of the second stream; which output that is, the next plan tells. */
void ts_participant_use_content(struct ts_participant *participant, const struct ts_join *join);
/* Each who takes a second stream has an output of what others present, or none. Before a plan. */
void ts_room_choose_content(struct ts_room *room);

/* personal.c */
/* Each has the view that they want, or the shared one. Before a plan. */
void ts_room_choose_personal(struct ts_room *room);
/* Of whom the choice has changed: that is told. After it. */
void ts_room_tell_personal(struct ts_room *room);
/* True: who had to wait for a view of their own may have one now, and a plan must follow. */
bool ts_room_personal_is_due(const struct ts_room *room, int64_t now_ns);
/* They leave the room: they have no view of their own any more, and nobody there a volume for
 * them. */
void ts_participant_leave_personal(struct ts_participant *participant);
/* It is removed, or ends with its room. */
void ts_room_end_personal(struct ts_room_view *view);
/* Comes back in the place of old. */
void ts_participant_copy_personal(struct ts_participant *participant,
	const struct ts_participant *old);
void ts_participant_free_personal(struct ts_participant *participant);
/* The view that they are sent. */
static inline struct ts_room_view *ts_participant_sees(const struct ts_participant *p)
{
	return p->personal ? p->personal : p->home;
}

/* change.c */
/* Everybody gets the output of the ladder that fits them. False: out of memory; who has none keeps
 * the old one. */
bool ts_room_move_receivers(struct ts_room *room);
float ts_gain_of(double db); /* linear */
bool ts_participant_notice_is_over(struct ts_participant *participant, int64_t now_ns);

static inline void ts_room_view_count_composed(struct ts_room_view *v, bool composed)
{
	ts_count_add(TS_C_VIEWS_COMPOSED, composed - v->composed);
	v->composed = composed;
}

/* views.c */
/* Takes other settings for video, as it may not be removed. True: receivers choose again. */
bool ts_room_view_use_config(struct ts_room_view *view, const struct ts_room_view_config *config);
void ts_room_main_init(struct ts_room *room);
/* Main's settings are the room's; true: of what is encoded something is another. */
bool ts_room_main_use_config(struct ts_room *room);
/* Would it be composed? Main is always. */
bool ts_room_view_is_wanted(const struct ts_room_view *view);
/* A snapshot is about to be taken: for a moment it is composed as if it were received. */
void ts_room_look_at_view(struct ts_room_view *view);
/* True: the moment of one of them is over, and a plan must follow. */
bool ts_room_forget_looks(struct ts_room *room, int64_t now_ns);
/* Shows something, and what that is decoded for. */
static inline bool ts_room_view_is_seen(const struct ts_room_view *v)
{
	return v->n_sent > 0 || v->looked_ns;
}
/* Ends those that were removed and that nobody is sent any more. */
void ts_room_end_views(struct ts_room *room);
/* All of them, main too: ts_room_strand_closed follows for each. */
void ts_room_close_views(struct ts_room *room);
/* Joins, or comes back: nobody is told. */
void ts_participant_use_view(struct ts_participant *participant, struct ts_room_view *view);
/* They are in no view but main of the room that they leave. */
void ts_participant_leave_views(struct ts_participant *participant);
/* The view whose output it is; NULL: of another room. */
struct ts_room_view *ts_room_view_of_output(struct ts_room *room, const struct ts_output *output);
/* In the place of ts_room_touch. */
void ts_room_touch_view(struct ts_room_view *view, enum ts_room_change what);

/* move.c */
/* What they are sent comes of their own room from now on: nothing to the old one. */
void ts_participant_arrive(struct ts_participant *participant);
void ts_room_forget_departed(struct ts_room *room);

/* room.c */
void ts_room_append(struct ts_room *room, struct ts_participant *participant, int64_t now_ns);
/* Out of the list; others are told. */
void ts_room_take_out(struct ts_room *room, struct ts_participant *participant);
void ts_room_rest_if_empty(struct ts_room *room);
/* Has it no place for one more of that kind, who comes for `replaces` (NULL: nobody)? */
bool ts_room_is_full(const struct ts_room *room, enum ts_kind kind,
	const struct ts_participant *replaces);
void ts_room_remove(struct ts_room *room, struct ts_participant *participant);
void ts_room_participant_gone(struct ts_room *room); /* one who left has freed everything */
void ts_room_touch(struct ts_room *room, enum ts_room_change what,
	struct ts_participant *participant);
/* `by`, who is last in the list, gets the key and the place of `p`, and p those of by. */
void ts_room_change_places(struct ts_room *room, struct ts_participant *p,
	struct ts_participant *by);
void ts_room_schedule_plan(struct ts_room *room);
void ts_room_strand_closed(struct ts_room *room); /* on a worker */

/* stage.c */
void ts_room_stage_init(struct ts_room *room);
void ts_room_stage_run(struct ts_room *room, int64_t now_ns); /* while somebody is here */
void ts_room_stage_stop(struct ts_room *room);
/* the scene's layout, from the people who are here now */
/* Who can be shown: everybody who is here and does more than watch. */
bool ts_participant_is_on_stage(const struct ts_participant *participant);
void ts_room_arrange(struct ts_room_view *view);

/* sinks.c */
void ts_room_choose_sinks(struct ts_room *room);  /* each has the output that fits it now */
/* Those that take the output: [TS_ROOM_SINKS_MAX]; how many. */
size_t ts_room_sinks_of(const struct ts_room *room, const struct ts_output *output,
	struct ts_sink **list);
/* As members of the mix: [TS_ROOM_SINKS_MAX + 1]; how many. */
size_t ts_room_sinks_listen(const struct ts_room *room, struct ts_audio_member *members);

/* plays.c: as members of the mix: [TS_ROOM_PLAYS_MAX]; how many. */
size_t ts_room_plays(const struct ts_room *room, struct ts_audio_member *members);

/* branding.c */
/* What is behind and over the tiles. The plan holds references until ts_room_release_brand. */
void ts_room_plan_brand(struct ts_room_view *view, struct ts_view_plan *plan);
bool ts_room_shows_captions(const struct ts_room *room); /* does any view? */
void ts_room_release_brand(struct ts_view_plan *plan);
/* The image or text that a tile of nobody shows, or the avatar of who is shown there. */
void ts_room_plan_images(const struct ts_room_view *view, const struct ts_participant *p,
	struct ts_view_tile *tile);

/* Does a view of it, or somebody in it? */
bool ts_room_shows_image(const struct ts_room *room, const char *name);

/* plan_build.c */
void ts_room_replan(struct ts_room *room);

/* relief.c: what a room does less of while the server is overloaded */
void ts_room_relief_begin(struct ts_room *room); /* as the server is now, and whenever it changes */
void ts_room_relief_end(struct ts_room *room);
/* Of so many ticks one is drawn and sent. */
int ts_room_draws_every(const struct ts_room_view *view);
/* How long its tiles move. */
int ts_room_transition_ms(const struct ts_room_view *view);
/* Says of each camera whether it is frozen, by the layout of now. True: of one it has changed. */
bool ts_room_freeze(struct ts_room *room);
/* The camera came on or went off: may it be shown? */
void ts_participant_hold_camera(struct ts_participant *participant);

#endif
