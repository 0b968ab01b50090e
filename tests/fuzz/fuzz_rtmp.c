/* What a publisher sends by RTMP: by the first byte behind a handshake or not, admitted or not, in
 * pieces. What comes out of it is FLV of whole tags, texts end, and memory is limited. */
#include "base/error.h"
#include "control/ingest/rtmp.h"
#include "control/ingest/target.h"
#include <stdlib.h>
#include <string.h>

struct end {
	struct ts_rtmp rtmp;
	bool admit;
	size_t sent, media;
};

static bool on_send(void *arg, const uint8_t *bytes, size_t n)
{
	struct end *e = arg;
	if (n && bytes[0] != 3 && bytes[0] != 2 && n != TS_RTMP_HANDSHAKE) abort();
	e->sent += n;
	return e->sent < 64 * 1024;
}

static void on_publish(void *arg, const char *app, const char *key)
{
	struct end *e = arg;
	struct ts_target target;
	if (strlen(app) >= TS_RTMP_TEXT_MAX || strlen(key) >= TS_RTMP_TEXT_MAX) abort();
	if (ts_target_of_rtmp(&target, app, key)) {
		if (*target.room || *target.secret) abort();
	} else if (!*target.room) {
		abort();
	}
	ts_rtmp_answer(&e->rtmp, e->admit);
}

static bool on_media(void *arg, const uint8_t *bytes, size_t n)
{
	struct end *e = arg;
	if (e->rtmp.state != TS_RTMP_PUBLISHING || !n) abort();
	if (!e->media && memcmp(bytes, "FLV", 3) != 0) abort();
	e->media += n;
	return e->media < 1 << 20;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ts_rtmp_events events = {
		.send = on_send, .on_publish = on_publish, .on_media = on_media};
	struct end e = {0};
	if (!size) return 0;
	const uint8_t how = data[0];
	const size_t piece = 1 + (how >> 2) * (size_t)7;
	ts_rtmp_init(&e.rtmp, &events, &e);
	e.admit = how & 1;
	if (how & 2) {
		e.rtmp.state = TS_RTMP_CONNECTING;
		e.rtmp.hello[0] = 3;
	}
	int err = 0;
	for (size_t at = 1; at < size && !err; at += piece) {
		err = ts_rtmp_feed(&e.rtmp, data + at, piece < size - at ? piece : size - at);
		if (e.rtmp.chunks.held > 2 * e.rtmp.chunks.message_max) abort();
	}
	ts_rtmp_fini(&e.rtmp);
	return 0;
}
