/* core - what the files of this folder share. Private to control/machines/. */
#ifndef TS_CONTROL_MACHINES_CORE_H
#define TS_CONTROL_MACHINES_CORE_H

#include "base/task.h"
#include "control/http/websocket.h"
#include "control/machines/budget.h"
#include "control/machines/machines.h"
#include "mixer/leg/machine.h"
#include <arpa/inet.h>
#include <glib.h>
#include <jansson.h>

struct ts_machines {
	struct ts_machines_config with;
	GQueue agents; /* of struct ts_agent, by their link */
	struct ts_task look; /* draining, somebody has left */
	bool draining, closing;
};

/* One program. */
struct ts_agent {
	struct ts_machines *all;
	GList link;
	int refs; /* its WebSocket, its participant, a picture that is on its way */
	struct ts_websocket *ws;            /* NULL: it has closed */
	struct ts_machine *machine;
	struct ts_participant *participant; /* NULL: it has left */
	char id[TS_ULID_LEN + 1], room[TS_ROOM_ID_MAX + 1], address[INET6_ADDRSTRLEN];
	char customer[INET6_ADDRSTRLEN]; /* whose limit counts: the address, or its network */
	char hears[TS_ULID_LEN + 1];
	enum ts_codec codec;
	int rate_hz;
	enum ts_framing framing;
	bool speaks, looks, over, muted;
	int64_t began_ms;

	struct ts_task open; /* with a reference */
	GHashTable *talkers; /* key --> id, of those who talk */
	struct ts_budget budget; /* of what comes */
	unsigned bad;            /* messages that could not be read */
	struct ts_lag lag;       /* of what goes */
	uint32_t unspoken;       /* frames that had no place and were not told of yet */
	bool held_off;           /* it was told to wait */
	unsigned frames;         /* since that was looked at */
	size_t spare;            /* bytes of a picture that still wait: not held against it */
	bool shooting;
	int64_t shot_ns;
	char shot_id[65];
};

/* agent.c: one program, from 101 to its end */

/* False: the request asks for no WebSocket, and was answered. */
bool ts_agent_is_asked_for(struct ts_agent *agent, struct ts_request *request);
/* The join is made, the machine is its leg. Answers the request; it may be gone after that. */
void ts_agent_accept(struct ts_agent *agent, struct ts_request *request);
/* Closes it, once; its participant leaves. */
void ts_agent_finish(struct ts_agent *agent, unsigned code, const char *reason);
void ts_agent_unref(struct ts_agent *agent);
void ts_agent_free(struct ts_agent *agent); /* one that is in no list yet */
/* What its leg tells: as of struct ts_machine_config. */
void ts_agent_heard(void *agent, const struct ts_machine_told *told);
/* [take] */
void ts_agent_tell(struct ts_agent *agent, json_t *json);
/* As of the wish. TS_ENOTFOUND. */
int ts_agent_hear(struct ts_agent *agent, const char *whom);
extern const struct ts_participant_events ts_agent_participant_events;
/* Something about its own participant may be another. */
void ts_agent_look(struct ts_agent *agent);

/* orders.c: what it says */
void ts_agent_message(
	struct ts_agent *agent, enum ts_frames_kind kind, const uint8_t *data, size_t len);

#endif
