/* meeting - who was in a room from when somebody came to when nobody was left, for its line of
 * cdr.file.
 *
 *   nobody --somebody is connected--> [ who, how many, codecs ] --the last one left--> a line
 *
 * People alone make a meeting: what was brought in (inputs) goes on by itself. Who is moved to
 * another room leaves this one; while it waits for people in breakouts, the owner ends none.
 * Thread  the owner's; reads no clock. Times are milliseconds since 1970.
 * Full    TS_MEETING_WHO people are named; further ones are counted.
 */
#ifndef TS_CONTROL_CDR_MEETING_H
#define TS_CONTROL_CDR_MEETING_H

#include "control/rooms/summary.h"
#include <jansson.h>

enum { TS_MEETING_WHO = 200 };

struct ts_meeting;

struct ts_meeting *ts_meeting_new(const char *room_id, int64_t now_ms);
void ts_meeting_free(struct ts_meeting *meeting);

/* Once each of somebody who is connected, by ts_participant_key. */
void ts_meeting_came(struct ts_meeting *meeting, uint64_t key, int64_t now_ms);
bool ts_meeting_has(const struct ts_meeting *meeting, uint64_t key);
/* Of who came. why: as of ts_participant_left_because. */
void ts_meeting_left(struct ts_meeting *meeting, uint64_t key,
	const struct ts_participant_info *info, const struct ts_summary *media, const char *why,
	int64_t now_ms);
size_t ts_meeting_here(const struct ts_meeting *meeting);
int64_t ts_meeting_began_ms(const struct ts_meeting *meeting);
/* [give] The line; recordings, outputs [take]: lists of ids. */
json_t *ts_meeting_json(const struct ts_meeting *meeting, json_t *recordings, json_t *outputs,
	int64_t now_ms);

#endif
