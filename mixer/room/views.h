/* views - the pictures of one room: `main`, which is always there, and up to seven more, each with
 * a canvas, layout, ladder and outputs of its own.
 *
 *   sources (decoded once) --+--> main     --> outputs --> receivers
 *   labels (drawn once) -----+--> portrait --> outputs --> receivers, a recording
 *
 * Who receives video belongs to one view. Nothing is composed or encoded of one that nobody
 * receives. Who goes from one view to another is sent the old one until the first keyframe of the
 * new one. Whose view is removed goes to main, recordings and streams too; it ends when nobody is
 * sent it any more.
 * Of moderators' wishes (layout/policy.h) spotlight and order are those of the room, in all views;
 * pins are of main alone. A card (ts_room_set_card) is shown by all.
 * Thread  control.
 * Life    a view is gone with its TS_ROOM_VIEW_REMOVED, or with the room: whoever keeps one must
 *         let go of it there.
 */
#ifndef TS_MIXER_ROOM_VIEWS_H
#define TS_MIXER_ROOM_VIEWS_H

#include "mixer/room/room.h"

enum { TS_ROOM_VIEWS_MAX = 8 }; /* main included */

struct ts_room_view_config {
	char id[TS_VIEW_ID_MAX + 1];
	int width, height, fps;       /* of the canvas */
	uint32_t bitrate_kbps;        /* of the canvas; 0: by size and rate */
	struct ts_ladder_plan ladder; /* the steps below it */
	bool no_labels;               /* whatever the layout says */
	/* of ours, such as what a second stream of a participant shows: found by its id alone, not
	 * listed, told or counted; for good */
	bool hidden;
	/* Whom control puts here by the shape of their window, width : height; 0: no limit, both:
	 * nobody. The room does not look at it. */
	double aspect_min, aspect_max;
	struct ts_branding branding; /* what it says not, the room's does */
};

/* NULL: there is none. */
struct ts_room_view *ts_room_find_view(struct ts_room *room, const char *id);
struct ts_room_view *ts_room_main_view(struct ts_room *room);
/* In order of making, from main on, none that is hidden; NULL: no more. */
struct ts_room_view *ts_room_next_view(struct ts_room *room, const struct ts_room_view *view);

/* From the next tick on. Shows doc, as of ts_room_set_layout; NULL: that of main. TS_EEXIST: there
 * is one of that id; TS_ELIMIT: TS_ROOM_VIEWS_MAX are there, or those removed last have not ended
 * yet; TS_ECLOSED; TS_ENOMEM. Told by TS_ROOM_VIEW_CREATED. */
int ts_room_add_view(struct ts_room *room, const struct ts_room_view_config *config,
	struct ts_layout_doc *doc, struct ts_room_view **out);
/* All but the id, as of ts_room_set_config, which is for main: that is not changed here. */
int ts_room_change_view(struct ts_room_view *view, const struct ts_room_view_config *config);
/* Not main. */
void ts_room_remove_view(struct ts_room_view *view);

const struct ts_room_view_config *ts_room_view_config(const struct ts_room_view *view);
bool ts_room_view_is_main(const struct ts_room_view *view);
/* Who belongs to it and receives video, and none of their own. */
size_t ts_room_view_receivers(const struct ts_room_view *view);
/* Recordings and streams of its pictures. */
size_t ts_room_view_sinks(const struct ts_room_view *view);
/* Outputs that are sent now: encoders. */
size_t ts_room_view_outputs(const struct ts_room_view *view);

/* As of ts_room_set_layout, ts_room_layout_doc, ts_room_layout. */
void ts_room_view_set_layout(struct ts_room_view *view, struct ts_layout_doc *doc);
const struct ts_layout_doc *ts_room_view_layout_doc(const struct ts_room_view *view);
const struct ts_layout *ts_room_view_layout(struct ts_room_view *view);
/* The largest region that shows them there; -1: none does. */
int ts_room_view_region_of(const struct ts_room_view *view,
	const struct ts_participant *participant, enum ts_shows shows);

/* What they receive is of that view, which is of their room, from its next keyframe on. TS_ECLOSED:
 * they have left; TS_EUNSUPPORTED: no step of the view fits their decoder, TS_ENOMEM: there can be
 * no encoder; then they stay in theirs. Told by TS_ROOM_PARTICIPANT. */
int ts_participant_set_view(struct ts_participant *participant, struct ts_room_view *view);
/* The one that they belong to; what they receive may be one of their own (personal.h). */
struct ts_room_view *ts_participant_view(const struct ts_participant *participant);
/* Has it a step that their decoder takes? True also of who receives no video. */
bool ts_participant_fits_view(const struct ts_participant *participant,
	const struct ts_room_view *view);

/* While TS_ROOM_VIEW_... or TS_ROOM_LAYOUT is told: of which; else NULL. */
struct ts_room_view *ts_room_told_view(const struct ts_room *room);

#endif
