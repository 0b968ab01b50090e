/* json - what a room, a participant, a layout, a call look like to those who ask: resources of the
 * API as JSON.
 *
 * Each returns [give]; NULL: out of memory. shapes.h has the same as tables of fields.
 * Thread  control.
 */
#ifndef TS_CONTROL_JSON_JSON_H
#define TS_CONTROL_JSON_JSON_H

#include "mixer/room/room.h"
#include <jansson.h>

struct ts_api;
struct ts_api_key;
struct ts_call;
struct ts_announcement;
struct ts_caption;
struct ts_message;
struct ts_image_entry;
struct ts_input;
struct ts_recording;
struct ts_outlet;
struct ts_stats;
struct ts_tally;

/* 0: null */
json_t *ts_time_or_null(int64_t unix_ms);
/* What a body says of `hand`; NULL: nothing. Who has raised theirs already did so when they did. */
void ts_read_hand(struct ts_participant_settings *settings, const json_t *hand);
static inline const char *ts_text_or_null(const char *text)
{
	return text && *text ? text : NULL;
}

json_t *ts_api_key_json(const struct ts_api_key *key);
json_t *ts_items_json(json_t *array /* [take] */); /* {"items": array} */

/* What the server is doing; for participants what they need to know of it. */
json_t *ts_node_json(const struct ts_api *api);
json_t *ts_own_node_json(const struct ts_api *api);
/* What has been going on, of the server and of a room. */
json_t *ts_stats_json(struct ts_stats *stats);
json_t *ts_room_stats_json(const char *room_id, const struct ts_tally *tally);

struct ts_breakout_set;
/* set NULL: they are over. not_moved [take]; NULL: nobody. */
json_t *ts_breakouts_json(struct ts_room *parent, const struct ts_breakout_set *set,
	json_t *not_moved);
json_t *ts_room_settings_json(const struct ts_room *room); /* what may be set of it */
json_t *ts_room_json(const struct ts_room *room);
enum ts_mute_entry ts_mute_named(const char *name); /* NULL, and none of these: OPEN */
static inline enum ts_muted_by ts_muted_as(enum ts_mute_entry mute)
{
	return mute == TS_ENTRY_HARD ? TS_MUTED_API
		: mute == TS_ENTRY_SOFT ? TS_MUTED_SELF
					: TS_MUTED_NOT;
}
extern const char *const ts_host_leaves_names[]; /* by enum ts_host_leaves; NULL at the end */
extern const char *const ts_audio_mode_names[];  /* by enum ts_audio_mode; likewise */
/* One who waits for a room's host, or did a moment ago. */
json_t *ts_waiting_json(struct ts_participant *participant);
json_t *ts_participant_json(struct ts_api *api, struct ts_participant *participant);
/* What became of their wish for a view of their own; null: they have none. */
json_t *ts_personal_json(const struct ts_participant *participant);
/* The language channel that they hear; interprets: and the one that they interpret into. json NULL:
 * nothing. */
void ts_add_channels(json_t *json, struct ts_participant *participant, bool interprets);
/* That, and what they said of themselves and of others' volumes. json NULL: nothing. */
void ts_add_personal(json_t *json, struct ts_participant *participant);
/* What they receive; null: no video. */
json_t *ts_receives_json(const struct ts_participant_info *info);
/* Bitrates and losses of the last seconds. */
struct ts_rates_view;
void ts_participant_rates(struct ts_rates_view *out, struct ts_api *api,
	struct ts_participant *participant, const struct ts_participant_info *info);
/* Why they receive what they receive, are shown and heard or not, in words and numbers; said to
 * others, or to the participant. */
/* Who presents. */
json_t *ts_presentation_json(struct ts_api *api, struct ts_room *room);
json_t *ts_explain_json(struct ts_participant *participant, bool to_themselves);
/* How good sound and picture are, both ways, and what is wrong with them. */
json_t *ts_quality_json(struct ts_api *api, struct ts_participant *participant);
json_t *ts_call_json(const struct ts_call *call);
struct ts_call_info;
json_t *ts_call_transfer_json(const struct ts_call_info *info); /* null: none was asked for */
struct ts_media_summary;
/* sound: with MOS. */
json_t *ts_media_summary_json(const struct ts_media_summary *m, bool sound);
json_t *ts_announcement_json(const struct ts_announcement *announcement);
json_t *ts_message_json(const struct ts_message *message);
json_t *ts_caption_json(const struct ts_caption *caption);
json_t *ts_image_json(const struct ts_image_entry *entry);
json_t *ts_input_json(const struct ts_input *input);
json_t *ts_recording_json(const struct ts_recording *recording);
json_t *ts_output_json(const struct ts_outlet *outlet);
json_t *ts_layout_json(struct ts_room *room);
json_t *ts_ladder_json(const struct ts_ladder_plan *plan);
json_t *ts_view_settings_json(const struct ts_room_view *view); /* what may be set of it */
json_t *ts_view_json(struct ts_room *room, struct ts_room_view *view);
json_t *ts_views_json(struct ts_room *room); /* all of them, an array */
/* The room's people in a layout that was solved from doc for them. [give]; NULL: out of memory. */
json_t *ts_layout_now_json(struct ts_room *room, const struct ts_layout_doc *doc,
	const struct ts_layout *layout);

/* The document with `people` people, the last of them presenting or not, as an SVG drawing. [give]
 * free; NULL: out of memory. */
char *ts_layout_svg(const struct ts_layout_doc *doc, size_t people, bool presentation, int canvas_w,
	int canvas_h);

/* What one who is in a room may know of it, and of others there. */
json_t *ts_own_room_json(const struct ts_room *room);
json_t *ts_own_person_json(struct ts_participant *participant);

const char *ts_muted_by_name(enum ts_muted_by by); /* NULL: not muted */

#endif
