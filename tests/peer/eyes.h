/* eyes - watches one incoming video stream: rates, gaps, keyframes; and, when asked to decode, who
 * is in which tile and how old the picture is.
 *
 * Thread  one strand.
 */
#ifndef TS_TESTS_PEER_EYES_H
#define TS_TESTS_PEER_EYES_H

#include "base/packet.h"
#include "codec/depacketize.h"
#include "codec/video.h"
#include "layout/layout.h"
#include "tests/peer/film.h"
#include "tests/peer/lips.h"
#include <pthread.h>

enum { EYES_WHO_MAX = 64, EYES_DELAYS_MAX = 1 << 16, EYES_MOVES_MAX = 64 };
enum { EYES_KEYS_MAX = 1024, EYES_SECONDS_MAX = 600 };

/* One second of what was decoded; gap_ns: the longest time without a picture that ended in it. */
struct ts_eyes_second { uint16_t pictures, height; int64_t gap_ns; };

/* When each marked picture left its sender, for all peers of the process. */
void ts_eyes_sent(uint8_t who, uint16_t frame, int64_t now_ns);

struct ts_eyes_tile { struct ts_rect rect; int who; }; /* who < 0: not one of us */

/* What was seen after the API answered that the layout is another. A picture is of a layout when
 * the mark in each of its tiles can be read and is the right one, and a mixture when some tile
 * holds somebody else by the old layout and by the new one alike. */
struct ts_eyes_move {
	/* arrived_ns: of the first picture of the new layout; 0: none came */
	int64_t answered_ns, arrived_ns;
	/* pictures; unclear: neither, some marks could not be read; old_again: after arrived_ns */
	int mixtures, unclear, old_again;
};

struct ts_eyes {
	bool decode;
	struct ts_lips *lips;       /* told of each mark; NULL: nobody's */
	int64_t capture_ns;         /* of the picture that is looked at */
	enum ts_codec codec;
	struct ts_depacketizer *depacketizer;
	struct ts_video_decoder *decoder;
	AVPacket *unit;
	AVFrame *last;              /* the newest picture, for a snapshot */
	FILE *film;                 /* where all of them go; NULL: nowhere. Closed by fini */

	/* what the API said is where, in canvas pixels; set by another thread */
	pthread_mutex_t lock;
	struct ts_eyes_tile tile[TS_REGIONS_MAX];
	size_t n_tiles;
	int canvas_w, canvas_h;
	struct ts_eyes_tile old_tile[TS_REGIONS_MAX]; /* before the move */
	size_t n_old_tiles;
	struct ts_eyes_move move[EYES_MOVES_MAX];
	size_t n_moves;

	uint64_t packets, bytes, units, keys, lost, pictures, decode_errors;
	uint32_t first_rtp, last_rtp, last_key_rtp;
	int64_t last_arrival_ns, max_gap_ns, first_key_ns, first_picture_ns, min_key_gap_ns,
		last_key_ns;
	/* between pictures decoded, which is later than their arrival where packets were missing */
	int64_t last_picture_ns, worst_freeze_ns;
	/* nothing can be decoded until one comes: request it, again while it is set */
	bool wants_keyframe;
	uint64_t broken;            /* units that could not be decoded for what was lost before */
	int width, height;
	uint64_t marks[EYES_WHO_MAX], wrong;
	int wrong_run[TS_REGIONS_MAX], worst_wrong_run;
	int last_mark[EYES_WHO_MAX];
	/* longest time without a new picture of them */
	int64_t mark_ns[EYES_WHO_MAX], worst_still_ns[EYES_WHO_MAX];
	int64_t key_at_ns[EYES_KEYS_MAX];                /* [keys], of the first so many */
	struct ts_eyes_second second[EYES_SECONDS_MAX];  /* [n_seconds], from the first picture */
	size_t n_seconds;
	int32_t delay_us[EYES_DELAYS_MAX];
	size_t n_delays;
};

int ts_eyes_init(struct ts_eyes *eyes, bool decode);
void ts_eyes_fini(struct ts_eyes *eyes);
void ts_eyes_packet(struct ts_eyes *eyes, const struct ts_packet *packet);
void ts_eyes_set_tiles(struct ts_eyes *eyes, const struct ts_eyes_tile *tiles, size_t n,
	int canvas_w, int canvas_h);
/* The same when the layout was changed on purpose, at that time: what follows is watched. */
void ts_eyes_move(struct ts_eyes *eyes, const struct ts_eyes_tile *tiles, size_t n,
	int64_t answered_ns);
void ts_eyes_look_away(struct ts_eyes *eyes); /* from now on nobody is looked for in the pictures */
int ts_eyes_delay_us(struct ts_eyes *eyes, double quantile); /* -1: none measured */

#endif
