#include "tests/unit/control/api_server.h"
#include "base/counter.h"
#include "control/announcements/announcements.h"
#include "control/api/texts.h"
#include "control/events/events.h"
#include "control/flv/streams.h"
#include "control/hls/streams.h"
#include "control/identity/identity.h"
#include "control/ivr/waiting.h"
#include "control/keypad/keypad.h"
#include "control/outputs/outlets.h"
#include "control/recordings/recordings.h"
#include "control/rooms/admission.h"
#include "control/rooms/drain.h"
#include "control/text/texts.h"
#include "tests/unit/control/offers.h"
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct api_server ts_server;

static size_t body_max(void *arg, const struct ts_request *request)
{
	return ts_server.body_max = ts_api_body_max(arg, request);
}

static void make(void *arg)
{
	const struct ts_registry_config registry = {.room = {.width = 1280,
							    .height = 720,
							    .fps = 30,
							    .bitrate_kbps = 1500,
							    .max_participants = 2,
							    .max_watchers = 1},
		.max_rooms = 2};
	const struct ts_http_config http = {.listen = {.addr = "127.0.0.1"},
		.max_connections = 64,
		.max_per_address = 64,
		.timeout_s = 30,
		.request_ms = 60000,
		.max_body_bytes = 64 * 1024,
		.body_max = body_max,
		.trusted_proxies = ((struct api_server *)arg)->config.http.trusted_proxies};
	struct api_server *s = arg;
	s->engine.control = s->loop;
	if (ts_registry_create(&s->registry, &s->engine, &registry)) abort();
	if (ts_layout_store_create(&s->layouts, s->state_dir)) abort();
	g_free(s->config.node.state_dir);
	s->config.node.state_dir = g_strdup(s->state_dir);
	struct ts_identity *identity;
	if (ts_identity_create(&identity, &s->config)) abort();
	ts_drain_create(&s->api.drain, s->loop, s->registry);
	s->api = (struct ts_api){.config = &s->config,
		.drain = s->api.drain,
		.identity = identity,
		.registry = s->registry,
		.fingerprint = "sha-256 " OFFER_FP,
		.admission = ts_admission_new(&s->config),
		.layouts = s->layouts};
	ts_admission_trust(s->api.admission, identity);
	if (ts_events_create(&s->api.events, s->loop, &s->api)) abort();
	ts_texts_create(&s->api.texts, s->loop, s->registry);
	ts_text_events(&s->api);
	if (ts_recordings_create(&s->api.recordings, s->loop, s->registry, &s->config)) abort();
	ts_announcements_create(&s->api.announcements, s->loop, s->registry, &s->config);
	if (ts_hls_create(&s->api.hls, s->loop, NULL, s->registry, &s->config)) abort();
	ts_flv_create(&s->api.flv, s->loop, s->registry, &s->config);
	if (ts_outlets_create(&s->api.outlets, s->loop, s->registry, &s->config,
		    &(struct ts_players){s->api.hls, s->api.flv}))
		abort();
	ts_keypad_create(&s->api.keypad,
		&(struct ts_keypad_config){.loop = s->loop,
			.config = &s->config,
			.registry = s->registry,
			.layouts = s->layouts,
			.recordings = s->api.recordings,
			.announcements = s->api.announcements});
	ts_waiting_create(&s->api.waiting,
		&(struct ts_waiting_config){.loop = s->loop,
			.config = &s->config,
			.registry = s->registry,
			.guesses = ts_admission_guesses(s->api.admission),
			.keypad = s->api.keypad});
	if (ts_http_create(&s->http, s->loop, &http, ts_api_handle, &s->api)) abort();
	s->port = ts_http_port(s->http);
}

static void no_op(void *arg)
{
	(void)arg;
}

static void unmake(void *arg)
{
	struct api_server *s = arg;
	ts_http_destroy(&s->http);
	ts_registry_close(s->registry, no_op, NULL);
	ts_drain_destroy(&s->api.drain);
	ts_events_destroy(&s->api.events);
	ts_waiting_destroy(&s->api.waiting);
	ts_keypad_destroy(&s->api.keypad);
	ts_announcements_destroy(&s->api.announcements);
	ts_recordings_destroy(&s->api.recordings);
	ts_hls_close(s->api.hls, no_op, NULL);
	ts_hls_destroy(&s->api.hls);
	ts_flv_close(s->api.flv);
	ts_flv_destroy(&s->api.flv);
	ts_outlets_destroy(&s->api.outlets);
	ts_texts_destroy(&s->api.texts);
	ts_registry_destroy(&s->registry);
	ts_layout_store_destroy(&s->layouts);
	ts_admission_free(s->api.admission);
	ts_identity_destroy(&s->api.identity);
}

int ts_server_setup(void **state)
{
	char set[128], err[TS_CONFIG_ERR_MAX];
	(void)state;
	memset(&ts_server, 0, sizeof(ts_server));
	strcpy(ts_server.state_dir, "/tmp/tessera-test.XXXXXX");
	if (!mkdtemp(ts_server.state_dir)) return -1;
	ts_fake_reset();
	ts_config_init_defaults(&ts_server.config);
	snprintf(set, sizeof(set), "recording.dir=%s/recordings", ts_server.state_dir);
	if (ts_config_set(&ts_server.config, set, err, sizeof(err))) return -1;
	if (ts_loop_create(&ts_server.loop, "control") || ts_loop_start(ts_server.loop)) return -1;
	ts_on_loop(ts_server.loop, make, &ts_server);
	return 0;
}

void ts_server_restart(void)
{
	ts_on_loop(ts_server.loop, unmake, &ts_server);
	ts_on_loop(ts_server.loop, make, &ts_server);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st, (void)type, (void)walk;
	return remove(path);
}

static void remove_folder(const char *path)
{
	nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int ts_server_teardown(void **state)
{
	(void)state;
	ts_on_loop(ts_server.loop, unmake, &ts_server);
	ts_loop_destroy(&ts_server.loop);
	ts_config_fini(&ts_server.config);
	remove_folder(ts_server.state_dir);
	return ts_fake.rooms || ts_fake.participants;
}

struct reading {
	const int *value;
	int seen;
};

static void read_value(void *arg)
{
	struct reading *reading = arg;
	reading->seen = *reading->value;
}

void ts_server_wait(const int *value, int wanted)
{
	struct reading reading = {.value = value};
	do ts_on_loop(ts_server.loop, read_value, &reading);
	while (reading.seen != wanted);
}

static void make_ready(void *arg)
{
	ts_fake_ready_all(*(int *)arg);
}

void ts_server_ready(int participants, int err)
{
	ts_server_wait(&ts_fake.participants, participants);
	ts_on_loop(ts_server.loop, make_ready, &err);
}

struct count {
	int n;
};

static void count_people(void *arg)
{
	((struct count *)arg)->n = ts_fake.participants;
}

const struct response *ts_server_join(const char *target)
{
	static struct response response;
	struct count before;
	int fd = ts_dial(ts_server.port);
	ts_on_loop(ts_server.loop, count_people, &before);
	ts_send_request(fd, "POST", target, TS_SDP_HEADER, CHROMIUM);
	ts_server_ready(before.n + 1, 0);
	ts_read_response(fd, 1, &response);
	close(fd);
	return &response;
}
