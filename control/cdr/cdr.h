/* cdr - lines of JSON in a file: one for each participant who left, of whatever kind, and one for
 * each meeting, when nobody is left in its room: who, where, when, why, and how their media went.
 *
 *   participant leaves --> struct ts_summary --> the call's, if there is one
 *                      |                    \--> a line --> [ file ] on a thread of its own
 *                      \--> their room's meeting --the last one--> a line
 *   who watches is told of each line
 *
 * Thread  control; the file has a thread of its own (file.h), so that a slow disk delays nobody.
 * Full    lines that the disk does not take in time are dropped and counted (file.h); a meeting:
 *         meeting.h.
 */
#ifndef TS_CONTROL_CDR_CDR_H
#define TS_CONTROL_CDR_CDR_H

#include <jansson.h>

struct ts_calls;
struct ts_cdr;
struct ts_config;
struct ts_outlets;
struct ts_recordings;
struct ts_registry;
struct ts_stats;

struct ts_cdr_config {
	const struct ts_config *config;
	struct ts_registry *registry;
	struct ts_calls *calls; /* any of these may be NULL */
	struct ts_stats *stats;
	struct ts_recordings *recordings;
	struct ts_outlets *outlets;
};

/* TS_EIO: cdr.file cannot be opened (logged). TS_ENOMEM. */
int ts_cdr_create(struct ts_cdr **out, const struct ts_cdr_config *with);
/* Of each line, when it is made, with or without a file: a meeting's by its room's id; a
 * participant's by theirs, of the room where they were, "": in none, or only waiting for it. */
struct ts_cdr_events {
	void (*meeting)(void *arg, const char *room_id, const char *id, json_t *line /* [take] */);
	void (*participant)(
		void *arg, const char *room_id, const char *id, json_t *line /* [take] */);
};
void ts_cdr_watch(
	struct ts_cdr *cdr, const struct ts_cdr_events *events /* must stay */, void *arg);
/* The file was moved away: another one of that name is begun. */
void ts_cdr_reopen(struct ts_cdr *cdr);
/* When the rooms are gone; what was written until then is in the file after it. */
void ts_cdr_destroy(struct ts_cdr **cdr);

#endif
