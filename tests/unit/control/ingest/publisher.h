/* publisher - what an RTMP client sends, byte by byte; for tests. */
#ifndef TS_TESTS_UNIT_CONTROL_INGEST_PUBLISHER_H
#define TS_TESTS_UNIT_CONTROL_INGEST_PUBLISHER_H

#include "control/ingest/amf0.h"
#include <assert.h>
#include <stdlib.h>

enum { PUBLISHER_BYTES = 32 * 1024, PUBLISHER_CHUNK = 128 };

/* One message in chunks of 128 bytes. */
static inline void pub_message(
	struct ts_wr *w, uint8_t type, uint32_t time, const uint8_t *body, size_t n)
{
	const uint8_t id = type == 20 ? 3 : type == 9 ? 6 : type < 8 ? 2 : 4;
	ts_wr_u8(w, id);
	ts_wr_u24(w, time);
	ts_wr_u24(w, (uint32_t)n);
	ts_wr_u8(w, type);
	ts_wr_u8(w, type < 8 || type == 20 ? 0 : 1);
	ts_wr_u24(w, 0);
	for (size_t at = 0; at < n; at += PUBLISHER_CHUNK) {
		if (at) ts_wr_u8(w, 0xc0 | id);
		ts_wr_bytes(w, body + at, n - at < PUBLISHER_CHUNK ? n - at : PUBLISHER_CHUNK);
	}
	assert(!w->bad);
}

static inline void pub_hello(struct ts_wr *w)
{
	ts_wr_u8(w, 3);
	for (int i = 0; i < 2 * 1536; i++) ts_wr_u8(w, (uint8_t)(i * 7));
}

static inline void pub_command(struct ts_wr *w, const char *name, double transaction,
	void (*rest)(struct ts_wr *body, const char *text), const char *text)
{
	uint8_t bytes[2048];
	struct ts_wr body = ts_wr(bytes, sizeof bytes);
	ts_amf_string(&body, name);
	ts_amf_number(&body, transaction);
	if (rest)
		rest(&body, text);
	else
		ts_amf_null(&body);
	pub_message(w, 20, 0, bytes, ts_wr_len(&body));
}

static inline void pub_connect_rest(struct ts_wr *body, const char *app)
{
	ts_amf_object(body);
	ts_amf_name(body, "app");
	ts_amf_string(body, app);
	ts_amf_name(body, "type");
	ts_amf_string(body, "nonprivate");
	ts_amf_name(body, "fourCcList");
	ts_wr_u8(body, 10); /* strict array */
	ts_wr_u32(body, 2);
	ts_amf_string(body, "av01");
	ts_amf_string(body, "hvc1");
	ts_amf_name(body, "tcUrl");
	ts_amf_string(body, "rtmp://example.org/live");
	ts_amf_end(body);
}

static inline void pub_key_rest(struct ts_wr *body, const char *key)
{
	ts_amf_null(body);
	ts_amf_string(body, key);
	ts_amf_string(body, "live");
}

/* Metadata that names those tracks. */
static inline void pub_metadata(struct ts_wr *w, bool wrapped, bool video, bool audio)
{
	uint8_t bytes[512];
	struct ts_wr body = ts_wr(bytes, sizeof bytes);
	if (wrapped) ts_amf_string(&body, "@setDataFrame");
	ts_amf_string(&body, "onMetaData");
	ts_wr_u8(&body, 8); /* ECMA array */
	ts_wr_u32(&body, 2);
	ts_amf_name(&body, "width");
	ts_amf_number(&body, 320);
	if (video) ts_amf_name(&body, "videocodecid"), ts_amf_number(&body, 7);
	if (audio) ts_amf_name(&body, "audiocodecid"), ts_amf_number(&body, 10);
	ts_amf_end(&body);
	pub_message(w, 18, 0, bytes, ts_wr_len(&body));
}

/* All up to publish, as OBS and ffmpeg send it. */
static inline void pub_begin(struct ts_wr *w, const char *app, const char *key)
{
	pub_hello(w);
	pub_command(w, "connect", 1, pub_connect_rest, app);
	pub_command(w, "releaseStream", 2, pub_key_rest, key);
	pub_command(w, "FCPublish", 3, pub_key_rest, key);
	pub_command(w, "createStream", 4, NULL, NULL);
	pub_command(w, "_checkbw", 5, NULL, NULL);
	pub_command(w, "publish", 6, pub_key_rest, key);
}

#endif
