/* The bytes of a WebSocket: the same messages however they come, none too long, and nothing after
 * the end. The first byte says how the rest is cut. */
#include "base/error.h"
#include "control/http/frames.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { MESSAGE_MAX = 600, QUEUE_MAX = 2000 };

struct told {
	size_t messages, bytes;
	struct ts_frames *frames;
};

static void on_message(void *arg, enum ts_frames_kind kind, const uint8_t *data, size_t len)
{
	struct told *told = arg;
	if (len > MESSAGE_MAX) abort();
	told->messages++;
	for (size_t i = 0; i < len; i++) told->bytes += data[i] + 1u;
	ts_frames_queue(told->frames, kind, data, len);
}

static struct told run(const uint8_t *data, size_t len, size_t step)
{
	struct told told = {0};
	uint8_t out[512];
	const struct ts_frames_config config = {MESSAGE_MAX, QUEUE_MAX, on_message, &told};
	told.frames = ts_frames_new(&config);
	if (!told.frames) abort();
	int rc = 0;
	while (len && !rc) {
		const size_t n = step < len ? step : len;
		rc = ts_frames_read(told.frames, data, n);
		data += n;
		len -= n;
		while (ts_frames_write(told.frames, out, sizeof(out))) {}
	}
	const size_t before = told.messages;
	if (rc && (ts_frames_read(told.frames, data, len) != TS_ECLOSED || told.messages != before))
		abort();
	while (ts_frames_write(told.frames, out, sizeof(out))) {}
	if (rc && !ts_frames_is_over(told.frames)) abort();
	ts_frames_free(told.frames);
	return told;
}

/* How many pings may wait depends on how fast they come. */
static bool may_have_many_pings(const uint8_t *data, size_t len)
{
	size_t n = 0;
	for (size_t i = 0; i < len; i++) n += (data[i] & 0x0f) == 9;
	return n > TS_FRAMES_PONGS;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (!len) return 0;
	const struct told whole = run(data + 1, len - 1, (size_t)data[0] + 1),
			  bytewise = run(data + 1, len - 1, 1);
	if (may_have_many_pings(data + 1, len - 1)) return 0;
	if (whole.messages != bytewise.messages || whole.bytes != bytewise.bytes) abort();
	return 0;
}
