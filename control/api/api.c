#include "control/api/api.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/log.h"
#include "control/api/audit.h"
#include "control/api/calls.h"
#include "control/api/handlers.h"
#include "control/api/room_scopes.h"
#include "control/http/guard.h"
#include "control/http/http.h"
#include "control/http/origin.h"
#include "control/http/problem.h"
#include "control/identity/caller.h"
#include "control/join/handlers.h"
#include "control/json/matrix.h"
#include "control/json/shapes.h"
#include "control/rooms/admission.h"
#include "control/rooms/rest.h"
#include "control/rooms/throttle.h"
#include "control/schema/openapi.h"
#include "control/stats/stats.h"
#include "control/trunks/registrations.h"
#include "control/trunks/settings.h"
#include "control/webhooks/hook.h"
#include <glib.h>
#include <stdbool.h>
#include <string.h>

static void get_openapi(struct ts_api *api, struct ts_request *request, const char *const *param);

/* clang-format off */
#define SDP    .takes_type = "application/sdp", .gives = 201, .gives_type = "application/sdp"
#define TAKES(shape) .takes = &ts_shape_##shape
#define GIVES(shape) .gives_shape = &ts_shape_##shape
#define NEEDS(name) .scope = TS_SCOPE_##name
const struct ts_route ts_routes[] = {
	{TS_POST, "/join/{room}", ts_do_join, TS_ROUTE_CORS | TS_ROUTE_JOIN,
	 "Join: send camera and microphone, receive the mix",
	 .query = &ts_shape_join_query, SDP,
	 NEEDS(JOIN)},
	{TS_POST, "/whip/{room}", ts_do_whip, TS_ROUTE_CORS | TS_ROUTE_JOIN,
	 "Contribute: send camera and microphone, receive nothing",
	 .query = &ts_shape_join_query, SDP,
	 NEEDS(PUBLISH)},
	{TS_POST, "/whep/{room}", ts_do_whep, TS_ROUTE_CORS | TS_ROUTE_JOIN,
	 "Watch: receive the mix",
	 .query = &ts_shape_join_query, SDP,
	 NEEDS(WATCH)},
	{TS_GET, "/hls/{room}/index.m3u8", ts_get_hls_index, TS_ROUTE_CORS | TS_ROUTE_JOIN,
	 "Watch by HLS: the multivariant playlist, which names the media playlist by its key",
	 .query = &ts_shape_hls_index_query, .gives_type = "application/vnd.apple.mpegurl",
	 NEEDS(WATCH)},
	{TS_GET, "/hls/{room}/{key}/{file}", ts_get_hls_file, TS_ROUTE_CORS | TS_ROUTE_KEYED,
	 "What players of HLS fetch: index.m3u8, live.m3u8 (with blocking reload), segments and "
	 "parts; captions.m3u8 and WebVTT",
	 .query = &ts_shape_hls_query, .gives_type = "*/*"},
	{TS_GET, "/flv/{room}.flv", ts_get_flv, TS_ROUTE_CORS | TS_ROUTE_JOIN,
	 "Watch by HTTP-FLV: the mix, for as long as one reads",
	 .query = &ts_shape_hls_index_query, .gives_type = "video/x-flv",
	 NEEDS(WATCH)},
	{TS_GET, "/flv/{room}/{key}.flv", ts_get_flv_by_key, TS_ROUTE_CORS | TS_ROUTE_KEYED,
	 "Watch by HTTP-FLV, by the stream's key", .gives_type = "video/x-flv"},
	{TS_GET, "/s/{secret}", ts_get_own, TS_ROUTE_CORS | TS_ROUTE_SESSION, "Oneself",
	 GIVES(own)},
	{TS_GET, "/s/{secret}/participants", ts_get_own_participants,
	 TS_ROUTE_CORS | TS_ROUTE_SESSION, "Who else is in the room", GIVES(persons)},
	{TS_GET, "/s/{secret}/events", ts_get_own_events, TS_ROUTE_CORS | TS_ROUTE_SESSION,
	 "What happens in the room, as server-sent events",
	 .gives_type = "text/event-stream"},
	{TS_GET, "/s/{secret}/explain", ts_get_own_explain, TS_ROUTE_CORS | TS_ROUTE_SESSION,
	 "Why one receives what one receives, is shown and heard or not", GIVES(explain)},
	{TS_GET, "/s/{secret}/quality", ts_get_own_quality, TS_ROUTE_CORS | TS_ROUTE_SESSION,
	 "How good one's sound and picture are", GIVES(quality)},
	{TS_GET, "/s/{secret}/messages", ts_get_own_messages, TS_ROUTE_CORS | TS_ROUTE_SESSION,
	 "What was written to all, and to or by oneself", GIVES(messages)},
	{TS_POST, "/s/{secret}/messages", ts_post_own_messages, TS_ROUTE_CORS | TS_ROUTE_SESSION,
	 "Write to all in the room, or to one", TAKES(own_message_new), .gives = 201,
	 GIVES(message)},
	{TS_GET, "/s/{secret}/waiting", ts_get_own_waiting, TS_ROUTE_CORS | TS_ROUTE_SESSION,
	 "Who waits for the host, to hosts", GIVES(waitings)},
	{TS_PATCH, "/s/{secret}/waiting/{id}", ts_patch_own_waiting,
	 TS_ROUTE_CORS | TS_ROUTE_SESSION, "A host lets somebody in", TAKES(waiting),
	 GIVES(waiting)},
	{TS_DELETE, "/s/{secret}/waiting/{id}", ts_delete_own_waiting,
	 TS_ROUTE_CORS | TS_ROUTE_SESSION, "A host refuses somebody who waits", .gives = 204},
	{TS_PATCH, "/s/{secret}", ts_do_patch_session, TS_ROUTE_CORS | TS_ROUTE_SESSION,
	 "Trickle ICE candidates, restart ICE; rename or mute oneself",
	 TAKES(own), .takes_type = "application/trickle-ice-sdpfrag", GIVES(own),
	 .gives_type = "application/trickle-ice-sdpfrag"},
	{TS_DELETE, "/s/{secret}", ts_do_leave, TS_ROUTE_CORS | TS_ROUTE_SESSION, "Leave",
	 .gives = 200},

	{TS_GET, "/v1/rooms", ts_get_rooms, TS_ROUTE_TOKEN | TS_ROUTE_SHARED,
	 "The rooms", GIVES(rooms),
	 NEEDS(MODERATE)},
	{TS_POST, "/v1/rooms", ts_post_rooms, TS_ROUTE_TOKEN | TS_ROUTE_ETAG, "Make a room",
	 TAKES(room), .gives = 201, GIVES(room),
	 NEEDS(MODERATE)},
	{TS_GET, "/v1/rooms/{room}", ts_get_room, TS_ROUTE_TOKEN | TS_ROUTE_ETAG, "One room",
	 GIVES(room),
	 NEEDS(MODERATE)},
	{TS_PUT, "/v1/rooms/{room}", ts_put_room, TS_ROUTE_TOKEN | TS_ROUTE_ETAG | TS_ROUTE_MAKES,
	 "Make or replace a room",
	 TAKES(room), GIVES(room),
	 NEEDS(MODERATE)},
	{TS_PATCH, "/v1/rooms/{room}", ts_patch_room, TS_ROUTE_TOKEN | TS_ROUTE_ETAG,
	 "Change a room", TAKES(room), GIVES(room),
	 NEEDS(MODERATE)},
	{TS_DELETE, "/v1/rooms/{room}", ts_delete_room, TS_ROUTE_TOKEN | TS_ROUTE_ETAG,
	 "Remove a room and all in it", .gives = 204,
	 NEEDS(MODERATE)},
	{TS_GET, "/v1/rooms/{room}/participants", ts_get_participants,
	 TS_ROUTE_TOKEN | TS_ROUTE_ETAG, "Who is in a room",
	 GIVES(participants),
	 NEEDS(MODERATE)},
	{TS_GET, "/v1/rooms/{room}/participants/{id}", ts_get_participant,
	 TS_ROUTE_TOKEN | TS_ROUTE_ETAG, "One participant",
	 GIVES(participant),
	 NEEDS(MODERATE)},
	{TS_PATCH, "/v1/rooms/{room}/participants/{id}", ts_patch_participant,
	 TS_ROUTE_TOKEN | TS_ROUTE_ETAG,
	 "Rename, mute, turn up or down, give a role", TAKES(participant), GIVES(participant),
	 NEEDS(MODERATE)},
	{TS_DELETE, "/v1/rooms/{room}/participants/{id}", ts_delete_participant,
	 TS_ROUTE_TOKEN | TS_ROUTE_ETAG, "Kick a participant",
	 .gives = 204,
	 NEEDS(MODERATE)},
	{TS_GET, "/v1/rooms/{room}/participants/{id}/explain", ts_get_explain, TS_ROUTE_TOKEN,
	 "Why a participant receives what they receive, is shown and heard or not",
	 GIVES(explain),
	 NEEDS(MODERATE)},
	{TS_GET, "/v1/rooms/{room}/participants/{id}/quality", ts_get_quality, TS_ROUTE_TOKEN,
	 "How good a participant's sound and picture are, both ways", GIVES(quality),
	 NEEDS(MODERATE)},
	{TS_POST, "/v1/rooms/{room}/mute", ts_post_mute, TS_ROUTE_TOKEN,
	 "Mute all, or let all be heard again", TAKES(mute_all), .gives = 200, GIVES(muted_all),
	 NEEDS(MODERATE)},
	{TS_GET, "/v1/rooms/{room}/breakouts", ts_get_breakouts, TS_ROUTE_TOKEN,
	 "Who of a room is where", GIVES(breakouts),
	 NEEDS(MODERATE)},
	{TS_POST, "/v1/rooms/{room}/breakouts", ts_post_breakouts, TS_ROUTE_TOKEN,
	 "Spread the people of a room over others, for a time", TAKES(breakouts_start),
	 .gives = 201, GIVES(breakouts),
	 NEEDS(MODERATE)},
	{TS_DELETE, "/v1/rooms/{room}/breakouts", ts_delete_breakouts, TS_ROUTE_TOKEN,
	 "Bring all back", .gives = 200, GIVES(breakouts),
	 NEEDS(MODERATE)},
	{TS_GET, "/v1/rooms/{room}/waiting", ts_get_waiting, TS_ROUTE_TOKEN,
	 "Guests who wait for a host", GIVES(waitings),
	 NEEDS(MODERATE)},
	{TS_PATCH, "/v1/rooms/{room}/waiting/{id}", ts_patch_waiting, TS_ROUTE_TOKEN,
	 "Let one of them in", TAKES(waiting), GIVES(waiting),
	 NEEDS(MODERATE)},
	{TS_DELETE, "/v1/rooms/{room}/waiting/{id}", ts_delete_waiting, TS_ROUTE_TOKEN,
	 "Refuse one of them", .gives = 204,
	 NEEDS(MODERATE)},
	{TS_GET, "/v1/rooms/{room}/presentation", ts_get_presentation, TS_ROUTE_TOKEN,
	 "Who presents", GIVES(presentation),
	 NEEDS(MODERATE)},
	{TS_GET, "/v1/rooms/{room}/layout", ts_get_layout, TS_ROUTE_TOKEN | TS_ROUTE_ETAG,
	 "What the main view shows now",
	 GIVES(layout),
	 NEEDS(MODERATE)},
	{TS_PUT, "/v1/rooms/{room}/layout", ts_put_layout, TS_ROUTE_TOKEN | TS_ROUTE_ETAG,
	 "Choose a layout by name, or give one",
	 .query = &ts_shape_dry_run_query, TAKES(layout_document), GIVES(layout),
	 NEEDS(MODERATE)},
	{TS_PATCH, "/v1/rooms/{room}/layout", ts_patch_layout, TS_ROUTE_TOKEN | TS_ROUTE_ETAG,
	 "Spotlight, pin, order of tiles",
	 TAKES(layout), GIVES(layout),
	 NEEDS(MODERATE)},
	{TS_GET, "/v1/rooms/{room}/audio/matrix", ts_get_matrix, TS_ROUTE_TOKEN | TS_ROUTE_ETAG,
	 "Who hears whom", GIVES(matrix),
	 NEEDS(MODERATE)},
	{TS_PUT, "/v1/rooms/{room}/audio/matrix", ts_put_matrix, TS_ROUTE_TOKEN | TS_ROUTE_ETAG,
	 "Say who hears whom, instead of all that was said", TAKES(matrix), GIVES(matrix),
	 NEEDS(MODERATE)},
	{TS_DELETE, "/v1/rooms/{room}/audio/matrix", ts_delete_matrix,
	 TS_ROUTE_TOKEN | TS_ROUTE_ETAG, "Everybody hears everybody",
	 .gives = 204,
	 NEEDS(MODERATE)},
	{TS_GET, "/v1/rooms/{room}/views", ts_get_views, TS_ROUTE_TOKEN | TS_ROUTE_ETAG,
	 "The views of a room", GIVES(views),
	 NEEDS(MODERATE)},
	{TS_POST, "/v1/rooms/{room}/views", ts_post_views, TS_ROUTE_TOKEN | TS_ROUTE_ETAG,
	 "Make another view, which nobody receives at first unless its `when` says so",
	 TAKES(view), .gives = 201, GIVES(view),
	 NEEDS(MODERATE)},
	{TS_GET, "/v1/rooms/{room}/views/{view}", ts_get_view, TS_ROUTE_TOKEN | TS_ROUTE_ETAG,
	 "One view, and what it shows now", GIVES(view),
	 NEEDS(MODERATE)},
	{TS_PUT, "/v1/rooms/{room}/views/{view}", ts_put_view,
	 TS_ROUTE_TOKEN | TS_ROUTE_ETAG | TS_ROUTE_MAKES, "Make or replace a view", TAKES(view),
	 GIVES(view),
	 NEEDS(MODERATE)},
	{TS_PATCH, "/v1/rooms/{room}/views/{view}", ts_patch_view,
	 TS_ROUTE_TOKEN | TS_ROUTE_ETAG, "Change a view", TAKES(view), GIVES(view),
	 NEEDS(MODERATE)},
	{TS_DELETE, "/v1/rooms/{room}/views/{view}", ts_delete_view,
	 TS_ROUTE_TOKEN | TS_ROUTE_ETAG, "Remove a view: who receives it goes to main",
	 .gives = 204,
	 NEEDS(MODERATE)},
	{TS_GET, "/v1/rooms/{room}/snapshot.jpg", ts_get_snapshot, TS_ROUTE_TOKEN,
	 "A view as mixed now", .query = &ts_shape_snapshot_query,
	 .gives_type = "image/jpeg",
	 NEEDS(MODERATE)},

	{TS_GET, "/v1/rooms/{room}/calls", ts_get_calls, TS_ROUTE_TOKEN,
	 "Calls by SIP, those that ended lately included", GIVES(calls),
	 NEEDS(DIAL)},
	{TS_POST, "/v1/rooms/{room}/calls", ts_post_calls, TS_ROUTE_TOKEN,
	 "Call somebody into the room", TAKES(call), .gives = 202,
	 GIVES(call),
	 NEEDS(DIAL)},
	{TS_GET, "/v1/rooms/{room}/calls/{id}", ts_get_call, TS_ROUTE_TOKEN, "One call",
	 GIVES(call),
	 NEEDS(DIAL)},
	{TS_DELETE, "/v1/rooms/{room}/calls/{id}", ts_delete_call, TS_ROUTE_TOKEN, "Hang up",
	 .gives = 204,
	 NEEDS(DIAL)},
	{TS_POST, "/v1/rooms/{room}/calls/{id}/transfer", ts_post_call_transfer, TS_ROUTE_TOKEN,
	 "Have the other side call somebody else and leave (REFER)", TAKES(transfer), .gives = 202,
	 GIVES(transfer),
	 NEEDS(DIAL)},
	{TS_GET, "/v1/rooms/{room}/calls/{id}/ladder", ts_get_call_trace, TS_ROUTE_TOKEN,
	 "The SIP messages of a call, secrets removed",
	 GIVES(trace),
	 NEEDS(DIAL)},

	{TS_GET, "/v1/calls", ts_get_all_calls, TS_ROUTE_TOKEN,
	 "Calls of all rooms and of none: who is asked for a PIN; those that ended lately included",
	 GIVES(calls),
	 NEEDS(DIAL)},
	{TS_GET, "/v1/calls/{id}", ts_get_any_call, TS_ROUTE_TOKEN, "One call", GIVES(call),
	 NEEDS(DIAL)},
	{TS_DELETE, "/v1/calls/{id}", ts_delete_any_call, TS_ROUTE_TOKEN, "Hang up",
	 .gives = 204,
	 NEEDS(DIAL)},
	{TS_GET, "/v1/calls/{id}/trace", ts_get_any_call_trace, TS_ROUTE_TOKEN,
	 "The SIP messages of a call, secrets removed", GIVES(trace),
	 NEEDS(DIAL)},
	{TS_POST, "/v1/calls/{id}/transfer", ts_post_any_call_transfer, TS_ROUTE_TOKEN,
	 "Have the other side call somebody else and leave (REFER)", TAKES(transfer), .gives = 202,
	 GIVES(transfer),
	 NEEDS(DIAL)},

	{TS_GET, "/v1/sip/trunks", ts_get_trunks, TS_ROUTE_TOKEN, "The SIP trunks",
	 GIVES(trunks),
	 NEEDS(ADMIN)},
	{TS_POST, "/v1/sip/trunks", ts_post_trunks, TS_ROUTE_TOKEN, "Make a trunk, and register",
	 TAKES(trunk), .gives = 201, GIVES(trunk),
	 NEEDS(ADMIN)},
	{TS_GET, "/v1/sip/trunks/{id}", ts_get_trunk, TS_ROUTE_TOKEN, "One trunk", GIVES(trunk),
	 NEEDS(ADMIN)},
	{TS_PATCH, "/v1/sip/trunks/{id}", ts_patch_trunk, TS_ROUTE_TOKEN,
	 "Change a trunk, and register anew", TAKES(trunk), GIVES(trunk),
	 NEEDS(ADMIN)},
	{TS_DELETE, "/v1/sip/trunks/{id}", ts_delete_trunk, TS_ROUTE_TOKEN,
	 "Unregister and remove a trunk", .gives = 204,
	 NEEDS(ADMIN)},
	{TS_GET, "/v1/sip/registrations", ts_get_registrations, TS_ROUTE_TOKEN,
	 "The phones that are registered here", GIVES(registrations),
	 NEEDS(ADMIN)},

	{TS_GET, "/v1/rooms/{room}/messages", ts_get_messages, TS_ROUTE_TOKEN,
	 "What was written in a room", GIVES(messages),
	 NEEDS(MODERATE)},
	{TS_POST, "/v1/rooms/{room}/messages", ts_post_messages, TS_ROUTE_TOKEN,
	 "Write to all in a room, or to one", TAKES(message_new), .gives = 201, GIVES(message),
	 NEEDS(MODERATE)},
	{TS_GET, "/v1/rooms/{room}/captions", ts_get_captions, TS_ROUTE_TOKEN,
	 "What was said in a room, as captions", GIVES(captions),
	 .scope = TS_SCOPE_MODERATE | TS_SCOPE_CAPTION},
	{TS_POST, "/v1/rooms/{room}/captions", ts_post_captions, TS_ROUTE_TOKEN,
	 "Write what a participant says", TAKES(caption_new), .gives = 201, GIVES(caption),
	 .scope = TS_SCOPE_MODERATE | TS_SCOPE_CAPTION},
	{TS_GET, "/v1/rooms/{room}/announcements", ts_get_announcements, TS_ROUTE_TOKEN,
	 "What is being played into a room", GIVES(announcements),
	 NEEDS(MODERATE)},
	{TS_POST, "/v1/rooms/{room}/announcements", ts_post_announcements, TS_ROUTE_TOKEN,
	 "Play a sound to all in the room, or to one of them", TAKES(announcement_start),
	 .gives = 201, GIVES(announcement),
	 NEEDS(MODERATE)},
	{TS_GET, "/v1/rooms/{room}/announcements/{id}", ts_get_announcement, TS_ROUTE_TOKEN,
	 "One announcement", GIVES(announcement),
	 NEEDS(MODERATE)},
	{TS_DELETE, "/v1/rooms/{room}/announcements/{id}", ts_delete_announcement,
	 TS_ROUTE_TOKEN, "Stop it: it fades out", .gives = 204,
	 NEEDS(MODERATE)},
	{TS_GET, "/v1/rooms/{room}/recordings", ts_get_recordings, TS_ROUTE_TOKEN,
	 "Recordings of a room, also of one that is gone", GIVES(recordings),
	 NEEDS(RECORD)},
	{TS_POST, "/v1/rooms/{room}/recordings", ts_post_recordings, TS_ROUTE_TOKEN,
	 "Record what the room sees and hears", TAKES(recording_start), .gives = 201,
	 GIVES(recording),
	 NEEDS(RECORD)},
	{TS_GET, "/v1/rooms/{room}/recordings/{id}", ts_get_recording, TS_ROUTE_TOKEN,
	 "One recording", GIVES(recording),
	 NEEDS(RECORD)},
	{TS_PATCH, "/v1/rooms/{room}/recordings/{id}", ts_patch_recording, TS_ROUTE_TOKEN,
	 "Pause a recording, or resume it", TAKES(recording_change), GIVES(recording),
	 NEEDS(RECORD)},
	{TS_DELETE, "/v1/rooms/{room}/recordings/{id}", ts_delete_recording, TS_ROUTE_TOKEN,
	 "Stop a recording, or remove it with its files",
	 .query = &ts_shape_recording_delete_query, .gives = 204,
	 NEEDS(RECORD)},
	{TS_GET, "/v1/rooms/{room}/recordings/{id}/file", ts_get_recording_file, TS_ROUTE_TOKEN,
	 "The file of a recording, or one of its parts; with Range and ETag",
	 .query = &ts_shape_recording_file_query, .gives_type = "*/*",
	 NEEDS(RECORD)},
	{TS_GET, "/v1/rooms/{room}/recordings/{id}/tracks/{number}", ts_get_recording_track,
	 TS_ROUTE_TOKEN, "A participant's own stream of a recording; with Range and ETag",
	 .gives_type = "video/x-matroska",
	 NEEDS(RECORD)},
	{TS_GET, "/v1/rooms/{room}/recordings/{id}/captions.vtt", ts_get_recording_captions,
	 TS_ROUTE_TOKEN, "What was said in a recording, as WebVTT; with Range and ETag",
	 .gives_type = "text/vtt",
	 NEEDS(RECORD)},
	{TS_GET, "/v1/rooms/{room}/recordings/{id}/sidecar", ts_get_recording_sidecar,
	 TS_ROUTE_TOKEN, "Who was in a recording, who spoke, what was shown, by time",
	 GIVES(recording_sidecar),
	 NEEDS(RECORD)},

	{TS_GET, "/v1/rooms/{room}/outputs", ts_get_outputs, TS_ROUTE_TOKEN,
	 "Where a room is streamed to, what ended included", GIVES(outputs),
	 NEEDS(STREAM)},
	{TS_POST, "/v1/rooms/{room}/outputs", ts_post_outputs, TS_ROUTE_TOKEN,
	 "Stream what the room sees and hears", TAKES(output_start), .gives = 201,
	 GIVES(output),
	 NEEDS(STREAM)},
	{TS_GET, "/v1/rooms/{room}/outputs/{id}", ts_get_output, TS_ROUTE_TOKEN, "One output",
	 GIVES(output),
	 NEEDS(STREAM)},
	{TS_DELETE, "/v1/rooms/{room}/outputs/{id}", ts_delete_output, TS_ROUTE_TOKEN,
	 "Stop an output, and forget it", .gives = 204,
	 NEEDS(STREAM)},
	{TS_GET, "/v1/rooms/{room}/media", ts_get_media, TS_ROUTE_TOKEN | TS_ROUTE_SOCKET,
	 "A WebSocket for a program that hears the room and speaks in it", .gives = 101,
	 .query = &ts_shape_media_query,
	 NEEDS(JOIN)},
	{TS_GET, "/v1/rooms/{room}/inputs", ts_get_inputs, TS_ROUTE_TOKEN,
	 "What was brought into a room, what ended lately included", GIVES(inputs),
	 NEEDS(STREAM)},
	{TS_POST, "/v1/rooms/{room}/inputs", ts_post_inputs, TS_ROUTE_TOKEN,
	 "Bring a file, a camera of the network or a stream into the room", TAKES(input_start),
	 .gives = 201, GIVES(input),
	 NEEDS(STREAM)},
	{TS_GET, "/v1/rooms/{room}/inputs/{id}", ts_get_input, TS_ROUTE_TOKEN, "One input",
	 GIVES(input),
	 NEEDS(STREAM)},
	{TS_DELETE, "/v1/rooms/{room}/inputs/{id}", ts_delete_input, TS_ROUTE_TOKEN,
	 "Take it out of the room", .gives = 204,
	 NEEDS(STREAM)},

	{TS_GET, "/v1/templates", ts_get_templates, TS_ROUTE_TOKEN | TS_ROUTE_SHARED,
	 "What rooms may be made from", GIVES(templates),
	 NEEDS(MODERATE)},
	{TS_GET, "/v1/images", ts_get_images, TS_ROUTE_TOKEN | TS_ROUTE_SHARED,
	 "The images that rooms can show", GIVES(images),
	 NEEDS(MODERATE)},
	{TS_POST, "/v1/images", ts_post_images, TS_ROUTE_TOKEN | TS_ROUTE_IMAGE,
	 "Upload an image: PNG, JPEG or WebP", .query = &ts_shape_image_query,
	 .takes_type = "image/*", .gives = 201, GIVES(image),
	 NEEDS(ADMIN)},
	{TS_GET, "/v1/images/{name}", ts_get_image,
	 TS_ROUTE_TOKEN | TS_ROUTE_SHARED | TS_ROUTE_ETAG,
	 "One image, as it is kept", .gives_type = "image/png",
	 NEEDS(MODERATE)},
	{TS_PUT, "/v1/images/{name}", ts_put_image,
	 TS_ROUTE_TOKEN | TS_ROUTE_MAKES | TS_ROUTE_IMAGE | TS_ROUTE_ETAG,
	 "Upload an image, in the place of one of that name", .takes_type = "image/*",
	 GIVES(image),
	 NEEDS(ADMIN)},
	{TS_DELETE, "/v1/images/{name}", ts_delete_image, TS_ROUTE_TOKEN | TS_ROUTE_ETAG,
	 "Remove an image: rooms that show it go on without it", .gives = 204,
	 NEEDS(ADMIN)},
	{TS_GET, "/v1/layouts", ts_get_layouts, TS_ROUTE_TOKEN | TS_ROUTE_SHARED,
	 "The layouts that have a name",
	 GIVES(layouts),
	 NEEDS(MODERATE)},
	{TS_GET, "/v1/layouts/{name}", ts_get_named_layout,
	 TS_ROUTE_TOKEN | TS_ROUTE_SHARED | TS_ROUTE_ETAG,
	 "One layout", GIVES(layout_document),
	 NEEDS(MODERATE)},
	{TS_PUT, "/v1/layouts/{name}", ts_put_named_layout,
	 TS_ROUTE_TOKEN | TS_ROUTE_ETAG | TS_ROUTE_MAKES,
	 "Store a layout; rooms that show one of that name go on as they are",
	 .query = &ts_shape_dry_run_query,
	 TAKES(layout_document), GIVES(layout_document),
	 NEEDS(ADMIN)},
	{TS_DELETE, "/v1/layouts/{name}", ts_delete_named_layout, TS_ROUTE_TOKEN | TS_ROUTE_ETAG,
	 "Remove a stored layout", .gives = 204,
	 NEEDS(ADMIN)},
	{TS_GET, "/v1/layouts/{name}/preview.svg", ts_get_layout_svg,
	 TS_ROUTE_TOKEN | TS_ROUTE_SHARED,
	 "A drawing of a layout",
	 .query = &ts_shape_preview_query, .gives_type = "image/svg+xml",
	 NEEDS(MODERATE)},
	{TS_GET, "/v1/layouts/{name}/preview.png", ts_get_layout_png,
	 TS_ROUTE_TOKEN | TS_ROUTE_SHARED,
	 "A layout as the compositor draws it",
	 .query = &ts_shape_picture_query, .gives_type = "image/png",
	 NEEDS(MODERATE)},
	{TS_POST, "/v1/layouts/{name}/preview.png", ts_post_layout_png,
	 TS_ROUTE_TOKEN | TS_ROUTE_SHARED,
	 "A layout that is not stored, as the compositor draws it",
	 .query = &ts_shape_picture_query, TAKES(layout_document), .gives = 200,
	 .gives_type = "image/png",
	 NEEDS(MODERATE)},

	{TS_GET, "/v1/events", ts_get_events, TS_ROUTE_TOKEN | TS_ROUTE_SHARED,
	 "What happens, as server-sent events",
	 .query = &ts_shape_events_query, .gives_type = "text/event-stream",
	 NEEDS(MODERATE)},

	{TS_GET, "/v1/keys", ts_get_keys, TS_ROUTE_TOKEN,
	 "The API keys, without their secrets", GIVES(api_keys), NEEDS(ADMIN)},
	{TS_POST, "/v1/keys", ts_post_keys, TS_ROUTE_TOKEN,
	 "Make an API key; its secret is in this answer alone", TAKES(api_key), .gives = 201,
	 GIVES(new_api_key), NEEDS(ADMIN)},
	{TS_DELETE, "/v1/keys/{key}", ts_delete_key, TS_ROUTE_TOKEN,
	 "Remove an API key: from then on it opens nothing", .gives = 204, NEEDS(ADMIN)},
	{TS_POST, "/v1/tokens", ts_post_tokens, TS_ROUTE_TOKEN,
	 "Make a JWT for somebody, where identity.signing_key is configured", TAKES(token),
	 .gives = 201, GIVES(new_token), NEEDS(ADMIN)},

	{TS_GET, "/v1/stats", ts_get_stats, TS_ROUTE_TOKEN,
	 "What has been going on, since the start and by the hour", GIVES(stats),
	 NEEDS(METRICS)},
	{TS_GET, "/v1/rooms/{room}/stats", ts_get_room_stats, TS_ROUTE_TOKEN,
	 "The same of a room, also of one that is gone, for a while", GIVES(room_stats),
	 NEEDS(MODERATE)},

	{TS_GET, "/v1/node", ts_get_node, TS_ROUTE_TOKEN, "What the server is doing", GIVES(node),
	 NEEDS(ADMIN)},
	{TS_POST, "/v1/node/drain", ts_post_drain, TS_ROUTE_TOKEN,
	 "End when nobody is left: no new rooms from now on, those that run go on",
	 TAKES(drain), .gives = 202, GIVES(node),
	 NEEDS(ADMIN)},
	{TS_DELETE, "/v1/node/drain", ts_delete_drain, TS_ROUTE_TOKEN,
	 "Go on as if it had not been asked to end", .gives = 204,
	 NEEDS(ADMIN)},

	{TS_GET, "/v1/webhooks", ts_get_webhooks, TS_ROUTE_TOKEN, "Who is sent events",
	 GIVES(webhooks),
	 NEEDS(ADMIN)},
	{TS_POST, "/v1/webhooks", ts_post_webhooks, TS_ROUTE_TOKEN,
	 "Have events sent to a URL, signed", TAKES(webhook), .gives = 201, GIVES(webhook),
	 NEEDS(ADMIN)},
	{TS_GET, "/v1/webhooks/{id}", ts_get_webhook, TS_ROUTE_TOKEN,
	 "One webhook, and how it goes", GIVES(webhook),
	 NEEDS(ADMIN)},
	{TS_PATCH, "/v1/webhooks/{id}", ts_patch_webhook, TS_ROUTE_TOKEN,
	 "Change a webhook; one that waits tries again at once", TAKES(webhook), GIVES(webhook),
	 NEEDS(ADMIN)},
	{TS_DELETE, "/v1/webhooks/{id}", ts_delete_webhook, TS_ROUTE_TOKEN,
	 "Remove a webhook, with what is queued for it", .gives = 204,
	 NEEDS(ADMIN)},
	{TS_POST, "/v1/webhooks/{id}/test", ts_post_webhook_test, TS_ROUTE_TOKEN,
	 "Send it an event webhook.test now, and tell what it answers", .gives = 200,
	 GIVES(webhook_test),
	 NEEDS(ADMIN)},
	{TS_GET, "/v1/webhooks/{id}/dead-letters", ts_get_dead_letters, TS_ROUTE_TOKEN,
	 "Batches of events that were given up", GIVES(dead_letters),
	 NEEDS(ADMIN)},
	{TS_DELETE, "/v1/webhooks/{id}/dead-letters", ts_delete_dead_letters, TS_ROUTE_TOKEN,
	 "Forget them", .gives = 204,
	 NEEDS(ADMIN)},
	{TS_POST, "/v1/webhooks/{id}/redeliver", ts_post_redeliver, TS_ROUTE_TOKEN,
	 "Put the dead letters at the end of the queue", .gives = 202, GIVES(webhook),
	 NEEDS(ADMIN)},

	{TS_GET, "/v1/openapi.json", get_openapi, 0, "This document", GIVES(openapi)},
	{TS_GET, "/metrics", ts_get_metrics, TS_ROUTE_TOKEN, "Counters for Prometheus",
	 .gives_type = "text/plain",
	 NEEDS(METRICS)},
	{TS_GET, "/healthz", ts_get_health, 0, "Is the server alive", GIVES(health)},
	{TS_GET, "/readyz", ts_get_ready, 0, "Does it take people", GIVES(health)},

	{TS_GET, "/sip", ts_get_sip, TS_ROUTE_SOCKET,
	 "SIP over WebSocket (RFC 7118)", .gives = 101, .gives_type = "*/*"},
	{TS_GET, "/", ts_get_index, TS_ROUTE_PAGE, "The join page", .gives_type = "text/html"},
	{TS_GET, "/watch/{room}", ts_get_watch, TS_ROUTE_PAGE,
	 "A page that plays a room's HLS", .gives_type = "text/html"},
	{TS_GET, "/admin", ts_get_admin, TS_ROUTE_PAGE, "The page for operators and moderators",
	 .gives_type = "text/html"},
	{TS_GET, "/client.js", ts_get_client, TS_ROUTE_PAGE,
	 "A JavaScript module to join, watch and control", .gives_type = "text/javascript"},
	{TS_GET, "/web/admin/{file}", ts_get_admin_file, TS_ROUTE_PAGE,
	 "What the page /admin is made of", .gives_type = "*/*"},
	{TS_GET, "/web/{file}", ts_get_file, TS_ROUTE_PAGE, "What the page is made of",
	 .gives_type = "*/*"},
};
/* clang-format on */
const size_t ts_n_routes = sizeof(ts_routes) / sizeof(ts_routes[0]);

/* ---- pages of other origins */

/* What is known of a request before anything is answered. */
struct visit {
	struct ts_route_match match;
	enum ts_origin origin;
	struct ts_member *member; /* of /s/{secret}; NULL: there is none, or it is another path */
	bool asks;                /* joining this room asks for a PIN or token, or one was given */
};

static bool is_bad_origin(enum ts_origin origin)
{
	return origin == TS_ORIGIN_FOREIGN || origin == TS_ORIGIN_BENT;
}

/* May a page of another origin read the answers? Of joining, where it is named or must know a
 * secret; of a session, whose address is one; of the API only where a token is needed: on localhost
 * without one every page that somebody looks at could. */
static bool open_to_pages(const struct ts_api *api, const struct visit *visit)
{
	unsigned flags = visit->match.flags;
	if (flags & TS_ROUTE_TOKEN) return ts_admission_asks(api->admission);
	if (!(flags & TS_ROUTE_CORS)) return false;
	/* a credential is a secret as well, and the question before it (preflight) has none */
	if (flags & TS_ROUTE_JOIN && ts_admission_asks(api->admission)) return true;
	if (flags & TS_ROUTE_KEYED) return true;
	return visit->origin == TS_ORIGIN_NAMED || visit->asks || visit->member;
}

static void add_cors_headers(
	const struct ts_api *api, struct ts_request *request, const struct visit *visit)
{
	const char *origin = ts_request_header(request, "Origin");
	if (!(visit->match.flags & (TS_ROUTE_CORS | TS_ROUTE_TOKEN))) return;
	ts_request_add_header(request, "Vary", "Origin");
	if (!origin || !open_to_pages(api, visit)) return;
	ts_request_add_header(request, "Access-Control-Allow-Origin", "*");
	ts_request_add_header(
		request, "Access-Control-Expose-Headers", "Location, ETag, Link, Retry-After");
}

static bool is_contributor(const struct ts_member *member)
{
	struct ts_participant_info info;
	ts_participant_info(member->participant, &info);
	return info.kind == TS_KIND_WHIP;
}

/* RFC 9725 4.2 keeps GET on the URL of a WHIP session for later versions: 405. What stands below it
 * is ours. */
static void reserve_get(struct ts_route_match *match)
{
	if (!(match->methods & TS_DELETE)) return;
	match->methods &= ~(unsigned)TS_GET;
	if (match->route && match->route->method == TS_GET) match->route = NULL;
}

/* RFC 6797. Under localhost it would bind whatever else runs there. */
static void add_hsts(const struct ts_api *api, struct ts_request *request)
{
	const char *host = ts_request_header(request, "Host");
	if (!api->config->http.hsts || !ts_request_is_tls(request) || !host) return;
	if (!g_ascii_strncasecmp(host, "localhost", 9) && (!host[9] || host[9] == ':')) return;
	ts_request_add_header(request, "Strict-Transport-Security", "max-age=2592000");
}

static void look(struct visit *visit, struct ts_api *api, struct ts_request *request)
{
	const struct ts_origin_words words = {
		.origin = ts_request_header(request, "Origin"),
		.host = ts_request_header(request, "Host"),
		.fetch_site = ts_request_header(request, "Sec-Fetch-Site"),
		.tls = ts_request_is_tls(request),
	};
	struct ts_route_match *match = &visit->match;
	*visit = (struct visit){.asks = false};
	ts_route_find(match, ts_routes, ts_n_routes, ts_request_method(request),
		ts_request_path(request));
	visit->origin = ts_origin_judge(api->config, &words);
	if (match->flags & TS_ROUTE_SESSION)
		visit->member = ts_registry_session(api->registry, match->param[0]);
	if (visit->member && is_contributor(visit->member)) reserve_get(match);
	if (match->flags & TS_ROUTE_JOIN) {
		const struct ts_room *room = ts_registry_find(api->registry, match->param[0]);
		struct ts_asked asked;
		ts_admit_ask(&asked, api->config, room ? ts_room_config(room) : NULL);
		visit->asks = asked.asks || ts_admission_has_credential(api->admission, request);
	}
}

/* A preflight names the methods and headers that another origin's page may use. */
static void answer_options(
	struct ts_api *api, struct ts_request *request, const struct visit *visit)
{
	char allow[80];
	ts_route_allow(allow, sizeof(allow), visit->match.methods);
	ts_reply(request, 204, NULL, "", 0, TS_BODY_STATIC);
	ts_reply_header(request, "Allow", allow);
	if (visit->match.flags & TS_ROUTE_JOIN && visit->match.methods & TS_POST)
		ts_reply_header(request, "Accept-Post", "application/sdp");
	if (ts_request_header(request, "Origin") && open_to_pages(api, visit)) {
		ts_reply_header(request, "Access-Control-Allow-Methods", allow);
		ts_reply_header(request, "Access-Control-Allow-Headers",
			"Authorization, Content-Type, If-Match, If-None-Match, Last-Event-ID, "
			"Tessera-Session");
		ts_reply_header(request, "Access-Control-Max-Age", "600");
	}
	ts_reply_send(request);
}

/* ---- refusals before a handler; true: answered */

static void refuse_method(struct ts_request *request, const struct ts_route_match *match)
{
	char allow[80];
	ts_route_allow(allow, sizeof(allow), match->methods);
	ts_problem_make(request, 405, NULL, NULL, "%s is not possible here; allowed: %s",
		ts_request_method(request), allow);
	ts_reply_header(request, "Allow", allow);
	ts_reply_send(request);
}

static void refuse_for(
	struct ts_request *request, int64_t wait_ns, const char *type, const char *detail)
{
	char seconds[24];
	g_snprintf(seconds, sizeof(seconds), "%lld", (long long)(wait_ns / TS_NS_PER_S + 1));
	ts_problem_make(request, 429, type, NULL, "%s", detail);
	ts_reply_header(request, "Retry-After", seconds);
	ts_reply_send(request);
}

/* A socket of the API is a program that joins; that of SIP counts its calls itself. */
static bool makes_participants(const struct ts_route *route)
{
	const unsigned program = TS_ROUTE_TOKEN | TS_ROUTE_SOCKET;
	return route->flags & TS_ROUTE_JOIN || (route->flags & program) == program;
}

static bool too_many_joins(struct ts_api *api, struct ts_request *request)
{
	int64_t wait_ns = api->joins
		? ts_throttle_take(api->joins, ts_request_address(request), ts_now_ns())
		: 0;
	if (!wait_ns) return false;
	ts_count(TS_C_JOINS_REFUSED);
	ts_stats_refused(api->stats, "", "too-many-joins");
	refuse_for(request, wait_ns, "too-many-joins", "too many joins from this address");
	return true;
}

/* What a participant does under their own address must not keep others from being served. */
static bool too_many_by(struct ts_member *member, struct ts_request *request, enum ts_method method)
{
	static const struct ts_throttle_config reads = {.period_ns = TS_NS_PER_S / 20,
						       .burst = 100},
					       writes = {.period_ns = TS_NS_PER_S / 5, .burst = 50};
	if (method == TS_DELETE) return false;
	int64_t wait_ns = method == TS_GET ? ts_bucket_take(&member->reads, &reads, ts_now_ns())
					   : ts_bucket_take(&member->writes, &writes, ts_now_ns());
	if (!wait_ns) return false;
	ts_count(TS_C_SESSION_THROTTLED);
	refuse_for(request, wait_ns, "too-many-requests", "too many requests of this session");
	return true;
}

static bool refuse_session(
	struct ts_api *api, struct ts_request *request, const struct visit *visit)
{
	if (!(visit->match.flags & TS_ROUTE_SESSION)) return false;
	if (visit->member)
		return visit->match.route &&
			too_many_by(visit->member, request, visit->match.route->method);
	if (ts_admission_no_session(api->admission, request))
		ts_problem(request, 404, "no-such-session", NULL,
			"there is no such session; it may have ended");
	return true;
}

static bool refuse_page(struct ts_api *api, struct ts_request *request, const struct visit *visit)
{
	/* a credential that stands in the request is no page's of somebody who looks at it */
	const bool asks = visit->asks ||
		(visit->match.flags & TS_ROUTE_TOKEN && ts_admission_asks(api->admission));
	if (!(visit->match.flags & (TS_ROUTE_JOIN | TS_ROUTE_SOCKET)) || asks ||
		!is_bad_origin(visit->origin))
		return false;
	ts_count(TS_C_JOINS_REFUSED);
	ts_stats_refused(api->stats, "", visit->origin == TS_ORIGIN_BENT ? "host" : "origin");
	ts_admission_no_token(api->admission, request);
	if (visit->origin == TS_ORIGIN_BENT)
		ts_problem(request, 421, "host", NULL,
			"pages may join under an address, localhost and the names in "
			"http.public_url and http.allowed_origins alone");
	else
		ts_problem(request, 403, "origin", NULL,
			"pages of another origin may join only where http.allowed_origins names "
			"it, or where a PIN or token is asked for");
	return true;
}

static bool refuse_host(struct ts_api *api, struct ts_request *request)
{
	if (ts_admission_asks(api->admission) ||
		ts_guard_host_ok(api->config, ts_request_header(request, "Host")))
		return false;
	ts_problem(request, 421, "host", NULL,
		"without an API token the API answers to addresses, localhost and the name in "
		"http.public_url alone");
	return true;
}

/* The same answer whether there is such a room or not. */
static bool refuse_room(struct ts_request *request, const struct visit *visit)
{
	const struct ts_caller *caller = ts_request_caller(request);
	const struct ts_route *route = visit->match.route;
	const char *room = ts_route_is_of_room(route) ? visit->match.param[0] : "";
	if (route->flags & TS_ROUTE_SHARED || ts_caller_has_room(caller, room)) return false;
	ts_count(TS_C_CREDENTIALS_ROOM);
	ts_problem(request, 403, "other-room", NULL, "%s",
		*room ? "this token is for other rooms"
		      : "this token is for some rooms, and this is of the whole server");
	return true;
}

static bool refuse_scope(struct ts_request *request, const struct ts_route *route)
{
	if (ts_scope_allows(ts_request_caller(request)->scopes, route->scope)) return false;
	ts_refuse_scope(request, route->scope ? route->scope : TS_SCOPE_ALL, NULL);
	return true;
}

/* Of the API, and of joins by a credential. Who calls is known from then on, and written down with
 * what became of it. */
static bool refuse_caller(struct ts_api *api, struct ts_request *request, const struct visit *visit)
{
	const struct ts_route *route = visit->match.route;
	const bool joins = route->flags & TS_ROUTE_JOIN;
	if (!joins && !(route->flags & TS_ROUTE_TOKEN)) return false;
	if (joins) {
		if (!ts_admission_vouch(api->admission, request)) return true;
	} else if (refuse_host(api, request) ||
		!(route->flags & TS_ROUTE_SOCKET ? ts_admission_api_socket(api->admission, request)
						 : ts_admission_api(api->admission, request))) {
		return true;
	}
	if (!ts_request_caller(request)) return false; /* one who joins as anybody does */
	ts_audit(request, route, ts_route_is_of_room(route) ? visit->match.param[0] : "");
	return refuse_scope(request, route) || refuse_room(request, visit);
}

/* One that a body of the usual size may not be enough for. */
static bool may_be_large(const struct ts_request *request)
{
	const char *length = ts_request_header(request, "Content-Length");
	return ts_request_header(request, "Transfer-Encoding") ||
		(length && g_ascii_strtoull(length, NULL, 10) > TS_BODY_MAX_BYTES);
}

size_t ts_api_body_max(void *arg, const struct ts_request *request)
{
	const struct ts_api *api = arg;
	struct ts_route_match match;
	ts_route_find(&match, ts_routes, ts_n_routes, ts_request_method(request),
		ts_request_path(request));
	if (!match.route || !(match.route->flags & TS_ROUTE_IMAGE) || !may_be_large(request))
		return TS_BODY_MAX_BYTES;
	const bool may = (ts_admission_asks(api->admission) ||
				 ts_guard_host_ok(
					 api->config, ts_request_header(request, "Host"))) &&
		ts_admission_api_would(api->admission, request, match.route->scope);
	/* who may not is refused now, and counted: how much is read must tell nobody anything */
	return may ? (size_t)api->config->images.max_upload_kb * 1024 : 0;
}

/* Of a body that is larger than one may be, or than one may be at the moment. */
static bool refuse_size(struct ts_request *request)
{
	if (ts_request_is_crowded(request)) {
		ts_problem_make(request, 503, "too-many-uploads", NULL, "too many images come");
		ts_reply_header(request, "Retry-After", "1");
		ts_reply_send(request);
		return true;
	}
	if (!ts_request_too_large(request)) return false;
	ts_problem(request, 413, NULL, NULL, "the body is larger than this server takes");
	return true;
}

void ts_api_handle(void *arg, struct ts_request *request)
{
	struct ts_api *api = arg;
	struct visit visit;
	look(&visit, api, request);
	/* the pattern, not the path: that may hold the secret of a session */
	ts_debug("http request", "client=%s method=%s route=%s", ts_request_address(request),
		TS_LOG_STR(ts_request_method(request)),
		visit.match.route ? visit.match.route->path : "none");
	add_cors_headers(api, request, &visit);
	add_hsts(api, request);

	if (!visit.match.methods) {
		ts_problem(request, 404, NULL, NULL, "there is nothing at this path");
	} else if (refuse_session(api, request, &visit)) {
		return;
	} else if (!strcmp(ts_request_method(request), "OPTIONS")) {
		answer_options(api, request, &visit);
	} else if (!visit.match.route) {
		refuse_method(request, &visit.match);
	} else if (refuse_page(api, request, &visit) || refuse_caller(api, request, &visit)) {
		return;
	} else if (makes_participants(visit.match.route) && too_many_joins(api, request)) {
		return;
	} else if (!refuse_size(request)) {
		const char *param[TS_ROUTE_PARAMS];
		for (size_t i = 0; i < TS_ROUTE_PARAMS; i++) param[i] = visit.match.param[i];
		visit.match.route->handler(api, request, param);
	}
}

static void get_openapi(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_openapi document = {
		ts_routes, ts_n_routes, &ts_shape_problem, api->config->http.public_url};
	(void)param;
	ts_reply_json(request, ts_openapi_json(&document), NULL);
}
