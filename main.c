/* tessera - start and stop order, nothing else.
 *
 *   config -> log -> loop, pools -> net threads -> registry -> SIP -> HTTP
 *       -> [ loop until SIGTERM or SIGINT ] -> stop
 */
#include "base/clock.h"
#include "base/descriptors.h"
#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/notify.h"
#include "base/strand.h"
#include "codec/libav.h"
#include "codec/video.h"
#include "config/config.h"
#include "config/options.h"
#include "control/announcements/automatic.h"
#include "control/api/announcements.h"
#include "control/api/api.h"
#include "control/api/calls.h"
#include "control/api/health.h"
#include "control/api/inputs.h"
#include "control/api/keypad.h"
#include "control/api/libraries.h"
#include "control/api/outputs.h"
#include "control/api/images.h"
#include "control/api/recordings.h"
#include "control/api/trunks.h"
#include "control/calls/call.h"
#include "control/cdr/cdr.h"
#include "control/events/events.h"
#include "control/flv/streams.h"
#include "control/hls/streams.h"
#include "control/http/http.h"
#include "control/ingest/ingest.h"
#include "control/inputs/inputs.h"
#include "control/ivr/ivr.h"
#include "control/ivr/waiting.h"
#include "control/keypad/keypad.h"
#include "control/outputs/outlets.h"
#include "control/images/images.h"
#include "control/recordings/recordings.h"
#include "control/rooms/admission.h"
#include "control/rooms/layout_store.h"
#include "control/rooms/registry.h"
#include "control/rooms/throttle.h"
#include "mixer/room/engine.h"
#include "mixer/view/gallery.h"
#include "mixer/view/painter.h"
#include "transport/transport.h"
#include <gio/gio.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
	HTTP_CONNECTIONS_MAX = 1024,
	HTTP_TIMEOUT_S = 20,
	HTTP_REQUEST_MS = 2 * 1000 *
		/* one kept open for that long still has as long for what comes then */
		HTTP_TIMEOUT_S,
	HOST_GRACE_S = 60,
	ADDRESSES_MAX = 16384, /* that the limit of joins remembers */
	/* where permitted; audio asks for more (SCHED_RR) first */
	AUDIO_NICE = -10,
	TICK_NICE = -10,
	VIDEO_NICE = -5,
};
#define STOP_MAX_NS (4500 * TS_NS_PER_MS) /* calls end within 5 s of SIGTERM */

struct server {
	struct ts_ivr *ivr;
	struct ts_config config;
	struct ts_engine engine;
	struct ts_registry *registry;
	struct ts_layout_store *layouts;
	struct ts_api api;
	struct ts_http *http[TS_LISTENERS_MAX];
	struct ts_automatic *automatic; /* what is played by itself */
	struct ts_admission *admission;
	struct ts_cdr *cdr;
	struct ts_ingest *ingest;
	struct ts_watch signals;
	struct ts_timer stop_timer;
	struct ts_watchdog watchdog;
	bool stopping, overdue;
};

/* ---- certificates */

struct certificate {
	char *cert, *key;
	gsize key_len;
};

static void forget_certificate(struct certificate *tls)
{
	if (tls->key) explicit_bzero(tls->key, tls->key_len);
	g_clear_pointer(&tls->cert, g_free);
	g_clear_pointer(&tls->key, g_free);
}

static int read_certificate(struct certificate *tls, const struct ts_config *config)
{
	g_autoptr(GError) error = NULL;
	if (g_file_get_contents(config->http.cert, &tls->cert, NULL, &error) &&
		g_file_get_contents(config->http.key, &tls->key, &tls->key_len, &error))
		return 0;
	ts_error("certificate not read", "error=%s", TS_LOG_STR(error->message));
	forget_certificate(tls);
	return TS_EINVAL;
}

/* SIGHUP. Connections that exist go on with what they were made with. */
static void reload_certificates(struct server *server)
{
	const struct ts_listeners *listen = &server->config.http.listen;
	struct certificate tls = {0};
	for (size_t i = 0; i < listen->n; i++) {
		if (!listen->item[i].tls || read_certificate(&tls, &server->config)) continue;
		if (ts_http_set_certificate(&server->http[i], tls.cert, tls.key))
			ts_error("certificate not taken", "file=%s kept=the one before",
				TS_LOG_STR(server->config.http.cert));
		else
			ts_info("certificate", "file=%s", TS_LOG_STR(server->config.http.cert));
		forget_certificate(&tls);
	}
	if (server->ingest) ts_ingest_reload(server->ingest);
}

/* ---- stopping */

static void on_hls_closed(void *arg)
{
	struct server *server = arg;
	ts_loop_stop(server->engine.control);
}

static void on_outlets_closed(void *arg)
{
	struct server *server = arg;
	ts_flv_close(server->api.flv);
	ts_hls_close(server->api.hls, on_hls_closed, server);
}

static void on_recordings_closed(void *arg)
{
	struct server *server = arg;
	ts_outlets_close(server->api.outlets, on_outlets_closed, server);
}

static void on_rooms_closed(void *arg)
{
	struct server *server = arg;
	ts_recordings_close(server->api.recordings, on_recordings_closed, server);
}

static void on_calls_closed(void *arg)
{
	struct server *server = arg;
	ts_registry_close(server->registry, on_rooms_closed, server);
}

static void on_stop_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct server *server = ts_container_of(timer, struct server, stop_timer);
	(void)now_ns;
	server->overdue = true;
	ts_loop_stop(server->engine.control);
}

static void stop_http(struct server *server)
{
	for (size_t i = 0; i < TS_LISTENERS_MAX; i++) ts_http_destroy(&server->http[i]);
}

/* A second signal does not wait for calls to end. */
static void on_signal(struct ts_watch *watch, uint32_t epoll_events)
{
	struct server *server = ts_container_of(watch, struct server, signals);
	struct signalfd_siginfo info;
	(void)epoll_events;
	if (read(watch->fd, &info, sizeof(info)) != (ssize_t)sizeof(info)) return;
	if (info.ssi_signo == SIGHUP) {
		if (server->stopping) return;
		ts_notify_reloading();
		reload_certificates(server);
		ts_cdr_reopen(server->cdr);
		ts_notify("READY=1");
		return;
	}
	ts_info("stopping", "signal=%u", info.ssi_signo);
	if (server->stopping) {
		on_stop_timer(&server->stop_timer, 0);
		return;
	}
	server->stopping = true;
	ts_notify("STOPPING=1");
	ts_loop_timer_set(server->engine.control, &server->stop_timer, ts_now_ns() + STOP_MAX_NS);
	stop_http(server);
	ts_calls_close(server->api.calls, on_calls_closed, server);
}

/* Blocked in every thread, read from a descriptor on the control loop. */
static void block_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
	sigprocmask(SIG_BLOCK, set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int watch_signals(struct server *server, const sigset_t *set)
{
	server->signals.fn = on_signal;
	server->signals.fd = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
	server->stop_timer.fn = on_stop_timer;
	if (server->signals.fd < 0) return TS_EIO;
	return ts_loop_watch(server->engine.control, &server->signals, EPOLLIN);
}

/* ---- starting */

static int one_per_core(int threads)
{
	int cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
	return threads ? threads : cores > 0 ? cores : 1;
}

/* Physical memory, in bytes. */
static int64_t machine_memory(void)
{
	int64_t pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
	return pages > 0 && size > 0 ? pages * size : INT64_C(2) << 30;
}

static void limit_pictures(const struct ts_config *config)
{
	int64_t mb = config->media.picture_memory_mb;
	ts_video_limits = (struct ts_video_limits){
		.picture_px = (int64_t)ts_size_macroblocks(config->media.max_picture) * 16 * 16,
		.memory_bytes = mb ? mb << 20 : machine_memory() / 2,
	};
}

static int start_pools(struct server *server)
{
	const struct ts_pool_config video = {.name = "video",
		.nice = VIDEO_NICE,
		.threads = one_per_core(server->config.media.video_threads)};
	const struct ts_pool_config tick = {
		.name = "tick", .nice = TICK_NICE, .threads = video.threads};
	const struct ts_pool_config audio = {.name = "audio",
		.threads = one_per_core(server->config.media.audio_threads),
		.nice = AUDIO_NICE,
		.realtime = true};
	limit_pictures(&server->config);
	int rc = ts_loop_create(&server->engine.control, "control");
	if (!rc) rc = ts_pool_create(&server->engine.video, &video);
	if (!rc) rc = ts_pool_create(&server->engine.tick, &tick);
	if (!rc) rc = ts_pool_create(&server->engine.audio, &audio);
	if (!rc) rc = ts_painter_create(&server->engine.painter, server->engine.video);
	if (!rc) rc = ts_gallery_create(&server->engine.gallery);
	return rc;
}

/* One that cannot be found now is left out: calls of those who need none shall work. */
static void find_server(struct ts_ice_server *server, const char *url)
{
	if (!*url || !ts_ice_server_parse(server, url)) return;
	ts_error("no such STUN or TURN server", "url=%s", TS_LOG_STR(url));
	*server = (struct ts_ice_server){0};
}

static int start_nets(struct server *server)
{
	const struct ts_config *config = &server->config;
	char err[TS_CONFIG_ERR_MAX];
	struct ts_strings local = {0};
	int rc = ts_config_local_addresses(config, &local, err, sizeof(err));
	if (rc) {
		ts_error("config", "error=%s", TS_LOG_STR(err));
		return rc;
	}
	struct ts_ice_server stun = {0}, turn = {0};
	if (config->ice.gather == TS_GATHER_ALL) {
		find_server(&stun, config->ice.stun);
		find_server(&turn, config->ice.turn);
	}
	const struct ts_nets_config nets = {
		.threads = config->media.net_threads,
		.ice.port_min = config->media.ports.first,
		.ice.port_max = config->media.ports.last,
		.ice.addresses = (const char *const *)local.item,
		.ice.n_addresses = local.n,
		.ice.advertise = (const char *const *)config->media.advertise.item,
		.ice.n_advertise = config->media.advertise.n,
		.ice.tcp = config->ice.tcp,
		.ice.dscp = config->media.dscp,
		.ice.stun = stun.port ? &stun : NULL,
		.ice.turn = turn.port ? &turn : NULL,
		.ice.turn_account = {config->ice.turn_user, config->ice.turn_password,
			config->ice.turn_secret, config->ice.turn_ttl_s},
	};
	rc = ts_nets_create(&server->engine.nets, &nets);
	ts_strings_fini(&local);
	return rc;
}

/* HTTP gets a quarter of the descriptors at most: a crowd at the door leaves some for those
 * inside. */
static unsigned http_connections(const struct server *server)
{
	unsigned share = ts_descriptors_share() / (unsigned)server->config.http.listen.n;
	return share < HTTP_CONNECTIONS_MAX ? share : HTTP_CONNECTIONS_MAX;
}

static int start_http(struct server *server, size_t i)
{
	const unsigned connections = http_connections(server);
	struct ts_http_config http = {
		.listen = server->config.http.listen.item[i].at,
		.max_connections = connections,
		.max_per_address = (connections + 1) / 2,
		.timeout_s = HTTP_TIMEOUT_S,
		.request_ms = HTTP_REQUEST_MS,
		.trusted_proxies = server->config.http.trusted_proxies,
		.max_body_bytes = TS_BODY_MAX_BYTES,
		.body_max = ts_api_body_max,
	};
	struct certificate tls = {0};
	int rc = server->config.http.listen.item[i].tls ? read_certificate(&tls, &server->config)
							: 0;
	if (rc) return rc;
	http.cert_pem = tls.cert;
	http.key_pem = tls.key;
	rc = ts_http_create(
		&server->http[i], server->engine.control, &http, ts_api_handle, &server->api);
	forget_certificate(&tls);
	return rc;
}

_Static_assert((int)TS_OVERLOAD_LEVEL_MAX == (int)TS_OVERLOAD_COUNT - 1,
	"overload.max_level is of mixer/overload/overload.h");

static void start_announcements(struct server *server)
{
	ts_announcements_create(&server->api.announcements, server->engine.control,
		server->registry, &server->config);
	ts_announcement_events(&server->api);
	ts_automatic_create(&server->automatic, server->registry, server->api.announcements);
}

static void start_keypad(struct server *server)
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

static void start_ivr(struct server *server)
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

static int start_control(struct server *server)
{
	const struct ts_config *config = &server->config;
	const struct ts_registry_config registry = {
		.room = {.width = config->room.width_px,
			.height = config->room.height_px,
			.fps = config->room.fps,
			.bitrate_kbps = (uint32_t)config->room.bitrate_kbps,
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
	ts_load_start(&server->engine, (enum ts_overload_level)config->overload.max_level);
	int rc = ts_registry_create(&server->registry, &server->engine, &registry);
	if (rc) return rc;
	server->admission = ts_admission_new(config);
	rc = ts_layout_store_create(&server->layouts, config->node.state_dir);
	if (rc) return rc;
	server->api = (struct ts_api){.config = config,
		.registry = server->registry,
		.fingerprint = ts_nets_fingerprint(server->engine.nets),
		.admission = server->admission,
		.layouts = server->layouts,
		.engine = &server->engine};
	if (config->limits.joins_per_second)
		server->api.joins = ts_throttle_new(&(struct ts_throttle_config){
			.period_ns = TS_NS_PER_S / config->limits.joins_per_second,
			.burst = 5 * config->limits.joins_per_second,
			.max_addresses = ADDRESSES_MAX});
	ts_images_create(
		&server->api.images, server->engine.control, server->engine.gallery, config);
	ts_image_rooms(&server->api);
	rc = ts_events_create(&server->api.events, server->engine.control, &server->api);
	if (!rc)
		rc = ts_recordings_create(
			&server->api.recordings, server->engine.control, server->registry, config);
	if (!rc) ts_recording_events(&server->api);
	if (!rc) start_announcements(server);
	if (!rc)
		rc = ts_hls_create(&server->api.hls, server->engine.control, server->engine.video,
			server->registry, config);
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
	if (!rc) start_keypad(server);
	if (!rc) start_ivr(server);
	if (!rc)
		rc = ts_calls_create(&server->api.calls, server->engine.control, config,
			server->registry, ts_admission_guesses(server->admission),
			ts_nets_fingerprint(server->engine.nets), server->ivr, server->api.waiting);
	if (!rc) ts_call_events(&server->api);
	if (!rc) ts_presentation_events(&server->api);
	if (!rc) ts_trunk_events(&server->api);
	if (!rc) rc = ts_cdr_create(&server->cdr, config, server->registry, server->api.calls);
	if (!rc) ts_overload_events(&server->api);
	for (size_t i = 0; i < config->http.listen.n && !rc; i++) rc = start_http(server, i);
	return rc;
}

static int start_ingest(struct server *server)
{
	return ts_ingest_create(&server->ingest,
		&(struct ts_ingest_config){.control = server->engine.control,
			.registry = server->registry,
			.inputs = server->api.inputs,
			.guesses = ts_admission_guesses(server->admission),
			.joins = server->api.joins,
			.config = &server->config});
}

static void tell_url(const struct server *server)
{
	const struct ts_config *config = &server->config;
	const char *addr = config->http.listen.item[0].at.addr,
		   *bracket = strchr(addr, ':') ? "[]" : "";
	char url[1024];
	if (*config->http.public_url)
		snprintf(url, sizeof(url), "%s/", config->http.public_url);
	else
		snprintf(url, sizeof(url), "%s://%.1s%s%s:%u/",
			config->http.listen.item[0].tls ? "https" : "http", bracket, addr,
			*bracket ? bracket + 1 : "", ts_http_port(server->http[0]));
	ts_info("join page", "url=%s", url);
	printf("tessera is running. Join at %s\n", url);
	fflush(stdout);
}

static void tell_libraries(void)
{
	struct ts_libraries list = {.n = 0};
	ts_libraries_list(&list);
	ts_libraries_log(&list);
}

static int run(struct server *server, const sigset_t *signals)
{
	tell_libraries();
	int rc = start_pools(server);
	if (!rc) rc = start_nets(server);
	if (!rc) rc = start_control(server);
	if (!rc) rc = watch_signals(server, signals);
	/* the last: from then on publishers ask control, which must run to answer */
	if (!rc) rc = start_ingest(server);
	if (rc) {
		ts_error("start failed", "error=%s", ts_strerror(rc));
		/* an interface that is not there, say */
		return rc == TS_EINVAL ? TS_EXIT_CONFIG : TS_EXIT_OTHER;
	}
	tell_url(server);
	ts_watchdog_start(&server->watchdog, server->engine.control);
	ts_notify("READY=1");
	ts_loop_run(server->engine.control);
	if (!server->overdue) return TS_EXIT_OK;
	ts_error("stop", "calls did not end in time");
	_exit(TS_EXIT_OTHER); /* what still runs owns its memory */
}

static void ignore(void *arg)
{
	(void)arg;
}

/* The pools go before the net threads: an encoder whose room is gone may still be sending its last
 * picture. */
static void stop(struct server *server)
{
	stop_http(server);
	ts_ingest_destroy(&server->ingest);
	ts_load_stop(&server->engine);
	if (server->api.joins) ts_throttle_free(server->api.joins);
	ts_cdr_destroy(&server->cdr);
	ts_calls_destroy(&server->api.calls);
	ts_events_destroy(&server->api.events);
	ts_ivr_destroy(&server->ivr);
	ts_waiting_destroy(&server->api.waiting);
	ts_keypad_destroy(&server->api.keypad);
	ts_automatic_destroy(&server->automatic);
	ts_announcements_destroy(&server->api.announcements);
	ts_recordings_destroy(&server->api.recordings);
	ts_outlets_destroy(&server->api.outlets);
	ts_hls_destroy(&server->api.hls);
	ts_flv_destroy(&server->api.flv);
	ts_inputs_destroy(&server->api.inputs);
	ts_registry_destroy(&server->registry);
	ts_layout_store_destroy(&server->layouts);
	ts_admission_free(server->admission);
	ts_gallery_destroy(&server->engine.gallery);
	ts_images_destroy(&server->api.images);
	if (server->engine.painter) ts_painter_close(server->engine.painter, ignore, NULL);
	ts_pool_destroy(&server->engine.audio);
	ts_pool_destroy(&server->engine.tick);
	ts_pool_destroy(&server->engine.video);
	ts_nets_destroy(&server->engine.nets);
	ts_loop_destroy(&server->engine.control);
	if (server->signals.fd > 0) close(server->signals.fd);
}

/* Pictures go back to the system when their room ends: without a fixed threshold glibc raises it
 * with each one freed, and with many arenas each thread keeps its own heap. */
static void tune_malloc(void)
{
	mallopt(M_MMAP_THRESHOLD, 256 * 1024);
	mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
	mallopt(M_ARENA_MAX, 2);
}

/* A participant takes one descriptor and one more for each local address. What GLib opens once in a
 * process, for its default context and GTask's worker, is opened now: it ends the process when
 * there is none left later. */
static void allow_descriptors(void)
{
	ts_descriptors_init();
	g_main_context_default();
	g_type_ensure(G_TYPE_TASK);
}

int main(int argc, char **argv)
{
	static struct server server;
	sigset_t signals;
	tune_malloc();
	ts_config_init_defaults(&server.config);
	int exit_code = ts_options_parse(&server.config, argc, argv, TS_VERSION, stdout, stderr);
	if (exit_code == TS_OPTIONS_RUN) {
		block_signals(&signals);
		allow_descriptors();
		ts_log_init();
		ts_log_set_level((enum ts_log_level)server.config.log.level);
		ts_libav_init();
		exit_code = run(&server, &signals);
		stop(&server);
	}
	ts_config_fini(&server.config);
	return exit_code;
}
