/* crowd - the load generator: any number of participants from one process, against a running server
 * or a sink.
 *
 *   crowd scenario.json          prints "ready" when everybody gets what they came for, then obeys
 *                                lines on its standard input: mark (count from now on), stop; at
 *                                the end, or of its input, one JSON document
 *
 * { "url":"http://127.0.0.1:8080", "groups":[ {"count":16, "room":"r", "rooms":1, "who":0,
 *     "name":"p", "send":"h264", "receive":"h264",
 *     "audio":"opus", "talkers":3, "voice":"talk", "others":"silent", "watch":false,
 *     "sample":false, "sink":false, "own_socket":false, "sip":"127.0.0.1:5060", "srtp":true,
 *     "width":640, "height":360, "fps":30, "kbps":600, "files":["a.mp4"], "join_ms":0,
 *     "join_every_ms":20, "query":"", "loss":0, "listen":false, "record":"mix.264"} ] }
 *
 * count people in each of the rooms r, r-1, r-2 ...; the first `talkers` of each have `voice`, the
 * rest `others` (talk, silent, noisy, pulse). Person i sends files[i mod n], else a marked clip of
 * their own. sample: decodes what it watches. record: the first of the group writes what it gets.
 * listen: it times the beginnings of a pulse's tone. own_socket: one each, as media.port needs it
 * (not of calls).
 */
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "tests/bench/crowd/report.h"
#include "tests/peer/json.h"
#include <curl/curl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define READY_NS (40 * TS_NS_PER_S)

static struct ts_light_spec spec[TS_CROWD_MAX];
static struct ts_light *light[TS_CROWD_MAX];
static bool is_sample[TS_CROWD_MAX];
static size_t n_specs;

static enum ts_codec codec_named(const char *name)
{
	for (enum ts_codec c = TS_CODEC_OPUS; c < TS_CODEC_COUNT; c++)
		if (!strcmp(name, ts_codec_name(c))) return c;
	return TS_CODEC_NONE;
}

static enum ts_voice_kind voice_named(const char *name)
{
	return !strcmp(name, "talk")     ? TS_VOICE_TALK
		: !strcmp(name, "noisy") ? TS_VOICE_NOISY
		: !strcmp(name, "pulse") ? TS_VOICE_PULSE
					 : TS_VOICE_SILENT;
}

/* Person i of room k of a group. */
static void read_spec(struct ts_light_spec *s, json_t *root, json_t *o, int k, int i)
{
	json_t *files = json_object_get(o, "files");
	bool talks = i < ts_json_number(o, "talkers", 3);
	*s = (struct ts_light_spec){
		.who = ts_json_number(o, "who", 0) + i,
		.watch = ts_json_is_true(o, "watch"),
		.sink = ts_json_is_true(o, "sink"),
		.own_socket = ts_json_is_true(o, "own_socket"),
		.srtp = ts_json_is_true(o, "srtp"),
		.listens = ts_json_is_true(o, "listen"),
		.send_video = codec_named(ts_json_text(o, "send", "h264")),
		.receive_video = codec_named(ts_json_text(o, "receive", "h264")),
		.audio = codec_named(ts_json_text(o, "audio", "opus")),
		.voice = voice_named(talks ? ts_json_text(o, "voice", "talk")
					   : ts_json_text(o, "others", "silent")),
		.width = ts_json_number(o, "width", 640),
		.height = ts_json_number(o, "height", 360),
		.fps = ts_json_number(o, "fps", 30),
		.kbps = ts_json_number(o, "kbps", 600),
		.loss_permille = ts_json_number(o, "loss", 0),
		.join_at_ms = ts_json_number(o, "join_ms", 0) +
			(int64_t)ts_json_number(o, "join_every_ms", 20) * i,
	};
	snprintf(s->url, sizeof s->url, "%s", ts_json_text(root, "url", "http://127.0.0.1:8080"));
	snprintf(s->room, sizeof s->room, k ? "%.50s-%d" : "%.50s",
		ts_json_text(o, "room", "bench"), k);
	snprintf(s->name, sizeof s->name, "%.40s-%d", ts_json_text(o, "name", "p"), s->who);
	snprintf(s->query, sizeof s->query, "%s", ts_json_text(o, "query", ""));
	snprintf(s->sip, sizeof s->sip, "%s", ts_json_text(o, "sip", ""));
	if (i == 0 && k == 0)
		snprintf(s->record, sizeof s->record, "%s", ts_json_text(o, "record", ""));
	size_t n = json_array_size(files);
	if (n)
		snprintf(s->file, sizeof s->file, "%s",
			json_string_value(json_array_get(files, (size_t)i % n)));
	if (s->sip[0]) {
		s->send_video = s->receive_video; /* one codec both ways */
		s->own_socket = false;
	}
}

static void read_scenario(json_t *root)
{
	size_t g;
	json_t *o;
	json_array_foreach(json_object_get(root, "groups"), g,
		o) for (int k = 0; k < ts_json_number(o, "rooms", 1);
			k++) for (int i = 0;
				  i < ts_json_number(o, "count", 1) && n_specs < TS_CROWD_MAX; i++)
	{
		is_sample[n_specs] = ts_json_is_true(o, "sample");
		read_spec(&spec[n_specs++], root, o, k, i);
	}
}

/* ---- the play */

enum order { NONE, MARK, STOP };

/* Waits for a line, ms at most. */
static enum order next_order(int ms)
{
	static char line[64];
	static size_t n;
	struct pollfd p = {.fd = 0, .events = POLLIN};
	if (poll(&p, 1, ms) <= 0) return NONE;
	ssize_t got = read(0, line + n, 1);
	if (got <= 0) return STOP;
	if (line[n] != '\n' && n + 1 < sizeof line) {
		n++;
		return next_order(0);
	}
	line[n] = 0;
	n = 0;
	return !strcmp(line, "mark") ? MARK : STOP;
}

static bool everybody_flows(struct ts_samples *samples)
{
	for (size_t i = 0; i < n_specs; i++)
		if (light[i] && !ts_light_flows(light[i])) return false;
	return ts_samples_flow(samples);
}

static void die(const char *what, int err)
{
	fprintf(stderr, "crowd: %s: %s\n", what, ts_strerror(err));
	exit(1);
}

/* Those whose time has come join; how many are still to come. */
static size_t join_due(struct ts_samples *samples, int64_t now_ms)
{
	static bool joined[TS_CROWD_MAX];
	size_t waiting = 0;
	for (size_t i = 0; i < n_specs; i++) {
		if (joined[i]) continue;
		if (spec[i].join_at_ms > now_ms) {
			waiting++;
			continue;
		}
		int err = is_sample[i] ? ts_samples_add(samples, &spec[i])
				       : ts_light_join(light[i]);
		if (err) die(spec[i].name, err);
		joined[i] = true;
	}
	return waiting;
}

static void play(struct ts_samples *samples)
{
	int64_t start_ns = ts_now_ns(), follow_ns = start_ns;
	bool ready = false;
	for (;;) {
		int64_t now_ns = ts_now_ns();
		size_t waiting = join_due(samples, (now_ns - start_ns) / TS_NS_PER_MS);
		if (!ready && !waiting &&
			(everybody_flows(samples) || now_ns - start_ns > READY_NS)) {
			ready = true;
			printf("ready\n");
			fflush(stdout);
		}
		if (now_ns >= follow_ns && ts_samples_count(samples)) {
			ts_samples_follow(samples);
			follow_ns = now_ns + TS_NS_PER_S;
		}
		enum order order = next_order(waiting || !ready ? 5 : 100);
		for (size_t i = 0; i < n_specs && order == MARK; i++)
			if (light[i]) ts_light_mark(light[i]);
		if (order == STOP) return;
	}
}

static void allow_sockets(void)
{
	struct rlimit files;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char **argv)
{
	json_error_t e;
	json_t *root = argc == 2 ? json_load_file(argv[1], 0, &e) : NULL;
	struct ts_crowd *crowd;
	struct ts_dtls_cert *cert;
	struct ts_samples *samples;
	if (!root) {
		fprintf(stderr, "usage: crowd scenario.json\n%s\n", argc == 2 ? e.text : "");
		return 2;
	}
	allow_sockets();
	ts_log_init();
	ts_log_set_level(TS_LOG_WARN);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	read_scenario(root);
	int err = ts_dtls_cert_create(&cert);
	if (!err) err = ts_crowd_start(&crowd);
	if (!err) err = ts_samples_create(&samples);
	for (size_t i = 0; i < n_specs && !err; i++)
		if (!is_sample[i]) err = ts_light_create(&light[i], crowd, cert, &spec[i]);
	if (err) die("start", err);
	play(samples);
	ts_crowd_stop(crowd);
	ts_samples_stop(samples);
	for (size_t i = 0; i < n_specs; i++)
		if (light[i]) ts_light_leave(light[i]);
	json_t *out = ts_crowd_report(crowd, light, n_specs, samples);
	json_dumpf(out, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
	printf("\n");
	json_decref(out);
	for (size_t i = 0; i < n_specs; i++)
		if (light[i]) ts_light_free(&light[i]);
	ts_samples_destroy(&samples);
	ts_crowd_free(&crowd);
	ts_dtls_cert_destroy(&cert);
	ts_voice_forget_all();
	ts_clip_forget_all();
	json_decref(root);
	curl_global_cleanup();
	return 0;
}
