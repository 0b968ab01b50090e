/* sender - streams of the codecs that we receive alone: coded by libavcodec, cut into RTP payloads
 * as senders do it. For tests of codec/ and for seeds of the fuzzers. */
#ifndef TS_TESTS_UNIT_CODEC_SENDER_H
#define TS_TESTS_UNIT_CODEC_SENDER_H

#include "tests/unit/codec/support.h"
#include <libavcodec/avcodec.h>

struct ts_test_sender {
	enum ts_codec codec;
	AVCodecContext *ctx;
	AVPacket *packet;
	int64_t pts;
};

/* False: this libavcodec has no encoder for it. A keyframe comes first, then when asked for. */
bool ts_test_sender_open(struct ts_test_sender *s, enum ts_codec codec, int width, int height,
	enum AVPixelFormat format);
void ts_test_sender_close(struct ts_test_sender *s);
/* The next picture, of bars (ts_test_draw_patches). False: the encoder gave nothing yet. */
bool ts_test_sender_encode(struct ts_test_sender *s, bool key);

/* One payload after the other of s->packet. */
typedef void ts_test_payload_fn(void *arg, const uint8_t *payload, size_t len, bool last);
void ts_test_sender_cut(const struct ts_test_sender *s, size_t mtu, ts_test_payload_fn *fn,
	void *arg);

#endif
