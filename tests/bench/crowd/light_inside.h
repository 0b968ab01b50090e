/* light_inside - the inside of a light participant, shared by light.c (media) and light_way.c
 * (joining, ICE, DTLS). */
#ifndef TS_TESTS_BENCH_LIGHT_INSIDE_H
#define TS_TESTS_BENCH_LIGHT_INSIDE_H

#include "codec/depacketize.h"
#include "tests/bench/crowd/dial.h"
#include "tests/bench/crowd/light.h"
#include "tests/bench/crowd/stream.h"
#include "tests/bench/crowd/stun.h"
#include "tests/peer/describe.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { TS_LIGHT_DELAYS_MAX = 256 };
enum ts_light_state { TS_LIGHT_NEW, TS_LIGHT_CHECK, TS_LIGHT_DTLS, TS_LIGHT_FLOWS, TS_LIGHT_OVER };

struct ts_light {
	struct ts_light_spec spec;
	struct ts_crowd *crowd;
	struct ts_dtls_cert *cert;
	struct ts_light *next;

	/* the joiner's, then the crowd's */
	pthread_t joiner;
	bool has_joiner;
	struct ts_describe describe;
	struct ts_transport_config config;
	struct ts_transport_local local;
	struct ts_dial dial;
	char session[700];
	long http_status;
	int64_t offer_ns, answer_ns, connected_ns;
	struct sockaddr_in server;
	int fd; /* the crowd's; its own with own_socket */

	/* the crowd's */
	enum ts_light_state state;
	const char *failure;
	struct ts_stun *stun;
	struct ts_dtls *dtls;
	struct ts_srtp *srtp;
	/* of a call, whose media have keys and ports of their own; else NULL */
	struct ts_srtp *video_srtp;
	int64_t check_ns, dtls_ns, report_ns;

	const struct ts_clip *clip;
	struct ts_au **unit; /* [clip's frames] */
	const struct ts_voice *voice;
	struct ts_stream video_out, audio_out;
	int64_t video_ns, audio_ns, start_ns, picture, frame;
	int clip_frame;
	uint32_t luck; /* what decides about loss */
	uint64_t keys_asked, nacks, repairs;

	atomic_bool marked, flows;
	struct ts_meter video_in, audio_in;
	uint32_t video_ssrc, audio_ssrc; /* of what comes in; 0: nothing yet */
	bool inspects;                   /* decrypts what comes in */
	struct ts_depacketizer *depacketizer;
	AVPacket *packet;
	int64_t ext_seq, first_key_ns;
	FILE *record;
	struct ts_audio_decoder *ear;
	struct ts_onset onset;
	int64_t delay_ns[TS_LIGHT_DELAYS_MAX];
	size_t n_delays;
};

/* ---- light_way.c */
void ts_light_way_run(struct ts_light *light, int64_t now_ns);
void ts_light_way_stun(struct ts_light *light, const uint8_t *data, size_t len, int64_t now_ns);
void ts_light_way_dtls(struct ts_light *light, const uint8_t *data, size_t len, int64_t now_ns);
/* ---- light_in.c */
void ts_light_inspect(struct ts_light *light, const uint8_t *data, size_t len, int64_t arrival_ns);
void ts_light_listen(struct ts_light *light, const uint8_t *data, size_t len, int64_t arrival_ns);
void ts_light_rtcp(struct ts_light *light, const uint8_t *data, size_t len);
/* ---- light.c */
/* the joiner's or the crowd's, whoever has it */
void ts_light_fail(struct ts_light *light, const char *why);
void ts_light_start_media(struct ts_light *light, int64_t now_ns);

#endif
