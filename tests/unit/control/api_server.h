/* api_server - the whole API behind a real HTTP server on a loop of its own, with fake rooms. Tests
 * only. */
#ifndef TS_TESTS_API_SERVER_H
#define TS_TESTS_API_SERVER_H

#include "config/config.h"
#include "control/api/api.h"
#include "control/http/http.h"
#include "control/rooms/layout_store.h"
#include "control/rooms/registry.h"
#include "tests/unit/control/client.h"
#include "tests/unit/control/fake_room.h"

struct api_server {
	struct ts_loop *loop;
	struct ts_config config;
	struct ts_engine engine;
	struct ts_registry *registry;
	struct ts_layout_store *layouts;
	char state_dir[64]; /* of the server; new for each test */
	struct ts_api api;
	struct ts_http *http;
	uint16_t port;
	size_t body_max; /* of the last request */
};
extern struct api_server ts_server;

/* cmocka fixtures: rooms of 2 people and 1 watcher, 2 rooms at most. */
int ts_server_setup(void **state);
int ts_server_teardown(void **state);
/* Stops it and starts another on the same state. Rooms must be gone. */
void ts_server_restart(void);

/* Runs the loop until `*value` of ts_fake (or any int of the loop's) is `wanted`; the test's time
 * limit ends it otherwise. */
void ts_server_wait(const int *value, int wanted);
/* Waits until `participants` are there, then lets every waiting join go on. */
void ts_server_ready(int participants, int err);

/* A join that succeeds: its response, which is the client's own and lasts until the next fetch. */
const struct response *ts_server_join(const char *target);

#define TS_SDP_HEADER "Content-Type: application/sdp\r\n"

#endif
