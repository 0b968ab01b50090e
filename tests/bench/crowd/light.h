/* light - one participant of the load generator who costs next to nothing: sends coded clips and a
 * coded voice, counts what comes back by its headers, decrypts only until the first keyframe (and
 * all of it when it records).
 *
 *   NEW --join or dial (a thread of its own)--> crowd: CHECK (ICE) --> DTLS
 *       --> FLOWS        a sink's or a phone's goes to FLOWS at once
 *
 * Thread  create, join, free, the reports: the owner's; begin, run, input: the crowd's.
 */
#ifndef TS_TESTS_BENCH_LIGHT_H
#define TS_TESTS_BENCH_LIGHT_H

#include "base/media.h"
#include "tests/bench/crowd/crowd.h"
#include "tests/bench/crowd/meter.h"
#include "tests/bench/crowd/voice.h"
#include "tests/media/clip.h"
#include "transport/secure/dtls.h"
#include <stdbool.h>

struct ts_light_spec {
	char url[128], room[64], name[64], query[128], file[256], record[256];
	char sip[64];                /* ADDR:PORT: calls there; "": joins at url */
	bool srtp;                   /* of a call: keys in the description */
	int who;
	bool watch;                  /* WHEP */
	bool own_socket;             /* else it shares one with all */
	bool sink;                   /* sends to nobody: what generating costs */
	bool listens;                /* decodes the sound it gets and times where tones begin */
	enum ts_codec send_video;    /* NONE: no camera */
	/* NONE: no m-line of video at all; of a call: the one codec both ways */
	enum ts_codec receive_video;
	enum ts_codec audio;         /* OPUS; with sip PCMU; NONE: no microphone */
	enum ts_voice_kind voice;
	int width, height, fps, kbps;
	int loss_permille;           /* of its packets never leave */
	int64_t join_at_ms;
};

struct ts_light;

int ts_light_create(struct ts_light **out, struct ts_crowd *crowd, struct ts_dtls_cert *cert,
	const struct ts_light_spec *spec);
/* Starts the thread that joins and then gives the light to the crowd. */
int ts_light_join(struct ts_light *light);
/* After the crowd has stopped: leaves the room. */
void ts_light_leave(struct ts_light *light);
void ts_light_free(struct ts_light **light);
/* What is counted from now on is of the steady state. Any thread; within 5 ms. */
void ts_light_mark(struct ts_light *light);
/* something came, or it has failed. Any thread */
bool ts_light_flows(const struct ts_light *light);

struct ts_light_report {
	const struct ts_light_spec *spec;
	const char *failure;         /* NULL: none */
	long http_status;
	int64_t offer_ns, answer_ns, connected_ns, first_key_ns;
	const struct ts_meter *video, *audio;
	uint64_t repairs, keys_asked, nacks, units_sent;
	const int64_t *delay_ns;     /* [n_delays], of tones' beginnings */
	size_t n_delays;
};
/* after the crowd has stopped */
void ts_light_report(const struct ts_light *light, struct ts_light_report *out);

/* ---- for the crowd */
int ts_light_fd(const struct ts_light *light);
struct ts_light *ts_light_next(const struct ts_light *light);
void ts_light_set_next(struct ts_light *light, struct ts_light *next);
/* The ports that its media come from: [2], 0 for none. */
void ts_light_server_ports(const struct ts_light *light, uint16_t *port);
void ts_light_begin(struct ts_light *light, int64_t now_ns);
int64_t ts_light_due_ns(const struct ts_light *light);
/* does what is due; when it is due again */
int64_t ts_light_run(struct ts_light *light, int64_t now_ns);
void ts_light_input(struct ts_light *light, const uint8_t *data, size_t len, int64_t arrival_ns);

#endif
