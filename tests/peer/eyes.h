/* eyes - watches one incoming video stream: rates, gaps, key pictures; and, when asked to decode, who is in which tile and how old he is.
 *
 * Thread  one strand.
 */
#ifndef TS_TESTS_PEER_EYES_H
#define TS_TESTS_PEER_EYES_H

#include "base/packet.h"
#include "codec/depay.h"
#include "codec/video.h"
#include "layout/layout.h"
#include <pthread.h>

enum { EYES_WHO_MAX = 64, EYES_DELAYS_MAX = 1 << 16 };

/* When each marked picture left its sender, for all peers of the process. */
void ts_eyes_sent(uint8_t who, uint16_t frame, int64_t now_ns);

struct ts_eyes_tile { struct ts_rect rect; int who; }; /* who < 0: not one of us */

struct ts_eyes {
	bool decode;
	enum ts_codec codec;
	struct ts_depay *depay;
	struct ts_video_decoder *decoder;
	AVPacket *unit;
	AVFrame *last;              /* the newest picture, for a snapshot */

	/* what the API said is where, in canvas pixels; set by another thread */
	pthread_mutex_t lock;
	struct ts_eyes_tile tile[TS_REGIONS_MAX];
	size_t n_tiles;
	int canvas_w, canvas_h;

	uint64_t packets, bytes, units, keys, lost, pictures, decode_errors;
	uint32_t first_rtp, last_rtp;
	int64_t last_arrival_ns, max_gap_ns, first_key_ns, first_picture_ns, min_key_gap_ns, last_key_ns;
	int width, height;
	uint64_t marks[EYES_WHO_MAX], wrong;
	int wrong_run[TS_REGIONS_MAX], worst_wrong_run;
	int last_mark[EYES_WHO_MAX];
	int64_t mark_ns[EYES_WHO_MAX], worst_still_ns[EYES_WHO_MAX]; /* longest time without a new picture of him */
	int32_t delay_us[EYES_DELAYS_MAX];
	size_t n_delays;
};

int ts_eyes_init(struct ts_eyes *eyes, bool decode);
void ts_eyes_fini(struct ts_eyes *eyes);
void ts_eyes_packet(struct ts_eyes *eyes, const struct ts_packet *packet);
void ts_eyes_set_tiles(struct ts_eyes *eyes, const struct ts_eyes_tile *tiles, size_t n, int canvas_w, int canvas_h);
int ts_eyes_delay_us(struct ts_eyes *eyes, double quantile); /* -1: none measured */

#endif
