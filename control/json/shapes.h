/* shapes - the JSON resources of the API, as tables of fields. Thread  none; constant. */
#ifndef TS_CONTROL_JSON_SHAPES_H
#define TS_CONTROL_JSON_SHAPES_H

#include "control/schema/shape.h"

extern const struct ts_shape ts_shape_room, ts_shape_rooms;
extern const struct ts_shape ts_shape_templates, ts_shape_mute_all,
	ts_shape_muted_all;
extern const struct ts_shape ts_shape_breakouts_start, ts_shape_breakouts;
#define TS_TEMPLATE_PATTERN "^[A-Za-z0-9._-]{1,32}$"
bool ts_template_name_ok(const char *text);
extern const struct ts_shape ts_shape_api_key, ts_shape_new_api_key, ts_shape_api_keys,
	ts_shape_token, ts_shape_new_token;
enum { TS_TOKEN_TTL_MAX_S = 30 * 24 * 3600 };
extern const struct ts_shape ts_shape_waiting, ts_shape_waitings;
extern const struct ts_shape ts_shape_participant, ts_shape_participants;
extern const struct ts_shape ts_shape_presentation, ts_shape_personal;
extern const struct ts_shape ts_shape_receives, ts_shape_explain, ts_shape_quality;
extern const struct ts_shape ts_shape_layout, ts_shape_layout_document, ts_shape_layouts;
extern const struct ts_shape ts_shape_dry_run_query;
enum { TS_PREVIEW_PEOPLE_MAX = 100 };
/* drawn as SVG; as PNG, which costs memory */
extern const struct ts_shape ts_shape_preview_query, ts_shape_picture_query;
extern const struct ts_shape ts_shape_snapshot_query;
extern const struct ts_shape ts_shape_video, ts_shape_view, ts_shape_views;
extern const struct ts_shape ts_shape_image, ts_shape_images, ts_shape_image_query,
	ts_shape_watermark, ts_shape_caption_style;
extern const struct ts_shape ts_shape_message, ts_shape_messages, ts_shape_message_new,
	ts_shape_own_message_new, ts_shape_caption, ts_shape_captions, ts_shape_caption_new;
extern const struct ts_shape ts_shape_own, ts_shape_persons;
extern const struct ts_shape ts_shape_announcement, ts_shape_announcements,
	ts_shape_announcement_start;
extern const struct ts_shape ts_shape_recording, ts_shape_recordings, ts_shape_recording_start,
	ts_shape_recording_change, ts_shape_recording_sidecar;
extern const struct ts_shape ts_shape_output, ts_shape_outputs, ts_shape_output_start;
extern const struct ts_shape ts_shape_input, ts_shape_inputs, ts_shape_input_start;
extern const struct ts_shape ts_shape_recording_file_query, ts_shape_recording_delete_query;
extern const struct ts_shape ts_shape_openapi;
extern const struct ts_shape ts_shape_node, ts_shape_drain;
extern const struct ts_shape ts_shape_stats, ts_shape_room_stats;
extern const struct ts_shape ts_shape_health, ts_shape_problem;
extern const struct ts_shape ts_shape_media_query;
extern const struct ts_shape ts_shape_join_query, ts_shape_events_query;
extern const struct ts_shape ts_shape_hls_query, ts_shape_hls_index_query;
extern const struct ts_shape ts_shape_call, ts_shape_calls, ts_shape_trace, ts_shape_transfer;

#endif
