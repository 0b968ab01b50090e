/* trunks - the list of SIP trunks: what each is set to and what became of it, which one takes a
 * number, which room a number that comes by one means.
 *
 *   [trunk NAME], STATE/trunks/, REST --> [ list ] --TS_SIP_DO_TRUNK--> sip thread
 *                                            ^----------TS_SIP_TRUNK------/
 *   "+49 30 555" --first whose rule fits, registered ones first--> sip:0049...@carrier by the trunk
 *
 * Thread  control.
 * Full    64.
 */
#ifndef TS_CONTROL_TRUNKS_TRUNKS_H
#define TS_CONTROL_TRUNKS_TRUNKS_H

#include "control/sip/ua.h"
#include "control/trunks/settings.h"

struct ts_trunks;

struct ts_trunk {
	struct ts_trunk_config *config;
	int state /* enum ts_trunk_state */, code, ping; /* ping: -1 not known, 0 down, 1 up */
	char reason[TS_SIP_TEXT_MAX];
	char server[80];                     /* "udp 192.0.2.1:5060"; "": none yet */
	int64_t changed_unix_ms, next_unix_ms, expires_unix_ms; /* 0: none */
};

/* Reads the file's and the stored ones. TS_EINVAL: one of the file makes no sense (logged). */
int ts_trunks_create(struct ts_trunks **out, const struct ts_config *config);
void ts_trunks_destroy(struct ts_trunks **trunks);
/* All begin; ua must stay. */
void ts_trunks_start(struct ts_trunks *trunks, struct ts_sip_ua *ua);
/* TS_SIP_TRUNK */
void ts_trunks_handle(struct ts_trunks *trunks, const struct ts_sip_event *event);
/* gone: it was removed, and is valid only within the call. */
void ts_trunks_watch(struct ts_trunks *trunks,
	void (*changed)(void *arg, const struct ts_trunk *trunk, bool gone), void *arg);

const struct ts_trunk *ts_trunks_at(const struct ts_trunks *trunks, size_t i); /* NULL: no more */
const struct ts_trunk *ts_trunks_find(const struct ts_trunks *trunks, const char *name);
/* [take] config, on success. A new one, or in place of the one of that name. TS_ELIMIT, TS_EIO
 * (logged), TS_EEXIST: that one is the file's. */
int ts_trunks_put(struct ts_trunks *trunks, struct ts_trunk_config *config);
/* TS_ENOTFOUND, TS_EIO, TS_EEXIST: it is the file's. */
int ts_trunks_remove(struct ts_trunks *trunks, const char *name);

struct ts_trunk_route {
	char uri[TS_SIP_TEXT_MAX], trunk[TS_TRUNK_NAME_MAX + 1];
	char hop[80]; /* the server, "udp 192.0.2.1:5060" */
};
/* False: no trunk takes that number, or none that does has an address. */
bool ts_trunks_route(
	const struct ts_trunks *trunks, const char *number, struct ts_trunk_route *out);
/* The room that a number called by the trunk means: its own rules and default room; where it has
 * neither, sip.numbers. False: none. */
bool ts_trunks_room(const struct ts_trunks *trunks, const char *name, const char *called, char *out,
	size_t cap);
/* [give] As JSON, without the password. */
json_t *ts_trunk_json(const struct ts_trunk *trunk);

#endif
