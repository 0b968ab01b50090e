/* machines - programs that hear rooms and speak in them, each by a WebSocket: transcription, voice
 * agents, announcers. Each is a participant of kind "machine".
 *
 *   GET /v1/rooms/{room}/media --> limits --> room joined by a machine's leg --> 101
 *       --> start --> frames, talk, dtmf ...  <--> media, mark, clear, hear, snapshot, stop
 *       --> close: 1000 it wished so, 1001 the server or its room ends, 1008 it is slow or floods,
 *           4000 it was removed
 *
 * Thread  control.
 * Life    each until its WebSocket has closed and its participant has left, whichever comes last.
 * Full    machines.max, max_per_room, max_per_address. A program that does not read: a second of
 *         sound waits here and as much in the kernel, then frames are left out, and when five
 *         seconds of them are, it is cut. One that sends more than ten times what can be heard is
 *         cut as well; so is one whose messages cannot be read.
 */
#ifndef TS_CONTROL_MACHINES_MACHINES_H
#define TS_CONTROL_MACHINES_MACHINES_H

#include "base/media.h"
#include "mixer/room/room.h"

struct ts_config;
struct ts_drain;
struct ts_engine;
struct ts_machines;
struct ts_registry;
struct ts_request;

/* How frames travel: with a head of eight bytes (number, milliseconds), as they are, or as base64
 * in JSON. */
enum ts_framing { TS_FRAMING_BINARY, TS_FRAMING_RAW, TS_FRAMING_JSON, TS_FRAMINGS };

struct ts_machine_wish {
	enum ts_codec codec;  /* PCM, OPUS, PCMU */
	int rate_hz;
	enum ts_framing framing;
	bool speaks;          /* it may, and wants to */
	bool looks;           /* it may have pictures */
	char hears[TS_ULID_LEN + 1]; /* "others", "all", or a participant's id */
	int64_t expires_ns;   /* 0: it does not */
	bool is_named;
	const struct ts_join *join; /* name, identity, role, card */
};

struct ts_machines_config {
	struct ts_loop *loop;
	struct ts_registry *registry;
	struct ts_drain *drain;
	const struct ts_config *config;
};

void ts_machines_create(struct ts_machines **out, const struct ts_machines_config *config);
/* All are told that the server ends, and go. */
void ts_machines_close(struct ts_machines *machines);
/* When the rooms are gone, and HTTP; also of NULL. */
void ts_machines_destroy(struct ts_machines **machines);

/* Answers the request. Errors where it was not: TS_ELIMIT: as many there are as may be, in this
 * room, from this address or in all; TS_ENOTFOUND: nobody of that id is in the room; others as of
 * ts_registry_join. */
int ts_machines_open(struct ts_machines *machines, struct ts_request *request, const char *room_id,
	const struct ts_machine_wish *wish);

#endif
