/* texts - what programs are told as text messages: JSON, each with an "event".
 *
 * Thread  control.
 * Source  names of Twilio Media Streams where they fit (connected, start, media, mark, clear, dtmf,
 *         stop), of Asterisk's chan_websocket else (xoff, xon).
 */
#ifndef TS_CONTROL_MACHINES_TEXTS_H
#define TS_CONTROL_MACHINES_TEXTS_H

#include "mixer/leg/machine.h"
#include <jansson.h>

struct ts_machine_start {
	const char *room, *participant, *hears;
	enum ts_codec codec;
	int rate_hz;
	bool speaks;
	const char *framing;
	int64_t began_ms; /* since 1970: where the media clock is 0 */
};

/* All: [give]. */
json_t *ts_machine_connected_json(void);
json_t *ts_machine_start_json(const struct ts_machine_start *start);
json_t *ts_machine_media_json(const char *participant, const struct ts_machine_told *frame);
json_t *ts_machine_mark_json(const struct ts_machine_told *mark);
/* began or ended to talk; name NULL: they are gone */
json_t *ts_machine_talk_json(const char *participant, const char *name, bool talks, uint32_t ms);
json_t *ts_machine_digit_json(const char *participant, char digit);
json_t *ts_machine_dropped_json(const char *direction, uint32_t frames);
json_t *ts_machine_snapshot_json(const char *id, const uint8_t *jpeg, size_t len);
json_t *ts_machine_error_json(const char *about, const char *why);

#endif
