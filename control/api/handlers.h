/* handlers - the functions behind the rows of ts_routes. Each answers its request, now or later.
 * Thread  control. */
#ifndef TS_CONTROL_API_HANDLERS_H
#define TS_CONTROL_API_HANDLERS_H

#include "control/http/context.h"
#include <jansson.h>
#include <stdbool.h>

struct ts_request;
struct ts_room_config;

/* rooms.c */
/* What a checked `video` says, over *out. False: answered. */
bool ts_read_video(struct ts_request *request, const json_t *video, struct ts_room_config *out);
/* A checked body over the server's defaults. own: the room that is changed; NULL: one is made.
 * False: answered; without a request only refused. */
struct ts_room;
bool ts_room_config_read(struct ts_api *api, struct ts_request *request, json_t *json,
	const struct ts_room *own, struct ts_room_config *out);
TS_HANDLER(ts_get_rooms);
TS_HANDLER(ts_post_rooms);
TS_HANDLER(ts_get_room);
TS_HANDLER(ts_put_room);
TS_HANDLER(ts_patch_room);
TS_HANDLER(ts_delete_room);

/* participants.c */
TS_HANDLER(ts_get_participants);
TS_HANDLER(ts_get_participant);
TS_HANDLER(ts_patch_participant);
TS_HANDLER(ts_delete_participant);

TS_HANDLER(ts_post_mute);

/* machines.c */
TS_HANDLER(ts_get_media);

/* templates.c */
TS_HANDLER(ts_get_templates);

/* breakouts.c */
TS_HANDLER(ts_get_breakouts);
TS_HANDLER(ts_post_breakouts);
TS_HANDLER(ts_delete_breakouts);

/* waiting.c */
TS_HANDLER(ts_get_waiting);
TS_HANDLER(ts_patch_waiting);
TS_HANDLER(ts_delete_waiting);

/* explain.c */
TS_HANDLER(ts_get_explain);
TS_HANDLER(ts_get_quality);

/* presentation.c */
TS_HANDLER(ts_get_presentation);

/* views.c */
TS_HANDLER(ts_get_views);
TS_HANDLER(ts_post_views);
TS_HANDLER(ts_get_view);
TS_HANDLER(ts_put_view);
TS_HANDLER(ts_patch_view);
TS_HANDLER(ts_delete_view);

/* images.c */
TS_HANDLER(ts_get_images);
TS_HANDLER(ts_post_images);
TS_HANDLER(ts_get_image);
TS_HANDLER(ts_put_image);
TS_HANDLER(ts_delete_image);

/* layouts.c */
TS_HANDLER(ts_get_layout);
TS_HANDLER(ts_put_layout);
TS_HANDLER(ts_patch_layout);
TS_HANDLER(ts_get_matrix);
TS_HANDLER(ts_put_matrix);
TS_HANDLER(ts_delete_matrix);
TS_HANDLER(ts_get_layouts);
TS_HANDLER(ts_get_named_layout);
TS_HANDLER(ts_put_named_layout);
TS_HANDLER(ts_delete_named_layout);
TS_HANDLER(ts_get_layout_svg);

/* pictures.c */
TS_HANDLER(ts_get_layout_png);
TS_HANDLER(ts_post_layout_png);
TS_HANDLER(ts_get_snapshot);

/* calls.c */
TS_HANDLER(ts_get_calls);
TS_HANDLER(ts_post_calls);
TS_HANDLER(ts_post_call_transfer);
TS_HANDLER(ts_get_call);
TS_HANDLER(ts_delete_call);
TS_HANDLER(ts_get_call_trace);
TS_HANDLER(ts_get_all_calls);
TS_HANDLER(ts_get_any_call);
TS_HANDLER(ts_delete_any_call);
TS_HANDLER(ts_get_any_call_trace);
TS_HANDLER(ts_post_any_call_transfer);

/* trunks.c */
TS_HANDLER(ts_get_trunks);
TS_HANDLER(ts_post_trunks);
TS_HANDLER(ts_get_trunk);
TS_HANDLER(ts_patch_trunk);
TS_HANDLER(ts_delete_trunk);
TS_HANDLER(ts_get_registrations);

/* texts.c */
TS_HANDLER(ts_get_messages);
TS_HANDLER(ts_post_messages);
TS_HANDLER(ts_get_captions);
TS_HANDLER(ts_post_captions);

/* announcements.c */
TS_HANDLER(ts_get_announcements);
TS_HANDLER(ts_post_announcements);
TS_HANDLER(ts_get_announcement);
TS_HANDLER(ts_delete_announcement);

/* recordings.c */
TS_HANDLER(ts_get_recordings);
TS_HANDLER(ts_post_recordings);
TS_HANDLER(ts_get_recording);
TS_HANDLER(ts_patch_recording);
TS_HANDLER(ts_delete_recording);

/* outputs.c */
TS_HANDLER(ts_get_outputs);
TS_HANDLER(ts_post_outputs);
TS_HANDLER(ts_get_output);
TS_HANDLER(ts_delete_output);
/* inputs.c */
TS_HANDLER(ts_get_inputs);
TS_HANDLER(ts_post_inputs);
TS_HANDLER(ts_get_input);
TS_HANDLER(ts_delete_input);

/* recording_file.c */
TS_HANDLER(ts_get_recording_file);
TS_HANDLER(ts_get_recording_track);
TS_HANDLER(ts_get_recording_sidecar);
TS_HANDLER(ts_get_recording_captions);

/* hls.c */
TS_HANDLER(ts_get_hls_index);
TS_HANDLER(ts_get_hls_file);
/* flv.c */
TS_HANDLER(ts_get_flv);
TS_HANDLER(ts_get_flv_by_key);

/* keys.c */
TS_HANDLER(ts_get_keys);
TS_HANDLER(ts_post_keys);
TS_HANDLER(ts_delete_key);
TS_HANDLER(ts_post_tokens);

/* webhooks.c */
TS_HANDLER(ts_get_webhooks);
TS_HANDLER(ts_post_webhooks);
TS_HANDLER(ts_get_webhook);
TS_HANDLER(ts_patch_webhook);
TS_HANDLER(ts_delete_webhook);
TS_HANDLER(ts_post_webhook_test);
TS_HANDLER(ts_get_dead_letters);
TS_HANDLER(ts_delete_dead_letters);
TS_HANDLER(ts_post_redeliver);

/* metrics.c */
TS_HANDLER(ts_get_metrics);

/* stats.c */
TS_HANDLER(ts_get_stats);
TS_HANDLER(ts_get_room_stats);

/* health.c */
TS_HANDLER(ts_get_health);
TS_HANDLER(ts_get_ready);

/* node.c */
TS_HANDLER(ts_get_node);
TS_HANDLER(ts_post_drain);
TS_HANDLER(ts_delete_drain);

/* web.c */
TS_HANDLER(ts_get_sip);
TS_HANDLER(ts_get_index);
TS_HANDLER(ts_get_watch);
TS_HANDLER(ts_get_admin);
TS_HANDLER(ts_get_admin_file);
TS_HANDLER(ts_get_client);
TS_HANDLER(ts_get_file);

#endif
