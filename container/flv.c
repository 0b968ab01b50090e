#include "container/flv.h"

#include "base/bytes.h"
#include "codec/avcc.h"
#include <string.h>

enum {
	TAG_AUDIO = 8,
	TAG_VIDEO = 9,
	TAG_SCRIPT = 18,
	TAG_HEAD = 11,
	TAG_TAIL = 4,
	TAG_MAX = 1 << 24,
	KEYFRAME_AVC = 0x17, /* E.4.3.1: frame type, codec */
	INTER_AVC = 0x27,
	AAC = 0xaf, /* E.4.2.1: 44 kHz, stereo, whatever its config says */
	SEQUENCE_HEADER = 0,
	DATA = 1,
	VIDEO_HEAD = 5,
	AUDIO_HEAD = 2,
	OPENING_MAX = 1024,
};

/* ---- tags (E.4.1) */

static uint8_t *begin_tag(struct ts_wr *w, uint8_t type, uint32_t ms)
{
	uint8_t *at = ts_wr_skip(w, 4);
	if (at) *at = type;
	ts_wr_u24(w, ms & 0xffffff);
	ts_wr_u8(w, (uint8_t)(ms >> 24));
	ts_wr_u24(w, 0); /* StreamID */
	return at;
}

static void end_tag(struct ts_wr *w, uint8_t *at)
{
	if (!at || w->bad) return;
	const size_t len = (size_t)(w->p - at);
	struct ts_wr size = ts_wr(at + 1, 3);
	ts_wr_u24(&size, (uint32_t)(len - TAG_HEAD));
	ts_wr_u32(w, (uint32_t)len);
}

static void write_header(struct ts_wr *w)
{
	ts_wr_bytes(w, "FLV\1\5\0\0\0\11\0\0\0\0", TS_FLV_HEADER_BYTES);
}

static void write_number(struct ts_wr *w, const char *name, double value)
{
	uint64_t bits;
	memcpy(&bits, &value, sizeof bits);
	ts_wr_u16(w, (uint16_t)strlen(name));
	ts_wr_bytes(w, name, strlen(name));
	ts_wr_u8(w, 0);
	ts_wr_u32(w, (uint32_t)(bits >> 32));
	ts_wr_u32(w, (uint32_t)bits);
}

/* E.5: some players have no other way to learn the size before the first picture. */
static void write_metadata(struct ts_wr *w, const struct ts_flv_tracks *t, uint32_t ms)
{
	uint8_t *tag = begin_tag(w, TAG_SCRIPT, ms);
	ts_wr_u8(w, 2);
	ts_wr_u16(w, 10);
	ts_wr_bytes(w, "onMetaData", 10);
	ts_wr_u8(w, 8);
	ts_wr_u32(w, 6);
	write_number(w, "width", t->width);
	write_number(w, "height", t->height);
	write_number(w, "framerate", t->fps);
	write_number(w, "videocodecid", 7);
	write_number(w, "audiocodecid", 10);
	write_number(w, "audiosamplerate", 48000);
	ts_wr_u24(w, 9); /* end of the list */
	end_tag(w, tag);
}

struct ts_blob *ts_flv_opening(const struct ts_flv_tracks *t, uint32_t ms)
{
	uint8_t bytes[OPENING_MAX], record[OPENING_MAX / 2];
	const size_t record_len = ts_avcc_record(record, sizeof record, t->sets, t->sets_len);
	struct ts_wr w = ts_wr(bytes, sizeof bytes);
	write_header(&w);
	write_metadata(&w, t, ms);
	uint8_t *tag = begin_tag(&w, TAG_VIDEO, ms);
	ts_wr_u8(&w, KEYFRAME_AVC);
	ts_wr_u8(&w, SEQUENCE_HEADER);
	ts_wr_u24(&w, 0);
	ts_wr_bytes(&w, record, record_len);
	end_tag(&w, tag);
	tag = begin_tag(&w, TAG_AUDIO, ms);
	ts_wr_u8(&w, AAC);
	ts_wr_u8(&w, SEQUENCE_HEADER);
	ts_wr_bytes(&w, t->aac, t->aac_len);
	end_tag(&w, tag);
	struct ts_blob *blob = w.bad || !record_len ? NULL : ts_blob_new(ts_wr_len(&w));
	if (blob) memcpy(blob->bytes, bytes, blob->len);
	return blob;
}

struct ts_blob *ts_flv_video(const uint8_t *unit, size_t len, bool key, uint32_t ms)
{
	const size_t most = TAG_HEAD + VIDEO_HEAD + ts_avcc_bound(len) + TAG_TAIL;
	struct ts_blob *blob = len < TAG_MAX && most < TAG_MAX ? ts_blob_new(most) : NULL;
	if (!blob) return NULL;
	struct ts_wr w = ts_wr(blob->bytes, most);
	uint8_t *tag = begin_tag(&w, TAG_VIDEO, ms);
	ts_wr_u8(&w, key ? KEYFRAME_AVC : INTER_AVC);
	ts_wr_u8(&w, DATA);
	ts_wr_u24(&w, 0); /* CompositionTime: none is shown later than it is decoded */
	const size_t n = ts_avcc_write(w.p, unit, len);
	ts_wr_skip(&w, n);
	end_tag(&w, tag);
	blob->len = ts_wr_len(&w);
	if (!n) ts_blob_unref(&blob);
	return blob;
}

struct ts_blob *ts_flv_audio(const uint8_t *frame, size_t len, uint32_t ms)
{
	const size_t all = TAG_HEAD + AUDIO_HEAD + len + TAG_TAIL;
	struct ts_blob *blob = len < TAG_MAX - TAG_HEAD - AUDIO_HEAD ? ts_blob_new(all) : NULL;
	if (!blob) return NULL;
	struct ts_wr w = ts_wr(blob->bytes, all);
	uint8_t *tag = begin_tag(&w, TAG_AUDIO, ms);
	ts_wr_u8(&w, AAC);
	ts_wr_u8(&w, DATA);
	ts_wr_bytes(&w, frame, len);
	end_tag(&w, tag);
	return blob;
}
