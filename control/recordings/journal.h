/* journal - what happened in a room while it was recorded: who came and went, who spoke, what was
 * shown. For the sidecar.
 *
 *   {"time_ms": 1795000000000, "event": "joined", "participant": "01...", "name": "Ada", ...}
 *
 * Thread  control.
 * Full    TS_JOURNAL_MAX entries; later ones are left out, and the last says so.
 */
#ifndef TS_CONTROL_RECORDINGS_JOURNAL_H
#define TS_CONTROL_RECORDINGS_JOURNAL_H

#include "mixer/room/room.h"
#include <jansson.h>

enum { TS_JOURNAL_MAX = 20000 };

struct ts_journal;

/* events: those of an earlier process [take], or NULL. */
struct ts_journal *ts_journal_new(json_t *events);
void ts_journal_free(struct ts_journal *journal); /* also of NULL */
/* A plain word: "paused", "resumed". */
void ts_journal_note(struct ts_journal *journal, const char *event, int64_t now_ms);
/* Looks at who is in the room, who speaks and what the view (NULL: main) shows, and notes what is
 * new. */
void ts_journal_look(struct ts_journal *journal, struct ts_room *room, struct ts_room_view *view,
	int64_t now_ms);
bool ts_journal_is_dirty(const struct ts_journal *journal); /* since ts_journal_json */
json_t *ts_journal_json(struct ts_journal *journal);       /* a reference [give] */

#endif
