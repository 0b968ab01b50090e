/* peer - plays a scenario of scripted participants against a running server and prints what they
 * received, as JSON.
 *
 *   peer scenario.json       or       peer -        (standard input)
 *
 * together_ms: the play ends so long after the last one joined, however long that took (clips are
 * made first); seconds at the latest. urgent: receiving comes before whatever else the machine
 * does, as sending always does.
 *
 * The scenario: tests/peer/scenario.h; what is printed of each: tests/peer/report.c.
 */
#include "base/clock.h"
#include "base/log.h"
#include "tests/peer/http.h"
#include "tests/peer/json.h"
#include "tests/peer/report.h"
#include "tests/peer/tiles.h"
#include <curl/curl.h>
#include <jansson.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- what the API says is where ---- */

static int who_of(const char *name)
{
	int who = -1;
	sscanf(name, "peer-%d", &who);
	return who;
}

static void follow_layout(const struct ts_scenario *sc, struct ts_peer **peers, size_t n)
{
	struct ts_tiles tiles;
	ts_tiles_ask(&tiles, sc->url, sc->room, who_of);
	for (size_t i = 0; i < n; i++)
		if (peers[i] && tiles.n)
			ts_peer_set_tiles(
				peers[i], tiles.tile, tiles.n, tiles.canvas_w, tiles.canvas_h);
}

/* Chooses the next layout of the scenario; what everybody sees from the answer on is compared with
 * it. */
static void change_layout(const struct ts_scenario *sc, size_t at, struct ts_peer **peers, size_t n)
{
	char url[512], body[128];
	struct http_reply reply;
	struct ts_tiles tiles;
	snprintf(url, sizeof url, "%s/v1/rooms/%s/layout", sc->url, sc->room);
	snprintf(body, sizeof body, "{\"name\":\"%s\"}",
		json_string_value(json_array_get(sc->layouts, at)));
	int err = ts_http(&reply, "PUT", url, body);
	int64_t answered_ns = ts_now_ns();
	json_t *layout = err || reply.status != 200 ? NULL : json_loads(reply.body, 0, NULL);
	if (!layout) fprintf(stderr, "%s: %ld %s\n", body, reply.status, err ? "" : reply.body);
	ts_tiles_read(&tiles, layout, sc->url, sc->room, who_of);
	for (size_t i = 0; i < n; i++)
		if (peers[i]) ts_peer_move(peers[i], tiles.tile, tiles.n, answered_ns);
	json_decref(layout);
	ts_http_free(&reply);
}

/* ---- the play ---- */

static volatile sig_atomic_t ended;

static void on_sigterm(int signal)
{
	(void)signal;
	ended = 1;
}

static void sleep_ms(int64_t t)
{
	struct timespec ts = {t / 1000, t % 1000 * 1000000};
	nanosleep(&ts, NULL);
}

static void play(struct ts_scenario *sc, const struct ts_peer_world *world, json_t *out)
{
	static struct ts_peer *peers[TS_SCENARIO_PEERS_MAX];
	static bool left[TS_SCENARIO_PEERS_MAX];
	bool looking = false;
	size_t n_moves = 0, n_joined = 0;
	for (size_t i = 0; i < sc->n; i++) {
		looking |= sc->spec[i].decode;
		if (ts_peer_prepare(&sc->spec[i])) exit(1);
	}
	int64_t start_ns = ts_now_ns(), now_ms, end_ms = sc->seconds * 1000;
	signal(SIGTERM, on_sigterm); /* the report, and no more */
	while (!ended && (now_ms = (ts_now_ns() - start_ns) / TS_NS_PER_MS) < end_ms) {
		for (size_t i = 0; i < sc->n; i++) {
			struct ts_peer_spec *s = &sc->spec[i];
			if (!peers[i] && s->join_at_ms <= now_ms) {
				if (ts_peer_start(&peers[i], world, s)) exit(1);
				/* However late they come (clips are made first), they stay as long
				 * as they should. */
				const int64_t came_ms = (ts_now_ns() - start_ns) / TS_NS_PER_MS;
				if (s->leave_at_ms) s->leave_at_ms += came_ms - s->join_at_ms;
				if (++n_joined == sc->n && sc->together_ms &&
					came_ms + sc->together_ms < end_ms)
					end_ms = came_ms + sc->together_ms;
			}
			if (peers[i] && !left[i] && s->leave_at_ms && s->leave_at_ms <= now_ms)
				left[i] = true, ts_peer_stop(peers[i]);
		}
		if (looking && !n_moves) follow_layout(sc, peers, sc->n);
		if (n_moves < json_array_size(sc->layouts) &&
			now_ms >= sc->layouts_from_ms + (int64_t)n_moves * sc->layouts_every_ms)
			change_layout(sc, n_moves++, peers, sc->n);
		sleep_ms(looking ? 100 : 20);
	}
	json_t *list = json_object_get(out, "peers");
	for (size_t i = 0; i < sc->n; i++) /* as they leave one by one, the others' places change */
		if (peers[i]) ts_peer_look_away(peers[i]);
	for (size_t i = 0; i < sc->n; i++) {
		if (!peers[i]) continue;
		if (!left[i]) ts_peer_stop(peers[i]);
		json_array_append_new(list, ts_report_of(sc, peers[i]));
		ts_report_snapshot(sc, peers[i], out);
		ts_peer_free(&peers[i]);
	}
}

/* Threads started meanwhile come before others, where that is permitted: these peers are as good at
 * receiving as the network lets them be, whatever else runs here. */
static void hurry(bool on)
{
	const int policy = on ? SCHED_RR : SCHED_OTHER;
	const struct sched_param lowest = {.sched_priority = sched_get_priority_min(policy)};
	pthread_setschedparam(pthread_self(), policy, &lowest);
}

int main(int argc, char **argv)
{
	json_error_t e;
	json_t *root = argc != 2       ? NULL
		: strcmp(argv[1], "-") ? json_load_file(argv[1], 0, &e)
				       : json_loadf(stdin, 0, &e);
	if (!root) {
		fprintf(stderr, "usage: peer scenario.json\n%s\n", argc == 2 ? e.text : "");
		return 2;
	}
	static struct ts_scenario sc;
	ts_scenario_read(&sc, root);
	ts_log_init();
	ts_log_set_level(TS_LOG_WARN);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	const char *const addresses[] = {"127.0.0.1"};
	struct ts_nets_config nets = {.threads = 1,
		.ice.port_min = 40000,
		.ice.port_max = 49999,
		.ice.addresses = addresses,
		.ice.n_addresses = 1};
	struct ts_pool_config pool = {.name = "peer",
		.threads = 2,
		.realtime = true} /* an even sender, whatever else runs here */;
	struct ts_peer_world world;
	if (ts_json_is_true(root, "urgent")) hurry(true);
	if (ts_nets_create(&world.nets, &nets) || ts_pool_create(&world.pool, &pool)) return 1;
	hurry(false);
	json_t *out = json_pack("{s:[]}", "peers");
	play(&sc, &world, out);
	ts_pool_destroy(&world.pool);
	ts_nets_destroy(&world.nets);
	ts_clip_forget_all();
	json_dumpf(out, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
	printf("\n");
	json_decref(out);
	json_decref(root);
	curl_global_cleanup();
	return 0;
}
