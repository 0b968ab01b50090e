/* inputs - what was brought into rooms: files, cameras of the network, streams, test patterns; each
 * is a participant of its room.
 *
 *   POST --> URL looked at --> room joined by an input leg --> connecting <--> retrying
 *                                                                  |            ^
 *                                                                  v            |
 *                                   DELETE, kicked, its end <---- live ---------/
 *       --> ended or failed: the participant has left, the input is kept for a while
 *
 * The URL is never shown as it was given: user, password, query and keys are masked.
 * Thread  control; media are read and decoded on threads of each input (mixer/leg/input.h), where
 *         each thing that is opened is looked at once more (config/fetch.h).
 * Full    inputs.max, inputs.max_per_room; TS_INPUTS_ENDED_MAX that are over are kept, 10 minutes
 *         at most.
 */
#ifndef TS_CONTROL_INPUTS_INPUTS_H
#define TS_CONTROL_INPUTS_INPUTS_H

#include "base/random.h"
#include "mixer/leg/input.h"
#include "mixer/room/room.h"

enum { TS_INPUTS_ENDED_MAX = 200 };

struct ts_config;
struct ts_inputs;
struct ts_registry;

struct ts_input {
	char id[TS_ULID_LEN + 1], room[TS_ROOM_ID_MAX + 1], participant[TS_ULID_LEN + 1];
	char name[TS_NAME_MAX + 1];
	char url[TS_URL_MAX]; /* masked */
	bool loop, audio, video, datagrams;
	struct ts_input_info info;
	int64_t created_ms, ended_ms; /* since 1970; 0: not yet */
};

struct ts_input_wish {
	const char *url, *name;
	bool loop, audio, video, datagrams;
};

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
const struct ts_input *ts_inputs_find(struct ts_inputs *inputs, const char *room_id,
	const char *id); /* NULL */
/* Those of a room, the oldest first; *at: 0 for the first. NULL: no more. */
const struct ts_input *ts_inputs_next(struct ts_inputs *inputs, const char *room_id, size_t *at);
/* It ends, if it has not, and is forgotten. */
void ts_inputs_remove(struct ts_inputs *inputs, const struct ts_input *input);

#endif
