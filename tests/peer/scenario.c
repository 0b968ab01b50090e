#include "tests/peer/scenario.h"

#include "tests/peer/json.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void read_spec(struct ts_peer_spec *s, const struct ts_scenario *sc, json_t *o, int index)
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
	snprintf(s->film, sizeof s->film, "%s", ts_json_text(o, "film", ""));
	snprintf(s->name, sizeof s->name, "peer-%d", s->who);
	s->melody = ts_json_is_true(o, "melody");
	read_relay(s, json_object_get(o, "relay"));
}

void ts_scenario_read(struct ts_scenario *sc, json_t *root)
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
		o) for (int k = 0;
			k < ts_json_number(o, "count", 1) && sc->n < TS_SCENARIO_PEERS_MAX; k++)
		read_spec(&sc->spec[sc->n++], sc, o, k);
}
