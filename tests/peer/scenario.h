/* scenario - what is to be played: who joins when, what they send, what they go through.
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
 *              "tone_period_ms":1000, "pcm":"/tmp/x.pcm", "film":"/tmp/x.film",
 *              "file":"/tmp/x.mp4", "melody":true,
 *              "relay":{"seed":1, "loss":"5%", "jitter":"30ms", "down-rate":"800k",
 *                       "changes":[{"at_ms":15000, "down-rate":"300k"}]}} ] }
 *
 * Strings of it are those of the JSON, which outlives it. What is left out has the value shown, or
 * none; what is misspelt is as if left out, but for options of a relay, which end the program (2).
 */
#ifndef TS_TESTS_PEER_SCENARIO_H
#define TS_TESTS_PEER_SCENARIO_H

#include "tests/peer/peer.h"
#include <jansson.h>

enum { TS_SCENARIO_PEERS_MAX = 600 };

struct ts_scenario {
	const char *url, *room, *snapshot;
	int64_t seconds;
	json_t *layouts; /* chosen in turn by REST; NULL: none */
	int layouts_from_ms, layouts_every_ms, together_ms;
	struct ts_peer_spec spec[TS_SCENARIO_PEERS_MAX];
	size_t n;
};

/* Into one that is zeroed. */
void ts_scenario_read(struct ts_scenario *scenario, json_t *root);

#endif
