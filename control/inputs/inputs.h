/* inputs - what was brought into rooms: files, cameras of the network, streams, test patterns; each
 * is a participant of its room.
 *
 *   POST --> URL looked at --> room joined by an input leg --> connecting <--> retrying
 *                                                                  |            ^
 *                                                                  v            |
 *                                   DELETE, kicked, its end <---- live ---------/
 *       --> ended or failed: the participant has left, the input is kept for a while
 *
 * What publishers push (control/ingest) is here too: its URL is "push:rtmp", "push:rtmps" or
 * "push:srt", it is never tried again, and who removes it ends the connection.
 * The URL is never shown as it was given: user, password, query and keys are masked.
 * Thread  control; media are read and decoded on threads of each input (mixer/leg/input.h), where
 *         each thing that is opened is looked at once more (config/fetch.h).
 * Full    inputs.max, inputs.max_per_room; of what is pushed ingest.max_pushes and again
 *         max_per_room: neither takes places of the other. TS_INPUTS_ENDED_MAX that are over are
 *         kept, 10 minutes at most; of what was pushed and never live TS_INPUTS_STILLBORN_MAX.
 */
#ifndef TS_CONTROL_INPUTS_INPUTS_H
#define TS_CONTROL_INPUTS_INPUTS_H

#include "base/random.h"
#include "mixer/leg/input.h"
#include "mixer/room/room.h"

enum { TS_INPUTS_ENDED_MAX = 200, TS_INPUTS_STILLBORN_MAX = 16 };

struct ts_config;
struct ts_inputs;
struct ts_pipe;
struct ts_registry;

enum ts_push_protocol { TS_PUSH_RTMP, TS_PUSH_RTMPS, TS_PUSH_SRT, TS_PUSH_PROTOCOLS };

/* Of a publisher's connection; written by its server's thread. */
struct ts_push_counts {
	_Atomic(uint64_t) bytes, lost; /* lost: packets that SRT did not get again in time */
	_Atomic(uint32_t) rtt_us;
};

struct ts_input {
	char id[TS_ULID_LEN + 1], room[TS_ROOM_ID_MAX + 1], participant[TS_ULID_LEN + 1];
	char name[TS_NAME_MAX + 1];
	char url[TS_URL_MAX]; /* masked */
	bool loop, audio, video, datagrams;
	bool pushed;
	enum ts_push_protocol protocol; /* of what is pushed, as are these: */
	uint64_t bytes, lost;
	uint32_t kbps, rtt_us;          /* kbps: of the last second */
	struct ts_input_info info;
	int64_t created_ms, ended_ms; /* since 1970; 0: not yet */
};

struct ts_input_wish {
	const char *url, *name;
	bool loop, audio, video, datagrams;
};

/* What a publisher pushes, who was admitted. */
struct ts_input_push {
	enum ts_push_protocol protocol;
	const char *name, *address;           /* name "": the protocol's */
	const char *role;                     /* NULL: none */
	bool forgeable;                       /* a datagram says that they are of that address */
	struct ts_pipe *pipe;                 /* FLV of RTMP, MPEG-TS of SRT; referenced */
	const struct ts_push_counts *counts;  /* until gone */
	void (*gone)(void *arg);              /* the last that is heard of it, if it was added */
	void *arg;
};

const char *ts_push_protocol_name(enum ts_push_protocol protocol);
const char *ts_input_state_name(enum ts_input_state state);

void ts_inputs_create(struct ts_inputs **out, struct ts_loop *loop, struct ts_registry *registry,
	const struct ts_config *config);
/* Of each that begins, changes or ends. gone: it is forgotten; the last that is told of it. */
void ts_inputs_watch(struct ts_inputs *inputs,
	void (*changed)(void *arg, const struct ts_input *input, bool gone), void *arg);
void ts_inputs_destroy(struct ts_inputs **inputs); /* when the rooms are gone; also of NULL */

/* TS_EINVAL: no room id; TS_EAUTH: *why tells why that is not opened; TS_ELIMIT: as many there are
 * as may be, in this room or in all; TS_EFULL: the room is full; TS_EAGAIN: the server is
 * overloaded; TS_ECLOSED, TS_ENOMEM, TS_EIO. */
int ts_inputs_add(struct ts_inputs *inputs, const char *room_id,
	const struct ts_input_wish *wish, const struct ts_input **out, const char **why);
/* As ts_inputs_add, but for TS_EAUTH: no URL is opened. */
int ts_inputs_push(
	struct ts_inputs *inputs, const char *room_id, const struct ts_input_push *push);
/* May a publisher push into that room now, as far as inputs go? */
bool ts_inputs_has_place(const struct ts_inputs *inputs, const char *room_id);
const struct ts_input *ts_inputs_find(struct ts_inputs *inputs, const char *room_id,
	const char *id); /* NULL */
/* Those of a room, the oldest first; *at: 0 for the first. NULL: no more. */
const struct ts_input *ts_inputs_next(struct ts_inputs *inputs, const char *room_id, size_t *at);
/* It ends, if it has not, and is forgotten. */
void ts_inputs_remove(struct ts_inputs *inputs, const struct ts_input *input);

#endif
