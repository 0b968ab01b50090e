/* peer - plays a scenario of scripted participants against a running server and prints what they
 * received, as JSON.
 *
 *   peer scenario.json       or       peer -        (standard input)
 *
 * together_ms: the play ends so long after the last one joined, however long that took (clips are
 * made first); seconds at the latest. urgent: receiving comes before whatever else the machine
 * does, as sending always does.
 *
 * { "url":"http://127.0.0.1:8080", "room":"r", "seconds":20, "together_ms":0, "urgent":false,
 *   "snapshot":"/tmp/mix.yuv",
 *   "layouts":["speaker", "grid"], "layouts_from_ms":5000, "layouts_every_ms":2000,
 *   "peers":[ {"count":8, "who":0, "send":"h264", "receive":"h264", "audio":true, "decode":false,
 *              "watch":false, "sip":0, "join_ms":0, "leave_ms":0, "leave":"delete",
 *              "width":640, "height":360, "fps":30, "kbps":600, "layers":1,
 *              "query":"max_height=360", "key_every_ms":0, "garbage_per_s":0, "bars":false,
 *              "video_delay_ms":120, "video_stall_at_ms":0, "video_stall_ms":0, "lips":1,
 *              "straight":false, "transport_cc":false, "wrong_fingerprint":false, "tone_on_ms":500,
 *              "tone_period_ms":1000, "pcm":"/tmp/x.pcm", "file":"/tmp/x.mp4", "melody":true,
 *              "relay":{"seed":1, "loss":"5%", "jitter":"30ms", "down-rate":"800k",
 *                       "changes":[{"at_ms":15000, "down-rate":"300k"}]}} ] }
 */
#include "base/clock.h"
#include "base/log.h"
#include "tests/media/melody.h"
#include "tests/peer/http.h"
#include "tests/peer/json.h"
#include "tests/peer/peer.h"
#include "tests/peer/tiles.h"
#include <curl/curl.h>
#include <jansson.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PEERS_MAX = 600 };

struct scenario {
	const char *url, *room, *snapshot;
	int64_t seconds;
	json_t *layouts; /* chosen in turn by REST; NULL: none */
	int layouts_from_ms, layouts_every_ms, together_ms;
	struct ts_peer_spec spec[PEERS_MAX];
	size_t n;
};

static enum ts_codec codec_named(const char *name)
{
	return !strcmp(name, "h264")   ? TS_CODEC_H264
		: !strcmp(name, "vp8") ? TS_CODEC_VP8
				       : TS_CODEC_NONE;
}

/* The options of build/relay that o names, over those of before. */
static void read_network(struct ts_impair_config network[2], json_t *o)
{
	const char *name;
	json_t *value;
	json_object_foreach(o, name, value)
	{
		const char *v = json_string_value(value);
		if (v && ts_relay_option(network, name, v)) {
			fprintf(stderr, "relay: cannot understand %s %s\n", name, v);
			exit(2);
		}
	}
}

static void read_relay(struct ts_peer_spec *s, json_t *relay)
{
	size_t i;
	json_t *change;
	s->relayed = json_is_object(relay);
	s->seed = (uint64_t)ts_json_number(relay, "seed", 1) + (uint64_t)s->who;
	read_network(s->network, relay);
	const struct ts_impair_config *before = s->network;
	json_array_foreach(json_object_get(relay, "changes"), i, change)
	{
		if (i == PEER_CHANGES_MAX) break;
		struct ts_peer_change *c = &s->change[s->n_changes++];
		c->at_ms = ts_json_number(change, "at_ms", 0);
		memcpy(c->network, before, sizeof c->network);
		read_network(c->network, change);
		before = c->network;
	}
}

static void read_spec(struct ts_peer_spec *s, const struct scenario *sc, json_t *o, int index)
{
	*s = (struct ts_peer_spec){
		.who = ts_json_number(o, "who", 0) + index,
		.watch = ts_json_is_true(o, "watch"),
		.sip = (unsigned)ts_json_number(o, "sip", 0),
		.send_video = codec_named(ts_json_text(o, "send", "h264")),
		.receive_video = codec_named(ts_json_text(o, "receive", "h264")),
		.send_audio = !json_is_false(json_object_get(o, "audio")),
		.decode = ts_json_is_true(o, "decode"),
		.bars = ts_json_is_true(o, "bars"),
		.straight = ts_json_is_true(o, "straight"),
		.transport_cc = ts_json_is_true(o, "transport_cc"),
		.wrong_fingerprint = ts_json_is_true(o, "wrong_fingerprint"),
		.width = ts_json_number(o, "width", 640),
		.height = ts_json_number(o, "height", 360),
		.fps = ts_json_number(o, "fps", 30),
		.kbps = ts_json_number(o, "kbps", 600),
		.video_delay_ms = ts_json_number(o, "video_delay_ms", 0),
		.video_stall_at_ms = ts_json_number(o, "video_stall_at_ms", 0),
		.video_stall_ms = ts_json_number(o, "video_stall_ms", 0),
		.lips = ts_json_number(o, "lips", -1),
		.layers = ts_json_number(o, "layers", 1),
		.key_every_ms = ts_json_number(o, "key_every_ms", 0),
		.garbage_per_s = ts_json_number(o, "garbage_per_s", 0),
		.join_at_ms = ts_json_number(o, "join_ms", 0),
		.leave_at_ms = ts_json_number(o, "leave_ms", 0),
	};
	const char *leave = ts_json_text(o, "leave", "delete");
	s->leave = !strcmp(leave, "close") ? PEER_CLOSE : PEER_DELETE;
	if (s->watch) s->send_video = TS_CODEC_NONE, s->send_audio = false;
	s->tone = ts_tone_of((unsigned)s->who % TS_TONE_PEOPLE);
	s->tone.on_ms = ts_json_number(o, "tone_on_ms", s->tone.on_ms);
	s->tone.period_ms = ts_json_number(o, "tone_period_ms", s->tone.period_ms);
	s->tone.phase_ms = ts_json_number(o, "tone_phase_ms", s->tone.phase_ms);
	s->tone.amplitude = ts_json_number(o, "tone_amplitude", s->tone.amplitude);
	snprintf(s->url, sizeof s->url, "%s", sc->url);
	snprintf(s->room, sizeof s->room, "%s", ts_json_text(o, "room", sc->room));
	snprintf(s->query, sizeof s->query, "%s", ts_json_text(o, "query", ""));
	snprintf(s->file, sizeof s->file, "%s", ts_json_text(o, "file", ""));
	snprintf(s->pcm, sizeof s->pcm, "%s", ts_json_text(o, "pcm", ""));
	snprintf(s->name, sizeof s->name, "peer-%d", s->who);
	s->melody = ts_json_is_true(o, "melody");
	read_relay(s, json_object_get(o, "relay"));
}

static void read_scenario(struct scenario *sc, json_t *root)
{
	sc->url = ts_json_text(root, "url", "http://127.0.0.1:8080");
	sc->room = ts_json_text(root, "room", "bench");
	sc->snapshot = ts_json_text(root, "snapshot", NULL);
	sc->seconds = ts_json_number(root, "seconds", 10);
	sc->together_ms = ts_json_number(root, "together_ms", 0);
	sc->layouts = json_object_get(root, "layouts");
	sc->layouts_from_ms = ts_json_number(root, "layouts_from_ms", 5000);
	sc->layouts_every_ms = ts_json_number(root, "layouts_every_ms", 2000);
	size_t i;
	json_t *o;
	json_array_foreach(json_object_get(root, "peers"), i,
		o) for (int k = 0; k < ts_json_number(o, "count", 1) && sc->n < PEERS_MAX; k++)
		read_spec(&sc->spec[sc->n++], sc, o, k);
}

/* ---- what the API says is where ---- */

static int who_of(const char *name)
{
	int who = -1;
	sscanf(name, "peer-%d", &who);
	return who;
}

static void follow_layout(const struct scenario *sc, struct ts_peer **peers, size_t n)
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
static void change_layout(const struct scenario *sc, size_t at, struct ts_peer **peers, size_t n)
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

/* ---- reports ---- */

static double ms(int64_t ns)
{
	return (double)ns / 1e6;
}

static json_t *tones_of(const struct ts_ears *e)
{
	json_t *tones = json_object();
	char key[16];
	for (int who = 0; who < TS_TONE_PEOPLE; who++) {
		if (!e->heard[who]) continue;
		snprintf(key, sizeof key, "%d", who);
		json_object_set_new(
			tones, key, json_real((double)e->heard[who] / (double)e->frames));
	}
	return tones;
}

static json_t *marks_of(const struct ts_eyes *e)
{
	json_t *marks = json_object();
	char key[16];
	for (int who = 0; who < EYES_WHO_MAX; who++) {
		if (!e->marks[who]) continue;
		snprintf(key, sizeof key, "%d", who);
		json_object_set_new(marks, key,
			json_pack("{s:i, s:f}", "seen", (int)e->marks[who], "worst_still_ms",
				ms(e->worst_still_ns[who])));
	}
	return marks;
}

/* The mean colours of eight columns, taken from their middles in the middle of the newest
 * picture. */
static json_t *columns_of(const AVFrame *f)
{
	json_t *columns = json_array();
	for (int i = 0; f && i < 8; i++) {
		json_t *yuv = json_array();
		for (int p = 0; p < 3; p++) {
			int shift = p != 0, sum = 0;
			int x0 = (f->width * (2 * i + 1) / 16 - 16) >> shift,
			    y0 = (f->height / 2 - 16) >> shift, n = 32 >> shift;
			for (int y = y0; y < y0 + n; y++)
				for (int x = x0; x < x0 + n; x++)
					sum += f->data[p][y * f->linesize[p] + x];
			json_array_append_new(yuv, json_real((double)sum / (n * n)));
		}
		json_array_append_new(columns, yuv);
	}
	return columns;
}

/* [at, age] in ms. */
static json_t *ages_of(const struct ts_lips_age *age, size_t n)
{
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(
			list, json_pack("[f, f]", ms(age[i].at_ns), ms(age[i].age_ns)));
	return list;
}

static json_t *lips_of(const struct ts_lips *l)
{
	if (l->who < 0) return json_null();
	return json_pack("{s:o, s:o}", "pictures", ages_of(l->picture, l->n_pictures), "sounds",
		ages_of(l->sound, l->n_sounds));
}

/* Times from the API's answer to the first picture of the layout, in ticks; -1: it never came. */
static json_t *moves_of(const struct ts_eyes *e)
{
	json_t *moves = json_array();
	for (size_t i = 0; i < e->n_moves; i++) {
		const struct ts_eyes_move *m = &e->move[i];
		double ticks = m->arrived_ns ? (double)(m->arrived_ns - m->answered_ns) * 30 / 1e9
					     : -1;
		json_array_append_new(moves,
			json_pack("{s:f, s:i, s:i, s:i}", "ticks", ticks, "mixtures", m->mixtures,
				"unclear", m->unclear, "old_again", m->old_again));
	}
	return moves;
}

/* Of each other one who sends a melody: how much of it was heard as it was sent. */
static json_t *melodies_of(
	const struct scenario *sc, const struct ts_peer *listener, const struct ts_ears *e)
{
	json_t *melodies = json_object();
	const struct ts_peer_spec *me = ts_peer_spec(listener);
	for (size_t i = 0; i < sc->n; i++) {
		const struct ts_peer_spec *s = &sc->spec[i];
		if (!s->melody || s->who == me->who || strcmp(s->room, me->room)) continue;
		struct ts_melody_heard heard;
		ts_melody_judge(&heard, (unsigned)s->who, e->present,
			e->frames < EARS_FRAMES_MAX ? e->frames : EARS_FRAMES_MAX);
		char key[16];
		snprintf(key, sizeof key, "%d", s->who);
		json_object_set_new(melodies, key,
			json_pack("{s:i, s:i, s:i}", "frames", (int)heard.frames, "right",
				(int)heard.right, "moves", (int)heard.moves));
	}
	return melodies;
}

static json_t *relay_of(const struct ts_relay_stats *r)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:f, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:f}",
		"up", (json_int_t)r->dir[TS_RELAY_UP].in, "up_lost",
		(json_int_t)r->dir[TS_RELAY_UP].lost, "down", (json_int_t)r->dir[TS_RELAY_DOWN].in,
		"down_lost", (json_int_t)r->dir[TS_RELAY_DOWN].lost, "no_room",
		(json_int_t)r->no_room, "latest_ms", ms(r->latest_ns), "up_bytes",
		(json_int_t)r->way[TS_RELAY_UP].bytes_sent, "down_bytes",
		(json_int_t)r->way[TS_RELAY_DOWN].bytes_sent, "up_full",
		(json_int_t)r->dir[TS_RELAY_UP].queue_full, "down_full",
		(json_int_t)r->dir[TS_RELAY_DOWN].queue_full, "up_waited_p95_ms",
		ms(r->way[TS_RELAY_UP].waited_p95_ns), "up_waited_max_ms",
		ms(r->way[TS_RELAY_UP].waited_max_ns), "down_waited_p95_ms",
		ms(r->way[TS_RELAY_DOWN].waited_p95_ns), "down_waited_max_ms",
		ms(r->way[TS_RELAY_DOWN].waited_max_ns));
}

/* When each keyframe came, in ms of the monotonic clock. */
static json_t *key_times_of(const struct ts_eyes *e)
{
	json_t *times = json_array();
	for (size_t i = 0; i < e->keys && i < EYES_KEYS_MAX; i++)
		json_array_append_new(times, json_real(ms(e->key_at_ns[i])));
	return times;
}

/* How many pictures each second had, from the first one on; so that a phase can be judged alone. */
static json_t *seconds_of(const struct ts_eyes *e)
{
	json_t *seconds = json_array();
	for (size_t i = 0; i < e->n_seconds; i++)
		json_array_append_new(seconds,
			json_pack("{s:i, s:i, s:f}", "pictures", (int)e->second[i].pictures,
				"height", (int)e->second[i].height, "gap_ms",
				ms(e->second[i].gap_ns)));
	return seconds;
}

static json_t *video_of(struct ts_eyes *e)
{
	uint32_t ticks = e->units ? (e->last_rtp - e->first_rtp) / 3000 + 1 : 0; /* at 30 fps */
	return json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:I, s:i, s:i, s:I, s:I, s:i, s:o, "
		"s:o, s:o, s:{s:i, s:f, s:f, s:f}}",
		"packets", (json_int_t)e->packets, "bytes", (json_int_t)e->bytes, "units",
		(json_int_t)e->units, "ticks", (json_int_t)ticks, "keys", (json_int_t)e->keys,
		"lost", (json_int_t)e->lost, "max_gap_ms", ms(e->max_gap_ns), "freeze_ms",
		ms(e->worst_freeze_ns), "min_key_gap_ms",
		e->min_key_gap_ns == INT64_MAX ? -1.0 : ms(e->min_key_gap_ns), "broken",
		(json_int_t)e->broken, "width", e->width, "height", e->height, "pictures",
		(json_int_t)e->pictures, "wrong", (json_int_t)e->wrong, "worst_wrong_run",
		e->worst_wrong_run, "marks", marks_of(e), "columns", columns_of(e->last), "moves",
		moves_of(e), "delay_ms", "n", (int)e->n_delays, "p50",
		ts_eyes_delay_us(e, 0.5) / 1e3, "p95", ts_eyes_delay_us(e, 0.95) / 1e3, "p99",
		ts_eyes_delay_us(e, 0.99) / 1e3);
}

static json_t *report_of(const struct scenario *sc, struct ts_peer *peer)
{
	struct ts_peer_report r;
	ts_peer_report(peer, &r);
	int64_t first_ns = r.eyes->first_picture_ns ? r.eyes->first_picture_ns
						    : r.eyes->first_key_ns;
	json_t *report = json_pack(
		"{s:s, s:i, s:I, s:s?, s:f, s:f, s:f, s:I, s:o, s:{s:I, s:I, s:I, s:f, s:f, s:o, "
		"s:o}}",
		"name", ts_peer_spec(peer)->name, "who", ts_peer_spec(peer)->who, "status",
		(json_int_t)r.http_status, "failure", r.failure, "answer_ms",
		ms(r.answer_ns - r.offer_ns), "connected_ms",
		r.connected_ns ? ms(r.connected_ns - r.offer_ns) : -1.0, "first_picture_ms",
		first_ns ? ms(first_ns - r.offer_ns) : -1.0, "keys_asked_of_us",
		(json_int_t)r.keys_asked_of_us, "video", video_of(r.eyes), "audio", "packets",
		(json_int_t)r.ears->packets, "frames", (json_int_t)r.ears->frames, "concealed",
		(json_int_t)r.ears->concealed, "max_gap_ms", ms(r.ears->max_gap_ns), "click_dbfs",
		r.ears->click.loudest_dbfs, "tones", tones_of(r.ears), "melodies",
		melodies_of(sc, peer, r.ears));
	json_t *video = json_object_get(report, "video");
	json_object_set_new(video, "keys_at_ms", key_times_of(r.eyes));
	json_object_set_new(video, "seconds", seconds_of(r.eyes));
	json_object_set_new(report, "layer_keys_asked",
		json_pack("[I, I, I]", (json_int_t)r.layer_keys[0], (json_int_t)r.layer_keys[1],
			(json_int_t)r.layer_keys[2]));
	json_object_set_new(report, "media_at_ms", json_real(ms(r.media_ns)));
	json_object_set_new(report, "clip_at_ms", json_real(ms(r.clip_ns)));
	json_object_set_new(report, "lips", lips_of(r.lips));
	if (ts_peer_spec(peer)->relayed) json_object_set_new(report, "relay", relay_of(&r.relay));
	return report;
}

/* The newest mixed picture of the first peer that decodes, as raw I420. */
static void snapshot(const struct scenario *sc, struct ts_peer *peer, json_t *out)
{
	struct ts_peer_report r;
	ts_peer_report(peer, &r);
	const AVFrame *f = r.eyes->last;
	FILE *file = f && sc->snapshot && !json_object_get(out, "snapshot")
		? fopen(sc->snapshot, "wb")
		: NULL;
	if (!file) return;
	for (int p = 0; p < 3; p++)
		for (int y = 0; y < (p ? f->height / 2 : f->height); y++)
			fwrite(f->data[p] + y * f->linesize[p], 1,
				(size_t)(p ? f->width / 2 : f->width), file);
	fclose(file);
	json_object_set_new(
		out, "snapshot", json_pack("{s:i, s:i}", "width", f->width, "height", f->height));
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

static void play(struct scenario *sc, const struct ts_peer_world *world, json_t *out)
{
	static struct ts_peer *peers[PEERS_MAX];
	static bool left[PEERS_MAX];
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
		json_array_append_new(list, report_of(sc, peers[i]));
		snapshot(sc, peers[i], out);
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
	static struct scenario sc;
	read_scenario(&sc, root);
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
