/* frames - the frames of one WebSocket, without its socket: bytes in, messages out, and back.
 *
 *   bytes --ts_frames_read--> [ wslay: fragments put together, UTF-8 checked ] --> message(text)
 *   ts_frames_queue(message) --> [ queue ] --ts_frames_write--> bytes
 *
 * A ping is answered by itself, and so is a close, by a close. What breaks the protocol is answered
 * by a close that says why; nothing is read after it.
 * Thread  one.
 * Source  RFC 6455 5 (frames), 7 (closing), 8.1 (UTF-8).
 * Full    message_max: a longer message is answered by close 1009; so is one of more than
 *         TS_FRAMES_FRAGMENTS pieces, each of which takes memory of its own. queue_max: a message
 *         more is refused; a peer that sends pings and does not read is over (1008).
 */
#ifndef TS_CONTROL_HTTP_FRAMES_H
#define TS_CONTROL_HTTP_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TS_FRAMES_FRAGMENTS = 256, TS_FRAMES_PONGS = 16 };

enum ts_frames_kind { TS_FRAMES_TEXT, TS_FRAMES_BINARY };

/* Status codes of a close (RFC 6455 7.4.1). */
enum {
	TS_CLOSE_NORMAL = 1000,
	TS_CLOSE_GOING = 1001,
	TS_CLOSE_PROTOCOL = 1002,
	TS_CLOSE_POLICY = 1008,
	TS_CLOSE_TOO_BIG = 1009,
	TS_CLOSE_LATER = 1013,
};

struct ts_frames_config {
	size_t message_max, queue_max; /* bytes */
	/* A whole message; data is good during the call. It must not free the frames. */
	void (*message)(void *arg, enum ts_frames_kind kind, const uint8_t *data, size_t len);
	void *arg;
};

struct ts_frames;

struct ts_frames *ts_frames_new(const struct ts_frames_config *config); /* NULL: no memory */
void ts_frames_free(struct ts_frames *frames);

/* All of data is taken. TS_ECLOSED: nothing more is read; what waits goes out, then it is over. */
int ts_frames_read(struct ts_frames *frames, const uint8_t *data, size_t len);
/* The next bytes to be sent; 0: none. */
size_t ts_frames_write(struct ts_frames *frames, uint8_t *out, size_t cap);
/* TS_EFULL; TS_ECLOSED: it is closing; TS_ENOMEM. */
int ts_frames_queue(
	struct ts_frames *frames, enum ts_frames_kind kind, const uint8_t *data, size_t len);
/* Bytes of messages that wait, those begun included. */
size_t ts_frames_waiting(struct ts_frames *frames);
int ts_frames_ping(struct ts_frames *frames); /* errors as of queue */
/* A close is sent behind what waits. */
void ts_frames_close(struct ts_frames *frames, unsigned code, const char *reason);
/* Both closes went, or the protocol was broken and our close has gone. */
bool ts_frames_is_over(const struct ts_frames *frames);

#endif
