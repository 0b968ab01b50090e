/* What the floors of rooms (content_floor.c) and the BFCP of calls (content.c) know of each
 * other. */
#ifndef TS_CONTROL_CALLS_CONTENT_CORE_H
#define TS_CONTROL_CALLS_CONTENT_CORE_H

#include "base/loop.h"
#include "control/bfcp/link.h"
#include "control/bfcp/server.h"
#include "control/calls/content.h"
#include "control/rooms/registry.h"

struct ts_contents {
	struct ts_loop *loop;
	struct ts_registry *registry;
	const struct ts_config *config;
	struct ts_bfcp_ports *ports;
	GHashTable *floors; /* struct ts_content_floor by struct ts_room */
	GHashTable *users;  /* by id: GUINT_TO_POINTER -> 1 */
	ts_contents_changed changed;
	void *changed_arg;
};

/* Of one room. It is there while somebody of the room has BFCP or presents. */
struct ts_content_floor;

/* Somebody whose slides the floor allows or not. */
struct ts_presenter {
	struct ts_content_floor *floor;     /* NULL: in no room */
	struct ts_participant *participant; /* likewise */
	struct ts_bfcp_user *user;
	bool judged, allowed;               /* as the participant was told, where they were */
	GList at;
};

struct ts_content {
	struct ts_contents *contents;
	struct ts_presenter presenter;
	struct ts_bfcp_link *link;
	bool reliable;
	char fingerprint[sizeof(((struct ts_sip_bfcp *)0)->fingerprint)]; /* over TLS; else "" */
	bool spoke;           /* something valid was heard of them */
	bool plain;           /* they present as those do who have no BFCP */
	int64_t presents_ns;  /* since when slides come; 0: none do */
	int64_t shown_ns;     /* when they last presented, or got the floor */
};

/* Their ids are told to all in a room, and a call may go to another. */
uint16_t ts_content_new_id(struct ts_contents *all);
void ts_content_free_user(struct ts_contents *all, struct ts_bfcp_user *user);

/* NULL: there is none. */
struct ts_content_floor *ts_content_floor_of(struct ts_contents *all, struct ts_room *room);
void ts_content_floor_enter(struct ts_content *content, struct ts_participant *participant);
void ts_content_floor_leave(struct ts_content *content);
/* What their link received (link.h), and that it was lost. */
bool ts_content_floor_receive(struct ts_content *content, const void *bytes, size_t n,
	int64_t now_ns);
void ts_content_floor_lost(struct ts_content *content, int64_t now_ns);
/* NULL: none */
struct ts_content *ts_content_floor_find(
	const struct ts_content_floor *floor, const struct ts_participant *participant);
struct ts_bfcp_user *ts_content_floor_holder(const struct ts_content_floor *floor);
struct ts_participant *ts_content_floor_whose(
	const struct ts_content_floor *floor, const struct ts_bfcp_user *user);
/* For the registry. */
extern const struct ts_registry_watcher ts_content_floor_watcher;
/* Nobody is told any more of what is presented there. */
void ts_content_floor_close(struct ts_contents *all, struct ts_room *room);

#endif
