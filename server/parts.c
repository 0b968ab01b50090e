/* parts - what control is made of: each part is given those that it stands on, and goes before
 * them. */
#include "base/clock.h"
#include "base/error.h"
#include "control/announcements/automatic.h"
#include "control/api/announcements.h"
#include "control/api/breakouts.h"
#include "control/api/calls.h"
#include "control/api/health.h"
#include "control/api/images.h"
#include "control/api/inputs.h"
#include "control/api/keypad.h"
#include "control/api/node.h"
#include "control/api/outputs.h"
#include "control/api/recordings.h"
#include "control/api/stats.h"
#include "control/api/templates.h"
#include "control/api/texts.h"
#include "control/api/trunks.h"
#include "control/api/webhooks.h"
#include "control/calls/call.h"
#include "control/cdr/cdr.h"
#include "control/events/events.h"
#include "control/flv/streams.h"
#include "control/hls/streams.h"
#include "control/identity/identity.h"
#include "control/images/images.h"
#include "control/ingest/ingest.h"
#include "control/inputs/inputs.h"
#include "control/ivr/ivr.h"
#include "control/ivr/waiting.h"
#include "control/keypad/keypad.h"
#include "control/machines/machines.h"
#include "control/meetings/breakouts.h"
#include "control/meetings/meetings.h"
#include "control/outputs/outlets.h"
#include "control/recordings/recordings.h"
#include "control/rooms/admission.h"
#include "control/rooms/drain.h"
#include "control/rooms/layout_store.h"
#include "control/rooms/registry.h"
#include "control/rooms/throttle.h"
#include "control/stats/stats.h"
#include "control/text/screen.h"
#include "control/webhooks/webhooks.h"
#include "mixer/room/engine.h"
#include "mixer/view/gallery.h"
#include "server/server.h"
#include "transport/transport.h"

enum {
	HOST_GRACE_S = 60,
	FLOOR_DB = -18,
	ADDRESSES_MAX = 16384, /* that the limit of joins remembers */
};

_Static_assert((int)TS_OVERLOAD_LEVEL_MAX == (int)TS_OVERLOAD_COUNT - 1,
	"overload.max_level is of mixer/overload/overload.h");

static void start_announcements(struct ts_server *server)
{
	ts_announcements_create(&server->api.announcements, server->engine.control,
		server->registry, &server->config);
	ts_announcement_events(&server->api);
	ts_automatic_create(&server->automatic, server->registry, server->api.announcements);
}

static void start_texts(struct ts_server *server)
{
	ts_texts_create(&server->api.texts, server->engine.control, server->registry);
	ts_text_events(&server->api);
	ts_screen_create(
		&server->screen, server->engine.control, server->registry, server->api.texts);
}

static void start_keypad(struct ts_server *server)
{
	ts_keypad_create(&server->api.keypad,
		&(struct ts_keypad_config){.loop = server->engine.control,
			.config = &server->config,
			.registry = server->registry,
			.layouts = server->layouts,
			.recordings = server->api.recordings,
			.announcements = server->api.announcements});
	ts_keypad_events(&server->api);
}

static void start_ivr(struct ts_server *server)
{
	ts_waiting_create(&server->api.waiting,
		&(struct ts_waiting_config){.loop = server->engine.control,
			.config = &server->config,
			.registry = server->registry,
			.guesses = ts_admission_guesses(server->admission),
			.keypad = server->api.keypad});
	ts_ivr_create(&server->ivr,
		&(struct ts_ivr_config){.loop = server->engine.control,
			.config = &server->config,
			.registry = server->registry,
			.guesses = ts_admission_guesses(server->admission),
			.keypad = server->api.keypad,
			.waiting = server->api.waiting});
}

static void start_meetings(struct ts_server *server)
{
	ts_meetings_create(&server->meetings, server->engine.control, server->registry,
		server->api.announcements);
	ts_breakouts_create(&server->api.breakouts, server->engine.control, server->registry);
	ts_ending_events(&server->api, server->meetings);
}

static void registry_config(struct ts_registry_config *out, const struct ts_config *config)
{
	static const uint8_t listener_ms[] = {0, 20, 40, 60};
	*out = (struct ts_registry_config){
		.room = {.listener_ms = listener_ms[config->media.listener_ptime],
			.width = config->room.width_px,
			.height = config->room.height_px,
			.fps = config->room.fps,
			.bitrate_kbps = (uint32_t)config->room.bitrate_kbps,
			.transition_ms = config->room.transition_ms,
			.agc = config->room.agc,
			.denoise = config->room.denoise,
			.floor_db = FLOOR_DB,
			.audio_mode = (enum ts_audio_mode)config->room.audio_mode,
			.ladder.preset = (enum ts_ladder_preset)config->room.ladder,
			.host_grace_s = HOST_GRACE_S,
			.max_participants = (size_t)config->room.max_participants,
			.max_watchers = (size_t)config->room.max_watchers,
			.tones = {.join = config->room.join_tone,
				.leave = config->room.leave_tone,
				.alone = config->room.alone_music,
				.recorded = config->room.recorded_tone},
			.content = {.width = config->content.second_stream
					? config->content.height_px * 16 / 9 & ~1
					: 0,
				.height = config->content.height_px,
				.fps = config->content.fps,
				.bitrate_kbps = (uint32_t)config->content.bitrate_kbps}},
		.max_rooms = (size_t)config->limits.max_rooms,
		.half_open = {.max = (size_t)config->limits.half_open_joins,
			.max_per_address = (size_t)config->limits.half_open_joins_per_address},
	};
}

static struct ts_throttle_config joins_config(const struct ts_config *config)
{
	const int a_second = config->limits.joins_per_second;
	return (struct ts_throttle_config){.period_ns = a_second ? TS_NS_PER_S / a_second : 0,
		.burst = 5 * a_second,
		.max_addresses = ADDRESSES_MAX};
}

void ts_server_set_limits(struct ts_server *server)
{
	struct ts_registry_config registry;
	const struct ts_throttle_config joins = joins_config(&server->config);
	registry_config(&registry, &server->config);
	ts_registry_set_limits(server->registry, &registry);
	ts_throttle_set(server->api.joins, &joins);
	server->engine.extras.most = (size_t)server->config.overload.max_personal_views;
}

int ts_server_start_control(struct ts_server *server)
{
	const struct ts_config *config = &server->config;
	struct ts_registry_config registry;
	registry_config(&registry, config);
	ts_load_start(&server->engine, (enum ts_overload_level)config->overload.max_level);
	server->engine.extras.most = (size_t)config->overload.max_personal_views;
	int rc = ts_registry_create(&server->registry, &server->engine, &registry);
	if (rc) return rc;
	struct ts_identity *identity;
	rc = ts_identity_create(&identity, config);
	if (rc) return rc;
	server->admission = ts_admission_new(config);
	ts_admission_trust(server->admission, identity);
	rc = ts_layout_store_create(&server->layouts, config->node.state_dir);
	if (rc) {
		ts_identity_destroy(&identity);
		return rc;
	}
	ts_drain_create(&server->drain, server->engine.control, server->registry);
	server->api = (struct ts_api){.config = config,
		.drain = server->drain,
		.identity = identity,
		.registry = server->registry,
		.fingerprint = ts_nets_fingerprint(server->engine.nets),
		.admission = server->admission,
		.layouts = server->layouts,
		.engine = &server->engine};
	const struct ts_throttle_config joins = joins_config(config);
	server->api.joins = ts_throttle_new(&joins);
	ts_images_create(
		&server->api.images, server->engine.control, server->engine.gallery, config);
	ts_image_rooms(&server->api);
	rc = ts_templates_create(&server->api.templates, config);
	if (!rc) rc = ts_templates_use(&server->api);
	if (!rc) rc = ts_events_create(&server->api.events, server->engine.control, &server->api);
	if (!rc) start_texts(server);
	if (!rc)
		rc = ts_recordings_create(
			&server->api.recordings, server->engine.control, server->registry, config);
	if (!rc) ts_recordings_use_texts(server->api.recordings, server->api.texts);
	if (!rc) ts_recording_events(&server->api);
	if (!rc) start_announcements(server);
	if (!rc)
		rc = ts_hls_create(&server->api.hls, server->engine.control, server->engine.video,
			server->registry, config);
	if (!rc) ts_hls_use_texts(server->api.hls, server->api.texts);
	if (!rc) ts_flv_create(&server->api.flv, server->engine.control, server->registry, config);
	if (!rc)
		rc = ts_outlets_create(&server->api.outlets, server->engine.control,
			server->registry, config,
			&(struct ts_players){server->api.hls, server->api.flv});
	if (!rc) ts_output_events(&server->api);
	if (!rc)
		ts_inputs_create(
			&server->api.inputs, server->engine.control, server->registry, config);
	if (!rc) ts_input_events(&server->api);
	if (!rc)
		ts_machines_create(&server->api.machines,
			&(struct ts_machines_config){.loop = server->engine.control,
				.registry = server->registry,
				.drain = server->drain,
				.config = config});
	if (!rc) start_keypad(server);
	if (!rc) start_ivr(server);
	if (!rc) start_meetings(server);
	if (!rc)
		rc = ts_calls_create(&server->api.calls, server->engine.control, config,
			server->registry, ts_admission_guesses(server->admission),
			ts_nets_fingerprint(server->engine.nets), server->ivr, server->api.waiting);
	if (!rc) ts_calls_use_texts(server->api.calls, server->api.texts);
	if (!rc) ts_call_events(&server->api);
	if (!rc) ts_presentation_events(&server->api);
	if (!rc) ts_trunk_events(&server->api);
	if (!rc) ts_stats_create(&server->api.stats, server->engine.control, server->registry);
	if (!rc)
		rc = ts_cdr_create(&server->cdr,
			&(struct ts_cdr_config){.config = config,
				.registry = server->registry,
				.calls = server->api.calls,
				.stats = server->api.stats,
				.recordings = server->api.recordings,
				.outlets = server->api.outlets});
	if (!rc) ts_meeting_events(&server->api, server->cdr);
	if (!rc) ts_overload_events(&server->api);
	if (!rc) ts_node_events(&server->api);
	if (!rc) rc = ts_webhooks_create(&server->api.webhooks, server->engine.control, config);
	if (!rc) ts_webhook_events(&server->api);
	if (!rc) ts_server_watch_drain(server);
	return rc ? rc : ts_server_start_http(server);
}

int ts_server_start_ingest(struct ts_server *server)
{
	return ts_ingest_create(&server->ingest,
		&(struct ts_ingest_config){.control = server->engine.control,
			.registry = server->registry,
			.inputs = server->api.inputs,
			.guesses = ts_admission_guesses(server->admission),
			.joins = server->api.joins,
			.stats = server->api.stats,
			.config = &server->config});
}

void ts_server_destroy_parts(struct ts_server *server)
{
	ts_ingest_destroy(&server->ingest);
	ts_load_stop(&server->engine);
	ts_throttle_free(server->api.joins);
	ts_cdr_destroy(&server->cdr);
	ts_stats_destroy(&server->api.stats);
	ts_calls_destroy(&server->api.calls);
	ts_webhooks_destroy(&server->api.webhooks);
	ts_events_destroy(&server->api.events);
	ts_ivr_destroy(&server->ivr);
	ts_breakouts_destroy(&server->api.breakouts);
	ts_meetings_destroy(&server->meetings);
	ts_waiting_destroy(&server->api.waiting);
	ts_keypad_destroy(&server->api.keypad);
	ts_automatic_destroy(&server->automatic);
	ts_announcements_destroy(&server->api.announcements);
	ts_recordings_destroy(&server->api.recordings);
	ts_outlets_destroy(&server->api.outlets);
	ts_hls_destroy(&server->api.hls);
	ts_flv_destroy(&server->api.flv);
	ts_machines_destroy(&server->api.machines);
	ts_inputs_destroy(&server->api.inputs);
	ts_screen_destroy(&server->screen);
	ts_texts_destroy(&server->api.texts);
	ts_templates_destroy(&server->api.templates);
	ts_drain_destroy(&server->drain);
	ts_registry_destroy(&server->registry);
	ts_gallery_destroy(&server->engine.gallery);
	ts_images_destroy(&server->api.images);
	ts_layout_store_destroy(&server->layouts);
	ts_admission_free(server->admission);
	ts_identity_destroy(&server->api.identity);
}
